"""The versions of the store, and the road from one to the next (Alembic)."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from monitor.store.engine import writing
from pseudonymise.errors import UserError


class OtherVersion(UserError):
    """The store and this software are not of one version."""


def versions() -> list[str]:
    """Every version that a store can have, the first one first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def upgrade(engine: Engine) -> None:
    """Bring the store to the version of this software, wholly or not at all. Does nothing when it is there.

    Raises UserError when the store was made by a newer version.
    """
    with _migrating(engine) as (config, _):
        command.upgrade(config, "head")


def check_current(engine: Engine) -> None:
    """Raises OtherVersion unless the store is of the version of this software. A store without a version has no tables
    yet, and passes."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    known = versions()
    if current is not None and current not in known:
        raise _newer(engine, current)
    if current not in (None, known[-1]):
        raise OtherVersion(
            f"{engine.url}: de opslag heeft versie {current} en dit programma {known[-1]}. Maak een kopie en werk de "
            "opslag bij met `verbetermonitor migrate`."
        )


def downgrade(engine: Engine, version: str) -> None:
    """Bring the store back to an earlier version, wholly or not at all.

    Raises UserError for a version that does not come before that of the store, and when something in the store has no
    place in it.
    """
    known = versions()
    with _migrating(engine) as (config, current):
        before = known[: known.index(current)] if current else []
        if version not in before:
            raise UserError(
                f"{engine.url}: de opslag heeft versie {current or 'geen'} en kan niet terug naar '{version[:20]}'. "
                f"Verwacht een van: {', '.join(before) or 'geen'}."
            )
        try:
            command.downgrade(config, version)
        except ValueError as reason:
            raise UserError(
                f"{engine.url}: de opslag gaat niet terug naar versie {version}: {reason}. Er is niets gewijzigd. "
                "Zet anders een kopie van voor de nieuwe versie terug."
            ) from reason


@contextmanager
def _migrating(engine: Engine) -> Iterator[tuple[Config, str | None]]:
    """Alembic's configuration, in one transaction on the store, and the version that the store has."""
    config = _config()
    with writing(engine) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in versions():
            raise _newer(engine, current)
        config.attributes["connection"] = connection
        yield config, current


def _newer(engine: Engine, current: str) -> OtherVersion:
    return OtherVersion(
        f"{engine.url}: de opslag heeft versie {current}, van nieuwere programmatuur dan deze. "
        "Werk het programma bij; er is niets gewijzigd."
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "monitor.store:migrations")
    return config
