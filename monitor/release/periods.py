"""Quarters (``2026Q3``) and calendar years (``2026``)."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

QUARTER = re.compile(r"20\d\d[Q][1-4]")
YEAR = re.compile(r"20\d\d")


def is_quarter(label: str) -> bool:
    return QUARTER.fullmatch(label) is not None


def is_year(label: str) -> bool:
    return YEAR.fullmatch(label) is not None


def last_day(quarter: str) -> date:
    year, number = int(quarter[:4]), int(quarter[5])
    return date(year + number // 4, number * 3 % 12 + 1, 1) - timedelta(days=1)


def quarters_between(first: str, last: str) -> tuple[str, ...]:
    """Both included; empty when ``last`` lies before ``first``."""
    years = range(int(first[:4]), int(last[:4]) + 1)
    return tuple(name for year in years for q in range(1, 5) if first <= (name := f"{year}Q{q}") <= last)


def complete_years(quarters: Sequence[str]) -> tuple[str, ...]:
    """The calendar years of which all four quarters are there."""
    return tuple(quarter[:4] for quarter in quarters if quarter.endswith("Q4") and f"{quarter[:4]}Q1" in quarters)
