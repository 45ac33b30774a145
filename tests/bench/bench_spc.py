"""How often control charts signal without a change and with one, beside the figures of the method; and how fast.

Run as ``python -m tests.bench.bench_spc``; seeded, under a minute. Series are quarterly shares of so many cases.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from monitor.statistics.intervals import Numbers
from monitor.statistics.spc import FIXED_AFTER, Direction, Xmr, chart, xmr

SEED = 20260301
CASES = (10, 20, 60)
PERIODS = 24
USUAL, WORSE = 0.75, 0.60
BEFORE, AFTER = 16, 8  # quarters before the change, and followed after it
UNCHANGED_SERIES, CHANGED_SERIES = 2_000, 400
LOAD = 168  # series of a release: seven regions, four institutions, six indicators


class Rule(NamedTuple):
    label: str
    drawn: Callable[[Numbers], Xmr]


def released(values: Numbers) -> Xmr:
    """The chart as the release draws it."""
    drawn = chart(values, Direction.INCREASE)
    assert isinstance(drawn, Xmr)
    return drawn


RULES = (
    Rule(f"release (screened, limits fixed after {FIXED_AFTER})", released),
    Rule("screened, limits move", lambda values: xmr(values, Direction.INCREASE)),
    Rule("unscreened, limits move", lambda values: xmr(values, Direction.INCREASE, screen=False)),
)


def shares(random: np.random.Generator, series: int, cases: int, *stretches: tuple[float, int]) -> Numbers:
    """Percentages of shape (series, periods), each stretch with its own true share and length."""
    truth = np.concatenate([np.full(length, share) for share, length in stretches])
    return 100 * random.binomial(cases, truth, (series, truth.size)) / cases


def false_signals(rule: Rule, values: Numbers) -> tuple[float, float]:
    """The share of unchanged series of which the last point, and of which any point, is flagged."""
    flagged = np.array([rule.drawn(series).signal != 0 for series in values])
    return float(flagged[:, -1].mean()), float(flagged.any(axis=1).mean())


def quarters_to_detect(rule: Rule, values: Numbers) -> float:
    """Quarters until a chart, drawn anew each quarter, flags a point after the change as low; infinite if none."""
    for quarters in range(1, AFTER + 1):
        if (rule.drawn(values[: BEFORE + quarters]).signal[BEFORE:] < 0).any():
            return quarters
    return float("inf")


def main() -> None:
    random = np.random.default_rng(SEED)
    begin = time.perf_counter()
    print(f"{UNCHANGED_SERIES:,} series of {PERIODS} quarters about {USUAL:.0%}, nothing changed: falsely flagged")
    print("method: last point 1.0-1.8 %, any point 18-22 %")
    for cases in CASES:
        values = shares(random, UNCHANGED_SERIES, cases, (USUAL, PERIODS))
        for rule in RULES:
            last, any_point = false_signals(rule, values)
            print(f"  n = {cases:<3} {rule.label:<42} last point {last:6.1%}   any point {any_point:6.1%}")
    expected = {10: (0.40, 0.65), 20: (0.51, 0.82), 60: (0.88, 1.00)}
    print(f"{CHANGED_SERIES} series that go from {USUAL:.0%} to {WORSE:.0%} after {BEFORE} quarters: detected within")
    for cases in CASES:
        values = shares(random, CHANGED_SERIES, cases, (USUAL, BEFORE), (WORSE, AFTER))
        print(f"  n = {cases:<3} {'method':<42} 4 quarters {expected[cases][0]:6.1%}   8 {expected[cases][1]:6.1%}")
        for rule in RULES:
            wait = np.array([quarters_to_detect(rule, series) for series in values])
            within_4, within_8 = (float(np.mean(wait <= quarters)) for quarters in (4, 8))
            print(f"  n = {cases:<3} {rule.label:<42} 4 quarters {within_4:6.1%}   8 {within_8:6.1%}")
    simulated = time.perf_counter() - begin
    load = shares(random, LOAD, CASES[1], (USUAL, PERIODS))
    begin = time.perf_counter()
    for series in load:
        drawn = released(series)
        _ = drawn.causes, drawn.point_types, drawn.variation, drawn.assurance
    seconds = time.perf_counter() - begin
    print(f"{LOAD} series of {PERIODS} quarters, limits, rules and icons: {1000 * seconds:.0f} ms (limit 200 ms)")
    print(f"all simulations took {simulated:.0f} s")


if __name__ == "__main__":
    main()
