"""Notes with a figure, and the answers to them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

CODE, IDENTITY = sa.String(40), sa.String(100)


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer()),
        sa.Column("written_by", IDENTITY, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", CODE, nullable=False),
        sa.Column("region", CODE, nullable=False),
        sa.Column("institution", CODE, nullable=False),
        sa.Column("period", CODE, nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("owned", sa.JSON(), nullable=False),
        sa.Column("withdrawn_by", IDENTITY),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_why", CODE),
        sa.ForeignKeyConstraint(["answers"], ["notes.number"], name=op.f("fk_notes_answers_notes")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notes")),
    )


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM notes")):
        raise ValueError("de duidingen hebben in een eerdere versie geen plaats")
    op.drop_table("notes")
