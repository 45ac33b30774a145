"""The gate (*poort*): who signed in looks by a grant that is in force now, and by no other."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, inspect

from monitor.access import grants
from monitor.access.roles import AccessDenied, Role, all_roles, parse_role
from monitor.access.sign_in import Identity
from monitor.locale import N_
from monitor.store.access import grants as grants_table


class NoGrant(AccessDenied):
    """Signed in, and nothing more."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        super().__init__(N_("You signed in as {who}, and have no role in the monitor."), who=identity.who)


@dataclass(frozen=True)
class Visitor:
    """Who looks, as what, and as what else that could be.

    ``who``: the e-mail address; in the demonstration, where nobody signs in, the code of the role. ``identity``: None
    there.
    """

    who: str
    role: Role
    roles: tuple[Role, ...]
    identity: Identity | None


def admit(connection: Connection, identity: Identity, asked: str | None, today: date) -> Visitor:
    """The visitor in the role that was asked for when it is hers, else in her first. Raises NoGrant when she has none.

    Asked again at every click: a grant that ended opens nothing more.
    """
    held = grants.of(connection, identity.who, today) if inspect(connection).has_table(grants_table.name) else []
    roles = tuple(dict.fromkeys(one.role for one in held))
    if not roles:
        raise NoGrant(identity)
    role = next((one for one in roles if one.code == asked), roles[0])
    return Visitor(identity.who, role, roles, identity)


def pretend(asked: str | None) -> Visitor:
    """The visitor of a demonstration, in whatever role was chosen. Raises AccessDenied when none was."""
    role = parse_role(asked)
    return Visitor(role.code, role, all_roles(), None)
