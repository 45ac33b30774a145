"""Datakwaliteit: how complete the registration behind the figures is."""

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.charts import data_quality as tables
from monitor.reports.screens import data_quality_report
from monitor.views.data_quality import data_quality, periods_of
from monitor.views.overview import last_final_year


def show() -> None:
    here = screen.open_screen(Page.DATA_QUALITY)
    language, reader = here.language, here.reader
    periods = periods_of(reader)
    quarters = [period for period in periods if "Q" in period]
    first, second = st.columns(2)
    with first:
        period = screen.choose(
            "period", language.gettext("Period"), periods, language.period, default=last_final_year(reader)
        )
    quarter = quarters[0]
    if here.role.institution:
        with second:
            quarter = screen.choose(
                "quarter", language.gettext("Quarter of the own figures"), quarters, language.period
            )
    model = data_quality(reader, period, quarter)

    st.title(language.gettext("How complete is the registration?"), anchor=False)
    screen.text(
        language.gettext(
            "A date that nobody registered makes a figure uncertain, and a late delivery makes it absent. This is what "
            "is known of that; it says nothing of the work itself."
        ),
        look="lead",
    )
    screen.release_note(here)

    st.header(language.gettext("Which deliveries it rests on"), anchor=False)
    screen.draw_table(tables.deliveries_table(model, reader.release.label, language), language)

    st.header(language.gettext("Is the date registered?"), anchor=False)
    screen.text(
        language.gettext(
            "A date is known to lack where a later one shows that the moment has passed. A step after which no date "
            "follows cannot be checked in that way: its missing dates look like cases that are still open."
        )
    )
    for table in tables.completeness_tables(model, language):
        screen.draw_table(table, language)

    st.header(language.gettext("Delay, order and stock"), anchor=False)
    if model.own is None:
        screen.text(
            language.gettext(
                "How late dates are entered, which are impossible or out of order, and whether the stock follows from "
                "what came and went, each institution sees of itself alone. A delivery has these counts without the "
                "parts that would be needed to protect them, so they are not shared."
            )
        )
    else:
        screen.own_notice(language)
        screen.draw_table(tables.dates_table(model.own, language), language)
        if model.own.stock:
            screen.draw_table(tables.stock_table(model.own, language), language)
    screen.take_along(here, data_quality_report(model, reader.release, language))
