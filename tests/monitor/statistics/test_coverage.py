"""A small sample of tests/bench/bench_coverage.py, with fixed seeds."""

from math import sqrt

import numpy as np
import pytest

from tests.bench.bench_coverage import LIMITS, coverage_as_published, coverage_of_estimates

REPLICATIONS = 1000
CHANCE = 3 * sqrt(0.95 * 0.05 / REPLICATIONS)


def is_about_right(coverage):
    return LIMITS[0] - CHANCE <= coverage <= LIMITS[1] + CHANCE


@pytest.mark.parametrize(("cases", "not_due"), [(8, 0.4), (15, 0.0), (60, 0.4)])
def test_the_interval_of_a_share_covers_about_as_often_as_it_says(cases, not_due):
    found, _ = coverage_of_estimates(np.random.default_rng(1), REPLICATIONS, cases, not_due, (0.7, 0.95))
    assert is_about_right(found)


@pytest.mark.parametrize(("cases", "not_due"), [(20, 0.0), (50, 0.2)])
def test_so_does_the_published_interval_and_only_by_counting_the_noise_in(cases, not_due):
    found = coverage_as_published(np.random.default_rng(2), REPLICATIONS, cases, not_due, (0.895, 0.905))
    assert is_about_right(found.published)
    assert is_about_right(found.unrounded)
    assert found.unrounded <= found.published
    assert not is_about_right(found.without_noise)
