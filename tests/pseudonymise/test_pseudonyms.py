import numpy as np
import pandas as pd
import pytest

from pseudonymise.pseudonyms import normalise, record_keys
from tests.pseudonymise import oracle

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
