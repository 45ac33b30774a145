"""Visibility: which published cells a role may read, by their audience, and whose deliveries it may see."""

from monitor.access.roles import AccessDenied, Role, RoleKind
from monitor.catalogue.expected import suppliers
from monitor.locale import N_
from monitor.release.cell import SHARED


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
