"""Lead times recomputed from the raw exports by another road: plain Python, one case at a time.

Shares nothing with the product but the agreement and the definition in docs/explanation/follow-up.md: own
readers (csv, openpyxl, slices), own calendar (a loop over days), estimates by statsmodels.
"""

import csv
import fnmatch
import tomllib
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import holidays
import numpy as np
import openpyxl
from statsmodels.duration.survfunc import CumIncidenceRight

from pseudonymise.agreement import Step, load_agreement, municipality_regions

DUTCH_HOLIDAYS = holidays.country_holidays("NL", categories=("public", "optional"), years=range(1995, 2029))
UNDATED = object()


@dataclass(frozen=True)
class Estimate:
    """Share within the norm by cumulative incidence, and the first day by which half had reached."""

    cases: int
    unregistered: int
    share: float
    median: int


def read_raw(mapping_file: Path, exports: list[Path], extract: str) -> list[dict[str, object]]:
    """One dict a case: our field to a date, UNDATED, text or None; ``delay``: how far its institution runs behind."""
    mapping = tomllib.loads(mapping_file.read_text("utf-8"))
    unknown = set(mapping.get("policies", {}).get("unknown_date", []))
    cases: dict[str, dict[str, object]] = {}
    for source in mapping["sources"]:
        (export,) = [path for path in exports if fnmatch.fnmatch(path.name, source["file"])]
        entered = {f"{milestone}_registered": column for milestone, column in source.get("registered", {}).items()}
        for row in _rows(export, source):
            fields: dict[str, object] = {}
            for field, column in (source["columns"] | entered).items():
                if source["format"] == "fixed_width":
                    first, last = column
                    text: object = row[first - 1 : last].strip()
                else:
                    text = row[column]
                if field in source.get("values", {}):
                    text = source["values"][field].get(text, text)
                elif field not in {"case", "municipality", "measure_type", "end_reason"}:
                    text = _day(text, source["dates"], unknown)
                fields[field] = text
            cases.setdefault(str(fields["case"]), {}).update(fields)
    delay = registration_delay(list(cases.values()), date.fromisoformat(extract))
    return [case | {"delay": delay} for case in cases.values()]


def registration_delay(cases: list[dict[str, object]], extract: date) -> int:
    """Of a certified institution: the largest over its milestones of the days in which nine in ten were entered."""
    agreement = load_agreement()
    delays = []
    for milestone in agreement.milestones_in("gi"):
        days = []
        for case in cases:
            event, entered = case.get(milestone), case.get(f"{milestone}_registered")
            start = _start(case)
            if (
                isinstance(event, date)
                and isinstance(entered, date)
                and str(case["measure_type"]) in agreement.measure_types
                and date(2020, 10, 1) <= event <= extract - timedelta(days=365)
                and event <= entered <= extract
                and (start is None or (event <= start if milestone == "court_order" else event >= start))
            ):
                days.append((entered - event).days)
        enough = len(days) >= 100
        delays.append(
            sorted(days)[-(-9 * len(days) // 10) - 1] if enough else agreement.follow_up.registration_delay_days
        )
    return max(delays)


def _start(case: dict[str, object]) -> date | None:
    dates = (case.get(milestone) for milestone in ("order_received", "court_order"))
    return next((day for day in dates if isinstance(day, date)), None)


def _rows(export: Path, source: dict) -> list:
    if source["format"] == "csv":
        with export.open(encoding=source["encoding"], newline="") as lines:
            return list(csv.DictReader(lines, delimiter=source["separator"]))
    if source["format"] == "fixed_width":
        return export.read_text(source["encoding"]).splitlines()
    header, *rows = openpyxl.load_workbook(export, read_only=True)[source["sheet"]].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def _day(value: object, form: str, unknown: set[str]) -> object:
    if isinstance(value, datetime):
        return value.date()
    text = str(value or "").strip()
    if not text:
        return None
    if text in unknown or (form == "%Y%m%d" and text.endswith("00")):
        return UNDATED
    try:
        return datetime.strptime(text, form).date()
    except ValueError:
        return UNDATED


def workdays(start: date, end: date) -> int:
    """Days d with start < d <= end that are no weekend or holiday."""
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(day.weekday() < 5 and day not in DUTCH_HOLIDAYS for day in days)


def half_month_days(day: date) -> list[date]:
    last = monthrange(day.year, day.month)[1]
    first, final = (1, 15) if day.day <= 15 else (16, last)
    return [day.replace(day=n) for n in range(first, final + 1)]


def deadline(start: date, step: Step) -> date:
    assert step.norm is not None
    length = step.norm.length
    if step.norm.unit == "months":
        year, month = divmod(start.year * 12 + start.month - 1 + length, 12)
        end = date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    elif step.norm.unit == "working_days":
        end = start
        while workdays(start, end) < length:
            end += timedelta(days=1)
    else:
        end = start + timedelta(days=length * (7 if step.norm.unit == "weeks" else 1))
    while step.norm.rolls_over and (end.weekday() >= 5 or end in DUTCH_HOLIDAYS):
        end += timedelta(days=1)
    return end


def estimate(cases: list[dict[str, object]], step_code: str, region: str, quarter: str, extract: str) -> Estimate:
    """For certified institutions: their cases of one region and start quarter."""
    agreement = load_agreement()
    step = agreement.step(step_code)
    assert step.norm is not None
    assert step.norm_days is not None
    until = date.fromisoformat(extract)
    days: list[int] = []
    kinds: list[int] = []  # 0 open, 1 reached, 2 ended
    unregistered = 0
    for case in cases:
        start = _start(case)
        code = str(case["municipality"]).removeprefix("GM").zfill(4)
        if (
            start is None
            or str(case["measure_type"]) not in agreement.measure_types
            or case.get("transferred_in") is not None
            or municipality_regions()[f"GM{code}"] != region
            or f"{start.year}Q{(start.month + 2) // 3}" != quarter
        ):
            continue
        block = half_month_days(start)
        if block[-1] > until:
            continue
        assert isinstance(case["delay"], int)
        followed = max((until - block[-1]).days - case["delay"], 0)
        seen_until = start + timedelta(days=followed)
        length = followed
        if step.unit == "working_days":
            length = min(workdays(day, day + timedelta(days=followed)) for day in block)
        event = case.get(step.to)
        end = min(
            (day for day in (case.get("ended"), case.get("transferred_out")) if isinstance(day, date)),
            default=None,
        )

        def span(day: date, start: date = start) -> int:
            return workdays(start, day) if step.unit == "working_days" else (day - start).days

        later = [case.get(code) for code in step.shown_by]
        if isinstance(event, date) and not start <= event <= until:
            unregistered += 1  # a date that cannot be
            continue
        if isinstance(event, date) and event <= min(seen_until, end or seen_until) and span(event) <= length:
            day = span(event)
            day = min(day, step.norm_days) if event <= deadline(start, step) else max(day, step.norm_days + 1)
            kind = 1
        elif event is UNDATED or (event is None and any(isinstance(d, date) and d <= seen_until for d in later)):
            unregistered += 1
            continue
        elif end is not None and end <= seen_until and span(end) <= length:
            day, kind = span(end), 2
            day = min(day, step.norm_days) if end <= deadline(start, step) else max(day, step.norm_days + 1)
        else:
            # Not late before the longest possible term is over; until then it leaves before the norm.
            longest = step.norm_days + 1 if step.norm.unit == "months" else step.norm_days + 5 * step.norm.rolls_over
            day, kind = (step.norm_days - 1 if step.norm_days <= length < longest else length), 0
        if day > step.horizon:
            day, kind = step.horizon, 0
        days.append(day)
        kinds.append(kind)
    curve = CumIncidenceRight(np.array(days), np.array(kinds))
    reached = dict(zip(curve.times, curve.cinc[0], strict=True))
    share = max((value for day, value in reached.items() if day <= step.norm_days), default=0.0)
    median = min(day for day, value in reached.items() if value >= 0.5 - 1e-12)
    return Estimate(len(days) + unregistered, unregistered, share, int(median))
