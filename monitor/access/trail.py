"""The trail (*logboek*): who did what, when and on what; lines are added, and none is changed or taken away.

Each line holds the hash of itself and of the line before it in its chain, and the store keeps both ends of a chain: a
line that was changed, moved, put in or taken away is found by ``verify``. Who can write the whole database can forge
the whole chain: its ends, noted elsewhere, tell (``verbetermonitor trail verify``). Docs: docs/explanation/access.md.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection, Engine, Row, select

from monitor.catalogue import load_retention
from monitor.store.access import trail, trail_ends
from monitor.store.engine import VISITORS, as_utc, writing

START = "0" * 64  # what stands before the first line


class Act(StrEnum):
    """What is written down. The second part of a line says on what: codes of the monitor, never a person's words."""

    SIGN_IN = "sign-in"
    SIGN_OUT = "sign-out"
    DENIED = "denied"  # signed in, and without a grant
    SEE = "see"  # the first look of a session at a release
    EXPORT = "export"
    LOAD = "load"
    LINK = "link"  # events of people laid together, counted and erased
    RELEASE = "release"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    BASELINE = "baseline"
    ERASE = "erase"
    GRANT = "grant"
    GRANT_END = "grant-end"
    NOTE = "note"
    NOTE_END = "note-end"
    WRITE = "write"  # an action of the agenda


# Who makes a release on PostgreSQL looks at the store as it was at the begin: it may not build on a line that others
# add meanwhile. What is done under the lock of releases has a chain of its own, which only its holder adds to. So have
# visits: who looks does not wait for who loads.
RELEASES, VISITS, OTHERS = "releases", "visits", "others"
CHAIN = (
    dict.fromkeys(Act, OTHERS)
    | dict.fromkeys((Act.RELEASE, Act.CONFIRM, Act.WITHDRAW), RELEASES)
    | dict.fromkeys((Act.SIGN_IN, Act.SIGN_OUT, Act.DENIED, Act.SEE, Act.EXPORT), VISITS)
)


@dataclass(frozen=True)
class Line:
    chain: str
    number: int
    at: datetime
    who: str
    act: str
    about: str
    hash: str


@dataclass(frozen=True)
class End:
    """The last line of a chain: the same number must keep the same hash."""

    chain: str
    number: int
    hash: str


def write(connection: Connection, act: Act, who: str, about: str, at: datetime) -> None:
    """Add a line, in the transaction of what it tells: both are there, or neither. ``at`` in UTC.

    Only in a transaction that ``writing`` or, for a release, ``releasing`` opened: their lock orders the lines.
    """
    chain = CHAIN[act]
    end = _end(connection, chain)
    number, before = (end.last + 1, end.hash) if end else (1, START)
    digest = _hash(before, chain, number, at, who, act, about)
    connection.execute(
        trail.insert().values(chain=chain, number=number, at=at, who=who, act=act.value, about=about, hash=digest)
    )
    if end:
        connection.execute(trail_ends.update().where(trail_ends.c.chain == chain).values(last=number, hash=digest))
    else:
        connection.execute(trail_ends.insert().values(chain=chain, before=before, first=1, last=number, hash=digest))


def note(engine: Engine, act: Act, who: str, about: str, at: datetime) -> None:
    """Add a line of a visit, in a transaction of its own. ``at`` in UTC."""
    with writing(engine, VISITORS) as connection:
        write(connection, act, who, about, at)


def note_once(engine: Engine, act: Act, who: str, about: str, at: datetime) -> None:
    """The same, unless it is there already: a sign-in is one, in however many windows."""
    same = select(trail.c.number).where(trail.c.who == who, trail.c.act == act.value, trail.c.about == about)
    with writing(engine, VISITORS) as connection:
        if connection.execute(same.limit(1)).first() is None:
            write(connection, act, who, about, at)


def read(connection: Connection) -> list[Line]:
    """Every line, the oldest first."""
    rows = connection.execute(select(trail).order_by(trail.c.at, trail.c.chain, trail.c.number))
    return [Line(row.chain, row.number, as_utc(row.at), row.who, row.act, row.about, row.hash) for row in rows]


def ends(connection: Connection) -> list[End]:
    rows = connection.execute(select(trail_ends).order_by(trail_ends.c.chain))
    return [End(row.chain, row.last, row.hash) for row in rows]


def verify(connection: Connection, noted: Iterable[End] = ()) -> list[str]:
    """What is wrong with the trail, as sentences; nothing when it is whole. ``noted``: ends as they were before."""
    lines = sorted(read(connection), key=lambda line: (line.chain, line.number))
    known = {row.chain: row for row in connection.execute(select(trail_ends))}
    headless = sorted({line.chain for line in lines} - known.keys())
    wrong = [f"{chain}: van deze keten ontbreken de uiteinden." for chain in headless]
    for chain, end in sorted(known.items()):
        wrong += _verify_chain(end, [line for line in lines if line.chain == chain])
    there = {(line.chain, line.number): line.hash for line in lines}
    for one in noted:
        erased = one.chain in known and one.number < known[one.chain].first
        if not erased and there.get((one.chain, one.number)) != one.hash:
            wrong.append(f"{one.chain}, regel {one.number}: is niet meer wat eerder is genoteerd.")
    return wrong


def erase(connection: Connection, now: datetime) -> int:
    """Erase the lines whose term is over, from the begin of each chain on; their number comes back."""
    oldest = now - timedelta(days=load_retention().trail_days)
    erased = 0
    for end in connection.execute(select(trail_ends)).all():
        lines = connection.execute(select(trail).where(trail.c.chain == end.chain).order_by(trail.c.number)).all()
        gone: list[Row[tuple[object, ...]]] = []
        for line in lines:
            if as_utc(line.at) >= oldest:
                break
            gone.append(line)
        if gone:
            last = gone[-1]
            connection.execute(trail.delete().where(trail.c.chain == end.chain, trail.c.number <= last.number))
            connection.execute(
                trail_ends.update()
                .where(trail_ends.c.chain == end.chain)
                .values(before=last.hash, first=last.number + 1)
            )
            erased += len(gone)
    return erased


def _verify_chain(end: Row[tuple[object, ...]], lines: list[Line]) -> Iterable[str]:
    before, number = end.before, end.first
    for line in lines:
        if line.number != number:
            yield f"{end.chain}, regel {number}: ontbreekt."
            return
        if line.hash != _hash(before, line.chain, line.number, line.at, line.who, line.act, line.about):
            yield f"{end.chain}, regel {number}: is gewijzigd."
            return
        before, number = line.hash, number + 1
    if (number - 1, before) != (end.last, end.hash):
        yield f"{end.chain}, regel {number}: ontbreekt, of het einde van de keten is gewijzigd."


def _end(connection: Connection, chain: str) -> Row[tuple[object, ...]] | None:
    return connection.execute(select(trail_ends).where(trail_ends.c.chain == chain)).one_or_none()


def _hash(before: str, chain: str, number: int, at: datetime, who: str, act: str, about: str) -> str:
    told = [before, chain, number, as_utc(at).isoformat(timespec="microseconds"), who, str(act), about]
    return sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
