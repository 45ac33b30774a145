"""The Dutch text guard (*tekstwacht*). Importing it costs nothing; what it needs is loaded at its first use."""

from pseudonymise.text.guard import Masked, check, find, mask, words_of
from pseudonymise.text.spans import IN_DUTCH, Kind, Level, PersonInText, Span

__all__ = ["IN_DUTCH", "Kind", "Level", "Masked", "PersonInText", "Span", "check", "find", "mask", "words_of"]
