import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from monitor.release.cell import (
    SHARED,
    Bound,
    Cohort,
    Missing,
    MissingReason,
    Published,
    Statistic,
    Suppressed,
    SuppressedReason,
    cell_from_row,
    row_from_cell,
)
from monitor.release.policies import NOISE
from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from monitor.store.published import cells, releases
from pseudonymise.agreement import Outcome, load_agreement, region_names
from pseudonymise.errors import UserError
from tests.conftest import postgres_database
from tests.monitor.release.cases import Case, deliver, make, released

REACHED, OPEN, ENDED = Outcome.REACHED, Outcome.OPEN, Outcome.ENDED
GI = ("JBGLD", "WSS", "LDH", "JVV")
VT = ("VTGZ", "VTGM", "VTNOG")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    """An empty store on SQLite."""
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


def random_cases(number, seed, step, longest, **where):
    draw = random.Random(seed)
    outcomes = [REACHED] * 7 + [ENDED] * 2 + [OPEN]
    for _ in range(number):
        outcome = draw.choice(outcomes)
        duration = load_agreement().step(step).horizon if outcome is OPEN else draw.randint(0, longest)
        yield Case(draw.getrandbits(32), {step: (outcome, duration)}, **where)


def test_own_figures_by_hand(store):
    with store.begin() as connection:
        steps = [(REACHED, 3), (REACHED, 5), (REACHED, 8), (ENDED, 2)]
        deliver(connection, "JVV", [Case(7, {"worker_assigned": step}) for step in steps])
    own = released(store)
    group = {"audience": "JVV", "institution": "JVV"}
    for region in ("all", "JZ12"):
        where = group | {"region": region}
        count = own.one("gi_order", Statistic.COUNT, "2021Q1", **where)
        share = own.one("worker_assigned", Statistic.SHARE, "2021Q1", **where)
        median = own.one("worker_assigned", Statistic.MEDIAN, "2021Q1", **where)
        p90 = own.one("worker_assigned", Statistic.P90, "2021Q1", **where)
        verdict = own.one("worker_assigned", Statistic.VERDICT, "2021Q1", **where)
        assert count.figure == Published(4.0)
        assert share.figure == Published(50.0, 15.0, 85.0, 4)  # Wilson: 15,004 to 84,996
        assert (share.cohort, share.completeness) == (Cohort.FINAL, 100)
        assert median.figure == Published(5.0, 3.0, None, 4)
        assert p90.figure == Suppressed(SuppressedReason.FEW_CASES)
        assert verdict.figure == Published(0.0, n=4)
    assert own.one("gi_order", Statistic.COUNT, "2021", **group).figure == Published(4.0)
    assert own.one("gi_order", Statistic.COUNT, "2021Q2", **group).figure == Published(0.0)
    empty = own.one("worker_assigned", Statistic.SHARE, "2021Q2", **group)
    assert empty.figure == Missing(MissingReason.NO_CASES)
    assert own.one("plan", Statistic.SHARE, "2021Q1", **group).figure == Missing(MissingReason.INCOMPLETE)
    assert not own.some("gi_order", Statistic.COUNT, "2021Q1", **group | {"region": "JZ17"})


def test_shared_figures_come_from_counts_with_the_noise_of_their_group(store):
    people = list(random_cases(240, 1, "vt_start", 12, region="JZ30", measure_group="none"))
    with store.begin() as connection:
        for institution in VT:
            deliver(connection, institution, people if institution == "VTGZ" else [])
    shared = released(store)

    def disturbed(chosen):
        chosen = list(chosen)
        key = np.array([sum(case.key for case in chosen) % 2**32], dtype=np.uint64)
        return int(NOISE.apply(np.array([len(chosen)]), key)[0])

    def reached_by(day):
        return [case for case in people if case.steps["vt_start"] in [(REACHED, d) for d in range(day + 1)]]

    days = load_agreement().step("vt_start").grid_points
    raw = [disturbed(reached_by(day)) for day in days]
    curve = [(max(raw[: at + 1]) + min(raw[at:])) // 2 for at in range(len(days))]
    n, within = disturbed(people), curve[days.index(5)]
    where = {"region": "JZ30"}
    assert shared.one("vt_investigation", Statistic.COUNT, "2021Q1", **where).figure == Published(float(n))
    share = shared.one("vt_start", Statistic.SHARE, "2021Q1", **where)
    assert share.figure.value == round(100 * within / n)
    assert share.figure.n == n
    assert (share.figure.bound, share.cohort) == (Bound.EXACT, Cohort.FINAL)
    points = {cell.point: cell.figure for cell in shared.some("vt_start", Statistic.CURVE, "2021Q1", **where)}
    assert points[5] == share.figure
    assert all(points[day].value == round(100 * curve[days.index(day)] / n) for day in points)
    median = shared.one("vt_start", Statistic.MEDIAN, "2021Q1", **where).figure
    assert median.value == next(day for day, count in zip(days, curve, strict=True) if 2 * count >= n)
    # The same people in other tables: the year, the institution, the institution in its region.
    everywhere = [("2021Q1", {}), ("2021Q1", {"institution": "VTGZ"}), ("2021", {}), ("2021", where)]
    everywhere += [("2021", {"institution": "VTGZ"}), ("2021", {"institution": "VTGZ", "region": "JZ30"})]
    for period, group in everywhere:
        for statistic in (Statistic.SHARE, Statistic.MEDIAN, Statistic.P90, Statistic.VERDICT):
            same = shared.one("vt_start", statistic, period, **group).figure
            assert same == shared.one("vt_start", statistic, "2021Q1", **where).figure
    assert shared.one("vt_report", Statistic.COUNT, "2021", region="JZ32").figure == Suppressed(
        SuppressedReason.SMALL_COUNT
    )


def test_a_group_keeps_its_noise_in_a_later_delivery_and_in_another_order(tmp_path):
    """Whatever else has come in since, and in whatever order: what is published of the same cases is the same."""
    here = {"region": "JZ30", "measure_group": "none"}
    people = list(random_cases(90, 4, "vt_start", 12, quarter="2021Q1", **here))
    newer = list(random_cases(90, 5, "vt_start", 12, quarter="2021Q3", **here))
    found = []
    for number, deliveries in enumerate(([people], [people[:40], [*newer, *reversed(people)]])):
        engine = open_engine(f"sqlite:///{tmp_path / str(number)}.db")
        upgrade(engine)
        with engine.begin() as connection:
            for until, cases in zip((date(2022, 3, 31), date(2022, 4, 30)), deliveries, strict=False):
                deliver(connection, "VTGZ", cases, until=until)
            for institution in VT[1:]:
                deliver(connection, institution, [])
        cells_of_them = released(engine).some("vt_start", Statistic.CURVE, "2021Q1", region="JZ30")
        found.append({cell.point: cell.figure for cell in cells_of_them})
        engine.dispose()
    assert len(found[0]) > 5
    assert found[0] == found[1]


def test_a_store_on_either_database_gives_the_same_cells(tmp_path, postgres):
    found = []
    with postgres_database(postgres) as url:
        for one in (f"sqlite:///{tmp_path / 'store.db'}", url):
            engine = open_engine(one)
            upgrade(engine)
            with engine.begin() as connection:
                for number, institution in enumerate(GI):
                    regions = sorted(load_agreement().institution(institution).regions)
                    cases = [
                        replace(case, region=regions[place % len(regions)], quarter=f"2021Q{1 + place % 4}")
                        for place, case in enumerate(random_cases(400, number, "plan", 100))
                    ]
                    deliver(connection, institution, cases, flows={"ended": cases[:90]})
            every = released(engine).every
            found.append((len(every), set(map(repr, every))))
            engine.dispose()
    assert found[0] == found[1]
    assert sum("Published" in cell for cell in found[0][1]) > 500


def test_what_lies_within_a_grid_bin_does_not_show(store):
    people = list(random_cases(90, 2, "plan", 91))
    with store.begin() as connection:
        for institution in GI:
            deliver(connection, institution, people)

    first = released(store)
    moved = [
        replace(case, steps={"plan": (outcome, -(-days // 7) * 7 if outcome is not OPEN else days)})
        for case in people
        for outcome, days in [case.steps["plan"]]
    ]
    with store.begin() as connection:
        connection.execute(cells.delete())
        connection.execute(releases.delete())
        for institution in GI:
            deliver(connection, institution, moved, until=date(2022, 4, 1))
    second = released(store)
    shared = [[cell for cell in one.every if cell.audience == "shared"] for one in (first, second)]
    assert set(shared[0]) == set(shared[1])


def test_a_region_that_one_institution_could_work_out_is_not_shared(store):
    sizes = {"JBGLD": 40, "WSS": 6, "LDH": 3, "JVV": 0}
    with store.begin() as connection:
        for institution, size in sizes.items():
            people = random_cases(size, 3, "plan", 91)
            deliver(connection, institution, people)
    shared = released(store)
    dominated = Suppressed(SuppressedReason.DOMINANCE)
    assert shared.one("gi_order", Statistic.COUNT, "2021Q1", region="JZ12").figure == dominated
    assert shared.one("plan", Statistic.SHARE, "2021Q1", region="JZ12").figure == dominated
    assert shared.one("plan", Statistic.MEDIAN, "2021Q1", measure_group="ots").figure == dominated
    alone = shared.one("gi_order", Statistic.COUNT, "2021Q1", institution="JBGLD").figure
    assert isinstance(alone, Published)
    assert abs(alone.value - 40) <= 5


def test_why_there_is_no_figure(store):
    people = list(random_cases(80, 4, "plan", 91))
    with store.begin() as connection:
        deliver(connection, "JBGLD", people)
        deliver(connection, "WSS", people, missing_milestones=("plan_established",))
        deliver(connection, "LDH", people, until=date(2021, 12, 31))
        deliver(connection, "VTGZ", [])
    shared = released(store)

    def why(indicator, statistic, period, **group):
        return shared.one(indicator, statistic, period, **group).figure

    assert why("plan", Statistic.SHARE, "2021Q1", institution="WSS") == Missing(MissingReason.NOT_IN_SOURCE)
    assert isinstance(why("gi_order", Statistic.COUNT, "2021Q1", institution="WSS"), Published)
    assert why("plan", Statistic.SHARE, "2021Q1", institution="JVV") == Missing(MissingReason.NOT_DELIVERED)
    assert why("gi_order", Statistic.COUNT, "2021Q1", region="JZ12") == Missing(MissingReason.NOT_DELIVERED)
    late = why("gi_order", Statistic.COUNT, "2022Q1", institution="LDH")
    assert late == Missing(MissingReason.NOT_DELIVERED)
    elsewhere = {"region": "JZ17", "institution": "JVV"}  # JVV does not work there
    assert why("gi_order", Statistic.COUNT, "2021", **elsewhere) == Published(0.0)
    assert why("plan", Statistic.SHARE, "2021", **elsewhere) == Missing(MissingReason.NOT_ACTIVE)
    road = {cell.figure for cell in shared.every if cell.indicator in ("road", "roads")}
    nothing = {MissingReason.NEEDS_LINKAGE, MissingReason.NOT_ACTIVE, MissingReason.SHORT_SERIES}
    assert road <= {Published(0.0), *map(Missing, nothing)}
    assert why("road", Statistic.SHARE, "2021Q1") == Missing(MissingReason.NEEDS_LINKAGE)


def test_a_region_in_which_an_institution_does_not_register_gets_bounds(store):
    with store.begin() as connection:
        for number, institution in enumerate(GI):
            missing = ("help_started",) if institution == "LDH" else ()
            people = random_cases(50, number, "help", 91, region="JZ21")
            deliver(connection, institution, people, missing_milestones=missing)
    shared = released(store)
    share = shared.one("help", Statistic.SHARE, "2021", region="JZ21")
    lower = shared.one("help", Statistic.LOWER_BOUND, "2021", region="JZ21").figure
    upper = shared.one("help", Statistic.UPPER_BOUND, "2021", region="JZ21").figure
    assert share.figure == Missing(MissingReason.INCOMPLETE)
    assert share.completeness == pytest.approx(75, abs=5)
    assert (lower.bound, upper.bound) == (Bound.AT_LEAST, Bound.AT_MOST)
    assert 20 <= upper.value - lower.value <= 30
    assert shared.one("help", Statistic.VERDICT, "2021", region="JZ21").figure == share.figure


@pytest.mark.parametrize(
    ("waiting", "cohort", "figure"),
    [
        (0, Cohort.FINAL, Published),
        (20, Cohort.PROVISIONAL, Published),
        (60, Cohort.UNDETERMINABLE, Missing),
    ],
)
def test_a_cohort_becomes_provisional_and_then_final(store, waiting, cohort, figure):
    draw = random.Random(5)
    done = [Case(draw.getrandbits(32), {"council_start": (REACHED, draw.randint(1, 20))}) for _ in range(100)]
    late = [Case(draw.getrandbits(32), {"council_start": (OPEN, 15)}) for _ in range(20)]
    waits = [Case(draw.getrandbits(32), {"council_start": (OPEN, 3)}) for _ in range(waiting)]
    with store.begin() as connection:
        deliver(connection, "RVDK", done + late + waits)
    shared = released(store)
    share = shared.one("council_start", Statistic.SHARE, "2021Q1")
    verdict = shared.one("council_start", Statistic.VERDICT, "2021Q1").figure
    assert share.cohort is cohort
    assert isinstance(share.figure, figure)
    assert isinstance(verdict, Published) is (cohort is Cohort.FINAL)


def test_no_shared_bound_speaks_of_every_case(store):
    draw = random.Random(7)
    outcomes = [(REACHED, 4)] * 20 + [(Outcome.UNREGISTERED, None)] * 4
    people = [
        Case(draw.getrandbits(32), {"council_start": outcome}, region=region, quarter=quarter)
        for region in region_names()
        for quarter in ("2021Q1", "2021Q2", "2021Q3", "2021Q4")
        for outcome in outcomes
    ]
    with store.begin() as connection:
        deliver(connection, "RVDK", people)
    shared = [cell for cell in released(store).every if cell.audience == SHARED]
    lower, upper = (
        [cell.figure.value for cell in shared if cell.statistic is statistic]
        for statistic in (Statistic.LOWER_BOUND, Statistic.UPPER_BOUND)
    )
    assert len(lower) > 20
    assert max(lower) <= 99
    assert min(upper) >= 1


def test_a_provisional_share_has_bounds_for_the_cases_that_are_not_due(store):
    draw = random.Random(6)
    met = [Case(draw.getrandbits(32), {"council_start": (REACHED, 4)}) for _ in range(60)]
    late = [Case(draw.getrandbits(32), {"council_start": (REACHED, 20)}) for _ in range(20)]
    waits = [Case(draw.getrandbits(32), {"council_start": (OPEN, 3)}) for _ in range(20)]
    with store.begin() as connection:
        deliver(connection, "RVDK", met + late + waits)
    own = partial(released(store).one, audience="RVDK", institution="RVDK")
    bounds = [
        own("council_start", statistic, "2021Q1").figure.value
        for statistic in (Statistic.LOWER_BOUND, Statistic.UPPER_BOUND)
    ]
    assert bounds == [60, 80]  # of 100: 60 in time, 20 that can still be
    # The 20 leave on day 3: 60 of the 80 that were followed to day 4 were in time.
    assert own("council_start", Statistic.SHARE, "2021Q1").figure.value == 75


def test_an_open_case_whose_term_may_roll_over_is_not_late_yet(store):
    # A plan is due after 42 days, or up to 47 when that is no working day. Open at 44 is neither.
    steps = [(REACHED, 40)] * 2 + [(REACHED, 42), (REACHED, 50)] + [(OPEN, 44)] * 2
    with store.begin() as connection:
        deliver(connection, "JVV", [Case(1, {"plan": step}) for step in steps])
    share = released(store).one("plan", Statistic.SHARE, "2021Q1", audience="JVV", institution="JVV")
    assert share.cohort is Cohort.UNDETERMINABLE
    # Two of six are not due: 67 %. Without one of them five are left, of which one waits: 80 %.
    with store.begin() as connection:
        connection.execute(releases.delete())
        people = [Case(1, {"plan": step}) for step in steps[:-1]]
        deliver(connection, "JVV", people, until=date(2022, 4, 1))
    share = released(store).one("plan", Statistic.SHARE, "2021Q1", audience="JVV", institution="JVV")
    assert share.cohort is Cohort.PROVISIONAL
    assert share.figure.value == 70  # 2 of 5 by day 40, and on day 42 one of the two that are followed to it


def test_stock_of_a_year_is_that_of_its_last_day(store):
    moves = [("2021Q1", 12), ("2021Q4", 30)]
    cases = [Case(key, quarter=quarter) for quarter, number in moves for key in range(number)]
    with store.begin() as connection:
        deliver(connection, "JVV", [], flows={"stock": cases, "ended": cases})
    own = released(store)
    group = {"audience": "JVV", "institution": "JVV"}
    assert own.one("stock", Statistic.COUNT, "2021", **group).figure == Published(30.0)
    assert own.one("ended", Statistic.COUNT, "2021", **group).figure == Published(42.0)


def test_a_cell_comes_back_from_either_database_as_it_went_in(engine):
    with engine.begin() as connection:
        for institution in (*GI, *VT, "RVDK"):
            step = "plan" if institution in GI else "vt_start"
            deliver(connection, institution, random_cases(30, 6, step, 40))
    every = released(engine).every
    assert {type(cell.figure) for cell in every} == {Published, Suppressed, Missing}
    assert [cell_from_row(row_from_cell(cell)) for cell in every] == every


@pytest.mark.parametrize("label", ["2026", "2026Q5", "2026-Q3", "26Q3", "2020Q3", "2026Q3 ", "kwartaal"])
def test_a_label_that_is_no_quarter_is_refused(store, label):
    with pytest.raises(UserError, match="geen kwartaal om uit te geven"):
        make(store, label)


def test_a_release_without_deliveries_is_refused(store):
    with pytest.raises(UserError, match="de opslag is leeg"):
        make(store)


def test_a_release_of_a_quarter_that_nobody_delivered_is_refused(store):
    with store.begin() as connection:
        deliver(connection, "JVV", [])
    with pytest.raises(UserError, match="de nieuwste loopt tot en met 31-03-2022"):
        make(store, "2022Q2")


def test_where_noise_outweighs_chance_the_year_is_shown_whatever_the_outcome_of_the_group(store):
    """At the usual share of 88 % noise asks for 52 cases: neither the good nor the bad of 40 a quarter is shown."""
    good, bad = [(REACHED, 2)] * 37 + [(REACHED, 9)] * 3, [(REACHED, 2)] * 20 + [(REACHED, 9)] * 20
    draw = random.Random(7)
    with store.begin() as connection:
        for institution, of_quarter in (("JBGLD", good * 8), ("WSS", good), ("LDH", bad)):
            cases = [
                Case(draw.getrandbits(32), {"worker_assigned": step}, quarter=f"2021Q{quarter}")
                for quarter in range(1, 5)
                for step in of_quarter
            ]
            deliver(connection, institution, cases)
        deliver(connection, "JVV", [])
    cells = released(store)
    for institution, share in (("WSS", 92), ("LDH", 50)):
        for quarter in range(1, 5):
            hidden = cells.one("worker_assigned", Statistic.SHARE, f"2021Q{quarter}", institution=institution)
            assert hidden.figure == Suppressed(SuppressedReason.NOISE)
            verdict = cells.one("worker_assigned", Statistic.VERDICT, f"2021Q{quarter}", institution=institution)
            assert verdict.figure == Suppressed(SuppressedReason.NOISE)
        year = cells.one("worker_assigned", Statistic.SHARE, "2021", institution=institution)
        assert year.figure.value == pytest.approx(share, abs=4)
