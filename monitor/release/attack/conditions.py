"""All that is published of one year, as conditions on the counts behind it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from monitor.release.attack.geometry import Counts, Geometry
from monitor.release.attack.knowledge import (
    NOTHING,
    NOTHING_SAID,
    ZERO,
    GroupKey,
    Range,
    StepKnowledge,
    step_knowledge,
    true_count_range,
)
from monitor.release.attack.material import Counted, Material, Timed
from monitor.release.attack.system import Matrix, Numbers, System, Unsolved, empty_system, with_conditions
from monitor.release.carry import Key
from monitor.release.cell import ALL, Statistic, SuppressedReason
from monitor.release.compute import Axes
from monitor.release.policies import SHARED_PROTECTION, SMALLEST_REMAINDER
from pseudonymise.agreement import Flow, InstitutionKind, load_agreement

Carried = Callable[[str, GroupKey], bool]  # whether a group of an indicator stands as an earlier release had it


@dataclass(frozen=True)
class Scene:
    """One year of some numbers as an attacker sees it.

    ``truth``: of the unknowns, to judge by. ``owners``: the place of the institution of each. ``groups`` x unknowns:
    what is published of, ``labels``: their table and what is counted, and ``keys``: their indicator and group;
    ``finer``: the unknowns by institution, region and quarter, which no table has, and ``finer_keys``: the region in
    its quarter. ``cells``: the counts as they stand; of a step there are none.
    ``older``: how many conditions speak of earlier deliveries.
    """

    system: System
    truth: Counts
    owners: Counts
    groups: Matrix
    labels: tuple[str, ...]
    keys: tuple[Key, ...]
    finer: Matrix
    finer_keys: tuple[Key, ...]
    cells: "CountCells | None"
    older: int


@dataclass(frozen=True)
class Layout:
    """Geometries side by side, each with unknowns of its own and their true values."""

    geometries: tuple[Geometry, ...]
    values: tuple[Counts, ...]

    @property
    def truth(self) -> Counts:
        return np.concatenate(self.values)

    @property
    def owners(self) -> Counts:
        return np.concatenate([geometry.owners for geometry in self.geometries])

    def placed(self, rows: Matrix, *numbers: int) -> Matrix:
        """Rows over the unknowns of one geometry, laid over the sum of the geometries of these numbers."""
        blocks = [
            rows if number in numbers else sparse.csr_array((rows.shape[0], geometry.size))
            for number, geometry in enumerate(self.geometries)
        ]
        return sparse.hstack(blocks, format="csr")

    def tied(self) -> System:
        """What holds anyhow: split by region or by measure group, the cases of an institution are the same."""
        system = empty_system(len(self.truth))
        for number, geometry in enumerate(self.geometries):
            rows = self.placed(geometry.ties, number)
            system = with_conditions(system, rows, *_none(rows), ["regio en maatregelgroep"] * rows.shape[0])
        return system


def _none(rows: Matrix) -> tuple[Numbers, Numbers]:
    """The limits that say that each row is 0."""
    return np.zeros(rows.shape[0]), np.zeros(rows.shape[0])


@dataclass(frozen=True)
class Conditions:
    """Rows over the unknowns of a scene with what is known of them, and of which published group that is said."""

    rows: Matrix
    ranges: Sequence[Range]
    indicator: str
    keys: Sequence[GroupKey]
    tables: Sequence[str]


def with_published(system: System, truth: Counts, conditions: Conditions, carried: Carried) -> tuple[System, int]:
    """The system with these conditions, and how many were left out because they are of earlier deliveries.

    A group that is carried from an earlier release may speak of the deliveries of then. Raises Unsolved for one that
    is not carried and does not hold: such a cell was not made of these counts, and what is made of others cannot be
    judged by them.
    """
    low = np.array([one.low for one in conditions.ranges])
    high = np.array([one.high for one in conditions.ranges])
    values = conditions.rows @ truth
    holds = (values >= low) & (values <= high)
    labels = [f"{table}: {conditions.indicator}" for table in conditions.tables]
    for place in np.flatnonzero(~holds).tolist():
        if not carried(conditions.indicator, conditions.keys[place]):
            raise Unsolved(f"een cel van {labels[place]} kan niet van de tellingen in de opslag zijn gemaakt")
    kept = np.flatnonzero(holds).tolist()
    system = with_conditions(system, conditions.rows[kept], low[kept], high[kept], [labels[place] for place in kept])
    return system, len(holds) - len(kept)


def counts_published(counted: Counted, geometry: Geometry) -> Conditions:
    """The counts of all groups. A group without a cell has no cases: nobody works there."""
    ranges = [
        true_count_range(figures.rows[Statistic.COUNT], SHARED_PROTECTION)
        if (figures := counted.figures.get(key))
        else ZERO
        for key in geometry.keys
    ]
    return Conditions(geometry.membership, ranges, counted.code, geometry.keys, geometry.table_names)


def remainders(counted: Counted, geometry: Geometry, truth: Counts) -> Conditions:
    """What dominance says of sums over institutions: without the largest, below the limit or not.

    It is decided on exact counts, so it says so exactly. Who is the largest, anybody sees in the other tables.
    """
    parts = np.stack(
        [geometry.membership @ (truth * (geometry.owners == one)) for one in range(len(geometry.axes.institutions))]
    )
    largest = parts.argmax(axis=0)
    ranges, places = [], []
    for place in np.flatnonzero(geometry.over_institutions).tolist():
        figures = counted.figures.get(geometry.keys[place])
        row = figures.rows[Statistic.COUNT] if figures else NO_CELL
        if row["reason"] == SuppressedReason.DOMINANCE:
            ranges.append(Range(0.0, SMALLEST_REMAINDER - 1.0))
            places.append(place)
        elif row["state"] == "published" or row["reason"] == SuppressedReason.SMALL_COUNT:
            ranges.append(Range(float(SMALLEST_REMAINDER), np.inf))
            places.append(place)
    others = geometry.owners[None, :] != largest[places][:, None]
    return Conditions(
        sparse.csr_array(geometry.membership[places].toarray() * others),
        ranges,
        counted.code,
        [geometry.keys[place] for place in places],
        [f"{geometry.table_names[place]} (dominantie)" for place in places],
    )


# --- clocks and flows --------------------------------------------------------------------------------------------


def count_scenes(
    material: Material, kind: InstitutionKind, counted: Sequence[Counted], carried: Carried
) -> Iterator[Scene]:
    """The clocks and flows of a kind of institution, a year at a time and together: they are in sums of their own."""
    for geometry, place in material.windows(kind, "sum"):
        layout, windows = _laid(material, geometry, place, counted)
        system, older = layout.tied(), 0
        for number, (one, window) in enumerate(zip(counted, windows, strict=True)):
            found = [counts_published(one, window)]
            if material.can_be_dominated(kind):
                found.append(remainders(one, window, layout.values[number]))
            for conditions in found:
                laid = Conditions(
                    layout.placed(conditions.rows, number),
                    conditions.ranges,
                    conditions.indicator,
                    conditions.keys,
                    conditions.tables,
                )
                system, left_out = with_published(system, layout.truth, laid, carried)
                older += left_out
        system = _with_relations(system, layout, [one.code for one in counted])
        numbers = [(one.code, one.code, (number,)) for number, one in enumerate(counted)]
        yield _scene(
            layout, system, older, numbers, geometry, _count_cells(layout, counted, set(geometry.axes.quarters))
        )


def _laid(
    material: Material, geometry: Geometry, place: slice, counted: Sequence[Counted]
) -> tuple[Layout, list[Geometry]]:
    """The unknowns of each clock and flow in a year; of a stock those of the quarter before it too."""
    axes, windows, values = geometry.axes, [], []
    for one in counted:
        window = slice(max(place.start - 1, 0), place.stop) if one.years == "last" else place
        of_window = Axes(axes.institutions, axes.regions, axes.measure_groups, material.quarters[window])
        windows.append(Geometry(of_window, geometry.tables, one.years))
        values.append(windows[-1].unknowns(one.exact(window)))
    return Layout(tuple(windows), tuple(values)), windows


def _scene(
    layout: Layout,
    system: System,
    older: int,
    numbers: Sequence[tuple[str, str, tuple[int, ...]]],
    geometry: Geometry,
    cells: "CountCells | None" = None,
) -> Scene:
    """``numbers``: what is counted, the indicator that it is of, and by which geometries of the layout together."""
    groups: list[Matrix] = []
    labels: list[str] = []
    keys: list[Key] = []
    finer: list[Matrix] = []
    finer_keys: list[Key] = []
    for name, indicator, places in numbers:
        of = layout.geometries[places[0]]
        known = set(geometry.keys)
        chosen = [place for place, key in enumerate(of.keys) if key in known]
        groups.append(layout.placed(of.membership[chosen], *places))
        labels.extend(f"{of.table_names[place]}: {name}" for place in chosen)
        keys.extend((indicator, *of.keys[place]) for place in chosen)
        now = set(geometry.axes.quarters)
        unknowns = {
            place: (indicator, region, ALL, ALL, quarter)
            for (_, region, quarter), place in of.places.items()
            if of.is_finest[place] and quarter in now
        }
        finer.append(layout.placed(sparse.eye_array(of.size, format="csr")[list(unknowns)], *places))
        finer_keys.extend(unknowns.values())
    return Scene(
        system=system,
        truth=layout.truth,
        owners=layout.owners,
        groups=sparse.vstack(groups, format="csr"),
        labels=tuple(labels),
        keys=tuple(keys),
        finer=sparse.vstack(finer, format="csr"),
        finer_keys=tuple(finer_keys),
        cells=cells,
        older=older,
    )


@dataclass(frozen=True)
class CountCells:
    """The count cells of a layout, as rows over its unknowns: ``noisy`` with their published ``values``, and
    ``hidden`` ones (shown as below the limit) with their ``labels``."""

    noisy: Matrix
    values: Numbers
    hidden: Matrix
    labels: tuple[str, ...]


def _count_cells(layout: Layout, counted: Sequence[Counted], quarters: set[str]) -> CountCells:
    """Without structural zeros, which carry no noise; hidden are those of these quarters and their year."""
    nothing = sparse.csr_array((0, len(layout.truth)))
    noisy, hidden, values, labels = [nothing], [nothing], [], []
    for number, (one, geometry) in enumerate(zip(counted, layout.geometries, strict=True)):
        shown, small = [], []
        for place, key in enumerate(geometry.keys):
            row = one.figures[key].rows[Statistic.COUNT] if key in one.figures else NO_CELL
            if row["state"] == "published" and row["value"]:
                shown.append(place)
                values.append(float(row["value"]))
            elif row["reason"] == SuppressedReason.SMALL_COUNT and ("Q" not in key[3] or key[3] in quarters):
                small.append(place)
                labels.append(f"{geometry.table_names[place]}: {one.code}")
        noisy.append(layout.placed(geometry.membership[shown], number))
        hidden.append(layout.placed(geometry.membership[small], number))
    return CountCells(
        sparse.vstack(noisy, format="csr"), np.array(values), sparse.vstack(hidden, format="csr"), tuple(labels)
    )


NO_CELL: Mapping[str, None] = {"state": None, "reason": None}


def _with_relations(system: System, layout: Layout, codes: Sequence[str]) -> System:
    """What anybody knows of how these numbers hang together; what does not hold in the counts helps nobody."""
    for name, rows, high in (*_accounts(layout, codes), *_transfers(layout, codes), *_nested(layout, codes)):
        values = rows @ layout.truth
        if ((values >= 0) & (values <= high)).all():
            limits = np.zeros(rows.shape[0]), np.full(rows.shape[0], high)
            system = with_conditions(system, rows, *limits, [name] * rows.shape[0])
    return system


Relation = tuple[str, Matrix, float]  # its name, and rows that are 0 or more, and at most this

SIGNS: Mapping[str, int] = {
    Flow.ENDED: 1,
    Flow.CONVERTED: 1,
    Flow.TRANSFERRED_OUT: 1,
    Flow.TRANSFERRED_IN: -1,
    "gi_order": -1,
}


def _accounts(layout: Layout, codes: Sequence[str]) -> Iterator[Relation]:
    """The stock is that of the quarter before, with what came in and without what went out since."""
    if Flow.STOCK not in codes:
        return
    by_code = dict(zip(codes, range(len(codes)), strict=True))
    starts = np.cumsum([0, *(geometry.size for geometry in layout.geometries)])
    stock = layout.geometries[by_code[Flow.STOCK]]
    before = dict(zip(stock.axes.quarters[1:], stock.axes.quarters, strict=False))
    entries: list[tuple[int, int, int]] = []
    row = 0
    for (institution, part, quarter), place in stock.places.items():
        if quarter not in before:
            continue
        first = starts[by_code[Flow.STOCK]]
        entries += [(row, first + place, 1), (row, first + stock.places[institution, part, before[quarter]], -1)]
        for code, sign in SIGNS.items():
            moved = layout.geometries[by_code[code]]
            entries.append((row, starts[by_code[code]] + moved.places[institution, part, quarter], sign))
        row += 1
    if row:
        rows, columns, signs = np.array(entries).T
        yield "stand, instroom en uitstroom", sparse.csr_array((signs, (rows, columns)), shape=(row, starts[-1])), 0.0


def _transfers(layout: Layout, codes: Sequence[str]) -> Iterator[Relation]:
    """What one institution hands over another takes over, in the same region or measure group and quarter."""
    if Flow.TRANSFERRED_IN not in codes:
        return
    incoming, outgoing = codes.index(Flow.TRANSFERRED_IN), codes.index(Flow.TRANSFERRED_OUT)
    geometry = layout.geometries[incoming]
    wheres = dict.fromkeys((part, quarter) for _, part, quarter in geometry.places)
    rows = dict(zip(wheres, range(len(wheres)), strict=True))
    places = [(rows[part, quarter], place) for (_, part, quarter), place in geometry.places.items()]
    at, columns = np.array(places).T
    everyone = sparse.csr_array((np.ones(len(at)), (at, columns)), shape=(len(rows), geometry.size))
    yield "overdrachten heen en terug", layout.placed(everyone, incoming) - layout.placed(everyone, outgoing), 0.0


def _nested(layout: Layout, codes: Sequence[str]) -> Iterator[Relation]:
    """Of the reports of a quarter some are investigated: one clock within another."""
    counted = {clock.code for clock in load_agreement().clocks}
    clocks = [number for number, code in enumerate(codes) if code in counted]
    for outer in clocks:
        for inner in clocks:
            if inner != outer:
                eye = sparse.eye_array(layout.geometries[outer].size, format="csr")
                rows = layout.placed(eye, outer) - layout.placed(eye, inner)
                yield f"{codes[inner]} binnen {codes[outer]}", rows, np.inf


# --- steps -------------------------------------------------------------------------------------------------------

REACHED, UNREGISTERED, WAITING, OTHER = range(4)  # what a case of a step can be, at its norm
NUMBERS = (
    ("reached", (REACHED,)),
    ("not reached", (WAITING, OTHER)),
    ("unregistered", (UNREGISTERED,)),
    ("waiting", (WAITING,)),
)


def known_of_step(timed: Timed, geometry: Geometry, carried: Carried) -> dict[GroupKey, StepKnowledge]:
    """What the figures of a step say, of the groups that have any.

    A group that was carried may have been published under other rules, and then says nothing by those of today. Raises
    Unsolved for another whose figures no counts can give.
    """
    found = {}
    for key, table in zip(geometry.keys, geometry.table_names, strict=True):
        if key in timed.figures and key in timed.counted.figures:
            figures = timed.figures[key]
            count = timed.counted.figures[key].rows[Statistic.COUNT]
            cases = figures.cases or int(count["value"] or 0) or None  # its own: the clock may be of a later release
            try:
                found[key] = step_knowledge(timed.step, timed.target, figures, cases, SHARED_PROTECTION)
            except Unsolved as reason:
                if carried(timed.step.code, key):
                    continue
                raise Unsolved(f"een cel van {table}: {timed.step.code} {reason}") from reason
    return found


def step_scenes(material: Material, kind: InstitutionKind, timed: Timed, carried: Carried) -> Iterator[Scene]:
    """A step at its norm, a year at a time: who reached it, who did not, who is unregistered and who waits."""
    assert timed.step.norm_days is not None
    norm = timed.step.grid_points.index(timed.step.norm_days)
    for geometry, place in material.windows(kind, "sum"):
        cases = geometry.unknowns(timed.counted.exact(place))
        unregistered = geometry.unknowns(timed.unregistered[..., place])
        waiting = geometry.unknowns(timed.waiting[..., place])
        reached = geometry.unknowns(timed.seen[..., place, norm])
        values = (reached, unregistered, waiting, cases - unregistered - waiting - reached)
        layout = Layout((geometry,) * 4, values)
        left_open = geometry.membership @ geometry.unknowns(timed.left_open[..., place, norm]) > 0
        system, older = layout.tied(), 0
        for conditions in _step_conditions(material, kind, timed, geometry, layout, cases, left_open.tolist(), carried):
            system, left_out = with_published(system, layout.truth, conditions, carried)
            older += left_out
        numbers = [(f"{timed.step.code} ({name})", timed.step.code, places) for name, places in NUMBERS]
        yield _scene(layout, system, older, numbers, geometry)


def _step_conditions(
    material: Material,
    kind: InstitutionKind,
    timed: Timed,
    geometry: Geometry,
    layout: Layout,
    cases: Counts,
    left_open: Sequence[bool],
    carried: Carried,
) -> Iterator[Conditions]:
    on_clock = [counts_published(timed.counted, geometry)]
    if material.can_be_dominated(kind):
        on_clock.append(remainders(timed.counted, geometry, cases))
    for one in on_clock:
        rows = layout.placed(one.rows, REACHED, UNREGISTERED, WAITING, OTHER)
        yield Conditions(rows, one.ranges, one.indicator, one.keys, one.tables)
    known = known_of_step(timed, geometry, carried)
    norm = timed.step.norm_days
    assert norm is not None
    ranges: dict[int, list[Range]] = {REACHED: [], UNREGISTERED: [], WAITING: []}
    for key, open_before in zip(geometry.keys, left_open, strict=True):
        said = known.get(key, NOTHING_SAID)
        reached = said.reached.get(norm, NOTHING)
        ranges[REACHED].append((Range(0.0, reached.high) if open_before else reached).within(said.seen))
        ranges[UNREGISTERED].append(said.unregistered)
        ranges[WAITING].append(said.waiting)
    for number, limits in ranges.items():
        rows = layout.placed(geometry.membership, number)
        yield Conditions(rows, limits, timed.step.code, geometry.keys, geometry.table_names)
