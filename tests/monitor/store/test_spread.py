"""The store can be spread over machines by institution: its keys do not reach across, nor do the queries on counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, UniqueConstraint, event

from monitor.catalogue import load_retention
from monitor.intake.load import load
from monitor.release.confirm import confirm
from monitor.release.publish import publish
from monitor.release.retain import retain
from monitor.store.counts import deliveries, erasures
from monitor.store.deliveries import COUNTS
from monitor.store.history import delivery_warnings, received
from monitor.store.linked import LINKED_COUNTS, linked_files
from monitor.store.schema import metadata
from tests.monitor.deliveries import make_delivery, make_parties
from tests.monitor.release.cases import NOW, withstood
from tests.monitor.store.spread import KEY, faults

SPREAD = frozenset(table.name for table in (deliveries, delivery_warnings, erasures, *COUNTS.values()))

PUBLISHED = {"cells", "baselines", "notes"}  # figures of one or all, and what was written with them
# What is linked is linked across institutions: for that it lies together, and its counts are those of all.
TOGETHER = {table.name for table in (linked_files, *LINKED_COUNTS.values())}


# --- keys -------------------------------------------------------------------------------------------------


def test_every_table_of_deliveries_and_counts_is_spread() -> None:
    with_key = {name for name, table in metadata.tables.items() if KEY in table.c}
    assert with_key - PUBLISHED - TOGETHER == SPREAD


@pytest.mark.parametrize("name", sorted(SPREAD))
def test_unique_keys_hold_what_rows_are_spread_by(name: str) -> None:
    table = metadata.tables[name]
    unique = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    primary = [table.primary_key] if table.primary_key.columns else []
    unique_indexes = [index for index in table.indexes if index.unique]
    assert [one for one in (*unique, *primary, *unique_indexes) if KEY not in one.columns] == []


@pytest.mark.parametrize("name", sorted(metadata.tables))
def test_foreign_keys_stay_on_one_machine(name: str) -> None:
    """From what is spread to what is spread, by institution; or between tables that are not spread at all."""
    for constraint in metadata.tables[name].foreign_key_constraints:
        pairs = {(element.parent.name, element.column.name) for element in constraint.elements}
        both = {name in SPREAD, constraint.referred_table.name in SPREAD}
        assert both == {False} or (both == {True} and (KEY, KEY) in pairs)


@pytest.mark.parametrize("name", sorted(SPREAD))
def test_how_to_spread_a_table_is_documented(name: str) -> None:
    """Its keys are dropped, it is spread by institution, and the same keys are made again."""
    text = " ".join((Path(__file__).parents[3] / "docs/how-to/database.md").read_text("utf-8").split())
    assert f"create_distributed_table('{name}', 'institution'," in text
    for constraint in metadata.tables[name].foreign_key_constraints:
        ours, theirs = ([getattr(one, side).name for one in constraint.elements] for side in ("parent", "column"))
        cascade = f" ON DELETE {constraint.ondelete}" if constraint.ondelete else ""
        assert f"ALTER TABLE {name} DROP CONSTRAINT {constraint.name};" in text
        assert (
            f"ALTER TABLE {name} ADD CONSTRAINT {constraint.name} FOREIGN KEY ({', '.join(ours)}) "
            f"REFERENCES {constraint.referred_table.name} ({', '.join(theirs)}){cascade};"
        ) in text


# --- statements -------------------------------------------------------------------------------------------


@contextmanager
def heard(engine: Engine) -> Iterator[set[str]]:
    """Every statement that goes to the database meanwhile, whichever connection it takes."""
    statements: set[str] = set()

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.add(statement)

    copy = psycopg.Cursor.copy

    def hear_copy(self: Any, statement: Any, *rest: Any, **options: Any) -> Any:
        # A COPY is an INSERT of many rows; the parser knows that one.
        target = statement.as_string(self).removeprefix("COPY ").split(" FROM STDIN")[0]
        statements.add(f"INSERT INTO {target} VALUES (1)")
        return copy(self, statement, *rest, **options)

    event.listen(engine, "before_cursor_execute", hear)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "copy", hear_copy)
        yield statements
    event.remove(engine, "before_cursor_execute", hear)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_all_that_is_asked_of_counts_can_be_pushed_down(engine: Engine, tmp_path: Path) -> None:
    """A load, its successor with a warning, the history, a release and erasing. The attack on a release reads counts by
    what the release does."""
    parties = make_parties(tmp_path, "JVV")
    small: dict[str, Any] = {"regions": ["JZ12"], "measure_groups": ["ots"], "cases": 20}
    both = ((date(2026, 6, 30), ["2025Q4", "2026Q1"]), (date(2026, 9, 30), ["2026Q1"]))  # a quarter is gone
    with heard(engine) as statements:
        for number, (until, quarters) in enumerate(both):
            delivery = make_delivery("JVV", until=until, quarters=quarters, **small)
            path = parties.seal(delivery, tmp_path / f"{number}.zip")
            load(engine, [path, path], parties.steward)  # what is known already is asked too
        with engine.connect() as connection:
            received(connection, ["JVV"])
        publish(engine, "2026Q2", NOW, "Ans", attack=withstood)
        confirm(engine, "2026Q2", "Bert", NOW)
        assert retain(engine, "Ans", datetime.now(UTC) + timedelta(days=load_retention().superseded_days))
    read = [one for one in statements if one.startswith("SELECT") and any(name in one for name in SPREAD)]
    written = [one for one in statements if one.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert {name for name in SPREAD if any(name in one for one in read)} == SPREAD
    assert {name for name in SPREAD if any(name in one for one in written)} == SPREAD
    assert len(read) > 10
    plain = [one for one in statements if one.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))]
    assert {one: faults(one, SPREAD) for one in plain if faults(one, SPREAD)} == {}


TWO = frozenset({"a", "b"})
BY_KEY = "b.institution = a.institution"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT a.x, sum(a.n) FROM a GROUP BY a.x",
        f"SELECT a.x, sum(b.n) FROM a JOIN b ON {BY_KEY} AND b.id = a.id WHERE a.x IN (1, 2) GROUP BY a.x",
        f"SELECT a.x FROM a, b WHERE {BY_KEY}",
        f"SELECT a.x FROM a WHERE NOT (EXISTS (SELECT * FROM b WHERE {BY_KEY} AND b.id = a.id))",
        "SELECT q.x FROM (SELECT a.institution AS institution, row_number() OVER (PARTITION BY a.institution "
        "ORDER BY a.id) AS x FROM a) AS q WHERE q.x = 1",
        "SELECT count(DISTINCT a.x) FROM a GROUP BY a.institution",
        "SELECT sum(q.n) FROM (SELECT a.institution, max(a.n) AS n FROM a GROUP BY a.institution) AS q",
        "INSERT INTO a (institution, n) VALUES ('x', 1)",
        "UPDATE a SET n = 1 WHERE a.institution = 'x' AND a.id = 2",
        "DELETE FROM a WHERE a.institution = %(i)s::VARCHAR",
        "SELECT other.x FROM other ORDER BY other.x LIMIT 1",
    ],
)
def test_statement_that_each_machine_can_do_its_part_of(statement: str) -> None:
    assert faults(statement, TWO) == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("SELECT a.x FROM a JOIN b ON b.id = a.id", "joins over more than one institution"),
        ("SELECT a.x FROM a, b", "joins over more than one institution"),
        ("SELECT a.x FROM a JOIN other ON other.institution = a.institution", "joins what is spread with what is not"),
        ("SELECT a.x FROM a WHERE a.id IN (SELECT b.id FROM b)", "joins over more than one institution"),
        ("SELECT a.x FROM a WHERE EXISTS (SELECT * FROM b WHERE b.id = a.id)", "joins over more than one institution"),
        (f"SELECT a.x FROM a WHERE a.n > (SELECT sum(b.n) FROM b WHERE {BY_KEY})", "a condition on a sum over other"),
        ("SELECT row_number() OVER (ORDER BY a.id) FROM a", "a window over more than one institution"),
        ("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a.n) FROM a GROUP BY a.x", "cannot be added up"),
        ("SELECT count(DISTINCT a.x) FROM a", "counts what is distinct over more than one institution"),
        ("SELECT q.n FROM (SELECT a.x, sum(a.n) AS n FROM a GROUP BY a.x) AS q", "groups over more than one"),
        ("SELECT q.n FROM (SELECT a.institution, a.n FROM a LIMIT 1) AS q", "has a limit within a query"),
        ("SELECT q.n FROM (SELECT a.n FROM a) AS q", "a subquery without institution"),
        ("SELECT q.n FROM (SELECT a.n FROM a UNION ALL SELECT b.n FROM b) AS q", "selects from a union"),
        ("SELECT EXISTS (SELECT * FROM a)", "is gathered before it is used"),
        ("SELECT a.x FROM a FOR UPDATE", "locks rows"),
        ("INSERT INTO a (n) VALUES (1)", "inserts without institution"),
        ("INSERT INTO a (institution, n) VALUES ('x', (SELECT max(b.n) FROM b))", "inserts what it selects"),
        ("UPDATE a SET n = 1 WHERE a.id = 2", "changes rows of more than one institution"),
        ("DELETE FROM a", "changes rows of more than one institution"),
        ("DELETE FROM a WHERE a.institution = a.region", "changes rows of more than one institution"),
        ("TRUNCATE TABLE a", "not known to be pushed down"),
    ],
)
def test_statement_that_needs_the_rows_of_others(statement: str, fault: str) -> None:
    found = faults(statement, TWO)
    assert any(one.startswith(fault) or one.endswith(fault) for one in found), found
