"""Excel workbooks, read by calamine: only the mapped columns of one sheet are kept."""

import difflib
from collections.abc import Mapping
from datetime import date, datetime
from itertools import islice
from pathlib import Path

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from pseudonymise.errors import UserError
from pseudonymise.sources.header import check_header, joined_header


def read_xlsx(
    path: Path, sheet: str, columns: Mapping[str, str], form: str, header_rows: tuple[int, int] = (1, 1)
) -> pd.DataFrame:
    """One row for each row of the sheet below its header, in the form of `read_csv`.

    Real dates are written out in ``form``, that which the mapping names, so that all sources parse dates in one way.
    UserError with the remedy when the file, the sheet or a column is not there.
    """
    try:
        workbook = CalamineWorkbook.from_path(path)
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


def as_text(cell: object, form: str) -> str:
    """What a cell holds; a real date in ``form``."""
    if isinstance(cell, date | datetime):
        return cell.strftime(form)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # Excel holds every number as a float: case 12345.0 is 12345
    return str(cell).strip()
