"""Small raw exports of invented people, in every format, and the command run on them."""

import csv
import io
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import xlsxwriter

from pseudonymise import cli
from pseudonymise.delivery import decrypt_payload
from pseudonymise.keys import load_institution_keys
from sample_data import beleidsinformatie, messages
from sample_data.messages import Envelope
from sample_data.people import test_numbers

UNTIL = date(2026, 9, 30)
CODES = ("case", "municipality", "measure_type", "end_reason")
HEADERS = {
    "case": "Zaaknummer",
    "municipality": "Gemeente",
    "measure_type": "Soort",
    "court_order": "Beschikking",
    "order_received": "Ontvangen",
    "first_contact": "Eerste contact",
    "worker_assigned": "Medewerker",
    "plan_established": "Plan",
    "help_started": "Hulp",
    "ended": "Einde",
    "end_reason": "Reden einde",
    "transferred_in": "Overgenomen",
    "transferred_out": "Overgedragen",
}
ENTERED = {"plan_established_registered": "Plan ingevoerd"}  # in an export with rows that have it
PERSONAL = ("voornaam", "achternaam", "bsn", "geboortedatum", "adres", "postcode", "telefoon", "notitie")
DATES = {"csv": "%d-%m-%Y", "xlsx": "%d-%m-%Y", "fixed_width": "%Y%m%d", "sql": "%Y-%m-%d"}
PRODUCTS = {"11": "48A01", "12": "48A02", "21": "48B01"}
PERSONAL_WIDTH, CASE_WIDTH, FIELD_WIDTH = 30, 14, 10

Row = Mapping[str, object]


def headers(rows: Sequence[Row]) -> dict[str, str]:
    return HEADERS | (ENTERED if any(field in row for row in rows for field in ENTERED) else {})


def case(number: int, **fields: object) -> dict[str, object]:
    """A supervision order in Arnhem; dates as `date`, or as text to be written as it is."""
    return {
        "case": f"Z-{number:06}",
        "municipality": "GM0202",
        "measure_type": "11",
        "order_received": date(2025, 2, 3),
    } | fields


def person(number: int) -> dict[str, str]:
    """Somebody who does not exist, with a number that passes the eleven test."""
    return {
        "voornaam": f"Tijbina{number:03}",
        "achternaam": f"Grutmans{number:03}",
        "bsn": "999990019",
        "geboortedatum": "17-08-2014",
        "adres": f"Pluvierpad {2800 + number}",
        "postcode": "4368 JA",
        "telefoon": f"06-0082{number:04}",
        "notitie": f'Moeder zei: "bel oma Wimpeltje{number:03}"; daarna opgehangen',
    }


def write_export(
    folder: Path, form: str, rows: Sequence[Row], people: Sequence[Mapping[str, str]] | None = None
) -> tuple[Path, Path]:
    """The mapping and the export; every row has a person beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    everyone = people if people is not None else [person(number) for number in range(len(rows))]
    return WRITERS[form](folder, rows, everyone)


def write_csv(
    folder: Path, rows: Sequence[Row], people: Sequence[Mapping[str, str]], name: str = "export.csv"
) -> tuple[Path, Path]:
    export = folder / name
    with export.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")  # ends lines as Windows does
        writer.writerow([*PERSONAL, *headers(rows).values()])
        for row, who in zip(rows, people, strict=True):
            texts = [_text(row.get(field, ""), DATES["csv"]) for field in headers(rows)]
            writer.writerow([*(who[field] for field in PERSONAL), *texts])
    return _mapping(folder, 'file = "export*.csv"\nformat = "csv"\nseparator = ";"\n', "csv", headers(rows)), export


def write_xlsx(folder: Path, rows: Sequence[Row], people: Sequence[Mapping[str, str]]) -> tuple[Path, Path]:
    export = folder / "export.xlsx"
    with xlsxwriter.Workbook(str(export)) as workbook:
        sheet = workbook.add_worksheet("Maatregelen")
        days = workbook.add_format({"num_format": "dd-mm-yyyy"})
        for column, header in enumerate([*PERSONAL, *headers(rows).values()]):
            sheet.write_string(0, column, header)
        for number, (row, who) in enumerate(zip(rows, people, strict=True), 1):
            for column, field in enumerate(PERSONAL):
                sheet.write_string(number, column, who[field])
            for column, field in enumerate(headers(rows), len(PERSONAL)):
                value = row.get(field, "")
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, days)
                else:
                    sheet.write_string(number, column, str(value))
    return _mapping(folder, 'file = "*.xlsx"\nformat = "xlsx"\nsheet = "Maatregelen"\n', "xlsx", headers(rows)), export


def write_fixed_width(folder: Path, rows: Sequence[Row], people: Sequence[Mapping[str, str]]) -> tuple[Path, Path]:
    export = folder / "export.txt"
    lines = []
    for row, who in zip(rows, people, strict=True):
        # A record is one line: an export program drops the line ends of a note.
        personal = "".join(" ".join(who[field].split())[:PERSONAL_WIDTH].ljust(PERSONAL_WIDTH) for field in PERSONAL)
        texts = [_text(row.get(field, ""), DATES["fixed_width"]) for field in headers(rows)]
        lines.append(personal + texts[0].ljust(CASE_WIDTH) + "".join(text.ljust(FIELD_WIDTH) for text in texts[1:]))
    export.write_bytes("".join(f"{line}\r\n" for line in lines).encode("cp1252", errors="replace"))
    source = 'file = "*.txt"\nformat = "fixed_width"\nencoding = "cp1252"\n'
    return _mapping(folder, source, "fixed_width", headers(rows)), export


def write_sql(folder: Path, rows: Sequence[Row], people: Sequence[Mapping[str, str]]) -> tuple[Path, Path]:
    """A table in an SQLite file, of which the address must be set in VERBETERMONITOR_SOURCE_URL."""
    export = folder / "export.db"
    names = [*PERSONAL, *headers(rows).values()]
    connection = sqlite3.connect(export)
    with connection:
        columns = ", ".join(f'"{name}" TEXT' for name in names)
        connection.execute(f"CREATE TABLE uitdraai ({columns})")
        for row, who in zip(rows, people, strict=True):
            texts = [_text(row.get(field, ""), DATES["sql"]) for field in headers(rows)]
            values = [*(who[field] for field in PERSONAL), *texts]
            connection.execute(f"INSERT INTO uitdraai VALUES ({', '.join('?' * len(values))})", values)
    connection.close()
    source = 'format = "sql"\nname = "export"\nquery = "SELECT * FROM uitdraai ORDER BY rowid"\n'
    return _mapping(folder, source, "sql", headers(rows)), export


def write_ijw(folder: Path, rows: Sequence[Row], people: Sequence[Mapping[str, str]]) -> tuple[Path, Path]:
    """A zip of messages: what they can hold of the rows. The order's date is in the request."""
    export = folder / "berichten.zip"
    with zipfile.ZipFile(export, "w") as archive:
        for number, (row, who) in enumerate(zip(rows, people, strict=True)):
            for name, content in _messages(number, row, who):
                archive.writestr(f"{name}-{number}.xml", content)
    columns = {
        "case": "ReferentieAanbieder",
        "municipality": "Gemeente",
        "measure_type": "ProductCode",
        "court_order": "BeschikkingIngangsdatum",
        "ended": "Einddatum",
    }
    mapping = folder / "mapping.toml"
    mapping.write_text(
        '[[sources]]\nfile = "*.zip"\nformat = "ijw"\n[sources.columns]\n'
        + "".join(f'{field} = "{element}"\n' for field, element in columns.items())
        + "[sources.values.measure_type]\n"
        + "".join(f'"{product}" = "{code}"\n' for code, product in PRODUCTS.items())
        + '[policies]\nimpossible_date = "unregistered"\n',
        "utf-8",
    )
    return mapping, export


def _messages(number: int, row: Row, who: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    person = {
        "first": who["voornaam"],
        "last": who["achternaam"],
        "bsn": escape(who["bsn"]),
        "birth_date": escape(who["geboortedatum"]),
        "sex": "V",
        "street": who["adres"],
        "postcode": escape(who["postcode"]),
        "town": who["adres"],
        "phone": escape(who["telefoon"]),
        "note": who["notitie"],
    }
    order = _text(row.get("court_order", row.get("order_received", "")), "%Y-%m-%d")
    code, assigned = PRODUCTS[str(row["measure_type"])], str(number + 1)
    sent = Envelope(str(row["municipality"]).removeprefix("GM"), "2026-09-01", number)
    yield "jw315", messages.request(sent, person, str(row["case"]), code, order)
    yield "jw301", messages.assignment(sent, person, str(row["case"]), assigned, code, order)
    yield "jw305", messages.start(sent, person, assigned, code, order)
    if row.get("ended"):
        end = _text(row["ended"], "%Y-%m-%d")
        yield "jw307", messages.stop(sent, person, assigned, code, order, end)


def write_beleidsinformatie(
    folder: Path, rows: Sequence[Row], people: Sequence[Mapping[str, str]]
) -> tuple[Path, Path]:
    """The file for CBS as text with fixed positions."""
    export = folder / "bij-jb.txt"
    beleidsinformatie.write_fixed_width(export, "jeugdbescherming", cbs_records(rows, people))
    mapping = folder / "mapping.toml"
    mapping.write_text(CBS.format(file="bij-jb.txt"), "utf-8")
    return mapping, export


def write_beleidsinformatie_sheet(
    folder: Path, rows: Sequence[Row], people: Sequence[Mapping[str, str]]
) -> tuple[Path, Path]:
    """The file for CBS as a spreadsheet."""
    export = folder / "bij-jb.xlsx"
    beleidsinformatie.write_workbook(export, "jeugdbescherming", cbs_records(rows, people), "Blad1")
    mapping = folder / "mapping.toml"
    mapping.write_text(CBS.format(file="bij-jb.xlsx") + 'sheet = "Blad1"\n', "utf-8")
    return mapping, export


CBS = """[[sources]]
file = "{file}"
format = "beleidsinformatie"
layout = "jeugdbescherming"
"""


def cbs_records(rows: Sequence[Row], people: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """What the file for CBS can hold of the rows. The number of a child is part of the case, so it is the row's.

    Of the person it holds the postcode, the sex and the day of birth, taken from the number of the house.
    """
    records = []
    for number, (row, who) in enumerate(zip(rows, people, strict=True)):
        dates = {
            theirs: _text(row.get(ours, ""), "%Y%m%d")
            for ours, theirs in (
                ("ended", "end"),
                ("transferred_in", "transferred_in"),
                ("transferred_out", "transferred_out"),
            )
        }
        records.append(
            {
                "bsn": bsn(number),
                "birth_date": f"201408{len(who['adres']) % 31 + 1:02}",
                "sex": "VMO"[len(who["voornaam"]) % 3],
                "postcode": "".join(char for char in who["postcode"] if char.isalnum()),
                "municipality": str(row["municipality"]).removeprefix("GM"),
                "measure_type": str(row["measure_type"]),
                "begin": _text(row.get("court_order", row.get("order_received", "")), "%Y%m%d"),
                "end_reason": str(row.get("end_reason", "")),
            }
            | dates
        )
    return records


def write_joined(folder: Path, rows: Sequence[Row], people: Sequence[Mapping[str, str]]) -> tuple[Path, Path, Path]:
    """The file for CBS and an export of the case system, which has a number of its own and is joined on the measure."""
    _, cbs = write_beleidsinformatie(folder, rows, people)
    export = folder / "zaken.csv"
    fields = ("measure_type", "court_order", "order_received", "first_contact", "plan_established")
    with export.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        personal = [field for field in PERSONAL if field != "bsn"]
        writer.writerow(["BSN", *personal, *fields])
        for number, (row, who) in enumerate(zip(rows, people, strict=True)):
            texts = [_text(row.get(field, ""), DATES["csv"]) for field in fields]
            writer.writerow([bsn(number), *(who[field] for field in personal), *texts])
    mapping = folder / "mapping.toml"
    mapping.write_text(
        CBS.format(file="bij-jb.txt")
        + '[[sources]]\nfile = "zaken.csv"\nformat = "csv"\nkey = "measure"\nseparator = ";"\n'
        + f'dates = "{DATES["csv"]}"\n[sources.columns]\ncase = "BSN"\n'
        + "".join(f'{field} = "{field}"\n' for field in fields)
        + '[policies]\nunknown_date = ["onbekend"]\n',
        "utf-8",
    )
    return mapping, cbs, export


def bsn(number: int) -> str:
    """A number that passes the eleven test and is of nobody."""
    return str(_numbers()[number])


_numbers = cache(test_numbers)


WRITERS = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "fixed_width": write_fixed_width,
    "sql": write_sql,
    "ijw": write_ijw,
    "beleidsinformatie": write_beleidsinformatie,
    "beleidsinformatie, sheet": write_beleidsinformatie_sheet,
}


def positions(fields: Iterable[str]) -> dict[str, list[int]]:
    places, first = {}, len(PERSONAL) * PERSONAL_WIDTH + 1
    for field in fields:
        width = CASE_WIDTH if field == "case" else FIELD_WIDTH
        places[field] = [first, first + width - 1]
        first += width
    return places


def _mapping(folder: Path, source: str, form: str, fields: Mapping[str, str]) -> Path:
    columns = positions(fields) if form == "fixed_width" else {k: f'"{v}"' for k, v in fields.items()}
    entered = {field.removesuffix("_registered"): columns.pop(field) for field in ENTERED.keys() & fields.keys()}
    path = folder / "mapping.toml"
    path.write_text(
        f'[[sources]]\n{source}dates = "{DATES[form]}"\n[sources.columns]\n'
        + "".join(f"{field} = {column}\n" for field, column in columns.items())
        + "".join(f"[sources.registered]\n{field} = {column}\n" for field, column in entered.items())
        + '[policies]\nunknown_date = ["onbekend"]\n',
        "utf-8",
    )
    return path


def _text(value: object, form: str) -> str:
    return value.strftime(form) if isinstance(value, date) else str(value)


@dataclass(frozen=True)
class Run:
    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def run(*words: object) -> Run:
    """The command in this process: its exit status and all it said."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as stop:
        cli.main([str(word) for word in words])
    code = stop.value.code
    return Run(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())


def deliver(
    keys: Path,
    mapping: Path,
    *exports: Path,
    out: Path,
    institution: str = "JBGLD",
    until: date = UNTIL,
    feedback: Path | None = None,
) -> Run:
    """The command on some exports. A database is asked, and not given."""
    given = [export for export in exports if export.suffix != ".db"]
    with pytest.MonkeyPatch.context() as patch:
        for export in set(exports) - set(given):
            patch.setenv("VERBETERMONITOR_SOURCE_URL", f"sqlite:///{export}")
        return run(
            *("deliver", "--institution", institution, "--mapping", mapping, "--until", until, "--out", out),
            *("--keys", keys, *(("--feedback", feedback) if feedback else ()), *given),
        )


def payload(delivery: Path, keys: Path, institution: str = "JBGLD") -> bytes:
    return decrypt_payload(delivery, load_institution_keys(keys, institution).identity, None)[1]
