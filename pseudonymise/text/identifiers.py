"""Recognisers of what has a form: numbers, dates and addresses as Dutch case files write them.

Presidio knows no Dutch identifier. Each recogniser here has its patterns, what makes a match true or false (a check
digit, a date that can be), and the words that make it likely. A match counts from ENOUGH on: a sure form has more of
itself, an unsure one (UNSURE) needs one of its words within five words before it.

Its own e-mail recogniser asks the network for a list of domains, and is not used.
"""

from collections.abc import Callable, Sequence

import phonenumbers
import regex
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer, RecognizerResult

from pseudonymise.text.language import language
from pseudonymise.text.spans import Kind

LANGUAGE = "nl"
SURE, UNSURE, ENOUGH = 0.6, 0.2, 0.4

Validate = Callable[[str], bool | None]

SEPARATOR = r"\s?[-./ ]?\s?"
MONTHS = (
    r"(?:jan(?:uari)?|feb(?:r(?:uari)?)?|m(?:aa)?rt|apr(?:il)?|mei|juni?|juli?|aug(?:ustus)?|sept?(?:ember)?|"
    r"okt(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
DAY, MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
# The days of a month in words.
IN_WORDS = (
    r"(?:(?:een|één|twee|drie|vier|vijf|zes|zeven|acht|negen)(?:en|ën)(?:twintig|dertig)|twintig|dertig|tien|elf|twaalf|"
    r"(?:der|veer|vijf|zes|zeven|acht|negen)tien|een|één|twee|drie|vier|vijf|zes|zeven|acht|negen)(?:de|ste)?|"
    r"eerste|tweede|derde|vierde|vijfde|zesde|zevende|achtste|negende"
)
YEAR = r"(?:(?:19|20)\d\d|['’`]?\d\d)"
# The first or last day of a quarter, after one of these words, is how the monitor itself names its periods.
BOUND = (
    r"(?:0?1[-/. ](?:0?[147]|10)|31[-/. ](?:0?3|12)|30[-/. ]0?[69]|"
    r"1 (?:januari|april|juli|oktober)|31 (?:maart|december)|30 (?:juni|september))(?!\d)"
)
_BEFORE_BOUND = (
    r"(?<=(?:peildatum|peildata|per|vanaf|sinds|ingang van|m\.i\.v\.|tot en met|t/m|tot|uiterlijk|vóór|voor|na)\s+)"
)
# A day, with its year, on which people met or by which work is due is nobody's.
_BEFORE_MEETING = (
    r"(?<=(?:overleg|vergadering|bijeenkomst|heidag|stuurgroep|werkgroep|notulen|deadline|kwartaalrapportage|versie)"
    r"(?:\s(?:van|op|d\.d\.|dd|is|uiterlijk))?:?\s+)"
)
PERIOD = regex.compile(
    rf"{_BEFORE_BOUND}{BOUND}[-/. ]20[12]\d\b|"
    rf"{_BEFORE_MEETING}{DAY}(?:[-/.]{MONTH}[-/.]|\s{MONTHS}\s)202\d\b",
    regex.IGNORECASE,
)
NO_PERIOD = rf"(?!{PERIOD.pattern})"
# Numbers of laws, articles and versions have dots, as dates may have.
NOT_A_LAW = r"(?<!(?:art(?:ikel(?:en)?)?|artt|lid|paragraaf|par|bijlage|versie|hoofdstuk|§)\.?\s*)"

STREETS = (
    r"(?:straat|straatweg|str\.|laan|weg|plein|hof|dijk|kade|gracht|singel|pad|dreef|steeg|plantsoen|park|markt|wal|"
    r"baan|boulevard|erf|donk|hoek|akker|veld|kamp|heuvel|berg|poort|brink|(?<!e)ring|oord|burg|horst|weide|gaarde|"
    r"haven|straatje|laantje|pleintje|hofje|weggetje|dijkje|steegje|paadje|kampje|veldje|hoekje|poortje)"
)
# Ends as a street, and is none: "invoerveld 3".
NO_STREET = (
    r"(?!onderweg|halverweg|vanweg|\w*(?:invoer|werk|speel|tekst|datum|bron|keuze|krachten)veld|"
    r"\w*(?:tijd|zorg|groei|klant)pad|\w*(?:arbeids|zorg|inkoop)markt|\w*invalshoek)"
)
HOUSE_NUMBER = (
    r"(?!(?:19|20)\d\d(?!\d))\d{1,5}"
    r"(?:\s?-?\s?(?:[a-z]{1,2}(?![a-z])|i{1,3}(?!\w)|bis(?!\w)|zwart|rood)|-\d{1,4})*(?![\d.,:%]\d|\d|\s*%)"
)
# No street begins or is called so.
LEADS_UP = (
    r"(?:van|naar|met|tot|op|in|om|en|of|is|was|per|bij|de|het|een|aan|uit|te|voor|na|door|adres|woont|steeg|daalde)\s"
)
UNITS = (
    r"(?!\s+(?:dag|week|weken|maand|jaar|jaren|uur|uren|kind|keer|maal|gezin|werkdag|kalenderdag|procent|zaken|"
    r"instelling|regio|gemeente|van de|en |tot ))"
)


def eleven_test(digits: str) -> bool:
    """Whether nine digits are a possible BSN: 9a + 8b + … + 2h - i is divisible by eleven, and not all are 0."""
    if len(digits) != 9 or not digits.strip("0"):
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0


def iban_test(text: str) -> bool:
    """ISO 13616: the letters as numbers, the first four signs moved to the end, leave 1 after division by 97."""
    signs = [sign for sign in text.upper() if sign.isalnum()]
    return int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 == 1


class ByPattern(PatternRecognizer):
    """One kind, by its form. ``is_valid``: True makes a match sure, False drops it, None leaves it as it is."""

    def __init__(
        self,
        kind: Kind,
        patterns: Sequence[tuple[str, float]],
        context: Sequence[str] = (),
        is_valid: Validate = lambda _: None,
        *,
        as_typed: bool = False,
    ) -> None:
        self._is_valid = is_valid
        flags = regex.MULTILINE if as_typed else regex.MULTILINE | regex.IGNORECASE
        super().__init__(
            supported_entity=kind.value,
            name=f"{kind.name} {id(self)}",
            supported_language=LANGUAGE,
            patterns=[Pattern(f"{kind.name} {number}", *one) for number, one in enumerate(patterns)],
            context=list(context),
            global_regex_flags=flags,
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        return self._is_valid(pattern_text)


def result(kind: Kind, start: int, end: int) -> RecognizerResult:
    """What a recogniser of our own says it found."""
    return RecognizerResult(kind.value, start, end, SURE)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _is_bsn(text: str) -> bool | None:
    # A number that is called a BSN and fails the test was typed wrong: it still points at someone.
    return eleven_test(_digits(text)) or None


def _is_phone(text: str) -> bool | None:
    try:
        number = phonenumbers.parse(text, "NL")
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) or None


def _is_postcode(text: str) -> bool | None:
    digits, letters = text[:4], text[-2:]
    if letters.upper() in {"SA", "SD", "SS"}:  # never given out
        return False
    is_year = 1990 <= int(digits) <= 2039
    if letters.isupper():
        return None if is_year and letters.lower() in language().short_names else True
    return None if letters in language().short_words or (is_year and letters in language().short_names) else True


def _is_document(text: str) -> bool | None:
    return sum(sign.isdigit() for sign in text) >= 3 or None


def recognisers() -> list[EntityRecognizer]:
    """The recognisers of level *pattern*, in no order."""
    return [
        ByPattern(
            Kind.BSN,
            [
                (r"(?<![\d€.,])(?<!€\s)\d{9}(?!\d|[.,]\d)", UNSURE),
                (r"(?<![\d€.,])(?<!€\s)\d{3}(?:\s?[-./ ]\s?)\d{3}(?:\s?[-./ ]\s?)\d{3}(?!\d|[.,]\d)", UNSURE),
                (r"(?<![\d€.,])(?<!€\s)\d{4}(?:\s?[-./ ]\s?)\d{2}(?:\s?[-./ ]\s?)\d{3}(?!\d|[.,]\d)", UNSURE),
                (r"(?<![\d€.,])(?<!€\s)\d{2}(?:[-./ ]\d{2}){2}[-./ ]\d{3}(?!\d|[.,]\d)", UNSURE),
                (
                    rf"(?<=(?:bsn|burger\s?service\s?n(?:umme)?r|sofi-?\s?n(?:umme)?r|service\s?n(?:umme)?r)\W{{0,4}})"
                    rf"\d(?:{SEPARATOR}\d){{6,9}}(?!\d)",
                    SURE,
                ),
            ],
            ["bsn", "burgerservicenummer", "burgerservicenr", "sofinummer", "sofi"],
            _is_bsn,
        ),
        ByPattern(
            Kind.IBAN,
            [
                (r"(?<![a-z0-9])nl\s?\d{2}(?:[-. ]?[a-z]){4}(?:[-. ]?\d){8,10}(?![a-z0-9])", SURE),
                (r"(?<=(?:iban|rekening(?:n(?:umme)?r)?)\W{1,3})\d(?:[-. ]?\d){6,9}(?!\d)", SURE),
            ],
        ),
        ByPattern(
            Kind.IBAN,
            [
                (
                    r"(?<![a-z0-9])[a-z]{2}\d{2}(?:[-. ]?[a-z]{4})?"
                    r"(?:[-. ]?(?=[a-z]{0,3}\d)[a-z0-9]{1,4}){3,8}(?![a-z0-9])",
                    UNSURE,
                )
            ],
            ["iban", "rekening", "bank"],
            lambda text: iban_test(text) or None,
        ),
        ByPattern(
            Kind.PHONE,
            [
                (r"(?<![\d.,])(?:\+|00)[1-9]\d{0,2}(?:[-./ ()]{0,3}\d){6,12}(?!\d)", UNSURE),
                (r"(?<![\d.,/-])\(?0[1-9]\d{0,3}\)?(?:[-./ ]{0,3}\d){5,9}(?!\d)", UNSURE),
                (r"(?<![\d.,/-])06(?:[-./ ]{0,3}\d){8}(?!\d)", SURE),
                (
                    r"(?<=(?:tel|telefoon(?:n(?:umme)?r)?|mobiel|gsm|06|bel|bereikbaar op)\W{1,3})"
                    r"\d(?:[-. ]?\d){5,11}(?!\d)",
                    SURE,
                ),
            ],
            [
                "tel",
                "telefoon",
                "telefoonnummer",
                "mobiel",
                "gsm",
                "bellen",
                "bereikbaar",
                "whatsapp",
                "app",
                "bel",
                "gebeld",
            ],
            _is_phone,
        ),
        ByPattern(
            Kind.MAIL,
            [
                (
                    r"[\w.+%-]+\s?(?:@|\(at\)|\[at\]|\sat\s)\s?[\w-]+(?:\s?(?:\.|\(dot\)|\[dot\]|\spunt\s)\s?[\w-]+)*\s?"
                    r"(?:\.|\(dot\)|\[dot\]|\spunt\s)\s?[a-z]{2,}",
                    SURE,
                ),
                (r"[\w.+%-]+@[\w.-]+", SURE),
                (r"(?<![\w.])@[a-z0-9_][\w.]{2,}", SURE),
                (
                    r"(?<!\w)(?:https?://)?(?:www\.)?(?:facebook|instagram|tiktok|snapchat|linkedin|x|twitter)\.com/\S+",
                    SURE,
                ),
                (
                    r"(?<=(?:insta(?:gram)?|snap(?:chat)?|tiktok|facebook|skype)(?:\s?(?:naam|account|-account))?\s?:\s?)"
                    r"[\w.-]{3,}",
                    SURE,
                ),
            ],
        ),
        ByPattern(
            Kind.POSTCODE,
            [(r"(?<![\w:./,€-])[1-9]\d{3}[ -]?[a-z]{2}(?![\w])", UNSURE)],
            ["postcode", "pc", "adres", "wonend", "woont"],
            _is_postcode,
        ),
        ByPattern(
            Kind.ADDRESS,
            [
                # A street by its ending, or by its first word; in any case.
                (
                    rf"(?<!\w)(?:(?!{LEADS_UP})[\w'’.-]+\s)?{NO_STREET}[\w'’.-]{{2,}}{STREETS}\s{HOUSE_NUMBER}{UNITS}",
                    SURE,
                ),
                (
                    rf"(?<!\w)(?:laan|plein|weg|straat|dijk|hof|kade|park|pad|steeg|burg\.|burgemeester|dokter|prof\.|prins|"
                    rf"prinses|koningin|sint|st\.)(?:\s(?:van|der?|den|het|'t|ten|ter))*(?:\s(?!{LEADS_UP})\p{{Lu}}[\w'’.-]+){{1,3}}\s{HOUSE_NUMBER}{UNITS}",
                    SURE,
                ),
                # What people live in where there is no street; a number beside a postcode.
                (
                    r"(?<!\w)(?:chalet|(?:sta)?caravan|woonwagen|woonboot|blokhut|bungalow|appartement|flat)\s(?:nr\.?\s)?\d{1,4}",
                    SURE,
                ),
                (r"(?<=[1-9]\d{3}\s?[a-z]{2},?\s)n(?:umme)?r\.?\s\d{1,5}", SURE),
                # Whatever has a house number where the text says that someone lives there.
                (rf"(?<=(?<!\w)(?:aan|op)\s(?:de|het|'t)\s)[\w'’-]{{3,}}\s{HOUSE_NUMBER}{UNITS}", UNSURE),
                (r"(?<!\w)postbus\s?\d[\d. ]{0,6}\d", SURE),
                (r"(?<=huisn(?:umme)?r\W{1,3})\d{1,5}\s?-?[a-z]?(?![a-z\d])", SURE),
            ],
            ["woont", "wonen", "wonend", "verblijft", "verblijf", "adres"],
        ),
        ByPattern(
            Kind.DATE,
            [
                (rf"(?<![\d.,:/-]){NOT_A_LAW}{NO_PERIOD}{DAY}([-/.])\s?{MONTH}\1\s?{YEAR}(?![\d/-]|\.\d)", SURE),
                (rf"(?<![\d.,:/-]){NOT_A_LAW}{NO_PERIOD}{DAY}\s{MONTH}\s(?:19|20)\d\d(?!\d)", SURE),
                (rf"(?<![\d.,:/-])(?:19|20)\d\d([-/. ]){MONTH}\1{DAY}(?!\d)", SURE),
                (r"(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)", SURE),
                (rf"(?<!\d){NO_PERIOD}{DAY}(?:e|ste|de)?[-. ]{{0,2}}{MONTHS}[-,. ]{{0,2}}{YEAR}(?!\d)", SURE),
                (rf"(?<![\d.,:]){DAY}(?:e|ste|de)?\s?{MONTHS}(?!\w)", UNSURE),
                (rf"(?<!\w)(?:{IN_WORDS})\s{MONTHS}\s(?:19|20)\d\d(?!\d)", SURE),
                (rf"(?<!\w)(?:{IN_WORDS})\s{MONTHS}(?!\w)", UNSURE),
                (rf"(?<![\d.,:/-]){DAY}([-/. ])(?:i{{1,3}}|iv|vi{{0,3}}|ix|xi{{0,2}})\1(?:19|20)\d\d(?!\d)", SURE),
                (r"(?<!\w)(?:oudjaars|nieuwjaars|kerst)(?:dag|avond)\s(?:19|20)\d\d(?!\d)", SURE),
                (rf"(?<=(?:geb(?:oren|\.)?)\s(?:in\s)?){MONTHS}\s(?:19|20)\d\d(?!\d)", SURE),
                (rf"(?<=(?<!\w)(?:geb|dd|d\.d)\.?\W{{0,3}}){DAY}(?:e|ste|de)?\s?{MONTHS}(?!\w)", SURE),
                (rf"(?<![\d.,:]){DAY}[-/]{MONTH}(?![\d/-])", UNSURE),
                (r"(?<=(?:geb(?:oren|\.)?|geboortejaar|geboren in)\W{1,3})(?:19|20)\d\d(?!\d)", SURE),
            ],
            ["geboren", "geboorte", "jarig", "verjaar", "zitting", "overleden", "overlijd", "begra", "uitvaart"],
        ),
        ByPattern(
            Kind.CASE_NUMBER,
            [
                # Courts: the number of a case, and that of a published ruling, which leads to it.
                (
                    r"(?<!\w)c\s?/\s?\d{2}\s?/\s?\d{5,7}"
                    r"(?:\s?[/-]?\s?[a-z]{2}\s?[a-z]{2}\s?\d{2}\s?[-/ ]\s?\d{1,6})?(?!\w)",
                    SURE,
                ),
                (r"(?<!\w)[a-z]{2}\s?[a-z]{2}\s?\d{2}\s?[-/]\s?\d{3,6}(?!\w)", SURE),
                (r"(?<!\w)ecli:nl:\w+:\d{4}:\w+", SURE),
                (r"(?<!\w)parket\w*\W{1,3}\d{2}[-/. ]?\d{5,6}[-/. ]?\d{0,2}(?!\w)", SURE),
                # Letters, a year and a serial number; or letters and a long number.
                (r"(?<![\w-])[a-z]{1,6}[-/.]?(?:19|20)\d{2}[-/. ](?!(?:19|20)\d\d(?!\d))\d{3,8}(?![\w-])", SURE),
                (r"(?<![\w-])(?:19|20)\d{2}[-/](?!(?:19|20)\d\d(?!\d))\d{4,8}(?![\w-])", SURE),
                (r"(?<![\w-])(?!bsn)[a-z]{1,4}[-/]?\d{6,10}(?![\w-])", SURE),
                (r"(?<![\w-])(?!nen|iso|iec|en-|rfc|cao|bio)[a-z]{1,4}-(?!(?:19|20)\d\d(?!\d))\d{4,5}(?![\w-])", SURE),
                # Whatever holds a digit and is called a number of someone or something.
                (
                    r"(?<=(?:(?:cli[eë]nt|dossier|zaak|meldings?|patiënt|patient|leerling|relatie|kenmerk|registratie|referentie|"
                    r"aanvraag|beschikkings?|polis|kaart|paspoort|id|identiteits|document|legitimatie|rijbewijs|v|vreemdelingen|"
                    r"debiteur|klant|school|brin|big|agb|rolnummer|rekest|jeugd|kind)"
                    r"-?\s?(?:n(?:umme)?r|nummer|code|id|kaart|bewijs)\.?|\bkenmerk|\bdossier|\bref\.?|\bzaak|\bcliënt)"
                    r"(?:\s(?:is|van\s\w+|moeder|vader|kind|jeugdige|luidt))?\W{1,3})"
                    r"(?=[\w/.-]*\d{2}|[a-z]*\d\w*\d)[a-z0-9][\w/.-]{3,}(?:\s?[/-]\s?[a-z]{2}\s?[a-z]{2}\s?\d{2}[-/]\d+)?(?!\w)",
                    SURE,
                ),
                (r"(?<=\bnummer(?:\s\w+){0,3}\s?:?\s)(?=\w*\d\w*\d)[a-z0-9-]{6,}(?!\w)", SURE),
            ],
        ),
        ByPattern(
            Kind.CASE_NUMBER,
            # Passports and identity cards: two letters, six signs and a digit; no letter O.
            [(r"(?<![\w-])[A-NP-Z]{2}[A-NP-Z0-9]{6}[0-9](?![\w-])", UNSURE)],
            ["paspoort", "identiteitskaart", "legitimatie", "document", "id-kaart"],
            _is_document,
            as_typed=True,
        ),
        ByPattern(
            Kind.NUMBER_PLATE,
            [
                (_plates("-"), SURE),
                (_plates("[ ]"), UNSURE),
                (_plates(""), UNSURE),
            ],
            ["kenteken", "nummerbord", "nummerplaat", "auto", "scooter", "bestelbus", "busje", "voertuig"],
        ),
    ]


def _plates(separator: str) -> str:
    """The fourteen Dutch series (*sidecodes*) of number plates: groups of letters (L) and digits (9)."""
    series: tuple[str, ...] = ("LL-99-99", "99-99-LL", "99-LL-99", "LL-99-LL", "LL-LL-99", "99-LL-LL", "99-LLL-9")
    series += ("9-LLL-99", "LL-999-L", "L-999-LL", "LLL-99-L", "L-99-LLL", "9-LL-999", "999-LL-9")
    forms = [one.replace("-", separator).replace("L", "[a-z]").replace("9", r"\d") for one in series]
    return rf"(?<![\w-])(?:{'|'.join(forms)})(?![\w-])"
