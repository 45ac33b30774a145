"""What has a form is found in every way that people write it; what only looks like it is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudonymise.text import Kind, Level, find
from pseudonymise.text.identifiers import eleven_test, iban_test


def kinds(text: str) -> list[tuple[str, Kind]]:
    return [(text[span.start : span.end], span.kind) for span in find(text, Level.PATTERN)]


@pytest.mark.parametrize(
    ("text", "place", "kind"),
    [
        # The eleven test makes nine digits a BSN, without a word that says so.
        ("Het gaat om 999990019.", "999990019", Kind.BSN),
        ("Het gaat om 999 990 019 uit de lijst", "999 990 019", Kind.BSN),
        ("Het gaat om 9999.90.019", "9999.90.019", Kind.BSN),
        ("Het gaat om 999-990-019", "999-990-019", Kind.BSN),
        ("Het gaat om 99 99 90 019", "99 99 90 019", Kind.BSN),
        ("bsn: 999990019", "999990019", Kind.BSN),
        ("BSN999990019", "999990019", Kind.BSN),
        # Called a BSN, it is one, also where it was typed wrong.
        ("BSN van de jeugdige: 999990018", "999990018", Kind.BSN),
        ("burgerservicenummer 99999001", "99999001", Kind.BSN),
        ("sofi-nummer 9999.90.018", "9999.90.018", Kind.BSN),
        ("NL91ABNA0417164300", "NL91ABNA0417164300", Kind.IBAN),
        ("nl91 abna 0417 1643 00", "nl91 abna 0417 1643 00", Kind.IBAN),
        ("NL91.ABNA.0417.1643.00", "NL91.ABNA.0417.1643.00", Kind.IBAN),
        ("NL92ABNA0417164300", "NL92ABNA0417164300", Kind.IBAN),
        ("op BE68 5390 0754 7034 gestort", "BE68 5390 0754 7034", Kind.IBAN),
        ("rekening 4171643", "4171643", Kind.IBAN),
        ("06-12345678", "06-12345678", Kind.PHONE),
        ("06 12 34 56 78", "06 12 34 56 78", Kind.PHONE),
        ("06.12.34.56.78", "06.12.34.56.78", Kind.PHONE),
        ("+31 6 12345678", "+31 6 12345678", Kind.PHONE),
        ("0031612345678", "0031612345678", Kind.PHONE),
        ("(026) 354 21 09", "(026) 354 21 09", Kind.PHONE),
        ("026-3542109", "026-3542109", Kind.PHONE),
        ("tel. 354 21 09", "354 21 09", Kind.PHONE),
        ("a.voorbeeld@voorbeeld.nl", "a.voorbeeld@voorbeeld.nl", Kind.MAIL),
        ("A.VOORBEELD@VOORBEELD.NL", "A.VOORBEELD@VOORBEELD.NL", Kind.MAIL),
        ("mail naar voorbeeld (at) voorbeeld.nl", "voorbeeld (at) voorbeeld.nl", Kind.MAIL),
        ("volg @voorbeeld_99", "@voorbeeld_99", Kind.MAIL),
        ("insta: voorbeeldje", "voorbeeldje", Kind.MAIL),
        ("www.instagram.com/voorbeeldje", "www.instagram.com/voorbeeldje", Kind.MAIL),
        ("6811 AB", "6811 AB", Kind.POSTCODE),
        ("6811AB", "6811AB", Kind.POSTCODE),
        ("6811-AB", "6811-AB", Kind.POSTCODE),
        ("6811ab", "6811ab", Kind.POSTCODE),
        ("op 6811 ra", "6811 ra", Kind.POSTCODE),
        ("postcode 2024 en", "2024 en", Kind.POSTCODE),
        ("Kerkstraat 12", "Kerkstraat 12", Kind.ADDRESS),
        ("kerkstraat 12-a", "kerkstraat 12-a", Kind.ADDRESS),
        ("Laan van Voorbeelden 1024-A", "Laan van Voorbeelden 1024-A", Kind.ADDRESS),
        ("postbus 1234", "postbus 1234", Kind.ADDRESS),
        ("geboren op 12-03-2011", "12-03-2011", Kind.DATE),
        ("12/3/11", "12/3/11", Kind.DATE),
        ("12.03.2011", "12.03.2011", Kind.DATE),
        ("2011-03-12", "2011-03-12", Kind.DATE),
        ("20110312", "20110312", Kind.DATE),
        ("3 maart 2012", "3 maart 2012", Kind.DATE),
        ("3 MRT '12", "3 MRT '12", Kind.DATE),
        ("3e maart 2012", "3e maart 2012", Kind.DATE),
        ("jarig op 3 maart", "3 maart", Kind.DATE),
        ("geboren in 2011", "2011", Kind.DATE),
        # The bound of a quarter is a period only after a word that says so.
        ("geboren op 1 april 2012", "1 april 2012", Kind.DATE),
        ("JB-2023-00457", "JB-2023-00457", Kind.CASE_NUMBER),
        ("C/05/398765 / JE RK 22-1234", "C/05/398765 / JE RK 22-1234", Kind.CASE_NUMBER),
        ("c/05/398765", "c/05/398765", Kind.CASE_NUMBER),
        ("ECLI:NL:RBGEL:2022:1234", "ECLI:NL:RBGEL:2022:1234", Kind.CASE_NUMBER),
        ("dossiernr. 10023456", "10023456", Kind.CASE_NUMBER),
        ("zaaknummer: 2023.118", "2023.118", Kind.CASE_NUMBER),
        ("V-nummer 2801234567", "2801234567", Kind.CASE_NUMBER),
        ("Nummer legitimatie moeder: NPR4K2L18", "NPR4K2L18", Kind.CASE_NUMBER),
        ("kenteken 12-ABC-3", "12-ABC-3", Kind.NUMBER_PLATE),
        ("XK-123-P", "XK-123-P", Kind.NUMBER_PLATE),
        ("xk-123-p", "xk-123-p", Kind.NUMBER_PLATE),
        ("auto met kenteken XK 123 P", "XK 123 P", Kind.NUMBER_PLATE),
    ],
)
def test_found_however_it_is_written(text: str, place: str, kind: Kind) -> None:
    assert kinds(text) == [(place, kind)]


@pytest.mark.parametrize(
    "text",
    [
        "het bestand telt 999990018 tekens",  # fails the eleven test, and nothing says that it is a BSN
        "een bedrag van € 999990019",
        "een bedrag van € 1.250.000 per jaar",
        "ruim 31.000 maatregelen in 13 regio's",
        "Jeugdwet artikel 4.1.3 lid 5, en art. 4.2.12",
        "versie 2.4.20 van het formaat",
        "BW 1:255 en 1:265b",
        "90% binnen 5 werkdagen, 80 % binnen 6 weken",
        "van 2026Q3 tot 2027Q1, en in 2025-2026",
        "in 2024 is de norm gehaald, in 2025 en 2026 niet",
        "in 2023 GI's bezocht, in 2024 VT en in 2025 JB",
        "per 1 januari 2026, peildatum 31-12-2025, tot en met 30 september 2026",
        "JZ12, GM0200, JW315 en JW301",
        "1000 mg en 1500 km",
        "C-413/23 P, ISO 27001, NEN 7510, EN 301 549",
        "onderweg 3 dagen, traject 12 weken",
        "een norm van 5 dagen en 10 werkdagen, 20 werkdagen en 250 zaken",
        "5, 10, 15, 20 en 250 zaken",
        "9 van 21 cellen, 14 van 21 groepen",
        "de inzet van hulp in week 12",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("digits", "expected"),
    [("999990019", True), ("999990018", False), ("000000000", False), ("99999001", False), ("123456782", True)],
)
def test_eleven_test(digits: str, expected: bool) -> None:
    assert eleven_test(digits) == expected


@given(st.integers(0, 99_999_999), st.integers(1, 9))
def test_one_wrong_digit_fails_the_eleven_test(first_eight: int, error: int) -> None:
    """Why a number that passes may be taken for a BSN: of all nine digits one in eleven does."""
    passing = [f"{first_eight:08}{last}" for last in range(10) if eleven_test(f"{first_eight:08}{last}")]
    assert len(passing) <= 1
    for number in passing:
        assert not eleven_test(f"{(int(number[0]) + error) % 10}{number[1:]}")


@pytest.mark.parametrize(
    ("text", "expected"),
    # The examples of the registry of ISO 13616.
    [
        ("NL91 ABNA 0417 1643 00", True),
        ("BE68 5390 0754 7034", True),
        ("DE89 3704 0044 0532 0130 00", True),
        ("NL91 ABNA 0417 1643 01", False),
    ],
)
def test_iban_test(text: str, expected: bool) -> None:
    assert iban_test(text) == expected
