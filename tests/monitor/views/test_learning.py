"""What is learned from, as the two pages show it: the right cells, every state, and no verdict, rank or cause."""

import re
from dataclasses import replace
from itertools import product

import pytest
from babel.messages.extract import extract_from_file

from monitor.catalogue import load_catalogue
from monitor.charts.learning import (
    acceptance_over_time,
    burden_table,
    hours_by_term,
    joy_over_years,
    measure_by_region,
    providers_table,
    returned_table,
    routes_over_time,
)
from monitor.locale import DUTCH, ENGLISH
from monitor.narrative import learning as learning_words
from monitor.narrative.definitions import count_definition
from monitor.narrative.learning import (
    PURPOSE,
    SENTENCES,
    burden_sentence,
    hours_sentence,
    indicator_name,
    joy_sentence,
    learned_entry,
    learning_in_short,
    left_out_sentence,
    measure_sentence,
    routes_sentence,
    share_words,
)
from monitor.release.cell import (
    ALL,
    SHARED,
    Bound,
    Cell,
    Missing,
    MissingReason,
    Published,
    Statistic,
    Suppressed,
    SuppressedReason,
)
from monitor.views.learning import BY_REGION, QUESTIONS, TERMS, LearnedFigures, learning_model, room_model
from monitor.views.reading import TOGETHER, Group
from pseudonymise.agreement import region_names
from tests.monitor.channels.scanner import numbers_in
from tests.monitor.narrative.test_sentences import FORBIDDEN
from tests.monitor.narrative.test_states import Listening

BOTH = pytest.mark.parametrize("language", [DUTCH, ENGLISH], ids=lambda one: one.code)
HERE = Group(region="JZ28")
HIDDEN = [
    *(Suppressed(one) for one in SuppressedReason if one is not SuppressedReason.NOISE_RANGE),
    *map(Missing, (MissingReason.NOT_DELIVERED, MissingReason.NO_CASES, MissingReason.NOT_REACHED)),
]


def figures(code, figure, statistic=Statistic.SHARE, group=HERE, median=None) -> LearnedFigures:
    def cell(one, said):
        return Cell(SHARED, code, one, group.region, group.institution, ALL, "2024", said)

    return LearnedFigures(code, group, "2024", cell(statistic, figure), median and cell(Statistic.MEDIAN, median))


# --- sentences ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "help_that_works",
            "In Centraal Gelderland eindigde bij naar schatting 61% van de gezinnen de hulp volgens plan, zonder "
            "nieuwe hulp in de twaalf maanden daarna (circa 412 gezinnen, hulp geëindigd in 2024; "
            "95%-interval 55–66%).",
        ),
        (
            "time_to_help",
            "In Centraal Gelderland startte na naar schatting 61% van de eerste aanvragen binnen 28 dagen hulp die "
            "bleef (circa 412 eerste aanvragen, 2024; 95%-interval 55–66%). De helft was zo ver binnen 56 dagen.",
        ),
        (
            "time_on_help",
            "In Centraal Gelderland ging naar schatting 61% van de uren naar hulp (412 teamweken, 2024; "
            "95%-interval 55–66%).",
        ),
    ],
)
def test_a_measure_in_words(code, said):
    median = Published(56.0) if code == "time_to_help" else None
    assert measure_sentence(figures(code, Published(61, 55, 66, 412), median=median), DUTCH) == said


@BOTH
@pytest.mark.parametrize("code", SENTENCES)
def test_a_measure_says_its_numbers_and_no_others_and_neither_cause_nor_rank(language, code):
    for figure in (Published(61, 55, 66, 412), Published(2, 0, 9, 40, Bound.AT_MOST), *HIDDEN):
        said = measure_sentence(figures(code, figure), language)
        assert not FORBIDDEN.search(said)
        assert "{" not in said
        if isinstance(figure, Published):
            within = load_catalogue().learning[code].within
            known = {figure.value, figure.lower, figure.upper, figure.n, 2024, 95, within}
            assert set(numbers_in(said, language.code)) <= {float(one) for one in known if one is not None}
            assert f"{figure.value}%" in said


def test_a_bound_is_no_estimate():
    said = measure_sentence(figures("time_to_help", Published(2, 0, 9, 40, Bound.AT_MOST)), DUTCH)
    assert "minder dan 2% van de eerste aanvragen" in said
    assert "naar schatting" not in said


@BOTH
def test_every_sentence_of_every_group_is_whole(read_as, language):
    for role, group in [("board", TOGETHER), *(("board", Group(region=one)) for one in region_names())]:
        reader = read_as(role)
        for _, said in learning_in_short(learning_model(reader, group), room_model(reader, group), language):
            assert said.endswith(".")
            assert not FORBIDDEN.search(said)
            assert "{" not in said


def test_what_is_left_out_is_said_and_what_is_hidden_is_not(read_as):
    model = learning_model(read_as("board"), HERE)
    for figure, begins in ((Published(84.0), "Bij circa 84 andere gezinnen"), (HIDDEN[0], "")):
        left_out = figures("help_left_out", figure, Statistic.COUNT)
        said = left_out_sentence(replace(model, left_out=left_out), DUTCH)
        assert said.startswith(begins)
        assert bool(said) is bool(begins)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([0.0, 0.0], "Van 0 van de 2 partijen"),
        ([2.0, 0.0, None], "Van 1 van de 2 partijen"),
        ([None], "Geen partij heeft opgegeven"),
    ],
)
def test_the_burden_counts_the_parties_that_reported(fields, said):
    rows = [
        (
            figures(
                "new_fields", Missing(MissingReason.NOT_DELIVERED) if one is None else Published(one), Statistic.RATIO
            ),
        )
        for one in fields
    ]
    assert burden_sentence(rows, DUTCH).startswith(said)


@pytest.mark.parametrize(
    ("code", "statistic", "figure", "text"),
    [
        ("spend_per_family", Statistic.RATIO, Published(4100.0), "€ 4.100"),
        ("largest_provider", Statistic.RATIO, Published(31.0), "31%"),
        ("survey_minutes", Statistic.RATIO, Published(1035.0), "1.035"),
        ("new_fields", Statistic.RATIO, Published(0.0), "0"),
        ("route_1", Statistic.COUNT, Published(37.0), "37"),
        ("joy_variety", Statistic.SHARE, Published(75, 70, 80, 40), "75%"),
        ("largest_provider", Statistic.RATIO, Suppressed(SuppressedReason.FEW_CASES), "te weinig"),
        ("providers", Statistic.RATIO, Missing(MissingReason.NOT_DELIVERED), "niet aangeleverd"),
    ],
)
def test_a_figure_is_written_in_its_own_unit(code, statistic, figure, text):
    assert learned_entry(figures(code, figure, statistic), DUTCH).text == text


def states(reader, language):
    """Every sentence of every model there is, with each figure of it shown, hidden, missing or not reported at all."""
    learning, room = learning_model(reader, HERE), room_model(reader, HERE)
    bounds = (Published(2, 0, 9, 40, Bound.AT_MOST), Published(97, 90, 100, 40, Bound.AT_LEAST))
    for figure in (Published(61, 55, 66, 412), Published(61, n=412), *bounds, *HIDDEN):
        for code, median in product(SENTENCES, (None, Published(56.0), HIDDEN[0])):
            yield measure_sentence(figures(code, figure, median=median), language)
            yield measure_sentence(with_audience(figures(code, figure, median=median), "WSS"), language)

        def changed(one, said=figure):
            return one and replace(one, cell=replace(one.cell, figure=said))

        def lines(of, change=changed):
            return tuple(tuple(change(one) for one in line) for line in of)

        one_shown = (learning.questions[0], *lines(learning.questions[1:]))
        for questions in ((), lines(learning.questions), one_shown, learning.questions):
            for response in (None, changed(learning.response), learning.response):
                yield joy_sentence(replace(learning, questions=questions, response=response), language)
        yield left_out_sentence(replace(learning, left_out=changed(learning.left_out)), language)
        for burden in ((), lines(learning.burden), learning.burden):
            yield burden_sentence(burden, language)
        part = replace(room, routes=lines(room.routes))
        nothing = replace(room, routes=(), reused=(), hours=())
        for one in (room, part, replace(part, reused=lines([room.reused])[0]), nothing):
            yield routes_sentence(one, language)
        for hours in ((), *lines([room.hours]), room.hours):
            yield hours_sentence(replace(room, hours=hours), language)
    yield from (share_words(figures("time_on_help", one).cell, language) for one in bounds)
    yield from (indicator_name(code, language) for code in load_catalogue().learning)
    yield from (sentence for pair in learning_in_short(learning, room, language) for sentence in pair)
    yield language.gettext(PURPOSE)


def with_audience(one: LearnedFigures, audience: str) -> LearnedFigures:
    return replace(one, cell=replace(one.cell, audience=audience))


@pytest.mark.parametrize("code", [DUTCH.code, ENGLISH.code])
def test_every_template_is_spoken_and_none_says_what_it_may_not(read_as, code):
    language = Listening(code)
    said = set(states(read_as("board"), language))
    written = {
        message
        for _, message, _, _ in extract_from_file("python", learning_words.__file__, {"gettext": None, "N_": None})
    }
    assert len(written) > 25
    assert written - language.heard == set()
    assert {words for words in said if FORBIDDEN.search(words)} == set()
    assert {words for words in said if "{" in words} == set()


# --- models -------------------------------------------------------------------------------------------------------


def test_each_measure_stands_by_region_and_of_the_seven_together(read_as):
    model = learning_model(read_as("board"), HERE)
    assert [rows[0].code for rows in model.regions] == list(BY_REGION)
    for rows in model.regions:
        assert [one.group.region for one in rows] == [*region_names(), ALL]
        assert {one.period for one in rows} == {"2024" if rows[0].code != "time_on_help" else "2025"}
    assert [one.code for one in model.shown] == [*BY_REGION, *QUESTIONS]
    assert {one.group for one in model.shown} == {HERE}
    assert len(model.burden) == 15


def test_own_figures_are_of_what_an_institution_reports_and_are_its_own_alone(read_as):
    own = Group(institution="WSS")
    model = learning_model(read_as("institution-WSS"), own)
    assert model.is_own
    shown = {one.code: (one.group, one.cell.audience) for one in model.shown}
    assert shown["time_on_help"] == shown["joy_support"] == (own, "WSS")
    assert shown["help_that_works"] == (TOGETHER, SHARED)
    for role in ("board", "institution-JVV"):
        other = learning_model(read_as(role), own)
        assert not other.is_own
        assert {one.cell.audience for one in other.shown} == {SHARED}


def test_nobody_sees_a_measure_by_institution(read_as):
    reader = read_as("board")
    for code in load_catalogue().learned("measures"):
        groups = {group for _, group, _ in reader.indicator(code).by_key}
        assert {group.institution for group in groups} == {ALL}


# --- charts -------------------------------------------------------------------------------------------------------


@BOTH
def test_every_chart_says_in_words_and_in_its_table_what_it_draws(read_as, language):
    reader = read_as("board")
    for group in (TOGETHER, HERE):
        learning, room = learning_model(reader, group), room_model(reader, group)
        charts = [
            *(measure_by_region(rows, group, language) for rows in learning.regions),
            joy_over_years(learning, language),
            routes_over_time(room, language),
            acceptance_over_time(room, language),
            hours_by_term(room, language),
        ]
        for chart in charts:
            top, bottom = chart.figure["layout"]["yaxis"].get("range", (0, 1))
            across = top > bottom  # rows, one below the other
            drawn = {value for trace in chart.figure["data"] for value in trace["xy"[not across]] if value is not None}
            written = {entry.figure.value for entry in chart.table.entries if entry.figure}
            assert drawn
            assert drawn <= written | {0.0}
            assert len(chart.alt) > 60
            assert "{" not in chart.alt
            assert chart.table.rows


def test_the_chosen_region_is_told_apart_by_its_mark_and_is_not_drawn_twice(read_as):
    (rows, *_) = learning_model(read_as("board"), HERE).regions
    data = measure_by_region(rows, HERE, DUTCH).figure["data"]
    assert [trace["name"] for trace in data] == ["regio's", "De zeven regio's samen", "Centraal Gelderland"]
    assert len({trace["marker"]["symbol"] for trace in data}) == 3
    assert sorted(place for trace in data for place in trace["y"]) == list(range(8))
    together = measure_by_region(rows, TOGETHER, DUTCH).figure["data"]
    assert [trace["name"] for trace in together] == ["regio's", "De zeven regio's samen"]


def test_what_is_hidden_is_drawn_nowhere_and_said_in_words(read_as):
    (rows, *_) = learning_model(read_as("board"), HERE).regions
    hidden = [replace(one, cell=replace(one.cell, figure=HIDDEN[1])) for one in rows]
    chart = measure_by_region(hidden, HERE, DUTCH)
    assert chart.figure["data"] == []
    assert chart.alt.count("te weinig") == 8
    model = room_model(read_as("board"), HERE)
    nothing = tuple(replace(one, cell=replace(one.cell, figure=HIDDEN[1])) for one in model.hours)
    assert hours_by_term(replace(model, hours=nothing), DUTCH).figure["data"] == []


def test_the_hours_lie_beside_an_even_course(read_as):
    model = room_model(read_as("board"), HERE)
    evenly, used = hours_by_term(model, DUTCH).figure["data"]
    assert (evenly["x"], evenly["y"]) == ([0.0, *map(float, TERMS)], [0.0, *map(float, TERMS)])
    assert used["y"] == [one.cell.figure.value for one in model.hours]


def test_the_tables_name_every_party_region_and_reason(read_as):
    reader = read_as("board")
    learning, room = learning_model(reader, HERE), room_model(reader, HERE)
    assert len(burden_table(learning.burden, DUTCH).rows) == 15
    assert [row[0].text for row in providers_table(room.providers, DUTCH).rows] == list(region_names().values())
    returned = returned_table(room, DUTCH)
    assert returned.head == ("Reden", "Centraal Gelderland", "De zeven regio's samen")
    assert len(returned.rows) == 5


# --- the purpose --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", load_catalogue().learned("measures"))
def test_a_measure_says_that_it_is_to_learn_from(code):
    assert load_catalogue().learning[code].purpose == "learn"
    lines = dict(count_definition(code, DUTCH).lines)
    assert lines["Doel"].startswith("leren, niet afrekenen")


@BOTH
@pytest.mark.parametrize(("routes", "joy"), list(product((True, False), repeat=2)))
def test_where_nothing_was_reported_that_is_said(read_as, language, routes, joy):
    reader = read_as("board")
    learning, room = learning_model(reader, HERE), room_model(reader, HERE)
    learning = learning if joy else replace(learning, questions=(), response=None)
    room = room if routes else replace(room, routes=(), reused=(), hours=())
    for said, there in (
        (joy_sentence(learning, language), joy),
        (routes_sentence(room, language), routes),
        (hours_sentence(room, language), routes),
    ):
        assert bool(re.search(r"\d", said)) is there
