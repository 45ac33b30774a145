"""Releases of three kinds that one person makes and another confirms, their audits, and the mark of a demonstration.

What was released before becomes a confirmed provisional release: everybody has seen it, and nothing in it was final.
A final cohort of it is carried on; a count, of which no state was kept, may become final once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

CODE = sa.String(40)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IDENTITY = sa.String(100)
OLD_CELLS = (
    "release_id, audience, indicator, statistic, point, region, institution, measure_group, period, state, reason, "
    "value, lower, upper, n, bound, cohort, completeness"
)
FINAL = "audience = 'shared' AND cohort = 'final'"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _replace_tables()
    else:
        _alter_tables()
    op.create_table(
        "audits",
        sa.Column("release_id", BIG, autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_audits")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_audits_release_id_releases"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "demonstration",
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("since", name=op.f("pk_demonstration")),
    )


def downgrade() -> None:
    """What the way up made of older releases goes back; what was released since does not fit."""
    for table, since in (("releases", "released_by IS NOT NULL"), ("audits", "true"), ("demonstration", "true")):
        if op.get_bind().scalar(sa.text(f"SELECT count(*) FROM {table} WHERE {since}")):
            raise ValueError("soort, toetsing en bevestiging van een uitgave hebben in een eerdere versie geen plaats")
    op.drop_table("demonstration")
    op.drop_table("audits")
    if op.get_bind().dialect.name == "sqlite":
        _restore_tables()
        return
    op.drop_column("cells", "final")
    op.drop_constraint(op.f("uq_releases_code"), "releases", type_="unique")
    for column in ("code", "kind", "reason", "scope", "changes", "released_by", "confirmed_by", "confirmed_at"):
        op.drop_column("releases", column)
    op.create_unique_constraint(op.f("uq_releases_label"), "releases", ["label"])


def _alter_tables() -> None:
    op.drop_constraint(op.f("uq_releases_label"), "releases", type_="unique")
    for column in (
        sa.Column("code", CODE),
        sa.Column("kind", sa.String(length=12)),
        sa.Column("reason", sa.Text()),
        sa.Column("scope", sa.JSON()),
        sa.Column("changes", sa.JSON()),
        sa.Column("released_by", IDENTITY),
        sa.Column("confirmed_by", IDENTITY),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("releases", column)
    op.execute("UPDATE releases SET code = label || '-provisional', kind = 'provisional', confirmed_at = made_at")
    op.alter_column("releases", "code", nullable=False)
    op.alter_column("releases", "kind", nullable=False)
    op.create_unique_constraint(op.f("uq_releases_code"), "releases", ["code"])
    op.add_column("cells", sa.Column("final", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("cells", "final", server_default=None)
    op.execute(f"UPDATE cells SET final = true WHERE {FINAL}")


def _replace_tables() -> None:
    """SQLite drops no constraint: both tables are made anew and filled.

    Cells go first: to drop the releases that they hang on would drop them too.
    """
    op.rename_table("releases", "releases_before")  # the cells go on pointing to it
    op.create_table(
        "releases",
        sa.Column("id", BIG, sa.Identity(), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("label", sa.String(length=6), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("scope", sa.JSON()),
        sa.Column("agreement_version", CODE, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deliveries", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON()),
        sa.Column("released_by", IDENTITY),
        sa.Column("confirmed_by", IDENTITY),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("code", name=op.f("uq_releases_code")),
    )
    op.execute(
        "INSERT INTO releases (id, code, label, kind, agreement_version, made_at, deliveries, confirmed_at) "
        "SELECT id, label || '-provisional', label, 'provisional', agreement_version, made_at, deliveries, made_at "
        "FROM releases_before"
    )
    op.rename_table("cells", "cells_before")
    op.drop_index("ix_cells_lookup", "cells_before")
    _make_cells(sa.Column("final", sa.Boolean(), nullable=False))
    op.execute(f"INSERT INTO cells ({OLD_CELLS}, final) SELECT {OLD_CELLS}, coalesce({FINAL}, false) FROM cells_before")
    op.drop_table("cells_before")
    op.drop_table("releases_before")


def _restore_tables() -> None:
    op.rename_table("releases", "releases_after")
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
    op.execute(
        "INSERT INTO releases (id, label, agreement_version, made_at, deliveries) "
        "SELECT id, label, agreement_version, made_at, deliveries FROM releases_after"
    )
    op.rename_table("cells", "cells_after")
    op.drop_index("ix_cells_lookup", "cells_after")
    _make_cells()
    op.execute(f"INSERT INTO cells ({OLD_CELLS}) SELECT {OLD_CELLS} FROM cells_after")
    op.drop_table("cells_after")
    op.drop_table("releases_after")


def _make_cells(*added: sa.Column[bool]) -> None:
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
        *added,
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_cells_release_id_releases"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_cells_lookup", "cells", ["release_id", "audience", "indicator", "statistic"])
