"""Contractresultaten: what institutions report of the contract, against its norms."""

import streamlit as st

from monitor import screen
from monitor.access.permissions import Page
from monitor.catalogue import load_catalogue
from monitor.charts.reported import result_over_time, results_by_institution, results_by_region
from monitor.narrative.definitions import result_definition
from monitor.reports.screens import contract_results_report
from monitor.views.reported import contract_results, result_periods
from pseudonymise.agreement import region_names


def show() -> None:
    here = screen.open_screen(Page.CONTRACT_RESULTS)
    language, reader = here.language, here.reader
    results, names, periods = load_catalogue().results, region_names(), result_periods(reader)
    if not periods:
        st.title(language.gettext("Contract results"), anchor=False)
        screen.box(language.gettext("No institution has reported contract results for this release."))
        return
    first, second, third = st.columns(3)
    with first:
        period = screen.choose("period", language.gettext("Period of the table"), periods, language.period)
    with second:
        result = screen.choose(
            "result",
            language.gettext("Result over time"),
            list(results),
            lambda code: language.of(results[code]).name or code,
        )
    with third:
        region = screen.choose(
            "region", language.gettext("Region"), list(names), names.__getitem__, default=here.role.region
        )
    model = contract_results(reader, result, region, period)

    st.title(language.gettext("Contract results"), anchor=False)
    screen.release_note(here)
    screen.text(
        language.gettext(
            "Each result is a numerator over a denominator that the institutions report; regions are added up before "
            "they are divided. How soon help begins stands on the pages Overview and Region."
        )
    )
    when = language.period(period)
    st.header(language.gettext("By region, {year}", year=when), anchor=False)
    screen.draw_table(results_by_region(model.regions, language), language)
    st.header(language.gettext("By institution, {year}", year=when), anchor=False)
    screen.draw_table(results_by_institution(model.institutions, language), language)

    name = language.of(results[result]).name or result
    st.header(language.gettext("{step} over time", step=f"{name}, {names[region]}"), anchor=False)
    screen.draw_chart(result_over_time(model, language), language, f"result {result}")
    for code in results:
        screen.draw_definition(result_definition(code, language), language)
    screen.take_along(here, contract_results_report(model, reader.release, language))
