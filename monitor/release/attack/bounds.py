"""The smallest and largest true value of small groups that agree with everything that is published.

By linear programming, with the limits rounded inwards to whole numbers: what it proves is proved. Solving for whole
numbers throughout (``whole``) can only be sharper; on the sample's release it proves nothing more, in a hundred times
the time. A group is not proved to be below five as soon as one point that meets all conditions has five in it; one
solve gives such a point for many groups at once, and only the groups that are left are solved for alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from monitor.release.attack.report import SMALL
from monitor.release.attack.system import SECONDS_EACH, TOLERANCE, Matrix, Numbers, System, solve

ENOUGH: Final = SMALL + 1
LOOKS: Final = 2  # groups that are solved for alone to see how narrow the narrowest is


@dataclass(frozen=True)
class Learned:
    """Of each small group: its largest value, where that is at most 4 (else ENOUGH), and a value that is no smaller
    than its smallest, equal only where the group is found exactly.

    ``narrowest``: how many values are left, at least, of the group of which most is known; None without groups.
    ``points``: points that meet all conditions, which serve whoever knows less as well.
    """

    low: Numbers
    high: Numbers
    narrowest: int | None
    points: tuple[Numbers, ...]

    @property
    def proved(self) -> NDArray[np.bool_]:
        """Proved to be below five."""
        return self.high < ENOUGH

    @property
    def exact(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.proved & (self.low == self.high)
        return found


class Search:
    """Points that meet all conditions, and the smallest and largest value of each group in them: the true limits lie
    no closer."""

    def __init__(
        self, system: System, groups: Matrix, points: Sequence[Numbers], *, seconds: float, whole: bool
    ) -> None:
        self.system, self.groups, self.seconds, self.whole = system, groups, seconds, whole
        self.low, self.high = np.full(groups.shape[0], np.inf), np.zeros(groups.shape[0])
        self.points: list[Numbers] = []
        for point in points:
            self._note(point)

    def visit(self, costs: Numbers) -> None:
        self._note(solve(self.system, costs, seconds=self.seconds, whole=self.whole))

    def spread(self, places: NDArray[np.int64]) -> None:
        """Visit a point in which these groups together lie as near to ENOUGH as they can."""
        groups, number, size = self.groups[places], len(places), self.system.size
        capped = System(
            rows=sparse.block_array([[self.system.rows, None], [groups, -sparse.eye_array(number)]], format="csr"),
            low=np.concatenate([self.system.low, np.zeros(number)]),
            high=np.concatenate([self.system.high, np.full(number, np.inf)]),
            least=np.concatenate([self.system.least, np.zeros(number)]),
            most=np.concatenate([self.system.most, np.full(number, float(ENOUGH))]),
            names=(*self.system.names, *["kleine groepen"] * number),
        )
        costs = np.concatenate([np.zeros(size), -np.ones(number)])
        self._note(solve(capped, costs, seconds=self.seconds, whole=self.whole)[:size])

    def largest(self, place: int) -> float:
        self.visit(-self._row(place))
        return float(np.floor(self.high[place] + TOLERANCE))

    def smallest(self, place: int) -> float:
        self.visit(self._row(place))
        return self.smallest_met(place)

    def smallest_met(self, place: int) -> float:
        return float(np.ceil(self.low[place] - TOLERANCE))

    @property
    def apart(self) -> Numbers:
        """How far the values of each group that were met lie apart."""
        apart: Numbers = np.floor(self.high + TOLERANCE) - np.ceil(self.low - TOLERANCE)
        return apart

    def below(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of which no point met so far has ENOUGH."""
        return places[self.high[places] < ENOUGH - TOLERANCE]

    def _row(self, place: int) -> Numbers:
        row: Numbers = self.groups[[place]].toarray()[0].astype(np.float64)
        return row

    def _note(self, point: Numbers) -> None:
        self.points.append(point)
        values = self.groups @ point
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)


def learn(
    system: System,
    groups: Matrix,
    points: Sequence[Numbers] = (),
    *,
    seconds: float = SECONDS_EACH,
    whole: bool = False,
) -> Learned:
    """``groups``: groups x unknowns, each the sum of some unknowns. Raises Unsolved as ``solve`` does.

    ``points``: that are known to meet all conditions, such as those of somebody who knows more.
    """
    number = groups.shape[0]
    if not number:
        return Learned(np.zeros(0), np.zeros(0), None, tuple(points))
    search = Search(system, groups, points, seconds=seconds, whole=whole)
    search.visit(np.asarray(groups.sum(axis=0), dtype=np.float64))
    left = search.below(np.arange(number))
    while len(left):
        search.spread(left)
        before, left = left, search.below(left)
        if len(left) == len(before):
            break
    high = np.full(number, float(ENOUGH))
    for place in left.tolist():
        if search.high[place] < ENOUGH - TOLERANCE:  # or a point on the way showed more
            high[place] = min(search.largest(place), ENOUGH)
    for place in np.flatnonzero(high < ENOUGH).tolist():
        if search.smallest_met(place) == high[place]:
            search.smallest(place)
    low = np.array([search.smallest_met(place) for place in range(number)])
    return Learned(np.where(high < ENOUGH, low, 0.0), high, _narrowest(search), tuple(search.points))


def _narrowest(search: Search) -> int:
    """The number of values left of the group with the fewest: LOOKS groups are solved for, the others have at least
    those that were met."""
    looked: dict[int, float] = {}
    for _ in range(LOOKS):
        apart = search.apart
        place = min(set(range(len(apart))) - set(looked), key=lambda one: apart[one], default=None)
        if place is None:
            break
        looked[place] = search.largest(place) - search.smallest(place)
    return int(min([*looked.values(), *np.delete(search.apart, list(looked))])) + 1
