"""Open plekken: where a place is free, by kind of help, age and distance; what is free by region; and who waits."""

from datetime import date

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.catalogue.expected import load_expected
from monitor.charts.places import found_table, free_table
from monitor.charts.reported import lists_table
from monitor.narrative.places import search_sentence
from monitor.release.cell import ALL
from monitor.screen import Screen
from monitor.views.places import Place, open_places, search, summarise
from monitor.views.reported import waiting
from pseudonymise.agreement import municipalities, region_names

WITHIN_KM = ("10", "20", "30", "50")


def show() -> None:
    here = screen.open_screen(Page.PLACES)
    language = here.language
    places = open_places(screen.store(), date.today())
    st.title(language.gettext("Open places"), anchor=False)
    screen.text(
        language.gettext(
            "Where could a child go now? Providers state what is free, and regions bring it here. Call before you "
            "count on it: a place is gone sooner than it is reported."
        ),
        look="lead",
    )
    st.header(language.gettext("Search for a place"), anchor=False)
    _search(here, places)
    screen.link_to(Page.CONTACTS, language.gettext("Whom do I call about a place? Who to ask"))

    st.header(language.gettext("What is free, by region"), anchor=False)
    screen.draw_table(free_table(summarise(places, date.today()), list(region_names()), language), language)

    st.header(language.gettext("Who waits"), anchor=False)
    _waiting(here)


def _search(here: Screen, places: tuple[Place, ...]) -> None:
    language, expected = here.language, load_expected()
    kinds = {ALL: language.gettext("All kinds of help")}
    kinds |= {code: language.of(option) for code, option in expected.options("care").items()}
    ages = {ALL: language.gettext("Any age")}
    ages |= {code: language.of(option) for code, option in expected.options("ages").items() if code != ALL}
    nears = {ALL: language.gettext("Anywhere")} | municipalities()
    distances = {ALL: language.gettext("Any distance")}
    distances |= {km: language.gettext("{km} km", km=km) for km in WITHIN_KM}
    first, second, third, fourth = st.columns(4)
    with first:
        care = screen.choose("care", language.gettext("Kind of help"), list(kinds), kinds.__getitem__)
    with second:
        age = screen.choose("age", language.gettext("Age of the child"), list(ages), ages.__getitem__)
    with third:
        near = screen.choose("near", language.gettext("Near"), list(nears), nears.__getitem__)
    with fourth:
        within = screen.choose("within", language.gettext("Within"), list(distances), distances.__getitem__)
    if within != ALL and near == ALL:
        screen.text(language.gettext("Choose a municipality to search by distance."), look="note")
    km = None if within == ALL else int(within)
    result = search(places, care=care, ages=age, near=near, within_km=km)
    if not places:
        screen.box(language.gettext("No region has stated places yet."))
        return
    screen.text(search_sentence(result, near, km, language), look="verdict")
    if result.found:
        screen.draw_table(found_table(result, language, by_distance=near != ALL), language)


def _waiting(here: Screen) -> None:
    language = here.language
    who = waiting(here.reader)
    if who is None:
        screen.box(language.gettext("No institution has reported waiting lists for this release."))
        return
    screen.release_note(here)
    screen.draw_table(lists_table(who.regions, "region", language), language)
    screen.draw_table(lists_table(who.measures, "measure_group", language), language)
    screen.text(
        language.gettext(
            "By region and measure at once the numbers would be so small that they could point to a family: they are "
            "not published."
        ),
        look="note",
    )
    screen.link_to(Page.FLOW, language.gettext("How the lists went over time: Inflow and outflow"))
