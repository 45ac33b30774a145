"""Control charts: does a series move by more than chance?

Everything works on one series of points in order of time, shape (n,). NaN is a period without a figure (hidden or
missing): it has no moving range and ends every run. A *phase* is a stretch of points with limits of its own; a new
one starts at each re-baselining. Signs are 1 (high or rising), -1 (low or falling) and 0 (nothing).

Source of the rules: NHS England, Making Data Count, as executed by NHSRplotthedots 0.2.2; run charts and the charts
for counts as in qicharts2 0.8.1. Where we differ: docs/deviations.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import comb, log2
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monitor.statistics.intervals import Numbers

Signs = NDArray[np.int8]

LIMIT_FACTOR: Final = 2.66  # 3/d2 for moving ranges of two, rounded as in Wheeler 1993
NEAR_FACTOR: Final = 2 * (LIMIT_FACTOR / 3)  # "near the limits" starts at two thirds
SIGMA_FACTOR: Final = 3 / 1.128  # the same without rounding the outcome: Montgomery, and qicharts2
SCREEN_FACTOR: Final = 3.267  # D4: a moving range beyond it is one jump, not the usual variation (Nelson 1982)
RUN_LENGTH: Final = 7  # points of a shift, and of a trend (six steps)
SHORT_PHASE: Final = 13  # NHSRplotthedots warns of trial limits in a phase with fewer points
LEAST_POINTS: Final = 8  # fewer carry no limits: a run chart
FIXED_AFTER: Final = 12  # from here on further points do not move the limits
FALSE_SIGNALS: Final = 0.06  # of unchanged series signal at their last point: tests/bench/bench_spc.py
LEAST_OLD_PHASE: Final = 12  # points that a phase needs before another may follow it
LEAST_NEW_PHASE: Final = RUN_LENGTH  # points that show that a change lasts
TIME_POWER: Final = 3.6  # makes exponential times about normal (Nelson 1994)
# A mean or limit of floating-point numbers misses a point that lies exactly on it by less than this share.
TIE: Final = 1e-12


class Direction(StrEnum):
    """Which way is better."""

    INCREASE = "increase"
    DECREASE = "decrease"
    NEUTRAL = "neutral"


class Cause(StrEnum):
    """Which rule speaks of a point; the first that does, in this order."""

    ABOVE_LIMIT = "above_limit"
    BELOW_LIMIT = "below_limit"
    RISING = "rising"
    FALLING = "falling"
    TWO_IN_THREE_ABOVE = "two_in_three_above"
    TWO_IN_THREE_BELOW = "two_in_three_below"
    SHIFT_ABOVE = "shift_above"
    SHIFT_BELOW = "shift_below"
    COMMON = "common"


class PointType(StrEnum):
    """What a point means. HIGH and LOW where neither way is better."""

    COMMON_CAUSE = "common_cause"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    HIGH = "high"
    LOW = "low"


class Variation(StrEnum):
    """The variation icon, by the last point."""

    COMMON_CAUSE = "common_cause"
    IMPROVEMENT_HIGH = "improvement_high"
    IMPROVEMENT_LOW = "improvement_low"
    CONCERN_HIGH = "concern_high"
    CONCERN_LOW = "concern_low"
    NEUTRAL_HIGH = "neutral_high"
    NEUTRAL_LOW = "neutral_low"


class Assurance(StrEnum):
    """The assurance icon: whether the process as it is meets its target."""

    CONSISTENT_PASS = "consistent_pass"
    CONSISTENT_FAIL = "consistent_fail"
    INCONSISTENT = "inconsistent"


_CAUSES: Final = {  # by rule, in order of priority, and sign
    (0, 1): Cause.ABOVE_LIMIT,
    (0, -1): Cause.BELOW_LIMIT,
    (1, 1): Cause.RISING,
    (1, -1): Cause.FALLING,
    (2, 1): Cause.TWO_IN_THREE_ABOVE,
    (2, -1): Cause.TWO_IN_THREE_BELOW,
    (3, 1): Cause.SHIFT_ABOVE,
    (3, -1): Cause.SHIFT_BELOW,
}
_MEANINGS: Final = {
    (Direction.INCREASE, 1): (PointType.IMPROVEMENT, Variation.IMPROVEMENT_HIGH),
    (Direction.INCREASE, -1): (PointType.CONCERN, Variation.CONCERN_LOW),
    (Direction.DECREASE, 1): (PointType.CONCERN, Variation.CONCERN_HIGH),
    (Direction.DECREASE, -1): (PointType.IMPROVEMENT, Variation.IMPROVEMENT_LOW),
    (Direction.NEUTRAL, 1): (PointType.HIGH, Variation.NEUTRAL_HIGH),
    (Direction.NEUTRAL, -1): (PointType.LOW, Variation.NEUTRAL_LOW),
}


def _meaning(direction: Direction, sign: int) -> tuple[PointType, Variation]:
    return _MEANINGS.get((direction, sign), (PointType.COMMON_CAUSE, Variation.COMMON_CAUSE))


@dataclass(frozen=True, slots=True)
class Xmr:
    """A chart of individual values with the rules that fired; every array has shape (n,), one entry a point.

    ``phase``: the number of the phase, from 0. ``mean``, ``lower``, ``upper``: of the phase, in the unit of the
    values; NaN where a phase has no moving range above 0. They are not cut off at 0 or 100 %. ``outside``,
    ``trend``, ``two_in_three``, ``shift``: the sign of each rule at each point of its run, whatever the others say.
    """

    values: Numbers
    phase: NDArray[np.int64]
    mean: Numbers
    lower: Numbers
    upper: Numbers
    outside: Signs
    trend: Signs
    two_in_three: Signs
    shift: Signs
    direction: Direction
    target: float | None

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The cause of each point."""
        signals = zip(self._first_rule.tolist(), self.signal.tolist(), strict=True)
        return tuple(_CAUSES[rule, sign] if sign else Cause.COMMON for rule, sign in signals)

    @property
    def signal(self) -> Signs:
        """Which way each point signals, by the rule that comes first; shape (n,)."""
        return self._rules[self._first_rule, np.arange(self.values.size)]

    @property
    def point_types(self) -> tuple[PointType, ...]:
        """What each point means."""
        return tuple(_meaning(self.direction, sign)[0] for sign in self.signal.tolist())

    @property
    def variation(self) -> Variation:
        """The variation icon: of the last point that has a value."""
        signals = self.signal[~np.isnan(self.values)]
        return _meaning(self.direction, int(signals[-1]) if signals.size else 0)[1]

    @property
    def assurance(self) -> Assurance | None:
        """The assurance icon: the target against the limits of the last phase.

        None without a target, without limits, and where neither way is better.
        """
        if self.target is None or self.direction is Direction.NEUTRAL or np.isnan(self.upper[-1]):
            return None
        sign = 1 if self.direction is Direction.INCREASE else -1
        side = int(self.target > self.upper[-1]) - int(self.target < self.lower[-1])
        if side == 0:
            return Assurance.INCONSISTENT
        return Assurance.CONSISTENT_FAIL if side == sign else Assurance.CONSISTENT_PASS

    @property
    def short_phase(self) -> NDArray[np.bool_]:
        """Whether each point lies in a phase of which NHSRplotthedots says that its limits are on trial."""
        return self._phase_points < SHORT_PHASE

    @property
    def fixed(self) -> bool:
        """Whether the limits of the last phase stay as they are; else they are provisional (*voorlopig*)."""
        return bool(self._phase_points[-1] >= FIXED_AFTER)

    @property
    def _rules(self) -> Signs:
        return np.stack([self.outside, self.trend, self.two_in_three, self.shift])

    @property
    def _first_rule(self) -> NDArray[np.int64]:
        first: NDArray[np.int64] = np.argmax(self._rules != 0, axis=0)
        return first

    @property
    def _phase_points(self) -> NDArray[np.int64]:
        return np.bincount(self.phase, weights=~np.isnan(self.values)).astype(np.int64)[self.phase]


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a series about its centre line (Anhøj's rules); points on the line do not count.

    ``longest``: points of the longest run, and ``longest_expected`` what it should not exceed. ``crossings``:
    how often the line is crossed, and ``crossings_expected`` what it should reach.
    """

    useful: int
    longest: int
    longest_expected: int
    crossings: int
    crossings_expected: int

    @property
    def signal(self) -> bool:
        """Whether the runs are longer, or the crossings fewer, than chance makes them."""
        return self.longest > self.longest_expected or self.crossings < self.crossings_expected


@dataclass(frozen=True, slots=True)
class RunChart:
    """A series too short for limits: ``values`` of shape (n,), their ``median`` (NaN without any) and its runs."""

    values: Numbers
    median: float
    runs: Runs


@dataclass(frozen=True, slots=True)
class CountChart:
    """A chart of counts, shares, rates or times: ``values``, ``centre``, ``lower``, ``upper``, each of shape (n,)."""

    values: Numbers
    centre: Numbers
    lower: Numbers
    upper: Numbers

    @property
    def outside(self) -> Signs:
        """The sign of each point beyond its limits, shape (n,)."""
        return _beyond(self.values, self.lower, self.upper)


def chart(
    values: ArrayLike, direction: Direction, target: float | None = None, rebases: Sequence[int] = ()
) -> Xmr | RunChart:
    """The chart that a series deserves: a run chart below LEAST_POINTS values, else limits, fixed after 12 points.

    ``values`` of shape (n,), NaN where there is none; ``target`` in their unit; ``rebases`` the positions of the
    first points of new phases, each one let through by ``refusals``.
    """
    series = np.asarray(values, dtype=np.float64)
    if np.count_nonzero(~np.isnan(series)) < LEAST_POINTS:
        return run_chart(series)
    return xmr(series, direction, target, rebases, fix_after=FIXED_AFTER)


def xmr(
    values: ArrayLike,
    direction: Direction,
    target: float | None = None,
    rebases: Sequence[int] = (),
    fix_after: int | None = None,
    screen: bool = True,
) -> Xmr:
    """A chart of individual values with the rules of Making Data Count, whatever the number of points.

    Per phase: limits at the mean ± 2.66 times the mean moving range, from the first ``fix_after`` values (all when
    None), moving ranges beyond 3.267 times their mean left out once when ``screen``. Rules, in order of priority:
    outside the limits; a trend of 7 points; two in three near a limit; a shift of 7 points. All points of a run
    are flagged. A point on a limit is within it, a point on the mean ends a shift, an equal step ends a trend.

    ``values`` of shape (n,); ``rebases`` the positions of the first points of new phases. Raises ValueError for
    other shapes, an empty series, and a position outside the series.

    Source: NHSRplotthedots, ptd_spc_standard.R and ptd_calculate_point_type.R.
    """
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1 or series.size == 0:
        raise ValueError("a chart needs one series with at least one point")
    if any(not 0 <= first < series.size for first in rebases):
        raise ValueError("a phase must start within the series")
    starts = np.zeros(series.size, dtype=np.int64)
    starts[[first for first in rebases if first > 0]] = 1
    phase = np.cumsum(starts)
    lines = np.empty((3, series.size))
    rules = np.empty((4, series.size), dtype=np.int8)
    for stretch in np.split(np.arange(series.size), np.flatnonzero(starts)):
        points = series[stretch]
        centre, spread = _process(_first_values(points, fix_after), screen)
        lines[:, stretch] = np.array([[centre], [centre - LIMIT_FACTOR * spread], [centre + LIMIT_FACTOR * spread]])
        rules[:, stretch] = _rules(points, centre, spread)
    mean, lower, upper = lines
    outside, trend, two_in_three, shift = rules
    return Xmr(series, phase, mean, lower, upper, outside, trend, two_in_three, shift, direction, target)


def run_chart(values: ArrayLike) -> RunChart:
    """The median of a series and its runs; ``values`` of shape (n,), NaN where there is none."""
    series = np.asarray(values, dtype=np.float64)
    known = series[~np.isnan(series)]
    median = float(np.median(known)) if known.size else float("nan")
    return RunChart(series, median, runs(series, median))


def runs(values: Numbers, centre: ArrayLike) -> Runs:
    """The runs of ``values``, shape (n,), about a centre line, which may vary by point; NaN does not count.

    Sources: Anhøj and Olesen, PLoS ONE 9 (2014) e113825; longest run Schilling 2012; crossings Chen 2010.
    """
    sides = _side(values, centre)
    sides = sides[sides != 0]
    if sides.size == 0:
        return Runs(0, 0, 0, 0, 0)
    changes = np.flatnonzero(np.diff(sides))
    lengths = np.diff(np.concatenate([[-1], changes, [sides.size - 1]]))
    return Runs(
        sides.size, int(lengths.max()), round(log2(sides.size)) + 3, changes.size, _least_crossings(sides.size - 1)
    )


class Change(StrEnum):
    """What changed, by those who propose new limits."""

    WORKING_METHOD = "working_method"  # werkwijze
    INFLOW = "inflow"  # wie er instroomt
    REGISTRATION = "registration"
    TARGET = "target"  # norm: never a reason


@dataclass(frozen=True, slots=True)
class Rebase:
    """What is recorded of a re-baselining (*nieuwe grenzen*): where it starts, who decided it, when, and why.

    ``first``: the position in the series of the first point of the new phase. ``change``: None when unknown.
    ``why``: the cause in words. ``lasting``: whether it is expected to last.
    """

    first: int
    change: Change | None
    why: str
    lasting: bool
    by: str
    on: date


class Refusal(StrEnum):
    """Why limits may not be drawn anew."""

    NO_SIGNAL = "no_signal"
    CAUSE_UNKNOWN = "cause_unknown"
    TARGET_CHANGED = "target_changed"
    NOT_LASTING = "not_lasting"
    NOBODY_DECIDED = "nobody_decided"
    OLD_PHASE_SHORT = "old_phase_short"
    NEW_PHASE_SHORT = "new_phase_short"


def refusals(drawn: Xmr, proposed: Rebase) -> tuple[Refusal, ...]:
    """Every reason why a re-baselining may not be made on the chart as it is drawn now; none when it may.

    There is no formula for a new phase, only judgement; these are the conditions for it. A shift or a trend has
    fired at or after the proposed point, in the phase that it would split. The cause is known and described,
    expected to last, and somebody answers for it. The old part has 12 points, the new one 7. A new target is no
    reason: it changes the assurance icon, not the process. Raises ValueError for a point outside the series.
    """
    if not 0 <= proposed.first < drawn.values.size:
        raise ValueError("the proposed point lies outside the series")
    position = np.arange(drawn.values.size)
    split = drawn.phase == drawn.phase[proposed.first]
    old, new = split & (position < proposed.first), split & (position >= proposed.first)
    known = ~np.isnan(drawn.values)
    reasons = {
        Refusal.NO_SIGNAL: not ((drawn.shift != 0) | (drawn.trend != 0))[new].any(),
        Refusal.CAUSE_UNKNOWN: proposed.change is None or not proposed.why.strip(),
        Refusal.TARGET_CHANGED: proposed.change is Change.TARGET,
        Refusal.NOT_LASTING: not proposed.lasting,
        Refusal.NOBODY_DECIDED: not proposed.by.strip(),
        Refusal.OLD_PHASE_SHORT: known[old].sum() < LEAST_OLD_PHASE,
        Refusal.NEW_PHASE_SHORT: known[new].sum() < LEAST_NEW_PHASE,
    }
    return tuple(reason for reason, holds in reasons.items() if holds)


def p_chart(events: ArrayLike, cases: ArrayLike) -> CountChart:
    """Shares ``events / cases`` with binomial limits, cut off at 0 and 1; no gaps. Source: Montgomery 7.8."""
    share, centre, sigma = _shares(events, cases)
    return _count_chart(share, centre, sigma, highest=1.0)


def p_prime_chart(events: ArrayLike, cases: ArrayLike) -> CountChart:
    """As ``p_chart``, with limits that follow the variation between periods. Source: Laney, Qual. Eng. 14 (2002)."""
    share, centre, sigma = _shares(events, cases)
    return _count_chart(share, centre, sigma * _laney(share, centre, sigma), highest=1.0)


def u_chart(events: ArrayLike, exposure: ArrayLike) -> CountChart:
    """Rates ``events / exposure`` with Poisson limits, cut off at 0; no gaps. Source: Montgomery 7.19."""
    rate, centre, sigma = _rates(events, exposure)
    return _count_chart(rate, centre, sigma)


def u_prime_chart(events: ArrayLike, exposure: ArrayLike) -> CountChart:
    """As ``u_chart``, with limits that follow the variation between periods. Source: Laney, Qual. Eng. 14 (2002)."""
    rate, centre, sigma = _rates(events, exposure)
    return _count_chart(rate, centre, sigma * _laney(rate, centre, sigma))


def c_chart(events: ArrayLike) -> CountChart:
    """Counts over equal exposure with Poisson limits, cut off at 0; no gaps. Source: Montgomery 7.17."""
    return u_chart(events, np.ones(np.shape(events)))


def t_chart(times: ArrayLike) -> CountChart:
    """Times between rare events, in the unit given; no gaps. Raises ValueError for a time of 0 or less.

    Limits of individual values on the scale times^(1/3.6), cut off at 0. Source: Montgomery 7.3.5 after Nelson 1994.
    """
    values = np.asarray(times, dtype=np.float64)
    if not (values > 0).all():
        raise ValueError("times between events must be above 0")
    mean, spread = _process(values ** (1 / TIME_POWER))
    limits = np.maximum(np.array([mean, mean - SIGMA_FACTOR * spread, mean + SIGMA_FACTOR * spread]), 0.0)
    return CountChart(values, *(np.full(values.shape, line) for line in limits**TIME_POWER))


def g_chart(cases_between: ArrayLike) -> CountChart:
    """Cases between rare events, with geometric limits cut off at 0 and the median as centre line; no gaps.

    Source: Montgomery p. 319; the median as in qicharts2, because half of the points then lie on each side.
    """
    values = np.asarray(cases_between, dtype=np.float64)
    mean = values.mean()
    limits = _count_chart(values, np.full(values.shape, mean), np.full(values.shape, np.sqrt(mean * (mean + 1))))
    return CountChart(values, np.full(values.shape, np.median(values)), limits.lower, limits.upper)


def _side(values: Numbers, line: ArrayLike) -> Signs:
    """On which side of a line each value lies; 0 on it, and where either is NaN."""
    difference = values - np.asarray(line, dtype=np.float64)
    largest = np.max(np.abs(values), initial=0.0, where=~np.isnan(values))
    apart = np.abs(difference) > TIE * largest
    return np.sign(difference, out=np.zeros(values.shape), where=apart).astype(np.int8)


def _beyond(values: Numbers, lower: ArrayLike, upper: ArrayLike) -> Signs:
    """1 above the upper line, -1 below the lower one, 0 between and on them."""
    return np.maximum(_side(values, upper), 0) + np.minimum(_side(values, lower), 0)


def _first_values(points: Numbers, number: int | None) -> Numbers:
    """The points up to and including the given number of known values."""
    return points if number is None else points[np.cumsum(~np.isnan(points)) <= number]


def _process(points: Numbers, screen: bool = True) -> tuple[float, float]:
    """The mean, and the mean moving range of neighbours; NaN where there is none."""
    ranges = np.abs(np.diff(points))
    ranges = ranges[~np.isnan(ranges)]
    if screen and ranges.size:
        ranges = ranges[ranges < SCREEN_FACTOR * ranges.mean()]
    return _mean(points[~np.isnan(points)]), _mean(ranges)


def _mean(values: Numbers) -> float:
    return float(values.mean()) if values.size else float("nan")


def _rules(points: Numbers, mean: float, spread: float) -> Signs:
    """The signs of outside, trend, two in three and shift, shape (4, points), within one phase."""
    side = _side(points, mean)
    outside, beyond_near = (
        _beyond(points, mean - factor * spread, mean + factor * spread) for factor in (LIMIT_FACTOR, NEAR_FACTOR)
    )
    near = np.where(outside == 0, beyond_near, 0)
    return np.stack([outside, _trend(points), _two_in_three(near, side), _in_runs(side, RUN_LENGTH)])


def _trend(points: Numbers) -> Signs:
    """The sign of the trend of each point; a turning point belongs to the later one."""
    steps = np.sign(np.nan_to_num(np.diff(points))).astype(np.int8)
    steps = _in_runs(steps, RUN_LENGTH - 1)
    before, after = np.pad(steps, (1, 0)), np.pad(steps, (0, 1))
    return np.where(after != 0, after, before)


def _two_in_three(near: Signs, side: Signs) -> Signs:
    """The sign of each point near a limit, in three points on one side of which two or more are near."""
    flagged = np.zeros(near.size, dtype=np.int8)
    for first in range(near.size - 2):
        three = slice(first, first + 3)
        if abs(int(side[three].sum())) == 3 and np.count_nonzero(near[three]) >= 2:
            flagged[three] = near[three]
    return flagged


def _in_runs(signs: Signs, length: int) -> Signs:
    """The signs that stand in a run of at least ``length`` of the same; 0 elsewhere."""
    edges = np.flatnonzero(np.diff(signs)) + 1
    lengths = np.diff(np.concatenate([[0], edges, [signs.size]]))
    return np.where(np.repeat(lengths, lengths) >= length, signs, 0).astype(np.int8)


def _least_crossings(chances: int) -> int:
    """The 5 % quantile of a fair coin's heads in so many throws, in whole numbers: qbinom(0.05, chances, 0.5)."""
    crossings, total = 0, 1
    while 20 * total < 2**chances:
        crossings += 1
        total += comb(chances, crossings)
    return crossings


def _shares(events: ArrayLike, cases: ArrayLike) -> tuple[Numbers, Numbers, Numbers]:
    """The shares, the centre line, and the binomial standard deviation of each."""
    rate, centre, _ = _rates(events, cases)
    return rate, centre, np.sqrt(centre * (1 - centre) / np.asarray(cases, dtype=np.float64))


def _rates(events: ArrayLike, exposure: ArrayLike) -> tuple[Numbers, Numbers, Numbers]:
    """The rates, the centre line, and the Poisson standard deviation of each."""
    count, size = (np.asarray(numbers, dtype=np.float64) for numbers in (events, exposure))
    centre = np.full(count.shape, count.sum() / size.sum())
    return count / size, centre, np.sqrt(centre / size)


def _laney(values: Numbers, centre: Numbers, sigma: Numbers) -> float:
    """How many times the variation between periods is that of chance alone."""
    _, spread = _process((values - centre) / sigma)
    return spread / 1.128


def _count_chart(values: Numbers, centre: Numbers, sigma: Numbers, highest: float = np.inf) -> CountChart:
    """Limits at three standard deviations, cut off at 0 and at ``highest``."""
    return CountChart(values, centre, np.maximum(centre - 3 * sigma, 0.0), np.minimum(centre + 3 * sigma, highest))
