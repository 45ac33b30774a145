"""The book in which actions are written: read by everyone with a role, written by the quartermaster of the region.

Nothing in it is overwritten: each change is a revision of its own. Who changes an action says which revision was
read; when another came first, nothing is stored and the writer is told what the other wrote.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, inspect, select

from monitor.access import trail
from monitor.access.roles import Role
from monitor.access.visibility import check_write_agenda
from monitor.agenda.action import Action, Milestone, check_complete
from monitor.agenda.guarding import Guard, check_words
from monitor.locale import DUTCH, N_, Language
from monitor.store.agenda import action_revisions
from monitor.store.engine import as_utc, writing
from monitor.store.migrations import upgrade
from pseudonymise.errors import UserError


@dataclass(frozen=True)
class Revision:
    """An action as it was written at one moment. ``number``: of the action; ``revision``: from 1. Time in UTC.

    ``owned``: words of which the writer said that they are no person.
    """

    number: int
    revision: int
    action: Action
    changed_by: str
    changed_at: datetime
    owned: tuple[str, ...] = ()


@dataclass(frozen=True)
class History:
    """All revisions of one action, in order; there is at least one."""

    revisions: tuple[Revision, ...]

    @property
    def last(self) -> Revision:
        return self.revisions[-1]

    @property
    def number(self) -> int:
        return self.last.number

    @property
    def action(self) -> Action:
        return self.last.action

    def at(self, moment: datetime) -> Revision | None:
        """The action as it stood at a moment; None when it was not there yet."""
        return next((one for one in reversed(self.revisions) if one.changed_at <= moment), None)


class ChangedMeanwhile(UserError):
    """Another changed the action after it was read: nothing was stored. ``theirs``: what stands there now."""

    message = N_(
        "Another has changed this action since you opened it. Nothing of either is lost: yours still stands in the "
        "form and is not stored, theirs stands beside it. Bring the two together and save again."
    )

    def __init__(self, theirs: Revision) -> None:
        self.theirs = theirs
        super().__init__(self.say(DUTCH))

    def say(self, language: Language) -> str:
        return language.gettext(self.message)


def read_agenda(engine: Engine, region: str | None = None) -> tuple[History, ...]:
    """Every action with its history, of one region or of all, by number."""
    if not inspect(engine).has_table(action_revisions.name):
        return ()
    query = select(action_revisions).order_by(action_revisions.c.action, action_revisions.c.revision)
    if region is not None:
        query = query.where(action_revisions.c.region == region)
    by_number: dict[int, list[Revision]] = defaultdict(list)
    with engine.connect() as connection:
        for row in connection.execute(query).mappings():
            by_number[row["action"]].append(_revision(dict(row)))
    return tuple(History(tuple(revisions)) for revisions in by_number.values())


def enter(
    engine: Engine,
    role: Role,
    action: Action,
    guard: Guard,
    now: datetime,
    who: str | None = None,
    owned: Collection[str] = (),
) -> Revision:
    """Write a new action down. ``now`` in UTC. ``who``: whom the trail names, when that is known; the agenda does not.
    ``owned``: words of which the writer says that they are no person.

    Raises AccessDenied for a role that does not write for this region, Incomplete and PersonInWords for what cannot
    be stored as it is.
    """
    return enter_all(engine, [(role, action)], guard, now, who, owned)[0]


def enter_all(
    engine: Engine,
    new: Sequence[tuple[Role, Action]],
    guard: Guard,
    now: datetime,
    who: str | None = None,
    owned: Collection[str] = (),
) -> tuple[Revision, ...]:
    """Write new actions down, each in its role: all of them, or none. Arguments and errors as of ``enter``."""
    kept = [_check(role, action, owned, guard, now) for role, action in new]
    upgrade(engine)
    with writing(engine) as connection:
        last = connection.scalar(select(func.max(action_revisions.c.action))) or 0
        return tuple(
            _write(connection, Revision(number, 1, action, role.code, now, words), who)
            for number, ((role, action), words) in enumerate(zip(new, kept, strict=True), last + 1)
        )


def change(
    engine: Engine,
    role: Role,
    number: int,
    seen: int,
    action: Action,
    guard: Guard,
    now: datetime,
    who: str | None = None,
    owned: Collection[str] = (),
) -> Revision:
    """Write the next revision of an action of which revision ``seen`` was read. ``now`` in UTC. ``who`` and ``owned``:
    as ``enter``.

    Raises as ``enter``, ChangedMeanwhile when ``seen`` is not the last, and UserError when there is no such action
    in this region.
    """
    kept = _check(role, action, owned, guard, now)
    columns = action_revisions.c
    with writing(engine) as connection:
        row = (
            connection.execute(
                select(action_revisions).where(columns.action == number).order_by(columns.revision.desc()).limit(1)
            )
            .mappings()
            .one_or_none()
        )
        if row is None or row["region"] != action.region:
            raise UserError(f"Deze regio heeft geen actie {number}. Kies er een uit de lijst; er is niets gewijzigd.")
        last = _revision(dict(row))
        if last.revision != seen:
            raise ChangedMeanwhile(last)
        return _write(connection, Revision(number, seen + 1, action, role.code, now, kept), who)


def _check(role: Role, action: Action, owned: Collection[str], guard: Guard, now: datetime) -> tuple[str, ...]:
    check_write_agenda(role, action.region)
    check_complete(action, now.date())
    return check_words(((what, words) for what, words in action.texts() if words), owned, guard)


def _write(connection: Connection, new: Revision, who: str | None) -> Revision:
    values = new.action.model_dump(mode="json") | {
        "start": new.action.start,
        "action": new.number,
        "revision": new.revision,
        "changed_by": new.changed_by,
        "changed_at": new.changed_at,
        "owned": list(new.owned),
    }
    connection.execute(action_revisions.insert().values(values))
    # The trail says that words were owned, and how many; the words stand with the revision.
    about = f"{new.action.region} {new.number} {new.revision} {len(new.owned)}"
    trail.write(connection, trail.Act.WRITE, who or new.changed_by, about, new.changed_at)
    return new


def _revision(row: dict[str, object]) -> Revision:
    number, revision, by, at = (row.pop(name) for name in ("action", "revision", "changed_by", "changed_at"))
    assert isinstance(number, int)
    assert isinstance(revision, int)
    assert isinstance(at, datetime)
    milestones, owned = row.pop("milestones"), row.pop("owned")
    assert isinstance(milestones, list)
    assert isinstance(owned, list)
    action = Action.model_validate(row | {"milestones": tuple(map(Milestone.model_validate, milestones))})
    return Revision(number, revision, action, str(by), as_utc(at), tuple(owned))
