"""Aanleveren: hand in a delivery or spreadsheet and get the report at once; for the steward, who delivered what."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import count
from typing import Any

import streamlit as st

from monitor import screen
from monitor.access.gate import Visitor
from monitor.access.permissions import Page
from monitor.access.roles import Role
from monitor.catalogue import load_text_levels
from monitor.catalogue.expected import DELIVERY, last_day, last_period, load_expected, supplier_name
from monitor.charts import deliveries as tables
from monitor.inside import SUFFIXES, Delivered, Inside, deliver, inside, keys_folder
from monitor.locale import Language
from monitor.narrative.deliveries import own_reminders, own_renewals, reminders
from monitor.reception import Answers, came_in, hand_in, template_for
from monitor.views.deliveries import Deliveries, deliveries
from pseudonymise.errors import UserError
from pseudonymise.text import Span

ANSWERS, MADE = "answers of the reception", "delivery made here"
STEPS = 8  # about as many as the making of a delivery names
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show() -> None:
    language, visitor = screen.open_door(Page.DELIVER)
    role = visitor.role
    try:
        here = inside()
        history = [] if here else came_in(screen.store(), role)
    except UserError as error:
        st.title(language.gettext("Deliver"), anchor=False)
        screen.box(screen.refusal(error, language))
        return
    model = deliveries(role, history, date.today())
    if role.supplier is None:
        _overview(model, language)
    elif here:
        _inside(here, role, language)
    else:
        _shared(visitor, model, language)


def _overview(model: Deliveries, language: Language) -> None:
    """For the steward: who, what and when, and no figure of anyone."""
    st.title(language.gettext("Who delivered what"), anchor=False)
    screen.text(
        language.gettext(
            "You see what came in, from whom and when. The figures themselves are protected before anyone sees them, "
            "and exact figures are their institution's alone."
        ),
        look="lead",
    )
    screen.short_list(reminders(model.late, language))
    screen.draw_table(tables.overview_table(model, language), language)
    _history(model, language, of_all=True)


def _shared(visitor: Visitor, model: Deliveries, language: Language) -> None:
    role = visitor.role
    st.title(language.gettext("Deliver"), anchor=False)
    screen.text(
        language.gettext(
            "Hand in a delivery or a filled-in template for {name}, and read at once what was accepted and what to "
            "mend. What is refused changes nothing.",
            name=supplier_name(role.supplier or ""),
        ),
        look="lead",
    )
    late = st.container()  # filled below, when what is handed in now has been counted

    st.header(language.gettext("Hand in"), anchor=False)
    delivers_counts = DELIVERY in load_expected().of(role.supplier or "")
    with st.form("hand in", clear_on_submit=True):
        files = st.file_uploader(
            language.gettext("Deliveries (.zip), linked events (.events) and templates (.xlsx)")
            if delivers_counts
            else language.gettext("Filled-in templates (.xlsx)"),
            type=["zip", "xlsx", "events"] if delivers_counts else ["xlsx"],
            accept_multiple_files=True,
        )
        sent = st.form_submit_button(language.gettext("Hand in"), type="primary")
    if sent:
        st.session_state[ANSWERS] = (
            _hand_in(visitor, files, language) if files else (role.code, language.gettext("Choose a file first."))
        )
    if not sent and ANSWERS not in st.session_state:
        screen.text(
            language.gettext(
                "Several files at once come in together: all of them, or none when there is an error in one."
            ),
            look="note",
        )
    _answers(st.session_state.get(ANSWERS), role, language)

    st.header(language.gettext("What is expected, and when"), anchor=False)
    # What was just handed in belongs in it.
    now = deliveries(role, came_in(screen.store(), role), date.today()) if sent else model
    with late:
        screen.short_list([*own_reminders(now.late, language), *own_renewals(now.to_renew, language)])
    screen.draw_table(tables.expected_table(now, language), language)
    with st.container(horizontal=True):
        for code in load_expected().of(role.supplier or ""):
            if code != DELIVERY:
                title = language.of(load_expected().templates[code]).title
                st.download_button(
                    language.gettext("Empty template: {title}", title=title),
                    template_for(role, code, date.today()),
                    file_name=f"{code}.xlsx",
                    mime=WORKBOOK,
                    on_click="ignore",
                )
    _history(now, language, of_all=False)


def _hand_in(visitor: Visitor, files: Sequence[Any], language: Language) -> tuple[str, Answers | str]:
    """The answers, with the role they are for: another role in the same window may not see them."""
    role = visitor.role
    bar = st.progress(0.0, language.gettext("Reading"))

    def one_by_one() -> Iterator[tuple[str, bytes]]:
        for number, file in enumerate(files):
            bar.progress(number / len(files), language.gettext("Checking {name}", name=file.name))
            yield file.name, file.getvalue()
        bar.progress(1.0, language.gettext("Storing"))

    try:
        return role.code, hand_in(
            screen.store(), role, visitor.who, one_by_one(), keys_folder(), language, _find_person
        )
    except UserError as error:
        return role.code, screen.refusal(error, language)
    finally:
        bar.empty()


def _find_person(words: str) -> Sequence[Span]:
    """The text guard in its own process: only a spreadsheet with words has it loaded."""
    return screen.guard_beside(load_text_levels().sheet).find(words)


def _answers(kept: tuple[str, Answers | str] | None, role: Role, language: Language) -> None:
    if kept is None or kept[0] != role.code:
        return
    answers = kept[1]
    if isinstance(answers, str):
        screen.box(answers)
        return
    for answer in answers.answers:
        st.subheader(answer.title, anchor=False)
        screen.text(answer.outcome, look="verdict" if answer.loaded else "box")
        screen.short_list([language.gettext("File: {name}", name=answer.name), *answer.said])
        if answer.lines:
            screen.draw_table(tables.findings_table(answer, language), language)
    report = language.gettext("report")
    with st.container(horizontal=True):
        for label, content, suffix, mime in (
            (language.gettext("This report as a page (.html)"), answers.html.encode(), "html", "text/html"),
            (language.gettext("This report as a table (.csv)"), answers.csv, "csv", "text/csv"),
        ):
            st.download_button(label, content, file_name=f"{report}.{suffix}", mime=mime, on_click="ignore")


def _inside(here: Inside, role: Role, language: Language) -> None:
    st.title(language.gettext("Make a delivery"), anchor=False)
    screen.text(
        language.gettext(
            "This server stands inside {name}. Drop your export: it becomes a delivery that cannot hold a person, "
            "which you then hand in at the shared monitor. Nothing of it is stored here.",
            name=here.party.name,
        ),
        look="lead",
    )
    with st.form("make", clear_on_submit=True):
        files = st.file_uploader(language.gettext("Exports"), type=list(SUFFIXES), accept_multiple_files=True)
        until = st.date_input(
            language.gettext("Everything up to and including this day is in it"),
            last_day(last_period("quarter", date.today())),
            format="DD-MM-YYYY",
        )
        sent = st.form_submit_button(language.gettext("Make the delivery"), type="primary")
    if sent:
        st.session_state[MADE] = (
            _make(here, role, files, until, language)
            if files
            else (role.code, language.gettext("Choose a file first."))
        )
    made = st.session_state.get(MADE)
    if made is None or made[0] != role.code:
        return
    if isinstance(made[1], str):
        screen.box(language.gettext("No delivery was made."))
        screen.dutch_lines(made[1])
        return
    delivered = made[1]
    screen.text(
        language.gettext("The delivery is made. Take it along: it is gone when you close this window."), look="verdict"
    )
    st.download_button(
        language.gettext("Download {name}", name=delivered.name),
        delivered.content,
        file_name=delivered.name,
        mime="application/zip",
        on_click="ignore",
        type="primary",
    )
    screen.dutch_lines(delivered.counted)
    screen.dutch_lines(delivered.risk)


def _make(
    here: Inside, role: Role, files: Sequence[Any], until: date, language: Language
) -> tuple[str, Delivered | str]:
    bar = st.progress(0.0, language.gettext("Reading"))
    steps = count(1)

    def say(what: str) -> None:
        bar.progress(min(next(steps) / STEPS, 1.0), what)

    try:
        return role.code, deliver(here, role, [(file.name, file.getvalue()) for file in files], until, say)
    except UserError as error:
        return role.code, screen.refusal(error, language)
    finally:
        bar.empty()


def _history(model: Deliveries, language: Language, *, of_all: bool) -> None:
    st.header(language.gettext("What came in before"), anchor=False)
    if model.history:
        screen.draw_table(tables.history_table(model.history, language, of_all=of_all), language)
    else:
        screen.text(language.gettext("Nothing yet."))
