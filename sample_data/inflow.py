"""What comes before a measure: reports at Veilig Thuis and requests to the council (*Raad*)."""

import numpy as np
import pandas as pd
from numpy.random import Generator

from pseudonymise.agreement import load_agreement
from sample_data.days import NEVER, Positions, on, period, working_days
from sample_data.draws import finish, join, levels_of, place_regions, place_weights, places, wait
from sample_data.parameters import load_parameters


def reports(rng: Generator, scale: float) -> pd.DataFrame:
    """The reports (*meldingen*) of the period at the three Veilig Thuis organisations."""
    p = load_parameters()
    weights = place_weights(p)
    regions = place_regions(p)
    away = np.isin(list(p.municipalities.weights), p.municipalities.reports_elsewhere)
    areas = {
        i.code: np.where(np.isin(regions, i.regions) & ~away, weights, 0.0)
        for i in load_agreement().institutions
        if i.kind == "vt"
    }
    first, last = period()
    weeks = (p.period.extract - p.period.first_day).days / 7
    parts: list[pd.DataFrame] = []
    for code, area in areas.items():
        count = round(p.reports.a_week_vtgm * weeks * scale * area.sum() / areas["VTGM"].sum())
        children = max(1, round(count * p.reports.children_per_report))
        place = rng.choice(len(area), children, p=area / area.sum())
        person = rng.integers(0, children, count)
        births = np.datetime64("2008-11-01") + rng.integers(0, 4350, children).astype("timedelta64[D]")
        parts.append(
            pd.DataFrame(
                {
                    "institution": code,
                    "person": person,
                    "place": place[person],
                    "birth_date": births[person].astype("datetime64[s]"),
                    "report_received": rng.integers(first, last, count),
                }
            )
        )
    cases = join(parts, "person")
    n = len(cases)
    investigated = rng.random(n) < p.reports.investigated
    institution, received = cases["institution"].to_numpy(), cases["report_received"].to_numpy()

    def lasts(milestone: str) -> Positions:
        return wait(p, rng.standard_normal(n), levels_of(p, institution, milestone), milestone)

    to_start = lasts("vt_investigation_started")
    needed = received + (rng.beta(1, 2, n) * to_start).astype(np.int64)
    started = received + to_start
    judged = np.maximum(needed + lasts("vt_judgement"), started + 5)
    spread = np.exp(0.6 * rng.standard_normal(n))
    closing = np.ceil(p.reports.closing_median_working_days * spread).astype(np.int64)
    early = rng.random(n) < p.reports.closed_early
    broken_off = received + (rng.random(n) * (judged - received)).astype(np.int64)
    closed = np.where(investigated, np.where(early, broken_off, judged + closing), received + closing)
    found = {"vt_investigation_needed": needed, "vt_investigation_started": started, "vt_judgement": judged}
    for milestone, positions in found.items():
        cases[milestone] = np.where(investigated & (positions <= closed), positions, NEVER)
    cases["ended"] = closed
    return _without_measure(cases, "report_received", [*found, "ended"])


def requests(rng: Generator, scale: float) -> pd.DataFrame:
    """The requests for investigation (*verzoeken tot onderzoek*) of the period at the council."""
    p = load_parameters()
    first, last = period()
    n = round(p.council.requests * scale * (p.period.extract - p.period.first_day).days / 365.25)
    received = rng.integers(first, last, n)
    age = (rng.random(n) * 17.5 * 365.25).astype("timedelta64[D]")
    cases = pd.DataFrame(
        {
            "institution": "RVDK",
            "person": np.arange(n),
            "place": places(rng, p, n),
            "birth_date": (working_days()[received] - age).astype("datetime64[s]"),
            "council_request_received": received,
        }
    )
    institution = cases["institution"].to_numpy()

    def lasts(milestone: str) -> Positions:
        return wait(p, rng.standard_normal(n), levels_of(p, institution, milestone), milestone)

    started = received + lasts("council_investigation_started")
    reported = started + lasts("council_report")
    ordered = reported + lasts("court_order")
    ordered[rng.random(n) >= p.council.to_court] = NEVER
    administration = rng.integers(1, 8, n)
    closed = np.where(ordered == NEVER, reported, ordered) + administration
    withdrawn = rng.random(n) < p.council.withdrawn
    broken_off = received + (rng.random(n) * (reported - received)).astype(np.int64)
    closed = np.where(withdrawn, broken_off, closed)
    found = {"council_investigation_started": started, "council_report": reported, "court_order": ordered}
    for milestone, positions in found.items():
        cases[milestone] = np.where(positions <= closed, positions, NEVER)
    cases["ended"] = closed
    return _without_measure(cases, "council_request_received", [*found, "ended"])


def _without_measure(cases: pd.DataFrame, anchor: str, others: list[str]) -> pd.DataFrame:
    for column in (anchor, *others):
        cases[column] = on(cases[column].to_numpy())
    cases = cases.assign(family=cases["person"], measure_type="", end_reason="")
    return finish(cases, started=cases[anchor])
