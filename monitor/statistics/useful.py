"""The estimators of the four useful measures (*nuttige maten*): help that works, time to it, time for it, joy in work.

Each is a share with its 95 % interval. They are to learn from: nothing here compares, ranks or tests.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from monitor.statistics.intervals import finite_population_cases, wilson
from monitor.statistics.survival import StepCounts, aalen_johansen, bounds, effective_cases

Numbers = NDArray[np.float64]

LEAST_CLUSTERS = 2  # of one team-week alone, nothing is known of how much they differ


@dataclass(frozen=True, slots=True)
class Estimate:
    """Shares in [0, 1] that broadcast. ``cases``: the number of fully followed cases that would say as much."""

    share: Numbers
    cases: Numbers


@dataclass(frozen=True, slots=True)
class RatioOfSums:
    """A share in [0, 1] with its 95 % limits, kept within [0, 1]; ``error``: its standard error."""

    share: float
    error: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Answers:
    """What those who answered say, and what everybody who was asked could have said; all in [0, 1].

    ``lower`` and ``upper``: 95 % limits for all who were asked, had those who answered been drawn from them by lot.
    ``worst`` and ``best``: if none, and if all, of those who did not answer had been positive.
    """

    share: Numbers
    lower: Numbers
    upper: Numbers
    response: Numbers
    worst: Numbers
    best: Numbers


def lasting_help(planned: ArrayLike, otherwise: ArrayLike, after: StepCounts) -> Estimate:
    """The share of families whose help ended as planned, and who did not come back within the time of ``after``.

    ``planned``, ``otherwise``: families whose help ended as planned or on their own strength, and in another way.
    ``after``: of the planned, by the part of the year in which they came back (``reached``), could no longer come back
    (``ended``: moved, turned 18) or were not followed any longer (``open``); shape (..., parts).

    The share is p (1 - F): p the part that ended as planned, F the Aalen-Johansen incidence of coming back. Its
    variance is p^2 var(F) + (1 - F)^2 p (1 - p)/n, as F is estimated given who ended as planned; when all were followed
    to the end that is q (1 - q)/n. Groups without families have share 0 on 0 cases. Raises ValueError when ``after``
    does not hold the planned families.
    """
    ended, other = (np.asarray(counts, dtype=np.float64) for counts in (planned, otherwise))
    if not np.array_equal((after.reached + after.ended + after.open).sum(axis=-1), ended):
        raise ValueError("the families that are followed are not those whose help ended as planned")
    families = ended + other
    incidence = aalen_johansen(after)
    stayed_away = 1.0 - incidence.reached[..., -1]
    as_planned = np.divide(ended, families, out=np.zeros(families.shape), where=families > 0)
    share = as_planned * stayed_away
    by_chance = np.divide(as_planned * (1 - as_planned), families, out=np.zeros(families.shape), where=families > 0)
    variance = as_planned**2 * incidence.variance[..., -1] + stayed_away**2 * by_chance
    known = np.asarray(effective_cases(incidence)[..., -1] + other)
    inside = (variance > 0) & (share > 0) & (share < 1)
    cases = np.divide(share * (1 - share), variance, out=known, where=inside)
    return Estimate(share, cases)


def helped_within(counts: StepCounts, part: int) -> Estimate:
    """The share of first requests that got help that works by the end of a ``part`` of the time, counted from 0.

    ``counts``: by part, who got it (``reached``), withdrew or was helped otherwise (``ended``), still waited at the end
    of what was followed (``open``); shape (..., parts). Withdrawn requests count as not helped. Cases are 0 where
    nobody was followed so far.

    Source: Aalen and Johansen 1978; monitor/statistics/survival.py.
    """
    incidence = aalen_johansen(counts)
    return Estimate(incidence.reached[..., part], effective_cases(incidence)[..., part])


def ratio_of_sums(part: ArrayLike, whole: ArrayLike) -> RatioOfSums:
    """The share of the hours of all team-weeks together that went to help: sum over sum, never a mean of shares.

    ``part``, ``whole``: hours of each of m team-weeks, shape (m,). The standard error is that of a ratio estimator,
    sqrt(m/(m-1) sum (part - share whole)^2)/sum whole, and the limits are Student's with m - 1 degrees of freedom.
    Raises ValueError for fewer than two team-weeks, or without any hours.

    Source: Cochran, Sampling Techniques (3rd ed. 1977), section 6.4; Student's limits as team-weeks are few.
    """
    hours, every = (np.asarray(values, dtype=np.float64) for values in (part, whole))
    weeks, total = len(every), float(every.sum())
    if weeks < LEAST_CLUSTERS or total <= 0:
        raise ValueError("a ratio of sums asks for two team-weeks with hours in them")
    share = float(hours.sum()) / total
    error = float(np.sqrt(weeks / (weeks - 1) * ((hours - share * every) ** 2).sum())) / total
    half = float(stdtrit(weeks - 1, 0.975)) * error
    return RatioOfSums(share, error, max(share - half, 0.0), min(share + half, 1.0))


def answers(positive: ArrayLike, answered: ArrayLike, asked: ArrayLike, noise_variance: ArrayLike = 0.0) -> Answers:
    """The share of those who answered a survey that were positive, for everybody who was asked.

    ``positive`` of ``answered`` of ``asked``: counts that broadcast, the second above 0. ``noise_variance``: what
    disclosure protection added to the variance of the share. The interval is Wilson's with the finite-population
    factor (N - n)/(N - 1): when all answered, chance has no part in it. Raises ValueError for more answers than asked.

    Source: Wilson 1927; Cochran, Sampling Techniques (3rd ed. 1977), sections 3.2 and 13.2 (bounds).
    """
    yes, said, everyone = np.broadcast_arrays(
        *(np.asarray(counts, dtype=np.float64) for counts in (positive, answered, asked))
    )
    share = yes / said
    lower, upper = wilson(share, finite_population_cases(said, everyone), noise_variance)
    worst, best = bounds(yes, everyone - said, everyone)
    return Answers(share, lower, upper, said / everyone, worst.data, best.data)
