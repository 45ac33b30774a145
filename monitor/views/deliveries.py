"""What is expected of whom, what came in, and what is late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.access.roles import Role
from monitor.access.visibility import suppliers_seen
from monitor.catalogue.expected import DELIVERY, NOW, Term, last_day, last_period, load_expected
from monitor.reception import Received


class State(StrEnum):
    IN = "in"
    AWAITED = "awaited"
    LATE = "late"
    RENEW = "renew"  # it came in, and stands so long that it is asked for again


@dataclass(frozen=True)
class Expectation:
    """``what``: DELIVERY or the code of a template. ``received``: when what counts for the period came in. ``due``: the
    last day; of what is standing the day until which it is fresh, or today when it never came in."""

    supplier: str
    what: str
    period: str
    due: date
    state: State
    received: date | None


@dataclass(frozen=True)
class Deliveries:
    """For one role. ``history``: the newest first."""

    expected: tuple[Expectation, ...]
    history: tuple[Received, ...]

    @property
    def late(self) -> tuple[Expectation, ...]:
        return tuple(one for one in self.expected if one.state is State.LATE)

    @property
    def to_renew(self) -> tuple[Expectation, ...]:
        return tuple(one for one in self.expected if one.state is State.RENEW)


def deliveries(role: Role, came_in: Sequence[Received], today: date) -> Deliveries:
    """Of every supplier that the role may see, the newest period of everything that is expected of it."""
    expected = tuple(
        _expectation(supplier, what, last_period(term.every, _yesterday(today)), came_in, today)
        for supplier in suppliers_seen(role)
        for what, term in load_expected().of(supplier).items()
    )
    return Deliveries(expected, tuple(came_in))


def _expectation(supplier: str, what: str, period: str, came_in: Sequence[Received], today: date) -> Expectation:
    term = load_expected().terms[what]
    if term.is_standing:
        return _standing(supplier, what, term, came_in, today)
    due = term.due(period)
    received = max((one.received_at.date() for one in came_in if _answers(one, supplier, what, period)), default=None)
    if received:
        return Expectation(supplier, what, period, due, State.IN, received)
    return Expectation(supplier, what, period, due, State.LATE if today > due else State.AWAITED, None)


def _standing(supplier: str, what: str, term: Term, came_in: Sequence[Received], today: date) -> Expectation:
    """Fresh by its oldest statement, or by when it came in where statements have no day of their own."""
    counts = next((one for one in came_in if _answers(one, supplier, what, NOW)), None)
    if counts is None:
        return Expectation(supplier, what, NOW, today, State.AWAITED, None)
    received = counts.received_at.date()
    due = term.renewed_by(counts.as_of or received)
    return Expectation(supplier, what, NOW, due, State.RENEW if due < today else State.IN, received)


def _answers(one: Received, supplier: str, what: str, period: str) -> bool:
    """Whether it counts for the period: a delivery runs to its end or further, a spreadsheet is of it."""
    if one.supplier != supplier or not one.current:
        return False
    if what == DELIVERY:
        return one.until is not None and one.until >= last_day(period)
    return one.template == what and one.period == period


def _yesterday(today: date) -> date:
    return date.fromordinal(today.toordinal() - 1)  # a quarter is over the day after its last
