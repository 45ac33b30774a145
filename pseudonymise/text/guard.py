"""The Dutch text guard (*tekstwacht*): find, mask or refuse what may point at a person in a text.

Presidio does the work: recognisers of our own find, its analyzer weighs them with the words around them, its
anonymizer masks. Nothing here needs a network. What each level finds and misses: docs/explanation/text-guard.md.
Presidio and the names are loaded at the first text that asks for them: some five seconds.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from threading import Lock
from typing import TYPE_CHECKING

import regex

from pseudonymise.text.language import any_of, language
from pseudonymise.text.spans import MAY_BE_OWNED, Kind, Level, PersonInText, Span

if TYPE_CHECKING:
    from pseudonymise.text.engine import Analyzer, Found

SHORTEST_KNOWN = 2  # letters or digits; a single one would stand everywhere

# One text at a time: the pipeline forgets what it has read after each, for all threads alike.
_lock = Lock()


@dataclass(frozen=True)
class Masked:
    """A text with each place that was found replaced by its kind, and the places in the text as it was."""

    text: str
    spans: tuple[Span, ...]


def find(text: str, level: Level, *, known: Collection[str] = (), owned: Collection[str] = ()) -> tuple[Span, ...]:
    """The places in a text that may point at a person, in order, without overlap.

    ``known``: names, numbers and addresses that the case is known to have; found in any case and punctuation.
    ``owned``: words of which the writer says that they are no person; never heard for a number or what is known.
    """
    with _lock:
        found = _analyzer(level).find(text)
    if level is not Level.PATTERN:
        found = _without_terms(text, found)
    found += known_places(text, known)
    spans = _joined(text, found)
    heard = {word.casefold() for word in owned}
    return tuple(span for span in spans if not _is_owned(text, span, heard))


def mask(text: str, level: Level, *, known: Collection[str] = (), owned: Collection[str] = ()) -> Masked:
    """The text with everything that `find` finds replaced by its kind, as ``[naam]``."""
    from pseudonymise.text.engine import replace

    spans = find(text, level, known=known, owned=owned)
    return Masked(replace(text, spans), spans)


def check(
    text: str, level: Level, what: str, *, known: Collection[str] = (), owned: Collection[str] = ()
) -> tuple[str, ...]:
    """Raise PersonInText, with the places, when `find` finds any; else return the owned words that let it pass.

    ``what``: what the text is, as its writer knows it (``--reason``). The words returned belong in the trail.
    """
    everything = find(text, level, known=known)
    heard = {word.casefold() for word in owned}
    refused = tuple(span for span in everything if not _is_owned(text, span, heard))
    if refused:
        raise PersonInText(text, refused, what)
    return tuple(
        dict.fromkeys(word.casefold() for span in everything for word in words_of(text[span.start : span.end]))
    )


@cache
def _analyzer(level: Level) -> "Analyzer":
    from pseudonymise.text import identifiers
    from pseudonymise.text.engine import Analyzer

    recognisers = identifiers.recognisers()
    if level is not Level.PATTERN:
        from pseudonymise.text import names

        recognisers += names.recognisers()
    if level is Level.STRICT:
        from pseudonymise.text import deny

        recognisers += deny.recognisers()
    return Analyzer(recognisers)


def known_places(text: str, known: Collection[str]) -> list["Found"]:
    """Where a text has what is known, in any case, and with any signs between its letters and digits."""
    found = []
    for value in known:
        signs = regex.findall(r"[\p{L}\p{M}\d]", value)
        if len(signs) < SHORTEST_KNOWN:
            continue
        inside = r"[^\p{L}\d]{0,2}".join(map(regex.escape, signs))
        pattern = rf"(?<![\p{{L}}\d]){inside}(?![\p{{L}}\d])"
        found += [(*match.span(), Kind.KNOWN) for match in regex.finditer(pattern, text, regex.IGNORECASE)]
    return found


def _without_terms(text: str, found: Iterable["Found"]) -> list["Found"]:
    """Without what lies within a name of the agreement or a term of the field, unless it is more than a name."""
    from pseudonymise.text.vocabulary import vocabulary

    terms = vocabulary().terms_in(text)
    return [
        (start, end, kind)
        for start, end, kind in found
        if kind not in MAY_BE_OWNED or not any(first <= start and end <= last for first, last in terms)
    ]


# What belongs to a name that begins here: an initial ("p jansen"; "u" is a word), or "De" and "Van" with a capital.
_BEFORE_A_NAME = regex.compile(
    r"(?:(?<![\w.])(?:(?![uUàÀ])\p{L}\.?|Van(?:\s(?:de[rn]?|het))?|De[rn]?|Te[nr]|['’]t)[\s-])*\Z", regex.REVERSE
)


@cache
def _after_a_name() -> regex.Pattern[str]:
    """What belongs to a name that ends here: an initial, with what stands before a surname ("Mees van der W.")."""
    return regex.compile(rf"(?:\s(?:{any_of(language().interfixes)}))*\s\p{{Lu}}\.(?!\w)")


@cache
def _between() -> regex.Pattern[str]:
    """Between the parts of one name: white space, a hyphen, and the words that stand before a surname."""
    return regex.compile(rf"(?:[\s'’-]|(?<!\w)(?:{any_of(language().interfixes)})(?!\w))*", regex.IGNORECASE)


def _joined(text: str, found: Iterable["Found"]) -> list[Span]:
    """In order and without overlap; the parts of one name become one place. May be owned only if all parts may."""
    groups: list[list[Found]] = []
    for one in sorted(found):
        if groups:
            end = max(last for _, last, _ in groups[-1])
            names = one[2] in MAY_BE_OWNED and all(kind in MAY_BE_OWNED for *_, kind in groups[-1])
            if one[0] < end or (names and _between().fullmatch(text, end, one[0])):
                groups[-1].append(one)
                continue
        groups.append([one])
    spans: list[Span] = []
    for group, following in zip_longest(groups, groups[1:]):
        spans.append(_span(text, group, spans[-1].end if spans else 0, following[0][0] if following else len(text)))
    return spans


def _span(text: str, group: Sequence["Found"], low: int, high: int) -> Span:
    """One place of all, of the kind that says most, in the order of the key below; between ``low`` and ``high``."""
    _, _, kind = max(
        group,
        key=lambda one: (
            one[2] is Kind.KNOWN,
            one[2] not in MAY_BE_OWNED,
            one[2] is not Kind.NUMBER,
            one[2] is Kind.PERSON,
            one[1] - one[0],
        ),
    )
    start = min(start for start, _, _ in group)
    end = max(end for _, end, _ in group)
    if kind in MAY_BE_OWNED:
        start = max(low, _BEFORE_A_NAME.search(text, 0, start).start())
        after = _after_a_name().match(text, end)
        end = min(high, after.end()) if after else end
    return Span(start, end, kind, kind in MAY_BE_OWNED)


def _is_owned(text: str, span: Span, owned: Collection[str]) -> bool:
    return span.may_be_owned and all(word.casefold() in owned for word in words_of(text[span.start : span.end]))


def words_of(place: str) -> list[str]:
    """The words of a place, each of which has to be owned: "Team Zilverdraak" is two."""
    return [str(word) for word in regex.findall(r"[\p{L}\p{M}\d'’]+", place)]
