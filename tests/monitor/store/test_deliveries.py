"""What comes in comes out again; of each institution the latest delivery counts, and the others are kept."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest
from sqlalchemy import Engine, and_, func, select

from monitor.store.counts import clock_counts, deliveries
from monitor.store.deliveries import (
    COUNTS,
    current_deliveries,
    current_delivery,
    find_delivery,
    insert_delivery,
)
from monitor.store.engine import writing
from pseudonymise.delivery import TABLES, Delivery
from tests.monitor.deliveries import make_delivery

RECEIVED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SEPTEMBER, JUNE = date(2026, 9, 30), date(2026, 6, 30)


def insert(engine: Engine, *given: Delivery) -> list[int]:
    with writing(engine) as connection:
        return [insert_delivery(connection, delivery, RECEIVED) for delivery in given]


@pytest.mark.parametrize("name", TABLES)
def test_counts_come_out_as_they_came_in(engine: Engine, name: str) -> None:
    delivery = make_delivery("JVV", regions=["JZ12"])
    (delivery_id,) = insert(engine, delivery)
    stored = COUNTS[name]
    with engine.connect() as connection:
        rows = connection.execute(
            select(stored).where(stored.c.institution == "JVV", stored.c.delivery_id == delivery_id)
        ).all()
    frame = pd.DataFrame(rows)[list(TABLES[name])].astype(delivery.tables[name].dtypes)
    pd.testing.assert_frame_equal(_sorted(frame), _sorted(delivery.tables[name]))


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(list(frame.columns), ignore_index=True)  # a table has no order


def test_table_without_rows_is_no_trouble(engine: Engine) -> None:
    insert(engine, make_delivery("VTGZ"))  # has no flows
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(COUNTS["flows"])) == 0


def test_what_the_delivery_says_of_itself_is_kept(engine: Engine) -> None:
    delivery = make_delivery("VTGZ")
    insert(engine, delivery)
    with engine.connect() as connection:
        row = find_delivery(connection, "VTGZ", delivery.payload_sha256)
        assert row is not None
        assert find_delivery(connection, "JVV", delivery.payload_sha256) is None
    assert (row.until, row.agreement_version) == (SEPTEMBER, "2026.2")
    assert row.received_at.replace(tzinfo=UTC) == RECEIVED
    assert row.manifest == delivery.manifest.model_dump(mode="json")


@pytest.mark.parametrize(
    ("given", "current"),
    [
        ([(JUNE, 0), (SEPTEMBER, 0)], 1),  # newer after older
        ([(SEPTEMBER, 0), (JUNE, 0)], 0),  # an older one that comes later does not count
        ([(SEPTEMBER, 0), (SEPTEMBER, 1)], 1),  # a correction of the same period
        ([(SEPTEMBER, 0), (SEPTEMBER, 1), (JUNE, 0)], 1),
    ],
)
def test_latest_period_counts_and_of_that_the_last_received(
    engine: Engine, given: list[tuple[date, int]], current: int
) -> None:
    ids = insert(engine, *(make_delivery("VTGZ", until=until, seed=seed) for until, seed in given))
    insert(engine, make_delivery("RVDK"))
    with engine.connect() as connection:
        row = current_delivery(connection, "VTGZ")
        kept = connection.scalars(select(deliveries.c.id).where(deliveries.c.institution == "VTGZ")).all()
    assert row is not None
    assert row.id == ids[current]
    assert sorted(kept) == ids


def test_counts_join_with_the_deliveries_that_count(engine: Engine) -> None:
    insert(
        engine,
        make_delivery("VTGZ", until=JUNE, cases=3),
        make_delivery("VTGZ", until=SEPTEMBER, cases=7),
        make_delivery("RVDK", cases=2),
    )
    current = and_(
        clock_counts.c.institution == current_deliveries.c.institution,
        clock_counts.c.delivery_id == current_deliveries.c.id,
    )
    query = (
        select(clock_counts.c.institution, func.sum(clock_counts.c.cases))
        .join(current_deliveries, current)
        .where(clock_counts.c.clock.in_(["vt_report", "council_request"]))
        .group_by(clock_counts.c.institution)
    )
    with engine.connect() as connection:
        # 2 quarters, and 2 regions for Veilig Thuis or 7 for the council
        assert dict(connection.execute(query).all()) == {"VTGZ": 7 * 2 * 2, "RVDK": 2 * 2 * 7}
