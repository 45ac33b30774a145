"""No screen carries a number that is not a published cell's, on any channel: texts, tables, the data of charts."""

import re
from dataclasses import replace

import pytest

from monitor.charts.accountability import deliveries_table, tally_table
from monitor.charts.lead_time import lead_time_curves, summary_table
from monitor.charts.matrix import matrix
from monitor.charts.over_time import compared_over_time, flow_over_time, flow_table, share_over_time
from monitor.charts.steps import steps_table
from monitor.charts.table import to_html
from monitor.locale import DUTCH, ENGLISH
from monitor.narrative.course import course_sentences
from monitor.narrative.definitions import step_definition
from monitor.narrative.sentences import (
    days_sentence,
    flow_sentence,
    headline_sentence,
    newest_sentence,
    status_sentence,
    verdict,
    weakest_sentence,
)
from monitor.views.institution import institution_model
from monitor.views.lead_times import Split, groups_of, lead_times
from monitor.views.overview import overview
from monitor.views.region import region_model
from pseudonymise.agreement import load_agreement
from tests.monitor.channels.scanner import (
    AXIS,
    constants,
    drawn_numbers,
    known_numbers,
    numbers_in,
    stray_numbers,
    texts_of_chart,
    texts_of_table,
)

LANGUAGES = pytest.mark.parametrize("language", [DUTCH, ENGLISH], ids=lambda one: one.code)


def stray(chart_or_table, model, language):
    """What does not come from the model, of a chart with its data or of a table."""
    if not hasattr(chart_or_table, "alt"):
        return stray_numbers(texts_of_table(chart_or_table), language.code, model)
    drawn = drawn_numbers(chart_or_table) - known_numbers(model) - constants() - AXIS
    return drawn | stray_numbers(texts_of_chart(chart_or_table), language.code, model)


@LANGUAGES
def test_overview(read_as, language):
    model = overview(read_as("board"))
    for one in model.headlines:
        assert not stray(share_over_time(one, language), one, language)
        texts = [function(one.shown, language) for function in (headline_sentence, status_sentence, verdict)]
        texts += [newest_sentence(one.newest, language), course_sentences(one.course, language)]
        assert not stray_numbers(texts, language.code, one, COUNTS_OF_QUARTERS)
    assert not stray(flow_over_time(model.flow, language), model.flow, language)
    assert not stray_numbers([flow_sentence(model.flow[-1], language)], language.code, model.flow[-1])
    for rows in (model.regions, model.institutions):
        assert not stray(matrix("x", tuple(rows.values()), "x", language), rows, language)


# How many quarters a run of more than chance has lasted: a count of points, of which the sentence names the first.
COUNTS_OF_QUARTERS = range(1, 25)


@LANGUAGES
@pytest.mark.parametrize("region", ["JZ28", "JZ12"])
@pytest.mark.parametrize("quarters", [True, False])
def test_region(read_as, language, region, quarters):
    model = region_model(read_as("quartermaster-JZ28"), region, quarters=quarters)
    for one in model.headlines:
        found = stray(compared_over_time(one, language), one, language)
        assert not found - set(COUNTS_OF_QUARTERS)
    assert not stray(flow_table(model.flow, language), model.flow, language)
    assert not stray(matrix("x", tuple(model.institutions.values()), "x", language), model.institutions, language)
    for one in model.in_short:
        assert not stray_numbers([headline_sentence(one, language)], language.code, one)


@LANGUAGES
@pytest.mark.parametrize("role", ["board", "institution-JBGLD"])
def test_institution(read_as, language, role):
    model = institution_model(read_as(role), "JBGLD", "plan", "2025")
    assert not stray(steps_table(model, language), model.rows, language)
    assert not stray(compared_over_time(model.over_time, language), model.over_time, language) - set(COUNTS_OF_QUARTERS)
    own = [own for own, _ in model.rows]
    assert not stray_numbers([weakest_sentence(own, language)], language.code, own)


@LANGUAGES
@pytest.mark.parametrize("step", [step.code for step in load_agreement().steps])
def test_lead_times(read_as, language, step):
    model = lead_times(read_as("board"), step, Split.REGION, groups_of(step, Split.REGION)[0], "2025")
    assert not stray(lead_time_curves(model, language), model, language)
    assert not stray(summary_table(model, language), model, language)
    for one in model.rows:
        assert not stray_numbers([days_sentence(one, language)], language.code, one)
    definition = step_definition(step, language)
    assert not stray_numbers(map(str, vars(definition).values()), language.code, ()) - YEARS_OF_SOURCES


# A definition names laws and the years of what it cites; nothing in it comes from a release.
YEARS_OF_SOURCES = {*range(1990, 2030), *range(1, 32), 4.1, 4.2}


# --- leaks, planted one by one ---------------------------------------------------------------------------------------


@pytest.fixture
def shown(read_as):
    """A headline and its chart."""
    one = overview(read_as("board")).headlines[0]
    return one, share_over_time(one, DUTCH)


def test_an_unrounded_number_in_an_alt_text_is_seen(shown):
    one, chart = shown
    leaking = replace(chart, alt=re.sub(r"\d+%", "63,64%", chart.alt, count=1))
    assert stray(leaking, one, DUTCH) == {63.64}


def test_an_exact_count_in_the_data_of_a_chart_is_seen(shown):
    one, chart = shown
    traces = [dict(trace) for trace in chart.figure["data"]]
    traces[-1]["y"] = [*traces[-1]["y"][:-1], 63.636363636]
    assert stray(replace(chart, figure={"data": traces}), one, DUTCH) == {63.636363636}


def test_a_number_in_a_row_a_note_or_a_caption_is_seen(shown):
    one, chart = shown
    first, *others = chart.table.rows
    for spoiled in (
        replace(chart.table, caption="Zaken: 1.234,5"),
        replace(chart.table, notes=("waarvan 1.234,5 te laat",)),
        replace(chart.table, rows=((replace(first[0], details=("1.234,5",)), *first[1:]), *others)),
    ):
        assert stray(replace(chart, table=spoiled), one, DUTCH) == {1234.5}
        assert "1.234,5" in to_html(spoiled, DUTCH)


@pytest.mark.parametrize(
    ("text", "dutch", "english"),
    [
        ("63,6% van 1.234 zaken", {63.6, 1234.0}, None),
        ("63.6% of 1,234 cases", None, {63.6, 1234.0}),
        ("65–75% in 2026, kwartaal 3", {65.0, 75.0, 2026.0, 3.0}, {65.0, 75.0, 2026.0, 3.0}),
        ("JZ28 en 2026Q3 zijn codes", set(), set()),
        ("minder dan 10.", {10.0}, {10.0}),
    ],
)
def test_reading_numbers(text, dutch, english):
    for language, expected in (("nl", dutch), ("en", english)):
        if expected is not None:
            assert set(numbers_in(text, language)) == expected


def test_tables_of_accountability_hold_counts_of_cells_only(read_as):
    from monitor.views.accountability import accountability

    model = accountability(read_as("board"))
    counts = {model.published, *model.suppressed.values(), *model.missing.values()}
    percents = {round(100 * count / model.total) for count in counts} | {1}
    assert not stray_numbers(texts_of_table(tally_table(model, DUTCH)), "nl", (), counts | percents)
    days = {float(number) for day in model.deliveries.values() if day for number in (day.year, day.day)}
    assert not stray_numbers(texts_of_table(deliveries_table(model, DUTCH)), "nl", (), days)
