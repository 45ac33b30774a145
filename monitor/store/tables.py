"""The tables of the store (SQLAlchemy Core).

Counts are keyed by institution first, so that they can be spread by it.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

CODE = String(40)
BIG = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows only in an INTEGER key

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
)

releases = Table(
    "releases",
    metadata,
    Column("id", BIG, Identity(), primary_key=True),
    Column("label", String(6), nullable=False, unique=True),  # the quarter up to which it shows: 2026Q3
    Column("agreement_version", CODE, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("deliveries", JSON, nullable=False),  # institution to until, as used
)

cells = Table(
    "cells",
    metadata,
    Column("release_id", BIG, ForeignKey(releases.c.id, ondelete="CASCADE"), nullable=False),
    Column("audience", CODE, nullable=False),  # "shared", or the institution whose own figures these are
    Column("indicator", CODE, nullable=False),
    Column("statistic", CODE, nullable=False),
    Column("point", Integer),  # the grid point of a curve
    Column("region", CODE, nullable=False),  # a code, or "all"
    Column("institution", CODE, nullable=False),
    Column("measure_group", CODE, nullable=False),
    Column("period", String(6), nullable=False),  # 2026Q3 or 2025
    Column("state", String(10), nullable=False),  # published, suppressed, missing
    Column("reason", CODE),
    Column("value", Float),
    Column("lower", Float),
    Column("upper", Float),
    Column("n", Integer),
    Column("bound", String(10)),  # exact, at_most, at_least
    Column("cohort", String(16)),  # final, provisional, undeterminable
    Column("completeness", Integer),  # whole percent of the group whose step is registered
    Index("ix_cells_lookup", "release_id", "audience", "indicator", "statistic"),
)
