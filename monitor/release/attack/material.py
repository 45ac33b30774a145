"""What an attack is made with: the published cells of a release, and the exact counts to judge by what it finds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from monitor.catalogue import PlannedTable, load_catalogue
from monitor.release.attack.geometry import Counts, Geometry, Years, years_of
from monitor.release.attack.knowledge import Figures, GroupKey, figures_by_group
from monitor.release.cell import SHARED
from monitor.release.compute import (
    Axes,
    Group,
    Presence,
    Source,
    StepGroup,
    axes_of,
    cannot_time,
    counts_by_bin,
    presence,
    read_clock,
    read_flow,
    read_linked,
    read_sources,
    read_step,
)
from monitor.release.periods import quarters_between
from monitor.release.reported import read_list, read_sheet_ids
from monitor.store.published import cells, releases
from pseudonymise.agreement import Agreement, Clock, Flow, InstitutionKind, Step, load_agreement
from pseudonymise.errors import UserError

GROUP = ("indicator", "region", "institution", "measure_group", "period")
SAID = ("statistic", "point", "state", "reason", "value", "lower", "upper", "n", "bound", "cohort", "completeness")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Counted:
    """A clock, flow or list of who waits: its published groups, and its exact counts by institution, region, measure
    group and quarter."""

    code: str
    years: Years
    group: Group
    figures: Mapping[GroupKey, Figures]

    def exact(self, quarters: slice) -> Counts:
        return self.group.cases[..., quarters]


@dataclass(frozen=True)
class Timed:
    """A step: its published groups, and its exact counts; ``seen`` and ``left_open`` have a last axis for points.

    ``seen``: reached by each grid point. ``left_open``: no longer followed before it, without either outcome.
    """

    step: Step
    target: int | None
    counted: Counted
    figures: Mapping[GroupKey, Figures]
    unregistered: Counts
    waiting: Counts
    seen: Counts
    left_open: Counts


@dataclass(frozen=True)
class Material:
    """One release, as its shared cells and as the deliveries in the store have it."""

    connection: Connection
    release_id: int
    label: str
    agreement: Agreement

    @cached_property
    def quarters(self) -> tuple[str, ...]:
        return quarters_between(self.agreement.first_quarter, self.label)

    @cached_property
    def sources(self) -> dict[str, Source]:
        return read_sources(self.connection)

    @cached_property
    def earlier(self) -> tuple[int, ...]:
        """The releases made before this one, in order."""
        query = select(releases.c.id).where(releases.c.id < self.release_id).order_by(releases.c.id)
        return tuple(self.connection.execute(query).scalars())

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """The shared cells by indicator."""
        return shared_rows(self.connection, self.release_id)

    @property
    def size(self) -> int:
        """The number of shared cells."""
        return sum(len(rows) for rows in self.rows.values())

    @cached_property
    def _figures(self) -> dict[str, dict[GroupKey, Figures]]:
        return {indicator: figures_by_group(rows) for indicator, rows in self.rows.items()}

    @cached_property
    def earlier_figures(self) -> list[dict[str, dict[GroupKey, Figures]]]:
        """What each earlier release said, by indicator and group."""
        return [
            {indicator: figures_by_group(rows) for indicator, rows in shared_rows(self.connection, one).items()}
            for one in self.earlier
        ]

    def figures(self, indicator: str) -> dict[GroupKey, Figures]:
        return self._figures.get(indicator, {})

    def carried(self, indicator: str, key: GroupKey) -> bool:
        """Whether a group stands as an earlier release had it, so that it may speak of the deliveries of then."""
        now = _standing(self.figures(indicator).get(key))
        return any(now == _standing(then.get(indicator, {}).get(key)) for then in self.earlier_figures)

    def axes(self, kind: InstitutionKind) -> Axes:
        return axes_of(kind, self.quarters)

    def tables(self, kind: InstitutionKind) -> tuple[PlannedTable, ...]:
        """The tables of the plan that there are for a kind of institution."""
        several = len(self.axes(kind).measure_groups) > 1
        return tuple(table for table in load_catalogue().tables if several or table.measure_group == "all")

    def can_be_dominated(self, kind: InstitutionKind) -> bool:
        return kind not in self.agreement.publication.shareable_kinds

    def clock(self, kind: InstitutionKind, clock: Clock) -> Counted:
        return Counted(clock.code, "sum", read_clock(self.connection, self.axes(kind), clock), self.figures(clock.code))

    def flow(self, kind: InstitutionKind, flow: Flow) -> Counted:
        years: Years = "last" if flow is Flow.STOCK else "sum"
        return Counted(flow.value, years, read_flow(self.connection, self.axes(kind), flow), self.figures(flow.value))

    def counted(self, kind: InstitutionKind) -> tuple[Counted, ...]:
        """All clocks and flows of a kind of institution."""
        clocks = tuple(self.clock(kind, clock) for clock in self.agreement.clocks_of(kind, linked=True))
        return (*clocks, *(self.flow(kind, flow) for flow in Flow)) if kind == "gi" else clocks

    def lists(self, kind: InstitutionKind) -> tuple[Counted, ...]:
        """The lists of who waits, as a kind of institution reports them."""
        return tuple(
            Counted(code, "last", read_list(self.connection, self.axes(kind), code).group, self.figures(code))
            for code in (load_catalogue().lists if kind == "gi" else ())
            if code in self.rows  # not in a release of before they were shown
        )

    def presence(self, kind: InstitutionKind) -> Presence:
        return presence(self.axes(kind), self.sources)

    def timed(self, kind: InstitutionKind, step: Step, counted: Counted) -> Timed:
        here = self.presence(kind)
        lacking = here.active_where(lambda source: cannot_time(source, step))
        group: StepGroup = read_step(self.connection, self.axes(kind), step, lacking)
        durations = group.durations
        reached = counts_by_bin(step, durations.reached)
        left = counts_by_bin(step, durations.reached + durations.ended) + group.open
        open_before = np.cumsum(durations.open, axis=-1)[..., [point - 1 for point in step.grid_points]]
        return Timed(
            step=step,
            target=load_catalogue().steps[step.code].target_share,
            counted=counted,
            figures=self.figures(step.code),
            unregistered=counted.group.cases - left.sum(axis=-1),
            waiting=group.not_due,
            seen=np.cumsum(reached, axis=-1),
            left_open=open_before,
        )

    @cached_property
    def _windows(self) -> dict[tuple[InstitutionKind, Years], list[tuple[Geometry, slice]]]:
        return {}

    def windows(self, kind: InstitutionKind, years: Years) -> list[tuple[Geometry, slice]]:
        """The geometry of each calendar year, and where its quarters stand. Laid out once: every step asks again."""
        if (kind, years) not in self._windows:
            self._windows[kind, years] = list(self._laid_out(kind, years))
        return self._windows[kind, years]

    def _laid_out(self, kind: InstitutionKind, years: Years) -> Iterator[tuple[Geometry, slice]]:
        start = 0
        axes = self.axes(kind)
        for quarters in years_of(self.quarters):
            place = slice(start, start + len(quarters))
            start += len(quarters)
            part = Axes(axes.institutions, axes.regions, axes.measure_groups, quarters)
            yield Geometry(part, self.tables(kind), years), place


def _standing(figures: Figures | None) -> list[tuple[object, ...]] | None:
    """What is said of a group, to compare; None when nothing is."""
    if figures is None:
        return None
    rows = (*figures.rows.values(), *figures.curve.values())
    return sorted((tuple(row[name] for name in SAID) for row in rows), key=repr)


def shared_rows(connection: Connection, release_id: int) -> dict[str, list[Row]]:
    """The shared cells of a release by indicator."""
    query = select(*(cells.c[name] for name in (*GROUP, *SAID))).where(
        cells.c.release_id == release_id, cells.c.audience == SHARED
    )
    rows: dict[str, list[Row]] = {}
    for row in connection.execute(query).mappings():
        rows.setdefault(row["indicator"], []).append(dict(row))
    return rows


def read_material(connection: Connection, release_id: int) -> Material:
    """Raises UserError when there is no such release, or when it is of other deliveries than are in the store.

    What an attack finds is judged by the exact counts: they must be those that the release was made of.
    """
    columns = releases.c
    row = connection.execute(
        select(columns.label, columns.deliveries, columns.sheets, columns.linked_run).where(columns.id == release_id)
    ).one_or_none()
    if row is None:
        raise UserError(f"Uitgave {release_id} bestaat niet in deze opslag.")
    material = Material(connection, release_id, row.label, load_agreement())
    now = {code: source.until for code, source in material.sources.items()}
    then = {code: date.fromisoformat(until) for code, until in row.deliveries.items()}
    linked = read_linked(connection)
    other_roads = row.linked_run is not None and (linked is None or linked.run != row.linked_run)
    if now != then or other_roads or row.sheets not in (None, read_sheet_ids(connection)):
        raise UserError(
            f"De opslag heeft andere aanleveringen dan waaruit {row.label} is gemaakt: de aanval kan niet worden "
            "beoordeeld. Zie de vastgelegde toetsing bij de uitgave, of toets de nieuwste uitgave."
        )
    return material
