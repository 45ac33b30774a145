"""Files read back by programs that did not write them."""

from io import BytesIO
from itertools import takewhile

import openpyxl
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml.ns import qn
from pypdf import PdfReader

from monitor.charts.table import Table

XY = (XL_CHART_TYPE.XY_SCATTER, XL_CHART_TYPE.XY_SCATTER_LINES, XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS)


def presentation(content):
    return Presentation(BytesIO(content))


def shape_texts(shape):
    if shape.has_text_frame:
        yield shape.text_frame.text
    if getattr(shape, "has_table", False) and shape.has_table:
        for row in shape.table.rows:
            yield from (cell.text_frame.text for cell in row.cells)


def charts_of(deck):
    return [shape.chart for slide in deck.slides for shape in slide.shapes if getattr(shape, "has_chart", False)]


def alt_texts(deck):
    frames = [shape for slide in deck.slides for shape in slide.shapes if shape._element.tag == qn("p:graphicFrame")]
    return [frame._element.nvGraphicFramePr.cNvPr.get("descr") for frame in frames]


def rows_of_tables(deck):
    """Each row of each table on a slide: of each cell its paragraphs."""
    return [
        tuple(tuple(paragraph.text for paragraph in cell.text_frame.paragraphs) for cell in row.cells)
        for slide in deck.slides
        for shape in slide.shapes
        if getattr(shape, "has_table", False) and shape.has_table
        for row in shape.table.rows
    ]


def rows_as_written(table: Table):
    return [tuple((entry.text, *entry.details) for entry in row) for row in table.rows]


def workbook_of(chart):
    """What the workbook behind a chart holds: of each series its name and its points, as (where, value)."""
    rows = list(openpyxl.load_workbook(BytesIO(chart.part.chart_workbook.xlsx_part.blob)).active.values)
    if chart.chart_type in XY:
        return list(_blocks(rows))
    labels = len(rows[0]) - len(chart.plots[0].series)
    return [(column[0], list(enumerate(column[1:]))) for column in list(zip(*rows, strict=True))[labels:]]


def _blocks(rows):
    """Each series below the one before: its name, its points, and an empty row."""
    lines = iter(rows)
    for _, name in lines:
        yield name, list(takewhile(lambda row: row[0] is not None, lines))


def points_of(chart):
    """The same of what the chart draws itself."""
    every = chart.plots[0].series
    if chart.chart_type in XY:
        return [(one.name, list(zip(xs_of(one), one.values, strict=True))) for one in every]
    return [(one.name, list(enumerate(one.values))) for one in every]


def xs_of(series):
    return [float(value.text) for value in series._element.findall(f"{qn('c:xVal')}//{qn('c:v')}")]


def intervals_of(series):
    """Below and above each point."""
    return tuple(
        [float(value.text) for value in series._element.findall(f"{qn('c:errBars')}/{qn(side)}//{qn('c:v')}")]
        for side in ("c:minus", "c:plus")
    )


def pages_of(content):
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]


def sheets(content):
    return openpyxl.load_workbook(BytesIO(content)).worksheets
