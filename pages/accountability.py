"""Privacy en verantwoording: what left the institutions, what is hidden, and what that costs."""

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.charts import accountability as tables
from monitor.narrative.accountability import LEFT_BEHIND, price, rules
from monitor.narrative.changes import changes_sentences
from monitor.views.accountability import accountability


def show() -> None:
    here = screen.open_screen(Page.ACCOUNTABILITY)
    language = here.language
    model = accountability(here.reader)
    st.title(language.gettext("Privacy and accountability"), anchor=False)
    screen.text(
        language.gettext(
            "The monitor holds no persons: the institutions deliver counts, and what is published of these counts is "
            "protected once more."
        ),
        look="lead",
    )
    if model.release.invented:
        screen.box(
            language.gettext(
                "All data in this demonstration are invented. No child, family, worker or file in it exists; the "
                "institutions are named, but the figures are not theirs."
            )
        )
    screen.release_note(here)

    st.header(language.gettext("What left the institutions"), anchor=False)
    screen.text(
        language.gettext(
            "Each institution turns its own files into a delivery of six tables. These are all of its columns; there "
            "is no place for anything else."
        )
    )
    for table in tables.delivery_tables(language):
        with st.expander(table.caption):
            screen.draw_table(table, language)
    screen.text(language.gettext("What stays behind, because a delivery has no column for it:"))
    screen.short_list(language.gettext(what) for what in LEFT_BEHIND)

    st.header(language.gettext("What this release shows and hides"), anchor=False)
    screen.draw_table(tables.tally_table(model, language), language)

    st.header(language.gettext("What changed since the release before"), anchor=False)
    if model.release.changes is None:
        screen.text(language.gettext("There is no release before this one."))
    else:
        screen.short_list(changes_sentences(model.release.changes, language))

    st.header(language.gettext("The rules"), anchor=False)
    screen.short_list(rules(language))
    st.header(language.gettext("How this release was attacked"), anchor=False)
    if model.attacks is None:
        screen.text(language.gettext("This release was made before releases were attacked."))
    else:
        screen.text(
            language.gettext(
                "Before anybody sees a release it is attacked with everything that an outsider, an institution, a "
                "region or two of them together could have. A release in which a small group can be found exactly, or "
                "too many can be proved to be small, is not made."
            )
        )
        screen.draw_table(tables.attack_table(model.attacks, language), language)
    st.header(language.gettext("The price of protection"), anchor=False)
    screen.short_list(price(language))
    screen.draw_table(tables.price_table(language), language)

    st.header(language.gettext("Which deliveries it rests on"), anchor=False)
    screen.draw_table(tables.deliveries_table(model, language), language)
    screen.text(
        language.gettext(
            "This page explains how the monitor works. It is no legal advice: whether the parties may exchange this "
            "follows from their agreement and their own assessment of the risks (DPIA)."
        ),
        look="note",
    )
