"""The cell key method: small noise on counts, the same for the same group in every table and release.

Each case has a secret random record key. The keys of the cases in a group, added modulo 2**32, are the cell
key of the group; with the count it picks the noise from a fixed table of probabilities. The table has, among
all that satisfy its conditions, the largest entropy: it gives the least away about the true count.

Sources: Fraser and Wooton, UNECE/Eurostat 2005; Marley and Leaver, 58th ISI 2011 (the maximum-entropy table);
the R package ptable (Enderle and Giessing), whose example our table reproduces. Further:
docs/explanation/disclosure.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root

Counts = NDArray[np.int64]
KeySums = NDArray[np.uint64]
Numbers = NDArray[np.float64]

KEY_RANGE = 2**32  # a key sum is a number below this


@dataclass(frozen=True, eq=False)
class Perturbation:
    """Noise on counts, from a table of probabilities.

    ``cumulative`` has a row for each count 1, 2, ... (the last serves all larger ones too) and a column for
    each noise -deviation..deviation: the probability of at most that noise.
    """

    deviation: int  # the largest noise, in cases
    variance: float  # of the noise
    cumulative: Numbers

    def apply(self, counts: Counts, key_sums: KeySums) -> Counts:
        """The disturbed counts; 0 stays 0. The arrays have the same shape, key sums lie below 2**32."""
        rows = self.cumulative[np.clip(counts, 1, len(self.cumulative)) - 1]
        position = key_sums / KEY_RANGE
        noise = (position[..., None] >= rows[..., :-1]).sum(axis=-1) - self.deviation
        return np.where(counts > 0, counts + noise, 0)


# Own figures (*eigen cijfers*) take the same road with no noise at all.
EXACT = Perturbation(deviation=0, variance=0.0, cumulative=np.ones((1, 1)))


@cache
def cell_key_perturbation(deviation: int, variance: float, smallest: int) -> Perturbation:
    """The table for noise of at most ``deviation`` with that ``variance``, unbiased for every count.

    A disturbed count is 0 or more than ``smallest``. Raises ValueError where no such table exists.
    """
    counts = range(1, deviation + smallest + 2)  # from the last on, the conditions no longer bind
    return Perturbation(
        deviation,
        variance,
        np.array([np.cumsum(_probabilities(count, deviation, variance, smallest)) for count in counts]),
    )


def _probabilities(count: int, deviation: int, variance: float, smallest: int) -> Numbers:
    """The maximum-entropy probabilities of the noises -deviation..deviation on one count."""
    noises = np.arange(-deviation, deviation + 1)
    allowed = (count + noises == 0) | (count + noises > smallest)
    probabilities = np.zeros(len(noises))
    probabilities[allowed] = _maximum_entropy(noises[allowed], variance, count)
    return probabilities


def _maximum_entropy(noises: NDArray[np.int64], variance: float, count: int) -> Numbers:
    """Among distributions on ``noises`` with mean 0 and this variance, p proportional to exp(a x + b x^2)."""
    moments = np.stack([noises, noises**2]).astype(np.float64)
    target = np.array([0.0, variance])

    def distribution(weights: Sequence[float]) -> Numbers:
        exponent = weights @ moments
        values: Numbers = np.exp(exponent - exponent.max())
        normalised: Numbers = values / values.sum()
        return normalised

    solution = root(lambda weights: moments @ distribution(weights) - target, x0=np.zeros(2), tol=1e-13)
    probabilities = distribution(solution.x)
    if not np.allclose(moments @ probabilities, target, atol=1e-9):
        raise ValueError(f"no unbiased noise with variance {variance} exists for a count of {count}")
    return probabilities
