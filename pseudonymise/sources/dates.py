"""Dates as an export writes them, in one exact form."""

import calendar
import re
from collections.abc import Sequence
from datetime import date
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

FORMS = {"%d": "DD", "%m": "MM", "%B": "maand", "%Y": "JJJJ", "%H": "UU", "%M": "MM", "%S": "SS"}
DIGITS = {
    "%d": r"\d{1,2}",
    "%m": r"\d{1,2}",
    "%B": r"[a-z]{3,9}\.?",
    "%Y": r"\d{4}",
    "%H": r"\d{1,2}",
    "%M": r"\d{2}",
    "%S": r"\d{2}",
}
MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)

# What may be quoted in a message: the shape of a date and nothing else. A BSN, a telephone number or a case
# number that stands in the wrong column does not have it.
DAY, MONTH, YEAR = r"(?P<day>[0-3]?\d)", r"(?P<month>[01]?\d|[2-9]\d)", r"(?P<year>(?:19|20)\d\d)"
DATE_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"{DAY}[-/.]{MONTH}[-/.]{YEAR}",
        rf"{YEAR}[-/.]{MONTH}[-/.]{DAY}",
        r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>[0-3]\d)",
    )
)


class DateKind(IntEnum):
    EMPTY = 0
    DATE = 1
    UNKNOWN = 2  # it happened, the date is unknown
    IMPOSSIBLE = 3  # in the right form, but no such day
    MALFORMED = 4  # something else


def read_dates(
    texts: pd.Series, forms: Sequence[str], unknown: tuple[str, ...]
) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.int64]]:
    """Days (NaT where there is none) and the DateKind of each text of a categorical column.

    A text may have any of the forms. Each distinct one is parsed once: a column of a million dates holds a few
    thousand.
    """
    shapes = [_shape(form) for form in forms]
    words = {word.casefold() for word in unknown}
    parsed = [_read_date(str(category).strip(), shapes, words) for category in texts.cat.categories]
    # One more at the end, for the code -1: no text at all.
    days = np.array([day for day, _ in parsed] + [None], dtype="datetime64[D]")
    kinds = np.array([kind for _, kind in parsed] + [DateKind.EMPTY], dtype=np.int64)
    codes = texts.cat.codes.to_numpy()
    return days[codes], kinds[codes]


def _read_date(text: str, shapes: Sequence[re.Pattern[str]], unknown: set[str]) -> tuple[date | None, DateKind]:
    """The date in a text, and what the text is. A month or day of zero is a date partly unknown (CBS)."""
    if not text.strip("0"):
        return None, DateKind.EMPTY
    if text.casefold() in unknown:
        return None, DateKind.UNKNOWN
    found = next(filter(None, (shape.fullmatch(text) for shape in shapes)), None)
    if found is None:
        return None, DateKind.MALFORMED
    parts = found.groupdict()
    month = int(parts["m"]) if "m" in parts else _month(parts["B"])
    if month is None:
        return None, DateKind.MALFORMED
    year, day = int(parts["Y"]), int(parts["d"])
    if month == 0 or day == 0:
        return None, DateKind.UNKNOWN
    try:
        return date(year, month, day), DateKind.DATE
    except ValueError:
        return None, DateKind.IMPOSSIBLE


def _month(name: str) -> int | None:
    """The number of a Dutch month by its name or its short form: "maart", "mrt", "jan."."""
    short = name.casefold().removesuffix(".")
    short = {"mrt": "maart"}.get(short, short)
    return next((number for number, month in enumerate(MONTHS, 1) if month.startswith(short)), None)


def _shape(form: str) -> re.Pattern[str]:
    """A strftime form as a pattern; a time of day may be there and is not used."""
    parts = re.split("(%.)", form)
    return re.compile(
        "".join(f"(?P<{part[1]}>{DIGITS[part]})" if part in DIGITS else re.escape(part) for part in parts),
        re.IGNORECASE,
    )


def describe_wrong_date(text: str, forms: Sequence[str]) -> str:
    """Why a text is no date, for its supplier. The text is quoted only when it has the shape of a date."""
    expected = "verwacht " + " of ".join(re.sub("%.", lambda part: FORMS[part[0]], form) for form in forms)
    found = next(filter(None, (shape.fullmatch(text) for shape in DATE_SHAPES)), None)
    if found is None:
        return f"hier staat geen datum; {expected}. Verbeter de rij in het bronsysteem of de koppeling."
    month, year = int(found["month"]), int(found["year"])
    if not 1 <= month <= 12:
        reason = f"; maand {month} bestaat niet"
    elif int(found["day"]) > (days := calendar.monthrange(year, month)[1]):
        reason = f"; {MONTHS[month - 1]}{f' {year}' if month == 2 else ''} heeft {days} dagen"
    else:
        reason = ""
    return f"'{text}' is geen datum; {expected}{reason}. Verbeter de rij in het bronsysteem."
