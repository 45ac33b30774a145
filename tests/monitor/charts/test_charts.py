import re
from dataclasses import replace
from itertools import combinations

import pytest

from monitor.charts.accountability import delivery_tables, tally_table
from monitor.charts.lead_time import lead_time_curves, summary_table
from monitor.charts.matrix import matrix
from monitor.charts.over_time import compared_over_time, flow_over_time, share_over_time
from monitor.charts.region_map import region_map
from monitor.charts.steps import steps_table
from monitor.locale import DUTCH, ENGLISH
from monitor.narrative.figures import Kind
from monitor.release.cell import Assurance, Cohort, Position, Published, Signal, Statistic, Variation
from monitor.statistics.spc import LEAST_POINTS
from monitor.views.accountability import accountability
from monitor.views.course import Course, Point
from monitor.views.institution import institution_model
from monitor.views.lead_times import Split, groups_of, lead_times
from monitor.views.overview import Headline, overview
from monitor.views.reading import Group
from monitor.views.region import region_model
from pseudonymise import delivery
from pseudonymise.agreement import load_agreement

NUMBER = re.compile(r"\d+(?:\.\d{3})*")
STEPS = [step.code for step in load_agreement().steps]


def numbers(text: str) -> set[str]:
    return set(NUMBER.findall(text))


def shown(chart) -> set[str]:
    """Every number that stands in the table of a chart."""
    words = [*chart.table.head, chart.table.caption]
    words += [part for entry in chart.table.entries for part in (entry.text, *entry.details)]
    return numbers(" ".join(words))


def headline(reader, index=0) -> Headline:
    return overview(reader).headlines[index]


@pytest.mark.parametrize("index", range(3))
def test_the_alt_text_says_numbers_of_the_table_and_the_target(read_as, index):
    chart = share_over_time(headline(read_as("board"), index), DUTCH)
    assert numbers(chart.alt) <= shown(chart) | {"80"}
    assert "streefwaarde is 80%" in chart.alt


@pytest.mark.parametrize("quarters", [True, False])
@pytest.mark.parametrize("region", ["JZ28", "JZ12"])
def test_compared_lines_say_numbers_of_the_table(read_as, region, quarters):
    for compared in region_model(read_as("board"), region, quarters=quarters).headlines:
        chart = compared_over_time(compared, DUTCH)
        assert numbers(chart.alt) <= shown(chart) | {"80", str(LEAST_POINTS)}


def test_the_flow_says_numbers_of_the_table(read_as):
    chart = flow_over_time(overview(read_as("board")).flow, DUTCH)
    assert numbers(chart.alt) <= shown(chart)


@pytest.mark.parametrize("step", STEPS)
def test_curves_say_numbers_of_cells(read_as, step):
    model = lead_times(read_as("board"), step, Split.INSTITUTION, groups_of(step, Split.INSTITUTION)[0], "2025")
    chart = lead_time_curves(model, DUTCH)
    cells = [cell for curve in model.curves for cell in curve.points] + [one.median for one in model.rows]
    known = {f"{cell.figure.value:.0f}" for cell in cells if isinstance(cell.figure, Published)}
    known |= {str(cell.point) for cell in cells if cell.point}
    norm = load_agreement().step(step).norm
    assert numbers(chart.alt) <= known | {"2025", str(norm.length) if norm else ""}


def test_the_line_is_the_cells_and_what_is_not_final_is_drawn_open(read_as):
    line = headline(read_as("board")).quarters
    traces = {
        trace["marker"]["color"]: trace
        for trace in share_over_time(headline(read_as("board")), DUTCH).figure["data"]
        if "marker" in trace
    }
    values = [one.share.figure.value if isinstance(one.share.figure, Published) else None for one in line]
    final = [value if one.cohort is Cohort.FINAL else None for value, one in zip(values, line, strict=True)]
    assert traces["#154273"]["y"] == final
    assert traces["#FFFFFF"]["y"][-1] == values[-1] is not None
    assert traces["#FFFFFF"]["line"]["dash"] == "dot"


def test_a_hidden_quarter_leaves_a_gap_and_is_never_zero(read_as):
    compared = region_model(read_as("board"), "JZ12", quarters=True).headlines[0]
    hidden = [not isinstance(one.share.figure, Published) for one in compared.own]
    assert any(hidden)
    own = next(trace for trace in compared_over_time(compared, DUTCH).figure["data"] if trace.get("legendrank") == 0)
    assert [value is None for value in own["y"]] == [
        gap or one.cohort is not Cohort.FINAL for gap, one in zip(hidden, compared.own, strict=True)
    ]


def test_a_line_without_any_figure_says_so_in_the_legend(read_as):
    model = institution_model(read_as("board"), "WSS", "help", "2025")
    names = [trace["name"] for trace in compared_over_time(model.over_time, DUTCH).figure["data"]]
    assert "William Schrikker Stichting: geen gepubliceerd cijfer" in names


def test_lines_differ_in_dash_and_marker_as_well_as_colour(read_as):
    compared = region_model(read_as("board"), "JZ28", quarters=False).headlines[0]
    lines = [trace for trace in compared_over_time(compared, DUTCH).figure["data"] if trace.get("marker")]
    assert len({trace["line"]["dash"] for trace in lines}) == 2
    assert len({trace["marker"]["symbol"] for trace in lines}) == 2


def test_the_target_is_drawn_on_shares_and_the_norm_on_days(read_as):
    reader = read_as("institution-JBGLD")
    without_norm = institution_model(reader, "JBGLD", "order_receipt", "2025")
    assert "longdash" not in str(compared_over_time(without_norm.over_time, DUTCH).figure)
    model = lead_times(reader, "plan", Split.REGION, Group(region="JZ28"), "2025")
    norm = next(trace for trace in lead_time_curves(model, DUTCH).figure["data"] if trace.get("legendrank") == 9)
    assert (norm["name"], norm["x"]) == ("norm 6 weken", [42, 42])
    target = next(
        trace for trace in share_over_time(headline(reader), DUTCH).figure["data"] if trace.get("legendrank") == 9
    )
    assert (target["name"], target["y"]) == ("streefwaarde 80%", [80, 80])


def test_chance_is_a_band_about_the_mean_and_more_than_chance_a_ring_and_words(read_as):
    moved = Course(
        tuple(
            Point(one.period, Published(60.4, 52.3, 68.5), Signal.SHIFT_ABOVE if index > 15 else Signal.NONE)
            for index, one in enumerate(headline(read_as("board")).quarters)
        ),
        Variation.IMPROVEMENT,
        Assurance.CONSISTENTLY_MISSED,
    )
    one = replace(headline(read_as("board")), course=moved)
    chart = share_over_time(one, DUTCH)
    traces = {trace["name"]: trace for trace in chart.figure["data"] if trace.get("name")}
    assert set(traces["wat toeval maakt"]["y"]) == {68.5}
    assert traces["wat toeval maakt"]["fill"] == "tonexty"
    assert set(traces["gemiddelde"]["y"]) == {60.4}
    rings = traces["meer dan toeval"]["y"]
    assert [value is not None for value in rings] == [index > 15 for index in range(len(rings))]
    newest = chart.table.rows[0]
    assert (newest[-2].text, newest[-2].details) == ("60%", ("52–68%",))
    assert newest[-1].text == "zeven of meer kwartalen achtereen boven het gemiddelde"
    assert "Sinds het 4e kwartaal 2024 is er een aantoonbare verbetering" in chart.alt
    assert numbers(chart.alt) <= shown(chart) | {"80"}


def test_decimals_are_written_as_the_language_does(read_as):
    one = headline(read_as("board"))
    assert share_over_time(one, DUTCH).figure["layout"]["separators"] == ",."
    assert share_over_time(one, ENGLISH).figure["layout"]["separators"] == ".,"


def test_the_matrix_says_what_is_certain_where_too_much_is_unregistered(read_as):
    rows = tuple(overview(read_as("board")).institutions.values())
    table = matrix("t", rows, "Instelling", DUTCH)
    entry = table.rows[2][3]
    assert (entry.kind, entry.text) == (Kind.ABSENT, "onvolledig")
    assert entry.details[0].startswith("zeker: ")


@pytest.mark.parametrize(
    ("position", "words"),
    [
        (Position.BELOW, ["lager dan toeval verklaart"]),
        (Position.WITHIN, []),
        (Position.ABOVE, ["hoger dan toeval verklaart"]),
    ],
)
def test_the_matrix_says_who_lies_outside_the_funnel(read_as, position, words):
    one = overview(read_as("board")).regions["JZ28"][0]
    funnel = replace(one.share, statistic=Statistic.FUNNEL, figure=Published(float(position), 52.4, 71.8, 300))
    table = matrix("t", ((replace(one, funnel=funnel),),), "Regio", DUTCH)
    assert [detail for detail in table.rows[0][1].details if "toeval verklaart" in detail] == words


def test_what_the_mix_of_cases_explains_stands_with_own_figures_of_a_year_alone(read_as):
    own = institution_model(read_as("institution-WSS"), "WSS", "plan", "2025")
    mixed = tuple(
        (replace(one, case_mix=replace(one.share, figure=Published(104.0, 91.0, 119.0, 480))), joint)
        for one, joint in own.rows
    )
    table = steps_table(replace(own, rows=mixed), DUTCH)
    assert {(row[-1].text, row[-1].details) for row in table.rows} == {("104%", ("91–119%",))}
    assert table.head[-1].startswith("Te laat")
    shared = steps_table(institution_model(read_as("board"), "WSS", "plan", "2025"), DUTCH)
    assert not any(head.startswith("Te laat") for head in shared.head)


def test_own_figures_are_marked_in_the_table_itself(read_as):
    own = steps_table(institution_model(read_as("institution-WSS"), "WSS", "plan", "2025"), DUTCH)
    shared = steps_table(institution_model(read_as("board"), "WSS", "plan", "2025"), DUTCH)
    assert own.caption == "Eigen cijfers, niet delen: William Schrikker Stichting, 2025"
    assert shared.caption == "William Schrikker Stichting, 2025"


@pytest.mark.parametrize(("step", "columns"), [("plan", 8), ("council_report", 6)])
def test_a_step_without_a_norm_has_no_share_in_its_table(read_as, step, columns):
    model = lead_times(read_as("board"), step, Split.REGION, Group(region="JZ28"), "2025")
    table = summary_table(model, DUTCH)
    assert {len(row) for row in table.rows} == {len(table.head)} == {columns}


def test_every_column_of_a_delivery_is_told_in_plain_words():
    tables = delivery_tables(DUTCH)
    assert [tuple(row[0].text for row in table.rows) for table in tables] == list(delivery.TABLES.values())


def test_the_tally_shows_each_count_of_the_release(read_as):
    model = accountability(read_as("board"))
    counts = [row[2].text for row in tally_table(model, DUTCH).rows]
    expected = [model.published, *model.suppressed.values(), *model.missing.values()]
    assert counts == [DUTCH.number(count) for count in expected if count]


def test_a_curve_has_its_interval_and_ends_with_its_last_cell(read_as):
    model = lead_times(read_as("board"), "plan", Split.REGION, Group(region="JZ28"), "2025")
    drawn = lead_time_curves(model, DUTCH).figure["data"]
    cells = [cell for cell in model.curves[-1].points if isinstance(cell.figure, Published)]
    (own,) = [trace for trace in drawn if trace.get("name") == "Centraal Gelderland"]
    (place,) = [index for index, trace in enumerate(drawn) if trace.get("fill") and trace["showlegend"]]
    lower, upper = drawn[place - 1], drawn[place]
    assert own["x"] == upper["x"] == lower["x"] == [0, *(cell.point for cell in cells)]
    assert own["y"][1:] == [cell.figure.value for cell in cells]
    assert [lower["y"][1:], upper["y"][1:]] == [
        [getattr(cell.figure, end) for cell in cells] for end in ("lower", "upper")
    ]


def test_without_a_curve_nothing_is_drawn_and_the_text_says_why(read_as):
    groups = groups_of("court_order", Split.INSTITUTION)
    chart = lead_time_curves(lead_times(read_as("board"), "court_order", Split.INSTITUTION, groups[0], "2021"), DUTCH)
    assert chart.figure["data"] == []
    assert chart.alt.count("geen curve, te weinig") == 2


def test_no_two_names_on_the_map_meet_on_a_telephone(read_as):
    """Their boxes, at 7 pixels a letter and 16 a line, on a map as wide as a telephone leaves it."""
    figure = region_map(region_model(read_as("board"), "JZ12", quarters=True).on_map, "JZ12", DUTCH).figure
    xs = [x for trace in figure["data"] for x in trace["x"]]
    scale = 350 / (max(xs) - min(xs))
    ratio = figure["layout"]["yaxis"]["scaleratio"]
    boxes = []
    for note in figure["layout"]["annotations"]:
        lines = re.sub("</?b>", "", note["text"]).split("<br>")
        x, y = note["x"] * scale + note["xshift"], note["y"] * scale * ratio + note["yshift"]
        wide, high = 3.5 * max(map(len, lines)), 8 * len(lines)
        boxes.append((x - wide, x + wide, y - high, y + high))
    assert len(boxes) == 7
    for (left, right, low, high), (west, east, south, north) in combinations(boxes, 2):
        assert right <= west or east <= left or high <= south or north <= low
