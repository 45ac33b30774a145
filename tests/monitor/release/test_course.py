import numpy as np
import pytest

from monitor.release.cell import (
    ALL,
    SHARED,
    Assurance,
    Cell,
    Cohort,
    Missing,
    MissingReason,
    Published,
    Signal,
    Statistic,
    Suppressed,
    SuppressedReason,
    Variation,
)
from monitor.release.course import course_cells
from monitor.release.derive import derived_cells
from monitor.release.periods import quarters_between
from monitor.statistics.spc import Direction

QUARTERS = quarters_between("2020Q4", "2026Q3")
STEADY = [60, 64, 58, 62, 59, 63, 61, 57, 62, 60, 64, 59]
HIDDEN = Suppressed(SuppressedReason.NOISE)


def shares(values, cohort=Cohort.FINAL, **owner):
    """A cell for each quarter; an integer is published, anything else stands as it is."""
    whose = {"audience": SHARED, "region": ALL, "institution": ALL, "measure_group": ALL} | owner
    return [
        Cell(
            indicator="plan",
            statistic=Statistic.SHARE,
            period=quarter,
            figure=Published(float(value), n=100) if isinstance(value, int) else value,
            cohort=cohort,
            completeness=97,
            **whose,
        )
        for quarter, value in zip(QUARTERS, values, strict=False)
    ]


def course(values, target=80, direction=Direction.INCREASE, **options):
    return {
        (cell.statistic, cell.period): cell.figure
        for cell in course_cells(shares(values, **options), direction, target)
    }


def last(values):
    return QUARTERS[len(values) - 1]


def test_chance_is_common_cause_and_the_target_beyond_the_limits_is_missed():
    drawn = course(STEADY)
    assert drawn[Statistic.VARIATION, last(STEADY)] == Published(float(Variation.COMMON_CAUSE))
    assert drawn[Statistic.ASSURANCE, last(STEADY)] == Published(float(Assurance.CONSISTENTLY_MISSED))
    centre = drawn[Statistic.CENTRE, "2021Q1"]
    mean, spread = np.mean(STEADY), np.mean(np.abs(np.diff(STEADY)))
    assert centre.value == pytest.approx(mean)
    assert (centre.lower, centre.upper) == pytest.approx((mean - 2.66 * spread, mean + 2.66 * spread))
    assert [drawn[Statistic.SIGNAL, quarter].value for quarter in QUARTERS[:12]] == [Signal.NONE] * 12


def test_a_lasting_change_is_an_improvement_against_the_limits_of_the_first_twelve():
    values = [*STEADY, 82, 84, 81]
    drawn = course(values)
    assert drawn[Statistic.VARIATION, last(values)] == Published(float(Variation.IMPROVEMENT))
    assert drawn[Statistic.SIGNAL, "2023Q4"] == Published(float(Signal.ABOVE_LIMIT))
    assert drawn[Statistic.CENTRE, last(values)] == course(STEADY)[Statistic.CENTRE, "2020Q4"]


def test_fewer_than_eight_points_have_a_median_and_no_limits():
    drawn = course(STEADY[:7])
    short = Missing(MissingReason.SHORT_SERIES)
    assert drawn[Statistic.VARIATION, last(STEADY[:7])] == short
    assert drawn[Statistic.ASSURANCE, last(STEADY[:7])] == short
    assert drawn[Statistic.CENTRE, "2020Q4"] == Published(61.0)
    assert not any(statistic is Statistic.SIGNAL for statistic, _ in drawn)


def test_what_is_hidden_missing_or_provisional_is_no_point():
    values = [*STEADY[:4], HIDDEN, Missing(MissingReason.NOT_DELIVERED), *STEADY[6:]]
    drawn = course(values)
    assert (Statistic.SIGNAL, QUARTERS[4]) not in drawn
    assert (Statistic.SIGNAL, QUARTERS[5]) not in drawn
    known = [value for value in values if isinstance(value, int)]
    assert drawn[Statistic.CENTRE, "2020Q4"].value == pytest.approx(np.mean(known))
    provisional = course(STEADY, cohort=Cohort.PROVISIONAL)
    assert set(provisional) == {(Statistic.VARIATION, last(STEADY)), (Statistic.ASSURANCE, last(STEADY))}


def test_limits_of_a_share_stay_within_0_and_100_and_of_a_count_above_0():
    high = course([98, 90, 99, 97, 91, 99, 98, 92])
    assert high[Statistic.CENTRE, "2020Q4"].upper == 100
    low = course([12, 40, 11, 35, 14, 45, 13, 38], target=None, direction=Direction.NEUTRAL)
    assert low[Statistic.CENTRE, "2020Q4"].lower == 0


def test_a_recorded_baseline_starts_new_limits_and_the_old_ones_stay():
    values = [*STEADY, *(value + 20 for value in STEADY[:8])]
    owner = (ALL, ALL, ALL)
    cells = course_cells(shares(values), Direction.INCREASE, 80, {owner: ["2023Q4"]})
    drawn = {(cell.statistic, cell.period): cell.figure for cell in cells}
    assert drawn[Statistic.CENTRE, "2023Q3"].value == pytest.approx(np.mean(STEADY))
    assert drawn[Statistic.CENTRE, "2023Q4"].value == pytest.approx(np.mean(STEADY[:8]) + 20)
    assert drawn[Statistic.VARIATION, last(values)] == Published(float(Variation.COMMON_CAUSE))


def test_each_audience_and_owner_has_its_own_course_and_derived_cells_keep_neither_cohort_nor_completeness():
    cells = [*shares(STEADY), *shares(STEADY[:7], audience="JVV", institution="JVV")]
    variations = [cell for cell in derived_cells(cells) if cell.statistic is Statistic.VARIATION]
    assert [(cell.audience, cell.figure) for cell in variations] == [
        (SHARED, Published(float(Variation.COMMON_CAUSE))),
        ("JVV", Missing(MissingReason.SHORT_SERIES)),
    ]
    assert {(cell.cohort, cell.completeness) for cell in variations} == {(None, None)}


def test_a_stock_has_no_course_and_an_inflow_has_one_without_a_better_side():
    def counts(indicator):
        return [
            Cell(SHARED, indicator, Statistic.COUNT, ALL, ALL, ALL, quarter, Published(float(value)))
            for quarter, value in zip(QUARTERS, [*STEADY, 90, 92], strict=False)
        ]

    assert list(derived_cells(counts("stock"))) == []
    variation = [cell for cell in derived_cells(counts("gi_order")) if cell.statistic is Statistic.VARIATION]
    assert [cell.figure for cell in variation] == [Published(float(Variation.HIGHER))]
