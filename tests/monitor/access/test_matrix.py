"""Every page and every act, for every role, region and institution: made from those that exist.

What each kind of role may stands here once more, apart from the code: a page or role without a row here fails.
"""

from itertools import product

import pytest
from sqlalchemy import create_engine, event

from monitor import screen
from monitor.access.permissions import Page, can_grant, can_open, can_read_trail
from monitor.access.roles import AccessDenied, Role, RoleKind, all_roles
from monitor.access.visibility import can_read, can_write_agenda, check_deliver, suppliers_seen
from monitor.catalogue.expected import suppliers
from monitor.release.cell import SHARED
from monitor.shell.script import MENU
from monitor.store.engine import URL_SETTING
from monitor.views import reading
from monitor.views.reading import Reader, latest_release
from pages import SHOW
from pseudonymise.agreement import load_agreement, region_names
from tests.monitor.access.test_gate import open_page, words
from tests.monitor.cells_fixture import cells_url

__all__ = ["cells_url"]

# B board, Q quartermaster, I institution, S steward, A auditor
OPENS = {
    Page.OVERVIEW: "BQISA",
    Page.REGION: "BQISA",
    Page.INSTITUTION: "BQISA",
    Page.LEAD_TIMES: "BQISA",
    Page.CONTRACT_RESULTS: "BQISA",
    Page.FLOW: "BQISA",
    Page.DEFINITIONS: "BQISA",
    Page.DATA_QUALITY: "BQISA",
    Page.ACCOUNTABILITY: "BQISA",
    Page.AGENDA: "BQISA",
    Page.NOTES: "BQISA",
    Page.LINKING: "BQISA",
    Page.LEARNING: "BQISA",
    Page.ROOM: "BQISA",
    Page.PLACES: "BQISA",
    Page.CONTACTS: "BQISA",
    Page.DELIVER: "QIS",
    Page.ACCESS: "SA",
}
LETTER = {
    RoleKind.BOARD: "B",
    RoleKind.QUARTERMASTER: "Q",
    RoleKind.INSTITUTION: "I",
    RoleKind.STEWARD: "S",
    RoleKind.AUDITOR: "A",
}
INSTITUTIONS = [one.code for one in load_agreement().institutions]
REGIONS = list(region_names())


def by_code(role: Role) -> str:
    return role.code


def test_every_page_is_shown_and_has_a_row_and_every_kind_of_role_a_letter():
    assert set(OPENS) == set(Page) == set(SHOW) == set(screen.PAGE_TITLES)
    assert sorted(page for pages in MENU.values() for page in pages) == sorted(Page)
    assert set(LETTER) == set(RoleKind) == {role.kind for role in all_roles()}


@pytest.mark.parametrize("role", all_roles(), ids=by_code)
def test_which_pages_a_role_opens(role):
    assert {page for page in Page if can_open(role, page)} == {
        page for page, letters in OPENS.items() if LETTER[role.kind] in letters
    }


@pytest.mark.parametrize("role", all_roles(), ids=by_code)
def test_what_a_role_does_and_of_whom_it_sees_anything(role):
    own = {role.scope} - {None}
    assert {one for one in INSTITUTIONS if can_read(role, one)} == own & set(INSTITUTIONS)
    assert can_read(role, SHARED)
    assert {one for one in REGIONS if can_write_agenda(role, one)} == own & set(REGIONS)
    assert set(suppliers_seen(role)) == (set(suppliers()) if role.kind is RoleKind.STEWARD else own)
    assert can_grant(role) == (role.kind is RoleKind.STEWARD)
    assert can_read_trail(role) == (role.kind is RoleKind.AUDITOR)
    if own:
        assert {check_deliver(role)} == own
    else:
        with pytest.raises(AccessDenied):
            check_deliver(role)


@pytest.mark.parametrize("role", all_roles(), ids=by_code)
def test_the_reader_of_cells_gives_nobody_the_own_cells_of_another(cells_url, role):
    engine = create_engine(cells_url)
    reader = Reader(engine, latest_release(engine), role)

    def curve(code: str, audience: str) -> object:
        return reader.curve(code, reading.TOGETHER, "", audience)

    asks = (reader.indicator, reader.everything, curve)
    for audience, ask in product(INSTITUTIONS, asks):
        if audience == role.institution:
            ask("plan", audience)
            continue
        with pytest.raises(AccessDenied, match="eigen cijfers"):
            ask("plan", audience)
    assert audiences_asked(engine, lambda: reader.indicator("plan")) <= {SHARED}
    engine.dispose()


def audiences_asked(engine, act) -> set[str]:
    """Whose cells the statements ask for that an act sends to the store."""
    asked: set[str] = set()

    def listen(_connection, _cursor, statement, _parameters, context, _many):
        if "FROM cells" in statement:
            asked.add(context.compiled_parameters[0]["audience_1"])  # KeyError for a question that names nobody

    reading._indicator.cache_clear()
    event.listen(engine, "before_cursor_execute", listen)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    return asked


@pytest.mark.parametrize("page", Page)
@pytest.mark.parametrize("role", ["institution-WSS", "steward"])
def test_a_deep_link_to_another_asks_the_store_for_nothing_of_it(cells_url, monkeypatch, page, role):
    """Every page with everything in its address that names another."""
    monkeypatch.setenv(URL_SETTING, cells_url)
    link = {"institution": "LDH", "audience": "LDH", "of": "LDH", "split": "institution", "region": "JZ28"}
    apps = []
    asked = audiences_asked(screen.store(), lambda: apps.append(open_page(page, {}, role=role, **link)))
    assert not apps[0].exception
    assert asked <= ({SHARED, "WSS"} if role == "institution-WSS" else {SHARED})
    assert page is not Page.INSTITUTION or (SHARED in asked and "niet delen" not in words(apps[0]))
