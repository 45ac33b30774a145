"""The delivery (*aanlevering*): the exchange format. Cannot hold what agreement.toml does not name.

A delivery is a zip of three open files: ``envelope.json`` (who, what, until when, the checksum of the
encrypted payload), ``payload.age`` (a zip of the tables below and ``manifest.json``, encrypted to the steward
and to the institution itself) and ``signature`` (Ed25519 over ``envelope.json``, base64). The payload is the
same, byte for byte, for the same cases under the same record key; the envelope carries the moment of signing.
"""

import base64
import binascii
import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, ValidationError
from pyrage import DecryptError, x25519

from pseudonymise.agreement import Flow, NormResult, Outcome, load_agreement
from pseudonymise.errors import UNREADABLE_ZIP, UserError
from pseudonymise.keys import InstitutionKeys
from pseudonymise.text import Level, find

FORMAT_VERSION = "2"

# The only columns that can leave. `duration` is in the unit of the step and empty for unregistered cases.
# `key_sums` stands apart from every duration row: sums of secret record keys modulo 2**32, for the noise.
# Its `item` is a step, clock or flow; `bin` the grid point at or above the duration (steps only).
TABLES: dict[str, tuple[str, ...]] = {
    "steps": ("step", "region", "measure_group", "quarter", "duration", "outcome", "norm_result", "cases"),
    "clocks": ("clock", "region", "measure_group", "quarter", "cases"),
    "flows": ("flow", "region", "measure_group", "quarter", "cases"),
    "quality": ("milestone", "quarter", "passed", "dated", "proxied", "implausible", "out_of_order", "early"),
    "registrations": ("milestone", "quarter", "lag", "cases"),
    "key_sums": ("table", "item", "region", "measure_group", "quarter", "outcome", "bin", "key_sum"),
}
# Whole numbers; those in MAY_BE_EMPTY are nullable. Every other column is a code.
NUMBERS = frozenset({"cases", "passed", "dated", "proxied", "implausible", "out_of_order", "early", "lag", "key_sum"})
MAY_BE_EMPTY = frozenset({"duration", "bin"})
LARGEST_LAG = 4  # quarters; a lag of a year or more is written as a year: such late ones are few

OUTER_MEMBERS = ("envelope.json", "payload.age", "signature")
INNER_MEMBERS = ("manifest.json", *(f"{name}.csv" for name in TABLES))

# What a million cases take is under a tenth of these; more is a zip bomb or not ours.
MAX_MEMBER_BYTES = {"envelope.json": 10_000, "signature": 1_000, "payload.age": 100_000_000}
MAX_INNER_BYTES = 250_000_000

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can hold: a file time would differ per run
RESEND = "Laat de instelling de aanlevering opnieuw maken en versturen."


class Fault(StrEnum):
    """Why a file is not accepted as a delivery."""

    NO_DELIVERY = "no_delivery"  # no zip, not whole, or with other members
    TOO_LARGE = "too_large"
    ENVELOPE_UNREADABLE = "envelope_unreadable"
    SENDER_UNKNOWN = "sender_unknown"
    SIGNATURE_WRONG = "signature_wrong"
    CHANGED_AFTER_SIGNING = "changed_after_signing"
    OTHER_FORMAT = "other_format"
    OTHER_AGREEMENT = "other_agreement"
    KEY_DOES_NOT_OPEN = "key_does_not_open"
    MANIFEST_UNREADABLE = "manifest_unreadable"
    ENVELOPE_CONTRADICTS = "envelope_contradicts"
    OTHER_TABLES = "other_tables"
    TABLE_DAMAGED = "table_damaged"
    TABLE_UNREADABLE = "table_unreadable"
    OTHER_ROW_COUNT = "other_row_count"
    OTHER_COLUMNS = "other_columns"
    OUTSIDE_AGREEMENT = "outside_agreement"
    MANIFEST_OUTSIDE_AGREEMENT = "manifest_outside_agreement"


class DeliveryError(UserError):
    """A delivery that is not accepted. ``row`` as in the table, whose header is row 1."""

    def __init__(
        self, message: str, code: Fault, table: str | None = None, row: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.table, self.row, self.column = code, table, row, column


class LeftOut(StrEnum):
    """Why a case is in no clock. It may still count in the stock and the flows."""

    NO_START = "no_start"  # the milestone that starts the clock has no date, or an impossible one
    TOO_RECENT = "too_recent"  # its half-month is not over yet
    BEFORE_FIRST_QUARTER = "before_first_quarter"
    TRANSFERRED_IN = "transferred_in"  # its clock runs at the institution that had the case first
    UNKNOWN_END = "unknown_end"  # it ended or moved on a day that nobody knows: for how long it ran cannot be said
    REGION_NOT_SERVED = "region_not_served"  # the agreement does not place the institution in this region


class TableEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    sha256: str


class Manifest(BaseModel):
    """What the payload says of itself. Holds counts, codes and checksums only; no clock time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: str
    institution: str
    agreement_version: str
    until: date
    missing_milestones: tuple[str, ...]  # not in this source at all
    registration_delay_days: int  # follow-up stops so long before `until`
    registration_delays: dict[str, int]  # milestone to its P90 in calendar days, of those that this source measures
    rows_read: int
    rows_used: int
    left_out: dict[str, int]  # why a row is in no clock (see left_out_reasons) to rows; adds up to read - used
    tables: dict[str, TableEntry]


class Envelope(BaseModel):
    """The open part: enough to route, verify and refuse a delivery without opening it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: str
    institution: str
    agreement_version: str
    until: date
    signed_at: datetime
    ciphertext_sha256: str


@dataclass(frozen=True)
class Delivery:
    """A delivery opened and verified. ``tables`` has exactly the keys and columns of TABLES."""

    manifest: Manifest
    payload_sha256: str
    tables: dict[str, pd.DataFrame]


def write_delivery(
    target: Path | BinaryIO,
    *,
    institution: str,
    until: date,
    missing_milestones: Collection[str],
    registration_delay_days: int,
    registration_delays: Mapping[str, int],
    rows_read: int,
    rows_used: int,
    left_out: Mapping[str, int],
    tables: Mapping[str, pd.DataFrame],
    keys: InstitutionKeys,
) -> Manifest:
    """Write, encrypt and sign a delivery; what it says of itself comes back.

    ``tables`` as in TABLES, with values of the agreement only: ValueError otherwise, as that is our fault.
    A file appears whole or not at all. UserError when it cannot be written.
    """
    contents = {name: _to_csv(tables[name], name) for name in TABLES}
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        institution=institution,
        agreement_version=load_agreement().version,
        until=until,
        missing_milestones=tuple(sorted(missing_milestones)),
        registration_delay_days=registration_delay_days,
        registration_delays=dict(sorted(registration_delays.items())),
        rows_read=rows_read,
        rows_used=rows_used,
        left_out=dict(sorted(left_out.items())),
        tables={
            name: TableEntry(rows=len(tables[name]), sha256=_sha256(content)) for name, content in contents.items()
        },
    )
    fault = _first_fault(tables, manifest)
    if fault is not None:
        raise ValueError(str(fault))
    ciphertext = pyrage.encrypt(pack_payload(manifest, contents), [keys.steward, keys.identity.to_public()])
    envelope = Envelope(
        format_version=FORMAT_VERSION,
        institution=institution,
        agreement_version=manifest.agreement_version,
        until=until,
        signed_at=datetime.now(UTC).replace(microsecond=0),
        ciphertext_sha256=_sha256(ciphertext),
    )
    envelope_bytes = envelope.model_dump_json(indent=2).encode()
    signature = base64.b64encode(keys.signing.sign(envelope_bytes))
    outer = _zip(dict(zip(OUTER_MEMBERS, (envelope_bytes, ciphertext, signature), strict=True)))
    if isinstance(target, Path):
        replace_file(target, outer)
    else:
        target.write(outer)
    return manifest


def left_out_reasons() -> frozenset[str]:
    """Why a case can be in no clock: the only words that ``Manifest.left_out`` may hold."""
    without_clock = {f"measure_type_{code}" for code in load_agreement().measure_types_without_clock}
    return frozenset(LeftOut) | without_clock


def pack_payload(manifest: Manifest, contents: Mapping[str, bytes]) -> bytes:
    """The inner zip: manifest and tables, the same bytes for the same content."""
    return _zip(
        {
            "manifest.json": manifest.model_dump_json(indent=2).encode(),
            **{f"{name}.csv": contents[name] for name in TABLES},
        }
    )


def read_delivery(path: Path, identity: x25519.Identity, suppliers: Mapping[str, Ed25519PublicKey] | None) -> Delivery:
    """Open a delivery and verify everything it claims; UserError, with the remedy, at the first thing wrong.

    ``suppliers`` is institution code to the key that verifies its signature; None, for an institution that
    looks at its own delivery, skips that check alone.
    """
    return open_delivery(str(path), _read(path), identity, suppliers)


def open_delivery(
    name: str, content: bytes, identity: x25519.Identity, suppliers: Mapping[str, Ed25519PublicKey] | None
) -> Delivery:
    """As `read_delivery`, of a delivery in memory; ``name`` is what errors call it by."""
    return _open_payload(name, _decrypt(name, content, identity, suppliers))


def read_envelope(path: Path) -> Envelope:
    """The open part of a delivery, not yet verified; UserError when it is not there."""
    return _open_outer(str(path), _read(path))[0]


def decrypt_payload(
    path: Path, identity: x25519.Identity, suppliers: Mapping[str, Ed25519PublicKey] | None
) -> tuple[Envelope, bytes]:
    """The envelope, verified, and the inner zip as bytes, not yet looked into. Errors as `read_delivery`."""
    return _decrypt(str(path), _read(path), identity, suppliers)


def _decrypt(
    path: str, content: bytes, identity: x25519.Identity, suppliers: Mapping[str, Ed25519PublicKey] | None
) -> tuple[Envelope, bytes]:
    envelope, outer = _open_outer(path, content)
    if suppliers is not None:
        _verify_signature(path, envelope.institution, outer, suppliers)
    if _sha256(outer["payload.age"]) != envelope.ciphertext_sha256:
        raise DeliveryError(
            f"{path}: de inhoud is na het ondertekenen veranderd. {RESEND}", Fault.CHANGED_AFTER_SIGNING
        )
    _check_versions(path, envelope.format_version, envelope.agreement_version)
    try:
        payload: bytes = pyrage.decrypt(outer["payload.age"], [identity])
    except DecryptError:
        raise DeliveryError(
            f"{path}: is niet met deze sleutel te openen. Gebruik de sleutel van de beheerder of van de "
            "instelling zelf (map met --keys), of laat de instelling voor de juiste beheerder versleutelen.",
            Fault.KEY_DOES_NOT_OPEN,
        ) from None
    return envelope, payload


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: bestaat niet. Controleer de naam van de aanlevering.") from None
    except IsADirectoryError:
        raise UserError(f"{path}: is een map. Geef de aanlevering zelf op (een .zip).") from None


def _open_outer(path: str, content: bytes) -> tuple[Envelope, dict[str, bytes]]:
    outer = _unzip(path, content, OUTER_MEMBERS, MAX_MEMBER_BYTES)
    try:
        return Envelope.model_validate_json(outer["envelope.json"]), outer
    except ValidationError:
        raise DeliveryError(f"{path}: de envelop is niet te lezen. {RESEND}", Fault.ENVELOPE_UNREADABLE) from None


def _open_payload(path: str, opened: tuple[Envelope, bytes]) -> Delivery:
    envelope, payload = opened
    inner = _unzip(path, payload, INNER_MEMBERS, dict.fromkeys(INNER_MEMBERS, MAX_INNER_BYTES))
    try:
        manifest = Manifest.model_validate_json(inner["manifest.json"])
    except ValidationError:
        raise DeliveryError(f"{path}: het manifest is niet te lezen. {RESEND}", Fault.MANIFEST_UNREADABLE) from None
    _check_versions(path, manifest.format_version, manifest.agreement_version)
    if (manifest.institution, manifest.until) != (envelope.institution, envelope.until):
        raise DeliveryError(
            f"{path}: de envelop en de inhoud spreken elkaar tegen. {RESEND}", Fault.ENVELOPE_CONTRADICTS
        )
    if set(manifest.tables) != set(TABLES):
        raise DeliveryError(
            f"{path}: het manifest noemt andere tabellen dan {', '.join(TABLES)}. {RESEND}", Fault.OTHER_TABLES
        )
    tables = {}
    for name, entry in manifest.tables.items():
        content = inner[f"{name}.csv"]
        if _sha256(content) != entry.sha256:
            raise DeliveryError(
                f"{path}: tabel '{name}' is beschadigd (controlegetal klopt niet). {RESEND}", Fault.TABLE_DAMAGED, name
            )
        tables[name] = _from_csv(path, name, content)
        if len(tables[name]) != entry.rows:
            raise DeliveryError(
                f"{path}: tabel '{name}' heeft een ander aantal rijen dan het manifest. {RESEND}",
                Fault.OTHER_ROW_COUNT,
                name,
            )
    fault = _first_fault(tables, manifest)
    if fault is not None:
        raise DeliveryError(f"{path}: {fault}. {RESEND}", fault.code, fault.table, fault.row, fault.column)
    return Delivery(manifest, _sha256(payload), tables)


def _verify_signature(
    path: str, institution: str, outer: Mapping[str, bytes], suppliers: Mapping[str, Ed25519PublicKey]
) -> None:
    if institution not in suppliers:
        raise DeliveryError(
            f"{path}: de beheerder kent geen sleutel van de afzender. Zet het bestand <CODE>.verify van de "
            "instelling in de map met sleutels (--keys).",
            Fault.SENDER_UNKNOWN,
        )
    try:
        suppliers[institution].verify(base64.b64decode(outer["signature"], validate=True), outer["envelope.json"])
    except (InvalidSignature, binascii.Error):
        raise DeliveryError(
            f"{path}: de handtekening is niet van {institution}. Laad deze aanlevering niet: vraag de "
            "instelling of zij haar heeft gestuurd, en of het bestand <CODE>.verify nog klopt.",
            Fault.SIGNATURE_WRONG,
        ) from None


def _check_versions(path: str, format_version: str, agreement_version: str) -> None:
    if format_version != FORMAT_VERSION:
        raise DeliveryError(
            f"{path}: is gemaakt in een andere versie van het formaat; verwacht {FORMAT_VERSION}. "
            "Laat beide partijen dezelfde versie van verbetermonitor gebruiken.",
            Fault.OTHER_FORMAT,
        )
    ours = load_agreement().version
    if agreement_version != ours:
        raise DeliveryError(
            f"{path}: is gemaakt onder een andere versie van de overeenkomst; verwacht {ours}. "
            "Laat de instelling opnieuw aanleveren onder de geldende overeenkomst.",
            Fault.OTHER_AGREEMENT,
        )


def _first_fault(tables: Mapping[str, pd.DataFrame], manifest: Manifest) -> DeliveryError | None:
    """What in the tables lies outside the agreement; None when nothing does.

    Names table, column and row, never the value: whatever does not belong could be anything.
    """
    agreement = load_agreement()
    try:
        institution = agreement.institution(manifest.institution)
    except KeyError:
        return _outside("de afzender is geen partij bij de overeenkomst")
    steps = {step.code: step for step in agreement.steps_of(institution.kind)}
    clocks = {clock.code for clock in agreement.clocks_of(institution.kind)}
    flows = set(Flow) if institution.kind == "gi" else set()
    first = pd.Period(agreement.first_quarter, "Q")
    quarters = {str(quarter) for quarter in pd.period_range(first, pd.Timestamp(manifest.until), freq="Q")}
    codes: dict[str, Collection[str]] = {
        "step": steps.keys(),
        "clock": clocks,
        "flow": flows,
        "milestone": agreement.milestones_in(institution.kind),
        "region": institution.regions,
        "measure_group": {group.code for group in agreement.measure_groups},
        "quarter": quarters,
        "outcome": set(Outcome),
        "norm_result": set(NormResult),
        "table": {"steps", "clocks", "flows"},
        "item": {*steps, *clocks, *flows},
    }
    horizons = {code: step.horizon for code, step in steps.items()}
    for name, table in tables.items():
        if tuple(table.columns) != TABLES[name]:
            return DeliveryError(
                f"tabel '{name}' heeft andere kolommen dan {', '.join(TABLES[name])}", Fault.OTHER_COLUMNS, name
            )
        for column in table.columns:
            values = table[column]
            if column in NUMBERS:
                ok = (values >= (1 if column == "cases" else 0)) & (values < 2**32)
                if column == "lag":
                    ok &= values <= LARGEST_LAG
            elif column in MAY_BE_EMPTY:
                limit = table["step" if name == "steps" else "item"].map(horizons)
                ok = values.isna() | ((values >= 0) & (values.astype("Float64") <= limit))
            else:
                allowed = codes[column]
                if name == "key_sums" and column == "outcome":
                    allowed = {*allowed, ""}  # clocks and flows have none
                ok = values.isin([code for code in allowed if not _looks_like_an_identifier(code)])
            wrong = ~ok.fillna(False).to_numpy(dtype=bool)
            if wrong.any():
                row = int(np.argmax(wrong)) + 2  # the header is row 1
                return DeliveryError(
                    f"tabel '{name}', rij {row}, kolom '{column}': een waarde buiten de overeenkomst",
                    Fault.OUTSIDE_AGREEMENT,
                    name,
                    row,
                    str(column),
                )
    if not set(manifest.missing_milestones) <= set(codes["milestone"]):
        return _outside("het manifest noemt een mijlpaal buiten de overeenkomst")
    if not set(manifest.registration_delays) <= set(codes["milestone"]) - set(manifest.missing_milestones):
        return _outside("het manifest noemt een vertraging van een mijlpaal die niet in de bron staat")
    largest = agreement.follow_up.largest_registration_delay_days
    if not all(
        0 <= days <= largest for days in (manifest.registration_delay_days, *manifest.registration_delays.values())
    ):
        return _outside("het manifest noemt een registratievertraging buiten de overeenkomst")
    if not set(manifest.left_out) <= left_out_reasons():
        return _outside("het manifest noemt een reden van weglaten die de overeenkomst niet kent")
    return None


def _outside(message: str) -> DeliveryError:
    return DeliveryError(message, Fault.MANIFEST_OUTSIDE_AGREEMENT)


@cache
def _looks_like_an_identifier(code: str) -> bool:
    """Whether the text guard finds something in a code: then someone wrote a number or a date into the agreement.

    The codes of the agreement are all the text that a delivery can hold, so each is looked at once.
    """
    return bool(find(str(code), Level.PATTERN))  # a plain string: spaCy refuses those of an enumeration


def _to_csv(table: pd.DataFrame, name: str) -> bytes:
    """The table as CSV, its rows in the order of their values: the order of the cases must not show."""
    ordered = table.sort_values(list(TABLES[name]), na_position="first")
    buffer = io.BytesIO()
    options = pacsv.WriteOptions(quoting_style="none", quoting_header="none")
    pacsv.write_csv(pa.Table.from_pandas(ordered, preserve_index=False), buffer, options)
    return buffer.getvalue()


def _from_csv(path: str, name: str, content: bytes) -> pd.DataFrame:
    dtypes = {
        column: "int64" if column in NUMBERS else "Int64" if column in MAY_BE_EMPTY else "str"
        for column in TABLES[name]
    }
    try:
        header = content.split(b"\n", 1)[0].decode().split(",")
        if tuple(header) != TABLES[name]:
            raise DeliveryError(
                f"{path}: tabel '{name}' heeft andere kolommen dan {', '.join(TABLES[name])}. {RESEND}",
                Fault.OTHER_COLUMNS,
                name,
            )
        return pd.read_csv(
            io.BytesIO(content),
            dtype=dtypes,
            keep_default_na=False,
            na_values={column: [""] for column in MAY_BE_EMPTY & set(header)},
        )
    except (ValueError, TypeError, OverflowError):  # pandas' parser errors are ValueErrors
        raise DeliveryError(
            f"{path}: tabel '{name}' is niet te lezen als getallen en codes. {RESEND}", Fault.TABLE_UNREADABLE, name
        ) from None


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # the same on every operating system
            archive.writestr(info, content, compresslevel=6)
    return buffer.getvalue()


def _unzip(path: str, content: bytes, members: tuple[str, ...], limits: Mapping[str, int]) -> dict[str, bytes]:
    """Exactly ``members``, each once and within its limit; no name in the zip ever becomes a path on disk."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sorted(archive.namelist()) != sorted(members):
                raise DeliveryError(
                    f"{path}: bevat andere onderdelen dan een aanlevering ({', '.join(members)}). {RESEND}",
                    Fault.NO_DELIVERY,
                )
            contents = {}
            for name in members:
                # The size in the zip's directory can lie: read no more than one byte past the limit.
                with archive.open(name) as member:
                    contents[name] = member.read(limits[name] + 1)
                if len(contents[name]) > limits[name]:
                    raise DeliveryError(
                        f"{path}: onderdeel '{name}' is groter dan een aanlevering kan zijn. {RESEND}", Fault.TOO_LARGE
                    )
            return contents
    except UNREADABLE_ZIP:
        raise DeliveryError(
            f"{path}: is geen (hele) aanlevering: het zip-bestand is niet te lezen. {RESEND}", Fault.NO_DELIVERY
        ) from None


def replace_file(path: Path, content: bytes) -> None:
    """Write beside the target and move into place: a reader sees the old file or the new, never a half.

    UserError when it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UserError(f"{path}: schrijven lukt niet ({error.strerror}). Kies een andere plaats.") from None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
