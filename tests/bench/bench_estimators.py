"""What three ways of counting make of the same families: closed cases only, ended cases as censored, and ours.

``python -m tests.bench.bench_estimators`` draws cases that start evenly over two years, of which the truth is
known, and reads the share within 91 days of three start cohorts at the end of the last one.
"""

import numpy as np
from numpy.typing import NDArray

from monitor.statistics.survival import StepCounts, aalen_johansen

SEED, CASES, NORM, QUARTER, DAYS = 20261122, 400_000, 91, 91, 728
Days = NDArray[np.int64]


def draw(random: np.random.Generator) -> tuple[Days, Days, Days]:
    """Start day, days until help would start, days until the measure would end, of each case."""
    start = random.integers(0, DAYS, CASES)
    help_starts = random.weibull(1.15, CASES) * 88
    ends = random.exponential(700, CASES)
    return start, np.floor(help_starts).astype(np.int64), np.floor(ends).astype(np.int64)


def views(start: Days, help_starts: Days, ends: Days, first: int) -> dict[str, float | None]:
    """The share within the norm of the cases that start in the quarter from day ``first``, seen on the last day."""
    chosen = (start >= first) & (start < first + QUARTER)
    help_starts, ends, followed = help_starts[chosen], ends[chosen], DAYS - start[chosen]
    exit_ = np.minimum(np.minimum(help_starts, ends), followed)
    reached = (help_starts <= ends) & (help_starts <= followed)
    ended = ~reached & (ends <= followed)
    counts = StepCounts(*(np.bincount(exit_[kind], minlength=DAYS + 1) for kind in (reached, ended, ~reached & ~ended)))
    nobody = np.zeros_like(counts.ended)
    ours = aalen_johansen(counts)
    censored = aalen_johansen(StepCounts(counts.reached, nobody, counts.ended + counts.open))
    return {
        "truth": float(np.mean((help_starts <= ends) & (help_starts <= NORM))),
        "closed cases only": float(np.mean(exit_[reached] <= NORM)),
        "ended as censored": float(censored.reached[NORM]) if censored.identifiable[NORM] else None,
        "Aalen-Johansen": float(ours.reached[NORM]) if ours.identifiable[NORM] else None,
    }


def main() -> None:
    drawn = draw(np.random.default_rng(SEED))
    cohorts = {
        "last quarter": views(*drawn, DAYS - QUARTER),
        "quarter before": views(*drawn, DAYS - 2 * QUARTER),
        "a year earlier": views(*drawn, DAYS - 5 * QUARTER),
    }
    names = list(cohorts["last quarter"])
    print(f"share within {NORM} days, {CASES:,} cases over two years, seed {SEED}")
    print(f"{'start cohort':<16}" + "".join(f"{name:>20}" for name in names))
    for cohort, shares in cohorts.items():
        cells = (f"{share:.1%}" if share is not None else "not determinable" for share in shares.values())
        print(f"{cohort:<16}" + "".join(f"{cell:>20}" for cell in cells))


if __name__ == "__main__":
    main()
