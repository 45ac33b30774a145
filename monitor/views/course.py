"""The course of a series of quarters: what chance explains of it, and what it does not."""

from dataclasses import dataclass

from monitor.release.cell import Assurance, Cell, Published, Signal, Statistic, Variation
from monitor.views.reading import Group, Indicator


@dataclass(frozen=True)
class Point:
    """``centre``: None where the chart has no line; ``signal``: None where the quarter has no final figure."""

    period: str
    centre: Published | None
    signal: Signal | None


@dataclass(frozen=True)
class Course:
    """``variation``: None when the series is too short to tell. ``assurance``: None without target or limits."""

    points: tuple[Point, ...]
    variation: Variation | None
    assurance: Assurance | None

    @property
    def latest_run(self) -> tuple[Point, ...]:
        """The last points in a row that signal to the same side as the last one; empty when that does not signal."""
        known = [point for point in self.points if point.signal is not None]
        run: list[Point] = []
        for point in reversed(known):
            assert point.signal is not None
            if point.signal == Signal.NONE or (run and (point.signal > 0) != ((run[-1].signal or 0) > 0)):
                break
            run.append(point)
        return tuple(reversed(run))


def course(indicator: Indicator, group: Group) -> Course | None:
    """The course of one group; None where the release has none, as of a step without a norm."""
    periods = indicator.periods(group, quarters=True)
    if not periods:
        return None
    variation = indicator.find(Statistic.VARIATION, group, periods[-1])
    if variation is None:
        return None
    value, assurance = _value(variation), _value(indicator.find(Statistic.ASSURANCE, group, periods[-1]))
    return Course(
        points=tuple(
            Point(
                period, _published(indicator.find(Statistic.CENTRE, group, period)), _signal(indicator, group, period)
            )
            for period in periods
        ),
        variation=None if value is None else Variation(int(value)),
        assurance=None if assurance is None else Assurance(int(assurance)),
    )


def _signal(indicator: Indicator, group: Group, period: str) -> Signal | None:
    value = _value(indicator.find(Statistic.SIGNAL, group, period))
    return None if value is None else Signal(int(value))


def _published(cell: Cell | None) -> Published | None:
    return cell.figure if cell and isinstance(cell.figure, Published) else None


def _value(cell: Cell | None) -> float | None:
    figure = _published(cell)
    return figure.value if figure else None
