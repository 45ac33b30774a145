"""The words that a text may hold: default deny needs a vocabulary (*woordenlijst*).

Ordinary words come from OpenTaal's list (words/README.md), those of the field and the agreement are added, and first
names that happen to be words ("roos", "storm") are taken out again, unless the field needs them. A compound of known
words is known: Dutch writes them as one.
"""

import lzma
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Final
from unicodedata import combining, normalize

import regex
from babel import Locale

from pseudonymise.agreement import load_agreement, municipality_names, region_names
from pseudonymise.text import deducing
from pseudonymise.text.language import WORDS, any_of, language
from pseudonymise.text.sentences import HYPHENATED, TOKEN

# A part of a compound has at least this many letters: with fewer, names fall apart into words.
SHORTEST_PART: Final = 4
SHORTEST_COMPOUND: Final = 7
JOINTS: Final = ("", "s", "en", "e")
# A word of capitals of at most this many letters is an abbreviation, unless it is someone's name.
LONGEST_ABBREVIATION: Final = 5
# From this many letters on, a word one typing error away from a known one is that word: short names are near words.
SHORTEST_MISSPELT: Final = 8
# ... and with a capital, as where a sentence begins, from this many on.
SHORTEST_MISSPELT_CAPITAL: Final = 11
_PLURAL: Final = regex.compile(r"(?:['’](?:s|en|ers?|tjes?)|s|en)\Z")  # VTO's, OTS'en, POH'ers
_DERIVED: Final = regex.compile(r"'(?:s|en|ers?|tjes?)\Z")  # the same in lower case
_CODE: Final = regex.compile(r"[-./]\d")  # what follows letters that begin a number of something
_INDEFINITE: Final = regex.compile(r"(?<!\w)(?:een|geen|elke?|iedere?)\s+\Z", regex.IGNORECASE | regex.REVERSE)
# Two words with a capital each, written as one: the name of a product.
_CAMEL: Final = regex.compile(r"(\p{Lu}\p{Ll}{2,})(\p{Lu}\p{Ll}{2,})")
# How Dutch makes the adjective of a country, with a capital: Syrische, Marokkaanse.
OF_A_COUNTRY: Final = ("isch", "ische", "aans", "aanse")
# Hundreds of thousands live in each: they may stand as the municipalities of the agreement do.
LARGE_CITIES: Final = ("Amsterdam", "Rotterdam", "Den Haag", "Utrecht")
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@cache
def first_names() -> frozenset[str]:
    """First names in the Netherlands, in lower case: Deduce's list."""
    return _deduce_list("first_name")


@cache
def surnames() -> frozenset[str]:
    """Surnames in the Netherlands, in lower case: Deduce's list, with those that are common words."""
    return _deduce_list("surname", with_exceptions=True)


def is_a_name(word: str) -> bool:
    """Whether a word, in any case, is someone's first name or surname."""
    return word.lower() in first_names() or word.lower() in surnames()


class Vocabulary:
    """``words``: ordinary words, in lower case. ``terms``: what is allowed as it is written, capitals and all.

    ``also_names``: ordinary words that are first names too, and for that not among ``words``.
    ``never_names``: words that are a word at the start of a sentence, though they are someone's surname ("Stap").
    """

    def __init__(
        self,
        words: Iterable[str],
        terms: Iterable[str],
        also_names: Iterable[str] = (),
        never_names: Iterable[str] = (),
    ) -> None:
        self._words = frozenset(words)
        self._also_names = frozenset(also_names)
        self._never_names = frozenset(never_names)
        self._terms = frozenset(terms)
        self._single = {term for term in self._terms if " " not in term}

    def knows(self, word: str, compounds: bool = True) -> bool:
        """Whether a word is a term as it is written or, in any case, an ordinary word or a compound of such."""
        if self.is_term(word):
            return True
        lower = word.lower().replace("’", "'")
        if lower in self._words or (compounds and self._is_compound(lower)):
            return True
        plain = _DERIVED.sub("", without_accents(lower))  # "níet", "Eén", "ots'en"
        if plain != lower and plain in self._words and not is_a_name(plain):
            return True
        camel = _CAMEL.fullmatch(word)
        return camel is not None and all(part.lower() in self._words and not is_a_name(part) for part in camel.groups())

    def is_never_a_name(self, word: str) -> bool:
        return word.lower() in self._never_names

    def is_head(self, match: regex.Match[str], text: str) -> bool:
        """Whether a word is the first part of a compound of which the rest stands elsewhere: "gedrags- en", "(be)"."""
        after = text[match.end() : match.end() + 2]
        lower = match[0].lower()
        return regex.match(r"[-–](?!\w)|\)\w", after) is not None and any(
            part in self._words for part in (lower, lower.removesuffix("s"), lower + "en")
        )

    def is_body(self, word: str) -> bool:
        """Whether a word is a compound that bodies, meetings and papers are called by: Veiligheidsteam."""
        lower = word.lower()
        last = next((one for one in language().bodies if lower.endswith(one)), None)
        return last is not None and len(lower) > len(last) and self._is_compound(lower)

    def is_term(self, word: str) -> bool:
        return word in self._single or (word[-2:] in ("'s", "’s") and word[:-2] in self._single)

    def is_a_thing(self, match: regex.Match[str], text: str) -> bool:
        """Whether a word that may be a first name is none here: lower case, after "een". No name stands so."""
        return match[0] in self._also_names and _INDEFINITE.search(text, 0, match.start()) is not None

    def is_abbreviation(self, match: regex.Match[str], text: str) -> bool:
        """Whether a word is a short one in capitals, nobody's name, and no part of a code: ZRM, not AB-1234.

        Says nothing in a shouted text.
        """
        word: str = _PLURAL.sub("", match[0])
        if not (word.isupper() and 2 <= len(word) <= LONGEST_ABBREVIATION):
            return False
        return not is_a_name(word) and not _CODE.match(text, match.end())

    def is_misspelt(self, word: str) -> bool:
        """Whether a word is a known one, or a compound of such, with one letter too many, too few, other or swapped.

        In lower case, or with one capital when it is so long that no name is near it.
        """
        shortest = SHORTEST_MISSPELT if word.islower() else SHORTEST_MISSPELT_CAPITAL
        if not word[1:].islower() or len(word) < shortest or is_a_name(word):
            return False
        near = [one for one in _one_edit_away(word.lower()) if len(one) >= SHORTEST_MISSPELT]
        return any(one in self._words for one in near) or (
            len(word) >= SHORTEST_MISSPELT_CAPITAL and any(map(self._is_compound, near))
        )

    @cached_property
    def _term_pattern(self) -> regex.Pattern[str]:
        return regex.compile(rf"(?<!\w)(?:{any_of(self._terms)})(?!\w)")

    def terms_in(self, text: str) -> list[tuple[int, int]]:
        """The places of terms in a text, the longest first where one holds another."""
        return [match.span() for match in self._term_pattern.finditer(text)]

    def hyphenated_in(self, text: str) -> list[tuple[int, int]]:
        """The places of words with a hyphen that are known as a whole: "follow-up"."""
        return [match.span() for match in HYPHENATED.finditer(text) if self.knows(match[0], compounds=False)]

    def _is_compound(self, word: str) -> bool:
        if len(word) < SHORTEST_COMPOUND or word in first_names() or word in surnames():
            return False
        return any(self._is_head(word[:cut]) and self._is_rest(word[cut:]) for cut in range(3, len(word) - 2))

    def _is_head(self, head: str) -> bool:
        if len(head) < SHORTEST_PART:
            return head in language().short_parts
        return head in self._words or head + "en" in self._words  # "aanlever" is of "aanleveren"

    def _is_rest(self, tail: str) -> bool:
        rests = [tail.removeprefix(joint) for joint in JOINTS if tail.startswith(joint)]
        return any(
            (rest in language().short_parts)
            if len(rest) < SHORTEST_PART
            else (rest in self._words or self._is_compound(rest))
            for rest in rests
        )


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of this agreement. Takes about half a second and 60 MB, once."""
    listed = _packed_lines("dutch.txt.xz")
    field = list(_lines("field.txt"))
    agreement = load_agreement()
    chain = (*agreement.milestones, *agreement.clocks, *agreement.steps, *agreement.measure_groups)

    ordinary = {word for line in listed if line.islower() for word in (line, *line.split())}  # "quick scan"
    ordinary |= {without_accents(word) for word in ordinary}
    also_names = ordinary & first_names() - set(_lines("names_that_are_words.txt"))
    ordinary -= also_names
    ordinary |= {word for word in _packed_lines("english.txt.xz") if not is_a_name(word)}
    ours = {line for line in field if line.islower()} | language().abbreviations
    ours |= {word.lower() for named in chain for word in TOKEN.findall(named.nl)}
    short = {word for word in (*listed, *field) if word.isupper()}  # OTS, ADHD: no name is written so
    ours |= {word.lower() for word in short if len(word) > 2} - first_names()

    terms = short | {line for line in field if not line.islower()}
    terms |= {named.nl[0].upper() + named.nl[1:] for named in chain}
    terms |= {name for one in agreement.institutions for name in (one.code, one.name)} | organisations()
    places = {*region_names().values(), *municipality_names()}
    terms |= {*region_names(), *places, *LARGE_CITIES}
    terms |= {place.lower() for place in places if not is_a_name(place)}  # typed in a hurry
    terms |= _countries_and_languages()
    terms |= {line for line in listed if line.endswith(OF_A_COUNTRY) and not line.islower() and not is_a_name(line)}
    return Vocabulary(ordinary | ours, terms, also_names, ours | set(_lines("surnames_that_are_words.txt")))


@cache
def organisations() -> frozenset[str]:
    """Organisations of hundreds of families each, as they are written."""
    return frozenset(_lines("organisations.txt"))


def _one_edit_away(word: str) -> Iterator[str]:
    """Each word that one typing error makes of this one (Damerau 1964): some 54 for each letter."""
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in LETTERS:
            yield before + letter + after
            yield before + letter + after[1:]


def without_accents(word: str) -> str:
    """The word as who is in a hurry types it: geindexeerd."""
    return "".join(sign for sign in normalize("NFD", word) if not combining(sign))


def _countries_and_languages() -> set[str]:
    """Their Dutch names (Unicode CLDR), but for those that people have too. Millions share one."""
    dutch = Locale("nl")
    named = {*dutch.territories.values(), *dutch.languages.values()}
    return {name for name in named if name[0].isupper() and len(name) > 3 and not is_a_name(name)}


def _packed_lines(name: str) -> list[str]:
    return lzma.decompress(WORDS.joinpath(name).read_bytes()).decode().splitlines()


def _lines(name: str) -> Iterator[str]:
    for line in WORDS.joinpath(name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def _deduce_list(name: str, with_exceptions: bool = False) -> frozenset[str]:
    """A list of Deduce's, read as text, with or without what it lists as exceptions."""
    listed = deducing.folder().joinpath(*deducing.LISTS, "names", f"lst_{name}")
    items, exceptions = (
        {line.lower() for line in listed.joinpath(file).read_text("utf-8").splitlines() if line}
        for file in ("items.txt", "exceptions.txt")
    )
    return frozenset(items if with_exceptions else items - exceptions)
