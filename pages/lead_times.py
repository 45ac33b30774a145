"""Doorlooptijden: one step of the chain in full."""

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.charts.lead_time import curves_note, lead_time_curves, summary_table
from monitor.locale import N_
from monitor.narrative.definitions import step_definition
from monitor.narrative.in_short import lead_times_in_short
from monitor.narrative.sentences import group_name
from monitor.reports.screens import lead_times_report
from monitor.views.lead_times import Split, groups_of, lead_times, periods_of, splits_of
from monitor.views.reading import Group
from pseudonymise.agreement import load_agreement

SPLITS = {
    Split.REGION: N_("by region"),
    Split.INSTITUTION: N_("by institution"),
    Split.MEASURE_GROUP: N_("by kind of measure"),
}


def show() -> None:
    here = screen.open_screen(Page.LEAD_TIMES)
    language, reader = here.language, here.reader
    agreement = load_agreement()
    first, second, third, fourth = st.columns(4)
    with first:
        step = screen.choose(
            "step",
            language.gettext("Step"),
            [one.code for one in agreement.steps],
            lambda code: language.of(agreement.step(code)),
            default="worker_assigned",
        )
    with second:
        split = Split(
            screen.choose(
                "split",
                language.gettext("Split"),
                splits_of(step),
                lambda code: language.gettext(SPLITS[Split(code)]),
                default=Split.INSTITUTION if here.role.institution else Split.REGION,
            )
        )
    groups = {_code(group): group for group in groups_of(step, split)}
    with third:
        group = groups[
            screen.choose(
                split,
                language.gettext("In the chart"),
                list(groups),
                lambda code: group_name(groups[code], language),
                default=here.role.scope,
            )
        ]
    with fourth:
        period = screen.choose("period", language.gettext("Period"), periods_of(reader, step, split), language.period)
    model = lead_times(reader, step, split, group, period)
    chart = lead_time_curves(model, language)

    st.title(
        language.gettext("{step}: how long does it take?", step=language.of(agreement.step(step))),
        anchor=False,
    )
    screen.short_list(lead_times_in_short(model, language))
    screen.release_note(here)
    screen.draw_chart(chart, language, "curves")
    screen.text(curves_note(language), look="note")
    screen.draw_table(summary_table(model, language), language)
    screen.draw_definition(step_definition(step, language), language)
    screen.take_along(here, lead_times_report(model, reader.release, language))


def _code(group: Group) -> str:
    return next(code for code in (group.region, group.institution, group.measure_group) if code != "all")
