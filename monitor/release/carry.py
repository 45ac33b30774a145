"""What was published stays: a group of shared cells is published at most twice, provisional and final.

A group is all that a release says of one indicator, region, institution, measure group and period: its statistics and
the points of its curve. Who sees the same group computed again and again sees each late case come in, and noise that
is drawn anew each time. So a group keeps what it was first published with until it can be final, is computed once
more then, and never again; but for an erratum, which says what it computes and why. What is hidden is kept in the
same way: hiding that comes and goes tells when a group crossed a threshold.
Source: docs/explanation/disclosure.md, "Later releases".
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from monitor.release.cell import SHARED, Cell, Cohort, Missing, MissingReason, Statistic
from monitor.release.status import Erratum

# A group of which every cell is missing for one of these has not been published: nothing was said of its counts.
LACK_OF_DATA = frozenset(
    {
        MissingReason.NOT_DELIVERED,
        MissingReason.NOT_IN_SOURCE,
        MissingReason.NOT_ACTIVE,
        MissingReason.NO_CASES,
        MissingReason.UNDETERMINABLE,
        MissingReason.NEEDS_LINKAGE,
    }
)

# What is said of a group from its own counts. All else is derived from published cells, and made anew each time.
CARRIED = frozenset(
    {
        Statistic.COUNT,
        Statistic.SHARE,
        Statistic.LOWER_BOUND,
        Statistic.UPPER_BOUND,
        Statistic.MEDIAN,
        Statistic.P90,
        Statistic.CURVE,
        Statistic.VERDICT,
        Statistic.RATIO,
    }
)

Key = tuple[str, str, str, str, str]  # indicator, region, institution, measure group, period


@dataclass(frozen=True)
class Carried:
    """The cells of a release, and how many of its shared groups are those of the release before."""

    cells: list[Cell]
    groups: int


def carry(
    computed: Iterable[Cell], before: Iterable[Cell], is_settled: Callable[[Cell], bool], erratum: Erratum | None
) -> Carried:
    """The cells of a release from those ``computed`` of today's deliveries and those of the release ``before``.

    ``before``: the shared cells of the same indicators, without what is derived from other cells. ``is_settled``:
    whether the deliveries behind a cell run so far past its period that a count of it is final. Under an erratum,
    what it does not name stays as it was, whatever was delivered since.
    """
    own = [cell for cell in computed if cell.audience != SHARED]
    earlier = by_group(before)
    today = by_group(cell for cell in computed if cell.audience == SHARED)
    cells: list[Cell] = []
    kept = 0
    for key in dict.fromkeys((*today, *(earlier if erratum else ()))):
        new, old = today.get(key), earlier.get(key)
        if new is None or (old is not None and stays(old, new, is_settled, erratum)):
            assert old is not None
            cells += old
            kept += 1
        elif old is not None or not erratum or erratum.names(new[0]):
            cells += _published_today(new, was_final=old is not None and is_final(old), is_settled=is_settled)
    return Carried([*cells, *own], kept)


def stays(
    old: Sequence[Cell], new: Sequence[Cell], is_settled: Callable[[Cell], bool], erratum: Erratum | None
) -> bool:
    """Whether a group keeps the cells of the release before: ``old`` rather than ``new``."""
    if erratum:
        return not erratum.names(old[0])
    if is_final(old):
        return True
    return is_published(old) and not (is_published(new) and can_be_final(new, is_settled))


def by_group(cells: Iterable[Cell]) -> dict[Key, list[Cell]]:
    groups: dict[Key, list[Cell]] = {}
    for cell in cells:
        key = (cell.indicator, cell.region, cell.institution, cell.measure_group, cell.period)
        groups.setdefault(key, []).append(cell)
    return groups


def is_published(group: Sequence[Cell]) -> bool:
    """Whether anything was said of the counts of a group. That they are hidden, or incomplete, says something."""
    return not all(isinstance(cell.figure, Missing) and cell.figure.reason in LACK_OF_DATA for cell in group)


def is_final(group: Sequence[Cell]) -> bool:
    return any(cell.final for cell in group)


def can_be_final(group: Sequence[Cell], is_settled: Callable[[Cell], bool]) -> bool:
    """By the cohort, which rests on the delay of registration already; without one (a count, or a group hidden
    because an institution could subtract its own), by how far the deliveries run."""
    cohorts = {cell.cohort for cell in group} - {None}
    return Cohort.FINAL in cohorts if cohorts else is_settled(group[0])


def _published_today(group: Sequence[Cell], *, was_final: bool, is_settled: Callable[[Cell], bool]) -> list[Cell]:
    """The group, marked as final when it is, or was before an erratum. One that is not published yet keeps its
    completeness to itself: it may only be told twice as well."""
    published = is_published(group)
    final = was_final or (published and can_be_final(group, is_settled))
    return [
        replace(cell, final=final, completeness=cell.completeness if published else None)
        if final or not published
        else cell
        for cell in group
    ]
