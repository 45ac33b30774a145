"""Lead times with cases that are still open or ended otherwise, from grouped counts.

Counts per duration are sufficient for everything here and additive: a year is the sum of its quarters, a
region the sum of its institutions. Every function works on arrays whose last axis is the duration 0..D (in
the unit of the step: calendar or working days) and whose leading axes are groups, all at once.

A case is at risk on a day when it had been entered by then and was followed up to and including that day;
events precede censoring on the same day. (R and lifelines want entry *before* the day: give them entry - 0.5.)

What the data do not speak about is masked, or False in ``Incidence.identifiable``, and never a number.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monitor.statistics.intervals import Z95, wilson

Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]
Masked = np.ma.MaskedArray[tuple[int, ...], np.dtype[np.float64]]
Days = np.ma.MaskedArray[tuple[int, ...], np.dtype[np.int64]]

# Sums of fractions that equal p exactly may fall short of it by rounding.
TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class StepCounts:
    """Cases by duration and outcome, each of shape (..., D + 1); cases without a date are no part of it.

    ``reached``: the milestone came. ``ended``: the case ended before it (the competing event). ``open``:
    followed for so long without either (censored). ``entered``: by the duration from which they are followed
    (delayed entry, of cases that were open already when the monitor began); without it all are from day 0.
    """

    reached: Counts
    ended: Counts
    open: Counts
    entered: Counts | None = None


@dataclass(frozen=True, slots=True)
class Incidence:
    """The share of cases that reached the milestone by each day, each field of shape (..., D + 1).

    ``at_risk``: cases followed on that day. ``known``: cases of which it is known whether they reached the
    milestone before that day or were still waiting on it. ``reached``: cumulative incidence in [0, 1].
    ``variance``: of ``reached``. ``remaining``: share that neither reached nor ended by that day.
    """

    at_risk: Counts
    known: Counts
    reached: Numbers
    variance: Numbers
    remaining: Numbers

    @property
    def identifiable(self) -> NDArray[np.bool_]:
        """Whether the data speak about each day: up to it somebody was always followed, or nobody was left.

        Shape (..., D + 1). Groups without cases are identifiable nowhere.
        """
        before = _shifted(self.remaining, first=1.0)
        identifiable: NDArray[np.bool_] = np.logical_and.accumulate((self.at_risk > 0) | (before == 0), axis=-1)
        return identifiable

    @property
    def share(self) -> Masked:
        """``reached``, masked where it is not identifiable."""
        return np.ma.MaskedArray(self.reached, mask=~self.identifiable)


def aalen_johansen(counts: StepCounts) -> Incidence:
    """The Aalen-Johansen estimate with Greenwood-type variance (Dinse and Larson 1986, eq. 6).

    Ended cases count as not reached; open cases carry what is known of the others. Without open cases this is
    the plain share with variance p(1 - p)/n. O(D) by running sums. Groups without cases give 0 with variance
    0: ask ``identifiable`` first. Raises ValueError when ``entered`` does not fit the other counts.

    Sources: Aalen and Johansen 1978; Dinse and Larson, Biometrika 73 (1986) 379; Marubini and Valsecchi 1995,
    p. 341. Equal to statsmodels' CumIncidenceRight and to R's etm.
    """
    at_risk = _at_risk(counts)
    events = counts.reached + counts.ended
    remaining: Numbers = np.cumprod(1.0 - _ratio(events, at_risk), axis=-1, dtype=np.float64)
    before = _shifted(remaining, first=1.0)
    reached = np.minimum(np.cumsum(before * _ratio(counts.reached, at_risk), axis=-1), 1.0)  # rounding
    variance = _variance(counts.reached, events, at_risk, before, reached)
    return Incidence(at_risk, at_risk + _before(events), reached, variance, remaining)


def kaplan_meier(counts: StepCounts) -> Incidence:
    """The Kaplan-Meier estimate with Greenwood's variance: ended cases are followed no longer, like open ones.

    ``remaining`` is the survival curve S, ``reached`` is 1 - S, ``variance`` is of both, and 0 where S is 0.
    For norms that lapse when a case ends; elsewhere it overstates the share reached. Groups without cases and
    errors as ``aalen_johansen``.

    Sources: Kaplan and Meier, JASA 53 (1958) 457; Greenwood 1926. Equal to R's survfit and to statsmodels'
    SurvfuncRight.
    """
    at_risk = _at_risk(counts)
    remaining: Numbers = np.cumprod(1.0 - _ratio(counts.reached, at_risk), axis=-1, dtype=np.float64)
    pairs = at_risk.astype(np.float64) * (at_risk - counts.reached)
    variance = remaining**2 * np.cumsum(_ratio(counts.reached, pairs), axis=-1)
    return Incidence(at_risk, at_risk + _before(counts.reached), 1.0 - remaining, variance, remaining)


def quantile(reached: Numbers | Masked, share: float) -> Days:
    """The smallest day by which at least ``share`` of the cases reached the milestone; masked where none is.

    ``reached`` has shape (..., D + 1) and does not decrease along it; the answer has shape (...). Masked days
    are passed over.
    """
    far_enough = np.ma.filled(reached >= share - TOLERANCE, False)
    return np.ma.MaskedArray(np.argmax(far_enough, axis=-1), mask=~far_enough.any(axis=-1))


def quantile_interval(
    reached: Numbers | Masked, lower: Numbers | Masked, upper: Numbers | Masked, share: float
) -> tuple[Days, Days, Days]:
    """The quantile of a curve, its earliest and its latest day, by inverting the band around the curve.

    Any pointwise band does: log-log, or Wilson with noise. A limit that the band does not reach is masked; so
    is the latest day where only the end of the curve, at 1, would reach it and the band is masked there.

    Source: Brookmeyer and Crowley, Biometrics 38 (1982) 29.
    """
    return quantile(reached, share), quantile(upper, share), quantile(lower, share)


def effective_cases(incidence: Incidence) -> Numbers:
    """How many fully followed cases would carry the same information, by day: F(1 - F)/variance.

    Shape (..., D + 1). Where F is 0 or 1, which has no variance, the number of known cases; 0 where nothing is
    known (not ``identifiable``).
    """
    share = incidence.reached
    inside = (share > TOLERANCE) & (share < 1 - TOLERANCE)
    effective = np.where(inside, _ratio(share * (1.0 - share), incidence.variance), incidence.known)
    return np.where(incidence.identifiable, effective, 0.0)


def share_interval(
    share: ArrayLike, effective: ArrayLike, noise_variance: ArrayLike = 0.0, z: float = Z95
) -> tuple[Masked, Masked]:
    """The Wilson interval of a share on its effective cases; masked where there are none.

    Arrays broadcast. ``effective``: of ``effective_cases`` for exact counts, the protected number of known
    cases for protected ones. ``noise_variance``: what protection added to the variance of the share.

    Coverage by simulation: tests/bench/bench_coverage.py.
    """
    cases = np.asarray(effective, dtype=np.float64)
    nothing = cases <= 0
    lower, upper = wilson(share, np.where(nothing, 1.0, cases), noise_variance, z)
    unknown = np.broadcast_to(nothing, lower.shape)
    return np.ma.MaskedArray(lower, mask=unknown), np.ma.MaskedArray(upper, mask=unknown)


def log_log(probability: ArrayLike, variance: ArrayLike, z: float = Z95) -> tuple[Masked, Masked]:
    """The limits of a probability from its variance, symmetric for log(-log p); masked where it is 0 or 1.

    Give it ``remaining`` of Kaplan-Meier, or ``reached`` of Aalen-Johansen, with ``variance``. Of shares
    ``share_interval`` covers better in small groups; these are for curves and for comparison with others.

    Source: Kalbfleisch and Prentice 1980, p. 15. Equal to R's survfit with conf.type "log-log".
    """
    p, spread = np.broadcast_arrays(np.asarray(probability, np.float64), np.asarray(variance, np.float64))
    outside = (p <= TOLERANCE) | (p >= 1 - TOLERANCE)
    inner = np.where(outside, 0.5, p)
    distance = z * np.sqrt(spread) / (inner * np.log(inner))  # below 0
    lower, upper = (inner ** np.exp(sign * distance) for sign in (-1, 1))
    return np.ma.MaskedArray(lower, mask=outside), np.ma.MaskedArray(upper, mask=outside)


def bounds(within: ArrayLike, unknown: ArrayLike, cases: ArrayLike) -> tuple[Masked, Masked]:
    """What the share within the norm can still become: if none, and if all, of the unknown cases made it.

    Arrays broadcast. ``within``: cases seen to reach the milestone in time. ``unknown``: not yet due, and
    unregistered where those are counted in. ``cases``: all. Masked where there are none. Protected counts need
    not add up: a bound stays within [0, 1].
    """
    low, more, n = (np.asarray(values, dtype=np.float64) for values in (within, unknown, cases))
    nobody = n <= 0
    whole = np.where(nobody, 1.0, n)
    lower, upper = np.clip(low / whole, 0.0, 1.0), np.clip((low + more) / whole, 0.0, 1.0)
    return (
        np.ma.MaskedArray(lower, mask=np.broadcast_to(nobody, lower.shape)),
        np.ma.MaskedArray(upper, mask=np.broadcast_to(nobody, upper.shape)),
    )


def _at_risk(counts: StepCounts) -> Counts:
    left = counts.reached + counts.ended + counts.open
    if counts.entered is None:
        return np.cumsum(left[..., ::-1], axis=-1)[..., ::-1]
    at_risk: Counts = np.cumsum(counts.entered, axis=-1) - _before(left)
    if (at_risk < left).any() or (at_risk[..., -1] > left[..., -1]).any():
        raise ValueError("the cases that entered are not those that left: a case leaves on or after its entry")
    return at_risk


def _variance(reached: Counts, events: Counts, at_risk: Counts, before: Numbers, incidence: Numbers) -> Numbers:
    """Sum over s <= t of (F(t) - F(s))^2 a + b - 2 (F(t) - F(s)) c, with F(t) taken out of the sums."""
    exits = at_risk.astype(np.float64)
    # On the day that everybody left is gone, F(t) - F(s) is 0 for every later t: the term drops out.
    a = _ratio(events, exits * (exits - events))
    b = before**2 * _ratio(reached * (exits - reached), exits**3)
    c = before * _ratio(reached, exits**2)
    sum_a, sum_af, sum_aff, sum_b, sum_c, sum_cf = (
        np.cumsum(term, axis=-1) for term in (a, a * incidence, a * incidence**2, b, c, c * incidence)
    )
    variance = incidence**2 * sum_a - 2 * incidence * sum_af + sum_aff + sum_b - 2 * (incidence * sum_c - sum_cf)
    return np.maximum(variance, 0.0)


def _ratio(above: Counts | Numbers, below: Counts | Numbers) -> Numbers:
    """``above / below``, and 0 where ``below`` is 0."""
    return np.divide(above, below, out=np.zeros(np.broadcast(above, below).shape), where=below != 0)


def _before(counts: Counts) -> Counts:
    """The sum of all earlier days."""
    earlier: Counts = np.cumsum(counts, axis=-1) - counts
    return earlier


def _shifted(values: Numbers, first: float) -> Numbers:
    """Each day's value put on the next day."""
    return np.concatenate([np.full_like(values[..., :1], first), values[..., :-1]], axis=-1)
