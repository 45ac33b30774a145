"""What everybody sees of the registration, and what an institution sees of itself alone."""

import pytest

from monitor.charts.data_quality import completeness_of, deliveries_table
from monitor.locale import DUTCH
from monitor.release.cell import MissingReason
from monitor.views.data_quality import data_quality, periods_of
from tests.monitor.cells_fixture import NOT_DELIVERED, NOT_IN_SOURCE


@pytest.fixture
def model(read_as):
    return data_quality(read_as("board"), "2025", "2026Q3")


def test_completeness_is_that_of_the_published_step_or_says_why_there_is_none(model):
    entries = {
        (row[0].group.institution, one.step): completeness_of(one, DUTCH)
        for rows in model.completeness.values()
        for row in rows
        for one in row
    }
    assert entries["JBGLD", "help"].text == "97%"
    assert entries["LDH", "help"].text == "82%"
    assert entries[NOT_IN_SOURCE].reasons == (MissingReason.NOT_IN_SOURCE,)
    assert entries["VTNOG", "vt_start"].reasons == (MissingReason.NOT_DELIVERED,)
    assert {kind: len(rows) for kind, rows in model.completeness.items()} == {"gi": 4, "vt": 3, "council": 1}


def test_who_did_not_deliver_is_named(model):
    rows = {row[0].text: row for row in deliveries_table(model, "2026Q3", DUTCH).rows}
    assert rows["Veilig Thuis Noord- en Oost-Gelderland"][2].text == "nee"
    assert rows["William Schrikker Stichting"][1].text == "30 september 2026"
    assert rows["William Schrikker Stichting"][2].text == "ja"
    assert [one.institution for one in model.deliveries if not one.covers] == [NOT_DELIVERED]


@pytest.mark.parametrize("role", ["board", "quartermaster-JZ28", "steward"])
def test_only_an_institution_sees_how_it_registers(read_as, role):
    assert data_quality(read_as(role), "2025", "2026Q3").own is None


def test_an_institution_sees_its_own_dates(read_as):
    own = data_quality(read_as("institution-WSS"), "2025", "2026Q3").own
    assert own is not None
    assert {cell.audience for cells in own.dates.values() for cell in cells} == {"WSS"}
    assert "help_started" in own.dates


def test_years_come_first(read_as):
    assert periods_of(read_as("board"))[:2] == ("2025", "2024")
