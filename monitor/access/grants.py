"""Grants (*toekenningen*): who has which role, until when and why. No grant, no role; a grant ends by itself."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, Row, select

from monitor.access import policies
from monitor.access.roles import Role, parse_role
from monitor.access.trail import Act, write
from monitor.release.status import name_of
from monitor.store.access import grants
from monitor.store.engine import writing
from pseudonymise.errors import UserError


@dataclass(frozen=True)
class Grant:
    """``until``: its last day. ``withdrawn``: a steward ended it before that day."""

    number: int
    who: str
    role: Role
    reason: str
    until: date
    given_by: str
    withdrawn: bool

    def in_force(self, today: date) -> bool:
        return not self.withdrawn and today <= self.until


def give(engine: Engine, who: str, role: Role, reason: str, until: date, by: str, at: datetime) -> Grant:
    """Give ``who`` a role up to and including ``until``. ``at`` in UTC.

    Raises UserError when who is no e-mail address or gives it to themselves, when the reason is too short or names a
    person, when the day is past or too far, and when the role and another of theirs are never one person's.
    """
    person, giver = identity(who), name_of(by)
    policies.check_other(person, giver)
    policies.check_reason(reason)
    today = at.date()
    policies.check_term(until, today)
    with writing(engine) as connection:
        policies.check_apart(role, [one.role for one in of(connection, person, today)])
        number = connection.execute(
            grants.insert()
            .values(who=person, role=role.code, reason=reason.strip(), until=until, given_by=giver, given_at=at)
            .returning(grants.c.id)
        ).scalar_one()
        write(connection, Act.GRANT, giver, f"{person} {role.code} {until}", at)
    return Grant(number, person, role, reason.strip(), until, giver, withdrawn=False)


def withdraw(engine: Engine, number: int, reason: str, by: str, at: datetime) -> Grant:
    """End a grant at once; the next click of its holder finds the door shut. ``at`` in UTC.

    Raises UserError when there is no such grant in force, or the reason is too short or names a person.
    """
    taker = name_of(by)
    policies.check_reason(reason)
    with writing(engine) as connection:
        found = next((one for one in read(connection) if one.number == number and one.in_force(at.date())), None)
        if found is None:
            raise UserError(f"Er is geen lopende toekenning {number}. `verbetermonitor grant list` toont ze.")
        connection.execute(
            grants.update()
            .where(grants.c.id == number)
            .values(withdrawn_by=taker, withdrawn_at=at, withdrawn_why=reason.strip())
        )
        write(connection, Act.GRANT_END, taker, f"{found.who} {found.role.code}", at)
    return found


def read(connection: Connection) -> list[Grant]:
    """Every grant ever given, the oldest first."""
    return [_grant(row) for row in connection.execute(select(grants).order_by(grants.c.id))]


def of(connection: Connection, who: str, today: date) -> list[Grant]:
    """The grants of one person that are in force, the oldest first."""
    query = select(grants).where(grants.c.who == who).order_by(grants.c.id)
    return [one for one in map(_grant, connection.execute(query)) if one.in_force(today)]


def identity(who: str) -> str:
    """The e-mail address by which a person signs in, in small letters. Raises UserError when it is none."""
    person = name_of(who).casefold()
    name, _, domain = person.partition("@")
    if not name or "." not in domain or " " in person:
        raise UserError("Een toekenning is voor een e-mailadres: dat waarmee iemand zich aanmeldt.")
    return person


def _grant(row: Row[tuple[object, ...]]) -> Grant:
    return Grant(
        row.id, row.who, parse_role(row.role), row.reason, row.until, row.given_by, row.withdrawn_at is not None
    )
