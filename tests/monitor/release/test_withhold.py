"""What an attack finds exactly is hidden, with all that states the same number, and the release is attacked again."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from monitor.release.cell import ALL, SHARED, Cell, Cohort, Published, Statistic, Suppressed, SuppressedReason
from monitor.release.publish import read_line
from monitor.release.withhold import ROUNDS, withhold
from monitor.store.published import cells
from pseudonymise.errors import UserError
from tests.monitor.release.cases import Case, Withstood, deliver, make

HIDDEN = Suppressed(SuppressedReason.DIFFERENCE)
COUNT = Cell(SHARED, "gi_order", Statistic.COUNT, "JZ12", ALL, ALL, "2021Q1", Published(40), cohort=None)
SHARE = Cell(
    SHARED, "plan", Statistic.SHARE, "JZ12", ALL, ALL, "2021Q1", Published(80, 70, 90, 40), None, Cohort.FINAL, 97, True
)
POINTS = [
    replace(SHARE, statistic=Statistic.CURVE, point=point, figure=Published(percent, n=40))
    for point, percent in ((7, 20), (14, 50), (21, 80))
]
OTHERS = [replace(SHARE, region="JZ17"), replace(SHARE, period="2021Q2"), replace(SHARE, audience="WSS")]
PLAN, ORDER = (("plan", "JZ12", ALL, ALL, "2021Q1"), ("gi_order", "JZ12", ALL, ALL, "2021Q1"))


@pytest.mark.parametrize("found", [PLAN, ORDER], ids=["of the step", "of its clock"])
def test_all_that_is_shared_of_a_group_is_hidden_and_nothing_else(found):
    left = withhold([SHARE, *POINTS, *OTHERS], {found})
    bare = {"figure": HIDDEN, "cohort": None, "completeness": None}
    assert left == [replace(SHARE, **bare), replace(POINTS[0], **bare, point=None), *OTHERS]


def test_a_clock_stays_when_a_step_of_it_is_hidden():
    assert withhold([COUNT], {PLAN}) == [COUNT]
    assert withhold([COUNT], {ORDER}) == [replace(COUNT, figure=HIDDEN)]
    assert withhold([COUNT], ()) == [COUNT]


@pytest.fixture
def store(engine):
    with engine.begin() as connection:
        deliver(connection, "JVV", [Case(number) for number in range(40)])
    return engine


GROUP = ("gi_order", ALL, ALL, ALL, "2021Q1")


def of_group(connection):
    return connection.execute(
        select(cells.c.indicator, cells.c.state, cells.c.reason)
        .where(cells.c.audience == SHARED, cells.c.region == ALL, cells.c.institution == ALL)
        .where(cells.c.measure_group == ALL, cells.c.period == "2021Q1", cells.c.indicator.in_(["gi_order", "plan"]))
        .distinct()
    ).all()


def test_a_release_is_made_again_without_what_was_found(store):
    seen = []

    def attack(connection, _release_id):
        seen.append(of_group(connection))
        return Withstood(passed=len(seen) > 1, given_away=frozenset({GROUP}) if len(seen) == 1 else frozenset())

    report = make(store, attack=attack)
    assert len(seen) == 2
    assert ("gi_order", "suppressed", "difference") not in seen[0]
    assert ("gi_order", "suppressed", "difference") in seen[1]
    assert {row for row in seen[1] if row[0] == "plan"} == {("plan", "suppressed", "difference")}
    with store.connect() as connection:
        assert of_group(connection) == seen[1]
        counted = connection.execute(select(cells.c.state, cells.c.reason, cells.c.audience)).all()
    assert sum(report.shared.values()) == sum(audience == SHARED for *_, audience in counted)
    assert report.shared["suppressed", "difference"] == sum(row[1] == "difference" for row in counted)


def test_a_release_that_goes_on_giving_away_is_refused(store):
    tried = []

    def attack(_connection, _release_id):
        tried.append(1)
        return Withstood(passed=False, given_away=frozenset({(*GROUP[:4], f"2021Q{len(tried)}")}))

    with pytest.raises(UserError, match="de toetsing is niet doorstaan"):
        make(store, attack=attack)
    assert len(tried) == ROUNDS
    with store.connect() as connection:
        assert read_line(connection) == []


def test_what_is_found_although_it_is_hidden_is_refused_at_once(store):
    tried = []

    def attack(_connection, _release_id):
        tried.append(1)
        return Withstood(passed=False, given_away=frozenset({GROUP}))

    with pytest.raises(UserError, match="de toetsing is niet doorstaan"):
        make(store, attack=attack)
    assert len(tried) == 2
