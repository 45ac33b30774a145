import hashlib
import hmac
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pseudonymise.errors import UserError
from pseudonymise.keys import KeyRing, load_key_ring, make_institution_keys, rotate_pseudonym_key
from pseudonymise.pseudonyms import normalise, pseudonyms, record_keys
from tests.pseudonymise import oracle
from tests.pseudonymise.exports import run

SECRET = bytes(range(32))


def texts(*values: str) -> pd.Series:
    return pd.Series(values, dtype="str")


def test_keys_agree_with_the_standard_library() -> None:
    cases = [f"Z-{number}" for number in range(200)] + ["", "é", "x" * 200]
    expected = [oracle.record_key(case, SECRET, "gi_order") for case in cases]
    assert record_keys(texts(*cases), SECRET, "gi_order").tolist() == expected


def test_keys_differ_by_case_clock_and_secret() -> None:
    cases = texts("A", "B")
    keys = [
        record_keys(cases, SECRET, "vt_report"),
        record_keys(cases, SECRET, "vt_investigation"),
        record_keys(cases, SECRET[::-1], "vt_report"),
    ]
    assert len(np.unique(np.concatenate(keys))) == 6
    assert keys[0].dtype == np.uint32


def test_keys_are_spread_evenly() -> None:
    keys = record_keys(texts(*map(str, range(20_000))), SECRET, "gi_order")
    counts = np.bincount(keys >> 28, minlength=16)
    assert abs(counts - 1250).max() < 200


def test_without_a_secret_nothing_is_hashed() -> None:
    with pytest.raises(ValueError, match="no record secret"):
        record_keys(texts("A"), b"", "gi_order")


@pytest.mark.parametrize("spelling", ["z-1é", " Z-1É ", "Z-1E\u0301", "\tz-1é\n", "Ｚ-1É"])
def test_one_case_in_five_spellings(spelling: str) -> None:
    assert normalise(texts(spelling)).tolist() == ["Z-1É"]


def test_pseudonyms_agree_with_the_standard_library() -> None:
    ring = KeyRing({"2026-01-01": SECRET})
    key = HKDF(SHA256(), 32, None, b"verbetermonitor/pseudonym/2026-01-01").derive(SECRET)
    expected = hmac.new(key, b"999990019|11|20250203", hashlib.sha256).hexdigest()
    assert pseudonyms(texts("999990019|11|20250203"), ring, "2026-01-01").tolist() == [expected]


def test_rotation_changes_every_pseudonym_and_no_record_key(tmp_path: Path) -> None:
    make_institution_keys(tmp_path, "JBGLD")
    record = (tmp_path / "JBGLD.record").read_bytes()
    for day in (date(2025, 1, 1), date(2026, 1, 1)):
        assert rotate_pseudonym_key(tmp_path, "JBGLD", day) == day.isoformat()
    ring = load_key_ring(tmp_path, "JBGLD")
    assert list(ring.secrets) == ["2025-01-01", "2026-01-01"]
    assert ring.newest == "2026-01-01"
    old, new = (set(pseudonyms(texts("A", "B"), ring, key_id)) for key_id in ring.secrets)
    assert len(old | new) == 4
    assert (tmp_path / "JBGLD.record").read_bytes() == record


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2025, 12, 31)])
def test_a_ring_only_grows_at_its_end(tmp_path: Path, day: date) -> None:
    make_institution_keys(tmp_path, "JBGLD")
    rotate_pseudonym_key(tmp_path, "JBGLD", date(2026, 1, 1))
    with pytest.raises(UserError, match="heeft al een pseudoniemsleutel van 2026-01-01"):
        rotate_pseudonym_key(tmp_path, "JBGLD", day)


def test_without_keys_there_is_nothing_to_rotate(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Maak eerst sleutels"):
        rotate_pseudonym_key(tmp_path, "JBGLD", date(2026, 1, 1))


def test_without_a_key_on_the_ring_there_is_no_pseudonym() -> None:
    with pytest.raises(UserError, match="geen sleutel voor pseudoniemen"):
        _ = KeyRing({}).newest


def test_a_key_that_is_not_on_the_ring_is_refused() -> None:
    with pytest.raises(UserError, match="geen pseudoniemsleutel van 2024-01-01; bekend zijn 2026-01-01"):
        pseudonyms(texts("A"), KeyRing({"2026-01-01": SECRET}), "2024-01-01")


@pytest.mark.parametrize(("name", "content"), [("2026-01-01", "geen hex"), ("2026-01-01", "00ff"), ("oud", "00" * 32)])
def test_a_damaged_key_of_the_ring_is_refused(tmp_path: Path, name: str, content: str) -> None:
    key = tmp_path / f"JBGLD.pseudonym-{name}"
    key.write_text(content, "ascii")
    key.chmod(0o600)
    with pytest.raises(UserError, match="beschadigd"):
        load_key_ring(tmp_path, "JBGLD")


def test_the_command_rotates(tmp_path: Path) -> None:
    make_institution_keys(tmp_path, "JBGLD")
    said = run("keys", "JBGLD", "--rotate", "--keys", tmp_path)
    (key_id,) = load_key_ring(tmp_path, "JBGLD").secrets
    assert (said.status, said.err) == (0, "")
    assert f"vanaf {key_id}" in said.out
