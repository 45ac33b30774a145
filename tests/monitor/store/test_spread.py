"""The store can be spread over machines by institution: its keys do not reach across, nor do the queries on counts."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, UniqueConstraint, event

from monitor.intake.retain import erase
from monitor.release.registration import registration_cells
from monitor.store.counts import deliveries, erasures
from monitor.store.deliveries import COUNTS
from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from monitor.store.schema import metadata
from tests.monitor.release.cases import Case, deliver, make
from tests.monitor.store.spread import KEY, faults

SPREAD = {table.name for table in (deliveries, erasures, *COUNTS.values())}


# --- keys -------------------------------------------------------------------------------------------------


def test_every_table_of_deliveries_and_counts_is_spread() -> None:
    assert SPREAD == {name for name, table in metadata.tables.items() if KEY in table.c} - {"cells", "baselines"}


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
