"""Permissions: which role may open which page, and do what. The navigation and each page ask the same question."""

from enum import StrEnum

from monitor.access.roles import AccessDenied, Role, RoleKind
from monitor.locale import N_


class Page(StrEnum):
    """The screens, by their path in the URL."""

    OVERVIEW = "overzicht"
    REGION = "regio"
    INSTITUTION = "instelling"
    LEAD_TIMES = "doorlooptijden"
    CONTRACT_RESULTS = "contractresultaten"
    FLOW = "stroom"
    DEFINITIONS = "definities"
    DATA_QUALITY = "datakwaliteit"
    ACCOUNTABILITY = "verantwoording"
    DELIVER = "aanleveren"
    AGENDA = "verbeteragenda"
    NOTES = "duiding"
    ACCESS = "toegang"
    LINKING = "koppeling"
    PLACES = "plekken"
    CONTACTS = "wie-te-bellen"
    LEARNING = "leren"
    ROOM = "routes-en-ruimte"


EVERYONE = frozenset(RoleKind)
MAY_OPEN: dict[Page, frozenset[RoleKind]] = {
    Page.OVERVIEW: EVERYONE,
    Page.REGION: EVERYONE,
    Page.INSTITUTION: EVERYONE,
    Page.LEAD_TIMES: EVERYONE,
    Page.CONTRACT_RESULTS: EVERYONE,
    Page.FLOW: EVERYONE,
    Page.DEFINITIONS: EVERYONE,
    Page.DATA_QUALITY: EVERYONE,
    Page.ACCOUNTABILITY: EVERYONE,
    Page.AGENDA: EVERYONE,
    Page.NOTES: EVERYONE,
    Page.LINKING: EVERYONE,
    Page.PLACES: EVERYONE,
    Page.CONTACTS: EVERYONE,
    Page.LEARNING: EVERYONE,
    Page.ROOM: EVERYONE,
    Page.DELIVER: frozenset({RoleKind.INSTITUTION, RoleKind.QUARTERMASTER, RoleKind.STEWARD}),
    Page.ACCESS: frozenset({RoleKind.STEWARD, RoleKind.AUDITOR}),
}


def check_open(role: Role | None, page: Page) -> None:
    """Raises AccessDenied when the role may not open the page. No role, no page."""
    if role is None:
        raise AccessDenied(N_("This page opens with a role only. Choose a role first."))
    if role.kind not in MAY_OPEN[page]:
        raise AccessDenied(N_("Your role does not open this page. Choose another page in the menu."))


def can_open(role: Role | None, page: Page) -> bool:
    try:
        check_open(role, page)
    except AccessDenied:
        return False
    return True


def check_grant(role: Role) -> None:
    """Raises AccessDenied unless it is the steward: who gives and withdraws grants."""
    if role.kind is not RoleKind.STEWARD:
        raise AccessDenied(N_("Only the steward gives and withdraws grants."))


def can_grant(role: Role) -> bool:
    try:
        check_grant(role)
    except AccessDenied:
        return False
    return True


def check_read_trail(role: Role) -> None:
    """Raises AccessDenied unless it is the auditor: the steward's own acts stand in the trail."""
    if role.kind is not RoleKind.AUDITOR:
        raise AccessDenied(N_("Only the auditor reads the trail."))


def can_read_trail(role: Role) -> bool:
    try:
        check_read_trail(role)
    except AccessDenied:
        return False
    return True
