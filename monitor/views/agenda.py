"""The agenda beside the published figures: how far the actions are, and what the series did since each began."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from monitor.agenda.action import Theme
from monitor.agenda.book import History, Revision
from monitor.release.cell import Signal
from monitor.views.course import Course, Point, course
from monitor.views.reading import Group, Reader
from pseudonymise.agreement import region_names


class Since(StrEnum):
    """What a series did since an action began: never whether the action did it."""

    NOT_STARTED = "not_started"  # planned
    NO_COURSE = "no_course"  # no course is published: a step without a norm
    SHORT = "short"  # too few final quarters to tell change from chance
    NO_QUARTERS = "no_quarters"  # no final quarter since
    CHANCE = "chance"
    ONE_POINT = "one_point"  # only the last one lies outside the limits
    BEFORE = "before"  # the change that shows began before the action
    CHANGED = "changed"


@dataclass(frozen=True)
class Followed:
    """``quarters``: final ones since the start, the quarter of the start among them. ``run``: the last points in a
    row that signal to one side, up to the last final quarter; empty when that does not signal.
    """

    history: History
    since: Since
    quarters: int
    run: tuple[Point, ...]

    @property
    def revision(self) -> Revision:
        return self.history.last


@dataclass(frozen=True)
class Progress:
    open: int = 0
    closed: int = 0
    late: int = 0


@dataclass(frozen=True)
class AgendaModel:
    """``progress``: by region and theme. ``late``: open actions with a milestone or start that has passed.
    ``changed``: those with a revision after ``moment``, each with how it stood then, None for one that is new.
    """

    actions: tuple[Followed, ...]
    progress: dict[tuple[str, Theme], Progress]
    late: tuple[History, ...]
    changed: tuple[tuple[History, Revision | None], ...]


def agenda_model(histories: Iterable[History], reader: Reader, today: date, moment: datetime) -> AgendaModel:
    kept = tuple(histories)
    late = tuple(one for one in kept if one.action.late(today) or one.action.overdue_start(today))
    return AgendaModel(
        actions=tuple(followed(one, reader) for one in kept),
        progress={
            (region, theme): _progress([one for one in kept if _is_of(one, region, theme)], late)
            for region in region_names()
            for theme in Theme
        },
        late=late,
        changed=tuple((one, one.at(moment)) for one in kept if one.last.changed_at > moment),
    )


def followed(history: History, reader: Reader) -> Followed:
    indicator = reader.indicator(history.action.step)
    return follow(history, course(indicator, Group(region=history.action.region)))


def follow(history: History, course: Course | None) -> Followed:
    """What the course of the region says of the quarters since the action began, by its signals alone."""
    action = history.action
    if not action.begun:
        return Followed(history, Since.NOT_STARTED, 0, ())
    if course is None:
        return Followed(history, Since.NO_COURSE, 0, ())
    if course.variation is None:
        return Followed(history, Since.SHORT, 0, ())
    began = quarter_of(action.start)
    after = [point for point in course.points if point.signal is not None and point.period >= began]
    if not after:
        return Followed(history, Since.NO_QUARTERS, 0, ())
    run = course.latest_run
    return Followed(history, _since(run, began), len(after), run)


def quarter_of(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def _since(run: tuple[Point, ...], began: str) -> Since:
    if not run:
        return Since.CHANCE
    if run[0].period < began:
        return Since.BEFORE
    alone = len(run) == 1 and run[0].signal in (Signal.ABOVE_LIMIT, Signal.BELOW_LIMIT)
    return Since.ONE_POINT if alone else Since.CHANGED


def _is_of(history: History, region: str, theme: Theme) -> bool:
    return (history.action.region, history.action.theme) == (region, theme)


def _progress(histories: list[History], late: tuple[History, ...]) -> Progress:
    closed = sum(one.action.closed for one in histories)
    return Progress(len(histories) - closed, closed, sum(one in late for one in histories))
