"""Regio: what a quartermaster follows of her region."""

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.catalogue import load_catalogue
from monitor.charts.data_quality import registration_table
from monitor.charts.matrix import institutions_of_region
from monitor.charts.over_time import compared_over_time, flow_over_time
from monitor.charts.places import free_table
from monitor.charts.region_map import region_map
from monitor.charts.reported import lists_over_time, results_of_group
from monitor.locale import N_
from monitor.narrative.agenda import action_sentences
from monitor.narrative.course import course_sentences
from monitor.narrative.definitions import result_definition, step_definition
from monitor.narrative.in_short import region_in_short
from monitor.narrative.notes import note_sentences
from monitor.narrative.places import places_sentence
from monitor.narrative.reported import lists_sentence, results_sentence
from monitor.narrative.sentences import road_sentence, status_sentence, unlinked_sentence, weakest_sentence
from monitor.release.cell import Cohort
from monitor.reports.screens import region_report
from monitor.views.overview import last_final_year
from monitor.views.region import region_model, years_of
from monitor.views.step import latest
from pseudonymise.agreement import load_agreement, region_names

BY = {"quarter": N_("by quarter"), "year": N_("by calendar year")}


def show() -> None:
    here = screen.open_screen(Page.REGION)
    language, reader = here.language, here.reader
    names = region_names()
    first, second, third, fourth = st.columns(4)
    with first:
        region = screen.choose(
            "region", language.gettext("Region"), list(names), names.__getitem__, default=here.role.region
        )
    with second:
        by = screen.choose("by", language.gettext("Over time"), list(BY), lambda code: language.gettext(BY[code]))
    with third:
        year = screen.choose(
            "year",
            language.gettext("Year of the table"),
            years_of(reader),
            str,
            default=last_final_year(reader),
        )
    with fourth:
        mapped = screen.choose(
            "step",
            language.gettext("On the map"),
            list(load_catalogue().headlines),
            lambda code: language.of(load_agreement().step(code)),
        )
    model = region_model(reader, region, quarters=by == "quarter", year=year, mapped=mapped)

    st.title(names[region], anchor=False)
    screen.release_note(here)
    st.header(language.gettext("In short"), anchor=False)
    screen.text(weakest_sentence(model.steps, language), look="verdict")
    screen.short_list(region_in_short(model, language))

    if model.on_map:
        title = language.of(load_agreement().step(mapped))
        st.header(language.gettext("The seven regions: {step}, {year}", step=title, year=model.year), anchor=False)
        screen.text(
            language.gettext(
                "The fuller the blue, the higher; hatched has no figure. This region has the thick outline."
            ),
            look="note",
        )
        screen.draw_chart(region_map(model.on_map, region, language), language, f"map {mapped}")

    st.header(language.gettext("The three criteria over time"), anchor=False)
    screen.text(
        language.gettext(
            "Closed markers are final, open markers provisional. The vertical bars are the 95% intervals of this "
            "region: where they reach across the line of the seven together, the difference can be chance."
        )
    )
    for compared in model.headlines:
        st.subheader(language.of(load_agreement().step(compared.step)), anchor=False)
        newest = latest(compared.own, Cohort.FINAL)
        if newest:
            screen.text(f"{status_sentence(newest, language)} {course_sentences(compared.course, language)}".strip())
        screen.draw_chart(compared_over_time(compared, language), language, f"compared {compared.step}")
        screen.short_list([*action_sentences(compared.actions, language), *note_sentences(compared.notes, language)])
        screen.draw_definition(step_definition(compared.step, language), language)

    st.header(language.gettext("The road from report to help"), anchor=False)
    road = latest(model.road.own, Cohort.FINAL) or model.road.own[-1]
    screen.text(f"{road_sentence(road, language)} {unlinked_sentence(road, language)}".strip())
    screen.draw_chart(compared_over_time(model.road, language), language, "compared road")
    screen.draw_definition(step_definition(model.road.step, language), language)

    st.header(language.gettext("By institution, {year}", year=model.year), anchor=False)
    screen.draw_table(institutions_of_region(model, language), language)

    st.header(language.gettext("Measures: in, out and in force"), anchor=False)
    screen.draw_chart(flow_over_time(model.flow, language), language, "flow")

    if model.lists:
        st.header(language.gettext("Who waits"), anchor=False)
        screen.text(lists_sentence(model.lists[-1], language))
        screen.draw_chart(lists_over_time(model.lists, language), language, "lists")
    if model.places.by:
        st.header(language.gettext("Open places"), anchor=False)
        screen.text(places_sentence(model.places, language))
        screen.draw_table(free_table(model.places, (region,), language), language)
        screen.link_to(Page.PLACES, language.gettext("Search for a place: Open places"))
    if model.results:
        st.header(language.gettext("Contract results"), anchor=False)
        screen.text(results_sentence(model.results, language))
        screen.draw_table(results_of_group(model.results, language), language)
        for one in model.results:
            screen.draw_definition(result_definition(one.result, language), language)

    if model.year:
        st.header(language.gettext("How complete is the registration?"), anchor=False)
        screen.draw_table(registration_table(model.steps, language), language)

    screen.take_along(here, region_report(model, reader.release, language))
