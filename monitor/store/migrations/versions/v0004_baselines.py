"""New limits for a series, with who decided them, when and why."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

CODE = sa.String(40)


def upgrade() -> None:
    op.create_table(
        "baselines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False),
        sa.Column("indicator", CODE, nullable=False),
        sa.Column("region", CODE, nullable=False),
        sa.Column("institution", CODE, nullable=False),
        sa.Column("measure_group", CODE, nullable=False),
        sa.Column("first_quarter", sa.String(length=6), nullable=False),
        sa.Column("change", CODE, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=100), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baselines")),
        sa.UniqueConstraint(
            "indicator",
            "region",
            "institution",
            "measure_group",
            "first_quarter",
            name=op.f("uq_baselines_indicator"),
        ),
    )


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM baselines")):
        raise ValueError("wie nieuwe grenzen besloot en waarom, heeft in een eerdere versie geen plaats")
    op.drop_table("baselines")
