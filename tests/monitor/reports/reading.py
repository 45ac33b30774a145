"""Files read back by programs that did not write them."""

from io import BytesIO

import openpyxl
from pptx import Presentation
from pptx.oxml.ns import qn
from pypdf import PdfReader

from monitor.charts.table import Table


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
    """The values of the workbook behind a chart: of each series its name and its points."""
    book = openpyxl.load_workbook(BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    rows = list(book.active.iter_rows(values_only=True))
    labels = len(rows[0]) - len(chart.plots[0].series)
    return [(column[0], column[1:]) for column in list(zip(*rows, strict=True))[labels:]]


def pages_of(content):
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]


def sheets(content):
    return openpyxl.load_workbook(BytesIO(content)).worksheets
