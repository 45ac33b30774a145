"""What a release says beyond its tables, made from the published cells of an indicator and nothing else.

It leaks nothing more, and it is made anew in each release: a series has one more point.
"""

from collections.abc import Iterator, Mapping, Sequence

from monitor.catalogue import load_catalogue
from monitor.release.cell import SHARED, Cell, Owner, Statistic
from monitor.release.comparison import case_mix_cells, funnel_cells
from monitor.release.course import course_cells
from monitor.release.restricted import restricted_mean_cells
from monitor.statistics.spc import Direction
from pseudonymise.agreement import Flow, load_agreement


def derived_cells(cells: Sequence[Cell], baselines: Mapping[Owner, Sequence[str]] | None = None) -> Iterator[Cell]:
    """``cells``: all of one indicator, for every audience. ``baselines``: the first quarters of its new ones.

    A stock, or a list of who waits, is no independent point after the stock before it, so that it has no course. Nor
    has what is learned from: of a year there is one point.
    """
    if not cells:
        return
    indicator = cells[0].indicator
    steps = load_catalogue().steps
    if indicator in steps:
        shares = [cell for cell in cells if cell.statistic is Statistic.SHARE]
        yield from course_cells(shares, Direction.INCREASE, steps[indicator].target_share, baselines)
        yield from funnel_cells([cell for cell in shares if cell.audience == SHARED])
        yield from case_mix_cells(shares)
        yield from restricted_mean_cells(load_agreement().step(indicator), cells)
    elif indicator not in {Flow.STOCK, *load_catalogue().lists, *load_catalogue().results, *load_catalogue().learning}:
        counts = [cell for cell in cells if cell.statistic is Statistic.COUNT]
        yield from course_cells(counts, Direction.NEUTRAL, phases=baselines)
