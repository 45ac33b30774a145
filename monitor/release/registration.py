"""How well an institution registers: its own figures, for itself alone.

The delivery has these counts for the whole institution and without key sums, so that they cannot be protected and
are not shared. What everybody sees of registration is the completeness of each step, from protected counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, func, select

from monitor.release.cell import (
    ALL,
    STOCK_IDENTITY,
    Cell,
    Figure,
    Missing,
    MissingReason,
    Published,
    Statistic,
    dates_of,
)
from monitor.release.compute import Source
from monitor.release.periods import last_day
from monitor.statistics.delay import nowcast, reporting_triangle
from monitor.statistics.quality import Share, registration, stock_identity
from monitor.store.counts import clock_counts, flow_counts, quality_counts, registration_counts
from monitor.store.deliveries import current_deliveries, of_current
from pseudonymise.agreement import Flow, Institution, load_agreement
from pseudonymise.delivery import LARGEST_LAG

INFLOW: Final = "gi_order"
OUTFLOWS: Final = (Flow.ENDED, Flow.CONVERTED, Flow.TRANSFERRED_OUT)
COUNTED: Final = ("passed", "dated", "proxied", "implausible", "out_of_order", "early")

Grouped = dict[tuple[Any, ...], Sequence[int | None]]


def registration_cells(
    connection: Connection, quarters: Sequence[str], sources: Mapping[str, Source]
) -> Iterator[list[Cell]]:
    """For each institution and quarter: its milestones, and whether its stock follows from what came and went; an
    indicator at a time."""
    agreement = load_agreement()
    quality = _grouped(connection, quality_counts, ("institution", "milestone", "quarter"), COUNTED)
    triangles = _grouped(connection, registration_counts, ("institution", "milestone", "quarter", "lag"), ("cases",))
    inflow = _grouped(connection, clock_counts, ("institution", "clock", "quarter"), ("cases",))
    flows = _grouped(connection, flow_counts, ("institution", "flow", "quarter"), ("cases",))
    for milestone in agreement.milestones:
        yield [
            cell
            for one in agreement.institutions
            if milestone.code in agreement.milestones_in(one.kind)
            for cell in _milestone(one, milestone.code, quarters, sources.get(one.code), quality, triangles)
        ]
    yield [
        cell
        for one in agreement.institutions
        if one.kind == "gi"
        for cell in _stock(one, quarters, sources.get(one.code), {**inflow, **flows})
    ]


def _milestone(
    institution: Institution,
    milestone: str,
    quarters: Sequence[str],
    source: Source | None,
    quality: Grouped,
    triangles: Grouped,
) -> Iterator[Cell]:
    cell = _of(institution, dates_of(milestone))
    counts = np.array(
        [quality.get((institution.code, milestone, quarter), (0,) * len(COUNTED)) for quarter in quarters], dtype=float
    )
    counted = dict(zip(COUNTED, np.nan_to_num(counts).T, strict=True))
    known = registration(**counted)
    shares = {
        Statistic.COMPLETENESS: known.completeness,
        Statistic.PROXIED: known.proxied,
        Statistic.IMPLAUSIBLE: known.implausible,
        Statistic.OUT_OF_ORDER: known.out_of_order,
        Statistic.EARLY: known.early,
    }
    registered = _registered(institution.code, milestone, quarters, triangles)
    without_entry_dates = not any(key[:2] == (institution.code, milestone) for key in triangles)
    uncounted = {
        Statistic.OUT_OF_ORDER: np.isnan(counts[:, 4]),
        Statistic.EARLY: np.isnan(counts[:, 5]) | without_entry_dates,
    }
    for place, quarter in enumerate(quarters):
        absent = _absence(source, milestone, quarter)
        for statistic, share in shares.items():
            not_counted = statistic in uncounted and uncounted[statistic][place]
            figure = Missing(MissingReason.NOT_IN_SOURCE) if not_counted else _share(share, place)
            yield cell(statistic=statistic, period=quarter, figure=absent or figure)
        yield cell(statistic=Statistic.REGISTERED, period=quarter, figure=absent or registered[place])


def _registered(institution: str, milestone: str, quarters: Sequence[str], triangles: Grouped) -> list[Figure]:
    """What part of the events of each quarter is registered by now, in whole percent with its 95 % band."""
    rows = {(key[2], key[3]): cases[0] for key, cases in triangles.items() if key[:2] == (institution, milestone)}
    if not rows:
        return [Missing(MissingReason.NOT_IN_SOURCE)] * len(quarters)
    lags = range(LARGEST_LAG + 1)
    counts = np.array([[rows.get((quarter, lag)) or 0 for lag in lags] for quarter in quarters], dtype=np.int64)
    now = nowcast(reporting_triangle(counts))
    return [
        Missing(MissingReason.UNDETERMINABLE)
        if any(np.ma.is_masked(part[place]) for part in (now.completeness, now.lower, now.upper))
        or not now.lower[place]  # of nothing, nothing can be said to be registered
        else Published(
            float(np.rint(100 * now.completeness[place])),
            float(np.floor(100 * now.registered[place] / now.upper[place])),
            float(np.ceil(100 * now.registered[place] / now.lower[place])),
            int(now.registered[place]),
        )
        for place in range(len(quarters))
    ]


def _stock(institution: Institution, quarters: Sequence[str], source: Source | None, counts: Grouped) -> Iterator[Cell]:
    """The stock at the end of each quarter less what follows from the quarter before; 0 when it follows."""

    def of(item: str) -> NDArray[np.int64]:
        return np.array([(counts.get((institution.code, item, quarter)) or (0,))[0] or 0 for quarter in quarters])

    came = of(INFLOW) + of(Flow.TRANSFERRED_IN)
    went = np.sum([of(flow) for flow in OUTFLOWS], axis=0)
    stock = of(Flow.STOCK)
    gaps = stock_identity(stock[:-1], came[1:], went[1:], stock[1:], tolerance=0).gap
    cell = _of(institution, STOCK_IDENTITY)
    for gap, end, quarter in zip(gaps, stock[1:], quarters[1:], strict=True):
        absent = _absence(source, None, quarter)
        yield cell(statistic=Statistic.GAP, period=quarter, figure=absent or Published(float(gap), n=int(end)))


def _share(share: Share, place: int) -> Figure:
    if np.ma.is_masked(share.value[place]):
        return Missing(MissingReason.NO_CASES)
    value, lower, upper = (100 * part[place] for part in (share.value, share.lower, share.upper))
    return Published(float(np.rint(value)), float(np.floor(lower)), float(np.ceil(upper)), int(share.of[place]))


def _absence(source: Source | None, milestone: str | None, quarter: str) -> Missing | None:
    if source is None or source.until < last_day(quarter):
        return Missing(MissingReason.NOT_DELIVERED)
    return Missing(MissingReason.NOT_IN_SOURCE) if milestone in source.missing_milestones else None


def _of(institution: Institution, indicator: str) -> Any:
    return partial(
        Cell,
        audience=institution.code,
        indicator=indicator,
        region=ALL,
        institution=institution.code,
        measure_group=ALL,
    )


def _grouped(connection: Connection, table: Table, by: Sequence[str], values: Sequence[str]) -> Grouped:
    """Sums over the current deliveries; None for what a delivery did not count."""
    columns = [table.c[name] for name in by]
    query = select(*columns, *(func.sum(table.c[name]) for name in values)).join(current_deliveries, of_current(table))
    return {
        tuple(row[: len(by)]): [None if value is None else int(value) for value in row[len(by) :]]
        for row in connection.execute(query.group_by(*columns))
    }
