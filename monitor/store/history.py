"""What came in, from whom and when, without any figure of it; and the warnings with which it came."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, String, Table, and_, select

from monitor.store.counts import deliveries
from monitor.store.deliveries import current_deliveries
from monitor.store.schema import CODE, metadata
from monitor.store.sheets import current_sheets, sheets

# Beside the delivery of the same content; only of a delivery that came in with a warning.
delivery_warnings = Table(
    "delivery_warnings",
    metadata,
    Column("institution", CODE, primary_key=True),
    Column("payload_sha256", String(64), primary_key=True),
    Column("warnings", JSON, nullable=False),
)


@dataclass(frozen=True)
class Received:
    """One delivery or spreadsheet that came in. ``template``: None for a delivery, which has ``until``; a spreadsheet
    has ``period``. ``current``: it counts for its supplier. ``warnings`` as they were stored. ``as_of``: the oldest
    statement of a spreadsheet, where each has a day of its own."""

    supplier: str
    template: str | None
    until: date | None
    period: str | None
    received_at: datetime
    current: bool
    warnings: Sequence[dict[str, Any]]
    as_of: date | None = None


def received(connection: Connection, suppliers: Collection[str]) -> list[Received]:
    """Everything that came in from these suppliers, the newest first."""
    columns = deliveries.c
    of_deliveries = connection.execute(
        select(
            columns.institution,
            columns.until,
            columns.received_at,
            delivery_warnings.c.warnings,
            current_deliveries.c.id.is_not(None).label("current"),
        )
        .outerjoin(
            delivery_warnings,
            and_(
                delivery_warnings.c.institution == columns.institution,
                delivery_warnings.c.payload_sha256 == columns.payload_sha256,
            ),
        )
        .outerjoin(
            current_deliveries,
            and_(current_deliveries.c.institution == columns.institution, current_deliveries.c.id == columns.id),
        )
        .where(columns.institution.in_(suppliers))
    )
    of_sheets = connection.execute(
        select(
            sheets.c.supplier,
            sheets.c.template,
            sheets.c.period,
            sheets.c.received_at,
            sheets.c.warnings,
            sheets.c.as_of,
            current_sheets.c.id.is_not(None).label("current"),
        )
        .outerjoin(current_sheets, current_sheets.c.id == sheets.c.id)
        .where(sheets.c.supplier.in_(suppliers))
    )
    found = [
        Received(row.institution, None, row.until, None, row.received_at, row.current, row.warnings or ())
        for row in of_deliveries
    ] + [
        Received(row.supplier, row.template, None, row.period, row.received_at, row.current, row.warnings, row.as_of)
        for row in of_sheets
    ]
    return sorted(found, key=lambda one: one.received_at, reverse=True)


def insert_warnings(
    connection: Connection, institution: str, payload_sha256: str, warnings: Sequence[dict[str, object]]
) -> None:
    if warnings:
        connection.execute(
            delivery_warnings.insert().values(
                institution=institution, payload_sha256=payload_sha256, warnings=list(warnings)
            )
        )
