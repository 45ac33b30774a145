"""The migrations end where the tables in code stand, as a whole or not at all."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, event, inspect, text

from monitor.store.engine import open_engine, writing
from monitor.store.migrations import upgrade
from monitor.store.schema import metadata
from pseudonymise.errors import UserError


def test_migrations_make_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_upgrade_that_fails_leaves_no_table(database_url: str) -> None:
    engine = open_engine(database_url)

    @event.listens_for(engine, "before_cursor_execute")
    def refuse_the_last_table(_connection, _cursor, statement, *_rest):  # type: ignore[no-untyped-def]
        if "ix_step_counts_delivery" in statement:
            raise RuntimeError("no further")

    with pytest.raises(RuntimeError, match="no further"):
        upgrade(engine)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_store_of_newer_software_is_refused(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UserError, match=r"versie 9999, van nieuwere programmatuur.*Werk het programma bij"):
        upgrade(engine)
