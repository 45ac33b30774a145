import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from monitor.release.perturbation import EXACT, KEY_RANGE, cell_key_perturbation

OURS = cell_key_perturbation(deviation=5, variance=3.0, smallest=2)


def probabilities(table):
    return np.diff(table.cumulative, axis=1, prepend=0.0)


# The example of the R package ptable: D = 2, V = 1.05, js = 1.
@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, {0: 0.50833333, 2: 0.475, 3: 0.01666667}),
        (2, {0: 0.16155827, 2: 0.55565037, 3: 0.24246618, 4: 0.04032518}),
        (3, {2: 0.41231301, 3: 0.28806097, 4: 0.18693903, 5: 0.11268699}),
        (4, {2: 0.07012498, 3: 0.24450007, 4: 0.37074990, 5: 0.24450007, 6: 0.07012498}),
    ],
)
def test_table_is_that_of_r_ptable(count, expected):
    row = probabilities(cell_key_perturbation(deviation=2, variance=1.05, smallest=1))[count - 1]
    found = {count + noise: p for noise, p in zip(range(-2, 3), row, strict=True) if p > 0}
    assert found == pytest.approx(expected, abs=1e-6)


def test_ours_is_unbiased_has_variance_3_and_shows_no_1_or_2():
    noises = np.arange(-5, 6)
    for count, row in enumerate(probabilities(OURS), start=1):
        assert row.sum() == pytest.approx(1, abs=1e-12)
        assert row @ noises == pytest.approx(0, abs=1e-9)
        assert row @ noises**2 == pytest.approx(3, abs=1e-9)
        results = count + noises[row > 0]
        assert ((results == 0) | (results > 2)).all()
    assert len(OURS.cumulative) == 8


@pytest.mark.parametrize(("deviation", "variance", "smallest"), [(5, 30.0, 2), (2, 0.1, 1), (2, 1.05, 2)])
def test_a_table_that_cannot_exist_is_refused(deviation, variance, smallest):
    with pytest.raises(ValueError, match="no unbiased noise"):
        cell_key_perturbation(deviation, variance, smallest)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 200])
def test_random_keys_give_the_distribution_of_the_table(count):
    keys = np.random.default_rng(20261122).integers(0, KEY_RANGE, 40_000, dtype=np.uint64)
    noise = OURS.apply(np.full(len(keys), count), keys) - count
    row = probabilities(OURS)[min(count, 8) - 1]
    drawn = np.bincount(noise + 5, minlength=11)
    assert not drawn[row == 0].any()
    assert chisquare(drawn[row > 0], row[row > 0] * len(keys)).pvalue > 0.001


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, KEY_RANGE - 1)), min_size=1))
def test_noise_is_small_leaves_zero_alone_and_depends_on_count_and_key_only(groups):
    counts = np.array([count for count, _ in groups])
    keys = np.array([key for _, key in groups], dtype=np.uint64)
    disturbed = OURS.apply(counts, keys)
    assert (abs(disturbed - counts) <= 5).all()
    assert (disturbed[counts == 0] == 0).all()
    assert not np.isin(disturbed, [1, 2]).any()
    alone = [OURS.apply(counts[[i]], keys[[i]])[0] for i in range(len(groups))]
    assert disturbed.tolist() == alone


@pytest.mark.parametrize(("key", "noise"), [(0, -5), (KEY_RANGE - 1, 5), (KEY_RANGE // 2, 0)])
def test_the_key_is_a_place_in_the_table(key, noise):
    assert OURS.apply(np.array([50]), np.array([key], dtype=np.uint64)).tolist() == [50 + noise]


def test_own_figures_get_no_noise():
    counts = np.array([[0, 1], [9, 50]])
    keys = np.array([[1, 2], [3, KEY_RANGE - 1]], dtype=np.uint64)
    assert EXACT.apply(counts, keys).tolist() == counts.tolist()
