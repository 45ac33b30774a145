"""CSV and its kin, read by pyarrow: only the mapped columns, as text."""

import codecs
import csv
import re
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from pseudonymise.errors import UserError
from pseudonymise.problems import Problems
from pseudonymise.sources.header import check_header, joined_header
from pseudonymise.sources.mapping import CsvSource

# Line ends one after the other, in any encoding: of UTF-16 each byte has a zero beside it.
EMPTY_LINE = re.compile(rb"\n\0?\r?\0?\n|\r\0?\r")
SEPARATORS = {";": "';'", ",": "','", "\t": "een tab", "|": "'|'"}


def read_csv(path: Path, source: CsvSource) -> pd.DataFrame:
    """One row for each record, one column for each mapped field: ``case`` as text, the others categorical.

    The index is the number of the row in the file; the header is row 1. UserError with the remedy for another
    separator, encoding or header, and for rows of another length.
    """
    names = _check_start(path, source)
    wanted = list(dict.fromkeys(source.fields.values()))
    texts = pa.dictionary(pa.int32(), pa.string())
    options = {
        "read_options": pacsv.ReadOptions(
            encoding=_plain(source.encoding), block_size=1 << 24, **_below(source, names)
        ),
        "convert_options": pacsv.ConvertOptions(
            include_columns=wanted,
            column_types=dict.fromkeys(wanted, texts) | {source.columns["case"]: pa.string()},
            strings_can_be_null=False,
        ),
    }
    try:
        table = pacsv.read_csv(path, parse_options=_parse_options(source), **options)
    except UnicodeDecodeError:
        raise _undecodable(path, source) from None
    except pa.ArrowInvalid as error:
        # pyarrow quotes the row in its message: nothing of it may be passed on.
        if "UTF" in str(error):
            raise _undecodable(path, source) from None
        raise _uneven_rows(path, source, names) from None
    # One column can be the date of entry of more than one milestone.
    frame: pd.DataFrame = table.unify_dictionaries().to_pandas(strings_to_categorical=False)[
        list(source.fields.values())
    ]
    frame.columns = pd.Index(list(source.fields))
    frame.index = _row_numbers(path, source, len(frame))
    return frame.astype({"case": "str"})


def _row_numbers(path: Path, source: CsvSource, count: int) -> pd.Index:
    """The number of each row in the file. Empty lines are no rows, and a spreadsheet counts them all the same."""
    last = source.header[1]
    if not _may_have_empty_lines(path):
        return pd.RangeIndex(last + 1, count + last + 1)
    try:
        # A column that is not mapped need not be in the encoding.
        with path.open(encoding=_as_python(source), errors="replace", newline="") as file:
            rows = enumerate(csv.reader(file, delimiter=source.separator), 1)
            numbers = [number for number, row in rows if row and number > last]
    except csv.Error:
        numbers = []
    if len(numbers) != count:  # a quote that one reader takes for the end of a cell, and the other does not
        raise UserError(f"{path.name}: is niet als CSV te lezen. Controleer de aanhalingstekens.")
    return pd.Index(numbers)


def _may_have_empty_lines(path: Path) -> bool:
    """Whether two ends of a line follow each other: between rows, or within the quotes of a note."""
    ends, found = b"", False
    with path.open("rb") as file:
        while not found and (block := file.read(1 << 24)):
            found = EMPTY_LINE.search(ends + block) is not None
            ends = block[-3:]
    return found


def _plain(encoding: str) -> str:
    # pyarrow drops the byte order mark of UTF-8 by itself, and is fastest when told that it is UTF-8.
    return "utf8" if codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"} else encoding


def _as_python(source: CsvSource) -> str:
    return "utf-8-sig" if _plain(source.encoding) == "utf8" else source.encoding


def _below(source: CsvSource, names: list[str]) -> dict[str, object]:
    """How pyarrow finds the rows: by the first row as header, or below a header that we read ourselves."""
    return {} if source.header == (1, 1) else {"skip_rows": source.header[1], "column_names": names}


def _parse_options(source: CsvSource, **more: object) -> pacsv.ParseOptions:
    # Notes may hold line ends between their quotes; they are skipped, not read.
    return pacsv.ParseOptions(delimiter=source.separator, newlines_in_values=True, **more)


def _check_start(path: Path, source: CsvSource) -> list[str]:
    """The names of the columns; UserError when the header is not what the mapping describes."""
    try:
        codecs.lookup(source.encoding)
    except LookupError:
        raise UserError(
            f"{path.name}: codering '{source.encoding}' uit de koppeling bestaat niet. Gebruik bijvoorbeeld "
            "utf-8-sig of cp1252."
        ) from None
    first, last = source.header
    try:
        with path.open(encoding=_as_python(source), newline="") as file:
            above = list(islice(csv.reader(file, delimiter=source.separator), last))
            has_rows = bool(file.readline())
    except UnicodeError:
        raise _undecodable(path, source) from None
    except csv.Error:  # a quote that is opened in the header and never closed
        raise UserError(f"{path.name}, rij 1: is niet als CSV te lezen. Controleer de aanhalingstekens.") from None
    header = above[0] if source.header == (1, 1) and above else joined_header([[], *above[first - 1 :]])
    if not header:
        raise UserError(f"{path.name}: is leeg; verwacht een kop en rijen. Draai opnieuw uit.")
    wanted = list(source.fields.values())
    if len(header) == 1 and len(wanted) > 1:
        other = next((text for sign, text in SEPARATORS.items() if header[0].count(sign)), None)
        raise UserError(
            f"{path.name}, rij {last}: er is maar een kolom als {SEPARATORS.get(source.separator, 'dit teken')} "
            f"de kolommen scheidt{f'; het lijkt {other} te zijn' if other else ''}. "
            "Zet 'separator' in de koppeling goed."
        )
    check_header(path.name, header, wanted, last)
    if not has_rows:
        raise UserError(f"{path.name}: heeft een kop maar geen rijen. Draai opnieuw uit.")
    return header


def _undecodable(path: Path, source: CsvSource) -> UserError:
    """Names the first line that is not in the encoding of the mapping."""
    where = ""
    if codecs.lookup(source.encoding).name not in {"utf-16", "utf-32"}:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    line.decode(source.encoding)
                except UnicodeDecodeError:
                    where = f", regel {number}"
                    break
    return UserError(
        f"{path.name}{where}: is niet in codering '{source.encoding}'. Zet 'encoding' in de koppeling goed "
        "(vaak utf-8-sig of cp1252) of bewaar de uitdraai in die codering."
    )


def _uneven_rows(path: Path, source: CsvSource, names: list[str]) -> UserError:
    """Reads again, one row after another, to say which rows do not have the columns of the header."""
    problems = Problems()

    def note(row: pacsv.InvalidRow) -> str:
        problems.add(
            f"{path.name}, rij {row.number}: heeft {row.actual_columns} kolommen; verwacht "
            f"{row.expected_columns}. Controleer scheidingsteken en aanhalingstekens in deze rij."
        )
        return "skip"

    try:
        pacsv.read_csv(
            path,
            read_options=pacsv.ReadOptions(
                encoding=_plain(source.encoding), use_threads=False, **_below(source, names)
            ),
            parse_options=_parse_options(source, invalid_row_handler=note, ignore_empty_lines=False),
            convert_options=pacsv.ConvertOptions(include_columns=[source.columns["case"]]),
        )
    except pa.ArrowInvalid:
        problems.add(f"{path.name}: is niet als CSV te lezen. Controleer of de uitdraai heel is.")
    return UserError("\n".join(problems.lines()))
