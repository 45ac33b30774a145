import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from monitor.statistics.delay import completeness, development_factors, lag_quantile, nowcast, reporting_triangle

ORACLES = Path(__file__).parents[2] / "data" / "oracles"
CASES = {case["id"]: case for case in json.loads((ORACLES / "chain_ladder.json").read_text())["cases"]}
every_oracle = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())

# Three quarters and two lags, by hand: 10 of 8 + 2, 20 of 16 + 4, and 12 so far.
SMALL = np.array([[8, 2], [16, 4], [12, 0]])


def triangle_of(case):
    return reporting_triangle(np.array([[cases or 0 for cases in row] for row in case["triangle"]]))


def errors_of(case):
    """None stands for no error: of a complete period, and of one of which no link ever grew."""
    return np.array([error or 0.0 for error in case["standard_error"]])


def numbers(values):
    """A list with None for what is masked."""
    return np.ma.array(values).tolist()


# --- agreement with chainladder ---


@every_oracle
def test_factors_equal_those_of_chainladder(case):
    found = development_factors(triangle_of(case))
    np.testing.assert_allclose(found, case["factors"], rtol=1e-12, atol=0)
    np.testing.assert_allclose(1 / completeness(found)[:-1], case["to_the_end"], rtol=1e-12, atol=0)


@every_oracle
def test_expected_and_standard_error_equal_those_of_mack_chainladder(case):
    found = nowcast(triangle_of(case))
    np.testing.assert_allclose(found.expected, case["ultimate"], rtol=1e-12, atol=0)
    np.testing.assert_allclose(found.error, errors_of(case), rtol=1e-12, atol=1e-12)


@every_oracle
def test_the_band_is_that_error_on_a_logarithmic_scale_with_students_t(case):
    found, lags = nowcast(triangle_of(case)), len(case["factors"]) + 1
    periods = len(case["ultimate"])
    links = periods - 1 - np.arange(periods)[::-1][-lags + 1 :]  # of the factor that comes next
    newest = slice(periods - lags + 1, periods)
    relative = (errors_of(case)[newest] / case["ultimate"][newest]) ** 2
    half = student.ppf(0.975, links - 1) * np.sqrt(np.log1p(relative))
    np.testing.assert_allclose(found.upper[newest], case["ultimate"][newest] * np.exp(half), rtol=1e-12)
    lower = np.maximum(case["ultimate"][newest] * np.exp(-half), found.registered[newest])
    np.testing.assert_allclose(found.lower[newest], lower, rtol=1e-12)


# --- by hand ---


def test_a_small_triangle_by_hand():
    triangle = reporting_triangle(SMALL)
    assert numbers(triangle) == [[8, 2], [16, 4], [12, None]]
    assert numbers(development_factors(triangle)) == [30 / 24]
    assert numbers(completeness(development_factors(triangle))) == [0.8, 1.0]
    found = nowcast(triangle)
    assert numbers(found.registered) == [10, 20, 12]
    assert numbers(found.completeness) == [1, 1, 0.8]
    assert numbers(found.expected) == [10, 20, 15]
    # Both links are exactly 1.25: there is no spread, and the band is as narrow as that says.
    assert numbers(found.error) == [0, 0, 0]
    assert numbers(found.lower) == numbers(found.upper) == [10, 20, 15]


def test_the_spread_of_the_links_makes_the_band():
    """Links of 10/8 and 24/16: factor 34/24; sigma squared is the weighted square of what differs, on one degree."""
    found = nowcast(reporting_triangle(np.array([[8, 2], [16, 8], [12, 0]])))
    factor = 34 / 24
    sigma2 = 8 * (10 / 8 - factor) ** 2 + 16 * (24 / 16 - factor) ** 2
    assert found.expected[2] == pytest.approx(12 * factor, rel=1e-15)
    assert found.error[2] == pytest.approx(12 * factor * np.sqrt(sigma2 / factor**2 * (1 / 12 + 1 / 24)), rel=1e-14)
    assert found.lower[2] == 12  # not below what is registered
    assert found.upper[2] > 100  # one degree of freedom says next to nothing


@pytest.mark.parametrize(("share", "lag"), [(0.1, 0), (0.5, 0), (0.8, 1), (0.9, 1), (0.95, 2), (1.0, 2)])
def test_the_first_lag_by_which_a_share_is_registered(share, lag):
    """Half at once, 0.9 a quarter later; ties by rounding count as reached."""
    registered = completeness(np.ma.array([1.8, 1 / 0.9]))
    assert lag_quantile(registered, share) == lag


def test_a_delay_is_not_known_where_the_triangle_ends_too_soon():
    registered = completeness(development_factors(reporting_triangle(np.array([[5, 5, 5], [5, 5, 5]]))))
    assert numbers(registered) == [None, None, 1]
    assert numbers(lag_quantile(registered, 0.5)) is None


# --- what is not determined ---


def test_nothing_registered_yet_says_nothing():
    found = nowcast(reporting_triangle(np.array([[8, 2], [16, 4], [0, 0]])))
    assert numbers(found.registered) == [10, 20, 0]
    assert numbers(found.expected) == numbers(found.upper) == numbers(found.lower) == [10, 20, None]


def test_a_complete_period_without_events_has_none():
    found = nowcast(reporting_triangle(np.array([[0, 0], [16, 4], [8, 2], [8, 0]])))
    assert numbers(found.expected) == [0, 20, 10, 10]
    assert numbers(found.lower)[0] == numbers(found.upper)[0] == 0


def test_a_triangle_without_events_determines_no_factor():
    triangle = reporting_triangle(np.zeros((4, 3), dtype=np.int64))
    assert numbers(development_factors(triangle)) == [None, None]
    assert numbers(completeness(development_factors(triangle))) == [None, None, 1]
    found = nowcast(triangle)
    assert numbers(found.expected) == [0, 0, None, None]


def test_one_link_gives_an_estimate_without_a_band():
    found = nowcast(reporting_triangle(np.array([[8, 2], [12, 0]])))
    assert numbers(found.expected) == [10, 15]
    assert numbers(found.error) == [0, None]
    assert numbers(found.lower) == numbers(found.upper) == [10, None]


def test_a_period_that_was_not_delivered_is_missing_and_not_empty():
    delivered = np.array([True, False, True, True])
    counts = np.array([[8, 2], [0, 0], [16, 4], [12, 0]])
    found = nowcast(reporting_triangle(counts, delivered))
    assert numbers(found.expected) == [10, None, 20, 15]
    assert numbers(found.registered) == [10, None, 20, 12]


def test_what_follows_an_unknown_cell_is_unknown_too():
    """The second lag of the first period is hidden: it links nothing, and its total is not known."""
    triangle = reporting_triangle(np.array([[8, 9, 9], [8, 2, 1], [16, 4, 1], [8, 2, 0], [12, 0, 0]]))
    triangle[0, 1] = np.ma.masked
    found = nowcast(triangle)
    assert numbers(development_factors(triangle)) == [40 / 32, 32 / 30]
    assert numbers(found.registered) == [None, 11, 21, 10, 12]


def test_a_sum_of_institutions_lacks_what_one_of_them_lacks():
    whole = reporting_triangle(SMALL)
    part = reporting_triangle(SMALL, np.array([True, False, True]))
    assert numbers(nowcast(whole + part).expected) == [20, None, 30]


def test_groups_are_computed_at_once():
    stacked = reporting_triangle(np.stack([SMALL, SMALL[[1, 0, 2]], np.zeros_like(SMALL)]))
    together = nowcast(stacked)
    for group in range(3):
        alone = nowcast(stacked[group])
        for name in ("registered", "completeness", "expected", "error", "lower", "upper"):
            assert numbers(getattr(together, name)[group]) == numbers(getattr(alone, name))


# --- properties ---

triangles = st.integers(3, 9).flatmap(
    lambda periods: st.lists(
        st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=periods, max_size=periods
    ).map(np.array)
)


def same(found, expected):
    assert (np.ma.getmaskarray(found) == np.ma.getmaskarray(expected)).all()
    np.testing.assert_allclose(found.filled(0), expected.filled(0), rtol=1e-9, atol=1e-9)


@given(triangles, st.integers(2, 50))
def test_a_scaled_triangle_has_a_scaled_nowcast(counts, scale):
    one, many = nowcast(reporting_triangle(counts)), nowcast(reporting_triangle(counts * scale))
    same(many.expected, one.expected * scale)
    same(many.completeness, one.completeness)
    same(many.error, one.error * scale)


@given(triangles)
def test_a_developed_period_is_complete_and_what_it_is(counts):
    found = nowcast(reporting_triangle(counts))
    developed = slice(0, len(counts) - 2)
    assert (found.completeness[developed] == 1).all()
    assert (found.expected[developed] == counts[developed].sum(axis=1)).all()
    assert (found.lower[developed] == found.upper[developed]).all()


@given(triangles, st.randoms(use_true_random=False))
def test_the_order_of_the_developed_periods_is_irrelevant(counts, random):
    order = list(range(len(counts) - 2))
    random.shuffle(order)
    order += [len(counts) - 2, len(counts) - 1]
    one, other = nowcast(reporting_triangle(counts)), nowcast(reporting_triangle(counts[order]))
    same(other.expected, one.expected[order])
    same(other.upper, one.upper[order])


@given(triangles)
def test_the_band_holds_the_estimate_and_never_less_than_is_registered(counts):
    found = nowcast(reporting_triangle(counts))
    known = ~np.ma.getmaskarray(found.upper)
    assert (found.registered[known] <= found.lower[known] + 1e-9).all()
    assert (found.lower[known] <= found.expected[known] * (1 + 1e-12)).all()
    assert (found.expected[known] <= found.upper[known] * (1 + 1e-12)).all()
    assert ((found.completeness > 0) & (found.completeness <= 1 + 1e-12)).all()


@given(triangles)
def test_what_comes_after_the_newest_period_changes_nothing(counts):
    later = np.arange(len(counts))[:, None] + np.arange(3) >= len(counts)
    same(
        nowcast(reporting_triangle(np.where(later, 999, counts))).expected, nowcast(reporting_triangle(counts)).expected
    )


def test_the_band_covers_what_comes():
    """Sixteen quarters of 60 events of which three in four are registered in their own: 95 % or a little more."""
    draw = np.random.default_rng(20261122)
    true = draw.poisson(60, (3000, 16))
    at_once = draw.binomial(true, 0.75)
    soon = draw.binomial(true - at_once, 0.8)
    counts = np.stack([at_once, soon, true - at_once - soon], axis=-1)
    found = nowcast(reporting_triangle(counts))
    covered = (found.lower[:, -1] <= true[:, -1]) & (true[:, -1] <= found.upper[:, -1])
    assert 0.945 < covered.mean() < 0.975
    assert np.ma.std(found.expected[:, -1] / true[:, -1]) == pytest.approx(0.077, abs=0.01)
