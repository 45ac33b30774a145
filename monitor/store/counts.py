"""Deliveries and their counts: read by intake and release, and by nothing else.

All are keyed by institution first, so that they can be spread by it: what belongs together lies together, and no key
reaches across. How to spread them: docs/how-to/database.md.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from monitor.store.schema import BIG, CODE, metadata

deliveries = Table(
    "deliveries",
    metadata,
    Column("institution", CODE),
    Column("id", BIG, autoincrement=False),  # counts on within the institution, in the order in which they came
    Column("until", Date, nullable=False),
    Column("agreement_version", CODE, nullable=False),
    Column("payload_sha256", String(64), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("manifest", JSON, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
    UniqueConstraint("institution", "payload_sha256"),
)


# Of which deliveries the counts are gone, since when, why and by whom (monitor/intake/retain.py).
erasures = Table(
    "erasures",
    metadata,
    Column("institution", CODE),
    Column("delivery_id", BIG, autoincrement=False),
    Column("erased_at", DateTime(timezone=True), nullable=False),
    Column("erased_by", String(100), nullable=False),
    Column("reason", CODE, nullable=False),  # superseded, expired
    Column("rows", JSON, nullable=False),  # table of the delivery to the rows that it had
    PrimaryKeyConstraint("institution", "delivery_id"),
    ForeignKeyConstraint(["institution", "delivery_id"], [deliveries.c.institution, deliveries.c.id]),
)


def _of_delivery(name: str, counted: str, *columns: Column[Any]) -> Table:
    """A table of counts: institution first, then the delivery that brought the row. ``counted``: names of what."""
    return Table(
        name,
        metadata,
        Column("institution", CODE, nullable=False),
        Column("delivery_id", BIG, nullable=False),
        *columns,
        ForeignKeyConstraint(
            ["institution", "delivery_id"], [deliveries.c.institution, deliveries.c.id], ondelete="CASCADE"
        ),
        # A release asks for one step, clock or flow at a time.
        Index(f"ix_{name}_delivery", "institution", "delivery_id", counted),
    )


step_counts = _of_delivery(
    "step_counts",
    "step",
    Column("step", CODE, nullable=False),
    Column("region", CODE, nullable=False),
    Column("measure_group", CODE, nullable=False),
    Column("quarter", String(6), nullable=False),
    Column("duration", Integer),
    Column("outcome", CODE, nullable=False),
    Column("norm_result", CODE, nullable=False),
    Column("cases", Integer, nullable=False),
)

clock_counts = _of_delivery(
    "clock_counts",
    "clock",
    Column("clock", CODE, nullable=False),
    Column("region", CODE, nullable=False),
    Column("measure_group", CODE, nullable=False),
    Column("quarter", String(6), nullable=False),
    Column("cases", Integer, nullable=False),
)

flow_counts = _of_delivery(
    "flow_counts",
    "flow",
    Column("flow", CODE, nullable=False),
    Column("region", CODE, nullable=False),
    Column("measure_group", CODE, nullable=False),
    Column("quarter", String(6), nullable=False),
    Column("cases", Integer, nullable=False),
)

key_sums = _of_delivery(
    "key_sums",
    "item",
    Column("table", CODE, nullable=False),
    Column("item", CODE, nullable=False),
    Column("region", CODE, nullable=False),
    Column("measure_group", CODE, nullable=False),
    Column("quarter", String(6), nullable=False),
    Column("outcome", CODE, nullable=False),  # empty for clocks and flows
    Column("bin", Integer),
    Column("key_sum", BigInteger, nullable=False),
)

quality_counts = _of_delivery(
    "quality_counts",
    "milestone",
    Column("milestone", CODE, nullable=False),
    Column("quarter", String(6), nullable=False),
    Column("passed", Integer, nullable=False),
    Column("dated", Integer, nullable=False),
    Column("proxied", Integer, nullable=False),
    Column("implausible", Integer, nullable=False),
    # Missing, not zero, in the rows of a delivery of format 1, which did not count them.
    Column("out_of_order", Integer),
    Column("early", Integer),
)

# The reporting triangle: events by the quarter in which they happened and the whole quarters until registered.
registration_counts = _of_delivery(
    "registration_counts",
    "milestone",
    Column("milestone", CODE, nullable=False),
    Column("quarter", String(6), nullable=False),
    Column("lag", Integer, nullable=False),
    Column("cases", Integer, nullable=False),
)
