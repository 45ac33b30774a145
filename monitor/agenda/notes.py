"""Notes with a figure (*duiding*): why did this move, what did we learn. Read by all, answered, withdrawn with a trace.

A note is never changed. Who withdraws one takes its words away, for everyone and for good; that it stood there, whose
it was, and when and why it was withdrawn stays.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Engine, Row, inspect, select

from monitor.access.roles import AccessDenied, Role, parse_role
from monitor.access.trail import Act
from monitor.access.trail import write as write_trail
from monitor.access.visibility import check_answer, check_withdraw_note, check_write_note
from monitor.agenda.action import LONGEST_TEXT, Fault, Incomplete
from monitor.agenda.guarding import Guard, check_words
from monitor.locale import N_
from monitor.release.cell import ALL
from monitor.store.agenda import notes
from monitor.store.engine import as_utc, writing
from monitor.store.migrations import upgrade
from pseudonymise.agreement import Record, load_agreement, region_names
from pseudonymise.errors import UserError

NOTE: Final = N_("Note")


class Kind(StrEnum):
    """What a note says of the figure. An answer has the kind of the note that it answers."""

    WHY = "why"  # why it moved, or did not
    LEARNED = "learned"


class Why(StrEnum):
    """Why a note is withdrawn: from a list, so that the trace has no words of its own."""

    PERSON = "person"  # a person can be recognised in it
    WRONG = "wrong"
    OUTDATED = "outdated"


class About(Record):
    """The figure that a note stands beside: a step, of a region or of an institution, in a quarter or year."""

    step: str
    region: str = ALL
    institution: str = ALL
    period: str


class Reply(Record):
    """``by``: the code of the role that answers."""

    by: str
    words: str


class Entry(Record):
    """A note as a file has it, with its answers, beside a figure of the role that writes it."""

    by: str
    step: str
    period: str
    kind: Kind
    words: str
    answers: tuple[Reply, ...] = ()

    @property
    def about(self) -> About:
        role = parse_role(self.by)
        return About(step=self.step, region=role.region or ALL, institution=role.institution or ALL, period=self.period)


@dataclass(frozen=True)
class Withdrawn:
    by: str
    at: datetime
    why: Why


@dataclass(frozen=True)
class Note:
    """``words``: empty once withdrawn. ``owned``: words that the writer says are no person. Times in UTC."""

    number: int
    about: About
    kind: Kind
    words: str
    owned: tuple[str, ...]
    by: str
    at: datetime
    withdrawn: Withdrawn | None
    answers: "tuple[Note, ...]" = ()


def read_notes(engine: Engine) -> tuple[Note, ...]:
    """Every note with its answers: the newest note first, the oldest answer first."""
    if not inspect(engine).has_table(notes.name):
        return ()
    with engine.connect() as connection:
        rows = connection.execute(select(notes).order_by(notes.c.number)).all()
    answers: dict[int, list[Note]] = {}
    for row in rows:
        if row.answers is not None:
            answers.setdefault(row.answers, []).append(_note(row))
    return tuple(_note(row, answers.get(row.number, ())) for row in reversed(rows) if row.answers is None)


def standing_with(written: Iterable[Note], step: str, region: str, institution: str) -> tuple[Note, ...]:
    """Those with one step of a region or of an institution, of any period, that were not withdrawn."""
    return tuple(
        note
        for note in written
        if note.withdrawn is None
        and (note.about.step, note.about.region, note.about.institution) == (step, region, institution)
    )


def write_note(
    engine: Engine,
    role: Role,
    about: About,
    kind: Kind,
    words: str,
    owned: Collection[str],
    guard: Guard,
    now: datetime,
    who: str | None = None,
) -> Note:
    """Write a note with a figure of one's own region or institution. ``now`` in UTC. ``who``: whom the trail names,
    when that is known; the note does not.

    Raises AccessDenied for another's figure, Incomplete and PersonInWords for words that cannot be stored as they are.
    """
    check_write_note(role, about.region, about.institution)
    _check_figure(about)
    kept = _check_words(words, owned, guard)
    with writing(engine) as connection:
        return _write(connection, role, about, kind, words, kept, None, now, who)


def enter_notes(engine: Engine, entries: Sequence[Entry], guard: Guard, now: datetime) -> tuple[Note, ...]:
    """Write notes with their answers, each in its role: all of them, or none. ``now`` in UTC.

    Raises as ``write_note`` and ``answer``.
    """
    for entry in entries:
        check_write_note(parse_role(entry.by), entry.about.region, entry.about.institution)
        _check_figure(entry.about)
        for reply in entry.answers:
            check_answer(parse_role(reply.by))
        for words in (entry.words, *(reply.words for reply in entry.answers)):
            _check_words(words, (), guard)
    upgrade(engine)
    written = []
    with writing(engine) as connection:
        for entry in entries:
            about, kind = entry.about, entry.kind
            note = _write(connection, parse_role(entry.by), about, kind, entry.words, (), None, now)
            for reply in entry.answers:
                _write(connection, parse_role(reply.by), about, kind, reply.words, (), note.number, now)
            written.append(note)
    return tuple(written)


def answer(
    engine: Engine,
    role: Role,
    number: int,
    words: str,
    owned: Collection[str],
    guard: Guard,
    now: datetime,
    who: str | None = None,
) -> Note:
    """Answer a note that stands. ``now`` in UTC. ``who``: as ``write_note``.

    Raises AccessDenied for who does not answer, UserError when there is no such note or it was withdrawn, and
    Incomplete and PersonInWords as ``write_note``.
    """
    check_answer(role)
    kept = _check_words(words, owned, guard)
    with writing(engine) as connection:
        there = _standing(connection, number)
        if there.answers is not None:
            raise UserError(f"Duiding {number} is zelf een antwoord. Antwoord op de duiding waar het bij staat.")
        return _write(connection, role, _about(there), Kind(there.kind), words, kept, number, now, who)


def withdraw_note(engine: Engine, role: Role, number: int, why: Why, now: datetime, who: str | None = None) -> None:
    """Take the words of a note or answer away; the trace stays. ``now`` in UTC. ``who``: as ``write_note``.

    Raises AccessDenied unless it is the role that wrote it, or a steward, and UserError when there is no such note.
    """
    with writing(engine) as connection:
        there = _standing(connection, number)
        check_withdraw_note(role, there.written_by)
        gone = {"words": "", "owned": [], "withdrawn_by": role.code, "withdrawn_at": now, "withdrawn_why": why}
        connection.execute(notes.update().where(notes.c.number == number).values(gone))
        write_trail(connection, Act.NOTE_END, who or role.code, f"{number} {why}", now)


def may_withdraw(role: Role, note: Note) -> bool:
    try:
        check_withdraw_note(role, note.by)
    except AccessDenied:
        return False
    return note.withdrawn is None


def _check_figure(about: About) -> None:
    agreement = load_agreement()
    known = (
        about.step in {step.code for step in agreement.steps}
        and about.region in {ALL, *region_names()}
        and about.institution in {ALL, *(one.code for one in agreement.institutions)}
    )
    if not known:
        raise Incomplete(
            [Fault(N_("The region, the institution or the step does not exist. Choose one from the list."))]
        )


def _check_words(words: str, owned: Collection[str], guard: Guard) -> tuple[str, ...]:
    """The owned words that stand in the text and let it pass."""
    if not words.strip():
        raise Incomplete([Fault(N_("{what}: this is empty. Write it in a few words."), NOTE)])
    if len(words) > LONGEST_TEXT:
        raise Incomplete([Fault(N_("{what}: longer than {longest} characters. Shorten it."), NOTE, LONGEST_TEXT)])
    return check_words([(NOTE, words)], owned, guard)


def _write(
    connection: Connection,
    role: Role,
    about: About,
    kind: Kind,
    words: str,
    owned: Sequence[str],
    answers: int | None,
    now: datetime,
    who: str | None = None,
) -> Note:
    values = about.model_dump() | {
        "answers": answers,
        "written_by": role.code,
        "written_at": now,
        "kind": kind,
        "words": words.strip(),
        "owned": list(owned),
    }
    row = connection.execute(notes.insert().values(values).returning(notes)).one()
    # The trail says that words were owned, and how many; the words stand with the note, and go with it.
    write_trail(connection, Act.NOTE, who or role.code, f"{row.number} {about.step} {about.period} {len(owned)}", now)
    return _note(row)


def _standing(connection: Connection, number: int) -> Row[tuple[object, ...]]:
    row = connection.execute(select(notes).where(notes.c.number == number)).one_or_none()
    if row is None or row.withdrawn_at is not None:
        raise UserError(f"Er staat geen duiding {number}: zij bestaat niet of is ingetrokken. Er is niets vastgelegd.")
    return row


def _about(row: Row[tuple[object, ...]]) -> About:
    return About(step=row.step, region=row.region, institution=row.institution, period=row.period)


def _note(row: Row[tuple[object, ...]], answers: Sequence[Note] = ()) -> Note:
    withdrawn = None
    if row.withdrawn_at is not None:
        withdrawn = Withdrawn(row.withdrawn_by, as_utc(row.withdrawn_at), Why(row.withdrawn_why))
    return Note(
        number=row.number,
        about=_about(row),
        kind=Kind(row.kind),
        words=row.words,
        owned=tuple(row.owned),
        by=row.written_by,
        at=as_utc(row.written_at),
        withdrawn=withdrawn,
        answers=tuple(answers),
    )
