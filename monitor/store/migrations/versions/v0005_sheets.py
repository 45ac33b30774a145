"""Spreadsheets of institutions and regions, and the warnings with which a delivery came in."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

CODE = sa.String(40)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "delivery_warnings",
        sa.Column("institution", CODE, nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "payload_sha256", name=op.f("pk_delivery_warnings")),
    )
    op.create_table(
        "sheets",
        sa.Column("id", BIG, sa.Identity(), nullable=False),
        sa.Column("supplier", CODE, nullable=False),
        sa.Column("template", CODE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=6), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheets")),
    )
    op.create_index("ix_sheets_supplier", "sheets", ["supplier", "template", "period"])
    figures: dict[str, list[sa.Column[Any]]] = {
        "contract_results": [
            sa.Column("result", CODE, nullable=False),
            sa.Column("numerator", sa.Float(), nullable=False),
            sa.Column("denominator", sa.Float(), nullable=False),
        ],
        "waiting_lists": [
            sa.Column("measure_group", CODE, nullable=False),
            sa.Column("list", CODE, nullable=False),
            sa.Column("youths", sa.Integer(), nullable=False),
            sa.Column("mean_wait_days", sa.Float()),
        ],
        "places": [
            sa.Column("care", CODE, nullable=False),
            sa.Column("places", sa.Integer(), nullable=False),
            sa.Column("occupied", sa.Integer(), nullable=False),
            sa.Column("free", sa.Integer(), nullable=False),
        ],
        "survey": [
            sa.Column("measure", CODE, nullable=False),
            sa.Column("numerator", sa.Float(), nullable=False),
            sa.Column("denominator", sa.Float(), nullable=False),
            sa.Column("left_out", sa.Float(), nullable=False),
        ],
    }
    for name, columns in figures.items():
        op.create_table(
            name,
            sa.Column("supplier", CODE, nullable=False),
            sa.Column("sheet_id", BIG, nullable=False),
            sa.Column("region", CODE, nullable=False),
            *columns,
            sa.ForeignKeyConstraint(
                ["sheet_id"], ["sheets.id"], name=op.f(f"fk_{name}_sheet_id_sheets"), ondelete="CASCADE"
            ),
        )
        op.create_index(f"ix_{name}_sheet", name, ["supplier", "sheet_id"])


def downgrade() -> None:
    for table in ("sheets", "delivery_warnings"):
        if op.get_bind().scalar(sa.text(f"SELECT count(*) FROM {table}")):
            raise ValueError(
                "spreadsheets en waarschuwingen bij aanleveringen hebben in een eerdere versie geen plaats"
            )
    for table in ("survey", "places", "waiting_lists", "contract_results", "sheets", "delivery_warnings"):
        op.drop_table(table)
