"""A load that is killed: at one of the points where that could hurt, or by the clock, wherever it is then."""

import io
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, select

from monitor.store.counts import deliveries
from monitor.store.deliveries import COUNTS
from monitor.store.engine import open_engine, writing
from monitor.store.migrations import upgrade
from tests.monitor.deliveries import Parties, make_delivery
from tests.monitor.intake import dying

OLD, NEW = date(2026, 6, 30), date(2026, 9, 30)
INSTITUTIONS = ("JVV", "VTGZ")
SMALL: dict[str, Any] = {"quarters": ["2026Q1"], "cases": 3}

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.monitor.intake.dying"])  # imported once, not per process


class Torn(Exception):
    """The store is neither the old nor the new."""


def quietly(url: str, keys: Path, paths: list[Path], die_at: int | None = None) -> None:
    """A load that keeps its report and its progress to itself."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        dying.load(url, keys, paths, die_at)


class Killing:
    """A store with a delivery of one institution, and a load of newer ones of two that is killed time and again."""

    def __init__(self, url: str, parties: Parties, folder: Path, points: int | None = None) -> None:
        """``points``: of which to draw one; all that a load passes when None, which takes some loads to find out."""
        self._url, self._keys = url, parties.folder
        self._engine: Engine = open_engine(url)
        upgrade(self._engine)
        old = make_delivery("VTGZ", until=OLD, **SMALL)
        new = [make_delivery("VTGZ", until=NEW, **SMALL), make_delivery("JVV", until=NEW, regions=["JZ12"], **SMALL)]
        self._new = [parties.seal(one, folder / f"{one.manifest.institution}.zip") for one in new]
        self._run(quietly, [parties.seal(old, folder / "old.zip")])
        self._before = self._contents()
        begin = time.perf_counter()
        self._run(quietly, self._new)
        self.seconds = time.perf_counter() - begin
        self._after = self._contents()
        self._back()
        self.points = self._count_points() if points is None else points

    def close(self) -> None:
        self._engine.dispose()

    def kill(self, seed: int) -> str:
        """Load and kill by this seed; returns how it was killed and which store is left. Raises Torn."""
        draw = Random(seed)
        if seed % 2:
            # Past the last point it lives, and the new store is there.
            process = self._run(quietly, self._new, draw.randint(1, self.points + 1))
            how = "at a point"
        else:
            wait = draw.uniform(0, self.seconds)
            process = self._run(quietly, self._new, then=lambda process: self._shoot(process, wait))
            how = "by the clock"
        if process.exitcode not in (0, -signal.SIGKILL):
            raise Torn(f"the load ended with {process.exitcode}")
        found = self._contents()
        if found == self._before:
            return f"{how}: the old store"
        if found != self._after:
            raise Torn(f"killed {how}: neither the old store nor the new")
        self._back()
        return f"{how}: the new store"

    def _shoot(self, process: Any, wait: float) -> None:
        time.sleep(wait)
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)

    def _run(self, target: Callable[..., None], *arguments: Any, then: Callable[[Any], None] | None = None) -> Any:
        process = processes.Process(target=target, args=(self._url, self._keys, *arguments))
        process.start()
        if then:
            then(process)
        process.join()
        return process

    def _count_points(self) -> int:
        """How many points a load passes: the smallest number at which it is not killed, found by halving."""
        low, high = 1, 2
        while self._dies(high):
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._dies(middle) else (low, middle)
        return low

    def _dies(self, point: int) -> bool:
        died = self._run(quietly, self._new, point).exitcode == -signal.SIGKILL
        self._back()
        return died

    def _back(self) -> None:
        with writing(self._engine) as connection:
            connection.execute(deliveries.delete().where(deliveries.c.until == NEW))

    def _contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of deliveries and counts; of deliveries but for when they came."""
        told = [column for column in deliveries.c if column.name != "received_at"]
        with self._engine.connect() as connection:
            return {
                name: sorted(map(tuple, connection.execute(query)), key=str)
                for name, query in {
                    "deliveries": select(*told),
                    **{table.name: select(table) for table in COUNTS.values()},
                }.items()
            }
