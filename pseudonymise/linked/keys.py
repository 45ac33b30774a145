"""Keys of the linked mode: who evaluates, for which use, and by which version.

A key holder's folder has for each version ``<use>-<version>.seed`` (secret, hex) and ``<use>-<version>.public`` (what
it hands to every institution: the commitment that each evaluation is checked against). A new version is a new key:
what was asked under the old one is refused from then on.
"""

import re
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pseudonymise.agreement import Linked, load_agreement
from pseudonymise.errors import UserError
from pseudonymise.keys import write_new
from pseudonymise.linked import oprf
from pseudonymise.private import check_private, check_unchanged


class Use(StrEnum):
    """What an evaluation is for; the two keys have different holders."""

    PSEUDONYM = "pseudonym"  # held by the custodian: what the recipient links by
    OFFSET = "offset"  # held for the institutions: by how many days a person's events are shifted


class PublicKey(BaseModel):
    """The open half of a key: what it may be used for, and the point that commits its holder to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    use: Use
    version: int
    recipient: str
    purpose: str
    point: str  # hex

    @property
    def file(self) -> str:
        return f"{self.use}-{self.version}.public"


@dataclass(frozen=True)
class HolderKey:
    """A key with its secret, in the hands of who evaluates."""

    public: PublicKey
    secret: bytes = field(repr=False)


def linked_terms() -> Linked:
    """What the agreement says of linking; UserError when it does not name it."""
    linked = load_agreement().linked
    if linked is None:
        raise UserError(
            "De overeenkomst noemt geen koppeling: zonder doel, grondslag en termijn wordt niets gekoppeld."
        )
    return linked


def make_key(folder: Path, use: Use, rotate: bool) -> PublicKey:
    """Make the first key of a use, or with ``rotate`` the next; UserError when that is not what is there."""
    newest = max(_versions(folder, use), default=0)
    if newest and not rotate:
        raise UserError(
            f"In '{folder}' staat al een sleutel voor {use}. Een nieuwe is een gebeurtenis van de overeenkomst: "
            "gebruik --rotate als de partijen dat hebben afgesproken."
        )
    if rotate and not newest:
        raise UserError(f"In '{folder}' staat nog geen sleutel voor {use}. Maak eerst een sleutel zonder --rotate.")
    seed = secrets.token_bytes(oprf.SCALAR_BYTES)
    public = _public(use, newest + 1, seed)
    write_new(
        folder,
        {public.file.replace(".public", ".seed"): seed.hex(), public.file: public.model_dump_json()},
    )
    return public


def load_holder_key(folder: Path, use: Use, version: int | None = None) -> HolderKey:
    """A key of a use, the newest unless told, as its holder has it; UserError when it is missing or damaged."""
    public = load_public_key(folder, use, version)
    file = folder / public.file.replace(".public", ".seed")
    check_private(file)
    try:
        seed = bytes.fromhex(file.read_text("ascii").strip())
        again = _public(use, public.version, seed)
    except FileNotFoundError:
        raise UserError(f"Sleutelbestand '{file}' bestaat niet: alleen wie de sleutel houdt kan evalueren.") from None
    except ValueError:
        raise _damaged(file) from None
    if again != public:  # under another agreement, or not the same pair
        raise _damaged(file)
    return HolderKey(public, oprf.derive_key(seed, _info(public)))


def load_public_key(folder: Path, use: Use, version: int | None = None) -> PublicKey:
    """A commitment for a use, the newest unless told; UserError when there is none, or when it is damaged."""
    versions = [one for one in _versions(folder, use) if version in (None, one)]
    if not versions:
        raise UserError(
            f"In '{folder}' staat geen {use}-{version or '<versie>'}.public. Vraag het aan wie de sleutel houdt en zet "
            "het in deze map."
        )
    file = folder / f"{use}-{max(versions)}.public"
    check_unchanged(file)
    try:
        public = PublicKey.model_validate_json(file.read_text("utf-8"))
        oprf.check_points([bytes.fromhex(public.point)])
    except (ValidationError, ValueError):
        raise _damaged(file) from None
    if (public.use, public.version) != (use, max(versions)):
        raise _damaged(file)
    if (public.recipient, public.purpose) != (_recipient(use), linked_terms().purpose):
        raise UserError(f"'{file}' is voor een ander doel of een andere ontvanger dan de overeenkomst noemt.")
    return public


def _versions(folder: Path, use: Use) -> list[int]:
    names = (re.fullmatch(rf"{use}-([1-9][0-9]*)\.public", file.name) for file in folder.glob(f"{use}-*.public"))
    return [int(name[1]) for name in names if name]


def _public(use: Use, version: int, seed: bytes) -> PublicKey:
    """What belongs to a seed under the agreement: recipient, purpose, use and version are part of the key itself."""
    draft = PublicKey(use=use, version=version, recipient=_recipient(use), purpose=linked_terms().purpose, point="")
    point = oprf.public_key(oprf.derive_key(seed, _info(draft)))
    return draft.model_copy(update={"point": point.hex()})


def _recipient(use: Use) -> str:
    """Who gets what comes out: the shift of the days never leaves the institutions."""
    return linked_terms().recipient if use is Use.PSEUDONYM else "institutions"


def _info(public: PublicKey) -> bytes:
    return f"verbetermonitor/link/{public.recipient}/{public.purpose}/{public.use}/{public.version}".encode()


def _damaged(file: Path) -> UserError:
    return UserError(
        f"Sleutelbestand '{file}' is beschadigd of van een andere soort. Zet de bewaarde kopie terug; "
        "maak geen nieuwe sleutel zonder overleg met de partijen."
    )
