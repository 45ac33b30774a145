from math import exp, inf

import numpy as np
import pytest
from scipy import sparse

from monitor.release.attack.averaging import Estimates, bets, least_squares, posterior
from monitor.release.policies import NOISE
from tests.monitor.release.attack.cubes import all_sums

NO_TIES = sparse.csr_array((0, 2))


def rows(*values):
    return sparse.csr_array(np.array(values))


def test_a_hidden_part_is_what_the_total_and_the_other_part_leave():
    found = least_squares(rows([1, 1], [0, 1]), np.array([30.0, 27.0]), rows([1, 0]), 3.0, NO_TIES)
    assert found.values == pytest.approx([3.0])
    assert found.variances == pytest.approx([6.0])


def test_a_group_that_is_published_twice_is_averaged():
    found = least_squares(rows([1, 1], [1, 1], [0, 1]), np.array([29.0, 31.0, 27.0]), rows([1, 0]), 3.0, NO_TIES)
    assert found.values == pytest.approx([3.0])
    assert found.variances == pytest.approx([1.5 + 3.0])


def test_what_the_tables_do_not_determine_is_not_estimated():
    found = least_squares(rows([1, 1]), np.array([30.0]), rows([1, 0], [1, 1]), 3.0, NO_TIES)
    assert found.variances == pytest.approx([inf, 3.0])


def test_what_is_known_to_be_equal_counts_as_another_observation():
    # the same cases by region (first) and by measure group (second), each published once
    tied = least_squares(rows([1, 0], [0, 1]), np.array([10.0, 14.0]), rows([1, 0]), 3.0, rows([1, -1]))
    assert tied.values == pytest.approx([12.0], abs=1e-3)
    assert tied.variances == pytest.approx([1.5], abs=1e-3)


def test_it_equals_ordinary_least_squares_on_a_cube():
    draw = np.random.default_rng(5)
    sums = all_sums((3, 4))
    published = sums @ draw.integers(3, 30, 12) + draw.normal(size=sums.shape[0])
    found = least_squares(sums, published, sparse.eye_array(12, format="csr"), 3.0, sparse.csr_array((0, 12)))
    dense = sums.toarray().astype(float)
    assert found.values == pytest.approx(np.linalg.lstsq(dense, published, rcond=None)[0])
    assert found.variances == pytest.approx(3.0 * np.diag(np.linalg.inv(dense.T @ dense)))


def test_the_posterior_by_hand():
    chances = posterior(Estimates(np.array([3.0, 0.0]), np.array([6.0, inf])), 10, NOISE)
    assert chances.shape == (2, 15)
    assert chances.sum(axis=1) == pytest.approx([1.0, 1.0])
    # Counts up to 4 are always hidden: their odds are those of the estimate alone, or even without one.
    assert chances[0, 1] / chances[0, 3] == pytest.approx(exp(-4 / 12))
    assert chances[1, 0] == pytest.approx(chances[1, 4])
    table = np.diff(NOISE.cumulative[-1], prepend=0.0)  # of a count of 12: hidden by a noise of -3 or less
    assert chances[1, 12] / chances[1, 4] == pytest.approx(table[:3].sum())


def test_a_bet_is_on_99_percent():
    chances = np.array([[0.0, 0.995, 0.005, 0, 0, 0], [0.2, 0.2, 0.2, 0.2, 0.195, 0.005], [0.1, 0.4, 0, 0, 0, 0.5]])
    right, below = bets(chances, np.array([1, 2, 1]))
    assert right.tolist() == [True, False, False]
    assert below.tolist() == [True, True, False]
