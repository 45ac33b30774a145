"""A fixed small sample of each campaign; the rest is `make campaign`."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine

from monitor.store.engine import open_engine
from tests.campaign.faults import Broken, Faults, copy, restore
from tests.campaign.interleaved import looking
from tests.campaign.kills import INSTITUTIONS, Killing, processes
from tests.campaign.mutations import INSTITUTIONS as MUTATED
from tests.campaign.mutations import attempt, make_ground
from tests.campaign.progress import Progress
from tests.monitor.deliveries import make_parties

processes.set_forkserver_preload(
    ["pytest", "tests.monitor.intake.dying", "tests.campaign.faults"]
)  # imported once, not per process


def test_mutated_deliveries_are_wholly_in_or_wholly_out(engine: Engine, tmp_path: Path) -> None:
    ground = make_ground(tmp_path, make_parties(tmp_path / "keys", *MUTATED))
    ground.prepare(engine)
    found = Counter(attempt(ground, engine, seed) for seed in range(60))
    taken_in = sum(count for outcome, count in found.items() if outcome.endswith("taken in"))
    assert 0 < taken_in < found.total() / 2
    assert any(outcome.startswith("row, signed again: taken in") for outcome in found)  # it got past the signature
    assert len(found) > 10  # ways to mutate, and what came of it


def test_load_that_is_killed_anywhere_leaves_the_old_store_or_the_new(database_url: str, tmp_path: Path) -> None:
    killing = Killing(database_url, make_parties(tmp_path / "keys", *INSTITUTIONS), tmp_path, points=20)
    found = Counter(killing.kill(seed) for seed in range(5))  # ten, on the two databases
    killing.close()
    assert found.total() == 5
    assert "at a point: the old store" in found


def test_whatever_is_killed_the_store_stands_and_a_copy_is_a_store_like_it(database_url: str, tmp_path: Path) -> None:
    faults = Faults(database_url, make_parties(tmp_path / "keys", "JVV", "VTGZ"), tmp_path)
    found = [faults.strike(seed) for seed in (2, 3, 4)]  # a grant, an action, a backup; load and release have their own
    assert [outcome.split(":")[0] for outcome in found] == ["grant", "write", "backup"]
    copy(database_url, tmp_path / "copy")
    with faults.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM trail")
    with pytest.raises(Broken, match="the trail"):
        faults.check(faults.engine)
    faults.close()
    if database_url.startswith("sqlite"):
        restored = f"sqlite:///{tmp_path / 'restored.db'}"
    else:
        restored = database_url
        wipe(database_url)
    restore(tmp_path / "copy", restored)
    engine = open_engine(restored)
    faults.check(engine)
    engine.dispose()


def test_two_analysts_who_look_at_once_meet_nothing_of_each_other(tmp_path: Path) -> None:
    with looking(tmp_path) as views:
        for seed in range(6):
            views.view(seed)
    assert views.seen > 0  # their own they do meet


def wipe(url: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


def test_campaign_goes_on_where_it_stopped(tmp_path: Path) -> None:
    progress = Progress("x", tmp_path)
    assert progress.next(3) == range(3)
    for seed in range(3):
        progress.done(seed, "held" if seed else "did not")
    progress.write()
    again = Progress("x", tmp_path)
    assert again.next(2) == range(3, 5)
    assert again.counts == {"held": 2, "did not": 1}
