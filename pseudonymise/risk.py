"""What could still single someone out, measured on a delivery before it leaves.

Whoever holds the delivery can try every start date of a quarter against the rules by which its rows were
made. That is done here, by those same rules: for each row of a step, and for the rows together that must be
of one child because their cell counts a single case, how many days remain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from pseudonymise.agreement import Step, load_agreement
from pseudonymise.calendar import Counts, Days
from pseudonymise.durations import (
    NO_DURATION,
    OUTCOMES,
    RESULTS,
    UNREGISTERED,
    FollowUp,
    Mask,
    Observed,
    follow_up,
    observe,
)
from pseudonymise.errors import UserError

CELL = ["region", "measure_group", "quarter"]
WEEK = 7


@dataclass(frozen=True)
class Risk:
    """``smallest_window`` is the fewest start dates that fit a row, or the rows of a single case; None when
    there are no rows. ``where`` says of which step and quarter. ``counting_one`` of ``rows`` count one case.

    A group is a clock in a region, measure group and quarter: ``single_groups`` of ``groups`` hold one case. Of
    ``alike`` times a step and a group of more, all cases came to the same: who knows that a child is among them knows
    what became of that step.
    """

    smallest_window: int | None
    where: str
    rows: int
    counting_one: int
    groups: int
    single_groups: int
    alike: int

    @property
    def share_counting_one(self) -> float:
        return self.counting_one / self.rows if self.rows else 0.0


def measure_risk(tables: Mapping[str, pd.DataFrame], until: date, delay: int) -> Risk:
    """Of a delivery until the given date, followed until ``delay`` days before; tables as in `delivery.TABLES`."""
    agreement, steps = load_agreement(), tables["steps"]
    follow = follow_up(pd.Period(agreement.first_quarter, "Q").start_time.date(), until, delay)
    steps = steps.assign(
        clock=steps["step"].map({step.code: step.clock for step in agreement.steps}),
        duration=steps["duration"].fillna(NO_DURATION).astype("int64"),
        outcome=pd.Categorical(steps["outcome"], categories=list(OUTCOMES)).codes,
        norm_result=pd.Categorical(steps["norm_result"], categories=list(RESULTS)).codes,
    ).merge(tables["clocks"], how="left", on=["clock", *CELL], suffixes=("", "_on_clock"))
    smallest: list[tuple[int, str]] = []
    of_one_child: dict[tuple[str, ...], Mask] = {}
    for (code, quarter), rows in steps.groupby(["step", "quarter"], sort=True):
        fits = start_dates(agreement.step(str(code)), str(quarter), follow)
        duration, outcome, result = (rows[name].to_numpy() for name in ("duration", "outcome", "norm_result"))
        possible = fits[duration + 1, outcome, result]
        smallest.append((int(possible.sum(axis=1).min()), f"stap {code}, {quarter}"))
        alone = (rows["cases_on_clock"] == 1).to_numpy()
        # The clocks of an institution lie within each other: their single cases are the same child.
        for cell, days in zip(rows.loc[alone, CELL].itertuples(index=False), possible[alone], strict=True):
            of_one_child[tuple(cell)] = of_one_child.get(tuple(cell), np.True_) & days
    smallest += [
        (int(days.sum()), f"alle stappen van de enige zaak in een cel van {cell[2]}")
        for cell, days in of_one_child.items()
    ]
    window, where = min(smallest, default=(None, ""))
    clocks = tables["clocks"]["cases"]
    ends = steps.groupby(["step", *CELL], observed=True).agg(
        cases=("cases", "sum"), outcomes=("outcome", "nunique"), results=("norm_result", "nunique")
    )
    return Risk(
        window,
        where,
        rows=len(steps),
        counting_one=int((steps["cases"] == 1).sum()),
        groups=len(clocks),
        single_groups=int((clocks == 1).sum()),
        alike=int(((ends["cases"] > 1) & (ends["outcomes"] == 1) & (ends["results"] == 1)).sum()),
    )


def refuse_when_too_narrow(risk: Risk) -> None:
    """UserError when a start date can be worked out to fewer days than the agreement allows."""
    limit = load_agreement().risk.smallest_start_window_days
    if risk.smallest_window is not None and risk.smallest_window < limit:
        raise UserError(
            f"De aanlevering is niet gemaakt: uit {risk.where} is een begindatum terug te rekenen tot "
            f"{risk.smallest_window} dagen; de overeenkomst vraagt er minstens {limit}. Kies een latere of "
            "eerdere --until, of meld dit aan de beheerder van de overeenkomst."
        )


def start_dates(step: Step, quarter: str, follow: FollowUp) -> Mask:
    """Which start dates could give which row: axes duration + 1 (first: none), outcome, norm result, day.

    Days are those of the quarter, of the clock's start. Everything that can happen to a case from each of
    them is put through `durations.observe`. For a step that begins somewhere on the way, its begin is tried
    on all days of a week after the clock's start: more would only add days.
    """
    period = pd.Period(quarter, "Q")
    days = np.arange(np.datetime64(period.start_time, "D"), np.datetime64(period.end_time.date(), "D") + 1)
    entry = follow.entry(days)
    followed = (entry >= 0) & (entry < len(follow.days))
    fits = np.zeros((step.horizon + 2, len(OUTCOMES), len(RESULTS), len(days)), dtype=bool)
    clock = load_agreement().clock(step.clock)
    if step.to == clock.anchor:
        # A step that ends where the clock starts says how long before it began, whenever that was.
        fits[..., followed] = True
        return fits
    days, entry, place = days[followed], entry[followed], np.flatnonzero(followed)
    seen_until = days + follow.days[entry].astype("timedelta64[D]")
    on_the_way = step.from_ != clock.anchor

    # Something happens after a number of days, or nothing does.
    lags = np.arange(2 * step.horizon if step.unit == "working_days" else step.horizon + 2)
    delays = np.arange(WEEK if on_the_way else 1)
    case, delay, lag = (axis.ravel() for axis in np.meshgrid(np.arange(len(days)), delays, lags, indexing="ij"))
    start = days[case] + delay.astype("timedelta64[D]")
    moment, never = start + lag.astype("timedelta64[D]"), np.full(len(case), np.datetime64("NaT", "D"))
    for event, end in ((moment, never), (never, moment)):
        _mark(fits, step, place, case, start, event, end, seen_until, follow.workdays[entry])

    waits = follow.days[entry] + 1 if on_the_way else np.ones(len(days), dtype=np.int64)
    case = np.repeat(np.arange(len(days)), waits)
    delay = np.arange(len(case)) - np.repeat(np.cumsum(waits) - waits, waits)
    start, never = days[case] + delay.astype("timedelta64[D]"), np.full(len(case), np.datetime64("NaT", "D"))
    _mark(fits, step, place, case, start, never, never, seen_until, follow.workdays[entry])
    fits[NO_DURATION + 1, UNREGISTERED, :, place] = True  # without a date, on any day
    return fits


def _mark(
    fits: Mask,
    step: Step,
    place: npt.NDArray[np.intp],
    case: npt.NDArray[np.intp],
    start: Days,
    event: Days,
    end: Days,
    seen_until: Days,
    fewest_workdays: Counts,
) -> None:
    within = start <= seen_until[case]
    case, start, event, end = case[within], start[within], event[within], end[within]
    seen: Observed = observe(
        step,
        start=start,
        event=event,
        passed=np.zeros(len(case), dtype=bool),
        end=end,
        seen_until=seen_until[case],
        followed=(
            fewest_workdays[case] if step.unit == "working_days" else (seen_until[case] - start).astype(np.int64)
        ),
    )
    fits[seen.duration + 1, seen.outcome, seen.result, place[case]] = True
