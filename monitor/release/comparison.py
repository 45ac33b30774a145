"""Comparing fairly: funnels instead of ranks, and what the mix of cases explains. Made from published cells alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil, floor
from typing import Final

import numpy as np

from monitor.release.cell import (
    ALL,
    SHARED,
    Cell,
    Cohort,
    Figure,
    Missing,
    MissingReason,
    Owner,
    Position,
    Published,
    Statistic,
)
from monitor.release.periods import is_quarter
from monitor.release.policies import NOISE, noise_variance
from monitor.statistics import funnel

TOGETHER: Final = (ALL, ALL, ALL)
NO_REFERENCE: Final = Missing(MissingReason.NO_REFERENCE)


def funnel_cells(shares: Sequence[Cell]) -> Iterator[Cell]:
    """Where each region, each institution and each of them in a region lies, by calendar year.

    Around the share of all together in the year before: fixed, so that nobody moves the target by which he is
    judged. The variance between units beyond chance is estimated on institutions by region, and carried to the
    institutions and the regions, of which there are too few. ``shares``: the shared cells of one step.
    """
    by_year = [cell for cell in shares if not is_quarter(cell.period) and cell.measure_group == ALL]
    together = {cell.period: cell for cell in by_year if cell.owner == TOGETHER}
    for year in together:
        reference = _final(together.get(str(int(year) - 1)))
        units = [cell for cell in by_year if cell.period == year and cell.owner != TOGETHER]
        single, crossed = ([cell for cell in units if (ALL in cell.owner[:2]) is alone] for alone in (True, False))
        between = _between(crossed, reference)
        for family in (crossed, [c for c in single if c.region == ALL], [c for c in single if c.institution == ALL]):
            yield from _funnel(family, reference, None if family is crossed else between)


def case_mix_cells(shares: Sequence[Cell]) -> Iterator[Cell]:
    """For each institution and year: late cases as a percentage of those expected for its mix of cases.

    Expected is what all together had in the same quarter and measure group. From the institution's own exact
    shares, for its own eyes; only strata of which both are published count. ``shares``: all cells of one step.
    """
    strata = {(cell.audience, cell.measure_group, cell.period): cell for cell in shares if _is_stratum(cell)}
    for cell in shares:
        if cell.audience == SHARED or cell.owner[0::2] != (ALL, ALL) or is_quarter(cell.period):
            continue
        pairs = [
            (own, all_)
            for (audience, group, quarter), stratum in strata.items()
            if audience == cell.audience and quarter.startswith(cell.period)
            if (own := _final(stratum)) and (all_ := _final(strata.get((SHARED, group, quarter))))
        ]
        yield replace(cell, statistic=Statistic.CASE_MIX, figure=_ratio(pairs), completeness=None)


def _funnel(units: Sequence[Cell], reference: Published | None, tau2: float | None) -> Iterator[Cell]:
    known = [(cell, figure) for cell in units if (figure := _final(cell))]
    drawn = _drawn([figure for _, figure in known], reference, tau2)
    positions: Mapping[Owner, Figure] = (
        {
            cell.owner: Published(float(Position(int(side))), float(low), float(high), figure.n)
            for (cell, figure), side, low, high in zip(
                known, drawn.outlier, 100 * drawn.lower_998, 100 * drawn.upper_998, strict=True
            )
        }
        if drawn
        else {}
    )
    for cell in units:
        yield replace(
            cell, statistic=Statistic.FUNNEL, figure=positions.get(cell.owner) or _instead(cell), completeness=None
        )


def _between(units: Sequence[Cell], reference: Published | None) -> float | None:
    """The variance between units, where there are enough of them to estimate it."""
    drawn = _drawn([figure for cell in units if (figure := _final(cell))], reference, None)
    return drawn.tau2 if drawn and drawn.adjustment is not funnel.Adjustment.TOO_FEW_UNITS else None


def _drawn(figures: Sequence[Published], reference: Published | None, tau2: float | None) -> funnel.Funnel | None:
    if reference is None or not 0 < reference.value < 100 or not figures:
        return None
    shares = np.array([figure.value for figure in figures]) / 100
    cases = np.array([figure.n for figure in figures], dtype=np.int64)
    return funnel.funnel(shares, cases, reference.value / 100, noise_variance(shares, cases.astype(float), NOISE), tau2)


def _instead(cell: Cell) -> Figure:
    """What stands where there is no position: the reason of the share itself, before that of the funnel."""
    if not isinstance(cell.figure, Published):
        return cell.figure
    return NO_REFERENCE if cell.cohort is Cohort.FINAL else Missing(MissingReason.NOT_FINAL)


def _ratio(pairs: Sequence[tuple[Published, Published]]) -> Figure:
    if not pairs:
        return NO_REFERENCE
    own, all_ = zip(*pairs, strict=True)
    cases, reference_cases = (np.array([figure.n for figure in figures]) for figures in (own, all_))
    late, reference_late = (
        np.rint(np.array([figure.n * (100 - figure.value) / 100 for figure in figures])) for figures in (own, all_)
    )
    if not reference_late.any():
        return NO_REFERENCE
    ratios = funnel.standardised_ratios([late.sum()], cases[None, :], reference_late, reference_cases)
    value, lower, upper = (100 * part[0] for part in (ratios.ratio, ratios.lower, ratios.upper))
    return Published(float(round(value)), float(floor(lower)), float(ceil(upper)), int(cases.sum()))


def _is_stratum(cell: Cell) -> bool:
    return cell.region == ALL and cell.measure_group != ALL and is_quarter(cell.period)


def _final(cell: Cell | None) -> Published | None:
    """The figure of a final cohort with a share that can be calculated with."""
    if cell is None or cell.cohort is not Cohort.FINAL or not isinstance(cell.figure, Published):
        return None
    return cell.figure
