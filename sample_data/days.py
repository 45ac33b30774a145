"""Working days: in the sample nothing happens on a weekend or a public holiday.

A position counts working days from the start of the history: to wait ``n`` working days is to add ``n``.
"""

from datetime import date, timedelta
from functools import cache

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sample_data.parameters import load_parameters

Positions = NDArray[np.int64]
Dates = NDArray[np.datetime64]

LAST_YEAR = 2055
NEVER = 2**40  # a position on no calendar: it does not happen


@cache
def working_days() -> Dates:
    """All working days from the start of the history, as ``datetime64[D]``.

    Public holidays as in the Algemene termijnenwet: Good Friday and 5 May are free every year.
    """
    first = load_parameters().period.history_starts
    free = holidays.country_holidays("NL", years=range(first.year, LAST_YEAR + 1), categories=("public", "optional"))
    days = np.arange(np.datetime64(first), np.datetime64(f"{LAST_YEAR}-12-31"))
    return days[np.is_busday(days, holidays=np.array(sorted(free), dtype="datetime64[D]"))]


@cache
def working_days_a_year() -> float:
    days = working_days()
    return float(len(days) / ((days[-1] - days[0]).astype(int) / 365.25))


def position(day: date) -> int:
    """The position of ``day``, or of the first working day after it."""
    return int(np.searchsorted(working_days(), np.datetime64(day)))


def period() -> tuple[int, int]:
    """The positions of the first working day of the period, and of the first one after the extract."""
    p = load_parameters().period
    return position(p.first_day), position(p.extract + timedelta(days=1))


def position_before(days: Dates) -> Positions:
    """The position of each day, or of the last working day before it."""
    return np.asarray(np.searchsorted(working_days(), days, side="right"), dtype=np.int64) - 1


def on(positions: Positions) -> pd.DatetimeIndex:
    """The dates at ``positions``; not-a-time for what never happens, or after the calendar."""
    days = np.append(working_days(), np.datetime64("NaT")).astype("datetime64[s]")
    return pd.DatetimeIndex(days[np.minimum(positions, len(days) - 1)])
