"""The store (*opslag*): an SQLite file for one person, or a PostgreSQL database for several.

VERBETERMONITOR_DATABASE_URL says where. On both, a load, a release and a migration are whole: each is made in
one transaction, by one writer at a time.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from pseudonymise.errors import UserError

URL_SETTING = "VERBETERMONITOR_DATABASE_URL"
DEFAULT_URL = "sqlite:///var/verbetermonitor.db"
BACKENDS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}

WAIT_SECONDS = 60  # for another writer to finish
WRITERS = 0x7665726265746572  # "verbeter": the one advisory lock that writers of a PostgreSQL store take
RELEASERS = WRITERS + 1  # and the one of who makes, confirms or withdraws a release
VISITORS = WRITERS + 2  # and the one under which visits are noted, which do not wait for a load


class StoreUnavailable(UserError):
    """The store does not answer or has no room. Its words name the address: they are for whoever runs the server."""


def open_engine(url: str | None = None) -> Engine:
    """The engine of the store at ``url``, or VERBETERMONITOR_DATABASE_URL, opened once to see it answer.

    Raises UserError when the URL is no URL or names another database product, StoreUnavailable when it cannot be
    opened.
    """
    target = _parse(url or os.environ.get(URL_SETTING, DEFAULT_URL))
    is_sqlite = target.get_backend_name() == "sqlite"
    # Counts have no place in an error or a log. A database that went and came back is found at the next question.
    engine = create_engine(target, hide_parameters=True, pool_pre_ping=not is_sqlite)
    if is_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        if is_sqlite and target.database not in (None, "", ":memory:"):
            file = Path(target.database)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)  # counts of one may speak to someone: for its owner alone
            _keep_to_file(engine, file.absolute())
        engine.connect().close()
    except (OSError, DBAPIError) as error:
        engine.dispose()
        raise StoreUnavailable(
            _no_room(engine)
            if is_full(error)
            else f"{target}: de opslag kan niet worden geopend ({_cause(error)}). "
            f"Controleer {URL_SETTING}, en of de map schrijfbaar is of de databaseserver draait."
        ) from error
    return engine


@contextmanager
def writing(engine: Engine, lock: int = WRITERS) -> Iterator[Connection]:
    """A transaction that writes, committed when the block ends without an exception. ``lock``: with whom to take turns.

    Other writers wait for it; readers do not, and see the store as it was. Raises StoreUnavailable when the wait
    takes WAIT_SECONDS, or when the database fails.
    """
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))
                connection.execute(select(func.pg_advisory_xact_lock(lock)))
            yield connection
    except (OperationalError, psycopg.OperationalError) as error:
        raise StoreUnavailable(
            _no_room(engine)
            if is_full(error)
            else f"{engine.url}: de opslag is bezet of onbereikbaar ({_cause(error)}). Wacht tot de andere "
            "opdracht klaar is en herhaal deze; wat al is geladen, verandert daardoor niet."
        ) from error


@contextmanager
def releasing(engine: Engine) -> Iterator[Connection]:
    """A transaction that makes, confirms or withdraws a release, committed when the block ends without an exception.

    It sees the store as it was at its begin, all the way. On PostgreSQL loads go on meanwhile: they touch other
    tables. On SQLite, which has one writer, they wait. Raises UserError at once when another release is being made,
    StoreUnavailable when, on SQLite, the wait takes WAIT_SECONDS, or when the database fails.
    """
    if engine.dialect.name != "postgresql":
        with writing(engine) as connection:
            yield connection
        return
    # The lock is held by a connection of its own: the snapshot may not be older than the lock, or it would miss what
    # the last who held it has made.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as gate:
        if not gate.scalar(select(func.pg_try_advisory_lock(RELEASERS))):
            raise UserError(
                "Er wordt op dit moment al een uitgave gemaakt of bevestigd. Wacht tot die opdracht klaar is en "
                "herhaal deze."
            )
        try:
            with (
                engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
                connection.begin(),
            ):
                yield connection
        except (OperationalError, psycopg.OperationalError) as error:
            raise StoreUnavailable(
                _no_room(engine)
                if is_full(error)
                else f"{engine.url}: de opslag is onbereikbaar ({_cause(error)}). Er is niets gewijzigd; herhaal de "
                "opdracht."
            ) from error
        finally:
            gate.execute(select(func.pg_advisory_unlock(RELEASERS)))


def is_full(error: BaseException) -> bool:
    """Whether the database found no room on its disk."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, psycopg.errors.DiskFull) or getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL"


def _parse(url: str) -> URL:
    try:
        target = make_url(url)
        return target.set(drivername=BACKENDS[target.get_backend_name()])
    except (ArgumentError, NoSuchModuleError, KeyError) as error:
        # The URL itself is not quoted: what could not be parsed may hold a password.
        raise UserError(
            f"{URL_SETTING}: geen bruikbaar adres van een database. Verwacht {DEFAULT_URL} of "
            "postgresql://gebruiker:wachtwoord@server/database."
        ) from error


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # no BEGIN by the driver: it leaves reads and DDL outside
    connection.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased, is overwritten


def _keep_to_file(engine: Engine, file: Path) -> None:
    """A file that was moved away is no longer the store, and none is made in its place: a delivery in an empty store
    would be lost with it. What is put in its place is opened anew."""

    def open_it(
        _dialect: Dialect, _entry: ConnectionPoolEntry, arguments: list[str], options: dict[str, object]
    ) -> None:
        arguments[0], options["uri"] = f"{file.as_uri()}?mode=rw", True

    def remember(_connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        entry.info["file"] = file.stat().st_ino

    def check(_connection: sqlite3.Connection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
        if not file.exists() or file.stat().st_ino != entry.info["file"]:
            raise DisconnectionError

    event.listen(engine, "do_connect", open_it)
    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", check)


def _begin_sqlite(connection: Connection) -> None:
    # What reads first and writes later fails on another's write in between: a writer says so at once.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _no_room(engine: Engine) -> str:
    return f"{engine.url}: de schijf van de opslag is vol. Er is niets gewijzigd: maak ruimte en herhaal de opdracht."


def _cause(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return str(cause).strip().splitlines()[0]


def as_utc(moment: datetime) -> datetime:
    """A moment as the store gives it. SQLite keeps no zone; what is written is UTC."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
