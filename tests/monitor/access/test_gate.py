"""One gate before every page: by sign-in and grant where that is set up, on invented data else, or shut."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from monitor import entrance
from monitor.access import grants
from monitor.access.permissions import Page
from monitor.access.roles import parse_role
from monitor.shell import SCRIPT
from monitor.store.deliveries import insert_delivery
from monitor.store.engine import URL_SETTING, open_engine, writing
from monitor.store.migrations import upgrade
from pseudonymise.errors import UserError
from tests.monitor.access.signing import SETTINGS, claims, write_settings
from tests.monitor.cells_fixture import cells_url
from tests.monitor.deliveries import make_delivery

__all__ = ["cells_url"]

WHY = "Werkt mee aan de kwartaalbespreking"
WHO = "ans@wss.example"
FIGURE = 'class="vm-published"'


@pytest.fixture
def store(cells_url, monkeypatch, tmp_path):
    """A store with a release in which nobody has a role yet, where people sign in."""
    file = tmp_path / "store.db"
    shutil.copy(cells_url.removeprefix("sqlite:///"), file)
    monkeypatch.setenv(URL_SETTING, f"sqlite:///{file}")
    monkeypatch.setenv("VERBETERMONITOR_SIGN_IN", str(write_settings(tmp_path)))
    engine = open_engine()
    yield engine
    engine.dispose()


def give(engine, role, who=WHO):
    now = datetime.now(UTC)
    return grants.give(engine, who, parse_role(role), WHY, now.date() + timedelta(days=30), "beheer@regio.example", now)


def open_page(page: Page, user: dict[str, object], **query: str) -> AppTest:
    app = AppTest.from_file(str(SCRIPT), default_timeout=30)
    app.user = user
    app.query_params.update(query)
    app._page_hash = calc_hash(page)
    return app.run()


def words(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def is_shut(app: AppTest, title: str) -> bool:
    assert not app.exception
    assert [one.value for one in app.title] == [title]
    assert FIGURE not in words(app)
    assert not app.get("plotly_chart")
    assert not app.selectbox
    return True


@pytest.mark.parametrize("page", Page)
def test_without_sign_in_every_page_is_shut(store, page):
    give(store, "institution-WSS")
    assert is_shut(open_page(page, {}, role="institution-WSS"), "Aanmelden")


@pytest.mark.parametrize("changed", [{"aud": "another-application"}, {"iat": 0}, {"email_verified": False}])
def test_what_is_no_sign_in_for_us_opens_nothing(store, changed):
    give(store, "institution-WSS")
    assert is_shut(open_page(Page.INSTITUTION, claims(**changed), role="institution-WSS"), "Aanmelden")


@pytest.mark.parametrize("page", Page)
def test_without_a_grant_one_reads_whom_to_ask(store, page):
    give(store, "institution-WSS", "bert@wss.example")
    app = open_page(page, claims(), role="institution-WSS")
    assert is_shut(app, "Nog geen toegang")
    assert f"Vraag {SETTINGS['contact']} om een rol" in words(app)
    assert "bert@wss.example" not in words(app)


def test_a_grant_opens_at_the_next_click_and_its_end_shuts(store):
    app = open_page(Page.INSTITUTION, claims())
    assert is_shut(app, "Nog geen toegang")
    given = give(store, "institution-WSS")
    app.run()
    assert app.title[0].value == "William Schrikker Stichting"
    assert "Eigen cijfers, niet delen." in words(app)
    grants.withdraw(store, given.number, "Werkt er niet meer sinds gisteren", "beheer", datetime.now(UTC))
    app.run()
    assert is_shut(app, "Nog geen toegang")


def test_a_grant_that_ran_out_opens_nothing(store):
    long_ago = datetime.now(UTC) - timedelta(days=40)
    grants.give(store, WHO, parse_role("board"), WHY, long_ago.date() + timedelta(days=30), "beheer", long_ago)
    assert is_shut(open_page(Page.OVERVIEW, claims()), "Nog geen toegang")


def test_one_looks_with_ones_own_roles_only(store):
    for role in ("institution-WSS", "quartermaster-JZ28"):
        give(store, role)
    app = open_page(Page.OVERVIEW, claims(), role="institution-LDH")
    (switch,) = [box for box in app.selectbox if box.key == "role"]
    assert switch.options == ["Analist, William Schrikker Stichting", "Kwartiermaker, Centraal Gelderland"]
    assert switch.value == "institution-WSS"
    switch.select("quartermaster-JZ28").run()
    assert app.query_params["role"] in ("quartermaster-JZ28", ["quartermaster-JZ28"])
    assert open_page(Page.REGION, claims(), role="quartermaster-JZ28").title[0].value == "Centraal Gelderland"


def test_a_page_of_another_role_says_so(store):
    give(store, "board")
    assert is_shut_to_role(open_page(Page.DELIVER, claims(), role="steward"))


def is_shut_to_role(app: AppTest) -> bool:
    return [one.value for one in app.title] == ["Niet voor uw rol"] and not app.get("file_uploader")


@pytest.mark.parametrize("changed", [{"issuer": None}, {"cookie_secret": "short"}])
def test_the_application_does_not_start_on_settings_that_are_not_right(store, monkeypatch, tmp_path, changed):
    monkeypatch.setenv("VERBETERMONITOR_SIGN_IN", str(write_settings(tmp_path, **changed)))
    with pytest.raises(UserError, match="niet bruikbaar"):
        entrance.secrets()


def test_real_data_are_not_called_a_demonstration_and_invented_data_are(store):
    give(store, "board")
    for page in (Page.OVERVIEW, Page.ACCOUNTABILITY):
        assert "Demonstratie: alle gegevens zijn verzonnen" in words(open_page(page, claims()))
    with store.begin() as connection:
        connection.exec_driver_sql("DELETE FROM demonstration")
    for page in (Page.OVERVIEW, Page.ACCOUNTABILITY):
        assert "verzonnen" not in words(open_page(page, claims()))


# --- the demonstration ------------------------------------------------------------------------------------------


@pytest.fixture
def unmarked(monkeypatch, tmp_path):
    """A store that no demonstration made, where nobody signs in."""
    monkeypatch.setenv(URL_SETTING, f"sqlite:///{tmp_path / 'real.db'}")
    engine = open_engine()
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("page", Page)
def test_a_real_delivery_that_comes_in_later_shuts_the_demonstration(unmarked, page):
    assert entrance.secrets() == {}
    with writing(unmarked) as connection:
        insert_delivery(connection, make_delivery("WSS"), datetime.now(UTC))
    assert is_shut(open_page(page, {}, role="institution-WSS"), "De monitor is dicht")
    with pytest.raises(UserError, match="de monitor start niet"):
        entrance.secrets()


@pytest.mark.parametrize("page", Page)
def test_the_demonstration_says_what_it_is_on_every_page(cells_url, monkeypatch, page):
    monkeypatch.setenv(URL_SETTING, cells_url)
    for query in ({}, {"role": "steward"}):
        assert "Demonstratie: alle gegevens zijn verzonnen" in words(open_page(page, {}, **query))


def test_a_role_that_is_changed_in_the_bar_changes_the_menu_at_once(cells_url, monkeypatch):
    monkeypatch.setenv(URL_SETTING, cells_url)
    app = open_page(Page.INSTITUTION, {}, role="institution-WSS")
    app.selectbox(key="role").select("institution-LDH").run()
    assert app.title[0].value == "William Schrikker Stichting"
    assert "Eigen cijfers, niet delen." not in words(app)
