"""The planted truths, counted on the truth."""

import numpy as np
import pandas as pd
import pytest

from sample_data.planted import HELP_BACKLOG, REORGANISATION
from tests.sample_data.counting import measures_received, on_time

REGIONS = ("JZ12", "JZ17", "JZ21", "JZ25", "JZ28", "JZ30", "JZ32")
STEPS = ("first_contact", "worker_assigned", "plan_established", "help_started")


def shares_around(measures: pd.DataFrame, milestone: str, since: str) -> tuple[float, float]:
    """The share on time before and from ``since``."""
    met = on_time(measures)[milestone]
    later = measures["order_received"] >= since
    return float(met[~later].mean()), float(met[later].mean())


def test_the_reorganisation_brings_a_worker_sooner_in_the_largest_region(
    true_cases: dict[str, pd.DataFrame],
) -> None:
    measures = measures_received(true_cases)
    assert measures["region"].value_counts().idxmax() == REORGANISATION.region == "JZ28"
    before, after = shares_around(measures[measures["region"] == "JZ28"], "worker_assigned", "2024-04-01")
    assert after - before >= 0.20


@pytest.mark.parametrize("institution", ["JBGLD", "WSS", "LDH"])
def test_the_reorganisation_helps_at_every_institution(true_cases: dict[str, pd.DataFrame], institution: str) -> None:
    measures = measures_received(true_cases)
    here = measures[(measures["region"] == "JZ28") & (measures["institution"] == institution)]
    before, after = shares_around(here, "worker_assigned", "2024-04-01")
    assert after - before >= 0.15


def test_the_reorganisation_has_fourteen_quarters_before_it_and_ten_after() -> None:
    quarters = pd.period_range("2020Q4", "2026Q3", freq="Q")
    start = pd.Period(REORGANISATION.since, freq="Q")
    assert (sum(quarters < start), sum(quarters >= start)) == (14, 10)


def test_the_backlog_makes_families_wait_longer_for_help_every_year(
    true_cases: dict[str, pd.DataFrame],
) -> None:
    measures = measures_received(true_cases)
    here = measures[measures["region"] == HELP_BACKLOG.region]
    met = on_time(here)["help_started"].groupby(here["order_received"].dt.year).mean()
    assert met[2024] - met[2025] >= 0.10
    assert met[2025] - met[2026] >= 0.05


def unplanted() -> list[tuple[str, str, str]]:
    planted = {("JZ28", "worker_assigned"), ("JZ25", "help_started")}
    return [
        (region, milestone, since)
        for region in REGIONS
        for milestone in STEPS
        for since in ("2024-04-01", "2025-01-01")
        if (region, milestone) not in planted
    ]


@pytest.mark.parametrize(("region", "milestone", "since"), unplanted())
def test_nothing_else_changes(true_cases: dict[str, pd.DataFrame], region: str, milestone: str, since: str) -> None:
    measures = measures_received(true_cases)
    here = measures[measures["region"] == region]
    before, after = shares_around(here, milestone, since)
    p = on_time(here)[milestone].mean()
    later = (here["order_received"] >= since).sum()
    error = np.sqrt(p * (1 - p) * (1 / later + 1 / (len(here) - later)))
    assert abs(after - before) < 3 * error


@pytest.mark.parametrize(
    ("kind", "start", "end", "term"),
    [
        ("vt", "report_received", "vt_investigation_started", 5),
        ("vt", "vt_investigation_needed", "vt_judgement", 70),
        ("council", "council_request_received", "council_investigation_started", 10),
        ("council", "council_investigation_started", "council_report", 84),
        ("council", "council_report", "court_order", 28),
    ],
)
def test_nothing_changes_before_the_measure(
    true_cases: dict[str, pd.DataFrame], kind: str, start: str, end: str, term: int
) -> None:
    reached = true_cases[kind].dropna(subset=[start, end])
    met = (reached[end] - reached[start]).dt.days <= term
    by_year = met.groupby(reached[start].dt.year).agg(["mean", "size"])
    error = np.sqrt(met.mean() * (1 - met.mean()) / by_year["size"])
    assert ((by_year["mean"] - met.mean()).abs() < 3.5 * error).all()
