"""Default deny: every word that is not in the vocabulary, capitals that may be names, unexplained numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import regex
from presidio_analyzer import EntityRecognizer, LocalRecognizer, RecognizerResult

from pseudonymise.text.identifiers import BOUND, LANGUAGE, MONTHS, PERIOD, result
from pseudonymise.text.language import language
from pseudonymise.text.sentences import (
    TOKEN,
    begins_sentence,
    is_in_number,
    is_shouted,
    is_within,
    may_begin_sentence,
)
from pseudonymise.text.spans import Kind
from pseudonymise.text.vocabulary import Vocabulary, is_a_name, surnames, vocabulary

_NUMBER: Final = regex.compile(
    r"(?<!\w)[\p{L}\d]*\d[\p{L}\d]*(?:[-./ ]\d+)*(?!\w)"
    r"(?<!(?:€|euro|eur)\s?\d{1,8})"  # an amount, however long
    r"(?<!(?:art|artt|artikel|artikelen|lid|bijlage|paragraaf|hoofdstuk|boek|titel|afdeling|scenario|optie|"
    r"variant|fase|stap|punt|tabel|figuur|tabblad|onderdeel|§)\.?\s(?:\d+\p{L}{0,2}(?:,| en|"
    r" of| t/m| tot en met|-)\s?)*\d{1,4}\p{L}{1,2}(?:[-.]\d+)*)"  # an article of a law: 265b, 6a.1
    r"(?!\s(?:euro|BW|Sr|Sv|Rv|Awb|Jeugdwet|Wmo)\b)",
    regex.IGNORECASE,
)
_ALLOWED_NUMBER: Final = regex.compile(
    r"""
    \d{1,4}                                  # a number of days, a year, a norm
    | \d{1,2}(?:[.,]\d{1,2})+                # a decimal, a version, an article: 4.1.3
    | \d{1,3}(?:\.\d{3}){1,2}(?:,\d{1,2})?   # an amount or a count: 31.000
    | \d{1,3}\s\d{3}                         # the same, or a paper of parliament: 31 839
    | \d{1,3}(?:e|ste|de|x|%|u|uur|min|dgn|wk|wkn|mnd|jr|jarigen?|fte|pp|k|m|mln|mld|plus|plusser|d|kb|mb|gb|px)
    | \d{1,2}[.,]\d{1,2}(?:u|k|m|mln|mld|x|fte|pp)
    | [ht]\d(?:[- ]?20[12]\d)? | w(?:k|eek)?\d{1,2} | \d{1,2}x\d{1,2} | (?-i:\p{Lu}{2,5})\d{1,3} | v\d(?:\.\d{1,2})*
    | (?:20[12]\d)?[-\s]?[qk][1-4](?:[-\s/]?(?:20[12]\d|\d\d))?
    | (?:19|20)\d\d(?:[-/](?:19|20)?\d\d)?   # a year, or two: 2025-2026, 2025/26
    | jz\d{2,3} | gm\d{4} | (?:jw|wmo|op|tr|iv|cs|wj|jz|cod)\d{3} | b\d | [a-z]\d{1,2}  # codes of the iJw
    | (?:iso|iec|nen|en|bio|rfc)\s?\d{1,5}(?:[-:]\d{1,4})?                        # standards
    | \d{1,3}-\d{1,3}                        # from and to
    | \d{1,2}/\d{1,2}                        # of each other, or a day and a month as below: 24/7
    | \d+:\d+\w?                             # an article of the civil code: 1:255
    """,
    regex.IGNORECASE | regex.VERBOSE,
)
# A day and a month point at somebody only as a birthday, a hearing or a death; a meeting is held on a day too.
_OF_A_PERSON: Final = regex.compile(
    r"\bgeb\b|gebo(?:ren|orte)|bevall|uitgerekend|jarig|verjaar|zitting|overle(?:den|ed)|overlijd|gestorven|sterf|"
    r"begra|uitvaart|crematie",
    regex.IGNORECASE,
)
_DAY_AND_MONTH: Final = regex.compile(
    rf"(?<![\d.,:])(?!{BOUND})"
    rf"(?:0?[1-9]|[12]\d|3[01])(?:e|ste|de)?\s{MONTHS}(?!\w)",
    regex.IGNORECASE,
)


@dataclass(frozen=True)
class Word:
    """A word where it stands, and what the rules ask of it. ``shouted``: the whole text is in capitals."""

    match: regex.Match[str]
    text: str
    shouted: bool
    words: Vocabulary

    @property
    def written(self) -> str:
        return str(self.match[0])

    @property
    def is_interfix(self) -> bool:
        return self.written.lower().replace("’", "'") in language().interfixes

    @property
    def is_known(self) -> bool:
        return self.is_interfix or self.words.knows(self.written) or self.words.is_misspelt(self.written)

    @property
    def begins(self) -> bool:
        return begins_sentence(self.text, self.match.start())

    @property
    def is_initial(self) -> bool:
        return len(self.written) == 1 and self.written.isupper() and self.text[self.match.end() :][:1] == "."


@dataclass(frozen=True)
class Rule:
    """``applies``: to which words. What it says of them holds when no rule above it applies."""

    name: str
    may_stand: bool
    applies: Callable[[Word], bool]


# The first rule that applies decides. The reasons of what strict lets stand: docs/explanation/text-guard.md.
RULES: Final = (
    # Of the field or the agreement, as it is written.
    Rule("term", True, lambda word: word.words.is_term(word.written)),
    # The Q of 2026Q3 is judged with its number.
    Rule("in a number", True, lambda word: is_in_number(word.match, word.text)),
    # "gedrags- en": the rest of it stands elsewhere.
    Rule("head of a compound", True, lambda word: word.words.is_head(word.match, word.text)),
    # "een roos": no name stands after "een" in lower case.
    Rule("thing", True, lambda word: word.words.is_a_thing(word.match, word.text)),
    # "van J. is": but "A. Plan vaststellen" is the first of a list.
    Rule("initial", False, lambda word: word.is_initial and not word.begins),
    # A single letter is no name without its full stop.
    Rule("letter", True, lambda word: len(word.written) == 1),
    # ZRM; in a text in capitals it could be anything.
    Rule("abbreviation", True, lambda word: not word.shouted and word.words.is_abbreviation(word.match, word.text)),
    # Default deny: not in the vocabulary, nor one typing error or one joint away from it.
    Rule("unknown", False, lambda word: not word.is_known),
    # What is known and has no capital is a word.
    Rule("lower case", True, lambda word: word.written.islower()),
    # Stress ("NIET"), or a text in capitals; two capitals are initials.
    Rule("capitals", True, lambda word: word.written.isupper() and len(word.written) > 2),
    # Its capital is that of the sentence or of the whole text.
    Rule("first word", True, lambda word: word.shouted or word.begins),
    # A capital is usual after a colon or a dash, and a surname may stand there.
    Rule(
        "after a colon",
        True,
        lambda word: may_begin_sentence(word.text, word.match.start()) and word.written.lower() not in surnames(),
    ),
    # A known word with a capital of its own that is someone's name, or may stand before one.
    Rule("name", False, lambda word: word.written.isupper() or word.is_interfix or is_a_name(word.written)),
    # "team Noord", "het Handboek": teams, programmes and headings are written so.
    Rule("heading", True, lambda _: True),
)


def deciding(word: Word) -> Rule:
    """The rule that decides on a word."""
    return next(rule for rule in RULES if rule.applies(word))


class DefaultDeny(LocalRecognizer):
    """What is left when everything that is known has been taken away."""

    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        super().__init__([Kind.WORD.value, Kind.NUMBER.value], name="Default deny", supported_language=LANGUAGE)

    def load(self) -> None:
        """There is nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[RecognizerResult]:
        whole = self._words.hyphenated_in(text)
        periods = [match.span() for match in PERIOD.finditer(text)]
        numbers = [match for match in _NUMBER.finditer(text) if not _ALLOWED_NUMBER.fullmatch(match[0])]
        if _OF_A_PERSON.search(text):
            numbers += _DAY_AND_MONTH.finditer(text)
        return [
            *(result(Kind.WORD, *match.span()) for match in self._denied(text) if not is_within(match, whole)),
            *(result(Kind.NUMBER, *match.span()) for match in numbers if not is_within(match, periods)),
        ]

    def _denied(self, text: str) -> list[regex.Match[str]]:
        """The words that may not stand, with the capitals beside them that would stand alone: they are one name."""
        tokens, shouted = list(TOKEN.finditer(text)), is_shouted(text)
        denied = [not deciding(Word(match, text, shouted, self._words)).may_stand for match in tokens]
        doubtful = [not shouted and self._has_own_capital(match, text) for match in tokens]
        beside = [
            doubtful[number]
            and any(
                doubtful[other]
                and denied[other]
                and _are_beside(tokens[min(number, other)], tokens[max(number, other)])
                for other in (number - 1, number + 1)
                if 0 <= other < len(tokens)
            )
            for number in range(len(tokens))
        ]
        return [match for match, *no in zip(tokens, denied, beside, strict=True) if any(no)]

    def _has_own_capital(self, match: regex.Match[str], text: str) -> bool:
        """Whether a word has a capital of its own: not as a term, and not from a sentence, which gives one letter."""
        word = match[0]
        if not word[0].isupper() or self._words.is_term(word):
            return False
        return word[1:].isupper() or not begins_sentence(text, match.start())


def _are_beside(one: regex.Match[str], other: regex.Match[str]) -> bool:
    """Whether nothing but white space or a hyphen stands between two words."""
    between: str = one.string[one.end() : other.start()]
    return not between.strip(" -\t")


def recognisers() -> list[EntityRecognizer]:
    """The recogniser that level *strict* adds."""
    return [DefaultDeny(vocabulary())]
