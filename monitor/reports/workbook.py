"""A report as an XLSX: one sheet a table, and what every figure says on the last.

A figure has columns of numbers, and beside them a column with what the screen shows. What is hidden or missing stands
in the words alone: its number is an empty cell, which no sum and no average counts. A bound ("more than 93%") is no
number to calculate with either, and stands in the words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import xlsxwriter

from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.figures import Entry, reason_words, reasons
from monitor.release.cell import Bound
from monitor.reports.inert import inert
from monitor.reports.report import Report

HEAD_ROW = 4  # below title, release, mark and an empty row
LONGEST_SHEET_NAME = 31
NOT_IN_A_NAME = re.compile(r"[][:*?/\\]")
LARGEST_WIDTH = 60
Value = str | float | None


@dataclass(frozen=True)
class Column:
    """``values``: a text, a number, or None for an empty cell. ``is_percent``: its numbers are whole percents."""

    head: str
    values: tuple[Value, ...]
    is_percent: bool = False


def workbook(report: Report) -> bytes:
    buffer = BytesIO()
    # Nothing that is text can become a formula or a link, whatever it begins with.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": report.title, "comments": report.stamp, "created": report.made_at})
    formats = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "mark": book.add_format({"bold": True, "font_color": "#8A2BA0"}),
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "number": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "percent": book.add_format({"num_format": '0"%"', "valign": "top"}),
        "note": book.add_format({"italic": True}),
    }
    for index, (title, table) in enumerate(report.tables, start=1):
        sheet = book.add_worksheet(sheet_name(index, title))
        columns = columns_of(table, report.language)
        _head(sheet, report, table.caption, formats)
        _write(sheet, columns, formats)
        sheet.freeze_panes(HEAD_ROW + 1, 1)
        sheet.repeat_rows(HEAD_ROW)
        for row, note in enumerate(_notes(table, report.language), start=HEAD_ROW + len(table.rows) + 2):
            sheet.write_string(row, 0, inert(note), formats["note"])
    sheet = book.add_worksheet(report.language.gettext("Definitions"))
    _head(sheet, report, report.language.gettext("What the figures say"), formats)
    _write(sheet, _definitions(report), formats)
    book.close()
    return buffer.getvalue()


def sheet_name(number: int, title: str) -> str:
    """What a spreadsheet allows as the name of a sheet; its number keeps it apart from the others."""
    name = NOT_IN_A_NAME.sub(" ", f"{number} {title}")
    return name[:LONGEST_SHEET_NAME].rstrip(" '")


def columns_of(table: Table, language: Language) -> tuple[Column, ...]:
    """The columns of a sheet: those of the table, with the numbers of a figure in columns of their own."""
    return tuple(
        column
        for head, entries in zip(table.head, zip(*table.rows, strict=True), strict=True)
        for column in _columns(head, entries, language)
    )


def shown(entry: Entry) -> str:
    """An entry as a line: ``71% (66–76%; above, beyond chance)``."""
    return f"{entry.text} ({'; '.join(entry.details)})" if entry.details else entry.text


def _columns(head: str, entries: Sequence[Entry], language: Language) -> list[Column]:
    words = tuple(shown(entry) for entry in entries)
    figures = [entry.figure if entry.figure and entry.figure.bound is Bound.EXACT else None for entry in entries]
    if not any(entry.figure or entry.reasons for entry in entries):
        return [Column(head, words)]
    is_percent = any(entry.figure and entry.text.endswith("%") for entry in entries)

    def numbers(name: str, title: str) -> list[Column]:
        values = tuple(getattr(figure, name) if figure else None for figure in figures)
        return [Column(title, values, is_percent)] if any(value is not None for value in values) else []

    return [
        *numbers("value", head),
        *numbers("lower", language.gettext("{column}: 95% interval from", column=head)),
        *numbers("upper", language.gettext("{column}: 95% interval to", column=head)),
        Column(language.gettext("{column}: as on the screen", column=head), words),
    ]


def _notes(table: Table, language: Language) -> list[str]:
    explained = [reason_words(reason, language) for reason in reasons(table.entries)]
    return [*(f"{short}: {sentence}" for short, sentence in explained), *table.notes]


def _definitions(report: Report) -> tuple[Column, ...]:
    language = report.language
    lines = [(one.title, what, words) for one in report.definitions for what, words in one.lines]
    heads = (language.gettext("Figure"), language.gettext("Question"), language.gettext("Answer"))
    return tuple(Column(head, values) for head, values in zip(heads, zip(*lines, strict=True), strict=True))


def _head(sheet: Any, report: Report, title: str, formats: dict[str, Any]) -> None:
    sheet.write_string(0, 0, inert(title), formats["title"])
    sheet.write_string(1, 0, inert(" ".join(report.foreword)))
    sheet.write_string(2, 0, inert(report.stamp), formats["mark"] if report.own_code else None)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{report.stamp.replace('&', '&&')}&R&P / &N")


def _write(sheet: Any, columns: Sequence[Column], formats: dict[str, Any]) -> None:
    for index, column in enumerate(columns):
        words = [value for value in column.values if isinstance(value, str)]
        longest = max((len(value) for value in words), default=10)
        sheet.set_column(index, index, min(max(longest, 12) + 2, LARGEST_WIDTH))
        sheet.write_string(HEAD_ROW, index, inert(column.head), formats["head"])
        for row, value in enumerate(column.values, start=HEAD_ROW + 1):
            if isinstance(value, str):
                sheet.write_string(row, index, inert(value), formats["text"])
            elif value is not None:
                sheet.write_number(row, index, value, formats["percent" if column.is_percent else "number"])
