import re
from dataclasses import replace
from itertools import product

import pytest

from monitor.locale import DUTCH, ENGLISH
from monitor.narrative.accountability import COLUMNS, TABLES, rules
from monitor.narrative.definitions import step_definition
from monitor.narrative.figures import days_words, n_entry
from monitor.narrative.sentences import (
    days_sentence,
    flow_sentence,
    headline_sentence,
    newest_sentence,
    road_sentence,
    status_sentence,
    unlinked_sentence,
    weakest_sentence,
)
from monitor.release.cell import Cohort, Missing, MissingReason, Published, Suppressed, SuppressedReason
from monitor.release.policies import NOISE, SHARED_PROTECTION, SMALLEST_REMAINDER
from monitor.views.institution import institution_model
from monitor.views.overview import overview
from pseudonymise import delivery
from pseudonymise.agreement import load_agreement
from tests.monitor.views.test_models import figures

FORBIDDEN = re.compile(
    r"\b(door|dankzij|omdat|waardoor|beste|slechtste|rang\w*|significant\w*)\b"
    r"|\b(because|due to|thanks|best|worst|rank\w*)\b",
    re.IGNORECASE,
)
SHARES = [
    Published(70, 66, 76, 310),
    Published(82, 78, 86, 310),
    Published(91, 85, 95, 310),
    *(Suppressed(reason) for reason in SuppressedReason),
    *(Missing(reason) for reason in MissingReason),
]
VERDICTS = [
    Published(0.0),
    Published(1.0),
    *(Suppressed(reason) for reason in SuppressedReason),
    *(Missing(reason) for reason in MissingReason),
]


def sentences(language):
    """Every sentence about a share that the templates can make."""
    for share, verdict, cohort in product(SHARES, VERDICTS, Cohort):
        one = figures(share, verdict, cohort)
        yield share, headline_sentence(one, language)
        yield share, newest_sentence(one, language)


@pytest.mark.parametrize("language", [DUTCH, ENGLISH], ids=lambda language: language.code)
def test_no_cause_no_rank_no_significance_in_any_sentence(language):
    for _, sentence in sentences(language):
        assert FORBIDDEN.search(sentence) is None, sentence
        assert "{" not in sentence


def test_every_number_in_a_sentence_is_of_the_cell():
    for share, sentence in sentences(DUTCH):
        known = {"80", "6", "1", "2026", "95"}  # target, norm, quarter, year, 95 %
        if isinstance(share, Published):
            known |= {f"{value:.0f}" for value in (share.value, share.lower, share.upper, share.n)}
        elif share.reason == SuppressedReason.SMALL_COUNT:
            known |= {"10"}
        assert set(re.findall(r"\d+", sentence)) <= known, sentence


@pytest.mark.parametrize(
    ("share", "verdict", "ending"),
    [
        (Published(70, 66, 76, 310), Published(0.0), "Dat is aantoonbaar onder de streefwaarde van 80%."),
        (
            Published(77, 72, 82, 310),
            Published(0.0),
            "Dat is onder de streefwaarde van 80%, maar het verschil kan toeval zijn.",
        ),
        (
            Published(82, 78, 86, 310),
            Published(1.0),
            "Dat is op of boven de streefwaarde van 80%, maar het verschil kan toeval zijn.",
        ),
        (
            Published(88, 84, 91, 310),
            Published(1.0),
            "Dat is aantoonbaar op of boven de streefwaarde van 80%.",
        ),
        (
            Published(80, 75, 85, 310),
            Suppressed(SuppressedReason.NOISE_RANGE),
            "Of de streefwaarde van 80% is gehaald, is niet vast te stellen uit gepubliceerde cijfers.",
        ),
        (Suppressed(SuppressedReason.NOISE), Published(0.0), "te onzeker. Er is geen oordeel."),
    ],
)
def test_the_verdict_in_words(share, verdict, ending):
    assert headline_sentence(figures(share, verdict), DUTCH).endswith(ending)


def test_the_whole_sentence_of_the_board():
    assert headline_sentence(figures(Published(70, 66, 76, 1310), Published(0.0)), DUTCH) == (
        "In de zeven regio's samen was naar schatting 70% op tijd, binnen 6 weken (circa 1.310 maatregelen, instroom "
        "1e kwartaal 2026; 95%-interval 66–76%). Dat is aantoonbaar onder de streefwaarde van 80%."
    )


def test_a_provisional_quarter_says_what_it_can_become_and_gets_no_verdict():
    share, not_final = Published(70, 66, 76, 310), Missing(MissingReason.NOT_FINAL)
    one = replace(figures(share, not_final, Cohort.PROVISIONAL), bounds=(Published(61), Published(79)))
    assert headline_sentence(one, DUTCH).endswith("Dit is voorlopig: het komt uit op 61–79%. Er is nog geen oordeel.")
    assert newest_sentence(one, DUTCH) == (
        "Nieuwste, 1e kwartaal 2026: 70% (circa 310 maatregelen; 95%-interval 66–76%). Dit is voorlopig: het komt uit "
        "op 61–79%."
    )


def test_an_own_number_is_exact():
    one = figures(Published(70, 66, 76, 310), Published(0.0))
    own = replace(one, share=replace(one.share, audience="WSS"))
    assert "(circa 310 maatregelen" in headline_sentence(one, DUTCH)
    assert "(310 maatregelen" in headline_sentence(own, DUTCH)


def test_status_and_completeness():
    assert (
        status_sentence(figures(), DUTCH) == "1e kwartaal 2026 is definitief; van 97% van de zaken is de datum bekend."
    )


def test_half_and_nine_in_ten(read_as):
    one = institution_model(read_as("institution-JBGLD"), "JBGLD", "plan", "2025").rows[3][0]
    assert days_sentence(one, DUTCH) == (
        f"Bij Jeugdbescherming Gelderland, 2025: de helft binnen {one.median.figure.value:.0f} dagen en negen van de "
        f"tien binnen {one.p90.figure.value:.0f} dagen."
    )


def test_the_step_furthest_below_its_target(read_as):
    rows = [own for own, _ in institution_model(read_as("institution-JBGLD"), "JBGLD", "plan", "2025").rows]
    lowest = min(
        (one for one in rows if isinstance(one.share.figure, Published)),
        key=lambda one: one.share.figure.value,
    )
    name = load_agreement().step(lowest.step).nl
    assert weakest_sentence(rows, DUTCH).startswith(f"Het verst onder de streefwaarde: {name}.")
    assert weakest_sentence([figures(Published(85, 82, 90, 300), Published(1.0))], DUTCH) == ""


def test_the_flow_and_the_road(read_as):
    model = overview(read_as("board"))
    last = model.flow[-1]
    assert flow_sentence(last, DUTCH) == (
        f"Maatregelen, 3e kwartaal 2026: er kwamen er circa {DUTCH.number(last.inflow.figure.value)} bij, er eindigden "
        f"er circa {DUTCH.number(last.ended.figure.value)} en op de laatste dag liepen er circa "
        f"{DUTCH.number(last.stock.figure.value)}."
    )
    road = model.road.shown
    assert road_sentence(road, DUTCH).startswith(
        f"In de zeven regio's samen kreeg naar schatting {road.share.figure.value:.0f}% binnen 39 weken hulp onder een"
    )
    assert unlinked_sentence(road, DUTCH).startswith("Van 97% van deze kinderen is de weg bekend.")
    certain = replace(road, share=replace(road.share, figure=Published(20.0, 17, 23, 400)))
    # 19.5 % of 96.5 % of the children for certain; 20.5 % of 97.5 %, and all of the other 3.5 %, at most.
    assert unlinked_sentence(certain, DUTCH).endswith("het aandeel ligt op 18–24%.")
    unlinked = replace(road, share=replace(road.share, figure=Missing(MissingReason.NEEDS_LINKAGE)))
    assert "niet beschikbaar: vraagt koppeling" in road_sentence(unlinked, DUTCH)


@pytest.mark.parametrize("step", load_agreement().steps, ids=lambda step: step.code)
def test_every_step_says_what_counts_its_clock_its_norm_and_what_to_mind(step):
    lines = dict(step_definition(step.code, DUTCH).lines)
    assert {"Wat telt", "Klok", "Van wie", "Norm", "Let op"} <= set(lines)
    assert ("werkdagen" if step.unit == "working_days" else "kalenderdagen") in lines["Klok"]
    if step.norm:
        assert step.norm.source.nl in lines["Norm"]
        assert ("uit de tweede hand" in lines["Norm"]) is (step.norm.standing == "V*")


def test_the_rules_name_the_constants_of_the_release():
    text = " ".join(rules(DUTCH))
    protection = SHARED_PROTECTION
    for value in (
        NOISE.deviation,
        SMALLEST_REMAINDER,
        protection.count,
        protection.share,
        protection.curve,
        protection.p90,
        protection.at_risk,
    ):
        assert re.search(rf"\b{value}\b", text), value


def test_every_table_and_column_of_a_delivery_has_words():
    assert set(TABLES) == set(delivery.TABLES)
    assert set(COLUMNS) == {column for columns in delivery.TABLES.values() for column in columns}


@pytest.mark.parametrize(
    ("days", "step", "words"),
    [
        (1, "first_contact", "1 werkdag"),
        (5, "first_contact", "5 werkdagen"),
        (1, "plan", "1 dag"),
        (42, "plan", "42 dagen"),
    ],
)
def test_one_day_is_a_day(days, step, words):
    assert days_words(days, load_agreement().step(step), DUTCH) == words


def test_bounds_say_how_many_cases_they_rest_on():
    incomplete = figures(Missing(MissingReason.INCOMPLETE), Missing(MissingReason.INCOMPLETE))
    plan = load_agreement().step("plan")
    assert n_entry(replace(incomplete, bounds=(Published(26, n=162), Published(49, n=162))), plan, DUTCH).text == "162"
    assert n_entry(replace(incomplete, bounds=None), plan, DUTCH).text == "onvolledig"
