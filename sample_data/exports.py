"""The raw exports of the eight institutions, each in its own format, written through its own mapping.

The mapping in ``mappings/`` says under which header, at which position and in which words a field stands. The
columns below are the rest of an export: what identifies people, and must never come out of it.
"""

import codecs
import io
import json
import shutil
import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime, time
from functools import cache
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import xlsxwriter
from numpy.typing import NDArray

from pseudonymise.sources.mapping import registered_field
from sample_data.flaws import Flaw, Recorded
from sample_data.parameters import DATA, load_parameters
from sample_data.people import WESTERN

Texts = NDArray[np.object_]
Source = dict[str, Any]

# The files of each institution; a workbook with two sheets is one file.
EXPORTS = {
    "JBGLD": ("jbgld-maatregelen.csv",),
    "WSS": ("wss-export.xlsx",),
    "LDH": ("ldh-beleidsinformatie.txt", "ldh-mijlpalen.csv"),
    "JVV": ("jvv_uitdraai.csv",),
    "VTGZ": ("vtgz-meldingen.csv",),
    "VTGM": ("vtgm-meldingen.csv",),
    "VTNOG": ("vtnog-meldingen.csv",),
    "RVDK": ("rvdk-onderzoeken.csv",),
}

# What is linked, of whom the agreement names a milestone for it: numbers and days, in a file that stays inside.
CHAIN = {code: f"{code.lower()}-keten.csv" for code in EXPORTS if code != "RVDK"}

VEILIG_THUIS = {
    "voorbeeldgegevens": "sample",
    "bsn": "bsn",
    "roepnaam": "first",
    "achternaam": "last",
    "geboren": "birth_date",
    "adres": "street",
    "postcode": "postcode",
    "plaats": "town",
    "telefoon": "phone",
    "toelichting": "note",
}

# For each file or sheet, its columns beside the mapped ones: header to what `people.invent` makes.
PERSONAL = {
    "jbgld-maatregelen.csv": {
        "voorbeeldgegevens": "sample",
        "bsn": "bsn",
        "voornaam": "first",
        "achternaam": "last",
        "geboortedatum": "birth_date",
        "straat_huisnummer": "street",
        "postcode": "postcode",
        "woonplaats": "town",
        "telefoon": "phone",
        "notitie": "note",
    },
    "Maatregelen": {
        "Voorbeeldgegevens": "sample",
        "BSN": "bsn",
        "Voornaam": "first",
        "Achternaam": "last",
        "Geboren op": "birth_date",
        "Adres": "street",
        "Postcode": "postcode",
        "Plaats": "town",
    },
    "Voortgang": {
        "Voorbeeldgegevens": "sample",
        "Naam kind": "first",
        "Telefoon ouders": "phone",
        "Opmerkingen": "note",
    },
    "ldh-mijlpalen.csv": {
        "voorbeeldgegevens": "sample",
        "naam": "last",
        "straat": "street",
        "telefoon": "phone",
        "dagrapportage": "note",
    },
    "jvv_uitdraai.csv": {
        "voorbeeldgegevens": "sample",
        "client_bsn": "bsn",
        "client_voornaam": "first",
        "client_naam": "last",
        "client_geboren": "birth_date",
        "client_adres": "street",
        "client_pc": "postcode",
        "client_plaats": "town",
        "client_tel": "phone",
        "laatste_notitie": "note",
    },
    "vtgz-meldingen.csv": VEILIG_THUIS,
    "vtgm-meldingen.csv": VEILIG_THUIS,
    "vtnog-meldingen.csv": VEILIG_THUIS,
    "rvdk-onderzoeken.csv": VEILIG_THUIS,
}

# Beside its mapped positions. CBS does not publish the positions of its layout: these are our assumption.
LDH_PERSONAL = {
    "bsn": (16, 24),
    "birth_date": (25, 32),
    "sex": (33, 33),
    "postcode": (34, 39),
    "last": (80, 119),
    "sample": (120, 128),
}

MUNICIPALITY_FORMS: dict[str, Callable[[str], str]] = {
    "WSS": lambda code: code.removeprefix("GM"),
    "LDH": lambda code: code.removeprefix("GM"),
    "JVV": lambda code: code.removeprefix("GM").lstrip("0"),
    "RVDK": lambda code: code.removeprefix("GM"),
}


def mapping(institution: str) -> Mapping[str, Any]:
    return tomllib.loads(DATA.joinpath("mappings", f"{institution.lower()}.toml").read_text("utf-8"))


def write_exports(out: Path, institution: str, recorded: Recorded, people: pd.DataFrame) -> None:
    """Writes the files of one institution, and its mapping, in ``out``."""
    how = mapping(institution)
    with as_file(DATA.joinpath("mappings", f"{institution.lower()}.toml")) as path:
        shutil.copyfile(path, out / path.name)
    unknown = how["policies"]["unknown_date"][0]
    for number, file in enumerate(EXPORTS[institution]):
        if file.endswith(".xlsx"):
            _write_workbook(out / file, how["sources"], recorded, people, unknown)
        elif file.endswith(".txt"):
            _write_fixed_width(out / file, how["sources"][number], recorded, people, unknown)
        else:
            write_csv(out / file, PERSONAL[file], how["sources"][number], recorded, people, unknown)


def write_index(out: Path, *, chain: bool = True) -> None:
    """``sample.json``: of each institution its mapping, exports and what it links by; and the day of the extract."""
    index: dict[str, object] = {
        code: {"mapping": f"{code.lower()}.toml", "exports": list(files)}
        | ({"chain": CHAIN[code]} if chain and code in CHAIN else {})
        for code, files in EXPORTS.items()
    }
    index["until"] = load_parameters().period.extract.isoformat()
    (out / "sample.json").write_text(json.dumps(index, indent=2) + "\n", "utf-8")


def write_csv(
    path: Path,
    headers: dict[str, str],
    source: Source,
    recorded: Recorded,
    people: pd.DataFrame,
    unknown: str,
) -> None:
    """A table with the columns of ``headers`` beside those that ``source`` maps."""
    personal = _personal(people, source["dates"])
    columns = _columns(headers, personal, source, _mapped(source, recorded, unknown))
    table = pa.table({header: pa.array(texts, pa.string()) for header, texts in columns.items()})
    content = io.BytesIO()
    options = pacsv.WriteOptions(delimiter=source["separator"], quoting_header="none")
    pacsv.write_csv(table, content, options)
    path.write_bytes(_encoded(content.getvalue(), source["encoding"]))


def _write_fixed_width(path: Path, source: Source, recorded: Recorded, people: pd.DataFrame, unknown: str) -> None:
    """One record a measure, no header; records end in CR LF."""
    personal = _personal(people.assign(postcode=people["postcode"].str.replace(" ", "")), source["dates"])
    mapped = _mapped(source, recorded, unknown)
    fields = [((1, 3), np.full(len(people), "GI1", dtype=object))]
    fields += [(place, personal[field]) for field, place in LDH_PERSONAL.items()]
    fields += [(tuple(place), mapped[field]) for field, place in source["columns"].items()]
    fields.sort(key=lambda field: field[0])
    padded = [[text[: last - first + 1].ljust(last - first + 1) for text in texts] for (first, last), texts in fields]
    lines = ("".join(parts) + "\r\n" for parts in zip(*padded, strict=True))
    path.write_bytes(_encoded("".join(lines).encode(), source["encoding"]))


def _write_workbook(path: Path, sources: list[Source], recorded: Recorded, people: pd.DataFrame, unknown: str) -> None:
    """One sheet a source, with real dates where there is one."""
    book = xlsxwriter.Workbook(path)
    extract = datetime.combine(load_parameters().period.extract, time())
    book.set_properties({"title": "Voorbeeldgegevens, geheel verzonnen", "created": extract})
    as_date = book.add_format({"num_format": "dd-mm-yyyy"})
    born = people["birth_date"].dt.to_pydatetime()
    for source in sources:
        personal = _personal(people, source["dates"]) | {"birth_date": born}
        mapped = _mapped(source, recorded, unknown)
        for field in mapped.keys() & set(recorded.dates.columns):
            real = (recorded.flaws[field] == Flaw.NONE) & recorded.dates[field].notna()
            mapped[field][real] = recorded.dates.loc[real, field].dt.to_pydatetime()
        for milestone in source["registered"]:
            days = recorded.entered[milestone]
            mapped[registered_field(milestone)][days.notna()] = days.dropna().dt.to_pydatetime()
        sheet = book.add_worksheet(source["sheet"])
        columns = _columns(PERSONAL[source["sheet"]], personal, source, mapped)
        for number, (header, cells) in enumerate(columns.items()):
            sheet.write_string(0, number, header)
            for row, cell in enumerate(cells, start=1):
                if isinstance(cell, datetime):
                    sheet.write_datetime(row, number, cell, as_date)
                elif cell:
                    sheet.write_string(row, number, cell)
    book.close()


def _columns(
    headers: dict[str, str], personal: dict[str, Texts], source: Source, mapped: dict[str, Texts]
) -> dict[str, Texts]:
    """All columns of a table under their headers: people, mapped fields, notes."""
    beside = {header: personal[field] for header, field in headers.items()}
    notes = {header: beside.pop(header) for header, field in headers.items() if field == "note"}
    entered = {registered_field(milestone): header for milestone, header in source.get("registered", {}).items()}
    return beside | {header: mapped[field] for field, header in (source["columns"] | entered).items()} | notes


def _personal(people: pd.DataFrame, form: str) -> dict[str, Texts]:
    texts = {field: people[field].to_numpy(dtype=object) for field in people.columns if field != "birth_date"}
    return texts | {"birth_date": _date_texts(people["birth_date"], form)}


def _mapped(source: Source, recorded: Recorded, unknown: str) -> dict[str, Texts]:
    """The fields that the source maps, in its own words and form of date."""
    cases = recorded.cases
    institution = cases["institution"].iloc[0]
    words = source.get("values", {})
    found: dict[str, Texts] = {}
    for field in source["columns"]:
        if field in recorded.dates:
            found[field] = _recorded_dates(recorded, field, source["dates"], unknown)
            continue
        texts = cases[field]
        if field == "municipality":
            texts = texts.map(MUNICIPALITY_FORMS.get(institution, str))
        if field == "end_reason":
            texts = texts.where(recorded.dates["ended"].notna(), "")
        if field in words:
            theirs = {ours: word for word, ours in words[field].items()}
            texts = texts.map(theirs | {"": ""})
        found[field] = texts.to_numpy(dtype=object)
    for milestone in source.get("registered", {}):
        found[registered_field(milestone)] = _date_texts(recorded.entered[milestone], source["dates"])
    return found


def _recorded_dates(recorded: Recorded, field: str, form: str, unknown: str) -> Texts:
    dates, flaws = recorded.dates[field], recorded.flaws[field].to_numpy()
    texts = _date_texts(dates, form)
    texts[flaws == Flaw.BLANK] = ""
    texts[flaws == Flaw.UNKNOWN] = unknown
    for flaw, day in ((Flaw.DAY_UNKNOWN, "00"), (Flaw.IMPOSSIBLE, "31")):
        rows = flaws == flaw
        texts[rows] = _date_texts(dates[rows], form.replace("%d", day))
    return texts


def _date_texts(dates: pd.Series, form: str) -> Texts:
    """Each date in ``form``; an empty text where there is none."""
    first, texts = _calendar(form)
    days = (dates - first) // pd.Timedelta(days=1)
    return texts[days.fillna(-1).astype("int64")]


@cache
def _calendar(form: str) -> tuple[pd.Timestamp, Texts]:
    """Every day as text, and the day that the first one is; the last text, at -1, is empty."""
    days = pd.date_range("1980-01-01", "2069-12-31")
    return days[0], np.append(days.strftime(form).to_numpy(dtype=object), "")


def _encoded(content: bytes, encoding: str) -> bytes:
    if encoding == "utf-8":
        return content
    if encoding == "utf-8-sig":
        return codecs.BOM_UTF8 + content
    return content.decode().translate(WESTERN).encode(encoding)
