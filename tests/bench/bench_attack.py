"""Three ways to protect small cells, under the same attack; and what the one that is used adds to the error of a share.

Run as ``python -m tests.bench.bench_attack [cubes]`` (50 by default). Each cube has 7 regions, 4 institutions and 4
quarters, with cases drawn at random; all its cells and all its sums are published. Counted are the cells of 1 to 4
that are found exactly, and those that the sums prove to be below five: of a hidden cell, its being hidden aside.
Seeded: the same cubes for every method, and in every run.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from monitor.release.attack.bounds import learn
from monitor.release.attack.knowledge import Range, true_range
from monitor.release.attack.report import SMALL
from monitor.release.attack.system import System, empty_system, with_conditions
from monitor.release.perturbation import KEY_RANGE
from monitor.release.policies import NOISE, SHARED_PROTECTION
from monitor.release.price import prices

Counts = NDArray[np.int64]
Limits = tuple[NDArray[np.float64], NDArray[np.float64]]

SHAPE = (7, 4, 4)
MEANS = (3, 10, 30)
SEED = 20261122

# docs: what an earlier experiment found, on cubes of its own; percentages exactly found and proved, at means 3 and 10.
BEFORE = {"hide below 5": ("24 / 69", "55 / 96"), "round to 5": ("0 / 0", "66 / 61"), "cell key": ("0 / 0", "2 / 0")}


@dataclass(frozen=True)
class Cube:
    """All sums of a cube, and what the key sums of each are."""

    rows: sparse.csr_array
    values: Counts
    keys: NDArray[np.uint64]


def cubes(number: int, mean: float, seed: int = SEED) -> Iterator[Cube]:
    rows = all_sums(SHAPE)
    draw = np.random.default_rng([seed, int(mean)])
    for _ in range(number):
        cells = draw.poisson(mean * draw.gamma(2.0, 0.5, int(np.prod(SHAPE))))  # some groups are larger than others
        keys = draw.integers(0, KEY_RANGE, len(cells), dtype=np.uint64) * (cells > 0)
        yield Cube(rows, rows @ cells, (rows.astype(np.uint64) @ keys) % np.uint64(KEY_RANGE))


def all_sums(shape: tuple[int, ...]) -> sparse.csr_array:
    """Rows of every cell, first, and of every sum over one dimension or more."""
    identity = np.eye(int(np.prod(shape)), dtype=np.int64).reshape(*shape, -1)
    rows = [identity.reshape(-1, identity.shape[-1])]
    for kept in np.ndindex(*(2,) * len(shape)):
        if not all(kept):
            over = tuple(axis for axis, keep in enumerate(kept) if not keep)
            rows.append(identity.sum(axis=over).reshape(-1, identity.shape[-1]))
    return sparse.csr_array(np.concatenate(rows))


def hide_below_5(cube: Cube) -> Limits:
    hidden = (cube.values > 0) & (cube.values < 5)
    return np.where(hidden, 0.0, cube.values), np.where(hidden, np.inf, cube.values)


def round_to_5(cube: Cube) -> Limits:
    rounded = 5 * np.rint(cube.values / 5)
    return np.maximum(rounded - 2, 0), rounded + 2


def cell_key(cube: Cube) -> Limits:
    """As in a release: the noise, and then what is below the limit is shown as such."""
    protected = NOISE.apply(cube.values, cube.keys)
    small = Range(0.0, SHARED_PROTECTION.count - 1.0)
    ranges = [
        true_range(small if count < SHARED_PROTECTION.count else Range(float(count), float(count)), NOISE)
        for count in protected.tolist()
    ]
    return np.array([one.low for one in ranges]), np.array([one.high for one in ranges])


METHODS: dict[str, Callable[[Cube], Limits]] = {
    "hide below 5": hide_below_5,
    "round to 5": round_to_5,
    "cell key": cell_key,
}


def seen(cube: Cube, limits: Limits) -> System:
    names = [f"sum {place}" for place in range(cube.rows.shape[0])]
    return with_conditions(empty_system(cube.rows.shape[1]), cube.rows, *limits, names)


@dataclass(frozen=True)
class Result:
    small: int
    exact: int
    proved: int

    def __str__(self) -> str:
        return f"{100 * self.exact / self.small:5.1f} % {100 * self.proved / self.small:9.1f} %"


def attack(method: str, number: int, mean: float) -> Result:
    small = exact = proved = 0
    for cube in cubes(number, mean):
        cells = cube.values[: cube.rows.shape[1]]
        places = np.flatnonzero((cells > 0) & (cells <= SMALL))
        found = learn(seen(cube, METHODS[method](cube)), cube.rows[places])
        small += len(places)
        exact += int(found.exact.sum())
        proved += int(found.proved.sum())
    return Result(small, exact, proved)


def main(number: int) -> None:
    print(f"{number} cubes of {' x '.join(map(str, SHAPE))} for each mean; of their cells of 1 to 4:\n")
    print(f"{'method':<14}{'mean cell':>10}{'small':>8}{'exact':>10}{'below five':>12}   before, at means 3 / 10")
    for method in METHODS:
        for mean in MEANS:
            result = attack(method, number, mean)
            told = f"exact {BEFORE[method][0]}, below five {BEFORE[method][1]}" if mean == MEANS[0] else ""
            print(f"{method:<14}{mean:>10}{result.small:>8}  {result}   {told}", flush=True)
    print("\nWhat protection adds to the error of a share of 50 %, in points of a percent, beside chance:\n")
    print(f"{'cases':>6}{'half at most':>14}{'95 % at most':>14}{'margin of chance':>18}")
    for one in prices(NOISE):
        print(f"{one.cases:>6}{one.median:>14.1f}{one.largest:>14.1f}{one.chance:>18.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
