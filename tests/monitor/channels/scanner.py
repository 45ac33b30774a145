"""Everything that can carry a number out of a release, searched for numbers that are no published cell's.

A model holds the cells that a screen may speak of. Whatever is made of it (alt texts, sentences, table rows, the data
of a chart) may hold their numbers, and constants that anybody knows; any other number came by another road.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from monitor.catalogue import load_catalogue
from monitor.charts.chart import Chart
from monitor.charts.table import Table
from monitor.narrative.figures import LIMITS, Entry
from monitor.release.cell import Cell, Published
from monitor.release.periods import QUARTER
from monitor.views.learning import TERMS
from pseudonymise.agreement import load_agreement

# "1.234", "12,5" and "12" in Dutch; "1,234" and "12.5" in English. Codes such as 2026Q3 are none.
NUMBERS = {
    "nl": re.compile(r"(?<![\w.,])\d{1,3}(?:\.\d{3})+(?:,\d+)?(?!\w)|(?<![\w.,])\d+(?:,\d+)?(?!\w)"),
    "en": re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\w)|(?<![\w.,])\d+(?:\.\d+)?(?!\w)"),
}
MARKS = {"nl": (".", ","), "en": (",", ".")}  # between thousands, and before decimals


def numbers_in(text: str, language: str) -> Iterator[float]:
    """The numbers that a text says, as it writes them in its language."""
    thousands, decimals = MARKS[language]
    for found in NUMBERS[language].findall(text):
        yield float(found.replace(thousands, "").replace(decimals, "."))


def cells_of(model: object) -> Iterator[Cell]:
    """Every cell in a model, however deep."""
    for part in parts_of(model):
        if isinstance(part, Cell):
            yield part


def parts_of(model: object) -> Iterator[object]:
    yield model
    if is_dataclass(model) and not isinstance(model, type):
        inside: Iterable[object] = (getattr(model, field.name) for field in fields(model))
    elif isinstance(model, Mapping):
        inside = (*model.keys(), *model.values())
    elif isinstance(model, list | tuple | set | frozenset):
        inside = model
    else:
        return
    for part in inside:
        yield from parts_of(part)


def known_numbers(model: object) -> set[float]:
    """What the model may lead to: the numbers of its published figures, its periods and its counts of things."""
    known: set[float] = set()
    for part in parts_of(model):
        if isinstance(part, Published):
            stated = [round(float(one), 9) for one in (part.value, part.lower, part.upper, part.n) if one is not None]
            known |= {*stated, *map(round, stated)}  # the mean of a series is written in whole percents
        elif isinstance(part, Cell):
            known |= {float(one) for one in (part.point, part.completeness) if one is not None}
        elif isinstance(part, str) and (QUARTER.fullmatch(part) or re.fullmatch(r"20\d\d", part)):
            known |= {float(part[:4]), float(part[5:] or 1)}
    return known


def constants() -> set[float]:
    """What anybody knows: norms, targets, horizons, the limits of the rules, and the ends of an axis."""
    steps = load_agreement().steps
    targets = (one.target_share for one in load_catalogue().steps.values())
    return {
        *map(float, LIMITS.values()),
        *(float(one) for one in targets if one is not None),
        *(float(step.norm.length) for step in steps if step.norm),
        *(float(step.norm_days) for step in steps if step.norm_days),
        *(float(step.horizon) for step in steps),
        *(95.0, 99.8),  # the intervals, and the limits of a funnel
        *map(float, TERMS),  # of a term, and what is used of it in an even course
        *(0.0, 100.0),
    }


def stray_numbers(texts: Iterable[str], language: str, model: object, known: Iterable[float] = ()) -> set[float]:
    """The numbers in these texts that are neither in the model nor known to anybody."""
    allowed = known_numbers(model) | constants() | set(known)
    return {number for text in texts for number in numbers_in(text, language)} - allowed


def texts_of_table(table: Table) -> Iterator[str]:
    yield from (table.caption, *table.head, *table.notes)
    for entry in table.entries:
        assert isinstance(entry, Entry)
        yield from (entry.text, *entry.details)


COLOURS = ("#", "rgba(")


def texts_of_chart(chart: Chart) -> Iterator[str]:
    """All that is read of a chart: its alt text, its table, and every text in its figure."""
    yield chart.alt
    yield from texts_of_table(chart.table)
    yield from (
        part for part in parts_of(chart.figure["data"]) if isinstance(part, str) and not part.startswith(COLOURS)
    )


def drawn_numbers(chart: Chart) -> set[float]:
    """The heights at which a chart draws, and the ends of its intervals: what a reader of its data would find."""
    found: set[float] = set()
    for trace in chart.figure["data"]:
        values = trace.get("y", ())
        found |= {round(float(value), 9) for value in values if value is not None}
        for name, sign in (("array", 1), ("arrayminus", -1)):
            apart = trace.get("error_y", {}).get(name, ())
            pairs = zip(values, apart, strict=False)
            found |= {round(value + sign * one, 9) for value, one in pairs if value is not None}
    return found


AXIS = {0.0, 102.0}  # the ends of a line that stands for a norm
