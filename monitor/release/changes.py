"""What changed from one release to the next: in groups, never in figures."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from monitor.release.carry import by_group, is_final, is_published
from monitor.release.cell import ALL, Cell, Missing, MissingReason
from pseudonymise.agreement import Record


class What(StrEnum):
    NEW = "new"  # a period that the release before did not have
    SHOWN = "shown"  # the release before had the period, but not this group of it
    FINAL = "final"  # provisional in the release before
    CORRECTED = "corrected"  # computed anew by an erratum
    MISSING = "missing"  # there is no figure, of a new period or where the release before had one


class Change(Record):
    """``institution``: whose figures are missing, or all. ``groups``: how many groups of cells changed so."""

    what: What
    indicator: str
    period: str
    institution: str = ALL
    reason: MissingReason | None = None
    groups: int = 0


# What a reader can do nothing about: a true zero of the agreement, a quarter without cases, the linked mode.
NOT_TOLD = frozenset({MissingReason.NOT_ACTIVE, MissingReason.NO_CASES, MissingReason.NEEDS_LINKAGE})


def changes(before: Iterable[Cell], after: Iterable[Cell]) -> list[Change]:
    """What changed in the shared cells of the same indicators, sorted. Pure: two releases in, a list out."""
    earlier, now = by_group(before), by_group(after)
    had = {(cell[0].indicator, cell[0].period) for cell in earlier.values()}
    found: Counter[Change] = Counter()
    for key, group in now.items():
        old = earlier.get(key)
        change = _change(old, group, is_new=(key[0], key[-1]) not in had)
        if change:
            found[change] += 1
    counted = [change.model_copy(update={"groups": number}) for change, number in found.items()]
    return sorted(counted, key=lambda one: (one.what, one.indicator, one.period, one.institution, one.reason or ""))


def _change(old: list[Cell] | None, group: list[Cell], *, is_new: bool) -> Change | None:
    cell = group[0]
    was_there = old is not None and is_published(old)
    if not is_published(group):
        return _missing(cell) if is_new or was_there else None
    what: What | None = None
    if is_new:
        what = What.NEW
    elif not was_there:
        what = What.SHOWN
    elif old is not None and is_final(group) and not is_final(old):
        what = What.FINAL
    elif old is not None and set(old) != set(group):
        what = What.CORRECTED
    return Change(what=what, indicator=cell.indicator, period=cell.period) if what else None


def _missing(cell: Cell) -> Change | None:
    """Of the whole of an institution, or of all together: what is missing there is missing in its parts."""
    assert isinstance(cell.figure, Missing)
    if (cell.region, cell.measure_group) != (ALL, ALL) or cell.figure.reason in NOT_TOLD:
        return None
    return Change(
        what=What.MISSING,
        indicator=cell.indicator,
        period=cell.period,
        institution=cell.institution,
        reason=cell.figure.reason,
    )
