"""How often the 95 % intervals contain the true share, by simulation: of the estimates, and as published.

``python -m tests.bench.bench_coverage`` prints each figure beside its limits and exits 1 when one lies outside.

Two kinds of interval:
- of an **estimate**: Wilson on the effective number of cases, from exact counts, with 0 or 40 % of the cases
  not yet due;
- **as published**: the same kind of cases through the protection and the rules of the release, with limits
  rounded outwards to whole percents, which lets them cover more; before rounding is given too.

Each simulated cohort has a true share of its own, within a range: what a reader of many figures meets. At one
single share the coverage jumps with the number of cases, as so few cases can take only so few shares: Wilson's
runs from .91 to .98 at 15 cases (last columns). As published the range is one whole percent wide; at a share
that is itself a whole percent, outward rounding covers up to .99.

A share is hidden when the noise weighs too much against the sampling error at the usual share of the step, not at
the share found: a choice by outcome would show of small groups those that came out low, and no interval can mend
that. So ``of shown``, the coverage among those that are shown, is judged as well.

Then the **four useful measures** (monitor/statistics/useful.py), from exact counts: of families some of whom are lost,
of requests some of whom are, of team-weeks that differ in size and in their share of help, and of workers of whom a
part answers. Nominal is .95.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from monitor.release.cell import Published, Statistic
from monitor.release.compute import Group, StepGroup, counts_by_bin
from monitor.release.figures import Curves, StepReader, curves_of
from monitor.release.perturbation import KEY_RANGE
from monitor.release.policies import NOISE, SHARED_PROTECTION, noise_variance
from monitor.release.protect import protect_step
from monitor.statistics.intervals import wilson
from monitor.statistics.survival import StepCounts, aalen_johansen, effective_cases, log_log, share_interval
from monitor.statistics.useful import answers, helped_within, lasting_help, ratio_of_sums
from pseudonymise.agreement import Step, load_agreement

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Range = tuple[float, float]

SEED = 20261122
REPLICATIONS = 10_000
LIMITS = (0.93, 0.98)
RANGES: tuple[Range, ...] = ((0.2, 0.45), (0.45, 0.7), (0.7, 0.95))  # of true shares
CASES = (8, 15, 30, 60, 200)
NOT_DUE = (0.0, 0.4)
NORM = 42  # days
PUBLISHED_CASES = (20, 50, 100, 300)
PUBLISHED_RANGES: tuple[Range, ...] = ((0.595, 0.605), (0.895, 0.905))
PUBLISHED_NOT_DUE = (0.0, 0.2)  # with over 30 % open and not due there is no share yet
USUAL = 0.6  # share of the step, of all together
STEP = "plan"  # six weeks, on a grid of weeks

REACHED, ENDED, OPEN = range(3)
ENDED_OF_LATE = 0.3  # of the cases that are not in time, by a case that ends within the norm


@dataclass(frozen=True)
class Cohorts:
    """Simulated cohorts, one a row: the ``shares`` that are true, and of each case its day and outcome."""

    shares: Numbers  # (cohorts,)
    days: Integers  # (cohorts, cases)
    outcomes: Integers  # (cohorts, cases)
    due: Flags  # (cohorts, cases): followed to the norm

    def counts(self, horizon: int) -> StepCounts:
        return StepCounts(*(self._by(self.days, self.outcomes == kind, horizon + 1) for kind in (REACHED, ENDED, OPEN)))

    def key_sums(self, keys: NDArray[np.uint64], kind: int, step: Step) -> NDArray[np.uint64]:
        bins = np.maximum(-(-self.days // step.grid), 1) - 1
        return self._by(bins, self.outcomes == kind, len(step.grid_points), keys).astype(np.uint64)

    @staticmethod
    def _by(places: Integers, chosen: Flags, length: int, keys: NDArray[np.uint64] | None = None) -> Integers:
        """The cases chosen, or the sums of their keys, by row and place."""
        rows = np.arange(len(places))[:, None] * length
        weights = None if keys is None else keys[chosen].astype(np.float64)  # sums below 2**53: exact
        laid = np.bincount((rows + places)[chosen], weights, minlength=len(places) * length)
        return laid.reshape(-1, length).astype(np.int64)


def simulate(
    random: np.random.Generator, shares: Numbers, cases: int, not_due: float, norm: int, horizon: int
) -> Cohorts:
    """Cohorts of ``cases`` with these true ``shares`` within ``norm`` days; ``not_due`` of them followed shorter.

    In time cases come early rather than late in the term. Of the others some end within it, and the rest reach
    the milestone up to twice the horizon.
    """
    shape = (len(shares), cases)
    in_time = random.random(shape) < shares[:, None]
    ends = ~in_time & (random.random(shape) < ENDED_OF_LATE)
    early = np.floor((norm + 1) * random.random(shape) ** 1.5)
    evenly = np.floor((norm + 1) * random.random(shape))
    late = norm + 1 + np.floor(2 * horizon * random.random(shape))
    event = np.where(in_time, early, np.where(ends, evenly, late)).astype(np.int64)
    due = random.random(shape) >= not_due
    followed = np.where(due, horizon, random.integers(0, norm, shape))
    outcomes = np.where(event > followed, OPEN, np.where(ends, ENDED, REACHED))
    return Cohorts(shares, np.minimum(event, followed), outcomes, due)


def coverage_of_estimates(
    random: np.random.Generator, replications: int, cases: int, not_due: float, true: Range
) -> tuple[float, float]:
    """Of the interval of the share, where somebody was followed to the norm; and beside it of the log-log
    interval, which does not exist for 0 and 100 % and so does not cover there."""
    cohorts = simulate(random, random.uniform(*true, replications), cases, not_due, NORM, NORM)
    incidence = aalen_johansen(cohorts.counts(NORM))
    share, variance = incidence.reached[:, NORM], incidence.variance[:, NORM]
    ours, log_log_ = (
        (lower <= cohorts.shares) & (cohorts.shares <= upper)
        for lower, upper in (
            share_interval(share, effective_cases(incidence)[:, NORM]),
            log_log(share, variance),
        )
    )
    return float(ours.mean()), float(log_log_.filled(False).mean())


@dataclass(frozen=True)
class PublishedCoverage:
    """The part of all cohorts whose interval covers: as ``published``, before rounding, and before rounding
    ``without_noise`` in its width. ``shown``: the part whose share is shown; ``of_shown``: covers among them."""

    published: float
    unrounded: float
    without_noise: float
    shown: float
    of_shown: float


def coverage_as_published(
    random: np.random.Generator, replications: int, cases: int, not_due: float, true: Range
) -> PublishedCoverage:
    step = load_agreement().step(STEP)
    assert step.norm_days is not None
    at = step.grid_points.index(step.norm_days)
    cohorts = simulate(random, random.uniform(*true, replications), cases, not_due, step.norm_days, step.horizon)
    curves = published_curves(cohorts, random.integers(0, KEY_RANGE, cohorts.days.shape, dtype=np.uint64), step)
    counts, share = curves.counts, curves.share[:, at]
    noise = noise_variance(share, np.maximum(counts.cases, 1).astype(np.float64), NOISE)
    effective = np.maximum(counts.effective[:, at], 1)
    covers, unrounded, plain = (
        (lower <= cohorts.shares) & (cohorts.shares <= upper)
        for lower, upper in (
            (curves.lower[:, at] / 100, curves.upper[:, at] / 100),
            wilson(share, effective, noise),
            wilson(share, effective),
        )
    )
    shown = np.array([is_shown(step, USUAL, curves, row) for row in range(replications)])
    return PublishedCoverage(
        float(covers.mean()),
        float(unrounded.mean()),
        float(plain.mean()),
        float(shown.mean()),
        float(covers[shown].mean()) if shown.any() else np.nan,
    )


def published_curves(cohorts: Cohorts, keys: NDArray[np.uint64], step: Step) -> Curves:
    """The cohorts through the protection of the release, each with its own record keys."""
    durations = cohorts.counts(step.horizon)
    reached, ended, open_ = (cohorts.key_sums(keys, kind, step) for kind in (REACHED, ENDED, OPEN))
    group = StepGroup(
        durations=durations,
        not_due=(~cohorts.due & (cohorts.outcomes == OPEN)).sum(axis=1),
        open=counts_by_bin(step, durations.open),
        reached_keys=reached,
        open_keys=open_,
        left_keys=reached + ended + open_,
    )
    clock = Group(np.full(len(keys), keys.shape[1]), keys.sum(axis=1))
    return curves_of(protect_step(clock, step, group, NOISE), NOISE)


def is_shown(step: Step, usual: float, curves: Curves, row: int) -> bool:
    """Whether the release shows the share of this cohort; a bound ("more than") counts, with its interval."""
    figures = StepReader(step, None, usual, curves, SHARED_PROTECTION, (row,)).figures()
    share = next(figure for statistic, _, figure in figures if statistic is Statistic.SHARE)
    return isinstance(share, Published)


def at_one_share(cases: int, true: Range) -> Range:
    """The smallest and the largest coverage of Wilson at a single true share, when every case is due: exact."""
    reached = np.arange(cases + 1)
    lower, upper = wilson(reached / cases, cases)
    shares = np.linspace(*true, 500)[:, None]
    covered = (binom.pmf(reached, cases, shares) * ((lower <= shares) & (shares <= upper))).sum(axis=1)
    return float(covered.min()), float(covered.max())


def is_within(coverage: float) -> bool:
    return LIMITS[0] <= coverage <= LIMITS[1]


def estimates() -> Iterator[bool]:
    print(f"\nEstimates: {REPLICATIONS:,} cohorts a line; limits {LIMITS[0]} to {LIMITS[1]}")
    print(f"{'cases':>5}{'not due':>9}  {'true share':<12}{'coverage':>9}{'log-log':>9}   at one share, all due")
    for cases in CASES:
        for not_due in NOT_DUE:
            for true in RANGES:
                random = np.random.default_rng((SEED, cases, int(100 * not_due), int(100 * true[0])))
                ours, peer = coverage_of_estimates(random, REPLICATIONS, cases, not_due, true)
                good = is_within(ours)
                low, high = at_one_share(cases, true)
                print(
                    f"{cases:>5}{not_due:>9.0%}  {true[0]:.2f}-{true[1]:.2f}   {ours:>9.3f}"
                    f"{peer:>9.3f}   {low:.3f} to {high:.3f}{'' if good else '   OUTSIDE'}"
                )
                yield good


def as_published() -> Iterator[bool]:
    print(f"\nAs published, step {STEP!r}: {REPLICATIONS:,} cohorts a line; limits {LIMITS[0]} to {LIMITS[1]}")
    heads = ("coverage", "unrounded", "noise left out", "shown", "of shown")
    print(f"{'cases':>5}{'not due':>9}  {'true share':<13}" + "".join(f"{head:>16}" for head in heads))
    for cases in PUBLISHED_CASES:
        for not_due in PUBLISHED_NOT_DUE:
            for true in PUBLISHED_RANGES:
                random = np.random.default_rng((SEED, cases, int(100 * not_due), int(1000 * true[0])))
                found = coverage_as_published(random, REPLICATIONS, cases, not_due, true)
                good = all(map(is_within, (found.published, found.unrounded, found.of_shown)))
                print(
                    f"{cases:>5}{not_due:>9.0%}  {true[0]:.3f}-{true[1]:.3f}{found.published:>16.3f}"
                    f"{found.unrounded:>16.3f}{found.without_noise:>16.3f}{found.shown:>16.1%}"
                    f"{found.of_shown:>16.3f}{'' if good else '   OUTSIDE'}"
                )
                yield good


# --- the four useful measures -------------------------------------------------------------------------------------

NOMINAL = 0.95
PARTS = 4  # of the year in which a family is followed
LOST = (0.0, 0.3)
FAMILIES = (20, 50, 200)
TEAM_WEEKS = (8, 24, 60)
WORKERS = ((40, 0.5), (40, 0.9), (200, 0.6))  # asked, and the part that answers


def _in_parts(happens: Flags, lost: Flags, random: np.random.Generator, parts: Integers) -> StepCounts:
    """Counts by part, of cases that have the event in their part unless they were lost in an earlier one.

    A part below 0 is of a case that is not followed at all.
    """
    left = np.where(lost, random.integers(0, PARTS, parts.shape), PARTS - 1)
    seen = happens & (parts <= left)
    reached, open_ = (
        np.stack([((places == part) & chosen & (parts >= 0)).sum(axis=1) for part in range(PARTS)], axis=1)
        for places, chosen in ((parts, seen), (left, ~seen))
    )
    return StepCounts(reached, np.zeros_like(reached), open_)


def coverage_of_lasting_help(random: np.random.Generator, families: int, lost: float) -> float:
    """As planned for .6 to .95 of the families; .05 to .3 of these come back, in any part of the year."""
    shape = (REPLICATIONS, families)
    as_planned, back = random.uniform(0.6, 0.95, REPLICATIONS), random.uniform(0.05, 0.3, REPLICATIONS)
    planned = random.random(shape) < as_planned[:, None]
    comes_back = random.random(shape) < back[:, None]
    parts = np.where(planned, random.integers(0, PARTS, shape), -1)
    after = _in_parts(comes_back, random.random(shape) < lost, random, parts)
    number = planned.sum(axis=1)
    found = lasting_help(number, families - number, after)
    lower, upper = share_interval(found.share, found.cases)
    true = as_planned * (1 - back)
    return float(((lower <= true) & (true <= upper)).filled(False).mean())


def coverage_of_helped_within(random: np.random.Generator, requests: int, lost: float) -> float:
    """Help in the first half of the time for .2 to .95 of the requests."""
    shape = (REPLICATIONS, requests)
    true = random.uniform(0.2, 0.95, REPLICATIONS)
    soon = random.random(shape) < true[:, None]
    parts = np.where(soon, random.integers(0, PARTS // 2, shape), random.integers(PARTS // 2, PARTS, shape))
    counts = _in_parts(np.ones(shape, dtype=np.bool_), random.random(shape) < lost, random, parts)
    found = helped_within(counts, PARTS // 2 - 1)
    lower, upper = share_interval(found.share, found.cases)
    return float(((lower <= true) & (true <= upper)).filled(False).mean())


def coverage_of_ratio(random: np.random.Generator, team_weeks: int) -> float:
    """Teams of 60 to 300 hours a week; the share of help differs from week to week, and is lower in large teams."""
    covers = 0
    for _ in range(REPLICATIONS):
        hours = random.uniform(60, 300, team_weeks)
        share = np.clip(0.55 - 0.0005 * (hours - 180) + random.normal(0, 0.1, team_weeks), 0, 1)
        found = ratio_of_sums(hours * share, hours)
        covers += found.lower <= TRUE_RATIO <= found.upper
    return covers / REPLICATIONS


# The expected sum of hours of help over that of all hours: .55 less .0005 times the variance of the hours over their
# mean, 240^2/12 and 180.
TRUE_RATIO = 0.55 - 0.0005 * (240**2 / 12) / 180


def coverage_of_answers(random: np.random.Generator, asked: int, response: float) -> float:
    """Of the whole team, when those who answer are drawn from it by lot."""
    true = random.uniform(0.4, 0.9, REPLICATIONS)
    positive = random.binomial(asked, true)
    answered = round(asked * response)
    yes = random.hypergeometric(positive, asked - positive, answered)
    found = answers(yes, answered, asked)
    return float(((found.lower <= positive / asked) & (positive / asked <= found.upper)).mean())


def useful_measures() -> Iterator[bool]:
    print(f"\nThe four useful measures: {REPLICATIONS:,} a line; nominal {NOMINAL}, limits {LIMITS[0]} to {LIMITS[1]}")
    random = np.random.default_rng((SEED, 4))
    lines = [
        *(
            (f"help that works, {n} families, {lost:.0%} lost", coverage_of_lasting_help(random, n, lost))
            for n in FAMILIES
            for lost in LOST
        ),
        *(
            (f"time to help, {n} requests, {lost:.0%} lost", coverage_of_helped_within(random, n, lost))
            for n in FAMILIES
            for lost in LOST
        ),
        *((f"time for help, {weeks} team-weeks", coverage_of_ratio(random, weeks)) for weeks in TEAM_WEEKS),
        *((f"joy in work, {n} asked, {part:.0%} answer", coverage_of_answers(random, n, part)) for n, part in WORKERS),
    ]
    for what, coverage in lines:
        good = is_within(coverage)
        print(f"{what:<44}{coverage:>8.3f}{'' if good else '   OUTSIDE'}")
        yield good


def main() -> None:
    if not all([*estimates(), *as_published(), *useful_measures()]):
        sys.exit(1)


if __name__ == "__main__":
    main()
