"""A few invented measures in every format that can be read, each with defects planted, and a list of those.

The same measures in each, but for what a format cannot hold. `write_formats` returns what a reader should find, and
nothing else should be found: one defect a row, in rows that are otherwise in order.
"""

import csv
import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from pseudonymise.sources.protocol import load_protocol
from sample_data import beleidsinformatie, messages
from sample_data.latent import DEFAULT_SEED
from sample_data.measures import measures
from sample_data.messages import Envelope
from sample_data.parameters import load_parameters
from sample_data.people import invent

ROWS = 40
FIELDS = {
    "case": "zaaknummer",
    "municipality": "gemeente",
    "measure_type": "soort",
    "court_order": "beschikking",
    "order_received": "ontvangen",
    "first_contact": "eerste_contact",
    "worker_assigned": "medewerker",
    "plan_established": "plan",
    "help_started": "hulp",
    "ended": "einde",
    "end_reason": "reden",
    "born": "geboren",
}
PERSONAL = {"bsn": "bsn", "first": "voornaam", "last": "achternaam", "phone": "telefoon", "note": "notitie"}
WIDTHS = {"case": 16, "note": 140, "first": 20, "last": 30}  # of the fixed positions; anything else takes 12
POLICIES = '[policies]\nimpossible_date = "unregistered"\nunknown_end = "leave_out"\nunknown_date = ["onbekend"]\n'
PRODUCTS = {"11": "48A01", "12": "48A02", "21": "48B01", "22": "48B02", "23": "48B03", "41": "47A01", "42": "47A02"}
PROBATION = {"41", "42", "50", "51", "61", "62", "63"}

Row = dict[str, str]


@dataclass(frozen=True)
class Defect:
    """What a reader should say, and where: the rule, the file, the row (0: the whole file) and the column."""

    rule: str
    file: str
    row: int
    column: str


def write_formats(out: Path, seed: int = DEFAULT_SEED) -> dict[str, list[Defect]]:
    """A folder for each format with its export and ``koppeling.toml``, and ``fouten.json``; what was planted."""
    rows, people = _measures(seed)
    planted = {
        "csv": _write_table(out / "csv", "csv", rows, people),
        "xlsx": _write_table(out / "xlsx", "xlsx", rows, people),
        "fixed_width": _write_table(out / "fixed_width", "txt", rows, people),
        "sql": _write_table(out / "sql", "db", rows, people),
        "beleidsinformatie": _write_beleidsinformatie(out / "beleidsinformatie", rows, people),
        "ijw": _write_ijw(out / "ijw", rows, people),
    }
    listed = {form: [asdict(defect) for defect in defects] for form, defects in planted.items()}
    (out / "fouten.json").write_text(json.dumps(listed, indent=1) + "\n", "utf-8")
    return planted


def _measures(seed: int) -> tuple[list[Row], list[Row]]:
    """Measures with every milestone, in order, and who they are of. Dates as JJJJ-MM-DD."""
    rng = np.random.default_rng([seed, 3])
    regions = load_parameters().regions.weights
    cases = measures(rng, 0.1, {region: {"JBGLD": 1.0} for region in regions})
    chain = ["court_order", "order_received", "worker_assigned", "plan_established", "help_started", "ended"]
    whole = cases["measure_type"].isin(list(PRODUCTS))
    for earlier, later in pairwise(chain):
        whole &= cases[earlier] < cases[later]
    whole &= (cases["ended"] <= pd.Timestamp(load_parameters().period.extract)) & (cases["court_order"] >= "2020-11-01")
    whole &= (cases["first_contact"] > cases["order_received"]) & (cases["first_contact"] < cases["plan_established"])
    whole &= cases["transferred_in"].isna() & cases["transferred_out"].isna()
    whole &= cases["birth_date"] < cases["court_order"] - pd.Timedelta(days=366)
    kept = cases[whole].drop_duplicates(["municipality", "court_order"]).head(ROWS).reset_index(drop=True)
    table = kept.assign(born=kept["birth_date"])
    texts = table.assign(
        **{name: table[name].dt.strftime("%Y-%m-%d") for name in table.columns if table[name].dtype.kind == "M"}
    )
    people = invent(rng, kept)
    who = people.assign(birth_date=people["birth_date"].dt.strftime("%Y-%m-%d"))
    return texts[list(FIELDS)].to_dict("records"), who.to_dict("records")  # type: ignore[return-value]


def _write_table(folder: Path, suffix: str, rows: list[Row], people: list[Row]) -> list[Defect]:
    """One table with a header, or with fixed positions, or in a database."""
    file = "datawarehouse" if suffix == "db" else f"export.{suffix}"
    below_header = 1 if suffix in ("txt", "db") else 2
    positions = _positions()
    column = {
        field: f"posities {positions[field][0]}-{positions[field][1]}" if suffix == "txt" else name
        for field, name in FIELDS.items()
    }
    spoiled, planted = [dict(row) for row in rows], []
    for number, (rule, field, change) in enumerate(SPOILED):
        spoiled[number][field] = change(spoiled[number])
        planted.append(Defect(rule, file, number + below_header, column[field]))
    again = len(SPOILED)
    spoiled.append(dict(spoiled[again]) | {"case": "nog-eens"})
    planted.append(Defect("same_measure", file, len(spoiled) - 1 + below_header, column["case"]))
    table = [
        {name: row[field] for field, name in FIELDS.items()} | {name: who[field] for field, name in PERSONAL.items()}
        for row, who in zip(spoiled, [*people, people[again]], strict=True)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    where = {field: f'"{name}"' for field, name in FIELDS.items()}
    source = WRITERS[suffix](folder, table)
    if suffix == "txt":
        where = {field: str(list(places)) for field, places in positions.items() if field in FIELDS}
    (folder / "koppeling.toml").write_text(
        f'[[sources]]\n{source}dates = "%Y-%m-%d"\n[sources.columns]\n'
        + "".join(f"{field} = {place}\n" for field, place in where.items())
        + POLICIES,
        "utf-8",
    )
    return planted


Change = Callable[[Row], str]


def _later(day: str, years: int) -> str:
    return f"{int(day[:4]) + years}{day[4:]}"


# The rule that should find it, the field, and what comes in its place.
SPOILED: tuple[tuple[str, str, Change], ...] = (
    ("impossible_date", "plan_established", lambda row: f"{row['plan_established'][:4]}-06-31"),
    ("impossible_date", "ended", lambda row: f"{row['ended'][:4]}-02-30"),
    ("unknown_end", "ended", lambda _: "onbekend"),
    ("after_extract", "plan_established", lambda row: _later(row["plan_established"], 10)),
    ("after_extract", "ended", lambda row: _later(row["ended"], 10)),
    ("before_birth", "plan_established", lambda row: _later(row["plan_established"], -100)),
    ("order_after_receipt", "court_order", lambda row: row["worker_assigned"]),
    ("before_its_step", "help_started", lambda row: row["court_order"]),
    ("after_end", "help_started", lambda _: load_parameters().period.extract.isoformat()),
    ("out_of_order", "worker_assigned", lambda row: row["help_started"]),
    ("gap", "first_contact", lambda _: ""),
    ("birth_date", "born", lambda _: "verzonnen"),
)


def _write_csv(folder: Path, table: list[Row]) -> str:
    with (folder / "export.csv").open("w", encoding="cp1252", errors="replace", newline="") as lines:
        writer = csv.DictWriter(lines, list(table[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(table)
    return 'file = "export.csv"\nformat = "csv"\nencoding = "cp1252"\nseparator = ";"\n'


def _write_xlsx(folder: Path, table: list[Row]) -> str:
    with xlsxwriter.Workbook(str(folder / "export.xlsx")) as book:
        sheet = book.add_worksheet("Uitdraai")
        for number, row in enumerate([dict.fromkeys(table[0], ""), *table]):
            for column, name in enumerate(row):
                sheet.write_string(number, column, row[name] if number else name)
    return 'file = "export.xlsx"\nformat = "xlsx"\nsheet = "Uitdraai"\n'


def _write_fixed(folder: Path, table: list[Row]) -> str:
    names = FIELDS | PERSONAL
    lines = []
    for row in table:
        texts = ((row[names[field]], last - first + 1) for field, (first, last) in _positions().items())
        lines.append("".join(text[:width].ljust(width) for text, width in texts))
    (folder / "export.txt").write_bytes("".join(f"{line}\r\n" for line in lines).encode("cp1252", errors="replace"))
    return 'file = "export.txt"\nformat = "fixed_width"\nencoding = "cp1252"\n'


def _write_database(folder: Path, table: list[Row]) -> str:
    """An SQLite file; its address is for the reader to set in VERBETERMONITOR_SOURCE_URL."""
    path = folder / "export.db"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(f"CREATE TABLE uitdraai ({', '.join(f'{name} TEXT' for name in table[0])})")
        places = ", ".join("?" * len(table[0]))
        connection.executemany(f"INSERT INTO uitdraai VALUES ({places})", [list(row.values()) for row in table])
    connection.close()
    return 'format = "sql"\nname = "datawarehouse"\nquery = "SELECT * FROM uitdraai ORDER BY rowid"\n'


WRITERS = {"csv": _write_csv, "xlsx": _write_xlsx, "txt": _write_fixed, "db": _write_database}


def _positions() -> dict[str, tuple[int, int]]:
    places, first = {}, 1
    for field in (*FIELDS, *PERSONAL):
        width = WIDTHS.get(field, 12)
        places[field] = (first, first + width - 1)
        first += width
    return places


def _write_beleidsinformatie(folder: Path, rows: list[Row], people: list[Row]) -> list[Defect]:
    """Protection as text with fixed positions, probation as a workbook."""
    records = [_record(row, who) for row, who in zip(rows, people, strict=True)]
    protection = [record for record in records if record["measure_type"] not in PROBATION]
    probation = [record for record in records if record["measure_type"] in PROBATION]
    layout, file = load_protocol().layouts, "bij-jb-2026-1.txt"

    def place(field: str) -> str:
        first, last = layout["jeugdbescherming"].positions[field]
        return f"posities {first}-{last}"

    planted = []
    spoil: tuple[tuple[str, str, str], ...] = (
        ("unknown_end", "end", f"{protection[0]['end'][:6]}00"),
        ("impossible_date", "end", f"{protection[1]['end'][:4]}0230"),
        ("after_extract", "end", _later(protection[2]["end"], 10)),
        ("before_its_step", "end", _later(protection[3]["end"], -9)),
        ("before_birth", "begin", "19250301"),
        ("code_unknown", "sex", "X"),
        ("code_unknown", "placement_type", "11"),
        ("reason_of_other_measure", "end_reason", "15" if protection[7]["measure_type"] < "20" else "01"),
        ("bsn_eleven_test", "bsn", "999999991"),
        ("birth_date", "birth_date", "20141340"),
        ("type_of_other_file", "measure_type", "42"),
    )
    for number, (rule, field, text) in enumerate(spoil):
        protection[number][field] = text
        if field == "measure_type":
            protection[number]["end_reason"] = ""
        planted.append(Defect(rule, file, number + 1, place(field)))
    # In order, though they may look strange: a day that is not known, a child without a number, an old municipality.
    protection[len(spoil)]["begin"] = f"{protection[len(spoil)]['begin'][:6]}00"
    protection[len(spoil) + 1] |= {"bsn": "000000000", "birth_date": "00000000"}
    protection[len(spoil) + 2] |= {
        "bsn": "999999999",
        "birth_date": f"{protection[len(spoil) + 2]['birth_date'][:6]}00",
    }
    protection[len(spoil) + 3]["municipality"] = "0236"
    probation[0] |= {"risk_score": "51"}
    headers = layout["jeugdreclassering"].headers
    planted.append(Defect("code_unknown", "bij-jr-2026-1.xlsx", 2, headers["risk_score"]))
    folder.mkdir(parents=True, exist_ok=True)
    beleidsinformatie.write_fixed_width(folder / file, "jeugdbescherming", protection)
    beleidsinformatie.write_workbook(folder / "bij-jr-2026-1.xlsx", "jeugdreclassering", probation, "JR")
    (folder / "koppeling.toml").write_text(
        '[[sources]]\nfile = "bij-jb-*.txt"\nformat = "beleidsinformatie"\nlayout = "jeugdbescherming"\n\n'
        '[[sources]]\nfile = "bij-jr-*.xlsx"\nformat = "beleidsinformatie"\nlayout = "jeugdreclassering"\n'
        f'sheet = "JR"\n\n{POLICIES}',
        "utf-8",
    )
    return planted


def _record(row: Row, who: Mapping[str, str]) -> Row:
    """A measure as the protocol has it: digits alone in dates, and two values for how probation ended."""
    record = {
        "bsn": who["bsn"],
        "birth_date": who["birth_date"].replace("-", ""),
        "sex": who["sex"],
        "postcode": who["postcode"].replace(" ", ""),
        "municipality": row["municipality"].removeprefix("GM"),
        "measure_type": row["measure_type"],
        "begin": row["court_order"].replace("-", ""),
        "end": row["ended"].replace("-", ""),
    }
    if row["measure_type"] in PROBATION:
        return record | {"risk_score": "41", "aftercare": "51", "intervention": "01"}
    return record | {"end_reason": row["end_reason"]}


def _write_ijw(folder: Path, rows: list[Row], people: list[Row]) -> list[Defect]:
    """A zip file of messages: of each case a request, an assignment, a start and a stop, some of them corrected."""
    folder.mkdir(parents=True, exist_ok=True)
    planted: list[Defect] = []
    with zipfile.ZipFile(folder / "berichten.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content, defect) in enumerate(_messages(rows, people), 1):
            file = f"{name.lower()}-{number:04}.xml"
            archive.writestr(zipfile.ZipInfo(file, (1980, 1, 1, 0, 0, 0)), content)
            if defect is not None:
                rule, column = defect
                row = 0 if rule == "message_of_no_use" else 1
                planted.append(Defect(rule, f"berichten.zip/{file}", row, column))
    (folder / "koppeling.toml").write_text(
        '[[sources]]\nfile = "berichten.zip"\nformat = "ijw"\n[sources.columns]\ncase = "ReferentieAanbieder"\n'
        'municipality = "Gemeente"\nmeasure_type = "ProductCode"\ncourt_order = "BeschikkingIngangsdatum"\n'
        'ended = "Einddatum"\nend_reason = "RedenBeeindiging"\n[sources.values.measure_type]\n'
        + "".join(f'"{product}" = "{code}"\n' for code, product in PRODUCTS.items())
        + POLICIES,
        "utf-8",
    )
    return planted


def _messages(rows: list[Row], people: list[Row]) -> Iterator[tuple[str, bytes, tuple[str, str] | None]]:
    """Each message with its name, and what is wrong with it: the rule that should find it and the element."""
    for number, (row, who) in enumerate(zip(rows, people, strict=True)):
        code, assigned = PRODUCTS[row["measure_type"]], str(1000 + number)
        begin, end = row["worker_assigned"], row["ended"]

        sent = partial(_sent, row, number)
        stopped = partial(_stop, row, who, number)

        order, wrong_order = row["court_order"], None
        if number == 0:
            order, wrong_order = f"{order[:4]}-06-31", ("impossible_date", "BeschikkingIngangsdatum")
        yield "JW315", messages.request(sent(begin), who, row["case"], code, order), wrong_order
        yield "JW301", messages.assignment(sent(begin), who, row["case"], assigned, code, begin), None
        start = messages.start(sent(begin), who, assigned, code, begin)
        yield "JW305", start, None
        stop = stopped(end)
        match number:
            case 1:
                yield "JW307", stopped(f"{end[:4]}-02-30"), ("impossible_date", "Einddatum")
            case 2:
                yield "JW307", stopped(_later(end, 10)), ("after_extract", "Einddatum")
            case 3:
                yield "JW307", _element(stop, "StatusAanlevering", "9"), ("status_unknown", "StatusAanlevering")
            case 4:
                yield "JW307", _element(stop, "ToewijzingNummer", ""), ("element_missing", "ToewijzingNummer")
            case 5:
                yield "JW307", _element(stop, "ToewijzingNummer", "A1"), ("assignment_number", "ToewijzingNummer")
            case 6:
                yield "JW307", _element(stop, "ToewijzingNummer", "9"), ("no_case", "ReferentieAanbieder")
            case 7:  # removed, and so still running
                yield "JW307", stop, None
                yield "JW307", stopped(end, status="3", day=_later(end, 1)), None
            case 8:  # corrected
                yield "JW307", stopped(begin), None
                yield "JW307", stopped(begin, status="3", day=_later(end, 1)), None
                yield "JW307", stopped(end, day=_later(end, 1)), None
            case 9:
                yield (
                    "JW305",
                    messages.start(sent(begin), who, assigned, code, end, status="3"),
                    (
                        "nothing_to_remove",
                        "StatusAanlevering",
                    ),
                )
                yield "JW307", stop, None
            case 10:
                other = f"{row['case']}-2"
                yield (
                    "JW315",
                    messages.request(sent(begin), who, other, code, order),
                    (
                        "request_rejected",
                        "ReferentieAanbieder",
                    ),
                )
                yield "JW319", messages.answer(sent(end), other, rejected=True), None
                yield "JW307", stop, None
            case 11:
                returned = _element(start, "BerichtCode", "439")
                yield "JW306", returned, ("message_of_no_use", "BerichtCode")
                yield "JW323", messages.declaration(sent(end), who, assigned, code, begin, end), None
                yield "JW307", stop, None
            case 12:
                yield "JW307", stopped(_later(end, -9)), ("before_its_step", "Einddatum")
            case _:
                yield "JW307", stop, None


def _sent(row: Row, number: int, day: str) -> Envelope:
    return Envelope(row["municipality"].removeprefix("GM"), day, number)


def _stop(row: Row, who: Row, number: int, end: str, status: str = "1", day: str = "") -> bytes:
    """The stop of a case, sent on its real last day unless told."""
    code, begin = PRODUCTS[row["measure_type"]], row["worker_assigned"]
    return messages.stop(
        _sent(row, number, day or row["ended"]), who, str(1000 + number), code, begin, end, status=status
    )


def _element(content: bytes, name: str, text: str) -> bytes:
    """The message with another text in the one element of that name."""
    opening, closing = f"<m:{name}>".encode(), f"</m:{name}>".encode()
    before, _, rest = content.partition(opening)
    return before + opening + text.encode() + closing + rest.partition(closing)[2]
