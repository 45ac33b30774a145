"""Sign-in with a real provider: who has a grant sees what it opens, and anybody else nothing."""

import json
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from monitor.access import grants
from monitor.access.permissions import Page, can_open
from monitor.access.roles import parse_role
from monitor.locale import DUTCH
from monitor.screen import PAGE_TITLES
from monitor.store.engine import open_engine
from tests.e2e.conftest import serving
from tests.e2e.provider import CLIENT, long_ago, providing
from tests.monitor.access.signing import write_settings
from tests.sockets import as_visitor
from tests.sockets import visit as visit_by

ROLES = ("board", "quartermaster-JZ28", "institution-WSS", "steward", "auditor")
PEOPLE = {f"{role.lower()}@regio.example": role for role in ROLES}
ANALYST, STRANGER, UNVERIFIED = "institution-wss@regio.example", "gast@elders.example", "los@elders.example"
WHY = "Werkt mee aan de kwartaalbespreking"
FIGURE = 'class="vm-published"'
SIGN_IN = "Aanmelden bij uw organisatie"


@pytest.fixture(scope="module")
def provider():
    told = {who: {"email": who, "email_verified": who != UNVERIFIED} for who in (*PEOPLE, STRANGER, UNVERIFIED)}
    with providing(told) as provider:
        yield provider


@pytest.fixture(scope="module")
def store(cells_url, tmp_path_factory):
    """A store of its own, in which everybody but the strangers has a role."""
    file = tmp_path_factory.mktemp("signed-in") / "store.db"
    shutil.copy(cells_url.removeprefix("sqlite:///"), file)
    engine = open_engine(f"sqlite:///{file}")
    for who, role in PEOPLE.items():
        give(engine, who, role)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def monitor(provider, store, tmp_path_factory):
    """The address of a server on which everybody signs in."""
    folder = tmp_path_factory.mktemp("server")
    with serving_signed_in(store, folder, provider) as address:
        yield address


@contextmanager
def serving_signed_in(store, folder, provider) -> Iterator[str]:
    settings = write_settings(folder, issuer=provider.issuer, client_id=CLIENT, address=None)
    of_server = {"VERBETERMONITOR_SIGN_IN": settings, "VERBETERMONITOR_SIGN_IN_ADDRESS": "{address}"}
    with serving(str(store.url), folder, **of_server) as address:
        yield address


@pytest.fixture(autouse=True)
def fresh(browser, provider):
    """Nobody is signed in when a test begins, and the provider is honest."""
    browser.clear_cookies()
    provider.tampering.clear()


def give(engine, who, role):
    now = datetime.now(UTC)
    return grants.give(engine, who, parse_role(role), WHY, now.date() + timedelta(days=30), "beheer@regio.example", now)


def sign_in(one, who):
    one.page.get_by_role("button", name=SIGN_IN).click()
    one.page.get_by_role("button", name=who, exact=True).click()
    one.page.wait_for_url("http://127.0.0.1:*/**")
    one.settled()


def is_shut(one) -> bool:
    assert one.page.inner_text("h1") == "Aanmelden"
    assert one.page.locator(".vm-published, .stPlotlyChart").count() == 0
    return True


@pytest.mark.parametrize(("who", "role"), PEOPLE.items(), ids=ROLES)
def test_each_role_sees_its_pages_and_no_other(monitor, visit, who, role):
    one = visit(monitor)
    assert is_shut(one)
    sign_in(one, who)
    opens = {page for page in Page if can_open(parse_role(role), page)}
    titles = {page: DUTCH.gettext(PAGE_TITLES[page]) for page in Page}
    menu = set(one.page.locator("[data-testid^=stTopNav]").all_inner_texts())
    for section in one.page.get_by_test_id("stTopNavSection").all():
        section.click()
        one.page.get_by_test_id("stTopNavPopover").wait_for()
        menu |= set(one.page.get_by_test_id("stTopNavPopover").all_inner_texts())
        one.page.keyboard.press("Escape")
    for page in Page:
        assert any(titles[page] in words for words in menu) == (page in opens)
    for page in set(Page) - opens:
        other = visit(f"{monitor}/{page}?role=steward")
        assert other.page.inner_text("h1") == "Niet voor uw rol"
    assert one.page.get_by_label("U kijkt als").count() == 0


def test_who_signs_in_comes_to_the_page_asked_for_and_out_again(monitor, visit):
    one = visit(f"{monitor}/instelling?institution=WSS&lang=en")
    one.page.get_by_role("button", name="Sign in at your organisation").click()
    one.page.get_by_role("button", name=ANALYST, exact=True).click()
    one.page.get_by_role("heading", name="William Schrikker Stichting", level=1).wait_for()
    one.settled()
    assert one.page.get_by_text("Own figures, do not share.").count() > 3
    assert ANALYST in one.page.inner_text("body")
    one.page.get_by_role("button", name="Sign out").click()
    one.page.wait_for_url(lambda url: not url.startswith(monitor))
    one.page.get_by_role("button").first.click()  # the provider asks whether one is sure
    one.page.wait_for_url(f"{monitor}/**")
    again = visit(monitor)
    assert is_shut(again)


def test_a_deep_link_to_the_own_figures_of_another_gets_the_shared_ones(monitor, visit):
    one = visit(f"{monitor}/instelling?institution=LDH&role=institution-LDH")
    sign_in(one, ANALYST)
    assert one.page.inner_text("h1") == "Leger des Heils Jeugdbescherming & Reclassering"
    assert "Dit zijn de gedeelde cijfers" in one.page.inner_text("body")
    assert one.page.get_by_text("Eigen cijfers, niet delen.").count() == 0


@pytest.mark.parametrize(
    "tampering",
    [{"key": "strange"}, long_ago(), {"aud": "another-application"}, {"iss": "http://localhost:1"}, {"nonce": "old"}],
    ids=["forged", "expired", "other audience", "other provider", "replayed"],
)
def test_a_token_that_is_not_right_opens_nothing(monitor, provider, visit, browser, tampering):
    one = visit(monitor)
    provider.tampering.update(tampering)
    sign_in(one, ANALYST)
    assert is_shut(one)
    assert "_streamlit_user" not in {cookie["name"] for cookie in browser.cookies(monitor)}


def test_an_address_that_was_not_verified_opens_nothing(monitor, visit):
    one = visit(monitor)
    sign_in(one, UNVERIFIED)
    assert is_shut(one)
    assert "bevestigt niet dat dit e-mailadres van u is" in one.page.inner_text("body")


def test_who_has_no_grant_reads_whom_to_ask_and_sees_nothing_until_it_is_given_and_after_it_ended(
    monitor, store, visit
):
    one = visit(f"{monitor}/regio?region=JZ32")
    sign_in(one, STRANGER)
    assert one.page.inner_text("h1") == "Nog geen toegang"
    assert "Vraag beheer@regio.example om een rol" in one.page.inner_text("body")
    assert one.page.locator(".vm-published, .stPlotlyChart").count() == 0
    given = give(store, STRANGER, "board")
    one.page.reload()
    one.settled()
    assert one.page.inner_text("h1") == "Rijk van Nijmegen"
    grants.withdraw(store, given.number, WHY, "beheer@regio.example", datetime.now(UTC))
    one.page.get_by_role("link", name="Overzicht").first.click()
    one.page.get_by_role("heading", name="Nog geen toegang").wait_for()
    one.settled()
    assert one.page.locator(".vm-published, .stPlotlyChart").count() == 0


def listen(address: str, cookies: dict[str, str], page: Page, query: str) -> str:
    """All that the server says on a socket to who asks for a page."""
    with connect(**as_visitor(address, cookies)) as socket:
        return "\n".join(str(ForwardMsg.FromString(one)) for one in visit_by(socket, page, query)).replace('\\"', '"')


def test_a_socket_without_sign_in_hears_nothing(monitor, visit, browser):
    one = visit(monitor)
    sign_in(one, ANALYST)
    cookies = {cookie["name"]: cookie["value"] for cookie in browser.cookies(monitor)}
    asked = (Page.INSTITUTION, "role=institution-WSS&institution=WSS")
    assert FIGURE in listen(monitor, cookies, *asked)  # so it would be seen
    user = cookies["_streamlit_user"]
    for forged in ({}, cookies | {"_streamlit_user": user[:-4] + "AAAA"}, cookies | {"_streamlit_xsrf": "2|a|b|1"}):
        told = listen(monitor, forged, *asked)
        assert FIGURE not in told
        assert "William Schrikker" not in told
        assert "Meld u aan" in told


@pytest.mark.parametrize("path", ["/media/0123.csv", "/_stcore/upload_file/0/0"])
def test_files_ask_for_a_sign_in_too(monitor, path):
    with pytest.raises(HTTPError, match="403"):
        urllib.request.urlopen(monitor + path)


def test_nothing_of_the_sign_in_stands_where_anyone_reads(monitor):
    for path in ("/_stcore/host-config", "/_stcore/health", "/"):
        with urllib.request.urlopen(monitor + path) as answer:
            said = answer.read().decode()
        assert "known-to-provider-and-monitor" not in said
        assert "0123456789abcdef" not in said
    assert json.loads(urllib.request.urlopen(f"{monitor}/_stcore/host-config").read())
