"""What must hold in a spreadsheet as a whole, and what can be right but seldom is."""

from dataclasses import dataclass, replace

import pandas as pd

from monitor.catalogue.expected import load_expected, served_regions
from monitor.intake.rule import Check, Finding, Rows, Severity, Words, examine
from monitor.intake.sheets.layout import FILL_IN
from monitor.intake.sheets.sheet import Sheet

FEWEST_FOR_A_MEAN = 10  # of fewer youths, the mean wait is nearly that of one child
FEWEST_ANSWERS = 5  # of fewer, an answer can be guessed at
LARGEST_FACTOR = 2
SMALLEST_JUMP = 10
# The number by which two periods of a template are compared.
SIZE = {"contract_results": "denominator", "waiting_lists": "youths", "places": "places", "survey": "denominator"}


@dataclass(frozen=True)
class InContext:
    """A sheet beside what the store has. ``before``: the table of the newest earlier period, as in `Sheet`.
    ``in_force``: region and measure group to the measures in force at the end of the same quarter."""

    sheet: Sheet
    before: pd.DataFrame | None
    in_force: dict[tuple[str, str], int]


def check(sheet: Sheet) -> list[Finding]:
    """What is wrong with a sheet by itself."""
    return _by_heading(sheet, examine(RULES, sheet))


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


def places_do_not_add_up(sheet: Sheet) -> Rows:
    table = sheet.table
    return _rows(sheet, table["occupied"] + table["free"] != table["places"]) if "places" in table else {}


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
        "places_do_not_add_up",
        Severity.ERROR,
        ("places", "occupied", "free"),
        Words(
            "bezette en vrije plekken tellen niet op tot de plekken",
            "Een plek is bezet of vrij: verbeter het aantal dat niet klopt.",
        ),
        Words(
            "places occupied and free do not add up to the places",
            "A place is occupied or free: correct the number that is wrong.",
        ),
        places_do_not_add_up,
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
