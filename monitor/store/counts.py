"""Deliveries and their counts: read by intake and release, and by nothing else.

Counts are keyed by institution first, so that they can be spread by it.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from monitor.store.schema import BIG, CODE, metadata

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BIG, Identity(), primary_key=True),
    Column("institution", CODE, nullable=False),
    Column("until", Date, nullable=False),
    Column("agreement_version", CODE, nullable=False),
    Column("payload_sha256", String(64), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("manifest", JSON, nullable=False),
    UniqueConstraint("institution", "payload_sha256"),
)


def _of_delivery(name: str, *columns: Column[Any]) -> Table:
    """A table of counts: institution first, then the delivery that brought the row."""
    return Table(
        name,
        metadata,
        Column("institution", CODE, nullable=False),
        Column("delivery_id", BIG, ForeignKey(deliveries.c.id, ondelete="CASCADE"), nullable=False),
        *columns,
        Index(f"ix_{name}_delivery", "institution", "delivery_id"),
    )


step_counts = _of_delivery(
    "step_counts",
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
    Column("clock", CODE, nullable=False),
    Column("region", CODE, nullable=False),
    Column("measure_group", CODE, nullable=False),
    Column("quarter", String(6), nullable=False),
    Column("cases", Integer, nullable=False),
)

flow_counts = _of_delivery(
    "flow_counts",
    Column("flow", CODE, nullable=False),
    Column("region", CODE, nullable=False),
    Column("measure_group", CODE, nullable=False),
    Column("quarter", String(6), nullable=False),
    Column("cases", Integer, nullable=False),
)

key_sums = _of_delivery(
    "key_sums",
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
    Column("milestone", CODE, nullable=False),
    Column("quarter", String(6), nullable=False),
    Column("lag", Integer, nullable=False),
    Column("cases", Integer, nullable=False),
)
