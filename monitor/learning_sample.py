"""Invented spreadsheets of what is learned from: the useful measures, the routes, the room and the burden.

The levels are invented and say nothing about the regions and organisations under whose names they stand.
"""

from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np

from monitor.catalogue.expected import load_expected, periods_until, served_regions, supplier_kind, suppliers
from pseudonymise.agreement import region_names

Row = tuple[object, ...]
Workbook = tuple[str, str, str, Iterable[Row]]  # template, supplier, period and rows

SEED = 2061
YEARS_LATE = 2  # of families and requests the newest year is the one before the last: they are followed for a year
YEARS, QUARTERS = 2, 8
# Families whose help ends in a year, by region; requests are a quarter more, registrations in a quarter a fifth.
FAMILIES = {"JZ12": 150, "JZ17": 260, "JZ21": 290, "JZ25": 210, "JZ28": 420, "JZ30": 190, "JZ32": 330}
AS_PLANNED, LEFT_OUT = 0.78, 0.08
RETURNED, GONE, LOST = (0.09, 0.05, 0.03, 0.03), (0.01,) * 4, (0.005, 0.005, 0.01)  # by part of the year
HELPED, WITHDRAWN = (0.08, 0.1, 0.16, 0.17, 0.14, 0.1, 0.04), (0.02, 0.02, 0.02, 0.03, 0.02, 0.01, 0.0)
ACCEPTED, DROPPED = (0.22, 0.28, 0.24, 0.1), (0.02, 0.02, 0.02, 0.01)
RETURNS = {"incomplete": 0.09, "unclear": 0.05, "not_discussed": 0.06, "other_route": 0.04, "elsewhere": 0.03}
WORKERS = {"gi": 34, "region": 22}
RESPONSE, POSITIVE = 0.66, {"variety": 0.74, "autonomy": 0.58, "support": 0.83}
TEAM_WEEKS, TEAM_HOURS, ON_HELP = 8, 190.0, 0.52
USED = {25: 0.29, 50: 0.52, 75: 0.73, 100: 0.93}  # of the hours granted
FIELDS = {"gi": 0, "vt": 1, "council": 1, "region": 2}  # that the monitor asks and they did not have
MINUTES = {"gi": 900, "vt": 0, "council": 0, "region": 260}


def learned(until: date) -> Iterator[Workbook]:
    """Every spreadsheet, the oldest period first: of each supplier the same figures each time."""
    quarters = periods_until("quarter", until)[:QUARTERS][::-1]
    years = periods_until("year", until)
    followed, asked = years[YEARS_LATE - 1 : YEARS_LATE - 1 + YEARS][::-1], years[:YEARS][::-1]
    for number, supplier in enumerate(suppliers()):
        kind = supplier_kind(supplier)
        for time, year in enumerate(asked):
            rng = np.random.default_rng([SEED, number, time])
            yield "burden", supplier, year, _burden(rng, kind)
            if kind in WORKERS:
                yield "joy_in_work", supplier, year, _joy(rng, supplier, kind, time)
                yield "time_sample", supplier, year, _time(rng, supplier, time)
        if kind == "region":
            for time, year in enumerate(followed):
                rng = np.random.default_rng([SEED, number, time, 1])
                yield "help_outcomes", supplier, year, _outcomes(rng, supplier)
                yield "help_requests", supplier, year, _requests(rng, supplier)
            for time, quarter in enumerate(quarters):
                rng = np.random.default_rng([SEED, number, time, 2])
                yield "routes", supplier, quarter, _routes(rng, supplier, time)
                yield "room", supplier, quarter, _room(rng, supplier, time)


def _rows(kind: str, numbers: dict[str, float], region: str | None = None) -> Iterator[Row]:
    for item, option in load_expected().options(kind).items():
        yield (*([region_names()[region]] if region else []), option.nl, numbers[item])


def _drawn(rng: np.random.Generator, number: int, chances: dict[str, float], rest: str) -> dict[str, float]:
    """``number`` cases by what becomes of them; what is left of the chances goes to ``rest``."""
    every = {**chances, rest: chances.get(rest, 0.0) + 1 - sum(chances.values())}
    return dict(zip(every, map(int, rng.multinomial(number, list(every.values()))), strict=True))


def _by_part(points: Iterable[int], **chances: tuple[float, ...]) -> dict[str, float]:
    return {
        f"{what}_{point}": chance
        for what, of in chances.items()
        for point, chance in zip(points, (*of, *[0.0] * 9), strict=False)
    }


def _outcomes(rng: np.random.Generator, region: str) -> Iterator[Row]:
    ended = int(FAMILIES[region] * rng.normal(1, 0.04))
    left_out = int(rng.binomial(ended, LEFT_OUT))
    planned = int(rng.binomial(ended - left_out, AS_PLANNED + rng.normal(0, 0.02)))
    parts = _by_part((3, 6, 9, 12), returned=RETURNED, gone=GONE, followed=LOST)
    numbers = _drawn(rng, planned, parts, "followed_12")
    yield from _rows(
        "help_outcome", numbers | {"left_out": left_out, "ended_otherwise": ended - left_out - planned}, region
    )


def _requests(rng: np.random.Generator, region: str) -> Iterator[Row]:
    number = int(1.25 * FAMILIES[region] * rng.normal(1, 0.04))
    parts = _by_part((7, 14, 28, 56, 91, 182, 364), helped=HELPED, withdrawn=WITHDRAWN, waiting=())
    yield from _rows("help_request", _drawn(rng, number, parts, "waiting_364"), region)


def _routes(rng: np.random.Generator, region: str, time: int) -> Iterator[Row]:
    first, second = (int(rng.poisson(FAMILIES[region] * part)) for part in (0.13, 0.08))
    every = first + second
    with_form = int(rng.binomial(every, min(0.95, 0.45 + 0.06 * time)))  # the form comes into use
    became = _by_part((7, 14, 28, 56), accepted=ACCEPTED, dropped=DROPPED, pending=())
    numbers: dict[str, float] = {
        "route_1": first,
        "route_2": second,
        "with_form": with_form,
        "form_reused": int(rng.binomial(with_form, 0.22)),
        **{f"returned_{reason}": int(rng.binomial(every, chance)) for reason, chance in RETURNS.items()},
        **_drawn(rng, every, became, "pending_56"),
    }
    yield from _rows("route_item", numbers, region)


def _room(rng: np.random.Generator, region: str, time: int) -> Iterator[Row]:
    families = int(rng.poisson(FAMILIES[region] * 0.9))
    hours = round(families * float(rng.normal(26, 1)))
    numbers: dict[str, float] = {
        "providers": int(rng.normal(28, 1)) + FAMILIES[region] // 40,
        "hours_all": hours,
        "hours_largest": round(hours * float(rng.normal(0.31, 0.02))),
        "spend": round(families * float(rng.normal(3900, 150)) * 1.008**time),
        "families": families,
    }
    for term, used in USED.items():
        arrangements = max(20, int(rng.poisson(FAMILIES[region] * 0.18)))
        granted = round(arrangements * float(rng.normal(120, 6)))
        numbers |= {
            f"arrangements_{term}": arrangements,
            f"granted_{term}": granted,
            f"used_{term}": round(granted * float(rng.normal(used, 0.03))),
        }
    yield from _rows("room_item", numbers, region)


def _joy(rng: np.random.Generator, supplier: str, kind: str, time: int) -> Iterator[Row]:
    for region in served_regions(supplier):
        asked = max(12, int(rng.poisson(WORKERS[kind])))
        answered = max(5, int(rng.binomial(asked, RESPONSE)))
        chances = {question: positive + 0.02 * time for question, positive in POSITIVE.items()}
        positive = {question: int(rng.binomial(answered, chance)) for question, chance in chances.items()}
        yield from _rows("survey_item", {"asked": asked, "answered": answered, **positive}, region)


def _time(rng: np.random.Generator, supplier: str, time: int) -> Iterator[Row]:
    for region in served_regions(supplier):
        for week in range(1, TEAM_WEEKS + 1):
            hours = round(float(rng.normal(TEAM_HOURS, 30)), 1)
            help_hours = round(hours * float(rng.normal(ON_HELP + 0.015 * time, 0.06)), 1)
            yield region_names()[region], week, help_hours, hours


def _burden(rng: np.random.Generator, kind: str) -> Iterator[Row]:
    deliveries = int(rng.integers(8, 16))
    numbers: dict[str, float] = {
        "new_fields": FIELDS[kind],
        "deliveries": deliveries,
        "deliveries_reused": int(rng.binomial(deliveries, 0.7)),
        "survey_minutes": int(MINUTES[kind] * rng.normal(1, 0.1)),
    }
    yield from _rows("burden_item", numbers)
