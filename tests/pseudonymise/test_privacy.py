"""What may not leave does not leave: whoever the cases are of, the delivery and all that is said are the same."""

import io
import json
import logging
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pseudonymise.agreement import load_agreement
from pseudonymise.delivery import TABLES
from pseudonymise.keys import rotate_pseudonym_key
from tests.pseudonymise.exports import (
    PERSONAL,
    UNTIL,
    WRITERS,
    case,
    deliver,
    payload,
    person,
    run,
    write_csv,
    write_joined,
)

# What people type: separators, quotes, line ends and what looks like our own dates and codes.
TEXTS = st.text(st.sampled_from("aeinrstZJ é'\";,|\n\r0123456789-./@"), max_size=25)
PEOPLE = st.fixed_dictionaries(dict.fromkeys(PERSONAL, TEXTS))
START = date(2025, 1, 6)


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, object]]:
    found = []
    for number in range(draw(st.integers(1, 5))):
        received = START + timedelta(days=draw(st.integers(-3, 600)))
        row = case(
            number,
            court_order=received,
            order_received=received,
            municipality=draw(st.sampled_from(["GM0202", "0230"])),
        )
        for milestone in ("first_contact", "plan_established", "ended"):
            if draw(st.booleans()):
                row[milestone] = received + timedelta(days=draw(st.integers(-2, 100)))
        if not draw(st.integers(0, 8)):
            row["plan_established"] = draw(st.sampled_from(["onbekend", "31-06-2025", "20250631"]))
        found.append(row)
    return found


@contextmanager
def logged() -> Iterator[list[str]]:
    """All that is logged meanwhile, at any level, by anything."""
    lines: list[str] = []
    handler = logging.Handler(level=0)
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(1)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.fixture(scope="module")
def ring(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys with one for pseudonyms, by which two systems are joined.

    They have made a delivery: with the first the text guard looks at each code of the agreement, and Presidio logs how
    long that took.
    """
    folder = shutil.copytree(keys, tmp_path_factory.mktemp("ring") / "keys")
    rotate_pseudonym_key(folder, "JBGLD", date(2025, 1, 1))
    mapping, export = write_csv(folder, [case(0)], [person(0)])
    assert deliver(folder, mapping, export, out=folder / "d.zip").status == 0
    return folder


EVERY = WRITERS | {"joined": write_joined}


@pytest.mark.parametrize("form", list(EVERY))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_who_the_cases_are_of_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, ring: Path, form: str, data: st.DataObject
) -> None:
    """Two exports that differ in names, BSN's, addresses, birth dates and notes alone: of the files for CBS, in which
    the BSN is part of the key of a case, in postcode, sex and day of birth.

    Payload, what is said, the report to the institution and everything logged are the same.
    """
    drawn = data.draw(rows())
    everyone = st.lists(PEOPLE, min_size=len(drawn), max_size=len(drawn))
    said, payloads = [], []
    for people in (data.draw(everyone), data.draw(everyone)):
        folder = tmp_path_factory.mktemp("export")
        mapping, *exports = EVERY[form](folder, drawn, people)
        with logged() as lines:
            result = deliver(ring, mapping, *exports, out=folder / "d.zip", feedback=folder / "verslag.html")
            texts = [f"{result.status}", result.out, result.err]
            if result.status == 0:
                payloads.append(payload(folder / "d.zip", ring))
                texts.append(run("show", folder / "d.zip", "--keys", ring).said)
                texts += [(folder / name).read_text("utf-8") for name in ("verslag.html", "verslag.csv")]
            else:
                assert not list(folder.glob("[dv]*"))
        said.append([text.replace(str(folder), "") for text in [*texts, *lines]])
    assert said[0] == said[1]
    assert len(payloads) in (0, 2)
    assert payloads[:1] == payloads[1:]


def test_the_order_of_the_rows_and_the_number_of_files_show_nowhere(tmp_path: Path, keys: Path) -> None:
    cases = [
        case(n, order_received=START + timedelta(days=7 * n), plan_established=START + timedelta(days=9 * n))
        for n in range(60)
    ]
    people = [person(number) for number in range(60)]
    mapping, _ = write_csv(tmp_path, cases, people)
    write_csv(tmp_path, cases[::-1], people, "export-omgekeerd.csv")
    write_csv(tmp_path, cases[:25], people[:25], "export-a.csv")
    write_csv(tmp_path, cases[25:], people[25:], "export-b.csv")
    payloads = []
    for names in (["export"], ["export-omgekeerd"], ["export-a", "export-b"], ["export-b", "export-a"]):
        files = [tmp_path / f"{name}.csv" for name in names]
        assert deliver(keys, mapping, *files, out=tmp_path / "d.zip").status == 0
        payloads.append(payload(tmp_path / "d.zip", keys))
    assert payloads[1:] == payloads[:1] * 3


def test_the_same_case_in_two_files_is_refused(tmp_path: Path, keys: Path) -> None:
    mapping, one = write_csv(tmp_path, [case(0)], [person(0)])
    _, two = write_csv(tmp_path, [case(1), case(0)], [person(0)] * 2, "export-2.csv")
    result = deliver(keys, mapping, one, two, out=tmp_path / "d.zip")
    assert result.status == 2
    assert "export-2.csv, rij 3, kolom 'Zaaknummer': dezelfde zaak staat al in export.csv, rij 2" in result.err
    assert "Z-" not in result.err


# --- the sample, read as a thief would ---


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sample_data.generate import generate

    folder = tmp_path_factory.mktemp("sample") / "sample"
    generate(folder, scale=0.03)
    return folder


def identifiers(export: Path, mapping: Path) -> set[str]:
    """Every word or number in an export that is of one person or case, in the forms in which it is written."""
    if export.suffix == ".xlsx":
        sheets = pd.read_excel(export, sheet_name=None, dtype=str, engine="calamine")
        text = "\n".join(sheet.to_csv(sep=";") for sheet in sheets.values())
    else:
        raw = export.read_bytes()
        text = raw.decode("utf-8-sig" if b"\xef\xbb\xbf" in raw[:3] else "cp1252", errors="replace")
    found = set(re.findall(r"\b\d{4} ?[A-Z]{2}\b", text))  # postcodes
    found |= set(re.findall(r"\b0\d[- ]?\d{7,8}\b", text))  # telephones
    for bsn in re.findall(r"(?<!\d)9\d{8}(?!\d)", text):
        found |= {
            bsn,
            f"{bsn[:4]}.{bsn[4:6]}.{bsn[6:]}",
            f"{bsn[:3]} {bsn[3:6]} {bsn[6:]}",
            f"{bsn[:4]}-{bsn[4:6]}-{bsn[6:]}",
        }
    found |= set(re.findall(r"\b[A-Z]+-\d{4}-\d{6}\b", text))  # case keys
    known = mapping.read_text("utf-8") + " ".join(one.name for one in load_agreement().institutions)
    # Invented names are capitalised words; what the mapping translates is not of a person.
    names = set(re.findall(r"\b[A-Z][a-zé]{5,}\b", text)) - set(re.findall(r"\w+", known))
    return found | names


def test_nothing_of_a_person_is_in_a_delivery_or_in_what_is_said(sample: Path, tmp_path: Path, keys: Path) -> None:
    index = json.loads((sample / "sample.json").read_text("utf-8"))
    until = date.fromisoformat(index.pop("until"))
    assert sorted(index) == sorted(one.code for one in load_agreement().institutions)
    for code, files in index.items():
        mapping, exports = sample / files["mapping"], [sample / name for name in files["exports"]]
        secrets = set().union(*(identifiers(export, mapping) for export in exports))
        assert len(secrets) > 100
        out = tmp_path / f"{code}.zip"
        result = deliver(keys, mapping, *exports, out=out, institution=code, until=until)
        assert result.status == 0, result.err
        shown = run("show", out, "--keys", keys)
        broken = tmp_path / exports[0].name
        broken.write_bytes(exports[0].read_bytes()[:-30])
        error = deliver(keys, mapping, broken, *exports[1:], out=out, institution=code, until=until)
        with zipfile.ZipFile(io.BytesIO(payload(out, keys, code))) as archive:
            texts = [archive.read(name).decode() for name in archive.namelist()]
        said = "\n".join([*texts, result.said, shown.said, error.said])
        words = set(re.findall(r"[\w.-]+", said)) | set(re.findall(r"[\w-]+", said))
        assert not {secret for secret in secrets if secret in (words if secret.isalpha() else said)}, code


def test_a_delivery_has_no_column_for_what_may_not_leave() -> None:
    columns = {column for table in TABLES.values() for column in table}
    assert columns == {
        *("step", "clock", "flow", "milestone", "table", "item", "region", "measure_group", "quarter"),
        *("duration", "outcome", "norm_result", "bin", "cases", "key_sum"),
        *("passed", "dated", "proxied", "implausible", "out_of_order", "early", "lag"),
    }


def test_a_delivery_holds_no_date_but_its_own_end(tmp_path: Path, keys: Path) -> None:
    mapping, export = write_csv(tmp_path, [case(n) for n in range(9)], [person(n) for n in range(9)])
    assert deliver(keys, mapping, export, out=tmp_path / "d.zip").status == 0
    with zipfile.ZipFile(io.BytesIO(payload(tmp_path / "d.zip", keys))) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert re.findall(r"\d{4}-\d\d-\d\d|\d\d-\d\d-\d{4}", "".join(texts.values())) == [f"{UNTIL}"]
