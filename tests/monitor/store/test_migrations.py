"""The migrations end where the tables in code stand, as a whole or not at all, with all that was in the store."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, event, func, inspect, select, text

from monitor.store.counts import clock_counts, deliveries
from monitor.store.deliveries import COUNTS, current_deliveries, insert_delivery, of_current
from monitor.store.engine import open_engine, writing
from monitor.store.migrations import downgrade, upgrade, versions
from monitor.store.schema import metadata
from pseudonymise.errors import UserError
from tests.monitor.deliveries import make_delivery


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


def upgrade_to(connection: Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", "monitor.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


BEFORE_KINDS = "0002"  # the last version in which a release had no kind
MADE = "2026-11-02 09:00:00.000000"


def test_releases_of_before_become_confirmed_and_provisional_and_keep_their_cells(database_url: str) -> None:
    engine = open_engine(database_url)
    with writing(engine) as connection:
        upgrade_to(connection, BEFORE_KINDS)
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


# --- every earlier version, with data ---------------------------------------------------------------------

RECEIVED = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
OF = {"region": "JZ12", "measure_group": "ots", "quarter": "2026Q1"}


def rows_of(institution: str, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """A delivery with one row in each table of counts, as any version had them or later got them."""
    owner = {"institution": institution, "delivery_id": number}
    yield (
        "deliveries",
        {
            "id": number,
            "institution": institution,
            "until": date(2026, 6, 30),
            "agreement_version": "2026.1",
            "payload_sha256": f"{institution}{number}",
            "received_at": RECEIVED,
            "manifest": {"missing_milestones": []},
        },
    )
    step = {"step": "plan", "duration": 30, "outcome": "reached", "norm_result": "met"}
    yield "step_counts", {**owner, **OF, **step, "cases": 10 + number}
    yield "step_counts", {**owner, **OF, **step, "duration": None, "cases": 20 + number}
    yield "clock_counts", {**owner, **OF, "clock": "gi_order", "cases": 30 + number}
    yield "flow_counts", {**owner, **OF, "flow": "ended", "cases": 40 + number}
    key = {"table": "steps", "item": "plan", "outcome": "reached", "bin": 42}
    yield "key_sums", {**owner, **OF, **key, "key_sum": 2**32 - number}
    quality = {"passed": 50 + number, "dated": 9, "proxied": 0, "implausible": 1}
    yield "quality_counts", {**owner, "milestone": "plan_established", "quarter": "2026Q1", **quality}


GIVEN = [row for owner in (("WSS", 1), ("JVV", 2), ("WSS", 4)) for row in rows_of(*owner)]


def fill(connection: Connection) -> None:
    """Put what is given in a store of whichever version, by the tables that it has."""
    tables = MetaData()
    tables.reflect(connection)
    for name, row in GIVEN:
        table = tables.tables[name]
        connection.execute(table.insert().values(**{key: row[key] for key in row if key in table.c}))


def counts(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of counts beside what its delivery is known by, whatever number that has."""
    found = {}
    with engine.connect() as connection:
        for name, table in COUNTS.items():
            values = [column for column in table.c if column.name not in ("institution", "delivery_id")]
            of_its_delivery = table.join(
                deliveries,
                (deliveries.c.institution == table.c.institution) & (deliveries.c.id == table.c.delivery_id),
            )
            rows = connection.execute(select(deliveries.c.payload_sha256, *values).select_from(of_its_delivery))
            found[name] = sorted((tuple(row) for row in rows), key=str)
    return found


@pytest.fixture
def engine_at(database_url: str) -> Iterator[Any]:
    """An engine on a store of an earlier version, with what is given in it."""
    engine = open_engine(database_url)

    def at(version: str) -> Engine:
        with writing(engine) as connection:
            upgrade_to(connection, version)
            fill(connection)
        return engine

    yield at
    engine.dispose()


@pytest.mark.parametrize("version", versions())
def test_store_of_any_version_comes_up_with_all_its_counts(engine_at: Any, version: str) -> None:
    engine = engine_at(version)
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    found = counts(engine)
    assert [row[0] for row in found["steps"]] == ["JVV2", "JVV2", "WSS1", "WSS1", "WSS4", "WSS4"]
    assert [(row[0], row[-1]) for row in found["clocks"]] == [("JVV2", 32), ("WSS1", 31), ("WSS4", 34)]
    assert [(row[0], row[-1]) for row in found["key_sums"]] == [
        (f"{code}{n}", 2**32 - n) for code, n in (("JVV", 2), ("WSS", 1), ("WSS", 4))
    ]
    assert {len(found[name]) for name in ("clocks", "flows", "quality", "key_sums")} == {3}
    with writing(engine) as connection:  # and it works as a new one does
        assert insert_delivery(connection, make_delivery("WSS", regions=["JZ12"], quarters=["2026Q1"]), RECEIVED) == 5
        current = select(func.sum(clock_counts.c.cases)).join(current_deliveries, of_current(clock_counts))
        assert connection.scalar(current.where(clock_counts.c.institution == "WSS")) > 0
        assert connection.scalar(current.where(clock_counts.c.institution == "JVV")) == 32
        connection.execute(deliveries.delete().where(deliveries.c.institution == "WSS", deliveries.c.id == 1))
    assert {row[0] for row in counts(engine)["steps"]} >= {"JVV2", "WSS4"}
    assert "WSS1" not in {row[0] for row in counts(engine)["steps"]}  # the counts of a delivery go with it


@pytest.mark.parametrize("version", versions()[:-1])
def test_store_goes_back_to_any_version_that_has_a_place_for_it(engine_at: Any, version: str) -> None:
    engine = engine_at(versions()[-1])
    before = counts(engine)
    downgrade(engine, version)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == version
        numbers = connection.scalars(text("SELECT id FROM deliveries")).all()
        assert len(set(numbers)) == 3  # each its own in the whole store, as an earlier version wants
    upgrade(engine)
    assert counts(engine) == before


def test_places_of_before_go_and_their_line_stays(engine_at: Any) -> None:
    """They had no provider and no day, and held how many places were occupied, which is not asked any more."""
    engine = engine_at("0011")
    line = "'JZ28', 'places', 1, '2026Q3', 'x', 1, '[]'"
    with writing(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO sheets (supplier, template, version, period, content_sha256, rows, warnings, received_at) "
                f"VALUES ({line}, '{MADE}')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO places (supplier, sheet_id, region, care, places, occupied, free) "
                "VALUES ('JZ28', 1, 'JZ28', 'secure', 4, 3, 1)"
            )
        )
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.scalar(text("SELECT count(*) FROM places")) == 0
        assert connection.execute(text("SELECT supplier, period, as_of FROM sheets")).all() == [
            ("JZ28", "2026Q3", None)
        ]


@pytest.mark.parametrize(
    ("version", "more", "reason"),
    [
        (
            "0003",
            "INSERT INTO baselines (indicator, region, institution, measure_group, first_quarter, change, why, "
            f"decided_by, decided_at) VALUES ('plan', 'all', 'all', 'all', '2026Q1', 'x', 'x', 'Ans', '{MADE}')",
            "nieuwe grenzen",
        ),
        ("0002", f"INSERT INTO demonstration (since) VALUES ('{MADE}')", "uitgave"),
        (
            "0002",
            "INSERT INTO releases (code, label, kind, agreement_version, made_at, deliveries, released_by) "
            f"VALUES ('2026Q3-final', '2026Q3', 'final', '2026.1', '{MADE}', '{{}}', 'Ans')",
            "uitgave",
        ),
        (
            "0001",
            "INSERT INTO registration_counts (institution, delivery_id, milestone, quarter, lag, cases) "
            "VALUES ('WSS', 1, 'plan_established', '2026Q1', 0, 3)",
            "registratie",
        ),
        ("0001", "UPDATE quality_counts SET early = 0 WHERE institution = 'JVV'", "registratie"),
        (
            "0004",
            "INSERT INTO erasures (institution, delivery_id, erased_at, erased_by, reason, rows) "
            f"VALUES ('WSS', 1, '{MADE}', 'Ans', 'superseded', '{{}}')",
            "gewist",
        ),
        (
            "0006",
            "INSERT INTO releases (code, label, kind, agreement_version, made_at, deliveries, sheets) "
            f"VALUES ('2026Q3-final', '2026Q3', 'final', '2026.1', '{MADE}', '{{}}', '[]')",
            "spreadsheets",
        ),
        (
            "0007",
            "INSERT INTO action_revisions (action, revision, changed_by, changed_at, region, theme, title, aim, owner, "
            "start, status, step, direction, milestones, note, owned) VALUES (1, 1, 'x', "
            f"'{MADE}', 'JZ28', 'practice', 'x', 'x', 'x', '2026-10-01', 'running', 'plan', 'higher', '[]', '', '[]')",
            "verbeteragenda",
        ),
        (
            "0011",
            "INSERT INTO contacts (supplier, received_at, region, subject, team, reachable) "
            f"VALUES ('WSS', '{MADE}', 'JZ28', 'crisis', 'Spoeddienst', 'always')",
            "wie te bellen",
        ),
        (
            "0011",
            "INSERT INTO places (supplier, received_at, region, provider, municipality, care, ages, places, free, "
            f"stated_on) VALUES ('JZ28', '{MADE}', 'JZ28', 'x', 'GM0202', 'secure', 'all', 4, 1, '2026-10-01')",
            "open plekken",
        ),
    ],
)
def test_store_does_not_go_back_when_that_loses_something(engine_at: Any, version: str, more: str, reason: str) -> None:
    engine = engine_at(versions()[-1])
    with writing(engine) as connection:
        connection.execute(text(more))
    before = counts(engine)
    with pytest.raises(UserError, match=f"gaat niet terug naar versie {version}: .*{reason}.* Er is niets gewijzigd"):
        downgrade(engine, version)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert counts(engine) == before


@pytest.mark.parametrize("version", ["0000", versions()[-1]])
def test_store_goes_back_to_earlier_versions_only(engine: Engine, version: str) -> None:
    with pytest.raises(UserError, match=rf"kan niet terug naar '{version}'\. Verwacht een van: 0001, "):
        downgrade(engine, version)


def test_releases_of_before_go_back_as_they_were(database_url: str) -> None:
    engine = open_engine(database_url)
    with writing(engine) as connection:
        upgrade_to(connection, BEFORE_KINDS)
        connection.execute(
            text(
                "INSERT INTO releases (id, label, agreement_version, made_at, deliveries) "
                f"VALUES (1, '2026Q2', '2026.1', '{MADE}', '{{}}')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO cells (release_id, audience, indicator, statistic, region, institution, measure_group, "
                "period, state, value, cohort) VALUES "
                "(1, 'shared', 'plan', 'share', 'all', 'all', 'all', '2026Q1', 'published', 61, 'final')"
            )
        )
    upgrade(engine)
    downgrade(engine, BEFORE_KINDS)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id, label FROM releases")).all() == [(1, "2026Q2")]
        assert connection.execute(text("SELECT release_id, value FROM cells")).all() == [(1, 61)]
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.scalar(text("SELECT final FROM cells"))
    engine.dispose()
