"""The disclosure rules (*onthullingsregels*): each a constant, a reason and a small pure function.

Every rule but the two that say so decides on protected counts, so that what it decides gives nothing away.
Explained in docs/explanation/disclosure.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, sqrt
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from monitor.catalogue import Result
from monitor.release.cell import Bound, Cohort, Published, SuppressedReason
from monitor.release.perturbation import EXACT, Perturbation, cell_key_perturbation
from monitor.statistics.intervals import Z95

# Noise of at most 5 with variance 3 that shows no 1 and no 2: in an attack on cells of 1 to 4 in tables with
# all their margins, none was found exactly and 2 % were proved to be below 5.
NOISE: Final = cell_key_perturbation(deviation=5, variance=3.0, smallest=2)

# What remains of a sum over institutions after its largest contributor, who can subtract its own.
SMALLEST_REMAINDER: Final = 10

# The standard deviation of the noise, against the 95 % margin of chance at the usual share of the step: more, and a
# share would say as much about the noise as about the work. Against one standard error, no share of fewer than 60
# cases could ever be shown, and the smallest denominator of 20 would mean nothing. At the usual share, and not at the
# share of the group itself: a choice by outcome shows of small groups those that came out low, and gives it away.
LARGEST_NOISE_TO_MARGIN: Final = 0.5

# Above this the unregistered cases could turn the conclusion round: bounds are shown instead.
LARGEST_UNREGISTERED: Final = 0.10

# A cohort is shown as provisional from this share due on. methods: Aalen-Johansen speaks for the rest.
SMALLEST_DUE: Final = 0.70


Number = TypeVar("Number", float, NDArray[np.float64])


@dataclass(frozen=True, slots=True)
class Protection:
    """How figures for an audience are protected. Thresholds are numbers of cases that must be there."""

    noise: Perturbation
    count: int  # a smaller count is shown as "<10"
    share: int
    median: int
    p90: int
    curve: int
    at_risk: int  # a curve, and what is read from it, stops where fewer are followed further


# With 20 cases the median, and with 100 the 90th percentile, has 10 cases beyond it: no figure is a few
# children.
SHARED_PROTECTION: Final = Protection(NOISE, count=10, share=20, median=20, p90=100, curve=60, at_risk=10)

# An institution sees its own cases as they are. What is left is statistics: the interval of a 90th percentile of
# fewer than 36 cases has no upper end, and a curve of fewer than twenty is a list of them.
OWN_PROTECTION: Final = Protection(EXACT, count=0, share=1, median=1, p90=36, curve=20, at_risk=1)


def is_dominated(contributions: Sequence[int]) -> bool:
    """Whether an institution could subtract its way to a small group. Decides on exact counts.

    ``contributions``: the cases of each institution in a cell that sums over institutions.
    """
    return sum(contributions) - max(contributions) < SMALLEST_REMAINDER


def too_little_behind(denominators: Sequence[float], smallest: float) -> SuppressedReason | None:
    """Why a reported ratio is hidden: it rests on too little, or would when the largest institution subtracts its own.

    ``denominators``: exact, of each institution in the cell: fte, days, workers, determinations. Numerators and
    denominators themselves are never published, so that a ratio has no known weight in another.
    """
    if sum(denominators) < smallest:
        return SuppressedReason.FEW_CASES
    others = sum(denominators) - max(denominators)
    return SuppressedReason.DOMINANCE if 0 < others < smallest else None


def reported_ratio(numerator: float, denominator: float, result: Result, *, exact: bool) -> Published:
    """The ratio rounded to the step of its result; of a share no 0 % and no 100 % is said to others."""
    if result.unit != "percent":
        return Published(round(numerator / denominator / result.step) * result.step)
    percent = round(100 * numerator / denominator)
    if exact or 0 < percent < 100:
        return Published(float(percent))
    widest = 100 // result.smallest + 1 if result.smallest < 100 else 1
    return Published(widest, bound=Bound.AT_MOST) if percent == 0 else Published(100 - widest, bound=Bound.AT_LEAST)


def cohort_state(not_due: int, unknown: int, registered: int) -> Cohort:
    """How far a start cohort (*instroomcohort*) has been followed, on its norm or, without one, its horizon.

    ``not_due``: the exact number of open cases that can still be on time; only whether it is 0 counts.
    ``unknown``, ``registered``: protected numbers of open cases not yet due, and of all registered cases.
    """
    if not_due == 0:
        return Cohort.FINAL
    if registered > 0 and 1 - unknown / registered >= SMALLEST_DUE:
        return Cohort.PROVISIONAL
    return Cohort.UNDETERMINABLE


def is_incomplete(unregistered: int, cases: int) -> bool:
    """Whether too many cases passed the step without a date for a share or a verdict."""
    return unregistered > LARGEST_UNREGISTERED * cases


def completeness(unregistered: int, cases: int) -> int:
    """Whole percent of the cases whose step is registered."""
    return min(100, max(0, round(100 * (1 - unregistered / cases))))


def noise_variance(share: Number, cases: Number, noise: Perturbation) -> Number:
    """What noise on numerator and denominator adds to the variance of a share (first-order expansion)."""
    return noise.variance * (1 + share**2) / cases**2


def is_too_noisy(share: float, cases: int, effective_cases: float, noise: Perturbation) -> bool:
    """Whether the noise (its standard deviation) is more than half the sampling error (its 95 % margin).

    ``share``: what is usual for the step, so that not the outcome of a group decides whether it is shown.
    """
    margin = Z95 * sqrt(share * (1 - share) / effective_cases)
    return sqrt(noise_variance(share, cases, noise)) > LARGEST_NOISE_TO_MARGIN * margin


def whole_percent(part: float, cases: int, noise: Perturbation) -> tuple[int, Bound]:
    """The share in whole percents. Under noise no 0 % and no 100 % is said, but the bound that holds in
    spite of it.

    One decimal would give the numerator away, and 0 % or 100 % says of every case how it went.
    """
    percent = round(100 * part / cases)
    if noise.deviation and percent == 0:
        return floor(100 * (part + noise.deviation) / cases) + 1, Bound.AT_MOST
    if noise.deviation and percent == 100:
        return 99 - floor(100 * (cases - part + noise.deviation) / cases), Bound.AT_LEAST
    return percent, Bound.EXACT


def verdict(part: float, cases: int, target: int, noise: Perturbation) -> bool | None:
    """Whether the target share (whole percent) was reached; None when that would hang on the noise."""
    lowest = (part - noise.deviation) / (cases + noise.deviation)
    highest = (part + noise.deviation) / max(cases - noise.deviation, 1)
    if 100 * lowest >= target:
        return True
    if 100 * highest < target:
        return False
    return None
