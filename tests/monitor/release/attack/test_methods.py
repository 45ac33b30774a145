"""A small, fixed sample of tests/bench/bench_attack.py: how three methods stand up to the same attack."""

import pytest

from tests.bench.bench_attack import attack


@pytest.mark.parametrize(
    ("method", "mean", "exact", "proved"),
    [
        ("hide below 5", 3, 21, 66),
        ("hide below 5", 10, 60, 60),  # so few are hidden that each is found by subtraction
        ("round to 5", 3, 4, 95),
        ("cell key", 3, 0, 0),
        ("cell key", 10, 0, 0),
    ],
)
def test_how_much_is_found_in_two_cubes(method, mean, exact, proved):
    found = attack(method, 2, mean)
    assert (found.exact, found.proved) == (exact, proved)
    assert found.small == {3: 145, 10: 60}[mean]
