from collections import defaultdict
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudonymise.agreement import Step, load_agreement
from pseudonymise.errors import UserError
from pseudonymise.risk import Risk, measure_risk, refuse_when_too_narrow
from tests.pseudonymise import oracle
from tests.pseudonymise.test_durations import Case, summary_of

AGREEMENT = load_agreement()
DELAY = AGREEMENT.follow_up.registration_delay_days
Row = tuple[int | None, str, str]


@cache
def attack(step: Step, quarter: str, until: date) -> dict[Row, set[date]]:
    """For each row that a step can give, the start dates that could have given it: every day is tried."""
    period = pd.Period(quarter, "Q")
    fits: dict[Row, set[date]] = defaultdict(set)
    for anchor in pd.date_range(period.start_time, period.end_time.date()).date:
        if oracle.block(anchor)[1] > until:
            continue
        fits[None, "unregistered", "unknown" if step.norm else "none"].add(anchor)
        last = 2 * step.horizon if step.unit == "working_days" else step.horizon + 1
        moments = [anchor + timedelta(days=days) for days in range(last + 1)]
        for event, end in [(None, None), *((day, None) for day in moments), *((None, day) for day in moments)]:
            fits[oracle.observe(step, anchor, until, anchor, event, False, end)].add(anchor)
    return fits


def smallest_window(tables: dict[str, pd.DataFrame], until: date) -> int:
    windows, single = [], {}
    alone = set(
        tables["clocks"].query("cases == 1")[["region", "measure_group", "quarter"]].itertuples(index=False, name=None)
    )
    for row in tables["steps"].itertuples():
        step = AGREEMENT.step(row.step)
        if step.from_ != "order_received":
            continue
        duration = None if pd.isna(row.duration) else int(row.duration)
        days = attack(step, row.quarter, until)[duration, row.outcome, row.norm_result]
        windows.append(len(days))
        cell = (row.region, row.measure_group, row.quarter)
        if cell in alone:
            single[cell] = single.get(cell, days) & days
    return min([*windows, *map(len, single.values())])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    received = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 89)))
    case: Case = {"order_received": received, "municipality": draw(st.sampled_from(["0202", "0230", "0200"]))}
    for milestone in ("first_contact", "worker_assigned", "plan_established", "help_started", "ended"):
        if draw(st.booleans()):
            case[milestone] = received + timedelta(days=draw(st.one_of(st.integers(0, 10), st.integers(0, 120))))
    return case


@settings(max_examples=30, deadline=None)
@given(st.lists(cases(), min_size=1, max_size=6))
def test_an_attacker_who_tries_every_start_date_finds_what_the_report_says(drawn: list[Case]) -> None:
    until = date(2026, 4, 20)
    tables = summary_of(drawn, until).tables
    risk = measure_risk(tables, until, DELAY)
    assert risk.smallest_window == smallest_window(tables, until)
    assert risk.smallest_window is not None
    assert risk.smallest_window >= 7
    assert risk.counting_one == (tables["steps"]["cases"] == 1).sum()


def council_and_veilig_thuis() -> list[tuple[str, list[Case]]]:
    draw = np.random.default_rng(5)
    chains = {
        "VTGM": ("report_received", "vt_investigation_needed", "vt_investigation_started", "vt_judgement"),
        "RVDK": ("council_request_received", "council_investigation_started", "council_report", "court_order"),
    }
    found = []
    for code, chain in chains.items():
        drawn: list[Case] = []
        for _ in range(60):
            day, case = date(2026, 1, 1) + timedelta(days=int(draw.integers(0, 120))), {}
            for milestone in chain[: draw.integers(1, 5)]:
                case[milestone] = day
                day += timedelta(days=int(draw.integers(0, 60)))
            drawn.append(case)
        found.append((code, drawn))
    return found


@pytest.mark.parametrize(("code", "drawn"), council_and_veilig_thuis())
def test_start_dates_of_the_other_institutions_cannot_be_worked_out(code: str, drawn: list[Case]) -> None:
    tables = summary_of(drawn, date(2026, 6, 30), institution=code).tables
    window = measure_risk(tables, date(2026, 6, 30), DELAY).smallest_window
    assert window is not None
    assert window >= 7


UNTIL = date(2026, 9, 30)
PLANTED = {
    "plan followed to the extract": ("plan", 17, "open", "not_due"),
    "plan on time by roll-over, not laid": ("plan", 44, "reached", "met"),
    "contact followed to the extract": ("first_contact", 1, "open", "not_due"),
}


@pytest.mark.parametrize("row", PLANTED.values(), ids=PLANTED.keys())
def test_a_row_that_gives_its_date_away_is_refused(row: tuple[str, int, str, str]) -> None:
    tables = summary_of([{"order_received": date(2026, 9, 2)}, {"order_received": date(2026, 9, 3)}]).tables
    step, duration, outcome, result = row
    planted = tables["steps"].iloc[[0]].assign(step=step, duration=duration, outcome=outcome, norm_result=result)
    tables["steps"] = pd.concat([tables["steps"], planted])
    risk = measure_risk(tables, UNTIL, DELAY)
    assert (risk.smallest_window, risk.where) == (0, f"stap {step}, 2026Q3")
    with pytest.raises(UserError, match="terug te rekenen tot 0 dagen; de overeenkomst vraagt er minstens 7"):
        refuse_when_too_narrow(risk)


def test_the_rows_of_one_child_are_taken_together() -> None:
    """Apart each row leaves a half-month; followed for 0 days and for 15, they are of different ones."""
    tables = summary_of([{"order_received": date(2026, 9, 2)}]).tables
    assert measure_risk(tables, UNTIL, DELAY).smallest_window == 15
    steps = tables["steps"]
    tables["steps"] = steps.assign(duration=steps["duration"].mask(steps["step"] == "plan", 0))
    risk = measure_risk(tables, UNTIL, DELAY)
    assert risk.smallest_window == 0
    assert risk.where == "alle stappen van de enige zaak in een cel van 2026Q3"


def test_what_an_insider_learns_of_a_group() -> None:
    """Alone, alike, and apart: by hand, of one step."""
    met, missed = {"plan_established": date(2026, 2, 10)}, {"plan_established": date(2026, 5, 1)}
    drawn: list[Case] = [
        {"order_received": date(2026, 1, 5), "municipality": "0202", **met},
        *[{"order_received": date(2026, 1, 5), "municipality": "0230", **met} for _ in range(3)],
        *[{"order_received": date(2026, 1, 5), "municipality": "0200", **result} for result in (met, missed)],
    ]
    tables = summary_of(drawn, UNTIL).tables
    tables["steps"] = tables["steps"][tables["steps"]["step"] == "plan"]
    risk = measure_risk(tables, UNTIL, DELAY)
    assert (risk.groups, risk.single_groups, risk.alike) == (3, 1, 1)


@pytest.mark.parametrize(("window", "refused"), [(None, False), (7, False), (6, True), (0, True)])
def test_the_limit_of_the_agreement(window: int | None, refused: bool) -> None:
    risk = Risk(window, "stap plan, 2026Q3", rows=10, counting_one=4, groups=3, single_groups=2, alike=0)
    if refused:
        with pytest.raises(UserError, match="stap plan, 2026Q3"):
            refuse_when_too_narrow(risk)
    else:
        refuse_when_too_narrow(risk)
    assert risk.share_counting_one == 0.4


def test_a_delivery_without_rows_has_no_window() -> None:
    tables = summary_of([{"order_received": date(2026, 10, 2)}]).tables
    assert measure_risk(tables, UNTIL, DELAY) == Risk(None, "", 0, 0, 0, 0, 0)
