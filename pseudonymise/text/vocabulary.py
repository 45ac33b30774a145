"""The words that a text may hold: default deny needs a vocabulary (*woordenlijst*).

Ordinary words come from OpenTaal's list (words/README.md), those of the field and the agreement are added, and first
names that happen to be words ("roos", "storm") are taken out again, unless the field needs them. A compound of known
words is known: Dutch writes them as one.
"""

import lzma
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Final

import regex

from pseudonymise.agreement import load_agreement, municipality_names, region_names
from pseudonymise.text import deducing
from pseudonymise.text.language import WORDS, any_of
from pseudonymise.text.sentences import TOKEN

# A part of a compound has at least this many letters: with fewer, names fall apart into words.
SHORTEST_PART: Final = 4
JOINTS: Final = ("", "s", "en", "e")


@cache
def first_names() -> frozenset[str]:
    """First names in the Netherlands, in lower case: Deduce's list."""
    return _deduce_list("first_name")


@cache
def surnames() -> frozenset[str]:
    """Surnames in the Netherlands, in lower case: Deduce's list."""
    return _deduce_list("surname")


@cache
def common_words() -> frozenset[str]:
    """The thousand words that Deduce never takes for a name, in lower case."""
    return _deduce_list("common_word", "whitelist")


class Vocabulary:
    """``words``: ordinary words, in lower case. ``terms``: what is allowed as it is written, capitals and all.

    ``never_names``: words that are a word at the start of a sentence, though they are someone's surname ("Stap").
    """

    def __init__(self, words: Iterable[str], terms: Iterable[str], never_names: Iterable[str] = ()) -> None:
        self._words = frozenset(words)
        self._never_names = frozenset(never_names)
        self._terms = frozenset(terms)
        self._single = {term for term in self._terms if " " not in term}

    def knows(self, word: str) -> bool:
        """Whether a word is a term as it is written or, in any case, an ordinary word or a compound of such."""
        if self.is_term(word):
            return True
        lower = word.lower().replace("’", "'")
        return lower in self._words or self._is_compound(lower)

    def is_never_a_name(self, word: str) -> bool:
        return word.lower() in self._never_names

    def is_term(self, word: str) -> bool:
        return word in self._single

    @cached_property
    def _term_pattern(self) -> regex.Pattern[str]:
        return regex.compile(rf"(?<!\w)(?:{any_of(self._terms)})(?!\w)")

    def terms_in(self, text: str) -> list[tuple[int, int]]:
        """The places of terms in a text, the longest first where one holds another."""
        return [match.span() for match in self._term_pattern.finditer(text)]

    def _is_compound(self, word: str) -> bool:
        if len(word) < 2 * SHORTEST_PART or word in first_names() or word in surnames():
            return False
        for cut in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
            head, tail = word[:cut], word[cut:]
            if head in self._words and any(
                tail.startswith(joint)
                and len(rest := tail[len(joint) :]) >= SHORTEST_PART
                and (rest in self._words or self._is_compound(rest))
                for joint in JOINTS
            ):
                return True
        return False


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of this agreement. Takes about half a second and 60 MB, once."""
    listed = lzma.decompress(WORDS.joinpath("dutch.txt.xz").read_bytes()).decode().splitlines()
    field = list(_lines("field.txt"))
    agreement = load_agreement()
    chain = (*agreement.milestones, *agreement.clocks, *agreement.steps, *agreement.measure_groups)
    ours = {word.lower() for named in chain for word in TOKEN.findall(named.nl)}
    ours |= {line for line in field if line == line.lower()}
    ours |= {line.lower() for line in field if line.isupper() and len(line) > 2} - first_names()  # bsn, ots
    kept = set(_lines("names_that_are_words.txt"))
    terms = {line for line in field if line != line.lower()}
    terms |= {named.nl[0].upper() + named.nl[1:] for named in chain}
    terms |= {name for one in agreement.institutions for name in (one.code, one.name)}
    terms |= {*region_names(), *region_names().values(), *municipality_names()}
    return Vocabulary((set(listed) - (first_names() - kept)) | ours, terms, ours | common_words())


def _lines(name: str) -> Iterator[str]:
    for line in WORDS.joinpath(name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def _deduce_list(name: str, group: str = "names") -> frozenset[str]:
    """A list of Deduce's, read as text, without what it lists as exceptions."""
    listed = deducing.folder().joinpath(*deducing.LISTS, group, f"lst_{name}")
    items, exceptions = (
        {line.lower() for line in listed.joinpath(file).read_text("utf-8").splitlines() if line}
        for file in ("items.txt", "exceptions.txt")
    )
    return frozenset(items - exceptions)
