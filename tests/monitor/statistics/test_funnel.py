import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, poisson
from statsmodels.stats.meta_analysis import combine_effects

from monitor.statistics.funnel import (
    Z998,
    Adjustment,
    arcsine_limits,
    binomial_limits,
    funnel,
    others_mean,
    overdispersion,
    poisson_limits,
    standardised_ratios,
)
from monitor.statistics.intervals import Z95, byar, exact_poisson

ORACLES = Path(__file__).parents[2] / "data" / "oracles"
FUNNELS = {case["id"]: case for case in json.loads((ORACLES / "funnel.json").read_text())}
PEER_Z95, PEER_Z998 = 1.959964, 3.090232  # as FunnelPlotR rounds them


@pytest.mark.parametrize("case", FUNNELS.values(), ids=FUNNELS.keys())
def test_overdispersion_and_limits_are_those_of_funnel_plot_r(case):
    units, expected = case["expected"]["aggregated"], case["expected"]
    reached, cases = (np.array([unit[key] for unit in case["input"]]) for key in ("num", "den"))
    assert [unit["group"] for unit in units] == [unit["grp"] for unit in case["input"]]

    def peers(field):
        return np.array([unit[field] for unit in units])

    assert reached.tolist() == peers("numerator").tolist()
    assert cases.tolist() == peers("denominator").tolist()
    shares, target = reached / cases, reached.sum() / cases.sum()
    ours = overdispersion(shares, cases, target, winsorised=case["params"]["trim_by"])
    pulled_in = (ours.winsorised == ours.winsorised.min()) | (ours.winsorised == ours.winsorised.max())
    for value, field in (
        (shares, "rr"),
        (ours.centre, "target_transformed"),
        (ours.transformed, "Y"),
        (ours.error, "s"),
        (ours.scores, "Uzscore"),
        (ours.winsorised, "Wuzscore"),
        (pulled_in, "winsorised"),
    ):
        assert value == pytest.approx(peers(field), abs=1e-14)
    assert ours.phi == pytest.approx(expected["phi"], abs=1e-14)
    assert ours.tau2 == pytest.approx(expected["tau2"], abs=1e-14)
    for z, level in ((PEER_Z95, "95"), (PEER_Z998, "99")):
        adjusted = arcsine_limits(cases, target, tau2=ours.tau2, z=z)
        unadjusted = arcsine_limits(cases, target, z=z)
        for limits, names in ((adjusted, f"OD{level}{{}}CL"), (unadjusted, f"{{}}CL{level}")):
            for limit, side in zip(limits, "LU", strict=True):
                assert limit == pytest.approx(peers(names.format(side)), abs=1e-14)
    low, high = arcsine_limits(cases, target, tau2=ours.tau2)
    assert ((shares < low) | (shares > high)).astype(int).tolist() == peers("outlier").tolist()


def test_limits_of_twenty_cases_about_80_percent():
    assert np.round(binomial_limits(20, 0.8), 2).tolist() == [0.58, 0.94]
    assert np.round(binomial_limits(20, 0.8, Z998), 2).tolist() == [0.46, 1.0]


def interpolated(distribution, highest, tail):
    """The definition itself, count by count."""
    total = 0.0
    for count in range(highest + 1):
        before, total = total, distribution.cdf(count)
        if total >= tail:
            return max(count - (total - tail) / (total - before), 0.0)
    raise AssertionError("the distribution function does not get there")


@pytest.mark.parametrize("target", [0.001, 0.05, 0.5, 0.7, 0.8, 0.95, 0.999])
@pytest.mark.parametrize(("z", "level"), [(0.0, 0.0), (Z95, 0.95), (Z998, 0.998)])
def test_binomial_limits_are_the_interpolated_quantiles(target, z, level):
    cases = np.array([1, 2, 3, 5, 10, 20, 21, 60, 137, 400, 1500])
    tails = (1 - level) / 2, (1 + level) / 2
    for limit, tail in zip(binomial_limits(cases, target, z), tails, strict=True):
        ours = [interpolated(binom(n, target), n, tail) / n for n in cases]
        assert limit == pytest.approx(ours, abs=1e-10)


@pytest.mark.parametrize(("z", "level"), [(0.0, 0.0), (Z95, 0.95), (Z998, 0.998)])
def test_poisson_limits_are_the_interpolated_quantiles(z, level):
    expected = np.array([0.0005, 0.01, 0.4, 1, 2.5, 9.99, 30, 250])
    tails = (1 - level) / 2, (1 + level) / 2
    for limit, tail in zip(poisson_limits(expected, z), tails, strict=True):
        ours = [interpolated(poisson(mean), 1000, tail) / mean for mean in expected]
        assert limit == pytest.approx(ours, rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("target", [0.3, 0.6, 0.8, 0.95])
@pytest.mark.parametrize("n", [5, 20, 33, 80, 300])
def test_a_share_is_an_outlier_when_the_chance_of_it_is_at_most_one_in_a_thousand(n, target):
    counts = np.arange(n + 1)
    result = funnel(counts / n, np.full(n + 1, n), target, tau2=0.0)
    as_few, as_many = binom.cdf(counts, n, target), binom.sf(counts - 1, n, target)
    assert (result.outlier == -1).tolist() == (as_few < 0.001).tolist()
    assert (result.outlier == 1).tolist() == (as_many < 0.001).tolist()


def test_a_point_just_above_the_interpolated_limit_is_no_outlier_yet():
    result = funnel([1.0], [20], 0.8)  # all on time: a chance of 1.2 %, not 0.1 %
    assert result.upper_998[0] == pytest.approx(0.9957, abs=1e-4)
    assert result.outlier.tolist() == [0]


def test_fewer_than_twenty_units_get_unadjusted_limits_and_it_says_so():
    shares, cases = [0.45, 0.71, 0.80, 0.93], [120, 95, 230, 60]
    result = funnel(shares, cases, 0.75)
    assert result.adjustment == Adjustment.TOO_FEW_UNITS
    assert result.tau2 == 0
    assert result.lower_998 == pytest.approx(binomial_limits(cases, 0.75, Z998)[0])
    assert result.upper == pytest.approx(binomial_limits(cases, 0.75)[1])
    assert result.outlier.tolist() == [-1, 0, 0, 1]


def varying(units, spread, seed=1):
    """Shares about 70 % with a standard deviation between units, in percentage points, beside that of chance."""
    random = np.random.default_rng(seed)
    cases = random.integers(80, 400, units)
    truth = np.clip(random.normal(0.7, spread / 100, units), 0.05, 0.95)
    return random.binomial(cases, truth) / cases, cases


@pytest.mark.parametrize(
    ("units", "spread", "adjustment"),
    [
        (19, 12, Adjustment.TOO_FEW_UNITS),
        (20, 12, Adjustment.ESTIMATED),
        (20, 0, Adjustment.NOT_NEEDED),
    ],
)
def test_variance_between_units_is_estimated_from_twenty_units_on(units, spread, adjustment):
    shares, cases = varying(units, spread)
    result = funnel(shares, cases, 0.7)
    assert result.adjustment == adjustment
    assert (result.tau2 > 0) == (adjustment is Adjustment.ESTIMATED)
    if adjustment is Adjustment.ESTIMATED:
        assert result.tau2 == overdispersion(shares, cases, 0.7).tau2
        assert result.upper_998 == pytest.approx(arcsine_limits(cases, 0.7, tau2=result.tau2, z=Z998)[1])
        beyond_chance = funnel(shares, cases, 0.7, tau2=0.0).outlier
        assert np.count_nonzero(result.outlier) < np.count_nonzero(beyond_chance)
    else:
        assert result.lower == pytest.approx(binomial_limits(cases, 0.7)[0])


def test_a_variance_is_carried_from_many_units_to_few():
    tau2 = overdispersion(*varying(28, 12), 0.7).tau2
    shares, cases = [0.50, 0.71, 0.75, 0.80], [120, 95, 230, 60]
    result = funnel(shares, cases, 0.7, tau2=tau2)
    assert result.adjustment == Adjustment.CARRIED
    assert result.tau2 == tau2
    assert funnel(shares, cases, 0.7).outlier.tolist() == [-1, 0, 0, 0]
    assert result.outlier.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("seed", range(10))
def test_without_winsorising_the_variance_is_that_of_dersimonian_and_laird_in_statsmodels(seed):
    shares, cases = varying(12, 6, seed)
    angles, weights = np.arcsin(np.sqrt(shares)), 4.0 * cases
    centre = np.sin((weights * angles).sum() / weights.sum()) ** 2
    ours = overdispersion(shares, cases, centre, winsorised=0.0)
    assert ours.tau2 > 0
    assert ours.tau2 == pytest.approx(combine_effects(angles, 1 / weights, method_re="chi2").tau2, rel=1e-9)


def test_variance_between_units_by_hand():
    shares, cases = np.sin(np.pi / 4 + np.array([-0.1, 0, 0, 0.1])) ** 2, [100] * 4
    ours = overdispersion(shares, cases, 0.5, winsorised=0.0)
    # Errors 1/20, so scores -2, 0, 0, 2 and phi 8/4; weights 400, so (4 * 2 - 3) / (1600 - 400).
    assert ours.scores == pytest.approx([-2, 0, 0, 2], abs=1e-12)
    assert ours.phi == pytest.approx(2)
    assert ours.tau2 == pytest.approx(5 / 1200)
    # Winsorised at 10 %: quantiles at 0.3 and 2.7 between the scores, at -1.4 and 1.4.
    assert overdispersion(shares, cases, 0.5).phi == pytest.approx(2 * 1.4**2 / 4)


def test_arcsine_limits_stay_within_their_angle():
    lower, upper = arcsine_limits([2, 2], [0.02, 0.98], tau2=0.05, z=Z998)
    assert lower[0] == 0
    assert upper[1] == 1


def test_noise_widens_limits_as_variances_add():
    shares, cases, noise = [0.8], [100], 0.0004
    bare, noisy = funnel(shares, cases, 0.7), funnel(shares, cases, 0.7, noise)
    assert (noisy.upper - 0.7) ** 2 == pytest.approx((bare.upper - 0.7) ** 2 + Z95**2 * noise)
    assert (0.7 - noisy.lower_998) ** 2 == pytest.approx((0.7 - bare.lower_998) ** 2 + Z998**2 * noise)
    assert overdispersion(shares, cases, 0.7, noise).error ** 2 == pytest.approx(1 / 400 + noise / (4 * 0.21))


@pytest.mark.parametrize("n", [30, 100])
def test_false_alarms_stay_rare_with_noise_only_when_the_limits_know_of_it(n):
    random, units, norm = np.random.default_rng(3), 6_000, 0.7
    deviation = 0.9 * np.sqrt(norm * (1 - norm) / n)  # about the most noise that a share is shown with
    shares = np.clip(random.binomial(n, norm, units) / n + random.normal(0, deviation, units), 0, 1)
    cases = np.full(units, n)
    knowing, unknowing = (
        np.mean(funnel(shares, cases, norm, noise, tau2=0.0).outlier != 0) for noise in (deviation**2, 0.0)
    )
    assert knowing < 0.003
    assert unknowing > 0.01


def test_noise_is_not_taken_for_variance_between_units():
    shares, cases = varying(28, 0)
    noise = 0.05**2
    disturbed = np.clip(shares + np.random.default_rng(2).normal(0, 0.05, 28), 0, 1)
    assert funnel(disturbed, cases, 0.7).adjustment == Adjustment.ESTIMATED
    assert funnel(disturbed, cases, 0.7, noise).adjustment == Adjustment.NOT_NEEDED


def test_a_limit_never_lies_across_its_target():
    assert binomial_limits(20, 0.999)[1] < 0.999
    assert funnel([1.0], [20], 0.999).upper == pytest.approx(0.999)
    assert funnel([1.0], [20], 0.999, 1e-8).upper == pytest.approx(0.999 + Z95 * 1e-4)


def test_mean_of_the_others_leaves_the_unit_out():
    assert others_mean([0.5, 0.8, 0.9], [100, 50, 10]) == pytest.approx([49 / 60, 59 / 110, 90 / 150])
    with pytest.raises(ValueError, match="there are none"):
        others_mean([0.5], [100])


def test_a_dominant_unit_stands_out_from_the_others_and_not_from_a_mean_it_makes_itself():
    shares, cases = np.array([0.60, 0.75, 0.74, 0.76]), np.array([900, 60, 80, 70])
    pooled = (shares * cases).sum() / cases.sum()
    assert funnel(shares, cases, pooled).outlier[0] == 0
    assert funnel(shares, cases, others_mean(shares, cases)).outlier[0] == -1


@pytest.mark.parametrize(
    ("shares", "cases", "target"),
    [
        ([0.5, 1.1], [10, 10], 0.5),
        ([0.5, np.nan], [10, 10], 0.5),
        ([0.5, 0.5], [10, 0], 0.5),
        ([0.5, 0.5], [10, 10.5], 0.5),
        ([0.5, 0.5], [10, 10], 1.0),
        ([0.5, 0.5], [10], 0.5),
        ([[0.5]], [[10]], 0.5),
    ],
)
def test_shares_cases_and_targets_out_of_range_are_refused(shares, cases, target):
    with pytest.raises(ValueError, match=r"share|cases"):
        funnel(shares, cases, target)


# -- Case mix --


def test_standardised_ratio_by_hand():
    # Reference: 50 % of the first stratum, 20 % of the second.
    ours = standardised_ratios([30, 6], [[40, 50], [10, 5]], [100, 30], [200, 150])
    assert ours.expected.tolist() == [30, 6]
    assert ours.ratio.tolist() == [1, 1]
    assert [ours.lower[0] * 30, ours.upper[0] * 30] == pytest.approx([float(limit) for limit in byar(30)])
    assert [ours.lower[1] * 6, ours.upper[1] * 6] == pytest.approx([float(limit) for limit in exact_poisson(6)])
    assert ours.lower_998 == pytest.approx(poisson_limits([30, 6], Z998)[0])


@pytest.mark.parametrize(("events", "limits"), [(9, exact_poisson), (10, byar)])
def test_intervals_of_ratios_are_exact_below_ten_events(events, limits):
    ours = standardised_ratios([events], [[20]], [50], [100])
    assert [ours.lower[0] * 10, ours.upper[0] * 10] == pytest.approx([float(limit) for limit in limits(events)])


def test_byar_in_a_ratio_is_that_of_phe_indicator_methods():
    grid = json.loads((ORACLES / "intervals.json").read_text())["byars"]
    for x, confidence, lower, upper in zip(*(grid[key] for key in ("x", "conf", "lower", "upper")), strict=True):
        if x >= 10 and confidence == 0.95:
            ours = standardised_ratios([x], [[25]], [40], [100])
            assert [ours.lower[0], ours.upper[0]] == pytest.approx([lower / 10, upper / 10], rel=1e-12)


@pytest.mark.parametrize(
    ("cases", "merged"),
    [
        ([50, 40, 30], [{0}, {1}, {2}]),
        ([50, 4, 30], [{0}, {1, 2}]),  # one small stratum joins the next smallest
        ([50, 5, 30], [{0}, {1}, {2}]),
        ([50, 4, 3, 30], [{0}, {1, 2}, {3}]),  # two small ones become one
        ([50, 2, 2, 30], [{0}, {1, 2, 3}]),  # still too small together
        ([2, 1], [{0, 1}]),
        ([50, 0, 0, 30], [{0}, {1, 2, 3}]),
    ],
)
def test_strata_below_five_cases_are_merged(cases, merged):
    reached = np.minimum(cases, [9, 1, 2, 5][: len(cases)])
    rates = np.zeros(len(cases))
    for strata in merged:
        members = list(strata)
        rates[members] = reached[members].sum() / np.array(cases)[members].sum()
    ours = standardised_ratios([1] * len(cases), 100 * np.eye(len(cases)), reached, cases)
    assert ours.expected == pytest.approx(100 * rates)


@pytest.mark.parametrize("expected", [0.4, 3, 25.5, 140])
def test_a_ratio_is_an_outlier_when_the_chance_of_it_is_at_most_one_in_a_thousand(expected):
    counts = np.arange(int(expected + 8 * np.sqrt(expected) + 8))
    ours = standardised_ratios(counts, np.full((counts.size, 1), 2 * expected), [50], [100])
    assert (ours.outlier == -1).tolist() == (poisson.cdf(counts, expected) < 0.001).tolist()
    assert (ours.outlier == 1).tolist() == (poisson.sf(counts - 1, expected) < 0.001).tolist()


def test_a_ratio_needs_a_reference_and_expected_events():
    with pytest.raises(ValueError, match="no cases"):
        standardised_ratios([1], [[5, 5]], [0, 0], [0, 0])
    with pytest.raises(ValueError, match="no events"):
        standardised_ratios([1], [[0, 0]], [5, 5], [10, 10])


# -- What holds for every funnel --

targets = st.floats(0.02, 0.98)
units = st.lists(st.tuples(st.floats(0, 1), st.integers(1, 900)), min_size=1, max_size=30)
ARRAYS = ("lower", "upper", "lower_998", "upper_998", "outlier")


@given(units, targets, st.sampled_from([None, 0.0, 0.01]), st.sampled_from([0.0, 0.001]), st.randoms())
def test_the_order_of_units_means_nothing(both, target, tau2, noise, random):
    order = list(range(len(both)))
    random.shuffle(order)
    shares, cases = (np.array(values) for values in zip(*both, strict=True))
    one = funnel(shares, cases, target, noise, tau2)
    other = funnel(shares[order], cases[order], target, noise, tau2)
    assert one.adjustment == other.adjustment
    assert other.tau2 == pytest.approx(one.tau2, rel=1e-9, abs=1e-15)
    for name in ARRAYS:
        assert getattr(other, name) == pytest.approx(getattr(one, name)[order], abs=1e-9)


@given(units, targets, st.sampled_from([None, 0.0, 0.01]), st.sampled_from([0.0, 0.001]))
def test_limits_lie_within_0_and_1_in_order_about_the_target(both, target, tau2, noise):
    shares, cases = zip(*both, strict=True)
    result = funnel(shares, cases, target, noise, tau2)
    lines = [result.lower_998, result.lower, result.target, result.upper, result.upper_998]
    assert all((low <= high + 1e-12).all() for low, high in pairwise(lines))
    assert (lines[0] >= 0).all()
    assert (lines[-1] <= 1).all()


@given(st.integers(5, 500), targets, st.sampled_from([None, 0.01]))
def test_limits_narrow_with_cases(n, target, tau2):
    result = funnel([target, target], [n, 2 * n], target, tau2=tau2)
    for lower, upper in ((result.lower, result.upper), (result.lower_998, result.upper_998)):
        width = upper - lower
        assert width[1] < width[0] or width[0] == pytest.approx(1)


@given(st.integers(1, 300), st.data(), targets)
def test_counting_what_was_missed_instead_mirrors_the_outliers(n, data, target):
    reached = data.draw(st.integers(0, n))
    one, other = funnel([reached / n], [n], target), funnel([1 - reached / n], [n], 1 - target)
    assert one.outlier[0] == -other.outlier[0]


@given(units, st.permutations([0, 1, 2]))
def test_the_order_of_strata_means_nothing(both, order):
    cases = np.array([[n % 7, n % 13, n] for _, n in both])
    reached, known = np.array([2, 30, 200]), np.array([3, 60, 300])
    one = standardised_ratios(cases[:, 2], cases, reached, known)
    other = standardised_ratios(cases[:, 2], cases[:, order], reached[order], known[order])
    assert other.expected == pytest.approx(one.expected)
    assert (one.outlier == other.outlier).all()
