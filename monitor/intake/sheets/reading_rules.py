"""What can be wrong in a workbook before its figures are looked at together. All of these block: nothing was read."""

from monitor.intake.rule import Rule, Severity, Words

NEW_NL = "Neem een nieuw sjabloon ('verbetermonitor template', of de pagina Aanleveren) en neem uw cijfers daarin over."
NEW_EN = "Take a new template ('verbetermonitor template', or the page Deliver) and copy your figures into it."


def _error(code: str, nl: tuple[str, str], en: tuple[str, str]) -> Rule:
    return Rule(code, Severity.ERROR, (), Words(*nl), Words(*en))


NO_WORKBOOK = _error(
    "no_workbook",
    ("het bestand is geen Excel-werkmap", "Bewaar de werkmap als .xlsx, zonder wachtwoord."),
    ("the file is not an Excel workbook", "Save the workbook as .xlsx, without a password."),
)
WORKBOOK_TOO_LARGE = _error(
    "workbook_too_large",
    ("de werkmap is beschadigd of pakt uit tot meer dan een sjabloon kan zijn", NEW_NL),
    ("the workbook is damaged or unpacks to more than a template can be", NEW_EN),
)
NO_TEMPLATE = _error(
    "no_template",
    ("de werkmap is niet gemaakt met een sjabloon van de monitor", NEW_NL),
    ("the workbook was not made with a template of the monitor", NEW_EN),
)
OTHER_VERSION = _error(
    "other_version",
    ("het sjabloon is van een andere versie", NEW_NL),
    ("the template is of another version", NEW_EN),
)
SHEET_ADDED = _error(
    "sheet_added",
    (
        "de werkmap bevat een werkblad dat niet van het sjabloon is",
        "Verwijder dat werkblad: wat niet is gevraagd, mag niet worden verstuurd.",
    ),
    (
        "the workbook holds a sheet that is not the template's",
        "Remove that sheet: what was not asked for may not be sent.",
    ),
)
HEADER_CHANGED = _error(
    "header_changed",
    ("de koppen van de tabel zijn veranderd of verplaatst", NEW_NL),
    ("the headings of the table were changed or moved", NEW_EN),
)
BESIDE_THE_TABLE = _error(
    "beside_the_table",
    (
        "er staat iets buiten de tabel",
        "Maak die cellen leeg: een opmerking kan over een persoon gaan en wordt niet aangenomen.",
    ),
    (
        "there is something outside the table",
        "Clear those cells: a remark can be about a person and is not accepted.",
    ),
)
SUPPLIER_UNKNOWN = _error(
    "supplier_unknown",
    ("de aanleveraar is niet ingevuld of is geen partij", "Kies de aanleveraar uit de lijst in die cel."),
    ("the supplier is not filled in or is no party", "Choose the supplier from the list in that cell."),
)
NOT_YOURS_TO_FILL_IN = _error(
    "not_yours_to_fill_in",
    (
        "dit sjabloon wordt van deze aanleveraar niet gevraagd",
        "Kijk op de pagina Aanleveren welke sjablonen van u worden verwacht.",
    ),
    (
        "this template is not asked of this supplier",
        "See on the page Deliver which templates are expected of you.",
    ),
)
SUPPLIER_NOT_YOU = _error(
    "supplier_not_you",
    (
        "de aanleveraar is een ander dan u bent aangemeld",
        "Kies uw eigen naam, of laat die ander zelf aanleveren.",
    ),
    (
        "the supplier is another than you are signed in as",
        "Choose your own name, or let the other deliver it.",
    ),
)
PERIOD_UNKNOWN = _error(
    "period_unknown",
    (
        "de periode is niet ingevuld of is er geen van de overeenkomst",
        "Kies de periode uit de lijst in die cel, zoals 2026Q3, of 2025 voor een jaar.",
    ),
    (
        "the period is not filled in or is none of the agreement",
        "Choose the period from the list in that cell, like 2026Q3, or 2025 for a year.",
    ),
)
PERIOD_NOT_OVER = _error(
    "period_not_over",
    ("de periode is nog niet voorbij", "Lever aan als de periode om is, of kies een eerdere."),
    ("the period is not over yet", "Deliver when the period is over, or choose an earlier one."),
)
NOTHING_FILLED_IN = _error(
    "nothing_filled_in",
    ("er is geen regel ingevuld", "Vul ten minste een regel in; vul 0 in waar er niets was."),
    ("no row was filled in", "Fill in at least one row; fill in 0 where there was nothing."),
)
CELL_EMPTY = _error(
    "cell_empty",
    (
        "de cel is leeg, of haar formule mislukt",
        "Vul 0 in als er niets was; laat de hele regel weg als u het niet weet.",
    ),
    (
        "the cell is empty, or its formula fails",
        "Fill in 0 when there was nothing; leave the whole row out when you do not know.",
    ),
)
CELL_NO_NUMBER = _error(
    "cell_no_number",
    ("er staat geen getal", "Vul alleen een getal in, zonder tekst, teken of formule die mislukt."),
    ("there is no number", "Fill in a number only, without text, sign or a formula that fails."),
)
CELL_NOT_WHOLE = _error(
    "cell_not_whole",
    ("het getal is niet heel", "Vul een geheel aantal in."),
    ("the number is not whole", "Fill in a whole number."),
)
CELL_NEGATIVE = _error(
    "cell_negative",
    ("het getal is kleiner dan 0", "Vul 0 of meer in."),
    ("the number is below 0", "Fill in 0 or more."),
)
CELL_NOT_IN_LIST = _error(
    "cell_not_in_list",
    ("de waarde staat niet in de lijst", "Kies een waarde uit de lijst in die cel."),
    ("the value is not in the list", "Choose a value from the list in that cell."),
)
CELL_NO_DATE = _error(
    "cell_no_date",
    ("er staat geen datum", "Vul een datum in, zoals 30-09-2026."),
    ("there is no date", "Fill in a date, like 30-09-2026."),
)
CELL_TOO_LONG = _error(
    "cell_too_long",
    ("de tekst is langer dan hier past", "Schrijf alleen de naam, zonder toelichting."),
    ("the text is longer than fits here", "Write the name only, without remarks."),
)
CELL_NO_PHONE = _error(
    "cell_no_phone",
    (
        "er staat geen telefoonnummer",
        "Vul het algemene nummer in, met netnummer en als tekst: anders laat de spreadsheet de eerste nul weg.",
    ),
    (
        "there is no telephone number",
        "Fill in the general number, with its area code and as text: else the spreadsheet drops the first zero.",
    ),
)
PHONE_OF_A_PERSON = _error(
    "phone_of_a_person",
    (
        "er staat een mobiel nummer, en dat is meestal van een persoon",
        "Vul het algemene nummer van het team in, of laat de cel leeg en geef een e-mailadres van het team.",
    ),
    (
        "there is a mobile number, which is mostly a person's",
        "Fill in the general number of the team, or leave the cell empty and give an e-mail address of the team.",
    ),
)
CELL_NO_EMAIL = _error(
    "cell_no_email",
    ("er staat geen e-mailadres", "Vul één adres in, zoals instroom@voorbeeld.nl."),
    ("there is no e-mail address", "Fill in one address, like instroom@voorbeeld.nl."),
)
CELL_NO_NAME = _error(
    "cell_no_name",
    (
        "er staat iets anders dan een naam",
        "Schrijf alleen een naam, zonder cijfers, haakjes of adres; of laat de cel leeg.",
    ),
    (
        "there is something else than a name",
        "Write a name only, without digits, brackets or address; or leave the cell empty.",
    ),
)
REGION_NOT_SERVED = _error(
    "region_not_served",
    (
        "in deze regio werkt de aanleveraar volgens de overeenkomst niet",
        "Haal de regel weg, of meld de beheerder dat de overeenkomst is veranderd.",
    ),
    (
        "the agreement does not place the supplier in this region",
        "Remove the row, or tell the steward that the agreement has changed.",
    ),
)

RULES = tuple(value for value in list(globals().values()) if isinstance(value, Rule))
