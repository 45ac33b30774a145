"""Confidence intervals for shares, counts and the difference of two shares.

Every function works elementwise on arrays that broadcast, and returns the lower and the upper limit.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainccinv, gammaincinv, ndtr

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


def finite_population_cases(cases: ArrayLike, population: ArrayLike) -> Numbers:
    """The cases that would say as much of an endless population as ``cases`` say of one of this size.

    To be given to ``wilson``, whose variance then is (N - n)/(N - 1) of that of an endless population. Infinite
    when everybody answered: the interval is the share itself. Raises ValueError for more cases than population.

    Source: Cochran, Sampling Techniques (3rd ed. 1977), section 3.2.
    """
    n, everyone = np.broadcast_arrays(*(np.asarray(values, dtype=np.float64) for values in (cases, population)))
    if (n > everyone).any():
        raise ValueError("more cases than the population has")
    missed = everyone - n
    equivalent: Numbers = np.divide(n * (everyone - 1), missed, out=np.full(n.shape, np.inf), where=missed > 0)
    return equivalent


def newcombe(
    share: ArrayLike, limits: tuple[ArrayLike, ArrayLike], other: ArrayLike, other_limits: tuple[ArrayLike, ArrayLike]
) -> tuple[Numbers, Numbers]:
    """The interval of ``share - other``, two independent shares, from the Wilson limits of each.

    As it takes limits, it serves effective cases and shares with noise as well: their Wilson limits know.

    Source: Newcombe, Statistics in Medicine 17 (1998) 873, method 10 (hybrid score).
    """
    p, low, high = (np.asarray(values, dtype=np.float64) for values in (share, *limits))
    q, other_low, other_high = (np.asarray(values, dtype=np.float64) for values in (other, *other_limits))
    difference = p - q
    return (
        difference - np.hypot(p - low, other_high - q),
        difference + np.hypot(high - p, q - other_low),
    )


def byar(events: ArrayLike, z: float = Z95) -> tuple[Numbers, Numbers]:
    """Byar's approximation of the limits of a Poisson count; good from 10 events on. The lower one of 0 is 0.

    Source: Breslow and Day, Statistical Methods in Cancer Research II (1987), p. 69; equal to
    PHEindicatormethods.
    """
    count = np.asarray(events, dtype=np.float64)

    def limit(about: Numbers, z: float) -> Numbers:
        cubed: Numbers = about * (1 - 1 / (9 * about) + z / (3 * np.sqrt(about))) ** 3
        return cubed

    return np.where(count > 0, np.maximum(limit(np.maximum(count, 1), -z), 0.0), 0.0), limit(count + 1, z)


def exact_poisson(events: ArrayLike, z: float = Z95) -> tuple[Numbers, Numbers]:
    """The exact limits of a Poisson count: half the tail beyond each. The lower one of 0 is 0.

    An estimated number of events need not be whole: the limits follow on between counts.

    Source: Garwood, Biometrika 28 (1936) 437; equal to R's poisson.test.
    """
    count = np.asarray(events, dtype=np.float64)
    tail = ndtr(-z)
    lower = np.where(count > 0, gammaincinv(np.where(count > 0, count, 1.0), tail), 0.0)
    return lower, gammainccinv(count + 1, tail)
