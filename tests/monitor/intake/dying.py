"""A process that runs a command on the store and kills itself at the n-th point where that could hurt.

Points: before each statement, within long statements, before and after each commit. To be run in a process of
its own: SIGKILL leaves no chance to tidy up.
"""

import os
import signal
import sqlite3
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from monitor.cli import load_deliveries
from monitor.release.retain import retain
from monitor.store.engine import URL_SETTING, open_engine
from monitor.store.migrations import upgrade
from pseudonymise.text import Level, find

find("", Level.PATTERN)  # the guard of a delivery's codes is loaded once, before the processes part


def load(url: str, keys: Path, paths: list[Path], die_at: int | None = None) -> None:
    if die_at is not None:
        _prepare_to_die(die_at)
    os.environ[URL_SETTING] = url
    load_deliveries(paths, keys)


def migrate(url: str, die_at: int) -> None:
    _prepare_to_die(die_at)
    upgrade(open_engine(url))


def erase(url: str, now: datetime, die_at: int) -> None:
    _prepare_to_die(die_at)
    retain(open_engine(url), "Ans", now)


def _prepare_to_die(die_at: int) -> None:
    points = count(1)

    def point(*_: Any) -> None:
        if next(points) == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("PRAGMA"):  # a migration asks many things of SQLite, and changes nothing by it
            point()

    def within(connection: Any, _entry: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_progress_handler(point, 5_000)  # steps of SQLite's machine

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "connect", within)
    DefaultDialect.do_commit = _between(point, DefaultDialect.do_commit)  # type: ignore[method-assign]
    psycopg.Copy.__exit__ = _between(point, psycopg.Copy.__exit__)  # type: ignore[method-assign]


def _between(point: Callable[[], None], function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args: Any) -> Any:
        point()
        result = function(*args)
        point()
        return result

    return wrapped
