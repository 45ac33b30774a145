"""Two stewards who release or confirm at the same time, each in a process of their own."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from monitor.access import trail
from monitor.release.confirm import confirm
from monitor.release.publish import publish
from monitor.store.engine import open_engine
from monitor.store.published import cells, releases
from pseudonymise.errors import UserError
from tests.campaign.kills import processes
from tests.monitor.release.cases import LABEL, NOW, Case, deliver, make, withstood

DO = {
    "release": lambda engine, who: publish(engine, LABEL, datetime.now(UTC), who, attack=withstood),
    "confirm": lambda engine, who: confirm(engine, LABEL, who, datetime.now(UTC)),
}


def do(name, url, who, together, said):
    """As a command does it: waits for the other, acts, and tells what came of it."""
    engine = open_engine(url)
    together.wait(60)
    try:
        DO[name](engine, who)
        said.put((who, "done"))
    except UserError as refused:
        said.put((who, str(refused)))
    engine.dispose()


def at_once(name, url):
    """What came of both: who did it, and what the other was told."""
    together, said = processes.Barrier(2), processes.Queue()
    running = [processes.Process(target=do, args=(name, url, who, together, said)) for who in ("Bert", "Carla")]
    for process in running:
        process.start()
    told = dict(said.get(timeout=120) for _ in running)
    for process in running:
        process.join()
    (done,) = [who for who, what in told.items() if what == "done"]
    (refused,) = [what for what in told.values() if what != "done"]
    return done, refused


@pytest.fixture
def delivered(engine):
    with engine.begin() as connection:
        deliver(connection, "JVV", [Case(1), Case(2)])
    return engine


def acts(engine):
    with engine.connect() as connection:
        assert trail.verify(connection) == []
        return [(line.act, line.who) for line in trail.read(connection)]


def test_of_two_releases_at_once_there_is_one_and_the_other_is_told_why(delivered, database_url):
    done, refused = at_once("release", database_url)
    assert "wacht nog op bevestiging" in refused or "al een uitgave gemaakt" in refused
    with delivered.connect() as connection:
        assert connection.execute(select(releases.c.label, releases.c.released_by)).all() == [(LABEL, done)]
        there = connection.scalar(select(func.count()).select_from(cells))
        assert there == connection.scalar(select(func.count()).join(releases).select_from(cells)) > 1000
    assert acts(delivered) == [("release", done)]


def test_of_two_confirmations_at_once_there_is_one(delivered, database_url):
    make(delivered, made_at=NOW)
    done, refused = at_once("confirm", database_url)
    assert "wacht" in refused or "al een uitgave gemaakt of bevestigd" in refused
    with delivered.connect() as connection:
        assert connection.execute(select(releases.c.confirmed_by)).scalars().all() == [done]
    assert acts(delivered) == [("release", "Ans"), ("confirm", done)]
