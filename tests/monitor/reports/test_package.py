"""The data package holds the published cells as they stand, and describes them truly."""

import csv
import json
from hashlib import sha256
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.access.roles import AccessDenied
from monitor.locale import DUTCH, ENGLISH
from monitor.release.cell import SHARED, Cell, Cohort, Published, Statistic, row_from_cell
from monitor.reports.files import package_name, package_of
from monitor.reports.inert import inert
from monitor.reports.package import COLUMNS, package
from tests.monitor.channels.scanner import cells_of


@pytest.fixture
def opened(made, read_as):
    def read(page, role, language=DUTCH):
        model, report = made(page, language)
        content = package_of(read_as(role), report)
        with ZipFile(BytesIO(content)) as archive:
            return model, report, {name: archive.read(name) for name in archive.namelist()}

    return read


def rows(content):
    return list(csv.DictReader(StringIO(content.decode())))


def key(row):
    names = ("audience", "indicator", "statistic", "point", "region", "institution", "measure_group", "period")
    return tuple(str(row[name] if row[name] is not None else "") for name in names)


def test_every_cell_of_a_screen_is_in_the_package_with_its_state(opened):
    model, _, files = opened("overview", "board")
    found = {key(row): row for row in rows(files["cells.csv"])}
    seen = [row_from_cell(cell) for cell in cells_of(model)]
    assert len(seen) > 300
    for expected in seen:
        if expected["reason"] == "not_active":
            continue  # said by the view of a cell that the release does not have
        row = found[key(expected)]
        for name in ("value", "lower", "upper", "n", "completeness"):
            assert (float(row[name]) if row[name] else None) == expected[name]
        for name in ("state", "reason", "bound", "cohort"):
            assert (row[name] or None) == (str(expected[name]) if expected[name] else None)


def test_the_package_holds_all_shared_cells_and_no_others(opened, read_as):
    _, _, files = opened("region", "board")
    found = rows(files["cells.csv"])
    reader = read_as("board")
    assert len(found) == sum(len(reader.everything(code)) for code in reader.codes())
    assert {row["audience"] for row in found} == {SHARED}
    assert len({key(row) for row in found}) == len(found)


def test_what_is_hidden_or_missing_has_a_reason_and_no_number(opened):
    _, _, files = opened("overview", "board")
    by_state = {"published": 0, "suppressed": 0, "missing": 0}
    for row in rows(files["cells.csv"]):
        by_state[row["state"]] += 1
        numbers = [row[name] for name in ("value", "lower", "upper", "n", "bound")]
        assert (row["state"] == "published") == bool(numbers[0]) == (row["reason"] == "")
        assert row["state"] == "published" or not any(numbers)
    assert all(by_state.values())


def test_own_cells_are_in_a_package_of_their_own_that_says_so(opened):
    _, report, files = opened("own figures", "institution-LDH")
    assert {row["audience"] for row in rows(files["cells.csv"])} == {"LDH"}
    described = json.loads(files["datapackage.json"])
    assert "Eigen cijfers, niet delen." in described["title"]
    assert described["description"].startswith("Eigen cijfers, niet delen.")
    assert package_name(report) == "verbetermonitor-2026Q3-provisional-cijfers-LDH-eigen-cijfers-niet-delen-nl.zip"


@pytest.mark.parametrize("role", ["board", "quartermaster-JZ28", "institution-WSS"])
def test_nobody_else_gets_own_cells(made, read_as, role):
    _, report = made("own figures", DUTCH)
    with pytest.raises(AccessDenied):
        package_of(read_as(role), report)


@pytest.mark.parametrize("language", [DUTCH, ENGLISH], ids=lambda one: one.code)
def test_the_description_is_true(opened, language):
    _, report, files = opened("overview", "board", language)
    described = json.loads(files["datapackage.json"])
    assert described["version"] == report.release.code
    assert [one["path"] for one in described["resources"]] == [name for name in files if name != "datapackage.json"]
    for one in described["resources"]:
        content = files[one["path"]]
        assert (one["bytes"], one["hash"]) == (len(content), f"sha256:{sha256(content).hexdigest()}")
        found = rows(content)
        fields = one["schema"]["fields"]
        assert list(found[0]) == [field["name"] for field in fields]
        for field in fields:
            values = {row[field["name"]] for row in found} - {""}
            allowed = field.get("constraints", {}).get("enum")
            assert allowed is None or values <= set(allowed)
            if field["type"] == "integer":
                assert all(str(int(value)) == value for value in values)
    reasons = {row["reason"] for row in rows(files["cells.csv"])} - {""}
    assert reasons <= {row["reason"] for row in rows(files["reasons.csv"])}
    indicators = {row["indicator"] for row in rows(files["cells.csv"])}
    assert indicators <= {row["indicator"] for row in rows(files["indicators.csv"])}


def test_the_same_cells_give_the_same_bytes(made, read_as):
    _, report = made("overview", DUTCH)
    assert package_of(read_as("board"), report) == package_of(read_as("institution-WSS"), report)


@given(st.text(min_size=1))
def test_no_text_begins_as_a_formula_and_none_is_lost(text):
    assert inert(text)[0] not in "=+-@\t\r"
    assert inert(text).removeprefix("'") == text.removeprefix("'")


def test_a_negative_code_stays_a_number(made):
    _, report = made("overview", DUTCH)
    cell = Cell(SHARED, "plan", Statistic.SIGNAL, "all", "all", "all", "2026Q1", Published(-2.0), cohort=Cohort.FINAL)
    with ZipFile(BytesIO(package(report.release, [cell], DUTCH))) as archive:
        (row,) = rows(archive.read("cells.csv"))
    assert (row["value"], list(row)) == ("-2", list(COLUMNS))
