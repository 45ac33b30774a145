"""Mutated deliveries, each from its seed: damaged after it was signed, or mutated within and signed again.

A delivery that was damaged after signing must be refused, unless what is signed in it is what it was. One that was
signed again is refused by whatever rule it breaks, or taken in with exactly the rows that it has.
"""

import base64
import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyrage
from cryptography.exceptions import InvalidSignature
from sqlalchemy import Engine, select

from monitor.intake.load import load
from monitor.store.counts import deliveries
from monitor.store.deliveries import COUNTS
from monitor.store.engine import writing
from monitor.store.schema import metadata
from pseudonymise.delivery import OUTER_MEMBERS, TABLES
from pseudonymise.errors import UserError
from pseudonymise.keys import load_institution_keys
from tests.monitor.deliveries import Parties, make_delivery

INSTITUTIONS = ("JVV", "VTGZ", "RVDK")
SMALL: dict[str, Any] = {"quarters": ["2026Q1"], "cases": 4}
# Words that a field of a table or a manifest may turn out to hold.
WORDS = (
    *("", " ", "0", "-1", "1", "00", "1.0", "1.5", "1e3", "4294967295", "4294967296", "9223372036854775808", "1e400"),
    *("NaN", "nan", "inf", "None", "null", "NULL", "NA", "true", "0x10", "1_000", "١٢", "１", "é", "\ufeff", "\x00"),
    *('"', "'", "''; DROP TABLE deliveries; --", "=1+1", ",", ";", "\n", "\\N", "\\.", "JZ12 ", "jz12", "JZ99", "ots"),
    *("2026Q1", "2026Q3", "2026Q4", "1900Q1", "2026q1", "reached", "open", "met", "none", "steps", "x" * 300),
)
VALUES = (None, True, False, 0, -1, 1, 10**30, 1.5, "", "x", "2026-09-30", "9999-12-31", "0001-01-01", [], {}, ["x"])


@dataclass(frozen=True)
class Sealed:
    """A delivery as it was sent: the members of its zip, and those of the payload in it."""

    institution: str
    outer: dict[str, bytes]
    inner: dict[str, bytes]
    whole: bytes


@dataclass(frozen=True)
class Ground:
    """Where mutations are tried: keys, deliveries as they were, and a store with an older one of each."""

    folder: Path
    parties: Parties
    sealed: tuple[Sealed, ...]

    def prepare(self, engine: Engine) -> None:
        older = [make_delivery(code, until=date(2026, 6, 30), **_small(code)) for code in INSTITUTIONS]
        paths = [self.parties.seal(one, self.folder / f"{one.manifest.institution}-old.zip") for one in older]
        load(engine, paths, self.parties.steward)


def make_ground(folder: Path, parties: Parties) -> Ground:
    sealed = []
    for code in INSTITUTIONS:
        path = parties.seal(make_delivery(code, **_small(code)), folder / f"{code}.zip")
        outer = _members(path.read_bytes())
        inner = _members(pyrage.decrypt(outer["payload.age"], [parties.steward.identity]))
        sealed.append(Sealed(code, outer, inner, path.read_bytes()))
    return Ground(folder, parties, tuple(sealed))


def _small(code: str) -> dict[str, Any]:
    return {**SMALL, "regions": {"JVV": ["JZ12"], "VTGZ": ["JZ30"], "RVDK": ["JZ12"]}[code]}


# --- what must hold ---------------------------------------------------------------------------------------


class Broken(Exception):
    """What must hold does not. Says what, without a value."""


def attempt(ground: Ground, engine: Engine, seed: int) -> str:
    """Load the mutated delivery of this seed, see that it is wholly in or wholly out, and take it out again.

    Returns how it was mutated and whether it was taken in. Raises Broken, or whatever the load crashes on.
    """
    draw = Random(seed)
    sealed = draw.choice(ground.sealed)
    again = seed % 2 == 0
    name, content = _signed_again(ground, sealed, draw) if again else _damaged(sealed, ground, draw)
    path = ground.folder / "mutated.zip"
    path.write_bytes(content)
    before = contents(engine)
    try:
        load(engine, [path], ground.parties.steward)
    except UserError:
        if contents(engine) != before:
            raise Broken("refused, and the store has changed") from None
        return f"{name}: refused"
    outer = _members(content)
    _check_signed(ground, outer)
    inner = _members(pyrage.decrypt(outer["payload.age"], [ground.parties.steward.identity]))
    if not again and inner != sealed.inner:
        raise Broken("taken in with another payload than was signed")
    _check_rows(engine, before, inner)
    with writing(engine) as connection:
        connection.execute(deliveries.delete().where(deliveries.c.payload_sha256.in_(_payloads(outer, ground))))
    if contents(engine) != before:
        raise Broken("what was taken in does not come out as one")
    return f"{name}: taken in"


def contents(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of deliveries and counts."""
    with engine.connect() as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(metadata.tables[name]))), key=str)
            for name in ("deliveries", *(table.name for table in COUNTS.values()))
        }


def _payloads(outer: Mapping[str, bytes], ground: Ground) -> list[str]:
    return [hashlib.sha256(pyrage.decrypt(outer["payload.age"], [ground.parties.steward.identity])).hexdigest()]


def _check_signed(ground: Ground, outer: Mapping[str, bytes]) -> None:
    """By the primitives, not by the reader that is under test."""
    envelope = json.loads(outer["envelope.json"])
    key = ground.parties.steward.suppliers[envelope["institution"]]
    try:
        key.verify(base64.b64decode(outer["signature"]), outer["envelope.json"])
    except InvalidSignature:
        raise Broken("taken in with a broken signature") from None
    if hashlib.sha256(outer["payload.age"]).hexdigest() != envelope["ciphertext_sha256"]:
        raise Broken("taken in with another content than was signed")


def _check_rows(engine: Engine, before: Mapping[str, list[tuple[Any, ...]]], inner: Mapping[str, bytes]) -> None:
    """One delivery more, and of each table exactly the rows that it has."""
    after = contents(engine)
    if len(after["deliveries"]) != len(before["deliveries"]) + 1:
        raise Broken("taken in, and not one delivery more")
    for name, table in COUNTS.items():
        added = Counter(after[table.name]) - Counter(before[table.name])
        lost = Counter(before[table.name]) - Counter(after[table.name])
        sent = Counter(tuple(map(_plain, row)) for row in _rows(inner[f"{name}.csv"])[1:])
        if lost or Counter(tuple(map(_plain, row[2:])) for row in added.elements()) != sent:
            raise Broken(f"taken in, and the rows of {name} are others than were sent")


def _plain(value: object) -> str:
    """A value as it is written in a table: a whole number without decoration (2.0, 02), nothing as nothing."""
    try:
        return str(int(Decimal(str(value))))
    except (ArithmeticError, ValueError):
        return "" if value is None else str(value)


# --- damaged after signing --------------------------------------------------------------------------------


def _damaged(sealed: Sealed, ground: Ground, draw: Random) -> tuple[str, bytes]:
    kinds: dict[str, Callable[[], bytes]] = {
        "bytes of the file": lambda: _bytes(sealed.whole, draw),
        "bytes of a member": lambda: _zip(_with_one(sealed.outer, draw, lambda one: _bytes(one, draw))),
        "member of another": lambda: _zip(_with_one(sealed.outer, draw, lambda _: _other(sealed, ground, draw))),
        "words of the envelope": lambda: _zip(
            {**sealed.outer, "envelope.json": _json(sealed.outer["envelope.json"], draw)}
        ),
        "members of the file": lambda: _members_changed(sealed.outer, draw),
    }
    name = draw.choice(sorted(kinds))
    return name, kinds[name]()


def _other(sealed: Sealed, ground: Ground, draw: Random) -> bytes:
    another = draw.choice([one for one in ground.sealed if one is not sealed])
    return another.outer[draw.choice(OUTER_MEMBERS)]


def _bytes(content: bytes, draw: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 8))):
        at = draw.randrange(len(changed) or 1)
        length = draw.choice((1, 1, 4, 64))
        match draw.randrange(5):
            case 0 if changed:
                changed[at] ^= 1 << draw.randrange(8)
            case 1:
                changed[at : at + length] = draw.randbytes(length)
            case 2:
                del changed[at : at + length]
            case 3:
                changed[at:at] = changed[at : at + length]
            case _:
                del changed[at:]
    return bytes(changed)


def _members_changed(outer: dict[str, bytes], draw: Random) -> bytes:
    name = draw.choice(OUTER_MEMBERS)
    match draw.randrange(4):
        case 0:
            return _zip({one: content for one, content in outer.items() if one != name})
        case 1:
            return _zip({**outer, draw.choice(("../x", "/x", "extra", name.upper())): b"x"})
        case 2:
            return _zip({one if one != name else f"{one} ": content for one, content in outer.items()})
        case _:
            return _zip(outer) + _zip(outer)


# --- mutated within, and signed again ---------------------------------------------------------------------


def _signed_again(ground: Ground, sealed: Sealed, draw: Random) -> tuple[str, bytes]:
    inner = dict(sealed.inner)
    kind = draw.choice(("row", "row", "row", "rows", "column", "manifest", "bytes", "payload"))
    table = draw.choice(sorted(TABLES))
    member = f"{table}.csv"
    if kind in ("row", "rows", "column"):
        rows = _rows(inner[member])
        for _ in range(draw.choice((1, 1, 1, 3))):
            {"row": _change_row, "rows": _change_rows, "column": _change_column}[kind](rows, draw)
        inner[member] = "".join(",".join(row) + "\n" for row in rows).encode("utf-8", "surrogatepass")
    elif kind == "bytes":
        inner[member] = _bytes(inner[member], draw)
    honest = draw.random() < 0.9  # the manifest says what the tables are
    if honest:
        inner["manifest.json"] = _told(inner)
    if kind == "manifest":
        inner["manifest.json"] = _json(inner["manifest.json"], draw)
    payload = _zip(inner)
    if kind == "payload":
        payload = _bytes(payload, draw)
    return f"{kind}, signed again", _seal(ground, sealed, inner, payload, draw)


def _seal(ground: Ground, sealed: Sealed, inner: Mapping[str, bytes], payload: bytes, draw: Random) -> bytes:
    keys = load_institution_keys(ground.parties.folder, sealed.institution)
    ciphertext = pyrage.encrypt(payload, [keys.steward])
    envelope = json.loads(sealed.outer["envelope.json"])
    envelope["ciphertext_sha256"] = hashlib.sha256(ciphertext).hexdigest()
    if draw.random() < 0.9:  # the envelope says what the manifest says, as far as that can be read
        try:
            manifest = json.loads(inner["manifest.json"])
            envelope |= {name: manifest[name] for name in envelope if name in manifest}
        except (ValueError, TypeError):
            pass
    content = json.dumps(envelope).encode()
    return _zip(
        {
            "envelope.json": content,
            "payload.age": ciphertext,
            "signature": base64.b64encode(keys.signing.sign(content)),
        }
    )


def _told(inner: Mapping[str, bytes]) -> bytes:
    manifest = json.loads(inner["manifest.json"])
    for name in TABLES:
        content = inner[f"{name}.csv"]
        manifest["tables"][name] = {
            "rows": max(content.count(b"\n") - 1, 0),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    return json.dumps(manifest).encode()


def _change_row(rows: list[list[str]], draw: Random) -> None:
    if len(rows) < 2:
        return
    row = draw.choice(rows[1:])
    at = draw.randrange(len(row)) if row else 0
    if not row:
        return
    match draw.randrange(4):
        case 0:
            row[at] = str(int(row[at]) + draw.choice((-1, 1, 10))) if row[at].isdecimal() else draw.choice(WORDS)
        case 1:
            row[at] = draw.choice(WORDS)
        case 2:
            row[at] = draw.choice([other[at] for other in rows[1:] if at < len(other)])
        case _:
            row[-1] = str(draw.randrange(1, 50))  # another count


def _change_rows(rows: list[list[str]], draw: Random) -> None:
    at = draw.randrange(len(rows))
    match draw.randrange(5):
        case 0:
            rows.insert(at, list(draw.choice(rows)))
        case 1:
            del rows[at]
            rows.extend([[]] if not rows else [])
        case 2:
            rows[1:] = draw.sample(rows[1:], len(rows) - 1)  # the order says nothing
        case 3:
            del rows[max(at, 1) :]
        case _:
            rows.insert(at, [draw.choice(WORDS) for _ in rows[0]])


def _change_column(rows: list[list[str]], draw: Random) -> None:
    if not rows[0]:
        return
    at, to = draw.randrange(len(rows[0])), draw.randrange(len(rows[0]))
    match draw.randrange(4):
        case 0:
            rows[0][at] = draw.choice(WORDS)
        case 1:
            for row in rows:
                row[at : at + 1] = []
        case 2:
            for row in rows:
                if max(at, to) < len(row):
                    row[at], row[to] = row[to], row[at]
        case _:
            for row in rows:
                row.append(draw.choice(WORDS))


def _json(content: bytes, draw: Random) -> bytes:
    """One place in it another value, one more, or one less."""
    tree = json.loads(content)
    place: Any = tree
    while isinstance(place, dict) and place:
        key = draw.choice(sorted(place))
        if isinstance(place[key], dict) and place[key] and draw.random() < 0.7:
            place = place[key]
            continue
        match draw.randrange(5):
            case 0:
                del place[key]
            case 1:
                place[draw.choice(("x", "naam", *WORDS[:3]))] = draw.choice(VALUES)
            case 2:
                place[key] = draw.choice(WORDS)
            case 3 if isinstance(place[key], int):
                place[key] += draw.choice((-1, 1))
            case _:
                place[key] = draw.choice(VALUES)
        break
    return json.dumps(tree).encode()


# --- zips and tables --------------------------------------------------------------------------------------


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _with_one(outer: dict[str, bytes], draw: Random, change: Callable[[bytes], bytes]) -> dict[str, bytes]:
    name = draw.choice(OUTER_MEMBERS)
    return {**outer, name: change(outer[name])}


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()
