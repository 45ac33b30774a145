"""What must hold in a spreadsheet as a whole, and what can be right but seldom is."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from monitor.catalogue import load_providers
from monitor.catalogue.expected import WORDS, load_expected, served_regions
from monitor.intake.rule import Check, Finding, Rows, Rule, Severity, Words, examine
from monitor.intake.sheets.item_rules import ITEM_RULES
from monitor.intake.sheets.layout import FILL_IN
from monitor.intake.sheets.sheet import Sheet
from pseudonymise.agreement import load_agreement
from pseudonymise.text import Span

Finder = Callable[[str], Sequence[Span]]
"""The text guard: the places in a text that may point at a person."""

FEWEST_FOR_A_MEAN = 10  # of fewer youths, the mean wait is nearly that of one child
FEWEST_ANSWERS = 5  # of fewer, an answer can be guessed at
LARGEST_FACTOR = 2
SMALLEST_JUMP = 10
# The number by which two periods of a template are compared.
SIZE = {
    "contract_results": "denominator",
    "waiting_lists": "youths",
    "survey": "denominator",
    "help_outcomes": "number",
    "help_requests": "number",
    "time_sample": "all_hours",
    "joy_in_work": "number",
    "routes": "number",
    "room": "number",
    "burden": "number",
}
LONGEST_STATED = timedelta(days=366)  # a statement of longer ago says nothing any more
LONGEST_NAMED = timedelta(days=366)  # consent is asked again at least once a year


@dataclass(frozen=True)
class InContext:
    """A sheet beside what the store has. ``before``: the table of the newest earlier period, as in `Sheet`.
    ``in_force``: region and measure group to the measures in force at the end of the same quarter."""

    sheet: Sheet
    before: pd.DataFrame | None
    in_force: dict[tuple[str, str], int]


@dataclass(frozen=True)
class OnDay:
    """A sheet on the day on which it comes in."""

    sheet: Sheet
    today: date


def check(sheet: Sheet, today: date, find: Finder) -> list[Finding]:
    """What is wrong with a sheet by itself, on the day on which it comes in. ``find``: the text guard, which is asked
    nothing when the template has no words."""
    found = [*examine(RULES, sheet), *examine(ON_DAY, OnDay(sheet, today)), *persons_in_words(sheet, find)]
    return _by_heading(sheet, found)


def compare(context: InContext) -> list[Finding]:
    """What is strange in a sheet beside what the store has."""
    return _by_heading(context.sheet, examine(IN_CONTEXT, context))


def _by_heading(sheet: Sheet, findings: list[Finding]) -> list[Finding]:
    """The columns by their heading, which is how its supplier knows them."""
    headings = {column.code: column.nl for column in sheet.template.columns}
    return [replace(one, columns=tuple(headings[code] for code in one.columns)) for one in findings]


def row_twice(sheet: Sheet) -> Rows:
    return _rows(sheet, sheet.table.duplicated(sheet.template.keys, keep=False))


def part_above_whole(sheet: Sheet) -> Rows:
    """Of a share the numerator is a part of the denominator; a caseload can be anything."""
    table = sheet.table
    if "numerator" not in table:
        return {}
    kind = sheet.template.columns[1]
    shares = {code for code, option in load_expected().options(kind.kind).items() if option.share}
    return _rows(sheet, table[kind.code].isin(shares) & table["numerator"].gt(table["denominator"]))


def of_nothing(sheet: Sheet) -> Rows:
    table = sheet.table
    return _rows(sheet, table["numerator"].gt(0) & table["denominator"].eq(0)) if "numerator" in table else {}


def free_above_places(sheet: Sheet) -> Rows:
    table = sheet.table
    return _rows(sheet, table["free"] > table["places"]) if "places" in table else {}


def no_way_to_reach(sheet: Sheet) -> Rows:
    table = sheet.table
    return _rows(sheet, table["phone"].isna() & table["email"].isna()) if "phone" in table else {}


def stated_in_future(on: OnDay) -> Rows:
    return _stated(on, lambda stated: stated > on.today)


def stated_too_long_ago(on: OnDay) -> Rows:
    return _stated(on, lambda stated: stated < on.today - LONGEST_STATED)


def stated_before_renewal(on: OnDay) -> Rows:
    """Statements that count as fresh no more when they come in, though not so old that they are refused."""
    renewed_by = on.sheet.template.renewed_by
    return _stated(on, lambda stated: on.today - LONGEST_STATED <= stated and renewed_by(stated) < on.today)


def name_without_consent(on: OnDay) -> Rows:
    """A name stands there with consent and up to a day that is not over and at most a year away, or not at all."""
    table = on.sheet.table
    if "person" not in table:
        return {}
    term = table["person_until"].map(lambda until: until is not None and on.today <= until <= on.today + LONGEST_NAMED)
    return _rows(on.sheet, table["person"].notna() & ~(term.astype(bool) & table["consent"].eq("yes")))


def persons_in_words(sheet: Sheet, find: Finder) -> list[Finding]:
    """Of each column with words, the rows in which the text guard finds a person; of an address, in its first part."""
    said = {code: _words_in(sheet, code) for code in _guarded(sheet)}
    found = {code: [row for row, words in of.items() if words and find(words)] for code, of in said.items()}
    return [Finding(PERSON_IN_WORDS, FILL_IN, tuple(rows), (code,)) for code, rows in found.items() if rows]


def _guarded(sheet: Sheet) -> list[str]:
    return [column.code for column in sheet.template.columns if column.kind in (*WORDS, "email")]


def _words_in(sheet: Sheet, code: str) -> dict[int, str]:
    """The row to what the guard is asked; empty for the name of a provider that was looked at before."""
    known = {name.casefold() for name in load_providers()} if code == "provider" else set()
    as_words = _mailbox if sheet.template.column(code).kind == "email" else str
    said = sheet.table[code].dropna()
    rows = zip(map(int, said.index), said, strict=True)
    return {row: "" if words.casefold() in known else as_words(words) for row, words in rows}


def _mailbox(address: str) -> str:
    """``instroom.ede@...`` as words: what stands before the @, without the codes of institutions."""
    codes = {one.code.casefold() for one in load_agreement().institutions}
    return " ".join(part for part in re.split(r"[._+-]", address.split("@")[0]) if part.casefold() not in codes)


def _stated(on: OnDay, wrong: Callable[[date], bool]) -> Rows:
    table = on.sheet.table
    return _rows(on.sheet, table["stated_on"].map(wrong).astype(bool)) if "stated_on" in table else {}


def wait_of_few(sheet: Sheet) -> Rows:
    table = sheet.table
    if "mean_wait_days" not in table:
        return {}
    return _rows(sheet, table["mean_wait_days"].notna() & table["youths"].lt(FEWEST_FOR_A_MEAN))


def wait_missing(sheet: Sheet) -> Rows:
    table = sheet.table
    if "mean_wait_days" not in table:
        return {}
    return _rows(sheet, table["mean_wait_days"].isna() & table["youths"].ge(FEWEST_FOR_A_MEAN))


def too_few_answers(sheet: Sheet) -> Rows:
    return _rows(sheet, sheet.table["denominator"].lt(FEWEST_ANSWERS)) if sheet.code == "survey" else {}


def region_left_out(sheet: Sheet) -> Rows:
    if "region" not in sheet.table:
        return {}
    return {code: [] for code in served_regions(sheet.supplier) if code not in set(sheet.table["region"])}


def jump_from_before(context: InContext) -> Rows:
    """A row that is more than twice, or less than half, what it was the period before."""
    sheet, before = context.sheet, context.before
    if before is None:
        return {}
    size, keys = SIZE[sheet.code], sheet.template.keys
    pairs = sheet.table.reset_index().merge(before[[*keys, size]], on=keys, suffixes=("", "_before")).set_index("row")
    now, then = pairs[size], pairs[f"{size}_before"]
    jumped = ((now > LARGEST_FACTOR * then) | (then > LARGEST_FACTOR * now)) & (now - then).abs().ge(SMALLEST_JUMP)
    return _rows(sheet, jumped)


def more_waiting_than_in_force(context: InContext) -> Rows:
    """Lists overlap when a youth stands on both: then together they can hold more than there are measures."""
    table, keys = context.sheet.table, ["region", "measure_group"]
    if context.sheet.code != "waiting_lists" or not context.in_force:
        return {}
    listed = table.groupby(keys)["youths"].transform("sum")
    in_force = [context.in_force.get(key, 0) for key in table[keys].itertuples(index=False, name=None)]
    return _rows(context.sheet, listed > pd.Series(in_force, index=table.index))


def _rows(sheet: Sheet, wrong: "pd.Series[bool]") -> Rows:
    rows = [int(row) for row in wrong.index[wrong.fillna(False).astype(bool)]]
    return {FILL_IN: rows} if rows else {}


RULES = (
    Check(
        "row_twice",
        Severity.ERROR,
        (),
        Words("dezelfde regel staat er meer dan één keer", "Laat van deze regels één over, met het juiste aantal."),
        Words("the same row is there more than once", "Keep one of these rows, with the right number."),
        row_twice,
    ),
    Check(
        "part_above_whole",
        Severity.ERROR,
        ("numerator", "denominator"),
        Words(
            "het deel is groter dan het geheel",
            "Zet het deel en het geheel in de goede kolom; het blad Toelichting zegt wat waar hoort.",
        ),
        Words(
            "the part is larger than the whole",
            "Put part and whole in the right column; the sheet Toelichting says what belongs where.",
        ),
        part_above_whole,
    ),
    Check(
        "of_nothing",
        Severity.ERROR,
        ("denominator",),
        Words(
            "er is een teller, terwijl de noemer 0 is",
            "Vul de noemer in, of laat de regel weg als u die niet weet.",
        ),
        Words(
            "there is a numerator, while the denominator is 0",
            "Fill in the denominator, or leave the row out when you do not know it.",
        ),
        of_nothing,
    ),
    Check(
        "free_above_places",
        Severity.ERROR,
        ("places", "free"),
        Words(
            "er zijn meer vrije plekken dan plekken",
            "Vrij is een deel van de plekken: verbeter het aantal dat niet klopt.",
        ),
        Words(
            "there are more free places than places",
            "Free is a part of the places: correct the number that is wrong.",
        ),
        free_above_places,
    ),
    Check(
        "no_way_to_reach",
        Severity.ERROR,
        ("phone", "email"),
        Words(
            "er staat geen telefoonnummer en geen e-mailadres",
            "Vul het algemene nummer of de postbus van het team in, of haal de regel weg.",
        ),
        Words(
            "there is no telephone number and no e-mail address",
            "Fill in the general number or the mailbox of the team, or remove the row.",
        ),
        no_way_to_reach,
    ),
    Check(
        "wait_of_few",
        Severity.ERROR,
        ("youths", "mean_wait_days"),
        Words(
            "van minder dan tien jeugdigen zou de gemiddelde wachttijd iets over één kind zeggen",
            "Laat de wachttijd in deze regel leeg; het aantal mag blijven staan.",
        ),
        Words(
            "of fewer than ten youths the mean wait would say something about one child",
            "Leave the wait of this row empty; the number can stay.",
        ),
        wait_of_few,
    ),
    Check(
        "wait_missing",
        Severity.WARNING,
        ("mean_wait_days",),
        Words(
            "de gemiddelde wachttijd ontbreekt",
            "Vul de wachttijd in die u ook aan de NZa opgeeft; zonder geldt zij als niet aangeleverd.",
        ),
        Words(
            "the mean wait is missing",
            "Fill in the wait that you report to the health authority too; without, it counts as not delivered.",
        ),
        wait_missing,
    ),
    Check(
        "too_few_answers",
        Severity.ERROR,
        ("denominator",),
        Words(
            "van minder dan vijf is een antwoord te herleiden",
            "Laat de regel weg, of vul haar in voor een groep van vijf of meer.",
        ),
        Words(
            "of fewer than five an answer can be traced",
            "Leave the row out, or fill it in for a group of five or more.",
        ),
        too_few_answers,
    ),
    Check(
        "region_left_out",
        Severity.WARNING,
        ("region",),
        Words(
            "van deze regio is niets ingevuld",
            "Vul haar in, met 0 als er niets was; zonder geldt zij als niet aangeleverd.",
        ),
        Words(
            "nothing was filled in for this region",
            "Fill it in, with 0 when there was nothing; without, it counts as not delivered.",
        ),
        region_left_out,
    ),
    *ITEM_RULES,
)

ON_DAY = (
    Check(
        "stated_in_future",
        Severity.ERROR,
        ("stated_on",),
        Words("de dag van de opgave moet nog komen", "Vul de dag in waarop de aanbieder dit opgaf."),
        Words("the day of the statement is still to come", "Fill in the day on which the provider stated this."),
        stated_in_future,
    ),
    Check(
        "stated_too_long_ago",
        Severity.ERROR,
        ("stated_on",),
        Words(
            "de opgave is meer dan een jaar oud",
            "Vraag de aanbieder om een nieuwe opgave, of haal de regel weg.",
        ),
        Words(
            "the statement is more than a year old",
            "Ask the provider for a new statement, or remove the row.",
        ),
        stated_too_long_ago,
    ),
    Check(
        "stated_before_renewal",
        Severity.WARNING,
        ("stated_on",),
        Words(
            "de opgave is zo oud dat zij vervaagd wordt getoond en niet meetelt",
            "Vraag de aanbieder om een nieuwe opgave. Tot dan staat erbij dat zij moet worden nagevraagd.",
        ),
        Words(
            "the statement is so old that it is shown faded and does not count",
            "Ask the provider for a new statement. Until then it stands there as to be asked for.",
        ),
        stated_before_renewal,
    ),
    Check(
        "name_without_consent",
        Severity.ERROR,
        ("person", "consent", "person_until"),
        Words(
            "er staat een naam van een persoon zonder instemming, of zonder laatste dag binnen een jaar",
            "Vul 'Ja' in als de persoon instemt, met een laatste dag binnen een jaar; of haal de naam weg.",
        ),
        Words(
            "there is a name of a person without consent, or without a last day within a year",
            "Fill in 'Ja' when the person consents, with a last day within a year; or remove the name.",
        ),
        name_without_consent,
    ),
)

PERSON_IN_WORDS = Rule(
    "person_in_words",
    Severity.ERROR,
    (),
    Words(
        "hierin kan een persoon worden herkend",
        "Noem het team, de functie of de aanbieder, nooit een persoon; een nummer of datum hoort er niet in. Is het de "
        "naam van een aanbieder, vraag dan de beheerder om die naam te bezien.",
    ),
    Words(
        "a person may be recognised in this",
        "Name the team, the role or the provider, never a person; a number or date does not belong in it. If it is the "
        "name of a provider, ask the steward to look at that name.",
    ),
)

IN_CONTEXT = (
    Check(
        "jump_from_before",
        Severity.WARNING,
        (),
        Words(
            "het aantal is meer dan verdubbeld of gehalveerd sinds de vorige periode",
            "Controleer het aantal. Klopt het, dan hoeft u niets te doen.",
        ),
        Words(
            "the number has more than doubled or halved since the period before",
            "Check the number. If it is right, there is nothing to do.",
        ),
        jump_from_before,
    ),
    Check(
        "more_waiting_than_in_force",
        Severity.WARNING,
        ("youths",),
        Words(
            "op de lijsten staan samen meer jeugdigen dan er volgens uw aanlevering maatregelen lopen",
            "Een jeugdige staat op één lijst: controleer of niemand op beide telt.",
        ),
        Words(
            "together the lists hold more youths than your delivery has measures in force",
            "A youth stands on one list: see whether nobody counts on both.",
        ),
        more_waiting_than_in_force,
    ),
)
