"""The course (*verloop*) of a series: chance or change. Made from the published cells of an indicator alone.

Points are quarters: the share within the norm of final cohorts, or a count. What is hidden or missing is no point.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf, isnan
from typing import Final

import numpy as np

from monitor.release.cell import (
    Assurance,
    Cell,
    Cohort,
    Figure,
    Missing,
    MissingReason,
    Owner,
    Published,
    Signal,
    Statistic,
    Variation,
)
from monitor.release.periods import is_quarter
from monitor.statistics import spc

SIGNALS: Final = {
    spc.Cause.COMMON: Signal.NONE,
    spc.Cause.ABOVE_LIMIT: Signal.ABOVE_LIMIT,
    spc.Cause.BELOW_LIMIT: Signal.BELOW_LIMIT,
    spc.Cause.RISING: Signal.RISING,
    spc.Cause.FALLING: Signal.FALLING,
    spc.Cause.TWO_IN_THREE_ABOVE: Signal.TWO_IN_THREE_ABOVE,
    spc.Cause.TWO_IN_THREE_BELOW: Signal.TWO_IN_THREE_BELOW,
    spc.Cause.SHIFT_ABOVE: Signal.SHIFT_ABOVE,
    spc.Cause.SHIFT_BELOW: Signal.SHIFT_BELOW,
}
VARIATIONS: Final = {
    spc.PointType.COMMON_CAUSE: Variation.COMMON_CAUSE,
    spc.PointType.IMPROVEMENT: Variation.IMPROVEMENT,
    spc.PointType.CONCERN: Variation.CONCERN,
    spc.PointType.HIGH: Variation.HIGHER,
    spc.PointType.LOW: Variation.LOWER,
}
ASSURANCES: Final = {
    spc.Assurance.CONSISTENT_PASS: Assurance.CONSISTENTLY_MET,
    spc.Assurance.INCONSISTENT: Assurance.INCONSISTENT,
    spc.Assurance.CONSISTENT_FAIL: Assurance.CONSISTENTLY_MISSED,
}


def course_cells(
    cells: Iterable[Cell],
    direction: spc.Direction,
    target: int | None = None,
    phases: Mapping[Owner, Sequence[str]] | None = None,
) -> Iterator[Cell]:
    """The charts of an indicator: one for each audience and owner that it is published for by quarter.

    ``cells``: of one indicator, those of its share or count. ``target``: whole percent. ``phases``: the first
    quarter of each recorded new baseline. Limits that no share or count can reach are cut off there.
    """
    series: dict[tuple[str, Owner], list[Cell]] = defaultdict(list)
    for cell in cells:
        if is_quarter(cell.period):
            series[cell.audience, cell.owner].append(cell)
    for (_, owner), points in series.items():
        yield from _course(
            sorted(points, key=lambda cell: cell.period), direction, target, (phases or {}).get(owner, ())
        )


def draw(
    points: Sequence[Cell], direction: spc.Direction, target: int | None = None, phases: Sequence[str] = ()
) -> spc.Xmr | spc.RunChart:
    """The chart of a series: the cells of one owner by quarter, in order. ``phases``: as in ``course_cells``."""
    quarters = [point.period for point in points]
    starts = [quarters.index(first) for first in phases if first in quarters]
    return spc.chart([_value(point) for point in points], direction, target, starts)


def _course(
    points: Sequence[Cell], direction: spc.Direction, target: int | None, phases: Sequence[str]
) -> Iterator[Cell]:
    quarters = [point.period for point in points]
    drawn = draw(points, direction, target, phases)
    values = drawn.values
    point = replace(points[-1], cohort=None, completeness=None, point=None)
    if isinstance(drawn, spc.RunChart):
        if not isnan(drawn.median):
            yield from (
                replace(point, statistic=Statistic.CENTRE, period=quarter, figure=Published(drawn.median))
                for quarter in quarters
            )
        short = Missing(MissingReason.SHORT_SERIES)
        yield replace(point, statistic=Statistic.VARIATION, figure=short)
        if target is not None:
            yield replace(point, statistic=Statistic.ASSURANCE, figure=short)
        return
    most = 100.0 if point.statistic is Statistic.SHARE else inf
    lines = (drawn.mean, np.maximum(drawn.lower, 0.0), np.minimum(drawn.upper, most))
    for index, quarter in enumerate(quarters):
        mean, lower, upper = (_number(line[index]) for line in lines)
        if mean is not None:
            yield replace(point, statistic=Statistic.CENTRE, period=quarter, figure=Published(mean, lower, upper))
        if not isnan(values[index]):
            signal = SIGNALS[drawn.causes[index]]
            yield replace(point, statistic=Statistic.SIGNAL, period=quarter, figure=Published(float(signal)))
    last = drawn.point_types[int(np.flatnonzero(~np.isnan(values))[-1])]
    yield replace(point, statistic=Statistic.VARIATION, figure=Published(float(VARIATIONS[last])))
    if target is not None:
        yield replace(point, statistic=Statistic.ASSURANCE, figure=_assurance(drawn))


def _value(cell: Cell) -> float:
    """The point of a chart; NaN where there is none. A share of which only a bound is said counts as that bound."""
    if isinstance(cell.figure, Published) and cell.cohort in (None, Cohort.FINAL):
        return cell.figure.value
    return float("nan")


def _assurance(drawn: spc.Xmr) -> Figure:
    if drawn.assurance is None:  # a series that never moved has no limits
        return Missing(MissingReason.SHORT_SERIES)
    return Published(float(ASSURANCES[drawn.assurance]))


def _number(value: float) -> float | None:
    return None if isnan(value) else float(value)
