"""A release is seen once a second person has confirmed it; until then it can be withdrawn."""

from datetime import datetime

from sqlalchemy import Connection, Engine, Row, exists, inspect, select

from monitor.access.trail import Act, write
from monitor.release.status import name_of
from monitor.store.counts import deliveries
from monitor.store.engine import releasing, writing
from monitor.store.published import audits, demonstration, releases
from pseudonymise.errors import UserError


def confirm(engine: Engine, label: str, by: str, confirmed_at: datetime) -> str:
    """Make the release of ``label`` that waits for it visible, and return its code. ``confirmed_at`` in UTC.

    Raises UserError when none waits, when its audit is not there, and for the person who made it: but for a
    demonstration, in which one may do both.
    """
    who = name_of(by)
    with releasing(engine) as connection:
        release = _waiting(connection, label)
        same = who.casefold() == str(release.released_by).casefold()
        if same and not is_demonstration(connection):
            raise UserError(
                f"{release.code} is gemaakt door {release.released_by}; een ander moet die bevestigen. Twee mensen "
                "zien meer dan een, en een uitgave komt niet terug."
            )
        if not connection.scalar(select(exists().where(audits.c.release_id == release.id))):
            raise UserError(
                f"{release.code} heeft geen aanval doorstaan en kan niet worden bevestigd. Trek die in met "
                f"`verbetermonitor withdraw {release.label}` en geef opnieuw uit."
            )
        connection.execute(
            releases.update().where(releases.c.id == release.id).values(confirmed_by=who, confirmed_at=confirmed_at)
        )
        write(connection, Act.CONFIRM, who, str(release.code), confirmed_at)
    return str(release.code)


def withdraw(engine: Engine, label: str, by: str, withdrawn_at: datetime) -> str:
    """Take away the release of ``label`` that waits for confirmation, as if never made, and return its code.

    Nobody has seen its figures. ``withdrawn_at`` in UTC. Raises UserError when none waits, or ``by`` is no name.
    """
    who = name_of(by)
    with releasing(engine) as connection:
        release = _waiting(connection, label)
        connection.execute(releases.delete().where(releases.c.id == release.id))
        write(connection, Act.WITHDRAW, who, str(release.code), withdrawn_at)
    return str(release.code)


def is_demonstration(connection: Connection) -> bool:
    """Whether all data in this store are invented."""
    return bool(connection.scalar(select(exists().select_from(demonstration))))


def mark_demonstration(engine: Engine, since: datetime) -> None:
    """Say of an empty store that all its data will be invented; nothing when it says so already.

    Raises UserError when it holds deliveries: these may be real.
    """
    with writing(engine) as connection:
        if is_demonstration(connection):
            return
        if connection.scalar(select(exists().select_from(deliveries))):
            raise UserError(
                f"{engine.url}: deze opslag is niet door de demonstratie gemaakt en bevat aanleveringen. Geef met "
                "VERBETERMONITOR_DATABASE_URL een andere op, of gooi die weg als alles erin verzonnen is."
            )
        connection.execute(demonstration.insert().values(since=since))


def check_invented(engine: Engine) -> None:
    """Raises UserError for a store with deliveries that are not marked as invented. An empty store passes."""
    there = inspect(engine)
    if not there.has_table(deliveries.name):
        return
    with engine.connect() as connection:
        marked = there.has_table(demonstration.name) and is_demonstration(connection)
        if not marked and connection.scalar(select(exists().select_from(deliveries))):
            raise UserError(
                f"{engine.url}: deze opslag bevat aanleveringen die niet door de demonstratie zijn gemaakt. Met de "
                "zichtbare rolkeuze zou iedereen ze als iedereen kunnen bekijken; de monitor start niet. Geef met "
                "VERBETERMONITOR_DATABASE_URL de opslag van de demonstratie op."
            )


def _waiting(connection: Connection, label: str) -> Row[tuple[object, ...]]:
    release = connection.execute(
        select(releases).where(releases.c.label == label, releases.c.confirmed_at.is_(None))
    ).one_or_none()
    if release is None:
        raise UserError(f"Van {label[:20]} wacht geen uitgave op bevestiging.")
    return release
