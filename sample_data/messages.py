"""iJw 3.2 messages of invented cases: what a certified institution and a municipality send each other.

Form, namespaces and code of each message as published by the standard's keeper; names, BSN's, addresses and remarks
are those of `people.invent`. ``StatusAanlevering`` 1 is a first delivery, 3 a removal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

INSTITUTION = "98765432"  # an AGB code that nobody has
CODES = {"JW301": "436", "JW305": "438", "JW307": "440", "JW315": "446", "JW319": "488", "JW323": "490"}
FROM_MUNICIPALITY = {"JW301", "JW319"}
NAMESPACE = "http://www.istandaarden.nl/ijw/3_2/{}/schema"


@dataclass(frozen=True)
class Envelope:
    """Who sent a message when: ``municipality`` of four digits, ``day`` as JJJJ-MM-DD, ``number`` of the sender."""

    municipality: str
    day: str
    number: int


def message(name: str, envelope: Envelope, body: str) -> bytes:
    """The message ``name`` (JW305, ...) with its header around ``body``."""
    of_message, shared = NAMESPACE.format(name.lower()), NAMESPACE.format("basisschema")
    parties = [INSTITUTION, envelope.municipality]
    sender, receiver = parties[::-1] if name in FROM_MUNICIPALITY else parties
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<m:Bericht xmlns:m="{of_message}" xmlns:ijw="{shared}"><m:Header>'
        f"<m:BerichtCode>{CODES[name]}</m:BerichtCode><m:BerichtVersie>3</m:BerichtVersie>"
        f"<m:BerichtSubversie>2</m:BerichtSubversie><m:Afzender>{sender}</m:Afzender>"
        f"<m:Ontvanger>{receiver}</m:Ontvanger><m:BerichtIdentificatie>"
        f"<ijw:Identificatie>{envelope.number}</ijw:Identificatie><ijw:Dagtekening>{envelope.day}</ijw:Dagtekening>"
        "</m:BerichtIdentificatie><m:XsdVersie><ijw:BasisschemaXsdVersie>1.2.0</ijw:BasisschemaXsdVersie>"
        "<ijw:BerichtXsdVersie>1.0.0</ijw:BerichtXsdVersie></m:XsdVersie></m:Header>"
        f"{body}</m:Bericht>\n"
    ).encode()


def request(envelope: Envelope, person: Mapping[str, str], reference: str, code: str, order: str) -> bytes:
    """JW315: the institution asks for an assignment, with the day on which the order took force."""
    product = (
        f"<m:AangevraagdProduct><m:ReferentieAanbieder>{reference}</m:ReferentieAanbieder>{_product(code)}"
        + (f"<m:BeschikkingIngangsdatum>{order}</m:BeschikkingIngangsdatum>" if order else "")
        + f"<m:ToewijzingIngangsdatum>{order or envelope.day}</m:ToewijzingIngangsdatum>"
        "<m:Verwijzer><ijw:Type>08</ijw:Type></m:Verwijzer>"
        f"<m:Commentaar>{escape(person['note'])}</m:Commentaar></m:AangevraagdProduct>"
    )
    return message("JW315", envelope, _client(person, f"<m:AangevraagdeProducten>{product}</m:AangevraagdeProducten>"))


def answer(envelope: Envelope, reference: str, rejected: bool) -> bytes:
    """JW319: the municipality answers a request; 1 rejected (8: another municipality), 2 under investigation."""
    reason = "<m:RedenAfwijzingVerzoek>8</m:RedenAfwijzingVerzoek>" if rejected else ""
    return message(
        "JW319",
        envelope,
        f"<m:Antwoord><m:ReferentieAanbieder>{reference}</m:ReferentieAanbieder>"
        f"<m:VerzoekAntwoord>{1 if rejected else 2}</m:VerzoekAntwoord>{reason}</m:Antwoord>",
    )


def assignment(
    envelope: Envelope, person: Mapping[str, str], reference: str, number: str, code: str, begin: str
) -> bytes:
    """JW301: the municipality assigns, nearly always afterwards."""
    told = f"<m:ReferentieAanbieder>{reference}</m:ReferentieAanbieder>" if reference else ""
    product = (
        f"<m:ToegewezenProduct><m:ToewijzingNummer>{number}</m:ToewijzingNummer>{told}{_product(code)}"
        f"<m:Toewijzingsdatum>{envelope.day}</m:Toewijzingsdatum><m:Toewijzingstijd>12:00:00</m:Toewijzingstijd>"
        f"<m:Ingangsdatum>{begin}</m:Ingangsdatum></m:ToegewezenProduct>"
    )
    contact = (
        "<m:Contactgegevens><m:Contact><ijw:Adres>"
        f"<ijw:Straatnaam>{escape(person['street'])}</ijw:Straatnaam><ijw:Postcode>{person['postcode']}</ijw:Postcode>"
        f"<ijw:Plaatsnaam>{escape(person['town'])}</ijw:Plaatsnaam></ijw:Adres>"
        f"<ijw:Telefoon>{person['phone']}</ijw:Telefoon></m:Contact></m:Contactgegevens>"
    )
    products = f"<m:ToegewezenProducten>{product}</m:ToegewezenProducten>"
    return message("JW301", envelope, _client(person, contact + products))


def start(
    envelope: Envelope, person: Mapping[str, str], number: str, code: str, begin: str, status: str = "1"
) -> bytes:
    """JW305: the institution began its direction (*regievoering*): that is no first contact."""
    product = (
        f"<m:StartProduct><m:ToewijzingNummer>{number}</m:ToewijzingNummer>{_product(code)}"
        f"<m:Begindatum>{begin}</m:Begindatum><m:StatusAanlevering>{status}</m:StatusAanlevering></m:StartProduct>"
    )
    return message("JW305", envelope, _client(person, f"<m:StartProducten>{product}</m:StartProducten>"))


def stop(
    envelope: Envelope,
    person: Mapping[str, str],
    number: str,
    code: str,
    begin: str,
    end: str,
    reason: str = "31",
    status: str = "1",
) -> bytes:
    """JW307: it ended, or with reason 20 stopped for now."""
    product = (
        f"<m:StopProduct><m:ToewijzingNummer>{number}</m:ToewijzingNummer>{_product(code)}"
        f"<m:Begindatum>{begin}</m:Begindatum><m:RedenBeeindiging>{reason}</m:RedenBeeindiging>"
        f"<m:Einddatum>{end}</m:Einddatum><m:StatusAanlevering>{status}</m:StatusAanlevering></m:StopProduct>"
    )
    return message("JW307", envelope, _client(person, f"<m:StopProducten>{product}</m:StopProducten>"))


def declaration(envelope: Envelope, person: Mapping[str, str], number: str, code: str, begin: str, end: str) -> bytes:
    """JW323: a month's claim."""
    return message(
        "JW323",
        envelope,
        f"<m:Declaratie><m:DeclaratieNummer>{envelope.number}</m:DeclaratieNummer><m:Clienten><m:Client>"
        f"<m:Bsn>{person['bsn']}</m:Bsn><m:Prestaties><m:Prestatie>"
        f"<m:ProductReferentie>1</m:ProductReferentie><m:ToewijzingNummer>{number}</m:ToewijzingNummer>"
        f"<m:ProductCategorie>{code[:2]}</m:ProductCategorie><m:ProductCode>{code}</m:ProductCode>"
        f"<m:ProductPeriode><ijw:Begindatum>{begin}</ijw:Begindatum><ijw:Einddatum>{end}</ijw:Einddatum>"
        "</m:ProductPeriode><m:IngediendBedrag>100000</m:IngediendBedrag>"
        "</m:Prestatie></m:Prestaties></m:Client></m:Clienten></m:Declaratie>",
    )


def _product(code: str) -> str:
    return f"<m:Product><ijw:Categorie>{code[:2]}</ijw:Categorie><ijw:Code>{code}</ijw:Code></m:Product>"


def _client(person: Mapping[str, str], products: str) -> str:
    return (
        f"<m:Client><m:Bsn>{person['bsn']}</m:Bsn>"
        f"<m:Geboortedatum><ijw:Datum>{person['birth_date']}</ijw:Datum></m:Geboortedatum>"
        f"<m:Geslacht>{1 if person['sex'] == 'M' else 2}</m:Geslacht><m:Naam><ijw:Geslachtsnaam>"
        f"<ijw:Achternaam>{escape(person['last'])}</ijw:Achternaam></ijw:Geslachtsnaam>"
        f"<ijw:Voornamen>{escape(person['first'])}</ijw:Voornamen></m:Naam>{products}</m:Client>"
    )
