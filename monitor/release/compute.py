"""Exact sums for every planned table, from the counts of the current deliveries.

The store groups; what comes out of it is laid in arrays with the axes institution, region, measure group and
quarter, and then summed as the plan says: years over quarters, totals over parts. Nothing here is published:
monitor/release/protect.py stands between.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from monitor.catalogue import PlannedTable
from monitor.release.cell import ALL, MissingReason
from monitor.release.periods import complete_years, last_day
from monitor.statistics.survival import StepCounts
from monitor.store.counts import clock_counts, flow_counts, key_sums, step_counts
from monitor.store.deliveries import current_deliveries, of_current
from monitor.store.linked import linked_clock_counts, linked_key_sums, linked_step_counts, newest_run
from pseudonymise.agreement import (
    Agreement,
    Clock,
    Flow,
    Institution,
    InstitutionKind,
    NormResult,
    Outcome,
    Step,
    load_agreement,
    region_names,
)

Counts = NDArray[np.int64]
KeySums = NDArray[np.uint64]
Flags = NDArray[np.bool_]
Array = NDArray[Any]


@dataclass(frozen=True)
class Source:
    """The current delivery of an institution."""

    until: date
    missing_milestones: frozenset[str]


@dataclass(frozen=True)
class Axes:
    """The first four axes of every array, for one kind of institution."""

    institutions: tuple[Institution, ...]
    regions: tuple[str, ...]
    measure_groups: tuple[str, ...]
    quarters: tuple[str, ...]

    @cached_property
    def positions(self) -> tuple[dict[str, int], ...]:
        codes = tuple(institution.code for institution in self.institutions)
        axes = (codes, self.regions, self.measure_groups, self.quarters)
        return tuple({code: place for place, code in enumerate(axis)} for axis in axes)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(axis) for axis in self.positions)

    def only(self, institution: Institution) -> "Axes":
        """The axes of this institution alone, in the regions where it works."""
        return Axes((institution,), institution.regions, self.measure_groups, self.quarters)

    def part(self, values: Array, smaller: "Axes") -> Array:
        """What of ``values`` on these axes lies on the smaller ones."""
        institutions, regions = (
            [place[code] for code in positions]
            for place, positions in zip(self.positions[:2], smaller.positions[:2], strict=True)
        )
        return values[np.ix_(institutions, regions)]

    def labels(self, table: PlannedTable) -> tuple[Sequence[str], ...]:
        """What the positions of a summed array stand for: institution, region, measure group, period."""
        institutions, regions, measure_groups, quarters = (tuple(axis) for axis in self.positions)
        return (
            institutions if table.institution == "each" else (ALL,),
            regions if table.region == "each" else (ALL,),
            measure_groups if table.measure_group == "each" else (ALL,),
            quarters if table.period == "quarter" else complete_years(quarters),
        )

    def sum(self, values: Array, table: PlannedTable, years: Literal["sum", "last"] = "sum") -> Array:
        """``values`` (institution, region, measure group, quarter, ...) summed as the table asks.

        Axes that are not split keep length 1. ``years``: whether a year is the sum of its quarters or, for a
        stock, its last quarter.
        """
        splits = (table.institution, table.region, table.measure_group)
        values = values.sum(axis=tuple(axis for axis, split in enumerate(splits) if split == "all"), keepdims=True)
        if table.period == "quarter":
            return values
        last = [self.positions[3][f"{year}Q4"] for year in complete_years(self.quarters)]
        if years == "last":
            return values[:, :, :, last]
        parts = [values[:, :, :, place - 3 : place + 1].sum(axis=3, keepdims=True) for place in last]
        return np.concatenate([values[:, :, :, :0], *parts], axis=3)


def axes_of(kind: InstitutionKind, quarters: tuple[str, ...]) -> Axes:
    agreement = load_agreement()
    return Axes(
        institutions=tuple(one for one in agreement.institutions if one.kind == kind),
        regions=tuple(region_names()),
        measure_groups=_measure_groups(agreement, kind),
        quarters=quarters,
    )


def _measure_groups(agreement: Agreement, kind: InstitutionKind) -> tuple[str, ...]:
    with_measure = set(agreement.measure_types.values())
    return tuple(group.code for group in agreement.measure_groups if (group.code in with_measure) == (kind == "gi"))


@dataclass(frozen=True)
class Presence:
    """Where there can be figures, per institution, region, measure group and quarter.

    ``active``: the institution works in the region, by the agreement. ``undelivered``: it does, but it has no
    delivery that runs to the end of the quarter. ``besides``: other reasons why there is none, the weightiest last.
    """

    active: Flags
    undelivered: Flags
    sources: tuple[Source | None, ...]  # of the institutions
    besides: tuple[tuple[MissingReason, Flags], ...] = ()

    def active_where(self, condition: Callable[[Source], bool]) -> Flags:
        """Active, with a delivery that meets the condition."""
        meets = [source is not None and condition(source) for source in self.sources]
        return self.active & np.array(meets, dtype=np.bool_)[:, None, None, None]


def presence(axes: Axes, sources: Mapping[str, Source]) -> Presence:
    """``sources``: the current deliveries by institution."""
    active = np.array([[region in one.regions for region in axes.regions] for one in axes.institutions])
    delivered = np.array(
        [
            [one.code in sources and sources[one.code].until >= last_day(quarter) for quarter in axes.quarters]
            for one in axes.institutions
        ]
    )
    spread = np.broadcast_to(active[:, :, None, None], axes.shape)
    return Presence(
        spread,
        spread & ~delivered[:, None, None, :],
        tuple(sources.get(one.code) for one in axes.institutions),
    )


@dataclass(frozen=True)
class Linked:
    """The run of linking that counts. ``institutions``: who sent events. ``until``: up to when all are followed."""

    run: int
    institutions: frozenset[str]
    until: date


def presence_of_roads(axes: Axes, here: Presence, linked: Linked | None) -> Presence:
    """Where there can be roads. ``here``: of the kind that they start at.

    A region has none while one party of it has sent nothing: help that starts there would pass for no help. A quarter
    has none before it is over for everybody.
    """
    agreement = load_agreement()
    if agreement.linked is None or linked is None:
        return replace(here, besides=((MissingReason.NEEDS_LINKAGE, here.active),))
    absent = {
        region for one in agreement.linked_parties if one.code not in linked.institutions for region in one.regions
    }
    lacking = np.array([region in absent for region in axes.regions])[None, :, None, None]
    early = np.array([last_day(quarter) > linked.until for quarter in axes.quarters])
    before = np.array([quarter < agreement.linked.first_quarter for quarter in axes.quarters])
    return replace(
        here,
        undelivered=here.active & lacking,
        besides=(
            (MissingReason.UNDETERMINABLE, here.active & early),
            (MissingReason.NEEDS_LINKAGE, here.active & before),
        ),
    )


def cannot_count(source: Source, clock: Clock) -> bool:
    """Whether the source lacks what puts a case on this clock."""
    lacks = source.missing_milestones
    no_anchor = clock.anchor in lacks and (clock.proxy is None or clock.proxy in lacks)
    return no_anchor or (clock.requires != clock.anchor and clock.requires in lacks)


def cannot_time(source: Source, step: Step) -> bool:
    """Whether the source lacks one of the two milestones of the step."""
    return not source.missing_milestones.isdisjoint((step.from_, step.to))


@dataclass(frozen=True)
class Group:
    """Cases of a clock or flow, and the sums of their record keys modulo 2**32; the four axes."""

    cases: Counts
    keys: KeySums


@dataclass(frozen=True)
class StepGroup:
    """The registered cases of a step: the four axes, and a last one.

    ``durations``: by duration 0..horizon, open cases whose norm is not due laid before it, as they are not
    followed to its end. ``not_due``: open cases that can still be on time. ``open``: by bin, as delivered.
    The keys are by bin too, ``left_keys`` of all outcomes together: bin k holds the durations above
    ``step.grid_points[k - 1]``, up to and including ``step.grid_points[k]``.
    """

    durations: StepCounts
    not_due: Counts
    open: Counts
    reached_keys: KeySums
    open_keys: KeySums
    left_keys: KeySums


def read_sources(connection: Connection) -> dict[str, Source]:
    """The current deliveries by institution."""
    columns = current_deliveries.c
    rows = connection.execute(select(columns.institution, columns.until, columns.manifest))
    return {
        institution: Source(until, frozenset(manifest["missing_milestones"])) for institution, until, manifest in rows
    }


def read_linked(connection: Connection) -> Linked | None:
    """None when nothing was linked."""
    run = newest_run(connection)
    return None if run is None else Linked(run.id, frozenset(run.files), run.followed_until)


def read_clock(connection: Connection, axes: Axes, clock: Clock) -> Group:
    table, keys = (linked_clock_counts, linked_key_sums) if clock.linked else (clock_counts, key_sums)
    return _read_group(connection, axes, table, keys, table.c.clock == clock.code, "clocks", clock.code)


def read_flow(connection: Connection, axes: Axes, flow: Flow) -> Group:
    return _read_group(connection, axes, flow_counts, key_sums, flow_counts.c.flow == flow.value, "flows", flow.value)


def _read_group(
    connection: Connection, axes: Axes, table: Table, keys: Table, item: ColumnElement[bool], name: str, code: str
) -> Group:
    counts = connection.execute(_grouped(table, axes, table.c.cases).where(item))
    return Group(
        cases=_laid(axes.shape, axes.positions, counts),
        keys=_laid(axes.shape, axes.positions, connection.execute(_keys(keys, axes, name, code))).astype(np.uint64),
    )


def read_step(connection: Connection, axes: Axes, step: Step, unregistered: Flags) -> StepGroup:
    """``unregistered``: where the source lacks a milestone of the step, so that no case of it is
    registered."""
    linked = load_agreement().clock(step.clock).linked
    table, keys = (linked_step_counts, linked_key_sums) if linked else (step_counts, key_sums)
    columns = table.c
    rows = connection.execute(
        _grouped(table, axes, columns.cases, columns.outcome, columns.norm_result, columns.duration).where(
            columns.step == step.code, columns.duration.is_not(None)
        )
    ).all()

    def by_duration(outcome: Outcome, *norm_results: NormResult) -> Counts:
        chosen = [row for row in rows if row[4] == outcome and (not norm_results or row[5] in norm_results)]
        laid = _laid((*axes.shape, step.horizon + 1), axes.positions, [(*row[:4], row[6], row[7]) for row in chosen])
        return np.where(unregistered[..., None], 0, laid)

    key_rows = connection.execute(_keys(keys, axes, "steps", step.code, keys.c.outcome, keys.c.bin)).all()
    bins = {point: place for place, point in enumerate(step.grid_points)}

    def by_bin(outcome: Outcome) -> KeySums:
        chosen = [(*row[:4], bins[row[5]], row[6]) for row in key_rows if row[4] == outcome]
        laid = _laid((*axes.shape, len(bins)), axes.positions, chosen).astype(np.uint64)
        return np.where(unregistered[..., None], np.uint64(0), laid)

    reached_keys, open_keys = by_bin(Outcome.REACHED), by_bin(Outcome.OPEN)
    open_ = by_duration(Outcome.OPEN)
    not_due = open_.copy() if step.norm is None else by_duration(Outcome.OPEN, NormResult.NOT_DUE)
    not_due[..., step.horizon] = 0  # followed to the end: nothing is left to wait for
    return StepGroup(
        durations=StepCounts(
            by_duration(Outcome.REACHED),
            by_duration(Outcome.ENDED),
            _before_norm(open_, not_due, step.norm_days),
        ),
        not_due=not_due.sum(axis=-1),
        open=counts_by_bin(step, open_),
        reached_keys=reached_keys,
        open_keys=open_keys,
        left_keys=reached_keys + open_keys + by_bin(Outcome.ENDED),
    )


def _before_norm(open_: Counts, not_due: Counts, norm_days: int | None) -> Counts:
    """Open cases, those not due moved to the day before the norm when they were followed further.

    A term that rolls over to a working day can end after the norm: until then such a case is neither on time
    nor late, while durations are laid on the norm.
    """
    if norm_days is None:
        return open_
    laid = open_.copy()
    laid[..., norm_days:] -= not_due[..., norm_days:]
    laid[..., norm_days - 1] += not_due[..., norm_days:].sum(axis=-1)
    return laid


def counts_by_bin(step: Step, counts: Counts) -> Counts:
    """Counts by duration 0..horizon added up by bin; a duration of 0 lies in the first."""
    return np.diff(np.cumsum(counts, axis=-1)[..., list(step.grid_points)], axis=-1, prepend=0)


def _grouped(table: Table, axes: Axes, value: ColumnElement[int], *by: ColumnElement[Any]) -> Select[tuple[Any, ...]]:
    """Sums over current deliveries, or what is linked, by the four axes and ``by``; quarters outside the axes are left
    aside."""
    columns = (*(table.c[name] for name in ("institution", "region", "measure_group", "quarter")), *by)
    codes = tuple(axes.positions[0])
    query = select(*columns, func.sum(value))
    if "delivery_id" in table.c:  # of what is linked there is one run alone
        query = query.join(current_deliveries, of_current(table))
    return query.where(
        table.c.institution.in_(codes), table.c.quarter.between(axes.quarters[0], axes.quarters[-1])
    ).group_by(*columns)


def _keys(keys: Table, axes: Axes, table: str, item: str, *by: ColumnElement[Any]) -> Select[tuple[Any, ...]]:
    columns = keys.c
    query = _grouped(keys, axes, columns.key_sum, *by).where(columns.table == table, columns.item == item)
    return query.where(columns.bin.is_not(None)) if table == "steps" else query


def _laid(shape: tuple[int, ...], positions: tuple[Mapping[str, int], ...], rows: Iterable[Sequence[Any]]) -> Counts:
    """Rows of four codes, further positions and a value, laid in an array of this shape and added up."""
    laid = np.zeros(shape, dtype=np.int64)
    places = [
        (*(axis[code] for axis, code in zip(positions, row[:4], strict=True)), *row[4:-1], int(row[-1])) for row in rows
    ]
    if places:
        *where, values = np.array(places, dtype=np.int64).T
        np.add.at(laid, tuple(where), values)
    return laid
