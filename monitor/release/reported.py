"""What institutions report by spreadsheet (*opgegeven cijfers*), laid on the axes of the release.

A number of youths takes the road of every other count: a row of a spreadsheet stands for a record, its key for the
record key. So a group has the same noise in every table, and the attack sees it as it sees a flow.
"""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from monitor.release.compute import Axes, Flags, Group
from monitor.store.sheets import FIGURES, current_sheets


@dataclass(frozen=True)
class Reported:
    """``there``: whether the row was filled in, a 0 included; what was left out is not delivered."""

    group: Group
    there: Flags


def read_sheet_ids(connection: Connection) -> list[int]:
    """The spreadsheets that count now."""
    return sorted(connection.execute(select(current_sheets.c.id)).scalars())


def read_list(connection: Connection, axes: Axes, code: str) -> Reported:
    """The youths on one list on the last day of each quarter; the four axes."""
    table = FIGURES["waiting_lists"]
    cases, keys = np.zeros(axes.shape, dtype=np.int64), np.zeros(axes.shape, dtype=np.uint64)
    there = np.zeros(axes.shape, dtype=np.bool_)
    rows = connection.execute(
        select(
            table.c.supplier,
            table.c.region,
            table.c.measure_group,
            current_sheets.c.period,
            table.c.youths,
            table.c.key,
        )
        .join(current_sheets, current_sheets.c.id == table.c.sheet_id)
        .where(table.c.list == code, current_sheets.c.period.between(axes.quarters[0], axes.quarters[-1]))
    )
    for *codes, youths, key in rows:
        at = tuple(place[one] for place, one in zip(axes.positions, codes, strict=True))
        cases[at], keys[at], there[at] = youths, key, True
    return Reported(Group(cases, keys), there)
