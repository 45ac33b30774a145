"""The small lists of Dutch that the recognisers share, from words/language.toml."""

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Final

import regex

from pseudonymise.agreement import Record

WORDS: Final = resources.files("pseudonymise.text").joinpath("words")


class Language(Record):
    """What each list holds stands in the file, above it."""

    interfixes: frozenset[str]
    roles: frozenset[str]
    relatives: frozenset[str]
    places_to_go: frozenset[str]
    abbreviations: frozenset[str]
    short_words: frozenset[str]
    short_names: frozenset[str]
    short_parts: frozenset[str]
    bodies: frozenset[str]


@cache
def language() -> Language:
    return Language.model_validate(tomllib.loads(WORDS.joinpath("language.toml").read_text("utf-8")))


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(map(regex.escape, sorted(words, key=len, reverse=True)))
