"""The main script of the screens: the bar, the navigation that the role allows, and the page asked for.

A page that is not in the navigation is still asked for by its address: each page checks again at its own door.
"""

from pathlib import Path

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page, can_open
from monitor.access.roles import AccessDenied, Role
from monitor.web import TITLE
from pages import SHOW


def run() -> None:
    language = screen.current_language()
    role: Role | None
    try:
        role = screen.current_role()
    except AccessDenied:
        role = None

    # Without a role every address stays known, so that a deep link survives the choice of one; its door stays shut.
    shown = [page for page in Page if can_open(role, page)]
    page = st.navigation(
        [
            st.Page(
                SHOW[page],
                title=language.gettext(screen.PAGE_TITLES[page]),
                url_path=page,
                default=page is Page.OVERVIEW,
            )
            for page in shown or Page
        ],
        position="top" if shown else "hidden",
    )
    st.set_page_config(page_title=f"{page.title} | {TITLE}", layout="wide", initial_sidebar_state="collapsed")
    st.html(Path(__file__).with_name("screen.css"))
    corner = screen.bar(language)
    try:
        page.run()
    finally:  # a page that stops at its door too
        corner.html(screen.language_link(language))


# A process that is started from here (the text guard, an attack) reads this file too, under another name.
if __name__ == "__main__":
    run()
