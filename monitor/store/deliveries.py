"""Deliveries in the store: each is kept, and of each institution one is current (*geldend*)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import pandas as pd
from psycopg import Cursor, sql
from sqlalchemy import ColumnElement, Connection, Row, Table, and_, exists, func, select

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

# The tables of the exchange format, and where the store keeps them: the same columns after whose they are.
COUNTS: dict[str, Table] = {
    "steps": step_counts,
    "clocks": clock_counts,
    "flows": flow_counts,
    "quality": quality_counts,
    "registrations": registration_counts,
    "key_sums": key_sums,
}

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
        columns = ("institution", "delivery_id", *TABLES[name])
        insert_rows(connection, table, columns, _rows(delivery.tables[name], manifest.institution, delivery_id))
    return delivery_id


def _rows(frame: pd.DataFrame, institution: str, delivery_id: int) -> Iterator[tuple[object, ...]]:
    # As Python's own numbers and None: a driver does not know numpy's, nor NA.
    plain = frame.astype(object).where(frame.notna(), None)
    return ((institution, delivery_id, *row) for row in plain.itertuples(index=False, name=None))


def insert_rows(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Iterator[tuple[object, ...]]
) -> None:
    """Add many rows by the fastest way of the database. ``columns``: in the order of the table."""
    if connection.dialect.name == "postgresql":
        # COPY goes six times as fast as INSERT, and belongs to the same transaction.
        copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with cast(Cursor, connection.connection.cursor()) as cursor, cursor.copy(copy) as target:
            for row in rows:
                target.write_row(row)
    else:
        # As plain SQL: SQLAlchemy would go through every value of every row again.
        statement = table.insert().compile(dialect=connection.dialect, column_keys=list(columns))
        if values := list(rows):
            connection.exec_driver_sql(statement.string, values)
