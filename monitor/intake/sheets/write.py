"""The template of a spreadsheet: a sheet to fill in with drop-down lists, one that explains, one with the lists."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from monitor.catalogue.expected import (
    ADDRESSES,
    NOW,
    NUMBERS,
    Column,
    Template,
    load_expected,
    periods_until,
    served_regions,
    supplier_kind,
    supplier_name,
    suppliers,
)
from monitor.intake.sheets.layout import (
    EXPLANATION,
    FILL_IN,
    FIRST_ROW,
    HEADER_ROW,
    LABELS,
    LAST_ROW,
    LISTS,
    LONGEST,
    PERIOD_ROW,
    SUPPLIER_ROW,
    TEMPLATE_ROW,
    mark,
)

MADE = datetime(2026, 1, 1)  # the same template is the same file, byte for byte
EXAMPLE = {
    "count": 24,
    "amount": 31.5,
    "provider": "Jeugdhulp aan huis",
    "team": "Instroomteam",
    "phone": "026 000 00 00",
    "email": "instroom@voorbeeld.nl",
}
KINDS_NL = {
    "count": "Geheel getal, 0 of meer",
    "amount": "Getal, 0 of meer",
    "date": "Datum, zoals 30-09-2026",
    "provider": "Naam van de aanbieder of locatie, nooit van een persoon; de tekstwacht leest mee",
    "team": "Team of functie, nooit de naam van een persoon; de tekstwacht leest mee",
    "phone": "Algemeen nummer van het team, met netnummer; geen mobiel nummer",
    "email": "Postbus van het team, niet van een persoon",
    "person": "Alleen wie instemt. De naam staat op het scherm, in geen enkel bestand, en gaat na de laatste dag weg",
}
FORMATS = {"date": "dd-mm-yyyy"} | dict.fromkeys(ADDRESSES, "@")  # a number as text keeps its first zero
NOTHING_MORE = (
    "Schrijf niets buiten de tabel en voeg geen werkbladen toe: geen namen, nummers of toelichting over personen. "
    "Een werkmap waarin meer staat, wordt geweigerd."
)
BETTER = "Lever de hele werkmap opnieuw aan: de nieuwste vervangt die van dezelfde periode."
BETTER_STANDING = (
    "Lever de hele werkmap opnieuw aan: de nieuwste vervangt de vorige, en wat er niet meer in staat, vervalt."
)
NONE_OR_ZERO = "Laat een regel weg als u iets niet weet; vul 0 in als er niets was."


def write_template(
    code: str,
    today: date,
    supplier: str | None = None,
    period: str | None = None,
    rows: Sequence[Sequence[object]] = (),
) -> bytes:
    """The workbook of a template, made out to ``supplier`` when one is given. Raises KeyError for no template.

    ``period`` and ``rows``, in the words of the lists, fill it in. The period of what is standing is filled in already.
    """
    template = load_expected().templates[code]
    buffer = BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    workbook.set_properties({"title": template.nl.title, "created": MADE})
    bold = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    open_cell = workbook.add_format({"locked": False})
    open_cells = [
        workbook.add_format({"locked": False, "num_format": FORMATS[column.kind]})
        if column.kind in FORMATS
        else open_cell
        for column in template.columns
    ]
    fill_in, explanation, lists = (workbook.add_worksheet(name) for name in (FILL_IN, EXPLANATION, LISTS))

    who = [one for one in suppliers() if supplier_kind(one) in template.suppliers]
    choices = {
        LABELS[SUPPLIER_ROW]: [supplier_name(one) for one in ([supplier] if supplier else who)],
        LABELS[PERIOD_ROW]: periods_until(template.every, today),
        **{column.nl: _options(column, supplier) for column in template.columns if column.is_list},
    }
    ranges = {}
    for place, (label, options) in enumerate(choices.items()):
        letter = chr(ord("A") + place)
        lists.write_string(0, place, label, bold)
        lists.write_column(1, place, options)
        ranges[label] = f"={LISTS}!${letter}$2:${letter}${len(options) + 1}"
    lists.set_column(0, len(choices), 36)

    for row, label in LABELS.items():
        fill_in.write_string(row - 1, 0, label, bold)
    fill_in.write_string(TEMPLATE_ROW - 1, 1, mark(code, template))
    fill_in.write(SUPPLIER_ROW - 1, 1, supplier_name(supplier) if supplier else None, open_cell)
    fill_in.write(PERIOD_ROW - 1, 1, NOW if template.is_standing else period, open_cell)
    for row in (SUPPLIER_ROW, PERIOD_ROW):
        fill_in.data_validation(row - 1, 1, row - 1, 1, {"validate": "list", "source": ranges[LABELS[row]]})
    for place, column in enumerate(template.columns):
        fill_in.write_string(HEADER_ROW - 1, place, column.nl, bold)
        _allow(fill_in, place, column, ranges.get(column.nl))
    for row in range(FIRST_ROW - 1, LAST_ROW):
        for place, cell in enumerate(open_cells):
            fill_in.write_blank(row, place, None, cell)
    for row, values in enumerate(rows, FIRST_ROW - 1):
        for place, (value, cell) in enumerate(zip(values, open_cells, strict=True)):
            _write(fill_in, row, place, value, cell)
    fill_in.set_column(0, len(template.columns) - 1, 30)
    fill_in.freeze_panes(HEADER_ROW, 0)
    fill_in.protect()  # without a password: only so that a heading is not changed by accident

    explanation.set_column(0, 0, 34)
    explanation.set_column(1, 1, 70)
    explanation.set_column(2, max(2, len(template.columns) - 1), 24)
    lines = [
        (template.nl.title, template.nl.why),
        ("Wanneer", _when(template)),
        ("Niets of onbekend", NONE_OR_ZERO),
        ("Meer niet", NOTHING_MORE),
        ("Verbeteren", BETTER_STANDING if template.is_standing else BETTER),
    ]
    lines += [(column.nl, _what(column)) for column in template.columns]
    lines += [
        (option.nl, option.counts)
        for column in template.columns
        if column.is_list
        for option in load_expected().options(column.kind).values()
        if option.counts
    ]
    for row, (what, words) in enumerate(lines):
        explanation.write_string(row, 0, what, bold)
        explanation.write_string(row, 1, words, wrap)
    example_row = len(lines) + 1
    explanation.write_string(example_row, 0, "Voorbeeld van een regel (verzonnen)", bold)
    for place, column in enumerate(template.columns):
        explanation.write_string(example_row + 1, place, column.nl, bold)
        example = choices[column.nl][0] if column.is_list else EXAMPLE.get(column.kind)
        if not (column.may_be_empty and column.kind not in (*ADDRESSES, *NUMBERS)):
            _write(explanation, example_row + 2, place, today if column.kind == "date" else example, wrap)
    workbook.close()
    return buffer.getvalue()


def _write(sheet: Worksheet, row: int, place: int, value: object, look: Format) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), look)
    else:
        sheet.write(row, place, value, look)


def _options(column: Column, supplier: str | None) -> list[str]:
    options = load_expected().options(column.kind)
    allowed = served_regions(supplier) if supplier and column.kind == "region" else options
    return [option.nl for code, option in options.items() if code in allowed]


def _allow(sheet: Worksheet, place: int, column: Column, source: str | None) -> None:
    """What the spreadsheet program lets in; who pastes past it is told by the rules."""
    rule: dict[str, object] = {"error_title": column.nl, "error_message": _what(column)}
    if source:
        rule |= {"validate": "list", "source": source}
    elif column.kind == "date":
        rule |= {"validate": "date", "criteria": ">=", "value": date(2020, 1, 1)}
    elif column.kind in NUMBERS:
        whole = column.kind == "count"
        rule |= {"validate": "integer" if whole else "decimal", "criteria": ">=", "value": 0}
    else:
        rule |= {"validate": "length", "criteria": "<=", "value": LONGEST[column.kind]}
    sheet.data_validation(FIRST_ROW - 1, place, LAST_ROW - 1, place, rule)


def _what(column: Column) -> str:
    words = KINDS_NL.get(column.kind, "Kies uit de lijst")
    return words + ("; mag leeg blijven" if column.may_be_empty else "") + "."


def _when(template: Template) -> str:
    if template.is_standing:
        return f"Zodra er iets verandert, en ten minste elke {template.due_days} dagen."
    every = {"quarter": "kwartaal", "year": "kalenderjaar"}[template.every]
    return f"Uiterlijk {template.due_days} dagen na het {every}."
