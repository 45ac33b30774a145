"""Eight loads at the same time, each of its own institution and one that they all bring."""

from pathlib import Path

from sqlalchemy import func, select, text

from monitor.store.counts import deliveries
from monitor.store.deliveries import COUNTS
from monitor.store.engine import open_engine
from pseudonymise.agreement import load_agreement
from tests.monitor.deliveries import make_delivery, make_parties
from tests.monitor.intake import dying
from tests.monitor.intake.test_load import processes

CODES = [one.code for one in load_agreement().institutions]


def test_eight_loads_at_once_are_all_in_and_none_twice(database_url: str, tmp_path: Path) -> None:
    assert len(CODES) == 8
    parties = make_parties(tmp_path / "keys", *CODES)
    made = {code: make_delivery(code, quarters=["2026Q1"], cases=2) for code in CODES}
    paths = {code: parties.seal(one, tmp_path / f"{code}.zip") for code, one in made.items()}
    common = paths[CODES[0]]
    # In the store's first hour: they all find it without tables.
    running = [
        processes.Process(target=dying.load, args=(database_url, parties.folder, [paths[code], common]))
        for code in CODES
    ]
    for process in running:
        process.start()
    for process in running:
        process.join()
    assert [process.exitcode for process in running] == [0] * 8
    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert sorted(connection.scalars(select(deliveries.c.institution))) == sorted(CODES)
        for name, table in COUNTS.items():
            rows = dict(
                connection.execute(select(table.c.institution, func.count()).group_by(table.c.institution)).all()
            )
            assert rows == {code: len(one.tables[name]) for code, one in made.items() if len(one.tables[name])}
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_stat_clear_snapshot()"))
            deadlocks = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            assert connection.scalar(deadlocks) == 0
    engine.dispose()
