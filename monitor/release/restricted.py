"""The restricted mean: how many days a case waits on average, up to a stated horizon. From published curves alone.

A case that did not get so far within the horizon, because it waits longer or ended before, counts for the whole of it.
"""

from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.release.cell import ALL, Cell, Figure, Missing, MissingReason, Owner, Published, Statistic
from pseudonymise.agreement import Step

NORMS: Final = 2  # the horizon in terms of the norm: late cases weigh, and it is known within months
ALL_BUT_HIDDEN: Final = 99  # percent from which a shared curve ends because the rest rounds to 100 %


def horizon_of(step: Step) -> int:
    """In the unit of the step, on its grid: twice the norm, or half the time a case is followed without one."""
    wished = NORMS * step.norm_days if step.norm_days else step.horizon / 2
    return min(point for point in step.grid_points if point >= wished)


def restricted_mean_cells(step: Step, cells: Sequence[Cell]) -> Iterator[Cell]:
    """Of all together and of each institution, for every audience and period; ``point`` is the horizon.

    ``cells``: all of one step. Between the points of a curve the share is taken to grow evenly, as in a life table.
    The limits are those of the curve at each point, so that the interval holds at least 95 %.
    """
    horizon = horizon_of(step)
    curves: dict[tuple[str, Owner, str], list[Cell]] = {}
    for cell in cells:
        if cell.statistic is Statistic.CURVE and cell.region == ALL and cell.measure_group == ALL:
            curves.setdefault((cell.audience, cell.owner, cell.period), []).append(cell)
    for (audience, (region, institution, measure_group), period), curve in curves.items():
        yield Cell(
            audience=audience,
            indicator=step.code,
            statistic=Statistic.RESTRICTED_MEAN,
            region=region,
            institution=institution,
            measure_group=measure_group,
            period=period,
            figure=restricted_mean(curve, horizon),
            point=horizon,
            cohort=curve[0].cohort,
        )


def restricted_mean(curve: Sequence[Cell], horizon: int) -> Figure:
    """In whole units of the step. Missing when the curve stops before ``horizon``; the reason of one not drawn."""
    shown = sorted((cell.point, cell.figure) for cell in curve if cell.point and isinstance(cell.figure, Published))
    if not shown:
        return curve[0].figure
    last_day, last = shown[-1]
    if last_day < horizon and last.value < ALL_BUT_HIDDEN:
        return Missing(MissingReason.UNDETERMINABLE)
    days = np.array([0, *(day for day, _ in shown)], dtype=np.float64)
    value, lower, upper = (
        _waited(days, np.array([0, *line], dtype=np.float64), horizon)
        for line in (
            [figure.value for _, figure in shown],
            [figure.value if figure.upper is None else figure.upper for _, figure in shown],
            [figure.value if figure.lower is None else figure.lower for _, figure in shown],
        )
    )
    return Published(float(round(value)), float(floor(lower)), float(ceil(upper)), last.n)


def _waited(days: NDArray[np.float64], percent: NDArray[np.float64], horizon: int) -> float:
    """The area above the curve up to the horizon, in days; beyond its last point it stays level."""
    points = np.unique(np.append(days[days < horizon], horizon))
    return float(np.trapezoid(1 - np.interp(points, days, percent) / 100, points))
