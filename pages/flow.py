"""In- en uitstroom: what comes in, goes out and is in force, and who waits."""

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.charts.over_time import flow_over_time
from monitor.charts.reported import lists_over_time, lists_table
from monitor.narrative.definitions import count_definition
from monitor.narrative.sentences import flow_sentence
from monitor.reports.screens import flow_report
from monitor.views.reported import flow_model
from pseudonymise.agreement import load_agreement


def show() -> None:
    here = screen.open_screen(Page.FLOW)
    language = here.language
    institutions = [one.code for one in load_agreement().institutions if one.kind == "gi"]
    group = screen.choose_group(here, institutions, here.role.region or here.role.institution)
    model = flow_model(here.reader, group)

    st.title(language.gettext("Inflow and outflow"), anchor=False)
    if model.is_own:
        screen.own_notice(language)
    screen.release_note(here)
    st.header(language.gettext("Measures: in, out and in force"), anchor=False)
    screen.text(flow_sentence(model.flow[-1], language))
    screen.draw_chart(flow_over_time(model.flow, language), language, "flow")
    for code in ("gi_order", "ended", "stock"):
        screen.draw_definition(count_definition(code, language), language)

    st.header(language.gettext("Who waits"), anchor=False)
    if model.lists:
        screen.draw_chart(lists_over_time(model.lists, language), language, "lists")
        if model.waiting:
            screen.draw_table(lists_table(model.waiting.regions, "region", language), language)
            screen.draw_table(lists_table(model.waiting.measures, "measure_group", language), language)
        screen.link_to(Page.PLACES, language.gettext("Where is a place free? Open places"))
        for code in ("waiting", "throughflow"):
            screen.draw_definition(count_definition(code, language), language)
    else:
        screen.box(language.gettext("No institution has reported waiting lists for this release."))
    screen.take_along(here, flow_report(model, here.reader.release, language))
