"""A small sample of tests/bench/bench_coverage.py, with fixed seeds."""

from math import sqrt

import numpy as np
import pytest

from tests.bench import bench_coverage
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


@pytest.mark.parametrize(
    "found",
    [
        lambda random: bench_coverage.coverage_of_lasting_help(random, 50, 0.3),
        lambda random: bench_coverage.coverage_of_helped_within(random, 50, 0.3),
        lambda random: bench_coverage.coverage_of_ratio(random, 24),
        lambda random: bench_coverage.coverage_of_answers(random, 40, 0.5),
    ],
    ids=["help that works", "time to help", "time for help", "joy in work"],
)
def test_so_do_the_intervals_of_the_useful_measures(monkeypatch, found):
    monkeypatch.setattr(bench_coverage, "REPLICATIONS", REPLICATIONS)
    assert is_about_right(found(np.random.default_rng(3)))
