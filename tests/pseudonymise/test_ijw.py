"""iJw messages: what is read, what corrections do, and which files are refused."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from pseudonymise.errors import UserError
from pseudonymise.sources import RawCases, read_sources
from pseudonymise.sources.ijw import LARGEST_BYTES
from pseudonymise.sources.mapping import load_mapping
from sample_data import messages
from sample_data.messages import Envelope
from tests.damaged import PACKINGS, damaged_zip

WHO = {
    "bsn": "999990019",
    "birth_date": "2014-08-17",
    "sex": "V",
    "first": "Tijbina",
    "last": "Grutmans & zoon",
    "street": "Pluvierpad",
    "postcode": "4368 JA",
    "town": "Laagkwelveen",
    "phone": "06-00820001",
    "note": "Moeder van Tijbina <belt> & vraagt naar de <ToewijzingNummer>",
}
MAPPING = """[[sources]]
file = "*"
format = "ijw"
[sources.columns]
case = "ReferentieAanbieder"
municipality = "Gemeente"
measure_type = "ProductCode"
court_order = "BeschikkingIngangsdatum"
ended = "Einddatum"
end_reason = "RedenBeeindiging"
[sources.values.measure_type]
"48A01" = "11"
[policies]
impossible_date = "unregistered"
unknown_end = "leave_out"
"""


def sent(day: str, number: int = 1) -> Envelope:
    return Envelope("0202", day, number)


ASKED = messages.request(sent("2025-02-05"), WHO, "Z-1", "48A01", "2025-02-03")
ASSIGNED = messages.assignment(sent("2025-02-10"), WHO, "Z-1", "7", "48A01", "2025-02-03")
STARTED = messages.start(sent("2025-02-11"), WHO, "7", "48A01", "2025-02-04")
STOPPED = messages.stop(sent("2026-03-03"), WHO, "7", "48A01", "2025-02-04", "2026-03-02")
CASE = (ASKED, ASSIGNED, STARTED, STOPPED)


def read(tmp_path: Path, contents: Sequence[bytes], mapping: str = MAPPING) -> RawCases:
    """The messages as files a.xml, b.xml, ..., read by the mapping."""
    (tmp_path / "mapping.toml").write_text(mapping, "utf-8")
    paths = []
    for name, content in zip("abcdefghij", contents, strict=False):
        paths.append(tmp_path / f"{name}.xml")
        paths[-1].write_bytes(content)
    return read_sources(load_mapping(tmp_path / "mapping.toml"), paths)


def told(raw: RawCases) -> list[tuple[str, str, str, str]]:
    """Of each case its key, type, and the days of order and end."""
    frame = raw.frame.assign(**{name: raw.frame[name].dt.strftime("%Y-%m-%d") for name in ("court_order", "ended")})
    columns = ["case", "measure_type", "court_order", "ended"]
    return [tuple("" if value != value else value for value in row) for row in frame[columns].to_numpy().tolist()]


def found(raw: RawCases) -> list[tuple[str, str, int, str]]:
    return [(one.rule, one.file, one.row, one.column) for one in raw.findings]


def test_a_case_is_brought_together_from_its_messages(tmp_path: Path) -> None:
    raw = read(tmp_path, CASE)
    assert told(raw) == [("Z-1", "11", "2025-02-03", "2026-03-02")]
    assert raw.frame[["municipality", "end_reason"]].to_numpy().tolist() == [["0202", "31"]]
    assert raw.places["court_order"].of(0) == "a.xml, rij 1, kolom 'BeschikkingIngangsdatum'"
    assert raw.places["ended"].of(0) == "d.xml, rij 1, kolom 'Einddatum'"
    assert raw.findings == ()


def test_nothing_of_a_person_is_kept(tmp_path: Path) -> None:
    raw = read(tmp_path, CASE)
    kept = raw.frame.to_csv() + str(raw.places) + str(raw.findings)
    assert not {value for value in WHO.values() if len(value) > 1 and value in kept}


@pytest.mark.parametrize("swapped", [False, True])
def test_what_is_removed_does_not_count(tmp_path: Path, swapped: bool) -> None:
    """Whatever the order of the files: the messages say themselves when they were sent."""
    removed = messages.stop(sent("2026-03-09"), WHO, "7", "48A01", "2025-02-04", "2026-03-02", status="3")
    contents = [*CASE, removed]
    raw = read(tmp_path, contents[::-1] if swapped else contents)
    assert told(raw) == [("Z-1", "11", "2025-02-03", "")]
    assert raw.findings == ()


def test_a_correction_is_a_removal_and_a_new_delivery(tmp_path: Path) -> None:
    """On one day and in the order of the numbers of the sender, of which 10 comes after 9."""
    begin = "2025-02-04"
    removed = messages.stop(sent("2026-03-09", 9), WHO, "7", "48A01", begin, "2026-03-02", status="3")
    again = messages.stop(sent("2026-03-09", 10), WHO, "7", "48A01", begin, "2026-02-27")
    raw = read(tmp_path, [*CASE, again, removed])
    assert told(raw) == [("Z-1", "11", "2025-02-03", "2026-02-27")]
    assert raw.findings == ()


def test_products_read_are_products_used_replaced_or_reported(tmp_path: Path) -> None:
    removed = messages.stop(sent("2026-03-09"), WHO, "7", "48A01", "2025-02-04", "2026-03-02", status="3")
    nowhere = messages.start(sent("2025-02-11"), WHO, "99", "48A01", "2025-02-04")
    broken = STARTED.replace(b"<m:StatusAanlevering>1<", b"<m:StatusAanlevering>9<")
    asked = messages.request(sent("2025-02-05"), WHO, "Z-2", "48A01", "2025-02-03")
    rejected = messages.answer(sent("2025-02-07"), "Z-2", rejected=True)
    raw = read(tmp_path, [*CASE, removed, nowhere, broken, asked, rejected])
    assert raw.tally == {
        "producten gelezen": 9,
        "gebruikt": 4,  # the request, assignment and start of the one case, and the answer to the other
        "vervangen of verwijderd": 2,
        "overgeslagen en gemeld": 3,
    }


def test_a_removal_of_nothing_is_reported(tmp_path: Path) -> None:
    removed = messages.start(sent("2025-03-01"), WHO, "7", "48A01", "2025-02-28", status="3")
    raw = read(tmp_path, [*CASE, removed])
    assert found(raw) == [("nothing_to_remove", "e.xml", 1, "StatusAanlevering")]
    assert told(raw) == [("Z-1", "11", "2025-02-03", "2026-03-02")]


def test_a_stop_for_now_is_no_end(tmp_path: Path) -> None:
    paused = messages.stop(sent("2025-06-03"), WHO, "7", "48A01", "2025-02-04", "2025-06-02", reason="20")
    assert told(read(tmp_path, [*CASE[:3], paused])) == [("Z-1", "11", "2025-02-03", "")]


def test_a_definite_stop_may_follow_a_stop_for_now_without_a_new_start(tmp_path: Path) -> None:
    paused = messages.stop(sent("2025-06-03"), WHO, "7", "48A01", "2025-02-04", "2025-06-02", reason="20")
    assert told(read(tmp_path, [*CASE[:3], paused, STOPPED])) == [("Z-1", "11", "2025-02-03", "2026-03-02")]


def test_what_starts_again_after_its_stop_has_not_ended(tmp_path: Path) -> None:
    again = messages.start(sent("2026-05-01"), WHO, "7", "48A01", "2026-04-30")
    assert told(read(tmp_path, [*CASE, again])) == [("Z-1", "11", "2025-02-03", "")]


def test_a_renewed_assignment_of_the_same_case_keeps_it_open(tmp_path: Path) -> None:
    renewed = messages.assignment(sent("2026-03-05"), WHO, "Z-1", "8", "48A01", "2026-03-03")
    started = messages.start(sent("2026-03-05"), WHO, "8", "48A01", "2026-03-03")
    assert told(read(tmp_path, [*CASE, renewed, started])) == [("Z-1", "11", "2025-02-03", "")]


def test_the_same_number_in_another_municipality_is_another_assignment(tmp_path: Path) -> None:
    elsewhere = messages.stop(Envelope("0230", "2025-06-03", 1), WHO, "7", "48A01", "2025-02-04", "2025-06-02")
    raw = read(tmp_path, [*CASE[:3], elsewhere])
    assert told(raw) == [("Z-1", "11", "2025-02-03", "")]
    assert found(raw) == [("no_case", "d.xml", 1, "ReferentieAanbieder")]


def test_a_case_can_be_an_assignment(tmp_path: Path) -> None:
    raw = read(tmp_path, CASE, MAPPING.replace('"ReferentieAanbieder"', '"Toewijzing"'))
    assert told(raw) == [("0202/7", "11", "2025-02-03", "2026-03-02")]


def test_a_rejected_request_is_no_case(tmp_path: Path) -> None:
    asked = messages.request(sent("2025-02-05"), WHO, "Z-2", "48A01", "2025-02-03")
    raw = read(tmp_path, [*CASE, asked, messages.answer(sent("2025-02-07"), "Z-2", rejected=True)])
    assert [case for case, *_ in told(raw)] == ["Z-1"]
    assert found(raw) == [("request_rejected", "e.xml", 1, "ReferentieAanbieder")]


def test_a_request_under_investigation_is_a_case(tmp_path: Path) -> None:
    asked = messages.request(sent("2025-02-05"), WHO, "Z-2", "48A01", "2025-02-03")
    raw = read(tmp_path, [*CASE, asked, messages.answer(sent("2025-02-07"), "Z-2", rejected=False)])
    assert ("Z-2", "11", "2025-02-03", "") in told(raw)
    assert raw.findings == ()


def test_a_product_code_may_come_from_a_declaration(tmp_path: Path) -> None:
    bare = [content.replace(b"<ijw:Code>48A01</ijw:Code>", b"") for content in CASE]
    claimed = messages.declaration(sent("2025-04-05"), WHO, "7", "48A01", "2025-03-01", "2025-03-31")
    assert told(read(tmp_path, [*bare, claimed])) == [("Z-1", "11", "2025-02-03", "2026-03-02")]


@pytest.mark.parametrize(
    ("old", "new", "rule", "column"),
    [
        (b"<m:ToewijzingNummer>7<", b"<m:ToewijzingNummer><", "element_missing", "ToewijzingNummer"),
        (b"<m:ToewijzingNummer>7<", b"<m:ToewijzingNummer>Grutmans<", "assignment_number", "ToewijzingNummer"),
        (b"<m:ToewijzingNummer>7<", b"<m:ToewijzingNummer>99<", "no_case", "ReferentieAanbieder"),
        (b"<m:StatusAanlevering>1<", b"<m:StatusAanlevering>9<", "status_unknown", "StatusAanlevering"),
        (b"<m:StatusAanlevering>1<", b"<m:StatusAanlevering><", "element_missing", "StatusAanlevering"),
        (b"<m:Begindatum>2025-02-04<", b"<m:Begindatum><", "element_missing", "Begindatum"),
    ],
)
def test_a_product_that_cannot_be_placed_is_reported_and_left_out(
    tmp_path: Path, old: bytes, new: bytes, rule: str, column: str
) -> None:
    assert old in STOPPED
    raw = read(tmp_path, [*CASE[:3], STOPPED.replace(old, new)])
    assert found(raw) == [(rule, "d.xml", 1, column)]
    assert told(raw) == [("Z-1", "11", "2025-02-03", "")]
    assert "Grutmans" not in str(raw.findings)


def test_an_impossible_date_is_survived_and_reported(tmp_path: Path) -> None:
    """Not theoretical: the public example of a JW315 holds 2027-06-31."""
    raw = read(
        tmp_path,
        [ASKED.replace(b"<m:BeschikkingIngangsdatum>2025-02-03", b"<m:BeschikkingIngangsdatum>2027-06-31"), *CASE[1:]],
    )
    assert told(raw) == [("Z-1", "11", "", "2026-03-02")]
    assert raw.frame["court_order_undated"].tolist() == [True]
    assert found(raw) == [("impossible_date", "a.xml", 1, "BeschikkingIngangsdatum")]
    assert "'2027-06-31' is geen datum; verwacht JJJJ-MM-DD; juni heeft 30 dagen" in str(raw.findings[0])


def test_an_impossible_end_leaves_the_case_out(tmp_path: Path) -> None:
    raw = read(tmp_path, [*CASE[:3], STOPPED.replace(b"2026-03-02", b"2026-02-30")])
    assert raw.frame["ended_undated"].tolist() == [True]
    assert found(raw) == [("impossible_date", "d.xml", 1, "Einddatum")]


def test_return_messages_are_of_no_use(tmp_path: Path) -> None:
    returned = STARTED.replace(b"<m:BerichtCode>438<", b"<m:BerichtCode>439<")
    raw = read(tmp_path, [*CASE, returned])
    assert found(raw) == [("message_of_no_use", "e.xml", 0, "BerichtCode")]


# --- hostile or broken files ---

BOMB = b"""<!DOCTYPE Bericht [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
<!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;"><!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;">]>"""
DECLARED = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def with_type(document_type: bytes, text: bytes = b"48A01") -> bytes:
    return DECLARED + document_type + STARTED.removeprefix(DECLARED).replace(b"48A01", text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (with_type(BOMB, b"&g;"), "bevat een documenttype"),
        (
            with_type(b'<!DOCTYPE Bericht [<!ENTITY x SYSTEM "file:///etc/passwd">]>', b"&x;"),
            "bevat een documenttype",
        ),
        (with_type(b'<!DOCTYPE Bericht SYSTEM "http://127.0.0.1:9/x.dtd">'), "bevat een documenttype"),
        (with_type(BOMB).replace(b'xmlns:ijw="', b'x="&g;" xmlns:ijw="'), "regel"),
        (with_type(b"<!DOCTYPE Bericht>"), "bevat een documenttype"),
        (STARTED[:-40], "regel 2: is geen leesbare XML"),
        (b"", "is geen leesbare XML"),
        (b"Tijbina Grutmans", "regel 1: is geen leesbare XML"),
        (DECLARED + b"<a>" * 5000 + b"</a>" * 5000, "is geen leesbare XML"),
        (DECLARED + b"<Bericht/>", "is geen iJw-bericht (geen Header)"),
        (STARTED.replace(b"</m:Bericht>", b"<m:Header/></m:Bericht>"), "heeft meer dan een header"),
        (STARTED.replace(b"m:Header", b"m:Kop"), "begint niet met een header"),
        (STARTED.replace(b"<m:BerichtSubversie>2", b"<m:BerichtSubversie>1"), "is geen iJw 3.2"),
        (STARTED.replace(b"<m:BerichtCode>438", b"<m:BerichtCode>999"), "de BerichtCode is onbekend"),
        (STARTED.replace(b"<m:Ontvanger>0202", b"<m:Ontvanger>Grutmans"), "moet een gemeente zijn"),
        (with_type(BOMB, b"&g;").decode().replace("UTF-8", "UTF-16").encode("utf-16"), "bevat een documenttype"),
    ],
)
def test_a_message_that_cannot_be_trusted_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, [*CASE, content])
    assert message in str(error.value)
    assert str(error.value).startswith("e.xml")
    assert not {word for word in ("Tijbina", "Grutmans", "root:", "aaaa") if word in str(error.value)}


def test_a_file_over_25_megabytes_is_refused(tmp_path: Path) -> None:
    padded = STARTED + b" " * (LARGEST_BYTES - len(STARTED))
    assert told(read(tmp_path, [*CASE, padded])) == [("Z-1", "11", "2025-02-03", "2026-03-02")]
    with pytest.raises(UserError, match=r"e\.xml: is groter dan de 25 MB"):
        read(tmp_path, [*CASE, padded + b" "])


def zipped(tmp_path: Path, members: dict[str, bytes]) -> RawCases:
    with zipfile.ZipFile(tmp_path / "berichten.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    (tmp_path / "mapping.toml").write_text(MAPPING, "utf-8")
    return read_sources(load_mapping(tmp_path / "mapping.toml"), [tmp_path / "berichten.zip"])


def test_messages_may_come_in_a_zip_file(tmp_path: Path) -> None:
    names = ["2025/jw315-1.xml", "2025/jw301-1.xml", "2025/jw305-1.xml", "2026/jw307-1.xml"]
    raw = zipped(tmp_path, dict(zip(names, CASE, strict=True)))
    assert told(raw) == [("Z-1", "11", "2025-02-03", "2026-03-02")]
    assert raw.places["ended"].of(0) == "berichten.zip/jw307-1.xml, rij 1, kolom 'Einddatum'"


def test_a_bomb_in_a_zip_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"berichten\.zip/jw305-1\.xml: is groter dan de 25 MB"):
        zipped(tmp_path, {"jw305-1.xml": b" " * (LARGEST_BYTES + 1)})


@pytest.mark.parametrize("packing", PACKINGS.values(), ids=PACKINGS)
def test_a_damaged_zip_file_is_refused(tmp_path: Path, packing: int) -> None:
    (tmp_path / "mapping.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "berichten.zip").write_bytes(damaged_zip(packing, ["jw305-1.xml"]))
    mapping = load_mapping(tmp_path / "mapping.toml")
    with pytest.raises(UserError, match=r"berichten\.zip: is geen \(heel\) zip-bestand"):
        read_sources(mapping, [tmp_path / "berichten.zip"])


def test_the_name_of_a_file_in_a_zip_is_not_shown_when_it_may_be_of_a_person(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        zipped(tmp_path, {"Tijbina Grutmans jw305.xml": b"<a"})
    assert str(error.value).startswith("berichten.zip, regel 1: is geen leesbare XML")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('ended = "Einddatum"', 'first_contact = "Begindatum"', "first_contact: staat in geen iJw-bericht"),
        ('ended = "Einddatum"', 'worker_assigned = "Begindatum"', "worker_assigned: staat in geen iJw-bericht"),
        ('court_order = "BeschikkingIngangsdatum"', 'court_order = "Begindatum"', "verwacht BeschikkingIngangsdatum"),
        ('case = "ReferentieAanbieder"', 'case = "Bsn"', "verwacht ReferentieAanbieder of Toewijzing"),
    ],
)
def test_a_mapping_asks_for_what_messages_hold(tmp_path: Path, old: str, new: str, message: str) -> None:
    """What a JW305 calls its begin is no first contact, and a BSN is no key of a case."""
    assert old in MAPPING
    with pytest.raises(UserError) as error:
        read(tmp_path, CASE, MAPPING.replace(old, new))
    assert message in str(error.value)
