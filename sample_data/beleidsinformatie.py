"""Files for Beleidsinformatie Jeugd of invented measures: text with fixed positions, or a workbook.

Where a field stands is read from the same assumption as the reader's: pseudonymise/data/beleidsinformatie.toml.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

from pseudonymise.sources.protocol import load_protocol

Rows = Sequence[Mapping[str, str]]


def write_fixed_width(path: Path, layout: str, rows: Rows) -> None:
    """One record a row of fields of the protocol; a field that is not there is blank. Records end in CR LF."""
    places = sorted(load_protocol().layouts[layout].positions.items(), key=lambda item: item[1])
    lines = []
    for row in rows:
        texts = (row.get(field, "")[: last - first + 1].ljust(last - first + 1) for field, (first, last) in places)
        lines.append("".join(texts) + "\r\n")
    path.write_bytes("".join(lines).encode("ascii", errors="replace"))


def write_workbook(path: Path, layout: str, rows: Rows, sheet: str) -> None:
    """The same in a workbook with the field names of the protocol as header; all cells are text."""
    headers = load_protocol().layouts[layout].headers
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet(sheet)
        for column, (field, header) in enumerate(headers.items()):
            page.write_string(0, column, header)
            for number, row in enumerate(rows, 1):
                page.write_string(number, column, row.get(field, ""))
