"""What was published stays: at most two values a group, and one more for each erratum that names it."""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.release.carry import CARRIED, by_group, carry, is_final, is_published
from monitor.release.cell import (
    ALL,
    SHARED,
    Cell,
    Cohort,
    Missing,
    MissingReason,
    Published,
    Statistic,
    Suppressed,
    SuppressedReason,
)
from monitor.release.status import Erratum
from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from pseudonymise.agreement import Outcome
from tests.monitor.release.cases import Case, deliver, released

REASON = "Er waren zaken dubbel geleverd"
HIDDEN = Suppressed(SuppressedReason.SMALL_COUNT)
DOMINATED = Suppressed(SuppressedReason.DOMINANCE)
LATER = Missing(MissingReason.NOT_DELIVERED)
TOO_EARLY = Missing(MissingReason.UNDETERMINABLE)


def count(figure, period="2026Q1", audience=SHARED, **more):
    return Cell(audience, "gi_order", Statistic.COUNT, ALL, ALL, ALL, period, figure, **more)


def share(figure, cohort=None, **more):
    return Cell(SHARED, "plan", Statistic.SHARE, ALL, ALL, ALL, "2026Q1", figure, cohort=cohort, **more)


def one(computed, before, *, settled=False, erratum=None):
    """The only cell of the release, of the one computed and the one before."""
    (cell,) = carry([computed], before, lambda _: settled, erratum).cells
    return cell


@pytest.mark.parametrize("published", [Published(12.0), HIDDEN, DOMINATED])
def test_a_provisional_group_stays_until_it_can_be_final_and_then_for_ever(published):
    first = one(count(published), [])
    assert first == count(published)
    assert one(count(Published(14.0)), [first]) == first
    final = one(count(Published(14.0)), [first], settled=True)
    assert final == count(Published(14.0), final=True)
    assert one(count(HIDDEN), [final], settled=True) == final


@pytest.mark.parametrize(("cohort", "settled", "expected"), [(Cohort.FINAL, False, 61), (Cohort.PROVISIONAL, True, 58)])
def test_of_a_step_the_cohort_says_what_is_final(cohort, settled, expected):
    first = share(Published(58.0), Cohort.PROVISIONAL)
    again = one(share(Published(61.0), cohort), [first], settled=settled)
    assert again.figure == Published(float(expected))
    assert again.final is (cohort is Cohort.FINAL)


def test_what_an_institution_could_subtract_has_no_cohort_and_is_final_as_a_count_is():
    first = one(share(DOMINATED), [], settled=True)
    assert first.final
    assert one(share(Published(61.0), Cohort.FINAL), [first], settled=True) == first


@pytest.mark.parametrize("lacking", [LATER, TOO_EARLY, Missing(MissingReason.NOT_IN_SOURCE)])
def test_a_group_without_data_was_not_published_yet_and_tells_no_completeness(lacking):
    first = one(share(lacking, Cohort.UNDETERMINABLE, completeness=97), [])
    assert first.completeness is None
    assert not first.final
    second = one(share(Published(58.0), Cohort.PROVISIONAL, completeness=96), [first])
    assert (second.figure, second.completeness) == (Published(58.0), 96)
    assert one(share(lacking), [second], settled=True) == second  # nor is it taken back


def test_a_group_with_too_many_unregistered_was_published():
    first = share(Missing(MissingReason.INCOMPLETE), Cohort.FINAL, completeness=80)
    assert one(share(Published(58.0), Cohort.FINAL), [one(first, [])]).figure == first.figure


def test_own_cells_are_computed_anew():
    own = [count(Published(3.0), audience="WSS"), count(Published(14.0), audience=SHARED)]
    before = [count(Published(12.0), audience=SHARED)]
    cells = carry(own, before, lambda _: False, None).cells
    assert {cell.audience: cell.figure.value for cell in cells} == {"WSS": 3.0, SHARED: 12.0}


def test_an_erratum_computes_what_it_names_and_nothing_else():
    before = [count(Published(12.0), period, final=True) for period in ("2025Q1", "2025Q2", "2025", "2024")]
    before.append(count(LATER, "2026Q2"))
    computed = [count(Published(14.0), cell.period) for cell in before]
    erratum = Erratum(REASON, periods=frozenset({"2025Q1"}))
    found = carry(computed, before, lambda _: False, erratum)
    assert {cell.period: cell.figure for cell in found.cells} == {
        "2025Q1": Published(14.0),
        "2025Q2": Published(12.0),
        "2025": Published(14.0),  # the sum that it is part of
        "2024": Published(12.0),
        "2026Q2": LATER,  # not shown for the first time by an erratum either
    }
    assert found.groups == 3
    assert all(cell.final for cell in found.cells if cell.period != "2026Q2")  # final stays final


def test_an_erratum_neither_adds_a_group_nor_drops_one():
    before, computed = [count(Published(12.0), "2025")], [count(Published(14.0), "2024"), count(HIDDEN, "2023")]
    erratum = Erratum(REASON, periods=frozenset({"2023"}))
    found = carry(computed, before, lambda _: False, erratum)
    assert {cell.period for cell in found.cells} == {"2025", "2023"}  # but for what it names
    assert {cell.period for cell in carry(computed, before, lambda _: False, None).cells} == {"2024", "2023"}


@pytest.mark.parametrize(
    ("named", "region", "institution", "expected"),
    [
        ({"institutions": {"JVV"}}, "all", "JVV", True),
        ({"institutions": {"JVV"}}, "all", "WSS", False),
        ({"institutions": {"JVV"}}, "JZ12", "all", True),  # JVV works there, so it is part of the sum
        ({"institutions": {"JVV"}}, "JZ17", "all", False),
        ({"institutions": {"VTGZ"}}, "all", "all", False),  # not of this kind
        ({"indicators": {"gi_order"}}, "all", "all", True),
        ({"indicators": {"plan"}}, "all", "all", False),
        ({"indicators": {"gi_order"}, "periods": {"2025"}}, "all", "all", False),
        ({"indicators": {"gi_order"}, "periods": {"2026"}}, "all", "all", True),
    ],
)
def test_what_an_erratum_names(named, region, institution, expected):
    cell = replace(count(HIDDEN), region=region, institution=institution)
    erratum = Erratum(REASON, **{what: frozenset(codes) for what, codes in named.items()})
    assert erratum.names(cell) is expected


figures = st.one_of(
    st.integers(10, 30).map(lambda value: Published(float(value))),
    st.sampled_from([HIDDEN, DOMINATED, LATER, TOO_EARLY, Missing(MissingReason.INCOMPLETE)]),
)
cohorts = st.sampled_from([None, Cohort.PROVISIONAL, Cohort.FINAL])
# In each release: two figures of a group and its cohort, whether the deliveries run far, whether an erratum names it.
histories = st.lists(st.tuples(figures, figures, cohorts, st.booleans(), st.booleans()), min_size=1, max_size=9)


@given(histories)
def test_over_any_releases_a_group_has_two_values_and_one_more_for_each_erratum(history):
    before, seen, errata = [], set(), 0
    for shown, median, cohort, settled, named in history:
        computed = [share(shown, cohort), replace(share(median, cohort), statistic=Statistic.MEDIAN)]
        erratum = Erratum(REASON, indicators=frozenset({"plan"})) if named and before else None
        errata += erratum is not None
        was_final = is_final(before)
        after = carry(computed, before, lambda _, settled=settled: settled, erratum).cells
        if was_final and not erratum:
            assert after == before
        if erratum is None and before and is_published(before):
            assert is_published(after)
        if is_published(after):
            seen.add(frozenset(replace(cell, final=False) for cell in after))
        before = after
    assert len(seen) <= 2 + errata


# --- the same in the store ---------------------------------------------------------------------------------------


def people(number, seed, quarter):
    draw = random.Random(seed)
    outcomes = [(Outcome.REACHED, days) for days in range(1, 30)]
    return [
        Case(draw.getrandbits(32), {"council_start": draw.choice(outcomes)}, quarter=quarter) for _ in range(number)
    ]


@pytest.fixture
def store(tmp_path):
    """An empty store on SQLite."""
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


def shared(found):
    """What is carried, by group."""
    cells = (cell for cell in found.every if cell.audience == SHARED and cell.statistic in CARRIED)
    return {key: frozenset(group) for key, group in by_group(cells).items()}


def test_a_late_case_is_counted_once_the_quarter_is_final_and_never_again(store):
    old, new = people(60, 1, "2021Q1"), people(60, 2, "2021Q4")
    late = people(3, 3, "2021Q4") + people(3, 4, "2021Q1")
    later = people(3, 5, "2021Q4") + people(3, 6, "2021Q1")
    history = [
        (date(2021, 12, 31), "2021Q4", [*old, *new]),  # provisional, but for what is long past
        (date(2022, 3, 31), "2022Q1", [*old, *new, *late]),  # 90 days after: the counts of 2021Q4 become final
        (date(2022, 6, 30), "2022Q2", [*old, *new, *late, *later]),
    ]
    found = []
    for until, label, cases in history:
        with store.begin() as connection:
            deliver(connection, "RVDK", cases, until=until)
        found.append(released(store, label))
    requests = [
        [one.one("council_request", Statistic.COUNT, quarter) for one in found] for quarter in ("2021Q1", "2021Q4")
    ]
    assert len({cell.figure for cell in requests[0]}) == 1
    assert [cell.final for cell in requests[0]] == [True] * 3
    assert requests[1][0].figure != requests[1][1].figure == requests[1][2].figure
    assert [cell.final for cell in requests[1]] == [False, True, True]
    first, second, third = map(shared, found)
    carried = {key for key, group in first.items() if is_final(group)}
    assert len(carried) > 100
    assert all(second[key] == third[key] == first[key] for key in carried)
    assert all(third[key] == group for key, group in second.items() if is_final(group))
    own = [one.one("council_request", Statistic.COUNT, "2021Q1", audience="RVDK", institution="RVDK") for one in found]
    assert [cell.figure.value for cell in own] == [60, 63, 66]


def test_an_erratum_in_the_store(store):
    cases = people(60, 1, "2021Q1") + people(60, 2, "2021Q2")
    with store.begin() as connection:
        deliver(connection, "RVDK", cases)
    before = shared(released(store))
    with store.begin() as connection:
        deliver(connection, "RVDK", cases[3:-3], until=date(2022, 4, 1))
    named = {"indicators": frozenset({"council_request"}), "periods": frozenset({"2021Q1"})}
    corrected = released(store, erratum=Erratum(REASON, **named))
    assert len(corrected.every) == len({replace(cell, figure=HIDDEN) for cell in corrected.every})  # each cell once
    after = shared(corrected)
    changed = defaultdict(set)
    for key, group in after.items():
        if group != before[key]:
            changed[key[0]].add(key[-1])
    assert set(changed) == {"council_request"}
    assert changed["council_request"] <= {"2021Q1", "2021"}
    assert "2021Q1" in changed["council_request"]
