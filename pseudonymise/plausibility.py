"""What makes the dates of a case implausible: a rule is a code, a message and a function from cases to rows.

The rules run in order, and a date that one of them accuses is out of sight of the next: a mistyped year is named
once, and makes no other date look wrong. They decide nothing of a delivery (`durations` does, by the agreement):
they tell an institution what to look at. A test holds each to its defect (tests/pseudonymise/test_plausibility.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from pseudonymise.agreement import InstitutionKind, load_agreement
from pseudonymise.calendar import Days
from pseudonymise.problems import Finding, findings
from pseudonymise.sources import RawCases
from pseudonymise.sources.mapping import BORN, CASE_DATES

Mask = npt.NDArray[np.bool_]
Failing = dict[str, Mask]  # field to the rows in which its date fails

LONGEST_PREGNANCY = np.timedelta64(10, "M")  # a supervision order can precede a birth; of that only the month is kept
HEAPED, FEWEST_DATES = 3.0, 50  # times as many as the days of a month would give; with fewer dates chance does it
DAYS_OF_A_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Cases:
    """What the rules look at: of each field in the source its days (NaT: none), and where it was passed undated.

    ``born`` is the month of birth, NaT where the source does not say. ``same`` numbers the cases that agree in
    municipality and type.
    """

    kind: InstitutionKind
    until: np.datetime64
    dates: dict[str, Days]
    undated: dict[str, Mask]
    born: Days
    same: npt.NDArray[np.int64]

    @property
    def milestones(self) -> tuple[str, ...]:
        return tuple(code for code in load_agreement().milestones_in(self.kind) if code in self.dates)

    @property
    def start(self) -> Days:
        """The day on which the clock of each case starts, that of its proxy where there is none."""
        clock = load_agreement().clocks_of(self.kind)[0]
        nothing = np.full(len(self.born), np.datetime64("NaT", "D"))
        anchor = self.dates.get(clock.anchor, nothing)
        proxy = self.dates.get(clock.proxy, nothing) if clock.proxy else nothing
        return np.where(np.isnat(anchor), proxy, anchor)


@dataclass(frozen=True)
class Rule:
    """``about``: what is said of a row that fails."""

    code: str
    about: str
    failing: Callable[[Cases], Failing]


def implausible(raw: RawCases, kind: InstitutionKind, until: date) -> list[Finding]:
    """Every date that cannot be or is missing, and every measure that seems to be there twice, by row of its file."""
    cases = _cases(raw, kind, until)
    found: list[Finding] = []
    for rule in RULES:
        for field, rows in rule.failing(cases).items():
            found += findings(rule.code, raw.places[field], rows, lambda _, rule=rule: rule.about)  # type: ignore[misc]
            if field in cases.dates:
                cases.undated[field] |= rows
                cases.dates[field] = np.where(rows, np.datetime64("NaT", "D"), cases.dates[field])
    return found


def after_the_extract(cases: Cases) -> Failing:
    return {field: days > cases.until for field, days in cases.dates.items()}


def long_before_birth(cases: Cases) -> Failing:
    """Before a pregnancy can have begun: a child may be under supervision before it is born."""
    earliest = (cases.born.astype("datetime64[M]") - LONGEST_PREGNANCY).astype("datetime64[D]")
    return {field: days < earliest for field, days in cases.dates.items()}


def order_after_its_receipt(cases: Cases) -> Failing:
    """What stands in for the start of a clock comes before it."""
    clock = load_agreement().clocks_of(cases.kind)[0]
    if clock.proxy not in cases.dates or clock.anchor not in cases.dates:
        return {}
    return {clock.proxy: cases.dates[clock.proxy] > cases.dates[clock.anchor]}


def before_its_step_begins(cases: Cases) -> Failing:
    """A negative duration. None at all, on the day itself, is a duration of zero and in order."""
    clock = load_agreement().clocks_of(cases.kind)[0]
    begins: dict[str, Days] = {
        milestone: cases.start for milestone in cases.milestones if milestone not in (clock.anchor, clock.proxy)
    }
    begins |= {field: cases.start for field in CASE_DATES if field in cases.dates}
    for step in load_agreement().steps_of(cases.kind):
        if step.to in begins and step.from_ in cases.dates and step.from_ != clock.anchor:
            begins[step.to] = np.fmax(begins[step.to], cases.dates[step.from_])
    return {field: cases.dates[field] < begin for field, begin in begins.items()}


def after_the_end(cases: Cases) -> Failing:
    if "ended" not in cases.dates:
        return {}
    return {milestone: cases.dates[milestone] > cases.dates["ended"] for milestone in cases.milestones}


def after_a_later_milestone(cases: Cases) -> Failing:
    found: Failing = {}
    for milestone in cases.milestones:
        for later in load_agreement().comes_before(milestone, cases.kind):
            if later in cases.dates:
                rows = cases.dates[milestone] > cases.dates[later]
                found[milestone] = found.get(milestone, np.zeros(len(rows), dtype=bool)) | rows
    return found


def passed_without_date(cases: Cases) -> Failing:
    """A gap: nothing is filled in, and a later milestone shows that it was passed."""
    found: Failing = {}
    for step in load_agreement().steps_of(cases.kind):
        if step.to not in cases.dates:
            continue
        shown = np.zeros(len(cases.born), dtype=bool)
        for later in step.shown_by:
            if later in cases.dates:
                shown |= ~np.isnat(cases.dates[later])
        found[step.to] = shown & np.isnat(cases.dates[step.to]) & ~cases.undated[step.to]
    return found


def the_same_measure_again(cases: Cases) -> Failing:
    """All dates, type, municipality and month of birth as in an earlier row, under another case key.

    Only where the month of birth is known: children of one family share all the rest.
    """
    known = ~np.isnat(cases.born)
    table = pd.DataFrame({"same": cases.same, "born": cases.born, **cases.dates})
    dated = sum((~np.isnat(days)).astype(int) for days in cases.dates.values())
    again: Mask = table.duplicated().to_numpy() & known & (dated >= MOST_BY_CHANCE)
    return {"case": again}


MOST_BY_CHANCE = 2  # dates that two children born in one month may well share

RULES = (
    Rule("after_extract", "ligt na de dag van de uitdraai.", after_the_extract),
    Rule("before_birth", "ligt lang voor de geboorte.", long_before_birth),
    Rule("order_after_receipt", "ligt na de ontvangst door de instelling.", order_after_its_receipt),
    Rule(
        "before_its_step", "ligt voor het begin van de zaak of van de stap: een negatieve duur.", before_its_step_begins
    ),
    Rule("after_end", "ligt na het einde van de zaak.", after_the_end),
    Rule("out_of_order", "ligt na een mijlpaal die later komt.", after_a_later_milestone),
    Rule("gap", "ontbreekt, terwijl een latere mijlpaal een datum heeft.", passed_without_date),
    Rule("same_measure", "is in alles gelijk aan een eerdere rij met een ander kenmerk.", the_same_measure_again),
)


def heaped(raw: RawCases, kind: InstitutionKind) -> dict[str, float]:
    """Milestones of which too many dates are the first of a month, and that share: the day was not known, likely."""
    found = {}
    for milestone in load_agreement().milestones_in(kind):
        if milestone in raw.frame:
            days = raw.frame[milestone].dropna().dt.day
            if len(days) >= FEWEST_DATES and (days == 1).mean() > HEAPED / DAYS_OF_A_MONTH:
                found[milestone] = float((days == 1).mean())
    return found


def same_day(raw: RawCases, kind: InstitutionKind) -> dict[str, int]:
    """For each milestone the cases that reached it on the day its step began: zero days, and not negative."""
    frame = raw.frame
    return {
        step.to: int((frame[step.to] == frame[step.from_]).sum())
        for step in load_agreement().steps_of(kind)
        if step.to in frame and step.from_ in frame
    }


def _cases(raw: RawCases, kind: InstitutionKind, until: date) -> Cases:
    frame = raw.frame
    fields = [field for field in (*load_agreement().milestones_in(kind), *CASE_DATES) if field in frame]
    nothing = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[s]")
    alike = [column for column in ("municipality", "measure_type") if column in frame]
    return Cases(
        kind=kind,
        until=np.datetime64(until, "D"),
        dates={field: _day(frame[field]) for field in fields},
        undated={field: frame[f"{field}_undated"].to_numpy(dtype=bool).copy() for field in fields},
        born=_day(frame.get(BORN, nothing)),
        same=frame.groupby(alike, sort=False).ngroup().to_numpy().astype(np.int64),
    )


def _day(dates: pd.Series) -> Days:
    return dates.to_numpy().astype("datetime64[D]")
