"""The chain (*keten*): which children with a measure were reported at Veilig Thuis before, and what each registered.

The cases at Veilig Thuis and those of the certified institutions are drawn apart, so that neither changes when this
does. Here a child that was investigated and a child with a measure are made one where their dates could be.
"""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import Generator

from pseudonymise.agreement import InstitutionKind, load_agreement
from sample_data.flaws import Flaw, Recorded
from sample_data.parameters import load_parameters

FIELDS = ("bsn", "milestone", "date", "region")
DAY_UNKNOWN = "onbekend"


def join_chain(rng: Generator, reports: pd.DataFrame, measures: pd.DataFrame) -> None:
    """Give children in ``reports`` the number, family and birth date of a child in ``measures``, in place.

    Each child with a measure is laid beside one that was reported, in the same region but for a few who moved, about
    so long before the order as is drawn.
    """
    p = load_parameters().chain
    groups = load_agreement().measure_types
    first = measures[measures["order_received"].notna() & measures["measure_type"].map(groups).isin(p.measure_groups)]
    first = first.sort_values("order_received", kind="stable").drop_duplicates("person")
    first = first[rng.random(len(first)) < p.share].sample(frac=1, random_state=rng)
    lag = np.ceil(p.median_days * np.exp(p.sigma * rng.standard_normal(len(first)))).astype("timedelta64[D]")
    wanted = first["order_received"].to_numpy().astype("datetime64[D]") - lag
    regions = first["region"].to_numpy(dtype=object)
    moved = rng.random(len(first)) < p.moved
    regions[moved] = rng.permutation(regions)[moved]
    free = {
        region: ordered.reset_index(drop=True)
        for region, ordered in reports[reports["vt_investigation_needed"].notna()]
        .sort_values("report_received", kind="stable")
        .drop_duplicates("person")
        .groupby("region")
    }
    days = {region: group["report_received"].to_numpy().astype("datetime64[D]") for region, group in free.items()}
    taken = {region: np.zeros(len(group), dtype=bool) for region, group in free.items()}
    reported = reports.groupby("person")["report_received"].agg(["min", "max"])
    became: dict[int, int] = {}
    for row, (region, day) in enumerate(zip(regions, wanted, strict=True)):
        away = np.abs(days[region] - day).astype(np.int64)
        away[taken[region]] = p.nearest_days + 1
        nearest = int(away.argmin())
        one = int(free[region]["person"].iloc[nearest])
        born = first["birth_date"].iloc[row]
        a_child = born <= reported["min"][one] and reported["max"][one] < born + pd.DateOffset(years=18)
        if away[nearest] <= p.nearest_days and a_child:
            taken[region][nearest] = True
            became[one] = row
    rows = reports["person"].map(became).dropna().astype("int64")
    for column in ("person", "family", "birth_date"):
        reports.loc[rows.index, column] = first[column].to_numpy()[rows]


def chain_events(rng: Generator, kind: InstitutionKind, of: Recorded, people: pd.DataFrame) -> pd.DataFrame:
    """What an institution has to link by, columns as in FIELDS and ``person``: investigated reports, or help that
    started, as recorded at the extract.

    From the first quarter that is linked on. A child that was investigated before is left out: its road began then.
    """
    linked = load_agreement().linked
    assert linked is not None
    milestone = "report_received" if kind == "vt" else "help_started"
    dates, flaws = of.dates[milestone], of.flaws[milestone]
    known = flaws == Flaw.NONE
    since = pd.Period(linked.first_quarter, "Q").start_time
    chosen = dates.notna() & (of.cases[milestone] >= since)
    if kind == "vt":
        investigated = of.dates["vt_investigation_needed"].notna()
        first = dates.where(investigated).groupby(of.cases["person"]).transform("min")
        chosen &= investigated & (first >= since)
    found = pd.DataFrame(
        {
            "bsn": people["bsn"].to_numpy(dtype=object),
            "milestone": milestone,
            "date": dates.dt.strftime("%Y-%m-%d").where(known, DAY_UNKNOWN).to_numpy(dtype=object),
            "region": of.cases["region"].to_numpy(dtype=object) if kind == "vt" else "",
            "person": of.cases["person"].to_numpy(),
        }
    )[chosen.to_numpy()]
    if kind == "vt":
        unknown = rng.random(len(found)) < load_parameters().chain.number_unknown
        found["bsn"] = found["bsn"].where(~unknown, "")
    return found.reset_index(drop=True)


def write_chain(path: Path, events: pd.DataFrame) -> None:
    """As a query of the institution would give it, with a column that says that all is invented."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow((*FIELDS, "voorbeeldgegevens"))
        writer.writerows((*row, "verzonnen") for row in events[list(FIELDS)].itertuples(index=False))
