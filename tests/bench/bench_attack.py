"""Three ways to protect small cells, under the same attack; and what the one that is used adds to the error of a share.

Run as ``python -m tests.bench.bench_attack [cubes]`` (50 by default). Each cube has 7 regions, 4 institutions and 4
quarters, with cases drawn at random; all its cells and all its sums are published. It is attacked as a release is: by
an outsider, by each institution with its own exact cells, and by each pair. Counted are the groups of 1 to 4, for an
insider those that are left without its own, that are found exactly, and those that are proved to be below five: of a
hidden cell, its being hidden aside. Seeded: the same cubes for every method, and in every run.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from monitor.release.attack.attackers import Attacker
from monitor.release.attack.conditions import Scene
from monitor.release.attack.knowledge import Range, true_range
from monitor.release.attack.scene import attack_scene
from monitor.release.attack.system import SECONDS_EACH, empty_system, with_conditions
from monitor.release.perturbation import KEY_RANGE
from monitor.release.policies import NOISE, SHARED_PROTECTION
from monitor.release.price import prices
from pseudonymise.agreement import load_agreement

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


def scene(cube: Cube, limits: Limits) -> Scene:
    """The cube as an attacker sees it. Its cells are counted with its sums: what is finer than those, there is not."""
    size = cube.rows.shape[1]
    names = [f"sum {place}" for place in range(cube.rows.shape[0])]
    return Scene(
        system=with_conditions(empty_system(size), cube.rows, *limits, names),
        truth=cube.values[:size],
        owners=np.unravel_index(np.arange(size), SHAPE)[1],
        groups=cube.rows,
        labels=tuple(names),
        keys=tuple((name, "", "", "", "") for name in names),
        finer=sparse.csr_array((0, size), dtype=np.int64),
        finer_keys=(),
        cells=None,
        older=0,
    )


INSTITUTIONS = SHAPE[1]
ATTACKERS = tuple(
    Attacker(tuple(f"GI{place}" for place in places), places)
    for number in range(3)
    for places in combinations(range(INSTITUTIONS), number)
)
KINDS = ("anybody", "an institution", "a pair")


@dataclass(frozen=True)
class Result:
    """Of all attackers of a kind together, over all cubes."""

    small: int
    exact: int
    proved: int

    def __str__(self) -> str:
        return f"{self.small:>8}{100 * self.exact / self.small:>8.1f} %{100 * self.proved / self.small:>10.1f} %"


def attack(method: str, number: int, mean: float) -> tuple[Result, ...]:
    """What an outsider, an institution and a pair find."""
    found = np.zeros((len(KINDS), 3), dtype=np.int64)
    publication = load_agreement().publication
    for cube in cubes(number, mean):
        for finding in attack_scene(publication, scene(cube, METHODS[method](cube)), ATTACKERS, SECONDS_EACH):
            found[len(finding.institutions)] += finding.small, finding.exact, finding.proved
    return tuple(Result(*row) for row in found.tolist())


def main(number: int) -> None:
    allowed = load_agreement().publication.largest_share_proved
    limits = dict(zip(KINDS, (allowed.outsider, allowed.insider, allowed.pair), strict=True))
    print(f"{number} cubes of {' x '.join(map(str, SHAPE))} for each mean; of groups of 1 to 4:\n")
    print(f"{'method':<14}{'mean cell':>10}  {'known to':<15}{'small':>8}{'exact':>10}{'below five':>12}   limit")
    for method in METHODS:
        for mean in MEANS:
            for kind, result in zip(KINDS, attack(method, number, mean), strict=True):
                limit = f"{100 * limits[kind]:.0f} %"
                print(f"{method:<14}{mean:>10}  {kind:<15}{result}   {limit:>5}", flush=True)
    told = ", ".join(f"{method} {exact} exactly, {below} below" for method, (exact, below) in BEFORE.items())
    print(f"\nAn earlier experiment, by anybody, on cells, at means 3 / 10, in percents: {told}")
    print("\nWhat protection adds to the error of a share of 50 %, in points of a percent, beside chance:\n")
    print(f"{'cases':>6}{'half at most':>14}{'95 % at most':>14}{'margin of chance':>18}")
    for one in prices(NOISE):
        print(f"{one.cases:>6}{one.median:>14.1f}{one.largest:>14.1f}{one.chance:>18.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
