"""The main script of the screens: the one gate, the bar, the navigation that the role allows, and the page asked for.

A page that is not in the navigation is still asked for by its address: each page checks again at its own door.
"""

from pathlib import Path

import streamlit as st
from sqlalchemy.exc import DBAPIError
from streamlit.navigation.page import StreamlitPage

from monitor import entrance, screen
from monitor.access.gate import NoGrant, Visitor
from monitor.access.permissions import Page, can_open
from monitor.access.roles import AccessDenied
from monitor.access.trail import Act
from monitor.locale import N_, Language
from monitor.store.engine import StoreUnavailable
from monitor.web import TITLE
from pages import SHOW
from pseudonymise.errors import UserError

# In the bar what people come for; in the lists what they look up, and what is done with the monitor itself.
MENU = {
    "": (
        Page.OVERVIEW,
        Page.REGION,
        Page.INSTITUTION,
        Page.LEAD_TIMES,
        Page.CONTRACT_RESULTS,
        Page.FLOW,
        Page.PLACES,
        Page.CONTACTS,
        Page.AGENDA,
        Page.NOTES,
    ),
    N_("Learn"): (Page.LEARNING, Page.ROOM),
    N_("Explained"): (Page.DEFINITIONS, Page.DATA_QUALITY, Page.ACCOUNTABILITY, Page.LINKING),
    N_("Manage"): (Page.DELIVER, Page.ACCESS),
}


def run() -> None:
    language = screen.current_language()
    visitor, refusal = _admit()
    page = st.navigation(_menu(language, visitor), position="top" if visitor else "hidden")
    st.set_page_config(page_title=f"{page.title} | {TITLE}", layout="wide", initial_sidebar_state="collapsed")
    st.html(Path(__file__).with_name("screen.css"))
    corner = None
    try:
        corner = screen.bar(language, visitor)
        if visitor:
            page.run()
        elif isinstance(refusal, AccessDenied):
            screen.refuse(refusal, language)
        elif refusal:
            _shut(screen.refusal(refusal, language), language)
    except (StoreUnavailable, DBAPIError) as error:
        _shut(language.gettext(entrance.trouble(error)), language)
    finally:  # a page that stops at its door too
        if corner:
            corner.html(screen.language_link(language))


def _menu(language: Language, visitor: Visitor | None) -> dict[str, list[StreamlitPage]]:
    """Every address is known to everyone, so that a deep link survives sign-in; a door that stays shut says why."""
    menu: dict[str, list[StreamlitPage]] = {"": []}
    for section, pages in MENU.items():
        for page in pages:
            visible = visitor is not None and can_open(visitor.role, page)
            heading = language.gettext(section) if section and visible else ""  # no list without a page in it
            menu.setdefault(heading, []).append(
                st.Page(
                    SHOW[page],
                    title=language.gettext(screen.PAGE_TITLES[page]),
                    url_path=page,
                    default=page is Page.OVERVIEW,
                    visibility="visible" if visible else "hidden",
                )
            )
    return menu


def _admit() -> tuple[Visitor | None, UserError | DBAPIError | None]:
    """The visitor, or why there is none."""
    try:
        try:
            visitor = screen.current_visitor()
        except NoGrant as denied:
            screen.note_entry(denied.identity, Act.DENIED)
            raise
        if visitor.identity:
            screen.note_entry(visitor.identity, Act.SIGN_IN)
    except (UserError, DBAPIError) as refused:
        return None, refused
    return visitor, None


def _shut(words: str, language: Language) -> None:
    st.title(language.gettext("The monitor is shut"), anchor=False)
    screen.box(words)


# A process that is started from here (the text guard, an attack) reads this file too, under another name.
if __name__ == "__main__":
    run()
