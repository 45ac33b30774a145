"""The store opens or says why not, and its transactions are whole."""

from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from monitor.store import engine as engine_module
from monitor.store.counts import clock_counts
from monitor.store.engine import open_engine, writing
from pseudonymise.errors import UserError


def test_default_store_is_a_file_below_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VERBETERMONITOR_DATABASE_URL", raising=False)
    open_engine().dispose()
    file = tmp_path / "var" / "verbetermonitor.db"
    assert file.is_file()
    assert oct(file.stat().st_mode & 0o777) == "0o600"


def test_setting_names_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERBETERMONITOR_DATABASE_URL", f"sqlite:///{tmp_path}/deep/er/store.db")
    open_engine().dispose()
    assert (tmp_path / "deep" / "er" / "store.db").is_file()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("geen adres", "VERBETERMONITOR_DATABASE_URL: geen bruikbaar adres"),
        ("mysql://u:geheim@localhost/x", "VERBETERMONITOR_DATABASE_URL: geen bruikbaar adres"),
        ("oracle+geen://u:geheim@localhost/x", "VERBETERMONITOR_DATABASE_URL: geen bruikbaar adres"),
        ("sqlite:////dev/null/store.db", "de opslag kan niet worden geopend"),
        ("postgresql://u:geheim@localhost:1/x", r"postgresql\+psycopg://u:\*\*\*@.* de opslag kan niet"),
    ],
)
def test_store_that_cannot_be_opened_is_said_without_the_password(url: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        open_engine(url)
    assert "geheim" not in str(caught.value)


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("geen database" * 100)
    with pytest.raises(UserError, match="kan niet worden geopend"):
        open_engine(f"sqlite:///{tmp_path}/store.db")


def test_what_fails_is_undone_with_its_tables(engine: Engine) -> None:
    def write_and_fail() -> None:
        with writing(engine) as connection:
            connection.execute(text("CREATE TABLE half (id INTEGER)"))
            connection.execute(text("INSERT INTO half VALUES (1)"))
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_and_fail()
    assert not inspect(engine).has_table("half")


def test_reader_keeps_seeing_the_store_as_it_was(engine: Engine) -> None:
    with writing(engine) as writer, engine.connect() as reader:
        writer.execute(text("DELETE FROM alembic_version"))
        assert reader.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def test_writers_wait_for_each_other(engine: Engine) -> None:
    """Each reads a number and writes the next: none is lost when reading and writing are one."""
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE counter (value INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def add_one() -> None:
        with writing(engine) as connection:
            value = connection.scalar(text("SELECT value FROM counter"))
            connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

    threads = [Thread(target=add_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT value FROM counter")) == 8


def test_writer_that_waits_too_long_is_told(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "WAIT_SECONDS", 0.05)
    engine = open_engine(database_url)

    def write_while_another_writes() -> None:
        with writing(engine), writing(engine):
            pass

    with pytest.raises(UserError, match=r"bezet of onbereikbaar.*herhaal deze"):
        write_while_another_writes()
    engine.dispose()


def test_row_without_its_delivery_is_refused(engine: Engine) -> None:
    def insert() -> None:
        with writing(engine) as connection:
            connection.execute(
                clock_counts.insert().values(
                    institution="WSS",
                    delivery_id=7,
                    clock="gi_order",
                    region="JZ12",
                    measure_group="ots",
                    quarter="2026Q1",
                    cases=1,
                )
            )

    with pytest.raises(IntegrityError):
        insert()
