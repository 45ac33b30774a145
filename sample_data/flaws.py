"""What registration does to the truth: dates entered late, missing, impossible or mistyped."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from pseudonymise.agreement import load_agreement
from sample_data.days import NEVER, on, position_before, working_days
from sample_data.parameters import load_parameters


class Flaw(StrEnum):
    NONE = ""
    BLANK = "blank"  # nothing filled in, though it happened
    UNKNOWN = "unknown"  # filled in that the date is unknown
    DAY_UNKNOWN = "day_unknown"  # year and month only
    MISTYPED = "mistyped"  # a date before the case began, or in the future
    IMPOSSIBLE = "impossible"  # the 31st of a month that has 30 days


@dataclass(frozen=True)
class Recorded:
    """The dates of the cases as their institution has them at the extract, and what is wrong with each.

    ``dates`` and ``flaws`` have a row for each case and a column for each date. A date that a flaw hides is
    still in ``dates``, so that a writer can show what is left of it. ``entered`` says on which day each milestone
    was entered, where the institution keeps that: it has no columns elsewhere.
    """

    cases: pd.DataFrame
    dates: pd.DataFrame
    flaws: pd.DataFrame
    entered: pd.DataFrame

    def take(self, rows: NDArray[np.int64]) -> "Recorded":
        parts = (self.cases, self.dates, self.flaws, self.entered)
        return Recorded(*(part.iloc[rows].reset_index(drop=True) for part in parts))


def record(rng: Generator, cases: pd.DataFrame, day_unknown: bool) -> Recorded:
    """The cases of one institution as recorded; ``day_unknown``: whether its format can hold such a date.

    What was entered after the extract is not in it, and neither is a case of which the start was.

    A date of a step is left blank only where a later date shows that the step was passed. All other missing
    dates are marked as unknown: a case without either is open, and nothing else.
    """
    p = load_parameters()
    agreement = load_agreement()
    institution = agreement.institution(cases["institution"].iloc[0])
    extract = pd.Timestamp(p.period.extract)
    cases = cases.reset_index(drop=True)
    true = cases.select_dtypes("datetime").drop(columns="birth_date")
    entered = _entered(rng.spawn(1)[0], true, institution.code)
    dates = true.where(true <= extract)
    dates[entered.columns] = dates[entered.columns].where(entered <= extract)
    known = pd.Series(True, index=dates.index)
    if "order_received" in entered:
        known = dates["order_received"].notna() | true["order_received"].isna()
    flaws = pd.DataFrame(Flaw.NONE, index=dates.index, columns=dates.columns, dtype=object)
    n = len(dates)

    def spoil(column: str, where: pd.Series, share: float, flaw: Flaw) -> None:
        hit = where & dates[column].notna() & (flaws[column] == Flaw.NONE) & (rng.random(n) < share)
        flaws.loc[hit, column] = flaw

    every = pd.Series(True, index=dates.index)
    if institution.kind == "gi":
        # Each can stand in for the other, so no case loses both.
        spoil("order_received", dates["court_order"].notna(), p.flaws.receipt_missing, Flaw.BLANK)
        here = flaws["order_received"] == Flaw.NONE
        spoil("court_order", here, p.flaws.order_missing, Flaw.BLANK)
        spoil("court_order", here, p.flaws.order_day_unknown * day_unknown, Flaw.DAY_UNKNOWN)
    steps = [step for step in agreement.steps_of(institution.kind) if step.to != "order_received"]
    for step in reversed(steps):  # later dates first: they show whether an earlier one may be blank
        share = p.flaws.missing[institution.code]
        if step.to == "help_started":
            share = p.flaws.help_unknown[institution.code]
        shown = every & False
        for later in step.shown_by:
            shown |= dates[later].notna() & (flaws[later] == Flaw.NONE)
        spoil(step.to, shown & (rng.random(n) < 0.5), share, Flaw.BLANK)
        spoil(step.to, ~shown, share, Flaw.UNKNOWN)
        spoil(step.to, shown, share / 2, Flaw.UNKNOWN)
    anchor = dates[agreement.clocks_of(institution.kind)[0].anchor]
    in_period = anchor >= pd.Timestamp(p.period.first_day)
    _make_impossible(rng, dates, flaws, [step.to for step in steps], in_period, institution.code)
    for step in steps:
        spoil(step.to, in_period, p.flaws.implausible, Flaw.MISTYPED)
        wrong = flaws[step.to] == Flaw.MISTYPED
        before = anchor - pd.to_timedelta(rng.integers(30, 400, n), unit="D")
        after = dates[step.to] + pd.DateOffset(years=10)
        dates[step.to] = dates[step.to].mask(wrong, before.where(rng.random(n) < 0.5, after))
    entered = entered.where(dates[entered.columns].notna() & (flaws[entered.columns] != Flaw.BLANK))
    return Recorded(cases, dates.astype("datetime64[s]"), flaws, entered).take(np.flatnonzero(known))


def _entered(rng: Generator, true: pd.DataFrame, institution: str) -> pd.DataFrame:
    """The working day on which each milestone is entered; no columns for an institution that does not keep it."""
    p = load_parameters().registration
    found = pd.DataFrame(index=true.index)
    if institution not in p.institutions:
        return found
    n = len(true)
    for milestone, mean in p.mean_days.items():
        day = true[milestone].to_numpy().astype("datetime64[D]")
        late = rng.gamma(p.shape, mean / p.shape, n).astype("timedelta64[D]")
        before = rng.integers(1, p.earliest_days + 1, n).astype("timedelta64[D]")
        position = np.searchsorted(working_days(), day + late)
        position = np.where(rng.random(n) < p.early, position_before(day - before), position)
        found[milestone] = on(np.where(np.isnat(day), NEVER, position))
    return found


def _make_impossible(
    rng: Generator,
    dates: pd.DataFrame,
    flaws: pd.DataFrame,
    columns: list[str],
    rows: pd.Series,
    institution: str,
) -> None:
    """Marks a few dates in months without a 31st, in place."""
    wanted = load_parameters().flaws.impossible_cells.get(institution, 0)
    if not wanted:
        return
    fit = [
        (row, column)
        for column in columns
        for row in dates.index[rows & dates[column].dt.month.isin([4, 6, 9, 11]) & (flaws[column] == Flaw.NONE)]
    ]
    for place in rng.permutation(len(fit))[:wanted]:
        row, column = fit[place]
        flaws.loc[row, column] = Flaw.IMPOSSIBLE
