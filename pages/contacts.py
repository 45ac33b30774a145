"""Wie te bellen: which team or role to call for what, by region."""

from datetime import date

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.catalogue.expected import load_expected, supplier_name
from monitor.charts.contacts import teams_table
from monitor.release.cell import ALL
from monitor.views.contacts import whom_to_call
from pseudonymise.agreement import region_names


def show() -> None:
    language, visitor = screen.open_door(Page.CONTACTS)
    st.title(language.gettext("Who to ask"), anchor=False)
    screen.text(
        language.gettext(
            "Which team to call for what, in each region. The addresses are of teams; a name stands here only of who "
            "consented to that."
        ),
        look="lead",
    )
    names = region_names()
    subjects = {ALL: language.gettext("Everything")}
    subjects |= {code: language.of(option) for code, option in load_expected().options("subject").items()}
    first, second = st.columns(2)
    with first:
        region = screen.choose(
            "region", language.gettext("Region"), list(names), names.__getitem__, default=visitor.role.region
        )
    with second:
        subject = screen.choose("subject", language.gettext("For what"), list(subjects), subjects.__getitem__)
    found = whom_to_call(screen.store(), date.today(), region=region, subject=subject)
    if not found.teams:
        screen.box(language.gettext("Nobody has stated whom to call for this in {region} yet.", region=names[region]))
        return
    screen.draw_table(teams_table(found.teams, region, language), language)
    if found.named:
        st.header(language.gettext("Who can be asked for by name"), anchor=False)
        screen.text(
            language.gettext("With consent, and up to a day. These names stand in no file and on no paper."),
            look="note",
        )
        screen.named_people(
            (
                f"{one.team.name}, {supplier_name(one.team.supplier)}",
                language.gettext("{person}, until {day}", person=one.person, day=language.date(one.until)),
            )
            for one in found.named
        )
