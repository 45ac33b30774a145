"""Leren: the four useful measures, and what work the monitor itself takes."""

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.catalogue import load_catalogue
from monitor.charts.learning import burden_table, joy_over_years, measure_by_region
from monitor.narrative.definitions import count_definition
from monitor.narrative.learning import (
    PURPOSE,
    burden_sentence,
    indicator_name,
    joy_sentence,
    left_out_sentence,
    measure_sentence,
)
from monitor.reports.learning import learning_report
from monitor.views.learning import learning_model
from pseudonymise.agreement import load_agreement


def show() -> None:
    here = screen.open_screen(Page.LEARNING)
    language = here.language
    own = here.role.institution
    reports = own is not None and load_agreement().institution(own).kind == "gi"
    group = screen.choose_group(here, [own] if own and reports else [], here.role.region)
    model = learning_model(here.reader, group)

    st.title(language.gettext("To learn from"), anchor=False)
    if model.is_own:
        screen.own_notice(language)
    screen.text(language.gettext(PURPOSE), look="lead")
    screen.release_note(here)
    shown = {one.code: one for one in model.shown}
    for rows in model.regions:
        code = rows[0].code
        st.header(indicator_name(code, language), anchor=False)
        if code in shown:
            screen.text(measure_sentence(shown[code], language), look="verdict")
        if code == "help_that_works" and (said := left_out_sentence(model, language)):
            screen.text(said)
        screen.draw_chart(measure_by_region(rows, model.group, language), language, code)
        screen.draw_definition(count_definition(code, language), language)

    st.header(language.gettext("Joy in work"), anchor=False)
    screen.text(joy_sentence(model, language), look="verdict")
    if model.questions:
        screen.draw_chart(joy_over_years(model, language), language, "joy")
        screen.draw_definition(count_definition("joy_variety", language), language)

    st.header(language.gettext("What the monitor itself asks"), anchor=False)
    screen.text(burden_sentence(model.burden, language), look="verdict")
    if model.burden:
        screen.draw_table(burden_table(model.burden, language), language)
        for code in load_catalogue().learned("burden"):
            screen.draw_definition(count_definition(code, language), language)
    screen.take_along(here, learning_report(model, here.reader.release, language))
