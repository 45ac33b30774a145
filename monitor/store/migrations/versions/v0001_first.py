"""The store as it begins: deliveries and their counts, releases and their cells."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

CODE = sa.String(40)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", BIG, sa.Identity(), nullable=False),
        sa.Column("institution", CODE, nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("agreement_version", CODE, nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("institution", "payload_sha256", name=op.f("uq_deliveries_institution")),
    )
    op.create_table(
        "releases",
        sa.Column("id", BIG, sa.Identity(), nullable=False),
        sa.Column("label", sa.String(length=6), nullable=False),
        sa.Column("agreement_version", CODE, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deliveries", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("label", name=op.f("uq_releases_label")),
    )
    op.create_table(
        "cells",
        sa.Column("release_id", BIG, nullable=False),
        sa.Column("audience", CODE, nullable=False),
        sa.Column("indicator", CODE, nullable=False),
        sa.Column("statistic", CODE, nullable=False),
        sa.Column("point", sa.Integer()),
        sa.Column("region", CODE, nullable=False),
        sa.Column("institution", CODE, nullable=False),
        sa.Column("measure_group", CODE, nullable=False),
        sa.Column("period", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", CODE),
        sa.Column("value", sa.Float()),
        sa.Column("lower", sa.Float()),
        sa.Column("upper", sa.Float()),
        sa.Column("n", sa.Integer()),
        sa.Column("bound", sa.String(length=10)),
        sa.Column("cohort", sa.String(length=16)),
        sa.Column("completeness", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_cells_release_id_releases"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_cells_lookup", "cells", ["release_id", "audience", "indicator", "statistic"])
    op.create_table(
        "clock_counts",
        sa.Column("institution", CODE, nullable=False),
        sa.Column("delivery_id", BIG, nullable=False),
        sa.Column("clock", CODE, nullable=False),
        sa.Column("region", CODE, nullable=False),
        sa.Column("measure_group", CODE, nullable=False),
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_clock_counts_delivery_id_deliveries"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_clock_counts_delivery", "clock_counts", ["institution", "delivery_id"])
    op.create_table(
        "flow_counts",
        sa.Column("institution", CODE, nullable=False),
        sa.Column("delivery_id", BIG, nullable=False),
        sa.Column("flow", CODE, nullable=False),
        sa.Column("region", CODE, nullable=False),
        sa.Column("measure_group", CODE, nullable=False),
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_flow_counts_delivery_id_deliveries"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_flow_counts_delivery", "flow_counts", ["institution", "delivery_id"])
    op.create_table(
        "key_sums",
        sa.Column("institution", CODE, nullable=False),
        sa.Column("delivery_id", BIG, nullable=False),
        sa.Column("table", CODE, nullable=False),
        sa.Column("item", CODE, nullable=False),
        sa.Column("region", CODE, nullable=False),
        sa.Column("measure_group", CODE, nullable=False),
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("outcome", CODE, nullable=False),
        sa.Column("bin", sa.Integer()),
        sa.Column("key_sum", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_key_sums_delivery_id_deliveries"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_key_sums_delivery", "key_sums", ["institution", "delivery_id"])
    op.create_table(
        "quality_counts",
        sa.Column("institution", CODE, nullable=False),
        sa.Column("delivery_id", BIG, nullable=False),
        sa.Column("milestone", CODE, nullable=False),
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("dated", sa.Integer(), nullable=False),
        sa.Column("proxied", sa.Integer(), nullable=False),
        sa.Column("implausible", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_quality_counts_delivery_id_deliveries"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_quality_counts_delivery", "quality_counts", ["institution", "delivery_id"])
    op.create_table(
        "step_counts",
        sa.Column("institution", CODE, nullable=False),
        sa.Column("delivery_id", BIG, nullable=False),
        sa.Column("step", CODE, nullable=False),
        sa.Column("region", CODE, nullable=False),
        sa.Column("measure_group", CODE, nullable=False),
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("duration", sa.Integer()),
        sa.Column("outcome", CODE, nullable=False),
        sa.Column("norm_result", CODE, nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_step_counts_delivery_id_deliveries"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_step_counts_delivery", "step_counts", ["institution", "delivery_id"])
