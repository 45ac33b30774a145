"""A release is there with all its cells, or not at all, wherever its process is killed."""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import func, select

from monitor.store.published import cells, releases
from tests.monitor.release.cases import Case, deliver, make
from tests.monitor.release.killed import LABEL


def contents(engine):
    """The labels of the releases and the number of cells."""
    with engine.connect() as connection:
        labels = connection.execute(select(releases.c.label)).scalars().all()
        return labels, connection.execute(select(func.count()).select_from(cells)).scalar()


@pytest.mark.parametrize("point", [["statement", "6"], ["batch", "9"], ["commit"], ["committed"]], ids=" ".join)
def test_a_killed_release_leaves_nothing_half(engine, database_url, point):
    with engine.begin() as connection:
        deliver(connection, "JVV", [Case(1), Case(2)])
    killed = subprocess.run(
        [sys.executable, "-m", "tests.monitor.release.killed", *point],
        env=os.environ | {"VERBETERMONITOR_DATABASE_URL": database_url},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    if point == ["committed"]:
        labels, whole = contents(engine)
        assert labels == [LABEL]
        with engine.begin() as connection:
            connection.execute(cells.delete())
            connection.execute(releases.delete())
    else:
        assert contents(engine) == ([], 0)
    report = make(engine, LABEL)
    labels, number = contents(engine)
    assert labels == [LABEL]
    assert number == report.shared.total() + report.own > 1000
    if point == ["committed"]:
        assert whole == number
