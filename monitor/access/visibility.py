"""Visibility: which published cells a role may read, by their audience, and whose deliveries it may see."""

from monitor.access.roles import AccessDenied, Role, RoleKind
from monitor.catalogue.expected import suppliers
from monitor.locale import N_
from monitor.release.cell import ALL, SHARED


def audiences(role: Role) -> frozenset[str]:
    """Shared cells for everyone with a role; own cells for the institution that delivered them, and nobody else."""
    return frozenset({SHARED, role.institution or SHARED})


def check_read(role: Role, audience: str) -> None:
    """Raises AccessDenied when the cells are another's own."""
    if audience not in audiences(role):
        raise AccessDenied(
            N_("These are the own figures of {institution}. Only {institution} itself can see them."),
            institution=audience,
        )


def can_read(role: Role, audience: str) -> bool:
    try:
        check_read(role, audience)
    except AccessDenied:
        return False
    return True


def suppliers_seen(role: Role) -> tuple[str, ...]:
    """Of whom the role may see what came in and when: an institution or region of itself, the steward of all.

    No figure is among it: own figures are nobody's but their institution's.
    """
    if role.kind is RoleKind.STEWARD:
        return suppliers()
    return (role.supplier,) if role.supplier else ()


def check_deliver(role: Role) -> str:
    """For whom the role delivers. Raises AccessDenied when for nobody."""
    if role.supplier is None:
        raise AccessDenied(N_("Only an institution or a region delivers here, and each for itself."))
    return role.supplier


def can_write_agenda(role: Role, region: str) -> bool:
    try:
        check_write_agenda(role, region)
    except AccessDenied:
        return False
    return True


def check_write_agenda(role: Role, region: str) -> None:
    """Raises AccessDenied unless it is the quartermaster of the region: an agenda is its region's own."""
    if role.region != region:
        raise AccessDenied(N_("Only the quartermaster of the region writes in its agenda."))


def can_write_note(role: Role) -> bool:
    """Whether there are figures that the role writes notes with: those of its own region or institution."""
    return role.supplier is not None


def check_write_note(role: Role, region: str, institution: str) -> None:
    """Raises AccessDenied unless the figure is of the writer's own region, or of the own institution."""
    if (region, institution) not in ((role.region, ALL), (ALL, role.institution)):
        raise AccessDenied(N_("You write notes with the figures of your own region or institution."))


def check_answer(role: Role) -> None:
    """Raises AccessDenied for who loads and releases, or looks over it, and takes no part in the conversation."""
    if role.kind in (RoleKind.STEWARD, RoleKind.AUDITOR):
        raise AccessDenied(N_("A steward and an auditor read the notes, and do not answer them."))


def can_answer(role: Role) -> bool:
    try:
        check_answer(role)
    except AccessDenied:
        return False
    return True


def check_withdraw_note(role: Role, written_by: str) -> None:
    """Raises AccessDenied unless it wrote the note, or is the steward, who takes a person out of it."""
    if role.code != written_by and role.kind is not RoleKind.STEWARD:
        raise AccessDenied(N_("A note is withdrawn by who wrote it, or by the steward."))
