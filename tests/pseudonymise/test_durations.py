from collections import Counter
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudonymise.agreement import load_agreement
from pseudonymise.calendar import quarter_name, term_end
from pseudonymise.delivery import LeftOut
from pseudonymise.durations import (
    OUTCOMES,
    RESULTS,
    Summary,
    follow_up,
    grid_bin,
    laid_on_norm,
    observe,
    summarise,
)
from pseudonymise.problems import Place
from pseudonymise.sources import RawCases
from pseudonymise.sources.mapping import Mapping
from pseudonymise.trajectories import build_trajectories
from tests.pseudonymise import oracle

AGREEMENT = load_agreement()
SECRET = bytes(range(32))
UNTIL = date(2026, 9, 30)
DATED = (*AGREEMENT.milestones_in("gi"), "ended", "transferred_in", "transferred_out")
CODED = ("case", "municipality", "measure_type", "end_reason")
MAPPING = Mapping.model_validate(
    {
        "sources": [
            {
                "file": "x.csv",
                "format": "csv",
                "dates": "%d-%m-%Y",
                "columns": {field: field for field in (*CODED, *DATED)},
            }
        ]
    }
)
Case = dict[str, object]


def summary_of(cases: list[Case], until: date = UNTIL, institution: str = "JBGLD") -> Summary:
    """Cases as our fields to dates; "onbekend" for a milestone passed on an unknown day.

    ``<milestone>_registered`` for the day on which it was entered.
    """
    kind = AGREEMENT.institution(institution).kind
    fields = {**dict.fromkeys(CODED, ""), "municipality": "GM0202", "measure_type": "11"}
    rows = [{**fields, "case": f"Z{number}", **case} for number, case in enumerate(cases)]
    frame = pd.DataFrame({field: pd.Series([row[field] for row in rows], dtype="str") for field in CODED})
    for field in dict.fromkeys((*AGREEMENT.milestones_in(kind), *DATED[-3:])):
        days = [row.get(field) if isinstance(row.get(field), date) else None for row in rows]
        frame[field] = np.array(days, dtype="datetime64[s]")
        if field not in DATED[-3:]:
            frame[f"{field}_undated"] = [row.get(field) == "onbekend" for row in rows]
    for field in {field for row in rows for field in row if field.endswith("_registered")}:
        frame[field] = np.array([row.get(field) for row in rows], dtype="datetime64[s]")
    place = Place.under("kolom", np.full(len(rows), "x.csv", dtype=object), np.arange(2, len(rows) + 2))
    raw = RawCases(frame, dict.fromkeys(frame.columns, place), ())
    trajectories = build_trajectories(raw, MAPPING, AGREEMENT.institution(institution), until)
    return summarise(trajectories, SECRET)


def rows_of(summary: Summary, step: str) -> list[tuple[object, ...]]:
    """Duration (None: empty), outcome, norm result and cases of a step."""
    table = summary.tables["steps"].query("step == @step")
    return sorted(
        (
            (None if pd.isna(row.duration) else int(row.duration), row.outcome, row.norm_result, row.cases)
            for row in table.itertuples()
        ),
        key=str,
    )


RECEIVED = date(2026, 3, 2)  # a Monday; its half-month ends on the 15th and is followed for 185 days
START = {"order_received": RECEIVED, "court_order": date(2026, 2, 27)}


def after(days: int) -> date:
    return RECEIVED + timedelta(days=days)


@pytest.mark.parametrize(
    ("step", "case", "row"),
    [
        # Every outcome, and every result of the norm.
        ("plan", {"plan_established": after(42)}, (42, "reached", "met", 1)),
        ("plan", {"plan_established": after(43)}, (43, "reached", "missed", 1)),
        ("plan", {}, (182, "open", "missed", 1)),
        ("plan", {"ended": after(30)}, (30, "ended", "lapsed", 1)),
        ("plan", {"ended": after(50)}, (50, "ended", "missed", 1)),
        ("plan", {"plan_established": "onbekend"}, (None, "unregistered", "unknown", 1)),
        ("plan", {"plan_established": after(-1)}, (None, "unregistered", "unknown", 1)),
        ("plan", {"plan_established": date(2062, 3, 9)}, (None, "unregistered", "unknown", 1)),
        ("plan", {"plan_established": after(200)}, (182, "open", "missed", 1)),
        ("plan", {"plan_established": after(0)}, (0, "reached", "met", 1)),
        # The event on the day of the end comes first; after the end it no longer counts.
        ("plan", {"plan_established": after(20), "ended": after(20)}, (20, "reached", "met", 1)),
        ("plan", {"plan_established": after(21), "ended": after(20)}, (20, "ended", "lapsed", 1)),
        ("plan", {"transferred_out": after(10)}, (10, "ended", "lapsed", 1)),
        ("plan", {"ended": after(-2)}, (0, "ended", "lapsed", 1)),
        # Beyond the horizon of 182 days all are open.
        ("plan", {"plan_established": after(183)}, (182, "open", "missed", 1)),
        ("plan", {"ended": after(190)}, (182, "open", "missed", 1)),
        # Working days: Monday 9 March is day 5.
        ("first_contact", {"first_contact": after(7)}, (5, "reached", "met", 1)),
        ("first_contact", {"first_contact": after(8)}, (6, "reached", "missed", 1)),
        ("first_contact", {"plan_established": after(9)}, (None, "unregistered", "unknown", 1)),
        ("worker_assigned", {"help_started": after(9)}, (60, "open", "missed", 1)),
        # Three months: 2 June is day 92, in time, and laid on 91.
        ("help", {"help_started": after(92)}, (91, "reached", "met", 1)),
        ("help", {"help_started": after(93)}, (93, "reached", "missed", 1)),
        # The order itself: no norm.
        ("order_receipt", {}, (3, "reached", "none", 1)),
        ("order_receipt", {"court_order": None}, (None, "unregistered", "none", 1)),
        ("order_receipt", {"court_order": after(1)}, (None, "unregistered", "none", 1)),
        ("order_receipt", {"order_received": None}, (None, "unregistered", "none", 1)),
        ("order_receipt", {"order_received": "onbekend"}, (None, "unregistered", "none", 1)),
    ],
)
def test_one_case(step: str, case: Case, row: tuple[object, ...]) -> None:
    assert rows_of(summary_of([START | case]), step) == [row]


@pytest.mark.parametrize(
    ("received", "until", "step", "row"),
    [
        # Followed for 20 days, as the youngest of 1 to 15 September: not to the extract (47 days), nor to the cut-off
        # 14 days before it (33 days).
        (date(2026, 9, 2), date(2026, 10, 19), "plan", (20, "open", "not_due", 1)),
        # 14 working days whatever the weekday of the start.
        (date(2026, 9, 2), date(2026, 10, 19), "first_contact", (14, "open", "missed", 1)),
        # Late only when the longest possible term, 42 + 5 days, is over.
        (date(2026, 3, 2), date(2026, 5, 14), "plan", (46, "open", "not_due", 1)),
        (date(2026, 3, 2), date(2026, 5, 15), "plan", (47, "open", "missed", 1)),
        # 92 days is the longest that three months can last.
        (date(2026, 3, 2), date(2026, 6, 28), "help", (91, "open", "not_due", 1)),
        (date(2026, 3, 2), date(2026, 6, 29), "help", (92, "open", "missed", 1)),
        # A half-month of which the last day lies at the cut-off or after it: followed for no day at all.
        (date(2026, 9, 1), date(2026, 9, 29), "plan", (0, "open", "not_due", 1)),
        (date(2026, 9, 16), date(2026, 9, 30), "plan", (0, "open", "not_due", 1)),
    ],
)
def test_an_open_case(received: date, until: date, step: str, row: tuple[object, ...]) -> None:
    assert rows_of(summary_of([{"order_received": received}], until), step) == [row]


def test_a_plan_that_is_on_time_by_roll_over_is_laid_on_the_norm() -> None:
    """Received on Saturday: day 42 is a Saturday, so Monday, day 44, is on time; Tuesday is late."""
    saturday = date(2026, 1, 3)
    for days, row in ((44, (42, "reached", "met", 1)), (45, (45, "reached", "missed", 1))):
        case: Case = {"order_received": saturday, "plan_established": saturday + timedelta(days=days)}
        assert rows_of(summary_of([case]), "plan") == [row]


@pytest.mark.parametrize(
    ("start", "days", "row"),
    [
        (date(2025, 11, 30), 90, (90, "reached", "met", 1)),  # to 28 February: 90 days
        (date(2025, 11, 30), 91, (92, "reached", "missed", 1)),
        (date(2025, 7, 1), 92, (91, "reached", "met", 1)),  # to 1 October
    ],
)
def test_help_within_three_months_of_the_calendar(start: date, days: int, row: tuple[object, ...]) -> None:
    case: Case = {"order_received": start, "help_started": start + timedelta(days=days)}
    assert rows_of(summary_of([case]), "help") == [row]


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"order_received": None, "court_order": None}, LeftOut.NO_START),
        ({"order_received": "onbekend"}, LeftOut.NO_START),
        ({"order_received": date(2026, 10, 1)}, LeftOut.TOO_RECENT),
        ({"order_received": date(2020, 9, 30)}, LeftOut.BEFORE_FIRST_QUARTER),
        ({"order_received": RECEIVED, "transferred_in": RECEIVED}, LeftOut.TRANSFERRED_IN),
        ({"order_received": RECEIVED, "measure_type": "31"}, "measure_type_31"),
    ],
)
def test_who_is_left_out_and_why(case: Case, reason: str) -> None:
    summary = summary_of([case, START])
    assert summary.left_out == {reason: 1}
    assert summary.rows_used == 1
    assert summary.tables["clocks"]["cases"].tolist() == [1]


def test_a_half_month_that_is_not_over_is_left_out() -> None:
    case: Case = {"order_received": date(2026, 9, 17)}
    assert summary_of([case], date(2026, 9, 29)).left_out == {LeftOut.TOO_RECENT: 1}
    assert summary_of([case], date(2026, 9, 30)).left_out == {}


def test_an_institution_counts_the_regions_that_it_serves() -> None:
    case: Case = {"order_received": RECEIVED, "municipality": "0230"}  # Elburg, Noord-Veluwe
    assert summary_of([case], institution="JVV").rows_used == 1
    arnhem: Case = {"order_received": RECEIVED}
    assert summary_of([arnhem], institution="JVV").left_out == {LeftOut.REGION_NOT_SERVED: 1}


def test_the_court_order_stands_in_for_a_missing_receipt() -> None:
    summary = summary_of([{"court_order": RECEIVED, "plan_established": after(5)}])
    assert rows_of(summary, "plan") == [(5, "reached", "met", 1)]
    quality = summary.tables["quality"].set_index("milestone")
    assert quality.loc["order_received", ["passed", "dated", "proxied", "implausible"]].tolist() == [
        1,
        0,
        1,
        0,
    ]


def test_clocks_of_veilig_thuis() -> None:
    """Three reports, of which two need an investigation and one has a judgement."""
    first = date(2026, 3, 2)
    cases: list[Case] = [
        {"report_received": first},
        {"report_received": first, "vt_investigation_needed": after(3)},
        {
            "report_received": first,
            "vt_investigation_needed": after(3),
            "vt_judgement": after(3 + 70),
        },
    ]
    summary = summary_of(cases, institution="VTGM")
    clocks = summary.tables["clocks"].set_index("clock")["cases"].to_dict()
    assert clocks == {"vt_report": 3, "vt_investigation": 2}
    # The second is followed from the day that an investigation was needed: 196 days, past the horizon.
    assert rows_of(summary, "vt_judgement") == [(182, "open", "missed", 1), (70, "reached", "met", 1)]
    assert rows_of(summary, "vt_start") == [(42, "open", "missed", 1), (None, "unregistered", "unknown", 1)]


def test_a_judgement_before_the_investigation_was_needed_cannot_be() -> None:
    case: Case = {
        "report_received": RECEIVED,
        "vt_investigation_needed": after(9),
        "vt_judgement": after(5),
    }
    summary = summary_of([case], institution="VTGM")
    assert rows_of(summary, "vt_judgement") == [(None, "unregistered", "unknown", 1)]
    quality = summary.tables["quality"].set_index("milestone")
    assert quality.loc["vt_judgement", ["passed", "dated", "proxied", "implausible"]].tolist() == [1, 0, 0, 1]


def test_flows_and_stock_by_hand() -> None:
    cases: list[Case] = [
        {"order_received": date(2019, 5, 1)},
        {"order_received": date(2021, 1, 4), "ended": date(2021, 8, 9)},
        {
            "order_received": date(2021, 2, 1),
            "measure_type": "12",
            "ended": date(2021, 4, 1),
            "end_reason": "07",
        },
        {"order_received": date(2020, 1, 6), "transferred_in": date(2021, 3, 31)},
        {"order_received": date(2021, 1, 8), "transferred_out": date(2021, 3, 31)},
    ]
    flows = summary_of(cases, date(2021, 9, 30)).tables["flows"]
    found = {(row.flow, row.measure_group, row.quarter): row.cases for row in flows.itertuples()}
    assert found == {
        ("ended", "ots", "2021Q3"): 1,
        ("converted", "vots", "2021Q2"): 1,
        ("transferred_in", "ots", "2021Q1"): 1,
        ("transferred_out", "ots", "2021Q1"): 1,
        ("stock", "ots", "2020Q4"): 1,  # the first
        ("stock", "ots", "2021Q1"): 3,  # and the second and fourth; the fifth left on the last day
        ("stock", "vots", "2021Q1"): 1,
        ("stock", "ots", "2021Q2"): 3,
        ("stock", "ots", "2021Q3"): 2,
    }


def test_stock_is_counted_on_the_last_day_of_complete_quarters_only() -> None:
    flows = summary_of([{"order_received": date(2021, 1, 4)}], date(2021, 9, 29)).tables["flows"]
    assert flows["quarter"].tolist() == ["2021Q1", "2021Q2"]


def test_quality_by_hand() -> None:
    cases: list[Case] = [
        START | {"plan_established": after(10)},
        START | {"plan_established": "onbekend"},
        START | {"plan_established": after(-3)},
        START,
    ]
    quality = summary_of(cases).tables["quality"].query("quarter == '2026Q1'").set_index("milestone")
    columns = ["passed", "dated", "proxied", "implausible"]
    assert quality.loc["plan_established", columns].tolist() == [3, 1, 0, 1]
    # Passed, as the plan of the first shows; on an unknown day.
    assert quality.loc["first_contact", columns].tolist() == [1, 0, 0, 0]
    assert quality.loc["order_received", columns].tolist() == [4, 4, 0, 0]


def test_what_is_dated_in_another_order_is_counted_beside_the_dates() -> None:
    """A plan and help each show that there was a contact before; the worker needs only to come before the plan."""
    cases: list[Case] = [
        START | {"first_contact": after(12), "plan_established": after(10), "worker_assigned": after(6)},
        START | {"first_contact": after(10), "plan_established": after(10), "help_started": after(2)},
        START | {"first_contact": after(3), "help_started": after(2)},
    ]
    quality = summary_of(cases).tables["quality"].query("quarter == '2026Q1'").set_index("milestone")
    assert quality["out_of_order"].to_dict() == {
        **dict.fromkeys(AGREEMENT.milestones_in("gi"), 0),
        "first_contact": 3,
    }
    assert quality.loc["first_contact", ["passed", "dated"]].tolist() == [3, 3]


days_from_start = st.integers(-4, 320)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    anchor = date(2025, 9, 1) + timedelta(days=draw(st.integers(0, 400)))
    case: Case = {"court_order": anchor - timedelta(days=draw(st.integers(-1, 50)))}
    if draw(st.integers(0, 9)):
        case["order_received"] = anchor
    for milestone in ("first_contact", "worker_assigned", "plan_established", "help_started"):
        kind = draw(st.integers(0, 9))
        if kind > 2:
            case[milestone] = anchor + timedelta(days=draw(st.one_of(days_from_start, st.integers(0, 20))))
        elif kind == 2:
            case[milestone] = "onbekend"
    for end in ("ended", "transferred_out", "transferred_in"):
        if not draw(st.integers(0, 5)):
            case[end] = anchor + timedelta(days=draw(days_from_start))
    return case


@settings(max_examples=40, deadline=None)
@given(st.lists(cases(), min_size=1, max_size=12), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_steps_agree_with_one_case_at_a_time(drawn: list[Case], until: date) -> None:
    steps = summary_of(drawn, until).tables["steps"]
    found = Counter(
        {
            (
                row.step,
                row.quarter,
                None if pd.isna(row.duration) else int(row.duration),
                row.outcome,
                row.norm_result,
            ): int(row.cases)
            for row in steps.itertuples()
        }
    )
    assert found == oracle.step_rows(drawn, until)


@settings(max_examples=25, deadline=None)
@given(st.lists(cases(), min_size=1, max_size=15))
def test_steps_add_up_to_their_clock_in_cases_and_in_key_sums(drawn: list[Case]) -> None:
    tables = summary_of(drawn).tables
    group = ["region", "measure_group", "quarter"]
    clocks = tables["clocks"].set_index(group)["cases"]
    keys = tables["key_sums"].query("table == 'clocks'").set_index(group)["key_sum"]
    steps, step_keys = tables["steps"], tables["key_sums"].query("table == 'steps'")
    for step in AGREEMENT.steps_of("gi"):
        counted = steps[steps["step"] == step.code].groupby(group)["cases"].sum()
        summed = step_keys[step_keys["item"] == step.code].groupby(group)["key_sum"].sum()
        assert counted.sort_index().to_dict() == clocks.sort_index().to_dict()
        assert (summed % 2**32).sort_index().to_dict() == keys.sort_index().to_dict()


def test_a_key_sum_is_the_sum_of_the_keys_of_its_cases() -> None:
    drawn: list[Case] = [
        START | {"plan_established": after(8)},
        START | {"plan_established": after(14)},
        START,
    ]
    key_sums = summary_of(drawn).tables["key_sums"].query("item == 'plan'")
    expected = [oracle.record_key(f"Z{number}", SECRET, "gi_order") for number in range(3)]
    found = {(row.outcome, int(row.bin)): row.key_sum for row in key_sums.itertuples()}
    assert found == {("reached", 14): (expected[0] + expected[1]) % 2**32, ("open", 182): expected[2]}


@settings(max_examples=6, deadline=None)
@given(st.lists(cases(), min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_the_cases_shows_nowhere(drawn: list[Case], random: object) -> None:
    numbered = [case | {"case": f"Z{number}"} for number, case in enumerate(drawn)]
    shuffled = list(numbered)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for name, table in summary_of(numbered).tables.items():
        again = summary_of(shuffled).tables[name]
        assert table.astype("str").to_numpy().tolist() == again.astype("str").to_numpy().tolist(), name


steps_with_norm = st.sampled_from([step for step in AGREEMENT.steps if step.norm])


@settings(max_examples=150, deadline=None)
@given(steps_with_norm, st.dates(date(2020, 10, 1), date(2026, 9, 30)), st.integers(0, 250))
def test_in_time_is_exactly_at_most_the_norm(step: object, start: date, days: int) -> None:
    """By the real calendar, and then by the laid duration alone."""
    assert step.norm is not None  # type: ignore[attr-defined]
    norm, begin = step.norm, np.array([start], dtype="datetime64[D]")  # type: ignore[attr-defined]
    event = begin + np.timedelta64(days, "D")
    working = norm.unit == "working_days"
    seen = observe(
        step,  # type: ignore[arg-type]
        start=begin,
        event=event,
        passed=np.array([False]),
        end=np.array(["NaT"], dtype="datetime64[D]"),
        seen_until=begin + np.timedelta64(2000, "D"),
        followed=np.array([2000]),
    )
    if working:
        in_time = oracle.workdays(start, start + timedelta(days=days)) <= norm.length
    else:
        in_time = bool((event <= term_end(begin, norm))[0])
    if OUTCOMES[seen.outcome[0]] == "reached":
        assert RESULTS[seen.result[0]] == ("met" if in_time else "missed")
        assert (seen.duration[0] <= step.norm_days) == in_time  # type: ignore[attr-defined]


def test_laying_moves_nothing_further_than_it_must() -> None:
    plan = AGREEMENT.step("plan")
    durations, in_time = np.array([10, 42, 44, 42, 44, 90]), np.array([True, True, True, False, False, False])
    assert laid_on_norm(plan, durations, in_time).tolist() == [10, 42, 42, 43, 44, 90]


def test_bins_are_the_grid_points_at_or_above() -> None:
    plan = AGREEMENT.step("plan")
    assert grid_bin(plan, np.array([-1, 0, 1, 7, 8, 182])).tolist() == [-1, 7, 7, 7, 14, 182]


def test_follow_up_of_half_months() -> None:
    follow = follow_up(date(2026, 8, 1), date(2026, 9, 20), 0)
    assert follow.days.tolist() == [36, 20, 5]  # to 15 August, 31 August, 15 September
    # 36 days are five weeks and a day: from a Friday, that is a Saturday. Five days can hold a weekend.
    assert follow.workdays.tolist() == [25, 14, 3]
    anchors = np.array(["2026-07-31", "2026-08-16", "2026-09-15", "2026-09-16"], dtype="datetime64[D]")
    assert follow.entry(anchors).tolist() == [-1, 1, 2, 3]


def test_follow_up_stops_at_the_delay_and_never_before_the_start() -> None:
    """The same half-months, followed shorter: to 8 September, and the last of them not at all."""
    follow = follow_up(date(2026, 8, 1), date(2026, 9, 20), 12)
    assert follow.days.tolist() == [24, 8, 0]
    assert follow.workdays.tolist() == [16, 5, 0]


def test_names_of_quarters() -> None:
    assert [quarter_name(number) for number in (0, 203, 226)] == ["1970Q1", "2020Q4", "2026Q3"]
