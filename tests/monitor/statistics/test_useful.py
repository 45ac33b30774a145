"""The four useful measures against computations by hand, and against statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.proportion import proportion_confint

from monitor.statistics.intervals import wilson
from monitor.statistics.survival import StepCounts
from monitor.statistics.useful import answers, helped_within, lasting_help, ratio_of_sums


def counts(reached, ended, open_) -> StepCounts:
    return StepCounts(*(np.array(values) for values in (reached, ended, open_)))


# --- help that lasts ----------------------------------------------------------------------------------------------


def test_lasting_help_by_hand():
    """100 families, 80 as planned. Of these 8 come back in part 1; 8 are then lost; in part 2, of 64 left, 4 come back.

    F = 8/80 + (72/80)(4/64) = .1 + .05625 = .15625; share .8 x .84375 = .675.
    """
    found = lasting_help(80, 20, counts([8, 4], [0, 0], [8, 60]))
    assert found.share == pytest.approx(0.675)
    variance_of_f = (
        CumIncidenceRight(
            np.repeat([1.0, 1.0, 2.0, 2.0], [8, 8, 4, 60]), np.repeat([1, 0, 1, 0], [8, 8, 4, 60])
        ).cinc_se[0][-1]
        ** 2
    )
    variance = 0.8**2 * variance_of_f + 0.84375**2 * 0.8 * 0.2 / 100
    assert found.cases == pytest.approx(0.675 * 0.325 / variance)
    assert 90 < found.cases < 100  # a little less than all families, as some were lost


def test_who_moved_or_turned_18_is_no_return():
    found = lasting_help(10, 0, counts([1, 0], [5, 0], [0, 4]))
    assert found.share == pytest.approx(0.9)
    assert found.cases == pytest.approx(10)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_when_all_are_followed_it_is_a_plain_share(came_back, gone, stayed, otherwise):
    planned = came_back + gone + stayed
    found = lasting_help(planned, otherwise, counts([came_back, 0], [0, gone], [0, stayed]))
    families = planned + otherwise
    assert found.share == pytest.approx((gone + stayed) / families if families else 0)
    assert found.cases == pytest.approx(families)


def test_families_that_were_not_followed_at_all_are_refused():
    with pytest.raises(ValueError, match="not those whose help ended as planned"):
        lasting_help(11, 0, counts([1], [0], [9]))


# --- time to help that works --------------------------------------------------------------------------------------


def test_helped_within_is_that_of_statsmodels():
    """Requests that are helped, withdrawn or lost in each of three parts, ties among them."""
    by_part = ([12, 9, 6], [3, 2, 1], [2, 4, 11])
    times = np.concatenate([np.repeat([1.0, 2.0, 3.0], of) for of in by_part])
    status = np.repeat([1, 2, 0], [sum(of) for of in by_part])
    peer = CumIncidenceRight(times, status)
    for part in range(3):
        found = helped_within(counts(*by_part), part)
        assert found.share == pytest.approx(peer.cinc[0][part], abs=1e-14)
        error = peer.cinc_se[0][part]
        assert found.cases == pytest.approx(found.share * (1 - found.share) / error**2)


def test_helped_within_by_hand():
    """Of 20 requests 5 are helped in part 1 and 5 are lost; of the 10 left 4 are: 5/20 + 15/20 x 4/10 = .55."""
    assert helped_within(counts([5, 4], [0, 0], [5, 6]), 1).share == pytest.approx(0.55)


# --- time for help ------------------------------------------------------------------------------------------------

HOURS = ([60.0, 45.0, 80.0, 20.0, 55.0], [110.0, 90.0, 150.0, 60.0, 100.0])


def test_ratio_of_sums_by_hand():
    """260 of 510 hours. Residuals 60 - .50980 x 110 and so on; t of 4 degrees of freedom is 2.776445."""
    found = ratio_of_sums(*HOURS)
    assert found.share == pytest.approx(260 / 510)
    residuals = [3.921569, -0.882353, 3.529412, -10.588235, 4.019608]
    error = (5 / 4 * sum(one**2 for one in residuals)) ** 0.5 / 510
    assert found.error == pytest.approx(error, rel=1e-6)
    assert (found.lower, found.upper) == pytest.approx(
        (260 / 510 - 2.776445 * error, 260 / 510 + 2.776445 * error), rel=1e-6
    )
    assert found.share != pytest.approx(np.mean(np.divide(*HOURS)))  # never a mean of shares


def test_ratio_of_sums_is_that_of_a_regression_through_the_origin():
    """Weighted by 1/whole the slope is the ratio; HC0 is the sum of squared residuals over the squared total."""
    part, whole = map(np.array, HOURS)
    peer = WLS(part, whole[:, None], weights=1 / whole).fit(cov_type="HC0")
    found = ratio_of_sums(part, whole)
    assert found.share == pytest.approx(peer.params[0])
    assert found.error == pytest.approx(peer.bse[0] * (5 / 4) ** 0.5)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(1, 300)), min_size=2, max_size=40), st.floats(0.1, 9))
def test_a_ratio_lies_within_its_limits_and_does_not_know_its_unit(weeks, unit):
    whole = np.array([hours for _, hours in weeks])
    part = whole * [share for share, _ in weeks]
    found, in_unit = ratio_of_sums(part, whole), ratio_of_sums(part * unit, whole * unit)
    assert 0 <= found.lower <= found.share + 1e-12
    assert found.share - 1e-12 <= found.upper <= 1
    assert in_unit.share == pytest.approx(found.share)
    assert in_unit.error == pytest.approx(found.error, abs=1e-9)


@pytest.mark.parametrize("weeks", [([3.0], [5.0]), ([0.0, 0.0], [0.0, 0.0]), ([], [])])
def test_too_little_for_a_ratio_is_refused(weeks):
    with pytest.raises(ValueError, match="two team-weeks"):
        ratio_of_sums(*weeks)


# --- joy in work --------------------------------------------------------------------------------------------------


def test_answers_by_hand():
    """30 of 40 answers positive, 50 asked: response 80 %, between 30/50 and 40/50 whatever the other ten think.

    The finite population counts as 40 x 49/10 = 196 cases.
    """
    found = answers(30, 40, 50)
    assert (found.share, found.response, found.worst, found.best) == pytest.approx((0.75, 0.8, 0.6, 0.8))
    assert (found.lower, found.upper) == pytest.approx(proportion_confint(0.75 * 196, 196, method="wilson"))


def test_when_everybody_answered_chance_has_no_part_in_it():
    found = answers(30, 40, 40)
    assert (found.lower, found.upper, found.worst, found.best) == pytest.approx((0.75, 0.75, 0.75, 0.75))


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(0, 300))
def test_more_silence_is_less_certain_and_never_more_than_of_an_endless_population(sample, silent):
    positive, answered = sample
    found = answers(positive, answered, answered + silent)
    endless = wilson(positive / answered, answered)
    assert endless[0] - 1e-12 <= found.lower <= found.share + 1e-12
    assert found.share - 1e-12 <= found.upper <= endless[1] + 1e-12
    assert found.worst <= found.share + 1e-12
    assert found.best >= found.share - 1e-12


def test_more_answers_than_asked_are_refused():
    with pytest.raises(ValueError, match="more cases than the population"):
        answers(3, 6, 5)
