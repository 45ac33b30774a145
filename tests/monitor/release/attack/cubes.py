"""A table of two dimensions with all its sums, as somebody sees it who has nothing but what is published of it."""

import numpy as np
from scipy import sparse

from monitor.release.attack.system import empty_system, with_conditions


def all_sums(shape):
    """Rows (groups x cells) of every cell of a cube and every sum over one dimension or more."""
    identity = np.eye(int(np.prod(shape)), dtype=np.int64).reshape(*shape, -1)
    rows = []
    for kept in np.ndindex(*(2,) * len(shape)):
        axes = tuple(axis for axis, keep in enumerate(kept) if not keep)
        rows.append(identity.sum(axis=axes).reshape(-1, identity.shape[-1]))
    return sparse.csr_array(np.concatenate(rows))


def seen(rows, low, high):
    """The conditions that these limits of the groups make."""
    limits = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    return with_conditions(empty_system(rows.shape[1]), rows, *limits, [f"group {n}" for n in range(rows.shape[0])])


def hidden_below(values, limit):
    """The limits of exact values, but for those from 1 up to the limit, of which only that is said."""
    hidden = (values > 0) & (values < limit)
    return np.where(hidden, 1, values), np.where(hidden, limit - 1, values)
