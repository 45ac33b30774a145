"""From exact counts and key sums to protected counts: the only numbers that shared figures are made of.

The key of a count is the key sum of the group that it counts, so that the same group has the same noise
wherever it is counted. What is derived from protected counts leaks nothing more.
"""

from dataclasses import dataclass
from math import ceil
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from monitor.release.compute import Counts, Group, KeySums, StepGroup, counts_by_bin
from monitor.release.perturbation import KEY_RANGE, Perturbation
from monitor.statistics.survival import StepCounts, aalen_johansen, effective_cases
from pseudonymise.agreement import Step
from pseudonymise.calendar import longest_term

Integers = TypeVar("Integers", Counts, KeySums)


@dataclass(frozen=True)
class ProtectedStep:
    """A step in every group of a table; the axes of the groups, and where there are points a last one for
    them.

    ``cases``: of the clock. ``unregistered``: passed the step without a date. ``reached``: by each grid
    point, as estimated for all cases, never falling. ``seen``: the cases that were seen to reach it, which is fewer
    where some are open or unregistered. ``at_risk``: followed beyond the previous grid point (a point's own
    interval rests on them). ``not_due``: open cases that can still be on time. ``unfinished``:
    open cases that were not followed to the horizon. ``effective``: the cases that the share reached by each
    grid point rests on.
    """

    cases: Counts
    unregistered: Counts
    registered: Counts
    reached: NDArray[np.float64]
    seen: Counts
    at_risk: Counts
    not_due: Counts
    unfinished: Counts
    effective: NDArray[np.float64]
    exact_not_due: Counts  # for the cohort state alone: whether it is 0


def protect_step(clock: Group, step: Step, group: StepGroup, noise: Perturbation) -> ProtectedStep:
    """Protect what a release shows of a step. ``clock`` and ``group`` are summed to the same groups."""
    durations = group.durations
    left = np.cumsum(counts_by_bin(step, durations.reached + durations.ended) + group.open, axis=-1)
    left_keys = np.cumsum(group.left_keys, axis=-1)
    everyone, every_key = left[..., -1:], left_keys[..., -1:]

    cases = protect(clock, noise)
    unregistered = noise.apply(clock.cases - everyone[..., 0], _minus(clock.keys, every_key[..., 0]))
    at_risk = noise.apply(everyone - _earlier(left), _minus(every_key, _earlier(left_keys)))
    open_ = noise.apply(np.cumsum(group.open, axis=-1), _remainder(np.cumsum(group.open_keys, axis=-1)))

    incidence = aalen_johansen(durations)
    points = list(step.grid_points)
    estimated = incidence.reached[..., points] * clock.cases[..., None]

    registered = np.maximum(cases - unregistered, 0)
    not_due = np.where(group.not_due > 0, open_[..., _last_point_not_due(step)], 0)
    known = registered[..., None] - _earlier(open_)
    if step.norm_days is not None:
        known[..., step.grid_points.index(step.norm_days)] = registered - not_due
    effective = np.maximum(known, 0).astype(np.float64)
    reached_keys = _remainder(np.cumsum(group.reached_keys, axis=-1))
    seen = noise.apply(np.cumsum(counts_by_bin(step, durations.reached), axis=-1), reached_keys)
    if noise.deviation:
        disturbed = noise.apply(np.rint(estimated).astype(np.int64), reached_keys)
        reached = np.clip(_monotone(disturbed), 0, cases[..., None]).astype(np.float64)
    else:
        # Nothing is disturbed, so the estimate need not be whole, and its own variance, which knows more than
        # the number of known cases, may speak.
        reached = np.round(estimated, 9)
        informed = effective_cases(incidence)[..., points]
        effective = np.where(informed > 0, informed, effective)
    return ProtectedStep(
        cases=cases,
        unregistered=unregistered,
        registered=registered,
        reached=reached,
        seen=np.clip(_monotone(seen), 0, cases[..., None]),
        at_risk=at_risk,
        not_due=not_due,
        unfinished=open_[..., -2],
        effective=effective,
        exact_not_due=group.not_due,
    )


@dataclass(frozen=True)
class ProtectedParts:
    """A duration that was reported in parts; the fields as in ``ProtectedStep``, the last axis for the parts."""

    cases: Counts
    reached: NDArray[np.float64]
    at_risk: Counts
    effective: NDArray[np.float64]


def protect_parts(
    cases: Group, counts: StepCounts, keys: tuple[KeySums, KeySums, KeySums], noise: Perturbation
) -> ProtectedParts:
    """Protect a duration in parts. ``keys``: those of ``counts``, of reached, ended and open, each below 2**32.

    Cumulative counts are disturbed with the key of the group that they count. Whoever is still open at the end of a
    part was followed up to its end.
    """
    reached_keys, open_keys = (_remainder(np.cumsum(keys[place], axis=-1)) for place in (0, 2))
    left = np.cumsum(counts.reached + counts.ended + counts.open, axis=-1)
    left_keys = np.cumsum(sum(keys[1:], keys[0]), axis=-1)
    number = protect(cases, noise)
    at_risk = noise.apply(left[..., -1:] - _earlier(left), _minus(left_keys[..., -1:], _earlier(left_keys)))
    incidence = aalen_johansen(counts)
    estimated = incidence.reached * cases.cases[..., None]
    if not noise.deviation:
        return ProtectedParts(number, np.round(estimated, 9), at_risk, effective_cases(incidence))
    open_ = noise.apply(np.cumsum(counts.open, axis=-1), open_keys)
    disturbed = _monotone(noise.apply(np.rint(estimated).astype(np.int64), reached_keys))
    return ProtectedParts(
        number,
        np.clip(disturbed, 0, number[..., None]).astype(np.float64),
        at_risk,
        np.maximum(number[..., None] - _earlier(open_), 0).astype(np.float64),
    )


def protect(group: Group, noise: Perturbation) -> Counts:
    """The protected counts of a clock or flow."""
    return noise.apply(group.cases, _remainder(group.keys))


def _last_point_not_due(step: Step) -> int:
    """The index of the grid point whose bin holds the longest follow-up with which a case is not due yet."""
    if step.norm is None:
        return -2  # due at the horizon
    longest = min(longest_term(step.norm) - 1, step.horizon)
    return ceil(longest / step.grid) - 1


def _monotone(counts: Counts) -> Counts:
    """The mean of the smallest and the largest curve that never fall and enclose these: neither up nor down.

    The running maximum alone would lift a curve with noise on every point.
    """
    above = np.maximum.accumulate(counts, axis=-1)
    below = np.minimum.accumulate(counts[..., ::-1], axis=-1)[..., ::-1]
    return (above + below) // 2


def _earlier(values: Integers) -> Integers:
    """Each point's value put on the next point; the first gets 0."""
    return np.concatenate([np.zeros_like(values[..., :1]), values[..., :-1]], axis=-1)


def _remainder(keys: KeySums) -> KeySums:
    """Key sums modulo 2**32; a sum of fewer than 2**32 of them fits its type."""
    return keys % np.uint64(KEY_RANGE)


def _minus(keys: KeySums, others: KeySums) -> KeySums:
    """The key sum of a group without the cases of another."""
    return (_remainder(keys) + np.uint64(KEY_RANGE) - _remainder(others)) % np.uint64(KEY_RANGE)
