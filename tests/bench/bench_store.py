"""Counts in, and the grouping that a release needs out: SQLite and PostgreSQL, beside DuckDB with the same rows.

Run as ``python -m tests.bench.bench_store [--rows N]``, 20 million by default and 27 at most. The rows are those of
step_counts of a national agreement: of all places, quarters, durations and outcomes that it has, so many, drawn at
random. In: each institution's delivery in a transaction of its own, by the store's way, indexes included. Out: for
each step the statement that a release gives, its rows handed to Python. DuckDB is given the same columns and the same
statements, and hands over columns: the limit of this machine. Each in a fresh process, of which the peak of memory is
told, before and after the grouping; PostgreSQL runs outside it, so of that the server's own peak is told beside.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import prod
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
from sqlalchemy import Select, text
from sqlalchemy.dialects import postgresql

from monitor.release.compute import axes_of, read_step
from monitor.release.periods import quarters_between
from monitor.store.counts import deliveries, step_counts
from monitor.store.deliveries import insert_counts
from monitor.store.engine import open_engine, writing
from monitor.store.migrations import upgrade
from pseudonymise.agreement import Institution, Outcome, Step, load_agreement
from pseudonymise.delivery import TABLES
from tests.bench import national
from tests.bench.bench_deliver import peak_memory
from tests.bench.bench_release import databases, in_fresh_process
from tests.monitor.deliveries import norm_result

ROWS = 20_000_000
OUTCOMES = (Outcome.REACHED, Outcome.OPEN, Outcome.ENDED)


@dataclass(frozen=True)
class Measured:
    """Seconds, and GB: of memory of the process, of memory of the server, on disk."""

    rows: int
    seconds_in: float
    memory_in: float
    seconds_out: float
    memory_out: float
    groups: int
    server: float
    disk: float


# --- the rows ---------------------------------------------------------------------------------------------


def measure_groups_of(party: Institution) -> list[str]:
    return [one.code for one in load_agreement().measure_groups if (one.code == "none") == (party.kind != "gi")]


def groups_of(party: Institution, step: Step) -> tuple[Sequence[Any], ...]:
    """All values of region, measure group, quarter, outcome and duration that a step of an institution can have."""
    quarters = quarters_between(*national.QUARTERS)
    return party.regions, measure_groups_of(party), quarters, OUTCOMES, range(step.horizon + 1)


def rows_of(party: Institution, share: float, draw: np.random.Generator) -> pd.DataFrame:
    """A share of all rows that step_counts of this institution can have, in the order of a delivery."""
    steps = []
    for step in sorted(load_agreement().steps_of(party.kind), key=lambda one: one.code):
        axes = groups_of(party, step)
        chosen = np.flatnonzero(draw.random(prod(map(len, axes))) < share)
        region, group, quarter, outcome, duration = np.unravel_index(chosen, [len(axis) for axis in axes])
        results = [[norm_result(step, one, days).value for days in axes[4]] for one in OUTCOMES]
        steps.append(
            pa.table(
                {
                    "step": pa.repeat(step.code, len(chosen)),
                    **{
                        name: pa.array([str(value) for value in axes[place]]).take(pa.array(at))
                        for place, name, at in (
                            (0, "region", region),
                            (1, "measure_group", group),
                            (2, "quarter", quarter),
                        )
                    },
                    "duration": pa.array(duration),
                    "outcome": pa.array([one.value for one in OUTCOMES]).take(pa.array(outcome)),
                    "norm_result": pa.array(np.array(results)[outcome, duration]),
                    "cases": pa.array(draw.integers(1, 9, len(chosen))),
                }
            )
        )
    frame = pa.concat_tables(steps).to_pandas()[list(TABLES["steps"])]
    return frame.astype({"duration": "Int64"})


def frames(rows: int) -> Iterator[tuple[str, pd.DataFrame]]:
    """Institution and step counts of its delivery: so many rows of all together."""
    agreement, draw = load_agreement(), np.random.default_rng(42)
    possible = sum(
        prod(map(len, groups_of(party, step)))
        for party in agreement.institutions
        for step in agreement.steps_of(party.kind)
    )
    for party in agreement.institutions:
        yield party.code, rows_of(party, min(rows / possible, 1), draw)


# --- what a release asks ----------------------------------------------------------------------------------


class Hears:
    """Stands in for a connection: keeps what is asked, and has nothing."""

    def __init__(self) -> None:
        self.asked: list[Select[Any]] = []

    def execute(self, query: Select[Any]) -> "Hears":
        self.asked.append(query)
        return self

    def all(self) -> list[Any]:
        return []


def statements() -> list[Select[Any]]:
    """What a release asks of step_counts: one statement for each step."""
    hears = Hears()
    quarters = quarters_between(*national.QUARTERS)
    for step in load_agreement().steps:
        axes = axes_of(load_agreement().clock(step.clock).kind, quarters)
        read_step(hears, axes, step, np.zeros(axes.shape, dtype=np.bool_))  # type: ignore[arg-type]
    return [one for one in hears.asked if step_counts in one.get_final_froms()[0]._from_objects]


def manifest_of(code: str) -> dict[str, object]:
    return {
        "institution": code,
        "id": 1,
        "until": national.UNTIL,
        "agreement_version": load_agreement().version,
        "payload_sha256": code,
        "received_at": datetime.now(UTC),
        "manifest": {"missing_milestones": []},
    }


# --- the stores -------------------------------------------------------------------------------------------


def store(url: str, rows: int, folder: str) -> Measured:
    national.use_national_agreement(Path(folder))
    engine = open_engine(url)
    upgrade(engine)
    written, seconds_in = 0, 0.0
    for code, frame in frames(rows):
        begin = time.perf_counter()
        with writing(engine) as connection:
            connection.execute(deliveries.insert().values(**manifest_of(code)))
            insert_counts(connection, step_counts, {"institution": code, "delivery_id": 1}, frame)
        seconds_in += time.perf_counter() - begin
        written += len(frame)
    memory_in = peak_memory()
    groups, begin = 0, time.perf_counter()
    with engine.connect() as connection:
        for query in statements():
            groups += len(connection.execute(query).all())
        seconds_out = time.perf_counter() - begin
        disk, server = _server(connection) if engine.dialect.name == "postgresql" else (_size(Path(url[10:])), 0.0)
    engine.dispose()
    return Measured(written, seconds_in, memory_in, seconds_out, peak_memory(), groups, server, disk)


def _server(connection: Any) -> tuple[float, float]:
    """GB on disk, and the peak of memory of the server process of this connection: what it shares is in it."""
    size = connection.scalar(text("SELECT pg_total_relation_size('step_counts')")) / 1e9
    process = psutil.Process(connection.scalar(text("SELECT pg_backend_pid()")))
    status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    return size, int(status.split("VmHWM:")[1].split()[0]) / 1e6


def _size(file: Path) -> float:
    return sum(one.stat().st_size for one in file.parent.glob(f"{file.name}*")) / 1e9


def duck(file: str, rows: int, folder: str) -> Measured:
    national.use_national_agreement(Path(folder))
    connection = duckdb.connect(file)
    connection.execute("SET enable_progress_bar = false")
    connection.execute(
        "CREATE TABLE deliveries (institution VARCHAR, id BIGINT, until DATE, agreement_version VARCHAR, "
        "payload_sha256 VARCHAR, received_at TIMESTAMP, manifest JSON)"
    )
    connection.execute("CREATE TABLE erasures (institution VARCHAR, delivery_id BIGINT)")
    connection.execute(
        "CREATE TABLE step_counts (institution VARCHAR, delivery_id BIGINT, step VARCHAR, region VARCHAR, "
        "measure_group VARCHAR, quarter VARCHAR, duration INTEGER, outcome VARCHAR, norm_result VARCHAR, cases INTEGER)"
    )
    written, seconds_in = 0, 0.0
    for code, frame in frames(rows):
        begin = time.perf_counter()
        given = pa.Table.from_pandas(frame, preserve_index=False)
        connection.execute("BEGIN")
        connection.execute("INSERT INTO deliveries (institution, id, until) VALUES (?, 1, ?)", [code, national.UNTIL])
        connection.register("given", given)
        connection.execute("INSERT INTO step_counts SELECT ?, 1, * FROM given", [code])
        connection.execute("COMMIT")
        seconds_in += time.perf_counter() - begin
        written += len(frame)
    memory_in = peak_memory()
    groups, begin = 0, time.perf_counter()
    for query in statements():
        asked = str(query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
        groups += len(next(iter(connection.execute(asked).fetchnumpy().values())))
    seconds_out = time.perf_counter() - begin
    connection.close()
    return Measured(written, seconds_in, memory_in, seconds_out, peak_memory(), groups, 0.0, _size(Path(file)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    asked = parser.parse_args()
    print(
        f"{'':<11} {'rows':>11} {'in':>8} {'memory':>8} {'out':>8} {'memory':>8} {'groups':>11} {'server':>8} "
        f"{'disk':>8} {'in':>6} {'out':>6}"
    )
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as url:
        limit: Measured | None = None
        for what, task, where in (
            ("duckdb", duck, f"{name}/duck.db"),
            ("sqlite", store, url("sqlite", "store")),
            ("postgresql", store, url("postgresql", "store")),
        ):
            one: Any = in_fresh_process(task, where, asked.rows, f"{name}/{what}")
            limit = limit or one
            print(
                f"{what:<11} {one.rows:>11,} {one.seconds_in:>6.1f} s {one.memory_in:>5.2f} GB "
                f"{one.seconds_out:>6.1f} s "
                f"{one.memory_out:>5.2f} GB {one.groups:>11,} {one.server:>5.2f} GB {one.disk:>5.2f} GB "
                f"{one.seconds_in / limit.seconds_in:>5.1f}x {one.seconds_out / limit.seconds_out:>5.1f}x",
                flush=True,
            )
            assert (one.rows, one.groups) == (limit.rows, limit.groups)


if __name__ == "__main__":
    main()
