"""Deliveries and counts keyed by institution, so that they can be spread by it; and the trace of what was erased.

A delivery is numbered within its institution. What is there keeps its number, which was its own in the whole store.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

CODE = sa.String(40)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# A table of counts, and what it counts.
COUNTED = {
    "step_counts": "step",
    "clock_counts": "clock",
    "flow_counts": "flow",
    "key_sums": "item",
    "quality_counts": "milestone",
    "registration_counts": "milestone",
}
DELIVERY = "institution, id, until, agreement_version, payload_sha256, received_at, manifest"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _replace_tables()
    else:
        for table in COUNTED:
            op.drop_constraint(_old_key(table), table, type_="foreignkey")
        op.drop_constraint(op.f("pk_deliveries"), "deliveries", type_="primary")
        op.execute("ALTER TABLE deliveries ALTER COLUMN id DROP IDENTITY")
        op.create_primary_key(op.f("pk_deliveries"), "deliveries", ["institution", "id"])
        for table in COUNTED:
            op.create_foreign_key(
                _key(table),
                table,
                "deliveries",
                ["institution", "delivery_id"],
                ["institution", "id"],
                ondelete="CASCADE",
            )
    for table, counted in COUNTED.items():
        op.drop_index(f"ix_{table}_delivery", table)
        op.create_index(f"ix_{table}_delivery", table, ["institution", "delivery_id", counted])
    op.create_table(
        "erasures",
        sa.Column("institution", CODE, nullable=False),
        sa.Column("delivery_id", BIG, autoincrement=False, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_by", sa.String(length=100), nullable=False),
        sa.Column("reason", CODE, nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "delivery_id", name=op.f("pk_erasures")),
        sa.ForeignKeyConstraint(
            ["institution", "delivery_id"],
            ["deliveries.institution", "deliveries.id"],
            name=op.f("fk_erasures_institution_deliveries"),
        ),
    )


def downgrade() -> None:
    """Numbers of deliveries are their own in the whole store again: they are numbered anew, in the order received."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM erasures")):
        raise ValueError("wat is gewist en waarom, heeft in een eerdere versie geen plaats")
    op.drop_table("erasures")
    op.execute(
        "CREATE TEMPORARY TABLE numbered AS SELECT institution, id AS old, "
        "row_number() OVER (ORDER BY received_at, institution, id) AS new FROM deliveries"
    )
    if op.get_bind().dialect.name == "sqlite":
        _restore_tables()
    else:
        _restore_keys()
    op.execute("DROP TABLE numbered")
    for table in COUNTED:
        op.drop_index(f"ix_{table}_delivery", table)
        op.create_index(f"ix_{table}_delivery", table, ["institution", "delivery_id"])


def _key(table: str) -> str:
    return str(op.f(f"fk_{table}_institution_deliveries"))


def _old_key(table: str) -> str:
    return str(op.f(f"fk_{table}_delivery_id_deliveries"))


def _replace_tables() -> None:
    """SQLite drops no constraint: all tables are made anew and filled.

    Counts go first: to drop the deliveries that they hang on would drop them too.
    """
    op.rename_table("deliveries", "deliveries_before")  # the counts go on pointing to it
    op.create_table(
        "deliveries",
        sa.Column("institution", CODE, nullable=False),
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        *_columns(),
        sa.PrimaryKeyConstraint("institution", "id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("institution", "payload_sha256", name=op.f("uq_deliveries_institution")),
    )
    op.execute(f"INSERT INTO deliveries ({DELIVERY}) SELECT {DELIVERY} FROM deliveries_before")
    for table in COUNTED:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(_old_key(table), type_="foreignkey")
            batch.create_foreign_key(
                _key(table), "deliveries", ["institution", "delivery_id"], ["institution", "id"], ondelete="CASCADE"
            )
    op.drop_table("deliveries_before")


def _restore_tables() -> None:
    op.rename_table("deliveries", "deliveries_after")
    op.create_table(
        "deliveries",
        sa.Column("id", BIG, sa.Identity(), nullable=False),
        sa.Column("institution", CODE, nullable=False),
        *_columns(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("institution", "payload_sha256", name=op.f("uq_deliveries_institution")),
    )
    op.execute(
        f"INSERT INTO deliveries ({DELIVERY}) SELECT {DELIVERY.replace(' id,', ' new,')} "
        "FROM deliveries_after JOIN numbered USING (institution) WHERE old = id"
    )
    for table in COUNTED:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(_key(table), type_="foreignkey")
        _renumber(table)
        with op.batch_alter_table(table) as batch:
            batch.create_foreign_key(_old_key(table), "deliveries", ["delivery_id"], ["id"], ondelete="CASCADE")
    op.drop_table("deliveries_after")


def _restore_keys() -> None:
    for table in COUNTED:
        op.drop_constraint(_key(table), table, type_="foreignkey")
        _renumber(table)
    op.drop_constraint(op.f("pk_deliveries"), "deliveries", type_="primary")
    op.execute(
        "UPDATE deliveries SET id = new FROM numbered "
        "WHERE numbered.institution = deliveries.institution AND old = deliveries.id"
    )
    op.create_primary_key(op.f("pk_deliveries"), "deliveries", ["id"])
    op.execute("ALTER TABLE deliveries ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY")
    op.execute(
        "SELECT setval(pg_get_serial_sequence('deliveries', 'id'), coalesce(max(id), 0) + 1, false) FROM deliveries"
    )
    for table in COUNTED:
        op.create_foreign_key(_old_key(table), table, "deliveries", ["delivery_id"], ["id"], ondelete="CASCADE")


def _renumber(table: str) -> None:
    op.execute(
        f"UPDATE {table} SET delivery_id = new FROM numbered "
        f"WHERE numbered.institution = {table}.institution AND old = {table}.delivery_id"
    )


def _columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("agreement_version", CODE, nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
    )
