"""What is learned from, as conditions on the numbers of people behind it: of each region, and of the seven together.

The unknowns are the rows of the spreadsheets of a year, each of one supplier, region and period. An institution or a
region knows those that it sent itself.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from scipy import sparse

from monitor.catalogue.expected import PART_OF
from monitor.release.attack.conditions import Conditions, CountCells, Scene, with_published
from monitor.release.attack.geometry import Counts
from monitor.release.attack.knowledge import NOTHING, UNKNOWN, Figures, GroupKey, Range, true_count_range, true_range
from monitor.release.attack.material import Material
from monitor.release.attack.system import Matrix, System, Unsolved, empty_system, with_conditions
from monitor.release.cell import Bound, Statistic, SuppressedReason
from monitor.release.learning import TOPICS, SheetKey, Sheets, Topic, gather, read_sheets, shared_groups
from monitor.release.policies import SHARED_PROTECTION, SMALLEST_REMAINDER, whole_percent

Row = Mapping[int, int]  # how often each unknown is counted; -1 where it is left out

TEMPLATES: Final = tuple(dict.fromkeys(topic.template for topic in TOPICS if topic.people))
COUNTED: Final = {SuppressedReason.SMALL_COUNT, SuppressedReason.FEW_CASES, SuppressedReason.NOISE}


@dataclass(frozen=True)
class Year:
    """The spreadsheets of one template and year. ``suppliers``: all who may send one."""

    template: str
    sheets: Sheets
    suppliers: tuple[str, ...]

    @cached_property
    def places(self) -> dict[tuple[SheetKey, str], int]:
        """The number of each unknown, by spreadsheet and row."""
        every = ((sent, item) for sent, sheet in self.sheets.items() for item in sheet)
        return {one: number for number, one in enumerate(every)}

    @cached_property
    def truth(self) -> Counts:
        return np.array([round(self.sheets[sent][item].number) for sent, item in self.places], dtype=np.int64)

    @cached_property
    def owners(self) -> Counts:
        return np.array([self.suppliers.index(sent[0]) for sent, _ in self.places], dtype=np.int64)

    def row(self, sent: Sequence[SheetKey], items: Sequence[str], without: Sequence[str] = ()) -> Row:
        """What these rows of these spreadsheets count together, ``without`` left out."""
        counted = Counter(self.places[one, item] for one in sent for item in items)
        counted.subtract(self.places[one, item] for one in sent for item in without)
        return {place: times for place, times in counted.items() if times}

    def value(self, row: Row) -> int:
        return sum(times * int(self.truth[place]) for place, times in row.items())

    def matrix(self, rows: Sequence[Row]) -> Matrix:
        dense = np.zeros((len(rows), len(self.truth)), dtype=np.int64)
        for number, row in enumerate(rows):
            dense[number, list(row)] = list(row.values())
        return sparse.csr_array(dense)


@dataclass(frozen=True)
class Shown:
    """A published group of one indicator, and the spreadsheets that it is a sum of."""

    topic: Topic
    key: GroupKey
    figures: Figures
    sent: tuple[SheetKey, ...]


def learned_scenes(material: Material, template: str) -> Iterator[Scene]:
    """The numbers of people of a template, a year at a time: what lies in different years is in no sum together."""
    topics = [topic for topic in TOPICS if topic.template == template and topic.people]
    sheets = read_sheets(material.connection, template)
    for number in sorted({period[:4] for _, _, period in sheets}):
        of_year = {sent: sheet for sent, sheet in sheets.items() if sent[2][:4] == number}
        year = Year(template, of_year, suppliers_of(template))
        shown = [one for topic in topics for one in _shown(material, topic, year)]
        if shown:
            yield _scene(material, year, shown)


def suppliers_of(template: str) -> tuple[str, ...]:
    """Who may send it, each once."""
    topic = next(topic for topic in TOPICS if topic.template == template)
    return tuple(dict.fromkeys(supplier for group in shared_groups(topic) for supplier, _ in group.places))


def _shown(material: Material, topic: Topic, year: Year) -> Iterator[Shown]:
    places = {(group.region, group.institution): group.places for group in shared_groups(topic)}
    for key, figures in material.figures(topic.code).items():
        of = places.get(key[:2])
        if of and gather(topic, year.sheets, of, key[3]):
            sent = tuple((*place, period) for place in of for period in topic.sent(key[3]))
            yield Shown(topic, key, figures, sent)


def _scene(material: Material, year: Year, shown: Sequence[Shown]) -> Scene:
    system, older = _related(year, shown), 0
    for one in shown:
        said = list(_said(year, one))
        conditions = Conditions(
            year.matrix([row for row, _ in said]),
            [known for _, known in said],
            one.topic.code,
            [one.key] * len(said),
            [year.template] * len(said),
        )
        system, left_out = with_published(system, year.truth, conditions, material.carried)
        older += left_out
    groups = [(row, one) for one in shown for row in _groups(year, one, one.sent)]
    finer = [(row, one) for one in shown for sent in one.sent for row in _groups(year, one, [sent])]
    return Scene(
        system=system,
        truth=year.truth,
        owners=year.owners,
        groups=year.matrix([row for row, _ in groups]),
        labels=tuple(f"{year.template}: {one.topic.code}" for _, one in groups),
        keys=tuple((one.topic.code, *one.key) for _, one in groups),
        finer=year.matrix([row for row, _ in finer]),
        finer_keys=tuple((one.topic.code, *one.key) for _, one in finer),
        cells=_cells(year, shown),
        older=older,
    )


def _groups(year: Year, shown: Shown, sent: Sequence[SheetKey]) -> Iterator[Row]:
    """Who is counted, and of a share: who is the part, and who is not."""
    topic = shown.topic
    yield year.row(sent, topic.people)
    if topic.part:
        yield year.row(sent, topic.part)
        yield year.row(sent, topic.people, topic.part)


def _said(year: Year, shown: Shown) -> Iterator[tuple[Row, Range]]:
    """What the cells of a group leave possible of the rows behind it."""
    topic, figures, sent = shown.topic, shown.figures, shown.sent
    yield year.row(sent, topic.people), _people(topic, figures)
    if topic.part and not year.value(year.row(sent, topic.lost)):
        yield year.row(sent, topic.part), _part(figures)
    suppliers = dict.fromkeys(place[0] for place in sent)
    by_supplier = [year.row([one for one in sent if one[0] == whose], topic.people) for whose in suppliers]
    largest = max(by_supplier, key=year.value)
    others = {place: times for row in by_supplier if row is not largest for place, times in row.items()}
    if year.value(others):
        yield others, _remainder(figures)


def _people(topic: Topic, figures: Figures) -> Range:
    """The number of people that a count, or the share of them, leaves possible."""
    if Statistic.COUNT in figures.rows:
        return true_count_range(figures.rows[Statistic.COUNT], SHARED_PROTECTION)
    if figures.cases is not None:
        lowest = 0 if topic.at_least_its_part else figures.cases
        return true_range(Range(lowest, figures.cases), SHARED_PROTECTION.noise)
    if figures.reason(Statistic.SHARE) == SuppressedReason.FEW_CASES:
        return true_range(Range(0, SHARED_PROTECTION.share - 1), SHARED_PROTECTION.noise)
    return NOTHING


def _part(figures: Figures) -> Range:
    """The number of people in the part of a share, where nobody was lost: it is an estimate where somebody was."""
    row, cases, noise = figures.rows[Statistic.SHARE], figures.cases, SHARED_PROTECTION.noise
    if row["state"] != "published" or not cases:
        return NOTHING
    said = (int(row["value"]), Bound(row["bound"]))
    alike = [part for part in range(cases + 1) if whole_percent(part, cases, noise) == said]
    if not alike:
        raise Unsolved("een aandeel dat geen aantal kan geven")
    highest = UNKNOWN if alike[-1] == cases else alike[-1]  # noise above its whole is brought down to it
    return true_range(Range(alike[0], highest), noise)


def _remainder(figures: Figures) -> Range:
    """Of a sum of several suppliers, what there is without the largest: decided on exact numbers."""
    reasons = {row["reason"] for row in figures.rows.values()}
    if SuppressedReason.DOMINANCE in reasons:
        return Range(1, SMALLEST_REMAINDER - 1)
    told = reasons & COUNTED or any(row["state"] == "published" for row in figures.rows.values())
    return Range(SMALLEST_REMAINDER, UNKNOWN) if told else NOTHING


def _related(year: Year, shown: Sequence[Shown]) -> System:
    """A part is no larger than its whole, in every spreadsheet."""
    of_rows = (((part,), whole) for part, whole in PART_OF.get(year.template, ()))
    of_shares = ((one.topic.part, one.topic.people) for one in shown if one.topic.part)
    pairs = dict.fromkeys((*of_rows, *of_shares))
    rows = [
        row
        for sent, sheet in year.sheets.items()
        for part, whole in pairs
        if {*part, *whole} <= sheet.keys() and (row := year.row([sent], whole, part)) and year.value(row) >= 0
    ]
    nothing = np.zeros(len(rows))
    names = ["een deel van een geheel"] * len(rows)
    return with_conditions(empty_system(len(year.truth)), year.matrix(rows), nothing, nothing + np.inf, names)


def _cells(year: Year, shown: Sequence[Shown]) -> CountCells:
    counts = [(one, one.figures.rows[Statistic.COUNT]) for one in shown if Statistic.COUNT in one.figures.rows]
    noisy = [(one, row) for one, row in counts if row["state"] == "published" and row["value"]]
    hidden = [one for one, row in counts if row["reason"] == SuppressedReason.SMALL_COUNT]
    return CountCells(
        year.matrix([year.row(one.sent, one.topic.people) for one, _ in noisy]),
        np.array([float(row["value"]) for _, row in noisy]),
        year.matrix([year.row(one.sent, one.topic.people) for one in hidden]),
        tuple(f"{year.template}: {one.topic.code}" for one in hidden),
    )
