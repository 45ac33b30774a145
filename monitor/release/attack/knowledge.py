"""What a published cell says about the true count behind it, to someone who knows every rule of the release.

Nothing is kept secret but the record keys: the attacker knows the table of the noise, the thresholds and the code.
So a protected number that stands as it is, is narrowed to the true counts that the noise can have made it of, and a
figure that was derived from protected numbers to those that would have given the same figure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monitor.release.attack.system import Unsolved
from monitor.release.carry import CARRIED
from monitor.release.cell import Bound, Cohort, MissingReason, Statistic, SuppressedReason
from monitor.release.perturbation import Perturbation
from monitor.release.policies import (
    LARGEST_UNREGISTERED,
    Protection,
    noise_variance,
    verdict,
    whole_percent,
)
from monitor.statistics.survival import share_interval
from pseudonymise.agreement import Step

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]

UNKNOWN: Final = np.inf  # no largest count is known

GroupKey = tuple[str, str, str, str]  # region, institution, measure group, period


@dataclass(frozen=True, slots=True)
class Range:
    """Whole numbers from ``low`` to ``high``, both included."""

    low: float
    high: float

    def within(self, other: "Range") -> "Range":
        return Range(max(self.low, other.low), min(self.high, other.high))


NOTHING: Final = Range(0.0, UNKNOWN)
ZERO: Final = Range(0.0, 0.0)


@dataclass(frozen=True)
class Figures:
    """The published cells of one group of one indicator, by statistic; ``curve``: by point."""

    rows: Mapping[Statistic, Mapping[str, Any]]
    curve: Mapping[int, Mapping[str, Any]]

    def is_published(self, statistic: Statistic) -> bool:
        row = self.rows.get(statistic)
        return row is not None and row["state"] == "published"

    @property
    def cases(self) -> int | None:
        """The protected number of cases that a share, median or point of a curve states."""
        stated = {row["n"] for row in (*self.rows.values(), *self.curve.values())} - {None}
        return int(stated.pop()) if stated else None

    def reason(self, statistic: Statistic) -> str | None:
        row = self.rows.get(statistic)
        return row["reason"] if row is not None else None


def figures_by_group(rows: Iterable[Mapping[str, Any]]) -> dict[GroupKey, Figures]:
    """The shared rows of the table ``cells`` of one indicator, by group, but for those derived from other cells."""
    found: dict[GroupKey, tuple[dict[Statistic, Mapping[str, Any]], dict[int, Mapping[str, Any]]]] = {}
    for row in rows:
        if row["statistic"] not in CARRIED:
            continue
        key = (row["region"], row["institution"], row["measure_group"], row["period"])
        single, curve = found.setdefault(key, ({}, {}))
        if row["point"] is None:
            single[Statistic(row["statistic"])] = row
        else:
            curve[row["point"]] = row
    return {key: Figures(*both) for key, both in found.items()}


# --- from protected counts to true ones -------------------------------------------------------------------------


@cache
def protected_from(count: int, noise: Perturbation) -> Counts:
    """The protected counts that the noise can make of a true count."""
    if count == 0:
        return np.zeros(1, dtype=np.int64)
    row = noise.cumulative[min(count, len(noise.cumulative)) - 1]
    possible = np.diff(row, prepend=0.0) > 0
    counts: Counts = count + np.arange(-noise.deviation, noise.deviation + 1)[possible]
    return counts


@cache
def true_range(protected: Range, noise: Perturbation) -> Range:
    """The true counts of which one protected count in the range can have been made.

    Raises Unsolved for a range that holds no count that the noise can give.
    """
    largest = UNKNOWN if protected.high == UNKNOWN else protected.high + noise.deviation
    start = max(int(protected.low) - noise.deviation, 0)
    binding = len(noise.cumulative) + 2 * noise.deviation + 1  # beyond it every noise is possible
    low = next(
        (count for count in range(start, start + binding + 1) if _meets(protected_from(count, noise), protected)),
        None,
    )
    if low is None:
        raise Unsolved("een aantal dat de bescherming niet kan geven")
    high = largest
    while high != UNKNOWN and not _meets(protected_from(int(high), noise), protected):
        high -= 1
    return Range(float(low), float(high))


def _meets(values: Counts, wanted: Range) -> bool:
    return bool(((values >= wanted.low) & (values <= wanted.high)).any())


def count_range(row: Mapping[str, Any], protection: Protection) -> Range:
    """The protected count that a cell of a count leaves possible; a structural zero is 0 exactly."""
    if row["state"] == "published":
        return Range(row["value"], row["value"])
    if row["reason"] == SuppressedReason.SMALL_COUNT:
        return Range(0.0, protection.count - 1.0)
    if row["reason"] == MissingReason.NOT_ACTIVE:
        return ZERO
    return NOTHING


def true_count_range(row: Mapping[str, Any], protection: Protection) -> Range:
    """The true count behind a cell of a count."""
    protected = count_range(row, protection)
    return protected if protected in (NOTHING, ZERO) else true_range(protected, protection.noise)


# --- from the figures of a step to its protected counts ---------------------------------------------------------


@dataclass(frozen=True)
class StepKnowledge:
    """The true counts that the figures of one group of a step leave possible.

    ``unregistered``: passed without a date. ``waiting``: can still be on time. ``reached``: by grid point, the
    number of the registered cases that reached the milestone by it; a number estimated for all cases, so that its
    lower limits hold for what was seen only where nobody left open before the point. ``seen``: the same by the norm,
    from the bounds, which holds anyhow.
    """

    unregistered: Range
    waiting: Range
    reached: Mapping[int, Range]
    seen: Range


NOTHING_SAID: Final = StepKnowledge(NOTHING, NOTHING, {}, NOTHING)


def step_knowledge(
    step: Step, target: int | None, figures: Figures, cases: int | None, protection: Protection
) -> StepKnowledge:
    """``cases``: the protected count of the clock of the group, None where it is hidden. Raises Unsolved for figures
    that follow from no protected counts."""
    noise = protection.noise
    waiting = _waiting(figures)
    if cases is None:
        return StepKnowledge(NOTHING, waiting, {}, NOTHING)
    protected_unregistered = _unregistered(figures, cases)
    unregistered = true_range(protected_unregistered, noise) if protected_unregistered != NOTHING else NOTHING
    reached: dict[int, Range] = {}
    for point, protected in _curve(step, figures, cases).items():
        reached[point] = _estimate_range(protected, protected_unregistered, cases, noise)
    if step.norm_days is None:
        return StepKnowledge(unregistered, waiting, reached, NOTHING)
    if at_norm := _share(target, figures, cases, protected_unregistered, protection):
        known = _estimate_range(at_norm, protected_unregistered, cases, noise)
        reached[step.norm_days] = known.within(reached.get(step.norm_days, NOTHING))
    seen, waits = _bounds(figures, cases, protected_unregistered, noise)
    return StepKnowledge(unregistered, waiting.within(waits), reached, seen)


def _waiting(figures: Figures) -> Range:
    """Whether anybody waits is decided on the exact count: a cohort is final when nobody does."""
    cohorts = {row["cohort"] for row in (*figures.rows.values(), *figures.curve.values())}
    if Cohort.FINAL in cohorts:
        return ZERO
    return Range(1.0, UNKNOWN) if cohorts & {Cohort.PROVISIONAL, Cohort.UNDETERMINABLE} else NOTHING


def _unregistered(figures: Figures, cases: int) -> Range:
    """The protected number of unregistered cases that the completeness and what is said in its place leave."""
    stated = {row["completeness"] for row in (*figures.rows.values(), *figures.curve.values())} - {None}
    possible = np.arange(0, cases + 1)
    keep = np.ones(len(possible), dtype=np.bool_)
    if stated:
        keep &= np.clip(np.rint(100 * (1 - possible / cases)), 0, 100) == stated.pop()
    reasons = {row["reason"] for row in figures.rows.values()}
    if MissingReason.INCOMPLETE in reasons:
        keep &= possible > LARGEST_UNREGISTERED * cases
    elif any(figures.is_published(statistic) for statistic in (Statistic.SHARE, Statistic.MEDIAN)):
        keep &= possible <= LARGEST_UNREGISTERED * cases
    return _hull(possible[keep])


def _hull(possible: Counts) -> Range:
    """From the smallest to the largest. Raises Unsolved where none is possible: no rule of ours gave the figures."""
    if not len(possible):
        raise Unsolved("kan uit geen beschermd aantal volgen")
    return Range(float(possible.min()), float(possible.max()))


def _curve(step: Step, figures: Figures, cases: int) -> dict[int, Range]:
    """By point, the protected numbers that its whole percent, the median and the 90th percentile leave."""
    known: dict[int, Range] = {}
    for point, row in figures.curve.items():
        if row["state"] == "published":
            known[point] = _from_percent(row["value"], cases)
    if known:  # what lies before the first point is 0 %, or it would be there
        for point in step.grid_points:
            if point < min(known):
                known[point] = Range(0.0, np.floor(0.005 * cases))
    for statistic, part in ((Statistic.MEDIAN, 0.5), (Statistic.P90, 0.9)):
        if figures.is_published(statistic):
            point = int(figures.rows[statistic]["value"])
            known[point] = Range(np.ceil(part * cases - 1e-9), UNKNOWN).within(known.get(point, NOTHING))
            if point > step.grid:
                before = Range(0.0, np.ceil(part * cases - 1e-9) - 1)
                known[point - step.grid] = before.within(known.get(point - step.grid, NOTHING))
    return known


def _from_percent(percent: float, cases: int, half: float = 0.5) -> Range:
    return Range(
        max(np.ceil((percent - half) * cases / 100 - 1e-9), 0.0), np.floor((percent + half) * cases / 100 + 1e-9)
    )


def _share(
    target: int | None, figures: Figures, cases: int, unregistered: Range, protection: Protection
) -> Range | None:
    """The protected numbers within the norm that give this share, interval and verdict, by trying them all."""
    row = figures.rows.get(Statistic.SHARE)
    if row is None or row["state"] != "published":
        return None  # whether noise hides a share does not hang on the outcome of the group
    noise = protection.noise
    published = (int(row["value"]), Bound(row["bound"]))
    possible = np.arange(0, cases + 1)
    if published[1] is Bound.EXACT:  # the others need not be tried
        near = _from_percent(row["value"], cases, 1.0)
        possible = possible[(possible >= near.low) & (possible <= near.high)]
    possible = possible[[whole_percent(int(part), cases, noise) == published for part in possible]]
    if row["cohort"] == Cohort.FINAL:
        possible = _by_interval(possible, cases, unregistered, row, noise)
    if target is not None and figures.is_published(Statistic.VERDICT):
        met = bool(figures.rows[Statistic.VERDICT]["value"])
        possible = possible[[verdict(int(part), cases, target, noise) is met for part in possible]]
    elif target is not None and figures.reason(Statistic.VERDICT) == SuppressedReason.NOISE_RANGE:
        possible = possible[[verdict(int(part), cases, target, noise) is None for part in possible]]
    return _hull(possible)


def _by_interval(
    possible: Counts, cases: int, unregistered: Range, row: Mapping[str, Any], noise: Perturbation
) -> Counts:
    """Those that give the published limits with some number of unregistered cases that is possible.

    In a final cohort everyone registered is known, so that nothing else enters the interval.
    """
    high = cases if unregistered.high == UNKNOWN else unregistered.high
    known = np.maximum(cases - np.arange(unregistered.low, high + 1), 1)
    share = (possible / cases)[:, None]
    lower, upper = share_interval(share, known[None, :], noise_variance(share, np.array(float(cases)), noise))
    same = (np.floor(100 * lower.data) == row["lower"]) & (np.ceil(100 * upper.data) == row["upper"])
    kept: Counts = possible[same.any(axis=1)]
    return kept


def _estimate_range(estimate: Range, unregistered: Range, cases: int, noise: Perturbation) -> Range:
    """From the protected estimate for all cases to the number that was seen, which are registered.

    The estimate is the share of the registered times all cases, rounded, disturbed by at most the deviation and
    made to never fall, which moves no point further from the truth than that.
    """
    d = noise.deviation
    fewest, most = max(unregistered.low - d, 0.0), unregistered.high + d
    largest_share = 1 - fewest / (cases + d)
    smallest_share = max(1 - most / max(cases - d, 1), 0.0) if most != UNKNOWN else 0.0
    low = np.ceil((estimate.low - d - 0.5) * smallest_share - 1e-9)
    high = np.floor((estimate.high + d + 0.5) * largest_share + 1e-9)
    return Range(max(float(low), 0.0), float(high))


def _bounds(figures: Figures, cases: int, unregistered: Range, noise: Perturbation) -> tuple[Range, Range]:
    """What the bounds of a provisional or incomplete share say: the true number seen, and who can still be on time."""
    if not (figures.is_published(Statistic.LOWER_BOUND) and figures.is_published(Statistic.UPPER_BOUND)):
        return NOTHING, NOTHING
    lower, upper = (figures.rows[one]["value"] for one in (Statistic.LOWER_BOUND, Statistic.UPPER_BOUND))
    d = noise.deviation
    seen_low = np.ceil(lower * cases / 100 - 1e-9)
    # The lower bound is kept down to 99, and to what is not unknown: then the number seen can be larger.
    seen_high = np.ceil((lower + 1) * cases / 100 - 1e-9) - 1 if lower < 99 else float(cases)
    if upper >= 100:  # the number seen may have been cut off at what is not unknown
        return Range(max(float(seen_low) - d, 0.0), float(cases + d)), NOTHING
    unknown_high = float(np.floor(upper * cases / 100 + 1e-9) - seen_low)
    seen = Range(max(float(seen_low) - d, 0.0), float(seen_high + d))
    return seen, Range(0.0, max(unknown_high - unregistered.low, 0.0) + d)
