import pytest

from monitor.access.permissions import Page, can_open, check_open
from monitor.access.roles import AccessDenied, Role, RoleKind, all_roles, parse_role
from monitor.access.visibility import audiences, can_read, check_deliver, check_read, suppliers_seen
from monitor.locale import DUTCH, ENGLISH

BOARD = Role(RoleKind.BOARD)
QUARTERMASTER = Role(RoleKind.QUARTERMASTER, "JZ28")
ANALYST = Role(RoleKind.INSTITUTION, "WSS")
STEWARD = Role(RoleKind.STEWARD)
AUDITOR = Role(RoleKind.AUDITOR)
ROLES = [BOARD, QUARTERMASTER, ANALYST, STEWARD, AUDITOR]


def test_there_is_a_role_for_the_board_each_region_each_institution_the_steward_and_the_auditor():
    assert len(all_roles()) == 1 + 7 + 8 + 1 + 1


@pytest.mark.parametrize("role", all_roles(), ids=lambda role: role.code)
def test_a_role_is_read_back_from_its_code(role):
    assert parse_role(role.code) == role


@pytest.mark.parametrize(
    "code", [None, "", "janitor", "steward-WSS", "institution", "institution-XXX", "quartermaster-JZ99", "BOARD"]
)
def test_what_is_no_role_is_refused(code):
    with pytest.raises(AccessDenied, match="Kies een rol"):
        parse_role(code)


@pytest.mark.parametrize("page", Page)
def test_no_role_no_page(page):
    assert not can_open(None, page)
    with pytest.raises(AccessDenied, match="alleen met een rol"):
        check_open(None, page)


@pytest.mark.parametrize("page", [page for page in Page if page not in (Page.DELIVER, Page.ACCESS)])
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.code)
def test_every_role_opens_the_pages_with_shared_figures(role, page):
    assert can_open(role, page)


@pytest.mark.parametrize(("role", "opens"), [(BOARD, False), (QUARTERMASTER, True), (ANALYST, True), (STEWARD, True)])
def test_who_delivers_or_receives_opens_the_page_for_it(role, opens):
    assert can_open(role, Page.DELIVER) == opens


@pytest.mark.parametrize(("role", "seen"), [(BOARD, 0), (QUARTERMASTER, 1), (ANALYST, 1), (STEWARD, 8 + 7)])
def test_whose_deliveries_a_role_sees(role, seen):
    assert len(suppliers_seen(role)) == seen
    assert seen != 1 or suppliers_seen(role) == (role.scope,)


@pytest.mark.parametrize("role", [BOARD, STEWARD], ids=lambda role: role.code)
def test_who_has_nothing_to_deliver_hands_nothing_in(role):
    with pytest.raises(AccessDenied, match="levert alleen een instelling of een regio aan"):
        check_deliver(role)


@pytest.mark.parametrize("role", [QUARTERMASTER, ANALYST], ids=lambda role: role.code)
def test_each_delivers_for_itself(role):
    assert check_deliver(role) == role.scope


@pytest.mark.parametrize(
    ("role", "expected"),
    [(BOARD, {"shared"}), (QUARTERMASTER, {"shared"}), (ANALYST, {"shared", "WSS"}), (STEWARD, {"shared"})],
)
def test_own_cells_are_for_the_institution_alone(role, expected):
    assert audiences(role) == expected


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.code)
def test_nobody_reads_the_own_cells_of_another(role):
    assert not can_read(role, "LDH")
    with pytest.raises(AccessDenied, match="eigen cijfers van LDH"):
        check_read(role, "LDH")


def test_a_refusal_speaks_both_languages():
    denied = AccessDenied("This role does not exist. Choose a role from the list.")
    assert denied.say(ENGLISH) == "This role does not exist. Choose a role from the list."
    assert denied.say(DUTCH) == str(denied) == "Deze rol bestaat niet. Kies een rol uit de lijst."
