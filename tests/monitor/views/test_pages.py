"""Every page in every kind of role, by the main script, without a browser."""

import shutil
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, literal, select
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from monitor.access.permissions import Page
from monitor.release.changes import Change, What
from monitor.shell import SCRIPT
from monitor.store.engine import URL_SETTING
from monitor.store.published import cells, releases

NOW = datetime(2026, 12, 12, tzinfo=UTC)

ROLES = ["board", "quartermaster-JZ28", "institution-WSS", "steward"]
TITLES = {
    Page.OVERVIEW: "Hoe snel komt hulp op gang?",
    Page.REGION: "Noord-Veluwe",
    Page.INSTITUTION: "Jeugdbescherming Gelderland",
    Page.LEAD_TIMES: "Vaste medewerker: hoe lang duurt het?",
    Page.CONTRACT_RESULTS: "Contractresultaten",
    Page.FLOW: "In- en uitstroom",
    Page.DATA_QUALITY: "Hoe volledig is de registratie?",
    Page.ACCOUNTABILITY: "Privacy en verantwoording",
    Page.AGENDA: "Verbeteragenda",
    Page.NOTES: "Duiding bij de cijfers",
    Page.LINKING: "Van melding tot hulp, zonder register van kinderen",
    Page.PLACES: "Open plekken",
    Page.CONTACTS: "Wie te bellen",
    Page.LEARNING: "Om van te leren",
    Page.ROOM: "Routes en ruimte",
}
WITH_FIGURES = list(TITLES)  # the page Aanleveren has none: test_deliver
WITHOUT_RELEASE = {
    Page.AGENDA,
    Page.NOTES,
    Page.CONTACTS,
}  # where they name one, it is beside figures
OWN = {
    ("quartermaster-JZ28", Page.REGION): "Centraal Gelderland",
    ("institution-WSS", Page.INSTITUTION): "William Schrikker Stichting",
}


@pytest.fixture
def open_page(cells_url, monkeypatch):
    monkeypatch.setenv(URL_SETTING, cells_url)

    def run(page: Page, **query: str) -> AppTest:
        app = AppTest.from_file(str(SCRIPT), default_timeout=30)
        app.query_params.update(query)
        app._page_hash = calc_hash(page)  # AppTest.switch_page knows pages that are files only
        return app.run()

    return run


@pytest.fixture
def two_releases(cells_url, monkeypatch, tmp_path):
    """The same store with an earlier release, a newer one that is an erratum, and one that nobody confirmed."""
    file = tmp_path / "store.db"
    shutil.copy(cells_url.removeprefix("sqlite:///"), file)
    url = f"sqlite:///{file}"
    engine = create_engine(url)
    change = Change(what=What.CORRECTED, indicator="plan", period="2025Q4", groups=3)
    of_all = {"agreement_version": "1", "made_at": NOW, "deliveries": {"WSS": "2026-09-30"}}
    erratum = {
        "code": "2026Q3-erratum-1",
        "kind": "erratum",
        "reason": "WSS leverde dubbele zaken.",
        "changes": [change.model_dump(mode="json")],
        "confirmed_at": NOW,
    }
    with engine.begin() as connection:
        for release in (
            {"code": "2026Q2-final", "label": "2026Q2", "kind": "final", "confirmed_at": NOW},
            {"label": "2026Q3"} | erratum,
            {"code": "2026Q3-final", "label": "2026Q3", "kind": "final"},
        ):
            connection.execute(releases.insert().values(of_all | release))
        copied = [column.name for column in cells.columns if column.name != "release_id"]
        of_first = select(literal(3), *(cells.c[name] for name in copied)).where(cells.c.release_id == 1)
        connection.execute(cells.insert().from_select(["release_id", *copied], of_first))
    engine.dispose()
    return url


def words(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", WITH_FIGURES)
def test_a_page_opens_on_what_is_the_roles_own(open_page, page, role):
    app = open_page(page, role=role)
    assert not app.exception
    assert app.title[0].value == OWN.get((role, page), TITLES[page])


@pytest.mark.parametrize("page", Page)
@pytest.mark.parametrize("query", [{}, {"role": "janitor"}, {"role": "institution-XXX"}])
def test_without_a_role_a_page_shows_the_roles_and_no_figure(open_page, page, query):
    app = open_page(page, **query)
    assert not app.exception
    assert app.title[0].value == "Wie bent u?"
    assert 'class="vm-published"' not in words(app)
    assert not app.get("plotly_chart")


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_a_page_in_english(open_page, page):
    app = open_page(page, role="board", lang="en")
    assert not app.exception
    assert ("Release 3rd quarter 2026" in words(app)) is (page not in WITHOUT_RELEASE)


def test_own_figures_are_marked_on_every_part(open_page):
    assert words(open_page(Page.INSTITUTION, role="institution-WSS")).count("Eigen cijfers, niet delen.") == 6
    assert "niet delen" not in words(open_page(Page.INSTITUTION, role="board", institution="WSS"))
    assert "niet delen" not in words(open_page(Page.INSTITUTION, role="institution-LDH", institution="WSS"))


def test_a_choice_is_taken_from_the_link(open_page):
    app = open_page(Page.REGION, role="board", region="JZ32")
    assert app.title[0].value == "Rijk van Nijmegen"


def test_a_choice_that_does_not_exist_falls_back(open_page):
    app = open_page(Page.REGION, role="board", region="JZ99", year="1999", by="month")
    assert not app.exception
    assert app.title[0].value == "Noord-Veluwe"


def test_a_choice_is_kept_in_the_address(open_page):
    app = open_page(Page.REGION, role="board")
    app.selectbox(key="region").select("JZ30").run()
    assert app.title[0].value == "Rivierenland"
    assert app.query_params["region"] in ("JZ30", ["JZ30"])


@pytest.mark.parametrize("split", ["region", "institution", "measure_group"])
@pytest.mark.parametrize("step", ["plan", "vt_start", "council_report"])
def test_lead_times_of_any_step_and_split(open_page, step, split):
    app = open_page(Page.LEAD_TIMES, role="board", step=step, split=split)
    assert not app.exception
    without_a_curve = (step, split) == ("plan", "measure_group")  # its newest quarter has none: a text says why
    assert len(app.get("plotly_chart")) == (not without_a_curve)
    assert ("geen curve" in words(app)) is without_a_curve


def test_without_a_release_the_page_says_what_to_do(open_page, monkeypatch, tmp_path):
    from monitor.store.schema import metadata

    url = f"sqlite:///{tmp_path / 'empty.db'}"
    metadata.create_all(create_engine(url))
    monkeypatch.setenv(URL_SETTING, url)
    app = open_page(Page.OVERVIEW, role="board")
    assert not app.exception
    assert "Er is nog geen uitgave" in words(app)


def test_one_release_needs_no_choice(open_page):
    assert "release" not in {box.key for box in open_page(Page.OVERVIEW, role="board").selectbox}


def test_the_newest_confirmed_release_opens_with_what_it_corrects(open_page, two_releases, monkeypatch):
    monkeypatch.setenv(URL_SETTING, two_releases)
    app = open_page(Page.OVERVIEW, role="board")
    assert not app.exception
    choice = app.selectbox(key="release")
    assert choice.options == [
        "3e kwartaal 2026, rectificatie 1",
        "3e kwartaal 2026, voorlopig",
        "2e kwartaal 2026, definitief",
    ]
    assert choice.value == "2026Q3-erratum-1"
    assert "eerdere uitgave" not in words(app)
    assert "Deze uitgave rectificeert de vorige. WSS leverde dubbele zaken." in words(app)


def test_an_earlier_release_is_opened_by_its_link_and_says_so(open_page, two_releases, monkeypatch):
    monkeypatch.setenv(URL_SETTING, two_releases)
    app = open_page(Page.OVERVIEW, role="board", release="2026Q3-provisional")
    assert not app.exception
    assert "Uitgave 3e kwartaal 2026, voorlopig, gemaakt op" in words(app)
    assert "U kijkt naar een eerdere uitgave" in words(app)
    app.selectbox(key="release").select("2026Q3-erratum-1").run()
    assert "eerdere uitgave" not in words(app)
    assert app.query_params["release"] in ("2026Q3-erratum-1", ["2026Q3-erratum-1"])


@pytest.mark.parametrize("asked", ["2026Q3-final", "2025Q1-final"])
def test_a_release_that_is_not_confirmed_or_does_not_exist_does_not_open(open_page, two_releases, monkeypatch, asked):
    monkeypatch.setenv(URL_SETTING, two_releases)
    app = open_page(Page.OVERVIEW, role="board", release=asked)
    assert "Uitgave 3e kwartaal 2026, rectificatie 1, gemaakt op" in words(app)


def test_what_changed_is_told(open_page, two_releases, monkeypatch):
    monkeypatch.setenv(URL_SETTING, two_releases)
    told = words(open_page(Page.ACCOUNTABILITY, role="board"))
    assert "<strong>Gerectificeerd.</strong> Plan, 4e kwartaal 2025" in told
    first = words(open_page(Page.ACCOUNTABILITY, role="board", release="2026Q3-provisional"))
    assert "Er is geen uitgave vóór deze." in first
