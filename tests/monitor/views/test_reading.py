import pytest
from sqlalchemy import create_engine

from monitor.access.roles import AccessDenied
from monitor.release.cell import (
    Cohort,
    Missing,
    MissingReason,
    Published,
    Statistic,
    Suppressed,
    SuppressedReason,
)
from monitor.store.schema import metadata
from monitor.views.reading import TOGETHER, Group, latest_release
from pseudonymise.errors import UserError


@pytest.mark.parametrize("has_tables", [True, False])
def test_without_a_release_the_reader_is_told_how_to_make_one(has_tables):
    engine = create_engine("sqlite://")
    if has_tables:
        metadata.create_all(engine)
    with pytest.raises(UserError, match="Er is nog geen uitgave"):
        latest_release(engine)


def test_the_release_names_its_deliveries(read_as):
    release = read_as("board").release
    assert release.label == "2026Q3"
    assert len(release.deliveries) == 7


@pytest.mark.parametrize("role", ["board", "quartermaster-JZ28", "institution-LDH"])
def test_anothers_own_figures_are_refused_with_a_sentence(read_as, role):
    with pytest.raises(AccessDenied, match="Alleen WSS zelf kan ze zien"):
        read_as(role).indicator("plan", "WSS")


@pytest.mark.parametrize("role", ["board", "quartermaster-JZ28", "institution-LDH"])
def test_anothers_own_curve_is_refused_with_a_sentence(read_as, role):
    with pytest.raises(AccessDenied, match="Alleen WSS zelf kan ze zien"):
        read_as(role).curve("plan", Group(institution="WSS"), "2025", "WSS")


def test_what_one_audience_read_is_not_kept_for_another(read_as):
    group = Group(institution="JVV")
    own = read_as("institution-JVV").indicator("plan", "JVV").cell(Statistic.SHARE, group, "2026Q1")
    shared = read_as("board").indicator("plan").cell(Statistic.SHARE, group, "2026Q1")
    assert own.audience == "JVV"
    assert isinstance(own.figure, Published)
    assert shared.figure == Suppressed(SuppressedReason.NOISE)


def test_hidden_missing_and_published_are_three_types(read_as):
    plan = read_as("board").indicator("help")
    quarter = "2025Q4"
    figures = {
        code: plan.cell(Statistic.SHARE, Group(institution=code), quarter).figure for code in ("JBGLD", "WSS", "JVV")
    }
    assert isinstance(figures["JBGLD"], Published)
    assert figures["WSS"] == Missing(MissingReason.NOT_IN_SOURCE)
    assert isinstance(figures["JVV"], Suppressed)


def test_a_group_that_the_release_does_not_have_is_not_active(read_as):
    cell = read_as("board").indicator("plan").cell(Statistic.SHARE, Group(institution="RVDK"), "2025")
    assert cell.figure == Missing(MissingReason.NOT_ACTIVE)


def test_periods_in_order_quarters_apart_from_years(read_as):
    indicator = read_as("board").indicator("plan")
    assert indicator.periods(TOGETHER, quarters=False) == ("2021", "2022", "2023", "2024", "2025")
    quarters = indicator.periods(TOGETHER, quarters=True)
    assert quarters[0] == "2020Q4"
    assert quarters[-1] == "2026Q3"


def test_a_curve_comes_in_the_order_of_its_points(read_as):
    points = [cell.point for cell in read_as("board").curve("plan", TOGETHER, "2025")]
    assert points == list(range(7, 183, 7))


def test_a_cell_carries_its_standing_and_completeness(read_as):
    cell = read_as("board").indicator("plan").cell(Statistic.MEDIAN, TOGETHER, "2026Q1")
    assert (cell.cohort, cell.completeness) == (Cohort.FINAL, 97)
