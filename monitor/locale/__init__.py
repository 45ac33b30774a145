"""Dutch, the language of the screens, and English, their second.

Messages stand in the code in English; ``nl/LC_MESSAGES/monitor.po`` holds the Dutch. Texts of the agreement and
the catalogue carry both languages themselves. Numbers, dates and periods are written by Babel's locale data.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import Literal, Protocol, TypeVar

from babel import dates, numbers
from babel.messages.pofile import read_po

from monitor.catalogue.expected import NOW

Code = Literal["nl", "en"]
LOCALES = {"nl": "nl_NL", "en": "en_GB"}
Text = TypeVar("Text", covariant=True)


class InBoth(Protocol[Text]):
    """Anything that carries its own words in both languages."""

    @property
    def nl(self) -> Text: ...
    @property
    def en(self) -> Text: ...


def N_(message: str) -> str:
    """Marks a message for the catalogue where it is named but not yet spoken."""
    return message


@dataclass(frozen=True)
class Language:
    code: Code

    @property
    def locale(self) -> str:
        return LOCALES[self.code]

    def gettext(self, message: str, /, **values: object) -> str:
        """The message in this language, its ``{names}`` filled in. A message without translation stays English."""
        return catalogue(self.code).get(message, message).format(**values)

    def of(self, texts: InBoth[Text]) -> Text:
        """The text in this language of something that carries both."""
        return texts.nl if self.code == "nl" else texts.en

    def number(self, value: float) -> str:
        return _decimal(value, self.locale)

    def percent(self, value: float) -> str:
        """A whole percent: 71 becomes ``71%``."""
        return f"{self.number(value)}%"

    def short_date(self, value: date) -> str:
        """``29 nov 2026``, for a narrow column."""
        return str(dates.format_date(value, "medium", locale=self.locale))

    def date(self, value: date) -> str:
        return str(dates.format_date(value, "long", locale=self.locale))

    def period(self, period: str) -> str:
        """``2026Q3`` or ``2025`` in words; and what stands in place of a period for what has none."""
        if period == NOW:
            return self.gettext("as it stands")
        if "Q" not in period:
            return period
        return str(dates.format_skeleton("yQQQQ", _first_day(period), locale=self.locale))

    def list(self, items: list[str]) -> str:
        """``a, b en c``."""
        if len(items) < 2:
            return "".join(items)
        return self.gettext("{first} and {last}", first=", ".join(items[:-1]), last=items[-1])


DUTCH, ENGLISH = Language("nl"), Language("en")
LANGUAGES = {language.code: language for language in (DUTCH, ENGLISH)}


@cache
def catalogue(code: Code) -> dict[str, str]:
    """Message to translation; empty for English, which is what the code speaks."""
    if code == "en":
        return {}
    path = resources.files(__name__).joinpath(code, "LC_MESSAGES", "monitor.po")
    with path.open("rb") as lines:
        return {str(entry.id): str(entry.string) for entry in read_po(lines, locale=code) if entry.id}


@lru_cache(maxsize=4096)  # a page writes hundreds of numbers, mostly whole and the same at each click
def _decimal(value: float, locale: str) -> str:
    return str(numbers.format_decimal(value, locale=locale))


def _first_day(quarter: str) -> date:
    return date(int(quarter[:4]), 3 * int(quarter[-1]) - 2, 1)
