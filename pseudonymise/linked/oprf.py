"""Oblivious pseudorandom function of RFC 9497, verifiable mode (VOPRF), suite ristretto255-SHA512.

One party blinds its input, another evaluates it under its key without seeing it and proves that it used the key that
it committed to, the first takes the blind off. Points and scalars are 32 bytes, as the RFC serialises them; the
arithmetic is libsodium's, by rbcl. An *element* is an unblinded evaluation: the point that `finalize` hashes.
"""

import hashlib
import hmac
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import rbcl

with suppress(PermissionError):  # Windows keeps the file of a library that is loaded
    Path(sys.modules["rbcl._sodium"].lib_path).unlink(missing_ok=True)  # rbcl leaves one behind at every start

MODE_VERIFIABLE = 1
SUITE = b"ristretto255-SHA512"
CONTEXT = b"OPRFV1-" + bytes([MODE_VERIFIABLE]) + b"-" + SUITE  # RFC 9497, 3.1
POINT_BYTES, SCALAR_BYTES, PROOF_BYTES = 32, 32, 64
OUTPUT_BYTES = 64
HASH_BLOCK_BYTES = 128  # of SHA-512

IDENTITY = bytes(POINT_BYTES)
ONE = (1).to_bytes(SCALAR_BYTES, "little")
BASE = rbcl.crypto_scalarmult_ristretto255_base(ONE)
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the group (RFC 9496)


class NotAPoint(ValueError):
    """Bytes that stand for no point of the group, or for the identity. ``index`` is its place, from 0."""

    def __init__(self, index: int) -> None:
        super().__init__(f"element {index} is no point of the group")
        self.index = index


class WrongProof(ValueError):
    """An evaluation that was not made with the key that was committed to."""


def derive_key(seed: bytes, info: bytes) -> bytes:
    """The secret key that belongs to a seed of 32 bytes and public ``info`` (RFC 9497, 3.2.1)."""
    if len(seed) != SCALAR_BYTES:
        raise ValueError("a seed has 32 bytes")
    for counter in range(256):
        secret = _hash_to_scalar(seed + _framed(info) + bytes([counter]), b"DeriveKeyPair" + CONTEXT)
        if secret != bytes(SCALAR_BYTES):
            return secret
    raise ValueError("no key can be derived from this seed")


def public_key(secret: bytes) -> bytes:
    return bytes(rbcl.crypto_scalarmult_ristretto255_base(secret))


def random_scalar() -> bytes:
    """A uniformly random scalar that is not zero."""
    return bytes(rbcl.crypto_core_ristretto255_scalar_random())


def blind(value: bytes, scalar: bytes) -> bytes:
    """The point of ``value``, hidden by a random ``scalar`` that is used once: without it any value is as likely."""
    return _times(scalar, _hash_to_group(value))


def evaluate(secret: bytes, blinded: Sequence[bytes]) -> tuple[list[bytes], bytes]:
    """The blinded points under the key, and one proof for them together. NotAPoint for what is none."""
    check_points(blinded)
    evaluated = [_times(secret, point) for point in blinded]
    return evaluated, prove(secret, BASE, public_key(secret), blinded, evaluated, random_scalar())


def unblind(scalar: bytes, evaluated: bytes) -> bytes:
    """The element: an evaluated point without its blind."""
    return _times(bytes(rbcl.crypto_core_ristretto255_scalar_invert(scalar)), evaluated)


def finalize(value: bytes, element: bytes) -> bytes:
    """The output of the function, 64 bytes (RFC 9497, 3.3.1)."""
    return hashlib.sha512(_framed(value) + _framed(element) + b"Finalize").digest()


def verify(public: bytes, blinded: Sequence[bytes], evaluated: Sequence[bytes], proof: bytes) -> None:
    """WrongProof unless one key made ``public`` of the base and ``evaluated`` of ``blinded``."""
    check_proof(BASE, public, blinded, evaluated, proof)


def translation(old_secret: bytes, new_secret: bytes) -> bytes:
    """The scalar that carries an element of the old key over to the new one, without the value it was made of."""
    inverse = rbcl.crypto_core_ristretto255_scalar_invert(old_secret)
    return bytes(rbcl.crypto_core_ristretto255_scalar_mul(new_secret, inverse))


def translate(old_secret: bytes, new_secret: bytes, blinded: Sequence[bytes]) -> tuple[list[bytes], bytes]:
    """Blinded elements carried over to a new key, and the proof of it to be checked against both public keys."""
    check_points(blinded)
    factor = translation(old_secret, new_secret)
    carried = [_times(factor, point) for point in blinded]
    return carried, prove(factor, public_key(old_secret), public_key(new_secret), blinded, carried, random_scalar())


def blind_element(element: bytes, scalar: bytes) -> bytes:
    """An element hidden, so that who translates it does not see it."""
    return _times(scalar, element)


def prove(
    secret: bytes, base: bytes, product: bytes, before: Sequence[bytes], after: Sequence[bytes], nonce: bytes
) -> bytes:
    """That ``secret`` makes ``product`` of ``base`` and each of ``after`` of its like in ``before`` (RFC 9497, 2.2.1).

    ``nonce`` is a random scalar, used once.
    """
    weights = _weights(product, before, after)
    mixed = _mix(weights, before)
    challenge = _challenge(product, mixed, _times(secret, mixed), _times(nonce, base), _times(nonce, mixed))
    response = rbcl.crypto_core_ristretto255_scalar_sub(
        nonce, rbcl.crypto_core_ristretto255_scalar_mul(challenge, secret)
    )
    return challenge + bytes(response)


def check_proof(base: bytes, product: bytes, before: Sequence[bytes], after: Sequence[bytes], proof: bytes) -> None:
    """WrongProof unless the proof holds (RFC 9497, 2.2.2); NotAPoint for what is no point in ``after``."""
    check_points(after)
    challenge, response = proof[:SCALAR_BYTES], proof[SCALAR_BYTES:]
    if len(before) != len(after) or len(proof) != PROOF_BYTES or not (_is_scalar(challenge) and _is_scalar(response)):
        raise WrongProof("the proof does not have the form of one")
    weights = _weights(product, before, after)
    mixed_before, mixed_after = _mix(weights, before), _mix(weights, after)
    add = rbcl.crypto_core_ristretto255_add
    again = _challenge(
        product,
        mixed_before,
        mixed_after,
        add(_times(response, base), _times(challenge, product)),
        add(_times(response, mixed_before), _times(challenge, mixed_after)),
    )
    if not hmac.compare_digest(again, challenge):
        raise WrongProof("the proof does not hold for this key")


def check_points(points: Sequence[bytes]) -> None:
    """NotAPoint at the first that is no canonical point of the group, or the identity."""
    for index, point in enumerate(points):
        if len(point) != POINT_BYTES or point == IDENTITY or not rbcl.crypto_core_ristretto255_is_valid_point(point):
            raise NotAPoint(index)


def _weights(product: bytes, before: Sequence[bytes], after: Sequence[bytes]) -> list[bytes]:
    """A scalar for each pair, that nobody can choose (ComputeComposites, RFC 9497, 2.2.1)."""
    seed = hashlib.sha512(_framed(product) + _framed(b"Seed-" + CONTEXT)).digest()
    return [
        _hash_to_scalar(
            _framed(seed) + index.to_bytes(2, "big") + _framed(one) + _framed(other) + b"Composite",
            b"HashToScalar-" + CONTEXT,
        )
        for index, (one, other) in enumerate(zip(before, after, strict=True))
    ]


def _mix(weights: Sequence[bytes], points: Sequence[bytes]) -> bytes:
    total = IDENTITY
    for weight, point in zip(weights, points, strict=True):
        total = rbcl.crypto_core_ristretto255_add(total, _times(weight, point))
    return total


def _challenge(*points: bytes) -> bytes:
    transcript = b"".join(_framed(point) for point in points) + b"Challenge"
    return _hash_to_scalar(transcript, b"HashToScalar-" + CONTEXT)


def _times(scalar: bytes, point: bytes) -> bytes:
    return bytes(rbcl.crypto_scalarmult_ristretto255(scalar, point))


def _hash_to_group(value: bytes) -> bytes:
    return bytes(rbcl.crypto_core_ristretto255_from_hash(_expand(value, b"HashToGroup-" + CONTEXT)))


def _hash_to_scalar(message: bytes, tag: bytes) -> bytes:
    return bytes(rbcl.crypto_core_ristretto255_scalar_reduce(_expand(message, tag)))


def _expand(message: bytes, tag: bytes) -> bytes:
    """expand_message_xmd with SHA-512 to its 64 bytes, which is one block (RFC 9380, 5.3.1)."""
    tagged = tag + bytes([len(tag)])
    first = hashlib.sha512(bytes(HASH_BLOCK_BYTES) + message + (64).to_bytes(2, "big") + b"\0" + tagged).digest()
    return hashlib.sha512(first + b"\x01" + tagged).digest()


def _is_scalar(number: bytes) -> bool:
    return int.from_bytes(number, "little") < ORDER


def _framed(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text
