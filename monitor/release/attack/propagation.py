"""Limits carried along sums: a total is at most the largest parts together, a part at most what the others leave.

Quick, for many points at a time, and never wrong; but not always the sharpest, which only the solver finds.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from monitor.release.attack.system import Unsolved

Numbers = NDArray[np.float64]

MANY: Final = 1e7  # stands for no limit: infinities cannot be taken from each other
ROUNDS: Final = 50  # until nothing changes; the deepest sum of the plan has three levels


def propagate(
    low: Numbers, high: Numbers, sums: Sequence[tuple[int, tuple[int, ...]]], *, cumulative: bool = False
) -> tuple[Numbers, Numbers]:
    """Sharper limits of (groups, points). ``cumulative``: along the points a count never falls.

    Raises Unsolved when the limits contradict each other.
    """
    low, high = np.maximum(low, 0.0), np.minimum(high, MANY)
    parents, parts = _incidence(sums, len(low))
    for _ in range(ROUNDS):
        before = low, high
        part_low, part_high = parts @ low, parts @ high
        low, high = _raised(low, parents, part_low), _lowered(high, parents, part_high)
        parent_low, parent_high = parents @ low, parents @ high
        low = _spread(low, parts, parent_low - part_high, high, np.maximum)
        high = _spread(high, parts, parent_high - part_low, low, np.minimum)
        if cumulative:
            low = np.maximum.accumulate(low, axis=1)
            high = np.minimum.accumulate(high[:, ::-1], axis=1)[:, ::-1]
        high = np.where(high > MANY / 2, MANY, high)
        if (low > high).any():
            raise Unsolved("de grenzen langs de optellingen spreken elkaar tegen")
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break
    return low, high


def _incidence(sums: Sequence[tuple[int, tuple[int, ...]]], groups: int) -> tuple[sparse.csr_array, sparse.csr_array]:
    parents = sparse.csr_array(
        (np.ones(len(sums)), (np.arange(len(sums)), [parent for parent, _ in sums])), shape=(len(sums), groups)
    )
    places = [(row, part) for row, (_, parts) in enumerate(sums) for part in parts]
    rows, columns = np.array(places, dtype=np.int64).reshape(-1, 2).T
    return parents, sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(sums), groups))


def _raised(low: Numbers, parents: sparse.csr_array, sums: Numbers) -> Numbers:
    rows, groups = parents.nonzero()
    raised = low.copy()
    np.maximum.at(raised, groups, sums[rows])
    return raised


def _lowered(high: Numbers, parents: sparse.csr_array, sums: Numbers) -> Numbers:
    rows, groups = parents.nonzero()
    lowered = high.copy()
    np.minimum.at(lowered, groups, sums[rows])
    return lowered


def _spread(limits: Numbers, parts: sparse.csr_array, left: Numbers, opposite: Numbers, keep: np.ufunc) -> Numbers:
    """What the parent leaves for one part, when ``left`` is what it leaves beside all parts together."""
    rows, groups = parts.nonzero()
    spread = limits.copy()
    keep.at(spread, groups, left[rows] + opposite[groups])
    return spread
