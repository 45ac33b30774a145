"""A filled-in template read back: every fault of it at once, with its row and column, and never its value."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import BytesIO

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from monitor.catalogue.expected import (
    NUMBERS,
    Column,
    Template,
    is_over,
    load_expected,
    periods_until,
    served_regions,
    supplier_kind,
    supplier_name,
    suppliers,
)
from monitor.intake.rule import Finding, Rule
from monitor.intake.sheets import reading_rules as rules
from monitor.intake.sheets.layout import (
    FILL_IN,
    FIRST_ROW,
    HEADER_ROW,
    LABELS,
    LAST_ROW,
    LONGEST,
    PERIOD_ROW,
    SHEETS,
    SUPPLIER_ROW,
    TEMPLATE_ROW,
    mark,
)
from monitor.intake.sheets.sheet import Sheet

Cells = list[list[object]]

PHONE = re.compile(r"(?:0|\+31)[1-9]\d{8}|0[89]00\d{4,7}|14\d{3,4}|11[2-9]|116\d{3}")  # without its spaces and signs
MOBILE = re.compile(r"(?:0|\+31)6.*")
EMAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}", re.ASCII | re.IGNORECASE)
NAME = re.compile(r"[^\W\d_][^\W\d_.’' -]*(?:[.’' -]+[^\W\d_][^\W\d_.’' -]*)*\.?")
DATES = ("%d-%m-%Y", "%Y-%m-%d")


class NotReadable(Exception):
    """What keeps a workbook from being read as a sheet; with what it says of itself, as far as that is known."""

    def __init__(
        self,
        findings: Sequence[Finding],
        code: str | None = None,
        supplier: str | None = None,
        period: str | None = None,
    ) -> None:
        super().__init__("not readable as a template")
        self.findings, self.code, self.supplier, self.period = tuple(findings), code, supplier, period


def read_sheet(content: bytes, today: date) -> Sheet:
    """The sheet in a workbook; raises NotReadable with everything wrong in it.

    ``content`` was checked for its size, packed and unpacked. Only the sheet to fill in is kept.
    """
    cells = _cells(content)
    code, template = _template(cells)
    header = [_text(cell) for cell in _row(cells, HEADER_ROW)]
    if header[: len(template.columns)] != [column.nl for column in template.columns]:
        raise NotReadable([_finding(rules.HEADER_CHANGED, [HEADER_ROW])], code)
    findings = [*_beside_the_table(cells, template)]
    supplier, period = _one_of(_suppliers(), cells, SUPPLIER_ROW), _text(_cell(cells, PERIOD_ROW, 1))
    if supplier is None:
        findings.append(_finding(rules.SUPPLIER_UNKNOWN, [SUPPLIER_ROW], LABELS[SUPPLIER_ROW]))
    elif supplier_kind(supplier) not in template.suppliers:
        findings.append(_finding(rules.NOT_YOURS_TO_FILL_IN, [SUPPLIER_ROW], LABELS[SUPPLIER_ROW]))
    known = _is_period(period, template)
    if not known:
        findings.append(_finding(rules.PERIOD_UNKNOWN, [PERIOD_ROW], LABELS[PERIOD_ROW]))
    elif not is_over(period, today):
        findings.append(_finding(rules.PERIOD_NOT_OVER, [PERIOD_ROW], LABELS[PERIOD_ROW]))
    table, in_cells = _table(cells, template, supplier)
    findings += in_cells
    if table.empty and not in_cells:
        findings.append(_finding(rules.NOTHING_FILLED_IN, []))
    if findings or supplier is None:
        raise NotReadable(findings, code, supplier, period if known else None)
    return Sheet(code, supplier, period, table)


def _cells(content: bytes) -> Cells:
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        names = workbook.sheet_names
        if FILL_IN not in names:
            raise NotReadable([_finding(rules.NO_TEMPLATE, [], table=FILL_IN)])
        cells = workbook.get_sheet_by_name(FILL_IN).to_python(skip_empty_area=False)
    except CalamineError:
        raise NotReadable([_finding(rules.NO_WORKBOOK, [], table="file")]) from None
    if set(names) - set(SHEETS):
        raise NotReadable([_finding(rules.SHEET_ADDED, [], table="file")])
    return [list(row) for row in cells]


def _template(cells: Cells) -> tuple[str, Template]:
    known = load_expected().templates
    text = _text(_cell(cells, TEMPLATE_ROW, 1))
    code = text.split(" ")[0]
    if code not in known:
        raise NotReadable([_finding(rules.NO_TEMPLATE, [TEMPLATE_ROW], LABELS[TEMPLATE_ROW])])
    if text != mark(code, known[code]):
        raise NotReadable([_finding(rules.OTHER_VERSION, [TEMPLATE_ROW], LABELS[TEMPLATE_ROW])], code)
    return code, known[code]


def _beside_the_table(cells: Cells, template: Template) -> Iterator[Finding]:
    """Whatever stands where the template has no place for it: it could be anything, a name too."""
    width = dict.fromkeys(LABELS, 2) | {row: len(template.columns) for row in range(HEADER_ROW, LAST_ROW + 1)}
    rows = [number for number, row in enumerate(cells, 1) if any(_text(cell) for cell in row[width.get(number, 0) :])]
    if rows:
        yield _finding(rules.BESIDE_THE_TABLE, rows)


def _table(cells: Cells, template: Template, supplier: str | None) -> tuple[pd.DataFrame, list[Finding]]:
    """The rows that hold anything, as far as they could be read, and what could not."""
    filled = [
        number
        for number in range(FIRST_ROW, min(len(cells), LAST_ROW) + 1)
        if any(_text(cell) for cell in _row(cells, number)[: len(template.columns)])
    ]
    columns: dict[str, list[object]] = {}
    faults: dict[tuple[str, str], list[int]] = defaultdict(list)
    found: dict[str, Rule] = {}
    for place, column in enumerate(template.columns):
        values = columns.setdefault(column.code, [])
        for number in filled:
            value = _value(_cell(cells, number, place), column, supplier)
            if isinstance(value, Rule):
                found[value.code] = value
                faults[value.code, column.nl].append(number)
                value = None
            values.append(value)
    findings = [_finding(found[code], rows, name) for (code, name), rows in faults.items()]
    table = pd.DataFrame(columns, index=pd.Index(filled, name="row"), dtype=object)
    if not findings:
        types = {"count": "int64", "amount": "Float64"}
        # What may be empty, and dates, stay objects: None is no word.
        plain = {
            column.code: types.get(column.kind, "str")
            for column in template.columns
            if column.kind in NUMBERS or not (column.may_be_empty or column.kind == "date")
        }
        table = table.astype(plain)
    return table, findings


def _value(cell: object, column: Column, supplier: str | None) -> object:
    """What the cell says in our codes, or the rule that it breaks."""
    text = _text(cell)
    if not text:
        return None if column.may_be_empty else rules.CELL_EMPTY
    if column.is_list:
        options = load_expected().options(column.kind)
        code = next(
            (code for code, option in options.items() if text.casefold() in (code.casefold(), option.nl.casefold())),
            None,
        )
        if code is None:
            return rules.CELL_NOT_IN_LIST
        if column.kind == "region" and supplier and code not in served_regions(supplier):
            return rules.REGION_NOT_SERVED
        return code
    if column.kind in NUMBERS:
        return _counted(cell, column)
    if column.kind == "date":
        return _date(cell) or rules.CELL_NO_DATE
    return _typed(text, column.kind)


def _counted(cell: object, column: Column) -> object:
    number = _number(cell)
    if number is None:
        return rules.CELL_NO_NUMBER
    if number < 0:
        return rules.CELL_NEGATIVE
    if column.kind == "count":
        return int(number) if number.is_integer() else rules.CELL_NOT_WHOLE
    return number


def _typed(text: str, kind: str) -> str | Rule:
    """Words or an address, each space one; what it says is for the text guard, this is about its form."""
    plain = " ".join(text.split())
    if len(plain) > LONGEST[kind]:
        return rules.CELL_TOO_LONG
    if kind == "phone":
        digits = re.sub(r"[ ().-]", "", plain)
        if MOBILE.fullmatch(digits):
            return rules.PHONE_OF_A_PERSON
        return plain if PHONE.fullmatch(digits) else rules.CELL_NO_PHONE
    if kind == "email":
        return plain.casefold() if EMAIL.fullmatch(plain) else rules.CELL_NO_EMAIL
    if kind == "person":
        return plain if NAME.fullmatch(plain) else rules.CELL_NO_NAME
    return plain


def _date(cell: object) -> date | None:
    """A date of the spreadsheet, or one that it keeps as text."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    for form in DATES:
        try:
            return datetime.strptime(str(cell).strip(), form).date()
        except ValueError:
            continue
    return None


def _number(cell: object) -> float | None:
    """A number, also one that the spreadsheet keeps as text (``1250`` or ``31,5``); None for what is none."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    try:
        number = float(cell.strip().replace(",", ".") if isinstance(cell, str) else cell)
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < 2**31 else None


def _suppliers() -> dict[str, str]:
    return {code: supplier_name(code) for code in suppliers()}


def _one_of(names: dict[str, str], cells: Cells, row: int) -> str | None:
    text = _text(_cell(cells, row, 1)).casefold()
    return next((code for code, name in names.items() if text in (code.casefold(), name.casefold())), None)


def _is_period(text: str, template: Template) -> bool:
    """Whether it is a period of the agreement, over or not."""
    return text in periods_until(template.every, date(2100, 1, 1))


def _row(cells: Cells, number: int) -> list[object]:
    return cells[number - 1] if number <= len(cells) else []


def _cell(cells: Cells, row: int, place: int) -> object:
    found = _row(cells, row)
    return found[place] if place < len(found) else ""


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a spreadsheet holds every number as a float: the year 2025
    return str(cell).strip()


def _finding(rule: Rule, rows: Iterable[int], *columns: str, table: str = FILL_IN) -> Finding:
    return Finding(rule, table, tuple(rows), columns)
