"""A look at an unknown export: what each column seems to hold, how sure that is, and a mapping to start from.

A guess from the name of a column and from the shape of its first values. What may point at a person is found by
shape and by the text guard, and never mapped. Nothing quotes a value: headers alone, and those only when the first
row is one.
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from pathlib import Path

import pandas as pd
from python_calamine import CalamineError

from pseudonymise.agreement import load_agreement, municipality_changes, municipality_regions
from pseudonymise.errors import UserError
from pseudonymise.sources.beleidsinformatie import can_be_bsn
from pseudonymise.sources.dates import DateKind, read_dates
from pseudonymise.sources.ijw import read_products
from pseudonymise.sources.mapping import BORN, CASE_DATES, IJW_ELEMENTS, registered_field
from pseudonymise.sources.protocol import load_protocol
from pseudonymise.sources.xlsx import as_text, open_workbook
from pseudonymise.text import IN_DUTCH, Kind, Level, find

ROWS_READ = 1_000
VALUES_GUARDED = 30  # different ones of a column, as the guard takes some milliseconds for each
MOST = 0.8  # of the values of a column must have a shape for the column to have it
BYTES_SNIFFED = 1 << 20
SENTENCE = 5  # words: free text, on average

FORMS = ("%d-%m-%Y", "%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%d-%m-%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%d %B %Y")
ENCODINGS = ("utf-8-sig", "cp1252")
SEPARATORS = (";", ",", "\t", "|")


class Sure(IntEnum):
    """How sure a guess is: of neither name nor shape, of one of them, of both."""

    NOT = 0
    MAYBE = 1
    LIKELY = 2
    CERTAIN = 3

    @property
    def nl(self) -> str:
        return ("onbekend", "misschien", "waarschijnlijk", "zeker")[self]


@dataclass(frozen=True)
class Column:
    """``field`` is ours, "" for none. ``personal``: of what kind it seems to be, "" when of none; never mapped."""

    name: str
    field: str
    sure: Sure
    personal: str
    form: str = ""  # of its dates
    words: tuple[str, ...] = ()  # that stand for a type of measure


@dataclass(frozen=True)
class Inspection:
    """What a table of an export seems to be. ``settings`` are the lines of its source in a mapping."""

    place: str
    settings: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: int
    counted: str = "rijen"


# What a column is called, by field; the first that fits counts. All of the parts must be in the name.
NAMES: tuple[tuple[str, str], ...] = (
    (BORN, r"gebo?or"),
    ("transferred_in", r"gekregen|overgenomen|ontvangen_van"),
    ("transferred_out", r"overgedragen|overdracht"),
    ("vt_investigation_needed", r"onderzoek.*nodig"),
    ("council_investigation_started", r"raadsonderzoek|start.*onderzoek"),
    ("vt_investigation_started", r"onderzoek.*(start|begin)"),
    ("vt_judgement", r"oordeel"),
    ("council_request_received", r"vto|verzoek"),
    ("council_report", r"rapport"),
    ("report_received", r"melding.*ontvangen|meld.*datum"),
    ("order_received", r"ontvang|kennis"),
    ("court_order", r"beschikking|uitspraak|aanvang"),
    ("first_contact", r"contact|gesprek"),
    ("worker_assigned", r"medewerker|jeugdbeschermer|voogd\b"),
    ("plan_established", r"plan|koers"),
    ("help_started", r"hulp"),
    ("ended", r"eind|afgesloten|gesloten"),
)
ENTERED = r"invoer|ingevoerd|geregistreerd op"
CASE = r"zaak|dossier|traject|kenmerk|casus|meldingsnummer"
TYPE, REASON, MUNICIPALITY = r"soort|type|maatregel", r"reden", r"gemeente|gem_"
PERSONAL_NAMES = (
    ("BSN", r"bsn|burgerservice|sofi"),
    ("naam", r"naam|roepnaam|achternaam|cli[eë]nt$"),
    ("adres", r"adres|straat|huisn|plaats\b"),
    ("postcode", r"postc|_pc$"),
    ("telefoonnummer", r"tel(efoon)?"),
    ("e-mailadres", r"mail"),
    ("vrije tekst", r"notitie|opmerking|toelichting|rapportage|commentaar"),
    ("geslacht", r"geslacht|sekse"),
)
# Words for types of measure, as case systems write them.
MEASURES = (
    ("12", r"v(oorlopige)?\.? ?ots|voorlopige ondertoezicht"),
    ("11", r"ots|ondertoezichtstelling"),
    ("22", r"(vl\.?|voorlopige) voogdij"),
    ("23", r"tijd(\.|elijke) voogdij"),
    ("21", r"voogdij"),
    ("42", r".*vrijwillig.*"),
    ("41", r"toezicht en begeleiding.*|jr gedwongen|jeugdreclassering.*"),
    ("50", r"itb (hk|harde kern)"),
    ("51", r"itb criem"),
    ("63", r"(vb\.?|voorbereiding) gbm|gbm voorbereiding"),
    ("62", r"gbm"),
    ("31", r"preventief.*"),
)


def inspect(path: Path) -> list[Inspection]:
    """Every table in a file; UserError when it is of no kind that can be read."""
    if not path.is_file():
        raise UserError(f"{path}: bestaat niet of is een map. Controleer de naam van de uitdraai.")
    start = path.read_bytes()[:BYTES_SNIFFED] if path.stat().st_size <= BYTES_SNIFFED else _start_of(path)
    if not start.strip():
        raise UserError(f"{path.name}: is leeg. Draai opnieuw uit.")
    if _is_messages(path, start):
        return [_messages(path)]
    if start[:2] == b"PK" or start[:4] == b"\xd0\xcf\x11\xe0":
        return _workbook(path)
    encoding, text = _decoded(start)
    lines = text.splitlines()[:ROWS_READ]
    separator = _separator(lines)
    if separator is None:
        return [_fixed_width(path, lines, encoding)]
    rows = list(islice(csv.reader(io.StringIO(text), delimiter=separator), ROWS_READ))
    if len(text) >= BYTES_SNIFFED // 2:
        rows = rows[:-1]  # the last may be cut
    settings = ('format = "csv"', f'encoding = "{encoding}"', f'separator = "{separator}"'.replace("\t", r"\t"))
    return [_table(path.name, path.name, settings, rows)]


def as_mapping(inspections: Sequence[Inspection], file: str) -> str:
    """A mapping to start from, in TOML: what is sure as it is, what is not as a comment to decide on."""
    parts = ["# Een begin, gemaakt door te kijken naar namen en vormen van kolommen. Controleer elke regel."]
    for one in inspections:
        parts.append(f'\n[[sources]]\nfile = "{_quoted(file)}"')
        parts += one.settings
        if not one.columns:
            continue
        forms = Counter(column.form for column in one.columns if column.form and not column.personal)
        dates = [form for form, _ in forms.most_common()] or ["%d-%m-%Y"]
        parts.append("dates = " + (f'"{dates[0]}"' if len(dates) == 1 else str(dates).replace("'", '"')))
        taken: set[str] = set()
        entered = []
        parts.append("[sources.columns]")
        for column in sorted(one.columns, key=lambda column: -column.sure):
            line = f'{column.field} = "{_quoted(column.name)}"'
            if column.personal or not column.field:
                continue
            if column.field.endswith("_registered"):
                entered.append(f'{column.field.removesuffix("_registered")} = "{_quoted(column.name)}"')
            elif column.sure >= Sure.LIKELY and column.field not in taken:
                parts.append(line)
                taken.add(column.field)
            else:
                parts.append(f"# {line}  # {column.sure.nl}")
        if entered:
            parts += ["[sources.registered]", *(f"# {line}" for line in entered)]
        words = [word for column in one.columns if column.field == "measure_type" for word in column.words]
        if words:
            parts.append("[sources.values.measure_type]")
            parts += [_value(word) for word in words]
    parts.append('\n[policies]\nimpossible_date = "refuse"\nunknown_end = "refuse"\nunknown_date = ["onbekend"]')
    return "\n".join(parts) + "\n"


def _value(word: str) -> str:
    """A word for a type of measure and its code; of a product the contract says which type it is."""
    code = _measure(word)
    return f'"{_quoted(word)}" = "{code}"' if code else f'# "{_quoted(word)}" = ""  # welke soort maatregel?'


def in_words(inspections: Sequence[Inspection]) -> str:
    """What was seen, for who decides what to map: a line for each column."""
    nl = {milestone.code: milestone.nl for milestone in load_agreement().milestones} | FIELDS_NL
    parts = []
    for one in inspections:
        parts.append(f"{one.place}: {one.rows} {one.counted} bekeken")
        width = max((len(column.name) for column in one.columns), default=0)
        for column in one.columns:
            if column.personal:
                what = f"persoonsgegeven ({column.personal}): koppel deze kolom niet"
            elif column.field.endswith("_registered"):
                what = f"dag van invoer van '{nl[column.field.removesuffix('_registered')]}' ({column.sure.nl})"
            else:
                what = f"{nl[column.field]} ({column.sure.nl})" if column.field else "onbekend"
            parts.append(f"  {column.name:<{width}}  {what}")
    return "\n".join(parts)


FIELDS_NL = {
    "case": "kenmerk van de zaak",
    "municipality": "gemeente",
    "measure_type": "soort maatregel",
    "end_reason": "reden van beëindiging",
    "ended": "einde van de zaak",
    "transferred_in": "overgenomen van een andere instelling",
    "transferred_out": "overgedragen aan een andere instelling",
    BORN: "geboortedatum: alleen de maand wordt gelezen, voor een controle",
}


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(BYTES_SNIFFED)


def _decoded(start: bytes) -> tuple[str, str]:
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16", start[: len(start) // 2 * 2].decode("utf-16", errors="ignore")
    for encoding in ENCODINGS:
        try:
            # The last character may have been cut in two.
            return encoding, start[:-3].decode(encoding) + start[-3:].decode(encoding, errors="ignore")
        except UnicodeDecodeError:
            continue
    return "latin-1", start.decode("latin-1")


def _separator(lines: Sequence[str]) -> str | None:
    """The sign that divides the first line most, when most lines below have it too."""
    found = max(SEPARATORS, key=lambda sign: lines[0].count(sign))
    if not lines[0].count(found):
        return None
    return found if sum(found in line for line in lines) >= MOST * len(lines) else None


def _table(place: str, file: str, settings: Sequence[str], rows: Sequence[Sequence[str]]) -> Inspection:
    header = [cell.strip() for cell in rows[0]] if rows else []
    if not _is_header(header):
        raise UserError(
            f"{place}, rij 1: lijkt geen kop met namen van kolommen. Draai uit met een kop, of zet 'header' zelf in de "
            "koppeling."
        )
    columns = []
    for number, name in enumerate(header):
        if name:
            values = [row[number].strip() for row in rows[1:] if number < len(row)]
            columns.append(_column(name, [value for value in values if value], len(rows) - 1))
    return Inspection(place, tuple(settings), tuple(columns), len(rows) - 1)


def _is_header(cells: Sequence[str]) -> bool:
    """Whether a first row can be shown: names, and not the data of a person."""
    filled = [cell for cell in cells if cell]
    names = [cell for cell in filled if re.match(r"[^\W\d]", cell) and not re.search(r"\d{4}", cell)]
    return (
        bool(filled)
        and len(set(filled)) == len(filled)
        and len(names) == len(filled)
        and not _guarded(filled, Level.PATTERN)
    )


def _column(name: str, values: Sequence[str], rows: int) -> Column:
    """The best guess for one column. What may be of a person comes first: when in doubt, it is."""
    said = name.casefold().replace("_", " ")
    form, dated = _dates(values)
    if dated:
        return _date_column(name, said, form, values)
    kind = _personal(said, values)
    if kind:
        return Column(name, "", Sure.CERTAIN, kind)
    lower = [value.casefold() for value in values]
    if values and _share(lower, _is_municipality) >= MOST:
        return Column(name, "municipality", _sure(True, bool(re.search(MUNICIPALITY, said))), "")
    words = tuple(dict.fromkeys(value for value in values if _measure(value)))
    codes = set(load_protocol().codes["measure_type"])
    share = _share(values, lambda value: value.zfill(2) in codes or bool(_measure(value))) if values else 0.0
    named = bool(re.search(TYPE, said))
    if share >= MOST / (1 + named) and not re.search(REASON, said):
        return Column(name, "measure_type", _sure(share >= MOST, named), "", words=words)
    if re.search(REASON, said):
        return Column(name, "end_reason", Sure.LIKELY, "")
    kind = _guarded(values, Level.NAMES)
    if kind:
        return Column(name, "", Sure.LIKELY, kind)
    unique = len(values) == rows > 1 and len(set(values)) == rows
    if re.search(CASE, said) or (unique and re.search(r"nummer|nr\b|id\b", said)):
        return Column(name, "case", _sure(unique, bool(re.search(CASE, said))), "")
    if not values:  # nothing to see but its name
        return Column(name, next((field for field, pattern in NAMES if re.search(pattern, said)), ""), Sure.MAYBE, "")
    return Column(name, "", Sure.NOT, "")


def _date_column(name: str, said: str, form: str, values: Sequence[str]) -> Column:
    field = next((field for field, pattern in NAMES if re.search(pattern, said)), "")
    if field == BORN:
        return Column(name, BORN, Sure.CERTAIN, "geboortedatum", form)
    if field and re.search(ENTERED, said) and field not in CASE_DATES:
        return Column(name, registered_field(field), Sure.LIKELY, "", form)
    days, _ = read_dates(pd.Series(list(values), dtype="category"), [form], ("onbekend",))
    years = pd.Series(days).dropna().dt.year
    if not field and len(years) and years.max() - years.min() > LONG_AGO and years.median() < years.max() - LONG_AGO:
        return Column(name, "", Sure.MAYBE, "geboortedatum?", form)  # spread as births are, and with no name of ours
    return Column(name, field, _sure(True, bool(field)) if field else Sure.NOT, "", form)


LONG_AGO = 8  # years


def _dates(values: Sequence[str]) -> tuple[str, bool]:
    """The form that most values have, and whether it is a column of dates. Unknown ones (onbekend) do not count."""
    counted = [value for value in values if value.casefold() not in ("onbekend", "?", "-")]
    if not counted:
        return "", False
    texts = pd.Series(counted, dtype="category")
    shares = {}
    for form in FORMS:
        _, kinds = read_dates(texts, [form], ())
        shares[form] = float((kinds != DateKind.MALFORMED).mean()) if (kinds == DateKind.DATE).any() else 0.0
    best = max(shares, key=lambda form: shares[form])
    return best, shares[best] >= MOST


def _personal(said: str, values: Sequence[str]) -> str:
    """Of what kind a column of a person is: by its shape, by the guard, or by its name. "" when by none."""
    if values and _share(values, _may_be_bsn) >= MOST:
        return "BSN"
    if values and sum(len(value.split()) for value in values) / len(values) >= SENTENCE:
        return "vrije tekst"
    kind = _guarded(values, Level.PATTERN)
    if kind:
        return kind
    return next((kind for kind, pattern in PERSONAL_NAMES if re.search(pattern, said)), "")


def _may_be_bsn(text: str) -> bool:
    return len(text) in (8, 9) and text.isdecimal() and bool(can_be_bsn(pd.Series([text.zfill(9)]))[0])


def _guarded(values: Sequence[str], level: Level) -> str:
    """The kind that the text guard finds in half of some values; case numbers and dates have a place of their own.

    Names take some ten seconds to load, and are asked for where shape and header have said nothing.
    """
    some = list(dict.fromkeys(values))[:VALUES_GUARDED]
    found: Counter[Kind] = Counter()
    for value in some:
        found.update({span.kind for span in find(value, level)})
    for kind in (Kind.CASE_NUMBER, Kind.DATE, Kind.NUMBER):
        found.pop(kind, None)
    return next((IN_DUTCH[kind] for kind, count in found.most_common(1) if count * 2 >= len(some)), "")


def _is_municipality(text: str) -> bool:
    code = f"GM{text.upper().removeprefix('GM').zfill(4)}"
    return text.strip("gm").isdigit() and (code in municipality_regions() or code in municipality_changes())


def _measure(text: str) -> str:
    return next((code for code, pattern in MEASURES if re.fullmatch(pattern, text.strip().casefold())), "")


def _share(values: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, values)) / len(values)


def _sure(shape: bool, name: bool) -> Sure:
    return Sure(1 + shape + name) if shape or name else Sure.NOT


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


# --- other kinds of file ---


def _workbook(path: Path) -> list[Inspection]:
    try:
        book = open_workbook(path)
        sheets = {sheet: book.get_sheet_by_name(sheet) for sheet in book.sheet_names}
    except CalamineError:
        raise UserError(
            f"{path.name}: is geen (hele) Excel-werkmap, en geen zip met iJw-berichten. Bewaar opnieuw."
        ) from None
    found = []
    for sheet, cells in sheets.items():
        rows = [[as_text(cell, "%d-%m-%Y") for cell in row] for row in islice(cells.iter_rows(), ROWS_READ)]
        layout = _layout_of(rows[0]) if rows else ""
        if layout:
            place = f"{path.name}, werkblad '{sheet}', Beleidsinformatie Jeugd ({layout})"
            of_cbs = ('format = "beleidsinformatie"', f'layout = "{layout}"', f'sheet = "{_quoted(sheet)}"')
            found.append(Inspection(place, of_cbs, (), len(rows) - 1))
        elif rows:
            settings = ('format = "xlsx"', f'sheet = "{_quoted(sheet)}"')
            found.append(_table(f"{path.name}, werkblad '{sheet}'", path.name, settings, rows))
    if not found:
        raise UserError(f"{path.name}: heeft geen werkblad met rijen. Draai opnieuw uit.")
    return found


def _layout_of(header: Sequence[str]) -> str:
    """The layout for CBS of which a sheet has every field by the name that we assume, "" when of none."""
    layouts = load_protocol().layouts.items()
    return next((name for name, layout in layouts if set(layout.headers.values()) <= set(header)), "")


def _is_messages(path: Path, start: bytes) -> bool:
    if start[:2] == b"PK":
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except zipfile.BadZipFile:
            return False
        return "[Content_Types].xml" not in names and any(name.casefold().endswith(".xml") for name in names)
    return b"<" in start[:4] and b"istandaarden.nl/ijw" in start[:4000]


def _messages(path: Path) -> Inspection:
    """What messages hold is known of the standard; which products stand in them is to be seen."""
    products = read_products([path], [])
    codes = sorted(code for code in products["ProductCode"].unique() if re.fullmatch(PRODUCT_CODE, code))
    columns = tuple(
        Column(
            elements[0],
            field,
            Sure.CERTAIN,
            "",
            "%Y-%m-%d" if elements[0].endswith("datum") else "",
            tuple(codes) if field == "measure_type" else (),
        )
        for field, elements in IJW_ELEMENTS.items()
    )
    return Inspection(f"{path.name}, iJw-berichten", ('format = "ijw"',), columns, len(products), "producten")


PRODUCT_CODE = "[0-9]{2}[A-Z0-9]{3}"  # a text of another form is not shown


def _fixed_width(path: Path, lines: Sequence[str], encoding: str) -> Inspection:
    """A file for CBS when the codes of a layout stand where we assume; else the reader must say what is where."""
    widths = {len(line) for line in lines}
    for layout, kinds in load_protocol().types.items():
        first, last = load_protocol().layouts[layout].positions["measure_type"]
        if len(widths) == 1 and _share(list(lines), lambda line: line[first - 1 : last] in kinds) >= MOST:  # noqa: B023
            settings = ('format = "beleidsinformatie"', f'layout = "{layout}"')
            return Inspection(f"{path.name}, Beleidsinformatie Jeugd ({layout})", settings, (), len(lines))
    if len(widths) == 1:
        raise UserError(
            f"{path.name}: heeft vaste posities, maar niet die van Beleidsinformatie zoals wij ze aannemen. Zet de "
            'posities zelf in een koppeling met format = "fixed_width".'
        )
    raise UserError(
        f"{path.name}: is geen tabel die wij herkennen. Verwacht CSV, Excel, vaste posities of iJw-berichten."
    )
