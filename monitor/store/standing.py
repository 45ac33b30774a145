"""What stands until it is said anew: open places, and whom to call. Of each supplier only what it said last.

Capacity and functional addresses are no figures of youths: the views read them as they were stated. The name of a
person stands in a column of its own, up to a day, and goes with the row when its supplier says anew.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    case,
    func,
    select,
)

from monitor.store.schema import CODE, metadata


def _standing(name: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        metadata,
        Column("supplier", CODE, nullable=False),
        Column("received_at", DateTime(timezone=True), nullable=False),
        Column("region", CODE, nullable=False),
        *columns,
        Index(f"ix_{name}_supplier", "supplier"),
    )


# By the code of the template.
STANDING: dict[str, Table] = {
    "places": _standing(
        "places",
        Column("provider", Text, nullable=False),
        Column("municipality", CODE, nullable=False),
        Column("care", CODE, nullable=False),
        Column("ages", CODE, nullable=False),
        Column("places", Integer, nullable=False),
        Column("free", Integer, nullable=False),
        Column("stated_on", Date, nullable=False),
    ),
    "contacts": _standing(
        "contacts",
        Column("subject", CODE, nullable=False),
        Column("team", Text, nullable=False),
        Column("phone", CODE),
        Column("email", String(80)),
        Column("reachable", CODE, nullable=False),
        Column("person", Text),  # with consent, or none
        Column("person_until", Date),
    ),
}
places, contacts = STANDING["places"], STANDING["contacts"]


def replace_standing(
    connection: Connection, template: str, supplier: str, stated: pd.DataFrame, received_at: datetime
) -> None:
    """Put what a supplier says now in place of all that it said before. ``stated``: the columns of the template."""
    table = STANDING[template]
    connection.execute(table.delete().where(table.c.supplier == supplier))
    names = [str(name) for name in stated.columns if name in table.c]
    of_supplier = {"supplier": supplier, "received_at": received_at}
    rows = stated[names].astype(object).itertuples(index=False, name=None)
    connection.execute(table.insert(), [of_supplier | dict(zip(names, row, strict=True)) for row in rows])


def read_places(connection: Connection) -> Sequence[Row[Any]]:
    """Every place as it was stated."""
    return connection.execute(select(places)).all()


def read_contacts(connection: Connection, today: date) -> Sequence[Row[Any]]:
    """Every team with its addresses; ``person`` is None when there is none, or its last day is over."""
    shown = case((contacts.c.person_until >= today, contacts.c.person)).label("person")
    others: list[Any] = [column for column in contacts.c if column.name != "person"]
    query: Select[Any] = select(*others, shown)
    return connection.execute(query).all()


def names_over(connection: Connection, today: date) -> Sequence[Row[Any]]:
    """By supplier the names whose last day is over, counted, and that day of the oldest."""
    columns = contacts.c
    query = select(columns.supplier, func.count().label("names"), func.min(columns.person_until).label("since"))
    over = query.where(columns.person.is_not(None), columns.person_until < today)
    return connection.execute(over.group_by(columns.supplier).order_by(columns.supplier)).all()


def erase_names(connection: Connection, supplier: str, today: date) -> None:
    """Take away the names of a supplier whose last day is over. The team and its addresses stay."""
    over = (contacts.c.supplier == supplier, contacts.c.person_until < today)
    connection.execute(contacts.update().where(*over).values(person=None, person_until=None))
