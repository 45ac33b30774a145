"""Trajectories in, counts out: what a delivery says of each step of the chain, and nothing finer.

Every case is followed exactly as long as the youngest case of its half-month, so that no row narrows a start
date below a half-month and open and reached cases are followed alike (docs/explanation/follow-up.md).
All rules work on whole columns; days are ``datetime64[D]``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from pseudonymise.agreement import Clock, Flow, InstitutionKind, NormResult, Outcome, Step, load_agreement
from pseudonymise.calendar import Counts, Days, longest_term, quarter_name, quarter_number, term_end, workdays
from pseudonymise.delivery import TABLES, LeftOut
from pseudonymise.pseudonyms import record_keys
from pseudonymise.registration import RegistrationDelay, registered_on, registration_delay, reporting_triangle
from pseudonymise.trajectories import Trajectories, anchor_dates

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]

# Outcomes and results are kept as their place in these; a duration of NO_DURATION is empty.
OUTCOMES = tuple(Outcome)
RESULTS = tuple(NormResult)
REACHED, OPEN, ENDED, UNREGISTERED = (OUTCOMES.index(outcome) for outcome in Outcome)
NO_DURATION = -1
NEVER = np.datetime64("9999-12-31", "D")  # later than any date: an event that has not happened


@dataclass(frozen=True)
class FollowUp:
    """How long each half-month is followed: one entry for each complete half-month up to the extract.

    ``first_index`` is the number of the first (see `half_month`); ``days`` the calendar days from the last
    day of each to the cut-off, 0 when that came first; ``workdays`` the fewest working days in those calendar
    days over its possible starts, so that an open case does not give its weekday away.
    """

    first_index: int
    days: Counts
    workdays: Counts

    def entry(self, anchor: Days) -> Counts:
        """The entry of each anchor; negative for before the first, ``len(days)`` or more for too recent."""
        return half_month(anchor) - self.first_index


def half_month(day: Days) -> Counts:
    """Number of the half-month of each day: 1 to 15, and 16 to the end of the month."""
    month = day.astype("datetime64[M]")
    day_of_month = (day - month.astype("datetime64[D]")).astype(np.int64) + 1
    numbers: Counts = 2 * month.astype(np.int64) + (day_of_month > 15)
    return numbers


def follow_up(first: date, until: date, delay: int) -> FollowUp:
    """The follow-up of every half-month from that of ``first`` that is complete on ``until``.

    It stops ``delay`` calendar days before ``until``: what happened later may not be registered yet.
    """
    starts = np.arange(np.datetime64(first, "D"), np.datetime64(until, "D") + 1)
    numbers, begin, size = np.unique(half_month(starts), return_index=True, return_counts=True)
    after_until = np.array([np.datetime64(until, "D") + 1])
    if len(numbers) and half_month(after_until)[0] == numbers[-1]:  # the last half-month is not over yet
        numbers, begin, size = numbers[:-1], begin[:-1], size[:-1]
    last = starts[begin + size - 1]
    days = np.maximum((np.datetime64(until, "D") - last).astype(np.int64) - delay, 0)
    complete = starts[: int(size.sum())]
    working = workdays(complete, complete + np.repeat(days, size))
    fewest = np.minimum.reduceat(working, begin) if len(numbers) else working
    first_index = int(half_month(np.array([np.datetime64(first, "D")]))[0])
    return FollowUp(first_index, days, fewest)


@dataclass(frozen=True)
class Observed:
    """How a step stood for each case: places in OUTCOMES and RESULTS; durations in the unit of the step."""

    outcome: Codes
    duration: Codes
    result: Codes


def observe(
    step: Step, *, start: Days, event: Days, passed: Mask, end: Days, seen_until: Days, followed: Counts
) -> Observed:
    """How a step stood when its cases were last followed.

    ``start``, ``event`` and ``end`` (of the case) may be NaT; ``passed`` says that the milestone was passed,
    whatever its date; ``seen_until`` is the last day on which the case is followed, ``followed`` how long
    that is from its start in the unit of the step.

    - reached: the event was seen, and not after the case had ended;
    - unregistered: the start is unknown, or the event was passed without a usable date;
    - ended: the case ended first (the competing event), at once when it ended before the step began;
    - open: anything else, and whatever lies beyond the horizon of the step.
    """
    known_start = ~np.isnat(start)
    begin = np.where(known_start, start, seen_until)
    event_day = np.where(np.isnat(event) | (event < begin), NEVER, event)
    end_day = np.maximum(np.where(np.isnat(end), NEVER, end), begin)

    # A date that is not seen counts as the last day: any day in range will do, as it is not used.
    taken = _days(step, begin, np.minimum(event_day, seen_until))
    lasted = _days(step, begin, np.minimum(end_day, seen_until))
    reached = (event_day <= seen_until) & (taken <= followed) & (event_day <= end_day)
    unregistered = ~known_start | (~reached & (passed | (event < begin)))
    ended = ~reached & ~unregistered & (end_day <= seen_until) & (lasted <= followed)

    outcome = np.select([unregistered, reached, ended], [UNREGISTERED, REACHED, ENDED], OPEN)
    duration = np.select([unregistered, reached, ended], [NO_DURATION, taken, lasted], followed)
    if step.norm is not None:
        in_time = _in_time(step, begin, np.where(reached, event_day, end_day), duration)
        duration = np.where(reached | ended, laid_on_norm(step, duration, in_time), duration)
    beyond = duration > step.horizon
    outcome, duration = np.where(beyond, OPEN, outcome), np.minimum(duration, step.horizon)
    return Observed(outcome, duration, norm_result(step, outcome, duration))


def _days(step: Step, start: Days, end: Days) -> Counts:
    return workdays(start, end) if step.unit == "working_days" else (end - start).astype(np.int64)


def _in_time(step: Step, start: Days, day: Days, duration: Codes) -> Mask:
    """Whether a day lies within the term, by the real calendar."""
    assert step.norm is not None
    if step.norm.unit == "working_days":
        return duration <= step.norm.length
    return day <= term_end(start, step.norm)


def laid_on_norm(step: Step, duration: Codes, in_time: Mask) -> Codes:
    """Durations such that *in time* is exactly ``<= norm_days``.

    A term that rolls to the next working day, or lasts a month, would otherwise give the weekday or the month
    of a start away: on time on day 44 of six weeks is a start on a Saturday or before a holiday.
    """
    norm_days = step.norm_days
    assert norm_days is not None
    return np.where(in_time, np.minimum(duration, norm_days), np.maximum(duration, norm_days + 1))


def norm_result(step: Step, outcome: Codes, duration: Codes) -> Codes:
    """What came of the norm, from the laid duration alone: nothing that it does not say already."""
    if step.norm is None:
        return np.full(len(outcome), RESULTS.index(NormResult.NONE))
    assert step.norm_days is not None
    in_time = duration <= step.norm_days
    late = RESULTS.index(NormResult.MISSED)
    return np.select(
        [
            outcome == REACHED,
            outcome == ENDED,
            outcome == OPEN,
        ],
        [
            np.where(in_time, RESULTS.index(NormResult.MET), late),
            np.where(in_time, RESULTS.index(NormResult.LAPSED), late),
            np.where(duration >= longest_term(step.norm), late, RESULTS.index(NormResult.NOT_DUE)),
        ],
        RESULTS.index(NormResult.UNKNOWN),
    )


def grid_bin(step: Step, duration: Codes) -> Codes:
    """The first grid point at or above each duration; NO_DURATION stays what it is."""
    points = np.maximum(-(-duration // step.grid), 1) * step.grid
    return np.where(duration == NO_DURATION, NO_DURATION, points)


@dataclass(frozen=True)
class Summary:
    """What leaves: the tables of `delivery.TABLES`, the delay, and which rows are in no clock and why."""

    tables: dict[str, pd.DataFrame]
    delay: RegistrationDelay
    rows_used: int
    left_out: dict[str, int]


def summarise(trajectories: Trajectories, secret: bytes, progress: Callable[[str], None] = lambda _: None) -> Summary:
    """The tables of a delivery. ``secret`` is the record secret of the institution.

    UserError when registration runs further behind than the agreement allows.
    """
    agreement = load_agreement()
    frame, kind = trajectories.frame, trajectories.institution.kind
    until = np.datetime64(trajectories.until, "D")
    first = pd.Period(agreement.first_quarter, "Q")
    usable = {
        milestone: _day(frame[milestone].where(~frame[f"{milestone}_implausible"]))
        for milestone in agreement.milestones_in(kind)
    }
    delay = registration_delay(trajectories, usable)
    follow = follow_up(first.start_time.date(), trajectories.until, delay.days)
    end = np.fmin(_day(frame["ended"]), _day(frame["transferred_out"]))
    transferred_in = frame["transferred_in"].notna().to_numpy()
    regions = frame["region"].cat.codes.to_numpy().astype(np.int64)
    groups = frame["measure_group"].cat.codes.to_numpy().astype(np.int64)
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    in_a_clock = np.zeros(len(frame), dtype=bool)
    reasons = np.full(len(frame), "", dtype=object)
    keys = {clock.code: record_keys(frame["case"], secret, clock.code) for clock in agreement.clocks_of(kind)}

    for number, clock in enumerate(agreement.clocks_of(kind)):
        progress(f"klok '{clock.nl}' tellen")
        anchors, proxied = anchor_dates(frame, clock)
        anchor = _day(anchors)
        entry = follow.entry(np.where(np.isnat(anchor), until, anchor))
        why_not = np.select(
            [transferred_in, np.isnat(anchor), entry < 0, entry >= len(follow.days)],
            [LeftOut.TRANSFERRED_IN, LeftOut.NO_START, LeftOut.BEFORE_FIRST_QUARTER, LeftOut.TOO_RECENT],
            "",
        ).astype(object)
        rows = np.flatnonzero(why_not == "")
        seen_until = anchor[rows] + follow.days[entry[rows]].astype("timedelta64[D]")
        if number == 0:
            reasons = why_not
            parts["quality"].append(
                _quality(trajectories, clock, rows, anchor[rows], proxied[rows], seen_until, usable)
            )
            # Also those whose half-month is not over: they are registered like any other.
            counted = np.isin(why_not, ["", LeftOut.TOO_RECENT])
            in_order = {
                milestone: np.where(counted & ~_before_its_step(milestone, kind, usable), days, np.datetime64("NaT"))
                for milestone, days in usable.items()
            }
            parts["registrations"].append(reporting_triangle(trajectories, in_order))
        required = anchor[rows] if clock.requires == clock.anchor else usable[clock.requires][rows]
        started = ~np.isnat(required) & (required <= seen_until)
        rows, seen_until = rows[started], seen_until[started]
        in_a_clock[rows] = True
        cell = Cells(regions[rows], groups[rows], quarter_number(anchor[rows]), keys[clock.code][rows], frame)
        parts["clocks"].append(cell.count({"clock": clock.code}))
        parts["key_sums"].append(cell.key_sums("clocks", clock.code))
        for step in agreement.steps_of(kind):
            if step.clock != clock.code:
                continue
            start = anchor[rows] if step.from_ == clock.anchor else usable[step.from_][rows]
            follow_days = (
                follow.workdays[entry[rows]]
                if step.unit == "working_days"
                else (seen_until - np.where(np.isnat(start), seen_until, start)).astype(np.int64)
            )
            observed = observe(
                step,
                start=start,
                event=usable[step.to][rows],
                passed=_passed_undated(frame, step.to, step, usable, rows, seen_until)
                | (proxied[rows] if step.to == clock.anchor else False),
                end=end[rows],
                seen_until=seen_until,
                followed=follow_days,
            )
            parts["steps"].append(cell.steps(step, observed))
            parts["key_sums"].append(
                cell.key_sums("steps", step.code, observed.outcome, grid_bin(step, observed.duration))
            )

    if kind == "gi":
        progress("stand en stroom tellen")
        (clock,) = agreement.clocks_of(kind)
        anchor = _day(anchor_dates(frame, clock)[0])
        for flow, rows, quarters in flow_events(frame, anchor, first, trajectories.until):
            cell = Cells(regions[rows], groups[rows], quarters, keys[clock.code][rows], frame)
            parts["flows"].append(cell.count({"flow": str(flow)}))
            parts["key_sums"].append(cell.key_sums("flows", str(flow)))

    left_out = dict(trajectories.left_out)
    for reason in np.unique(reasons[~in_a_clock].astype(str)):
        # A case of a clock that never came to its `requires` has no reason of its own in the first clock.
        word = reason or str(LeftOut.NO_START)
        left_out[word] = left_out.get(word, 0) + int((reasons[~in_a_clock] == reason).sum())
    tables = {name: _table(name, parts[name]) for name in TABLES}
    return Summary(tables, delay, int(in_a_clock.sum()), left_out)


def flow_events(frame: pd.DataFrame, anchor: Days, first: pd.Period, until: date) -> list[tuple[Flow, Codes, Codes]]:
    """Of each flow the rows that take part and the quarter in which they do.

    Stock is what is in force on the last day of a quarter: started or taken over by then, and not ended or
    handed over by then. A conversion (a provisional order that became a supervision order) is no outflow.
    """
    ended, out, into = (_day(frame[name]) for name in ("ended", "transferred_out", "transferred_in"))
    converted = frame["converted"].to_numpy()
    last_day = np.datetime64(until, "D")
    events = []
    for flow, day in (
        (Flow.ENDED, np.where(converted, np.datetime64("NaT"), ended)),
        (Flow.CONVERTED, np.where(converted, ended, np.datetime64("NaT"))),
        (Flow.TRANSFERRED_IN, into),
        (Flow.TRANSFERRED_OUT, out),
    ):
        rows = np.flatnonzero((day >= np.datetime64(first.start_time, "D")) & (day <= last_day))
        events.append((flow, rows, quarter_number(day[rows])))
    here = np.where(np.isnat(into), anchor, into)
    gone = np.fmin(ended, out)
    for quarter in pd.period_range(first, pd.Timestamp(until), freq="Q"):
        end_of_quarter = np.datetime64(quarter.end_time.date(), "D")
        if end_of_quarter > last_day:
            break
        rows = np.flatnonzero((here <= end_of_quarter) & ~(gone <= end_of_quarter))
        events.append((Flow.STOCK, rows, np.full(len(rows), quarter.ordinal)))
    return events


@dataclass(frozen=True)
class Cells:
    """The dimensions and record keys of a set of cases, and how they are counted."""

    region: Codes
    group: Codes
    quarter: Codes
    keys: npt.NDArray[np.uint32]
    frame: pd.DataFrame

    def count(self, fixed: dict[str, str]) -> pd.DataFrame:
        group = self._grouped()
        return self._named(group, fixed).assign(cases=group.sizes)

    def steps(self, step: Step, observed: Observed) -> pd.DataFrame:
        group = self._grouped(observed.duration, observed.outcome, observed.result)
        duration, outcome, result = group.values[3:]
        return self._named(group, {"step": step.code}).assign(
            duration=_nullable(duration),
            outcome=np.array(OUTCOMES, dtype=object)[outcome],
            norm_result=np.array(RESULTS, dtype=object)[result],
            cases=group.sizes,
        )

    def key_sums(self, table: str, item: str, outcome: Codes | None = None, bins: Codes | None = None) -> pd.DataFrame:
        """Sums modulo 2**32 of the record keys, at the finest cell of the release plan."""
        if outcome is None or bins is None:
            group = self._grouped()
            named = self._named(group, {"table": table, "item": item, "outcome": ""})
            points = np.full(len(group.sizes), NO_DURATION)
        else:
            group = self._grouped(outcome, bins)
            named = self._named(group, {"table": table, "item": item}).assign(
                outcome=np.array(OUTCOMES, dtype=object)[group.values[3]]
            )
            points = group.values[4]
        return named.assign(bin=_nullable(points), key_sum=group.sums_of(self.keys))

    def _grouped(self, *more: Codes) -> "Grouped":
        return group_by(self.region, self.group, self.quarter, *more)

    def _named(self, group: "Grouped", fixed: dict[str, str]) -> pd.DataFrame:
        region, measure_group, quarter = group.values[:3]
        return pd.DataFrame(
            {
                "region": self.frame["region"].cat.categories.to_numpy(dtype=object)[region],
                "measure_group": self.frame["measure_group"].cat.categories.to_numpy(dtype=object)[measure_group],
                "quarter": [quarter_name(int(number)) for number in quarter],
            }
        ).assign(**fixed)


@dataclass(frozen=True)
class Grouped:
    """The distinct combinations of some columns: their ``values`` (an array each) and how many have each.

    ``packed`` gives of each case the number of its combination among all that could be, ``found`` those that
    are there.
    """

    values: list[Codes]
    sizes: Counts
    packed: Codes
    found: Codes

    def sums_of(self, keys: npt.NDArray[np.uint32]) -> Counts:
        """The sum of the keys of each combination, modulo 2**32.

        The two halves of a key are summed apart: bincount adds in floating point, which is exact below 2**53,
        so up to 2**37 cases.
        """
        low, high = (
            np.bincount(self.packed, weights=half)[self.found].astype(np.int64) for half in (keys & 0xFFFF, keys >> 16)
        )
        return (low + (high << 16)) % 2**32


def group_by(*columns: Codes) -> Grouped:
    """Groups by small whole numbers without sorting: every combination in their range is counted."""
    if not len(columns[0]):
        nothing = np.zeros(0, dtype=np.int64)
        return Grouped([nothing for _ in columns], nothing, nothing, nothing)
    lows = [int(column.min()) for column in columns]
    shape = [int(column.max()) - low + 1 for column, low in zip(columns, lows, strict=True)]
    packed = np.ravel_multi_index([column - low for column, low in zip(columns, lows, strict=True)], shape)
    sizes = np.bincount(packed)
    found = np.flatnonzero(sizes)
    values = [part + low for part, low in zip(np.unravel_index(found, shape), lows, strict=True)]
    return Grouped(values, sizes[found], packed, found)


def _quality(
    trajectories: Trajectories,
    clock: Clock,
    rows: Codes,
    anchor: Days,
    proxied: Mask,
    seen_until: Days,
    usable: dict[str, Days],
) -> pd.DataFrame:
    """How complete the registration is: per milestone and quarter of the widest clock of the institution.

    Passed: with a usable date, or known to be passed without one. Proxied: the clock's start, where another
    milestone gave it. Implausible: with a date that cannot be; those are passed, and not dated. Out of order: dated
    after a milestone that only comes later; early: entered before it happened; both are dated.
    """
    agreement, frame, kind = load_agreement(), trajectories.frame, trajectories.institution.kind
    quarters, place = np.unique(quarter_number(anchor), return_inverse=True)
    parts = []
    for milestone in agreement.milestones_in(kind):
        dated = usable[milestone][rows] <= seen_until
        wrong = frame[f"{milestone}_implausible"].to_numpy()[rows]
        passed = dated | wrong | frame[f"{milestone}_undated"].to_numpy()[rows]
        for step in agreement.steps_of(kind):
            if step.to == milestone:
                passed |= _passed_undated(frame, milestone, step, usable, rows, seen_until)
        too_soon = dated & _before_its_step(milestone, kind, usable)[rows]
        wrong, dated = wrong | too_soon, dated & ~too_soon
        out_of_order = np.zeros(len(rows), dtype=bool)
        for later in agreement.comes_before(milestone, kind):
            out_of_order |= dated & (usable[later][rows] < usable[milestone][rows])
        early = dated & (registered_on(trajectories, milestone)[rows] < usable[milestone][rows])
        stood_in = proxied if milestone == clock.anchor else np.zeros(len(rows), dtype=bool)
        parts.append(
            pd.DataFrame(
                {
                    "milestone": milestone,
                    "quarter": [quarter_name(int(number)) for number in quarters],
                    **{
                        name: np.bincount(place, weights=mask, minlength=len(quarters)).astype(np.int64)
                        for name, mask in (
                            ("passed", passed | stood_in),
                            ("dated", dated),
                            ("proxied", stood_in),
                            ("implausible", wrong),
                            ("out_of_order", out_of_order),
                            ("early", early),
                        )
                    },
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _before_its_step(milestone: str, kind: InstitutionKind, usable: dict[str, Days]) -> Mask:
    """Whether the date of a milestone lies before that where its step begins, which cannot be."""
    before = np.zeros(len(usable[milestone]), dtype=bool)
    for step in load_agreement().steps_of(kind):
        if step.to == milestone:
            before |= usable[milestone] < usable[step.from_]
    return before


def _passed_undated(
    frame: pd.DataFrame, milestone: str, step: Step, usable: dict[str, Days], rows: Codes, seen_until: Days
) -> Mask:
    """Whether a milestone was passed although it has no usable date: the source says so, its date cannot be,
    or a later milestone was seen."""
    passed = (frame[f"{milestone}_undated"] | frame[f"{milestone}_implausible"]).to_numpy()[rows]
    for later in step.shown_by:
        passed = passed | (np.isnat(usable[milestone][rows]) & (usable[later][rows] <= seen_until))
    return passed


def _table(name: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({column: pd.Series(dtype="object") for column in TABLES[name]})
    return pd.concat(filled, ignore_index=True)[list(TABLES[name])]


def _nullable(numbers: Codes) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(numbers, numbers == NO_DURATION)


def _day(dates: pd.Series) -> Days:
    return dates.to_numpy().astype("datetime64[D]")
