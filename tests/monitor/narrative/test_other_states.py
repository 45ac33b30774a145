"""Every template of the other sentences, in every state that it has words for, in both languages: actions, notes,
places, reminders, what changed, what is reported and how is protected."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file

from monitor.agenda.action import Milestone, Status
from monitor.agenda.book import History, Revision
from monitor.agenda.notes import About, Note, Why, Withdrawn
from monitor.agenda.notes import Kind as NoteKind
from monitor.catalogue.expected import load_expected
from monitor.locale import DUTCH, ENGLISH, Language
from monitor.narrative import accountability, agenda, changes, deliveries, notes, places, reported
from monitor.release.cell import ALL, MissingReason, Published, Suppressed, SuppressedReason
from monitor.release.changes import Change, What
from monitor.release.status import Kind
from monitor.views.agenda import follow
from monitor.views.deliveries import Expectation, State
from monitor.views.places import Found, Free, Place, Search, Summary
from monitor.views.reading import Release
from pseudonymise.agreement import Flow, load_agreement, municipalities
from tests.monitor.agenda.test_book import NOW, but
from tests.monitor.agenda.test_since import CASES, history
from tests.monitor.narrative.test_reported import LISTS, lists, results
from tests.monitor.narrative.test_sentences import FORBIDDEN
from tests.monitor.narrative.test_states import Listening

DAY = date(2026, 11, 24)
AGREEMENT = load_agreement()


def of_actions(language: Language) -> Iterator[str]:
    for drawn, *_ in CASES:
        for values in ({}, {"direction": "lower"}, {"status": Status.PLANNED}):
            one = follow(history(**values), drawn)
            yield agenda.since_sentence(one, language)
            yield from (words for pair in agenda.action_sentences([one], language) for words in pair)
    for step_of, direction in product(AGREEMENT.steps, ("higher", "lower")):
        yield agenda.moves(but(step=step_of.code, direction=direction), language)
    yield agenda.action_name(history().last, language)
    for reached in (None, DAY):
        yield agenda.reached_words(Milestone(what="Besproken", due=DAY, reached=reached), language)
    then = history().last
    yield agenda.changed_words(history(), None, language)
    for changed in (
        *({"status": one} for one in Status),
        {"start": DAY},
        {"milestones": (Milestone(what="Besproken", due=DAY),)},
        {"title": "Anders", "note": "Opnieuw besproken."},
    ):
        now = Revision(1, 2, but(**{"start": then.action.start} | changed), then.changed_by, NOW)
        yield agenda.changed_words(History((then, now)), then, language)
    for words in (agenda.THEMES, agenda.OWNERS, agenda.STATUSES, agenda.DIRECTIONS):
        yield from map(language.gettext, words.values())


def of_notes(language: Language) -> Iterator[str]:
    about = About(step="plan", region="JZ28", period="2026Q1")
    plain = Note(1, about, NoteKind.WHY, "Er was een nieuwe verdeling.", (), "quartermaster-JZ28", NOW, None)
    gone = [replace(plain, words="", withdrawn=Withdrawn(plain.by, NOW, why)) for why in Why]
    yield notes.about_words(about, language)
    for one in (plain, *gone, replace(plain, answers=(plain, *gone))):
        yield from (words for pair in notes.note_sentences([one], language) for words in pair)
        yield notes.withdrawn_words(one, language)
    yield from (language.gettext(words) for words in (*notes.KINDS.values(), *notes.WHYS.values()))


def of_places(language: Language) -> Iterator[str]:
    near = next(iter(municipalities()))
    for age, stale in ((0, False), (1, False), (12, False), (47, True)):
        place = Place("JZ28", "De Rietvink", near, "day_care", "all", 9, 3, DAY, age, stale)
        yield places.stated_words(place, language)
        for free, number, full in product((0, 1, 3), (0, 1, 2), (0, 1, 4)):
            found = tuple(Found(replace(place, free=free), None) for _ in range(number))
            for where in ((ALL, None), (near, 25)):
                yield places.search_sentence(Search(found, full), *where, language)
    for stale_ones in (0, 2):
        yield places.places_sentence(Summary(DAY, {("JZ28", "x"): Free(4, 90, 12, stale_ones)}), language)
    yield places.renewed_sentence(language)


def of_reminders(language: Language) -> Iterator[str]:
    for what in load_expected().terms:
        late = [Expectation(supplier, what, "2026Q3", DAY, State.LATE, None) for supplier in ("WSS", "JZ28")]
        for say in (deliveries.own_reminders, deliveries.own_renewals, deliveries.reminders):
            yield from (words for pair in say(late, language) for words in pair)


def of_releases(language: Language) -> Iterator[str]:
    of_all = dict.fromkeys(("JBGLD", "WSS"), DAY)
    for kind, reason in ((Kind.PROVISIONAL, None), (Kind.FINAL, None), (Kind.ERRATUM, "Een kwartaal ontbrak.")):
        code = f"2026Q3-{kind}-1"
        made_at = datetime(2026, 11, 24, tzinfo=UTC)
        release = Release(1, code, "2026Q3", kind, reason, "1", made_at, of_all, None, True)
        yield from changes.release_sentences(release, language)
    yield from (words for pair in changes.changes_sentences((), language) for words in pair)
    for what in What:
        reasons = list(MissingReason) if what is What.MISSING else [None]
        told = [
            Change(what=what, indicator=code, period="2026Q3", reason=reason, institution=whose)
            for reason, code, whose in product(reasons, ("plan", "gi_order", "road"), (ALL, "WSS"))
        ]
        yield from (words for pair in changes.changes_sentences(told, language) for words in pair)
    gi = {one.code for one in (*AGREEMENT.clocks_of("gi"), *AGREEMENT.steps_of("gi"))} | set(Flow)
    for institutions in (("WSS",), [one.code for one in AGREEMENT.institutions if one.kind == "gi"]):
        told = [
            Change(what=What.MISSING, indicator=code, period="2026Q3", institution=whose, reason=reason)
            for code, whose, reason in product(sorted(gi), institutions, [MissingReason.NOT_DELIVERED])
        ]
        yield from (words for pair in changes.changes_sentences(told, language) for words in pair)


def of_reports(language: Language) -> Iterator[str]:
    for waiting, throughflow in product(LISTS, repeat=2):
        yield reported.lists_sentence(lists(waiting, throughflow), language)
    hidden = Suppressed(SuppressedReason.FEW_CASES)
    for caseload, absence in product((Published(13.5), Published(99.0), hidden), repeat=2):
        yield reported.results_sentence(results(caseload, absence), language)


def of_protection(language: Language) -> Iterator[str]:
    yield from accountability.rules(language)
    yield from accountability.price(language)
    named = (accountability.TABLES, accountability.COLUMNS, accountability.ATTACKS)
    yield from (language.gettext(words) for one in named for words in one.values())
    yield from map(language.gettext, (*accountability.LEFT_BEHIND, *accountability.ATTACKERS))


SAID = {
    agenda: of_actions,
    notes: of_notes,
    places: of_places,
    deliveries: of_reminders,
    changes: of_releases,
    reported: of_reports,
    accountability: of_protection,
}


@pytest.mark.parametrize("code", [DUTCH.code, ENGLISH.code])
@pytest.mark.parametrize("module", SAID, ids=lambda one: one.__name__.rpartition(".")[2])
def test_every_template_is_spoken_and_none_says_what_it_may_not(module, code):
    language = Listening(code)
    said = set(SAID[module](language))
    path = str(Path(str(module.__file__)))
    written = {message for _, message, _, _ in extract_from_file("python", path, {"gettext": None, "N_": None})}
    assert written - language.heard == set()
    assert {words for words in said if "{" in words} == set()
    if module is not accountability:  # how protection works has causes; a figure has none
        names = "|".join(re.escape(language.of(one)) for one in AGREEMENT.steps)  # one has "door" in its name
        assert {words for words in said if FORBIDDEN.search(re.sub(names, "", words))} == set()
