"""Intervals for shares."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]

Z95: Final = 1.959963984540054  # two-sided 95 %


def wilson(
    share: ArrayLike, cases: ArrayLike, noise_variance: ArrayLike = 0.0, z: float = Z95
) -> tuple[Numbers, Numbers]:
    """The Wilson score interval of a share that may carry added noise; arrays broadcast.

    ``share`` in [0, 1]; ``cases`` the effective number of cases, above 0; ``noise_variance`` the variance
    that disclosure protection added to the share, 0 for exact figures. The limits are the shares q that solve
    (share - q)^2 = z^2 (q (1 - q)/cases + noise_variance), kept within [0, 1].

    Source: Wilson, JASA 22 (1927) 209; without noise equal to PHEindicatormethods.
    """
    p, n, noise = (np.asarray(values, dtype=np.float64) for values in (share, cases, noise_variance))
    weight = z**2 / n
    centre = p + weight / 2
    half = z * np.sqrt(p * (1 - p) / n + weight / (4 * n) + noise * (1 + weight))
    return np.maximum((centre - half) / (1 + weight), 0.0), np.minimum((centre + half) / (1 + weight), 1.0)
