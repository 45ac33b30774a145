"""Spreadsheets of the useful measures, the routes, the room for the professional and the burden."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

CODE = sa.String(40)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTED = ("help_outcomes", "help_requests", "joy_in_work", "routes")


def upgrade() -> None:
    for name in COUNTED:
        _of_sheet(name, _region(), *_item(sa.Integer()), sa.Column("key", BIG, nullable=False))
    _of_sheet("room", _region(), *_item(sa.Float()))
    _of_sheet("burden", *_item(sa.Integer()))
    _of_sheet(
        "time_sample",
        _region(),
        sa.Column("team_week", sa.Integer(), nullable=False),
        sa.Column("help_hours", sa.Float(), nullable=False),
        sa.Column("all_hours", sa.Float(), nullable=False),
    )


def downgrade() -> None:
    tables = (*COUNTED, "room", "burden", "time_sample")
    for name in tables:
        if op.get_bind().scalar(sa.text(f"SELECT count(*) FROM {name}")):
            raise ValueError("de nuttige maten, routes en lasten hebben in een eerdere versie geen plaats")
    for name in tables:
        op.drop_table(name)


def _of_sheet(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("supplier", CODE, nullable=False),
        sa.Column("sheet_id", BIG, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["sheets.id"], name=op.f(f"fk_{name}_sheet_id_sheets"), ondelete="CASCADE"
        ),
    )
    op.create_index(f"ix_{name}_sheet", name, ["supplier", "sheet_id"])


def _region() -> sa.Column[Any]:
    return sa.Column("region", CODE, nullable=False)


def _item(number: sa.types.TypeEngine[Any]) -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("item", CODE, nullable=False), sa.Column("number", number, nullable=False)
