"""Pseudonyms and record keys (*pseudoniemen*, *recordsleutels*): keyed and one-way, each with a purpose of its own.

A pseudonym joins the exports of one institution, inside it: HMAC-SHA256(K, case key) in hex, with
K = HKDF-SHA256(pseudonym secret, "verbetermonitor/pseudonym/<key id>"). Its key rotates, and it never leaves.

A record key is the first four bytes of HMAC-SHA256(K, case key), with K = HKDF-SHA256(record secret,
"verbetermonitor/record-key/<clock>"): one K for each clock, so that the keys of one case in two clocks cannot
be matched. Only their sums leave. They are no pseudonyms for linking: nobody outside can make one. The noise of a
release hangs on them, so their secret does not rotate.
"""

import hashlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pseudonymise.keys import KeyRing

BLOCK_BYTES = 64  # of SHA-256, to which HMAC pads its key
INNER, OUTER = 0x36, 0x5C  # the two pads of HMAC (RFC 2104)


def normalise(cases: pd.Series) -> pd.Series:
    """Case keys in one spelling: Unicode NFKC, upper case, no white space around.

    Before anything is compared or hashed, so that "z1 " in one source is "Z1" in the other.
    """
    texts = pa.Array.from_pandas(cases.astype("str"))
    normal = pc.utf8_upper(pc.utf8_trim_whitespace(pc.utf8_normalize(texts, form="NFKC")))
    return pd.Series(normal.to_pandas(), index=cases.index, dtype="str", name=cases.name)


def record_keys(cases: pd.Series, secret: bytes, clock: str) -> npt.NDArray[np.uint32]:
    """One record key for each normalised case key. ValueError without a secret: never a bare hash instead."""
    if not secret:
        raise ValueError("no record secret: refusing to hash case keys without one")
    key = HKDF(SHA256(), length=32, salt=None, info=f"verbetermonitor/record-key/{clock}".encode()).derive(secret)
    return np.frombuffer(b"".join(digest[:4] for digest in _digests(cases, key)), dtype=">u4").astype(np.uint32)


def pseudonyms(cases: pd.Series, ring: KeyRing, key_id: str) -> pd.Series:
    """The pseudonym of each normalised case key, under one key of the ring. UserError when it is not on the ring."""
    info = f"verbetermonitor/pseudonym/{key_id}".encode()
    key = HKDF(SHA256(), length=32, salt=None, info=info).derive(ring.secret(key_id))
    return pd.Series([digest.hex() for digest in _digests(cases, key)], index=cases.index, dtype="str")


def _digests(cases: pd.Series, key: bytes) -> Iterator[bytes]:
    """HMAC-SHA256 of each case key."""
    # HMAC with the hash states after the two padded keys made once and copied: twice as fast as hmac.digest.
    padded = key.ljust(BLOCK_BYTES, b"\0")
    inner = hashlib.sha256(bytes(byte ^ INNER for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ OUTER for byte in padded))
    for case in pa.Array.from_pandas(cases).cast(pa.binary()).to_pylist():
        inside, outside = inner.copy(), outer.copy()
        inside.update(case)
        outside.update(inside.digest())
        yield outside.digest()
