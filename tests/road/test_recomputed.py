"""The figures before protection, recomputed from the raw exports by an independent road and library."""

import json
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection

from monitor.catalogue import load_catalogue
from monitor.release.compute import axes_of, read_clock, read_step
from monitor.release.periods import quarters_between
from monitor.statistics.survival import StepCounts, aalen_johansen, quantile
from monitor.store.engine import open_engine
from pseudonymise.agreement import load_agreement
from tests.road.recompute import Estimate, estimate, read_raw

LAST_QUARTER = "2026Q3"
Cases = list[dict[str, object]]


@pytest.fixture(scope="session")
def index(road_folder: Path) -> dict:
    return json.loads((road_folder / "sample" / "sample.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def raw_cases(road_folder: Path, index: dict) -> Cases:
    """The cases of all certified institutions, read from their exports by the independent road."""
    sample = road_folder / "sample"
    institutions = [one.code for one in load_agreement().institutions if one.kind == "gi"]
    return [
        case
        for code in institutions
        for case in read_raw(
            sample / index[code]["mapping"], [sample / name for name in index[code]["exports"]], index["until"]
        )
    ]


def of_the_store(connection: Connection, step_code: str, region: str, quarter: str) -> Estimate:
    """The product's own sums and estimates for one cell of region by quarter, before protection."""
    agreement = load_agreement()
    step = agreement.step(step_code)
    axes = axes_of("gi", quarters_between(agreement.first_quarter, LAST_QUARTER))
    (table,) = [one for one in load_catalogue().tables if one.name == "region_quarter"]
    at = (0, axes.regions.index(region), 0, axes.quarters.index(quarter))

    nothing_lacks = np.zeros(axes.shape, dtype=np.bool_)
    durations = read_step(connection, axes, step, nothing_lacks).durations
    reached, ended, still_open = (
        axes.sum(counts, table)[at] for counts in (durations.reached, durations.ended, durations.open)
    )
    counted = axes.sum(read_clock(connection, axes, agreement.clock(step.clock)).cases, table)[at]
    incidence = aalen_johansen(StepCounts(reached, ended, still_open))
    registered = int(reached.sum() + ended.sum() + still_open.sum())
    return Estimate(
        cases=int(counted),
        unregistered=int(counted) - registered,
        share=float(incidence.reached[step.norm_days]),
        median=int(quantile(incidence.reached, 0.5)),
    )


@pytest.mark.parametrize(
    ("step", "region", "quarter"),
    [
        ("worker_assigned", "JZ28", "2025Q1"),  # working days, after the reorganisation
        ("plan", "JZ32", "2026Q3"),  # a provisional cohort, with open cases that are not due
        ("help", "JZ25", "2024Q4"),  # months, with ended and unregistered cases
    ],
)
def test_share_and_median_agree_with_the_raw_exports(
    step: str, region: str, quarter: str, road_folder: Path, index: dict, raw_cases: Cases
) -> None:
    expected = estimate(raw_cases, step, region, quarter, index["until"])
    engine = open_engine(f"sqlite:///{road_folder / 'verbetermonitor.db'}")
    with engine.connect() as connection:
        found = of_the_store(connection, step, region, quarter)
    engine.dispose()
    assert (found.cases, found.unregistered) == (expected.cases, expected.unregistered)
    assert found.share == pytest.approx(expected.share, abs=1e-12)
    assert found.median == expected.median
    assert 0 < found.share < 1  # a cell that could differ
