"""Whom to call: teams and roles with their addresses, as their suppliers say; and who may be asked for by name.

A name is apart from its team, so that nothing that is made of teams can hold one.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, inspect

from monitor.catalogue.expected import load_expected, suppliers
from monitor.release.cell import ALL
from monitor.store.engine import as_utc
from monitor.store.standing import contacts, read_contacts


@dataclass(frozen=True)
class Team:
    """``confirmed``: when its supplier said so last. ``age_days``: calendar days since; ``is_stale``: too long ago."""

    supplier: str
    region: str
    subject: str
    name: str
    phone: str | None
    email: str | None
    reachable: str
    confirmed: date
    age_days: int
    is_stale: bool


@dataclass(frozen=True)
class Named:
    """A person to be asked for in a team, with consent up to and including a day that is not over."""

    team: Team
    person: str
    until: date


@dataclass(frozen=True)
class Contacts:
    """In the order of the subjects, then of the suppliers. ``named``: for the screen alone, never for a file."""

    teams: tuple[Team, ...]
    named: tuple[Named, ...]


def whom_to_call(engine: Engine, today: date, *, region: str, subject: str) -> Contacts:
    """``subject`` can be ALL."""
    if not inspect(engine).has_table(contacts.name):
        return Contacts((), ())
    term = load_expected().templates["contacts"]
    with engine.connect() as connection:
        rows = read_contacts(connection, today)
    said = []
    for row in rows:
        if row.region != region or subject not in (ALL, row.subject):
            continue
        confirmed = as_utc(row.received_at).date()
        team = Team(
            row.supplier,
            row.region,
            row.subject,
            row.team,
            row.phone,
            row.email,
            row.reachable,
            confirmed,
            age_days=(today - confirmed).days,
            is_stale=term.renewed_by(confirmed) < today,
        )
        said.append((team, row.person, row.person_until))
    subjects, order = list(load_expected().options("subject")), suppliers()
    said.sort(key=lambda one: (subjects.index(one[0].subject), order.index(one[0].supplier), one[0].name))
    return Contacts(
        tuple(team for team, _, _ in said), tuple(Named(team, person, until) for team, person, until in said if person)
    )
