from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import OptimizeResult

from monitor.release.attack import system as solver
from monitor.release.attack.bounds import ENOUGH, learn
from monitor.release.attack.system import System, Unsolved, solve
from tests.monitor.release.attack.cubes import all_sums, hidden_below, seen


def learned(table, limit=5, **how):
    """What plain hiding below a limit lets out of a table with all its sums."""
    table = np.array(table)
    rows = all_sums(table.shape)
    values = rows @ table.ravel()
    system = seen(rows, *hidden_below(values, limit))
    cells = sparse.eye_array(table.size, format="csr")[np.flatnonzero((table.ravel() > 0) & (table.ravel() < limit))]
    return learn(system, cells, **how)


def test_one_hidden_cell_is_found_by_subtraction():
    found = learned([[3, 12], [10, 20]])
    assert (found.exact.tolist(), found.low.tolist(), found.high.tolist()) == ([True], [3], [3])
    assert found.narrowest == 1


def test_four_hidden_cells_in_a_square_hold_each_other():
    # 3 + 2, 1 + 4, 3 + 1 and 2 + 4 are known; the first is 1, 2 or 3, and the others follow
    found = learned([[3, 2, 9], [1, 4, 9], [9, 9, 9]])
    assert not found.exact.any()
    assert found.proved.all()  # hidden means below five
    assert found.narrowest == 3


def test_who_hides_the_sums_as_well_proves_less():
    table = np.array([[3, 2, 9], [1, 4, 9], [9, 9, 9]])
    rows = all_sums(table.shape)
    values = rows @ table.ravel()
    system = seen(rows, np.maximum(values - 5, 0), values + 5)
    found = learn(system, sparse.eye_array(9, format="csr")[[0, 1, 3, 4]])
    assert not found.proved.any()
    assert found.high.tolist() == [ENOUGH] * 4


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=4, max_size=4),
    st.lists(st.integers(0, 3), min_size=8, max_size=8),
    st.booleans(),
)
def test_the_limits_are_those_of_all_tables_that_could_be(cells, slack, whole):
    table = np.array(cells)
    rows = all_sums((2, 2))
    values = rows @ table
    low, high = values - np.resize(slack, len(values)), values + np.resize(slack[::-1], len(values))
    tables = np.array(list(product(range(11), repeat=4)))
    sums = tables @ rows.T.toarray()
    possible = tables[((sums >= low) & (sums <= high)).all(axis=1)]
    found = learn(seen(rows, low, high), sparse.eye_array(4, format="csr"), whole=whole)
    for cell in range(4):
        smallest, largest = possible[:, cell].min(), possible[:, cell].max()
        assert found.proved[cell] == (largest < ENOUGH)
        assert found.exact[cell] == (largest < ENOUGH and smallest == largest)
        if found.proved[cell]:
            assert found.high[cell] == largest


def test_points_of_who_knows_more_save_work_and_change_nothing():
    rows = all_sums((3, 3))
    table = np.array([3, 2, 9, 1, 4, 9, 9, 9, 9])
    system = seen(rows, np.maximum(rows @ table - 2, 0), rows @ table + 2)
    cells = sparse.eye_array(9, format="csr")
    alone = learn(system, cells)
    helped = learn(system, cells, alone.points)
    assert helped.high.tolist() == alone.high.tolist()
    assert helped.exact.tolist() == alone.exact.tolist()
    assert all(not system.violated_by(point) for point in alone.points)


def test_of_what_nothing_is_said_nothing_is_learned():
    found = learn(seen(all_sums((2, 2)), [0] * 9, [np.inf] * 9), sparse.eye_array(4, format="csr"))
    assert not found.proved.any()


def test_without_small_groups_there_is_nothing_to_learn():
    found = learn(seen(all_sums((2, 2)), [0] * 9, [5] * 9), sparse.csr_array((0, 4)))
    assert (found.narrowest, len(found.high)) == (None, 0)


# --- the solver fails --------------------------------------------------------------------------------------------


def test_a_contradiction_stops_with_the_conditions():
    rows = all_sums((2, 2))
    low = np.array([40, 0, 0, 0, 0, 0, 0, 0, 0])
    high = np.array([50, 9, 9, 99, 99, 99, 99, 99, 99])
    with pytest.raises(Unsolved, match=r"spreken elkaar tegen \(group 0"):
        learn(seen(rows, low, high), sparse.eye_array(4, format="csr"))


def test_no_time_stops():
    rows = all_sums((6, 6, 6))
    draw = np.random.default_rng(3)
    values = rows @ draw.integers(0, 12, 216)
    system = seen(rows, values - 1, values + 1)
    with pytest.raises(Unsolved, match="de tijd was op"):
        solve(system, draw.normal(size=216), seconds=0.0, whole=True)


def test_what_has_no_limit_stops():
    system = replace(seen(all_sums((2, 2)), [3] + [0] * 8, [np.inf] * 9), most=np.full(4, np.inf))
    with pytest.raises(Unsolved, match=r"geen grens|faalde"):
        solve(system, -np.ones(4))


def test_a_point_is_held_against_every_condition():
    system = seen(all_sums((2, 2)), [40] + [0] * 8, [50] + [30] * 8)
    assert system.violated_by(np.array([10.0, 10, 10, 10])) == ()
    assert system.violated_by(np.zeros(4)) == ("group 0",)  # the all-zero "solution" that HiGHS once gave
    assert system.violated_by(np.array([50.0, -1, 0, 0]))[-1] == "een onbekende buiten haar grenzen"


@pytest.mark.parametrize(
    ("status", "point", "reason"),
    [
        (0, [0.0, 0, 0, 0], "voldoet niet aan group 0"),  # as HiGHS once did, without complaint
        (0, [np.nan] * 4, "gaf geen getallen"),
        (1, [10.0, 10, 10, 10], "de tijd was op"),  # a point, but not known to be the best
        (4, None, "de oplosser faalde"),
    ],
)
def test_no_answer_of_the_solver_is_believed_unseen(monkeypatch, status, point, reason):
    answer = OptimizeResult(status=status, x=None if point is None else np.array(point))
    monkeypatch.setattr(solver, "milp", lambda *_, **__: answer)
    with pytest.raises(Unsolved, match=reason):
        solve(seen(all_sums((2, 2)), [40] + [0] * 8, [50] + [30] * 8), np.ones(4))


def test_knowing_some_leaves_a_system_of_the_others():
    system = seen(all_sums((2, 2)), [40] + [0] * 8, [50] + [30] * 8)
    known = np.array([True, False, False, False])
    left = system.knowing(known, np.array([25.0, 0, 0, 0]))
    assert isinstance(left, System)
    assert left.size == 3
    assert solve(left, np.ones(3)).sum() == 15
