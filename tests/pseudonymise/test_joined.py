"""One measure in two systems of an institution: the file for CBS and its case system, joined on a pseudonym."""

import csv
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from pseudonymise.errors import UserError
from pseudonymise.keys import KeyRing, rotate_pseudonym_key
from pseudonymise.sources import RawCases, read_sources
from pseudonymise.sources.mapping import load_mapping
from sample_data.beleidsinformatie import write_fixed_width
from tests.pseudonymise.exports import bsn, deliver, payload
from tests.pseudonymise.test_formats import cases

RING = KeyRing({"2026-01-01": bytes(range(32))})
CBS = """[[sources]]
file = "bij-jb.txt"
format = "beleidsinformatie"
layout = "jeugdbescherming"
"""
SYSTEM = """[[sources]]
file = "{file}"
format = "csv"
key = "measure"
separator = ";"
dates = "%Y-%m-%d"
[sources.columns]
case = "BSN"
{columns}
"""
IN_CBS = ("municipality", "measure_type", "court_order", "ended", "end_reason", "transferred_in", "transferred_out")
IN_SYSTEM = ("measure_type", "court_order", "order_received", "first_contact", "worker_assigned", "plan_established")
THEIRS = {"court_order": "begin", "ended": "end"}

Row = Mapping[str, object]


def write_system(folder: Path, name: str, rows: Sequence[Row], fields: Sequence[str]) -> str:
    """An export with a BSN and a number of its own; its source in a mapping."""
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Dossier", "BSN", *fields])
        for number, row in enumerate(rows):
            writer.writerow([f"D{number}", row["bsn"], *(row.get(field, "") for field in fields)])
    return SYSTEM.format(file=name, columns="\n".join(f'{field} = "{field}"' for field in fields))


def write_cbs(folder: Path, rows: Sequence[Row]) -> Path:
    records = [
        {"bsn": str(row["bsn"]), "birth_date": "20140817", "sex": "V"}
        | {THEIRS.get(field, field): _as_cbs(row.get(field, "")) for field in IN_CBS}
        for row in rows
    ]
    write_fixed_width(folder / "bij-jb.txt", "jeugdbescherming", records)
    return folder / "bij-jb.txt"


def _as_cbs(value: object) -> str:
    return f"{value:%Y%m%d}" if isinstance(value, date) else str(value).removeprefix("GM")


def measures() -> list[dict[str, object]]:
    return [row | {"bsn": bsn(number)} for number, row in enumerate(cases())]


def order(**fields: object) -> dict[str, object]:
    return {"bsn": bsn(0), "municipality": "GM0202", "measure_type": "11", "court_order": date(2025, 2, 3)} | fields


def read(folder: Path, cbs: Row, system: Row, *fields: str, ring: KeyRing = RING) -> RawCases:
    export = write_cbs(folder, [cbs])
    source = write_system(folder, "zaken.csv", [system], ("measure_type", "court_order", *fields))
    (folder / "m.toml").write_text(CBS + source, "utf-8")
    return read_sources(load_mapping(folder / "m.toml"), [export, folder / "zaken.csv"], ring=ring)


def test_two_systems_deliver_what_one_that_holds_all_does_whatever_the_key(tmp_path: Path, keys: Path) -> None:
    folder, rows = shutil.copytree(keys, tmp_path / "keys"), measures()
    cbs = write_cbs(tmp_path, rows)
    (tmp_path / "two.toml").write_text(CBS + write_system(tmp_path, "zaken.csv", rows[::-1], IN_SYSTEM), "utf-8")
    everything = list(dict.fromkeys(["born", *IN_CBS, *IN_SYSTEM]))
    whole = [row | {"born": date(2014, 8, 17)} for row in rows]
    (tmp_path / "one.toml").write_text(write_system(tmp_path, "alles.csv", whole, everything), "utf-8")
    done = deliver(folder, tmp_path / "one.toml", tmp_path / "alles.csv", out=tmp_path / "one.zip")
    assert (done.status, done.err) == (0, "")
    for day in (date(2025, 1, 1), date(2026, 1, 1)):
        rotate_pseudonym_key(folder, "JBGLD", day)
        done = deliver(folder, tmp_path / "two.toml", cbs, tmp_path / "zaken.csv", out=tmp_path / "two.zip")
        assert (done.status, done.err) == (0, "")
        assert payload(tmp_path / "two.zip", folder) == payload(tmp_path / "one.zip", folder)


def test_without_a_key_nothing_is_joined(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="geen sleutel voor pseudoniemen"):
        read(tmp_path, order(), order(), ring=KeyRing({}))


def test_what_one_lacks_is_completed_and_what_differs_is_reported(tmp_path: Path) -> None:
    raw = read(
        tmp_path,
        order(end_reason="04"),
        order(bsn=f" {bsn(0)[:3]}.{bsn(0)[3:]}", municipality="GM0230", end_reason="4", ended=date(2026, 3, 2)),
        *("municipality", "end_reason", "ended"),
    )
    assert raw.frame["ended"].dt.strftime("%Y-%m-%d").tolist() == ["2026-03-02"]
    assert raw.places["ended"].of(0) == "zaken.csv, rij 2, kolom 'ended'"
    assert raw.frame["municipality"].tolist() == ["0202"]
    assert [(one.rule, one.file, one.row, one.column) for one in raw.findings] == [
        ("sources_differ", "zaken.csv", 2, "municipality")
    ]
    assert raw.findings[0].text.startswith("anders dan in bij-jb.txt, rij 1, kolom 'posities 25-28'")
    assert not {"0202", "0230", bsn(0)} & set(raw.findings[0].text.replace(";", " ").split())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"bsn": "999990018"}, "is geen BSN"),
        ({"bsn": "999999999"}, "is geen BSN"),
        ({"court_order": ""}, "de begindatum is onbekend"),
        ({"measure_type": "12"}, "deze zaak staat niet in bij-jb.txt"),
        ({"court_order": date(2025, 2, 4)}, "deze zaak staat niet in bij-jb.txt"),
    ],
)
def test_what_cannot_be_joined_is_refused_at_its_row(tmp_path: Path, fields: Row, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, order(), order(**fields))
    assert str(error.value).startswith("zaken.csv, rij 2, kolom 'BSN': ")
    assert message in str(error.value)
    assert bsn(0) not in str(error.value)


def test_a_source_by_case_does_not_join_one_by_measure(tmp_path: Path) -> None:
    source = write_system(tmp_path, "zaken.csv", [], ("measure_type", "court_order", "municipality"))
    other = source.replace('key = "measure"\n', "").replace("zaken", "andere")
    (tmp_path / "m.toml").write_text(source + other, "utf-8")
    with pytest.raises(UserError, match="de ene bron heeft 'measure' en de andere niet"):
        load_mapping(tmp_path / "m.toml")
