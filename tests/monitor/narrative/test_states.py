"""Every template of the narrative, in every state that it has words for, in both languages.

A language that listens notes each message that is spoken; what stands in the code and was never spoken, was not tested.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file

from monitor.locale import DUTCH, ENGLISH, Language
from monitor.narrative import course as course_words
from monitor.narrative import sentences as sentence_words
from monitor.narrative.course import course_marks, course_sentences, signal_words, signals_sentence
from monitor.narrative.sentences import (
    NORM_KINDS,
    STANDINGS,
    compared_sentence,
    days_sentence,
    flow_sentence,
    funnel_words,
    group_name,
    headline_sentence,
    interval_note,
    longest_sentence,
    newest_sentence,
    road_sentence,
    short_verdict,
    status_sentence,
    unlinked_sentence,
    weakest_sentence,
)
from monitor.release.cell import (
    Assurance,
    Cohort,
    Missing,
    MissingReason,
    Position,
    Published,
    Signal,
    Suppressed,
    SuppressedReason,
    Variation,
)
from monitor.views.flow import FlowFigures
from monitor.views.overview import Signals
from monitor.views.reading import TOGETHER, Group
from monitor.views.step import StepFigures
from pseudonymise.agreement import load_agreement
from tests.monitor.narrative.test_course import course
from tests.monitor.narrative.test_sentences import FORBIDDEN, SHARES, VERDICTS
from tests.monitor.views.test_models import figures

GROUPS = (TOGETHER, Group(region="JZ28"), Group(institution="WSS"))
BOUNDS = (None, (Published(61, n=310), Published(83, n=310)))
STEPS = tuple(step.code for step in load_agreement().steps)
CELLS = (Published(1744), Suppressed(SuppressedReason.SMALL_COUNT), Missing(MissingReason.NOT_DELIVERED))
SOURCES = [Path(str(module.__file__)) for module in (sentence_words, course_words)]


@dataclass(frozen=True)
class Listening(Language):
    heard: set[str] = field(default_factory=set, hash=False, compare=False)

    def gettext(self, message: str, /, **values: object) -> str:
        self.heard.add(message)
        return super().gettext(message, **values)


def step_states() -> Iterator[StepFigures]:
    """Every share with every verdict, state and bounds; then each step, group, pair of days and place in the funnel."""
    for share, verdict, cohort, bounds in product(SHARES, VERDICTS, Cohort, BOUNDS):
        yield replace(figures(share, verdict, cohort), bounds=bounds)
    plain = figures(SHARES[0], VERDICTS[0])
    for step, group in product(STEPS, GROUPS):
        yield replace(plain, step=step, group=group)
    for days, position in product((Published(1), Published(42), CELLS[1]), Position):
        cell = replace(plain.median, figure=days)
        funnel = replace(plain.share, figure=Published(float(position)))
        yield replace(plain, median=cell, p90=cell, funnel=funnel)
    for hidden in CELLS[1:]:
        yield replace(plain, funnel=replace(plain.share, figure=hidden))


def pairs() -> Iterator[tuple[StepFigures, StepFigures]]:
    """An institution beside all together: its mean shorter, longer within chance, longer beyond it, or hidden."""
    plain = figures(SHARES[0], VERDICTS[0])

    def mean(figure):
        return replace(plain, restricted_mean=replace(plain.share, figure=figure, point=84))

    joint = Published(20, 18, 22, 310)
    for own in (Published(15, 13, 17, 60), Published(21, 17, 25, 60), Published(30, 26, 34, 60), *CELLS[1:]):
        yield mean(own), mean(joint)


def about(one: StepFigures, language: Language) -> tuple[str, ...]:
    return (
        headline_sentence(one, language),
        newest_sentence(one, language),
        status_sentence(one, language),
        days_sentence(one, language),
        short_verdict(one, language),
        funnel_words(one, language),
        compared_sentence(one, language),
        weakest_sentence([one], language),
    )


def others(language: Language) -> Iterator[str]:
    cell = figures(CELLS[0]).share
    for came, ended, stock in product(CELLS, repeat=3):
        of = {"inflow": came, "ended": ended, "stock": stock}
        rest = dict.fromkeys(("converted", "transferred_in", "transferred_out"), cell)
        yield flow_sentence(
            FlowFigures("2026Q1", **{name: replace(cell, figure=one) for name, one in of.items()}, **rest), language
        )
    road = replace(figures(CELLS[0]), step="road")
    for figure in (Missing(MissingReason.NEEDS_LINKAGE), *CELLS):
        yield road_sentence(replace(road, share=replace(cell, figure=figure)), language)
    for bounds in (None, (Published(20), Published(31))):
        yield unlinked_sentence(replace(road, bounds=bounds), language)
        yield unlinked_sentence(replace(road, bounds=bounds, median=replace(cell, completeness=97)), language)
    yield from (longest_sentence([pair], language) for pair in pairs())
    yield interval_note(language)
    yield from (group_name(group, language) for group in GROUPS)
    yield from (language.gettext(words) for words in (*STANDINGS.values(), *NORM_KINDS.values()))
    yield from (signals_sentence(Signals(many, 3), language) for many in (0, 168))
    for run, variation, assurance in product(Signal, (None, *Variation), (None, *Assurance)):
        for signals in ([run], [Signal.NONE, run], [run] * 13):
            drawn = course(signals, variation, assurance)
            yield course_sentences(drawn, language)
            yield " ".join(mark.words for mark in course_marks(drawn, language))
    yield course_sentences(None, language)
    yield from (signal_words(signal, language) for signal in (None, *Signal))


@pytest.mark.parametrize("code", [DUTCH.code, ENGLISH.code])
def test_every_template_is_spoken_and_none_says_what_it_may_not(code):
    language = Listening(code)
    said = {sentence for one in step_states() for sentence in about(one, language)} | set(others(language))
    written = {
        message
        for path in SOURCES
        for _, message, _, _ in extract_from_file("python", path, keywords={"gettext": None, "N_": None})
    }
    assert written - language.heard == set()
    assert {words for words in said if FORBIDDEN.search(words)} == set()
    assert {words for words in said if "{" in words} == set()
    figures_alone = {re.sub(r"99[.,]8%", "", words) for words in said}  # the funnel's limits are called by that name
    assert {words for words in figures_alone if re.search(r"\d[.,]\d{1,2}(?!\d)", words)} == set()  # no decimals


@pytest.mark.parametrize("language", [DUTCH, ENGLISH], ids=lambda language: language.code)
def test_the_percentages_that_are_said_are_those_of_the_view_model(language):
    """Read back from the sentence: the level, its interval, and what a provisional share can become."""
    for one in step_states():
        share, sentence = one.share.figure, headline_sentence(one, language)
        known = {80, 90, 95, *(round(bound.value) for bound in one.bounds or ())}
        if isinstance(share, Published):
            known |= {round(value) for value in (share.value, share.lower, share.upper)}
            assert re.search(rf"\b{share.value:.0f}%", sentence), sentence
            assert f"{share.lower:.0f}–{share.upper:.0f}%" in sentence
            assert re.search(rf"\b{share.n}\b", sentence), sentence
        said = {int(number) for pair in re.findall(r"(?:(\d+)–)?(\d+)%", sentence) for number in pair if number}
        assert said <= known, sentence
