"""Spreadsheets in the store: each is kept, and of a supplier, template and period the last received counts.

The columns of a table are those of its template; what they mean stands in the catalogue. Figures of few youths are
among them: like counts, they are read by intake and release, and by nothing else. What stands until it is said anew has
tables of its own (``standing``), and only its line here.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Row,
    String,
    Table,
    and_,
    exists,
    func,
    or_,
    select,
)

from monitor.store.schema import BIG, CODE, metadata
from monitor.store.standing import STANDING, replace_standing

sheets = Table(
    "sheets",
    metadata,
    Column("id", BIG, Identity(), primary_key=True),
    Column("supplier", CODE, nullable=False),  # an institution or a region
    Column("template", CODE, nullable=False),
    Column("version", Integer, nullable=False),
    Column("period", String(6), nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("as_of", Date),  # the oldest statement in it, where each has a day of its own
    Index("ix_sheets_supplier", "supplier", "template", "period"),
)


def _of_sheet(name: str, *columns: Column[Any]) -> Table:
    return _of_supplier(name, Column("region", CODE, nullable=False), *columns)


def _of_supplier(name: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        metadata,
        Column("supplier", CODE, nullable=False),
        Column("sheet_id", BIG, ForeignKey(sheets.c.id, ondelete="CASCADE"), nullable=False),
        *columns,
        Index(f"ix_{name}_sheet", "supplier", "sheet_id"),
    )


def _counted(name: str) -> Table:
    """People, by what is counted of them; each row has a key, as that of a waiting list."""
    return _of_sheet(
        name,
        Column("item", CODE, nullable=False),
        Column("number", Integer, nullable=False),
        Column("key", BIG, nullable=False),
    )


COUNTED = ("help_outcomes", "help_requests", "joy_in_work", "routes")  # templates of people by what is counted


# By the code of the template, of all that has a period.
FIGURES: dict[str, Table] = {
    "contract_results": _of_sheet(
        "contract_results",
        Column("result", CODE, nullable=False),
        Column("numerator", Float, nullable=False),
        Column("denominator", Float, nullable=False),
    ),
    "waiting_lists": _of_sheet(
        "waiting_lists",
        Column("measure_group", CODE, nullable=False),
        Column("list", CODE, nullable=False),
        Column("youths", Integer, nullable=False),
        Column("mean_wait_days", Float),  # not given, or of too few to be given
        # Drawn when the row comes in: it picks the noise of every group that the row is counted in, so that the same
        # group has the same noise wherever it is shown. A row without youths has 0: it changes no group.
        Column("key", BIG, nullable=False),
    ),
    "survey": _of_sheet(
        "survey",
        Column("measure", CODE, nullable=False),
        Column("numerator", Float, nullable=False),
        Column("denominator", Float, nullable=False),
        Column("left_out", Float, nullable=False),
    ),
    **{name: _counted(name) for name in COUNTED},
    "time_sample": _of_sheet(
        "time_sample",
        Column("team_week", Integer, nullable=False),
        Column("help_hours", Float, nullable=False),
        Column("all_hours", Float, nullable=False),
    ),
    "room": _of_sheet("room", Column("item", CODE, nullable=False), Column("number", Float, nullable=False)),
    "burden": _of_supplier("burden", Column("item", CODE, nullable=False), Column("number", Integer, nullable=False)),
}

# Of the templates whose numbers count people, what a row says: the number last.
SAID: dict[str, tuple[str, ...]] = {
    "waiting_lists": ("region", "measure_group", "list", "youths"),
    **dict.fromkeys(COUNTED, ("region", "item", "number")),
}
KEY_RANGE = 2**32  # as the key sums of deliveries

_ranked = select(
    sheets,
    func.row_number()
    .over(partition_by=(sheets.c.supplier, sheets.c.template, sheets.c.period), order_by=sheets.c.id.desc())
    .label("rank"),
).subquery()

# The spreadsheet that counts for its supplier, template and period.
current_sheets = (
    select(*(_ranked.c[column.name] for column in sheets.columns)).where(_ranked.c.rank == 1).subquery("current_sheets")
)


def current_sheet(connection: Connection, supplier: str, template: str, period: str) -> Row[Any] | None:
    columns = current_sheets.c
    return connection.execute(
        select(current_sheets).where(
            columns.supplier == supplier, columns.template == template, columns.period == period
        )
    ).one_or_none()


def newest_before(connection: Connection, supplier: str, template: str, period: str) -> pd.DataFrame | None:
    """The figures of the newest period before this one, in the columns of the template; None when there is none, as of
    what has no period."""
    if template in STANDING:
        return None
    columns = current_sheets.c
    found = connection.execute(
        select(columns.id)
        .where(columns.supplier == supplier, columns.template == template, columns.period < period)
        .order_by(columns.period.desc())
        .limit(1)
    ).scalar()
    if found is None:
        return None
    table = FIGURES[template]
    own = [column for column in table.columns if column.name not in ("supplier", "sheet_id", "key")]
    rows = connection.execute(select(*own).where(table.c.supplier == supplier, table.c.sheet_id == found)).all()
    return pd.DataFrame(rows, columns=[column.name for column in own])


def insert_sheet(
    connection: Connection, values: dict[str, object], figures: pd.DataFrame, received_at: datetime
) -> int:
    """Add a spreadsheet with its figures, and return its id. ``values``: the columns that say whose and of when."""
    template = str(values["template"])
    known = _keys_of(connection, str(values["supplier"]), template, str(values["period"])) if template in SAID else {}
    sheet_id: int = connection.execute(
        sheets.insert().values(received_at=received_at, rows=len(figures), **values).returning(sheets.c.id)
    ).scalar_one()
    if template in STANDING:
        replace_standing(connection, template, str(values["supplier"]), figures, received_at)
        return sheet_id
    plain = figures.astype(object).where(figures.notna(), None)
    names = [str(name) for name in figures.columns]
    rows = [dict(zip(names, row, strict=True)) for row in plain.itertuples(index=False, name=None)]
    of_sheet = {"supplier": values["supplier"], "sheet_id": sheet_id}
    if template in SAID:
        rows = [row | {"key": _key(tuple(row[name] for name in SAID[template]), known)} for row in rows]
    connection.execute(FIGURES[template].insert(), [of_sheet | row for row in rows])
    return sheet_id


def erase_figures(connection: Connection, template: str, sheet_id: int) -> None:
    """Erase the figures of a spreadsheet. Its line stays: whose, of when, its checksum and how many rows it had."""
    table = FIGURES[template]
    connection.execute(table.delete().where(table.c.sheet_id == sheet_id))


def superseded_sheets(connection: Connection) -> Sequence[Any]:
    """The spreadsheets whose figures are there although a newer one took their place; ``since``: when it came."""
    newer = sheets.alias()
    same = (newer.c[name] == sheets.c[name] for name in ("supplier", "template", "period"))
    since = select(func.min(newer.c.received_at)).where(*same, newer.c.id > sheets.c.id).scalar_subquery()
    there = or_(
        *(
            and_(sheets.c.template == template, exists().where(table.c.sheet_id == sheets.c.id))
            for template, table in FIGURES.items()
        )
    )
    query = select(sheets.c.id, sheets.c.supplier, sheets.c.template, sheets.c.period, since.label("since"))
    ordered = query.where(since.is_not(None), there).order_by(sheets.c.supplier, sheets.c.id)
    return connection.execute(ordered).all()


def _keys_of(connection: Connection, supplier: str, template: str, period: str) -> dict[tuple[object, ...], int]:
    """The keys of the rows of the spreadsheet that counts now, by what they say."""
    counted = current_sheet(connection, supplier, template, period)
    if counted is None:
        return {}
    columns = FIGURES[template].c
    said = [columns[name] for name in SAID[template]]
    rows = connection.execute(
        select(*said, columns.key).where(columns.supplier == supplier, columns.sheet_id == counted.id)
    )
    return {tuple(row[:-1]): row.key for row in rows}


def _key(said: tuple[object, ...], known: Mapping[tuple[object, ...], int]) -> int:
    """A row that says what it said before keeps its key: its noise drawn anew would average out."""
    return (known.get(said) or secrets.randbelow(KEY_RANGE - 1) + 1) if said[-1] else 0
