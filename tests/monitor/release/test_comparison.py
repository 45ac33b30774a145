import numpy as np
import pytest
from scipy.stats import binom

from monitor.release.cell import (
    ALL,
    SHARED,
    Cell,
    Cohort,
    Missing,
    MissingReason,
    Position,
    Published,
    Statistic,
    Suppressed,
    SuppressedReason,
)
from monitor.release.comparison import case_mix_cells, funnel_cells
from monitor.release.policies import NOISE
from monitor.statistics.funnel import Z998

FEW = Suppressed(SuppressedReason.FEW_CASES)


def share(value, n=None, period="2025", cohort=Cohort.FINAL, **owner):
    whose = {"audience": SHARED, "region": ALL, "institution": ALL, "measure_group": ALL} | owner
    figure = Published(float(value), n=n) if isinstance(value, int) else value
    return Cell(indicator="plan", statistic=Statistic.SHARE, period=period, figure=figure, cohort=cohort, **whose)


def positions(*cells):
    return {cell.owner[:2]: cell.figure for cell in funnel_cells(cells) if cell.period == "2025"}


def test_an_institution_is_judged_by_its_own_size_against_the_year_before():
    found = positions(
        share(60, 1000, period="2024"),
        share(75, 1000),
        share(50, 500, institution="JBGLD"),
        share(61, 500, institution="WSS"),
        share(50, 40, institution="JVV"),
    )
    assert found[ALL, "JBGLD"].value == Position.BELOW
    assert found[ALL, "WSS"].value == Position.WITHIN
    assert found[ALL, "JVV"].value == Position.WITHIN
    exact = binom.ppf(0.001, 500, 0.6) / 500  # the interpolated limit lies within one case of it
    noise = Z998 * np.sqrt(NOISE.variance * (1 + 0.5**2)) / 500
    assert found[ALL, "JBGLD"].lower / 100 == pytest.approx(0.6 - np.hypot(0.6 - exact, noise), abs=1 / 500)
    assert found[ALL, "JVV"].lower < found[ALL, "JBGLD"].lower
    assert found[ALL, "JVV"].n == 40


def test_without_a_published_year_before_there_is_no_position():
    assert positions(share(60, 900), share(50, 500, institution="WSS"))[ALL, "WSS"] == Missing(
        MissingReason.NO_REFERENCE
    )


@pytest.mark.parametrize(
    ("cell", "figure"),
    [
        (share(FEW, institution="JVV"), FEW),
        (share(50, 90, institution="JVV", cohort=Cohort.PROVISIONAL), Missing(MissingReason.NOT_FINAL)),
    ],
)
def test_what_is_hidden_stays_hidden_and_what_is_provisional_is_not_compared(cell, figure):
    found = positions(share(60, 900, period="2024"), share(60, 900), cell, share(61, 500, institution="WSS"))
    assert found[ALL, "JVV"] == figure
    assert found[ALL, "WSS"].value == Position.WITHIN


def test_variance_between_twenty_units_and_more_is_carried_to_the_few():
    """With units that differ much, a share that is out of its binomial limits lies within the wider ones."""
    together = [share(60, 9000, period="2024"), share(60, 9000)]
    gi = share(68, 1000, institution="WSS")
    spread = [share(45 + 30 * (place % 2), 200, region=f"R{place}", institution=f"I{place % 4}") for place in range(24)]
    assert positions(*together, gi)[ALL, "WSS"].value == Position.ABOVE
    assert positions(*together, gi, *spread)[ALL, "WSS"].value == Position.WITHIN
    assert positions(*together, gi, *spread[:19])[ALL, "WSS"].value == Position.ABOVE


def test_measure_groups_and_quarters_have_no_funnel():
    cells = [
        share(60, 900, period="2024"),
        share(60, 900),
        share(60, 90, measure_group="ots"),
        share(60, 90, period="2025Q1", region="JZ12"),
    ]
    assert list(funnel_cells(cells)) == []


def test_case_mix_sets_late_cases_beside_those_expected_in_each_quarter_and_measure_group():
    cells = [
        share(50, 100, period="2025Q1", measure_group="ots"),
        share(90, 200, period="2025Q1", measure_group="jr"),
        share(70, 300),
        share(50, 40, audience="JVV", institution="JVV", period="2025Q1", measure_group="ots"),
        share(80, 10, audience="JVV", institution="JVV", period="2025Q1", measure_group="jr"),
        share(56, 50, audience="JVV", institution="JVV"),
    ]
    (ratio,) = case_mix_cells(cells)
    # late: 20 + 2; expected: 40 at one half, 10 at one in ten
    assert (ratio.audience, ratio.period, ratio.statistic) == ("JVV", "2025", Statistic.CASE_MIX)
    assert ratio.figure.value == 105  # 22 / 21
    assert ratio.figure.lower < 100 < ratio.figure.upper
    assert ratio.figure.n == 50


def test_a_stratum_that_is_not_published_of_all_together_does_not_count():
    cells = [
        share(50, 100, period="2025Q1", measure_group="ots"),
        share(FEW, period="2025Q1", measure_group="jr"),
        share(50, 40, audience="JVV", institution="JVV", period="2025Q1", measure_group="ots"),
        share(80, 10, audience="JVV", institution="JVV", period="2025Q1", measure_group="jr"),
        share(56, 50, audience="JVV", institution="JVV"),
    ]
    (ratio,) = case_mix_cells(cells)
    assert ratio.figure.value == pytest.approx(100)
    assert ratio.figure.n == 40


def test_no_stratum_at_all_is_missing():
    (ratio,) = case_mix_cells([share(56, 50, audience="JVV", institution="JVV")])
    assert ratio.figure == Missing(MissingReason.NO_REFERENCE)
