from datetime import date

import pytest
from sqlalchemy import Engine, insert

from monitor.release.cell import SHARED, STOCK_IDENTITY, Missing, MissingReason, Published, Statistic, dates_of
from monitor.release.compute import Source
from monitor.release.periods import quarters_between
from monitor.release.registration import registration_cells
from monitor.store.counts import clock_counts, deliveries, flow_counts, quality_counts, registration_counts
from monitor.store.migrations import upgrade
from tests.monitor.release.cases import NOW

QUARTERS = ("2021Q1", "2021Q2", "2021Q3", "2021Q4", "2022Q1")
SOURCES = {"JVV": Source(date(2022, 3, 31), frozenset({"help_started"}))}
PLAN = dates_of("plan_established")


def put(engine: Engine, table, *rows):
    columns = [column.name for column in table.columns if column.name not in ("institution", "delivery_id")]
    with engine.begin() as connection:
        given = [dict(zip(columns, row, strict=True)) for row in rows]
        connection.execute(insert(table), [{"institution": "JVV", "delivery_id": 1} | row for row in given])


@pytest.fixture
def store(engine):
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(
            insert(deliveries).values(
                id=1,
                institution="JVV",
                until=date(2022, 3, 31),
                agreement_version="1",
                payload_sha256="0" * 64,
                received_at=NOW,
                manifest={},
            )
        )
    return engine


def figures(store, **options):
    with store.connect() as connection:
        batches = list(
            registration_cells(connection, options.get("quarters", QUARTERS), options.get("sources", SOURCES))
        )
    assert [len({cell.indicator for cell in batch}) for batch in batches] == [1] * len(batches)
    cells = [cell for batch in batches for cell in batch]
    return {(cell.audience, cell.indicator, cell.statistic, cell.period): cell.figure for cell in cells}


def test_completeness_and_its_kin_by_milestone_and_quarter(store):
    put(store, quality_counts, ("plan_established", "2021Q1", 40, 36, 0, 2, 3, 0))
    found = figures(store)
    # Wilson of 36 of 40: 76.9 to 96.0 %
    assert found["JVV", PLAN, Statistic.COMPLETENESS, "2021Q1"] == Published(90.0, 76.0, 97.0, 40)
    assert found["JVV", PLAN, Statistic.IMPLAUSIBLE, "2021Q1"].value == 5
    assert found["JVV", PLAN, Statistic.OUT_OF_ORDER, "2021Q1"] == Published(8.0, 2.0, 22.0, 36)
    assert found["JVV", PLAN, Statistic.EARLY, "2021Q1"] == Missing(MissingReason.NOT_IN_SOURCE)
    assert found["JVV", PLAN, Statistic.COMPLETENESS, "2021Q2"] == Missing(MissingReason.NO_CASES)


def test_what_is_not_delivered_or_not_in_the_source_is_missing(store):
    found = figures(store)
    assert found["JVV", dates_of("help_started"), Statistic.COMPLETENESS, "2021Q1"] == Missing(
        MissingReason.NOT_IN_SOURCE
    )
    assert found["WSS", PLAN, Statistic.COMPLETENESS, "2021Q1"] == Missing(MissingReason.NOT_DELIVERED)
    assert found["WSS", STOCK_IDENTITY, Statistic.GAP, "2021Q2"] == Missing(MissingReason.NOT_DELIVERED)
    early = {"JVV": Source(date(2021, 9, 30), frozenset())}
    assert figures(store, sources=early)["JVV", PLAN, Statistic.REGISTERED, "2021Q4"] == Missing(
        MissingReason.NOT_DELIVERED
    )


def test_the_newest_quarters_say_what_part_of_them_is_registered_by_now(store):
    quarters = quarters_between("2020Q1", "2022Q1")
    triangle = [
        (quarter, lag, cases)
        for place, quarter in enumerate(quarters)
        for lag, cases in enumerate((60, 30, 10))
        if place + lag < len(quarters)
    ]
    put(store, registration_counts, *(("plan_established", *row) for row in triangle))
    put(store, quality_counts, ("plan_established", "2021Q1", 120, 100, 0, 2, 3, 4))
    found = figures(store, quarters=quarters)
    assert found["JVV", PLAN, Statistic.EARLY, "2021Q1"].value == 4
    by_now = [found["JVV", PLAN, Statistic.REGISTERED, quarter] for quarter in quarters]
    assert [figure.value for figure in by_now] == [*[100] * 7, 90, 60]
    assert [figure.n for figure in by_now] == [*[100] * 7, 90, 60]
    assert found["JVV", dates_of("first_contact"), Statistic.REGISTERED, "2021Q1"] == Missing(
        MissingReason.NOT_IN_SOURCE
    )


def test_of_a_quarter_in_which_nothing_happened_no_part_is_registered(store):
    quarters = quarters_between("2020Q1", "2022Q1")
    put(store, registration_counts, *(("plan_established", quarter, 0, 60) for quarter in quarters[1:]))
    found = figures(store, quarters=quarters)
    assert found["JVV", PLAN, Statistic.REGISTERED, quarters[0]] == Missing(MissingReason.UNDETERMINABLE)
    assert found["JVV", PLAN, Statistic.REGISTERED, quarters[1]] == Published(100.0, 100.0, 100.0, 60)


def test_a_stock_follows_from_the_quarter_before_or_the_gap_is_told(store):
    put(store, clock_counts, *(("gi_order", "JZ12", "ots", quarter, 10) for quarter in QUARTERS))
    moved = {"ended": 4, "converted": 1, "transferred_in": 2, "transferred_out": 3}
    put(store, flow_counts, *((flow, "JZ12", "ots", q, n) for flow, n in moved.items() for q in QUARTERS))
    stock = [100, 104, 108, 113, 117]  # 10 + 2 - 4 - 1 - 3 = 4 more each quarter, and once 5
    put(store, flow_counts, *(("stock", "JZ12", "ots", q, n) for q, n in zip(QUARTERS, stock, strict=True)))
    found = figures(store)
    gaps = [found["JVV", STOCK_IDENTITY, Statistic.GAP, quarter] for quarter in QUARTERS[1:]]
    assert gaps == [Published(0.0, n=104), Published(0.0, n=108), Published(1.0, n=113), Published(0.0, n=117)]
    assert ("JVV", STOCK_IDENTITY, Statistic.GAP, "2021Q1") not in found


def test_only_the_institution_itself_sees_them(store):
    assert SHARED not in {audience for audience, *_ in figures(store)}
    assert {audience for audience, indicator, *_ in figures(store) if indicator == PLAN} == {
        "JBGLD",
        "WSS",
        "LDH",
        "JVV",
    }
