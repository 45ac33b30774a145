import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.statistics.intervals import wilson
from monitor.statistics.quality import (
    agreement,
    duplicates,
    insufficient,
    registration,
    rounding_tolerance,
    share,
    stock_identity,
)

COUNTS = {"passed": 120, "dated": 100, "proxied": 6, "implausible": 3, "out_of_order": 5, "early": 2}


def test_every_share_has_its_own_denominator():
    found = registration(**COUNTS)
    shares = {name: (int(one.cases), int(one.of)) for name in found.__slots__ for one in [getattr(found, name)]}
    assert shares == {
        "completeness": (100, 120),
        "proxied": (6, 120),
        "implausible": (3, 120),
        "out_of_order": (5, 100),
        "early": (2, 100),
    }
    assert float(found.completeness.value) == pytest.approx(100 / 120, rel=1e-15)


@pytest.mark.parametrize(
    ("missing", "passed"),
    [(1007, 5646), (645, 5646), (158, 5646)],  # milestones missing while a later one is there: BPIC 2015
)
def test_completeness_has_the_wilson_interval(missing, passed):
    found = share(passed - missing, passed)
    lower, upper = wilson((passed - missing) / passed, passed)
    assert (float(found.lower), float(found.upper)) == (float(lower), float(upper))
    assert insufficient(found) == (missing > 564)


@pytest.mark.parametrize(
    ("dated", "passed", "too_few"),
    [(0, 0, False), (0, 1, True), (9, 10, False), (89, 100, True), (90, 100, False), (899, 1000, True)],
)
def test_below_nine_in_ten_is_insufficient(dated, passed, too_few):
    assert insufficient(share(dated, passed)) == too_few


def test_a_share_of_nothing_is_no_number():
    found = share([0, 3], [0, 4])
    assert found.value.tolist() == [None, 0.75]
    assert found.lower.tolist()[0] is None
    assert found.upper.tolist()[0] is None


@pytest.mark.parametrize(("cases", "of"), [(5, 4), (-1, 4)])
def test_more_cases_than_there_can_be_are_refused(cases, of):
    with pytest.raises(ValueError, match="0 <= cases <= of"):
        share(cases, of)


def test_duplicates_are_the_rows_that_say_it_again():
    found = duplicates([5646, 10], [5611, 10])
    assert found.cases.tolist() == [35, 0]
    assert found.value.tolist() == [35 / 5646, 0]


def test_two_sources_agree_of_what_both_hold():
    found = agreement(same=70, day=20, differ=10, only_first=15, only_second=5)
    values = {name: float(getattr(found, name).value) for name in found.__slots__}
    assert values == {"same": 0.7, "day": 0.2, "differ": 0.1, "only_first": 0.125, "only_second": 5 / 120}


# Measures of child protection in the Netherlands (CBS, Jeugdbescherming en jeugdreclassering 2022).
CBS_2022 = {"begin": 31_960, "inflow": 9_065, "outflow": 11_955, "end": 29_070}


def test_the_stock_of_cbs_adds_up():
    found = stock_identity(**CBS_2022, tolerance=0)
    assert (float(found.gap), bool(found.holds)) == (0, True)


@pytest.mark.parametrize(("end", "gap", "holds"), [(29_080, 10, True), (29_060, -10, True), (29_085, 15, False)])
def test_four_counts_rounded_to_five_can_be_ten_apart(end, gap, holds):
    found = stock_identity(**CBS_2022 | {"end": end}, tolerance=rounding_tolerance(5))
    assert (float(found.gap), bool(found.holds)) == (gap, holds)


def test_a_stock_corrected_later_does_not_add_up_any_more():
    """On 30 June 2022: 29,365 at first and 30,245 in the end (CBS); what came and went is made to fit the first."""
    first = stock_identity(31_960, 4_000, 6_595, 29_365, tolerance=rounding_tolerance(5))
    later = stock_identity(31_960, 4_000, 6_595, 30_245, tolerance=rounding_tolerance(5))
    assert (bool(first.holds), bool(later.holds), float(later.gap)) == (True, False, 880)


whole = st.integers(0, 10_000)


@given(st.lists(st.tuples(whole, whole), min_size=1, max_size=5))
def test_a_share_lies_within_its_interval(pairs):
    cases, of = np.array([(min(pair), max(pair)) for pair in pairs]).T
    found = share(cases, of)
    some = of > 0
    assert (np.ma.getmaskarray(found.value) == ~some).all()
    assert (found.lower[some] <= found.value[some] + 1e-12).all()
    assert (found.value[some] <= found.upper[some] + 1e-12).all()


@given(whole, whole, whole, whole, whole)
def test_what_two_sources_hold_adds_up(same, day, differ, only_first, only_second):
    found = agreement(same=same, day=day, differ=differ, only_first=only_first, only_second=only_second)
    if same + day + differ:
        assert float(found.same.value + found.day.value + found.differ.value) == pytest.approx(1)
    assert found.only_first.of == found.only_second.of == same + day + differ + only_first + only_second


@given(whole, whole, whole, st.sampled_from([1, 5, 10]))
def test_rounding_never_breaks_the_identity(begin, inflow, outflow, unit):
    rounded = [unit * round(count / unit) for count in (begin, inflow, outflow, begin + inflow - outflow)]
    assert stock_identity(*rounded, tolerance=rounding_tolerance(unit)).holds


@given(whole, whole, whole, st.integers(-50, 50))
def test_the_gap_is_what_was_added(begin, inflow, outflow, extra):
    found = stock_identity(begin, inflow, outflow, begin + inflow - outflow + extra, tolerance=20)
    assert found.gap == extra
    assert found.holds == (abs(extra) <= 20)
