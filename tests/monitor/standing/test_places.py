"""Open places: what was stated, how old that is, what a search finds, and what counts as free."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.catalogue.distance import distance_km
from monitor.catalogue.expected import load_expected
from monitor.charts.places import SHOWN, found_table, free_entry, free_table
from monitor.charts.table import to_html
from monitor.intake.load import Offered, Refused, take_in
from monitor.intake.sheets.read import read_sheet
from monitor.intake.sheets.rules import check
from monitor.locale import DUTCH, ENGLISH
from monitor.narrative.figures import Kind
from monitor.narrative.places import places_sentence, search_sentence, stated_words
from monitor.release.cell import ALL
from monitor.reports.screens import overview_report
from monitor.store.engine import open_engine
from monitor.views.overview import overview
from monitor.views.places import Free, Place, Search, open_places, search, summarise
from pseudonymise.agreement import municipalities, region_names
from tests.monitor.deliveries import make_parties
from tests.monitor.intake.workbooks import STATED, VALID, filled

TODAY = date(2026, 11, 28)
FRESH = load_expected().templates["places"].due_days
CODES = {name: code for code, name in municipalities().items()}
ARNHEM, NIJMEGEN, EDE = CODES["Arnhem"], CODES["Nijmegen"], CODES["Ede"]


def place(provider="Zilverdraak", where=ARNHEM, care="foster_care", ages=ALL, free=2, days=0, region="JZ28") -> Place:
    return Place(region, provider, where, care, ages, 9, free, TODAY - timedelta(days), days, days > FRESH)


ANY = {"care": ALL, "ages": ALL, "near": ALL, "within_km": None}
MANY = st.lists(
    st.builds(
        place,
        where=st.sampled_from(list(municipalities())),
        care=st.sampled_from(list(load_expected().options("care"))),
        ages=st.sampled_from(list(load_expected().options("ages"))),
        free=st.integers(0, 3),
        days=st.integers(0, 200),
        region=st.sampled_from(list(region_names())),
    ),
    max_size=20,
)


# --- the search -----------------------------------------------------------------------------------------------


@given(
    MANY,
    st.sampled_from([ALL, *load_expected().options("care")]),
    st.sampled_from([ALL, "0-5", "16-17"]),
    st.sampled_from([ALL, ARNHEM, EDE]),
    st.sampled_from([None, 10, 30]),
)
def test_a_search_finds_what_fits_and_only_that_the_nearest_first(places, care, ages, near, within):
    result = search(places, care=care, ages=ages, near=near, within_km=within)

    def fits(one):
        return (
            care in (ALL, one.care)
            and (ages == ALL or one.ages in (ALL, ages))
            and (near == ALL or within is None or distance_km(near, one.municipality) <= within)
        )

    fitting = [one for one in places if fits(one)]
    found = [str(one.place) for one in result.found]
    assert sorted(found) == sorted(str(one) for one in fitting if one.free)
    assert result.full == sum(not one.free for one in fitting)
    distances = [one.km or 0 for one in result.found]
    assert distances == sorted(distances)


def test_what_is_for_all_ages_fits_any_age_and_another_age_does_not():
    places = [place("A", ages=ALL), place("B", ages="0-5"), place("C", ages="6-11")]
    found = search(places, **ANY | {"ages": "0-5"}).found
    assert [one.place.provider for one in found] == ["A", "B"]


def test_at_the_same_distance_the_fresh_come_first_and_then_who_has_most():
    places = [place("A", days=90, free=9), place("B", free=1), place("C", free=3), place("D", where=NIJMEGEN, free=9)]
    found = search(places, **ANY | {"near": ARNHEM}).found
    assert [one.place.provider for one in found] == ["C", "B", "A", "D"]
    assert [one.km for one in found[:3]] == [0, 0, 0]


def test_what_was_found_is_said_and_what_is_too_old_apart():
    places = [place(free=2), place(free=1), place(free=5, days=31), place(free=0)]
    result = search(places, **ANY | {"near": ARNHEM, "within_km": 10})
    assert search_sentence(result, ARNHEM, 10, DUTCH) == (
        "Er zijn 3 plekken vrij binnen 10 km van Arnhem. Eén opgave van vrije plekken is te oud om mee te tellen: "
        "vraag na bij de aanbieder. Eén andere passende opgave zegt dat er niets vrij is."
    )
    assert search_sentence(Search((), 0), ALL, None, ENGLISH) == "0 places are free."


# --- how old a statement is -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "words", "kind"),
    [
        (0, "van vandaag", Kind.TEXT),
        (1, "1 dag oud", Kind.TEXT),
        (30, "30 dagen oud", Kind.TEXT),
        (31, "opgave van 31 dagen oud: vraag na", Kind.STALE),
        (120, "opgave van 120 dagen oud: vraag na", Kind.STALE),
    ],
)
def test_what_is_stale_fades_in_words_too(days, words, kind):
    one = place(days=days)
    assert stated_words(one, DUTCH) == words
    table = found_table(search([one], **ANY), DUTCH, by_distance=False)
    *_, free, stated = table.rows[0]
    assert (stated.kind, stated.details) == (kind, (words,))
    assert (free.kind, free.details) == ((Kind.STALE, ("telt niet mee",)) if days > 30 else (Kind.PUBLISHED, ()))


def test_a_long_result_is_cut_and_says_so():
    table = found_table(search([place() for _ in range(SHOWN + 1)], **ANY), DUTCH, by_distance=False)
    assert len(table.rows) == SHOWN
    assert table.notes[0] == "De eerste 50 staan hier. Zoek preciezer om andere te zien."


# --- what is free by region -----------------------------------------------------------------------------------


def test_what_is_stale_does_not_count_as_free():
    places = [place(free=2), place(free=1, days=30), place(free=5, days=31), place(free=4, region="JZ12", days=200)]
    summary = summarise(places, TODAY)
    assert summary.by == {("JZ28", "foster_care"): Free(3, 18, 2, 1), ("JZ12", "foster_care"): Free(0, 0, 0, 1)}
    assert places_sentence(summary, DUTCH) == (
        "Op 28 november 2026 zijn volgens de aanbieders 3 van 18 plekken vrij. Dit is geen deel van de uitgave. "
        "Opgaven die te oud zijn om mee te tellen: 2."
    )
    assert summary.of("JZ12").by == {("JZ12", "foster_care"): Free(0, 0, 0, 1)}


@given(MANY)
def test_a_summary_adds_up_to_the_statements(places):
    summary = summarise(places, TODAY)
    assert sum(one.free for one in summary.by.values()) == sum(one.free for one in places if not one.is_stale)
    assert sum(one.fresh + one.stale for one in summary.by.values()) == len(places)


@pytest.mark.parametrize(
    ("free", "stated", "text", "kind"),
    [
        (Free(2, 9, 1, 0), True, "2", Kind.PUBLISHED),
        (Free(0, 9, 1, 1), True, "0", Kind.ZERO),
        (Free(0, 0, 0, 2), True, "vraag na", Kind.STALE),
        (None, True, "geen aanbieder opgegeven", Kind.ABSENT),
        (None, False, "geen opgave", Kind.ABSENT),
    ],
)
def test_nothing_free_nothing_stated_and_stated_too_long_ago_are_different(free, stated, text, kind):
    entry = free_entry(free, DUTCH, stated=stated)
    assert (entry.text, entry.kind) == (text, kind)


def test_every_region_has_a_row_whether_it_stated_anything_or_not():
    table = free_table(summarise([place()], TODAY), list(region_names()), DUTCH)
    assert [row[0].text for row in table.rows] == list(region_names().values())
    assert {entry.text for entry in table.rows[0][1:]} == {"geen opgave"}


def test_a_name_with_a_sign_of_html_stays_a_name():
    table = found_table(search([place("<b>Huis</b>")], **ANY), DUTCH, by_distance=False)
    assert "<b>Huis" not in to_html(table, DUTCH)


# --- from the file to the store -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def parties(tmp_path_factory):
    return make_parties(tmp_path_factory.mktemp("keys"))


def send(engine, parties, rows=None):
    (receipt,) = take_in(engine, [Offered("plekken.xlsx", filled("places", rows))], parties.steward)
    return receipt


def test_places_are_read_as_they_were_stated_and_the_newest_file_is_all_there_is(engine, parties):
    send(engine, parties)
    first, second = open_places(engine, STATED)
    expected = Place("JZ32", "Jeugdhulp aan huis", NIJMEGEN, "foster_care", "all", 40, 2, STATED, 0, False)
    assert first == expected
    assert (second.provider, second.care, second.ages, second.free) == ("Zilverdraak", "secure", "16-17", 0)
    send(engine, parties, VALID["places"][2][1:])
    assert open_places(engine, STATED) == (second,)
    (later,) = open_places(engine, STATED + timedelta(days=FRESH + 1))
    assert later == replace(second, age_days=FRESH + 1, is_stale=True)


def test_a_refused_file_changes_nothing_and_quotes_nothing(engine, parties):
    send(engine, parties)
    before = open_places(engine, STATED)
    with pytest.raises(Refused) as caught:
        send(engine, parties, [("Rijk van Nijmegen", "Gezinshuis van der Meer", *VALID["places"][2][0][2:])])
    assert open_places(engine, STATED) == before
    assert "rij 6, kolom 'Aanbieder'" in str(caught.value)
    assert "Meer" not in str(caught.value)


def test_an_old_statement_is_taken_with_a_warning():
    rows = [(*VALID["places"][2][0][:7], STATED - timedelta(days=days)) for days in (FRESH, FRESH + 1)]
    rows[1] = ("Rijk van Nijmegen", "Maasoever Jeugdzorg", *rows[1][2:])
    sheet = read_sheet(filled("places", rows), STATED)
    assert sheet.as_of == STATED - timedelta(days=FRESH + 1)
    (found,) = check(sheet, STATED, lambda _: ())
    assert (found.rule.code, found.rows) == ("stated_before_renewal", (7,))


def test_a_name_that_the_steward_looked_at_is_not_asked_of_the_guard():
    asked = []
    check(read_sheet(filled("places"), STATED), STATED, lambda words: asked.append(words) or ())
    assert asked == ["Jeugdhulp aan huis"]  # Zilverdraak stands in providers.toml


def test_a_store_of_before_has_no_places(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    assert open_places(engine, TODAY) == ()
    engine.dispose()


# --- in the board pack ----------------------------------------------------------------------------------------


def test_the_board_pack_has_the_sum_by_region_and_no_provider(read_as):
    reader = read_as("board")
    model = overview(reader, TODAY)
    with_places = replace(model, places=summarise([place("Zilverdraak", free=2)], TODAY))
    titles = [part.title for part in overview_report(with_places, reader.release, DUTCH).parts]
    assert "Open plekken" in titles
    assert "Open plekken" not in [part.title for part in overview_report(model, reader.release, DUTCH).parts]
    (part,) = (one for one in overview_report(with_places, reader.release, DUTCH).parts if one.title == "Open plekken")
    assert part.table.rows[4][2].text == "2"  # Centraal Gelderland, foster care
    assert "Zilverdraak" not in to_html(part.table, DUTCH)
