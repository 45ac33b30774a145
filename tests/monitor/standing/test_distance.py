"""How far municipalities lie apart."""

from itertools import islice
from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.catalogue.distance import EARTH_KM, between, distance_km, middle, middles
from pseudonymise.agreement import municipalities

CODES = st.sampled_from(list(municipalities()))
DEGREE = EARTH_KM * radians(1)


def test_every_municipality_has_a_middle_within_its_province():
    assert set(middles()) == set(municipalities())
    assert all(5 < east < 6.9 and 51.7 < north < 52.6 for east, north in middles().values())


@pytest.mark.parametrize(
    ("ring", "expected"),
    [
        ([(0, 0), (0, 2), (2, 2), (2, 0)], (1, 1)),
        ([(0, 0), (0, 3), (3, 0)], (1, 1)),
        ([(0, 0), (0, 3), (3, 0), (0, 0)], (1, 1)),  # closed, as in the file
        ([(3, 0), (0, 3), (0, 0)], (1, 1)),  # the other way round
    ],
)
def test_the_middle_of_a_ring(ring, expected):
    assert middle(ring) == pytest.approx(expected)


def test_a_degree_north_and_a_degree_east():
    assert between((5, 52), (5, 53)) == pytest.approx(DEGREE)
    assert between((5, 52), (6, 52)) == pytest.approx(DEGREE * cos(radians(52)), rel=1e-4)


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("Arnhem", "Nijmegen", 14, 20),  # 16 km from square to square
        ("Arnhem", "Winterswijk", 48, 62),
        ("Elburg", "Nijmegen", 63, 76),
    ],
)
def test_distances_as_on_a_map(one, other, least, most):
    codes = {name: code for code, name in municipalities().items()}
    assert least < distance_km(codes[one], codes[other]) < most


@given(CODES, CODES, CODES)
def test_a_distance_is_a_distance(a, b, c):
    assert distance_km(a, b) == pytest.approx(distance_km(b, a))
    assert (distance_km(a, b) == 0) == (a == b)
    assert distance_km(a, c) <= distance_km(a, b) + distance_km(b, c) + 1e-9


def test_what_is_no_municipality_of_the_agreement_has_no_distance():
    with pytest.raises(KeyError):
        distance_km(next(islice(municipalities(), 1)), "GM9999")
