"""What is known of whole numbers that cannot be negative, as linear conditions; and how it is solved.

Every answer of the solver is checked: its status, and by our own arithmetic that the point it gives meets every
condition. HiGHS was seen to give an all-zero "solution" without complaint when its number of threads changed within
a process, so nothing here sets it, and nothing is believed unseen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

Numbers = NDArray[np.float64]
Matrix: TypeAlias = sparse.csr_array

TOLERANCE: Final = 1e-6
LARGEST: Final = 1e5  # cases in one group, of which nothing is said: without a limit nothing has a largest value
SECONDS_EACH: Final = 60.0  # one solve takes milliseconds: what takes this long is not going to end
STATUSES: Final = {1: "de tijd was op", 2: "de voorwaarden spreken elkaar tegen", 3: "er is geen grens"}


class Unsolved(Exception):
    """The solver gave no answer that can be relied on, so that the release has not been attacked."""


@dataclass(frozen=True)
class System:
    """``rows`` (conditions x unknowns) between ``low`` and ``high``; each unknown between ``least`` and ``most``.

    ``names``: of the conditions, to say which tables contradict each other.
    """

    rows: Matrix
    low: Numbers
    high: Numbers
    least: Numbers
    most: Numbers
    names: tuple[str, ...]

    @property
    def size(self) -> int:
        size: int = self.rows.shape[1]
        return size

    def knowing(self, which: NDArray[np.bool_], values: Numbers) -> "System":
        """What is left of it for somebody who knows some unknowns exactly: a system of the others."""
        known = self.rows[:, which] @ values[which]
        rows = self.rows[:, ~which]
        left = np.flatnonzero(np.diff(rows.indptr))
        return System(
            rows[left],
            (self.low - known)[left],
            (self.high - known)[left],
            self.least[~which],
            self.most[~which],
            tuple(self.names[place] for place in left.tolist()),
        )

    def violated_by(self, point: Numbers) -> tuple[str, ...]:
        """The conditions that a point does not meet."""
        activity = self.rows @ point
        broken = (activity < self.low - TOLERANCE) | (activity > self.high + TOLERANCE)
        outside = (point < self.least - TOLERANCE) | (point > self.most + TOLERANCE)
        names = [self.names[place] for place in np.flatnonzero(broken)]
        return (*dict.fromkeys(names), *(("een onbekende buiten haar grenzen",) if outside.any() else ()))


def empty_system(size: int) -> System:
    return System(
        sparse.csr_array((0, size)),
        np.zeros(0),
        np.zeros(0),
        np.zeros(size),
        np.full(size, LARGEST),
        (),
    )


def with_conditions(system: System, rows: Matrix, low: Numbers, high: Numbers, names: Sequence[str]) -> System:
    """The system with more conditions; those that say nothing of numbers that cannot be negative are left out."""
    negative = rows.min(axis=1).toarray().ravel() < 0 if rows.shape[0] else np.zeros(0, dtype=np.bool_)
    says = np.flatnonzero((low > 0) | np.isfinite(high) | negative & np.isfinite(low)).tolist()
    return replace(
        system,
        rows=sparse.vstack([system.rows, rows[says]], format="csr"),
        low=np.concatenate([system.low, low[says]]),
        high=np.concatenate([system.high, high[says]]),
        names=(*system.names, *(names[place] for place in says)),
    )


def solve(system: System, costs: Numbers, *, seconds: float = SECONDS_EACH, whole: bool = False) -> Numbers:
    """The point that meets every condition at the smallest cost. ``whole``: among whole numbers only.

    Raises Unsolved with the reason when the solver fails, runs out of time, or finds a contradiction, and when its
    point does not meet the conditions.
    """
    result = milp(
        costs,
        integrality=np.full(system.size, int(whole)),
        bounds=Bounds(system.least, system.most),
        constraints=LinearConstraint(system.rows, system.low, system.high),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if result.status != 0 or result.x is None:
        raise Unsolved(f"{STATUSES.get(result.status, 'de oplosser faalde')} ({_about(system)})")
    point: Numbers = np.asarray(result.x, dtype=np.float64)
    if not np.isfinite(point).all():
        raise Unsolved(f"de oplosser gaf geen getallen ({_about(system)})")
    if whole:
        point = np.rint(point)
    if broken := system.violated_by(point):
        raise Unsolved(f"de uitkomst van de oplosser voldoet niet aan {', '.join(broken[:3])}")
    return point


def _about(system: System) -> str:
    return ", ".join(list(dict.fromkeys(system.names))[:3])
