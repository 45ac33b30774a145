"""The dark ground: every colour of every chart has its counterpart, and is told from its ground as well as on paper."""

import re

import pytest
from plotly.graph_objects import Figure

from monitor.charts.chart import BAND, EDGE, GROUND, INK, LIMIT, NORM, STYLES, TINTS
from monitor.charts.lead_time import lead_time_curves
from monitor.charts.over_time import compared_over_time, flow_over_time, share_over_time
from monitor.charts.region_map import SHADES, region_map
from monitor.charts.reported import lists_over_time, result_over_time
from monitor.charts.side_by_side import by_unit, days_by_step, funnel_of_step, shares_by_step
from monitor.charts.theme import DARK, in_dark
from monitor.locale import DUTCH
from monitor.views.institution import institution_model
from monitor.views.overview import overview
from monitor.views.region import region_model
from monitor.views.reported import contract_results

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}|rgba?\(.*?\)")
NOTHING = "rgba(0,0,0,0)"
LINES = [color for color, _, _ in STYLES]


@pytest.fixture
def figures(read_as):
    """One of every kind of chart."""
    reader = read_as("institution-WSS")
    board, institution = overview(reader), institution_model(reader, "WSS", "plan", "2025")
    region = region_model(reader, "JZ28", quarters=True)
    charts = [
        *(share_over_time(one, DUTCH) for one in board.headlines),
        *(compared_over_time(one, DUTCH) for one in region.headlines),
        flow_over_time(board.flow, DUTCH),
        lead_time_curves(institution.distribution, DUTCH),
        shares_by_step(institution, DUTCH),
        *(days_by_step(institution, unit, DUTCH) for unit in by_unit(institution)),
        funnel_of_step(institution, DUTCH),
        region_map(region.on_map, "JZ28", DUTCH),
        lists_over_time(region.lists, DUTCH),
        result_over_time(contract_results(reader, "caseload", "JZ28", "2025"), DUTCH),
    ]
    return [chart.figure for chart in charts]


def colours(figure) -> set[str]:
    return set(COLOUR.findall(repr(figure)))


def test_no_colour_of_paper_is_left_on_a_dark_ground(figures):
    for figure in figures:
        assert colours(figure) - {NOTHING} <= set(DARK)
        assert colours(in_dark(figure)) - {NOTHING} <= set(DARK.values())
        assert colours(in_dark(figure)) & colours(figure) <= {NOTHING}


def test_plotly_knows_every_value_of_every_chart(figures):
    """The pages send them without this check."""
    for figure in figures:
        assert len(Figure(**figure).data) == len(figure["data"]) > 0


def test_nothing_but_colours_changes(figures):
    for figure in figures:
        assert shape(in_dark(figure)) == shape(figure)


def shape(part):
    """The figure without its colours."""
    if isinstance(part, dict):
        return {name: shape(value) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [shape(value) for value in part]
    return "" if isinstance(part, str) and COLOUR.fullmatch(part) else part


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("themed", [lambda colour: colour, DARK.__getitem__], ids=["light", "dark"])
def test_what_is_read_and_what_is_drawn_stand_out_from_what_lies_under_them(themed):
    for ground in (GROUND, BAND, *SHADES):
        assert contrast(themed(INK), themed(ground)) >= 4.5
    for line in (*LINES, NORM, LIMIT, EDGE):
        assert contrast(themed(line), themed(GROUND)) >= 3
    for line in LINES:
        assert contrast(themed(line), themed(BAND)) >= 3


@pytest.mark.parametrize("tint", TINTS)
def test_a_line_stands_out_from_the_interval_around_it(tint):
    for themed in (lambda colour: colour, DARK.__getitem__):
        red, green, blue, part = (float(number) for number in re.findall(r"[\d.]+", themed(tint)))
        ground = [int(themed(GROUND)[place : place + 2], 16) for place in (1, 3, 5)]
        mixed = [
            round(part * over + (1 - part) * under) for over, under in zip((red, green, blue), ground, strict=True)
        ]
        under = "#" + "".join(f"{channel:02X}" for channel in mixed)
        assert all(contrast(themed(line), under) >= 3 for line in LINES[:2])


def test_fuller_is_higher_on_either_ground():
    for themed in (lambda colour: colour, DARK.__getitem__):
        steps = [contrast(themed(shade), themed(GROUND)) for shade in SHADES]
        assert steps == sorted(steps)
