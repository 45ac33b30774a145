"""This release against the earlier ones: what the difference between two figures of one group says.

The same group has the same noise, so two figures that differ say that the group changed. By how many is hidden by two
independent noises. The limits of both, carried along the sums of the plan, give those of the change.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.release.attack.geometry import Geometry
from monitor.release.attack.knowledge import ZERO, Figures, GroupKey, true_count_range
from monitor.release.attack.propagation import MANY, propagate
from monitor.release.attack.system import Unsolved
from monitor.release.cell import Statistic
from monitor.release.policies import SHARED_PROTECTION

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """Of the groups whose count differs between two releases: the limits of the change, and their tables."""

    low: Numbers
    high: Numbers
    tables: tuple[str, ...]

    @property
    def narrowest(self) -> int | None:
        return int((self.high - self.low).min()) + 1 if len(self.low) else None

    @property
    def exact(self) -> NDArray[np.bool_]:
        exact: NDArray[np.bool_] = self.low == self.high
        return exact

    def proved(self, largest: int) -> NDArray[np.bool_]:
        """Proved to be a change of at most so many cases, up or down. That there is one, is plain to see."""
        return np.maximum(np.abs(self.low), np.abs(self.high)) <= largest


def changes(
    geometry: Geometry, now: Mapping[GroupKey, Figures], then: Mapping[GroupKey, Figures], indicator: str
) -> Change:
    """The groups of ``geometry`` that are in both releases with different counts."""
    limits = [_limits(geometry, figures) for figures in (now, then)]
    differs = [
        place
        for place, key in enumerate(geometry.keys)
        if key in now and key in then and _count(now[key]) != _count(then[key])
    ]
    (low, high), (low_then, high_then) = limits
    return Change(
        (low - high_then)[differs],
        (high - low_then)[differs],
        tuple(f"{geometry.table_names[place]}: {indicator}" for place in differs),
    )


def _count(figures: Figures) -> tuple[object, ...]:
    row = figures.rows[Statistic.COUNT]
    return row["state"], row["reason"], row["value"]


def _limits(geometry: Geometry, figures: Mapping[GroupKey, Figures]) -> tuple[Numbers, Numbers]:
    ranges = [
        true_count_range(figures[key].rows[Statistic.COUNT], SHARED_PROTECTION) if key in figures else ZERO
        for key in geometry.keys
    ]
    low = np.array([[one.low] for one in ranges])
    high = np.array([[one.high] for one in ranges])
    with suppress(Unsolved):  # groups of one release that are of different deliveries: their sums need not agree
        low, high = propagate(low, high, geometry.sums)
    return low[:, 0], np.minimum(high[:, 0], MANY)
