"""Linked events and what is counted of them; and of a release the run of linking that it was made of."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

CODE = sa.String(40)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
GROUP = (("region", CODE), ("measure_group", CODE), ("quarter", sa.String(6)))
COUNTS = ("linked_step_counts", "linked_clock_counts", "linked_key_sums")


def upgrade() -> None:
    op.create_table(
        "linked_files",
        sa.Column("id", BIG, sa.Identity(), nullable=False),
        sa.Column("institution", CODE, nullable=False),
        sa.Column("period", sa.String(6), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("offset_version", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("not_linked", sa.Integer(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True)),
        sa.Column("erased_by", sa.String(100)),
        sa.Column("erased_why", CODE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_linked_files")),
        sa.UniqueConstraint("institution", "content_sha256", name=op.f("uq_linked_files_institution")),
    )
    op.create_table(
        "linked_events",
        sa.Column("file_id", BIG, nullable=False),
        sa.Column("pseudonym", sa.String(64), nullable=False),
        sa.Column("milestone", CODE, nullable=False),
        sa.Column("day", sa.Integer()),
        sa.Column("quarter", sa.String(6), nullable=False),
        sa.Column("region", CODE, nullable=False),
        sa.Column("key", sa.BigInteger()),
        sa.ForeignKeyConstraint(["file_id"], ["linked_files.id"], name=op.f("fk_linked_events_file_id_linked_files")),
    )
    op.create_index("ix_linked_events_file_id", "linked_events", ["file_id"])
    op.create_table(
        "linked_runs",
        sa.Column("id", BIG, sa.Identity(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("period", sa.String(6), nullable=False),
        sa.Column("followed_until", sa.Date(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("tally", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_linked_runs")),
    )
    _counts(
        "linked_step_counts",
        *_group("step"),
        sa.Column("duration", sa.Integer()),
        sa.Column("outcome", CODE, nullable=False),
        sa.Column("norm_result", CODE, nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
    )
    _counts("linked_clock_counts", *_group("clock"), sa.Column("cases", sa.Integer(), nullable=False))
    _counts(
        "linked_key_sums",
        sa.Column("table", CODE, nullable=False),
        *_group("item"),
        sa.Column("outcome", CODE, nullable=False),
        sa.Column("bin", sa.Integer()),
        sa.Column("key_sum", sa.BigInteger(), nullable=False),
    )
    op.add_column("releases", sa.Column("linked_run", BIG))


def _group(counted: str) -> tuple[sa.Column[object], ...]:
    return tuple(sa.Column(name, kind, nullable=False) for name, kind in ((counted, CODE), *GROUP))


def _counts(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("institution", CODE, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["run_id"], ["linked_runs.id"], name=op.f(f"fk_{name}_run_id_linked_runs")),
    )
    op.create_index(f"ix_{name}_run_id", name, ["run_id"])


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM linked_files")):
        raise ValueError("wat is gekoppeld en gewist heeft in een eerdere versie geen plaats")
    op.drop_column("releases", "linked_run")
    for table in (*COUNTS, "linked_runs", "linked_events", "linked_files"):
        op.drop_table(table)
