"""What stands until it is said anew: places of providers, and whom to call.

What regions stated of places before had no provider, no day and was never shown; it holds how many places were
occupied, which is not asked any more. It goes; the line that it came in stays.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

CODE = sa.String(40)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBERS = ("places", "occupied", "free")


def upgrade() -> None:
    op.add_column("sheets", sa.Column("as_of", sa.Date()))
    op.drop_table("places")
    _standing(
        "places",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("municipality", CODE, nullable=False),
        sa.Column("care", CODE, nullable=False),
        sa.Column("ages", CODE, nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("free", sa.Integer(), nullable=False),
        sa.Column("stated_on", sa.Date(), nullable=False),
    )
    _standing(
        "contacts",
        sa.Column("subject", CODE, nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("phone", CODE),
        sa.Column("email", sa.String(80)),
        sa.Column("reachable", CODE, nullable=False),
        sa.Column("person", sa.Text()),
        sa.Column("person_until", sa.Date()),
    )


def _standing(name: str, *columns: "sa.Column[object]") -> None:
    op.create_table(
        name,
        sa.Column("supplier", CODE, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("region", CODE, nullable=False),
        *columns,
    )
    op.create_index(f"ix_{name}_supplier", name, ["supplier"])


def downgrade() -> None:
    for table in ("places", "contacts"):
        if op.get_bind().scalar(sa.text(f"SELECT count(*) FROM {table}")):
            raise ValueError("open plekken en wie te bellen is, hebben in een eerdere versie geen plaats")
        op.drop_table(table)
    op.drop_column("sheets", "as_of")
    op.create_table(
        "places",
        sa.Column("supplier", CODE, nullable=False),
        sa.Column("sheet_id", BIG, nullable=False),
        sa.Column("region", CODE, nullable=False),
        sa.Column("care", CODE, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in NUMBERS),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["sheets.id"], name=op.f("fk_places_sheet_id_sheets"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_places_sheet", "places", ["supplier", "sheet_id"])
