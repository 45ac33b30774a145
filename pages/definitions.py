"""Definities: what each figure counts, by which clock, against which norm, and what it cannot say."""

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.narrative.definitions import all_codes, full_definition

EVERY = "all"


def show() -> None:
    language, _ = screen.open_door(Page.DEFINITIONS)
    definitions = {code: full_definition(code, language) for code in all_codes()}
    names = {EVERY: language.gettext("All figures")} | {code: one.title for code, one in definitions.items()}
    chosen = screen.choose(screen.INDICATOR, language.gettext("Figure"), list(names), names.__getitem__)

    st.title(language.gettext("What do the figures say?"), anchor=False)
    screen.text(
        language.gettext(
            "What counts, when the clock starts and ends, which norm there is and who says so, and what the figure "
            "cannot tell. Read from the agreement by which the institutions deliver."
        ),
        look="lead",
    )
    for code in [chosen] if chosen in definitions else definitions:
        st.header(definitions[code].title, anchor=code)
        screen.definition_list(definitions[code])
