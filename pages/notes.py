"""Duiding: what regions and institutions say of a figure themselves, and what others answer."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.access.visibility import can_answer, can_write_note
from monitor.agenda.action import LONGEST_TEXT, Incomplete
from monitor.agenda.guarding import Guard, PersonInWords
from monitor.agenda.notes import (
    About,
    Note,
    answer,
    may_withdraw,
    read_notes,
    withdraw_note,
    write_note,
)
from monitor.catalogue import load_catalogue, load_text_levels
from monitor.locale import Language
from monitor.narrative.notes import KINDS, WHYS, about_words, figure_sentence, withdrawn_words
from monitor.release.cell import ALL
from monitor.screen import Screen
from monitor.views.reading import Group
from pseudonymise.agreement import load_agreement, region_names
from pseudonymise.errors import UserError

SAID, REFUSED, ROUND = "notes said", "notes refused", "notes round"  # what a session keeps


def show() -> None:
    here = screen.open_screen(Page.NOTES)
    language = here.language
    st.title(language.gettext("Notes with the figures"), anchor=False)
    screen.text(
        language.gettext(
            "What regions and institutions say of a figure themselves: why it moved, and what they learned. A note is "
            "of who wrote it; the figure itself says that something changed, and never why."
        ),
        look="lead",
    )
    whose, step = _choices(here)
    said = st.container()
    notes = read_notes(screen.store())
    if can_write_note(here.role):
        with st.expander(language.gettext("Write a note with a figure of your own")):
            _write(here)
    if notes and can_answer(here.role):
        with st.expander(language.gettext("Answer a note")):
            _answer(here, notes)
    if own := [one for note in notes for one in (note, *note.answers) if may_withdraw(here.role, one)]:
        with st.expander(language.gettext("Withdraw a note or an answer")):
            _withdraw(here, own)
    if words := st.session_state.pop(SAID, None):
        with said:
            screen.text(words, look="verdict")
    shown = [one for one in notes if whose in (ALL, _whose(one.about)) and step in (ALL, one.about.step)]
    if not shown:
        screen.text(language.gettext("There is no note yet."))
    else:
        screen.release_note(here)
    for note in shown:
        _draw(here, note)


def _choices(here: Screen) -> tuple[str, str]:
    language = here.language
    groups = {ALL: language.gettext("All regions and institutions")} | region_names()
    groups |= {one.code: one.name for one in load_agreement().institutions}
    steps = {ALL: language.gettext("All steps")} | {one.code: language.of(one) for one in load_agreement().steps}
    first, second = st.columns(2)
    with first:
        whose = screen.choose("notes", language.gettext("Of whom"), list(groups), groups.__getitem__)
    with second:
        step = screen.choose("about", language.gettext("Step"), list(steps), steps.__getitem__)
    return whose, step


def _whose(about: About) -> str:
    return about.institution if about.region == ALL else about.region


def _draw(here: Screen, note: Note) -> None:
    language = here.language
    st.header(about_words(note.about, language), anchor=False)
    screen.text(figure_sentence(note.about, here.reader, language), look="note")
    screen.short_list(_said(one, language) for one in (note, *note.answers))


def _said(note: Note, language: Language) -> tuple[str, str]:
    who = language.gettext(
        "{number}. {who}, {date}",
        number=note.number,
        who=screen.role_name(note.by, language),
        date=language.date(note.at.date()),
    )
    return who, withdrawn_words(note, language) or note.words


# --- writing ----------------------------------------------------------------------------------------------------


def _write(here: Screen) -> None:
    language, role, who = here.language, here.role, here.visitor.who
    group = Group(region=role.region or ALL, institution=role.institution or ALL)
    indicator = here.reader.indicator(load_catalogue().headlines[0])
    periods = [*reversed(indicator.periods(group, quarters=True)), *reversed(indicator.periods(group, quarters=False))]
    steps = {step.code: language.of(step) for step in load_agreement().steps}
    kinds = {kind: language.gettext(message) for kind, message in KINDS.items()}
    of = f"write {st.session_state.get(ROUND, 0)}"
    screen.guard_beside(load_text_levels().note)  # begins to load while the form is filled
    with st.form("write a note"):
        first, second, third = st.columns(3)
        step = first.selectbox(language.gettext("Step"), list(steps), format_func=steps.__getitem__, key=f"step {of}")
        period = second.selectbox(language.gettext("Period"), periods, format_func=language.period, key=f"period {of}")
        kind = third.selectbox(
            language.gettext("What the note says"), list(kinds), format_func=kinds.__getitem__, key=f"kind {of}"
        )
        words, owned = _words(language.gettext("Your note"), of, language)
        sent = st.form_submit_button(language.gettext("Save"), type="primary")
    if sent:
        about = About(step=step, region=group.region, institution=group.institution, period=period)
        _save(
            of,
            lambda guard: write_note(screen.store(), role, about, kind, words, owned, guard, datetime.now(UTC), who),
            language,
        )


def _answer(here: Screen, notes: tuple[Note, ...]) -> None:
    language, role, who = here.language, here.role, here.visitor.who
    standing = {one.number: one for one in notes if one.withdrawn is None}
    of = f"answer {st.session_state.get(ROUND, 0)}"
    screen.guard_beside(load_text_levels().note)
    with st.form("answer a note"):
        number = st.selectbox(
            language.gettext("Which note"),
            list(standing),
            format_func=lambda one: _title(standing[one], language),
            key=f"which {of}",
        )
        words, owned = _words(language.gettext("Your answer"), of, language)
        sent = st.form_submit_button(language.gettext("Save"), type="primary")
    if sent:
        _save(
            of,
            lambda guard: answer(screen.store(), role, number, words, owned, guard, datetime.now(UTC), who),
            language,
        )


def _withdraw(here: Screen, own: list[Note]) -> None:
    language, role, who = here.language, here.role, here.visitor.who
    titles = {one.number: _title(one, language) for one in own}
    whys = {why: language.gettext(message) for why, message in WHYS.items()}
    screen.text(
        language.gettext(
            "The words go, for everyone and for good. That they stood there, who withdrew them, when and why stays."
        )
    )
    with st.form("withdraw a note"):
        number = st.selectbox(
            language.gettext("Which note or answer"), list(titles), format_func=titles.__getitem__, key="withdraw which"
        )
        why = st.selectbox(language.gettext("Why"), list(whys), format_func=whys.__getitem__, key="withdraw why")
        sent = st.form_submit_button(language.gettext("Withdraw"))
    if sent:
        try:
            withdraw_note(screen.store(), role, number, why, datetime.now(UTC), who)
        except UserError as error:
            screen.box(screen.refusal(error, language))
            return
        st.session_state[SAID] = language.gettext("Note {number} is withdrawn.", number=number)
        st.rerun()


def _title(note: Note, language: Language) -> str:
    return f"{note.number}. {about_words(note.about, language)}"


def _words(label: str, of: str, language: Language) -> tuple[str, tuple[str, ...]]:
    """The text of a form; and once a person may stand in it, the words of which the writer says that they are none."""
    words = st.text_area(label, key=f"words {of}", max_chars=LONGEST_TEXT)
    refused: PersonInWords | None = st.session_state.get(f"{REFUSED} {of}")
    return words, () if refused is None else screen.own_up(refused, of, language)


def _save(of: str, store_it: Callable[[Guard], Note], language: Language) -> None:
    """Store a note, or show why not; what was typed stays in the form until it is stored."""
    beside = screen.guard_beside(load_text_levels().note)
    try:
        with screen.guard_at_work(beside, language):
            stored = store_it(lambda words, owned: beside.find(words, owned=owned))
    except PersonInWords as stopped:
        st.session_state[f"{REFUSED} {of}"] = stopped
        st.rerun()
    except Incomplete as incomplete:
        screen.short_list(fault.say(language) for fault in incomplete.faults)
        return
    except UserError as error:
        screen.box(screen.refusal(error, language))
        return
    st.session_state.pop(f"{REFUSED} {of}", None)  # a person may stand in it
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.session_state[SAID] = language.gettext("Note {number} is stored.", number=stored.number)
    st.rerun()
