"""What came in is told of a store that was there before spreadsheets; and no spreadsheet is lost on the way back."""

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, text

from monitor.store.deliveries import insert_delivery
from monitor.store.engine import open_engine, writing
from monitor.store.history import insert_warnings, received
from monitor.store.migrations import upgrade
from monitor.store.sheets import FIGURES, insert_sheet
from tests.monitor.deliveries import make_delivery
from tests.monitor.intake.workbooks import TODAY, filled

BEFORE_SHEETS = "0004"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def move(engine: Engine, to: str) -> None:
    """Up or down to this version."""
    config = Config()
    config.set_main_option("script_location", "monitor.store:migrations")
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        up = inspect(connection).has_table("deliveries") is False
        (command.upgrade if up else command.downgrade)(config, to)


def add_a_sheet(engine: Engine, code: str = "places") -> None:
    from monitor.intake.sheets.read import read_sheet

    sheet = read_sheet(filled(code), TODAY)
    values = {
        "supplier": sheet.supplier,
        "template": sheet.code,
        "version": 1,
        "period": sheet.period,
        "content_sha256": sheet.sha256,
        "warnings": [],
    }
    with writing(engine) as connection:
        insert_sheet(connection, values, sheet.table, NOW)


def test_deliveries_of_before_are_in_the_history_without_warnings(database_url: str) -> None:
    engine = open_engine(database_url)
    move(engine, BEFORE_SHEETS)
    with writing(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO deliveries (institution, until, agreement_version, payload_sha256, received_at, manifest) "
                "VALUES ('VTGZ', '2026-06-30', '2026.2', 'abc', '2026-07-02 09:00:00', '{}')"
            )
        )
    upgrade(engine)
    with engine.connect() as connection:
        (one,) = received(connection, ["VTGZ"])
    assert (one.supplier, one.template, one.current, list(one.warnings)) == ("VTGZ", None, True, [])
    engine.dispose()


def test_an_empty_store_goes_back_and_comes_again(engine: Engine) -> None:
    move(engine, BEFORE_SHEETS)
    assert not {"sheets", "delivery_warnings", *FIGURES} & set(inspect(engine).get_table_names())
    upgrade(engine)
    assert {"sheets", "delivery_warnings", *FIGURES} <= set(inspect(engine).get_table_names())


@pytest.mark.parametrize("kept", ["sheet", "warning"])
def test_what_has_no_place_before_keeps_the_store_from_going_back(engine: Engine, kept: str) -> None:
    if kept == "sheet":
        add_a_sheet(engine)
    else:
        with writing(engine) as connection:
            insert_warnings(connection, "VTGZ", "abc", [{"code": "region_gone", "table": "JZ30", "rows": []}])
    with pytest.raises(ValueError, match="hebben in een eerdere versie geen plaats"):
        move(engine, BEFORE_SHEETS)
    assert {"sheets", "delivery_warnings", *FIGURES} <= set(inspect(engine).get_table_names())


def test_figures_go_with_their_spreadsheet(engine: Engine) -> None:
    add_a_sheet(engine, "contract_results")
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM sheets"))
        assert connection.scalar(text("SELECT count(*) FROM contract_results")) == 0


def test_the_newest_comes_first_and_only_of_who_is_asked(engine: Engine) -> None:
    add_a_sheet(engine)
    with writing(engine) as connection:
        for day, institution in ((1, "VTGZ"), (2, "JVV")):
            delivery = make_delivery(institution, quarters=["2026Q1"])
            insert_delivery(connection, delivery, datetime(2026, 11, day, tzinfo=UTC))
    with engine.connect() as connection:
        assert [one.supplier for one in received(connection, ["VTGZ", "JVV", "JZ32"])] == ["JZ32", "JVV", "VTGZ"]
        assert [one.supplier for one in received(connection, ["VTGZ"])] == ["VTGZ"]
        assert received(connection, []) == []
