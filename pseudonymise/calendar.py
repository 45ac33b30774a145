"""Working days (*werkdagen*), terms (*termijnen*) and their ends under the Algemene termijnenwet.

All functions take and give numpy arrays of ``datetime64[D]``; counts are whole days. Dates must lie between
FIRST_YEAR and LAST_YEAR.
"""

from functools import cache

import holidays
import numpy as np
import numpy.typing as npt

from pseudonymise.agreement import Norm

Days = npt.NDArray[np.datetime64]
Counts = npt.NDArray[np.int64]

FIRST_YEAR, LAST_YEAR = 1990, 2060
ONE_DAY = np.timedelta64(1, "D")

# The longest run of days that are no working days, and so the furthest that the end of a term can roll. From
# Good Friday to Easter Monday is four; five when King's Day follows on the Tuesday (2038).
MAX_ROLL = 5


@cache
def working_calendar() -> np.busdaycalendar:
    """Monday to Friday without the days of the Algemene termijnenwet, art. 3.

    That is the public holidays with Good Friday (which it equates) and 5 May in every year: `holidays` has
    the two under "optional".
    """
    free = holidays.country_holidays(
        "NL", years=range(FIRST_YEAR, LAST_YEAR + 1), categories=("public", "optional"), language="nl"
    )
    return np.busdaycalendar(holidays=np.array(sorted(free), dtype="datetime64[D]"))


def quarter_number(day: Days) -> Counts:
    """Quarters since 1970, as in the ordinal of a pandas Period."""
    numbers: Counts = day.astype("datetime64[M]").astype(np.int64) // 3
    return numbers


def quarter_name(number: int) -> str:
    return f"{1970 + number // 4}Q{number % 4 + 1}"


def workdays(start: Days, end: Days) -> Counts:
    """The number of working days d with start < d <= end: the day of receipt is day 0.

    From a Saturday, the next Monday is 1. Backwards it is as many, negative.
    """
    first, last = np.minimum(start, end), np.maximum(start, end)  # numpy counts other days backwards than forwards
    counted = np.busday_count(first + ONE_DAY, last + ONE_DAY, busdaycal=working_calendar())
    return np.where(end < start, -counted, counted).astype(np.int64)


def next_working_day(day: Days) -> Days:
    """The day itself when it is a working day, else the first after it (Algemene termijnenwet, art. 1)."""
    return np.busday_offset(day, 0, roll="forward", busdaycal=working_calendar())


def add_months(day: Days, months: int) -> Days:
    """The same day of the month, ``months`` later, clipped to the end of that month: 30 November + 3 is 28 or
    29 February."""
    month = day.astype("datetime64[M]")
    target = month + np.timedelta64(months, "M")
    last_day = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - ONE_DAY
    same_day: Days = target.astype("datetime64[D]") + (day - month.astype("datetime64[D]"))
    return np.minimum(same_day, last_day)


def term_end(start: Days, norm: Norm) -> Days:
    """The last day on time for a norm in calendar days, weeks or months that starts to run after ``start``.

    ValueError for a norm in working days: those are counted, they have no date of their own.
    """
    match norm.unit:
        case "calendar_days":
            end = start + np.timedelta64(norm.length, "D")
        case "weeks":
            end = start + np.timedelta64(7 * norm.length, "D")
        case "months":
            end = add_months(start, norm.length)
        case "working_days":
            raise ValueError("a norm in working days is counted with workdays()")
    return next_working_day(end) if norm.rolls_over else end


@cache
def longest_term(norm: Norm) -> int:
    """The most days that the term of a norm can last, in the unit of its step (working or calendar days).

    A case still open after so many days is late whenever it started, so that saying so gives no date away.
    """
    if norm.unit == "working_days":
        return norm.length
    starts = np.arange("2000-01-01", "2004-01-01", dtype="datetime64[D]")  # each month length, one leap day
    longest = int((term_end(starts, norm.model_copy(update={"rolls_over": False})) - starts).max().astype(int))
    return longest + (MAX_ROLL if norm.rolls_over else 0)
