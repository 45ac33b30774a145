"""Each rule finds its defect, in the right rows, and accuses nothing else."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.intake.rule import Severity
from monitor.intake.rules import RULES, check
from monitor.intake.rules.norms import norm_result_and_duration_differ
from monitor.intake.rules.registration import registered_more_than_dated
from pseudonymise.agreement import load_agreement
from tests.monitor.deliveries import make_delivery, with_table
from tests.monitor.intake.defects import DEFECTS, small_delivery

PARTIES = [institution.code for institution in load_agreement().institutions]


@settings(max_examples=15, deadline=None)
@given(institution=st.sampled_from(PARTIES), cases=st.integers(2, 9), seed=st.integers(0, 2**32))
def test_nothing_is_found_in_a_valid_delivery(institution: str, cases: int, seed: int) -> None:
    assert check(make_delivery(institution, cases=cases, seed=seed, quarters=["2020Q4", "2026Q3"])) == []


def test_nothing_is_found_in_a_delivery_without_cases() -> None:
    assert check(make_delivery(quarters=[])) == []


@pytest.mark.parametrize(("code", "plant"), DEFECTS, ids=[f"{code}-{i}" for i, (code, _) in enumerate(DEFECTS)])
def test_planted_defect_is_found_and_nothing_else(code, plant) -> None:  # type: ignore[no-untyped-def]
    delivery, expected = plant(small_delivery())
    findings = check(delivery)
    assert {finding.rule.code for finding in findings} == {code}
    assert {finding.table: list(finding.rows) for finding in findings} == expected


@pytest.mark.parametrize(
    ("milestone", "quarter", "accused"),
    [
        ("plan_established", "2026Q2", True),
        ("plan_established", "2026Q3", False),  # the last weeks of it are not followed, so not dated
        ("court_order", "2026Q2", False),  # comes before the clock, so before the quarter of its case
    ],
)
def test_what_is_entered_is_held_against_the_dates_as_far_as_these_go(
    milestone: str, quarter: str, accused: bool
) -> None:
    delivery = small_delivery()
    rows = pd.DataFrame({"milestone": [milestone], "quarter": quarter, "lag": 0, "cases": 500})
    found = registered_more_than_dated(with_table(delivery, "registrations", rows))
    assert found == ({"registrations": [2]} if accused else {})


def test_every_rule_has_a_defect_and_a_code_of_its_own() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    errors = {rule.code for rule in RULES if rule.severity is Severity.ERROR}  # the others: test_warnings
    assert {code for code, _ in DEFECTS} == errors


@pytest.mark.parametrize(
    ("step", "outcome", "duration", "norm_result", "fits"),
    [  # first_contact: 5 working days
        ("first_contact", "reached", 0, "met", True),
        ("first_contact", "reached", 5, "met", True),
        ("first_contact", "reached", 5, "missed", False),
        ("first_contact", "reached", 6, "missed", True),
        ("first_contact", "reached", 6, "met", False),
        ("first_contact", "reached", 5, "none", False),
        ("first_contact", "ended", 5, "lapsed", True),
        ("first_contact", "ended", 5, "met", False),
        ("first_contact", "ended", 6, "missed", True),
        ("first_contact", "open", 4, "not_due", True),
        ("first_contact", "open", 5, "missed", True),
        ("first_contact", "open", 4, "missed", False),
        ("first_contact", "open", 5, "not_due", False),
        ("first_contact", "unregistered", None, "unknown", True),
        ("first_contact", "unregistered", None, "none", False),
        # plan: 6 weeks, of which the end can roll over the weekend and holidays
        ("plan", "reached", 42, "met", True),
        ("plan", "reached", 43, "met", False),
        ("plan", "open", 46, "not_due", True),
        ("plan", "open", 46, "missed", False),
        ("plan", "open", 47, "missed", True),
        # help: 3 months, laid on 91 days and at most 92
        ("help", "reached", 91, "met", True),
        ("help", "reached", 92, "met", False),
        ("help", "open", 91, "not_due", True),
        ("help", "open", 92, "missed", True),
        # order_receipt has no norm
        ("order_receipt", "reached", 3, "none", True),
        ("order_receipt", "open", 3, "not_due", False),
        ("order_receipt", "unregistered", None, "none", True),
    ],
)
def test_norm_result_fits_the_duration(
    step: str, outcome: str, duration: int | None, norm_result: str, fits: bool
) -> None:
    row = pd.DataFrame(
        {
            "step": [step],
            "duration": pd.array([duration], dtype="Int64"),
            "outcome": [outcome],
            "norm_result": [norm_result],
        }
    )
    delivery = with_table(small_delivery(), "steps", row)
    assert norm_result_and_duration_differ(delivery) == ({} if fits else {"steps": [2]})
