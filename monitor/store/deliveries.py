"""Deliveries in the store: each is kept, and of each institution one is current (*geldend*)."""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, cast

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
from psycopg import Copy, Cursor, sql
from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, and_, exists, func, select, text

from monitor.store.counts import (
    clock_counts,
    deliveries,
    erasures,
    flow_counts,
    key_sums,
    quality_counts,
    registration_counts,
    step_counts,
)
from pseudonymise.delivery import TABLES, Delivery

BLOCK_ROWS = 50_000  # handed to the database at a time: what is held beside a delivery stays small

# The tables of the exchange format, and where the store keeps them: the same columns after whose they are.
COUNTS: dict[str, Table] = {
    "steps": step_counts,
    "clocks": clock_counts,
    "flows": flow_counts,
    "quality": quality_counts,
    "registrations": registration_counts,
    "key_sums": key_sums,
}

# What a manifest says of numbers of cases: it goes when the counts go.
COUNTS_CASES = ("rows_read", "rows_used", "left_out", "registration_delays", "tables")

_ranked = (
    select(
        deliveries,
        func.row_number()
        .over(partition_by=deliveries.c.institution, order_by=(deliveries.c.until.desc(), deliveries.c.id.desc()))
        .label("rank"),
    )
    .where(
        ~exists().where(erasures.c.institution == deliveries.c.institution, erasures.c.delivery_id == deliveries.c.id)
    )
    .subquery()
)

# The delivery that counts for its institution: of those whose counts are not erased the latest `until`, and of these
# the last received. Has the columns of `deliveries`; to join with a table of counts by `of_current`.
current_deliveries = (
    select(*(_ranked.c[column.name] for column in deliveries.columns))
    .where(_ranked.c.rank == 1)
    .subquery("current_deliveries")
)


def of_current(counts: Table) -> ColumnElement[bool]:
    """Joins a table of counts with the current deliveries, by institution too: it is what counts are spread by."""
    return and_(
        counts.c.institution == current_deliveries.c.institution,
        counts.c.delivery_id == current_deliveries.c.id,
    )


def find_delivery(connection: Connection, institution: str, payload_sha256: str) -> Row[Any] | None:
    """The delivery with this content, when the store has it."""
    return connection.execute(
        select(deliveries).where(deliveries.c.institution == institution, deliveries.c.payload_sha256 == payload_sha256)
    ).one_or_none()


def current_delivery(connection: Connection, institution: str) -> Row[Any] | None:
    """The delivery that counts for this institution, when there is one."""
    return connection.execute(
        select(current_deliveries).where(current_deliveries.c.institution == institution)
    ).one_or_none()


def insert_delivery(connection: Connection, delivery: Delivery, received_at: datetime) -> int:
    """Add a delivery with all its counts, and return its id within the institution. ``received_at`` in UTC.

    To be called by the only writer: the id is one more than the last.
    """
    manifest = delivery.manifest
    last = connection.scalar(select(func.max(deliveries.c.id)).where(deliveries.c.institution == manifest.institution))
    delivery_id: int = (last or 0) + 1
    connection.execute(
        deliveries.insert().values(
            institution=manifest.institution,
            id=delivery_id,
            until=manifest.until,
            agreement_version=manifest.agreement_version,
            payload_sha256=delivery.payload_sha256,
            received_at=received_at,
            manifest=manifest.model_dump(mode="json"),
        )
    )
    for name, table in COUNTS.items():
        owner = {"institution": manifest.institution, "delivery_id": delivery_id}
        insert_counts(connection, table, owner, delivery.tables[name][list(TABLES[name])])
    return delivery_id


def erase_counts(
    connection: Connection, institution: str, delivery_id: int, reason: str, erased_by: str, erased_at: datetime
) -> dict[str, int]:
    """Erase the counts of a delivery, and return how many rows of each table there were. ``erased_at`` in UTC.

    The delivery keeps its line, so that it is known when it comes again, and of what it said of itself what counts no
    cases.
    """
    rows = {
        name: connection.execute(
            table.delete().where(table.c.institution == institution, table.c.delivery_id == delivery_id)
        ).rowcount
        for name, table in COUNTS.items()
    }
    of_this = (deliveries.c.institution == institution, deliveries.c.id == delivery_id)
    manifest = connection.execute(select(deliveries.c.manifest).where(*of_this)).scalar_one()
    kept = {key: value for key, value in manifest.items() if key not in COUNTS_CASES}
    connection.execute(deliveries.update().where(*of_this).values(manifest=kept))
    connection.execute(
        erasures.insert().values(
            institution=institution,
            delivery_id=delivery_id,
            erased_at=erased_at,
            erased_by=erased_by,
            reason=reason,
            rows=rows,
        )
    )
    return rows


def scrub(engine: Engine, tables: Iterable[Table]) -> None:
    """Take out of the files what was deleted from the tables, as far as the database can do that."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in tables:
                connection.execute(text(f"VACUUM {table.name}"))
    else:
        # Deleting overwrites (monitor/store/engine.py), in the journal; this brings it to the file and empties that.
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def insert_counts(connection: Connection, table: Table, owner: dict[str, object], counts: pd.DataFrame) -> None:
    """Add a table of counts, by the fastest way of the database. ``owner``: the columns that all rows share."""
    columns = (*owner, *counts.columns)
    arrow = pa.Table.from_pandas(counts, preserve_index=False)
    shared = [pa.repeat(value, len(arrow)) for value in owner.values()]
    whole = pa.table([*shared, *arrow.columns], names=columns)
    if connection.dialect.name == "postgresql":
        # As CSV, written a block at a time outside Python: a row at a time takes ten times the processor.
        without_header = pacsv.WriteOptions(include_header=False)
        with _copy(connection, table, columns, "(FORMAT csv)") as target:
            for block in whole.to_batches(BLOCK_ROWS):
                buffer = io.BytesIO()
                pacsv.write_csv(block, buffer, without_header)
                target.write(buffer.getbuffer())
    else:
        blocks = (
            zip(*(column.to_pylist() for column in block.columns), strict=True)
            for block in whole.to_batches(BLOCK_ROWS)
        )
        insert_rows(connection, table, columns, (row for block in blocks for row in block))


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterator[tuple[object, ...]]
) -> None:
    """Add many rows by a fast way of the database. ``columns``: in the order of the table."""
    if connection.dialect.name == "postgresql":
        # COPY goes six times as fast as INSERT, and belongs to the same transaction.
        with _copy(connection, table, columns) as target:
            for row in rows:
                target.write_row(row)
    else:
        # As plain SQL: SQLAlchemy would go through every value of every row again.
        statement = table.insert().compile(dialect=connection.dialect, column_keys=list(columns)).string
        while block := list(islice(rows, BLOCK_ROWS)):
            connection.exec_driver_sql(statement, block)


@contextmanager
def _copy(connection: Connection, table: Table, columns: Sequence[str], options: str = "") -> Iterator[Copy]:
    command = sql.SQL("COPY {} ({}) FROM STDIN " + options).format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with cast(Cursor, connection.connection.cursor()) as cursor, cursor.copy(command) as target:
        yield target
