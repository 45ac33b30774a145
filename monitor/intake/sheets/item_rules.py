"""What must hold between the rows of a spreadsheet in which each row is one thing that was counted."""

from collections.abc import Iterator

import pandas as pd

from monitor.catalogue.expected import PART_OF, load_expected
from monitor.intake.rule import Check, Rows, Severity, Words
from monitor.intake.sheets.layout import FILL_IN
from monitor.intake.sheets.sheet import Sheet

FEWEST_ANSWERED = 5  # of fewer, an answer can be guessed at

# What became of a registration, by what its code begins with: one of these, each once.
BECAME = ("accepted_", "dropped_", "pending_")
REGISTERED = ("route_1", "route_2")


def item_above_whole(sheet: Sheet) -> Rows:
    rows = [
        int(of.index[of["item"] == part][0])
        for of in _by_region(sheet)
        for part, wholes in PART_OF.get(sheet.code, ())
        if (numbers := _numbers(of, (part, *wholes))) and numbers[part] > sum(numbers[one] for one in wholes)
    ]
    return {FILL_IN: sorted(rows)} if rows else {}


def outcomes_do_not_add_up(sheet: Sheet) -> Rows:
    """Of all registrations, each was accepted, withdrawn or refused, or still waits."""
    if sheet.code != "routes":
        return {}
    became = tuple(code for code in _items(sheet) if code.startswith(BECAME))
    rows = [
        int(row)
        for of in _by_region(sheet)
        if (numbers := _numbers(of, (*became, *REGISTERED)))
        and sum(numbers[one] for one in became) != sum(numbers[one] for one in REGISTERED)
        for row in of.index[of["item"].isin(REGISTERED)]
    ]
    return {FILL_IN: sorted(rows)} if rows else {}


def help_above_all_hours(sheet: Sheet) -> Rows:
    if "help_hours" not in sheet.table:
        return {}
    rows = [int(row) for row in sheet.table.index[sheet.table["help_hours"] > sheet.table["all_hours"]]]
    return {FILL_IN: rows} if rows else {}


def few_answered(sheet: Sheet) -> Rows:
    table = sheet.table
    if sheet.code != "joy_in_work":
        return {}
    rows = [int(row) for row in table.index[table["item"].eq("answered") & table["number"].lt(FEWEST_ANSWERED)]]
    return {FILL_IN: rows} if rows else {}


def items_left_out(sheet: Sheet) -> Rows:
    """Regions, or the whole sheet where it has none, in which not everything of the list was filled in."""
    if "item" not in sheet.table:
        return {}
    every = set(_items(sheet))
    return {
        str(of["region"].iloc[0]) if "region" in of else FILL_IN: []
        for of in _by_region(sheet)
        if every - set(of["item"])
    }


def _items(sheet: Sheet) -> tuple[str, ...]:
    return tuple(load_expected().options(sheet.template.column("item").kind))


def _by_region(sheet: Sheet) -> Iterator[pd.DataFrame]:
    """The rows of each region; all of them where there are none; nothing of a sheet without items."""
    if "item" not in sheet.table:
        return
    if "region" not in sheet.table:
        yield sheet.table
        return
    for _, of in sheet.table.groupby("region", sort=True):
        yield of


def _numbers(of: pd.DataFrame, items: tuple[str, ...]) -> dict[str, float]:
    """The number of each of these items; empty unless all of them are there."""
    found = dict(zip(of["item"], of["number"], strict=True))
    return {item: float(found[item]) for item in items} if set(items) <= set(found) else {}


ITEM_RULES = (
    Check(
        "item_above_whole",
        Severity.ERROR,
        ("item", "number"),
        Words(
            "het deel is groter dan het geheel waar het bij hoort",
            "Verbeter het aantal dat niet klopt; het blad Toelichting zegt wat waar hoort.",
        ),
        Words(
            "the part is larger than the whole that it belongs to",
            "Correct the number that is wrong; the sheet Toelichting says what belongs where.",
        ),
        item_above_whole,
    ),
    Check(
        "outcomes_do_not_add_up",
        Severity.ERROR,
        ("number",),
        Words(
            "aangenomen, ingetrokken of afgewezen, en wachtend zijn samen niet alle aanmeldingen",
            "Tel elke aanmelding één keer, naar wat ervan werd; wie nog wacht bij de dag tot waar die is gevolgd.",
        ),
        Words(
            "accepted, withdrawn or refused, and waiting are together not all registrations",
            "Count each registration once, by what became of it; who waits by the day up to which it was followed.",
        ),
        outcomes_do_not_add_up,
    ),
    Check(
        "help_above_all_hours",
        Severity.ERROR,
        ("help_hours", "all_hours"),
        Words(
            "er zijn meer uren aan hulp dan uren",
            "Uren aan hulp zijn een deel van alle uren van het team in die week.",
        ),
        Words(
            "there are more hours of help than hours",
            "Hours of help are a part of all hours of the team in that week.",
        ),
        help_above_all_hours,
    ),
    Check(
        "few_answered",
        Severity.ERROR,
        ("number",),
        Words(
            "van minder dan vijf medewerkers is een antwoord te herleiden",
            "Laat deze regio weg, of vul haar in voor een groep van vijf of meer.",
        ),
        Words(
            "of fewer than five workers an answer can be traced",
            "Leave this region out, or fill it in for a group of five or more.",
        ),
        few_answered,
    ),
    Check(
        "items_left_out",
        Severity.WARNING,
        ("item",),
        Words(
            "niet alles van de lijst is ingevuld",
            "Vul ook in waarvan er geen waren, met 0; wat op een ontbrekende regel rust, geldt als niet aangeleverd.",
        ),
        Words(
            "not everything of the list was filled in",
            "Fill in what there was none of too, with 0; what rests on a row that is missing counts as not delivered.",
        ),
        items_left_out,
    ),
)
