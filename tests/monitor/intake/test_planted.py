"""Every planted defect is refused with its own code, row and sentence, accuses nothing else, and leaves the store."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from monitor.intake import linked
from monitor.intake.load import Offered, Refused, load, take_in
from monitor.intake.opening import WORDS
from monitor.intake.receipt import ALL_RULES, Outcome, Receipt
from monitor.intake.rule import Severity
from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from monitor.store.schema import metadata
from pseudonymise.delivery import TABLES, Delivery
from tests.conftest import postgres_database
from tests.monitor.deliveries import UNTIL, Parties, make_delivery, make_parties
from tests.monitor.intake.defects import DEFECTS, Expected, small_delivery
from tests.monitor.intake.tampered import TAMPERED, tamper
from tests.monitor.intake.workbooks import FAULTY, filled

# What is said of each rule about a whole delivery, after the place.
SENTENCES = {
    "counted_twice": "dezelfde groep staat er meer dan één keer",
    "duration_and_outcome_differ": "de duur moet leeg zijn bij 'unregistered', en gevuld bij elke andere uitkomst",
    "norm_result_and_duration_differ": "het oordeel over de norm past niet bij de duur en de norm van de stap",
    "reached_without_source": "de stap is bereikt, terwijl de mijlpaal volgens het manifest niet in de bron staat",
    "steps_and_clock_differ": (
        "de stap telt niet evenveel zaken als zijn klok, voor dezelfde regio, maatregel en kwartaal"
    ),
    "clock_without_step": "de zaken van deze klok ontbreken bij een van zijn stappen",
    "key_sums_and_counts_differ": "bij elke groep met zaken hoort één sleutelsom, en omgekeerd",
    "key_sums_of_step_and_clock_differ": "de sleutelsommen van de stap tellen niet op tot die van zijn klok",
    "more_dated_than_passed": "er zijn meer gedateerde, vervangen of onmogelijke datums dan gepasseerde mijlpalen",
    "more_out_of_order_than_dated": (
        "er zijn meer datums in een andere volgorde of vooraf ingevoerd dan bruikbare datums"
    ),
    "registered_after_the_extract": "de invoer valt na het laatste hele kwartaal voor de uitdraai",
    "too_few_registered": "de mijlpaal is in dit kwartaal te weinig ingevoerd om uit te splitsen",
    "registered_more_than_dated": (
        "tot en met dit kwartaal is de mijlpaal vaker ingevoerd dan zij volgens tabel 'quality' een datum heeft"
    ),
    "delay_without_ground": "de registratievertraging volgt niet uit de gemeten vertragingen en de overeenkomst",
    "rows_unaccounted_for": "gebruikte en weggelaten rijen tellen niet op tot de gelezen rijen",
}


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return make_parties(tmp_path_factory.mktemp("keys"), "JVV", "VTGZ")


@pytest.fixture(scope="module")
def sealed(parties: Parties, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole delivery of one region, from which the tampered ones are made."""
    return parties.seal(small_delivery(), tmp_path_factory.mktemp("sealed") / "good.zip").read_bytes()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled_store(
    request: pytest.FixtureRequest, parties: Parties, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A store with a delivery and two spreadsheets, which none of these tests may change: so they can share it."""
    folder = tmp_path_factory.mktemp("store")
    if request.param == "sqlite":
        yield from _filled(f"sqlite:///{folder / 'store.db'}", parties, folder)
        return
    with postgres_database(request.getfixturevalue("postgres")) as url:
        yield from _filled(url, parties, folder)


def _filled(url: str, parties: Parties, folder: Path) -> Iterator[Engine]:
    engine = open_engine(url)
    upgrade(engine)
    load(engine, [parties.seal(make_delivery("VTGZ", quarters=["2026Q1"]), folder / "old.zip")], parties.steward)
    books = [Offered(f"{code}.xlsx", filled(code)) for code in ("places", "waiting_lists")]
    take_in(engine, books, parties.steward)
    yield engine
    engine.dispose()


def contents(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))] for table in metadata.sorted_tables
        }


def refused(engine: Engine, offered: Offered, parties: Parties) -> tuple[Receipt, str]:
    """The receipt of a file that must be refused, and what is said of it, with the store seen to be unchanged."""
    before = contents(engine)
    with pytest.raises(Refused) as caught:
        take_in(engine, [offered], parties.steward)
    assert contents(engine) == before
    (receipt,) = caught.value.receipts
    assert receipt.outcome is Outcome.REFUSED
    assert receipt.rows == {}
    said = str(caught.value)
    assert said.endswith("Er is niets geladen.")
    return receipt, said


@pytest.fixture(scope="module")
def planted(parties: Parties, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], tuple[bytes, Expected]]:
    """The file with a defect, made once for both databases, and the rows of it that are to be accused."""
    folder = tmp_path_factory.mktemp("planted")

    @cache
    def make(number: int) -> tuple[bytes, Expected]:
        delivery, expected = DEFECTS[number][1](small_delivery())
        path = parties.seal(delivery, folder / f"{number}.zip")
        return path.read_bytes(), {table: rows_in_file(delivery, table, rows) for table, rows in expected.items()}

    return make


def rows_in_file(delivery: Delivery, table: str, rows: list[int]) -> list[int]:
    """Where these rows stand once the file has put all rows in the order of their values."""
    if not rows:
        return rows
    ordered = delivery.tables[table].sort_values(list(TABLES[table]), na_position="first")
    return sorted(ordered.index.get_loc(row - 2) + 2 for row in rows)


@pytest.mark.parametrize(
    ("number", "code"),
    list(enumerate(code for code, _ in DEFECTS)),
    ids=[f"{code}-{i}" for i, (code, _) in enumerate(DEFECTS)],
)
def test_a_defect_in_the_tables(filled_store: Engine, parties: Parties, planted: Any, number: int, code: str) -> None:
    content, expected = planted(number)
    receipt, said = refused(filled_store, Offered("faulty.zip", content), parties)
    assert {(one.rule.code, one.table, one.rows) for one in receipt.findings} == {
        (code, table, tuple(rows)) for table, rows in expected.items()
    }
    assert (receipt.supplier, receipt.until) == ("JVV", UNTIL)
    for table, rows in expected.items():
        place = f"faulty.zip, tabel '{table}', rij {rows[0]}" if rows else f"faulty.zip, {table}: "
        line = next(line for line in said.splitlines() if place in line)
        assert line.endswith(f": {SENTENCES[code]} [{code}]")


@pytest.mark.parametrize(
    ("change", "code", "table", "rows", "columns"), TAMPERED, ids=[f"{one[1]}-{i}" for i, one in enumerate(TAMPERED)]
)
def test_a_file_that_was_tampered_with(
    filled_store: Engine,
    parties: Parties,
    sealed: bytes,
    tmp_path: Path,
    change: Any,
    code: str,
    table: str,
    rows: tuple[int, ...],
    columns: tuple[str, ...],
) -> None:
    path = tmp_path / "faulty.zip"
    path.write_bytes(sealed)
    tamper(path, change, parties)
    receipt, said = refused(filled_store, Offered("faulty.zip", path.read_bytes()), parties)
    (found,) = receipt.findings
    assert (found.rule.code, found.table, found.rows, found.columns) == (code, table, rows, columns)
    assert receipt.supplier is None  # who sent it cannot be trusted
    place = {"file": "het bestand", "manifest": "manifest"}.get(table, f"tabel '{table}'")
    if rows:
        place += f", rij {rows[0]}, kolom '{columns[0]}'"
    assert f"faulty.zip, {place}: " in said


def test_a_sender_whose_key_the_steward_does_not_have(filled_store: Engine, parties: Parties, tmp_path: Path) -> None:
    strangers = make_parties(tmp_path / "strangers", "WSS")
    path = strangers.seal(make_delivery("WSS", regions=["JZ12"]), tmp_path / "wss.zip")
    receipt, said = refused(filled_store, Offered("wss.zip", path.read_bytes()), parties)
    assert [one.rule.code for one in receipt.findings] == ["sender_unknown"]
    assert "wss.zip, het bestand: de beheerder kent geen sleutel van de afzender [sender_unknown]" in said


@cache
def made(make: Callable[[], bytes]) -> bytes:
    """The workbook, made once for both databases."""
    return make()


@pytest.mark.parametrize(
    ("make", "code", "rows", "columns", "sentence"), FAULTY, ids=[f"{one[1]}-{i}" for i, one in enumerate(FAULTY)]
)
def test_a_fault_in_a_workbook(
    filled_store: Engine,
    parties: Parties,
    make: Any,
    code: str,
    rows: tuple[int, ...],
    columns: tuple[str, ...],
    sentence: str,
) -> None:
    receipt, said = refused(filled_store, Offered("opgave.xlsx", made(make)), parties)
    errors = receipt.errors
    assert [(one.rule.code, one.rows, one.columns) for one in errors] == [(code, rows, columns)]
    line = next(line for line in said.splitlines() if f"[{code}]" in line)
    assert line.startswith("  fout: opgave.xlsx, ")
    assert sentence in line
    assert "moeder" not in said  # nothing that was typed comes back


def test_what_another_delivers_is_refused(filled_store: Engine, parties: Parties, sealed: bytes) -> None:
    """Signed in as one institution, handing in the files of another."""
    for offered in (Offered("jvv.zip", sealed), Offered("jvv.xlsx", filled("waiting_lists"))):
        before = contents(filled_store)
        with pytest.raises(Refused, match="de aanleveraar is een ander dan u bent aangemeld") as caught:
            take_in(filled_store, [offered], parties.steward, sender="VTGZ")
        (receipt,) = caught.value.receipts
        assert [one.rule.code for one in receipt.findings] == ["supplier_not_you"]
        assert (receipt.supplier, receipt.manifest) == (None, None)  # and nothing is told of it
        assert contents(filled_store) == before


def test_every_error_has_its_planted_defect() -> None:
    planted = {code for code, _ in DEFECTS} | {one[1] for one in TAMPERED} | {one[1] for one in FAULTY}
    linking = {rule.code for rule in linked.RULES}  # planted in tests/monitor/linked/test_run.py
    elsewhere = {"sender_unknown", "supplier_not_you", *linking}
    errors = {code for code, rule in ALL_RULES.items() if rule.severity is Severity.ERROR}
    assert planted | elsewhere == errors
    assert len(DEFECTS) + len(TAMPERED) + len(FAULTY) >= 60


def test_each_code_is_of_one_rule() -> None:
    assert len(ALL_RULES) == len({rule.code for rule in ALL_RULES.values()})
    assert set(WORDS) <= set(ALL_RULES)
