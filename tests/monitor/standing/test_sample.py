"""What the demonstration states: in all regions, accepted by the rules, and some of it old enough to fade."""

from datetime import date, timedelta

import pytest

from monitor.intake.load import find_person
from monitor.intake.rule import Severity
from monitor.intake.sheets.read import read_sheet
from monitor.intake.sheets.rules import check
from monitor.sheets_sample import write_sheets
from pseudonymise.agreement import municipality_regions, region_names

TODAY = date(2026, 11, 28)


@pytest.fixture(scope="module")
def stated(tmp_path_factory):
    """Of the places and of whom to call, what every supplier states."""
    paths = write_sheets(tmp_path_factory.mktemp("sheets"), date(2026, 9, 30), TODAY)
    return [read_sheet(path.read_bytes(), TODAY) for path in paths if path.name.startswith(("places", "contacts"))]


def test_all_of_it_is_accepted_and_the_guard_finds_no_person(stated):
    found = [(sheet.supplier, one.rule.code) for sheet in stated for one in check(sheet, TODAY, find_person)]
    errors = [
        one for sheet in stated for one in check(sheet, TODAY, find_person) if one.rule.severity is Severity.ERROR
    ]
    assert errors == []
    assert {code for _, code in found} == {"stated_before_renewal"}


def test_every_region_states_places_within_its_borders_and_somebody_to_call(stated):
    places = [sheet for sheet in stated if sheet.code == "places"]
    assert [sheet.supplier for sheet in places] == list(region_names())
    for sheet in places:
        assert {municipality_regions()[code] for code in sheet.table["municipality"]} == {sheet.supplier}
    called = {region for sheet in stated if sheet.code == "contacts" for region in sheet.table["region"]}
    assert called == set(region_names())


def test_three_invented_persons_consented_up_to_a_day(stated):
    called = [sheet.table for sheet in stated if sheet.code == "contacts"]
    named = [row for table in called for row in table[table["person"].notna()].to_dict("records")]
    assert {row["person"] for row in named} == {"Noor Voorbeeld", "Sam Verzonnen", "Mila Bedacht"}
    assert all(row["consent"] == "yes" and row["person_until"] <= TODAY + timedelta(days=366) for row in named)
