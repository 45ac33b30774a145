"""What may point at a person in a text that is written here: refused, but for words whose writer owns that they do not.

A number, a date or a name that is known is never owned up to; the text guard sees to that.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from monitor.locale import DUTCH
from pseudonymise.errors import UserError
from pseudonymise.text import PersonInText, Span, words_of

Guard = Callable[[str, Collection[str]], tuple[Span, ...]]
"""What finds the places in a text that may point at a person, but for the words that its writer owns up to."""


@dataclass(frozen=True)
class Stopped:
    """A text that may hold a person, for its writer alone. ``what``: which text, a message of the catalogue.

    ``left``: the places that remain; ``places``: those that the writer owned up to among them.
    """

    what: str
    words: str
    left: tuple[Span, ...]
    places: tuple[Span, ...]


class PersonInWords(UserError):
    """Texts that may hold a person; nothing was stored."""

    def __init__(self, stopped: tuple[Stopped, ...]) -> None:
        self.stopped = stopped
        super().__init__("\n".join(str(PersonInText(one.words, one.left, DUTCH.gettext(one.what))) for one in stopped))

    @property
    def may_be_owned(self) -> tuple[str, ...]:
        """The places of which the writer may say that they are no person, as they were written, each once."""
        return tuple(
            dict.fromkeys(
                one.words[place.start : place.end] for one in self.stopped for place in one.places if place.may_be_owned
            )
        )


def check_words(texts: Iterable[tuple[str, str]], owned: Collection[str], guard: Guard) -> tuple[str, ...]:
    """The owned words that stand in the texts and let them pass. A text comes with what it is.

    Raises PersonInWords for every text with a place that is not owned up to.
    """
    stopped, needed = [], set()
    for what, words in texts:
        places = guard(words, ())
        left = guard(words, owned) if owned and places else places
        if left:
            stopped.append(Stopped(what, words, left, places))
        needed |= {word.casefold() for place in places for word in words_of(words[place.start : place.end])}
    if stopped:
        raise PersonInWords(tuple(stopped))
    return tuple(word for word in dict.fromkeys(owned) if word.casefold() in needed)
