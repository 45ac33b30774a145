"""What an attacker would bet on: estimates of hidden counts from all tables that hold them, and how sure they are.

A count below the limit is hidden in its own table, but it is part of sums that are not. Each published count is the
true one with noise of known variance, so the best linear estimate of a hidden count is least squares over all of
them. That estimate and the fact that the count is hidden are taken together by Bayes' rule.

The prior is flat: every true count that can be hidden is as likely before the tables are seen. An attacker who knows
more of a small group than that did not learn it from this release.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from monitor.release.attack.bounds import ENOUGH
from monitor.release.attack.system import Matrix, Numbers
from monitor.release.perturbation import Perturbation

SURE: Final = 0.99  # from this posterior probability on, a bet counts as found

# Exact rows count as observations of hardly any variance; the ridge makes what is not determined stand out.
EXACT_WEIGHT: Final = 1e4
RIDGE: Final = 1e-7
ESTIMABLE: Final = 1e-3


@dataclass(frozen=True)
class Estimates:
    """By group: its best linear estimate, and the variance of that; infinite where the tables do not determine it."""

    values: Numbers
    variances: Numbers


def least_squares(rows: Matrix, published: Numbers, groups: Matrix, variance: float, exact: Matrix) -> Estimates:
    """Estimate ``groups`` (x unknowns) from ``published`` values of ``rows`` (x unknowns), each with this variance.

    ``exact``: rows that are 0 without noise, such as what is the same by region and by measure group. Solved by sparse
    normal equations: each group is a sum of published counts with the smallest weights, and of exact rows.
    """
    size = rows.shape[1]
    asked = groups.toarray().astype(np.float64).T
    normal = rows.T @ rows + EXACT_WEIGHT * (exact.T @ exact) + RIDGE * sparse.eye_array(size)
    solved = splu(normal.tocsc().astype(np.float64)).solve(asked)
    weights = (rows @ solved).T  # groups x rows: what of each published count goes into each
    missed = RIDGE * np.abs(solved).max(axis=0, initial=0.0)  # what of a group the tables say nothing of
    variances = np.where(missed < ESTIMABLE, variance * (weights**2).sum(axis=1), np.inf)
    return Estimates(weights @ published, variances)


def posterior(estimates: Estimates, limit: int, noise: Perturbation) -> Numbers:
    """The probability of each true count 0, 1, 2, ... of groups whose protected count is below ``limit``.

    Shape (groups, counts). The estimate rests on other groups' noise, which is independent of the group's own; many
    noises add up in it, so it is taken to be normal.
    """
    counts = np.arange(limit + noise.deviation)
    hidden = np.array([_chance_hidden(int(count), limit, noise) for count in counts])
    apart = counts[None, :] - estimates.values[:, None]
    spread = np.where(np.isfinite(estimates.variances), estimates.variances, 1.0)[:, None]
    log = np.where(np.isfinite(estimates.variances)[:, None], -(apart**2) / (2 * spread), 0.0)
    weights = np.exp(log - log.max(axis=1, keepdims=True)) * hidden
    normal: Numbers = weights / weights.sum(axis=1, keepdims=True)
    return normal


def _chance_hidden(count: int, limit: int, noise: Perturbation) -> float:
    """The probability that a true count is shown as below the limit."""
    if count == 0:
        return 1.0
    row = noise.cumulative[min(count, len(noise.cumulative)) - 1]
    chances = np.diff(row, prepend=0.0)
    results = count + np.arange(-noise.deviation, noise.deviation + 1)
    return float(chances[results < limit].sum())


def bets(chances: Numbers, truth: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each group: whether its true count would be bet on for sure, and whether that it is below five."""
    right = chances[np.arange(len(truth)), truth] >= SURE
    return right, chances[:, :ENOUGH].sum(axis=1) >= SURE
