"""Verbeteragenda: what is being improved, how far that is, and what the figures did since each action began."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.agenda.action import Action, Incomplete, Milestone, Owner, Status, Theme
from monitor.agenda.book import ChangedMeanwhile, History, change, enter, read_agenda
from monitor.agenda.guarding import PersonInWords
from monitor.catalogue import load_catalogue, load_text_levels
from monitor.charts.agenda import actions_table, history_table, progress_table
from monitor.locale import Language
from monitor.narrative.agenda import (
    DIRECTIONS,
    OWNERS,
    STATUSES,
    THEMES,
    action_sentences,
    changed_words,
)
from monitor.screen import Screen
from monitor.views.agenda import AgendaModel, agenda_model
from pseudonymise.agreement import load_agreement, region_names
from pseudonymise.errors import UserError
from pseudonymise.text import Span

T = TypeVar("T")

ALL_REGIONS, NEW, ACTION = "all", "new", "action"
SPARE_MILESTONES = 2  # empty rows below those that are there
BETWEEN_MEETINGS = timedelta(days=91)
SAVED, SEEN, REFUSED, ROUND = "agenda saved", "agenda seen", "agenda refused", "agenda round"  # what a session keeps


def show() -> None:
    here = screen.open_screen(Page.AGENDA)
    language = here.language
    st.title(language.gettext("Improvement agenda"), anchor=False)
    screen.text(
        language.gettext(
            "What the regions do together to help families sooner, how far that is, and which figure each action "
            "should move."
        ),
        look="lead",
    )
    first, second = st.columns(2)
    names = {ALL_REGIONS: language.gettext("All regions")} | region_names()
    with first:
        region = screen.choose("agenda", language.gettext("Region"), list(names), names.__getitem__, here.role.region)
    with second:
        since = screen.choose_day("since", language.gettext("What changed since"), date.today() - BETWEEN_MEETINGS)
    saved = st.container()
    if here.role.region:
        screen.guard_beside(load_text_levels().agenda)  # begins to load while the page is read
        words = language.gettext("Write in the agenda of {region}", region=region_names()[here.role.region])
        with st.expander(words, expanded=screen.kept(ACTION) not in (None, NEW)):
            _write(here, here.role.region)
    if words := st.session_state.pop(SAVED, None):
        with saved:
            screen.text(words, look="verdict")
    histories = read_agenda(screen.store())
    shown = [one for one in histories if region in (ALL_REGIONS, one.action.region)]
    moment = datetime.combine(since, time(), UTC)
    _progress(agenda_model(histories, here.reader, date.today(), moment), language)
    _agenda(here, agenda_model(shown, here.reader, date.today(), moment), since)


def _progress(model: AgendaModel, language: Language) -> None:
    st.header(language.gettext("Progress"), anchor=False)
    screen.draw_table(progress_table(model, language), language)


def _agenda(here: Screen, model: AgendaModel, since: date) -> None:
    language = here.language
    today = date.today()
    st.header(language.gettext("What is late"), anchor=False)
    if model.late:
        caption = language.gettext("Actions of which a day has passed")
        screen.draw_table(actions_table(model.late, today, caption, language), language)
    else:
        screen.text(language.gettext("Nothing is late."))
    st.header(language.gettext("What changed since {date}", date=language.date(since)), anchor=False)
    if model.changed:
        screen.short_list((_title(one), changed_words(one, before, language)) for one, before in model.changed)
    else:
        screen.text(language.gettext("Nothing changed."))
    st.header(language.gettext("The actions"), anchor=False)
    if not model.actions:
        screen.text(language.gettext("There is no action yet."))
        return
    histories = tuple(one.history for one in model.actions)
    screen.draw_table(actions_table(histories, today, language.gettext("Actions"), language), language)
    st.header(language.gettext("What the figures did since"), anchor=False)
    screen.text(
        language.gettext(
            "A figure says that something changed, and never why. What was chosen when it stood low, often stands "
            "higher afterwards by chance alone."
        )
    )
    screen.release_note(here)
    screen.short_list(action_sentences(model.actions, language))
    st.header(language.gettext("How each action came to be"), anchor=False)
    for one in histories:
        with st.expander(_title(one)):
            screen.draw_table(history_table(one, language), language)


def _title(history: History) -> str:
    return f"{history.number}. {history.action.title}"


# --- writing ----------------------------------------------------------------------------------------------------


def _write(here: Screen, region: str) -> None:
    language = here.language
    own = {one.number: one for one in read_agenda(screen.store(), region)}
    asked = screen.choose(
        ACTION,
        language.gettext("Which action"),
        [NEW, *map(str, own)],
        lambda code: language.gettext("A new action") if code == NEW else _title(own[int(code)]),
    )
    number = None if asked == NEW else int(asked)
    # The form is of the revision that was opened, whatever others write meanwhile; beside it, up to which it was read.
    seen: dict[int, tuple[Action, int]] = st.session_state.setdefault(SEEN, {})
    if number is not None:
        seen.setdefault(number, (own[number].action, own[number].last.revision))
    opened = seen[number][0] if number is not None else _empty(region)
    of = f"{region} {number} {st.session_state.get(ROUND, 0)}"
    refused: PersonInWords | None = st.session_state.get(f"{REFUSED} {of}")
    with st.form("write in the agenda"):
        action = _form(opened, of, language)
        owned = () if refused is None else screen.own_up(refused, of, language)
        sent = st.form_submit_button(language.gettext("Save"), type="primary")
    if sent:
        _save(here, number, action, owned, of)


def _save(here: Screen, number: int | None, action: Action, owned: tuple[str, ...], of: str) -> None:
    language, seen, who = here.language, st.session_state[SEEN], here.visitor.who
    beside, now = screen.guard_beside(load_text_levels().agenda), datetime.now(UTC)

    def guard(words: str, owned: Collection[str]) -> tuple[Span, ...]:
        return beside.find(words, owned=owned)

    try:
        with screen.guard_at_work(beside, language):
            if number is None:
                written = enter(screen.store(), here.role, action, guard, now, who, owned)
            else:
                opened = seen[number][1]
                written = change(screen.store(), here.role, number, opened, action, guard, now, who, owned)
    except ChangedMeanwhile as meanwhile:
        seen[number] = seen[number][0], meanwhile.theirs.revision  # saving again is saving after theirs
        screen.box(meanwhile.say(language))
        screen.draw_table(history_table(History((meanwhile.theirs,)), language), language)
        return
    except PersonInWords as stopped:
        st.session_state[f"{REFUSED} {of}"] = stopped
        st.rerun()
    except Incomplete as incomplete:
        screen.short_list(fault.say(language) for fault in incomplete.faults)
        return
    except UserError as error:
        screen.box(screen.refusal(error, language))
        return
    seen.pop(number, None)
    st.session_state.pop(f"{REFUSED} {of}", None)  # a person may stand in it
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.session_state[SAVED] = language.gettext(
        "Action {number} is stored, revision {revision}.", number=written.number, revision=written.revision
    )
    st.rerun()


def _empty(region: str) -> Action:
    return Action(
        region=region,
        theme=Theme.PRACTICE,
        title="",
        aim="",
        owner=Owner.QUARTERMASTER,
        start=date.today(),
        status=Status.PLANNED,
        step=load_catalogue().headlines[0],
        direction="higher",
    )


def _form(opened: Action, of: str, language: Language) -> Action:
    """What stands in the form. Its fields are ``of`` an action and a round, and keep what is typed until stored."""
    steps = {step.code: language.of(step) for step in load_agreement().steps}

    def one_of(label: str, words: Mapping[T, str], value: T) -> T:
        options = list(words)
        return st.selectbox(label, options, options.index(value), lambda one: words[one], key=f"{label} {of}")

    def in_words(words: Mapping[T, str]) -> dict[T, str]:
        return {code: language.gettext(message) for code, message in words.items()}

    title = st.text_input(language.gettext("Title"), opened.title, key=f"title {of}")
    aim = st.text_area(language.gettext("What will be done"), opened.aim, key=f"aim {of}")
    left, right = st.columns(2)
    with left:
        theme = one_of(language.gettext("Theme"), in_words(THEMES), opened.theme)
        status = one_of(language.gettext("Status"), in_words(STATUSES), opened.status)
        step = one_of(language.gettext("Step it should move"), steps, opened.step)
    with right:
        owner = one_of(language.gettext("Owner, by role"), in_words(OWNERS), opened.owner)
        start = st.date_input(language.gettext("Start"), opened.start, format="DD-MM-YYYY", key=f"start {of}")
        direction = one_of(language.gettext("Which way"), in_words(DIRECTIONS), opened.direction)
    milestones = tuple(
        milestone
        for row in range(len(opened.milestones) + SPARE_MILESTONES)
        if (milestone := _milestone(opened.milestones[row : row + 1], row, of, language))
    )
    note = st.text_area(language.gettext("What is new"), key=f"note {of}")
    return Action(
        region=opened.region,
        theme=theme,
        title=title.strip(),
        aim=aim.strip(),
        owner=owner,
        start=start,
        status=status,
        step=step,
        direction=direction,
        milestones=milestones,
        note=note.strip(),
    )


def _milestone(there: tuple[Milestone, ...], row: int, of: str, language: Language) -> Milestone | None:
    """A row of the form; None when it says nothing."""
    number = row + 1
    what, due, reached = (there[0].what, there[0].due, there[0].reached) if there else ("", date.today(), None)
    first, second, third = st.columns([2, 1, 1])
    what = first.text_input(language.gettext("Milestone {number}", number=number), what, key=f"what {row} {of}")
    due = second.date_input(
        language.gettext("Due, milestone {number}", number=number), due, format="DD-MM-YYYY", key=f"due {row} {of}"
    )
    reached = third.date_input(
        language.gettext("Reached, milestone {number}", number=number),
        reached,
        format="DD-MM-YYYY",
        key=f"reached {row} {of}",
    )
    if not what.strip() and reached is None:
        return None
    return Milestone(what=what.strip(), due=due, reached=reached)
