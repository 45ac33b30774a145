"""Visibility: which published cells a role may read, by their audience."""

from monitor.access.roles import AccessDenied, Role
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
