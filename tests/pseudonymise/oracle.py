"""The semantics of a delivery by another road: plain Python, one case and one day at a time.

Shares with the product the agreement alone.
"""

import hashlib
import hmac
from calendar import monthrange
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache

import holidays
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pseudonymise.agreement import Norm, Step, load_agreement

HOLIDAYS = holidays.country_holidays("NL", categories=("public", "optional"), years=range(2014, 2038))
ONE_DAY = timedelta(days=1)


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


@cache
def workdays(start: date, end: date) -> int:
    count = 0
    while start < end:
        start += ONE_DAY
        count += is_working_day(start)
    return count


def add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@cache
def deadline(start: date, norm: Norm) -> date:
    if norm.unit == "months":
        end = add_months(start, norm.length)
    else:
        end = start + timedelta(days=norm.length * (7 if norm.unit == "weeks" else 1))
    while norm.rolls_over and not is_working_day(end):
        end += ONE_DAY
    return end


def block(day: date) -> tuple[date, date]:
    """First and last day of the half-month."""
    if day.day <= 15:
        return day.replace(day=1), day.replace(day=15)
    return day.replace(day=16), day.replace(day=monthrange(day.year, day.month)[1])


@cache
def follow_up(anchor: date, until: date) -> tuple[int, int]:
    """Calendar days for which the half-month of an anchor is followed, and the fewest working days then.

    For a source that does not say when dates were entered: the delay of the agreement.
    """
    first, last = block(anchor)
    days = max((until - last).days - load_agreement().follow_up.registration_delay_days, 0)
    starts = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return days, min(workdays(start, start + timedelta(days=days)) for start in starts)


def longest(norm: Norm) -> int:
    if norm.unit == "working_days":
        return norm.length
    if norm.unit == "months":
        assert norm.length == 3
        return 92  # July, August and September
    return norm.length * (7 if norm.unit == "weeks" else 1) + (5 if norm.rolls_over else 0)


def observe(
    step: Step,
    anchor: date,
    until: date,
    start: date | None,
    event: date | None,
    passed: bool,
    end: date | None,
) -> tuple[int | None, str, str]:
    """Duration, outcome and norm result of one case."""
    days, fewest = follow_up(anchor, until)
    seen_until = anchor + timedelta(days=days)
    norm, norm_days = step.norm, step.norm_days
    if start is None or (event is not None and event < start) or (event is None and passed):
        return None, "unregistered", "unknown" if norm else "none"

    def span(day: date) -> int:
        return workdays(start, day) if step.unit == "working_days" else (day - start).days

    def in_time(day: date) -> bool:
        assert norm is not None
        return span(day) <= norm.length if norm.unit == "working_days" else day <= deadline(start, norm)

    followed = fewest if step.unit == "working_days" else (seen_until - start).days
    stop = None if end is None else max(end, start)
    duration, outcome, day = followed, "open", None
    if event is not None and event <= seen_until and span(event) <= followed and (not stop or event <= stop):
        duration, outcome, day = span(event), "reached", event
    elif stop is not None and stop <= seen_until and span(stop) <= followed:
        duration, outcome, day = span(stop), "ended", stop
    if norm is not None and day is not None:
        assert norm_days is not None
        duration = min(duration, norm_days) if in_time(day) else max(duration, norm_days + 1)
    if duration > step.horizon:
        duration, outcome = step.horizon, "open"
    if norm is None:
        return duration, outcome, "none"
    assert norm_days is not None
    if outcome == "open":
        return duration, outcome, "missed" if duration >= longest(norm) else "not_due"
    early = {"reached": "met", "ended": "lapsed"}[outcome]
    return duration, outcome, early if duration <= norm_days else "missed"


def quarter(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def step_rows(cases: Sequence[Mapping[str, object]], until: date) -> Counter[tuple[object, ...]]:
    """Rows of steps.csv for a certified institution, without region and group.

    A case is our fields to dates; the text "onbekend" for a milestone passed on an unknown day.
    """
    agreement = load_agreement()
    rows: Counter[tuple[object, ...]] = Counter()
    for case in cases:
        anchor = start_of(case)
        if anchor is None or case.get("transferred_in") or block(anchor)[1] > until or anchor < date(2020, 10, 1):
            continue
        usable = {milestone: _usable(case, milestone, anchor, until) for milestone in agreement.milestones_in("gi")}
        ends = [day for day in (case.get("ended"), case.get("transferred_out")) if isinstance(day, date)]
        seen_until = anchor + timedelta(days=follow_up(anchor, until)[0])
        for step in agreement.steps_of("gi"):
            start = anchor if step.from_ == "order_received" else usable[step.from_]
            event, raw = usable[step.to], case.get(step.to)
            later = [usable[code] for code in step.shown_by]
            passed = (
                raw == "onbekend"
                or (isinstance(raw, date) and event is None)
                or any(day is not None and day <= seen_until for day in later)
                or (step.to == "order_received" and event is None)
            )
            found = observe(step, anchor, until, start, event, passed, min(ends, default=None))
            rows[step.code, quarter(anchor), *found] += 1
    return rows


def start_of(case: Mapping[str, object]) -> date | None:
    for milestone in ("order_received", "court_order"):
        day = case.get(milestone)
        if isinstance(day, date):
            return day
    return None


def _usable(case: Mapping[str, object], milestone: str, anchor: date, until: date) -> date | None:
    day = case.get(milestone)
    if not isinstance(day, date) or day > until:
        return None
    return None if (day > anchor if milestone == "court_order" else day < anchor) else day


def triangle(cases: Sequence[Mapping[str, object]], milestone: str, until: date) -> dict[tuple[str, int], int]:
    """Events of a certified institution by quarter and quarters until entered; quarters with under ten left out."""
    agreement = load_agreement()
    cells: Counter[tuple[str, int]] = Counter()
    for case in cases:
        anchor = start_of(case)
        if anchor is None or case.get("transferred_in") or anchor < date(2020, 10, 1):
            continue
        event, entered = _usable(case, milestone, anchor, until), case.get(f"{milestone}_registered")
        if event is None or not isinstance(entered, date) or entered < event or entered > _last_complete(until):
            continue
        if event < date(2020, 10, 1):
            continue
        begins = [_usable(case, step.from_, anchor, until) for step in agreement.steps if step.to == milestone]
        if any(begin is not None and event < begin for begin in begins):
            continue
        lag = entered.year * 4 + (entered.month + 2) // 3 - event.year * 4 - (event.month + 2) // 3
        cells[quarter(event), min(lag, 4)] += 1
    events: Counter[str] = Counter()
    for (of, _), count in cells.items():
        events[of] += count
    return {cell: count for cell, count in cells.items() if events[cell[0]] >= 10}


def _last_complete(until: date) -> date:
    """The last day of the last quarter that is over."""
    while (until + ONE_DAY).day != 1 or until.month % 3:
        until -= ONE_DAY
    return until


def record_key(case: str, secret: bytes, clock: str) -> int:
    info = f"verbetermonitor/record-key/{clock}".encode()
    key = HKDF(SHA256(), length=32, salt=None, info=info).derive(secret)
    return int.from_bytes(hmac.new(key, case.encode(), hashlib.sha256).digest()[:4])
