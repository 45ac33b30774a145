"""The entrance (*ingang*): by sign-in where that is set up, else the demonstration on invented data, else shut."""

import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DBAPIError

from monitor.access import gate, sign_in, trail
from monitor.access.gate import Visitor
from monitor.access.roles import AccessDenied
from monitor.access.sign_in import Identity
from monitor.access.trail import Act
from monitor.locale import N_
from monitor.release.confirm import check_invented, is_demonstration
from monitor.store.access import trail as trail_table
from monitor.store.engine import DEFAULT_URL, URL_SETTING, StoreUnavailable, is_full, open_engine
from monitor.store.migrations import OtherVersion, check_current
from monitor.store.published import demonstration
from pseudonymise.errors import UserError

log = logging.getLogger(__name__)

GONE = N_(
    "The store cannot be reached. Nothing is lost: open the page again in a minute, and tell who runs the server when "
    "it stays so."
)
FULL = N_("The store has no room left. Nothing was changed: tell who runs the server, and do it again after that.")
OTHER_VERSION = N_(
    "The store and the program are not of one version. Nothing is lost: tell who runs the server, who can read in its "
    "log what to do."
)

Secrets = dict[str, str | int | float | bool | list[object] | dict[str, object]]


def secrets() -> Secrets:
    """What Streamlit is told of the sign-in; nothing in the demonstration.

    Raises UserError when the settings are not right, when the store is of another version, and without settings for a
    store that holds a real delivery: the application does not start then. Where people sign in it starts without its
    store too, and waits for it.
    """
    settings = sign_in.load_settings()
    try:
        engine = open_engine()
    except StoreUnavailable as gone:
        if not settings:
            raise
        log.warning("%s", gone)
        return {"auth": settings.for_streamlit}
    try:
        check_current(engine)
        if settings:
            return {"auth": settings.for_streamlit}
        check_invented(engine)
    finally:
        engine.dispose()
    return {}


def store() -> Engine:
    """The one engine of this server."""
    return _engine(os.environ.get(URL_SETTING, DEFAULT_URL))


@lru_cache(maxsize=4)
def _engine(url: str) -> Engine:
    return open_engine(url)


def is_ready() -> bool:
    """Whether somebody who comes now can be let in: the settings are right, and the store answers and is of our
    version. Why not goes to the log."""
    try:
        sign_in.load_settings()
        check_current(store())
    except (UserError, DBAPIError) as error:
        log.warning("not ready: %s", error)
        return False
    return True


def trouble(error: UserError | DBAPIError) -> str:
    """Why the store does not do what was asked, as a message for who looks; the reason itself goes to the log."""
    log.warning("%s", error)
    if is_full(error) or (error.__cause__ and is_full(error.__cause__)):
        return FULL
    try:
        check_current(store())
    except OtherVersion as other:
        log.warning("%s", other)
        return OTHER_VERSION
    except (UserError, DBAPIError):
        pass
    return GONE


def enter(engine: Engine, claims: Mapping[str, object], asked: str | None) -> Visitor:
    """Who looks now, in the role that was asked for if it is theirs. ``claims``: of the sign-in, as Streamlit has them.

    Raises NotSignedIn, NoGrant, in the demonstration AccessDenied without a role, and UserError for a store with a
    real delivery that came in since the start.
    """
    now = datetime.now(UTC)
    settings = sign_in.load_settings()
    if settings is None:
        check_invented(engine)
        return gate.pretend(asked)
    identity = sign_in.identify(claims, settings, now)
    with engine.connect() as connection:
        return gate.admit(connection, identity, asked, now.date())


def note_entry(engine: Engine, identity: Identity, act: Act) -> None:
    """Write down that somebody signed in, once however many windows are opened on it."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(trail_table.name):  # nobody was ever given a role here
            return
    trail.note_once(engine, act, identity.who, f"{identity.since:%Y-%m-%dT%H:%M:%SZ}", datetime.now(UTC))


def note_visit(engine: Engine, visitor: Visitor, act: Act, about: str) -> None:
    """Write down what a visitor did; in the demonstration, where nobody signs in, there is nobody to name."""
    if visitor.identity:
        trail.note(engine, act, visitor.who, f"{about} {visitor.role.code}".strip(), datetime.now(UTC))


def hand_over(engine: Engine, visitor: Visitor, about: str, make: Callable[[], bytes]) -> bytes:
    """What a visitor takes along, made now. A page can stand open for long: whether it is still hers is asked anew.

    Raises NotSignedIn and AccessDenied when it is not.
    """
    if visitor.identity:
        now = datetime.now(UTC)
        sign_in.check_recent(visitor.identity.since, now)
        with engine.connect() as connection:
            if visitor.role not in gate.admit(connection, visitor.identity, visitor.role.code, now.date()).roles:
                raise AccessDenied(N_("This role is no longer yours. Open the page again."))
    content = make()
    note_visit(engine, visitor, Act.EXPORT, about)
    return content


def is_invented(engine: Engine) -> bool:
    """Whether the screens say that all data are invented: without sign-in always, else when the store says so."""
    if sign_in.load_settings() is None:
        return True
    with engine.connect() as connection:
        return inspect(connection).has_table(demonstration.name) and is_demonstration(connection)
