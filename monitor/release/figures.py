"""From protected counts to figures: what a release says of a group, and what stands in the place of a figure.

One code path serves both audiences. Shared figures have noise and the thresholds of disclosure; an
institution's own figures have no noise, and thresholds of statistics only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from monitor.release.cell import (
    Bound,
    Cohort,
    Figure,
    Missing,
    MissingReason,
    Published,
    Statistic,
    Suppressed,
    SuppressedReason,
)
from monitor.release.perturbation import Perturbation
from monitor.release.policies import (
    Protection,
    cohort_state,
    completeness,
    is_incomplete,
    is_too_noisy,
    noise_variance,
    verdict,
    whole_percent,
)
from monitor.release.protect import ProtectedStep
from monitor.statistics.survival import bounds, quantile_interval, share_interval
from pseudonymise.agreement import Step

Numbers = NDArray[np.float64]
Points = np.ma.MaskedArray[tuple[int, ...], np.dtype[np.int64]]
Place = tuple[int, ...]  # of a group in the arrays of a table
StepFigure = tuple[Statistic, int | None, Figure]  # the point is that of a curve

FEW_CASES = Suppressed(SuppressedReason.FEW_CASES)
QUANTILES = {Statistic.MEDIAN: 0.5, Statistic.P90: 0.9}


def count_figure(cases: int, protection: Protection) -> Figure:
    if cases < protection.count:
        return Suppressed(SuppressedReason.SMALL_COUNT)
    return Published(float(cases))


def statistics_of(step: Step, target: int | None) -> tuple[Statistic, ...]:
    """What a release says of a step: its share where it has a norm, a verdict where it also has a target."""
    share = (Statistic.SHARE,) if step.norm else ()
    return (
        *share,
        *((Statistic.VERDICT,) if share and target is not None else ()),
        *QUANTILES,
        Statistic.CURVE,
    )


@dataclass(frozen=True)
class Curves:
    """A protected step as a share of its cases, by grid point.

    ``share``: reached, in [0, 1]. ``percent``, ``lower``, ``upper``: the same in whole percents, with its 95
    % limits rounded outwards. ``points``: the index of the grid point by which half, or 90 %, of the cases
    reached the milestone, and of its limits; masked where there is none.
    """

    counts: ProtectedStep
    share: Numbers
    percent: Numbers
    lower: Numbers
    upper: Numbers
    points: dict[Statistic, tuple[Points, Points, Points]]


def curves_of(counts: ProtectedStep, noise: Perturbation) -> Curves:
    cases = np.maximum(counts.cases, 1)[..., None].astype(np.float64)
    share = counts.reached / cases
    limits = share_interval(share, np.maximum(counts.effective, 1), noise_variance(share, cases, noise))
    lower, upper = np.floor(100 * limits[0].data), np.ceil(100 * limits[1].data)
    return Curves(
        counts,
        share,
        np.rint(100 * counts.reached / cases),
        lower,
        upper,
        {statistic: quantile_interval(share, lower / 100, upper / 100, part) for statistic, part in QUANTILES.items()},
    )


def usual_share(step: Step, total: Curves) -> float:
    """The share within the norm of all quarters of all together of which every case is due; one half without any.

    ``total``: the curves of the table that splits nothing but quarters.
    """
    if step.norm_days is None:
        return 0.5
    counts = total.counts
    due = counts.not_due == 0
    cases = counts.cases[due].sum()
    return float(counts.reached[due, step.grid_points.index(step.norm_days)].sum() / cases) if cases else 0.5


@dataclass(frozen=True)
class StepReader:
    """Reads the figures of one group (``at``) of a step. ``usual``: the share within the norm of all together."""

    step: Step
    target: int | None
    usual: float
    curves: Curves
    protection: Protection
    at: Place

    @property
    def cases(self) -> int:
        return int(self.curves.counts.cases[self.at])

    @property
    def unregistered(self) -> int:
        return int(self.curves.counts.unregistered[self.at])

    @property
    def completeness(self) -> int | None:
        """None for a group too small to be counted."""
        return completeness(self.unregistered, self.cases) if self.cases >= max(self.protection.count, 1) else None

    @property
    def cohort(self) -> Cohort:
        counts, at = self.curves.counts, self.at
        return cohort_state(int(counts.exact_not_due[at]), int(counts.not_due[at]), int(counts.registered[at]))

    def figures(self) -> Iterator[StepFigure]:
        if instead := self._instead():
            yield from ((statistic, None, instead) for statistic in statistics_of(self.step, self.target))
            if instead == Missing(MissingReason.INCOMPLETE) and self.step.norm:
                yield from self._bounds()
            return
        if self.step.norm and self.cohort is Cohort.PROVISIONAL:
            yield from self._bounds()
        too_noisy = Suppressed(SuppressedReason.NOISE)
        share = self._share() if self.step.norm else None
        if share:
            yield Statistic.SHARE, None, share
            if self.target is not None:
                yield Statistic.VERDICT, None, share if share == too_noisy else self._verdict(self.target)
        yield Statistic.MEDIAN, None, self._quantile(Statistic.MEDIAN, self.protection.median)
        yield Statistic.P90, None, self._quantile(Statistic.P90, self.protection.p90)
        if share == too_noisy:
            yield Statistic.CURVE, None, too_noisy  # or it would be read from there
        else:
            yield from self._curve()

    def _instead(self) -> Figure | None:
        """What stands in the place of all figures of this group, if anything does."""
        if self.cases < self.protection.share:
            return FEW_CASES if self.protection.noise.deviation else Missing(MissingReason.NO_CASES)
        if is_incomplete(self.unregistered, self.cases):
            return Missing(MissingReason.INCOMPLETE)
        if self.cohort is Cohort.UNDETERMINABLE:
            return Missing(MissingReason.UNDETERMINABLE)
        return None

    def _bounds(self) -> Iterator[StepFigure]:
        """The share if none, and if all, of the cases that are unregistered or not due were on time; outwards.

        No shared bound says "at least 100 %" or "at most 0 %", which would speak of every single case.
        """
        unknown = self.unregistered + int(self.curves.counts.not_due[self.at])
        seen = min(self._at_norm(self.curves.counts.seen), max(self.cases - unknown, 0))
        least, most = (1, 99) if self.protection.noise.deviation else (0, 100)
        lower, upper = bounds(seen, unknown, self.cases)
        for statistic, value, bound in (
            (Statistic.LOWER_BOUND, min(floor(100 * float(lower)), most), Bound.AT_LEAST),
            (Statistic.UPPER_BOUND, max(ceil(100 * float(upper)), least), Bound.AT_MOST),
        ):
            yield statistic, None, Published(float(value), n=self.cases, bound=bound)

    def _share(self) -> Figure:
        counts, noise = self.curves.counts, self.protection.noise
        if self._at_norm(counts.at_risk) == 0 and counts.not_due[self.at] > 0:
            return Missing(MissingReason.UNDETERMINABLE)  # nobody was followed to the norm
        if is_too_noisy(self.usual, self.cases, max(self._at_norm(counts.effective), 1.0), noise):
            return Suppressed(SuppressedReason.NOISE)
        value, bound = whole_percent(self._at_norm(counts.reached), self.cases, noise)
        lower, upper = self._at_norm(self.curves.lower), self._at_norm(self.curves.upper)
        return Published(float(value), lower, upper, self.cases, bound)

    def _verdict(self, target: int) -> Figure:
        if self.cohort is not Cohort.FINAL:
            return Missing(MissingReason.NOT_FINAL)
        met = verdict(self._at_norm(self.curves.counts.reached), self.cases, target, self.protection.noise)
        return Suppressed(SuppressedReason.NOISE_RANGE) if met is None else Published(float(met), n=self.cases)

    def _quantile(self, statistic: Statistic, smallest: int) -> Figure:
        """The first grid point by which so many reached the milestone; its limits from those of the curve."""
        if self.cases < smallest:
            return FEW_CASES
        counts, at = self.curves.counts, self.at
        point, earliest, latest = (points[at] for points in self.curves.points[statistic])
        if np.ma.is_masked(point):
            could_still = counts.reached[at][-1] + counts.unfinished[at] >= QUANTILES[statistic] * self.cases
            return Missing(MissingReason.UNDETERMINABLE if could_still else MissingReason.NOT_REACHED)
        if counts.at_risk[at][point] < self.protection.at_risk:
            return FEW_CASES
        day, lower, upper = (
            None if np.ma.is_masked(place) else float(self.step.grid_points[place])
            for place in (point, earliest, latest)
        )
        assert day is not None
        return Published(day, lower, upper, self.cases)

    def _curve(self) -> Iterator[StepFigure]:
        """Its points up to where too few are at risk; shared curves without 0 % and 100 %."""
        curves, cases, disturbed = self.curves, self.cases, self.protection.noise.deviation > 0
        enough = curves.counts.at_risk[self.at] >= self.protection.at_risk
        end = len(enough) if enough.all() else int(np.argmin(enough))
        rows = zip(
            self.step.grid_points[:end],
            *(values[self.at][:end].tolist() for values in (curves.percent, curves.lower, curves.upper)),
            strict=True,
        )
        shown = [row for row in rows if 0 < row[1] < 100 or not disturbed]
        if cases < self.protection.curve or not shown:
            yield Statistic.CURVE, None, FEW_CASES
            return
        for day, percent, lower, upper in shown:
            yield Statistic.CURVE, day, Published(percent, lower, upper, cases)

    def _at_norm(self, values: NDArray[np.int64] | Numbers) -> float:
        assert self.step.norm_days is not None
        return float(values[self.at][self.step.grid_points.index(self.step.norm_days)])
