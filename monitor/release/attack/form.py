"""The rules that a single published cell can break, seen from outside, and two that only the counts show.

The other attacks trust that a figure is what the rules make it; this one does not. It also recomputes every count of
this release: one that was published without its noise looks like any other.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from monitor.catalogue import load_catalogue
from monitor.release.attack.geometry import Geometry
from monitor.release.attack.knowledge import Figures, GroupKey
from monitor.release.attack.material import Counted, Material, Row
from monitor.release.cell import ALL, SHARED, Statistic, SuppressedReason, row_from_cell
from monitor.release.compute import Group
from monitor.release.learning import learning_cells
from monitor.release.policies import SHARED_PROTECTION, is_dominated
from monitor.release.protect import protect
from pseudonymise.agreement import InstitutionKind, Step, load_agreement

KINDS: Final[tuple[InstitutionKind, ...]] = ("vt", "council", "gi")

FIGURE: Final = ("state", "reason", "value", "lower", "upper", "n", "bound")

SMALLEST: Final = {
    Statistic.SHARE: SHARED_PROTECTION.share,
    Statistic.LOWER_BOUND: SHARED_PROTECTION.share,
    Statistic.UPPER_BOUND: SHARED_PROTECTION.share,
    Statistic.VERDICT: SHARED_PROTECTION.share,
    Statistic.MEDIAN: SHARED_PROTECTION.median,
    Statistic.P90: SHARED_PROTECTION.p90,
    Statistic.CURVE: SHARED_PROTECTION.curve,
}


def broken_rules(material: Material) -> Iterator[str]:
    """What is wrong, each with its table and indicator; the value is not told.

    A group that is carried was judged when it was published, by the rules of then.
    """
    for kind in KINDS:
        planned = _planned(material, kind)
        counts = {one.code: one for one in (*material.counted(kind), *material.lists(kind))}
        steps = {step.code: step for step in material.agreement.steps_of(kind, linked=True)}
        for code in (*counts, *steps):
            of_clock = counts[steps[code].clock if code in steps else code].figures
            for row in material.rows.get(code, []):
                key = (row["region"], row["institution"], row["measure_group"], row["period"])
                table = planned.get(key)
                if table is None:
                    yield f"{code}: een cel van een groep of periode die niet in het plan staat"
                    continue
                wrong = [*_wrong(row, steps.get(code)), *_of_another_number(row, of_clock.get(key))]
                if wrong and not material.carried(code, key):
                    yield from (f"{table}: {code} ({row['statistic']}): {what}" for what in wrong)
        for one in counts.values():
            yield from _against_counts(material, kind, one, planned)
    yield from _results(material)
    yield from _learned(material)
    yield from _unknown_indicators(material)


def _results(material: Material) -> Iterator[str]:
    """Contract results that are not in the plan, not rounded, or of a region and institution in a quarter."""
    planned = _planned(material, "gi")
    for code, result in load_catalogue().results.items():
        for row in material.rows.get(code, []):
            table = planned.get((row["region"], row["institution"], row["measure_group"], row["period"]))
            if table is None or row["measure_group"] != ALL:
                yield f"{code}: een cel van een groep of periode die niet in het plan staat"
            elif row["state"] == "published" and (row["value"] % result.step or row["n"] is not None):
                yield f"{table}: {code} (ratio): niet afgerond, of met een noemer erbij"


def _learned(material: Material) -> Iterator[str]:
    """What is learned from: cells that break a rule by themselves, are not planned, or say something else than the
    spreadsheets make, protected. Those of an earlier release may speak of the spreadsheets of then."""
    made = {
        (cell.indicator, cell.statistic, cell.region, cell.institution, cell.period): row_from_cell(cell)
        for cells in learning_cells(material.connection, material.quarters)
        for cell in cells
        if cell.audience == SHARED
    }
    for code, one in load_catalogue().learning.items():
        for row in material.rows.get(code, []):
            now = made.get((code, row["statistic"], row["region"], row["institution"], row["period"]))
            key = (row["region"], row["institution"], row["measure_group"], row["period"])
            if now is None or row["measure_group"] != ALL:
                yield f"{code}: een cel van een groep of periode die niet in het plan staat"
                continue
            wrong = [*_wrong(row, None)]
            if row["statistic"] == Statistic.RATIO and row["state"] == "published" and row["value"] % one.step:
                wrong.append("niet afgerond")
            if row["reason"] != SuppressedReason.DIFFERENCE and any(row[name] != now[name] for name in FIGURE):
                wrong.append("niet het beschermde cijfer")
            if wrong and not material.carried(code, key):
                yield from (f"{code} ({row['statistic']}): {what}" for what in wrong)


def _planned(material: Material, kind: InstitutionKind) -> dict[GroupKey, str]:
    """Every group of the plan, and its table."""
    geometry = Geometry(material.axes(kind), material.tables(kind), "sum")
    return dict(zip(geometry.keys, geometry.table_names, strict=True))


def _unknown_indicators(material: Material) -> Iterator[str]:
    agreement = material.agreement
    known = {
        *load_catalogue().flows,
        *load_catalogue().lists,
        *load_catalogue().results,
        *load_catalogue().learning,
        *(one.code for one in (*agreement.clocks, *agreement.steps)),
    }
    for code in material.rows.keys() - known:
        yield f"{code}: een indicator die niet in het plan staat"
    of_roads = [row for code in (agreement.road.code, agreement.road.clock) for row in material.rows.get(code, [])]
    if agreement.linked is None and any(row["state"] == "published" and row["value"] for row in of_roads):
        yield f"{agreement.road.code}: een cijfer dat koppeling vraagt"


def _wrong(row: Row, step: Step | None) -> Iterator[str]:
    """The rules that the row breaks by itself."""
    statistic, value = Statistic(row["statistic"]), row["value"]
    if row["state"] != "published":
        if value is not None or row["lower"] is not None or row["upper"] is not None or row["n"] is not None:
            yield "een getal bij een cel die geen cijfer heeft"
        return
    if statistic is Statistic.COUNT:
        if value != round(value):
            yield "geen geheel getal"
        if 0 < value < SHARED_PROTECTION.count or (value == 0 and _is_worked_in(row)):
            yield f"een aantal onder {SHARED_PROTECTION.count}"
        return
    if statistic not in SMALLEST:  # made of published cells afterwards
        return
    if row["n"] is None or row["n"] < SMALLEST[statistic]:
        yield f"een cijfer op minder dan {SMALLEST[statistic]} zaken"
    if any(one is not None and one != round(one) for one in (value, row["lower"], row["upper"])):
        yield "geen hele procenten of dagen"
    if statistic in (Statistic.SHARE, Statistic.CURVE) and not 0 < value < 100:
        yield "0 of 100 procent"
    if (statistic, row["bound"], value) in (
        (Statistic.LOWER_BOUND, "at_least", 100),
        (Statistic.UPPER_BOUND, "at_most", 0),
    ):
        yield "een grens die voor iedereen geldt"
    if step is not None and statistic in (Statistic.MEDIAN, Statistic.P90) and value not in step.grid_points:
        yield "een duur die niet op het rooster ligt"
    if step is not None and statistic is Statistic.CURVE and row["point"] not in step.grid_points:
        yield "een punt dat niet op het rooster ligt"


def _of_another_number(row: Row, of_clock: Figures | None) -> Iterator[str]:
    """Whether a figure of a step states another number of cases than its clock has."""
    if row["state"] != "published" or Statistic(row["statistic"]) not in SMALLEST or row["n"] is None:
        return
    if of_clock is None or of_clock.rows[Statistic.COUNT]["value"] != row["n"]:
        yield "een noemer die niet het gepubliceerde aantal is"


def _is_worked_in(row: Row) -> bool:
    """Whether the cell is of a group in which somebody works: a published 0 is then no structural one."""
    if ALL in (row["institution"], row["region"]):
        return True
    return row["region"] in load_agreement().institution(row["institution"]).regions


def _against_counts(
    material: Material, kind: InstitutionKind, one: Counted, planned: Mapping[GroupKey, str]
) -> Iterator[str]:
    """Counts that are not the protected ones, and published groups that an institution could subtract its way into."""
    axes, can_be_dominated = material.axes(kind), material.can_be_dominated(kind)
    for table in material.tables(kind):
        split = table.model_copy(update={"institution": "each"})
        cases, keys, parts = (
            axes.sum(one.group.cases, table, one.years),
            axes.sum(one.group.keys, table, one.years),
            axes.sum(one.group.cases, split, one.years),
        )
        protected = protect(Group(cases, keys), SHARED_PROTECTION.noise)
        institutions, regions, measure_groups, periods = axes.labels(table)
        for at in np.ndindex(protected.shape):
            key = (regions[at[1]], institutions[at[0]], measure_groups[at[2]], periods[at[3]])
            figures = one.figures.get(key)
            if figures is None:
                continue
            row = figures.rows[Statistic.COUNT]
            shown = row["state"] == "published" or row["reason"] == SuppressedReason.SMALL_COUNT
            if not shown:
                continue
            wrong = []
            if row["state"] == "published" and row["value"] != protected[at]:
                wrong.append("niet het beschermde aantal")
            if can_be_dominated and table.institution == "all" and is_dominated(parts[:, *at[1:]].tolist()):
                wrong.append("een instelling kan de rest uitrekenen")
            if wrong and not material.carried(one.code, key):
                yield from (f"{planned[key]}: {one.code} (count): {what}" for what in wrong)
