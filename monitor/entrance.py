"""The entrance (*ingang*): by sign-in where that is set up, else the demonstration on invented data, else shut."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Engine, inspect

from monitor.access import gate, sign_in
from monitor.access.gate import Visitor
from monitor.release.confirm import check_invented, is_demonstration
from monitor.store.engine import DEFAULT_URL, URL_SETTING, open_engine
from monitor.store.published import demonstration

Secrets = dict[str, str | int | float | bool | list[object] | dict[str, object]]


def secrets() -> Secrets:
    """What Streamlit is told of the sign-in; nothing in the demonstration.

    Raises UserError when the settings are not right, and without settings for a store that holds a real delivery: the
    application does not start then.
    """
    settings = sign_in.load_settings()
    if settings:
        return {"auth": settings.for_streamlit}
    engine = open_engine(os.environ.get(URL_SETTING, DEFAULT_URL))
    try:
        check_invented(engine)
    finally:
        engine.dispose()
    return {}


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


def is_invented(engine: Engine) -> bool:
    """Whether the screens say that all data are invented: without sign-in always, else when the store says so."""
    if sign_in.load_settings() is None:
        return True
    with engine.connect() as connection:
        return inspect(connection).has_table(demonstration.name) and is_demonstration(connection)
