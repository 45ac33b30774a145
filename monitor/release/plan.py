"""The walk over the plan: every table of a release, for everyone and for each institution alone."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from monitor.catalogue import PlannedTable, load_catalogue
from monitor.release.cell import (
    SHARED,
    Cell,
    Figure,
    Missing,
    MissingReason,
    Published,
    Statistic,
    Suppressed,
    SuppressedReason,
)
from monitor.release.compute import (
    Array,
    Axes,
    Counts,
    Flags,
    Group,
    Presence,
    Source,
    StepGroup,
    axes_of,
    cannot_count,
    cannot_time,
    presence,
    presence_of_roads,
    read_clock,
    read_flow,
    read_linked,
    read_step,
)
from monitor.release.figures import Curves, Place, StepReader, count_figure, curves_of, statistics_of, usual_share
from monitor.release.learning import TOPICS, learning_cells
from monitor.release.periods import quarters_between
from monitor.release.policies import (
    OWN_PROTECTION,
    SHARED_PROTECTION,
    Protection,
    is_dominated,
    reported_ratio,
    too_little_behind,
)
from monitor.release.protect import protect, protect_step
from monitor.release.registration import registration_cells
from monitor.release.reported import ReportedResult, read_list, read_result
from monitor.statistics.survival import StepCounts
from pseudonymise.agreement import Clock, Flow, InstitutionKind, Step, load_agreement

KINDS: tuple[InstitutionKind, ...] = ("vt", "council", "gi")

STRUCTURAL_ZERO = Published(0.0)
DOMINATED = Suppressed(SuppressedReason.DOMINANCE)


@dataclass(frozen=True)
class Audience:
    """Who sees a set of tables: everyone, or the institution whose own figures they are."""

    name: str
    whole: Axes  # what is read
    axes: Axes  # what of it this audience sees
    tables: tuple[PlannedTable, ...]
    protection: Protection
    can_be_dominated: bool

    def sum(self, values: Array, table: PlannedTable, *, last_quarter: bool = False) -> Array:
        return self.axes.sum(self.whole.part(values, self.axes), table, years="last" if last_quarter else "sum")

    def groups(self, table: PlannedTable) -> Iterator[tuple[Place, Callable[..., Cell]]]:
        """The groups of a table: the place in its arrays, and the cell that is to hold its figures."""
        institutions, regions, measure_groups, periods = self.axes.labels(table)
        if self.name != SHARED:
            institutions = (self.name,)
        for at in np.ndindex(len(institutions), len(regions), len(measure_groups), len(periods)):
            yield (
                at,
                partial(
                    Cell,
                    audience=self.name,
                    institution=institutions[at[0]],
                    region=regions[at[1]],
                    measure_group=measure_groups[at[2]],
                    period=periods[at[3]],
                ),
            )

    def dominated(self, cases: Counts, table: PlannedTable, *, last_quarter: bool = False) -> Flags:
        """Which groups of the table one institution could subtract its way into."""
        split = table.model_copy(update={"institution": "each"})
        parts = self.sum(cases, split, last_quarter=last_quarter)
        dominated = np.zeros((1, *parts.shape[1:]), dtype=np.bool_)
        if self.can_be_dominated and table.institution == "all":
            for _, *at in np.ndindex(dominated.shape):
                dominated[0, *at] = is_dominated(parts[:, *at].tolist())
        return np.broadcast_to(dominated, self.sum(cases, table, last_quarter=last_quarter).shape)


def audiences(axes: Axes, kind: InstitutionKind) -> Iterator[Audience]:
    agreement = load_agreement()
    tables = tuple(
        table for table in load_catalogue().tables if table.measure_group == "all" or len(axes.measure_groups) > 1
    )
    shareable = kind in agreement.publication.shareable_kinds
    yield Audience(SHARED, axes, axes, tables, SHARED_PROTECTION, can_be_dominated=not shareable)
    own = tuple(table for table in tables if table.institution == "all")
    for one in axes.institutions:
        yield Audience(one.code, axes, axes.only(one), own, OWN_PROTECTION, can_be_dominated=False)


def parts_of_a_release() -> int:
    """How many batches ``release_cells`` yields, when something was delivered of every template."""
    agreement = load_agreement()
    counted = len(agreement.clocks) + len(Flow) + len(load_catalogue().lists) + len(load_catalogue().results)
    return counted + len(agreement.steps) + len(agreement.milestones) + 1 + len(TOPICS)


def release_cells(connection: Connection, label: str, sources: Mapping[str, Source]) -> Iterator[list[Cell]]:
    """All cells of the release that shows up to and including the quarter ``label``, an indicator at a
    time."""
    agreement = load_agreement()
    quarters = quarters_between(agreement.first_quarter, label)
    yield from registration_cells(connection, quarters, sources)
    yield from learning_cells(connection, quarters)
    for kind in KINDS:
        axes = axes_of(kind, quarters)
        here = presence(axes, sources)
        everyone = tuple(audiences(axes, kind))
        roads = presence_of_roads(axes, here, read_linked(connection))
        for clock in agreement.clocks_of(kind, linked=True):
            counted = read_clock(connection, axes, clock)
            # What is linked rests on what others sent too: it is nobody's own.
            known, seen_by = (roads, everyone[:1]) if clock.linked else (here, everyone)
            yield [cell for audience in seen_by for cell in _clock(audience, clock, counted, known)]
            for step in agreement.steps_of(kind, linked=True):
                if step.clock == clock.code:
                    timed = read_step(connection, axes, step, known.active_where(partial(cannot_time, step=step)))
                    yield [cell for one in seen_by for cell in _step(one, clock, step, counted, timed, known)]
        if kind == "gi":
            for flow in Flow:
                moved = read_flow(connection, axes, flow)
                stock = flow is Flow.STOCK
                yield [cell for audience in everyone for cell in _flow(audience, flow.value, moved, here, stock=stock)]
            for code in load_catalogue().results:
                result = read_result(connection, axes, code)
                known = replace(here, undelivered=here.active & ~result.there)
                yield [cell for audience in everyone for cell in _result(audience, code, result, known)]
            for code in load_catalogue().lists:
                reported = read_list(connection, axes, code)
                known = replace(here, undelivered=here.active & ~reported.there)
                yield [
                    cell for audience in everyone for cell in _flow(audience, code, reported.group, known, stock=True)
                ]


def _clock(audience: Audience, clock: Clock, counted: Group, here: Presence) -> Iterator[Cell]:
    for table in audience.tables:
        lacking = audience.sum(here.active_where(partial(cannot_count, clock=clock)), table) > 0
        yield from _counts(audience, table, clock.code, counted, _absences(audience, table, here, lacking))


def _flow(audience: Audience, code: str, moved: Group, here: Presence, *, stock: bool) -> Iterator[Cell]:
    """``stock``: of the last day of a period, so that a year is its last quarter."""
    for table in audience.tables:
        nothing_lacks = np.False_
        yield from _counts(
            audience,
            table,
            code,
            moved,
            _absences(audience, table, here, nothing_lacks, last_quarter=stock),
            last_quarter=stock,
        )


def _result(audience: Audience, code: str, reported: ReportedResult, here: Presence) -> Iterator[Cell]:
    """A contract result: a year is the sum of its quarters, of numerators and denominators alike."""
    result = load_catalogue().results[code]
    own = audience.name != SHARED
    for table in (table for table in audience.tables if table.measure_group == "all"):
        absences = _absences(audience, table, here, np.False_)
        split = table.model_copy(update={"institution": "each"})
        numerators = audience.sum(reported.numerators, table)
        parts = audience.sum(reported.denominators, split)
        for at, cell in audience.groups(table):
            behind = parts[at[0] if table.institution == "each" else slice(None), *at[1:]]
            denominators = np.atleast_1d(behind).tolist()
            figure: Figure
            if absences[at]:
                figure = Missing(absences[at])
            elif not sum(denominators):
                figure = Missing(MissingReason.NO_CASES)
            elif not own and (hidden := too_little_behind(denominators, result.smallest)):
                figure = Suppressed(hidden)
            else:
                figure = reported_ratio(float(numerators[at]), sum(denominators), result, exact=own)
            yield cell(indicator=code, statistic=Statistic.RATIO, figure=figure)


def _counts(
    audience: Audience,
    table: PlannedTable,
    indicator: str,
    group: Group,
    absences: NDArray[Any],
    *,
    last_quarter: bool = False,
) -> Iterator[Cell]:
    summed = _summed(audience, group, table, last_quarter=last_quarter)
    cases = protect(summed, audience.protection.noise)
    dominated = audience.dominated(group.cases, table, last_quarter=last_quarter)
    for at, cell in audience.groups(table):
        figure: Figure
        if absences[at] is MissingReason.NOT_ACTIVE:
            figure = STRUCTURAL_ZERO
        elif absences[at]:
            figure = Missing(absences[at])
        elif dominated[at]:
            figure = DOMINATED
        else:
            figure = count_figure(int(cases[at]), audience.protection)
        yield cell(indicator=indicator, statistic=Statistic.COUNT, figure=figure)


def _step(
    audience: Audience, clock: Clock, step: Step, counted: Group, timed: StepGroup, here: Presence
) -> Iterator[Cell]:
    target = load_catalogue().steps[step.code].target_share
    protection = audience.protection

    def curves_by(table: PlannedTable) -> Curves:
        summed = protect_step(
            _summed(audience, counted, table), step, _summed_step(audience, timed, table), protection.noise
        )
        return curves_of(summed, protection.noise)

    drawn = {table.name: curves_by(table) for table in audience.tables}
    usual = usual_share(step, drawn[load_catalogue().total.name])
    for table in audience.tables:
        uncounted = audience.sum(here.active_where(partial(cannot_count, clock=clock)), table) > 0
        registered_somewhere = audience.sum(here.active & ~here.active_where(partial(cannot_time, step=step)), table)
        absences = _absences(audience, table, here, uncounted | (registered_somewhere == 0))
        dominated = audience.dominated(counted.cases, table)
        for at, cell in audience.groups(table):
            if absences[at] or dominated[at]:
                instead = Missing(absences[at]) if absences[at] else DOMINATED
                for statistic in statistics_of(step, target):
                    yield cell(indicator=step.code, statistic=statistic, figure=instead)
                continue
            reader = StepReader(step, target, usual, drawn[table.name], protection, at)
            of_group = partial(cell, indicator=step.code, cohort=reader.cohort, completeness=reader.completeness)
            for statistic, point, figure in reader.figures():
                yield of_group(statistic=statistic, point=point, figure=figure)


def _absences(
    audience: Audience,
    table: PlannedTable,
    here: Presence,
    lacking: Flags | np.bool_,
    *,
    last_quarter: bool = False,
) -> NDArray[Any]:
    """Why each group of the table has no figure, or None.

    A sum over institutions of which one has not delivered would be taken for the whole, and the next release
    would give that institution away.
    """
    active = audience.sum(here.active, table)
    reasons = np.full(active.shape, None, dtype=object)
    reasons[np.broadcast_to(lacking, active.shape)] = MissingReason.NOT_IN_SOURCE
    reasons[audience.sum(here.undelivered, table, last_quarter=last_quarter) > 0] = MissingReason.NOT_DELIVERED
    for reason, where in here.besides:
        reasons[audience.sum(where, table, last_quarter=last_quarter) > 0] = reason
    reasons[active == 0] = MissingReason.NOT_ACTIVE
    return reasons


def _summed(audience: Audience, group: Group, table: PlannedTable, *, last_quarter: bool = False) -> Group:
    cases, keys = (audience.sum(values, table, last_quarter=last_quarter) for values in (group.cases, group.keys))
    return Group(cases, keys)


def _summed_step(audience: Audience, group: StepGroup, table: PlannedTable) -> StepGroup:
    durations = group.durations
    return StepGroup(
        StepCounts(*(audience.sum(values, table) for values in (durations.reached, durations.ended, durations.open))),
        *(
            audience.sum(values, table)
            for values in (group.not_due, group.open, group.reached_keys, group.open_keys, group.left_keys)
        ),
    )
