"""The files that go between the parties, and what each party does with them.

A request (*aanvraag*) goes from an institution to a key holder, an evaluation (*evaluatie*) back. Both are one line of
JSON that says what it is, one line with a signature (of a request; the proofs vouch for an evaluation) and then bytes:
32 for each person, and in an evaluation a proof of 64 after every BATCH of them. Neither holds anything of a person:
the points are blinded and stand in random order. State and links stay inside, encrypted to the institution itself.
"""

import base64
import binascii
import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pyrage import DecryptError

from pseudonymise.delivery import replace_file
from pseudonymise.errors import UserError
from pseudonymise.keys import InstitutionKeys
from pseudonymise.linked import oprf
from pseudonymise.linked.journal import Journal
from pseudonymise.linked.keys import HolderKey, PublicKey, Use, linked_terms
from pseudonymise.linked.numbers import NUMBER_CHARACTERS

BATCH = 1000  # people to a proof: the RFC allows 65,535; of this many progress shows every tenth of a second
OFFSET_DAYS = 2**16  # a shift is a day on a circle of 179 years: over it every shifted day is as likely as any other
OFFSET_BYTES = 2
AGAIN = "Maak de aanvraag opnieuw met 'verbetermonitor link blind'."
LARGEST_PEOPLE, LARGEST_VERSION = 1_000_000, 1000
MAX_BYTES = 100_000_000  # of a million people the state, the largest, is under
QUARTER = "^20[0-9]{2}Q[1-4]$"

Progress = Callable[[int, int], None]  # people done, of how many


class Header(BaseModel):
    """What a file says of itself: for whom, under which key, for which period and of how many people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    institution: str
    use: Use
    version: int = Field(ge=1, le=LARGEST_VERSION)
    recipient: str
    purpose: str
    period: str = Field(pattern=QUARTER)
    people: int = Field(ge=1, le=LARGEST_PEOPLE)
    request: str = Field(
        pattern="^[0-9a-f]{64}$"
    )  # in an evaluation the SHA-256 of the request's points that it answers; in a request that of its own


@dataclass(frozen=True)
class Links:
    """What an institution learns of its own people, and keeps: number (BSN) to element or to days of shift."""

    header: Header
    values: dict[str, bytes] = field(repr=False)

    @property
    def offsets(self) -> dict[str, int]:
        """Days, 0 to OFFSET_DAYS - 1."""
        return {number: int.from_bytes(value, "big") for number, value in self.values.items()}


def blind(
    numbers: Sequence[str], institution: str, period: str, public: PublicKey, keys: InstitutionKeys, progress: Progress
) -> tuple[bytes, bytes]:
    """The request for the key holder, and the state to keep until its answer comes, encrypted."""
    shuffled = list(numbers)
    random.SystemRandom().shuffle(shuffled)  # the order of the cases must not show
    scalars, points = [], []
    for count, number in enumerate(shuffled, 1):
        scalars.append(oprf.random_scalar())
        points.append(oprf.blind(number.encode(), scalars[-1]))
        if count % BATCH == 0:
            progress(count, len(shuffled))
    body = b"".join(points)
    header = Header(
        institution=institution,
        use=public.use,
        version=public.version,
        recipient=public.recipient,
        purpose=public.purpose,
        period=period,
        people=len(points),
        request=hashlib.sha256(body).hexdigest(),
    )
    line = _line(header)
    signature = base64.b64encode(keys.signing.sign(line + body))
    rows = b"".join(n.encode() + s + p for n, s, p in zip(shuffled, scalars, points, strict=True))
    return line + signature + b"\n" + body, _seal(line + rows, keys)


def evaluate(
    name: str,
    request: bytes,
    period: str,
    key: HolderKey,
    suppliers: dict[str, Ed25519PublicKey],
    journal: Journal,
    progress: Progress,
) -> bytes:
    """The answer to a request; UserError when there is none, in the journal too once it is sure who asked.

    Counted before it is answered: what is stopped halfway has used its part of the limit, never more than that.
    """
    header, signature, body = _unpack(name, request)
    public = key.public
    sender = suppliers.get(header.institution)
    if sender is None:
        raise UserError(f"{name}: er is geen sleutel van de afzender. Zet <CODE>.verify van de instelling bij --keys.")
    try:
        sender.verify(base64.b64decode(signature, validate=True), _line(header) + body)
    except (InvalidSignature, binascii.Error):
        raise UserError(
            f"{name}: de handtekening is niet van {header.institution}, of het bestand is veranderd."
        ) from None
    points = list(slices(body, oprf.POINT_BYTES))
    if (
        hashlib.sha256(body).hexdigest() != header.request
        or [len(p) for p in points] != [oprf.POINT_BYTES] * header.people
    ):
        raise UserError(f"{name}: het aantal punten of het controlegetal klopt niet. {AGAIN}")
    with journal.locked():
        reason = _refusal(header, public, period, journal)
        if reason is None:
            try:
                oprf.check_points(points)
            except oprf.NotAPoint as error:
                reason = f"punt {error.index + 1} is geen punt van de groep. {AGAIN}"
        if reason is None and len(set(points)) < len(points):
            reason = f"een punt staat er twee keer in. {AGAIN}"
        journal.write(_entry(header, refused=reason))
        if reason is not None:
            raise UserError(f"{name}: {reason}")
    parts = []
    for start in range(0, len(points), BATCH):
        evaluated, proof = oprf.evaluate(key.secret, points[start : start + BATCH])
        parts += [*evaluated, proof]
        progress(min(start + BATCH, len(points)), len(points))
    return _line(header) + b"\n" + b"".join(parts)


def unblind(
    name: str, evaluation: bytes, state: bytes, public: PublicKey, keys: InstitutionKeys, progress: Progress
) -> Links:
    """The links of an institution's own people; UserError when the answer is not that to what was blinded.

    No answer is used before its proof holds under the key that was committed to.
    """
    header, _, body = _unpack(name, evaluation)
    kept = _open("de bewaarde toestand", state, keys)
    asked, rows = _read_line("de bewaarde toestand", kept)
    if header != asked:
        raise UserError(
            f"{name}: hoort bij een andere aanvraag dan deze toestand (andere periode, sleutel of aanvraag). "
            "Zoek de toestand die bij deze aanvraag is gemaakt."
        )
    if (public.use, public.version) != (header.use, header.version):
        raise UserError(
            f"{name}: is gemaakt onder versie {header.version} van de sleutel; in de map staat versie "
            f"{public.version}. {AGAIN}"
        )
    people = list(slices(rows, NUMBER_CHARACTERS + oprf.SCALAR_BYTES + oprf.POINT_BYTES))
    batches = -(-header.people // BATCH)
    if len(body) != header.people * oprf.POINT_BYTES + batches * oprf.PROOF_BYTES or len(people) != header.people:
        raise UserError(f"{name}: is niet heel. Vraag het bestand opnieuw aan wie de sleutel houdt.")
    values: dict[str, bytes] = {}
    place = 0
    for start in range(0, header.people, BATCH):
        batch = people[start : start + BATCH]
        end = place + len(batch) * oprf.POINT_BYTES
        evaluated = list(slices(body[place:end], oprf.POINT_BYTES))
        place = end + oprf.PROOF_BYTES
        try:
            oprf.verify(
                bytes.fromhex(public.point), [row[-oprf.POINT_BYTES :] for row in batch], evaluated, body[end:place]
            )
        except (oprf.WrongProof, oprf.NotAPoint):
            raise UserError(
                f"{name}: het bewijs klopt niet: dit is niet gemaakt met de sleutel in {public.file}. Gebruik het "
                "niet, en vraag na bij wie de sleutel houdt."
            ) from None
        for row, point in zip(batch, evaluated, strict=True):
            number = row[:NUMBER_CHARACTERS]
            element = oprf.unblind(row[NUMBER_CHARACTERS : -oprf.POINT_BYTES], point)
            values[number.decode()] = (
                element if header.use is Use.PSEUDONYM else oprf.finalize(number, element)[:OFFSET_BYTES]
            )
        progress(len(values), header.people)
    return Links(header, values)


def write_links(path: Path, links: Links, keys: InstitutionKeys) -> None:
    """Write the links, encrypted to the institution itself."""
    rows = b"".join(number.encode() + value for number, value in links.values.items())
    replace_file(path, _seal(_line(links.header) + rows, keys))


def read_links(path: Path, keys: InstitutionKeys) -> Links:
    """Read what `write_links` wrote; UserError when it is not that, or another's."""
    header, rows = _read_line(path.name, _open(path.name, read_file(path), keys))
    width = NUMBER_CHARACTERS + (oprf.POINT_BYTES if header.use is Use.PSEUDONYM else OFFSET_BYTES)
    people = list(slices(rows, width))
    return Links(header, {row[:NUMBER_CHARACTERS].decode(): row[NUMBER_CHARACTERS:] for row in people})


def read_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path}: is groter dan zo'n bestand kan zijn.")
        return path.read_bytes()
    except OSError:
        raise UserError(f"{path}: bestaat niet of is geen bestand. Controleer de naam.") from None


def _refusal(header: Header, public: PublicKey, period: str, journal: Journal) -> str | None:
    """Why a request that is whole and signed is not answered; None when it is."""
    if header.use is not public.use or (header.recipient, header.purpose) != (public.recipient, public.purpose):
        return "vraagt om een ander gebruik dan waarvoor deze sleutel is gemaakt. Kies de goede --use."
    if header.version != public.version:
        return f"vraagt om versie {header.version} van de sleutel; geldig is versie {public.version}. {AGAIN}"
    if header.period != period:
        return f"is een aanvraag voor {header.period}; nu wordt {period} geëvalueerd. {AGAIN}"
    if header.request in journal.answered():
        return f"is al eerder beantwoord. {AGAIN}"
    limit = linked_terms().largest_evaluations
    used = journal.people(header.institution, header.use, period)
    if used + header.people > limit:
        return (
            f"vraagt {header.people} evaluaties, waarmee {header.institution} in {period} op {used + header.people} "
            f"komt; de overeenkomst laat er {limit} toe."
        )
    return None


def _entry(header: Header, refused: str | None) -> dict[str, object]:
    """What the journal keeps of a request: who, what and how many. Never a point."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        **header.model_dump(mode="json", exclude={"recipient", "purpose"}),  # free text of the sender
        "refused": refused,
    }


def _line(header: Header) -> bytes:
    return json.dumps(header.model_dump(mode="json"), separators=(",", ":")).encode() + b"\n"


def _unpack(name: str, content: bytes) -> tuple[Header, bytes, bytes]:
    header, rest = _read_line(name, content)
    signature, _, body = rest.partition(b"\n")
    return header, signature, body


def _read_line(name: str, content: bytes) -> tuple[Header, bytes]:
    line, _, rest = content.partition(b"\n")
    try:
        return Header.model_validate_json(line), rest
    except ValidationError:
        raise UserError(f"{name}: is geen bestand van de gekoppelde vorm, of het is beschadigd. {AGAIN}") from None


def slices(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def _seal(content: bytes, keys: InstitutionKeys) -> bytes:
    return bytes(pyrage.encrypt(content, [keys.identity.to_public()]))


def _open(name: str, content: bytes, keys: InstitutionKeys) -> bytes:
    try:
        return bytes(pyrage.decrypt(content, [keys.identity]))
    except DecryptError:
        raise UserError(f"{name}: is met de sleutel van deze instelling niet te openen.") from None
