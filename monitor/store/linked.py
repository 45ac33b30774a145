"""Linked events that wait to be laid together, the trace of those that are erased, and what was counted of them.

Rows of people stand in ``linked_events`` alone, and shortly. What is counted of them has the columns of any other
counts, by the institution and region of the report; of a run that a newer one replaced, the line is left.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    func,
    select,
)

from monitor.store.counts import clock_counts, key_sums, step_counts
from monitor.store.deliveries import insert_counts
from monitor.store.schema import BIG, CODE, metadata

if TYPE_CHECKING:  # what it takes to import, a release does without
    from pseudonymise.linked.events import EventsFile

PSEUDONYM = String(64)

# Every file that came in keeps its line: what it was, and when its rows went, why and by whom.
linked_files = Table(
    "linked_files",
    metadata,
    Column("id", BIG, Identity(), primary_key=True),
    Column("institution", CODE, nullable=False),
    Column("period", String(6), nullable=False),
    Column("until", Date, nullable=False),
    Column("key_version", Integer, nullable=False),
    Column("offset_version", Integer, nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("not_linked", Integer, nullable=False),
    Column("erased_at", DateTime(timezone=True)),  # none: its rows wait
    Column("erased_by", String(100)),
    Column("erased_why", CODE),  # counted, superseded, expired
    UniqueConstraint("institution", "content_sha256"),
)

linked_events = Table(
    "linked_events",
    metadata,
    Column("file_id", BIG, ForeignKey(linked_files.c.id), nullable=False, index=True),
    Column("pseudonym", PSEUDONYM, nullable=False),
    Column("milestone", CODE, nullable=False),
    Column("day", Integer),
    Column("quarter", String(6), nullable=False),
    Column("region", CODE, nullable=False),
    Column("key", BigInteger),
)

COLUMNS = tuple(column.name for column in linked_events.columns if column.name != "file_id")

linked_runs = Table(
    "linked_runs",
    metadata,
    Column("id", BIG, Identity(), primary_key=True),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("period", String(6), nullable=False),
    Column("followed_until", Date, nullable=False),
    Column("files", JSON, nullable=False),  # institution to the last day of its file
    Column("tally", JSON, nullable=False),  # what became of the roads, in numbers
)


def _of_run(like: Table) -> Table:
    """A table of counts after linking, with the columns of ``like`` after whose they are."""
    columns = [column for column in like.columns if column.name not in ("institution", "delivery_id")]
    return Table(
        f"linked_{like.name}",
        metadata,
        Column("run_id", BIG, ForeignKey(linked_runs.c.id), nullable=False, index=True),
        Column("institution", CODE, nullable=False),
        *(Column(column.name, column.type, nullable=column.nullable) for column in columns),
    )


linked_step_counts, linked_clock_counts, linked_key_sums = (
    _of_run(one) for one in (step_counts, clock_counts, key_sums)
)
LINKED_COUNTS = {"steps": linked_step_counts, "clocks": linked_clock_counts, "key_sums": linked_key_sums}


def waiting_files(connection: Connection) -> Sequence[Row[Any]]:
    """The files whose rows are there, by institution: of each at most one."""
    columns = linked_files.c
    query = select(linked_files).where(columns.erased_at.is_(None)).order_by(columns.institution)
    return connection.execute(query).all()


def find_file(connection: Connection, institution: str, content_sha256: str) -> Row[Any] | None:
    columns = linked_files.c
    return connection.execute(
        select(linked_files).where(columns.institution == institution, columns.content_sha256 == content_sha256)
    ).one_or_none()


def newest_run(connection: Connection) -> Row[Any] | None:
    """The run that counts."""
    return connection.execute(select(linked_runs).order_by(linked_runs.c.id.desc()).limit(1)).one_or_none()


def insert_file(connection: Connection, events: "EventsFile", received_at: datetime) -> int:
    """Add a file with its rows. ``received_at`` in UTC."""
    header = events.header
    file_id: int = connection.execute(
        linked_files.insert()
        .values(
            institution=header.institution,
            period=header.period,
            until=header.until,
            key_version=header.key_version,
            offset_version=header.offset_version,
            content_sha256=events.sha256,
            received_at=received_at,
            rows=header.rows,
            not_linked=header.not_linked,
        )
        .returning(linked_files.c.id)
    ).scalar_one()
    insert_counts(connection, linked_events, {"file_id": file_id}, events.frame[list(COLUMNS)])
    return file_id


def read_events(connection: Connection, file_id: int) -> pd.DataFrame:
    """The rows of a file, columns as in COLUMNS."""
    columns = [linked_events.c[name] for name in COLUMNS]
    rows = connection.execute(select(*columns).where(linked_events.c.file_id == file_id)).all()
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"day": "Int64", "key": "Int64"})


def erase_events(connection: Connection, file_id: int, why: str, by: str, at: datetime) -> int:
    """Erase the rows of a file, and write that down with it; how many there were comes back. ``at`` in UTC."""
    erased = connection.execute(linked_events.delete().where(linked_events.c.file_id == file_id)).rowcount
    connection.execute(
        linked_files.update().where(linked_files.c.id == file_id).values(erased_at=at, erased_by=by, erased_why=why)
    )
    return erased


def replace_pseudonyms(connection: Connection, file_id: int, new: Mapping[str, str], version: int) -> None:
    """Carry the rows of a file over to another key: ``new`` is each pseudonym to that under it."""
    rows = read_events(connection, file_id)
    connection.execute(linked_events.delete().where(linked_events.c.file_id == file_id))
    carried = rows.assign(pseudonym=rows["pseudonym"].map({**new, "": ""})).sort_values(list(COLUMNS))
    insert_counts(connection, linked_events, {"file_id": file_id}, carried)
    connection.execute(linked_files.update().where(linked_files.c.id == file_id).values(key_version=version))


def insert_run(
    connection: Connection,
    counts: dict[str, pd.DataFrame],
    *,
    period: str,
    followed_until: date,
    files: dict[str, date],
    tally: dict[str, int],
    by: str,
    at: datetime,
) -> int:
    """Add what was counted, in the place of what was counted before. ``counts`` by table, as in LINKED_COUNTS."""
    for table in LINKED_COUNTS.values():
        connection.execute(table.delete())
    run_id: int = connection.execute(
        linked_runs.insert()
        .values(
            made_at=at,
            made_by=by,
            period=period,
            followed_until=followed_until,
            files={code: day.isoformat() for code, day in files.items()},
            tally=tally,
        )
        .returning(linked_runs.c.id)
    ).scalar_one()
    for name, table in LINKED_COUNTS.items():
        columns = [column.name for column in table.columns if column.name != "run_id"]
        insert_counts(connection, table, {"run_id": run_id}, counts[name][columns])
    return run_id


def count_waiting(connection: Connection) -> int:
    """How many rows of people there are."""
    return connection.execute(select(func.count()).select_from(linked_events)).scalar_one()
