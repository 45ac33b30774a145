"""Who was given which role, and the trail of what was done."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

CODE = sa.String(40)
IDENTITY = sa.String(100)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "grants",
        sa.Column("id", BIG, sa.Identity(), nullable=False),
        sa.Column("who", IDENTITY, nullable=False),
        sa.Column("role", CODE, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("given_by", IDENTITY, nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", IDENTITY),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index("ix_grants_who", "grants", ["who"])
    op.create_table(
        "trail",
        sa.Column("chain", CODE, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", IDENTITY, nullable=False),
        sa.Column("act", CODE, nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name=op.f("pk_trail")),
    )
    op.create_table(
        "trail_ends",
        sa.Column("chain", CODE, nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_trail_ends")),
    )


def downgrade() -> None:
    for table, what in (("grants", "wie welke rol kreeg"), ("trail_ends", "wat in het logboek staat")):
        if op.get_bind().scalar(sa.text(f"SELECT count(*) FROM {table}")):
            raise ValueError(f"{what}, heeft in een eerdere versie geen plaats")
    op.drop_table("trail_ends")
    op.drop_table("trail")
    op.drop_index("ix_grants_who", "grants")
    op.drop_table("grants")
