"""Overzicht: what a board member reads in ten minutes."""

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.charts.matrix import by_institution, by_region
from monitor.charts.over_time import flow_over_time, share_over_time
from monitor.charts.places import free_table
from monitor.charts.reported import lists_over_time, results_by_region
from monitor.locale import Language
from monitor.narrative.changes import changes_sentences
from monitor.narrative.course import course_marks, course_sentences, signals_sentence
from monitor.narrative.definitions import count_definition, result_definition, step_definition
from monitor.narrative.figures import share_entry
from monitor.narrative.in_short import overview_in_short
from monitor.narrative.places import places_sentence
from monitor.narrative.reported import lists_sentence, results_sentence
from monitor.narrative.sentences import (
    days_sentence,
    flow_sentence,
    newest_sentence,
    norm_words,
    road_sentence,
    status_sentence,
    unlinked_sentence,
    verdict,
)
from monitor.reports.screens import overview_report
from monitor.views.overview import Headline, overview
from pseudonymise.agreement import load_agreement, region_names


def show() -> None:
    here = screen.open_screen(Page.OVERVIEW)
    language = here.language
    model = overview(here.reader)
    st.title(language.gettext("How soon does help begin?"), anchor=False)
    screen.text(
        language.gettext(
            "Of every measure that starts: is there a permanent worker, a plan and suitable help in time? For the "
            "seven youth-care regions together."
        ),
        look="lead",
    )
    screen.release_note(here)

    st.header(language.gettext("In short"), anchor=False)
    screen.short_list(overview_in_short(model, language))

    st.header(language.gettext("The three criteria"), anchor=False)
    for column, headline in zip(st.columns(len(model.headlines)), model.headlines, strict=True):
        with column:
            _card(headline, language)

    screen.text(signals_sentence(model.signals, language), look="note")

    if model.year:
        st.header(language.gettext("By region and by institution, {year}", year=model.year), anchor=False)
        screen.text(
            language.gettext(
                "A whole calendar year, the last that is final for all three: in one quarter a region has so few "
                "cases that chance weighs heavily."
            )
        )
        screen.draw_table(by_region(model, language), language)
        screen.draw_table(by_institution(model, language), language)

    st.header(language.gettext("Measures: in, out and in force"), anchor=False)
    screen.text(flow_sentence(model.flow[-1], language))
    screen.draw_chart(flow_over_time(model.flow, language), language, "flow")
    screen.draw_definition(count_definition("gi_order", language), language)
    screen.draw_definition(count_definition("ended", language), language)

    st.header(language.gettext("Who waits"), anchor=False)
    if model.lists:
        screen.text(lists_sentence(model.lists[-1], language))
        screen.draw_chart(lists_over_time(model.lists, language), language, "lists")
        screen.draw_definition(count_definition("waiting", language), language)
        screen.draw_definition(count_definition("throughflow", language), language)
    else:
        screen.box(language.gettext("No institution has reported waiting lists for this release."))

    if model.places.by:
        st.header(language.gettext("Open places"), anchor=False)
        screen.text(places_sentence(model.places, language))
        screen.draw_table(free_table(model.places, tuple(region_names()), language), language)
        screen.link_to(Page.PLACES, language.gettext("Search for a place: Open places"))

    st.header(language.gettext("Contract results"), anchor=False)
    if model.results:
        screen.text(results_sentence(model.results[0], language))
        screen.draw_table(results_by_region(model.results, language), language)
        for one in model.results[0]:
            screen.draw_definition(result_definition(one.result, language), language)
    else:
        screen.box(language.gettext("No institution has reported contract results for this release."))

    st.header(language.gettext("The road from report to help"), anchor=False)
    screen.box(road_sentence(model.road.shown, language))
    if model.road.final:
        screen.text(unlinked_sentence(model.road.shown, language), look="note")
        screen.text(days_sentence(model.road.shown, language), look="note")
        screen.draw_chart(share_over_time(model.road, language), language, "road")
        if model.road.newest is not model.road.shown:
            screen.text(newest_sentence(model.road.newest, language), look="note")
    screen.draw_definition(step_definition(model.road.step, language), language)

    st.header(language.gettext("What changed since the release before"), anchor=False)
    changes = here.reader.release.changes
    if changes is None:
        screen.text(language.gettext("There is no release before this one."))
    else:
        screen.short_list(changes_sentences(changes, language))

    screen.take_along(here, overview_report(model, here.reader.release, language))


def _card(headline: Headline, language: Language) -> None:
    step = load_agreement().step(headline.step)
    st.subheader(language.of(step), anchor=False)
    if step.norm:
        screen.text(language.gettext("within {norm}", norm=norm_words(step.norm, language)))
    screen.number(share_entry(headline.shown.share, language), status_sentence(headline.shown, language))
    screen.text(verdict(headline.shown, language), look="verdict")
    screen.draw_marks(course_marks(headline.course, language))
    screen.text(course_sentences(headline.course, language))
    screen.draw_chart(share_over_time(headline, language), language, f"line {headline.step}")
    if headline.newest is not headline.shown:
        screen.text(newest_sentence(headline.newest, language), look="note")
    screen.draw_definition(step_definition(headline.step, language), language)
