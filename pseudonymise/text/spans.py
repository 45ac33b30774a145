"""What the text guard (*tekstwacht*) says of a text: which places, of which kind, and why."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pseudonymise.errors import UserError


class Level(StrEnum):
    """How far the guard goes. Each level finds what the one before it finds, and more."""

    PATTERN = "pattern"  # identifiers that have a form: numbers, dates, addresses
    NAMES = "names"  # and names of people, places and organisations
    STRICT = "strict"  # and every word and number that it does not know: default deny


class Kind(StrEnum):
    """What a place in a text seems to be. The values are the labels of the labelled sentences."""

    PERSON = "PER"
    PLACE = "PLACE"
    ORGANISATION = "ORG"
    BSN = "BSN"
    IBAN = "IBAN"
    PHONE = "TEL"
    MAIL = "MAIL"
    POSTCODE = "PC"
    ADDRESS = "ADDR"
    DATE = "DATE"
    CASE_NUMBER = "CLIENT"
    NUMBER_PLATE = "KENTEKEN"
    KNOWN = "KNOWN"  # a name, number or address that the case is known to have
    WORD = "WORD"  # a word that is not in the vocabulary
    NUMBER = "NUMBER"  # a number without a known form


# What stands in the place of what is masked, and what a writer reads.
IN_DUTCH: Final[dict[Kind, str]] = {
    Kind.PERSON: "naam",
    Kind.PLACE: "plaats",
    Kind.ORGANISATION: "organisatie",
    Kind.BSN: "BSN",
    Kind.IBAN: "rekeningnummer",
    Kind.PHONE: "telefoonnummer",
    Kind.MAIL: "e-mailadres of account",
    Kind.POSTCODE: "postcode",
    Kind.ADDRESS: "adres",
    Kind.DATE: "datum",
    Kind.CASE_NUMBER: "zaak- of cliëntnummer",
    Kind.NUMBER_PLATE: "kenteken",
    Kind.KNOWN: "bekend van de zaak",
    Kind.WORD: "onbekend woord",
    Kind.NUMBER: "nummer",
}

# A writer may say of these that it is no person. Never of a number, nor of what the case is known to have.
MAY_BE_OWNED: Final = frozenset({Kind.PERSON, Kind.PLACE, Kind.ORGANISATION, Kind.WORD})


@dataclass(frozen=True, order=True)
class Span:
    """``text[start:end]`` should not be there. ``may_be_owned``: the writer may say that it is no person."""

    start: int
    end: int
    kind: Kind
    may_be_owned: bool


class PersonInText(UserError):
    """A text that holds, or may hold, a person. ``spans`` are its places; the message quotes none of them."""

    def __init__(self, text: str, spans: tuple[Span, ...], what: str) -> None:
        self.spans = spans
        places = "\n".join(f"- {_place(text, span)}" for span in spans)
        remedy = "Schrijf het zonder personen, nummers en datums."
        super().__init__(f"{what}: hierin kan een persoon staan; er is niets vastgelegd.\n{places}\n{remedy}")


def _place(text: str, span: Span) -> str:
    first = len(text[: span.start].split()) + (not span.start or text[span.start - 1].isspace())
    last = first + len(text[span.start : span.end].split()) - 1
    words = f"woord {first}" if first == last else f"woord {first} tot en met {last}"
    return f"{words} (teken {span.start + 1} tot en met {span.end}): {IN_DUTCH[span.kind]}"
