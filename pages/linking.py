"""Hoe wij koppelen: how the road from report to help is made, for whoever it may be about."""

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.narrative.linking import questions
from monitor.narrative.sentences import road_sentence
from monitor.views.overview import road


def show() -> None:
    here = screen.open_screen(Page.LINKING)
    language = here.language
    st.title(language.gettext("From report to help, without a register of children"), anchor=False)
    screen.text(
        language.gettext("How several organisations count together how long it takes, without seeing whose it is."),
        look="lead",
    )
    for one in questions(language):
        st.header(one.question, anchor=False)
        for paragraph in one.answer:
            screen.text(paragraph)
    st.header(language.gettext("What comes out"), anchor=False)
    screen.release_note(here)
    screen.box(road_sentence(road(here.reader).shown, language))
