"""Delivery files with one thing wrong before they are open: what a broken disk, an old version or a forger makes."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage

from pseudonymise.delivery import Fault
from pseudonymise.keys import load_institution_keys
from tests.monitor.deliveries import Parties

Members = dict[str, bytes]


def unpack(content: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(members: Members) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def outside(change: Callable[[Members], None]) -> Callable[[bytes, Parties], bytes]:
    """A change of the open members, without a new signature."""

    def tamper(content: bytes, _parties: Parties) -> bytes:
        members = unpack(content)
        change(members)
        return pack(members)

    return tamper


def inside(
    change: Callable[[Members], None], *, envelope: dict[str, str] | None = None, steward: Any = None
) -> Callable[[bytes, Parties], bytes]:
    """A change of the payload or the envelope, encrypted and signed again by the institution itself."""

    def tamper(content: bytes, parties: Parties) -> bytes:
        outer = unpack(content)
        said = json.loads(outer["envelope.json"])
        keys = load_institution_keys(parties.folder, said["institution"])
        inner = unpack(pyrage.decrypt(outer["payload.age"], [keys.identity]))
        change(inner)
        outer["payload.age"] = pyrage.encrypt(pack(inner), [steward or keys.steward])
        said |= {"ciphertext_sha256": hashlib.sha256(outer["payload.age"]).hexdigest(), **(envelope or {})}
        outer["envelope.json"] = json.dumps(said).encode()
        outer["signature"] = base64.b64encode(keys.signing.sign(outer["envelope.json"]))
        return pack(outer)

    return tamper


def in_manifest(**values: Any) -> Callable[[Members], None]:
    def change(inner: Members) -> None:
        inner["manifest.json"] = json.dumps(json.loads(inner["manifest.json"]) | values).encode()

    return change


def in_table(name: str, old: bytes, new: bytes, *, checked: bool = True) -> Callable[[Members], None]:
    """The first ``old`` in a table becomes ``new``; ``checked``: with its checksum."""

    def change(inner: Members) -> None:
        inner[f"{name}.csv"] = inner[f"{name}.csv"].replace(old, new, 1)
        if checked:
            manifest = json.loads(inner["manifest.json"])
            manifest["tables"][name]["sha256"] = hashlib.sha256(inner[f"{name}.csv"]).hexdigest()
            inner["manifest.json"] = json.dumps(manifest).encode()

    return change


def nothing(_members: Members) -> None:
    pass


def _set(name: str, content: bytes) -> Callable[[Members], None]:
    return lambda members: members.update({name: content})


def _flip(members: Members) -> None:
    payload = bytearray(members["payload.age"])
    payload[-1] ^= 1
    members["payload.age"] = bytes(payload)


def _one_row_fewer(inner: Members) -> None:
    lines = inner["clocks.csv"].splitlines(keepends=True)
    in_table("clocks", lines[-1], b"")(inner)


def _without_table(inner: Members) -> None:
    tables = json.loads(inner["manifest.json"])["tables"]
    in_manifest(tables={name: entry for name, entry in tables.items() if name != "flows"})(inner)


FILE, MANIFEST = "file", "manifest"
FOREIGN = base64.b64encode(bytes(64))

# What is done, the code, and where it shows: table, rows and columns.
TAMPERED: list[tuple[Callable[[bytes, Parties], bytes], Fault, str, tuple[int, ...], tuple[str, ...]]] = [
    (lambda content, _: b"no zip at all", Fault.NO_DELIVERY, FILE, (), ()),
    (lambda content, _: content[: len(content) // 2], Fault.NO_DELIVERY, FILE, (), ()),
    (outside(_set("note.txt", b"hello")), Fault.NO_DELIVERY, FILE, (), ()),
    (outside(_set("envelope.json", bytes(20_000))), Fault.TOO_LARGE, FILE, (), ()),
    (outside(_set("envelope.json", b"{}")), Fault.ENVELOPE_UNREADABLE, FILE, (), ()),
    (outside(_set("signature", FOREIGN)), Fault.SIGNATURE_WRONG, FILE, (), ()),
    (outside(_set("signature", b"%%")), Fault.SIGNATURE_WRONG, FILE, (), ()),
    (outside(_flip), Fault.CHANGED_AFTER_SIGNING, FILE, (), ()),
    (inside(nothing, envelope={"format_version": "1"}), Fault.OTHER_FORMAT, FILE, (), ()),
    (inside(in_manifest(format_version="9")), Fault.OTHER_FORMAT, FILE, (), ()),
    (inside(nothing, envelope={"agreement_version": "2019.1"}), Fault.OTHER_AGREEMENT, FILE, (), ()),
    (
        inside(nothing, steward=pyrage.x25519.Identity.generate().to_public()),
        Fault.KEY_DOES_NOT_OPEN,
        FILE,
        (),
        (),
    ),
    (inside(_set("manifest.json", b"{}")), Fault.MANIFEST_UNREADABLE, MANIFEST, (), ()),
    (inside(in_manifest(until="2026-06-30")), Fault.ENVELOPE_CONTRADICTS, FILE, (), ()),
    (inside(_without_table), Fault.OTHER_TABLES, MANIFEST, (), ()),
    (inside(in_table("clocks", b"JZ12", b"JZ21", checked=False)), Fault.TABLE_DAMAGED, "clocks", (), ()),
    (inside(in_table("clocks", b",8\n", b",many\n")), Fault.TABLE_UNREADABLE, "clocks", (), ()),
    (inside(_one_row_fewer), Fault.OTHER_ROW_COUNT, "clocks", (), ()),
    (inside(in_table("clocks", b"measure_group", b"postcode")), Fault.OTHER_COLUMNS, "clocks", (), ()),
    (inside(in_table("clocks", b"JZ12", b"JZ17")), Fault.OUTSIDE_AGREEMENT, "clocks", (2,), ("region",)),
    (inside(in_table("steps", b",reached,", b",vanished,")), Fault.OUTSIDE_AGREEMENT, "steps", (2,), ("outcome",)),
    (
        inside(in_manifest(missing_milestones=["birth"])),
        Fault.MANIFEST_OUTSIDE_AGREEMENT,
        MANIFEST,
        (),
        (),
    ),
    (inside(in_manifest(left_out={"lost": 1})), Fault.MANIFEST_OUTSIDE_AGREEMENT, MANIFEST, (), ()),
]


def tamper(path: Path, change: Callable[[bytes, Parties], bytes], parties: Parties) -> Path:
    path.write_bytes(change(path.read_bytes(), parties))
    return path
