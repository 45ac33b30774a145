"""Instelling: where an analyst finds the weak step of the institution."""

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.charts.lead_time import curves_note, lead_time_curves
from monitor.charts.over_time import compared_over_time, flow_over_time
from monitor.charts.side_by_side import by_unit, days_by_step, days_note, funnel_of_step, shares_by_step
from monitor.charts.steps import steps_table
from monitor.narrative.course import course_sentences
from monitor.narrative.definitions import step_definition
from monitor.narrative.in_short import step_in_full
from monitor.narrative.notes import note_sentences
from monitor.narrative.sentences import longest_sentence, weakest_sentence
from monitor.reports.screens import institution_report
from monitor.views.institution import institution_model, institution_periods, step_followed, steps_of
from pseudonymise.agreement import load_agreement


def show() -> None:
    here = screen.open_screen(Page.INSTITUTION)
    language, reader = here.language, here.reader
    agreement = load_agreement()
    first, second, third = st.columns(3)
    with first:
        institution = screen.choose(
            "institution",
            language.gettext("Institution"),
            [one.code for one in agreement.institutions],
            lambda code: agreement.institution(code).name,
            default=here.role.institution,
        )
    with second:
        period = screen.choose(
            "period",
            language.gettext("Period"),
            institution_periods(reader, institution),
            language.period,
        )
    with third:
        step = screen.choose(
            "step",
            language.gettext("Step in full"),
            steps_of(institution),
            lambda code: language.of(agreement.step(code)),
            default=step_followed(institution),
        )
    model = institution_model(reader, institution, step, period)

    st.title(agreement.institution(institution).name, anchor=False)
    if model.is_own:
        screen.own_notice(language)
    else:
        screen.text(
            language.gettext(
                "These are the shared figures, with small numbers protected. The exact figures are for this "
                "institution alone."
            )
        )
    screen.release_note(here)

    st.header(language.gettext("Every step, {period}", period=language.period(period)), anchor=False)
    screen.text(weakest_sentence((own for own, _ in model.rows), language))
    screen.draw_chart(shares_by_step(model, language), language, "shares by step")
    screen.draw_table(steps_table(model, language), language)

    st.header(language.gettext("Where does the time go?"), anchor=False)
    if model.is_own:
        screen.own_notice(language)
    screen.text(longest_sentence(model.rows, language))
    for unit in by_unit(model):
        screen.draw_chart(days_by_step(model, unit, language), language, f"days by step, {unit}")
    screen.text(days_note(language), look="note")

    st.header(
        language.gettext(
            "{step}, {period}", step=language.of(agreement.step(step)), period=language.period(model.period)
        ),
        anchor=False,
    )
    if model.is_own:
        screen.own_notice(language)
    screen.short_list(step_in_full(model, language))
    screen.draw_chart(lead_time_curves(model.distribution, language), language, "distribution")
    screen.text(curves_note(language), look="note")
    if model.peers and agreement.step(step).norm:
        st.subheader(language.gettext("Does it differ by more than chance?"), anchor=False)
        screen.draw_chart(funnel_of_step(model, language), language, "funnel")

    st.header(language.gettext("{step} over time", step=language.of(agreement.step(step))), anchor=False)
    if model.is_own:
        screen.own_notice(language)
    screen.text(course_sentences(model.over_time.course, language))
    screen.draw_chart(compared_over_time(model.over_time, language), language, "over time")
    screen.short_list(note_sentences(model.over_time.notes, language))
    screen.draw_definition(step_definition(step, language), language)

    if model.flow:
        st.header(language.gettext("Measures: in, out and in force"), anchor=False)
        if model.is_own:
            screen.own_notice(language)
        screen.draw_chart(flow_over_time(model.flow, language), language, "flow")

    screen.take_along(here, institution_report(model, reader.release, language))
