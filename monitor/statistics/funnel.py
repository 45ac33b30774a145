"""Funnels: do institutions differ by more than chance? No ranks: a unit lies within its limits or beyond them.

Arrays have shape (units,), their order means nothing. Shares lie in [0, 1]; ``cases`` are whole numbers above 0.
Signs are 1 (beyond the upper limit), -1 (below the lower one) and 0 (within).

Source: Spiegelhalter, Statistics in Medicine 24 (2005) 1185. Where we differ: docs/deviations.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, bdtrik, ndtr, pdtr, pdtrik

from monitor.statistics.intervals import Z95, Numbers, byar, exact_poisson

Signs = NDArray[np.int8]

Z998: Final = 3.090232306167813  # two-sided 99.8 %: with 28 units 0.06 false alarms, against 1.4 at 95 %
LEAST_UNITS: Final = 20  # of fewer, the variation between units is estimated as noise
WINSORISED: Final = 0.10  # share of units pulled in on each side, so that outliers do not widen their own limits
LEAST_STRATUM: Final = 5  # cases of the reference below which a stratum is merged
BYAR_FROM: Final = 10  # observed events from which Byar's limits are good enough


class Adjustment(StrEnum):
    """What was done about units that vary more than chance alone makes them."""

    TOO_FEW_UNITS = "too_few_units"  # not to be estimated: unadjusted limits, and say so
    NOT_NEEDED = "not_needed"  # estimated, and none found
    ESTIMATED = "estimated"
    CARRIED = "carried"  # estimated on other, more units


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """How much units vary beyond chance, on the arcsine scale; arrays of shape (units,).

    ``transformed``: asin of the root of each share; ``centre`` that of its target. ``error``: the standard
    deviation that chance gives it. ``scores``: their distance in errors; ``winsorised`` the same, pulled in.
    ``phi``: the mean square of the latter, about 1 under chance. ``tau2``: the variance between units, 0 or more.
    """

    transformed: Numbers
    centre: Numbers
    error: Numbers
    scores: Numbers
    winsorised: Numbers
    phi: float
    tau2: float


@dataclass(frozen=True, slots=True)
class Funnel:
    """Each unit beside the limits that belong to its number of cases; arrays of shape (units,).

    ``lower``, ``upper``: 95 %, to read by; ``lower_998``, ``upper_998``: 99.8 %, to judge by. ``outlier``: the
    sign of each unit beyond the latter. ``tau2``: the variance between units that the limits allow for.
    """

    shares: Numbers
    cases: NDArray[np.int64]
    target: Numbers
    lower: Numbers
    upper: Numbers
    lower_998: Numbers
    upper_998: Numbers
    outlier: Signs
    adjustment: Adjustment
    tau2: float


@dataclass(frozen=True, slots=True)
class StandardisedRatios:
    """Observed against expected events, given the case mix of each unit; arrays of shape (units,).

    ``lower``, ``upper``: 95 % interval of the ratio. ``lower_998``, ``upper_998``: the funnel about 1.
    ``outlier``: the sign of each unit beyond it.
    """

    observed: Numbers
    expected: Numbers
    ratio: Numbers
    lower: Numbers
    upper: Numbers
    lower_998: Numbers
    upper_998: Numbers
    outlier: Signs


def funnel(
    shares: ArrayLike,
    cases: ArrayLike,
    target: ArrayLike,
    noise_variance: ArrayLike = 0.0,
    tau2: float | None = None,
) -> Funnel:
    """The shares of units about a target, with 95 and 99.8 % limits.

    ``target``: a norm, a fixed reference, or one for each unit (``others_mean``), within (0, 1).
    ``noise_variance``: what disclosure protection added to each share. ``tau2``: the variance between units as
    estimated on more of them; without it, it is estimated from LEAST_UNITS units up, and left out below.

    Without variance between units the limits are exact binomial ones, else those of ``arcsine_limits``. A unit
    above an exact limit is an outlier when the chance of as many or more is at most 0.1 %: the interpolated limit
    lies up to one case below that. Raises ValueError for shares or targets out of range and units without cases.
    """
    share, n, norm, noise = _units(shares, cases, target, noise_variance)
    if tau2 is not None:
        adjustment, between = Adjustment.CARRIED, tau2
    elif share.size < LEAST_UNITS:
        adjustment, between = Adjustment.TOO_FEW_UNITS, 0.0
    else:
        between = overdispersion(share, n, norm, noise).tau2
        adjustment = Adjustment.ESTIMATED if between > 0 else Adjustment.NOT_NEEDED
    if between > 0:
        low, high = arcsine_limits(n, norm, noise, between)
        low_998, high_998 = arcsine_limits(n, norm, noise, between, Z998)
        judged = high_998
    else:
        low, high = _exact_limits(n, norm, noise, Z95)
        low_998, high_998 = _exact_limits(n, norm, noise, Z998)
        judged = _widened(binomial_limits(n, norm, Z998)[1] + 1 / n, norm, noise, Z998, 1)
    outlier = (share > judged).astype(np.int8) - (share < low_998).astype(np.int8)
    return Funnel(share, n, norm, low, high, low_998, high_998, outlier, adjustment, between)


def others_mean(shares: ArrayLike, cases: ArrayLike) -> Numbers:
    """For each unit the mean share of all others, weighted by cases: a target where one unit dominates the mean.

    Raises ValueError for fewer than two units, and as ``funnel``.
    """
    share, n, _, _ = _units(shares, cases, 0.5, 0.0)
    if share.size < 2:
        raise ValueError("a unit cannot be compared with others: there are none")
    reached = share * n
    mean: Numbers = (reached.sum() - reached) / (n.sum() - n)
    return mean


def binomial_limits(cases: ArrayLike, target: ArrayLike, z: float = Z95) -> tuple[Numbers, Numbers]:
    """Exact limits of a share of ``cases`` about ``target`` within (0, 1), two-sided at ``z``, interpolated.

    With r the smallest count of which the distribution function F reaches p, the limit lies at
    r - (F(r) - p)/(F(r) - F(r - 1)) cases, at least 0; p is half of what lies beyond the limits, and 1 less it.

    Source: Spiegelhalter 2005, appendix A.1.1.
    """
    n, norm = np.asarray(cases, dtype=np.int64), np.asarray(target, dtype=np.float64)
    lower, upper = (
        _interpolated(bdtrik(tail, n, norm), tail, lambda count: bdtr(count, n, norm)) / n for tail in _tails(z)
    )
    return lower, upper


def poisson_limits(expected: ArrayLike, z: float = Z95) -> tuple[Numbers, Numbers]:
    """Exact limits of observed over expected events about 1, interpolated as ``binomial_limits``.

    ``expected`` above 0. Source: Spiegelhalter 2005, appendix A.1.1.
    """
    mean = np.asarray(expected, dtype=np.float64)
    lower, upper = (
        _interpolated(pdtrik(tail, mean), tail, lambda count: pdtr(count, mean)) / mean for tail in _tails(z)
    )
    return lower, upper


def arcsine_limits(
    cases: ArrayLike, target: ArrayLike, noise_variance: ArrayLike = 0.0, tau2: float = 0.0, z: float = Z95
) -> tuple[Numbers, Numbers]:
    """Limits of a share about ``target`` that allow for variance between units, additive on the arcsine scale.

    sin^2(asin sqrt(target) ± z sqrt(error^2 + tau2)), the angle kept within [0, pi/2].

    Source: Spiegelhalter 2005; equal to FunnelPlotR for proportions.
    """
    centre = np.arcsin(np.sqrt(np.asarray(target, dtype=np.float64)))
    half = z * np.sqrt(_error(cases, target, noise_variance) ** 2 + tau2)
    lower, upper = (np.sin(np.clip(centre + side * half, 0.0, np.pi / 2)) ** 2 for side in (-1, 1))
    return lower, upper


def overdispersion(
    shares: ArrayLike,
    cases: ArrayLike,
    target: ArrayLike,
    noise_variance: ArrayLike = 0.0,
    winsorised: float = WINSORISED,
) -> Overdispersion:
    """The variance between units beyond chance, by the method of moments on winsorised scores.

    For any number of units; ``funnel`` judges whether there are enough to go by. Noise counts as chance.

    Sources: Spiegelhalter 2005; DerSimonian and Laird 1986. Equal to FunnelPlotR for proportions.
    """
    share, n, norm, noise = _units(shares, cases, target, noise_variance)
    transformed, centre = np.arcsin(np.sqrt(share)), np.arcsin(np.sqrt(norm))
    error = _error(n, norm, noise)
    scores = (transformed - centre) / error
    pulled_in = np.clip(scores, *np.quantile(scores, [winsorised, 1 - winsorised]))
    units, phi, weights = share.size, float(np.mean(pulled_in**2)), error**-2.0
    spread = weights.sum() - (weights**2).sum() / weights.sum()
    tau2 = max(0.0, float((units * phi - (units - 1)) / spread)) if units > 1 else 0.0
    return Overdispersion(transformed, centre, error, scores, pulled_in, phi, tau2)


def standardised_ratios(
    observed: ArrayLike, cases: ArrayLike, reference_reached: ArrayLike, reference_cases: ArrayLike
) -> StandardisedRatios:
    """Observed over expected events, expected from what the reference reached in each stratum (case mix).

    ``observed``: events of each unit, shape (units,), not always whole: with open cases it is an estimate.
    ``cases``: shape (units, strata). ``reference_reached``, ``reference_cases``: shape (strata,). Strata of which
    the reference has fewer than LEAST_STRATUM cases are merged into one. The interval is exact below 10 events and
    Byar's from there. Its limits take events as Poisson: where most cases reach the milestone they are wide, so
    count those that did not. Raises ValueError for a reference without cases and a unit that expects no events.

    Source: indirect standardisation as in PHEindicatormethods, phe_isr.
    """
    events = np.asarray(observed, dtype=np.float64)
    reached, known = (np.asarray(counts, dtype=np.float64) for counts in (reference_reached, reference_cases))
    stratum = _merged(known)
    rates = np.bincount(stratum, weights=reached) / np.bincount(stratum, weights=known)
    expected = np.asarray(cases, dtype=np.float64) @ rates[stratum]
    if not (expected > 0).all():
        raise ValueError("a unit expects no events: it has no ratio")
    low, high = (
        np.where(events < BYAR_FROM, exact, approximate) / expected
        for exact, approximate in zip(exact_poisson(events), byar(events), strict=True)
    )
    low_998, high_998 = poisson_limits(expected, Z998)
    outlier = ((events - 1) / expected > high_998).astype(np.int8) - (events / expected < low_998).astype(np.int8)
    return StandardisedRatios(events, expected, events / expected, low, high, low_998, high_998, outlier)


def _units(
    shares: ArrayLike, cases: ArrayLike, target: ArrayLike, noise_variance: ArrayLike
) -> tuple[Numbers, NDArray[np.int64], Numbers, Numbers]:
    """All four with shape (units,), checked."""
    share, n = np.asarray(shares, dtype=np.float64), np.asarray(cases)
    if share.ndim != 1 or share.shape != n.shape:
        raise ValueError("a funnel needs one share and one number of cases for each unit")
    norm, noise = (np.broadcast_to(np.asarray(v, dtype=np.float64), share.shape) for v in (target, noise_variance))
    if not ((share >= 0) & (share <= 1)).all() or not ((norm > 0) & (norm < 1)).all():
        raise ValueError("shares lie within 0 and 1, and targets between them")
    if not ((n >= 1) & (n == np.floor(n))).all() or not (noise >= 0).all():
        raise ValueError("cases are whole numbers above 0, and a variance is not below 0")
    return share, n.astype(np.int64), norm, noise


def _tails(z: float) -> tuple[float, float]:
    """The share of a distribution below each limit."""
    return float(ndtr(-z)), float(ndtr(z))


def _interpolated(quantile: Numbers, tail: float, distribution: Callable[[Numbers], Numbers]) -> Numbers:
    """The interpolated quantile of counts, from the ``quantile`` of the distribution as a continuous function.

    Interpolation has no jumps: where rounding carries ``quantile`` over a whole number, the outcome is the same.
    """
    count = np.ceil(quantile)
    at = distribution(count)
    below = np.where(count > 0, distribution(np.maximum(count - 1, 0.0)), 0.0)
    interpolated: Numbers = np.maximum(count - (at - tail) / (at - below), 0.0)
    return interpolated


def _exact_limits(
    cases: NDArray[np.int64], target: Numbers, noise_variance: Numbers, z: float
) -> tuple[Numbers, Numbers]:
    """Binomial limits with room for noise, within 0 and 1."""
    lower, upper = binomial_limits(cases, target, z)
    return (
        np.maximum(_widened(lower, target, noise_variance, z, -1), 0.0),
        np.minimum(_widened(upper, target, noise_variance, z, 1), 1.0),
    )


def _widened(limit: Numbers, target: Numbers, noise_variance: Numbers, z: float, side: int) -> Numbers:
    """A limit on one side of its target with independent noise: the distances add as variances do."""
    # Where hardly any case misses the target, an interpolated limit can lie just across it.
    distance = np.hypot(np.maximum(side * (limit - target), 0.0), z * np.sqrt(noise_variance))
    widened: Numbers = target + side * distance
    return widened


def _error(cases: ArrayLike, target: ArrayLike, noise_variance: ArrayLike) -> Numbers:
    """The standard deviation of asin sqrt(share): half the root of 1/cases, and noise by the slope at the target."""
    n, norm, noise = (np.asarray(values, dtype=np.float64) for values in (cases, target, noise_variance))
    error: Numbers = np.sqrt((1 / n + noise / (norm * (1 - norm))) / 4)
    return error


def _merged(cases: Numbers) -> NDArray[np.int64]:
    """The number of the stratum that each stratum becomes part of; shape (strata,).

    All small ones become one; when that is still too small, the next smallest join.
    """
    if cases.sum() <= 0:
        raise ValueError("the reference has no cases")
    order = np.argsort(cases, kind="stable")
    small = int(np.count_nonzero(cases < LEAST_STRATUM))
    if small:
        small = max(small, int(np.searchsorted(np.cumsum(cases[order]), LEAST_STRATUM)) + 1)
    stratum = np.empty(cases.size, dtype=np.int64)
    stratum[order] = np.maximum(np.arange(cases.size) - max(small - 1, 0), 0)
    return stratum
