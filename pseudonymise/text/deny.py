"""Default deny: every word that is not in the vocabulary, capitals that may be names, unexplained numbers."""

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

_NUMBER: Final = regex.compile(r"(?<!\w)[\p{L}\d]*\d[\p{L}\d]*(?:[-./ ]\d+)*(?!\w)")
_ALLOWED_NUMBER: Final = regex.compile(
    r"""
    \d{1,4}                                  # a number of days, a year, a norm
    | \d{1,2}(?:[.,]\d{1,2})+                # a decimal, a version, an article: 4.1.3
    | \d{1,3}(?:\.\d{3}){1,2}(?:,\d{1,2})?   # an amount or a count: 31.000
    | \d{1,3}(?:e|ste|de|x|%|u|uur|dgn|wkn|mnd|jr|kb|mb|gb|px)
    | (?:20[12]\d)?[-\s]?[qk][1-4](?:[-\s]?20[12]\d)?
    | (?:19|20)\d\d(?:[-/](?:19|20)?\d\d)?   # a year, or two: 2025-2026, 2025/26
    | jz\d{2} | gm\d{4} | jw\d{3} | b\d | [a-z]\d{1,2}
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
        denied = [not self._may_stand(match, text, shouted) for match in tokens]
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

    def _may_stand(self, match: regex.Match[str], text: str, shouted: bool) -> bool:
        word, start = match[0], match.start()
        if self._words.is_term(word) or is_in_number(match, text) or self._words.is_a_thing(match, text):
            return True
        if len(word) == 1:
            return word.islower() or text[match.end() : match.end() + 1] != "." or begins_sentence(text, start)
        if not shouted and self._words.is_abbreviation(match, text):
            return True
        lower = word.lower().replace("’", "'")
        is_interfix = lower in language().interfixes
        if not (self._words.knows(word) or is_interfix):
            return self._words.is_misspelt(word)
        if word.islower():
            return True
        if word.isupper() and len(word) > 2:
            return True  # shouted, or with stress: NIET
        if shouted or begins_sentence(text, start):
            return True
        if may_begin_sentence(text, start) and lower not in surnames():
            return True
        return not (word.isupper() or is_interfix or is_a_name(word))  # "team Noord"


def _are_beside(one: regex.Match[str], other: regex.Match[str]) -> bool:
    """Whether nothing but white space or a hyphen stands between two words."""
    between: str = one.string[one.end() : other.start()]
    return not between.strip(" -\t")


def recognisers() -> list[EntityRecognizer]:
    """The recogniser that level *strict* adds."""
    return [DefaultDeny(vocabulary())]
