import pytest

from monitor.catalogue import load_catalogue
from monitor.release.cell import (
    Bound,
    Cohort,
    Missing,
    MissingReason,
    Published,
    Suppressed,
    SuppressedReason,
)
from monitor.release.figures import count_figure
from monitor.release.perturbation import EXACT
from monitor.release.policies import (
    NOISE,
    OWN_PROTECTION,
    SHARED_PROTECTION,
    cohort_state,
    completeness,
    is_dominated,
    is_incomplete,
    is_too_noisy,
    noise_variance,
    reported_ratio,
    too_little_behind,
    verdict,
    whole_percent,
)


@pytest.mark.parametrize(
    ("contributions", "expected"),
    [
        ([40, 6, 3], True),
        ([40, 9, 1], False),
        ([40, 9, 0], True),
        ([12], True),
        ([0, 0], True),
        ([10, 10], False),
    ],
)
def test_dominance(contributions, expected):
    assert is_dominated(contributions) is expected


@pytest.mark.parametrize(
    ("not_due", "unknown", "registered", "state"),
    [
        (0, 0, 50, Cohort.FINAL),
        (0, 0, 0, Cohort.FINAL),
        (1, 0, 50, Cohort.PROVISIONAL),  # noise took it away, but it is not final
        (15, 15, 50, Cohort.PROVISIONAL),
        (16, 16, 50, Cohort.UNDETERMINABLE),
        (3, 3, 0, Cohort.UNDETERMINABLE),
    ],
)
def test_cohort_state(not_due, unknown, registered, state):
    assert cohort_state(not_due, unknown, registered) is state


@pytest.mark.parametrize(
    ("unregistered", "cases", "incomplete", "percent"),
    [(0, 40, False, 100), (4, 40, False, 90), (5, 40, True, 88), (40, 40, True, 0), (44, 40, True, 0)],
)
def test_completeness(unregistered, cases, incomplete, percent):
    assert is_incomplete(unregistered, cases) is incomplete
    assert completeness(unregistered, cases) == percent


@pytest.mark.parametrize(
    ("part", "cases", "percent", "bound"),
    [
        (50, 100, 50, Bound.EXACT),
        (1, 100, 1, Bound.EXACT),
        (0, 100, 6, Bound.AT_MOST),  # at most 5 of 100: less than 6 %
        (1, 1000, 1, Bound.AT_MOST),  # at most 6 of 1000: less than 1 %
        (100, 100, 94, Bound.AT_LEAST),
        (999, 1000, 99, Bound.AT_LEAST),
        (20, 20, 74, Bound.AT_LEAST),
    ],
)
def test_no_0_and_no_100_percent_is_shared(part, cases, percent, bound):
    assert whole_percent(part, cases, NOISE) == (percent, bound)


@pytest.mark.parametrize(("part", "percent"), [(0, 0), (7, 70), (10, 100)])
def test_own_percents_are_what_they_are(part, percent):
    assert whole_percent(part, 10, EXACT) == (percent, Bound.EXACT)


# Noise sqrt(3(1 + p^2))/n against half of 1.96 sqrt(p(1 - p)/n): for p = 1/2 they are equal at n = 15.6.
@pytest.mark.parametrize(
    ("share", "cases", "noisy"),
    [
        (0.5, 15, True),
        (0.5, 16, False),
        (0.8, 32, True),
        (0.8, 33, False),
        (0.9, 62, True),
        (0.9, 63, False),
        (1.0, 900, True),
    ],
)
def test_noise_weighs_at_most_half_the_margin_of_chance(share, cases, noisy):
    assert is_too_noisy(share, cases, cases, NOISE) is noisy
    assert not is_too_noisy(share, cases, cases, EXACT)


def test_noise_variance_of_a_share():
    assert noise_variance(0.5, 60, NOISE) == pytest.approx(3 * 1.25 / 3600)
    assert noise_variance(0.5, 60, EXACT) == 0


@pytest.mark.parametrize(
    ("part", "cases", "met"),
    [
        (91, 102, True),  # 86 of 107 is 80 %
        (90, 102, None),
        (76, 107, False),  # 81 of 102 is 79.4 %
        (76, 106, None),
    ],
)
def test_a_verdict_holds_over_the_whole_range_of_the_noise(part, cases, met):
    assert verdict(part, cases, 80, NOISE) is met


@pytest.mark.parametrize(("part", "met"), [(79, False), (80, True)])
def test_an_own_verdict_is_exact(part, met):
    assert verdict(part, 100, 80, EXACT) is met


@pytest.mark.parametrize(
    ("cases", "shared"),
    [
        (0, Suppressed(SuppressedReason.SMALL_COUNT)),
        (9, Suppressed(SuppressedReason.SMALL_COUNT)),
        (10, Published(10.0)),
    ],
)
def test_a_count_under_10_is_not_shared(cases, shared):
    assert count_figure(cases, SHARED_PROTECTION) == shared
    assert count_figure(cases, OWN_PROTECTION) == Published(float(cases))


@pytest.mark.parametrize(
    "hidden",
    [Suppressed(SuppressedReason.SMALL_COUNT), Missing(MissingReason.NO_CASES)],
    ids=["suppressed", "missing"],
)
@pytest.mark.parametrize(
    "calculate",
    [
        lambda figure: figure + 1,
        lambda figure: 1 - figure,
        lambda figure: sum([figure]),
        float,
        lambda f: f < 1,
    ],
    ids=["add", "subtract", "sum", "float", "compare"],
)
def test_nothing_can_be_calculated_with_what_is_not_there(hidden, calculate):
    with pytest.raises(TypeError):
        calculate(hidden)


@pytest.mark.parametrize(
    ("denominators", "expected"),
    [
        ([12, 9, 11], None),
        ([12, 7, 0], SuppressedReason.FEW_CASES),
        ([60, 12, 7], SuppressedReason.DOMINANCE),
        ([60, 0, 0], None),  # one institution's own figure: there is nothing to subtract
    ],
)
def test_reported_ratio_rests_on_enough_with_and_without_the_largest(denominators, expected):
    assert too_little_behind(denominators, 20) == expected


@pytest.mark.parametrize(
    ("code", "numerator", "denominator", "exact", "expected"),
    [
        ("caseload", 96, 6.5, False, Published(15.0)),
        ("turnover", 1, 25, False, Published(4.0)),
        ("turnover", 0, 25, False, Published(6, bound=Bound.AT_MOST)),
        ("turnover", 0, 25, True, Published(0.0)),
        ("help_cost", 1_049_000, 50, False, Published(21_000)),
    ],
)
def test_reported_ratio_is_rounded_and_says_no_zero_percent_to_others(code, numerator, denominator, exact, expected):
    assert reported_ratio(numerator, denominator, load_catalogue().results[code], exact=exact) == expected
