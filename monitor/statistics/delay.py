"""What is registered late: how complete the newest periods are, and an estimate of what is still to come.

A reporting triangle counts events by the period in which they happened (axis -2, oldest first) and by how many
periods later they were registered (axis -1, the lag, from 0). A cell whose period of registration is not over is
masked, and so is a period that was not delivered; leading axes are groups, all at once. The last lag holds all that
came so late or later.

What the triangle does not determine is masked, and never a number.

Source: the chain ladder, with the standard errors of Mack, ASTIN Bulletin 23 (1993) 213; equal to those of
chainladder 0.10.1 within 1e-12. Where only one period gives a factor, chainladder takes its spread from the factors
around it; here there is no band.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

UPPER_95 = 0.975  # of a two-sided 95 % band

Numbers = NDArray[np.float64]
Masked = np.ma.MaskedArray[tuple[int, ...], np.dtype[np.float64]]
Lags = np.ma.MaskedArray[tuple[int, ...], np.dtype[np.int64]]

# Sums of fractions that equal a share exactly may fall short of it by rounding.
TOLERANCE = 1e-12

# A spread takes two periods.
SMALLEST_SPREAD = 2


@dataclass(frozen=True, slots=True)
class Nowcast:
    """Events of each period, registered and expected; fields of shape (..., periods).

    ``registered`` until now; ``completeness``: the share of all that will be registered, in (0, 1]; ``expected``:
    all, ``registered / completeness``; ``error``: its standard error; ``lower`` and ``upper``: its 95 % band, never
    below what is registered. A period that is complete is what it is: its band has no width.
    """

    registered: Masked
    completeness: Masked
    expected: Masked
    error: Masked
    lower: Masked
    upper: Masked


def reporting_triangle(counts: NDArray[np.int64], delivered: NDArray[np.bool_] | None = None) -> Masked:
    """The triangle of ``counts`` (..., periods, lags), of which the last period is the newest that is over.

    ``delivered`` (..., periods): False for a period without a count, which is not a period without events. Sums of
    triangles over institutions keep masked what any of them lacks.
    """
    periods, lags = counts.shape[-2:]
    to_come = np.arange(periods)[:, None] + np.arange(lags) > periods - 1
    missing = np.zeros(counts.shape[:-1], dtype=bool) if delivered is None else ~delivered
    return np.ma.array(counts.astype(np.float64), mask=to_come | missing[..., None])


def development_factors(triangle: Masked) -> Masked:
    """By how much the events registered by each lag grow to the next; shape (..., lags - 1).

    Volume-weighted: the sum over the periods of which both are known, over the sum before. Masked where no period
    says so, or none had events.
    """
    before, after = _links(triangle)
    return np.ma.masked_invalid(_ratio(after.sum(axis=-2), before.sum(axis=-2)))


def completeness(factors: Masked) -> Masked:
    """The share registered by each lag of all that ever will be; shape (..., lags), 1 at the last.

    It is the distribution of the delay, free of what the newest periods still lack. Masked where a factor is that
    still has to come.
    """
    known = np.ma.filled(factors, np.nan)
    still = np.concatenate([known, np.ones((*known.shape[:-1], 1))], axis=-1)
    return np.ma.masked_invalid(_ratio(1.0, np.cumprod(still[..., ::-1], axis=-1)[..., ::-1]))


def lag_quantile(registered: Masked, share: float) -> Lags:
    """The first lag by which ``share`` of all events is registered; shape (...).

    ``registered`` as by `completeness`; masked where it is not known at every lag.
    """
    by_then = np.ma.filled(registered, 0.0) >= share - TOLERANCE
    return np.ma.array(by_then.argmax(axis=-1), mask=np.ma.getmaskarray(registered).any(axis=-1))


def nowcast(triangle: Masked) -> Nowcast:
    """What each period will have in the end.

    Masked where no factor leads there, and where nothing is registered yet: zero times anything says nothing. The
    band is that of Mack's standard error on a logarithmic scale (events are never negative), with Student's t for
    the spread of the next factor: that rests on as many periods as there are links, and needs two.
    """
    periods, lags = triangle.shape[-2:]
    factors = development_factors(triangle)
    share = np.ma.filled(completeness(factors), np.nan)
    before, _ = _links(triangle)
    volume, links = before.sum(axis=-2), (before > 0).sum(axis=-2)
    noise = _spread(triangle) / np.ma.filled(factors, np.nan) ** 2
    age = np.minimum(np.arange(periods)[::-1], lags - 1)
    developing = age < lags - 1

    registered = np.ma.filled(_cumulative(triangle), np.nan)[..., np.arange(periods), age]
    expected = np.where((registered == 0) & developing, np.nan, registered) / share[..., age]
    # Mack's formula for the relative variance (his theorem 3), from each period's own age on.
    relative = np.zeros(registered.shape)
    for lag in range(lags - 1):
        level = expected * share[..., lag, None]
        added = noise[..., lag, None] * (_ratio(1.0, level) + _ratio(1.0, volume[..., lag, None]))
        relative += np.where(age <= lag, added, 0.0)
    quantile = np.ones(registered.shape)
    quantile[..., developing] = stdtrit(np.maximum(links[..., age[developing]] - 1, 1), UPPER_95)
    half = quantile * np.sqrt(np.log1p(relative))
    lower = np.maximum(expected * np.exp(-half), registered)
    upper = expected * np.exp(half)
    fields = (registered, share[..., age], expected, expected * np.sqrt(relative), lower, upper)
    return Nowcast(*(np.ma.masked_invalid(field) for field in fields))


def _cumulative(triangle: Masked) -> Masked:
    """Events registered by each lag; unknown from the first lag that is."""
    unknown = np.logical_or.accumulate(np.ma.getmaskarray(triangle), axis=-1)
    return np.ma.array(np.ma.filled(triangle, 0.0).cumsum(axis=-1), mask=unknown)


def _links(triangle: Masked) -> tuple[Numbers, Numbers]:
    """Events by each lag and by the next, 0 in the periods of which the next is not known."""
    cumulative = _cumulative(triangle)
    known, events = ~np.ma.getmaskarray(cumulative)[..., 1:], np.ma.filled(cumulative, 0.0)
    return np.where(known, events[..., :-1], 0.0), np.where(known, events[..., 1:], 0.0)


def _spread(triangle: Masked) -> Numbers:
    """Mack's sigma squared of each factor: the variance of a link for one event; NaN with fewer than two links."""
    before, after = _links(triangle)
    factors = np.ma.filled(development_factors(triangle), 0.0)[..., None, :]
    squares = np.divide((after - factors * before) ** 2, before, out=np.zeros_like(before), where=before > 0)
    links = (before > 0).sum(axis=-2)
    return np.where(links >= SMALLEST_SPREAD, squares.sum(axis=-2) / np.maximum(links - 1, 1), np.nan)


def _ratio(numbers: Numbers | float, by: Numbers) -> Numbers:
    """NaN where the divisor is zero."""
    ratio: Numbers = np.divide(numbers, by, out=np.full(by.shape, np.nan), where=by != 0)
    return ratio
