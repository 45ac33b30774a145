"""The improvement agenda: actions, each with all its revisions."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

CODE = sa.String(40)


def upgrade() -> None:
    op.create_table(
        "action_revisions",
        sa.Column("action", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("region", CODE, nullable=False),
        sa.Column("theme", CODE, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("aim", sa.Text(), nullable=False),
        sa.Column("owner", CODE, nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("status", CODE, nullable=False),
        sa.Column("step", CODE, nullable=False),
        sa.Column("direction", CODE, nullable=False),
        sa.Column("milestones", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("owned", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("action", "revision", name=op.f("pk_action_revisions")),
    )
    op.create_index("ix_action_revisions_region", "action_revisions", ["region"])


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM action_revisions")):
        raise ValueError("de verbeteragenda heeft in een eerdere versie geen plaats")
    op.drop_table("action_revisions")
