"""How far municipalities lie apart: in a straight line between the middles of their areas.

The outlines are simplified (CBS and Kadaster 2025, CC BY 4.0) and lie beside the catalogue: nothing is fetched.
"""

import json
from functools import cache
from importlib import resources
from math import asin, cos, radians, sin, sqrt
from typing import Any

EARTH_KM = 6371.0  # mean radius

Ring = list[tuple[float, float]]
Point = tuple[float, float]


def distance_km(one: str, other: str) -> float:
    """Kilometres between the middles of two municipalities, by their codes; 0 within one. Raises KeyError for a code
    that is none of the agreement's."""
    return between(middles()[one], middles()[other])


def between(one: Point, other: Point) -> float:
    """Kilometres over the globe between two points in degrees, east and north (haversine)."""
    (x, y), (u, v) = ((radians(east), radians(north)) for east, north in (one, other))
    half = sin((v - y) / 2) ** 2 + cos(y) * cos(v) * sin((u - x) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


@cache
def middles() -> dict[str, Point]:
    """The middle of each municipality, in degrees: of its largest area when water divides it."""
    text = resources.files("monitor.catalogue").joinpath("municipalities.geojson").read_text("utf-8")
    return {feature["id"]: middle(_largest(feature["geometry"])) for feature in json.loads(text)["features"]}


def middle(ring: Ring) -> Point:
    """The centre of the area that a ring encloses."""
    crosses = _crosses(ring)
    pairs = list(zip(ring, ring[1:] + ring[:1], strict=True))
    area = sum(crosses)
    return (
        sum((x + u) * cross for ((x, _), (u, _)), cross in zip(pairs, crosses, strict=True)) / (3 * area),
        sum((y + v) * cross for ((_, y), (_, v)), cross in zip(pairs, crosses, strict=True)) / (3 * area),
    )


def _largest(geometry: dict[str, Any]) -> Ring:
    areas = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    rings = [[(east, north) for east, north in outer] for outer, *_ in areas]
    return max(rings, key=lambda ring: abs(sum(_crosses(ring))))


def _crosses(ring: Ring) -> list[float]:
    """Of each side twice the area between it and the origin, with its sign."""
    return [x * v - u * y for (x, y), (u, v) in zip(ring, ring[1:] + ring[:1], strict=True)]
