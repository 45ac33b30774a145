"""The migrations end where the tables in code stand, as a whole or not at all."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
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


BEFORE_KINDS = "0002"  # the last version in which a release had no kind
MADE = "2026-11-02 09:00:00.000000"


def test_releases_of_before_become_confirmed_and_provisional_and_keep_their_cells(database_url: str) -> None:
    engine = open_engine(database_url)
    config = Config()
    config.set_main_option("script_location", "monitor.store:migrations")
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE_KINDS)
        for number, label in ((1, "2026Q2"), (2, "2026Q3")):
            connection.execute(
                text(
                    "INSERT INTO releases (id, label, agreement_version, made_at, deliveries) "
                    f"VALUES ({number}, '{label}', '2026.1', '{MADE}', '{{}}')"
                )
            )
            connection.execute(
                text(
                    "INSERT INTO cells (release_id, audience, indicator, statistic, region, institution, "
                    "measure_group, period, state, value, cohort) VALUES "
                    f"({number}, 'shared', 'plan', 'share', 'all', 'all', 'all', '2026Q1', 'published', 61, 'final'), "
                    f"({number}, 'WSS', 'plan', 'share', 'all', 'WSS', 'all', '2026Q1', 'published', 62, 'final'), "
                    f"({number}, 'shared', 'stock', 'count', 'all', 'all', 'all', '2026Q1', 'published', 63, NULL)"
                )
            )
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        found = connection.execute(
            text("SELECT code, label, kind, confirmed_at = made_at, confirmed_by FROM releases ORDER BY id")
        ).all()
        assert [tuple(row) for row in found] == [
            (f"{label}-provisional", label, "provisional", True, None) for label in ("2026Q2", "2026Q3")
        ]
        kept = connection.execute(text("SELECT release_id, value, final FROM cells ORDER BY release_id, value")).all()
        assert [tuple(row) for row in kept] == [
            (number, value, value == 61) for number in (1, 2) for value in (61, 62, 63)
        ]
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM releases WHERE id = 1"))
        assert connection.scalar(text("SELECT count(*) FROM cells")) == 3  # the cells of a release go with it
        connection.execute(
            text(
                "INSERT INTO releases (code, label, kind, agreement_version, made_at, deliveries) "
                f"VALUES ('2026Q3-final', '2026Q3', 'final', '2026.1', '{MADE}', '{{}}')"
            )
        )
    engine.dispose()
