"""Three commands, three parties: who learns what, and what is refused."""

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pseudonymise.agreement import load_agreement
from pseudonymise.keys import load_institution_keys
from pseudonymise.linked import exchange
from pseudonymise.linked import keys as linked_keys
from pseudonymise.linked.numbers import read_numbers
from tests.pseudonymise.exports import bsn, run
from tests.pseudonymise.linked.parties import PERIOD, Parties, make_parties

PEOPLE = [bsn(number) for number in range(10, 40)]


@pytest.fixture
def parties(tmp_path: Path, keys: Path) -> Parties:
    return make_parties(tmp_path / "parties", keys)


def test_every_link_is_found_and_no_false_one(parties: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "BATCH", 7)  # several proofs, the last over fewer people
    theirs, ours = PEOPLE[:20], PEOPLE[12:]
    at_vt, at_gi = parties.all_steps("VTGM", theirs).values, parties.all_steps("JBGLD", ours).values
    assert (set(at_vt), set(at_gi)) == (set(theirs), set(ours))
    of_number = at_vt | at_gi
    assert len(set(of_number.values())) == len(of_number)  # no two people share a pseudonym
    assert {number for number in at_vt if at_vt[number] in at_gi.values()} == set(PEOPLE[12:20])
    assert all(at_vt[number] == at_gi[number] for number in PEOPLE[12:20])


def test_the_shift_is_the_same_at_every_institution_and_says_nothing_of_the_pseudonym(parties: Parties) -> None:
    at_vt, at_gi = parties.all_steps("VTGM", PEOPLE, "offset"), parties.all_steps("JBGLD", PEOPLE, "offset")
    assert at_vt.offsets == at_gi.offsets
    assert len(set(at_vt.offsets.values())) > len(PEOPLE) / 2
    assert all(0 <= days < exchange.OFFSET_DAYS for days in at_vt.offsets.values())


def test_spelling_makes_no_difference_and_what_cannot_be_linked_is_told(parties: Parties) -> None:
    dotted = f"{PEOPLE[0][:4]}.{PEOPLE[0][4:6]}.{PEOPLE[0][6:]}"
    said = parties.blind("VTGM", [PEOPLE[0], f" {dotted} ", "", "999999999", "000000000", "999990018", PEOPLE[1]]).out
    assert "aanvraag voor 2 mensen" in said
    assert "3 rijen zonder BSN, 1 die de elfproef niet doorstaan" in said
    assert "rij 7" in said
    assert "999990018" not in said


def test_a_number_of_eight_digits_lost_its_leading_zero(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("bsn\n12345672\n012345672\n", "utf-8")  # passes the eleven test, of nobody
    assert read_numbers(tmp_path / "people.csv", "bsn", ";").distinct == ("012345672",)


def test_no_file_of_any_party_holds_a_number_or_a_name(parties: Parties) -> None:
    for use in ("pseudonym", "offset"):
        parties.all_steps("VTGM", PEOPLE, use)
        parties.blind("JBGLD", PEOPLE, use)  # its state still lies there
    files = [path for path in parties.folder.rglob("*") if path.is_file() and path.name != "people.csv"]
    assert {path.suffix for path in files} >= {".request", ".evaluation", ".state", ".links", ".jsonl", ".seed"}
    for path in files:
        content = path.read_bytes()
        for number in PEOPLE:
            assert number.encode() not in content, path
            assert int(number).to_bytes(4, "big") not in content, path
        assert b"Grutmans" not in content, path


def shape(parties: Parties) -> dict[str, tuple[int, object]]:
    """Of each file outside the institutions its size, and what it says in words, random values left out."""
    found: dict[str, tuple[int, object]] = {}
    for path in sorted([*parties.post.iterdir(), *parties.holder.iterdir()]):
        if path.suffix in (".request", ".evaluation", ".jsonl"):
            said = json.loads(path.read_bytes().split(b"\n")[0])
            said = {key: re.sub("^[0-9a-f]{64}$", "", str(value)) for key, value in said.items() if key != "at"}
            found[path.name] = (path.stat().st_size, said)
    return found


def test_two_runs_on_different_people_look_alike(tmp_path: Path, keys: Path) -> None:
    shapes, bodies = [], []
    for name, people in (("one", PEOPLE[:15]), ("other", PEOPLE[15:])):
        parties = make_parties(tmp_path / name, keys)
        parties.all_steps("VTGM", people)
        shapes.append(shape(parties))
        bodies.append(parties.request("VTGM").read_bytes()[-32 * 15 :])
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) == 3
    assert bodies[0] != bodies[1]


def test_the_same_people_twice_look_like_others(parties: Parties) -> None:
    points = []
    for _ in range(2):
        parties.state("VTGM").unlink(missing_ok=True)
        assert parties.blind("VTGM", PEOPLE).status == 0
        body = parties.request("VTGM").read_bytes()[-32 * len(PEOPLE) :]
        points.append({body[place : place + 32] for place in range(0, len(body), 32)})
    assert points[0] & points[1] == set()


def test_the_order_of_the_people_is_not_that_of_the_file(parties: Parties) -> None:
    """Of thirty people in random order the chance that all stand where they stood is nil."""
    assert list(parties.all_steps("VTGM", PEOPLE).values) != PEOPLE


def test_the_state_goes_when_it_is_used(parties: Parties) -> None:
    assert parties.blind("VTGM", PEOPLE).status == 0
    again = parties.blind("VTGM", PEOPLE)
    assert (again.status, "hoort bij een aanvraag die nog loopt" in again.err) == (2, True)
    parties.evaluate("VTGM")
    parties.unblind("VTGM")
    assert not parties.state("VTGM").exists()


def test_the_journal_counts_and_names_nobody(parties: Parties) -> None:
    parties.all_steps("VTGM", PEOPLE)
    parties.evaluate("VTGM")  # the same again
    entries = [json.loads(line) for line in (parties.holder / "evaluations.jsonl").read_text("utf-8").splitlines()]
    assert [(entry["institution"], entry["people"], entry["period"]) for entry in entries] == [("VTGM", 30, PERIOD)] * 2
    assert [entry["refused"] is None for entry in entries] == [True, False]
    assert all(
        set(entry) == {"at", "institution", "use", "version", "period", "people", "request", "refused"}
        for entry in entries
    )


def test_a_limit_for_each_institution_and_period(parties: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    agreement = load_agreement()
    assert agreement.linked is not None
    narrow = agreement.model_copy(update={"linked": agreement.linked.model_copy(update={"largest_evaluations": 40})})
    monkeypatch.setattr(linked_keys, "load_agreement", lambda: narrow)
    parties.all_steps("VTGM", PEOPLE)
    assert parties.blind("VTGM", PEOPLE[:11]).status == 0
    refused = parties.evaluate("VTGM")
    assert (refused.status, "op 41 komt; de overeenkomst laat er 40 toe" in refused.err) == (2, True)
    parties.all_steps("JBGLD", PEOPLE)  # another's count is its own
    parties.all_steps("VTGM", PEOPLE, "offset")  # and so is that under the other key
    parties.state("VTGM").unlink()
    assert parties.blind("VTGM", PEOPLE[:10]).status == 0
    assert parties.evaluate("VTGM").status == 0


def test_without_an_agreement_nothing_is_linked(parties: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    without = load_agreement().model_copy(update={"linked": None})
    monkeypatch.setattr(linked_keys, "load_agreement", lambda: without)
    for refused in (parties.blind("VTGM", PEOPLE), parties.make_key("offset", "--rotate")):
        assert (refused.status, "De overeenkomst noemt geen koppeling" in refused.err) == (2, True)
    assert not parties.request("VTGM").exists()


def damage(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def resigned(parties: Parties, points: bytes) -> None:
    """The request of VTGM with other points, by VTGM itself."""
    header = json.loads(parties.request("VTGM").read_bytes().split(b"\n")[0])
    header |= {"people": len(points) // 32, "request": hashlib.sha256(points).hexdigest()}
    line = json.dumps(header, separators=(",", ":")).encode() + b"\n"
    signing = load_institution_keys(parties.inside("VTGM"), "VTGM").signing
    parties.request("VTGM").write_bytes(line + base64.b64encode(signing.sign(line + points)) + b"\n" + points)


@pytest.mark.parametrize(
    "point", [bytes(32), b"\xff" * 32, (1).to_bytes(32, "little")], ids=["identity", "large", "odd"]
)
def test_a_malformed_point_is_refused(parties: Parties, point: bytes) -> None:
    parties.blind("VTGM", PEOPLE)
    resigned(parties, parties.request("VTGM").read_bytes()[-64:-32] + point)
    refused = parties.evaluate("VTGM")
    assert (refused.status, "punt 2 is geen punt van de groep" in refused.err) == (2, True)
    assert not parties.answer("VTGM").exists()


def test_a_point_twice_is_refused(parties: Parties) -> None:
    parties.blind("VTGM", PEOPLE)
    resigned(parties, parties.request("VTGM").read_bytes()[-32:] * 2)
    assert "een punt staat er twee keer in" in parties.evaluate("VTGM").err


def test_a_request_is_answered_once(parties: Parties) -> None:
    parties.all_steps("VTGM", PEOPLE)
    parties.answer("VTGM").unlink()
    refused = parties.evaluate("VTGM")
    assert (refused.status, "is al eerder beantwoord" in refused.err) == (2, True)
    assert not parties.answer("VTGM").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:-1], "handtekening is niet van VTGM"),
        (lambda content: content[:-1] + bytes([content[-1] ^ 1]), "handtekening is niet van VTGM"),
        (lambda content: content.replace(b"2026Q3", b"2026Q2"), "handtekening is niet van VTGM"),
        (lambda content: content.replace(b'"VTGM"', b'"JBGLD"'), "handtekening is niet van JBGLD"),
        (lambda content: content.replace(b'"VTGM"', b'"XX"'), "er is geen sleutel van de afzender"),
        (lambda _: b"", "is geen bestand van de gekoppelde vorm"),
        (lambda content: b'{"a":1}' + content, "is geen bestand van de gekoppelde vorm"),
    ],
)
def test_a_request_that_was_changed_is_refused(
    parties: Parties, change: Callable[[bytes], bytes], message: str
) -> None:
    parties.blind("VTGM", PEOPLE)
    damage(parties.request("VTGM"), change)
    refused = parties.evaluate("VTGM")
    assert (refused.status, message in refused.err) == (2, True), refused.err
    assert not parties.answer("VTGM").exists()


def test_a_request_for_another_period_or_use_is_refused(parties: Parties) -> None:
    parties.blind("VTGM", PEOPLE)
    assert "is een aanvraag voor 2026Q3; nu wordt 2026Q4 geëvalueerd" in parties.evaluate("VTGM", period="2026Q4").err
    shutil.copy(parties.request("VTGM"), parties.request("VTGM", "offset"))
    assert "vraagt om een ander gebruik" in parties.evaluate("VTGM", "offset").err
    assert "--period: is geen kwartaal" in parties.evaluate("VTGM", period="2026-3").err


def test_an_answer_under_another_key_is_refused_and_the_state_kept(
    parties: Parties, tmp_path: Path, keys: Path
) -> None:
    """A custodian that quietly uses another key would break every link: the proof shows it."""
    parties.blind("VTGM", PEOPLE)
    other = make_parties(tmp_path / "other", keys)
    shutil.copy(parties.request("VTGM"), other.request("VTGM"))
    assert other.evaluate("VTGM").status == 0
    shutil.copy(other.answer("VTGM"), parties.answer("VTGM"))
    refused = parties.unblind("VTGM")
    assert (refused.status, "het bewijs klopt niet" in refused.err) == (2, True)
    assert not (parties.inside("VTGM") / "pseudonym.links").exists()
    parties.evaluate("VTGM")
    assert parties.unblind("VTGM").status == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:-1], "is niet heel"),
        (lambda content: content[:-1] + bytes([content[-1] ^ 1]), "het bewijs klopt niet"),
        (lambda content: content[:-96] + bytes(32) + content[-64:], "het bewijs klopt niet"),
        (lambda content: content.replace(b"2026Q3", b"2026Q2"), "hoort bij een andere aanvraag"),
    ],
)
def test_an_answer_that_was_changed_is_refused(
    parties: Parties, change: Callable[[bytes], bytes], message: str
) -> None:
    parties.blind("VTGM", PEOPLE)
    parties.evaluate("VTGM")
    damage(parties.answer("VTGM"), change)
    refused = parties.unblind("VTGM")
    assert (refused.status, message in refused.err) == (2, True), refused.err
    assert parties.state("VTGM").exists()


def test_the_state_of_another_institution_does_not_open(parties: Parties) -> None:
    parties.blind("VTGM", PEOPLE)
    parties.blind("JBGLD", PEOPLE)
    parties.evaluate("VTGM")
    shutil.copy(parties.state("JBGLD"), parties.state("VTGM"))
    assert "is met de sleutel van deze instelling niet te openen" in parties.unblind("VTGM").err


def test_after_rotation_the_old_key_and_its_files_are_of_no_use(parties: Parties) -> None:
    old = parties.all_steps("VTGM", PEOPLE).values
    parties.blind("JBGLD", PEOPLE)
    assert "Een nieuwe is een gebeurtenis van de overeenkomst" in parties.make_key("pseudonym").err
    assert "versie 2" in parties.make_key("pseudonym", "--rotate").out
    refused = parties.evaluate("JBGLD")
    assert "vraagt om versie 1 van de sleutel; geldig is versie 2" in refused.err
    new = parties.all_steps("VTGM", PEOPLE).values
    assert set(old.values()) & set(new.values()) == set()
    parties.state("JBGLD").unlink()
    assert parties.all_steps("JBGLD", PEOPLE).values == new  # and links are found as before


def test_an_unfinished_answer_is_refused_once_the_key_has_changed(parties: Parties) -> None:
    parties.blind("VTGM", PEOPLE)
    parties.evaluate("VTGM")
    parties.make_key("pseudonym", "--rotate")
    assert "is gemaakt onder versie 1 van de sleutel; in de map staat versie 2" in parties.unblind("VTGM").err


def test_a_damaged_journal_stops_everything(parties: Parties) -> None:
    parties.blind("VTGM", PEOPLE)
    (parties.holder / "evaluations.jsonl").write_text("{\n", "utf-8")
    assert "logboek is beschadigd" in parties.evaluate("VTGM").err


def test_a_column_that_is_not_there(parties: Parties) -> None:
    people = parties.write_people("VTGM", PEOPLE)
    words = ["link", "blind", people, "--institution", "VTGM", "--use", "pseudonym", "--period", PERIOD]
    words += ["--keys", parties.inside("VTGM"), "--out", people.with_name("a"), "--state", people.with_name("b")]
    refused = run(*words, "--column", "BSN")
    assert (refused.status, "verwacht precies een kolom 'BSN'" in refused.err) == (2, True)
    assert {path.name for path in people.parent.iterdir()} & {"a", "b"} == set()
