import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pyrage
import pytest

from pseudonymise.agreement import load_agreement
from pseudonymise.delivery import (
    MAX_MEMBER_BYTES,
    OUTER_MEMBERS,
    TABLES,
    Delivery,
    decrypt_payload,
    read_delivery,
    write_delivery,
)
from pseudonymise.errors import UserError
from pseudonymise.keys import (
    load_institution_keys,
    load_steward_keys,
    make_institution_keys,
    make_steward_keys,
)
from tests.damaged import PACKINGS, damaged_zip

UNTIL = date(2026, 9, 30)


def tables() -> dict[str, pd.DataFrame]:
    place = ("JZ12", "ots", "2025Q1")
    rows: dict[str, list[tuple[object, ...]]] = {
        "steps": [
            ("plan", *place, 7, "reached", "met", 2),
            ("plan", *place, None, "unregistered", "unknown", 1),
        ],
        "clocks": [("gi_order", *place, 3)],
        "flows": [("stock", *place, 3)],
        "quality": [("plan_established", "2025Q1", 3, 2, 0, 0, 1, 0)],
        "registrations": [("plan_established", "2025Q1", 0, 8), ("plan_established", "2025Q1", 4, 2)],
        "key_sums": [
            ("steps", "plan", *place, "reached", 7, 2**32 - 1),
            ("clocks", "gi_order", *place, "", None, 5),
        ],
    }
    frames = {name: pd.DataFrame(found, columns=TABLES[name]) for name, found in rows.items()}
    frames["steps"] = frames["steps"].astype({"duration": "Int64"})
    frames["key_sums"] = frames["key_sums"].astype({"bin": "Int64"})
    return frames


def write(path: Path, keys: Path, given: dict[str, pd.DataFrame] | None = None, institution: str = "JBGLD") -> Path:
    write_delivery(
        path,
        institution=institution,
        until=UNTIL,
        missing_milestones=["help_started"],
        registration_delay_days=14,
        registration_delays={"plan_established": 9},
        rows_read=4,
        rows_used=3,
        left_out={"no_start": 1},
        tables=given if given is not None else tables(),
        keys=load_institution_keys(keys, institution),
    )
    return path


def read(path: Path, keys: Path) -> Delivery:
    steward = load_steward_keys(keys)
    return read_delivery(path, steward.identity, steward.suppliers)


def refusal(path: Path, keys: Path) -> str:
    with pytest.raises(UserError) as refused:
        read(path, keys)
    return str(refused.value)


def rewrite(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The zip with its members changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def forge(path: Path, keys: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A delivery changed inside by who holds the institution's keys: checksums and signature fit."""
    own = load_institution_keys(keys, "JBGLD")
    envelope, payload = decrypt_payload(path, own.identity, None)
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        inner = {name: archive.read(name) for name in archive.namelist()}
    change(inner)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in inner.items():
            archive.writestr(name, content)
    ciphertext = pyrage.encrypt(buffer.getvalue(), [own.steward])
    opened = json.loads(envelope.model_dump_json()) | {"ciphertext_sha256": hashlib.sha256(ciphertext).hexdigest()}
    text = json.dumps(opened).encode()

    def replace(members: dict[str, bytes]) -> None:
        members["payload.age"], members["envelope.json"] = ciphertext, text
        members["signature"] = base64.b64encode(own.signing.sign(text))

    return rewrite(path, replace)


def forge_table(path: Path, keys: Path, name: str, old: str, new: str) -> Path:
    def change(inner: dict[str, bytes]) -> None:
        assert old.encode() in inner[f"{name}.csv"]
        inner[f"{name}.csv"] = inner[f"{name}.csv"].replace(old.encode(), new.encode())
        manifest = json.loads(inner["manifest.json"])
        manifest["tables"][name]["sha256"] = hashlib.sha256(inner[f"{name}.csv"]).hexdigest()
        inner["manifest.json"] = json.dumps(manifest).encode()

    return forge(path, keys, change)


def test_what_is_written_is_read(tmp_path: Path, keys: Path) -> None:
    delivery = read(write(tmp_path / "d.zip", keys), keys)
    assert delivery.manifest.institution == "JBGLD"
    assert delivery.manifest.until == UNTIL
    assert delivery.manifest.left_out == {"no_start": 1}
    assert delivery.manifest.missing_milestones == ("help_started",)
    assert list(delivery.tables) == list(TABLES)
    steps = delivery.tables["steps"]
    assert tuple(steps.columns) == TABLES["steps"]
    assert steps["duration"].tolist() == [pd.NA, 7]
    assert steps["cases"].tolist() == [1, 2]
    assert delivery.tables["key_sums"]["key_sum"].tolist() == [5, 2**32 - 1]
    assert delivery.tables["key_sums"]["outcome"].tolist() == ["", "reached"]


def test_an_empty_delivery_can_be_read(tmp_path: Path, keys: Path) -> None:
    empty = {name: table.iloc[:0] for name, table in tables().items()}
    assert [len(table) for table in read(write(tmp_path / "d.zip", keys, empty), keys).tables.values()] == [0] * 6


def test_the_payload_is_the_same_byte_for_byte_and_the_ciphertext_is_not(tmp_path: Path, keys: Path) -> None:
    identity = load_steward_keys(keys).identity
    reversed_rows = {name: table.iloc[::-1].reset_index(drop=True) for name, table in tables().items()}
    one, other = write(tmp_path / "1.zip", keys), write(tmp_path / "2.zip", keys, reversed_rows)
    assert decrypt_payload(one, identity, None)[1] == decrypt_payload(other, identity, None)[1]
    assert one.read_bytes() != other.read_bytes()


def test_the_institution_reads_its_own_delivery(tmp_path: Path, keys: Path) -> None:
    own = load_institution_keys(keys, "JBGLD")
    delivery = read_delivery(write(tmp_path / "d.zip", keys), own.identity, None)
    assert delivery.manifest.rows_used == 3


def test_nobody_else_reads_it(tmp_path: Path, keys: Path) -> None:
    path, other = write(tmp_path / "d.zip", keys), load_institution_keys(keys, "WSS")
    with pytest.raises(UserError, match="niet met deze sleutel te openen"):
        read_delivery(path, other.identity, None)


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(UserError, match="schrijven lukt niet"):
        write(tmp_path / "d.zip", keys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("steps", "step", "zomaar"),
        ("steps", "region", "JZ99"),
        ("steps", "measure_group", "Grutmans"),
        ("steps", "quarter", "2027Q1"),
        ("steps", "quarter", "2020Q3"),
        ("steps", "duration", 183),
        ("steps", "outcome", ""),
        ("steps", "norm_result", "mes"),
        ("steps", "cases", 0),
        ("clocks", "clock", "vt_report"),
        ("flows", "flow", "inflow"),
        ("quality", "milestone", "vt_judgement"),
        ("quality", "passed", -1),
        ("quality", "early", -1),
        ("registrations", "milestone", "vt_judgement"),
        ("registrations", "quarter", "2026Q4"),
        ("registrations", "lag", 5),
        ("registrations", "cases", 0),
        ("key_sums", "key_sum", 2**32),
        ("key_sums", "item", "first"),
        ("key_sums", "table", "cells"),
    ],
)
def test_a_value_outside_the_agreement_is_not_written(
    tmp_path: Path, keys: Path, table: str, column: str, value: object
) -> None:
    given = tables()
    given[table][column] = [value] * len(given[table])
    with pytest.raises(ValueError, match=f"tabel '{table}', rij 2, kolom '{column}'"):
        write(tmp_path / "d.zip", keys, given)
    assert not (tmp_path / "d.zip").exists()


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("steps", ",reached,", ",Tijbina,", "tabel 'steps', rij 3, kolom 'outcome'"),
        ("steps", "plan,JZ12", "plan,JZ98", "tabel 'steps', rij 2, kolom 'region'"),
        ("steps", ",7,", ",7.5,", "niet te lezen als getallen en codes"),
        ("steps", ",7,", ",0x7,", "niet te lezen als getallen en codes"),
        ("steps", ",2\n", ",-2\n", "kolom 'cases'"),
        ("steps", "cases\n", "cases,bsn\n", "andere kolommen"),
        ("steps", "step,", "naam,", "andere kolommen"),
        ("clocks", ",3\n", ",3\ngi_order,JZ12,jr,2025Q1,3\n", "ander aantal rijen"),
        ("key_sums", "4294967295", "4294967296", "kolom 'key_sum'"),
    ],
)
def test_a_forged_table_is_refused(tmp_path: Path, keys: Path, table: str, old: str, new: str, message: str) -> None:
    refused = refusal(forge_table(write(tmp_path / "d.zip", keys), keys, table, old, new), keys)
    assert message in refused
    assert "Tijbina" not in refused


def test_a_table_that_does_not_fit_its_checksum_is_refused(tmp_path: Path, keys: Path) -> None:
    def change(inner: dict[str, bytes]) -> None:
        inner["steps.csv"] += b"\n"

    assert "controlegetal" in refusal(forge(write(tmp_path / "d.zip", keys), keys, change), keys)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("format_version", "1", "andere versie van het formaat"),
        ("agreement_version", "2031.1", "andere versie van de overeenkomst"),
        ("institution", "WSS", "spreken elkaar tegen"),
        ("until", "2026-06-30", "spreken elkaar tegen"),
        ("left_out", {"Tijbina Grutmans": 1}, "reden van weglaten"),
        ("missing_milestones", ["verjaardag"], "mijlpaal buiten de overeenkomst"),
        ("registration_delay_days", 92, "registratievertraging buiten de overeenkomst"),
        ("registration_delay_days", -1, "registratievertraging buiten de overeenkomst"),
        ("registration_delays", {"plan_established": 92}, "registratievertraging buiten de overeenkomst"),
        ("registration_delays", {"help_started": 9}, "een mijlpaal die niet in de bron staat"),
        ("registration_delays", {"Tijbina Grutmans": 9}, "een mijlpaal die niet in de bron staat"),
        ("note", "vrije tekst", "manifest is niet te lezen"),
    ],
)
def test_a_forged_manifest_is_refused(tmp_path: Path, keys: Path, field: str, value: object, message: str) -> None:
    def change(inner: dict[str, bytes]) -> None:
        inner["manifest.json"] = json.dumps(json.loads(inner["manifest.json"]) | {field: value}).encode()

    refused = refusal(forge(write(tmp_path / "d.zip", keys), keys, change), keys)
    assert message in refused
    assert "Tijbina" not in refused


@pytest.mark.parametrize("packing", PACKINGS.values(), ids=PACKINGS)
def test_a_delivery_damaged_on_the_way_is_refused(tmp_path: Path, keys: Path, packing: int) -> None:
    path = tmp_path / "d.zip"
    path.write_bytes(damaged_zip(packing, OUTER_MEMBERS))
    assert "het zip-bestand is niet te lezen" in refusal(path, keys)


@pytest.mark.parametrize("name", ["../steps.csv", "/etc/steps.csv", "extra.csv"])
def test_an_inner_zip_holds_the_tables_and_nothing_else(tmp_path: Path, keys: Path, name: str) -> None:
    def change(inner: dict[str, bytes]) -> None:
        inner[name] = b"x"

    assert "andere onderdelen" in refusal(forge(write(tmp_path / "d.zip", keys), keys, change), keys)


def _tamper_payload(members: dict[str, bytes]) -> None:
    members["payload.age"] = members["payload.age"][:-1] + bytes([members["payload.age"][-1] ^ 1])


def _tamper_until(members: dict[str, bytes]) -> None:
    members["envelope.json"] = members["envelope.json"].replace(b"2026-09-30", b"2026-09-29")


def _unsigned(members: dict[str, bytes]) -> None:
    members["signature"] = b""


def _not_base64(members: dict[str, bytes]) -> None:
    members["signature"] = "é".encode()


def _no_signature(members: dict[str, bytes]) -> None:
    del members["signature"]


def _of_another(members: dict[str, bytes]) -> None:
    members["envelope.json"] = members["envelope.json"].replace(b"JBGLD", b"WSS")


def _of_nobody(members: dict[str, bytes]) -> None:
    members["envelope.json"] = members["envelope.json"].replace(b"JBGLD", b"../../x")


def _no_json(members: dict[str, bytes]) -> None:
    members["envelope.json"] = b"{"


def _escape(members: dict[str, bytes]) -> None:
    members["../envelope.json"] = members["envelope.json"]


def _bomb(members: dict[str, bytes]) -> None:
    members["signature"] = b"0" * (MAX_MEMBER_BYTES["signature"] + 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_tamper_payload, "na het ondertekenen veranderd"),
        (_tamper_until, "handtekening is niet van JBGLD"),
        (_unsigned, "handtekening is niet van JBGLD"),
        (_not_base64, "handtekening is niet van JBGLD"),
        (_no_signature, "andere onderdelen"),
        (_of_another, "handtekening is niet van WSS"),
        (_of_nobody, "kent geen sleutel van de afzender"),
        (_no_json, "envelop is niet te lezen"),
        (_escape, "andere onderdelen"),
        (_bomb, "groter dan een aanlevering kan zijn"),
    ],
)
def test_a_tampered_delivery_is_refused(
    tmp_path: Path, keys: Path, change: Callable[[dict[str, bytes]], None], message: str
) -> None:
    assert message in refusal(rewrite(write(tmp_path / "d.zip", keys), change), keys)


def test_a_delivery_signed_with_another_key_is_refused(tmp_path: Path, keys: Path) -> None:
    other = tmp_path / "other"
    make_institution_keys(other, "JBGLD")
    (other / "steward.recipient").write_bytes((keys / "steward.recipient").read_bytes())
    assert "handtekening is niet van JBGLD" in refusal(write(tmp_path / "d.zip", other), keys)


def test_a_delivery_cut_short_is_refused(tmp_path: Path, keys: Path) -> None:
    path = write(tmp_path / "d.zip", keys)
    path.write_bytes(path.read_bytes()[:-40])
    assert "niet te lezen" in refusal(path, keys)


def test_a_delivery_that_lost_a_byte_is_refused(tmp_path: Path, keys: Path) -> None:
    """Its first member would begin before the file does: the reader of zips says so in a way of its own."""
    path = write(tmp_path / "d.zip", keys)
    content = path.read_bytes()
    path.write_bytes(content[:60] + content[61:])
    assert "zip-bestand is niet te lezen" in refusal(path, keys)


def test_something_else_is_refused(tmp_path: Path, keys: Path) -> None:
    (tmp_path / "d.zip").write_text("geen zip")
    assert "zip-bestand is niet te lezen" in refusal(tmp_path / "d.zip", keys)
    assert "bestaat niet" in refusal(tmp_path / "weg.zip", keys)
    assert "is een map" in refusal(tmp_path, keys)


# --- keys ---


def test_keys_are_readable_by_their_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    make_institution_keys(tmp_path, "JBGLD")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert sorted(before) == ["JBGLD.age", "JBGLD.record", "JBGLD.signing", "JBGLD.verify"]
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    with pytest.raises(UserError, match="nooit overschreven"):
        make_institution_keys(tmp_path, "JBGLD")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_the_steward_has_keys_once(tmp_path: Path) -> None:
    make_steward_keys(tmp_path)
    with pytest.raises(UserError, match="nooit overschreven"):
        make_steward_keys(tmp_path)


def test_only_a_party_gets_keys(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="geen instelling in de overeenkomst"):
        make_institution_keys(tmp_path, "../XYZ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["JBGLD.record", "JBGLD.signing", "JBGLD.age", "steward.recipient"])
def test_without_a_key_there_is_no_fallback(tmp_path: Path, name: str) -> None:
    make_institution_keys(tmp_path, "JBGLD")
    make_steward_keys(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match=f"{name}' bestaat niet"):
        load_institution_keys(tmp_path, "JBGLD")


@pytest.mark.parametrize("name", ["JBGLD.record", "JBGLD.signing", "JBGLD.age", "steward.recipient"])
@pytest.mark.parametrize("content", [b"", b"00ff", b"geen sleutel", b"\xff\xfe"])
def test_a_damaged_key_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    make_institution_keys(tmp_path, "JBGLD")
    make_steward_keys(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match="beschadigd of van een andere soort"):
        load_institution_keys(tmp_path, "JBGLD")


def test_a_damaged_register_of_suppliers_is_refused(tmp_path: Path) -> None:
    make_steward_keys(tmp_path)
    (tmp_path / "JBGLD.verify").write_text("geen sleutel")
    with pytest.raises(UserError, match=r"JBGLD\.verify' is beschadigd"):
        load_steward_keys(tmp_path)


def test_keys_do_not_show_when_printed(keys: Path) -> None:
    own = load_institution_keys(keys, "JBGLD")
    assert own.record.hex() not in repr(own)
    assert "AGE-SECRET" not in repr(own) + repr(load_steward_keys(keys))


def test_an_agreement_with_a_number_of_someone_as_a_code_delivers_nothing(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement = load_agreement()
    group = agreement.measure_groups[0].model_copy(update={"code": "999990019"})
    changed = agreement.model_copy(update={"measure_groups": (*agreement.measure_groups, group)})
    monkeypatch.setattr("pseudonymise.delivery.load_agreement", lambda: changed)
    given = tables()
    given["clocks"]["measure_group"] = group.code
    with pytest.raises(ValueError, match="tabel 'clocks', rij 2, kolom 'measure_group'"):
        write(tmp_path / "d.zip", keys, given)
    assert not (tmp_path / "d.zip").exists()
