"""Who looks: a role, and the one region or institution it is for."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.locale import DUTCH, N_, Language
from pseudonymise.agreement import load_agreement, region_names
from pseudonymise.errors import UserError


class AccessDenied(UserError):
    """A refusal, as a sentence for who is refused. ``message`` is a message of the catalogue."""

    def __init__(self, message: str, **values: str) -> None:
        self.message, self.values = message, values
        super().__init__(self.say(DUTCH))

    def say(self, language: Language) -> str:
        return language.gettext(self.message, **self.values)


class RoleKind(StrEnum):
    BOARD = "board"
    QUARTERMASTER = "quartermaster"  # kwartiermaker
    INSTITUTION = "institution"
    STEWARD = "steward"  # beheerder: loads and releases
    AUDITOR = "auditor"  # toezichthouder: reads the trail


@dataclass(frozen=True)
class Role:
    """``scope``: the region of a quartermaster, the institution of an analyst; the others have none."""

    kind: RoleKind
    scope: str | None = None

    @property
    def code(self) -> str:
        """The role as it stands in a URL: ``board``, ``quartermaster-JZ28``, ``institution-WSS``."""
        return self.kind if self.scope is None else f"{self.kind}-{self.scope}"

    @property
    def region(self) -> str | None:
        return self.scope if self.kind is RoleKind.QUARTERMASTER else None

    @property
    def institution(self) -> str | None:
        return self.scope if self.kind is RoleKind.INSTITUTION else None

    @property
    def supplier(self) -> str | None:
        """For whom it delivers: its institution, or its region."""
        return self.institution or self.region


def all_roles() -> tuple[Role, ...]:
    """Every role that can be granted: the board, one for each region, one for each institution, steward, auditor."""
    return (
        Role(RoleKind.BOARD),
        *(Role(RoleKind.QUARTERMASTER, region) for region in region_names()),
        *(Role(RoleKind.INSTITUTION, institution.code) for institution in load_agreement().institutions),
        Role(RoleKind.STEWARD),
        Role(RoleKind.AUDITOR),
    )


def parse_role(code: str | None) -> Role:
    """The role of a code. Raises AccessDenied when there is none, or it is not one that can be granted."""
    if not code:
        raise AccessDenied(N_("You have no role yet. Choose a role to open the monitor."))
    for role in all_roles():
        if role.code == code:
            return role
    raise AccessDenied(N_("This role does not exist. Choose a role from the list."))
