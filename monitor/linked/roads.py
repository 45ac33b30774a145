"""From events to roads (*wegen*): what became of each child since its first report, by the rules of the agreement.

One child, one road, however many children a family has. It starts at the earliest report that any Veilig Thuis sent,
and counts there, in the region and quarter of that report, wherever the help starts. Its end is the first help on that
day or later. Whose first known help lies before the report had it already: that is no road. Help on a day that
nobody knows ends a road all the same, but its length is not known: unregistered. So is a road without a number.

Of a road the day of its start is not known, only the quarter. So each road of a quarter is followed equally long: from
the last day of that quarter to the day up to which all parties are followed. Help after that many days is not counted
yet, whoever saw it: or those who started early in the quarter would count for longer when they are helped alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from monitor.release.periods import last_day
from pseudonymise.agreement import NormResult, Outcome, load_agreement
from pseudonymise.linked.events import days_between
from pseudonymise.linked.keys import linked_terms

NO_MEASURE_YET = "none"  # the measure group of everything before an order


@dataclass(frozen=True)
class Roads:
    """``frame``: a row a road, with ``institution``, ``region``, ``quarter`` and ``key`` of its start, ``days`` to the
    end (missing when it has none, or none that is dated), ``undated``, and of these ``no_number``: what could not be
    linked. ``helped_before``: children left out, as their help came before the report. ``elsewhere``: children with
    help and without a report here."""

    frame: pd.DataFrame
    helped_before: int
    elsewhere: int


def lay_together(events: Mapping[str, pd.DataFrame]) -> Roads:
    """``events``: by institution, as `pseudonymise.linked.events` has them, all under one key and one offset."""
    start = linked_terms().start
    every = pd.concat([frame.assign(institution=code) for code, frame in sorted(events.items())], ignore_index=True)
    reports, help_ = every[every["milestone"] == start], every[every["milestone"] != start]
    without = reports[reports["pseudonym"] == ""]
    first = _first_of_each(reports[reports["pseudonym"] != ""])
    of_known = help_.merge(first[["pseudonym", "day"]], on="pseudonym", suffixes=("", "_start"))
    of_known["days"] = days_between(of_known["day_start"], of_known["day"])
    dated = of_known[of_known["day"].notna()]
    before = set(dated.loc[dated["days"] < 0, "pseudonym"])
    roads = first[~first["pseudonym"].isin(before)]
    ends = dated[dated["days"] >= 0].groupby("pseudonym")["days"].min()
    days = roads["pseudonym"].map(ends).astype("Int64")
    undated = roads["pseudonym"].isin(of_known.loc[of_known["day"].isna(), "pseudonym"]) & days.isna()
    starts = ["institution", "region", "quarter", "key"]
    frame = pd.concat(
        [
            roads[starts].assign(days=days, undated=undated, no_number=False),
            without[starts].assign(days=pd.array([pd.NA] * len(without), dtype="Int64"), undated=True, no_number=True),
        ],
        ignore_index=True,
    )
    return Roads(frame, len(before), len(set(help_["pseudonym"]) - set(first["pseudonym"])))


def _first_of_each(reports: pd.DataFrame) -> pd.DataFrame:
    """The earliest report of each pseudonym; of two on one day that of the institution that comes first by its code.

    Days lie on a circle, so that which is the earliest is known from their differences alone.
    """
    base = reports.groupby("pseudonym")["day"].transform("first")
    since = days_between(base, reports["day"])
    ordered = reports.assign(since=since).sort_values(["pseudonym", "since", "institution"], kind="stable")
    return ordered.drop_duplicates("pseudonym")


def follow(roads: pd.DataFrame, followed_until: date) -> pd.DataFrame:
    """The roads of a quarter that is over by then, each with ``outcome``, ``duration`` (calendar days, missing when
    unregistered) and ``norm_result``; durations of what is open on the grid of the step."""
    step = load_agreement().road
    norm = step.norm_days
    assert norm is not None
    ends = roads["quarter"].map({quarter: last_day(quarter) for quarter in roads["quarter"].unique()})
    followed = (pd.Timestamp(followed_until) - pd.to_datetime(ends)).dt.days.to_numpy()
    chosen = followed >= 0
    frame, followed = roads[chosen], np.minimum(followed[chosen], step.horizon)
    days = frame["days"].fillna(-1).to_numpy(dtype=np.int64)
    reached = (days >= 0) & (days <= followed)
    undated = frame["undated"].to_numpy(dtype=bool)
    outcome = np.select([undated, reached], [Outcome.UNREGISTERED, Outcome.REACHED], Outcome.OPEN)
    duration = np.where(reached, days, followed // step.grid * step.grid)
    result = np.select(
        [undated, reached & (days <= norm), reached | (followed >= norm)],
        [NormResult.UNKNOWN, NormResult.MET, NormResult.MISSED],
        NormResult.NOT_DUE,
    )
    return frame.assign(
        outcome=outcome.astype(object),
        duration=pd.arrays.IntegerArray(duration, undated),
        norm_result=result.astype(object),
    )


def counts_of(roads: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What a release reads of followed roads: the tables ``clocks``, ``steps`` and ``key_sums`` of a delivery, each
    with ``institution``."""
    step = load_agreement().road
    group = ["institution", "region", "measure_group", "quarter"]
    grid = np.array(step.grid_points)
    frame = roads.assign(
        measure_group=NO_MEASURE_YET,
        bin=roads["duration"]
        .map(lambda days: int(grid[np.searchsorted(grid, days)]), na_action="ignore")
        .astype("Int64"),
    )

    def sums(table: str, item: str, *by: str) -> pd.DataFrame:
        summed = frame.groupby([*group, *by], dropna=False)["key"].sum().rename("key_sum").reset_index()
        return summed.assign(table=table, item=item, key_sum=summed["key_sum"].astype("int64") % 2**32)

    def cases(*by: str) -> pd.DataFrame:
        return frame.groupby([*group, *by], dropna=False).size().rename("cases").reset_index()

    of_clock = sums("clocks", step.clock).assign(outcome="", bin=pd.array([pd.NA] * len(cases()), dtype="Int64"))
    return {
        "clocks": cases().assign(clock=step.clock),
        "steps": cases("duration", "outcome", "norm_result").assign(step=step.code),
        "key_sums": pd.concat([of_clock, sums("steps", step.code, "outcome", "bin")], ignore_index=True),
    }
