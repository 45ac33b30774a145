"""The quality of registration, from counts: shares with their denominators, and whether two accounts agree.

All functions work on whole numbers that broadcast, elementwise. A share of nothing is masked, and never a number.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monitor.statistics.intervals import Z95, wilson

Numbers = NDArray[np.float64]
Masked = np.ma.MaskedArray[tuple[int, ...], np.dtype[np.float64]]

# Below this share of its dates a milestone is insufficiently registered (*onvoldoende registratie*): what is missing
# could turn the result round, and no norm is judged on it.
SMALLEST_COMPLETENESS = 0.90


@dataclass(frozen=True, slots=True)
class Share:
    """``cases`` of ``of``: the share with its 95 % Wilson limits, all masked where ``of`` is 0."""

    cases: Numbers
    of: Numbers
    value: Masked
    lower: Masked
    upper: Masked


@dataclass(frozen=True, slots=True)
class Registration:
    """What is known of the registration of a milestone.

    ``completeness``: dated of passed; ``proxied`` and ``implausible``: of passed; ``out_of_order`` and ``early``: of
    dated.
    """

    completeness: Share
    proxied: Share
    implausible: Share
    out_of_order: Share
    early: Share


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two sources agree on the dates of the same event, of all that at least one of them holds.

    ``same``, ``day`` (at most a day apart) and ``differ`` are shares of the events in both; ``only_first`` and
    ``only_second`` of those in either.
    """

    same: Share
    day: Share
    differ: Share
    only_first: Share
    only_second: Share


def share(cases: ArrayLike, of: ArrayLike) -> Share:
    """Raises ValueError when there are more cases than there can be, or fewer than none."""
    part, whole = np.broadcast_arrays(*(np.asarray(count, dtype=np.float64) for count in (cases, of)))
    if (part < 0).any() or (part > whole).any():
        raise ValueError("a share needs 0 <= cases <= of")
    some = whole > 0
    value = np.divide(part, whole, out=np.zeros(whole.shape), where=some)
    lower, upper = wilson(value, np.where(some, whole, 1.0), z=Z95)
    return Share(part, whole, *(np.ma.array(number, mask=~some) for number in (value, lower, upper)))


def registration(
    *,
    passed: ArrayLike,
    dated: ArrayLike,
    proxied: ArrayLike,
    implausible: ArrayLike,
    out_of_order: ArrayLike,
    early: ArrayLike,
) -> Registration:
    """From the counts of table `quality` of a delivery, or sums of them."""
    return Registration(
        completeness=share(dated, passed),
        proxied=share(proxied, passed),
        implausible=share(implausible, passed),
        out_of_order=share(out_of_order, dated),
        early=share(early, dated),
    )


def insufficient(completeness: Share) -> NDArray[np.bool_]:
    """Whether too few are registered to judge by. Without anything to register, nothing is insufficient.

    Exact in whole numbers: nine of ten are enough.
    """
    return np.asarray((completeness.of > 0) & (completeness.cases < SMALLEST_COMPLETENESS * completeness.of))


def duplicates(rows: ArrayLike, distinct: ArrayLike) -> Share:
    """Rows that say again what another row says: the rest of ``distinct`` of all ``rows``."""
    return share(np.asarray(rows, dtype=np.float64) - np.asarray(distinct, dtype=np.float64), rows)


def agreement(
    *, same: ArrayLike, day: ArrayLike, differ: ArrayLike, only_first: ArrayLike, only_second: ArrayLike
) -> Agreement:
    """From counts of events: dated the same in two sources, one day apart, further apart, or in one of them only.

    No kappa: dates are no categories, and chance agreement of two dates is next to nothing.
    """
    counts = np.broadcast_arrays(
        *(np.asarray(count, dtype=np.float64) for count in (same, day, differ, only_first, only_second))
    )
    both = counts[0] + counts[1] + counts[2]
    either = both + counts[3] + counts[4]
    return Agreement(
        *(share(count, both) for count in counts[:3]),
        *(share(count, either) for count in counts[3:]),
    )


@dataclass(frozen=True, slots=True)
class StockIdentity:
    """``gap``: stock at the end less what follows from the begin, the inflow and the outflow."""

    gap: Numbers
    holds: NDArray[np.bool_]


def stock_identity(
    begin: ArrayLike, inflow: ArrayLike, outflow: ArrayLike, end: ArrayLike, tolerance: ArrayLike
) -> StockIdentity:
    """Whether begin + inflow - outflow = end.

    ``tolerance`` is the largest gap that rounding or noise can make: by `rounding_tolerance`, or four times the
    largest deviation of one protected count. 0 for exact counts.
    """
    first, came, went, last, largest = (
        np.asarray(count, dtype=np.float64) for count in (begin, inflow, outflow, end, tolerance)
    )
    gap = np.asarray(last - (first + came - went))
    return StockIdentity(gap, np.asarray(np.abs(gap) <= largest))


def rounding_tolerance(unit: float, counts: int = 4) -> float:
    """The largest gap between ``counts`` counts that were each rounded to a multiple of ``unit``."""
    return counts * unit / 2
