"""Releases and their cells: written by the release, read by the views."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from monitor.store.schema import BIG, CODE, metadata

IDENTITY = String(100)  # who released or confirmed, as they call themselves

# In the order in which they were made, by `id`: each builds on the one before. Seen once confirmed, never changed.
releases = Table(
    "releases",
    metadata,
    Column("id", BIG, Identity(), primary_key=True),
    Column("code", CODE, nullable=False, unique=True),  # 2026Q3-provisional, 2026Q3-final, 2026Q3-erratum-1
    Column("label", String(6), nullable=False),  # the quarter up to which it shows: 2026Q3
    Column("kind", String(12), nullable=False),  # provisional, final, erratum
    Column("reason", Text),  # of an erratum, with what it names in `scope`
    Column("scope", JSON(none_as_null=True)),
    Column("agreement_version", CODE, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("deliveries", JSON, nullable=False),  # institution to until, as used
    Column("sheets", JSON(none_as_null=True)),  # the spreadsheets as used; none before they were released
    Column("linked_run", BIG),  # the run of linking as used; none when nothing was linked
    Column("changes", JSON(none_as_null=True)),  # from the release before it; none for the first
    Column("released_by", IDENTITY),  # none for what was made before releases were confirmed
    Column("confirmed_by", IDENTITY),
    Column("confirmed_at", DateTime(timezone=True)),  # none: nobody sees it
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
    Column("final", Boolean, nullable=False, default=False),  # its group is carried into every later release
    Index("ix_cells_lookup", "release_id", "audience", "indicator", "statistic"),
)

# What the attack on a release found: one row for each release that stood it.
audits = Table(
    "audits",
    metadata,
    Column("release_id", BIG, ForeignKey(releases.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("result", JSON, nullable=False),
)

# New limits for a series (*nieuwe grenzen*), from which quarter on, and who decided it, when and why. None is ever
# taken away: the limits that were published with it stay explained.
baselines = Table(
    "baselines",
    metadata,
    Column("id", BIG, Identity(), primary_key=True),
    Column("indicator", CODE, nullable=False),
    Column("region", CODE, nullable=False),
    Column("institution", CODE, nullable=False),
    Column("measure_group", CODE, nullable=False),
    Column("first_quarter", String(6), nullable=False),
    Column("change", CODE, nullable=False),  # what changed: the way of working, the inflow, the registration
    Column("why", Text, nullable=False),
    Column("decided_by", IDENTITY, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("indicator", "region", "institution", "measure_group", "first_quarter"),
)

# A row says that all data in this store are invented: set in an empty store, and never taken away.
demonstration = Table(
    "demonstration",
    metadata,
    Column("since", DateTime(timezone=True), primary_key=True),
)
