"""Every figure is defined in full, in both languages, from the agreement and the catalogue."""

import re

import pytest

from monitor.catalogue import load_catalogue
from monitor.locale import DUTCH, ENGLISH
from monitor.narrative.definitions import all_codes, full_definition
from pseudonymise.agreement import load_agreement

DUTCH_WORDS = re.compile(r"\b(de|het|een|van|niet|wordt|dagen|maatregel|zaken)\b")
NAMES = re.compile(r"\([A-Z][^)]*\)")  # of Dutch laws and bodies, beside their English


def test_every_figure_of_the_catalogue_is_defined_once():
    catalogue = load_catalogue()
    assert sorted(all_codes()) == sorted([*catalogue.steps, *catalogue.clocks, *catalogue.in_words])


@pytest.mark.parametrize("code", all_codes())
def test_a_definition_says_the_same_things_in_both_languages(code):
    dutch, english = (full_definition(code, language) for language in (DUTCH, ENGLISH))
    assert len(dutch.lines) == len(english.lines)
    for (_, ours), (_, theirs) in zip(dutch.lines, english.lines, strict=True):
        assert ours
        assert theirs
        assert DUTCH_WORDS.search(NAMES.sub("", theirs)) is None, theirs
        assert "{" not in ours + theirs


@pytest.mark.parametrize("step", load_agreement().steps, ids=lambda step: step.code)
def test_a_step_says_what_happens_to_each_outcome_and_how_far_it_is_followed(step):
    lines = dict(full_definition(step.code, DUTCH).lines)
    assert {"Loopt nog", "Eerder geëindigd", "Niet geregistreerd", "Aangeleverd door"} <= set(lines)
    assert f"ten hoogste {step.horizon} " in lines["Loopt nog"]
    assert ("telt een zaak als lopend" in lines["Niet geregistreerd"]) is (not step.shown_by)
    assert list(lines)[-1] == "Let op"
