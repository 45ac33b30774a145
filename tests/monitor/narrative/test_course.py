import pytest

from monitor.locale import DUTCH, ENGLISH
from monitor.narrative.course import ASSURANCES, CHANGES, SIGNALS, course_sentences, signal_words, signals_sentence
from monitor.release.cell import Assurance, Published, Signal, Statistic, Variation
from monitor.release.periods import quarters_between
from monitor.views.course import Course, Point
from monitor.views.overview import Signals, overview
from tests.monitor.narrative.test_sentences import FORBIDDEN

QUARTERS = quarters_between("2022Q1", "2026Q2")
S = Signal


def course(signals, variation, assurance=None):
    points = tuple(
        Point(quarter, Published(60.0, 50.0, 70.0), signal) for quarter, signal in zip(QUARTERS, signals, strict=False)
    )
    return Course(points, variation, assurance)


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (
            course([S.NONE] * 12, Variation.COMMON_CAUSE, Assurance.INCONSISTENT),
            "De schommelingen passen bij toeval; geen aanwijzing voor verandering. Zonder verandering van werkwijze "
            "wordt de streefwaarde soms wel en soms niet gehaald.",
        ),
        (
            course([*[S.NONE] * 11, *[S.SHIFT_ABOVE] * 7], Variation.IMPROVEMENT, Assurance.INCONSISTENT),
            "Sinds het 4e kwartaal 2024 is er een aantoonbare verbetering (zeven of meer kwartalen achtereen boven "
            "het gemiddelde).",
        ),
        (
            course([*[S.NONE] * 14, S.BELOW_LIMIT, S.BELOW_LIMIT, None], Variation.CONCERN),
            "Sinds het 3e kwartaal 2025 is er een aantoonbare verslechtering (onder de grenzen van toeval).",
        ),
        (
            course([*[S.ABOVE_LIMIT] * 3, *[S.NONE] * 9, S.BELOW_LIMIT], Variation.CONCERN),
            "Het 1e kwartaal 2025 ligt onder de grenzen van toeval: onderzoek eerst de registratie.",
        ),
        (
            course([*[S.NONE] * 8, S.BELOW_LIMIT, S.SHIFT_ABOVE], Variation.IMPROVEMENT),
            "Sinds het 2e kwartaal 2024 is er een aantoonbare verbetering (zeven of meer kwartalen achtereen boven "
            "het gemiddelde). De grenzen zijn voorlopig.",
        ),
        (
            course([None] * 7, None),
            "Minder dan 8 definitieve kwartalen: te kort om verandering van toeval te scheiden.",
        ),
        (None, ""),
    ],
)
def test_what_a_course_says(drawn, words):
    assert course_sentences(drawn, DUTCH) == words


@pytest.mark.parametrize("language", [DUTCH, ENGLISH], ids=lambda language: language.code)
def test_no_cause_no_rank_no_significance_and_every_state_has_words(language):
    said = {signal_words(signal, language) for signal in Signal}
    assert len(said) == len(Signal)
    said |= {
        course_sentences(course([S.NONE, signal, signal], variation, assurance), language)
        for signal in Signal
        for variation in Variation
        for assurance in (None, *Assurance)
    }
    assert [words for words in said if FORBIDDEN.search(words) or "{" in words] == []
    assert (set(SIGNALS), set(CHANGES), set(ASSURANCES)) == (
        set(Signal) - {Signal.NONE},
        set(Variation) - {Variation.COMMON_CAUSE},
        set(Assurance),
    )


def test_signals_stand_beside_those_of_chance():
    assert signals_sentence(Signals(series=60, signalling=7), DUTCH) == (
        "Van 60 reeksen van de drie criteria (allen samen, per regio, instelling en soort maatregel) geven er 7 nu een "
        "signaal; ongeveer 4 zijn er bij toeval te verwachten."
    )
    assert signals_sentence(Signals(0, 0), DUTCH) == ""


def test_signals_are_counted_over_every_series_that_is_long_enough(read_as):
    model = overview(read_as("board"))
    assert model.signals.series > 0
    assert 0 <= model.signals.signalling <= model.signals.series
    reader = read_as("board")
    drawn = [
        reader.indicator(step).cell(Statistic.VARIATION, group, "2026Q3").figure
        for step in ("worker_assigned", "plan", "help")
        for group in reader.indicator(step).groups(quarters=True)
    ]
    values = [figure.value for figure in drawn if isinstance(figure, Published)]
    assert model.signals == Signals(len(values), sum(value != 0 for value in values))
