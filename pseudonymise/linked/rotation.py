"""To a new key without a number: who has the pseudonyms blinds them, the custodian multiplies, and proves by what.

A request is one line of JSON and a blinded point of 32 bytes for each pseudonym, in random order; an answer the same
line with the points carried over and a proof of 64 bytes after every BATCH, encrypted to the recipient that the
agreement names: whoever else asks, gets nothing to read. The blinds stay with who asked, encrypted to itself.
"""

import hashlib
import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pyrage
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pyrage import DecryptError, x25519

from pseudonymise.errors import UserError
from pseudonymise.linked import oprf
from pseudonymise.linked.exchange import BATCH, LARGEST_PEOPLE, slices
from pseudonymise.linked.journal import Journal
from pseudonymise.linked.keys import HolderKey, PublicKey, Use, linked_terms

AGAIN = "Begin opnieuw met 'verbetermonitor roads ask'."
STATE = "de bewaarde toestand"
RECIPIENT = "monitor"  # who asks, in the journal: it is no institution


class Turn(BaseModel):
    """From which version of the key of the pseudonym to which, and of how many."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: str
    from_version: int = Field(ge=1)
    to_version: int = Field(ge=2)
    people: int = Field(ge=1, le=LARGEST_PEOPLE)
    request: str = Field(pattern="^[0-9a-f]{64}$")  # SHA-256 of the points


def ask(pseudonyms: Sequence[str], old: PublicKey, new: PublicKey, identity: x25519.Identity) -> tuple[bytes, bytes]:
    """The request for the custodian, and the state to keep until its answer comes, encrypted."""
    elements = [bytes.fromhex(one) for one in pseudonyms]
    random.SystemRandom().shuffle(elements)
    scalars = [oprf.random_scalar() for _ in elements]
    points = [oprf.blind_element(one, scalar) for one, scalar in zip(elements, scalars, strict=True)]
    body = b"".join(points)
    turn = Turn(
        purpose=linked_terms().purpose,
        from_version=old.version,
        to_version=new.version,
        people=len(points),
        request=hashlib.sha256(body).hexdigest(),
    )
    rows = b"".join(e + s + p for e, s, p in zip(elements, scalars, points, strict=True))
    return _line(turn) + body, bytes(pyrage.encrypt(_line(turn) + rows, [identity.to_public()]))


def translate(
    name: str, request: bytes, old: HolderKey, new: HolderKey, recipient: x25519.Recipient, journal: Journal
) -> bytes:
    """The answer to a request; UserError when there is none. Written in the journal before it is made."""
    turn, body = _read(name, request)
    points = list(slices(body, oprf.POINT_BYTES))
    if hashlib.sha256(body).hexdigest() != turn.request or len(points) != turn.people:
        raise UserError(f"{name}: het aantal punten of het controlegetal klopt niet. {AGAIN}")
    if (turn.from_version, turn.to_version) != (old.public.version, new.public.version):
        raise UserError(
            f"{name}: gaat van versie {turn.from_version} naar {turn.to_version}; gevraagd is "
            f"{old.public.version} naar {new.public.version}. {AGAIN}"
        )
    with journal.locked():
        if turn.request in journal.answered():
            raise UserError(f"{name}: is al eerder beantwoord. {AGAIN}")
        try:
            oprf.check_points(points)
        except oprf.NotAPoint as error:
            raise UserError(f"{name}: punt {error.index + 1} is geen punt van de groep. {AGAIN}") from None
        journal.write(
            {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "institution": RECIPIENT,
                "use": Use.PSEUDONYM,
                "version": turn.to_version,
                "period": "",
                **turn.model_dump(exclude={"purpose", "to_version"}),
                "refused": None,
            }
        )
    parts = []
    for start in range(0, len(points), BATCH):
        carried, proof = oprf.translate(old.secret, new.secret, points[start : start + BATCH])
        parts += [*carried, proof]
    return bytes(pyrage.encrypt(_line(turn) + b"".join(parts), [recipient]))


def take(
    name: str, answer: bytes, state: bytes, old: PublicKey, new: PublicKey, identity: x25519.Identity
) -> dict[str, str]:
    """Each old pseudonym to the new one; UserError unless the proofs hold under both commitments."""
    turn, body = _read(name, _open(name, answer, identity))
    asked, rows = _read(STATE, _open(STATE, state, identity))
    if turn != asked or (turn.from_version, turn.to_version) != (old.version, new.version):
        raise UserError(f"{name}: hoort bij een andere aanvraag dan deze toestand. {AGAIN}")
    kept = list(slices(rows, 2 * oprf.POINT_BYTES + oprf.SCALAR_BYTES))
    batches = -(-turn.people // BATCH)
    if len(body) != turn.people * oprf.POINT_BYTES + batches * oprf.PROOF_BYTES or len(kept) != turn.people:
        raise UserError(f"{name}: is niet heel. Vraag het bestand opnieuw aan wie de sleutel houdt.")
    found: dict[str, str] = {}
    place = 0
    for start in range(0, turn.people, BATCH):
        batch = kept[start : start + BATCH]
        end = place + len(batch) * oprf.POINT_BYTES
        carried = list(slices(body[place:end], oprf.POINT_BYTES))
        place = end + oprf.PROOF_BYTES
        before = [row[-oprf.POINT_BYTES :] for row in batch]
        try:
            oprf.check_proof(bytes.fromhex(old.point), bytes.fromhex(new.point), before, carried, body[end:place])
        except (oprf.WrongProof, oprf.NotAPoint):
            raise UserError(
                f"{name}: het bewijs klopt niet: dit is niet overgezet van {old.file} naar {new.file}. Gebruik het "
                "niet, en vraag na bij wie de sleutel houdt."
            ) from None
        for row, point in zip(batch, carried, strict=True):
            scalar = row[oprf.POINT_BYTES : oprf.POINT_BYTES + oprf.SCALAR_BYTES]
            found[row[: oprf.POINT_BYTES].hex()] = oprf.unblind(scalar, point).hex()
    return found


def _read(name: str, content: bytes) -> tuple[Turn, bytes]:
    line, _, rest = content.partition(b"\n")
    try:
        turn = Turn.model_validate_json(line)
    except ValidationError:
        raise UserError(f"{name}: is geen bestand van het overzetten van pseudoniemen. {AGAIN}") from None
    if turn.purpose != linked_terms().purpose:
        raise UserError(f"{name}: is voor een ander doel dan de overeenkomst noemt. {AGAIN}")
    return turn, rest


def _open(name: str, content: bytes, identity: x25519.Identity) -> bytes:
    try:
        return bytes(pyrage.decrypt(content, [identity]))
    except DecryptError:
        raise UserError(f"{name}: is niet met deze sleutel te openen.") from None


def _line(turn: Turn) -> bytes:
    return json.dumps(turn.model_dump(mode="json"), separators=(",", ":")).encode() + b"\n"
