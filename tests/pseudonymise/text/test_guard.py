"""The guard as a whole: names, default deny, what is known, what may be owned, and how much of each it finds.

Everything that needs Deduce stands in this file: the tests of a file run on one worker, so that it is loaded once.
"""

import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pseudonymise.agreement import load_agreement
from pseudonymise.text import Kind, Level, PersonInText, check, find, mask
from pseudonymise.text.deny import RULES, Word, deciding
from pseudonymise.text.evaluate import evaluate, read_labelled
from pseudonymise.text.sentences import TOKEN, is_shouted
from pseudonymise.text.vocabulary import vocabulary

DATA = Path(__file__).parents[2] / "data" / "text"


class _Network:
    """Refuses whatever asks for the network, by name or address, while it is ``closed``: a hook cannot be removed."""

    closed = False

    def __call__(self, event: str, arguments: object) -> None:
        if self.closed and event.startswith("socket.") and event != "socket.__new__":
            raise AssertionError(f"the guard asked for the network: {event}")


@pytest.fixture(autouse=True, scope="module")
def network() -> Iterator[_Network]:
    """No test of this file has one: all levels are loaded, read and evaluated without."""
    network = _Network()
    sys.addaudithook(network)
    network.closed = True
    yield network
    network.closed = False


def test_the_network_is_closed_here() -> None:
    with pytest.raises(AssertionError, match=r"socket\.getaddrinfo"):
        socket.getaddrinfo("voorbeeld.nl", 80)
    with socket.socket() as one, pytest.raises(AssertionError, match=r"socket\.connect"):
        one.connect(("127.0.0.1", 9))


def test_starting_and_finding_opens_no_socket() -> None:
    """In a process of its own, from the first import on. Names are loaded and read under the same rule above."""
    program = (
        "import sys\n"
        "def refuse(event, arguments):\n"
        "    if event.startswith('socket.'):\n"
        "        raise RuntimeError(event)\n"
        "sys.addaudithook(refuse)\n"
        "from pseudonymise.text import Level, mask\n"
        "print(mask('mail a.voorbeeld@voorbeeld.nl, bsn 999990019', Level.PATTERN).text)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "mail [e-mailadres of account], bsn [BSN]\n"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Gesproken met ouders van Noor.", "Gesproken met ouders van [naam]."),
        ("moeder van noor belt maandag", "moeder van [naam] belt maandag"),
        ("Gesproken met mevr. Mooi", "Gesproken met [naam]"),
        ("DE ZAAK VAN KEVIN JANSEN IS BESPROKEN", "DE ZAAK VAN [naam] IS BESPROKEN"),
        ("jessica van dijk heeft gemaild", "[naam] heeft gemaild"),
        ("het gaat om d. van der meer", "het gaat om [naam]"),
        ("zie mail van p jansen", "zie mail van [naam]"),
        ("Het gezin El-Idrissi is gezien", "Het gezin [naam] is gezien"),
        ("De heer Van Ede is gezien", "[naam] is gezien"),  # a municipality, and here a person
        ("Opa van Buren belt", "Opa [naam] belt"),
        ("Zit op basisschool De Regenboog", "Zit op [naam]"),
    ],
)
def test_names_however_they_are_written(text: str, masked: str) -> None:
    assert mask(text, Level.NAMES).text == masked


@pytest.mark.parametrize(
    "text",
    [
        "In Ede, Putten en Buren is de norm gehaald.",
        "Jeugdbescherming Gelderland en het Leger des Heils bespreken dit met Veilig Thuis Gelderland-Zuid.",
        "Actie: de GI's in Food Valley melden per 1 april 2026 de wachttijd, art. 4.2.1 Besluit Jeugdwet.",
        "Vader werkt als bakker en moeder zit in de bouw, i.v.m. de kosten.",
        "NIET vergeten: de OTS'en van 2026Q3 en JW315 apart tellen.",
        "- Plan vastgesteld binnen zes weken\n- Ruim 31.000 maatregelen; 80% op tijd",
    ],
)
def test_professional_language_passes(text: str) -> None:
    assert find(text, Level.STRICT) == ()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Pluryn en Entrea Lindenhout vragen erom.", "Pluryn en Entrea Lindenhout vragen erom."),
        ("Rechtbank Gelderland plant in blokken.", "Rechtbank Gelderland plant in blokken."),
        # Where somebody stays points at them.
        ("Het kind verblijft sinds mei bij Pluryn.", "Het kind verblijft sinds mei [organisatie]."),
        ("Zij is bij Driestroom geplaatst.", "Zij is [organisatie] geplaatst."),
        ("Zijn broer gaat naar Zozijn.", "Zijn broer gaat [organisatie]."),
        ("Zijn broer is bij Karakter onder behandeling.", "Zijn broer is [organisatie] onder behandeling."),
    ],
)
def test_a_large_organisation_may_stand_but_not_where_somebody_stays(text: str, masked: str) -> None:
    assert mask(text, Level.STRICT).text == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        # A day of a meeting is nobody's; that of a birth, a hearing or a death is.
        ("Het overleg van 12 mei gaat door.", "Het overleg van 12 mei gaat door."),
        ("De zitting is 12 mei.", "De zitting is [datum]"),
        ("geb. 12 mei", "geb. [datum]"),
        ("gebeld op 12 mei", "gebeld op 12 mei"),
        # A capital on an ordinary word, but where it may be someone's name, alone or with what stands beside it.
        ("Besproken met team Zuid.", "Besproken met team Zuid."),
        ("Besproken met team Bakker.", "Besproken met team [naam]."),
        ("Over Vlxk Handboek.", "Over [naam]."),
        # Short words in capitals: abbreviations, but for names, codes, and a text that is all capitals.
        ("De TBV en de QRX zijn klaar.", "De TBV en de QRX zijn klaar."),
        ("Wacht op KEVIN.", "Wacht op [naam]."),
        ("Wacht op QRX-551.", "Wacht op [naam]-551."),
        ("WACHT OP QRXAB", "WACHT OP [naam]"),
        # Capitals are a word's own also where a sentence begins: what stands beside a name in capitals is of that name.
        ("KEVIN QRXAB vraagt om uitleg.", "[naam] vraagt om uitleg."),
        ("QRXAB vraagt om uitleg.", "QRXAB vraagt om uitleg."),
        # One typing error in a long word, and no more; names are near words.
        ("de doorlooptijdne", "de doorlooptijdne"),
        ("de doorlopptijdne", "de [onbekend woord]"),
        ("de brubbel", "de [onbekend woord]"),
        # English, languages, countries and provinces; no town outside the agreement.
        ("De reminder over the weekly update", "De reminder over the weekly update"),
        (
            "Tolk Somalisch, Syrische ouders, uit Eritrea, in Limburg",
            "Tolk Somalisch, Syrische ouders, uit Eritrea, in Limburg",
        ),
        ("Het komt uit Zaltbommel en uit Zierikzee", "Het komt uit Zaltbommel en uit [naam]"),
        # ... nor one of the agreement, or a large city, where the text says that someone lives there.
        ("Zo doen Zutphen en Utrecht het ook", "Zo doen Zutphen en Utrecht het ook"),
        ("Woont in Utrecht", "Woont [plaats]"),
        ("Oma uit Zutphen is verhuisd naar Ede", "Oma [plaats] is verhuisd [plaats]"),
        ("Dorpsstraat 12 te Ede, 6711 KL Ede", "[adres], [postcode]"),
        # A first name that is a word is none after "een".
        ("Er is een roos getekend.", "Er is een roos getekend."),
        ("Vraag het roos.", "Vraag het [naam]."),
        # A product, and no name written as one word.
        ("Het staat in SharePoint.", "Het staat in SharePoint."),
        ("Het staat bij KevinJansen.", "Het staat bij [naam]."),
    ],
)
def test_what_strict_lets_stand_and_where_not(text: str, masked: str) -> None:
    assert mask(text, Level.STRICT).text == masked


@pytest.mark.parametrize(
    ("text", "word", "rule"),
    [
        ("De VOTS loopt af", "VOTS", "term"),
        ("Meer dan in 2026Q3", "Q", "in a number"),
        ("De gedrags- en opvoedproblemen", "gedrags", "head of a compound"),
        ("De (gedrags)aanwijzingen", "gedrags", "head of a compound"),
        ("Er is een roos getekend", "roos", "thing"),
        ("Dat is van J. gekomen", "J", "initial"),
        ("J. Plan vaststellen", "J", "letter"),
        ("Kies optie J of K", "J", "letter"),
        ("De QRX is klaar", "QRX", "abbreviation"),
        ("De QRX'en zijn klaar", "QRX'en", "abbreviation"),
        ("DE QRX IS KLAAR", "QRX", "unknown"),
        ("De brubbel is klaar", "brubbel", "unknown"),
        ("De dagstart is klaar", "dagstart", "lower case"),
        ("De ots'en zijn níet geteld", "níet", "lower case"),
        ("Dit is ALLEEN waar", "ALLEEN", "capitals"),
        ("Handboek is klaar", "Handboek", "first word"),
        ("Managementsamenvattting inkorten", "Managementsamenvattting", "first word"),
        ("Besluit: Handboek maken", "Handboek", "after a colon"),
        ("Besluit: Bakker bellen", "Bakker", "name"),
        ("Besproken met team Bakker", "Bakker", "name"),
        ("Besproken met team Handboek", "Handboek", "heading"),
    ],
)
def test_which_rule_of_default_deny_decides(text: str, word: str, rule: str) -> None:
    (match,) = [match for match in TOKEN.finditer(text) if match[0] == word]
    assert deciding(Word(match, text, is_shouted(text), vocabulary())).name == rule


def test_each_rule_of_default_deny_has_its_test() -> None:
    tested = {rule for _, _, rule in test_which_rule_of_default_deny_decides.pytestmark[0].args[1]}  # type: ignore[attr-defined]
    assert tested == {rule.name for rule in RULES}


@pytest.mark.parametrize(
    ("text", "level", "masked"),
    [
        # What only default deny finds: a word as a name, a place without a list, a number without a form.
        ("Overleg met Kracht over de hulp", Level.NAMES, "Overleg met Kracht over de hulp"),
        ("Overleg met Kracht over de hulp", Level.STRICT, "Overleg met [onbekend woord] over de hulp"),
        ("het ging over de brubbel", Level.NAMES, "het ging over de brubbel"),
        ("het ging over de brubbel", Level.STRICT, "het ging over de [onbekend woord]"),
        ("nog 1234567 te gaan", Level.NAMES, "nog 1234567 te gaan"),
        ("nog 1234567 te gaan", Level.STRICT, "nog [nummer] te gaan"),
        ("op 12 mei, zijn verjaardag", Level.NAMES, "op 12 mei, zijn verjaardag"),
        ("op 12 mei, zijn verjaardag", Level.STRICT, "op [nummer], zijn verjaardag"),
    ],
)
def test_each_level_finds_more(text: str, level: Level, masked: str) -> None:
    assert mask(text, level).text == masked


@given(st.text(st.sampled_from("aeijnnrst AEJNRSVZ.,'-’0123456789@/()\n\té"), max_size=60))
@example("0@A NZ")  # an initial before a name, that is of the address before it
def test_any_text_is_read_and_its_places_lie_in_order(text: str) -> None:
    spans = find(text, Level.STRICT)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


@given(st.sampled_from(read_labelled(DATA / "sentences.txt")))
def test_a_higher_level_hides_at_least_what_a_lower_one_does(sentence: object) -> None:
    text = sentence.text  # type: ignore[attr-defined]
    hidden = [
        {at for span in find(text, level) for at in range(span.start, span.end) if text[at].isalnum()}
        for level in (Level.PATTERN, Level.NAMES, Level.STRICT)
    ]
    assert hidden[0] <= hidden[1] <= hidden[2]


# --- known people, and words that a writer owns ---


@pytest.mark.parametrize(
    "text", ["met roos gesproken", "ROOS", "roos.", "over Roos-Marie", "dossier 10.02.34", "10 02 34", "10/02/34"]
)
def test_what_is_known_is_found_in_any_form(text: str) -> None:
    assert [span.kind for span in find(text, Level.PATTERN, known=["Roos", "100234"])] == [Kind.KNOWN]


@pytest.mark.parametrize("text", ["rozen", "roosters", "het getal 1002345"])
def test_what_is_known_is_no_part_of_another_word(text: str) -> None:
    assert find(text, Level.PATTERN, known=["Roos", "100234"]) == ()


def test_a_writer_owns_a_word_and_it_is_returned_for_the_trail() -> None:
    text = "De kleurcode Zomer en de brubbel"
    with pytest.raises(PersonInText):
        check(text, Level.STRICT, "notitie", owned=["zomer"])
    assert check(text, Level.STRICT, "notitie", owned=["zomer", "Brubbel", "elders"]) == ("zomer", "brubbel")
    assert check("De hulp is gestart.", Level.STRICT, "notitie", owned=["zomer"]) == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [("bsn 999990019", "999990019"), ("jarig op 12 mei", "mei"), ("nog 1234567", "1234567"), ("roos", "roos")],
)
def test_a_number_or_a_known_name_is_never_owned(text: str, word: str) -> None:
    (span,) = find(text, Level.STRICT, known=["Roos"], owned=[word, "12"])
    assert not span.may_be_owned


def test_a_name_is_owned_only_as_a_whole() -> None:
    assert find("Overleg met Kevin Jansen", Level.STRICT, owned=["kevin"]) != ()
    assert find("Overleg met Kevin Jansen", Level.STRICT, owned=["kevin", "jansen"]) == ()


def test_a_refusal_marks_the_places_and_quotes_none() -> None:
    with pytest.raises(PersonInText) as refusal:
        check("Gesproken met Kevin Jansen over bsn 999990019.", Level.STRICT, "--reason")
    assert str(refusal.value) == (
        "--reason: hierin kan een persoon staan; er is niets vastgelegd.\n"
        "- woord 3 tot en met 4 (teken 15 tot en met 26): naam\n"
        "- woord 7 (teken 37 tot en met 45): BSN\n"
        "Schrijf het zonder personen, nummers en datums."
    )
    assert [span.kind for span in refusal.value.spans] == [Kind.PERSON, Kind.BSN]


# --- how much it finds ---

NUMBERS = (Kind.BSN, Kind.IBAN, Kind.PHONE, Kind.MAIL, Kind.POSTCODE, Kind.DATE, Kind.CASE_NUMBER, Kind.NUMBER_PLATE)


def test_on_the_development_set() -> None:
    sentences = read_labelled(DATA / "sentences.txt")
    strict, names = evaluate(sentences, Level.STRICT), evaluate(sentences, Level.NAMES)
    assert all(strict.kinds[kind].found == strict.kinds[kind].total for kind in NUMBERS)
    assert strict.all_kinds.found / strict.all_kinds.total >= 0.97
    assert strict.other_words.found / strict.other_words.total <= 0.08
    assert names.all_kinds.found / names.all_kinds.total >= 0.90
    assert names.places.found / names.places.total >= 0.95


def test_on_the_first_unseen_set_now_used_in_development() -> None:
    sentences = read_labelled(DATA / "unseen.txt")
    assert len(sentences) >= 150
    strict, names = evaluate(sentences, Level.STRICT), evaluate(sentences, Level.NAMES)
    assert (strict.all_kinds.total, strict.places.total) >= (336, 0)
    assert strict.all_kinds.found >= 328
    assert strict.all_kinds.partly >= 329
    assert names.all_kinds.found >= 322
    assert names.all_kinds.partly >= 324
    assert names.places.found / names.places.total >= 0.93


def test_on_professional_language_now_used_in_development() -> None:
    result = evaluate(read_labelled(DATA / "professional.txt"), Level.STRICT)
    assert result.sentences.total == 200
    assert result.sentences.found <= 1


def test_on_the_second_unseen_set_now_used_in_development() -> None:
    sentences = read_labelled(DATA / "labelled-2.txt")
    strict, names = evaluate(sentences, Level.STRICT), evaluate(sentences, Level.NAMES)
    assert (len(sentences), strict.all_kinds.total) == (80, 103)
    assert strict.all_kinds.found >= 102
    assert strict.all_kinds.partly >= 103
    assert names.all_kinds.found >= 102
    assert names.all_kinds.partly >= 103
    assert all(strict.kinds[kind].found == strict.kinds[kind].total for kind in (*NUMBERS, Kind.ADDRESS))
    assert strict.places.found == strict.places.total


def test_on_the_second_professional_set_now_used_in_development() -> None:
    result = evaluate(read_labelled(DATA / "professional-2.txt"), Level.STRICT)
    assert result.sentences.total == 200
    assert result.sentences.found <= 1


def test_on_the_third_unseen_set_no_less_than_in_the_first_run() -> None:
    sentences = read_labelled(DATA / "labelled-3.txt")
    strict, names = evaluate(sentences, Level.STRICT), evaluate(sentences, Level.NAMES)
    assert (len(sentences), strict.all_kinds.total) == (229, 388)
    assert strict.all_kinds.found >= 356
    assert strict.all_kinds.partly >= 367
    assert names.all_kinds.found >= 351
    assert names.all_kinds.partly >= 364
    whole = (Kind.BSN, Kind.IBAN, Kind.MAIL, Kind.POSTCODE, Kind.DATE, Kind.CASE_NUMBER)
    assert all(strict.kinds[kind].found == strict.kinds[kind].total for kind in whole)
    assert strict.misspelt.found == strict.misspelt.total == 26
    assert names.misspelt.found >= 25
    assert strict.places.found / strict.places.total >= 0.95
    assert names.places.found / names.places.total >= 0.98


@pytest.mark.parametrize(("number", "stopped"), [(3, 2), (4, 3)])
def test_on_the_professional_sets_now_used_in_development(number: int, stopped: int) -> None:
    result = evaluate(read_labelled(DATA / f"professional-{number}.txt"), Level.STRICT)
    assert result.sentences.total == 200
    assert result.sentences.found <= stopped


def test_on_the_fifth_professional_set_no_more_is_stopped_than_in_the_first_run() -> None:
    result = evaluate(read_labelled(DATA / "professional-5.txt"), Level.STRICT)
    assert result.sentences.total == 200
    assert result.sentences.found <= 4


def test_nothing_that_the_agreement_can_say_is_stopped() -> None:
    agreement = load_agreement()
    said = [
        named.nl for named in (*agreement.milestones, *agreement.clocks, *agreement.steps, *agreement.measure_groups)
    ]
    said += [one.name for one in agreement.institutions]
    assert [text for text in said if find(text, Level.STRICT)] == []
