"""The function agrees with RFC 9497, with an independent implementation, and refuses what it must."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voprf import ristretto

from pseudonymise.linked import oprf

SEED, INFO = bytes.fromhex("a3" * 32), b"test key"
SECRET = bytes.fromhex("e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909")
PUBLIC = bytes.fromhex("c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e")
NUMBERS = [b"999990019", b"999990020"]


@dataclass(frozen=True)
class Vector:
    inputs: list[str]
    blinds: list[str]
    blinded: list[str]
    evaluated: list[str]
    proof: str
    nonce: str
    outputs: list[str]


# RFC 9497, appendix A.1.2: ristretto255-SHA512, VOPRF mode.
ZERO_OUTPUT = (
    "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
    "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c"
)
FIVES_OUTPUT = (
    "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60"
    "356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6"
)
VECTORS = [
    Vector(
        inputs=["00"],
        blinds=["64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"],
        blinded=["863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945"],
        evaluated=["aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e"],
        proof="ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06"
        "6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d",
        nonce="222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
        outputs=[ZERO_OUTPUT],
    ),
    Vector(
        inputs=["5a" * 17],
        blinds=["64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"],
        blinded=["cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c"],
        evaluated=["60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468"],
        proof="401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a"
        "67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02",
        nonce="222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
        outputs=[FIVES_OUTPUT],
    ),
    Vector(
        inputs=["00", "5a" * 17],
        blinds=[
            "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706",
            "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
        ],
        blinded=[
            "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
            "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
        ],
        evaluated=[
            "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
            "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
        ],
        proof="cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a"
        "5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08",
        nonce="419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
        outputs=[ZERO_OUTPUT, FIVES_OUTPUT],
    ),
]


def as_bytes(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def test_the_key_is_that_of_the_rfc() -> None:
    assert oprf.derive_key(SEED, INFO) == SECRET
    assert oprf.public_key(SECRET) == PUBLIC


@pytest.mark.parametrize("vector", VECTORS)
def test_every_step_is_that_of_the_rfc(vector: Vector) -> None:
    values, scalars = as_bytes(vector.inputs), as_bytes(vector.blinds)
    blinded = [oprf.blind(value, scalar) for value, scalar in zip(values, scalars, strict=True)]
    assert blinded == as_bytes(vector.blinded)
    evaluated, proof = oprf.evaluate(SECRET, blinded)
    assert evaluated == as_bytes(vector.evaluated)
    nonce = bytes.fromhex(vector.nonce)
    assert oprf.prove(SECRET, oprf.BASE, PUBLIC, blinded, evaluated, nonce).hex() == vector.proof
    for one in (proof, bytes.fromhex(vector.proof)):
        oprf.verify(PUBLIC, blinded, evaluated, one)
    elements = [oprf.unblind(scalar, point) for scalar, point in zip(scalars, evaluated, strict=True)]
    outputs = [oprf.finalize(value, element) for value, element in zip(values, elements, strict=True)]
    assert outputs == as_bytes(vector.outputs)


def test_an_independent_custodian_and_we_understand_each_other() -> None:
    """The package voprf writes a proof before the evaluated points."""
    peer = ristretto.Evaluator.from_seed(SEED, INFO)
    assert peer.public_key.serialize() == PUBLIC
    scalars = [oprf.random_scalar() for _ in NUMBERS]
    blinded = [oprf.blind(value, scalar) for value, scalar in zip(NUMBERS, scalars, strict=True)]
    answer = peer.evaluate_batch([ristretto.BlindedInput.deserialize(point) for point in blinded]).serialize()
    proof, evaluated = answer[:64], [answer[64:96], answer[96:]]
    oprf.verify(PUBLIC, blinded, evaluated, proof)
    ours = [oprf.finalize(v, oprf.unblind(s, e)) for v, s, e in zip(NUMBERS, scalars, evaluated, strict=True)]
    assert ours == [peer.evaluate_known_input(value) for value in NUMBERS]


def test_an_independent_institution_accepts_our_evaluation() -> None:
    peer = ristretto.Evaluator.from_seed(SEED, INFO)
    client, blinded = ristretto.Client.blind(NUMBERS[0])
    (evaluated,), proof = oprf.evaluate(SECRET, [blinded.serialize()])
    answer = ristretto.VerifiableOutput.deserialize(proof + evaluated)
    assert client.finalize(answer, peer.public_key) == peer.evaluate_known_input(NUMBERS[0])


@settings(max_examples=20, deadline=None)
@given(value=st.binary(min_size=1, max_size=20), seed=st.binary(min_size=32, max_size=32))
def test_the_blind_changes_nothing_but_what_is_seen(value: bytes, seed: bytes) -> None:
    secret = oprf.derive_key(seed, INFO)
    elements, seen = set(), set()
    for scalar in (oprf.random_scalar(), oprf.random_scalar()):
        blinded = oprf.blind(value, scalar)
        seen.add(blinded)
        elements.add(oprf.unblind(scalar, oprf.evaluate(secret, [blinded])[0][0]))
    assert (len(elements), len(seen)) == (1, 2)


def test_another_key_another_point_or_another_proof_is_refused() -> None:
    blinded = [oprf.blind(value, oprf.random_scalar()) for value in NUMBERS]
    evaluated, proof = oprf.evaluate(SECRET, blinded)
    other = oprf.derive_key(SEED, b"other")
    swapped = [evaluated[1], evaluated[0]]
    wrong = [
        (oprf.public_key(other), evaluated, proof),
        (PUBLIC, swapped, proof),
        (PUBLIC, oprf.evaluate(other, blinded)[0], proof),
        (PUBLIC, evaluated[:1], proof),
        (PUBLIC, evaluated, proof[:-1]),
        (PUBLIC, evaluated, bytes([proof[0] ^ 1]) + proof[1:]),
        (PUBLIC, evaluated, proof[:32] + b"\xff" * 32),  # larger than the order of the group
    ]
    for public, points, one in wrong:
        with pytest.raises(oprf.WrongProof):
            oprf.verify(public, blinded, points, one)


@pytest.mark.parametrize(
    "point", [bytes(32), b"\xff" * 32, (1).to_bytes(32, "little"), b"", oprf.BASE[:31]], ids=lambda point: point.hex()
)
def test_what_is_no_point_is_refused(point: bytes) -> None:
    good = oprf.blind(NUMBERS[0], oprf.random_scalar())
    with pytest.raises(oprf.NotAPoint) as refused:
        oprf.evaluate(SECRET, [good, point])
    assert refused.value.index == 1


def test_elements_are_carried_over_to_a_new_key_without_the_values() -> None:
    new = oprf.derive_key(SEED, b"new")
    for value in NUMBERS:
        scalar = oprf.random_scalar()
        old_element, new_element = (
            oprf.unblind(scalar, oprf.evaluate(secret, [oprf.blind(value, scalar)])[0][0]) for secret in (SECRET, new)
        )
        hidden = oprf.random_scalar()
        blinded = [oprf.blind_element(old_element, hidden)]
        carried, proof = oprf.translate(SECRET, new, blinded)
        oprf.check_proof(PUBLIC, oprf.public_key(new), blinded, carried, proof)
        assert oprf.unblind(hidden, carried[0]) == new_element
        with pytest.raises(oprf.WrongProof):
            oprf.check_proof(PUBLIC, PUBLIC, blinded, carried, proof)
