"""What is reported by spreadsheet: protected as any count, and hidden, missing and zero kept apart."""

from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, select

from monitor.release.attack.audit import audit
from monitor.release.attack.report import Audit
from monitor.release.cell import ALL, Bound, Missing, MissingReason, Published, Statistic, Suppressed, SuppressedReason
from monitor.release.policies import NOISE
from monitor.release.reported import read_sheet_ids
from monitor.store.engine import writing
from monitor.store.published import cells as cells_table
from monitor.store.published import releases
from monitor.store.sheets import FIGURES, insert_sheet
from pseudonymise.agreement import load_agreement
from tests.monitor.release.cases import NOW, Case, deliver, make, released

GIS = [one for one in load_agreement().institutions if one.kind == "gi"]
GROUPS = [group.code for group in load_agreement().measure_groups if group.code != "none"]
QUARTER = "2021Q4"
YOUTHS = {"JBGLD": 40, "WSS": 25, "LDH": 14, "JVV": 0}


def report(
    connection: Connection, supplier: str, youths: dict[tuple[str, str, str], int], period: str = QUARTER
) -> None:
    """Put a spreadsheet in the store. ``youths``: by region, measure group and list."""
    values = {
        "supplier": supplier,
        "template": "waiting_lists",
        "version": 1,
        "period": period,
        "content_sha256": sha256(f"{supplier}{period}{sorted(youths.items())}".encode()).hexdigest(),
        "warnings": [],
    }
    table = pd.DataFrame(
        [(*key, number, None) for key, number in youths.items()],
        columns=["region", "measure_group", "list", "youths", "mean_wait_days"],
    )
    insert_sheet(connection, values, table, NOW)


def whole(supplier: str, number: int, waiting: str = "waiting") -> dict[tuple[str, str, str], int]:
    """The same number in every row of the spreadsheet, its measure groups included."""
    regions = load_agreement().institution(supplier).regions
    return {
        (region, group, one): number if (group, one) == ("ots", waiting) else 0
        for region in regions
        for group in GROUPS
        for one in ("waiting", "throughflow")
    }


def fill(engine: Engine, youths: dict[str, int] = YOUTHS) -> None:
    with writing(engine) as connection:
        for one in GIS:
            deliver(connection, one.code, [Case(key) for key in range(30)])
            if one.code in youths:
                report(connection, one.code, whole(one.code, youths[one.code]))


def test_a_number_of_youths_is_disturbed_like_any_count_and_own_figures_are_exact(engine: Engine) -> None:
    fill(engine)
    cells = released(engine)
    shown = cells.one("waiting", Statistic.COUNT, QUARTER, region="JZ28").figure
    assert isinstance(shown, Published)
    assert abs(shown.value - 79) <= NOISE.deviation
    own = cells.one("waiting", Statistic.COUNT, QUARTER, audience="LDH", institution="LDH", region="JZ28").figure
    assert own == Published(14.0)


def test_hidden_missing_and_zero_are_three_things(engine: Engine) -> None:
    fill(engine, {"JBGLD": 5, "WSS": 0, "JVV": 3})
    cells = released(engine)

    def figure(**group: str) -> object:
        return cells.one("waiting", Statistic.COUNT, QUARTER, **group).figure

    small = Suppressed(SuppressedReason.SMALL_COUNT)
    assert figure(institution="WSS") == small  # to others a true zero is a small number
    assert figure(audience="WSS", institution="WSS") == Published(0.0)
    assert figure(institution="LDH") == Missing(MissingReason.NOT_DELIVERED)
    assert figure(region="JZ28") == Missing(MissingReason.NOT_DELIVERED)  # a part would be taken for the whole
    year = cells.one("waiting", Statistic.COUNT, "2021", institution="JVV", region="JZ28").figure
    assert year == Published(0.0)  # JVV does not work there


def test_a_row_that_is_left_out_is_not_delivered_and_no_zero(engine: Engine) -> None:
    with writing(engine) as connection:
        for one in GIS:
            deliver(connection, one.code, [Case(key) for key in range(30)])
            rows = whole(one.code, 30)
            if one.code == "WSS":
                del rows["JZ28", "jr", "waiting"]
            report(connection, one.code, rows)
    cells = released(engine)
    gone = Missing(MissingReason.NOT_DELIVERED)
    assert cells.one("waiting", Statistic.COUNT, QUARTER, region="JZ28").figure == gone
    assert isinstance(cells.one("waiting", Statistic.COUNT, QUARTER, region="JZ30").figure, Published)


def test_a_sum_whose_rest_an_institution_could_subtract_is_hidden(engine: Engine) -> None:
    fill(engine, {"JBGLD": 40, "WSS": 5, "LDH": 4, "JVV": 0})
    cells = released(engine)
    hidden = Suppressed(SuppressedReason.DOMINANCE)
    assert cells.one("waiting", Statistic.COUNT, QUARTER, region="JZ28").figure == hidden


def test_the_two_lists_stay_apart_and_a_year_is_its_last_quarter(engine: Engine) -> None:
    with writing(engine) as connection:
        for one in GIS:
            deliver(connection, one.code, [Case(key) for key in range(30)])
            report(connection, one.code, whole(one.code, 50), "2021Q3")
            report(connection, one.code, whole(one.code, 60, "throughflow"), QUARTER)
    cells = released(engine)
    own = {"audience": "WSS", "institution": "WSS", "region": "JZ28"}
    assert cells.one("waiting", Statistic.COUNT, "2021Q3", **own).figure == Published(50.0)
    assert cells.one("waiting", Statistic.COUNT, "2021", **own).figure == Published(0.0)
    assert cells.one("throughflow", Statistic.COUNT, "2021", **own).figure == Published(60.0)


def keys(connection: Connection, supplier: str) -> list[dict[tuple[str, str, str], int]]:
    """Of every spreadsheet of a supplier, in the order in which they came."""
    columns = FIGURES["waiting_lists"].c
    found: dict[int, dict[tuple[str, str, str], int]] = {}
    for row in connection.execute(select(FIGURES["waiting_lists"]).where(columns.supplier == supplier)):
        found.setdefault(row.sheet_id, {})[row.region, row.measure_group, row.list] = row.key
    return [found[sheet] for sheet in sorted(found)]


def test_a_row_that_says_the_same_again_keeps_its_noise(engine: Engine) -> None:
    with writing(engine) as connection:
        rows = whole("WSS", 12)
        report(connection, "WSS", rows)
        report(connection, "WSS", rows | {("JZ28", "ots", "waiting"): 13})
        first, second = keys(connection, "WSS")
    assert [key for key in first if first[key] != second[key]] == [("JZ28", "ots", "waiting")]
    assert {first[key] for key, number in rows.items() if number == 0} == {0}
    assert len({first[key] for key, number in rows.items() if number}) == len(GIS[1].regions)


def attacked(engine: Engine) -> Audit:
    with engine.connect() as connection:
        return audit(connection, connection.execute(select(releases.c.id)).scalar_one())


def test_the_attack_is_made_on_the_lists_too(engine: Engine) -> None:
    fill(engine)
    make(engine)
    assert attacked(engine).failures == ()
    with writing(engine) as connection:  # a number where there is none
        columns = cells_table.c
        connection.execute(
            cells_table.update().where(columns.indicator == "throughflow").values(value=500, state="published")
        )
    assert any("throughflow" in failure for failure in attacked(engine).failures)


@pytest.mark.parametrize("change", [1, -1])
def test_a_number_that_is_not_the_protected_one_does_not_pass(engine: Engine, change: int) -> None:
    fill(engine)
    make(engine)
    with writing(engine) as connection:
        columns = cells_table.c
        connection.execute(
            cells_table.update()
            .where(columns.audience == "shared", columns.indicator == "waiting", columns.state == "published")
            .where(columns.region == "JZ28", columns.period == QUARTER, columns.institution == ALL)
            .values(value=columns.value + change)
        )
    assert "region_quarter: waiting (count): niet het beschermde aantal" in attacked(engine).failures


def test_a_release_says_from_which_spreadsheets_it_was_made(engine: Engine) -> None:
    fill(engine)
    make(engine)
    with engine.connect() as connection:
        assert connection.execute(select(releases.c.sheets)).scalar_one() == read_sheet_ids(connection)
        assert len(read_sheet_ids(connection)) == np.size(list(YOUTHS))


def report_results(connection: Connection, supplier: str, turnover: tuple[float, float]) -> None:
    """A spreadsheet of one contract result, with the same numerator and denominator in every region."""
    values = {
        "supplier": supplier,
        "template": "contract_results",
        "version": 1,
        "period": QUARTER,
        "content_sha256": f"{supplier}{turnover}",
        "warnings": [],
    }
    regions = load_agreement().institution(supplier).regions
    table = pd.DataFrame(
        [(region, "turnover", *turnover) for region in regions],
        columns=["region", "result", "numerator", "denominator"],
    )
    insert_sheet(connection, values, table, NOW)


def test_a_contract_result_is_summed_before_it_is_divided_and_withstands_the_attack(engine: Engine) -> None:
    with writing(engine) as connection:
        for one, parts in zip(GIS, ((3, 60), (0, 15), (1, 10), (1, 12)), strict=True):
            deliver(connection, one.code, [Case(key) for key in range(30)])
            report_results(connection, one.code, parts)
    cells = released(engine)

    def figure(**group: str) -> object:
        return cells.one("turnover", Statistic.RATIO, QUARTER, **group).figure

    assert figure(region="JZ28") == Published(5.0)  # 4 of 85
    assert figure(institution="JVV") == Published(8.0)  # 2 of 24
    assert figure(audience="WSS", institution="WSS") == Published(0.0)
    assert figure(institution="WSS") == Published(6, bound=Bound.AT_MOST)  # no 0 % is said to others
    gone = Missing(MissingReason.NOT_DELIVERED)
    assert cells.one("caseload", Statistic.RATIO, QUARTER, region="JZ28").figure == gone
    assert attacked(engine).failures == ()


def test_a_contract_result_that_is_not_rounded_does_not_pass(engine: Engine) -> None:
    with writing(engine) as connection:
        for one in GIS:
            deliver(connection, one.code, [Case(key) for key in range(30)])
            report_results(connection, one.code, (2, 40))
    make(engine)
    with writing(engine) as connection:
        columns = cells_table.c
        connection.execute(
            cells_table.update()
            .where(columns.audience == "shared", columns.indicator == "turnover", columns.state == "published")
            .values(value=5.3)
        )
    failures = attacked(engine).failures
    assert "region_quarter: turnover (ratio): niet afgerond, of met een noemer erbij" in failures
