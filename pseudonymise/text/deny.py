"""Default deny: every word that is not in the vocabulary, every capital that is no term, every unexplained number."""

from typing import Final

import regex
from presidio_analyzer import EntityRecognizer, LocalRecognizer, RecognizerResult

from pseudonymise.text.identifiers import LANGUAGE, MONTHS, result
from pseudonymise.text.language import language
from pseudonymise.text.sentences import TOKEN, begins_sentence
from pseudonymise.text.spans import Kind
from pseudonymise.text.vocabulary import Vocabulary, vocabulary

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
    | \d+:\d+\w?                             # an article of the civil code: 1:255
    """,
    regex.IGNORECASE | regex.VERBOSE,
)
_DAY_AND_MONTH: Final = regex.compile(
    rf"(?<![\d.,:])(?!(?:0?1)\s(?:januari|april|juli|oktober)\b|3[01]\s(?:maart|juni|september|december)\b)"
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
        shouted = not any(match[0].islower() for match in TOKEN.finditer(text) if len(match[0]) > 2)
        words = [match for match in TOKEN.finditer(text) if not self._may_stand(match, text, shouted)]
        numbers = [match for match in _NUMBER.finditer(text) if not _ALLOWED_NUMBER.fullmatch(match[0])]
        numbers += _DAY_AND_MONTH.finditer(text)
        return [
            *(result(Kind.WORD, *match.span()) for match in words),
            *(result(Kind.NUMBER, *match.span()) for match in numbers),
        ]

    def _may_stand(self, match: regex.Match[str], text: str, shouted: bool) -> bool:
        word, start = match[0], match.start()
        if self._words.is_term(word) or _in_number(match, text):
            return True
        if len(word) == 1:
            return word.islower() or text[match.end() : match.end() + 1] != "." or begins_sentence(text, start)
        lower = word.lower().replace("’", "'")
        if not (self._words.knows(word) or lower in language().interfixes):
            return False
        if word.islower():
            return True
        if word.isupper() and len(word) > 2:
            return True  # shouted, or with stress: NIET
        return shouted or begins_sentence(text, start)


def _in_number(match: regex.Match[str], text: str) -> bool:
    """Whether letters are part of a number, which is judged as a whole: the Q of 2026Q3."""
    return text[match.start() - 1 : match.start()].isdigit() or text[match.end() : match.end() + 1].isdigit()


def recognisers() -> list[EntityRecognizer]:
    """The recogniser that level *strict* adds."""
    return [DefaultDeny(vocabulary())]
