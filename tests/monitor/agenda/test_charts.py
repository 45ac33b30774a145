"""An action on a chart: a line on its day, its words in the alt text, its row in the table."""

from dataclasses import replace
from datetime import date

import pytest

from monitor.agenda.action import Status
from monitor.charts.over_time import compared_over_time
from monitor.locale import DUTCH
from monitor.views.agenda import Followed, Since
from monitor.views.region import region_model
from tests.monitor.agenda.test_since import history
from tests.monitor.cells_fixture import cells_url, read_as

__all__ = ["cells_url", "read_as"]


def chart_with(read_as, quarters, *actions):
    compared = region_model(read_as("board"), "JZ28", quarters=quarters).headlines[0]
    return compared_over_time(replace(compared, actions=actions), DUTCH), compared


def of(since=Since.CHANCE, **values):
    return Followed(history(**values), since, 3, ())


@pytest.mark.parametrize(
    ("quarters", "start", "beside", "part"),
    [
        (True, date(2024, 4, 1), "2024Q2", 0.0),
        (True, date(2024, 5, 16), "2024Q2", (1 + 15 / 31) / 3),
        (False, date(2024, 7, 1), "2024", 0.5),
    ],
)
def test_a_line_stands_on_its_day(read_as, quarters, start, beside, part):
    chart, compared = chart_with(read_as, quarters, of(start=start))
    (line,) = chart.figure["layout"]["shapes"]
    periods = [one.period for one in compared.own]
    assert line["x0"] == line["x1"] == pytest.approx(periods.index(beside) - 0.5 + part)
    (label,) = chart.figure["layout"]["annotations"]
    assert (label["x"], label["text"]) == (line["x0"], "actie 1")


def test_the_line_is_said_in_the_alt_text_and_in_the_table(read_as):
    chart, _ = chart_with(read_as, True, of())
    assert chart.alt.endswith(
        "Een lijn markeert actie 1: Vaste medewerker sneller aanwijzen, begonnen op 1 april 2024."
    )
    assert chart.table.head[-1] == "Actie begonnen"
    said = {row[0].text: row[-1].text for row in chart.table.rows}
    assert said["2e kwartaal 2024"] == "actie 1: Vaste medewerker sneller aanwijzen"
    assert {words for period, words in said.items() if period != "2e kwartaal 2024"} == {""}


@pytest.mark.parametrize(
    "action",
    [of(start=date(2019, 1, 1)), of(Since.NOT_STARTED, status=Status.PLANNED)],
    ids=["before the chart", "not begun"],
)
def test_no_line_where_nothing_began(read_as, action):
    assert chart_with(read_as, True, action)[0] == chart_with(read_as, True)[0]
