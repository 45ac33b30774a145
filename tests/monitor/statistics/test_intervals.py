import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, poisson
from statsmodels.stats.proportion import confint_proportions_2indep

from monitor.statistics.intervals import Z95, byar, exact_poisson, finite_population_cases, newcombe, wilson

ORACLES = Path(__file__).parents[2] / "data" / "oracles"
PHE = json.loads((ORACLES / "intervals.json").read_text())

samples = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_wilson_is_that_of_phe_indicator_methods():
    grid = PHE["wilson"]
    x, n, confidence = (np.array(grid[key]) for key in ("x", "n", "conf"))
    lower, upper = wilson(x / n, n, z=norm.ppf(0.5 + confidence / 2))
    assert lower == pytest.approx(grid["lower"], abs=1e-14)
    assert upper == pytest.approx(grid["upper"], abs=1e-14)


@pytest.mark.parametrize("share", [0.0, 0.03, 0.5, 0.9, 1.0])
def test_limits_with_noise_solve_their_equation(share):
    cases, noise = 40, 0.002
    for limit in wilson(share, cases, noise):
        if 0 < limit < 1:
            variance = limit * (1 - limit) / cases + noise
            assert (share - limit) ** 2 == pytest.approx(Z95**2 * variance)
    lower, upper = wilson(share, cases, noise)
    narrow = wilson(share, cases)
    assert lower <= narrow[0]
    assert upper >= narrow[1]
    assert lower >= 0
    assert upper <= 1


@given(samples, st.floats(0, 0.05), st.floats(0.5, 4))
def test_wilson_limits_contain_the_share_and_stay_within_0_and_1(sample, noise, z):
    x, n = sample
    lower, upper = wilson(x / n, n, noise, z)
    assert 0 <= lower <= x / n + 1e-12
    assert x / n - 1e-12 <= upper <= 1


# Newcombe, Statistics in Medicine 17 (1998) 873, Table II, contrasts (a) to (h), method 10
TABLE_II = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0000),
    (10, 10, 0, 10, 0.6075, 1.0000),
]


def difference(x, n, y, m):
    return newcombe(x / n, wilson(x / n, n), y / m, wilson(y / m, m))


@pytest.mark.parametrize(("x", "n", "y", "m", "lower", "upper"), TABLE_II)
def test_difference_is_that_of_newcombe_1998(x, n, y, m, lower, upper):
    assert difference(x, n, y, m) == (pytest.approx(lower, abs=5e-5), pytest.approx(upper, abs=5e-5))


def test_difference_of_two_periods_by_hand():
    # 71 % of 164 and 62 % of 160
    assert newcombe(0.71, wilson(0.71, 164), 0.62, wilson(0.62, 160)) == (
        pytest.approx(0.09 - np.hypot(0.71 - 0.6363, 0.6915 - 0.62), abs=1e-4),
        pytest.approx(0.09 + np.hypot(0.7740 - 0.71, 0.62 - 0.5428), abs=1e-4),
    )


@given(samples, samples)
def test_difference_is_that_of_statsmodels_contains_the_estimate_and_turns_with_it(first, second):
    lower, upper = difference(*first, *second)
    peer = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff")
    assert (lower, upper) == (pytest.approx(peer[0], abs=1e-12), pytest.approx(peer[1], abs=1e-12))
    assert -1 - 1e-12 <= lower <= first[0] / first[1] - second[0] / second[1] <= upper <= 1 + 1e-12
    assert difference(*second, *first) == (pytest.approx(-upper), pytest.approx(-lower))


def test_byar_is_that_of_phe_indicator_methods():
    grid = PHE["byars"]
    x, confidence = (np.array(grid[key]) for key in ("x", "conf"))
    for level in np.unique(confidence):
        at = confidence == level
        lower, upper = byar(x[at], z=norm.ppf(0.5 + level / 2))
        assert upper == pytest.approx(np.array(grid["upper"])[at], rel=1e-14)
        # Where the formula falls below 0 (0 events, and 1 event at 99.8 %) the peer says nothing; we say 0.
        expected = np.array([0.0 if limit is None else limit for limit in grid["lower"]])[at]
        assert lower == pytest.approx(expected, rel=1e-14)
    assert grid["lower"].count(None) == 2


# As GraphPad prints for 25 events, and R's poisson.test for 0 and 42
GARWOOD = [
    (25, 0.90, 17.38, 34.92),
    (25, 0.95, 16.18, 36.90),
    (25, 0.99, 14.00, 41.00),
    (42, 0.90, 31.94, 54.32),
    (42, 0.95, 30.27, 56.77),
    (42, 0.99, 27.18, 61.76),
    (0, 0.95, 0.0, 3.689),
]


@pytest.mark.parametrize(("events", "confidence", "lower", "upper"), GARWOOD)
def test_exact_poisson_is_that_of_published_tables(events, confidence, lower, upper):
    limits = exact_poisson(events, z=norm.ppf(0.5 + confidence / 2))
    assert limits == (pytest.approx(lower, abs=5e-3), pytest.approx(upper, abs=5e-3))


@given(st.integers(0, 500), st.sampled_from([0.9, 0.95, 0.998]))
def test_exact_poisson_leaves_half_the_tail_beyond_each_limit(events, confidence):
    tail = (1 - confidence) / 2
    lower, upper = exact_poisson(events, z=norm.isf(tail))
    assert poisson.cdf(events, upper) == pytest.approx(tail)
    if events:
        assert poisson.sf(events - 1, lower) == pytest.approx(tail)
    else:
        assert lower == 0


def test_byar_comes_close_to_the_exact_limits_from_10_events_on():
    events = np.arange(10, 1000)
    for approximate, exact in zip(byar(events), exact_poisson(events), strict=True):
        assert approximate == pytest.approx(exact, rel=2e-3)


def test_a_finite_population_narrows_wilson_by_its_factor():
    # 14 of 20 said yes; there are 57 to ask, so the variance is (57 - 20)/(57 - 1) of that of an endless number
    cases = finite_population_cases(20, 57)
    assert cases == pytest.approx(20 * 56 / 37)
    p, n, z = 0.7, 20 * 56 / 37, Z95
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert wilson(p, cases) == (pytest.approx(centre - half), pytest.approx(centre + half))


def test_when_everybody_answered_the_share_is_the_interval():
    assert finite_population_cases([20, 1], [20, 1]).tolist() == [np.inf, np.inf]
    assert wilson(0.7, finite_population_cases(20, 20)) == (0.7, 0.7)


def test_a_population_without_end_changes_nothing():
    assert finite_population_cases(20, 1e12) == pytest.approx(20)


def test_more_answers_than_people_are_refused():
    with pytest.raises(ValueError, match="more cases than the population has"):
        finite_population_cases([5, 21], 20)


def test_exact_poisson_follows_on_between_whole_counts():
    lower, upper = exact_poisson(np.linspace(0, 3, 61))
    assert (np.diff(lower) > 0).all()
    assert (np.diff(upper) > 0).all()
    assert lower[10] < 0.01  # half an event: below the 0.0253 of one
