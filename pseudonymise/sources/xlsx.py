"""Excel workbooks, read by calamine: only the mapped columns of one sheet are kept."""

import difflib
import re
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from functools import reduce
from itertools import islice
from pathlib import Path
from typing import IO

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from pseudonymise.errors import UNREADABLE_ZIP, UserError
from pseudonymise.sources.header import check_header, joined_header

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # of a sheet in Excel
MOST_CELLS = 100_000_000  # of some 35 bytes each
LARGEST_BYTES = 4 << 30  # of a file in the workbook; a million rows of ten columns take 0.6 billion
FAR_CELL = re.compile(rb' r="(?=[A-Z]{3}|[A-Z]*\d{7})([A-Z]*)(\d*)')  # past column ZZ, or from row 1,000,000 on
ROW = re.compile(rb'<row r="()(\d+)')  # the last of a block, as rows go up
LONGEST_PLACE = 30  # bytes that a match may need of the next block


def read_xlsx(
    path: Path, sheet: str, columns: Mapping[str, str], form: str, header_rows: tuple[int, int] = (1, 1)
) -> pd.DataFrame:
    """One row for each row of the sheet below its header, in the form of `read_csv`.

    Real dates are written out in ``form``, that which the mapping names, so that all sources parse dates in one way.
    UserError with the remedy when the file, the sheet or a column is not there.
    """
    try:
        workbook = open_workbook(path)
    except CalamineError:
        raise UserError(f"{path.name}: is geen Excel-werkmap (.xlsx). Bewaar de uitdraai als .xlsx.") from None
    if sheet not in workbook.sheet_names:
        close = difflib.get_close_matches(sheet, workbook.sheet_names, 1)
        hint = f"; lijkt op '{close[0]}'" if close else ""
        raise UserError(f"{path.name}: werkblad '{sheet}' ontbreekt{hint}. Zet 'sheet' in de koppeling goed.")
    try:
        rows = workbook.get_sheet_by_name(sheet).iter_rows()
    except CalamineError:
        raise UserError(f"{path.name}, werkblad '{sheet}': is beschadigd. Bewaar de uitdraai opnieuw.") from None
    first, last = header_rows
    above = [[str(cell).strip() for cell in row] for row in islice(rows, last)]
    header = joined_header(above[first - 1 :]) if len(above) == last else []
    if not any(header):
        raise UserError(f"{path.name}, werkblad '{sheet}': is leeg. Draai opnieuw uit.")
    check_header(f"{path.name}, werkblad '{sheet}'", header, list(columns.values()), last)
    places = {field: header.index(column) for field, column in columns.items()}
    texts: dict[str, list[str]] = {field: [] for field in places}
    numbers = []
    for number, row in enumerate(rows, last + 1):
        cells = {field: as_text(row[place], form) for field, place in places.items()}
        # Excel keeps empty rows below a table. A row with something in it is never passed over, mapped or not.
        if any(cells.values()) or any(as_text(cell, form) for cell in row):
            numbers.append(number)
            for field, text in cells.items():
                texts[field].append(text)
    if not numbers:
        raise UserError(f"{path.name}, werkblad '{sheet}': heeft een kop maar geen rijen.")
    return pd.DataFrame(
        {
            field: pd.Series(column, index=numbers, dtype="str" if field == "case" else "category")
            for field, column in texts.items()
        }
    )


def open_workbook(path: Path) -> CalamineWorkbook:
    """UserError for a workbook that would take more memory than there is; CalamineError when it is none.

    Calamine holds a sheet as a full table up to its furthest cell, and ends the process when that does not fit.
    """
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                for info in archive.infolist():
                    with archive.open(info) as member:
                        _refuse_too_large(path.name, member)
        except UNREADABLE_ZIP:
            raise UserError(f"{path.name}: is een beschadigde werkmap. Bewaar de uitdraai opnieuw.") from None
    return CalamineWorkbook.from_path(path)


def _refuse_too_large(name: str, member: IO[bytes]) -> None:
    size, column, row, end = 0, 1, 1, b""
    while block := member.read(1 << 20):
        size += len(block)
        text = end + block
        places = [
            *FAR_CELL.findall(text),
            *(found.groups() for found in ROW.finditer(text, max(text.rfind(b"<row"), 0))),
        ]
        for letters, digits in places:
            column = max(column, reduce(lambda number, letter: 26 * number + letter - 64, letters, 0))
            row = max(row, int(digits or 1))
        end = block[-LONGEST_PLACE:]
        if size > LARGEST_BYTES or row > LAST_ROW or column > LAST_COLUMN or row * column > MOST_CELLS:
            raise UserError(
                f"{name}: heeft een cel ver buiten de tabel, of is uitgepakt te groot. Verwijder in Excel de lege "
                "rijen en kolommen achter de tabel en bewaar opnieuw, of draai uit als CSV."
            )


def as_text(cell: object, form: str) -> str:
    """What a cell holds; a real date in ``form``."""
    if isinstance(cell, date | datetime):
        return cell.strftime(form)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # Excel holds every number as a float: case 12345.0 is 12345
    return str(cell).strip()
