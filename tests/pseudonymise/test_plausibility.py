"""Each rule finds its defect, names it once, at its row, and accuses nothing else."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudonymise.plausibility import RULES, heaped, implausible, same_day
from pseudonymise.sources import RawCases, read_sources
from pseudonymise.sources.mapping import load_mapping
from tests.pseudonymise.exports import HEADERS, UNTIL, case, person, write_csv

RECEIVED = date(2025, 2, 3)
PLAIN = {
    "court_order": date(2025, 1, 30),
    "order_received": RECEIVED,
    "first_contact": date(2025, 2, 5),
    "worker_assigned": date(2025, 2, 4),
    "plan_established": date(2025, 3, 10),
    "help_started": date(2025, 4, 1),
    "ended": date(2026, 2, 2),
}


def read(folder: Path, rows: list[dict[str, object]], born: list[str] | None = None) -> RawCases:
    """The cases as an export; with ``born`` their birth dates are mapped."""
    people = [person(number) for number in range(len(rows))]
    for who, day in zip(people, born or [], strict=False):
        who["geboortedatum"] = day
    mapping, export = write_csv(folder, rows, people)
    if born is not None:
        text = mapping.read_text("utf-8").replace("[sources.columns]\n", '[sources.columns]\nborn = "geboortedatum"\n')
        mapping.write_text(text, "utf-8")
    return read_sources(load_mapping(mapping), [export])


def found(raw: RawCases, until: date = UNTIL) -> list[tuple[str, int, str]]:
    return [(one.rule, one.row, one.column) for one in implausible(raw, "gi", until)]


DEFECTS = [
    ("after_extract", {"plan_established": date(2035, 3, 10)}, "plan_established"),
    ("after_extract", {"ended": date(2036, 2, 2)}, "ended"),
    ("before_birth", {"plan_established": date(1925, 3, 10)}, "plan_established"),
    ("order_after_receipt", {"court_order": date(2025, 2, 4)}, "court_order"),
    ("before_its_step", {"first_contact": date(2024, 2, 5)}, "first_contact"),
    ("before_its_step", {"ended": date(2024, 2, 2)}, "ended"),
    ("after_end", {"help_started": date(2026, 3, 1)}, "help_started"),
    ("out_of_order", {"worker_assigned": date(2025, 3, 11)}, "worker_assigned"),
    ("gap", {"worker_assigned": ""}, "worker_assigned"),
]


@pytest.mark.parametrize(("code", "defect", "field"), DEFECTS)
def test_a_planted_defect_is_named_once_at_its_row(
    tmp_path: Path, code: str, defect: dict[str, object], field: str
) -> None:
    rows = [case(0, **PLAIN), case(1, **(PLAIN | defect)), case(2, **PLAIN)]
    born = ["17-08-2014", "02-08-2013", "17-09-2015"]
    assert found(read(tmp_path, rows, born)) == [(code, 3, HEADERS[field])]


def test_every_rule_has_a_defect_and_a_code_of_its_own() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert {code for code, *_ in DEFECTS} | {"same_measure"} == set(codes)


def test_the_day_itself_is_no_negative_duration(tmp_path: Path) -> None:
    same = dict.fromkeys(PLAIN, RECEIVED)
    raw = read(tmp_path, [case(0, **same)])
    assert found(raw, RECEIVED) == []
    assert same_day(raw, "gi") == {
        **dict.fromkeys(("first_contact", "worker_assigned", "plan_established", "help_started"), 1),
        "order_received": 1,
    }


def test_an_unknown_date_is_no_gap(tmp_path: Path) -> None:
    assert found(read(tmp_path, [case(0, **(PLAIN | {"worker_assigned": "onbekend"}))])) == []


@pytest.mark.parametrize(
    ("day", "accused"),
    [("02-11-2025", False), ("30-11-2025", False), ("01-12-2025", True), ("17-03-2026", True)],
)
def test_an_order_can_precede_a_birth(tmp_path: Path, day: str, accused: bool) -> None:
    """A supervision order of an unborn child is in order; ten months before the month of birth, it is not."""
    raw = read(tmp_path, [case(0, court_order=date(2025, 1, 30), order_received=date(2025, 1, 31))], [day])
    assert {rule for rule, *_ in found(raw)} == ({"before_birth"} if accused else set())


def test_the_day_of_birth_makes_no_difference(tmp_path: Path) -> None:
    rows = [case(0, **PLAIN), case(1, **PLAIN)]
    said = [found(read(tmp_path, rows, [f"{day}-12-2025", "17-08-2014"])) for day in ("01", "31", "15")]
    assert said[1:] == said[:1] * 2
    assert said[0] == [("before_birth", 2, "Beschikking")]  # on 30 January; ten months before December is 1 February


def test_a_measure_that_is_there_twice_under_two_keys(tmp_path: Path) -> None:
    rows = [case(0, **PLAIN), case(1, **PLAIN), case(2, **PLAIN), case(3, **PLAIN, measure_type="21")]
    born = ["17-08-2014", "02-08-2014", "17-08-2013", "17-08-2014"]
    assert found(read(tmp_path, rows, born)) == [("same_measure", 3, "Zaaknummer")]


def test_children_of_one_family_are_not_accused(tmp_path: Path) -> None:
    assert found(read(tmp_path, [case(0, **PLAIN), case(1, **PLAIN)])) == []


@pytest.mark.parametrize(("on_the_first", "expected"), [(4, {}), (7, {"plan_established": 7 / 60})])
def test_heaping_on_the_first_of_the_month(tmp_path: Path, on_the_first: int, expected: dict[str, float]) -> None:
    """Sixty plans, of which two would be on a first: up to three times that is let pass."""
    rows = [
        case(number, plan_established=date(2025, 4, 1) if number < on_the_first else date(2025, 4, 2))
        for number in range(60)
    ]
    assert heaped(read(tmp_path, rows), "gi") == expected


@given(days=st.lists(st.integers(0, 400), min_size=6, max_size=6))
def test_dates_in_the_order_of_the_chain_are_never_accused(
    tmp_path_factory: pytest.TempPathFactory, days: list[int]
) -> None:
    order, *rest = sorted(days)
    fields = ("order_received", "worker_assigned", "plan_established", "help_started", "ended")
    row = case(0, court_order=RECEIVED + timedelta(order), order_received=RECEIVED + timedelta(rest[0]))
    row |= {field: RECEIVED + timedelta(day) for field, day in zip(fields, rest, strict=True)}
    row["first_contact"] = row["worker_assigned"]
    assert found(read(tmp_path_factory.mktemp("x"), [row])) == []
