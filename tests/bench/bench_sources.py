"""A million cases through each source, beside the fastest way that we know of only reading that format.

Run as ``python -m tests.bench.bench_sources [rows] [format ...]``. Each task runs in a fresh process. The peers read
and keep nothing: pyarrow a CSV, calamine a workbook, a loop over the lines a text, DB-API a database, lxml messages.
An Excel sheet holds 1,048,576 rows, so a workbook of a million is near its end.
"""

import os
import sqlite3
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow.csv as pacsv
import xlsxwriter
from lxml import etree
from python_calamine import CalamineWorkbook

from pseudonymise.sources import read_sources
from pseudonymise.sources.mapping import load_mapping
from pseudonymise.sources.protocol import load_protocol
from sample_data import messages
from sample_data.generate import write_large_csv
from sample_data.messages import Envelope
from tests.bench.bench_deliver import measured

NAMES = ("zaak", "gemeente", "soort", "beschikking", "ontvangen", "contact", "medewerker", "plan", "hulp", "einde")
FIELDS = (
    *("case", "municipality", "measure_type", "court_order", "order_received"),
    *("first_contact", "worker_assigned", "plan_established", "help_started", "ended"),
)
WHO = {
    "bsn": "999990019",
    "birth_date": "2014-08-17",
    "sex": "V",
    "first": "Tijbina",
    "last": "Grutmans",
    "street": "Pluvierpad",
    "postcode": "4368 JA",
    "town": "Laagkwelveen",
    "phone": "06-00820001",
    "note": "Moeder van Tijbina belt over de omgang; volgende afspraak over twee weken.",
}


def cases(rows: int) -> Iterator[list[str]]:
    """Cases with a date for each milestone, in the form JJJJ-MM-DD."""
    draw = np.random.default_rng(1)
    first = np.datetime64("2020-10-01") + draw.integers(0, 2000, rows).astype("timedelta64[D]")
    days = [(first + step).astype(str) for step in (0, 2, 5, 9, 40, 70, 150)]
    municipality = draw.choice(["GM0202", "GM0230", "GM0246"], rows)
    for number, (of, *dates) in enumerate(zip(municipality.tolist(), *days, strict=True)):
        yield [f"Z-{number:07}", of, "11", *dates]


def write_csv(folder: Path, rows: int) -> None:
    write_large_csv(folder / "jbgld-export.csv", rows)
    (folder / "koppeling.toml").write_bytes(files("sample_data").joinpath("mappings", "jbgld.toml").read_bytes())


def write_xlsx(folder: Path, rows: int) -> None:
    with xlsxwriter.Workbook(str(folder / "export.xlsx"), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Blad")
        for number, row in enumerate([list(NAMES), *cases(rows)]):
            sheet.write_row(number, 0, row)
    _map(folder, 'file = "export.xlsx"\nformat = "xlsx"\nsheet = "Blad"\n', {f: f'"{n}"' for f, n in _pairs()})


def write_fixed_width(folder: Path, rows: int) -> None:
    with (folder / "export.txt").open("w", encoding="ascii", newline="") as lines:
        lines.writelines("".join(text.ljust(10) for text in row) + "x" * 100 + "\r\n" for row in cases(rows))
    places = {field: str([10 * number + 1, 10 * number + 10]) for number, field in enumerate(FIELDS)}
    _map(folder, 'file = "export.txt"\nformat = "fixed_width"\n', places)


def records(rows: int) -> Iterator[dict[str, str]]:
    """The cases as records of the protocol."""
    for number, (_, of, kind, begin, *_, end) in enumerate(cases(rows)):
        yield {
            "bsn": "999999999",
            "birth_date": f"2014{number % 12 + 1:02}17",
            "sex": "V",
            "municipality": of[2:],
            "measure_type": kind,
            "end_reason": "04",
            "begin": begin.replace("-", ""),
            "end": end.replace("-", ""),
        }


def write_beleidsinformatie(folder: Path, rows: int) -> None:
    order = sorted(load_protocol().layouts["jeugdbescherming"].positions.items(), key=lambda item: item[1])
    with (folder / "export.txt").open("w", encoding="ascii", newline="") as lines:
        for record in records(rows):
            lines.write("".join(record.get(field, "").ljust(b - a + 1) for field, (a, b) in order) + "\r\n")
    _map_protocol(folder, 'file = "export.txt"')


def write_beleidsinformatie_xlsx(folder: Path, rows: int) -> None:
    headers = load_protocol().layouts["jeugdbescherming"].headers
    with xlsxwriter.Workbook(str(folder / "export.xlsx"), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("JB")
        sheet.write_row(0, 0, list(headers.values()))
        for number, record in enumerate(records(rows), 1):
            for column, field in enumerate(headers):
                sheet.write_string(number, column, record.get(field, ""))
    _map_protocol(folder, 'file = "export.xlsx"\nsheet = "JB"')


def _map_protocol(folder: Path, where: str) -> None:
    source = f'[[sources]]\n{where}\nformat = "beleidsinformatie"\nlayout = "jeugdbescherming"\n'
    (folder / "koppeling.toml").write_text(source, "utf-8")


def write_sql(folder: Path, rows: int) -> None:
    connection = sqlite3.connect(folder / "export.db")
    with connection:
        connection.execute(f"CREATE TABLE zaken ({', '.join(f'{name} TEXT' for name in NAMES)})")
        connection.executemany(f"INSERT INTO zaken VALUES ({', '.join('?' * len(NAMES))})", cases(rows))
    connection.close()
    _map(folder, 'format = "sql"\nname = "zaken"\nquery = "SELECT * FROM zaken"\n', {f: f'"{n}"' for f, n in _pairs()})


def write_ijw(folder: Path, rows: int) -> None:
    """Three messages for each case: a request, an assignment and a start."""
    with zipfile.ZipFile(folder / "berichten.zip", "w", zipfile.ZIP_STORED) as archive:
        for number, (case, of, _, begin, *_) in enumerate(cases(rows)):
            sent, assigned = Envelope(of[2:], begin, number), str(number + 1)
            for name, content in (
                ("jw315", messages.request(sent, WHO, case, "48A01", begin)),
                ("jw301", messages.assignment(sent, WHO, case, assigned, "48A01", begin)),
                ("jw305", messages.start(sent, WHO, assigned, "48A01", begin)),
            ):
                archive.writestr(f"{name}-{number}.xml", content)
    columns = {"case": '"ReferentieAanbieder"', "municipality": '"Gemeente"', "measure_type": '"ProductCode"'}
    columns |= {"court_order": '"BeschikkingIngangsdatum"', "ended": '"Einddatum"'}
    (folder / "koppeling.toml").write_text(
        '[[sources]]\nfile = "berichten.zip"\nformat = "ijw"\n[sources.columns]\n'
        + "".join(f"{field} = {place}\n" for field, place in columns.items()),
        "utf-8",
    )


def _pairs() -> list[tuple[str, str]]:
    return list(zip(FIELDS, NAMES, strict=True))


def _map(folder: Path, source: str, columns: dict[str, str]) -> None:
    (folder / "koppeling.toml").write_text(
        f'[[sources]]\n{source}dates = "%Y-%m-%d"\n[sources.columns]\n'
        + "".join(f"{field} = {place}\n" for field, place in columns.items()),
        "utf-8",
    )


def ours(rows: int, folder: Path) -> None:
    """The export read by its mapping; it must hold what was written."""
    os.environ["VERBETERMONITOR_SOURCE_URL"] = f"sqlite:///{folder / 'export.db'}"
    exports = [path for path in folder.iterdir() if path.suffix not in (".toml", ".db")]
    raw = read_sources(load_mapping(folder / "koppeling.toml"), exports)
    if len(raw.frame) != rows:
        sys.exit(f"read {len(raw.frame)} cases of {rows}")


def only_csv(folder: Path) -> None:
    pacsv.read_csv(
        folder / "jbgld-export.csv", parse_options=pacsv.ParseOptions(delimiter=";", newlines_in_values=True)
    )


def only_xlsx(folder: Path) -> None:
    for _ in CalamineWorkbook.from_path(folder / "export.xlsx").get_sheet_by_index(0).iter_rows():
        pass


def only_lines(folder: Path) -> None:
    with (folder / "export.txt").open("rb") as lines:
        for line in lines:
            line.decode("ascii")


def only_rows(folder: Path) -> None:
    connection = sqlite3.connect(folder / "export.db")
    for _ in connection.execute("SELECT * FROM zaken"):
        pass
    connection.close()


def only_xml(folder: Path) -> None:
    with zipfile.ZipFile(folder / "berichten.zip") as archive:
        for info in archive.infolist():
            etree.parse(BytesIO(archive.read(info)))


FORMATS: dict[str, tuple[Callable[[Path, int], None], Callable[[Path], None], str]] = {
    "csv": (write_csv, only_csv, "pyarrow.csv"),
    "xlsx": (write_xlsx, only_xlsx, "calamine"),
    "fixed_width": (write_fixed_width, only_lines, "lines, decoded"),
    "beleidsinformatie": (write_beleidsinformatie, only_lines, "lines, decoded"),
    "beleidsinformatie_xlsx": (write_beleidsinformatie_xlsx, only_xlsx, "calamine"),
    "sql": (write_sql, only_rows, "sqlite3"),
    "ijw": (write_ijw, only_xml, "lxml, parsed"),
}


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    for form in sys.argv[2:] or FORMATS:
        write, only, peer = FORMATS[form]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            # In a process of its own: the peak of memory of a parent shows in its children.
            writer = get_context("spawn").Process(target=write, args=(folder, rows))
            writer.start()
            writer.join()
            size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
            print(f"{form}: {rows:,} cases, {size:,.0f} MB", flush=True)
            (seconds, memory), (least, little) = measured(partial(ours, rows), folder), measured(only, folder)
        for label, took, peak in (("read by its mapping", seconds, memory), (f"only read ({peer})", least, little)):
            print(f"  {label:<28} {took:7.1f} s   {rows / took:>10,.0f} cases/s   peak {peak:.2f} GB")
        print(f"  {seconds / least:.1f} times as long, in {memory / little:.1f} times the memory", flush=True)


if __name__ == "__main__":
    main()
