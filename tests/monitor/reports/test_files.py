"""Every number in a file is read back and is the one of the model; what is hidden on the screen is hidden in it."""

from io import BytesIO
from itertools import pairwise

import pytest
from pptx.chart.plot import BarPlot, LinePlot, XyPlot
from pypdf import PdfReader

from monitor.locale import DUTCH, ENGLISH
from monitor.narrative.figures import Kind
from monitor.release.cell import Bound
from monitor.release.status import Kind as ReleaseKind
from monitor.reports.paper import paper
from monitor.reports.report import Grid
from monitor.reports.slides import FOOTER_TOP, HEIGHT, WIDTH, slides
from monitor.reports.workbook import HEAD_ROW, shown, workbook
from tests.monitor.channels.scanner import constants, known_numbers, numbers_in, stray_numbers
from tests.monitor.reports import reading
from tests.monitor.reports.conftest import PAGES

BOTH = pytest.mark.parametrize("language", [DUTCH, ENGLISH], ids=lambda one: one.code)
EVERY = pytest.mark.parametrize("page", PAGES)
WRITERS = pytest.mark.parametrize("write", [slides, paper, workbook], ids=lambda one: one.__name__)
COUNTS_OF_QUARTERS = set(map(float, range(1, 40)))  # runs of quarters in sentences, numbers of slides and pages

AXIS_STEPS = (10.0, 20.0, 50.0, 100.0, 200.0)  # between the grid lines of an axis


def known_besides(report):
    """Numbers of a report that come from no cell: of its dates, its definitions, and counts of series."""
    texts = [words for one in report.definitions for line in one.lines for words in line]
    texts += report.foreword
    said = {number for text in texts for number in numbers_in(text, report.language.code)}
    axes = {step * tick for step in AXIS_STEPS for tick in range(7)}
    return said | COUNTS_OF_QUARTERS | axes


def texts_of(content, write):
    if write is slides:
        deck = reading.presentation(content)
        shapes = [shape for slide in deck.slides for shape in slide.shapes]
        return [text for shape in shapes for text in reading.shape_texts(shape)] + reading.alt_texts(deck)
    if write is paper:
        return reading.pages_of(content)
    cells = [cell for sheet in reading.sheets(content) for row in sheet.iter_rows() for cell in row]
    return [str(cell.value) for cell in cells if isinstance(cell.value, str)]


@WRITERS
@EVERY
@BOTH
def test_no_number_that_is_no_published_cells(made, page, language, write):
    model, report = made(page, language)
    extra = known_besides(report)
    if page == "overview":
        extra |= {float(model.signals.series), float(model.signals.signalling), float(model.signals.by_chance)}
    assert not stray_numbers(texts_of(write(report), write), language.code, model, extra)


# --- slides ------------------------------------------------------------


@EVERY
def test_every_chart_of_the_slides_holds_the_numbers_of_its_model(made, page):
    model, report = made(page, DUTCH)
    charts = reading.charts_of(reading.presentation(slides(report)))
    drawings = [part.drawing for part in report.parts if part.drawing]
    assert len(charts) == len(drawings)
    known = {settled(number) for number in known_numbers(model) | constants()}
    for chart, drawing in zip(charts, drawings, strict=True):
        drawn = [(name or "", list(map(settled_point, points))) for name, points in reading.points_of(chart)]
        in_book = [(name or "", list(map(settled_point, points))) for name, points in reading.workbook_of(chart)]
        assert in_book == drawn
        assert drawn == [(name, list(map(settled_point, points))) for name, points in expected(drawing)]
        assert {value for _, points in drawn for _, value in points if value is not None} <= known


@EVERY
def test_every_interval_of_the_slides_is_its_cells(made, page):
    _, report = made(page, DUTCH)
    charts = reading.charts_of(reading.presentation(slides(report)))
    drawings = [part.drawing for part in report.parts if part.drawing]
    for chart, drawing in zip(charts, drawings, strict=True):
        every = dict(zip((name for name, _ in expected(drawing)), chart.plots[0].series, strict=True))
        for trace in drawing.chart.figure["data"]:
            bars = trace.get("error_y") or trace.get("error_x")
            if bars and any(bars["array"]):
                below, above = reading.intervals_of(every[trace["name"]])
                rows = trace["y"] if drawing.grid is Grid.ROWS else range(len(bars["array"]))
                places = [round(row) for row in rows]
                assert [settled(above[place]) for place in places] == [
                    settled(float(f"{one:g}")) for one in bars["array"]
                ]
                assert [settled(below[place]) for place in places] == [
                    settled(float(f"{one:g}")) for one in bars["arrayminus"]
                ]


@pytest.mark.parametrize(("page", "grids"), [("own figures by year", set(Grid)), ("lead times", {Grid.PLANE})])
def test_curves_funnels_and_steps_are_drawn_by_powerpoint_itself(made, page, grids):
    _, report = made(page, DUTCH)
    assert {part.drawing.grid for part in report.parts if part.drawing} == grids
    charts = reading.charts_of(reading.presentation(slides(report)))
    assert {GRIDS[type(one.plots[0])] for one in charts} == grids


GRIDS = {LinePlot: Grid.PERIODS, BarPlot: Grid.ROWS, XyPlot: Grid.PLANE}


def expected(drawing):
    """What a chart of PowerPoint should hold of each series, from what the screen draws."""
    layout = drawing.chart.figure["layout"]
    for shape, note in zip(layout.get("shapes", ()), layout.get("annotations", ()), strict=True):
        yield note["text"], [(shape["x0"], shape["y0"]), (shape["x1"], shape["y1"])]
    for trace in drawing.chart.figure["data"]:
        name = trace.get("name", "")
        points = list(zip(trace["x"], trace["y"], strict=True))
        if drawing.grid is Grid.PLANE and trace.get("line", {}).get("shape") == "hv":
            corners = [((right, low), (right, high)) for (_, low), (right, high) in pairwise(points)]
            yield name, [points[0], *(point for corner in corners for point in corner)]
        elif drawing.grid is Grid.PLANE:
            yield name, points
        elif drawing.grid is Grid.ROWS:
            by_row = {round(row): value for value, row in points}
            yield name, [(row, by_row.get(row)) for row in range(len(drawing.categories))]
        else:
            values = trace["y"] if len(points) == len(drawing.categories) else trace["y"][:1] * len(drawing.categories)
            yield name, list(enumerate(values))


def settled_point(point):
    return tuple(map(settled, point))


def settled(value):
    """As many digits as a workbook keeps; None stays none."""
    return None if value is None else round(value, 9)


@EVERY
@BOTH
def test_every_table_of_a_report_stands_on_the_slides_as_on_the_screen(made, page, language):
    _, report = made(page, language)
    on_slides = reading.rows_of_tables(reading.presentation(slides(report)))
    for _, table in report.tables:
        for row in reading.rows_as_written(table):
            assert row in on_slides
    assert len(on_slides) - sum(len(table.rows) for _, table in report.tables) >= len(list(report.tables))  # heads


@EVERY
def test_nothing_lies_outside_a_slide_or_on_something_else(made, page):
    _, report = made(page, DUTCH)
    for slide in reading.presentation(slides(report)).slides:
        boxes = [(one.left, one.top, one.left + one.width, one.top + one.height) for one in slide.shapes]
        assert all(left >= 0 and top >= 0 and right <= WIDTH and low <= HEIGHT for left, top, right, low in boxes)
        assert all(low <= FOOTER_TOP or top >= FOOTER_TOP for _, top, _, low in boxes)
        in_order = sorted((top, low) for _, top, _, low in boxes)
        assert all(low <= next_top for (_, low), (next_top, _) in pairwise(in_order))


@EVERY
def test_every_chart_and_table_of_the_slides_says_what_it_shows(made, page):
    _, report = made(page, DUTCH)
    deck = reading.presentation(slides(report))
    alts = reading.alt_texts(deck)
    assert all(alts)
    assert {part.drawing.chart.alt for part in report.parts if part.drawing} <= set(alts)
    assert all(slide.shapes.title.text_frame.text for slide in deck.slides)


# --- paper ------------------------------------------------------------


@EVERY
@BOTH
def test_the_paper_says_every_sentence_and_every_figure_of_the_screen(made, page, language):
    _, report = made(page, language)
    text = "".join("".join(reading.pages_of(paper(report))).split())
    words = [one if isinstance(one, str) else one[1] for part in report.parts for one in part.said]
    words += [one for _, table in report.tables for entry in table.entries for one in (entry.text, *entry.details)]
    missing = [one for one in words if "".join(one.split()) not in text]
    assert missing == []


def test_the_paper_is_tagged_and_says_its_title_and_language(made):
    _, report = made("overview", DUTCH)
    root = PdfReader(BytesIO(paper(report))).trailer["/Root"]
    assert root["/Lang"] == "nl"
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert PdfReader(BytesIO(paper(report))).metadata.title == report.title
    figures = list(tagged(root["/StructTreeRoot"], "/Figure"))
    assert [one["/Alt"] for one in figures] == [part.drawing.chart.alt for part in report.parts if part.drawing]
    assert list(tagged(root["/StructTreeRoot"], "/TH"))


def tagged(node, tag):
    node = node.get_object()
    if isinstance(node, list):
        for one in node:
            yield from tagged(one, tag)
    elif isinstance(node, dict):
        if node.get("/S") == tag:
            yield node
        if "/K" in node:
            yield from tagged(node["/K"], tag)


# --- workbook ------------------------------------------------------------


@EVERY
@BOTH
def test_every_number_of_the_workbook_is_its_entrys_and_what_is_hidden_has_none(made, page, language):
    _, report = made(page, language)
    *of_tables, definitions = reading.sheets(workbook(report))
    hidden = 0
    for sheet, (_, table) in zip(of_tables, report.tables, strict=True):
        head, *rows = sheet.iter_rows(min_row=HEAD_ROW + 1, max_row=HEAD_ROW + 1 + len(table.rows), values_only=True)
        titles = [title for title in head if title]
        for entries, row in zip(table.rows, rows, strict=True):
            cells = dict(zip(titles, row, strict=False))
            for title, entry in zip(table.head, entries, strict=True):
                words = language.gettext("{column}: as on the screen", column=title)
                if words not in cells:
                    assert (cells[title] or "") == shown(entry)
                    continue
                hidden += entry.kind in (Kind.HIDDEN, Kind.ABSENT)
                assert (cells[words] or "") == shown(entry)
                exact = entry.figure if entry.figure and entry.figure.bound is Bound.EXACT else None
                names = {
                    "value": title,
                    "lower": language.gettext("{column}: 95% interval from", column=title),
                    "upper": language.gettext("{column}: 95% interval to", column=title),
                }
                for name, column in names.items():
                    assert cells.get(column) == (getattr(exact, name) if exact else None)
    entries = [entry for _, table in report.tables for entry in table.entries]
    assert hidden == sum(one.kind in (Kind.HIDDEN, Kind.ABSENT) for one in entries)
    said = list(definitions.iter_rows(min_row=HEAD_ROW + 2, values_only=True))
    assert said == [(one.title, *line) for one in report.definitions for line in one.lines]


def test_a_text_that_begins_as_a_formula_is_none(made):
    evil = '=HYPERLINK("http://x";"y")'
    _, report = made("overview", DUTCH, kind=ReleaseKind.ERRATUM, code="2026Q3-erratum-1", reason=evil)
    for sheet in reading.sheets(workbook(report)):
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert any(evil in text for text in texts_of(workbook(report), workbook))


# --- on every page, slide and sheet ------------------------------------------------------------


STATUSES = [
    ({"kind": ReleaseKind.PROVISIONAL}, "Uitgave 3e kwartaal 2026, voorlopig"),
    ({"kind": ReleaseKind.FINAL}, "Uitgave 3e kwartaal 2026, definitief"),
    (
        {"kind": ReleaseKind.ERRATUM, "code": "2026Q3-erratum-2", "reason": "Dubbele zaken."},
        "Uitgave 3e kwartaal 2026, rectificatie 2",
    ),
]


def pieces(content, write):
    """What a reader can take apart: the texts of each slide, page or sheet."""
    if write is slides:
        deck = reading.presentation(content)
        return [" ".join(text for one in slide.shapes for text in reading.shape_texts(one)) for slide in deck.slides]
    if write is paper:
        return reading.pages_of(content)
    return [" ".join(str(cell.value) for row in sheet.iter_rows() for cell in row) for sheet in reading.sheets(content)]


@WRITERS
@pytest.mark.parametrize(("changes", "words"), STATUSES)
@pytest.mark.parametrize("page", ["overview", "own figures"])
def test_release_and_status_on_every_piece_and_own_figures_marked(made, write, changes, words, page):
    _, report = made(page, DUTCH, **changes)
    every = pieces(write(report), write)
    assert len(every) > 3
    for piece in every:
        assert words in piece
        assert ("Eigen cijfers, niet delen." in piece) is (page == "own figures")
    assert ("eigen-cijfers-niet-delen" in report.name) is (page == "own figures")


@WRITERS
def test_own_figures_differ_from_shared_ones_and_never_stand_in_a_shared_file(made, write):
    """The shared report of an institution is that of anybody: not one of its numbers is read from an own cell."""
    own_model, _ = made("own figures", DUTCH)
    shared_model, report = made("institution", DUTCH)
    assert report.own_code is None
    only_own = known_numbers(own_model) - known_numbers(shared_model) - constants() - known_besides(report)
    assert only_own
    found = {number for text in texts_of(write(report), write) for number in numbers_in(text, "nl")}
    assert not found & only_own


@WRITERS
@EVERY
def test_the_same_release_gives_the_same_bytes(made, write, page, monkeypatch):
    _, report = made(page, DUTCH)
    first = write(report)
    monkeypatch.setattr("time.time", lambda: 1_900_000_000.0)
    monkeypatch.setattr("time.localtime", lambda *_: __import__("time").gmtime(1_900_000_000))
    assert write(report) == first
