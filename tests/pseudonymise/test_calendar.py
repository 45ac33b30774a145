from datetime import date, timedelta

import numpy as np
import pytest

from pseudonymise.agreement import InBoth, Norm, load_agreement
from pseudonymise.calendar import MAX_ROLL, add_months, longest_term, next_working_day, term_end, workdays
from tests.pseudonymise import oracle


def day(text: str) -> np.ndarray:
    return np.array([text], dtype="datetime64[D]")


ALL_DAYS = np.arange("2015-01-01", "2036-01-01", dtype="datetime64[D]")


# The fifth working day after the day of receipt, counted by hand on a wall calendar.
@pytest.mark.parametrize(
    ("received", "fifth", "why"),
    [
        ("2025-12-22", "2025-12-31", "Monday; both days of Christmas are free"),
        ("2025-12-24", "2026-01-05", "Christmas, a weekend and New Year's Day"),
        ("2026-03-31", "2026-04-09", "Tuesday; Good Friday and Easter Monday"),
        ("2026-04-24", "2026-05-04", "Friday; King's Day on Monday 27 April"),
        ("2025-04-25", "2025-05-02", "King's Day on Saturday 26 April takes no working day"),
        ("2026-04-30", "2026-05-08", "Thursday; 5 May is free, though no lustrum"),
        ("2025-05-02", "2025-05-12", "Friday; Monday 5 May is free"),
        ("2025-02-08", "2025-02-14", "Saturday: Monday is day 1"),
    ],
)
def test_the_fifth_working_day(received: str, fifth: str, why: str) -> None:
    assert workdays(day(received), day(fifth))[0] == 5, why
    assert workdays(day(received), day(fifth) - 1)[0] == 4, why


def test_workdays_agree_with_a_loop_over_the_days() -> None:
    draw = np.random.default_rng(1)
    starts = draw.choice(ALL_DAYS[:-300], 1500)
    ends = starts + draw.integers(0, 90, 1500).astype("timedelta64[D]")
    expected = [oracle.workdays(a, b) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    assert workdays(starts, ends).tolist() == expected


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-05", "2026-02-16"),  # Monday to Monday
        ("2026-01-03", "2026-02-16"),  # Saturday: 14 February is a Saturday and rolls to Monday
        ("2026-02-22", "2026-04-07"),  # Sunday: 5 April is Easter Sunday, Monday is free too
        ("2025-11-13", "2025-12-29"),  # 25 December is a Thursday; the first working day is Monday 29
        ("2026-03-16", "2026-04-28"),  # 27 April is King's Day
        ("2026-03-24", "2026-05-06"),  # 5 May
    ],
)
def test_six_weeks_end_on_a_working_day(start: str, end: str) -> None:
    norm = load_agreement().step("plan").norm
    assert norm is not None
    assert term_end(day(start), norm) == day(end)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2025-11-30", "2026-02-28"),
        ("2023-11-30", "2024-02-29"),
        ("2026-01-31", "2026-04-30"),
        ("2026-05-31", "2026-08-31"),
        ("2026-10-15", "2027-01-15"),
    ],
)
def test_three_months_are_clipped_to_the_end_of_the_month(start: str, end: str) -> None:
    norm = load_agreement().step("help").norm
    assert norm is not None
    assert term_end(day(start), norm) == day(end)


def test_months_agree_with_plain_dates() -> None:
    for months in (1, 3, 11):
        expected = [oracle.add_months(start, months) for start in ALL_DAYS[:1500].tolist()]
        assert add_months(ALL_DAYS[:1500], months).tolist() == expected


def test_a_term_never_rolls_further_than_max_roll() -> None:
    rolls = (next_working_day(ALL_DAYS) - ALL_DAYS).astype(int)
    assert rolls.max() == 4  # from Good Friday to the Tuesday after Easter
    assert rolls.max() <= MAX_ROLL
    assert (next_working_day(day("2038-04-23")) - day("2038-04-23")).astype(int)[0] == MAX_ROLL


@pytest.mark.parametrize(
    ("step", "days"),
    [("first_contact", 5), ("plan", 47), ("help", 92), ("council_start", 10), ("vt_judgement", 75)],
)
def test_no_term_lasts_longer_than_the_longest(step: str, days: int) -> None:
    norm = load_agreement().step(step).norm
    assert norm is not None
    assert longest_term(norm) == days
    if norm.unit != "working_days":
        assert (term_end(ALL_DAYS, norm) - ALL_DAYS).astype(int).max() <= days


def test_a_norm_in_working_days_has_no_date_of_its_own() -> None:
    norm = Norm(
        length=5, unit="working_days", rolls_over=False, standing="V", kind="test", source=InBoth(nl="toets", en="test")
    )
    with pytest.raises(ValueError, match="counted with workdays"):
        term_end(day("2026-01-05"), norm)


def test_the_loop_knows_the_days_of_the_law() -> None:
    """The oracle is held to the law itself: Algemene termijnenwet, art. 3, in 2026."""
    free = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    weekdays = [f"{one:%d-%m}" for one in free if one.weekday() < 5 and not oracle.is_working_day(one)]
    assert weekdays == ["01-01", "03-04", "06-04", "27-04", "05-05", "14-05", "25-05", "25-12"]


# --- an independent road: the law and the moon, without the library that the product asks ---


def easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian computus (Nature, 1876)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day_of_month = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day_of_month + 1)


def free_days(year: int) -> set[date]:
    """Algemene termijnenwet, art. 3: with Good Friday, and 5 May in every year; King's Day is never on a Sunday."""
    sunday = easter(year)
    moving = {sunday + timedelta(days=n) for n in (-2, 1, 39, 50)}  # Good Friday, Easter Monday, Ascension, Whit Monday
    kings_day = date(year, 4, 26 if date(year, 4, 27).weekday() == 6 else 27)
    return moving | {date(year, 1, 1), kings_day, date(year, 5, 5), date(year, 12, 25), date(year, 12, 26)}


def working_days_until() -> np.ndarray:
    """For each of ALL_DAYS the working days up to and with it, counted one by one."""
    free = set().union(*(free_days(year) for year in range(2015, 2036)))
    return np.cumsum([one.weekday() < 5 and one not in free for one in ALL_DAYS.tolist()])


def test_workdays_agree_for_every_pair_of_days_from_2015_to_2035() -> None:
    until = working_days_until()
    pairs = 0
    for first in range(0, len(ALL_DAYS), 200):
        starts = np.arange(first, min(first + 200, len(ALL_DAYS)))
        ends = np.arange(first, len(ALL_DAYS))
        counted = workdays(ALL_DAYS[starts][:, None], ALL_DAYS[ends][None, :])
        assert (counted == until[ends][None, :] - until[starts][:, None]).all()
        pairs += counted.size
    assert pairs >= len(ALL_DAYS) * (len(ALL_DAYS) + 1) // 2


def test_workdays_back_in_time_are_negative() -> None:
    until, draw = working_days_until(), np.random.default_rng(2)
    start, end = draw.integers(0, len(ALL_DAYS), (2, 20_000))
    assert (workdays(ALL_DAYS[start], ALL_DAYS[end]) == until[end] - until[start]).all()


# The last days on time of the three norms, made by hand with a wall calendar of each year. For the worker the fifth
# working day; the plan's six weeks roll to a working day; the three months of help are an agreement, and do not.
@pytest.mark.parametrize(
    ("received", "worker", "plan", "help_", "why"),
    [
        ("2026-01-05", "2026-01-12", "2026-02-16", "2026-04-05", "Monday; three months end on Easter Sunday"),
        ("2025-12-24", "2026-01-05", "2026-02-04", "2026-03-24", "two days of Christmas, a weekend, New Year's Day"),
        ("2025-11-13", "2025-11-20", "2025-12-29", "2026-02-13", "six weeks end on Christmas Day, a Thursday"),
        ("2025-11-20", "2025-11-27", "2026-01-02", "2026-02-20", "six weeks end on New Year's Day, a Thursday"),
        ("2025-11-30", "2025-12-05", "2026-01-12", "2026-02-28", "Sunday; no 30 February"),
        ("2024-11-30", "2024-12-06", "2025-01-13", "2025-02-28", "Saturday"),
        ("2023-11-29", "2023-12-06", "2024-01-10", "2024-02-29", "a leap year"),
        ("2026-04-02", "2026-04-13", "2026-05-15", "2026-07-02", "Good Friday and Easter Monday; Ascension Day"),
        ("2026-04-13", "2026-04-20", "2026-05-26", "2026-07-13", "six weeks end on Whit Monday"),
        ("2026-03-24", "2026-03-31", "2026-05-06", "2026-06-24", "six weeks end on 5 May, no lustrum"),
        ("2021-04-27", "2021-05-04", "2021-06-08", "2021-07-27", "received on King's Day"),
        ("2022-04-29", "2022-05-09", "2022-06-10", "2022-07-29", "5 May within the five days"),
    ],
)
def test_the_last_days_on_time_of_the_three_norms(received: str, worker: str, plan: str, help_: str, why: str) -> None:
    agreement = load_agreement()
    plan_norm, help_norm, worker_norm = (agreement.step(code).norm for code in ("plan", "help", "worker_assigned"))
    assert plan_norm is not None
    assert help_norm is not None
    assert worker_norm is not None
    assert term_end(day(received), plan_norm) == day(plan), why
    assert term_end(day(received), help_norm) == day(help_), why
    assert workdays(day(received), day(worker)) == worker_norm.length, why
    assert workdays(day(received), day(worker) - 1) == worker_norm.length - 1, why
