"""What the attack found exactly is withheld: the groups are hidden, and the release is made and attacked again.

A noise that happens to fall at its edge in several sums at once can leave one value for a small group. How often
hangs on the record keys of the institutions, which never change: without this a release could be refused for good.
Source: docs/explanation/disclosure.md, "What the attack finds is withheld".
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from monitor.catalogue import load_catalogue
from monitor.release.carry import Key, by_group
from monitor.release.cell import SHARED, Cell, Statistic, Suppressed, SuppressedReason
from pseudonymise.agreement import load_agreement

ROUNDS: Final = 3  # attacks on one release; what is still found after that is more than chance, and refused
WITHHELD: Final = Suppressed(SuppressedReason.DIFFERENCE)


def withhold(cells: Iterable[Cell], found: Collection[Key]) -> list[Cell]:
    """The cells of one indicator, in which all that is shared of the groups ``found`` is hidden.

    A group hidden in a clock is hidden in its steps, which state the number of cases too.
    """
    kept = list(cells)
    if not found:
        return kept
    own = [cell for cell in kept if cell.audience != SHARED]
    shared = by_group(cell for cell in kept if cell.audience == SHARED)
    for key, group in shared.items():
        if key in found or (_clock(key[0]), *key[1:]) in found:
            shared[key] = [_hidden(cell) for cell in group if _is_first_point(cell, group)]
    return [*(cell for group in shared.values() for cell in group), *own]


def _clock(indicator: str) -> str:
    """The clock of a step; any other indicator is its own."""
    return load_agreement().step(indicator).clock if indicator in load_catalogue().steps else indicator


def _is_first_point(cell: Cell, group: list[Cell]) -> bool:
    """A curve that is hidden is one cell, without a point."""
    return cell.point is None or cell is next(one for one in group if one.statistic is Statistic.CURVE)


def _hidden(cell: Cell) -> Cell:
    return replace(cell, figure=WITHHELD, point=None, cohort=None, completeness=None)
