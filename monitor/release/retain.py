"""How long the counts of a delivery stay (*bewaartermijn*): until a term is over and no release needs them any more.

A spreadsheet goes when a newer one of its period took its place; the one that counts stays, as it is all that the
store has of its period. The name of a person goes the day after the last on which it may be shown. Terms and their
reasons: monitor/catalogue/retention.toml. Published cells are no counts: they stay.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, exists, not_, select

from monitor.access.trail import Act, erase, write
from monitor.catalogue import load_retention, load_schedule
from monitor.release.carry import CARRIED, LACK_OF_DATA
from monitor.release.cell import SHARED
from monitor.release.periods import is_quarter, last_day
from monitor.release.publish import read_line
from monitor.release.status import Kind, behind, name_of
from monitor.store.counts import deliveries, erasures
from monitor.store.deliveries import COUNTS, erase_counts, scrub
from monitor.store.engine import as_utc, writing
from monitor.store.linked import erase_events, linked_events, waiting_files
from monitor.store.published import cells
from monitor.store.sheets import erase_figures, superseded_sheets
from monitor.store.standing import contacts, erase_names, names_over
from pseudonymise.agreement import load_agreement


class Reason(StrEnum):
    SUPERSEDED = "superseded"  # a newer delivery of the institution took its place
    EXPIRED = "expired"  # it still counts, but was received longer ago than agreed


@dataclass(frozen=True)
class Due:
    """A delivery whose term is over, since a day. ``needed_for``: what a release to come needs its counts for; it is
    kept as long. None: they go."""

    institution: str
    delivery_id: int
    until: date
    received: date
    reason: Reason
    since: date
    needed_for: str | None


@dataclass(frozen=True)
class DueSheet:
    """A superseded spreadsheet whose term is over, since a day."""

    supplier: str
    template: str
    period: str
    sheet_id: int
    since: date


@dataclass(frozen=True)
class DueEvents:
    """Linked events that waited longer to be counted than the agreement lets them, since a day."""

    institution: str
    period: str
    file_id: int
    since: date


@dataclass(frozen=True)
class DueNames:
    """Names of persons in the list of whom to call of one supplier whose last day is over, the oldest since a day."""

    supplier: str
    names: int
    since: date


AnyDue = Due | DueSheet | DueEvents | DueNames


def retain(engine: Engine, by: str, now: datetime) -> list[AnyDue]:
    """Erase all that is due and not needed; all that is due comes back. ``now`` in UTC.

    All in one transaction, with a trace; again, it does nothing. Raises UserError when ``by`` is no name.
    """
    who = name_of(by)
    with writing(engine) as connection:
        due = find_due(connection, now)
        for one in due:
            if isinstance(one, DueSheet):
                erase_figures(connection, one.template, one.sheet_id)
            elif isinstance(one, DueEvents):
                erase_events(connection, one.file_id, Reason.EXPIRED, who, now)
                write(connection, Act.ERASE, who, f"{one.institution} {one.period} gekoppeld", now)
            elif isinstance(one, DueNames):
                erase_names(connection, one.supplier, now.date())
                write(connection, Act.ERASE, who, f"{one.supplier} namen {one.names}", now)
            elif not one.needed_for:
                erase_counts(connection, one.institution, one.delivery_id, one.reason, who, now)
                write(connection, Act.ERASE, who, f"{one.institution} {one.until}", now)
        erase(connection, now)
    scrub(
        engine, (*COUNTS.values(), linked_events, contacts)
    )  # also when nothing is due: the run before may have been cut off here
    return due


def find_due(connection: Connection, now: datetime) -> list[AnyDue]:
    """What is there although its term is over: deliveries, then spreadsheets, each by who sent it. ``now`` in UTC."""
    return [
        *_due_deliveries(connection, now),
        *_due_sheets(connection, now),
        *_due_events(connection, now),
        *_due_names(connection, now),
    ]


def _due_names(connection: Connection, now: datetime) -> Iterator[DueNames]:
    for row in names_over(connection, now.date()):
        yield DueNames(row.supplier, row.names, row.since + timedelta(days=1))


def _due_events(connection: Connection, now: datetime) -> Iterator[DueEvents]:
    """Rows of people: the agreement says how long they may wait to be counted; without it, not at all."""
    linked = load_agreement().linked
    term = timedelta(days=linked.erase_within_days if linked else 0)
    for file in waiting_files(connection):
        since = as_utc(file.received_at) + term
        if since <= now:
            yield DueEvents(file.institution, file.period, file.id, since.date())


def _due_sheets(connection: Connection, now: datetime) -> Iterator[DueSheet]:
    for row in superseded_sheets(connection):
        since = as_utc(row.since) + timedelta(days=load_retention().superseded_days)
        if since <= now:
            yield DueSheet(row.supplier, row.template, row.period, row.id, since.date())


def _due_deliveries(connection: Connection, now: datetime) -> list[Due]:
    erased = exists().where(
        erasures.c.institution == deliveries.c.institution, erasures.c.delivery_id == deliveries.c.id
    )
    columns = deliveries.c
    rows = connection.execute(
        select(columns.institution, columns.id, columns.until, columns.received_at)
        .where(~erased)
        .order_by(columns.institution, columns.until.desc(), columns.id.desc())
    )
    lines: list[list[Any]] = [list(line) for _, line in groupby(rows, attrgetter("institution"))]
    until = {line[0].institution: line[0].until for line in lines}
    terms = load_retention()
    due = []
    for current, *older in lines:
        since = as_utc(current.received_at) + timedelta(days=terms.last_days)
        if since <= now:
            due.append(_due(current, Reason.EXPIRED, since, _needed_for(connection, current, until)))
        newer = [current]
        for row in older:
            superseded = max(as_utc(row.received_at), min(as_utc(one.received_at) for one in newer))
            since = superseded + timedelta(days=terms.superseded_days)
            if since <= now:
                due.append(_due(row, Reason.SUPERSEDED, since, None))  # no release reads what is superseded
            newer.append(row)
    return due


def _due(row: Row[Any], reason: Reason, since: datetime, needed_for: str | None) -> Due:
    received = as_utc(row.received_at).date()
    return Due(row.institution, row.id, row.until, received, reason, since.date(), needed_for)


def _needed_for(connection: Connection, current: Row[Any], until: Mapping[str, date]) -> str | None:
    """What a release to come needs the current delivery of an institution for. ``until``: of all institutions."""
    line = read_line(connection)
    computed = [one for one in line if one.kind is not Kind.ERRATUM]  # an erratum leaves what it does not name
    if not computed or as_utc(computed[-1].made_at) < as_utc(current.received_at):
        return "de eerste uitgave eruit"
    if not line[-1].confirmed:
        return f"{line[-1].code}, die op bevestiging wacht"
    waiting = {
        period
        for indicator, region, institution, period in _provisional(connection, line[-1].id)
        if _last_day(period) <= current.until
        and _waits_for_others(behind(indicator, region, institution), current.institution, _last_day(period), until)
    }
    return f"de definitieve cijfers over {', '.join(sorted(waiting))}" if waiting else None


def _provisional(connection: Connection, release_id: int) -> Iterable[Sequence[str]]:
    """Indicator, region, institution and period of what a release published and may still be made final."""
    columns = cells.c
    lacking = and_(columns.state == "missing", columns.reason.in_(sorted(LACK_OF_DATA)))
    return connection.execute(
        select(columns.indicator, columns.region, columns.institution, columns.period)
        .where(
            columns.release_id == release_id,
            columns.audience == SHARED,
            columns.statistic.in_(sorted(CARRIED)),
            not_(columns.final),
            not_(lacking),
        )
        .distinct()
    ).all()


def _waits_for_others(codes: frozenset[str], own: str, end: date, until: Mapping[str, date]) -> bool:
    """Whether a figure rests on these counts, of a period that ended at ``end``, and on another institution that still
    follows cases of it: then the next delivery of that one can make it final. Alone, they would have done so already.
    """
    agreement = load_agreement()
    delivered = [step.horizon for step in agreement.steps if not agreement.clock(step.clock).linked]
    longest = max(delivered) + load_schedule().final_days
    followed = end + timedelta(days=longest)
    return own in codes and any(until.get(code, date.min) < followed for code in codes - {own})


def _last_day(period: str) -> date:
    return last_day(period if is_quarter(period) else f"{period}Q4")
