import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from monitor.statistics.intervals import Z95, wilson

ORACLES = Path(__file__).parents[2] / "data" / "oracles"


def test_wilson_is_that_of_phe_indicator_methods():
    grid = json.loads((ORACLES / "intervals.json").read_text())["wilson"]
    x, n, confidence = (np.array(grid[key]) for key in ("x", "n", "conf"))
    lower, upper = wilson(x / n, n, z=norm.ppf(0.5 + confidence / 2))
    assert lower == pytest.approx(grid["lower"], abs=1e-14)
    assert upper == pytest.approx(grid["upper"], abs=1e-14)


@pytest.mark.parametrize("share", [0.0, 0.03, 0.5, 0.9, 1.0])
def test_limits_with_noise_solve_their_equation(share):
    cases, noise = 40, 0.002
    for limit in wilson(share, cases, noise):
        if 0 < limit < 1:
            variance = limit * (1 - limit) / cases + noise
            assert (share - limit) ** 2 == pytest.approx(Z95**2 * variance)
    lower, upper = wilson(share, cases, noise)
    narrow = wilson(share, cases)
    assert lower <= narrow[0]
    assert upper >= narrow[1]
    assert lower >= 0
    assert upper <= 1
