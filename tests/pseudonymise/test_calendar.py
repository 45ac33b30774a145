from datetime import date, timedelta

import numpy as np
import pytest

from pseudonymise.agreement import Norm, load_agreement
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
    norm = Norm(length=5, unit="working_days", rolls_over=False, standing="V", kind="test", source="test")
    with pytest.raises(ValueError, match="counted with workdays"):
        term_end(day("2026-01-05"), norm)


def test_the_loop_knows_the_days_of_the_law() -> None:
    """The oracle is held to the law itself: Algemene termijnenwet, art. 3, in 2026."""
    free = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    weekdays = [f"{one:%d-%m}" for one in free if one.weekday() < 5 and not oracle.is_working_day(one)]
    assert weekdays == ["01-01", "03-04", "06-04", "27-04", "05-05", "14-05", "25-05", "25-12"]
