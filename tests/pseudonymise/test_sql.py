"""A query as a source: on SQLite and on a real PostgreSQL, reading alone, and no error that quotes the database."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Column, Date, DateTime, Integer, MetaData, Numeric, String, Table, create_engine, select

from pseudonymise.errors import UserError
from pseudonymise.sources import RawCases, read_sources
from pseudonymise.sources.mapping import load_mapping

# A colon is no parameter, a percent sign no format; SQLite keeps a moment as text.
POSTGRESQL = "SELECT *, 'a:b' AS teken FROM maatregelen WHERE soort NOT LIKE '9%' AND zaak::text <> ':x'"
SQLITE = (
    "SELECT zaak, gemeente, soort, ontvangen, date(plan) AS plan, naam FROM maatregelen "
    "WHERE soort NOT LIKE '9%' AND soort <> ':x'"
)
MAPPING = """[[sources]]
format = "sql"
name = "datawarehouse"
query = \"\"\"{query}\"\"\"
dates = "%Y-%m-%d"
[sources.columns]
case = "zaak"
municipality = "gemeente"
measure_type = "soort"
order_received = "ontvangen"
plan_established = "plan"
"""
PLAN = datetime(2025, 3, 3, 9)
ROWS = [
    {"zaak": 12, "gemeente": Decimal("202.00"), "soort": "11", "ontvangen": date(2025, 2, 3), "plan": None},
    {
        "zaak": 13,
        "gemeente": Decimal("230.00"),
        "soort": "12",
        "ontvangen": date(2025, 2, 4),
        "plan": datetime(2025, 3, 3, 9),
    },
    {"zaak": 14, "gemeente": Decimal("230.00"), "soort": "99", "ontvangen": None, "plan": None},
]


@pytest.fixture
def address(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database of an institution with three measures and the names of three children."""
    engine = create_engine(database_url)
    tables = MetaData()
    measures = Table(
        "maatregelen",
        tables,
        Column("zaak", Integer),
        Column("gemeente", Numeric(6, 2)),
        Column("soort", String),
        Column("ontvangen", Date),
        Column("plan", DateTime),
        Column("naam", String),
    )
    tables.create_all(engine)
    with engine.begin() as connection:
        connection.execute(measures.insert(), [row | {"naam": "Tijbina Grutmans"} for row in ROWS])
    monkeypatch.setenv("VERBETERMONITOR_SOURCE_URL", database_url)
    yield database_url
    with engine.connect() as connection:
        assert len(connection.execute(select(measures)).all()) == 3  # whatever the query was
    engine.dispose()


def read(folder: Path, query: str) -> RawCases:
    (folder / "m.toml").write_text(MAPPING.format(query=query), "utf-8")
    return read_sources(load_mapping(folder / "m.toml"), [])


def test_a_query_is_a_source(tmp_path: Path, address: str) -> None:
    query = POSTGRESQL if "postgresql" in address else SQLITE
    raw = read(tmp_path, f"{query};")
    assert raw.frame[["case", "municipality", "measure_type"]].to_numpy().tolist() == [
        ["12", "202", "11"],
        ["13", "230", "12"],
    ]
    assert raw.frame["order_received"].dt.strftime("%Y-%m-%d").tolist() == ["2025-02-03", "2025-02-04"]
    assert raw.frame["plan_established"].dt.strftime("%Y-%m-%d").fillna("").tolist() == ["", "2025-03-03"]
    assert raw.places["plan_established"].of(1) == "datawarehouse, rij 2, kolom 'plan'"
    assert "Tijbina" not in raw.frame.to_csv()


@pytest.mark.parametrize("number", ["9e999", "-9e999"])
def test_a_number_that_is_none_is_text_like_any_other(tmp_path: Path, address: str, number: str) -> None:
    infinite = f"'{number[:-5]}Infinity'::float8" if "postgresql" in address else number
    raw = read(tmp_path, f"SELECT zaak, {infinite} AS gemeente, soort, ontvangen, NULL AS plan FROM maatregelen")
    assert set(raw.frame["municipality"]) == {str(float(number))}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT zaak FROM maatregelen", "datawarehouse, rij 1: kolom 'gemeente' ontbreekt"),
        ("SELECT * FROM maatregelen WHERE 1 = 0", "de query geeft geen rijen"),
        ("SELECT * FROM Grutmans", "de database weigert"),
        ("DELETE FROM maatregelen", "de database weigert"),
        ("UPDATE maatregelen SET soort = '11'", "de database weigert"),
        ("SELECT 'Grutmans", "de database weigert"),
    ],
)
def test_a_query_that_fails_is_told_without_its_words(tmp_path: Path, address: str, query: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, query)
    assert message in str(error.value)
    assert "Grutmans" not in str(error.value)
    assert address not in str(error.value)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", "zet het adres van de database in de omgevingsvariabele VERBETERMONITOR_SOURCE_URL"),
        ("geheim", "is geen adres dat SQLAlchemy kent"),
        ("geheim://u:geheim@server/db", "is geen adres dat SQLAlchemy kent"),
        ("oracle+oracledb://u:geheim@server/db", "het stuurprogramma 'oracledb' voor deze database ontbreekt"),
        ("postgresql+psycopg://u:geheim@127.0.0.1:9/db", "de database weigert (OperationalError)"),
    ],
)
def test_an_address_that_does_not_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, message: str
) -> None:
    monkeypatch.setenv("VERBETERMONITOR_SOURCE_URL", address)
    with pytest.raises(UserError) as error:
        read(tmp_path, "SELECT 1")
    assert message in str(error.value)
    assert "geheim" not in str(error.value)


def test_sqlalchemy_is_loaded_for_a_query_alone() -> None:
    script = "import sys, pseudonymise.cli; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
