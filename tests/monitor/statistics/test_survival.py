import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from monitor.statistics.intervals import wilson
from monitor.statistics.survival import (
    StepCounts,
    aalen_johansen,
    bounds,
    effective_cases,
    kaplan_meier,
    log_log,
    quantile,
    quantile_interval,
    share_interval,
)

ORACLES = Path(__file__).parents[2] / "data" / "oracles"
OPEN, REACHED, ENDED = 0, 1, 2
CASES = {case["id"]: case for case in json.loads((ORACLES / "survival.json").read_text())}
every_oracle = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def grouped(days, kinds, entries=None, horizon=None):
    days, kinds = np.asarray(days, dtype=np.int64), np.asarray(kinds)
    length = (max(days, default=0) if horizon is None else horizon) + 1
    reached, ended, open_ = (np.bincount(days[kinds == kind], minlength=length) for kind in (REACHED, ENDED, OPEN))
    entered = None if entries is None else np.bincount(entries, minlength=length)
    return StepCounts(reached, ended, open_, entered)


def stacked(*groups):
    return StepCounts(*(np.stack([getattr(group, name) for group in groups]) for name in ("reached", "ended", "open")))


def or_nan(values):
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def close(expected):
    return pytest.approx(expected, abs=1e-12, nan_ok=True)


# --- Answers of R survival and etm -------------------------------------------------------------------------


@every_oracle
def test_cumulative_incidence_is_that_of_r_survival_and_etm(case):
    incidence = aalen_johansen(grouped(case["day"], case["kind"]))
    aj, etm = case["aj"], case["etm"]
    assert incidence.reached[aj["time"]] == close(aj["F1"])
    assert incidence.reached[etm["time"]] == close(etm["F1"])
    assert np.sqrt(incidence.variance[etm["time"]]) == close(np.sqrt(etm["var1"]))
    if case["norm"] < len(incidence.reached):
        assert incidence.reached[case["norm"]] == close(case["at_norm"]["cif"])


@every_oracle
def test_limits_of_the_incidence_are_the_log_log_ones_of_r(case):
    """R's error is the infinitesimal jackknife, which in these cases is Greenwood's."""
    aj = case["aj"]
    incidence = aalen_johansen(grouped(case["day"], case["kind"]))
    assert np.sqrt(incidence.variance[aj["time"]]) == close(aj["se_ij"])
    lower, upper = log_log(incidence.reached, incidence.variance)
    assert lower[aj["time"]].filled(np.nan) == close(or_nan(aj["lower_ij"]))
    assert upper[aj["time"]].filled(np.nan) == close(or_nan(aj["upper_ij"]))


@every_oracle
def test_kaplan_meier_its_error_and_limits_are_those_of_r(case):
    km = case["km"]
    curve = kaplan_meier(grouped(case["day"], case["kind"]))
    at = km["time"]
    assert curve.at_risk[at].tolist() == km["n_risk"]
    assert curve.remaining[at] == close(km["surv"])
    # At S = 0 R says nothing of the error; we say 0, and nothing of the limits.
    error = or_nan(km["std_err_surv"])
    assert (np.isnan(error) == (curve.remaining[at] == 0)).all()
    assert np.sqrt(curve.variance[at]) == close(np.nan_to_num(error))
    lower, upper = log_log(curve.remaining, curve.variance)
    assert lower[at].filled(np.nan) == close(or_nan(km["lower"]))
    assert upper[at].filled(np.nan) == close(or_nan(km["upper"]))


@every_oracle
@pytest.mark.parametrize(("share", "name"), [(0.5, "q50"), (0.9, "q90")])
def test_quantiles_and_their_limits_are_those_of_r(case, share, name):
    curve = kaplan_meier(grouped(case["day"], case["kind"]))
    lower, upper = log_log(curve.remaining, curve.variance)
    days = quantile_interval(curve.reached, 1 - upper, 1 - lower, share)
    expected = [case["km"][field] for field in (name, f"{name}_lo", f"{name}_hi")]
    assert [day.tolist() for day in days] == expected


@every_oracle
def test_one_minus_kaplan_meier_at_the_norm_is_that_of_r(case):
    length = max(*case["day"], case["norm"])
    curve = kaplan_meier(grouped(case["day"], case["kind"], horizon=length))
    lower, upper = log_log(curve.remaining, curve.variance)
    at, expected = case["norm"], case["at_norm"]
    assert curve.reached[at] == close(expected["one_minus_km"])
    if expected["one_minus_km"] in (0, 1):
        # Before the first event R draws the limits at 0; for us they are unknown, as R has them at 1.
        assert expected["km_lower"] in (0, None)
        assert lower.mask[at]
        assert upper.mask[at]
    else:
        assert 1 - upper[at] == close(expected["km_lower"])
        assert 1 - lower[at] == close(expected["km_upper"])


# --- Answers of statsmodels, from single cases -------------------------------------------------------------


def random_cases(seed, late=False):
    random = np.random.default_rng(seed)
    size = int(random.integers(5, 400))
    days = random.integers(0, 25, size)
    kinds = random.choice([OPEN, REACHED, ENDED], size, p=[0.4, 0.4, 0.2])
    kinds[0], days[0] = REACHED, 0
    entries = random.integers(0, days + 1) * random.integers(0, 2, size) if late else None
    return days, kinds, entries


@pytest.mark.parametrize("seed", range(20))
def test_cumulative_incidence_with_ties_and_day_zero_is_that_of_statsmodels(seed):
    days, kinds, _ = random_cases(seed)
    kinds[days == days.max()] = OPEN  # where nobody is left, statsmodels divides zero by zero
    incidence = aalen_johansen(grouped(days, kinds))
    peer = CumIncidenceRight(days, kinds)
    at = peer.times.astype(int)
    assert incidence.reached[at] == close(peer.cinc[0])
    assert np.sqrt(incidence.variance[at]) == close(peer.cinc_se[0])


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_kaplan_meier_with_ties_day_zero_and_late_entry_is_that_of_statsmodels(seed, late):
    days, kinds, entries = random_cases(seed, late)
    curve = kaplan_meier(grouped(days, kinds, entries))
    # There a case is at risk after its day of entry, here from that day on.
    peer = SurvfuncRight(days, kinds == REACHED, entry=None if entries is None else entries - 0.5)
    at = peer.surv_times.astype(int)
    before_zero = np.cumprod(peer.surv_prob > 1e-15).astype(bool)  # from S = 0 on it calculates with 1e-16
    assert len(at) > 2
    assert curve.at_risk[at].tolist() == peer.n_risk.tolist()
    assert curve.remaining[at] == close(np.where(before_zero, peer.surv_prob, 0))
    assert np.sqrt(curve.variance[at])[before_zero] == close(peer.surv_prob_se[before_zero])


def test_groups_of_which_some_are_empty_are_computed_at_once():
    days, kinds, _ = random_cases(1)
    kinds[days == days.max()] = OPEN
    some, none = grouped(days, kinds), grouped([], [], horizon=int(days.max()))
    groups = stacked(none, some, none)
    peer = CumIncidenceRight(days, kinds)
    incidence, curve = aalen_johansen(groups), kaplan_meier(groups)
    assert incidence.reached[1][peer.times.astype(int)] == close(peer.cinc[0])
    for found in (incidence, curve):
        assert found.share.mask.tolist() == [[group != 1] * len(some.open) for group in range(3)]
        assert (effective_cases(found) > 0).tolist() == [[group == 1] * len(some.open) for group in range(3)]
        assert quantile(found.share, 0.1).mask.tolist() == [True, False, True]


# --- By hand, and by exact fractions -----------------------------------------------------------------------


def test_small_table_by_hand():
    #                             day  0  1  2  3
    counts = StepCounts(np.array([0, 2, 1, 0]), np.array([0, 1, 0, 0]), np.array([1, 1, 0, 2]))
    incidence = aalen_johansen(counts)
    assert incidence.at_risk.tolist() == [8, 7, 3, 2]
    assert incidence.known.tolist() == [8, 7, 6, 6]
    assert incidence.reached == pytest.approx([0, 2 / 7, 2 / 7 + 4 / 7 / 3, 2 / 7 + 4 / 7 / 3])
    assert incidence.remaining == pytest.approx([1, 4 / 7, 8 / 21, 8 / 21])
    curve = kaplan_meier(counts)
    assert curve.known.tolist() == [8, 7, 5, 5]
    assert curve.remaining == pytest.approx([1, 5 / 7, 10 / 21, 10 / 21])


def test_late_entry_by_hand():
    #       day  0  1  2  3
    # three from day 0 on, two followed from day 1 and one from day 3
    counts = StepCounts(
        reached=np.array([0, 2, 1, 0]),
        ended=np.array([0, 0, 1, 0]),
        open=np.array([1, 0, 0, 1]),
        entered=np.array([3, 2, 0, 1]),
    )
    incidence = aalen_johansen(counts)
    assert incidence.at_risk.tolist() == [3, 4, 2, 1]
    assert incidence.known.tolist() == [3, 4, 4, 5]
    assert incidence.reached == pytest.approx([0, 1 / 2, 3 / 4, 3 / 4])
    assert incidence.remaining == pytest.approx([1, 1 / 2, 0, 0])


@pytest.mark.parametrize(
    ("reached", "entered"),
    [
        ([0, 2, 0], [0, 1, 1]),  # two leave on day 1, when one has come
        ([0, 1, 0], [0, 2, 0]),  # one that came never leaves
        ([0, 1, 0], [0, 1, 1]),  # idem, on the last day
    ],
)
def test_entries_that_do_not_fit_are_refused(reached, entered):
    nothing = np.zeros(3, dtype=np.int64)
    counts = StepCounts(np.array(reached), nothing, nothing, np.array(entered))
    with pytest.raises(ValueError, match="the cases that entered are not those that left"):
        aalen_johansen(counts)
    with pytest.raises(ValueError, match="the cases that entered are not those that left"):
        kaplan_meier(counts)


late_cases = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 4), st.sampled_from([OPEN, REACHED, ENDED])).map(
        lambda case: (case[0], min(case[0] + case[1], 8), case[2])
    ),
    min_size=1,
    max_size=25,
)


@given(late_cases)
def test_incidence_and_variance_with_late_entry_are_those_of_the_exact_recursion(cases):
    """The variance by the recursion for the covariance of (S, F) of Andersen et al. 1993, in fractions."""
    incidence = aalen_johansen(grouped(*np.array([(day, kind, entry) for entry, day, kind in cases]).T, horizon=8))
    s, f = Fraction(1), Fraction(0)
    ss = sf = ff = Fraction(0)
    for t in range(9):
        at_risk = sum(entry <= t <= day for entry, day, _ in cases)
        if at_risk:
            one, both = (
                Fraction(sum(day == t and kind in kinds for _, day, kind in cases), at_risk)
                for kinds in ((REACHED,), (REACHED, ENDED))
            )
            ff += 2 * one * sf + one**2 * ss + s**2 * one * (1 - one) / at_risk
            sf = (1 - both) * (sf + one * ss) - s**2 * one * (1 - both) / at_risk
            ss = (1 - both) ** 2 * ss + s**2 * both * (1 - both) / at_risk
            f, s = f + s * one, s * (1 - both)
        assert incidence.at_risk[t] == at_risk
        assert incidence.reached[t] == close(float(f))
        assert incidence.remaining[t] == close(float(s))
        assert incidence.variance[t] == close(float(ff))


@given(late_cases)
def test_quantiles_on_exact_ties_are_those_of_fractions(cases):
    days, kinds = (np.array([case[place] for case in cases]) for place in (1, 2))
    curve = kaplan_meier(grouped(days, kinds, horizon=8))
    s, survival = Fraction(1), []
    for t in range(9):
        at_risk = int((days >= t).sum())
        s *= 1 - Fraction(int(((days == t) & (kinds == REACHED)).sum()), max(at_risk, 1))
        survival.append(s)
    for tenths in range(1, 11):
        expected = next((t for t, left in enumerate(survival) if left <= Fraction(10 - tenths, 10)), None)
        assert quantile(curve.reached, tenths / 10).tolist() == expected


# --- What must always hold ---------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from([REACHED, ENDED])), min_size=1))
def test_without_open_cases_it_is_the_plain_share_with_binomial_variance(cases):
    days, kinds = zip(*cases, strict=True)
    incidence = aalen_johansen(grouped(days, kinds, horizon=12))
    n = len(cases)
    share = np.array([sum(d <= t and k == REACHED for d, k in cases) / n for t in range(13)])
    assert incidence.reached == close(share)
    assert incidence.variance == close(share * (1 - share) / n)
    assert incidence.identifiable.all()
    assert effective_cases(incidence) == pytest.approx(np.full(13, n))
    for limits, expected in zip(
        share_interval(incidence.reached, effective_cases(incidence)), wilson(share, n), strict=True
    ):
        assert limits.filled(np.nan) == close(expected)


counts_lists = st.lists(st.integers(0, 6), min_size=10, max_size=10).map(np.array)


@given(counts_lists, counts_lists, counts_lists)
def test_shares_lie_between_0_and_1_never_fall_and_leave_room_for_the_rest(reached, ended, open_):
    counts = StepCounts(reached, ended, open_)
    incidence = aalen_johansen(counts)
    other = aalen_johansen(StepCounts(ended, reached, open_))
    curve = kaplan_meier(counts)
    if incidence.at_risk[0] > 0:
        total = incidence.reached + other.reached + incidence.remaining
        assert total == close(np.ones(10))
    for found in (incidence, curve):
        assert (np.diff(found.reached) >= 0).all()
        assert (found.reached >= 0).all()
        assert (found.reached <= 1).all()
        assert (found.variance >= 0).all()
    assert (curve.reached >= incidence.reached - 1e-12).all()  # leaving ended cases out overstates


def assert_around(share, lower, upper):
    """Where the limits are known, they enclose the share and lie between 0 and 1."""
    for smaller, larger in ((0, lower), (lower, share + 1e-12), (share - 1e-12, upper), (upper, 1)):
        assert np.ma.filled(smaller <= larger, True).all()


@given(late_cases)
def test_limits_contain_the_share_and_stay_between_0_and_1(cases):
    counts = grouped(*np.array([(day, kind, entry) for entry, day, kind in cases]).T, horizon=8)
    for found in (aalen_johansen(counts), kaplan_meier(counts)):
        for noise in (0.0, 0.01):
            lower, upper = share_interval(found.reached, effective_cases(found), noise)
            assert (lower.mask == ~found.identifiable).all()
            assert (upper.mask == ~found.identifiable).all()
            assert_around(found.reached, lower, upper)
        assert_around(found.reached, *log_log(found.reached, found.variance))


@given(late_cases)
def test_kaplan_meier_is_aalen_johansen_with_ended_cases_as_open(cases):
    entries, days, kinds = np.array(cases).T
    curve = kaplan_meier(grouped(days, kinds, entries, horizon=8))
    incidence = aalen_johansen(grouped(days, np.where(kinds == ENDED, OPEN, kinds), entries, horizon=8))
    assert curve.at_risk.tolist() == incidence.at_risk.tolist()
    assert curve.known.tolist() == incidence.known.tolist()
    assert curve.reached == close(incidence.reached)
    assert curve.variance == close(incidence.variance)
    assert curve.identifiable.tolist() == incidence.identifiable.tolist()


@given(counts_lists, counts_lists, counts_lists)
def test_entry_on_day_0_is_no_late_entry(reached, ended, open_):
    entered = np.zeros(10, dtype=np.int64)
    entered[0] = (reached + ended + open_).sum()
    for estimate in (aalen_johansen, kaplan_meier):
        late, plain = (estimate(StepCounts(reached, ended, open_, entries)) for entries in (entered, None))
        for field in ("at_risk", "known", "reached", "variance", "remaining", "identifiable"):
            assert getattr(late, field).tolist() == getattr(plain, field).tolist()


@given(late_cases, st.randoms())
def test_the_order_of_cases_changes_nothing(cases, random):
    shuffled = random.sample(cases, len(cases))
    first, second = (
        aalen_johansen(grouped(*np.array([(day, kind, entry) for entry, day, kind in rows]).T, horizon=8))
        for rows in (cases, shuffled)
    )
    assert first.reached.tolist() == second.reached.tolist()
    assert first.variance.tolist() == second.variance.tolist()


@given(counts_lists, counts_lists, counts_lists, st.data())
def test_counts_may_be_split_and_added_and_groups_computed_at_once(reached, ended, open_, data):
    whole = StepCounts(reached, ended, open_)
    parts = [np.array([data.draw(st.integers(0, int(n))) for n in counts]) for counts in (reached, ended, open_)]
    rest = [counts - part for counts, part in zip((reached, ended, open_), parts, strict=True)]
    both = stacked(StepCounts(*parts), StepCounts(*rest))
    summed = StepCounts(*(field.sum(axis=0) for field in (both.reached, both.ended, both.open)))
    assert aalen_johansen(summed).reached == pytest.approx(aalen_johansen(whole).reached, abs=0)
    together = aalen_johansen(both)
    for row, group in enumerate((parts, rest)):
        alone = aalen_johansen(StepCounts(*group))
        assert together.reached[row] == pytest.approx(alone.reached, abs=0)
        assert together.variance[row] == pytest.approx(alone.variance, abs=0)


# --- What is not known -------------------------------------------------------------------------------------


def test_a_day_beyond_all_follow_up_is_not_identifiable():
    counts = StepCounts(np.array([0, 3, 0, 0]), np.array([0, 0, 0, 0]), np.array([0, 0, 2, 0]))
    incidence = aalen_johansen(counts)
    assert incidence.identifiable.tolist() == [True, True, True, False]
    assert incidence.share.tolist() == pytest.approx([0, 3 / 5, 3 / 5, None])
    assert effective_cases(incidence).tolist() == pytest.approx([5, 5, 5, 0])


def test_after_a_day_on_which_nobody_was_followed_nothing_is_known():
    # one is reached on day 3, but on day 2 nobody was there to see
    #          day   0  1  2  3
    reached = np.array([0, 1, 0, 1])
    open_ = np.array([0, 1, 0, 1])
    incidence = aalen_johansen(StepCounts(reached, np.zeros_like(open_), open_, entered=np.array([2, 0, 0, 2])))
    assert incidence.at_risk.tolist() == [2, 2, 0, 2]
    assert incidence.identifiable.tolist() == [True, True, False, False]
    assert quantile(incidence.reached, 0.7).tolist() == 3
    assert quantile(incidence.share, 0.7).tolist() is None


def test_who_is_followed_from_a_later_day_only_tells_nothing_of_day_0():
    nothing = np.zeros(2, dtype=np.int64)
    assert not aalen_johansen(StepCounts(np.array([0, 1]), nothing, nothing, np.array([0, 1]))).identifiable.any()


def test_a_group_without_cases_is_identifiable_nowhere():
    nothing = np.zeros(3, dtype=np.int64)
    incidence = aalen_johansen(StepCounts(nothing, nothing, nothing))
    assert not incidence.identifiable.any()
    assert incidence.reached.tolist() == [0, 0, 0]
    assert incidence.share.tolist() == [None] * 3
    for limits in share_interval(incidence.reached, effective_cases(incidence)):
        assert limits.tolist() == [None] * 3


@pytest.mark.parametrize("cases", [10, 19, 30])
def test_where_every_case_reached_it_the_known_cases_count(cases):
    """Shares that add up to 1 may miss it by rounding: F(1 - F)/variance is then a ratio of two errors."""
    random = np.random.default_rng(cases)
    groups = stacked(*(grouped(random.integers(0, 12, cases), [REACHED] * cases, horizon=12) for _ in range(300)))
    incidence = aalen_johansen(groups)
    assert len(np.unique(incidence.reached[:, -1])) > 1
    assert (incidence.reached <= 1).all()
    assert (effective_cases(incidence)[:, -1] == cases).all()
    lower, upper = share_interval(incidence.reached, effective_cases(incidence))
    assert lower[:, -1].filled(np.nan) == close(np.full(300, wilson(1, cases)[0]))
    assert upper[:, -1].filled(np.nan) == close(np.ones(300))


def test_the_interval_of_a_protected_share_knows_the_noise():
    lower, upper = share_interval([0.6, 0.6], [25, 0], 0.003)
    expected = wilson(0.6, 25, 0.003)
    assert lower.tolist() == [expected[0], None]
    assert upper.tolist() == [expected[1], None]


# --- Quantiles ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "day"),
    [(0.1, 0), (0.3, 1), (0.5, 2), (0.7, 3), (0.71, None)],
)
def test_quantile_is_the_smallest_day_and_none_when_not_reached(share, day):
    reached = np.cumsum([0.1, 0.2, 0.2, 0.2])  # 0.1 + 0.2 + 0.2 falls short of 0.5 by rounding in some orders
    assert quantile(reached, share).tolist() == day


def test_quantile_on_an_exact_tie_takes_the_day_itself():
    tenths = StepCounts(np.ones(10, dtype=np.int64), *(np.zeros(10, dtype=np.int64) for _ in range(2)))
    reached = aalen_johansen(tenths).reached
    assert [quantile(reached, k / 10).tolist() for k in range(1, 11)] == list(range(10))


def test_where_half_is_left_for_days_on_end_the_median_is_the_first_of_them():
    # R says 4, the middle of 2 and 6; lifelines 6 where rounding leaves S above 0.5
    curve = kaplan_meier(grouped([1, 2, 6, 8], [REACHED] * 4))
    assert curve.remaining[2] == 0.5
    assert quantile(curve.reached, 0.5).tolist() == 2


@pytest.mark.parametrize(("share", "smallest"), [(0.5, 7), (0.9, 46)])
def test_a_latest_day_takes_so_many_cases(share, smallest):
    def latest(cases):
        curve = kaplan_meier(grouped(range(cases), [REACHED] * cases))
        lower, upper = log_log(curve.remaining, curve.variance)
        return quantile_interval(curve.reached, 1 - upper, 1 - lower, share)[2].tolist()

    assert [latest(cases) for cases in range(2, smallest)] == [None] * (smallest - 2)
    assert latest(smallest) is not None


def test_a_quantile_is_read_from_any_band():
    reached = np.array([[0.1, 0.5, 0.9], [0.0, 0.1, 0.2]])
    days = quantile_interval(reached, reached - 0.1, reached + 0.1, 0.5)
    assert [day.tolist() for day in days] == [[1, None], [1, None], [2, None]]


# --- Bounds ------------------------------------------------------------------------------------------------


def test_bounds_are_what_the_share_can_still_become():
    lower, upper = bounds(within=[12, 0, 3], unknown=[5, 0, 4], cases=[20, 0, 7])
    assert lower.tolist() == pytest.approx([0.6, None, 3 / 7])
    assert upper.tolist() == pytest.approx([0.85, None, 1.0])


def test_bounds_of_protected_counts_stay_within_0_and_1():
    assert [bound.tolist() for bound in bounds(19, 4, 20)] == [0.95, 1.0]
    assert [bound.tolist() for bound in bounds(21, 0, 20)] == [1.0, 1.0]


@given(late_cases)
def test_bounds_enclose_the_estimate(cases):
    days, kinds = (np.array([case[place] for case in cases]) for place in (1, 2))
    counts = grouped(days, kinds, horizon=8)
    for norm in range(1, 9):
        within = counts.reached[: norm + 1].sum()
        not_due = counts.open[:norm].sum()
        lower, upper = bounds(within, not_due, len(cases))
        share = aalen_johansen(counts).share[norm]
        if share is not np.ma.masked:
            assert lower - 1e-12 <= share <= upper + 1e-12
