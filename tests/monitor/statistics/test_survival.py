import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight

from monitor.statistics.survival import StepCounts, aalen_johansen, effective_cases, quantile

ORACLES = Path(__file__).parents[2] / "data" / "oracles"
OPEN, REACHED, ENDED = 0, 1, 2
CASES = {case["id"]: case for case in json.loads((ORACLES / "survival.json").read_text())}


def grouped(days, kinds, horizon=None):
    days, kinds = np.asarray(days), np.asarray(kinds)
    length = (max(days, default=0) if horizon is None else horizon) + 1
    reached, ended, open_ = (np.bincount(days[kinds == kind], minlength=length) for kind in (REACHED, ENDED, OPEN))
    return StepCounts(reached, ended, open_)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_cumulative_incidence_is_that_of_r_survival_and_etm(case):
    incidence = aalen_johansen(grouped(case["day"], case["kind"]))
    aj, etm = case["aj"], case["etm"]
    assert incidence.reached[aj["time"]] == pytest.approx(aj["F1"], abs=1e-12)
    assert incidence.reached[etm["time"]] == pytest.approx(etm["F1"], abs=1e-12)
    assert np.sqrt(incidence.variance[etm["time"]]) == pytest.approx(np.sqrt(etm["var1"]), abs=1e-12)
    if case["norm"] < len(incidence.reached):
        assert incidence.reached[case["norm"]] == pytest.approx(case["at_norm"]["cif"], abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_cumulative_incidence_with_ties_and_day_zero_is_that_of_statsmodels(seed):
    random = np.random.default_rng(seed)
    size = int(random.integers(5, 400))
    days = random.integers(0, 25, size)
    kinds = random.choice([OPEN, REACHED, ENDED], size, p=[0.4, 0.4, 0.2])
    kinds[days == days.max()] = OPEN  # where nobody is left, statsmodels divides zero by zero
    kinds[0], days[0] = REACHED, 0
    incidence = aalen_johansen(grouped(days, kinds))
    peer = CumIncidenceRight(days, kinds)
    at = peer.times.astype(int)
    assert incidence.reached[at] == pytest.approx(peer.cinc[0], abs=1e-12)
    assert np.sqrt(incidence.variance[at]) == pytest.approx(peer.cinc_se[0], abs=1e-12)


def test_small_table_by_hand():
    #                             day  0  1  2  3
    counts = StepCounts(np.array([0, 2, 1, 0]), np.array([0, 1, 0, 0]), np.array([1, 1, 0, 2]))
    incidence = aalen_johansen(counts)
    assert incidence.at_risk.tolist() == [8, 7, 3, 2]
    assert incidence.reached == pytest.approx([0, 2 / 7, 2 / 7 + 4 / 7 / 3, 2 / 7 + 4 / 7 / 3])
    assert incidence.remaining == pytest.approx([1, 4 / 7, 8 / 21, 8 / 21])


@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from([REACHED, ENDED])), min_size=1))
def test_without_open_cases_it_is_the_plain_share_with_binomial_variance(cases):
    days, kinds = zip(*cases, strict=True)
    incidence = aalen_johansen(grouped(days, kinds, horizon=12))
    n = len(cases)
    share = np.array([sum(d <= t and k == REACHED for d, k in cases) / n for t in range(13)])
    assert incidence.reached == pytest.approx(share, abs=1e-12)
    assert incidence.variance == pytest.approx(share * (1 - share) / n, abs=1e-12)
    assert incidence.identifiable.all()
    inner = (share > 0) & (share < 1)
    assert effective_cases(incidence)[inner] == pytest.approx(n)


counts_lists = st.lists(st.integers(0, 6), min_size=10, max_size=10).map(np.array)


@given(counts_lists, counts_lists, counts_lists)
def test_shares_lie_between_0_and_1_never_fall_and_leave_room_for_the_rest(reached, ended, open_):
    incidence = aalen_johansen(StepCounts(reached, ended, open_))
    other = aalen_johansen(StepCounts(ended, reached, open_))
    assert (np.diff(incidence.reached) >= 0).all()
    if incidence.at_risk[0] > 0:
        total = incidence.reached + other.reached + incidence.remaining
        assert total == pytest.approx(np.ones(10), abs=1e-12)
    assert (incidence.reached <= 1 + 1e-12).all()
    assert (incidence.variance >= 0).all()


@given(counts_lists, counts_lists, counts_lists, st.data())
def test_counts_may_be_split_and_added_and_groups_computed_at_once(reached, ended, open_, data):
    whole = StepCounts(reached, ended, open_)
    parts = [np.array([data.draw(st.integers(0, int(n))) for n in counts]) for counts in (reached, ended, open_)]
    rest = [counts - part for counts, part in zip((reached, ended, open_), parts, strict=True)]
    both = StepCounts(*(np.stack(pair) for pair in zip(parts, rest, strict=True)))
    summed = StepCounts(*(field.sum(axis=0) for field in (both.reached, both.ended, both.open)))
    assert aalen_johansen(summed).reached == pytest.approx(aalen_johansen(whole).reached, abs=0)
    together = aalen_johansen(both)
    for row, group in enumerate((parts, rest)):
        alone = aalen_johansen(StepCounts(*group))
        assert together.reached[row] == pytest.approx(alone.reached, abs=0)
        assert together.variance[row] == pytest.approx(alone.variance, abs=0)


def test_a_day_beyond_all_follow_up_is_not_identifiable():
    counts = StepCounts(np.array([0, 3, 0, 0]), np.array([0, 0, 0, 0]), np.array([0, 0, 2, 0]))
    assert aalen_johansen(counts).identifiable.tolist() == [True, True, True, False]


def test_a_group_without_cases_is_identifiable_nowhere():
    nothing = np.zeros(3, dtype=np.int64)
    incidence = aalen_johansen(StepCounts(nothing, nothing, nothing))
    assert not incidence.identifiable.any()
    assert incidence.reached.tolist() == [0, 0, 0]


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
