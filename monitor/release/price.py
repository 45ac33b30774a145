"""What protection costs: the error that it adds to a share, beside that of chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.release.perturbation import Perturbation
from monitor.statistics.intervals import Z95

Numbers = NDArray[np.float64]

NUMBERS_OF_CASES: Final = (20, 50, 100, 300)
SHARE: Final = 0.5  # where chance weighs most, and noise in points of a percent about as much as anywhere


@dataclass(frozen=True)
class Price:
    """In points of a percent, for a share of so many ``cases``: half of the errors that protection adds are at most
    ``median``, 95 % at most ``largest``. ``chance``: the 95 % margin of the cases themselves."""

    cases: int
    median: float
    largest: float
    chance: float


def prices(noise: Perturbation, share: float = SHARE, numbers: Sequence[int] = NUMBERS_OF_CASES) -> Iterator[Price]:
    """Exact, from the table of the noise: numerator and denominator are disturbed apart, and the share is a whole
    percent of what they have become."""
    for cases in numbers:
        part = round(share * cases)
        parts, chance_of_part = _outcomes(part, noise)
        wholes, chance_of_whole = _outcomes(cases, noise)
        shown = np.rint(100 * np.minimum(parts[:, None] / wholes[None, :], 1.0))
        errors = np.abs(shown - 100 * part / cases).ravel()
        chances = (chance_of_part[:, None] * chance_of_whole[None, :]).ravel()
        margin = 100 * Z95 * sqrt(share * (1 - share) / cases)
        yield Price(cases, _quantile(errors, chances, 0.5), _quantile(errors, chances, 0.95), margin)


def _outcomes(count: int, noise: Perturbation) -> tuple[Numbers, Numbers]:
    """What the noise can make of a count above 0, and with what probability."""
    row = noise.cumulative[min(count, len(noise.cumulative)) - 1]
    return np.arange(count - noise.deviation, count + noise.deviation + 1, dtype=np.float64), np.diff(row, prepend=0.0)


def _quantile(values: Numbers, chances: Numbers, part: float) -> float:
    """The smallest value that has at least this part of the probability at or below it."""
    order = np.argsort(values)
    reached = np.cumsum(chances[order]) >= part - 1e-12
    return float(values[order][np.argmax(reached)])
