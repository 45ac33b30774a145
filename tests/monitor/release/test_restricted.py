import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from monitor.release.restricted import horizon_of, restricted_mean, restricted_mean_cells
from pseudonymise.agreement import load_agreement

PLAN = load_agreement().step("plan")  # six weeks, on a grid of seven days
FEW = Suppressed(SuppressedReason.FEW_CASES)


def point(day, figure, margin=0, **owner):
    whose = {"audience": SHARED, "region": ALL, "institution": ALL, "measure_group": ALL} | owner
    if not isinstance(figure, Missing | Suppressed):
        figure = Published(float(figure), float(max(figure - margin, 0)), float(min(figure + margin, 100)), 80)
    return Cell(
        indicator="plan",
        statistic=Statistic.CURVE,
        period="2025",
        figure=figure,
        point=day,
        cohort=Cohort.FINAL,
        **whose,
    )


def curve(shares, margin=0):
    return [point(7 * (week + 1), share, margin) for week, share in enumerate(shares)]


@pytest.mark.parametrize(
    ("shares", "days"),
    [
        ([100], 4),  # all within the first week, evenly: half a week, rounded
        ([0, 0, 0, 0], 28),
        ([50, 50, 50, 50], 16),  # 28 days, less half of three weeks and a quarter of one
        ([0, 0, 100, 100], 18),
        ([40, 60, 99], 11),  # the rest of the curve rounds to 100 % and is hidden
    ],
)
def test_the_area_above_the_curve(shares, days):
    figure = restricted_mean(curve(shares), 28)
    assert (figure.value, figure.n) == (days, 80)


def test_a_curve_that_stops_before_the_horizon_has_no_mean():
    assert restricted_mean(curve([20, 40, 60]), 28) == Missing(MissingReason.UNDETERMINABLE)


def test_a_curve_that_is_hidden_hides_its_mean():
    assert restricted_mean([point(None, FEW)], 28) == FEW


def test_the_first_points_of_a_shared_curve_are_hidden_because_they_round_to_zero():
    assert restricted_mean(curve([0, 0, 50, 80])[2:], 28).value == restricted_mean(curve([0, 25, 50, 80])[2:], 28).value


@given(st.lists(st.integers(0, 100), min_size=12, max_size=12).map(sorted), st.integers(0, 20))
def test_the_mean_lies_in_its_interval_and_within_the_horizon(shares, margin):
    figure = restricted_mean(curve(shares, margin), 84)
    assert 0 <= figure.lower <= figure.value <= figure.upper <= 84


def test_the_interval_holds_what_is_true_as_often_as_it_says():
    """Of exact shares with the limits that a share has: 500 draws of 80 cases that wait 40 days on average."""
    draw = np.random.default_rng(20261124)
    days = np.array(PLAN.grid_points)
    true = 40 * (1 - np.exp(-horizon_of(PLAN) / 40))
    held = 0
    for _ in range(500):
        reached = (draw.exponential(40, 80)[:, None] <= days).mean(axis=0)
        error = 1.96 * np.sqrt(reached * (1 - reached) / 80)
        cells = [
            point(int(day), 100 * share, 100 * side) for day, share, side in zip(days, reached, error, strict=True)
        ]
        figure = restricted_mean(cells, horizon_of(PLAN))
        held += figure.lower <= true <= figure.upper
    assert held / 500 > 0.95


@pytest.mark.parametrize(("step", "horizon"), [("plan", 84), ("worker_assigned", 10), ("order_receipt", 21)])
def test_the_horizon_is_twice_the_norm_or_half_the_follow_up(step, horizon):
    assert horizon_of(load_agreement().step(step)) == horizon


def test_all_together_and_each_institution_have_one_for_each_audience():
    flat = [50] * 12
    cells = [
        cell
        for owner in (
            {},
            {"institution": "WSS"},
            {"institution": "WSS", "audience": "WSS"},
            {"region": "JZ28"},
            {"measure_group": "ots"},
        )
        for cell in (point(7 * week, share, **owner) for week, share in enumerate(flat, 1))
    ]
    found = list(restricted_mean_cells(PLAN, cells))
    assert [(cell.audience, cell.institution, cell.point, cell.cohort) for cell in found] == [
        (SHARED, ALL, 84, Cohort.FINAL),
        (SHARED, "WSS", 84, Cohort.FINAL),
        ("WSS", "WSS", 84, Cohort.FINAL),
    ]
