"""Words, and where a sentence begins: a capital there says nothing."""

from typing import Final

import regex

from pseudonymise.text.language import language

TOKEN: Final = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’]\p{L}+)*")

# A sentence begins at the start of a text or line, after a full stop or after the sign of a list.
_BEGINS: Final = regex.compile(r"(?:^|[.!?…]['\")\]]*\s+|\n)\s*(?:[-*•·–—]\s*|\d{1,2}[.)]\s+|[\"“'‘(]\s*)*\Z")
_ABBREVIATION: Final = regex.compile(r"(?<!\w)(?:\p{L}{1,5}\.){1,4}\s+\Z")


def begins_sentence(text: str, start: int) -> bool:
    """Whether what starts here has its capital from being first. Not after an abbreviation: "mevr. Mooi"."""
    before = text[:start]
    if (abbreviation := _ABBREVIATION.search(before)) and abbreviation[0].rstrip(
        ". \n\t"
    ).lower() in language().abbreviations:
        return False
    return _BEGINS.search(before) is not None
