"""Filled-in templates, and the same with one planted fault each."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import openpyxl

from monitor.catalogue.expected import load_expected
from monitor.intake.sheets.layout import FILL_IN, FIRST_ROW, HEADER_ROW, PERIOD_ROW, SUPPLIER_ROW, TEMPLATE_ROW
from monitor.intake.sheets.write import write_template

TODAY = date(2026, 11, 24)
Row = Sequence[object]
STATED = date.today()  # what comes in is held against the day itself
OTS, JR = "Ondertoezichtstelling", "Jeugdreclassering"

CALL, CRISIS = ("Noord-Veluwe", "Nieuwe maatregel of verzoek"), ("Food Valley", "Spoed en crisis")


def every(kind: str, number: float, *region: str) -> list[Row]:
    """A row for each code of a list, all with the same number."""
    return [(*region, option.nl, number) for option in load_expected().options(kind).values()]


def registrations() -> list[Row]:
    """72 by two routes, of which six each became one of twelve things."""
    rows = every("route_item", 6, "Noord-Veluwe")
    return [(*row[:2], 36) if row[1] in ("Aanmeldroute 1", "Aanmeldroute 2") else row for row in rows]


# JVV works in two regions, so that a whole spreadsheet is a few rows. Of periods that are over by any clock.
VALID: dict[str, tuple[str, str, list[Row]]] = {
    "contract_results": (
        "Jeugd Veilig Verder",
        "2023Q3",
        [
            ("Noord-Veluwe", "Caseload", 96, 6.5),
            ("Noord-Veluwe", "Verzuim", 41, 590),
            ("Food Valley", "Caseload", 101, 7),
            ("Food Valley", "Verloop", 1, 8),
        ],
    ),
    "waiting_lists": (
        "Jeugd Veilig Verder",
        "2023Q3",
        [
            ("Noord-Veluwe", OTS, "Wachtlijst", 12, 40.5),
            ("Noord-Veluwe", OTS, "Doorstroomlijst", 3, None),
            ("Food Valley", OTS, "Wachtlijst", 0, None),
            ("Food Valley", JR, "Doorstroomlijst", 11, 18),
        ],
    ),
    "places": (
        "Rijk van Nijmegen",
        "nu",
        [
            ("Rijk van Nijmegen", "Jeugdhulp aan huis", "Nijmegen", "Pleegzorg", "Alle leeftijden", 40, 2, STATED),
            ("Rijk van Nijmegen", "Zilverdraak", "Wijchen", "Gesloten plaatsing", "16 en 17 jaar", 6, 0, STATED),
        ],
    ),
    "contacts": (
        "Jeugd Veilig Verder",
        "nu",
        [
            (*CALL, "Instroomteam", "0341 000 000", "instroom@jvv.example", "Kantooruren", None, None, None),
            (*CRISIS, "Spoeddienst", None, "spoed@jvv.example", "Dag en nacht", "Noor Voorbeeld", "Ja", STATED),
        ],
    ),
    "survey": (
        "Jeugd Veilig Verder",
        "2022",
        [
            ("Noord-Veluwe", "Hulp die helpt", 41, 60, 7),
            ("Noord-Veluwe", "Werkplezier: variatie", 9, 14, 3),
            ("Food Valley", "Tijd aan hulp", 812.5, 1604, 0),
        ],
    ),
    "help_outcomes": ("Noord-Veluwe", "2022", every("help_outcome", 6, "Noord-Veluwe")),
    "help_requests": ("Noord-Veluwe", "2022", every("help_request", 4, "Noord-Veluwe")),
    "time_sample": (
        "Jeugd Veilig Verder",
        "2022",
        [("Noord-Veluwe", 1, 101.5, 180), ("Noord-Veluwe", 2, 88, 192.25), ("Food Valley", 1, 70, 150)],
    ),
    "joy_in_work": (
        "Jeugd Veilig Verder",
        "2022",
        [*every("survey_item", 9, "Noord-Veluwe"), *every("survey_item", 7, "Food Valley")],
    ),
    "routes": ("Noord-Veluwe", "2023Q3", registrations()),
    "room": ("Noord-Veluwe", "2023Q3", every("room_item", 31.5, "Noord-Veluwe")),
    "burden": ("Jeugd Veilig Verder", "2022", every("burden_item", 3)),
}


def workbook(code: str, rows: Sequence[Row] | None = None, *, supplier: str = "", period: str = "") -> Any:
    """A template of openpyxl filled in: the valid one, or with other rows, supplier or period."""
    book = openpyxl.load_workbook(io.BytesIO(write_template(code, TODAY)))
    sheet = book[FILL_IN]
    valid_supplier, valid_period, valid_rows = VALID[code]
    sheet.cell(SUPPLIER_ROW, 2, supplier or valid_supplier)
    sheet.cell(PERIOD_ROW, 2, period or valid_period)
    for number, row in enumerate(valid_rows if rows is None else rows, FIRST_ROW):
        for place, value in enumerate(row, 1):
            sheet.cell(number, place, value)
    return book


def saved(book: Any) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def filled(code: str, rows: Sequence[Row] | None = None, **choices: str) -> bytes:
    return saved(workbook(code, rows, **choices))


def with_cell(code: str, row: int, place: int, value: object) -> Callable[[], bytes]:
    """The valid workbook with one cell changed. Rows and columns count from 1."""

    def make() -> bytes:
        book = workbook(code)
        book[FILL_IN].cell(row, place).value = value
        return saved(book)

    return make


def _with_a_sheet() -> bytes:
    book = workbook("places")
    book.create_sheet("Namen")
    return saved(book)


def _without_its_sheet() -> bytes:
    book = workbook("places")
    book[FILL_IN].title = "Blad1"
    return saved(book)


def _bomb() -> bytes:
    """A workbook that unpacks to a hundred times what a template can be."""
    content = io.BytesIO(filled("places"))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", bytes(50_000_000))
    return content.getvalue()


PERIOD, SUPPLIER = "Periode", "Aanleveraar"

# What is sent, the code, the rows and columns where it shows, and the sentence with its place.
FAULTY: list[tuple[Callable[[], bytes], str, tuple[int, ...], tuple[str, ...], str]] = [
    (lambda: b"PK no workbook", "no_workbook", (), (), "het bestand: het bestand is geen Excel-werkmap"),
    (
        _bomb,
        "workbook_too_large",
        (),
        (),
        "het bestand: de werkmap is beschadigd of pakt uit tot meer dan een sjabloon kan zijn",
    ),
    (with_cell("places", 200_000, 1, 1), "workbook_too_large", (), (), "pakt uit tot meer dan een sjabloon kan zijn"),
    (_without_its_sheet, "no_template", (), (), "de werkmap is niet gemaakt met een sjabloon van de monitor"),
    (
        with_cell("places", TEMPLATE_ROW, 2, "iets anders"),
        "no_template",
        (1,),
        ("Sjabloon",),
        "werkblad 'Invullen', rij 1, kolom 'Sjabloon': de werkmap is niet gemaakt met een sjabloon",
    ),
    (
        with_cell("places", TEMPLATE_ROW, 2, "places 0"),
        "other_version",
        (1,),
        ("Sjabloon",),
        "rij 1, kolom 'Sjabloon': het sjabloon is van een andere versie",
    ),
    (_with_a_sheet, "sheet_added", (), (), "de werkmap bevat een werkblad dat niet van het sjabloon is"),
    (
        with_cell("places", HEADER_ROW, 6, "Bedden"),
        "header_changed",
        (5,),
        (),
        "werkblad 'Invullen', rij 5: de koppen van de tabel zijn veranderd of verplaatst",
    ),
    (
        with_cell("places", 7, 9, "gesprek met de moeder"),
        "beside_the_table",
        (7,),
        (),
        "werkblad 'Invullen', rij 7: er staat iets buiten de tabel",
    ),
    (with_cell("places", 4, 1, "let op"), "beside_the_table", (4,), (), "rij 4: er staat iets buiten de tabel"),
    (
        lambda: filled("places", supplier="Gemeente Nergens"),
        "supplier_unknown",
        (2,),
        (SUPPLIER,),
        "rij 2, kolom 'Aanleveraar': de aanleveraar is niet ingevuld of is geen partij",
    ),
    (
        lambda: filled("places", supplier="Jeugd Veilig Verder", rows=[("Food Valley", *VALID["places"][2][0][1:])]),
        "not_yours_to_fill_in",
        (2,),
        (SUPPLIER,),
        "rij 2, kolom 'Aanleveraar': dit sjabloon wordt van deze aanleveraar niet gevraagd",
    ),
    (
        lambda: filled("waiting_lists", period="derde kwartaal"),
        "period_unknown",
        (3,),
        (PERIOD,),
        "rij 3, kolom 'Periode': de periode is niet ingevuld of is er geen van de overeenkomst",
    ),
    (
        lambda: filled("survey", period="2026Q1"),
        "period_unknown",
        (3,),
        (PERIOD,),
        "rij 3, kolom 'Periode': de periode is niet ingevuld of is er geen van de overeenkomst",
    ),
    (
        lambda: filled("waiting_lists", period="2099Q3"),
        "period_not_over",
        (3,),
        (PERIOD,),
        "rij 3, kolom 'Periode': de periode is nog niet voorbij",
    ),
    (lambda: filled("places", []), "nothing_filled_in", (), (), "er is geen regel ingevuld"),
    (
        with_cell("places", 7, 7, None),
        "cell_empty",
        (7,),
        ("Waarvan vrij",),
        "rij 7, kolom 'Waarvan vrij': de cel is leeg",
    ),
    (
        with_cell("places", 6, 6, "veertig"),
        "cell_no_number",
        (6,),
        ("Plekken",),
        "rij 6, kolom 'Plekken': er staat geen getal",
    ),
    (
        with_cell("places", 6, 6, "#DIV/0!"),
        "cell_empty",
        (6,),
        ("Plekken",),
        "rij 6, kolom 'Plekken': de cel is leeg, of haar formule mislukt",
    ),
    (
        with_cell("places", 6, 6, True),
        "cell_no_number",
        (6,),
        ("Plekken",),
        "rij 6, kolom 'Plekken': er staat geen getal",
    ),
    (
        with_cell("places", 6, 6, 40.5),
        "cell_not_whole",
        (6,),
        ("Plekken",),
        "rij 6, kolom 'Plekken': het getal is niet heel",
    ),
    (
        with_cell("survey", 7, 5, -1),
        "cell_negative",
        (7,),
        ("Buiten beschouwing",),
        "rij 7, kolom 'Buiten beschouwing': het getal is kleiner dan 0",
    ),
    (
        with_cell("places", 6, 4, "Hangmatten"),
        "cell_not_in_list",
        (6,),
        ("Soort hulp",),
        "rij 6, kolom 'Soort hulp': de waarde staat niet in de lijst",
    ),
    (
        with_cell("waiting_lists", 8, 1, "Rivierenland"),
        "region_not_served",
        (8,),
        ("Regio",),
        "rij 8, kolom 'Regio': in deze regio werkt de aanleveraar volgens de overeenkomst niet",
    ),
    (
        lambda: filled("places", [*VALID["places"][2], VALID["places"][2][0]]),
        "row_twice",
        (6, 8),
        (),
        "rij 6, 8: dezelfde regel staat er meer dan één keer",
    ),
    (
        with_cell("survey", 6, 3, 61),
        "part_above_whole",
        (6,),
        ("Waarvan", "Van"),
        "rij 6, kolom 'Waarvan', 'Van': het deel is groter dan het geheel",
    ),
    (
        with_cell("contract_results", 7, 3, 591),
        "part_above_whole",
        (7,),
        ("Teller", "Noemer"),
        "rij 7, kolom 'Teller', 'Noemer': het deel is groter dan het geheel",
    ),
    (
        with_cell("contract_results", 6, 4, 0),
        "of_nothing",
        (6,),
        ("Noemer",),
        "rij 6, kolom 'Noemer': er is een teller, terwijl de noemer 0 is",
    ),
    (
        with_cell("places", 6, 7, 41),
        "free_above_places",
        (6,),
        ("Plekken", "Waarvan vrij"),
        "rij 6, kolom 'Plekken', 'Waarvan vrij': er zijn meer vrije plekken dan plekken",
    ),
    (
        with_cell("places", 6, 8, "gisteren"),
        "cell_no_date",
        (6,),
        ("Opgave van",),
        "rij 6, kolom 'Opgave van': er staat geen datum",
    ),
    (
        with_cell("places", 6, 8, STATED + timedelta(days=1)),
        "stated_in_future",
        (6,),
        ("Opgave van",),
        "rij 6, kolom 'Opgave van': de dag van de opgave moet nog komen",
    ),
    (
        with_cell("places", 7, 8, STATED - timedelta(days=367)),
        "stated_too_long_ago",
        (7,),
        ("Opgave van",),
        "rij 7, kolom 'Opgave van': de opgave is meer dan een jaar oud",
    ),
    (
        with_cell("places", 7, 2, "Gezinshuis van der Meer"),
        "person_in_words",
        (7,),
        ("Aanbieder",),
        "rij 7, kolom 'Aanbieder': hierin kan een persoon worden herkend",
    ),
    (
        with_cell("contacts", 6, 3, "Team 999990019"),
        "person_in_words",
        (6,),
        ("Team of functie",),
        "rij 6, kolom 'Team of functie': hierin kan een persoon worden herkend",
    ),
    (
        with_cell("contacts", 6, 3, "geboren 12-03-2011"),
        "person_in_words",
        (6,),
        ("Team of functie",),
        "rij 6, kolom 'Team of functie': hierin kan een persoon worden herkend",
    ),
    (
        with_cell("contacts", 7, 5, "j.jansen@jvv.example"),
        "person_in_words",
        (7,),
        ("E-mail",),
        "rij 7, kolom 'E-mail': hierin kan een persoon worden herkend",
    ),
    (
        with_cell("contacts", 6, 3, "Het team dat " * 8),
        "cell_too_long",
        (6,),
        ("Team of functie",),
        "rij 6, kolom 'Team of functie': de tekst is langer dan hier past",
    ),
    (
        with_cell("contacts", 6, 4, "341 000 000"),
        "cell_no_phone",
        (6,),
        ("Telefoon",),
        "rij 6, kolom 'Telefoon': er staat geen telefoonnummer",
    ),
    (
        with_cell("contacts", 6, 4, "06 0000 0000"),
        "phone_of_a_person",
        (6,),
        ("Telefoon",),
        "rij 6, kolom 'Telefoon': er staat een mobiel nummer",
    ),
    (
        with_cell("contacts", 6, 5, "instroom bij jvv"),
        "cell_no_email",
        (6,),
        ("E-mail",),
        "rij 6, kolom 'E-mail': er staat geen e-mailadres",
    ),
    (
        with_cell("contacts", 7, 5, None),
        "no_way_to_reach",
        (7,),
        ("Telefoon", "E-mail"),
        "rij 7, kolom 'Telefoon', 'E-mail': er staat geen telefoonnummer en geen e-mailadres",
    ),
    (
        with_cell("contacts", 7, 7, "Noor 999990019"),
        "cell_no_name",
        (7,),
        ("Naam van een persoon",),
        "rij 7, kolom 'Naam van een persoon': er staat iets anders dan een naam",
    ),
    (
        with_cell("contacts", 7, 8, "Nee"),
        "name_without_consent",
        (7,),
        ("Naam van een persoon", "Stemt de persoon in?", "Naam tonen tot en met"),
        "er staat een naam van een persoon zonder instemming, of zonder laatste dag binnen een jaar",
    ),
    (
        with_cell("waiting_lists", 7, 5, 12),
        "wait_of_few",
        (7,),
        ("Jeugdigen op de laatste dag", "Gemiddelde wachttijd in dagen"),
        "rij 7, kolom 'Jeugdigen op de laatste dag', 'Gemiddelde wachttijd in dagen': van minder dan tien jeugdigen",
    ),
    (
        lambda: filled(
            "survey", [("Noord-Veluwe", "Werkplezier: variatie", 3, 4, 0), ("Food Valley", "Tijd aan hulp", 8, 16, 0)]
        ),
        "too_few_answers",
        (6,),
        ("Van",),
        "rij 6, kolom 'Van': van minder dan vijf is een antwoord te herleiden",
    ),
    (
        with_cell("joy_in_work", 12, 3, 8),
        "item_above_whole",
        (12,),
        ("Wat is geteld", "Medewerkers"),
        "rij 12, kolom 'Wat is geteld', 'Medewerkers': het deel is groter dan het geheel waar het bij hoort",
    ),
    (
        lambda: filled("joy_in_work", [*VALID["joy_in_work"][2][:5], *every("survey_item", 4, "Food Valley")]),
        "few_answered",
        (12,),
        ("Medewerkers",),
        "rij 12, kolom 'Medewerkers': van minder dan vijf medewerkers is een antwoord te herleiden",
    ),
    (
        with_cell("routes", 6, 3, 43),
        "outcomes_do_not_add_up",
        (6, 7),
        ("Aanmeldingen",),
        "rij 6, 7, kolom 'Aanmeldingen': aangenomen, ingetrokken of afgewezen, en wachtend zijn samen niet alle",
    ),
    (
        with_cell("time_sample", 7, 3, 193),
        "help_above_all_hours",
        (7,),
        ("Uren aan hulp", "Alle uren van het team"),
        "rij 7, kolom 'Uren aan hulp', 'Alle uren van het team': er zijn meer uren aan hulp dan uren",
    ),
]
