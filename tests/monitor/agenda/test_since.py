"""What the published figures did since an action began, and how that is said."""

from datetime import date

import pytest

from monitor.agenda.action import Status
from monitor.agenda.book import History, Revision
from monitor.locale import DUTCH, ENGLISH
from monitor.narrative.agenda import DIRECTIONS, OWNERS, SINCE, STATUSES, THEMES, moves, since_sentence
from monitor.release.cell import Published, Signal, Variation
from monitor.release.periods import quarters_between
from monitor.views.agenda import Since, follow, quarter_of
from monitor.views.course import Course, Point
from tests.monitor.agenda.test_book import NOW, but
from tests.monitor.narrative.test_sentences import FORBIDDEN

QUARTERS = quarters_between("2022Q1", "2025Q4")
S = Signal


def history(**values):
    return History((Revision(1, 1, but(**({"start": date(2024, 4, 1)} | values)), "quartermaster-JZ28", NOW),))


def course(signals, variation=Variation.IMPROVEMENT):
    drawn = [*signals, *[None] * (len(QUARTERS) - len(signals))]
    return Course(
        tuple(Point(quarter, Published(60.0, 50.0, 70.0), one) for quarter, one in zip(QUARTERS, drawn, strict=True)),
        variation,
        None,
    )


BELOW, ABOVE = [S.SHIFT_BELOW] * 9, [S.SHIFT_ABOVE] * 7  # nine quarters before April 2024, seven from it on
CASES = [
    (
        course([*BELOW, *ABOVE]),
        Since.CHANGED,
        7,
        "Sinds het 2e kwartaal 2024, na de start, is het aantoonbaar hoger (zeven of meer kwartalen achtereen boven "
        "het gemiddelde). Dat is de bedoelde richting. Wat in die tijd nog meer veranderde, zegt dit cijfer niet.",
    ),
    (
        course([*[S.NONE] * 9, *[S.SHIFT_BELOW] * 7], Variation.CONCERN),
        Since.CHANGED,
        7,
        "Sinds het 2e kwartaal 2024, na de start, is het aantoonbaar lager (zeven of meer kwartalen achtereen onder "
        "het gemiddelde). Dat is niet de bedoelde richting. Wat in die tijd nog meer veranderde, zegt dit cijfer niet.",
    ),
    (
        course([*[S.NONE] * 7, *[S.SHIFT_ABOVE] * 9]),
        Since.BEFORE,
        7,
        "Sinds het 4e kwartaal 2023 is het aantoonbaar hoger (zeven of meer kwartalen achtereen boven het gemiddelde); "
        "dat begon al voor de actie.",
    ),
    (
        course([*[S.NONE] * 12, S.ABOVE_LIMIT]),
        Since.ONE_POINT,
        4,
        "Het 1e kwartaal 2025 ligt boven de grenzen van toeval: onderzoek eerst de registratie.",
    ),
    (
        course([*BELOW, S.ABOVE_LIMIT, S.NONE], Variation.COMMON_CAUSE),
        Since.CHANCE,
        2,
        "Definitieve kwartalen sindsdien: 2. De schommelingen passen bij toeval; geen aanwijzing voor verandering.",
    ),
    (course(BELOW), Since.NO_QUARTERS, 0, "Er is sindsdien nog geen definitief kwartaal."),
    (course([], None), Since.SHORT, 0, "De reeks is te kort om verandering van toeval te scheiden."),
    (
        None,
        Since.NO_COURSE,
        0,
        "Van dit cijfer is geen verloop gepubliceerd: verandering is niet van toeval te scheiden.",
    ),
]


@pytest.mark.parametrize(("drawn", "since", "quarters", "words"), CASES, ids=[case[1] for case in CASES])
def test_what_happened_since(drawn, since, quarters, words):
    found = follow(history(), drawn)
    assert (found.since, found.quarters) == (since, quarters)
    assert since_sentence(found, DUTCH) == words
    for language in (DUTCH, ENGLISH):
        said = since_sentence(found, language)
        assert FORBIDDEN.search(said) is None
        assert "{" not in said


def test_an_action_that_has_not_begun_has_nothing_since():
    found = follow(history(status=Status.PLANNED), course([*BELOW, *ABOVE]))
    assert found.since is Since.NOT_STARTED
    assert since_sentence(found, DUTCH) == "De actie is nog niet begonnen."


def test_every_state_theme_and_role_has_its_words():
    assert {case[1] for case in CASES} | {Since.NOT_STARTED} == set(Since) == set(SINCE)
    for words in (THEMES, OWNERS, STATUSES):
        assert set(words) == set(type(next(iter(words))))
    assert set(DIRECTIONS) == {"higher", "lower"}


@pytest.mark.parametrize(
    ("day", "quarter"), [((2024, 3, 31), "2024Q1"), ((2024, 4, 1), "2024Q2"), ((2024, 12, 31), "2024Q4")]
)
def test_the_quarter_of_a_day(day, quarter):
    assert quarter_of(date(*day)) == quarter


def test_what_an_action_should_move():
    assert moves(but(), DUTCH) == "Vaste medewerker: aandeel binnen de norm omhoog"
    assert moves(but(step="court_order", direction="lower"), ENGLISH).endswith("days within which half got so far down")
