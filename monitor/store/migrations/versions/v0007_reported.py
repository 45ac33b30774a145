"""Spreadsheets are released: which ones a release used, and the keys of rows that count youths."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROW = ("supplier", "sheet_id", "region", "measure_group", "list")


def upgrade() -> None:
    op.add_column("releases", sa.Column("sheets", sa.JSON(none_as_null=True)))
    op.add_column("waiting_lists", sa.Column("key", BIG))
    connection = op.get_bind()
    rows = sa.table("waiting_lists", *(sa.column(name) for name in (*ROW, "youths", "key")))
    for row in connection.execute(sa.select(rows)).all():
        same = [rows.c[name] == getattr(row, name) for name in ROW]
        key = secrets.randbelow(2**32 - 1) + 1 if row.youths else 0
        connection.execute(rows.update().where(*same).values(key=key))
    with op.batch_alter_table("waiting_lists") as table:
        table.alter_column("key", existing_type=BIG, nullable=False)


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM releases WHERE sheets IS NOT NULL")):
        raise ValueError("uit welke spreadsheets een uitgave is gemaakt, heeft in een eerdere versie geen plaats")
    op.drop_column("waiting_lists", "key")
    op.drop_column("releases", "sheets")
