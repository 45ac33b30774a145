"""Releases and their cells: written by the release, read by the views."""

from sqlalchemy import JSON, Column, DateTime, Float, ForeignKey, Identity, Index, Integer, String, Table

from monitor.store.schema import BIG, CODE, metadata

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
