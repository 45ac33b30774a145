"""Makes a release and kills its own process on the way: ``python -m tests.monitor.release.killed POINT``.

POINT: ``statement N`` (before its N-th statement), ``batch N`` (after its N-th batch of cells),
``commit`` (just before it) or ``committed`` (just after it).
"""

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count

from sqlalchemy import event

from monitor.release.cell import Cell
from monitor.release.publish import publish
from monitor.store.engine import open_engine
from tests.monitor.release.cases import withstood

LABEL = "2021Q1"


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(number: int, items: Iterable[list[Cell]]) -> Iterator[list[Cell]]:
    for place, item in enumerate(items):
        if place == number:
            die()
        yield item


if __name__ == "__main__":
    point, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    engine = open_engine()
    statements = count(1)
    if point == "statement":
        event.listen(engine, "before_cursor_execute", lambda *_: next(statements) == number and die())
    if point == "commit":
        event.listen(engine, "commit", die)
    progress = (lambda batches: die_at(number, batches)) if point == "batch" else iter
    publish(engine, LABEL, datetime.now(UTC), "Ans", attack=withstood, progress=progress)
    die()
