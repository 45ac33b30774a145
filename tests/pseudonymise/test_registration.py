"""How late events are registered: the delay, the triangle, and what follow-up makes of it."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudonymise.agreement import load_agreement
from pseudonymise.durations import Summary
from pseudonymise.errors import UserError
from pseudonymise.sources import read_sources
from pseudonymise.sources.mapping import load_mapping
from tests.pseudonymise import oracle
from tests.pseudonymise.exports import case, deliver, person, run, write_export
from tests.pseudonymise.test_durations import UNTIL, Case, after, rows_of, summary_of

AGREED = load_agreement().follow_up.registration_delay_days
MILESTONES = load_agreement().milestones_in("gi")
START = date(2024, 3, 4)


def entered(days: int, milestone: str = "plan_established", happened: date = START) -> Case:
    """A case with one milestone that was entered some days after it happened."""
    return {
        "order_received": happened,
        milestone: happened,
        f"{milestone}_registered": happened + timedelta(days=days),
    }


def entered_at_once(days: int) -> Case:
    """A case with every milestone on one day, each entered some days later."""
    later = START + timedelta(days=days)
    return {field: day for code in MILESTONES for field, day in ((code, START), (f"{code}_registered", later))}


def quality_of(summary: Summary, milestone: str) -> dict[str, int]:
    return dict(summary.tables["quality"].set_index("milestone").loc[milestone].drop("quarter"))


def test_the_delay_is_the_day_by_which_nine_in_ten_are_entered() -> None:
    """Entered after 0 to 89 days, and ten more at once: of the 100, 90 within 79 days."""
    delay = summary_of([entered(days) for days in reversed(range(90))] + [entered(0)] * 10).delay
    assert (delay.measured, delay.days) == ({"plan_established": 79}, 79)


@pytest.mark.parametrize(
    ("cases", "reason"),
    [
        ([entered(30)] * 99, "too few"),
        ([entered(30, happened=date(2025, 10, 1))] * 200, "happened within a year"),
        ([entered(30, happened=date(2020, 9, 30))] * 200, "happened before the agreement"),
        ([entered(-30)] * 200, "entered before it happened"),
        ([entered(3650)] * 200, "entered after the extract"),
        ([entered(30)] * 99 + [entered(30) | {"plan_established": "onbekend"}] * 99, "without a date"),
        ([entered(30)] * 99 + [entered(30) | {"order_received": after(90)}] * 99, "a date that cannot be"),
        ([{"order_received": START, "plan_established": START}] * 200, "no day of entry"),
    ],
)
def test_what_says_nothing_of_the_delay(cases: list[Case], reason: str) -> None:
    delay = summary_of(cases).delay
    assert (delay.measured, delay.days) == ({}, AGREED), reason


def test_the_last_day_that_is_a_year_old_counts() -> None:
    day = UNTIL - timedelta(days=365)
    assert summary_of([entered(30, happened=day)] * 100).delay.measured == {"plan_established": 30}


def test_a_milestone_that_is_not_measured_has_the_agreed_delay() -> None:
    summary = summary_of([entered(AGREED - 5)] * 100)
    assert (summary.delay.days, summary.delay.measured) == (AGREED, {"plan_established": AGREED - 5})


def test_a_source_that_measures_everything_can_be_faster_than_agreed() -> None:
    summary = summary_of([entered_at_once(3)] * 100)
    assert (summary.delay.days, summary.delay.measured) == (3, dict.fromkeys(MILESTONES, 3))


def test_a_delay_of_more_than_a_quarter_is_refused() -> None:
    assert summary_of([entered(91)] * 100).delay.days == 91
    with pytest.raises(UserError, match=r"'plan vastgesteld' \(92 dagen\).* hoogstens 91 dagen"):
        summary_of([entered(92)] * 100)


@pytest.mark.parametrize("days", [0, 20, 60])
def test_follow_up_stops_that_long_before_the_extract_and_no_case_is_lost(days: int) -> None:
    """Received on 2 June, so followed as 15 June: 107 days to the extract."""
    received: list[Case] = [{"order_received": date(2026, 6, 2), "plan_established": date(2026, 8, 31)}]
    received += [{"order_received": date(2026, 9, 20)}]
    summary = summary_of(received + [entered_at_once(days)] * 100)
    assert summary.delay.days == days
    clocks = summary.tables["clocks"].set_index("quarter")["cases"].to_dict()
    assert clocks == {"2024Q1": 100, "2026Q2": 1, "2026Q3": 1}
    plans = [row for row in rows_of(summary, "plan") if row[3] == 1]
    newest = (0, "open", "not_due", 1)
    if days == 0:
        assert plans == [newest, (90, "reached", "missed", 1)]
    else:  # day 90 lies after the cut-off
        assert plans == sorted([newest, (107 - days, "open", "missed", 1)], key=str)


def test_an_entry_before_the_event_is_counted_as_early_and_the_event_stays() -> None:
    summary = summary_of([entered(-1), entered(0), entered(9), {"order_received": START}])
    quality = quality_of(summary, "plan_established")
    assert quality == {"passed": 3, "dated": 3, "proxied": 0, "implausible": 0, "out_of_order": 0, "early": 1}


def test_the_triangle_by_hand() -> None:
    """Ten plans of the first quarter of 2026: seven entered in it, two in the next, one not before the extract."""
    plans = [entered(0, happened=date(2026, 1, 5))] * 7 + [entered(90, happened=date(2026, 1, 5))] * 2
    plans += [entered(500, happened=date(2024, 2, 1))] * 12 + [entered(0, happened=date(2026, 5, 4))] * 9
    table = summary_of([*plans, entered(30, happened=date(2026, 3, 2))], date(2026, 8, 30)).tables["registrations"]
    assert sorted(table.itertuples(index=False, name=None)) == [
        ("plan_established", "2024Q1", 4, 12),  # 500 days are a year or more
        ("plan_established", "2026Q1", 0, 7),
        ("plan_established", "2026Q1", 1, 3),
        # Of the second quarter there are nine, which are too few.
    ]


def test_entries_of_a_quarter_that_is_not_over_are_left_out_of_the_triangle() -> None:
    plans = [entered(0, happened=date(2026, 6, 30))] * 10 + [entered(1, happened=date(2026, 6, 30))] * 10
    for until, lags in ((date(2026, 9, 29), {0: 10}), (date(2026, 9, 30), {0: 10, 1: 10})):
        table = summary_of(plans, until).tables["registrations"]
        assert dict(zip(table["lag"], table["cases"], strict=True)) == lags


def test_an_order_of_a_quarter_that_is_over_counts_although_its_receipt_is_too_recent() -> None:
    ordered: Case = {
        "court_order": date(2026, 9, 29),
        "court_order_registered": date(2026, 9, 30),
        "order_received": date(2026, 10, 2),
    }
    summary = summary_of([ordered] * 10, date(2026, 10, 5))
    assert summary.left_out == {"too_recent": 10}
    assert summary.tables["registrations"].to_numpy().tolist() == [["court_order", "2026Q3", 0, 10]]


def test_an_order_before_the_first_quarter_is_not_in_the_triangle() -> None:
    old: Case = {
        "court_order": date(2020, 9, 30),
        "court_order_registered": date(2020, 9, 30),
        "order_received": date(2020, 10, 1),
    }
    assert len(summary_of([old] * 10).tables["registrations"]) == 0
    first = old | {"court_order": date(2020, 10, 1), "court_order_registered": date(2020, 10, 1)}
    table = summary_of([old] * 10 + [first] * 10).tables["registrations"]
    assert table.to_numpy().tolist() == [["court_order", "2020Q4", 0, 10]]


def test_a_date_before_the_begin_of_its_step_is_not_in_the_triangle() -> None:
    judged: Case = {
        "report_received": START,
        "vt_investigation_needed": START + timedelta(days=9),
        "vt_judgement": START + timedelta(days=5),
        "vt_judgement_registered": START + timedelta(days=9),
    }
    possible = judged | {"vt_judgement": START + timedelta(days=9)}
    for cases, rows in (([judged] * 10, []), ([possible] * 10, [["vt_judgement", "2024Q1", 0, 10]])):
        assert summary_of(cases, institution="VTGM").tables["registrations"].to_numpy().tolist() == rows


days_from_start = st.integers(-10, 200)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    anchor = date(2025, 9, 1) + timedelta(days=draw(st.integers(0, 200)))
    found: Case = {"court_order": anchor - timedelta(days=draw(st.integers(-1, 9)))}
    if draw(st.integers(0, 9)):
        found["order_received"] = anchor
    for code in MILESTONES[2:]:
        if draw(st.integers(0, 3)):
            found[code] = anchor + timedelta(days=draw(days_from_start))
    if not draw(st.integers(0, 9)):
        found["transferred_in"] = anchor
    entries = {f"{code}_registered": day for code, day in found.items() if isinstance(day, date)}
    return found | {code: day + timedelta(days=draw(days_from_start)) for code, day in entries.items()}


@settings(max_examples=25, deadline=None)
@given(st.lists(cases(), min_size=15, max_size=60), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_the_triangle_agrees_with_one_case_at_a_time(drawn: list[Case], until: date) -> None:
    table = summary_of(drawn, until).tables["registrations"]
    for code in MILESTONES:
        found = table[table["milestone"] == code].set_index(["quarter", "lag"])["cases"].to_dict()
        assert found == oracle.triangle(drawn, code, until)


@pytest.mark.parametrize("form", ["csv", "xlsx", "fixed_width"])
def test_the_day_of_entry_is_read_from_every_format(tmp_path: Path, form: str) -> None:
    plan = date(2025, 3, 3)
    rows = [
        case(0, plan_established=plan, plan_established_registered=date(2025, 3, 9)),
        case(1, plan_established=plan, plan_established_registered=""),
        case(2, plan_established=plan, plan_established_registered="onbekend"),
    ]
    mapping, export = write_export(tmp_path, form, rows)
    frame = read_sources(load_mapping(mapping), [export]).frame
    assert [str(day)[:10] for day in frame["plan_established_registered"]] == ["2025-03-09", "NaT", "NaT"]
    assert [str(day)[:10] for day in frame["plan_established"]] == ["2025-03-03"] * 3
    assert "plan_established_registered_undated" not in frame


def test_a_day_of_entry_that_is_no_date_is_told(tmp_path: Path, keys: Path) -> None:
    rows = [case(0, plan_established=date(2025, 3, 3), plan_established_registered="Tijbina")]
    result = deliver(keys, *write_export(tmp_path, "csv", rows), out=tmp_path / "d.zip")
    assert (result.status, "rij 2, kolom 'Plan ingevoerd': hier staat geen datum" in result.err) == (2, True)


def test_one_column_can_be_the_day_of_entry_of_two_milestones(tmp_path: Path) -> None:
    row = case(0, plan_established=date(2025, 3, 3), plan_established_registered=date(2025, 3, 9))
    mapping, export = write_export(tmp_path, "csv", [row])
    text = mapping.read_text("utf-8")
    mapping.write_text(text.replace("[sources.registered]", '[sources.registered]\nhelp_started = "Plan ingevoerd"'))
    frame = read_sources(load_mapping(mapping), [export]).frame
    assert frame["help_started_registered"].tolist() == frame["plan_established_registered"].tolist()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'registered]\nplan_established = "Plan',
            'registered]\nplan_establish = "Plan',
            "'plan_establish' is geen mijlpaal; bedoelde u 'plan_established'?",
        ),
        ('registered]\nplan_established = "Plan', 'registered]\nended = "Plan', "registered: 'ended' is geen mijlpaal"),
        ('plan_established = "Plan"\n', "", "geen bron heeft plan_established; zonder datum is er geen vertraging"),
        ("Plan ingevoerd", "Ingevoerd", "kolom 'Ingevoerd' ontbreekt; lijkt op 'Plan ingevoerd'"),
    ],
)
def test_a_wrong_mapping_of_days_of_entry(tmp_path: Path, keys: Path, old: str, new: str, message: str) -> None:
    row = case(0, plan_established=date(2025, 3, 3), plan_established_registered=date(2025, 3, 9))
    mapping, export = write_export(tmp_path, "csv", [row])
    text = mapping.read_text("utf-8")
    assert old in text
    mapping.write_text(text.replace(old, new), "utf-8")
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert result.status == 2
    assert message in result.err


def test_deliver_and_show_say_which_delay_was_used_and_why(tmp_path: Path, keys: Path) -> None:
    day = date(2025, 2, 3)
    rows = [
        case(n, plan_established=day, plan_established_registered=day + timedelta(days=30 if n % 2 else 2))
        for n in range(120)
    ]
    plain = [case(n, plan_established=day) for n in range(3)]
    for number, (given_rows, words) in enumerate(
        (
            (
                rows,
                ("gevolgd tot en met 31-08-2026: de registratie loopt 30 dagen achter", "laatst bij plan vastgesteld"),
            ),
            (
                plain,
                ("gevolgd tot en met 16-09-2026: de registratie loopt 14 dagen achter", "(afgesproken: de bron zegt"),
            ),
        )
    ):
        people = [person(n) for n in range(len(given_rows))]
        made = deliver(keys, *write_export(tmp_path / str(number), "csv", given_rows, people), out=tmp_path / "d.zip")
        shown = run("show", tmp_path / "d.zip", "--keys", keys)
        for word in words:
            assert word in made.out
            assert word in shown.out
