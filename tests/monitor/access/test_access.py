import pytest

from monitor.access.permissions import Page, can_open, check_open
from monitor.access.roles import AccessDenied, Role, RoleKind, all_roles, parse_role
from monitor.access.visibility import audiences, can_read, check_read
from monitor.locale import DUTCH, ENGLISH

BOARD = Role(RoleKind.BOARD)
QUARTERMASTER = Role(RoleKind.QUARTERMASTER, "JZ28")
ANALYST = Role(RoleKind.INSTITUTION, "WSS")


def test_there_is_a_role_for_the_board_each_region_and_each_institution():
    assert len(all_roles()) == 1 + 7 + 8


@pytest.mark.parametrize("role", all_roles(), ids=lambda role: role.code)
def test_a_role_is_read_back_from_its_code(role):
    assert parse_role(role.code) == role


@pytest.mark.parametrize("code", [None, "", "steward", "institution", "institution-XXX", "quartermaster-JZ99", "BOARD"])
def test_what_is_no_role_is_refused(code):
    with pytest.raises(AccessDenied, match="Kies een rol"):
        parse_role(code)


@pytest.mark.parametrize("page", Page)
def test_no_role_no_page(page):
    assert not can_open(None, page)
    with pytest.raises(AccessDenied, match="alleen met een rol"):
        check_open(None, page)


@pytest.mark.parametrize("page", Page)
@pytest.mark.parametrize("role", [BOARD, QUARTERMASTER, ANALYST], ids=lambda role: role.code)
def test_every_role_opens_the_pages_with_shared_figures(role, page):
    assert can_open(role, page)


@pytest.mark.parametrize(
    ("role", "expected"),
    [(BOARD, {"shared"}), (QUARTERMASTER, {"shared"}), (ANALYST, {"shared", "WSS"})],
)
def test_own_cells_are_for_the_institution_alone(role, expected):
    assert audiences(role) == expected


@pytest.mark.parametrize("role", [BOARD, QUARTERMASTER, ANALYST], ids=lambda role: role.code)
def test_nobody_reads_the_own_cells_of_another(role):
    assert not can_read(role, "LDH")
    with pytest.raises(AccessDenied, match="eigen cijfers van LDH"):
        check_read(role, "LDH")


def test_a_refusal_speaks_both_languages():
    denied = AccessDenied("This role does not exist. Choose a role from the list.")
    assert denied.say(ENGLISH) == "This role does not exist. Choose a role from the list."
    assert denied.say(DUTCH) == str(denied) == "Deze rol bestaat niet. Kies een rol uit de lijst."
