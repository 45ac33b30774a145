"""Words, and where a sentence begins: a capital there says nothing."""

from collections.abc import Iterable
from typing import Final

import regex

from pseudonymise.text.language import language

HYPHENATED: Final = regex.compile(r"\p{L}[\p{L}\p{M}'’]*(?:-\p{L}[\p{L}\p{M}'’]*)+")
TOKEN: Final = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’]\p{L}+)*")

# A sentence begins at the start of a text or line, after a full stop, and after the sign or number of a list.
_BEGINS: Final = regex.compile(r"(?:^|[.!?…]['\")\]”’]*\s+|\n)\s*(?:[-*•·–—]\s*|\d{1,2}[.)]\s+|[\"“'‘(]\s*)*\Z")
# A capital is usual here, and no more than that.
_MAY_BEGIN: Final = regex.compile(r"(?:[:;/–—-]\s+[\"“'‘(]?|[\"“'‘(])\Z")
_ABBREVIATION: Final = regex.compile(r"(?<!\w)(?:\p{L}{1,5}\.){1,4}\s+\Z")


def begins_sentence(text: str, start: int) -> bool:
    """Whether what starts here has its capital from being first. Not after an abbreviation: "mevr. Mooi"."""
    before = text[:start]
    abbreviation = _ABBREVIATION.search(before)
    if abbreviation and abbreviation[0].rstrip(". \n\t").lower() in language().abbreviations:
        return False
    return _BEGINS.search(before) is not None


def may_begin_sentence(text: str, start: int) -> bool:
    """Whether what starts here may have its capital from standing after a colon, a dash or a quotation mark."""
    return _MAY_BEGIN.search(text[:start]) is not None


def is_shouted(text: str) -> bool:
    """Whether all words are in capitals, so that capitals say nothing."""
    return all(match[0].isupper() for match in TOKEN.finditer(text) if len(match[0]) > 2)


def is_in_number(match: regex.Match[str], text: str) -> bool:
    """Whether letters are part of a number, which is judged as a whole: the Q of 2026Q3."""
    return text[match.start() - 1 : match.start()].isdigit() or text[match.end() : match.end() + 1].isdigit()


def is_within(match: regex.Match[str], places: Iterable[tuple[int, int]]) -> bool:
    """Whether a match lies within one of the places."""
    return any(start <= match.start() and match.end() <= end for start, end in places)
