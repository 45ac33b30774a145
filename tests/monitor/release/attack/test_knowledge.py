from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.release.attack.knowledge import (
    NOTHING,
    ZERO,
    Range,
    count_range,
    figures_by_group,
    protected_from,
    step_knowledge,
    true_count_range,
    true_range,
)
from monitor.release.attack.system import Unsolved
from monitor.release.cell import Cell, Statistic, row_from_cell
from monitor.release.compute import Group, StepGroup, counts_by_bin
from monitor.release.figures import StepReader, curves_of
from monitor.release.perturbation import EXACT, KEY_RANGE
from monitor.release.policies import NOISE, SHARED_PROTECTION
from monitor.release.protect import protect_step
from monitor.statistics.survival import StepCounts
from pseudonymise.agreement import load_agreement

PUBLISHED, SMALL, NOT_ACTIVE, LACKING = (
    {"state": "published", "value": 23.0, "reason": None},
    {"state": "suppressed", "value": None, "reason": "small_count"},
    {"state": "missing", "value": None, "reason": "not_active"},
    {"state": "missing", "value": None, "reason": "not_delivered"},
)


# By hand from the table: a disturbed count is 0 or at least 3, and at most 5 away.
@pytest.mark.parametrize(
    ("low", "high", "true"),
    [
        (0, 0, (0, 5)),
        (3, 3, (1, 8)),
        (5, 5, (1, 10)),
        (6, 6, (1, 11)),
        (7, 7, (2, 12)),
        (10, 10, (5, 15)),
        (200, 200, (195, 205)),
        (0, 9, (0, 14)),
        (12, inf, (7, inf)),
    ],
)
def test_the_true_counts_behind_a_protected_one(low, high, true):
    assert true_range(Range(low, high), NOISE) == Range(*true)


def test_a_protected_count_that_cannot_be_is_refused():
    with pytest.raises(Unsolved, match="een aantal dat de bescherming niet kan geven"):
        true_range(Range(1, 2), NOISE)


@given(st.integers(0, 400), st.integers(0, KEY_RANGE - 1))
def test_the_truth_is_never_ruled_out(count, key):
    protected = int(NOISE.apply(np.array([count]), np.array([key], dtype=np.uint64))[0])
    assert protected in protected_from(count, NOISE)
    true = true_range(Range(protected, protected), NOISE)
    assert true.low <= count <= true.high


def test_without_noise_the_published_count_is_the_true_one():
    assert true_range(Range(7, 7), EXACT) == Range(7, 7)


def test_what_a_count_cell_says():
    assert true_count_range(PUBLISHED, SHARED_PROTECTION) == Range(18, 28)
    assert count_range(SMALL, SHARED_PROTECTION) == Range(0, 9)
    assert true_count_range(SMALL, SHARED_PROTECTION) == Range(0, 14)
    assert true_count_range(NOT_ACTIVE, SHARED_PROTECTION) == ZERO
    assert true_count_range(LACKING, SHARED_PROTECTION) == NOTHING


def step_rows(step, clock, group, target, usual=0.5):
    """What a release says of one group, as rows of the table cells, with the protected count of its clock."""
    protected = protect_step(clock, step, group, NOISE)
    at = (0,)
    reader = StepReader(step, target, usual, curves_of(protected, NOISE), SHARED_PROTECTION, at)
    cell = {
        "audience": "shared",
        "indicator": step.code,
        "region": "JZ12",
        "institution": "all",
        "measure_group": "all",
        "period": "2021Q1",
        "cohort": reader.cohort,
        "completeness": reader.completeness,
    }
    rows = [row_from_cell(Cell(statistic=s, point=p, figure=f, **cell)) for s, p, f in reader.figures()]
    return rows, int(protected.cases[0])


@settings(deadline=None)
@given(data=st.data())
def test_the_truth_behind_the_figures_of_a_step_is_never_ruled_out(data):
    step = load_agreement().step(data.draw(st.sampled_from(["worker_assigned", "plan", "vt_start", "order_receipt"])))
    draw = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    number = data.draw(st.integers(15, 300))
    unregistered = data.draw(st.integers(0, number // 6))
    waiting = data.draw(st.sampled_from([0, 0, 3, 12]))
    registered = number - unregistered
    shape = (1, step.horizon + 1)
    reached, ended, open_ = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    days = draw.integers(0, data.draw(st.integers(2, step.horizon)), registered)
    outcome = draw.random(registered)
    for place, day in enumerate(days):
        if place < waiting and step.norm_days:
            open_[0, min(day, step.norm_days - 1)] += 1
        else:
            (reached if outcome[place] < 0.8 else ended)[0, day] += 1

    def keys(like):
        return draw.integers(0, KEY_RANGE, like.shape, dtype=np.uint64) * (like > 0)

    group = StepGroup(
        StepCounts(reached, ended, open_),
        not_due=open_.sum(axis=-1),
        open=counts_by_bin(step, open_),
        reached_keys=keys(counts_by_bin(step, reached)),
        open_keys=keys(counts_by_bin(step, open_)),
        left_keys=keys(counts_by_bin(step, reached + ended + open_)),
    )
    clock = Group(np.array([number]), draw.integers(0, KEY_RANGE, 1, dtype=np.uint64))
    rows, cases = step_rows(step, clock, group, target=80)
    (figures,) = figures_by_group(rows).values()
    known = step_knowledge(step, 80, figures, cases if cases >= 10 else None, SHARED_PROTECTION)

    assert known.unregistered.low <= unregistered <= known.unregistered.high
    assert known.waiting.low <= open_.sum() <= known.waiting.high
    for point, limits in known.reached.items():
        true = reached[0, : point + 1].sum()
        assert true <= limits.high
        if not open_[0, :point].any():
            assert limits.low <= true
    if step.norm_days:
        assert known.seen.low <= reached[0, : step.norm_days + 1].sum() <= known.seen.high


def row(statistic, value, point=None, **more):
    stands = {"state": "published", "reason": None, "lower": None, "upper": None, "n": 40, "bound": "exact"}
    where = {"region": "JZ12", "institution": "all", "measure_group": "all", "period": "2021Q1", "cohort": "final"}
    return {"statistic": statistic, "value": value, "point": point, "completeness": 100, **where, **stands, **more}


def test_a_share_with_its_number_of_cases_gives_the_number_within_the_norm_to_the_noise():
    step = load_agreement().step("plan")
    (figures,) = figures_by_group([row("share", 65.0, lower=46.0, upper=81.0)]).values()
    known = step_knowledge(step, None, figures, 40, SHARED_PROTECTION)
    # 65 % of 40 is 26, give or take 5 of noise
    assert known.reached[42].high == 31
    assert known.unregistered == Range(0, 5)  # 100 % registered: the protected number is 0
    assert known.waiting == ZERO


def test_a_median_says_on_which_side_of_half_each_day_lies():
    step = load_agreement().step("plan")
    (figures,) = figures_by_group([row("median", 14.0)]).values()
    known = step_knowledge(step, None, figures, 40, SHARED_PROTECTION)
    before, at = 14 - step.grid, 14
    assert known.reached[before].high == 19 + 5
    assert known.reached[at].low >= 9  # at least 20 - 5, less what may be unregistered
    assert set(figures.rows) == {Statistic.MEDIAN}


def test_what_lies_before_the_first_point_of_a_curve_is_less_than_half_a_percent():
    step = load_agreement().step("plan")
    (figures,) = figures_by_group([row("curve", 2.0, point=2 * step.grid, n=300)]).values()
    known = step_knowledge(step, None, figures, 300, SHARED_PROTECTION)
    assert known.reached[step.grid].high == 1 + 5
    assert known.reached[2 * step.grid] == Range(0, 7 + 5)  # 1.5 to 2.5 % of 300 is 5 to 7
    assert figures.cases == 300
