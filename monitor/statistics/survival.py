"""Lead times with cases that are still open or ended otherwise, from grouped counts.

Counts per duration are sufficient for everything here and additive: a year is the sum of its quarters, a
region the sum of its institutions. Every function works on arrays whose last axis is the duration 0..D (in
the unit of the step: calendar or working days) and whose leading axes are groups, all at once.

A case is at risk on a day when it was followed up to and including that day; events precede censoring on the
same day.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]

# Sums of fractions that equal p exactly may fall short of it by rounding.
TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class StepCounts:
    """Cases by duration and outcome, each of shape (..., D + 1); cases without a date are no part of it.

    ``reached``: the milestone came. ``ended``: the case ended before it (the competing event). ``open``:
    followed for so long without either (censored).
    """

    reached: Counts
    ended: Counts
    open: Counts


@dataclass(frozen=True, slots=True)
class Incidence:
    """The share of cases that reached the milestone by each day, each field of shape (..., D + 1).

    ``at_risk``: cases followed up to that day. ``reached``: cumulative incidence in [0, 1]. ``variance``: of
    ``reached``. ``remaining``: share that neither reached nor ended by that day.
    """

    at_risk: Counts
    reached: Numbers
    variance: Numbers
    remaining: Numbers

    @property
    def identifiable(self) -> NDArray[np.bool_]:
        """Whether the data speak about each day: somebody was followed that far, or nobody was left.

        Shape (..., D + 1). Groups without cases are identifiable nowhere.
        """
        before = _shifted(self.remaining, first=1.0)
        identifiable: NDArray[np.bool_] = (self.at_risk[..., :1] > 0) & ((self.at_risk > 0) | (before == 0))
        return identifiable


def aalen_johansen(counts: StepCounts) -> Incidence:
    """The Aalen-Johansen estimate with Greenwood-type variance (Dinse and Larson 1986, eq. 6).

    Ended cases count as not reached; open cases carry what is known of the others. Without open cases this is
    the plain share with variance p(1 - p)/n. O(D) by running sums. Groups without cases give 0 with variance
    0: ask ``identifiable`` first.

    Sources: Aalen and Johansen 1978; Dinse and Larson, Biometrika 73 (1986) 379; Marubini and Valsecchi 1995,
    p. 341. Equal to statsmodels' CumIncidenceRight and to R's etm.
    """
    at_risk = _from_here_on(counts.reached + counts.ended + counts.open)
    events = counts.reached + counts.ended
    remaining: Numbers = np.cumprod(1.0 - _ratio(events, at_risk), axis=-1, dtype=np.float64)
    before = _shifted(remaining, first=1.0)
    reached: Numbers = np.cumsum(before * _ratio(counts.reached, at_risk), axis=-1)
    return Incidence(at_risk, reached, _variance(counts.reached, events, at_risk, before, reached), remaining)


def quantile(reached: Numbers, share: float) -> np.ma.MaskedArray[tuple[int, ...], np.dtype[np.int64]]:
    """The smallest day by which at least ``share`` of the cases reached the milestone; masked where none is.

    ``reached`` has shape (..., D + 1) and does not decrease along it; the answer has shape (...).
    """
    far_enough = reached >= share - TOLERANCE
    return np.ma.MaskedArray(np.argmax(far_enough, axis=-1), mask=~far_enough.any(axis=-1))


def effective_cases(incidence: Incidence) -> Numbers:
    """How many fully followed cases would carry the same information, by day: F(1 - F)/variance.

    Shape (..., D + 1); 0 where the variance is 0 (F is 0 or 1), where the number of known cases must serve.
    """
    spread = incidence.reached * (1.0 - incidence.reached)
    return _ratio(spread, incidence.variance)


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


def _from_here_on(counts: Counts) -> Counts:
    """The sum of each day and all later ones."""
    return np.cumsum(counts[..., ::-1], axis=-1)[..., ::-1]


def _shifted(values: Numbers, first: float) -> Numbers:
    """Each day's value put on the next day."""
    return np.concatenate([np.full_like(values[..., :1], first), values[..., :-1]], axis=-1)
