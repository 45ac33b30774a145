"""A report as a PDF, for reading, printing and reading aloud: tagged, by the standard PDF/UA-1.

Typst sets it. All words go to it as data, never as source, so that no text can be read as an instruction.
"""

import json
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

import font_source_sans_pro
import typst

from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.figures import Entry, reason_words, reasons
from monitor.reports.report import Drawing, Grid, Part, Report
from monitor.reports.series import Axis, series_of, x_axis, y_axis

FONTS = Path(font_source_sans_pro.__file__).parent / "files"


def paper(report: Report) -> bytes:
    content = {
        "title": report.title,
        "language": report.language.code,
        "made_at": [report.made_at.year, report.made_at.month, report.made_at.day],
        "stamp": report.stamp,
        "is_own": report.own_code is not None,
        "foreword": report.foreword,
        "parts": [_part(part, report.language) for part in report.parts],
        "definitions_title": report.language.gettext("What the figures say"),
        "definitions": [asdict(one) for one in report.definitions],
    }
    source = resources.files(__package__).joinpath("paper.typ").read_bytes()
    return bytes(
        typst.compile(
            source,
            sys_inputs={"report": json.dumps(content)},
            format="pdf",
            pdf_standards=["ua-1"],
            font_paths=typst.Fonts(include_system_fonts=False, font_paths=[FONTS]),
        )
    )


def _part(part: Part, language: Language) -> dict[str, Any]:
    table = part.drawing.chart.table if part.drawing else part.table
    return {
        "title": part.title,
        "figure": _entry(part.figure) if part.figure else None,
        "said": [["", said] if isinstance(said, str) else said for said in part.said],
        "drawing": _drawing(part.drawing, language) if part.drawing else None,
        "table": _table(table, language) if table else None,
    }


def _table(table: Table, language: Language) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "head": table.head,
        "rows": [[_entry(entry) for entry in row] for row in table.rows],
        "reasons": [reason_words(reason, language) for reason in reasons(table.entries)],
        "notes": table.notes,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {"text": entry.text, "kind": entry.kind, "details": entry.details}


def _drawing(drawing: Drawing, language: Language) -> dict[str, Any]:
    return {
        "alt": drawing.chart.alt,
        "has_rows": drawing.grid is Grid.ROWS,
        "rows": len(drawing.categories),
        "x": _axis(x_axis(drawing), language),
        "y": _axis(y_axis(drawing), language),
        "series": [asdict(one) for one in series_of(drawing)],
    }


def _axis(axis: Axis, language: Language) -> dict[str, Any]:
    ticks = [[tick, words or language.number(round(tick))] for tick, words in axis.ticks]
    return {"start": axis.start, "end": axis.end, "ticks": ticks, "title": axis.title}
