"""A small, fixed sample of tests/bench/bench_attack.py: how three methods stand up to the same attack."""

import pytest

from tests.bench.bench_attack import attack

SMALL = {3: (150, 474, 573), 10: (60, 182, 192)}


@pytest.mark.parametrize(
    ("method", "mean", "exact", "proved"),
    [
        ("hide below 5", 3, (26, 163, 361), (71, 305, 503)),
        ("hide below 5", 10, (60, 182, 192), (60, 182, 192)),  # so few are hidden that each is found by subtraction
        ("round to 5", 3, (4, 13, 30), (97, 301, 388)),
        ("cell key", 3, (0, 0, 0), (0, 0, 0)),
        ("cell key", 10, (0, 0, 0), (0, 0, 0)),
    ],
)
def test_how_much_is_found_in_two_cubes_by_anybody_an_institution_and_a_pair(method, mean, exact, proved):
    found = attack(method, 2, mean)
    assert tuple(one.small for one in found) == SMALL[mean]
    assert tuple(one.exact for one in found) == exact
    assert tuple(one.proved for one in found) == proved
