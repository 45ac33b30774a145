"""Running inside the walls of one institution (*binnen de muren*): raw exports may come here, and become a delivery.

Set by who runs the server: VERBETERMONITOR_INSIDE is the code of the institution, VERBETERMONITOR_MAPPING its mapping,
VERBETERMONITOR_KEYS the folder with its keys. Nothing that is handed in here is stored or sent on.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

from monitor.access.roles import AccessDenied, Role
from monitor.locale import N_
from monitor.upload import EXPORT, check_workbook
from pseudonymise.agreement import Institution, load_agreement
from pseudonymise.describe import describe_manifest, describe_risk
from pseudonymise.errors import UserError
from pseudonymise.keys import load_institution_keys
from pseudonymise.making import as_files, make_delivery
from pseudonymise.sources.mapping import load_mapping

INSIDE_SETTING, MAPPING_SETTING, KEYS_SETTING = (
    "VERBETERMONITOR_INSIDE",
    "VERBETERMONITOR_MAPPING",
    "VERBETERMONITOR_KEYS",
)
DEFAULT_KEYS = Path("var/keys")
SUFFIXES = ("csv", "txt", "xlsx", "xml")


@dataclass(frozen=True)
class Inside:
    """Whose walls these are, and where its mapping and keys lie."""

    party: Institution
    mapping: Path
    keys: Path


@dataclass(frozen=True)
class Delivered:
    """A delivery to take along, what it counts, and what could still single someone out."""

    name: str
    content: bytes
    counted: str
    risk: str


def keys_folder() -> Path:
    return Path(os.environ.get(KEYS_SETTING) or DEFAULT_KEYS)


def inside() -> Inside | None:
    """None on a shared server. Raises UserError when the settings contradict themselves."""
    code = os.environ.get(INSIDE_SETTING)
    if not code:
        return None
    parties = {institution.code: institution for institution in load_agreement().institutions}
    if code not in parties:
        raise UserError(f"{INSIDE_SETTING}: is geen instelling; verwacht een van {', '.join(parties)}.")
    mapping = os.environ.get(MAPPING_SETTING)
    if not mapping:
        raise UserError(f"{MAPPING_SETTING}: ontbreekt. Zet hierin waar de koppeling van {code} ligt (.toml).")
    return Inside(parties[code], Path(mapping), keys_folder())


def deliver(
    here: Inside, role: Role, exports: Sequence[tuple[str, bytes]], until: date, progress: Callable[[str], None]
) -> Delivered:
    """Make a delivery of exports (name and content), in memory from begin to end.

    Raises AccessDenied for another than the institution itself, UserError for everything that it can mend.
    """
    if role.institution != here.party.code:
        raise AccessDenied(
            N_("This server stands inside {institution}: only it can make a delivery here."),
            institution=here.party.name,
        )
    for name, content in exports:
        if name.lower().endswith(".xlsx"):
            check_workbook(name, content, EXPORT)
    keys = load_institution_keys(here.keys, here.party.code)
    sealed = BytesIO()
    with as_files(exports) as paths:
        made = make_delivery(paths, load_mapping(here.mapping), here.party, until, keys, sealed, progress)
    name = f"{here.party.code.lower()}-{until}.zip"
    return Delivered(name, sealed.getvalue(), describe_manifest(made.manifest), describe_risk(made.risk))
