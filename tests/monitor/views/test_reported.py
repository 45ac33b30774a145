"""Contract results, the lists of who waits, and the map, as the screens show them."""

import pytest

from monitor.catalogue import load_catalogue
from monitor.charts.region_map import outlines, region_map
from monitor.charts.reported import lists_over_time, result_entry, results_table
from monitor.locale import DUTCH
from monitor.release.cell import ALL, SHARED, Cell, Missing, MissingReason, Published, Statistic
from monitor.views.reading import TOGETHER, Group
from monitor.views.region import region_model
from monitor.views.reported import Stands, contract_results, flow_model, result_figures, result_periods
from pseudonymise.agreement import region_names


@pytest.fixture
def reader(read_as):
    return read_as("board")


class OneCell:
    """An indicator that has the same figure for every group."""

    def __init__(self, code, figure):
        self.code, self.figure = code, figure

    def cell(self, statistic, group, period):
        return Cell(SHARED, self.code, statistic, group.region, group.institution, ALL, period, self.figure)


@pytest.mark.parametrize(
    ("code", "region", "figure", "stands", "norm", "words"),
    [
        ("caseload", "JZ12", Published(15.0), Stands.MET, 15, ("15 per fte", ("binnen 15 per fte",))),
        (
            "caseload",
            "JZ28",
            Published(14.5),
            Stands.NOT_MET,
            14,
            ("14,5 per fte", ("boven 14 per fte", "◆ lokaal afgesproken")),
        ),
        ("absence", "JZ28", Published(8.0), Stands.NOT_MET, 7, ("8%", ("boven 7%",))),
        ("help_cost", "JZ28", Published(21_000.0), Stands.NO_NORM, None, ("€ 21.000", ("geen norm",))),
        ("absence", "JZ28", Missing(MissingReason.NOT_DELIVERED), Stands.NO_FIGURE, 7, ("niet aangeleverd", ())),
    ],
)
def test_a_result_stands_to_the_norm_that_holds_in_its_region(code, region, figure, stands, norm, words):
    one = result_figures(OneCell(code, figure), Group(region=region), "2026Q1")
    assert (one.stands, one.at_most) == (stands, norm)
    entry = result_entry(one, DUTCH)
    assert (entry.text, entry.details) == words


def test_every_region_has_a_row_and_the_local_norm_its_mark(reader):
    model = contract_results(reader, "caseload", "JZ28", "2025")
    table = results_table(model.regions, "Regio", "Per regio", DUTCH)
    assert [row[0].text for row in table.rows] == list(region_names().values())
    marked = {row[0].text for row in table.rows if any("◆ lokaal afgesproken" in entry.details for entry in row)}
    assert marked == {region_names()[code] for result in load_catalogue().results.values() for code in result.local}
    assert result_periods(reader)[0] == "2026Q3"


def test_the_two_lists_are_two_lines_and_no_sum(reader):
    model = flow_model(reader, Group(region="JZ28"))
    chart = lists_over_time(model.lists, DUTCH)
    assert [trace["name"] for trace in chart.figure["data"]] == ["Wachtlijst", "Doorstroomlijst"]
    for place, statistic in enumerate(("waiting", "throughflow")):
        cells = [getattr(one, statistic) for one in model.lists]
        expected = [cell.figure.value if isinstance(cell.figure, Published) else None for cell in cells]
        assert chart.figure["data"][place]["y"] == expected
        assert cells[0].statistic is Statistic.COUNT
    assert len(model.lists) == 8  # nothing was reported before


def test_own_lists_are_read_by_their_institution_alone(read_as):
    own = Group(institution="WSS")
    assert [flow_model(read_as(role), own).is_own for role in ("institution-WSS", "board", "institution-JVV")] == [
        True,
        False,
        False,
    ]
    assert not flow_model(read_as("institution-WSS"), TOGETHER).is_own


def test_the_map_writes_every_figure_and_hatches_what_has_none(reader):
    model = region_model(reader, "JZ28", quarters=True, mapped="plan")
    chart = region_map(model.on_map, "JZ28", DUTCH)
    assert set(outlines()) == set(region_names())
    labels = [note["text"] for note in chart.figure["layout"]["annotations"]]
    assert len(labels) == 7
    for figures in model.on_map:
        shown = isinstance(figures.share.figure, Published)
        words = f"{figures.share.figure.value:.0f}%" if shown else ""
        assert any(words in label for label in labels)
    hatched = [area for area in chart.figure["data"] if "fillpattern" in area]
    assert len(hatched) == sum(not isinstance(one.share.figure, Published) for one in model.on_map)
    assert [area["line"]["width"] for area in chart.figure["data"]] == [1] * 6 + [3.5]
    assert all(region_names()[one.group.region] in chart.alt for one in model.on_map)
