"""What all kinds of cases draw from: places, levels, waiting times; and the finished table."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from pseudonymise.agreement import municipality_regions
from sample_data.days import Positions
from sample_data.parameters import Parameters, load_parameters

Floats = NDArray[np.float64]

# How an institution writes the key of a case: year and number of entry, or a number alone.
CASE_KEYS = {
    "JBGLD": "Z-{year}-{number:06d}",
    "WSS": "W{number:07d}",
    "LDH": "LDH{number:07d}",
    "JVV": "JVV/{year}/{number:05d}",
    "VTGZ": "GZ{year}.{number:06d}",
    "VTGM": "M{number:08d}",
    "VTNOG": "{year}NOG{number:06d}",
    "RVDK": "K{year}{number:05d}",
}

WHO_AND_WHERE = (
    *("case", "institution", "region", "municipality", "measure_type"),
    *("person", "family", "birth_date"),
)


def join(parts: Sequence[pd.DataFrame], number: str) -> pd.DataFrame:
    """The parts in one table; ``number``, which counts from 0 in each, goes on counting."""
    offsets = np.cumsum([0, *(part[number].max() + 1 for part in parts)])
    return pd.concat(
        [part.assign(**{number: part[number] + start}) for part, start in zip(parts, offsets, strict=False)],
        ignore_index=True,
    )


def finish(cases: pd.DataFrame, started: pd.Series) -> pd.DataFrame:
    """Sorted by institution and start, with case keys, regions, and people and families numbered from 0."""
    p = load_parameters()
    cases = cases.assign(started=started)
    cases = cases.sort_values(["institution", "started"], kind="stable", ignore_index=True)
    number = cases.groupby("institution").cumcount() + 1
    years = cases["started"].dt.year
    cases["case"] = [
        CASE_KEYS[code].format(year=year, number=n)
        for code, year, n in zip(cases["institution"], years, number, strict=True)
    ]
    place = cases["place"].to_numpy()
    cases["municipality"] = np.array(list(p.municipalities.weights), dtype=object)[place]
    cases["region"] = place_regions(p)[place]
    cases["person"] = pd.factorize(cases["person"])[0]
    cases["family"] = pd.factorize(cases["family"])[0]
    dates = cases.select_dtypes("datetime").columns.drop(["birth_date", "started"])
    return cases[[*WHO_AND_WHERE, *dates, "end_reason"]]


def place_regions(p: Parameters) -> NDArray[np.object_]:
    of = municipality_regions()
    return np.array([of[code] for code in p.municipalities.weights], dtype=object)


def place_weights(p: Parameters) -> Floats:
    """Each municipality's part of all cases: its region's weight, spread by its inhabitants."""
    regions = pd.Series(place_regions(p))
    inhabitants = pd.Series(list(p.municipalities.weights.values()), dtype=float)
    weights = regions.map(p.regions.weights) * inhabitants / inhabitants.groupby(regions).transform("sum")
    return np.asarray(weights / weights.sum(), dtype=float)


def places(rng: Generator, p: Parameters, n: int) -> NDArray[np.int64]:
    weights = place_weights(p)
    return rng.choice(len(weights), n, p=weights)


def institutions_of(
    rng: Generator, p: Parameters, places: NDArray[np.int64], shares: dict[str, dict[str, float]]
) -> NDArray[np.object_]:
    regions = place_regions(p)[places]
    found = np.full(len(places), "", dtype=object)
    for region, of in shares.items():
        rows = regions == region
        found[rows] = draw(rng, of, int(rows.sum()))
    return found


def draw(rng: Generator, shares: dict[str, float], n: int) -> NDArray[np.object_]:
    p = np.array(list(shares.values()))
    return np.array(list(shares), dtype=object)[rng.choice(len(p), n, p=p / p.sum())]


def levels_of(p: Parameters, institutions: NDArray[np.object_], milestone: str) -> Floats:
    of, codes = pd.factorize(institutions)
    return np.array([p.levels[code].shares[milestone] for code in codes])[of]


def wait(p: Parameters, z: Floats, level: Floats, milestone: str) -> Positions:
    """A log-normal wait in whole working days, at least 1, of which ``level`` is within the term."""
    term = p.steps.terms[milestone]
    of, levels = pd.factorize(level)
    quantile = np.array([NormalDist().inv_cdf(share) for share in levels])[of]
    return np.asarray(np.ceil(term.within * np.exp(term.sigma * (z - quantile))), dtype=np.int64)


def quarters_since(days: NDArray[np.datetime64], since: np.datetime64) -> NDArray[np.int64]:
    """The number of the quarter of each day, counting the quarter of ``since`` as 1."""
    months = (days.astype("datetime64[M]") - since.astype("datetime64[M]")).astype(np.int64)
    return np.asarray(months // 3 + 1, dtype=np.int64)
