"""What institutions report by spreadsheet (*opgegeven cijfers*), laid on the axes of the release.

A number of youths takes the road of every other count: a row of a spreadsheet stands for a record, its key for the
record key. So a group has the same noise in every table, and the attack sees it as it sees a flow.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from monitor.release.compute import Axes, Flags, Group
from monitor.store.sheets import FIGURES, current_sheets

Amounts = NDArray[np.float64]


@dataclass(frozen=True)
class Reported:
    """``there``: whether the row was filled in, a 0 included; what was left out is not delivered."""

    group: Group
    there: Flags


def read_sheet_ids(connection: Connection) -> list[int]:
    """The spreadsheets with figures that count now; what is standing is no part of a release."""
    with_figures = select(current_sheets.c.id).where(current_sheets.c.template.in_(FIGURES))
    return sorted(connection.execute(with_figures).scalars())


@dataclass(frozen=True)
class ReportedResult:
    """Numerators and denominators of a contract result, and whether they were filled in. The measure group does not
    split them: they stand in the first, and the others are empty."""

    numerators: Amounts
    denominators: Amounts
    there: Flags


def read_result(connection: Connection, axes: Axes, code: str) -> ReportedResult:
    """One contract result of each quarter; the four axes, of which the measure group has length 1."""
    table = FIGURES["contract_results"]
    shape = (*axes.shape[:2], 1, axes.shape[3])
    numerators, denominators = np.zeros(shape), np.zeros(shape)
    there = np.zeros(shape, dtype=np.bool_)
    institutions, regions, _, quarters = axes.positions
    rows = connection.execute(
        select(table.c.supplier, table.c.region, current_sheets.c.period, table.c.numerator, table.c.denominator)
        .join(current_sheets, current_sheets.c.id == table.c.sheet_id)
        .where(table.c.result == code, current_sheets.c.period.between(axes.quarters[0], axes.quarters[-1]))
    )
    for supplier, region, period, numerator, denominator in rows:
        at = (institutions[supplier], regions[region], 0, quarters[period])
        numerators[at], denominators[at], there[at] = numerator, denominator, True
    return ReportedResult(numerators, denominators, there)


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
