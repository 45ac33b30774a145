"""Recognisers of names: Deduce, the words that lead up to a name, and capitals that are no Dutch word.

Deduce (for *de-identificatie*) knows Dutch names and places, and finds nothing in lower case. So it reads a text
twice: as written, and with unknown words capitalised and shouted ones in ordinary case.
"""

from typing import Final

import regex
from presidio_analyzer import EntityRecognizer, LocalRecognizer, RecognizerResult

from pseudonymise.agreement import municipality_names
from pseudonymise.text.deducing import load_deduce
from pseudonymise.text.identifiers import HOUSE_NUMBER, LANGUAGE, STREETS, SURE, ByPattern, result
from pseudonymise.text.language import any_of, language
from pseudonymise.text.sentences import TOKEN, begins_sentence, is_in_number, is_shouted, is_within
from pseudonymise.text.spans import Kind
from pseudonymise.text.vocabulary import (
    LARGE_CITIES,
    LONGEST_ABBREVIATION,
    Vocabulary,
    first_names,
    is_a_name,
    organisations,
    surnames,
    vocabulary,
)

# What Deduce also looks for, and our own recognisers know better. Ages are no identifier.
NOT_ASKED: Final = {"dates", "ages", "identifiers", "phone_numbers", "email_addresses", "urls"}
TAGS: Final = {
    "locatie": Kind.PLACE,
    "ziekenhuis": Kind.ORGANISATION,
    "zorginstelling": Kind.ORGANISATION,
    # Any other tag is of a person, or new to us: it masks too.
}

LIVES: Final = (
    r"(?:woont|woonde|wonend|woonachtig|verblijft|verblijvend|verhuisd|verhuist|verhuisde|verhuizing|afkomstige?|geboren|"
    r"opgegroeid|geplaatst|ondergebracht|terugplaatsing)"
)


def recognisers() -> list[EntityRecognizer]:
    """The recognisers that level *names* adds."""
    words = vocabulary()
    return [Deducing(words), UnknownCapitals(words), *_by_what_leads_up(), _home_towns(), _where_someone_stays()]


class Deducing(LocalRecognizer):
    """Deduce as a recogniser, over the text as written and over the text in ordinary case."""

    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        kinds = {Kind.PERSON, *TAGS.values()}
        super().__init__([kind.value for kind in kinds], name="Deduce", supported_language=LANGUAGE)

    def load(self) -> None:
        self._deduce = load_deduce()

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[RecognizerResult]:
        found = self._read(text)
        again, changed = in_ordinary_case(text, self._words)
        if changed:
            found |= {
                (start, end, kind)
                for start, end, kind in self._read(again)
                if any(start < last and first < end for first, last in changed)
            }
        return [
            result(kind, start, end) for start, end, kind in sorted(found) if not self._is_no_name(text, start, end)
        ]

    def _is_no_name(self, text: str, start: int, end: int) -> bool:
        """What Deduce takes for a name where a sentence begins, with the capital of the sentence."""
        first, _, rest = text[start:end].partition(" ")
        if not begins_sentence(text, start):
            return False
        if not rest:
            return self._words.is_never_a_name(first)
        if first in ("De", "Het"):  # "De HAN"
            return rest.isupper() and len(rest) <= LONGEST_ABBREVIATION and not is_a_name(rest) and not is_shouted(text)
        # "Gemeenten Barneveld", "Scholing Signs of Safety"
        of_a_term = any(low <= end - len(rest) and end <= high for low, high in self._words.terms_in(text))
        return of_a_term and self._words.knows(first) and not is_a_name(first)

    def _read(self, text: str) -> set[tuple[int, int, Kind]]:
        annotations = self._deduce.deidentify(text, disabled=NOT_ASKED).annotations
        return {(one.start_char, one.end_char, TAGS.get(one.tag, Kind.PERSON)) for one in annotations}


class UnknownCapitals(LocalRecognizer):
    """Words with a capital that are no Dutch word, nor a term: the names that are in no list."""

    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        super().__init__([Kind.PERSON.value], name="Unknown capitals", supported_language=LANGUAGE)

    def load(self) -> None:
        """There is nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[RecognizerResult]:
        whole, shouted = self._words.hyphenated_in(text), is_shouted(text)
        return [
            result(Kind.PERSON, *match.span())
            for match in TOKEN.finditer(text)
            if match[0][0].isupper() and not self._may_stand(match, text, shouted) and not is_within(match, whole)
        ]

    def _may_stand(self, match: regex.Match[str], text: str, shouted: bool) -> bool:
        word: str = match[0]
        if not shouted and self._words.is_abbreviation(match, text):
            return True
        if len(word) == 1 or is_in_number(match, text) or self._words.is_head(match, text):
            return True
        begins = begins_sentence(text, match.start())
        return (
            self._words.knows(word, compounds=begins or word.isupper())
            or self._words.is_body(word)
            or (begins and self._words.is_misspelt(word))
        )


def _by_what_leads_up() -> list[EntityRecognizer]:
    """Names by the title, role, initials or kind of place before them; with a capital, and some without."""
    between = rf"(?:(?:{any_of(language().interfixes)})\s+|d['’])"
    name = (
        rf"(?:{between}|(?:Van|De[rn]?|Te[nr]|El|Al|Ben|Bin|Ait|Abu|Vd)\s+)*\p{{Lu}}(?:\.(?=\s|$)|[\p{{L}}\p{{M}}'’-]*)"
    )
    names = rf"{name}(?:\s+{name})*"
    initials = r"(?:\p{Lu}[a-z]?\.\s?){1,5}"
    role, place = any_of(language().roles), any_of(language().places_to_go)
    # dansschool, voetbalvereniging: "so" and "wijk" would be found in any word
    place_within = rf"\p{{L}}+(?:{any_of(one for one in language().places_to_go if len(one) > 5)})"
    article = r"(?:De|Het|['’]t|de|het|van|der|den|d['’]|Sint|St\.)"
    title = r"(?:mevr|mevrouw|mw|dhr|meneer|fam|familie)"
    no_name = r"(?!(?:van|de|het|een|en|of|die|dat|is|heeft|wil|geeft|in|met|zegt|kan|komt|werd|was|als)\b)"
    persons = [
        # mevr. Mooi, oma Riet, moeder (F. Yilmaz), zus heet Fleur
        rf"(?<=(?<!\w)(?i:{role})\.?[\s(:,\"“]{{1,3}}(?:heet\s|is\s|genaamd\s|van\s)?){names}",
        # familie Kaya, as a whole
        rf"(?<!\w)(?i:{title})\.?\s{names}",
        # J.P. van den Berg, S. de B.
        rf"(?<!\w)(?:{initials}(?:en|&)\s)?{initials}(?:-\p{{Lu}}\.)?\s?{names}",
        # J. (16)
        r"(?<!\w)(?:\p{Lu}\.){1,3}(?=\s\(\d{1,2}[\s,)])",
        # Ma Flo
        rf"(?<!\w)(?:[Mm]a|[Pp]a)\s{names}",
        # Van der Berg or De Jong inside a sentence
        rf"(?<=\w[,;]?\s[(\"“']?)(?:Van|De|Den|Der|Ten|Ter|El|Ait|Ben)\s{names}",
    ]
    in_lower_case = [
        # mevr. de vries, familie kaya
        rf"(?<!\w){title}\.?\s+(?:{between})*{no_name}[\p{{L}}'’-]{{2,}}",
        # d. van der meer
        rf"(?<![\w.])(?:\p{{L}}\.\s?){{1,4}}(?:{between})+[\p{{L}}'’-]{{2,}}\.?",
    ]
    organisations = [
        rf"(?<!\w)(?i:{place}|{place_within})\s?:?\s[\"“'‘]?(?:{article}\s)*\p{{Lu}}[\p{{L}}\p{{M}}'’-]+"
        rf"(?:\s(?:{article}\s|en\s)*\p{{Lu}}[\p{{L}}'’-]+)*",
        r"(?<!\w)(?i:sv|vv|fc|hc|kv|rksv|rkvv)\s\p{Lu}[\p{L}\p{M}'’-]+",
        r"(?<!\w)['’]t\s\p{Lu}[\p{L}\p{M}'’-]+",
        r"(?<=\w\s[\"“']?)(?:De|Het)\s(?!\p{Lu}{2,5}(?!\p{L}))\p{Lu}[\p{L}'’-]+(?:\s\p{Lu}[\p{L}'’-]+)*",
    ]
    return [
        ByPattern(Kind.PERSON, [(one, SURE) for one in persons], as_typed=True),
        ByPattern(Kind.PERSON, [(one, SURE) for one in in_lower_case], is_valid=_is_no_abbreviation),
        ByPattern(Kind.ORGANISATION, [(one, SURE) for one in organisations], as_typed=True),
    ]


def _home_towns() -> EntityRecognizer:
    """A municipality of the agreement, where the text says that someone lives there or is from there.

    With the word before it, so that it is more than the name, which may stand.
    """
    town = rf"(?:{any_of((*municipality_names(), *LARGE_CITIES))})(?!\w)"
    someone = any_of(language().relatives)
    return ByPattern(
        Kind.PLACE,
        [
            (rf"(?<!\w)te\s{town}", SURE),
            (rf"(?<=(?<!\w){LIVES}(?:\s[\p{{L}}'’-]+){{0,5}}\s)(?:in|uit|naar)\s{town}", SURE),
            (rf"(?<!\w)(?:in|uit|naar)\s{town}(?=\s(?:{LIVES})(?!\w))", SURE),
            (rf"(?<=(?<!\w)(?:{someone})\s(?:[\p{{L}}'’-]+\s)?)(?:in|uit|naar)\s{town}", SURE),
            # Kerkstraat 12 in Ede, 6711 AB Ede
            (rf"(?<={STREETS}\s{HOUSE_NUMBER},?\s)(?:in|te)\s{town}", SURE),
            (rf"(?<=[1-9]\d{{3}}\s?)(?!i[ns]|en|o[fp]|te|de)[a-z]{{2}},?\s{town}", SURE),
        ],
    )


def _where_someone_stays() -> EntityRecognizer:
    """An organisation that may stand, where the text says that someone stays there; with the word before it."""
    there = rf"(?:bij|in|naar|op|van)\s(?:{any_of(organisations())})(?!\w)"
    someone = any_of(language().relatives)
    return ByPattern(
        Kind.ORGANISATION,
        [
            (rf"(?<=(?<!\w){LIVES}(?:\s[\p{{L}}'’-]+){{0,5}}\s){there}", SURE),
            (rf"(?<!\w){there}(?=\s(?:{LIVES})(?!\w))", SURE),
            (rf"(?<=(?<!\w)(?:{someone})\s(?:[\p{{L}}'’-]+\s)?){there}", SURE),
        ],
    )


def _is_no_abbreviation(text: str) -> bool | None:
    letters = regex.match(r"(?:\p{L}\.\s?)*", text)[0]
    return False if regex.sub(r"\s", "", letters).rstrip(".").lower() in language().abbreviations else None


def in_ordinary_case(text: str, words: Vocabulary) -> tuple[str, list[tuple[int, int]]]:
    """The text as Deduce can read it, of the same length, and the places that changed.

    Unknown words in lower case get a capital, as do a first name and a surname with an interfix between them, and a
    letter with a full stop; words in capitals lose them, but for the first of one that is unknown.
    """
    signs, changed = list(text), []
    tokens, shouted = list(TOKEN.finditer(text)), is_shouted(text)
    for number, match in enumerate(tokens):
        if (not shouted and words.is_abbreviation(match, text)) or words.is_a_thing(match, text):
            continue
        new = _in_ordinary_case(tokens, number, words)
        if new != match[0] and len(new) == len(match[0]):
            signs[match.start() : match.end()] = new
            if len(new) > 1:
                changed.append(match.span())
    return "".join(signs), changed


def _in_ordinary_case(tokens: list[regex.Match[str]], number: int, words: Vocabulary) -> str:
    word: str = tokens[number][0]
    if words.is_term(word):
        return word
    if len(word) == 1:
        followed = tokens[number].string[tokens[number].end() :][:1]
        return word.upper() if followed == "." else word
    ordinary = words.knows(word) or word.lower() in language().interfixes
    if word.isupper():
        return word.lower() if ordinary else word.capitalize()
    if word.islower() and (not ordinary or _is_of_full_name(tokens, number, words)):
        return word.capitalize()
    return word


def _is_of_full_name(tokens: list[regex.Match[str]], number: int, words: Vocabulary) -> bool:
    """Whether a word is the first or last of first name, interfixes and surname ("jan de vries")."""
    word = tokens[number][0]
    for own, step, other in ((first_names(), 1, surnames()), (surnames(), -1, first_names())):
        at = number + step
        while 0 <= at < len(tokens) and tokens[at][0] in language().interfixes:
            at += step
        if word in own and abs(at - number) > 1 and 0 <= at < len(tokens) and tokens[at][0].lower() in other:
            first = word if step == 1 else tokens[at][0].lower()
            return not words.knows(first)  # "aan te geven"
    return False
