"""One run: what waits is laid together, counted and erased in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row

from monitor.access.trail import Act, write
from monitor.linked.roads import counts_of, follow, lay_together
from monitor.release.status import name_of
from monitor.store.deliveries import current_delivery, scrub
from monitor.store.engine import writing
from monitor.store.linked import erase_events, insert_run, linked_events, read_events, waiting_files
from pseudonymise.agreement import Outcome, load_agreement
from pseudonymise.errors import UserError


@dataclass(frozen=True)
class Made:
    """What a run laid together. ``files``: institution to the last day of its events. ``absent``: parties that sent
    none. ``erased``: rows of people. ``tally``: number of roads, of those that reached their end, and why others have
    no known length or are no road."""

    period: str
    files: dict[str, date]
    absent: tuple[str, ...]
    followed_until: date
    erased: int
    tally: dict[str, int]


def make_run(engine: Engine, by: str, now: datetime) -> Made:
    """Lay together what waits, count it, and erase it. ``now`` in UTC.

    The counts take the place of those of the run before. UserError, with the store as it was, when nothing waits or
    when what waits was made under different keys or for different quarters.
    """
    who = name_of(by)
    with writing(engine) as connection:
        waiting = waiting_files(connection)
        _check(waiting)
        events = {file.institution: read_events(connection, file.id) for file in waiting}
        files = {file.institution: file.until for file in waiting}
        until = followed_until(connection, files)
        roads = lay_together(events)
        followed = follow(roads.frame, until)
        tally = {
            "roads": len(followed),
            "reached": int((followed["outcome"] == Outcome.REACHED).sum()),
            "open": int((followed["outcome"] == Outcome.OPEN).sum()),
            "undated": int((followed["undated"] & ~followed["no_number"]).sum()),
            "no_number": int(followed["no_number"].sum()),
            "not_followed": len(roads.frame) - len(followed),
            "helped_before": roads.helped_before,
            "help_without_report": roads.elsewhere,
            "help_without_number": sum(file.not_linked for file in waiting),
        }
        period = waiting[0].period
        insert_run(
            connection,
            counts_of(followed),
            period=period,
            followed_until=until,
            files=files,
            tally=tally,
            by=who,
            at=now,
        )
        write(connection, Act.LINK, who, period, now)
        erased = sum(_erase(connection, file, "counted", who, now) for file in waiting)
    scrub(engine, [linked_events])
    absent = tuple(one.code for one in load_agreement().linked_parties if one.code not in files)
    return Made(period, files, absent, until, erased, tally)


def followed_until(connection: Connection, files: Mapping[str, date]) -> date:
    """The day up to which everybody is followed: the shortest file, less the longest delay of registration.

    The delay is what the institution measured for its delivery; of one without, that of the agreement.
    """
    agreed = load_agreement().follow_up.registration_delay_days
    delays = [
        delivered.manifest["registration_delay_days"] if (delivered := current_delivery(connection, code)) else agreed
        for code in files
    ]
    return min(files.values()) - timedelta(days=max(delays))


def _erase(connection: Connection, file: Row[Any], why: str, by: str, now: datetime) -> int:
    write(connection, Act.ERASE, by, f"{file.institution} {file.period} gekoppeld", now)
    return erase_events(connection, file.id, why, by, now)


def _check(waiting: Any) -> None:
    if not waiting:
        raise UserError(
            "Er wachten geen gekoppelde gebeurtenissen. Laad ze eerst met 'verbetermonitor load'; wat al is geteld, is "
            "gewist en moet opnieuw worden aangeleverd."
        )
    for what, remedy, values in (
        ("kwartalen", "Laat de achterblijvers hetzelfde kwartaal aanleveren.", {one.period for one in waiting}),
        (
            "versies van de sleutel van het pseudoniem",
            "Zet de oudste over met 'verbetermonitor roads ask' en 'take'.",
            {one.key_version for one in waiting},
        ),
        (
            "versies van de sleutel van de verschuiving",
            "Laat die onder de oude versie opnieuw aanleveren: hun dagen zijn niet over te zetten.",
            {one.offset_version for one in waiting},
        ),
    ):
        if len(values) > 1:
            raise UserError(
                f"De wachtende gebeurtenissen zijn van verschillende {what} ({', '.join(map(str, sorted(values)))}). "
                f"{remedy} Er is niets geteld en niets gewist."
            )
