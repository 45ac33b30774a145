"""Keys on disk (*sleutels*): who may read a delivery, who signed it, and what the record keys hang on.

One folder holds the files of one party: an institution's ``<CODE>.record`` (the secret of its record keys, hex),
``<CODE>.signing`` (Ed25519, PEM), ``<CODE>.age`` (its own age identity) and ``steward.recipient`` (to whom it
encrypts); the steward's ``steward.age`` and, as register of suppliers, one ``<CODE>.verify`` for each institution. One
``<CODE>.pseudonym-<JJJJ-MM-DD>`` for each period is its key ring for pseudonyms: rotation adds a file and leaves the
others, and the record secret, alone. ``<CODE>.verify`` and ``steward.recipient`` are public: they are what the two
parties hand each other. A secret that others can read and a key that anyone can change are refused
(pseudonymise/private.py). Nothing is ever overwritten, and nothing falls back to a key of its own: without a key, no
delivery.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pyrage import IdentityError, RecipientError, x25519

from pseudonymise.agreement import load_agreement
from pseudonymise.errors import UserError
from pseudonymise.private import check_private, check_unchanged

RECORD_SECRET_BYTES = 32
PSEUDONYM_SECRET_BYTES = 32
STEWARD = "steward"


@dataclass(frozen=True)
class KeyRing:
    """The keys of an institution's pseudonyms, oldest first, each by its id: the day from which it holds (ISO 8601).

    The period of a key ends where that of the next begins.
    """

    secrets: dict[str, bytes] = field(repr=False)

    @property
    def newest(self) -> str:
        """The id of the key that holds now; UserError when there is none: never a bare hash instead."""
        if not self.secrets:
            raise UserError(
                "Er is geen sleutel voor pseudoniemen, die nodig is om uitdraaien op BSN te verbinden. "
                "Maak er een met 'verbetermonitor keys CODE --rotate'."
            )
        return list(self.secrets)[-1]

    def secret(self, key_id: str) -> bytes:
        """The secret of a key; UserError for an id that is not on the ring."""
        if key_id not in self.secrets:
            raise UserError(
                f"Er is geen pseudoniemsleutel van {key_id}; bekend zijn {', '.join(self.secrets) or 'geen'}. "
                "Zet de bewaarde kopie terug."
            )
        return self.secrets[key_id]


@dataclass(frozen=True)
class InstitutionKeys:
    """What an institution needs to deliver. ``record`` lives as long as the agreement; ``pseudonyms`` rotate."""

    record: bytes = field(repr=False)
    signing: Ed25519PrivateKey = field(repr=False)
    identity: x25519.Identity = field(repr=False)
    steward: x25519.Recipient
    pseudonyms: KeyRing


@dataclass(frozen=True)
class StewardKeys:
    """What the steward needs to receive: ``suppliers`` is institution code to the key that verifies it."""

    identity: x25519.Identity = field(repr=False)
    suppliers: dict[str, Ed25519PublicKey]


def make_institution_keys(folder: Path, code: str) -> None:
    """Make the keys of the institution ``code``; UserError when one of the files exists."""
    known = [institution.code for institution in load_agreement().institutions]
    if code not in known:
        raise UserError(
            f"'{code}' is geen instelling in de overeenkomst; verwacht een van {', '.join(known)} of '{STEWARD}'."
        )
    signing = Ed25519PrivateKey.generate()
    private = signing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = signing.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    write_new(
        folder,
        {
            f"{code}.record": secrets.token_hex(RECORD_SECRET_BYTES),
            f"{code}.signing": private.decode(),
            f"{code}.age": str(x25519.Identity.generate()),
            f"{code}.verify": public.decode(),
        },
    )


def rotate_pseudonym_key(folder: Path, code: str, since: date) -> str:
    """Put a new key on the ring of the institution ``code``; its id.

    UserError when the institution has no keys yet, or when the ring has a key of that day or later.
    """
    _record_secret(folder / f"{code}.record", f"Maak eerst sleutels met 'verbetermonitor keys {code}'.")
    later = [key_id for key_id in load_key_ring(folder, code).secrets if key_id >= since.isoformat()]
    if later:
        raise UserError(f"De ring heeft al een pseudoniemsleutel van {later[-1]}. Wissel hoogstens eens per dag.")
    name = f"{code}.pseudonym-{since.isoformat()}"
    write_new(folder, {name: secrets.token_hex(PSEUDONYM_SECRET_BYTES)})
    return since.isoformat()


def load_key_ring(folder: Path, code: str) -> KeyRing:
    """The ring of the institution ``code``, empty when it has none; UserError when a key is damaged."""
    found = {}
    for file in sorted(folder.glob(f"{code}.pseudonym-*")):
        key_id = file.name.removeprefix(f"{code}.pseudonym-")
        try:
            date.fromisoformat(key_id)
        except ValueError:
            raise _damaged(file) from None
        found[key_id] = _secret(file, PSEUDONYM_SECRET_BYTES, "")
    return KeyRing(found)


def make_steward_keys(folder: Path) -> None:
    """Make the steward's identity and its public half; UserError when one of the files exists."""
    identity = x25519.Identity.generate()
    write_new(folder, {f"{STEWARD}.age": str(identity), f"{STEWARD}.recipient": str(identity.to_public())})


def load_institution_keys(folder: Path, code: str) -> InstitutionKeys:
    """The keys of the institution ``code``; UserError when one is missing or damaged."""
    remedy = f"Maak sleutels met 'verbetermonitor keys {code}' of zet de map met --keys."
    signing_file = folder / f"{code}.signing"
    signing_text = _read_secret(signing_file, remedy)
    steward = load_recipient(folder)
    try:
        signing = load_pem_private_key(signing_text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _damaged(signing_file) from None
    if not isinstance(signing, Ed25519PrivateKey):
        raise _damaged(signing_file)
    return InstitutionKeys(
        record=_record_secret(folder / f"{code}.record", remedy),
        signing=signing,
        identity=load_identity(folder / f"{code}.age", remedy),
        steward=steward,
        pseudonyms=load_key_ring(folder, code),
    )


def load_recipient(folder: Path) -> x25519.Recipient:
    """To whom a delivery is encrypted: the steward; UserError when the file is missing or damaged."""
    file = folder / f"{STEWARD}.recipient"
    check_unchanged(file)
    text = _read(file, f"Vraag de beheerder van de monitor om '{file.name}' en zet het in deze map.")
    try:
        return x25519.Recipient.from_str(text)
    except RecipientError:
        raise _damaged(file) from None


def load_steward_keys(folder: Path) -> StewardKeys:
    """The steward's identity and the register of suppliers; UserError when one is missing or damaged."""
    identity = load_identity(
        folder / f"{STEWARD}.age",
        f"Maak sleutels met 'verbetermonitor keys {STEWARD}' of zet de map met --keys.",
    )
    return StewardKeys(identity, load_suppliers(folder))


def load_suppliers(folder: Path) -> dict[str, Ed25519PublicKey]:
    """The register of suppliers: institution code to the key that verifies it; UserError when one is damaged."""
    return {file.stem: _verify_key(file) for file in sorted(folder.glob("*.verify"))}


def load_identity(file: Path, remedy: str) -> x25519.Identity:
    """The age identity in a file; UserError, with ``remedy``, when it is missing or damaged."""
    text = _read_secret(file, remedy)
    try:
        return x25519.Identity.from_str(text)
    except IdentityError:
        raise _damaged(file) from None


def _record_secret(file: Path, remedy: str) -> bytes:
    return _secret(file, RECORD_SECRET_BYTES, remedy)


def _secret(file: Path, length: int, remedy: str) -> bytes:
    try:
        secret = bytes.fromhex(_read_secret(file, remedy))
    except ValueError:
        raise _damaged(file) from None
    if len(secret) != length:
        raise _damaged(file)
    return secret


def _verify_key(file: Path) -> Ed25519PublicKey:
    check_unchanged(file)
    try:
        key = load_pem_public_key(file.read_bytes())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _damaged(file) from None
    if not isinstance(key, Ed25519PublicKey):
        raise _damaged(file)
    return key


def _read_secret(file: Path, remedy: str) -> str:
    check_private(file)
    return _read(file, remedy)


def _read(file: Path, remedy: str) -> str:
    try:
        return file.read_text("ascii").strip()
    except FileNotFoundError:
        raise UserError(f"Sleutelbestand '{file}' bestaat niet. {remedy}") from None
    except UnicodeDecodeError:
        raise _damaged(file) from None


def _damaged(file: Path) -> UserError:
    return UserError(
        f"Sleutelbestand '{file}' is beschadigd of van een andere soort. Zet de bewaarde kopie terug; "
        "maak geen nieuwe sleutel zonder overleg met de beheerder."
    )


def write_new(folder: Path, contents: Mapping[str, str]) -> None:
    """Write all files, readable by their owner alone, or none when one of them exists."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    existing = [name for name in contents if (folder / name).exists()]
    if existing:
        raise UserError(
            f"In '{folder}' staat al {', '.join(existing)}. Een sleutel wordt nooit overschreven: "
            "een nieuwe sleutel is een gebeurtenis van de overeenkomst. Kies een andere map met --keys."
        )
    for name, text in contents.items():
        # O_EXCL: also when another process made the file since the check above, nothing is overwritten.
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
