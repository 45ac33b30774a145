import pytest

from monitor.release.attack.report import Audit, Finding, merged, to_markdown


def finding(**values):
    stands = {
        "idea": "bounds",
        "institutions": (),
        "small": 100,
        "exact": 0,
        "proved": 2,
        "narrowest": 4,
        "tables": ("region_quarter: ended",),
        "largest_share": 0.02,
    }
    return Finding(**stands | values)


@pytest.mark.parametrize(
    ("values", "passed"),
    [
        ({}, True),
        ({"proved": 3}, False),
        ({"exact": 1}, False),
        ({"small": 0, "proved": 0, "narrowest": None}, True),
        ({"institutions": ("WSS",), "proved": 5, "largest_share": 0.05}, True),
        ({"institutions": ("WSS",), "proved": 5, "exact": 1, "largest_share": 0.05}, False),
    ],
)
def test_the_limits(values, passed):
    audit = Audit(label="2026Q3", findings=(finding(**values),), failures=())
    assert audit.findings[0].passed is passed
    assert audit.passed is passed
    assert bool(audit.reasons) is not passed


def test_a_failure_does_not_pass_whatever_was_found():
    audit = Audit(label="2026Q3", findings=(finding(proved=0),), failures=("de aanval is niet gelukt: de tijd was op",))
    assert not audit.passed
    assert "- de aanval is niet gelukt: de tijd was op\n" in to_markdown(audit)


def test_what_was_exceeded_names_the_attacker_and_the_tables():
    audit = Audit(label="2026Q3", findings=(finding(institutions=("WSS", "LDH"), proved=40),), failures=())
    assert audit.reasons == (
        "wie de cijfers van WSS en LDH kent (optellingen): van 100 kleine groepen 0 precies gevonden (grens 0) en 40 "
        "bewezen onder 5 (grens 2 %); door region_quarter: ended",
    )


def test_years_and_kinds_are_taken_together_by_attacker_and_idea():
    parts = [
        finding(small=10, proved=1, narrowest=6, tables=("a", "b")),
        finding(small=30, proved=2, narrowest=3, tables=("b",)),
        finding(institutions=("WSS",), small=5, proved=0, narrowest=None, tables=()),
        finding(idea="finer", small=7, proved=0, tables=()),
    ]
    outsider, finer, insider = merged(parts)
    assert (outsider.small, outsider.proved, outsider.narrowest, outsider.tables) == (40, 3, 3, ("b", "a"))
    assert (finer.idea, finer.small) == ("finer", 7)
    assert (insider.institutions, insider.narrowest) == (("WSS",), None)


def test_what_was_found_exactly_is_told_to_who_makes_the_release_and_kept_nowhere():
    keys = [("plan", "JZ12", "all", "all", f"2021Q{quarter}") for quarter in (1, 2)]
    found = [finding(exact=1, given_away=(keys[0],)), finding(institutions=("WSS",), exact=1, given_away=tuple(keys))]
    audit = Audit(label="2026Q3", findings=(*found, finding(institutions=("LDH",))), failures=())
    assert audit.given_away == frozenset(keys)
    assert merged(found * 2)[1].given_away == tuple(keys)
    assert "JZ12" not in audit.model_dump_json() + to_markdown(audit)
