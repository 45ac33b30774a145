from dataclasses import replace

import pytest

from monitor.release.cell import Bound, Cell, Cohort, Missing, MissingReason, Published, Statistic, Suppressed
from monitor.release.cell import SuppressedReason as Hidden
from monitor.views.accountability import accountability
from monitor.views.institution import institution_model, steps_of
from monitor.views.lead_times import Split, groups_of, lead_times, periods_of, splits_of
from monitor.views.overview import last_final_year, overview
from monitor.views.reading import TOGETHER, Group
from monitor.views.region import region_model, years_of
from monitor.views.step import Judgement, StepFigures, judge, linked_part
from pseudonymise.agreement import load_agreement


def test_the_board_sees_the_newest_final_quarter_of_each_criterion(read_as):
    model = overview(read_as("board"))
    assert [(one.step, one.shown.period) for one in model.headlines] == [
        ("worker_assigned", "2026Q2"),
        ("plan", "2026Q2"),
        ("help", "2026Q1"),
    ]
    assert [one.newest.period for one in model.headlines] == ["2026Q3"] * 3


def test_tables_by_group_are_of_the_last_year_that_is_final_for_all(read_as):
    assert last_final_year(read_as("board")) == "2025"


def test_every_region_and_certified_institution_stands_in_the_matrix(read_as):
    model = overview(read_as("board"))
    assert len(model.regions) == 7
    assert list(model.institutions) == ["JBGLD", "WSS", "LDH", "JVV"]


def test_the_road_is_shown_over_the_quarters_that_are_linked(read_as):
    road = overview(read_as("board")).road
    assert road.quarters[0].period == load_agreement().linked.first_quarter
    assert isinstance(road.final.share.figure, Published)
    of_region = region_model(read_as("board"), "JZ28", quarters=True).road
    assert [one.period for one in of_region.own] == [one.period for one in of_region.together]
    assert of_region.own[0].period == "2024Q1"


def test_a_road_that_is_nowhere_linked_keeps_one_quarter_that_says_so():
    nowhere = (figures(Missing(MissingReason.NEEDS_LINKAGE)),) * 3
    assert linked_part(nowhere) == nowhere[:1]


def test_a_region_lists_an_institution_that_does_not_work_there(read_as):
    model = region_model(read_as("board"), "JZ28", quarters=False)
    assert [one.share.figure for one in model.institutions["JVV"]] == [Missing(MissingReason.NOT_ACTIVE)] * 3


def test_a_region_is_compared_over_the_same_periods(read_as):
    reader = read_as("board")
    for compared in region_model(reader, "JZ28", quarters=True).headlines:
        assert [one.period for one in compared.own] == [one.period for one in compared.together]
    assert years_of(reader) == ("2025", "2024", "2023", "2022", "2021")


@pytest.mark.parametrize(
    ("role", "audience"),
    [
        ("institution-WSS", "WSS"),
        ("institution-LDH", "shared"),
        ("board", "shared"),
        ("quartermaster-JZ28", "shared"),
    ],
)
def test_own_figures_only_for_the_institution_itself(read_as, role, audience):
    model = institution_model(read_as(role), "WSS", "plan", "2025")
    assert model.is_own is (audience == "WSS")
    own = [own for own, _ in model.rows]
    assert {one.share.audience for one in own} | {one.median.audience for one in own} == {audience}
    assert {one.share.audience for one in model.over_time.own} == {audience}
    assert {figures.stock.audience for figures in model.flow} == {audience}
    assert {joint.share.audience for _, joint in model.rows} == {"shared"}


def test_an_institution_shows_the_steps_it_holds(read_as):
    assert steps_of("VTGM") == ("vt_start", "vt_judgement")
    assert institution_model(read_as("board"), "VTGM", "vt_start", "2025").flow == ()


@pytest.mark.parametrize(
    ("step", "splits"),
    [
        ("plan", tuple(Split)),
        ("vt_start", (Split.REGION, Split.INSTITUTION)),
        ("council_report", tuple(Split)[:2]),
    ],
)
def test_a_step_before_the_measure_has_no_measure_groups(step, splits):
    assert splits_of(step) == splits


def test_measure_groups_are_published_by_quarter_only(read_as):
    periods = periods_of(read_as("board"), "plan", Split.MEASURE_GROUP)
    assert periods[0] == "2026Q3"
    assert all("Q" in period for period in periods)


def test_lead_times_compare_one_group_with_all_together(read_as):
    chosen = groups_of("plan", Split.REGION)[0]
    model = lead_times(read_as("board"), "plan", Split.REGION, chosen, "2025")
    assert [one.group for one in model.rows] == [TOGETHER, *groups_of("plan", Split.REGION)]
    assert [curve.group for curve in model.curves] == [TOGETHER, Group(region="JZ12")]


def test_the_tally_counts_every_shared_cell_once(read_as):
    model = accountability(read_as("board"))
    assert model.published > 0
    assert model.suppressed[Hidden.SMALL_COUNT] > 0
    assert model.missing[MissingReason.NEEDS_LINKAGE] > 0
    assert model.total == sum(read_as("board").tally().values())
    assert model.deliveries["VTNOG"] is None


def figures(share=None, verdict=None, cohort=Cohort.FINAL) -> StepFigures:
    """A step with a target of 80, with this share and verdict."""
    cell = Cell(
        "shared",
        "plan",
        Statistic.SHARE,
        "all",
        "all",
        "all",
        "2026Q1",
        share,
        cohort=cohort,
        completeness=97,
    )
    return StepFigures("plan", TOGETHER, "2026Q1", cell, None, cell, cell, replace(cell, figure=verdict))


@pytest.mark.parametrize(
    ("share", "verdict", "expected"),
    [
        (Published(70, 66, 76, 300), Published(0.0), Judgement.CLEARLY_NOT_MET),
        (Published(77, 72, 82, 300), Published(0.0), Judgement.NOT_MET),
        (Published(82, 78, 86, 300), Published(1.0), Judgement.MET),
        (Published(88, 80, 91, 300), Published(1.0), Judgement.CLEARLY_MET),
        (Published(70, 66, 80, 300), Published(0.0), Judgement.NOT_MET),
        (Published(98, n=40, bound=Bound.AT_LEAST), Published(1.0), Judgement.MET),
        (Published(80, 75, 85, 300), Suppressed(Hidden.NOISE_RANGE), Judgement.UNDECIDED),
        (Published(70, 66, 76, 300), Missing(MissingReason.NOT_FINAL), Judgement.UNDECIDED),
        (Suppressed(Hidden.NOISE), Published(0.0), Judgement.UNDECIDED),
    ],
)
def test_a_verdict_is_clear_when_the_whole_interval_lies_on_one_side(share, verdict, expected):
    assert judge(figures(share, verdict)) is expected


def test_a_step_without_target_is_not_judged():
    assert judge(replace(figures(Published(70, 66, 76, 300), None), step="court_order")) is Judgement.NO_TARGET
