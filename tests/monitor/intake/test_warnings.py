"""What can be right but seldom is: said with its place, kept with what came in, and blocking nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from monitor.intake.load import Offered, load, take_in
from monitor.intake.receipt import ALL_RULES, Outcome, Receipt, from_json
from monitor.intake.report import where
from monitor.intake.rule import Severity
from monitor.intake.rules import check, compare
from monitor.intake.rules.plausibility import Previous, Succession
from monitor.locale import DUTCH
from monitor.store.history import received
from pseudonymise.delivery import Delivery
from tests.monitor.deliveries import Parties, make_delivery, make_parties, with_table
from tests.monitor.intake.workbooks import VALID, filled

QUARTERS = ["2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3"]
BEFORE_ANY_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return make_parties(tmp_path_factory.mktemp("keys"), "JVV", "VTGZ")


def year(**choices: Any) -> Delivery:
    return make_delivery("JVV", quarters=QUARTERS, measure_groups=["ots"], **choices)


def rows_of(table: pd.DataFrame, **values: object) -> tuple[int, ...]:
    """The rows with these values, the header being row 1."""
    same = table[list(values)].eq(pd.Series(values)).all(axis=1)
    return tuple(int(index) + 2 for index in table.index[same])


def with_cases(delivery: Delivery, name: str, cases: int, **values: object) -> tuple[Delivery, tuple[int, ...]]:
    """The delivery with another count in the rows with these values, and those rows."""
    table = delivery.tables[name].copy()
    rows = rows_of(table, **values)
    table.loc[[row - 2 for row in rows], "cases"] = cases
    return with_table(delivery, name, table), rows


def found(delivery: Delivery, code: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(one.table, one.rows) for one in check(delivery) if one.rule.code == code]


# --- a delivery by itself ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("stock", "warned"), [(15, True), (14, False), (0, False), (-1, False)])
def test_a_stock_that_does_not_follow(stock: int, warned: bool) -> None:
    """Stock 5 and as many in as out: ten more is strange in the quarter itself and in the next, nine is not."""
    delivery, _ = with_cases(
        year(regions=["JZ12"]), "flows", stock if stock >= 0 else 5, flow="stock", quarter="2026Q1"
    )
    rows = rows_of(delivery.tables["flows"], flow="stock", quarter="2026Q1")
    after = rows_of(delivery.tables["flows"], flow="stock", quarter="2026Q2")
    assert found(delivery, "stock_does_not_follow") == ([("flows", (*rows, *after))] if warned else [])


def test_a_large_stock_may_be_a_twentieth_off() -> None:
    """Of 1,000 measures 50 without a start date are no wonder; 51 are."""
    delivery = year(regions=["JZ12"])
    flows = delivery.tables["flows"].copy()
    stock = flows["flow"].eq("stock")
    flows.loc[stock, "cases"] = 1000
    flows.loc[stock & flows["quarter"].eq("2026Q3"), "cases"] = 1052
    assert found(with_table(delivery, "flows", flows), "stock_does_not_follow") == []
    flows.loc[stock & flows["quarter"].eq("2026Q3"), "cases"] = 1053
    rows = rows_of(flows, flow="stock", quarter="2026Q3")
    assert found(with_table(delivery, "flows", flows), "stock_does_not_follow") == [("flows", rows)]


@pytest.mark.parametrize(
    ("cases", "warned"),
    [(144, False), (146, True), (56, False), (54, True)],  # 100 a quarter: 4 x sqrt(125) is 44.7
)
def test_a_sudden_change(cases: int, warned: bool) -> None:
    delivery = year(regions=["JZ12", "JZ21"])
    clocks = delivery.tables["clocks"].assign(cases=100)
    newest = clocks["quarter"].eq("2026Q3") & clocks["region"].eq("JZ21")
    clocks.loc[newest, "cases"] = cases
    rows = tuple(int(index) + 2 for index in clocks.index[newest])
    changed = with_table(delivery, "clocks", clocks)
    assert found(changed, "sudden_change") == ([("clocks", rows)] if warned else [])


def test_a_quarter_that_is_not_over_is_no_sudden_change() -> None:
    delivery = year(regions=["JZ12"])
    clocks = delivery.tables["clocks"].assign(cases=100)
    clocks.loc[clocks["quarter"].eq("2026Q3"), "cases"] = 20
    halfway = replace(delivery, manifest=delivery.manifest.model_copy(update={"until": date(2026, 8, 15)}))
    assert found(with_table(halfway, "clocks", clocks), "sudden_change") == []


def test_a_region_without_any_case_in_the_newest_quarter() -> None:
    delivery = year(regions=["JZ12", "JZ21"])
    clocks = delivery.tables["clocks"].assign(cases=100)
    gone = clocks[~(clocks["quarter"].eq("2026Q3") & clocks["region"].eq("JZ21"))].reset_index(drop=True)
    assert found(with_table(delivery, "clocks", gone), "sudden_change") == [("JZ21", ())]
    doubled = gone["quarter"].eq("2026Q3") & gone["region"].eq("JZ12")
    both = with_table(delivery, "clocks", gone.assign(cases=gone["cases"].mask(doubled, 200)))
    row = rows_of(gone, quarter="2026Q3", region="JZ12")
    assert found(both, "sudden_change") == [("clocks", row), ("JZ21", ())]


@pytest.mark.parametrize(
    ("quarter", "late", "events", "warned"),
    [
        ("2026Q1", 15, 45, False),  # a third
        ("2026Q1", 16, 45, True),
        ("2026Q1", 11, 30, True),
        ("2026Q1", 29, 29, False),  # too few to say
        ("2025Q3", 16, 45, True),  # the first of the last four of which the next is over too
        ("2025Q2", 16, 45, False),
    ],
)
def test_a_milestone_that_is_entered_late(quarter: str, late: int, events: int, warned: bool) -> None:
    delivery = year(regions=["JZ12"])
    rows = [("plan_established", quarter, 0, events - late), ("plan_established", quarter, 1, late)]
    table = pd.DataFrame(rows, columns=["milestone", "quarter", "lag", "cases"])
    changed = with_table(delivery, "registrations", table)
    assert found(changed, "registered_late") == ([("registrations", (3,))] if warned else [])


# --- beside the delivery before ---------------------------------------------------------------------------


def before(delivery: Delivery, until: date = date(2026, 9, 30)) -> Previous:
    clocks = delivery.tables["clocks"].groupby(["clock", "region", "quarter"], as_index=False)["cases"].sum()
    return Previous(until, clocks)


def compared(now: Delivery, then: Delivery) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(one.rule.code, one.table, one.rows) for one in compare(Succession(now, before(then)))]


def test_the_same_again_is_no_wonder() -> None:
    assert compared(year(seed=1), year(seed=2)) == []


def test_a_region_or_a_quarter_that_is_gone() -> None:
    whole = year()
    assert compared(year(regions=["JZ12"]), whole) == [("region_gone", "JZ21", ())]
    short = make_delivery("JVV", quarters=QUARTERS[1:], measure_groups=["ots"])
    assert compared(short, whole) == [("quarter_gone", "2025Q2", ())]


def test_a_few_cases_may_go() -> None:
    """One and a half cases a quarter are nine in all."""
    clocks = year().tables["clocks"]
    few = clocks.assign(cases=clocks["region"].map({"JZ12": 5, "JZ21": 1}))
    assert compared(year(regions=["JZ12"]), with_table(year(), "clocks", few)) == []


@pytest.mark.parametrize(
    ("quarter", "cases", "warned"),
    [
        ("2025Q4", 111, True),
        ("2025Q4", 110, False),
        ("2025Q4", 89, True),
        ("2026Q2", 150, True),
        ("2026Q3", 150, False),
    ],
)
def test_history_that_is_rewritten(quarter: str, cases: int, warned: bool) -> None:
    """A tenth is late entry; more is another history, but of a quarter that was not settled yet."""
    old = with_table(year(), "clocks", year().tables["clocks"].assign(cases=100))
    new, rows = with_cases(old, "clocks", cases, region="JZ12", quarter=quarter)
    assert compared(new, old) == ([("history_rewritten", "clocks", rows)] if warned else [])


# --- spreadsheets -----------------------------------------------------------------------------------------


def sent(engine: Engine, parties: Parties, code: str, *args: Any, **choices: str) -> Receipt:
    (receipt,) = take_in(engine, [Offered(f"{code}.xlsx", filled(code, *args, **choices))], parties.steward)
    assert receipt.outcome is Outcome.LOADED
    return receipt


def warnings(receipt: Receipt) -> list[tuple[str, str]]:
    return [(one.rule.code, where(one, DUTCH)) for one in receipt.warnings]


@BEFORE_ANY_DATABASE
def test_what_a_spreadsheet_leaves_out(engine: Engine, parties: Parties) -> None:
    rows = [("Noord-Veluwe", "Ondertoezichtstelling", "Wachtlijst", 12, None)]
    assert warnings(sent(engine, parties, "waiting_lists", rows)) == [
        ("wait_missing", "werkblad 'Invullen', rij 6, kolom 'Gemiddelde wachttijd in dagen'"),
        ("region_left_out", "regio Food Valley"),
    ]


@BEFORE_ANY_DATABASE
@pytest.mark.parametrize(("days", "warned"), [(81, True), (80, False), (19, True), (20, False)])
def test_a_jump_since_the_period_before(engine: Engine, parties: Parties, days: int, warned: bool) -> None:
    def results(size: int) -> list[tuple[object, ...]]:
        return [VALID["contract_results"][2][0], ("Food Valley", "Verzuim", 1, size)]

    sent(engine, parties, "contract_results", results(40), period="2023Q2")
    receipt = sent(engine, parties, "contract_results", results(days))
    assert warnings(receipt) == ([("jump_from_before", "werkblad 'Invullen', rij 7")] if warned else [])


@BEFORE_ANY_DATABASE
@pytest.mark.parametrize(
    ("code", "place"), [("joy_in_work", "regio Noord-Veluwe"), ("routes", "regio Noord-Veluwe"), ("burden", "Invullen")]
)
def test_a_list_of_which_something_was_left_out(engine: Engine, parties: Parties, code: str, place: str) -> None:
    found = warnings(sent(engine, parties, code, VALID[code][2][1:]))
    assert [(rule, place in where) for rule, where in found] == [("items_left_out", True)]


def test_more_waiting_than_measures_in_force(engine: Engine, parties: Parties, tmp_path: Path) -> None:
    """The delivery has 5 measures in force in each group; 3 and 3 are more, 3 and 2 are not."""
    load(engine, [parties.seal(make_delivery("JVV", quarters=["2023Q3"]), tmp_path / "jvv.zip")], parties.steward)

    def lists(second: int) -> list[tuple[object, ...]]:
        of_both = [(region, "Voogdij", "Wachtlijst", 3, None) for region in ("Noord-Veluwe", "Food Valley")]
        return [*of_both, ("Food Valley", "Voogdij", "Doorstroomlijst", second, None)]

    assert warnings(sent(engine, parties, "waiting_lists", lists(2))) == []
    assert warnings(sent(engine, parties, "waiting_lists", lists(3))) == [
        (
            "more_waiting_than_in_force",
            "werkblad 'Invullen', rij 7, 8, kolom 'Jeugdigen op de laatste dag'",
        )
    ]


# --- what is kept of it -----------------------------------------------------------------------------------


def test_a_warning_stays_with_the_delivery_it_came_with(engine: Engine, parties: Parties, tmp_path: Path) -> None:
    paths: list[Callable[[], Delivery]] = [year, lambda: year(regions=["JZ12"])]
    for number, make in enumerate(paths):
        (receipt,) = load(engine, [parties.seal(make(), tmp_path / f"{number}.zip")], parties.steward)
        assert receipt.outcome is Outcome.LOADED
    assert warnings(receipt) == [("region_gone", "regio Food Valley")]
    with engine.connect() as connection:
        newest, oldest = received(connection, ["JVV"])
    assert (newest.current, oldest.current) == (True, False)
    assert (from_json(newest.warnings), from_json(oldest.warnings)) == (list(receipt.warnings), [])


def test_every_warning_is_tested() -> None:
    of_standing = Path(__file__).parents[1] / "standing" / "test_places.py"  # of what stands until it is said anew
    source = Path(__file__).read_text("utf-8") + of_standing.read_text("utf-8")
    rules = [code for code, rule in ALL_RULES.items() if rule.severity is Severity.WARNING]
    assert {code for code in rules if f'"{code}"' not in source} == set()
