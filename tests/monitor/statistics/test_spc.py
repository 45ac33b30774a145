import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom

from monitor.statistics.spc import (
    FIXED_AFTER,
    LIMIT_FACTOR,
    NEAR_FACTOR,
    SIGMA_FACTOR,
    Assurance,
    Cause,
    Change,
    Direction,
    PointType,
    Rebase,
    Refusal,
    RunChart,
    Variation,
    Xmr,
    c_chart,
    chart,
    g_chart,
    p_chart,
    p_prime_chart,
    refusals,
    run_chart,
    runs,
    t_chart,
    u_chart,
    u_prime_chart,
    xmr,
)

ORACLES = Path(__file__).parents[2] / "data" / "oracles"
XMR = {case["id"]: case for case in json.loads((ORACLES / "spc_xmr.json").read_text())}
OTHER = {case["id"]: case for case in json.loads((ORACLES / "spc_other.json").read_text())}
CAUSES = {
    "Above UCL": Cause.ABOVE_LIMIT,
    "Below LCL": Cause.BELOW_LIMIT,
    "7 Point Trend (Increasing)": Cause.RISING,
    "7 Point Trend (Decreasing)": Cause.FALLING,
    "2 in 3 Above CL": Cause.TWO_IN_THREE_ABOVE,
    "2 in 3 Below CL": Cause.TWO_IN_THREE_BELOW,
    "7 Points Above CL": Cause.SHIFT_ABOVE,
    "7 Points Below CL": Cause.SHIFT_BELOW,
    "Common Cause": Cause.COMMON,
}
POINT_TYPES = {
    "common_cause": PointType.COMMON_CAUSE,
    "special_cause_improvement": PointType.IMPROVEMENT,
    "special_cause_concern": PointType.CONCERN,
    "special_cause_neutral_high": PointType.HIGH,
    "special_cause_neutral_low": PointType.LOW,
}
VARIATIONS = {
    (PointType.IMPROVEMENT, "increase"): Variation.IMPROVEMENT_HIGH,
    (PointType.IMPROVEMENT, "decrease"): Variation.IMPROVEMENT_LOW,
    (PointType.CONCERN, "increase"): Variation.CONCERN_LOW,
    (PointType.CONCERN, "decrease"): Variation.CONCERN_HIGH,
    (PointType.HIGH, "neutral"): Variation.NEUTRAL_HIGH,
    (PointType.LOW, "neutral"): Variation.NEUTRAL_LOW,
}
UP, DOWN, EITHER = Direction.INCREASE, Direction.DECREASE, Direction.NEUTRAL


def numbers(values):
    return np.array([np.nan if value is None else value for value in values], dtype=float)


@pytest.mark.parametrize("case", XMR.values(), ids=XMR.keys())
def test_chart_of_individual_values_is_that_of_nhsr_plot_the_dots(case):
    params, expected, last_group = case["params"], case["expected"], case["summary"][-1]
    drawn = xmr(
        case["y"],
        Direction(params["improvement_direction"]),
        params["target"],
        [case["x"].index(first) for first in params["rebase"]],
        params["fix_after_n_points"],
        params["screen_outliers"],
    )
    assert drawn.phase.tolist() == expected["rebase_group"]
    for ours, theirs in ((drawn.mean, "mean"), (drawn.lower, "lpl"), (drawn.upper, "upl")):
        assert ours == pytest.approx(numbers(expected[theirs]), rel=1e-14, abs=1e-13, nan_ok=True)
    assert (drawn.outside != 0).tolist() == [bool(flag) for flag in expected["outside_limits"]]
    assert np.sign(drawn.values - drawn.mean).tolist() == expected["relative_to_mean"]
    near = np.abs(drawn.values - drawn.mean) > NEAR_FACTOR / LIMIT_FACTOR * (drawn.upper - drawn.mean)
    assert (near & (drawn.outside == 0)).tolist() == [bool(flag) for flag in expected["close_to_limits"]]
    assert list(drawn.causes) == [CAUSES[cause] for cause in expected["special_cause_type"]]
    assert (drawn.signal != 0).tolist() == expected["special_cause_flag"]
    assert list(drawn.point_types) == [POINT_TYPES[kind] for kind in expected["point_type"]]
    assert drawn.short_phase.tolist() == expected["short_group_warning"]
    last = POINT_TYPES[last_group["variation_type"]]
    icon = VARIATIONS.get((last, params["improvement_direction"]), Variation.COMMON_CAUSE)
    assert drawn.variation == icon
    assert drawn.assurance == last_group.get("assurance_type")


CHARTS = {"p": p_chart, "pp": p_prime_chart, "u": u_chart, "c": c_chart, "t": t_chart, "g": g_chart}


def of_qicharts(case):
    if case["chart"] == "i":
        drawn = xmr(case["y"], EITHER)
        return drawn.values, drawn.mean
    arguments = [case[key] for key in ("y", "n") if case[key] is not None]
    drawn = CHARTS[case["chart"]](*arguments)
    return drawn.values, drawn.centre


@pytest.mark.parametrize("case", OTHER.values(), ids=OTHER.keys())
def test_runs_are_those_of_qicharts(case):
    expected = case["expected"]
    ours = runs(*of_qicharts(case))
    for value, theirs in (
        (ours.signal, "runs_signal"),
        (ours.useful, "n_useful"),
        (ours.longest, "longest_run"),
        (ours.longest_expected, "longest_run_max"),
        (ours.crossings, "n_crossings"),
        (ours.crossings_expected, "n_crossings_min"),
    ):
        assert {value} == set(expected[theirs])


COUNTED = {name: case for name, case in OTHER.items() if case["chart"] != "i"}


@pytest.mark.parametrize("case", COUNTED.values(), ids=COUNTED.keys())
def test_charts_of_counts_and_times_are_those_of_qicharts(case):
    expected = case["expected"]
    drawn = CHARTS[case["chart"]](*[case[key] for key in ("y", "n") if case[key] is not None])
    for ours, theirs in ((drawn.values, "y"), (drawn.centre, "cl"), (drawn.lower, "lcl"), (drawn.upper, "ucl")):
        assert ours == pytest.approx(numbers(expected[theirs]), rel=1e-14, abs=2e-15)
    assert (drawn.outside != 0).tolist() == expected["sigma_signal"]


@pytest.mark.parametrize("case", [case for case in OTHER.values() if case["chart"] == "i"], ids=lambda case: case["id"])
def test_limits_are_those_of_qicharts_but_for_the_rounding_of_its_constant(case):
    drawn = xmr(case["y"], EITHER)
    wider = SIGMA_FACTOR / 2.66
    assert drawn.mean + wider * (drawn.upper - drawn.mean) == pytest.approx(numbers(case["expected"]["ucl"]), abs=1e-12)
    assert drawn.mean - wider * (drawn.mean - drawn.lower) == pytest.approx(numbers(case["expected"]["lcl"]), abs=1e-12)


def test_limits_by_hand():
    #                 moving ranges    2   4   2   2 : mean 2.5; mean of the values 12
    drawn = xmr([11, 13, 9, 11, 13, 15], UP, screen=False)
    assert drawn.mean[0] == 12
    mean_range = (2 + 4 + 2 + 2 + 2) / 5
    assert drawn.upper[0] == pytest.approx(12 + 2.66 * mean_range)
    assert drawn.lower[0] == pytest.approx(12 - 2.66 * mean_range)


def test_one_jump_does_not_widen_the_limits_and_is_screened_out_once_only():
    values = [50, 52] * 6 + [90]  # moving ranges: eleven of 2 and one of 38, beyond 3.267 times their mean of 5
    drawn = xmr(values, UP)
    assert drawn.upper[0] == pytest.approx(np.mean(values) + 2.66 * 2)
    assert xmr(values, UP, screen=False).upper[0] == pytest.approx(np.mean(values) + 2.66 * 5)
    # Ranges of 1, one of 20 and one of 400: leaving out 400 makes 20 stand out, but nothing is left out twice.
    twice = [0, 1] * 10 + [21, 421]
    ranges = np.abs(np.diff(twice))
    assert xmr(twice, UP).upper[0] == pytest.approx(np.mean(twice) + 2.66 * ranges[ranges < 400].mean())


LEVEL = [60, 40] * 6  # mean 50 and limits far away: only the points that follow it matter


@pytest.mark.parametrize(
    ("points", "flagged"),
    [
        ([52] * 6, 0),
        ([52] * 7, 7),
        ([52] * 9, 9),
        ([52] * 3 + [50] + [52] * 6, 0),  # a point on the mean ends a run
        ([52] * 7 + [50], 7),
        ([52] * 3 + [49] + [52] * 6, 0),
        ([48] * 7, -7),
    ],
)
def test_shift_is_seven_points_on_one_side_of_the_mean(points, flagged):
    other_side = 40 if points[0] > 50 else 60
    drawn = xmr([*LEVEL, other_side, *points], UP, fix_after=len(LEVEL))
    assert drawn.shift.sum() == flagged
    assert set(drawn.causes) <= {Cause.COMMON, Cause.SHIFT_ABOVE, Cause.SHIFT_BELOW}
    assert len(drawn.causes) - list(drawn.causes).count(Cause.COMMON) == abs(flagged)


@pytest.mark.parametrize(
    ("points", "signs"),
    [
        ([47, 48, 49, 51, 52, 53], [0] * 6),  # six points: five steps
        ([46, 47, 48, 49, 51, 52, 53], [1] * 7),
        ([46, 47, 48, 49, 51, 52, 53, 54], [1] * 8),
        ([54, 53, 52, 51, 49, 48, 47], [-1] * 7),
        ([46, 47, 48, 49, 49, 51, 52, 53], [0] * 8),  # an equal step ends a trend
        ([46, 47, 48, 49, 51, 52, 53, 52, 51, 49, 48, 47, 46], [1] * 6 + [-1] * 7),  # the turn is the later one's
        ([46, 47, 48, 49, 51, 52, 53, 46, 47, 48, 49, 51, 52, 54], [1] * 14),  # two trends, one step down between
    ],
)
def test_trend_is_seven_points_that_rise_or_fall(points, signs):
    turn = 60 if points[0] < points[1] else 40
    drawn = xmr([*LEVEL, turn, *points], UP, fix_after=len(LEVEL))
    assert drawn.trend.tolist() == [0] * 13 + signs


def near(*places):
    """Points at so many thirds of the distance from the mean to a limit, after a level of known limits."""
    level = [45, 55] * 6  # mean 50, mean moving range 10: limits at 26.6 lower and higher
    return xmr(level + [50 + 26.6 / 3 * place for place in places], UP, fix_after=12).two_in_three[12:].tolist()


@pytest.mark.parametrize(
    ("places", "flags"),
    [
        ((2.5, 2.5), [0, 0]),  # two, but no three on one side yet: the level ends below the mean
        ((2.5, 1, 2.5), [1, 0, 1]),  # only the near ones are flagged
        ((1, 2.5, 2.5), [0, 1, 1]),
        ((2.5, 1, 1, 2.5), [0, 0, 0, 0]),  # one in three
        ((2.5, -1, 2.5), [0, 0, 0]),  # one on the other side
        ((2.5, 0, 2.5), [0, 0, 0]),  # one on the mean
        ((2.5, -2.5, 2.5), [0, 0, 0]),
        ((-2.5, -1, -2.5), [-1, 0, -1]),
        ((2, 1, 2.5), [0, 0, 0]),  # exactly on the near limit is not near
        ((3, 1, 2.5), [1, 0, 1]),  # exactly on the limit is within it, so near
        ((3.5, 2.5, 2.5), [0, 1, 1]),  # one outside is on that side, but not near
        ((3.5, 1, 2.5), [0, 0, 0]),
    ],
)
def test_two_in_three_near_a_limit(places, flags):
    before = near(-1, *places) if places[0] > 0 else near(1, *places)
    assert before[1:] == flags


def test_a_point_on_a_limit_is_not_outside():
    level = [50, 0] * 10  # mean 25, mean moving range 50, limits at 25 ± 133
    drawn = xmr([*level, 158, 159, -108, -109], UP, fix_after=20)
    assert drawn.outside[20:].tolist() == [0, 1, 0, -1]
    assert drawn.causes[20:] == (Cause.COMMON, Cause.ABOVE_LIMIT, Cause.COMMON, Cause.BELOW_LIMIT)


def test_a_tie_is_a_tie_though_rounding_hides_it():
    values = [0.1, 0.2, 0.3] * 4 + [0.2] * 3 + [0.3] * 6
    assert np.mean(values[:12]) != 0.2
    assert xmr(values, UP, fix_after=12).shift.sum() == 0


def test_rules_in_order_of_priority():
    level = [45, 55] * 6
    drawn = xmr([*level, 40, 52, 54, 56, 58, 60, 70, 75, 90], UP, fix_after=12)
    assert drawn.causes[12:] == (*[Cause.RISING] * 8, Cause.ABOVE_LIMIT)
    assert drawn.shift[12:].tolist() == [0] + [1] * 8
    assert drawn.two_in_three[12:].tolist() == [0] * 6 + [1, 1, 0]


@pytest.mark.parametrize(
    ("direction", "variation", "kind"),
    [
        (UP, Variation.IMPROVEMENT_HIGH, PointType.IMPROVEMENT),
        (DOWN, Variation.CONCERN_HIGH, PointType.CONCERN),
        (EITHER, Variation.NEUTRAL_HIGH, PointType.HIGH),
    ],
)
def test_the_icon_is_that_of_the_last_point(direction, variation, kind):
    drawn = xmr([*LEVEL, *[52] * 7], direction)
    assert drawn.variation == variation
    assert drawn.point_types[-1] == kind
    assert xmr([*LEVEL, *[52] * 7, 40], direction).variation == Variation.COMMON_CAUSE
    assert xmr([*LEVEL, *[52] * 7, np.nan], direction).variation == variation


@pytest.mark.parametrize(
    ("direction", "target", "icon"),
    [
        (UP, 77, Assurance.CONSISTENT_FAIL),
        (UP, 23, Assurance.CONSISTENT_PASS),
        (UP, 50, Assurance.INCONSISTENT),
        (UP, 158, Assurance.CONSISTENT_FAIL),
        (DOWN, 77, Assurance.CONSISTENT_PASS),
        (DOWN, 23, Assurance.CONSISTENT_FAIL),
        (EITHER, 77, None),
        (UP, None, None),
    ],
)
def test_assurance_is_the_target_against_the_limits(direction, target, icon):
    assert xmr([45, 55] * 6, direction, target).assurance == icon  # limits at 50 ± 26.6


def test_assurance_goes_by_the_last_phase_and_a_target_on_a_limit_is_within():
    values = [10, 20] * 6 + [50, 0] * 10
    assert xmr(values, UP, 158, [12]).assurance == Assurance.INCONSISTENT
    assert xmr(values, UP, 158.1, [12]).assurance == Assurance.CONSISTENT_FAIL
    assert xmr(values, UP, 158.1).assurance == Assurance.CONSISTENT_FAIL


def test_without_variation_there_are_no_limits_and_no_assurance():
    drawn = xmr([70] * 15, UP, 80)
    assert np.isnan(drawn.upper).all()
    assert drawn.assurance is None
    assert drawn.variation == Variation.COMMON_CAUSE


def test_a_gap_has_no_moving_range_and_ends_every_run():
    gap = np.nan
    drawn = xmr([45, 55, 45, gap, 95, 85, 95], UP, screen=False)
    assert drawn.upper[0] - drawn.mean[0] == pytest.approx(2.66 * 10)
    assert drawn.mean[0] == 70
    assert not drawn.signal[3]
    assert xmr([*LEVEL, *[52] * 4, gap, *[52] * 4], UP, fix_after=12).shift.sum() == 0
    assert xmr([*LEVEL, 46, 47, 48, 49, gap, 52, 53, 54, 55], UP, fix_after=12).trend.sum() == 0


def test_limits_are_fixed_after_so_many_values_in_each_phase_gaps_not_counted():
    phases = [[45, np.nan, 55, 45, 55, 80], [10, 12, 10, 12, 90]]
    drawn = xmr(phases[0] + phases[1], UP, rebases=[6], fix_after=4)
    assert drawn.phase.tolist() == [0] * 6 + [1] * 5
    assert drawn.mean.tolist() == [50] * 6 + [11] * 5
    assert drawn.upper == pytest.approx([50 + 26.6] * 6 + [11 + 5.32] * 5)
    assert drawn.outside.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(("first", "phases"), [(0, [0, 0, 0]), (1, [0, 1, 1]), (2, [0, 0, 1])])
def test_a_phase_starts_at_its_first_point(first, phases):
    assert xmr([1, 5, 9], UP, rebases=[first]).phase.tolist() == phases


def test_a_run_does_not_reach_over_into_the_next_phase():
    values = LEVEL + [52] * 6 + [54] * 6
    assert xmr(values, UP, fix_after=12).shift[12:].all()
    assert not xmr(values, UP, fix_after=12, rebases=[18]).shift[12:].any()


@pytest.mark.parametrize("values", [[], [[1, 2], [3, 4]]])
def test_a_chart_is_of_one_series(values):
    with pytest.raises(ValueError, match="one series"):
        xmr(values, UP)


@pytest.mark.parametrize("first", [-1, 3])
def test_a_phase_starts_within_the_series(first):
    with pytest.raises(ValueError, match="within the series"):
        xmr([1, 2, 3], UP, rebases=[first])


# -- The chart that a series deserves --


def test_fewer_than_eight_values_get_a_run_chart():
    seven = [60, 70, np.nan, 65, 72, 61, 66, 71]
    drawn = chart(seven, UP, 80)
    assert isinstance(drawn, RunChart)
    assert drawn.median == 66
    assert drawn.runs.useful == 6
    assert isinstance(chart([*seven, 70], UP, 80), Xmr)


@pytest.mark.parametrize(("number", "fixed"), [(8, False), (11, False), (12, True), (20, True)])
def test_limits_are_provisional_below_twelve_values_and_then_stay(number, fixed):
    values = ([60, 70, 65, 72, 61, 66, 71, 64] * 3)[:number]
    drawn = chart(values, UP, 80)
    later = chart([*values, 90], UP, 80)
    assert drawn.fixed == fixed
    assert (later.upper[0] == drawn.upper[0]) == fixed


def test_gaps_do_not_count_towards_fixed_limits():
    assert not chart([*LEVEL[:11], np.nan], UP).fixed
    assert chart([*LEVEL[:11], np.nan, 60], UP).fixed


def test_without_values_there_is_no_median():
    drawn = run_chart([np.nan, np.nan])
    assert np.isnan(drawn.median)
    assert drawn.runs.useful == 0
    assert not drawn.runs.signal


def test_runs_by_hand():
    #  side of the median 4:  -  -  +  0  +  -  +  +
    ours = runs(np.array([1.0, 2, 5, 4, 7, 3, 6, 8]), 4)
    assert (ours.useful, ours.longest, ours.crossings) == (7, 2, 3)
    assert ours.longest_expected == 6  # log2(7) = 2.8, rounded, and 3
    assert ours.crossings_expected == 1  # of 6 throws: 0 has chance 1/64, 0 or 1 7/64


def test_least_crossings_are_the_five_percent_quantile_of_a_fair_coin():
    for useful in range(1, 200):
        ours = runs(np.resize([1.0, -1.0], useful), 0)
        assert ours.crossings_expected == binom.ppf(0.05, useful - 1, 0.5)
        assert ours.crossings == useful - 1
        assert not ours.signal


# -- New limits --

SHIFTED = [60, 40] * 6 + [58, 62] * 4
GOOD = Rebase(12, Change.WORKING_METHOD, "one team for intake", lasting=True, by="quartermaster", on=date(2026, 3, 1))


def proposal(**changes):
    facts = {field: getattr(GOOD, field) for field in ("first", "change", "why", "lasting", "by", "on")}
    return Rebase(**(facts | changes))


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, ()),
        ({"change": Change.TARGET}, (Refusal.TARGET_CHANGED,)),
        ({"change": None}, (Refusal.CAUSE_UNKNOWN,)),
        ({"why": "  "}, (Refusal.CAUSE_UNKNOWN,)),
        ({"lasting": False}, (Refusal.NOT_LASTING,)),
        ({"by": ""}, (Refusal.NOBODY_DECIDED,)),
        ({"first": 11}, (Refusal.OLD_PHASE_SHORT,)),
        ({"first": 13}, ()),
        ({"first": 14}, (Refusal.NEW_PHASE_SHORT,)),
        (
            {"first": 0, "change": Change.TARGET, "why": "", "lasting": False, "by": ""},
            (
                Refusal.CAUSE_UNKNOWN,
                Refusal.TARGET_CHANGED,
                Refusal.NOT_LASTING,
                Refusal.NOBODY_DECIDED,
                Refusal.OLD_PHASE_SHORT,
            ),
        ),
    ],
)
def test_new_limits_need_a_signal_a_known_lasting_cause_and_points(changes, reasons):
    assert refusals(chart(SHIFTED, UP, 80), proposal(**changes)) == reasons


def test_new_limits_need_a_shift_or_trend_at_or_after_their_first_point():
    quiet = chart([60, 40] * 6 + [44, 56] * 4, UP)
    assert refusals(quiet, GOOD) == (Refusal.NO_SIGNAL,)
    one_point = chart([60, 40] * 6 + [44, 56] * 3 + [44, 300], UP)
    assert one_point.outside[-1] == 1
    assert refusals(one_point, GOOD) == (Refusal.NO_SIGNAL,)
    before = chart([*[58] * 7, *[60, 40] * 6, *[44, 56] * 4], UP)
    assert before.shift[:7].any()
    assert Refusal.NO_SIGNAL in refusals(before, proposal(first=19))


def test_a_trend_through_the_mean_is_a_signal_too():
    trend = chart([60, 40] * 6 + [46, 47, 48, 49, 51, 52, 53], UP)
    assert not trend.shift.any()
    assert refusals(trend, GOOD) == ()


def test_a_shift_that_lies_beyond_the_limits_is_a_shift_still():
    beyond = chart([51, 49] * 6 + [80, 82] * 4, UP)
    assert set(beyond.causes[12:]) == {Cause.ABOVE_LIMIT}
    assert refusals(beyond, GOOD) == ()


def test_only_the_phase_that_would_be_split_counts_and_gaps_do_not():
    drawn = chart([*SHIFTED, *[60, 40] * 4], UP, rebases=[20])
    assert Refusal.NEW_PHASE_SHORT in refusals(drawn, proposal(first=14))
    gaps = SHIFTED.copy()
    gaps[3] = np.nan
    assert refusals(chart(gaps, UP), GOOD) == (Refusal.OLD_PHASE_SHORT,)


def test_a_proposed_point_lies_within_the_series():
    with pytest.raises(ValueError, match="outside the series"):
        refusals(chart(SHIFTED, UP), proposal(first=20))


# -- Counts and times --


def test_times_and_shares_out_of_range():
    with pytest.raises(ValueError, match="above 0"):
        t_chart([3.0, 0.0, 4.0])
    full = p_chart([20, 19, 20], [20, 20, 20])
    assert full.upper.tolist() == [1, 1, 1]
    assert c_chart([1, 0, 2]).lower.tolist() == [0, 0, 0]


def test_rate_limits_that_follow_the_variation_by_hand():
    events, exposure = np.array([4, 16, 4, 16, 4, 16]), np.full(6, 100)
    # Scores ± 0.6: mean 0.10, standard deviation 0.0316; moving ranges all 0.12/0.0316 = 3.79.
    plain, prime = u_chart(events, exposure), u_prime_chart(events, exposure)
    ratio = (0.12 / np.sqrt(0.1 / 100) - 0) / 1.128
    assert prime.upper - 0.1 == pytest.approx(ratio * (plain.upper - 0.1))
    assert prime.centre == pytest.approx(plain.centre)


def test_rare_shares_and_rates_have_about_the_same_limits():
    events, cases = np.array([4, 6, 3, 9, 5, 4, 7, 2]), np.full(8, 50_000)
    assert u_prime_chart(events, cases).upper == pytest.approx(p_prime_chart(events, cases).upper, rel=1e-3)


# -- What holds for every series --

series = st.lists(st.integers(0, 100) | st.just(None), min_size=1, max_size=40).map(numbers)
RULES = ("outside", "trend", "two_in_three", "shift")


def same_signals(one, other):
    return all((getattr(one, rule) == getattr(other, rule)).all() for rule in RULES)


@given(series, st.integers(-500, 500), st.sampled_from([0.01, 0.1, 1 / 3, 7, 1000]), st.sampled_from([None, 12]))
def test_another_unit_or_origin_changes_no_flag(values, shift, factor, fix_after):
    drawn = xmr(values, UP, 60, fix_after=fix_after)
    for changed, target in ((values + shift, 60 + shift), (values * factor, 60 * factor)):
        other = xmr(changed, UP, target, fix_after=fix_after)
        assert same_signals(drawn, other)
        assert (drawn.causes, drawn.variation) == (other.causes, other.variation)


@given(series, st.integers(0, 39))
def test_mirroring_a_series_turns_every_sign(values, first):
    assume(first < len(values))
    drawn, mirrored = xmr(values, UP, rebases=[first]), xmr(100 - values, UP, rebases=[first])
    for rule in RULES:
        assert (getattr(drawn, rule) == -getattr(mirrored, rule)).all()
    assert mirrored.lower == pytest.approx(100 - drawn.upper, nan_ok=True)


SWAPPED = {
    PointType.IMPROVEMENT: PointType.CONCERN,
    PointType.CONCERN: PointType.IMPROVEMENT,
    PointType.COMMON_CAUSE: PointType.COMMON_CAUSE,
}


@given(series, st.integers(-50, 150))
def test_the_other_direction_swaps_improvement_and_concern_and_pass_and_fail(values, target):
    up, down = xmr(values, UP, target), xmr(values, DOWN, target)
    assert [SWAPPED[kind] for kind in up.point_types] == list(down.point_types)
    assert {up.assurance, down.assurance} in (
        {None},
        {Assurance.INCONSISTENT},
        {Assurance.CONSISTENT_PASS, Assurance.CONSISTENT_FAIL},
    )


@given(series)
def test_a_rule_never_flags_a_gap_and_runs_are_long_enough(values):
    drawn = xmr(values, UP)
    assert not drawn.signal[np.isnan(values)].any()
    assert np.count_nonzero(drawn.shift) == 0 or np.count_nonzero(drawn.shift) >= 7
    assert np.count_nonzero(drawn.trend) == 0 or np.count_nonzero(drawn.trend) >= 7
    assert ((drawn.outside != 0) & (drawn.two_in_three != 0)).sum() == 0


@given(series)
def test_values_after_the_fixed_ones_move_no_limit(values):
    drawn = xmr(values, UP, fix_after=FIXED_AFTER)
    longer = xmr([*values, 500, 3], UP, fix_after=FIXED_AFTER)
    if np.count_nonzero(~np.isnan(values)) >= FIXED_AFTER:
        assert longer.mean[0] == drawn.mean[0]
        assert longer.upper[0] == pytest.approx(drawn.upper[0], nan_ok=True)
