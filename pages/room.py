"""Routes en ruimte: by which route families come in, and what room professionals have."""

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.charts.learning import (
    acceptance_over_time,
    hours_by_term,
    providers_table,
    returned_table,
    routes_over_time,
)
from monitor.narrative.definitions import count_definition
from monitor.narrative.learning import hours_sentence, measure_sentence, routes_sentence
from monitor.reports.learning import room_report
from monitor.views.learning import OF_REGIONS, ROUTES, room_model


def show() -> None:
    here = screen.open_screen(Page.ROOM)
    language = here.language
    model = room_model(here.reader, screen.choose_group(here, default=here.role.region))

    st.title(language.gettext("Routes and room"), anchor=False)
    screen.release_note(here)
    st.header(language.gettext("One form, two routes"), anchor=False)
    screen.text(routes_sentence(model, language), look="verdict")
    if model.routes:
        screen.draw_chart(routes_over_time(model, language), language, "routes")
        for code in (*ROUTES, "form_reused"):
            screen.draw_definition(count_definition(code, language), language)
    if model.acceptance:
        st.header(language.gettext("From registration to acceptance"), anchor=False)
        screen.text(measure_sentence(model.acceptance[-1], language), look="verdict")
        screen.draw_chart(acceptance_over_time(model, language), language, "acceptance")
        screen.draw_definition(count_definition("acceptance", language), language)
    if model.returned:
        st.header(language.gettext("Returned forms, and why"), anchor=False)
        screen.draw_table(returned_table(model, language), language)

    st.header(language.gettext("Room for the professional"), anchor=False)
    screen.text(hours_sentence(model, language), look="verdict")
    if model.hours:
        screen.draw_chart(hours_by_term(model, language), language, "hours")
        screen.draw_definition(count_definition("hours_used_50", language), language)
        screen.draw_table(providers_table(model.providers, language), language)
        for code in OF_REGIONS:
            screen.draw_definition(count_definition(code, language), language)
    screen.take_along(here, room_report(model, here.reader.release, language))
