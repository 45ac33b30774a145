"""The agenda in a real browser: an action entered, on the chart, moved and closed; two writers; a person stopped."""

import re

import pytest
from playwright.sync_api import expect

from monitor.agenda.book import enter
from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from tests.e2e.conftest import serving
from tests.e2e.test_deliver import is_accessible
from tests.e2e.test_screens import fits_every_window
from tests.monitor.agenda.test_book import ACTION, HERS, NOW, nothing
from tests.monitor.cells_fixture import fill

TITLE, AIM = "Vaste medewerker sneller aanwijzen", "De teams verdelen elke ochtend samen de instroom."
WAIT = 60_000  # the first text waits for the names of the text guard


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Figures and an empty agenda."""
    file = tmp_path_factory.mktemp("agenda") / "store.db"
    engine = open_engine(f"sqlite:///{file}")
    upgrade(engine)
    fill(file)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def meeting(store, tmp_path_factory):
    with serving(str(store.url), tmp_path_factory.mktemp("server")) as address:
        yield address


def unfold(one, what) -> None:
    """Opens a form, and waits until it is open to its end."""
    form = one.page.locator("details", has_text=what)
    form.locator("summary").click()
    form.evaluate("form => Promise.allSettled(form.getAnimations({subtree: true}).map(one => one.finished))")


def open_form(visit, meeting, action=None):
    one = visit(f"{meeting}/verbeteragenda?role=quartermaster-JZ28")
    unfold(one, "Schrijf in de agenda van Centraal Gelderland")
    if action:
        pick(one, "Welke actie", action)
        one.page.locator(f"input[aria-label='Titel'][value='{TITLE}']").wait_for()
        expect(one.page.get_by_label("Titel")).to_have_count(1)  # while the page is drawn anew the form stands twice
        one.settled()
    return one


# Scrolled to before it is clicked, and drawn there: an open list closes as the page scrolls.
IN_THE_MIDDLE = """box => new Promise(done => {
    box.scrollIntoView({block: "center"});
    requestAnimationFrame(() => requestAnimationFrame(done));
})"""


def pick(one, label, option) -> None:
    box = one.page.get_by_label(label)
    box.evaluate(IN_THE_MIDDLE)
    box.click()
    one.page.get_by_role("option", name=option).click()
    one.settled()


def put_date(one, label, day) -> None:
    one.page.get_by_role("spinbutton", name=f"day, {label}", exact=True).click()
    one.page.keyboard.type(day)  # it goes on to month and year by itself


def save(one, answer) -> None:
    one.page.get_by_role("button", name="Opslaan").click()
    one.page.get_by_text(answer).wait_for(timeout=WAIT)
    one.settled()


def test_an_action_is_entered_seen_on_the_chart_moved_and_closed(meeting, visit, tmp_path):
    one = open_form(visit, meeting)
    one.page.get_by_label("Titel").fill(TITLE)
    one.page.get_by_label("Wat er gaat gebeuren").fill(AIM)
    pick(one, "Status", "loopt")
    put_date(one, "Start", "01042024")
    one.page.get_by_label("Mijlpaal 1", exact=True).fill("Eerste evaluatie met de teams")
    put_date(one, "Uiterlijk, mijlpaal 1", "01102024")
    save(one, "Actie 1 is opgeslagen, herziening 1.")
    assert is_accessible(one.page)
    assert "te laat: Eerste evaluatie met de teams" in one.page.inner_text("body")
    assert fits_every_window(one, tmp_path / "entered")
    assert one.is_clean()

    region = visit(f"{meeting}/regio?role=board&region=JZ28")
    expect(region.page.locator("svg .annotation-text", has_text="actie")).to_have_text(["actie 1"])
    chart = region.page.locator("[aria-label*='Een lijn markeert actie 1'], [alt*='Een lijn markeert actie 1']")
    assert chart.count() >= 1
    said = region.page.inner_text("body")
    assert f"Actie 1: {TITLE}. Loopt, start 1 april 2024." in said
    assert "aantoonbaar" in said or "geen aanwijzing voor verandering" in said
    assert fits_every_window(region, tmp_path / "region")
    assert region.is_clean()

    one = open_form(visit, meeting, action="1. Vaste")
    put_date(one, "Start", "01072024")
    save(one, "Actie 1 is opgeslagen, herziening 2.")
    one = open_form(visit, meeting, action="1. Vaste")
    pick(one, "Status", "klaar")
    one.page.get_by_label("Wat er nieuw is").fill("De werkwijze blijft.")
    save(one, "Actie 1 is opgeslagen, herziening 3.")
    one.page.locator("summary", has_text=f"1. {TITLE}").click()
    kept = one.page.get_by_role("region", name="Alles wat over actie 1 is geschreven").inner_text()
    assert [kept.index(words) for words in ("klaar", "start 1 juli 2024", "start 1 april 2024")] == sorted(
        kept.index(words) for words in ("klaar", "start 1 juli 2024", "start 1 april 2024")
    )
    assert "Niets is te laat." in one.page.inner_text("body")


def test_the_second_of_two_writers_is_told_and_keeps_the_text(store, meeting, visit):
    number = enter(store, HERS, ACTION, nothing, NOW).number
    first, second = (open_form(visit, meeting, action=f"{number}. Vaste") for _ in range(2))
    first.page.get_by_label("Wat er gaat gebeuren").fill("De instelling verdeelt de instroom.")
    save(first, f"Actie {number} is opgeslagen, herziening 2.")
    second.page.get_by_label("Wat er gaat gebeuren").fill("De regio verdeelt de instroom.")
    save(second, "Een ander heeft deze actie gewijzigd")
    expect(second.page.get_by_label("Wat er gaat gebeuren")).to_have_value("De regio verdeelt de instroom.")
    theirs = second.page.get_by_role("region", name=f"Alles wat over actie {number} is geschreven").first
    assert "De instelling verdeelt de instroom." in theirs.inner_text()
    assert is_accessible(second.page)
    save(second, f"Actie {number} is opgeslagen, herziening 3.")
    assert second.is_clean()


def test_a_person_is_stopped_and_marked(meeting, visit):
    one = open_form(visit, meeting)
    one.page.get_by_label("Titel").fill("Overleg over kIM de vRIES")
    one.page.get_by_label("Wat er gaat gebeuren").fill(AIM)
    save(one, "Hierin kan een persoon te herkennen zijn")
    assert one.page.locator("mark").all_inner_texts() == ["kIM de vRIES"]
    expect(one.page.get_by_label("Titel")).to_have_value("Overleg over kIM de vRIES")
    assert is_accessible(one.page)
    one.page.get_by_label("Titel").fill("De werkgroep Zilverdraak leest mee")
    save(one, "De werkgroep Zilverdraak")
    pick(one, "Deze woorden zijn geen persoon", "Zilverdraak")
    one.page.keyboard.press("Escape")  # a list of which one chooses several stays open
    save(one, "is opgeslagen, herziening 1.")
    assert one.is_clean()


def test_a_note_is_written_with_a_figure_answered_and_withdrawn(meeting, visit, tmp_path):
    def opened(role, what):
        one = visit(f"{meeting}/duiding?role={role}")
        unfold(one, what)
        return one

    hers = opened("quartermaster-JZ28", "Schrijf een duiding bij een eigen cijfer")
    hers.page.get_by_label("Uw duiding").fill("Ook de werkgroep Zilverdraak las mee.")
    save(hers, "Hierin kan een persoon te herkennen zijn")
    assert hers.page.locator("mark").all_inner_texts() == ["Zilverdraak"]
    assert is_accessible(hers.page)
    pick(hers, "Deze woorden zijn geen persoon", "Zilverdraak")
    hers.page.keyboard.press("Escape")  # a list of which one chooses several stays open
    save(hers, "Duiding 1 is opgeslagen.")

    reader = opened("institution-WSS", "Antwoord op een duiding")
    assert "Ook de werkgroep Zilverdraak las mee." in reader.page.inner_text("body")
    reader.page.get_by_label("Uw antwoord").fill("Dat herkennen wij.")
    save(reader, "Duiding 2 is opgeslagen.")
    assert is_accessible(reader.page)
    assert fits_every_window(reader, tmp_path / "notes")

    hers = opened("quartermaster-JZ28", "Trek een duiding of een antwoord in")
    hers.page.get_by_role("button", name="Intrekken").click()
    hers.page.get_by_text("Duiding 1 is ingetrokken.").wait_for()
    said = hers.page.inner_text("body")
    assert "Zilverdraak" not in said
    assert "er was een persoon in te herkennen" in said
    assert "Dat herkennen wij." in said
    assert all(one.is_clean() for one in (hers, reader))


@pytest.mark.parametrize(("role", "lang"), [("board", "nl"), ("institution-WSS", "en"), ("steward", "nl")])
def test_the_others_read_and_do_not_write(meeting, visit, tmp_path, role, lang):
    one = visit(f"{meeting}/verbeteragenda?role={role}&lang={lang}")
    assert one.page.inner_text("h1") == ("Verbeteragenda" if lang == "nl" else "Improvement agenda")
    assert one.page.get_by_role("button", name=re.compile("Opslaan|Save")).count() == 0
    assert is_accessible(one.page)
    assert fits_every_window(one, tmp_path / f"reader-{lang}")
    assert one.is_clean()
