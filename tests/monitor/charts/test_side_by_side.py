from dataclasses import replace

import pytest

from monitor.charts.side_by_side import by_unit, days_by_step, funnel_of_step, shares_by_step
from monitor.locale import DUTCH, ENGLISH
from monitor.release.cell import ALL, Position, Published
from monitor.views.institution import institution_model
from pseudonymise.agreement import load_agreement
from tests.monitor.charts.test_charts import numbers, shown


@pytest.fixture(params=["WSS", "VTGM", "RVDK"])
def model(request, read_as):
    step = {"WSS": "plan", "VTGM": "vt_judgement", "RVDK": "council_start"}[request.param]
    return institution_model(read_as(f"institution-{request.param}"), request.param, step, "2025")


@pytest.fixture
def charts(model):
    def make(language):
        return [
            shares_by_step(model, language),
            *(days_by_step(model, unit, language) for unit in by_unit(model)),
        ]

    return make


@pytest.mark.parametrize("language", [DUTCH, ENGLISH], ids=lambda language: language.code)
def test_the_alt_text_says_numbers_of_the_table(charts, language):
    for drawn in charts(language):
        assert numbers(drawn.alt) <= shown(drawn)
        assert len(drawn.table.rows) > 0


def test_working_days_and_calendar_days_never_share_an_axis(read_as):
    model = institution_model(read_as("institution-JVV"), "JVV", "plan", "2025")
    units = {step.code: step.unit for step in load_agreement().steps}
    seen = []
    for unit, title in (("calendar_days", "kalenderdagen"), ("working_days", "werkdagen")):
        figure = days_by_step(model, unit, DUTCH).figure
        assert figure["layout"]["xaxis"]["title"]["text"] == title
        (own,) = (trace for trace in figure["data"] if trace["name"].startswith("Jeugd V"))
        assert own["x"] == [one.median.figure.value for one, _ in model.rows if units[one.step] == unit]
        seen += own["x"]
    assert len(seen) == len(model.rows)


def test_a_dot_and_its_interval_are_the_cells(read_as):
    model = institution_model(read_as("institution-WSS"), "WSS", "plan", "2025")
    own = next(trace for trace in shares_by_step(model, DUTCH).figure["data"] if trace["name"].startswith("William"))
    share = next(row for row, _ in model.rows if row.step == "plan").share.figure
    place = own["x"].index(share.value)
    assert own["error_x"]["array"][place] == share.upper - share.value
    assert own["error_x"]["arrayminus"][place] == share.value - share.lower


def test_a_funnel_names_who_lies_outside_and_ranks_nobody(read_as):
    model = institution_model(read_as("board"), "LDH", "plan", "2025")
    assert "alle liggen binnen de grenzen van het toeval" in funnel_of_step(model, DUTCH).alt
    first = model.peers[0]
    below = replace(first.funnel, figure=replace(first.funnel.figure, value=float(Position.BELOW)))
    chart = funnel_of_step(replace(model, peers=(replace(first, funnel=below), *model.peers[1:])), DUTCH)
    assert "Jeugdbescherming Gelderland: lager dan toeval verklaart" in chart.alt
    assert [row[0].text for row in chart.table.rows][:4] == [
        one.name for one in load_agreement().institutions if one.kind == "gi"
    ]


def test_the_band_of_a_funnel_narrows_with_the_number_of_cases(read_as):
    model = institution_model(read_as("board"), "WSS", "plan", "2025")
    lower, upper = funnel_of_step(model, DUTCH).figure["data"][:2]
    assert lower["x"] == sorted(lower["x"])
    known = [one for one in model.peers if isinstance(one.funnel.figure, Published)]
    assert len(lower["x"]) == len(known) > 4  # the four institutions, and WSS in its larger regions
    width = [high - low for low, high in zip(lower["y"], upper["y"], strict=True)]
    assert width[0] > width[-1]


def test_one_of_its_kind_and_a_quarter_have_no_funnel(read_as):
    assert institution_model(read_as("board"), "RVDK", "council_start", "2025").peers == ()
    assert institution_model(read_as("board"), "WSS", "plan", "2025Q1").peers == ()


def test_the_funnel_shows_shared_figures_only_also_to_the_institution_itself(read_as):
    model = institution_model(read_as("institution-WSS"), "WSS", "plan", "2025")
    assert model.is_own
    assert {one.share.audience for one in model.peers} == {"shared"}
    assert {one.group.institution for one in model.peers if one.group.region != ALL} == {"WSS"}
