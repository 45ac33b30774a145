import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.release.attack.propagation import MANY, propagate
from monitor.release.attack.system import Unsolved

# group 0 is the sum of 1, 2 and 3; group 3 that of 4 and 5
SUMS = ((0, (1, 2, 3)), (3, (4, 5)))


def column(*values):
    return np.array(values, dtype=float)[:, None]


def test_a_part_is_what_the_others_leave_and_a_whole_at_most_all_parts():
    low, high = propagate(column(20, 5, 5, 0, 0, 0), column(22, 6, 7, MANY, 4, MANY), SUMS)
    assert (low[3, 0], high[3, 0]) == (7, 12)  # 20 - 6 - 7, and 22 - 5 - 5
    assert (low[5, 0], high[5, 0]) == (3, 12)
    low, high = propagate(column(0, 1, 2, 3, 0, 0), column(MANY, 2, 3, 4, 9, 9), SUMS)
    assert (low[0, 0], high[0, 0]) == (6, 9)


def test_along_a_curve_a_count_never_falls():
    low, high = propagate(np.array([[0.0, 4.0, 1.0]]), np.array([[9.0, 12.0, 6.0]]), (), cumulative=True)
    assert low.tolist() == [[0, 4, 4]]
    assert high.tolist() == [[6, 6, 6]]


def test_a_contradiction_stops():
    with pytest.raises(Unsolved, match="spreken elkaar tegen"):
        propagate(column(20, 1, 1, 1, 0, 0), column(22, 2, 2, 2, 9, 9), SUMS)


@given(st.lists(st.integers(0, 30), min_size=4, max_size=4), st.lists(st.integers(0, 9), min_size=12, max_size=12))
def test_the_truth_is_never_ruled_out(cells, slack):
    one, two, four, five = cells
    truth = column(one + two + four + five, one, two, four + five, four, five)
    low, high = propagate(truth - column(*slack[:6]), truth + column(*slack[6:]), SUMS)
    assert (low <= truth).all()
    assert (truth <= high).all()
    assert (high - low <= column(*slack[:6]) + column(*slack[6:])).all()
