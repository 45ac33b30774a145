"""A released store with the cases of all four certified institutions, and a copy of it for each test to spoil."""

import random
import shutil
from datetime import date

import pytest
from sqlalchemy import select, update

from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from monitor.store.published import cells, releases
from pseudonymise.agreement import Outcome
from tests.monitor.release.cases import Case, deliver, released

LABEL = "2021Q4"
SIZES = {"JBGLD": 40, "WSS": 24, "LDH": 18, "JVV": 12}
REGIONS = ("JZ12", "JZ21")  # all four work here
QUARTERS = ("2020Q4", "2021Q1", "2021Q2", "2021Q3", "2021Q4")


def cases_of(institution, draw):
    """Cases in two regions in each quarter, with their plans; and three of one institution in a third."""
    if institution == "JBGLD":
        yield from (Case(draw.getrandbits(32), {"plan": (Outcome.REACHED, 30)}, "JZ17", "ots", "2021Q3") for _ in "abc")
    for region in REGIONS:
        for quarter in QUARTERS:
            for _ in range(draw.randint(1, 2 * SIZES[institution])):
                plan = (Outcome.REACHED, draw.randint(1, 90)) if draw.random() < 0.8 else (Outcome.ENDED, 20)
                group = "ots" if draw.random() < 0.75 else "jr"
                yield Case(draw.getrandbits(32), {"plan": plan}, region, group, quarter)


@pytest.fixture(scope="package")
def released_store(tmp_path_factory):
    """The file of a store with one release, attacked by nobody yet."""
    draw = random.Random(20261122)
    path = tmp_path_factory.mktemp("attacked") / "store.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    with engine.begin() as connection:
        for institution in SIZES:
            deliver(connection, institution, cases_of(institution, draw))
    released(engine, LABEL)
    engine.dispose()
    return path


@pytest.fixture
def later_store(tmp_path):
    """A connection to a store in which some cases of the first release came in later, and were released with a
    quarter more."""
    draw = random.Random(7)
    engine = open_engine(f"sqlite:///{tmp_path / 'later.db'}")
    upgrade(engine)
    people = {institution: list(cases_of(institution, draw)) for institution in SIZES}
    with engine.begin() as connection:
        for institution, cases in people.items():
            known = [case for case in cases if draw.random() > 0.03]
            deliver(connection, institution, known, until=date(2021, 9, 30))
    released(engine, "2021Q3")
    with engine.begin() as connection:
        for institution, cases in people.items():
            deliver(connection, institution, cases, until=date(2021, 12, 31))
    released(engine, LABEL)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def store(released_store, tmp_path):
    """A connection to a copy, in a transaction that is never committed."""
    path = shutil.copy(released_store, tmp_path / "store.db")
    engine = open_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def release_id(store):
    return store.execute(select(releases.c.id)).scalar_one()


@pytest.fixture
def spoil(store):
    """Change shared cells of the plan that hold a figure: ``spoil({column: value}, statistic=..., ...)``."""

    def change(values, state="published", **where):
        wanted = {"audience": "shared", "state": state, **where}
        rowid = (
            select(cells)
            .where(*(cells.c[name] == value for name, value in wanted.items()))
            .with_only_columns(*(cells.c[name] for name in KEY))
            .limit(1)
        )
        key = store.execute(rowid).one()
        matches = [
            cells.c[name].is_(value) if value is None else cells.c[name] == value
            for name, value in key._mapping.items()
        ]
        assert store.execute(update(cells).where(*matches).values(values)).rowcount == 1
        return key

    return change


KEY = ("audience", "indicator", "statistic", "region", "institution", "measure_group", "period", "point")
