"""How late events are registered, and what more is counted of their quality."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

CODE = sa.String(40)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("quality_counts", sa.Column("out_of_order", sa.Integer()))
    op.add_column("quality_counts", sa.Column("early", sa.Integer()))
    op.create_table(
        "registration_counts",
        sa.Column("institution", CODE, nullable=False),
        sa.Column("delivery_id", BIG, nullable=False),
        sa.Column("milestone", CODE, nullable=False),
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("lag", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_registration_counts_delivery_id_deliveries"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_registration_counts_delivery", "registration_counts", ["institution", "delivery_id"])


def downgrade() -> None:
    for lost in (
        "SELECT count(*) FROM registration_counts",
        "SELECT count(*) FROM quality_counts WHERE out_of_order IS NOT NULL OR early IS NOT NULL",
    ):
        if op.get_bind().scalar(sa.text(lost)):
            raise ValueError("wat van de registratie is geteld, heeft in een eerdere versie geen plaats")
    op.drop_table("registration_counts")
    op.drop_column("quality_counts", "early")
    op.drop_column("quality_counts", "out_of_order")
