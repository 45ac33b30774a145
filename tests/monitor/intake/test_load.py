"""Deliveries come in whole or not at all: faulty, repeated, out of order, at the same time, or cut off."""

import multiprocessing
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner, Result

from monitor.cli import register
from monitor.intake.load import load
from monitor.intake.receipt import Receipt
from monitor.store.deliveries import COUNTS, current_deliveries
from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from monitor.store.schema import metadata
from pseudonymise.delivery import Delivery
from pseudonymise.errors import UserError
from tests.monitor.deliveries import Parties, make_delivery, make_parties, with_table
from tests.monitor.intake import dying
from tests.monitor.intake.defects import small_delivery

SEPTEMBER, JUNE, MARCH = date(2026, 9, 30), date(2026, 6, 30), date(2026, 3, 31)

# What is refused on reading never comes to a database: one of them will do.
BEFORE_ANY_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["pytest", "tests.monitor.intake.dying"])  # imported once, not per process


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return make_parties(tmp_path_factory.mktemp("keys"), "JVV", "VTGZ", "RVDK")


@pytest.fixture
def seal(parties: Parties, tmp_path: Path) -> Callable[..., Path]:
    """Write a delivery to a file of the test; the arguments are those of make_delivery."""

    def seal(name: str, delivery: Delivery | None = None, **choices: Any) -> Path:
        return parties.seal(delivery or make_delivery(**choices), tmp_path / name)

    return seal


def contents(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in the order in which they came."""
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))] for table in metadata.sorted_tables
        }


def current(engine: Engine) -> dict[str, date]:
    with engine.connect() as connection:
        query = select(current_deliveries.c.institution, current_deliveries.c.until)
        return dict(connection.execute(query).all())


def outcome(receipt: Receipt) -> tuple[bool, date | None, date | None]:
    return receipt.already_loaded, receipt.replaces, receipt.yields_to


# --- one delivery after another ---------------------------------------------------------------------------


def test_delivery_comes_in_with_all_its_rows(engine: Engine, parties: Parties, seal: Any) -> None:
    delivery = make_delivery("JVV")
    (receipt,) = load(engine, [seal("d.zip", delivery)], parties.steward)
    assert outcome(receipt) == (False, None, None)
    rows = {name: len(contents(engine)[table.name]) for name, table in COUNTS.items()}
    assert rows == {name: len(table) for name, table in delivery.tables.items()}


def test_same_payload_again_changes_nothing(engine: Engine, parties: Parties, seal: Any) -> None:
    load(engine, [seal("d.zip", institution="VTGZ")], parties.steward)
    before = contents(engine)
    # Sealed anew: another envelope and signature around the same payload.
    (receipt,) = load(engine, [seal("again.zip", institution="VTGZ")], parties.steward)
    assert outcome(receipt) == (True, None, None)
    assert contents(engine) == before


def test_same_payload_twice_in_one_command_is_loaded_once(engine: Engine, parties: Parties, seal: Any) -> None:
    path = seal("d.zip", institution="VTGZ")
    receipts = load(engine, [path, path], parties.steward)
    assert [receipt.already_loaded for receipt in receipts] == [False, True]
    assert len(contents(engine)["deliveries"]) == 1


@pytest.mark.parametrize(
    ("given", "outcomes", "counts"),
    [
        ([(JUNE, 0), (SEPTEMBER, 0)], [(False, None, None), (False, JUNE, None)], SEPTEMBER),
        ([(SEPTEMBER, 0), (JUNE, 0)], [(False, None, None), (False, None, SEPTEMBER)], SEPTEMBER),
        ([(JUNE, 0), (JUNE, 1)], [(False, None, None), (False, JUNE, None)], JUNE),
        # The first again after its correction: known, and no longer what counts.
        (
            [(JUNE, 0), (JUNE, 1), (JUNE, 0)],
            [(False, None, None), (False, JUNE, None), (True, None, JUNE)],
            JUNE,
        ),
    ],
)
def test_newer_replaces_older(
    engine: Engine, parties: Parties, seal: Any, given: Any, outcomes: Any, counts: date
) -> None:
    paths = [
        seal(f"{number}.zip", institution="VTGZ", quarters=["2026Q1"], until=until, seed=seed)
        for number, (until, seed) in enumerate(given)
    ]
    receipts = [receipt for path in paths for receipt in load(engine, [path], parties.steward)]
    assert [outcome(receipt) for receipt in receipts] == outcomes
    assert current(engine) == {"VTGZ": counts}
    assert len(contents(engine)["deliveries"]) == len(set(given))


# --- what is refused --------------------------------------------------------------------------------------


@BEFORE_ANY_DATABASE
@pytest.mark.parametrize(
    ("institution", "table", "column", "value"),
    [
        ("JVV", "steps", "step", "vt_start"),  # of another kind
        ("JVV", "steps", "region", "JZ17"),  # where it does not work
        ("JVV", "steps", "measure_group", "adoptie"),
        ("JVV", "steps", "quarter", "2020Q3"),  # before the agreement
        ("JVV", "steps", "quarter", "2026Q4"),  # after the delivery
        ("JVV", "steps", "duration", 274),  # beyond each horizon
        ("JVV", "steps", "duration", -1),
        ("JVV", "steps", "outcome", "lost"),
        ("JVV", "steps", "norm_result", "fine"),
        ("JVV", "steps", "cases", 0),
        ("JVV", "clocks", "clock", "vt_report"),
        ("JVV", "clocks", "cases", -3),
        ("JVV", "flows", "flow", "gone"),
        ("JVV", "flows", "cases", -1),
        ("JVV", "quality", "milestone", "council_report"),
        ("JVV", "quality", "implausible", -1),
        ("JVV", "key_sums", "key_sum", 2**32),
        ("JVV", "key_sums", "item", "vt_start"),
        ("RVDK", "clocks", "clock", "gi_order"),
    ],
)
def test_value_outside_the_agreement_is_refused_with_the_store_as_it_was(
    engine: Engine,
    parties: Parties,
    seal: Any,
    monkeypatch: pytest.MonkeyPatch,
    institution: str,
    table: str,
    column: str,
    value: object,
) -> None:
    delivery = small_delivery() if institution == "JVV" else make_delivery(institution)
    frame = delivery.tables[table].copy()
    frame.loc[0, column] = value
    with monkeypatch.context() as careless:  # a supplier whose own software does not look
        careless.setattr("pseudonymise.delivery._first_fault", lambda *_: None)
        path = seal("faulty.zip", with_table(delivery, table, frame))
    with pytest.raises(UserError, match=rf"tabel '{table}', rij \d+, kolom '{column}'"):
        load(engine, [path], parties.steward)
    assert contents(engine)["deliveries"] == []


def test_flows_are_of_institutions_with_measures_only(
    engine: Engine, parties: Parties, seal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    flows = small_delivery().tables["flows"].assign(region="JZ30", measure_group="none")
    with monkeypatch.context() as careless:
        careless.setattr("pseudonymise.delivery._first_fault", lambda *_: None)
        path = seal("faulty.zip", with_table(make_delivery("VTGZ"), "flows", flows))
    with pytest.raises(UserError, match=r"tabel 'flows', rij 2, kolom 'flow'"):
        load(engine, [path], parties.steward)


def test_one_faulty_file_keeps_the_others_out(engine: Engine, parties: Parties, seal: Any) -> None:
    manifest = make_delivery("RVDK").manifest.model_copy(update={"rows_read": 0})
    faulty = seal("faulty.zip", replace(make_delivery("RVDK"), manifest=manifest))
    good, absent = seal("good.zip", institution="VTGZ"), Path("absent.zip")
    with pytest.raises(UserError, match="faulty") as caught:
        load(engine, [good, faulty, absent], parties.steward)
    message = str(caught.value)
    assert "rows_unaccounted_for" in message
    assert "absent.zip: bestaat niet" in message
    assert "good.zip" not in message
    assert contents(engine)["deliveries"] == []


def test_failure_while_writing_leaves_the_store_as_it_was(
    engine: Engine, parties: Parties, seal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(engine, [seal("old.zip", institution="VTGZ")], parties.steward)
    before = contents(engine)
    broken = {**COUNTS, "key_sums": COUNTS["flows"]}  # the last table is not what it should be
    monkeypatch.setattr("monitor.store.deliveries.COUNTS", broken)
    paths = [seal("a.zip", institution="RVDK"), seal("b.zip", institution="JVV")]
    with pytest.raises((DBAPIError, psycopg.Error)) as caught:
        load(engine, paths, parties.steward)
    assert "JZ12" not in str(caught.value)  # no row is quoted
    assert contents(engine) == before


# --- at the same time, and cut off ------------------------------------------------------------------------


def run(target: Callable[..., None], *args: Any) -> Any:
    process = processes.Process(target=target, args=args)
    process.start()
    return process


def test_loads_at_the_same_time_take_turns(database_url: str, parties: Parties, seal: Any) -> None:
    """Four processes on a store that does not exist yet; three bring the same delivery."""
    first, other = seal("jvv.zip", institution="JVV"), seal("vtgz.zip", institution="VTGZ")
    running = [
        run(dying.load, database_url, parties.folder, paths) for paths in ([first], [first, other], [other], [first])
    ]
    for process in running:
        process.join()
    assert [process.exitcode for process in running] == [0, 0, 0, 0]
    engine = open_engine(database_url)
    assert current(engine) == {"JVV": SEPTEMBER, "VTGZ": SEPTEMBER}
    stored = contents(engine)
    assert len(stored["deliveries"]) == 2
    expected = [make_delivery("JVV"), make_delivery("VTGZ")]
    for name, table in COUNTS.items():
        assert len(stored[table.name]) == sum(len(delivery.tables[name]) for delivery in expected)
    engine.dispose()


def test_load_that_is_killed_leaves_the_old_store_or_the_new(
    engine: Engine, database_url: str, parties: Parties, seal: Any
) -> None:
    """Killed at one point after another (anywhere: campaign); the next load finds the store well and goes further."""
    small: dict[str, Any] = {"quarters": ["2026Q1"], "cases": 2}
    old = seal("old.zip", institution="VTGZ", until=MARCH, **small)
    new = [
        seal("vtgz.zip", institution="VTGZ", until=JUNE, **small),
        seal("jvv.zip", institution="JVV", until=JUNE, regions=["JZ12"], **small),
    ]
    load(engine, [old], parties.steward)
    before = contents(engine)
    points = 0
    while current(engine) == {"VTGZ": MARCH}:
        assert contents(engine) == before
        points += 3  # in strides; the campaign kills anywhere
        process = run(dying.load, database_url, parties.folder, new, points)
        process.join()
        assert process.exitcode == -signal.SIGKILL or current(engine) != {"VTGZ": MARCH}
    assert points > 20  # statements of two deliveries of six tables, the lock and the commits
    assert current(engine) == {"VTGZ": JUNE, "JVV": JUNE}
    whole = contents(engine)
    receipts = load(engine, new, parties.steward)
    assert [receipt.already_loaded for receipt in receipts] == [True, True]
    assert contents(engine) == whole
    for name, table in COUNTS.items():
        added = sum(receipt.manifest.tables[name].rows for receipt in receipts)
        assert len(whole[table.name]) == len(before[table.name]) + added


def test_migration_that_is_killed_leaves_no_table_or_all(database_url: str) -> None:
    engine = open_engine(database_url)
    points = 0
    while not (tables := inspect(engine).get_table_names()):
        points += 7  # in strides: what a kill leaves hangs on the transaction, not on each statement
        process = run(dying.migrate, database_url, points)
        process.join()
        assert process.exitcode == -signal.SIGKILL or inspect(engine).get_table_names()
    assert points > len(metadata.tables)
    assert set(tables) == {*metadata.tables, "alembic_version"}
    upgrade(engine)
    engine.dispose()


# --- the command ------------------------------------------------------------------------------------------


@pytest.fixture
def command(database_url: str, parties: Parties, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("VERBETERMONITOR_DATABASE_URL", database_url)
    monkeypatch.setenv("VERBETERMONITOR_KEYS", str(parties.folder))
    app = typer.Typer()
    app.callback()(lambda: None)  # as the whole program has: more than one subcommand
    register(app)
    return lambda *args: CliRunner().invoke(app, ["load", *map(str, args)])


def test_command_reports_what_came_in(command: Callable[..., Result], seal: Any) -> None:
    command(seal("old.zip", institution="VTGZ", until=JUNE, quarters=["2026Q1"]))
    path = seal("new.zip", institution="VTGZ", quarters=["2026Q1"])
    result = command(path)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == (
        f"{path}: Aanlevering van tellingen, Veilig Thuis Gelderland-Zuid, tot en met 30 september 2026"
    )
    assert "Vervangt de aanlevering tot en met 30 juni 2026." in result.stdout
    assert "10 van 11 zaken uit de bron staan in een klok." in result.stdout


def test_command_says_what_to_mind(command: Callable[..., Result], seal: Any) -> None:
    command(seal("new.zip", institution="VTGZ"))
    older = make_delivery("VTGZ", until=JUNE)
    manifest = older.manifest.model_copy(update={"missing_milestones": ("vt_investigation_needed",)})
    path = seal("older.zip", replace(older, manifest=manifest))
    result = command(path)
    assert result.exit_code == 0, result.output
    assert "Let op: telt niet mee, want die tot en met 30 september 2026 is nieuwer." in result.stdout
    assert "Let op: niet in de bron: onderzoek nodig geoordeeld." in result.stdout


def test_command_twice_is_no_fault(command: Callable[..., Result], seal: Any) -> None:
    path = seal("d.zip", institution="VTGZ")
    command(path)
    result = command(path)
    assert (result.exit_code, "Was al geladen; er is niets gewijzigd." in result.stdout) == (0, True)


def test_command_without_keys_is_refused(command: Callable[..., Result], seal: Any, tmp_path: Path) -> None:
    result = command(seal("d.zip", institution="VTGZ"), "--keys", tmp_path / "none")
    assert isinstance(result.exception, UserError)
