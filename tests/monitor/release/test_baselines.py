from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from monitor.release.baselines import read_baselines, record_baseline
from monitor.release.cell import ALL, SHARED, row_from_cell
from monitor.release.derive import derived_cells
from monitor.statistics.spc import Change
from monitor.store.engine import writing
from monitor.store.migrations import upgrade
from monitor.store.published import baselines, cells, releases
from pseudonymise.errors import UserError
from tests.monitor.release.test_course import STEADY, shares

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OWNER = (ALL, ALL, ALL)
CHANGED = [*STEADY, *(value + 20 for value in STEADY[:8])]


@pytest.fixture
def store(engine):
    """A store whose newest release has one series: steady for twelve quarters, twenty higher from 2023Q4 on."""
    upgrade(engine)
    with writing(engine) as connection:
        made = connection.execute(
            insert(releases)
            .values(
                code="2026Q3-final",
                label="2026Q3",
                kind="final",
                agreement_version="1",
                made_at=NOW,
                deliveries={},
                confirmed_at=NOW,
            )
            .returning(releases.c.id)
        ).scalar_one()
        rows = [row_from_cell(cell) | {"release_id": made} for cell in shares(CHANGED)]
        connection.execute(insert(cells), rows)
    return engine


def propose(
    engine, first="2023Q4", change=Change.WORKING_METHOD, why="nieuwe toewijzing", lasting=True, by="I. Nspecteur"
):
    record_baseline(engine, "plan", OWNER, first, change, why, lasting, by, NOW)


def test_new_limits_are_recorded_with_who_and_why_and_drawn_in_the_next_release(store):
    propose(store)
    with store.connect() as connection:
        recorded = read_baselines(connection)
        row = connection.execute(select(baselines)).one()
    assert recorded == {"plan": {OWNER: ["2023Q4"]}}
    assert (row.change, row.why, row.decided_by) == ("working_method", "nieuwe toewijzing", "I. Nspecteur")
    centres = {
        cell.period: cell.figure.value
        for cell in derived_cells(shares(CHANGED), recorded["plan"])
        if (cell.statistic, cell.audience) == ("centre", SHARED)
    }
    assert centres["2023Q4"] - centres["2023Q3"] == pytest.approx(20, abs=1)


@pytest.mark.parametrize(
    ("proposal", "reasons"),
    [
        ({"lasting": False}, ["niemand verwacht dat de verandering blijft"]),
        ({"why": "  "}, ["de oorzaak is niet bekend of niet beschreven"]),
        ({"change": Change.TARGET}, ["een andere streefwaarde verandert de werkwijze niet"]),
        ({"first": "2023Q1"}, ["voor dat kwartaal zijn er minder dan 12"]),
        ({"first": "2024Q4", "lasting": False}, ["niemand verwacht", "vanaf dat kwartaal zijn er minder dan 7"]),
        ({"first": "2031Q1"}, ["geen kwartaal '2031Q1'"]),
    ],
)
def test_the_gate_gives_every_reason_and_records_nothing(store, proposal, reasons):
    with pytest.raises(UserError) as refused:
        propose(store, **proposal)
    assert [reason for reason in reasons if reason not in str(refused.value)] == []
    assert str(refused.value).count("\n- ") == len(reasons) - ("geen kwartaal '2031Q1'" in reasons)
    with store.connect() as connection:
        assert connection.execute(select(baselines)).all() == []


def test_limits_that_fit_again_are_not_drawn_anew_twice(store):
    propose(store)
    with pytest.raises(UserError, match="de oude grenzen passen nog"):
        propose(store)
