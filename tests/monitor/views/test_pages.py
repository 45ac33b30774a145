"""Every page in every kind of role, by the main script, without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import monitor
from monitor.access.permissions import Page
from monitor.store.engine import URL_SETTING

SHELL = Path(monitor.__file__).with_name("shell.py")
ROLES = ["board", "quartermaster-JZ28", "institution-WSS"]
TITLES = {
    Page.OVERVIEW: "Hoe snel komt hulp op gang?",
    Page.REGION: "Noord-Veluwe",
    Page.INSTITUTION: "Jeugdbescherming Gelderland",
    Page.LEAD_TIMES: "Vaste medewerker: hoe lang duurt het?",
    Page.ACCOUNTABILITY: "Privacy en verantwoording",
}
OWN = {
    ("quartermaster-JZ28", Page.REGION): "Centraal Gelderland",
    ("institution-WSS", Page.INSTITUTION): "William Schrikker Stichting",
}


@pytest.fixture
def open_page(cells_url, monkeypatch):
    monkeypatch.setenv(URL_SETTING, cells_url)

    def run(page: Page, **query: str) -> AppTest:
        app = AppTest.from_file(str(SHELL), default_timeout=30)
        app.query_params.update(query)
        app._page_hash = calc_hash(page)  # AppTest.switch_page knows pages that are files only
        return app.run()

    return run


def words(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", Page)
def test_a_page_opens_on_what_is_the_roles_own(open_page, page, role):
    app = open_page(page, role=role)
    assert not app.exception
    assert app.title[0].value == OWN.get((role, page), TITLES[page])


@pytest.mark.parametrize("page", Page)
@pytest.mark.parametrize("query", [{}, {"role": "steward"}, {"role": "institution-XXX"}])
def test_without_a_role_a_page_shows_the_roles_and_no_figure(open_page, page, query):
    app = open_page(page, **query)
    assert not app.exception
    assert app.title[0].value == "Wie bent u?"
    assert 'class="vm-published"' not in words(app)
    assert not app.get("plotly_chart")


@pytest.mark.parametrize("page", Page)
def test_a_page_in_english(open_page, page):
    app = open_page(page, role="board", lang="en")
    assert not app.exception
    assert "Release 3rd quarter 2026" in words(app)


def test_own_figures_are_marked_on_every_part(open_page):
    assert words(open_page(Page.INSTITUTION, role="institution-WSS")).count("Eigen cijfers, niet delen.") == 3
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
    assert len(app.get("plotly_chart")) == 1


def test_without_a_release_the_page_says_what_to_do(open_page, monkeypatch, tmp_path):
    from sqlalchemy import create_engine

    from monitor.store.schema import metadata

    url = f"sqlite:///{tmp_path / 'empty.db'}"
    metadata.create_all(create_engine(url))
    monkeypatch.setenv(URL_SETTING, url)
    app = open_page(Page.OVERVIEW, role="board")
    assert not app.exception
    assert "Er is nog geen uitgave" in words(app)
