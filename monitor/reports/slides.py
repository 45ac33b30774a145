"""A report as a PPTX: charts that PowerPoint itself draws and that can be edited, tables, and the sentences.

The height of a text is estimated, since no program lays it out before it is opened: generously, so that a table goes on
to a next slide sooner than off this one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.text import PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from monitor.charts.chart import GRID, INK
from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.figures import Entry, Kind, reason_words, reasons
from monitor.reports.archive import settled
from monitor.reports.report import Drawing, Grid, Part, Report, Said
from monitor.reports.series import (
    UPRIGHT,
    Axis,
    Series,
    Values,
    in_order,
    reach_in_order,
    series_of,
    tick_step,
    x_axis,
    y_axis,
)

WIDTH, HEIGHT, MARGIN = Inches(13.333), Inches(7.5), Inches(0.6)
INNER = Emu(WIDTH - 2 * MARGIN)
TITLE_TOP, TITLE_HEIGHT = Inches(0.35), Inches(0.75)
BODY_TOP, FOOTER_TOP = Inches(1.2), Inches(6.95)
TITLE_SIZE, LONG_TITLE_SIZE, BIG_SIZE, TEXT_SIZE = 28, 20, 40, 16  # points
CELL_SIZE, NOTE_SIZE, FOOTER_SIZE = 11, 10, 10
TABLE_NAMES_SHARE = 1.6  # the first column, which names the rows, against any other
BLUE, SOFT, OWN, HIDDEN = "#154273", "#3D3D3D", "#8A2BA0", "#ECECEC"
LANGUAGES = {"nl": MSO_LANGUAGE_ID.DUTCH, "en": MSO_LANGUAGE_ID.ENGLISH_UK}
DASHES = {
    "solid": MSO_LINE.SOLID,
    "dash": MSO_LINE.DASH,
    "dot": MSO_LINE.ROUND_DOT,
    "dashdot": MSO_LINE.DASH_DOT,
    "longdash": MSO_LINE.LONG_DASH,
}
THINNEST = 0.75  # points of a line that one must still see on a wall
KINDS = {
    Grid.PERIODS: XL_CHART_TYPE.LINE_MARKERS,
    Grid.ROWS: XL_CHART_TYPE.BAR_CLUSTERED,
    Grid.PLANE: XL_CHART_TYPE.XY_SCATTER_LINES,
}
MARKERS = {"circle": XL_MARKER_STYLE.CIRCLE, "square": XL_MARKER_STYLE.SQUARE, "diamond": XL_MARKER_STYLE.DIAMOND}


def slides(report: Report) -> bytes:
    deck = _Deck(report)
    deck.cover()
    for part in report.parts:
        if part.drawing:
            deck.chart(part)
        elif part.table:
            deck.table(part.title, part.table, part.said)
        else:
            deck.text(part.title, part.said)
    for part in report.parts:
        if part.drawing:
            deck.table(report.language.gettext("{title}: the figures", title=part.title), part.drawing.chart.table)
    for definition in report.definitions:
        deck.text(definition.title, definition.lines)
    return deck.bytes()


def lines_of(text: str, width: int, size: float) -> int:
    """How many lines a text takes, at 0.55 of its size for a letter: more than nearly every text needs."""
    letters = max(1, int(width / (0.55 * Pt(size))))
    lines, left = 1, letters
    for word in text.split():
        if len(word) > left and left < letters:
            lines, left = lines + 1, letters
        left -= len(word) + 1
        while left < -1:
            lines, left = lines + 1, left + letters
    return lines


def height_of(texts: Sequence[str], width: int, size: float) -> Emu:
    return Emu(sum(lines_of(text, width, size) for text in texts) * Pt(1.25 * size))


class _Deck:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.language: Language = report.language
        self.file = Presentation()
        _widen(self.file)
        properties = self.file.core_properties
        properties.title, properties.subject = report.title, report.stamp
        properties.language, properties.author = report.language.code, "Verbetermonitor"
        properties.last_modified_by = properties.author
        properties.created = properties.modified = report.made_at

    def bytes(self) -> bytes:
        buffer = BytesIO()
        self.file.save(buffer)
        return settled(buffer.getvalue(), self.report.made_at)

    def cover(self) -> None:
        slide = self._slide(self.report.title)
        self._text(slide, BODY_TOP, Inches(4), self.report.foreword)

    def text(self, title: str, said: Sequence[Said]) -> None:
        slide = self._slide(title)
        self._text(slide, BODY_TOP, Emu(FOOTER_TOP - BODY_TOP), said)

    def chart(self, part: Part) -> None:
        slide = self._slide(part.title)
        top: int = BODY_TOP
        words = list(part.said)
        if part.figure:
            box = self._box(slide, MARGIN, top, INNER, Inches(0.75))
            paragraph = box.text_frame.paragraphs[0]
            self._run(paragraph, part.figure.text, BIG_SIZE, bold=True)
            self._run(paragraph, f"  {'; '.join(part.figure.details)}", TEXT_SIZE, color=SOFT)
            top = Emu(top + Inches(0.75))
        height = height_of([_joined(one) for one in words], INNER, TEXT_SIZE - 2)
        self._text(slide, top, height, words, TEXT_SIZE - 2)
        top = Emu(top + height + Inches(0.1))
        self._chart(slide, part, top, Emu(FOOTER_TOP - top - Inches(0.05)))

    def table(self, title: str, table: Table, said: Sequence[Said] = ()) -> None:
        """On as many slides as it takes; each says what its own marks mean."""
        widths = _widths(len(table.head))
        before = height_of([_joined(one) for one in said], INNER, TEXT_SIZE) if said else Emu(0)
        for number, rows in enumerate(self._pages(table, widths, before)):
            slide = self._slide(title if number == 0 else self.language.gettext("{title} (continued)", title=title))
            top: int = BODY_TOP
            if said and number == 0:
                self._text(slide, top, before, said)
                top = Emu(top + before + Inches(0.1))
            height = self._table(slide, replace(table, rows=rows), widths, top)
            notes = self._notes(replace(table, rows=rows))
            self._text(slide, Emu(top + height + Inches(0.1)), _notes_height(notes), notes, NOTE_SIZE)

    def _pages(self, table: Table, widths: Sequence[int], before: int) -> Iterator[tuple[tuple[Entry, ...], ...]]:
        head = _row_height([[title] for title in table.head], widths)
        page: list[tuple[Entry, ...]] = []
        used = head + before
        for row in table.rows:
            notes = _notes_height(self._notes(replace(table, rows=(*page, row))))
            height = _row_height([[entry.text, *entry.details] for entry in row], widths)
            if page and used + height + notes > FOOTER_TOP - BODY_TOP - Inches(0.3):
                yield tuple(page)
                page, used = [], head
            page.append(row)
            used += height
        yield tuple(page)

    def _notes(self, table: Table) -> tuple[Said, ...]:
        return (*(reason_words(reason, self.language) for reason in reasons(table.entries)), *table.notes)

    def _slide(self, title: str) -> Any:
        slide = self.file.slides.add_slide(self.file.slide_layouts[5])  # a title and nothing else
        heading = slide.shapes.title
        heading.left, heading.top, heading.width, heading.height = MARGIN, TITLE_TOP, INNER, TITLE_HEIGHT
        frame = heading.text_frame
        frame.margin_left = frame.margin_right = 0
        paragraph = frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.LEFT
        size = TITLE_SIZE if lines_of(title, INNER, 1.2 * TITLE_SIZE) == 1 else LONG_TITLE_SIZE
        self._run(paragraph, title, size, bold=True, color=BLUE)
        footer = self._box(slide, MARGIN, FOOTER_TOP, INNER, Inches(0.3))
        number = len(self.file.slides)
        words, color = f"{self.report.stamp} · {number}", OWN if self.report.own_code else SOFT
        self._run(footer.text_frame.paragraphs[0], words, FOOTER_SIZE, bold=color == OWN, color=color)
        return slide

    def _box(self, slide: Any, left: int, top: int, width: int, height: int) -> Any:
        box = slide.shapes.add_textbox(left, top, width, height)
        frame = box.text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        return box

    def _text(self, slide: Any, top: int, height: int, said: Sequence[Said], size: float = TEXT_SIZE) -> None:
        if not said:
            return
        frame = self._box(slide, MARGIN, top, INNER, height).text_frame
        for index, one in enumerate(said):
            paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
            if size >= TEXT_SIZE:
                paragraph.space_after = Pt(size / 2)
            what, words = ("", one) if isinstance(one, str) else one
            if what:
                self._run(paragraph, f"{what}. ", size, bold=True)
            self._run(paragraph, words, size)

    def _run(self, paragraph: Any, text: str, size: float, *, bold: bool = False, color: str = INK) -> Any:
        run = paragraph.add_run()
        run.text = text
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.rgb = _rgb(color)
        run.font.language_id = LANGUAGES[self.language.code]
        return run

    def _table(self, slide: Any, table: Table, widths: Sequence[int], top: int) -> Emu:
        texts = [[[title] for title in table.head], *([[e.text, *e.details] for e in row] for row in table.rows)]
        heights = [_row_height(row, widths) for row in texts]
        frame = slide.shapes.add_table(len(texts), len(table.head), MARGIN, top, INNER, sum(heights))
        frame._element.nvGraphicFramePr.cNvPr.set("descr", table.caption)
        grid = frame.table
        grid.horz_banding = False
        for index, width in enumerate(widths):
            grid.columns[index].width = width
        for index, height in enumerate(heights):
            grid.rows[index].height = height
        for column, title in enumerate(table.head):
            self._cell(grid.cell(0, column), Entry(title), bold=True, ink="#FFFFFF", ground=BLUE)
        for index, row in enumerate(table.rows, start=1):
            for column, entry in enumerate(row):
                bold = column == 0 or entry.kind in (Kind.PUBLISHED, Kind.ZERO)
                self._cell(grid.cell(index, column), entry, bold=bold)
        return Emu(sum(heights))

    def _cell(self, cell: Any, entry: Entry, *, bold: bool, ink: str = INK, ground: str = "#FFFFFF") -> None:
        """Hidden, missing and zero look different, and say what they are."""
        cell.margin_left = cell.margin_right = Inches(0.05)
        cell.margin_top = cell.margin_bottom = Inches(0.025)
        cell.fill.solid()
        cell.fill.fore_color.rgb = _rgb(HIDDEN if entry.kind is Kind.HIDDEN else ground)
        paragraph = cell.text_frame.paragraphs[0]
        run = self._run(paragraph, entry.text, CELL_SIZE, bold=bold, color=ink)
        run.font.italic = entry.kind in (Kind.ABSENT, Kind.STALE)
        run.font.underline = entry.kind is Kind.ZERO
        for detail in entry.details:
            self._run(cell.text_frame.add_paragraph(), detail, NOTE_SIZE, color=SOFT)

    def _chart(self, slide: Any, part: Part, top: int, height: int) -> None:
        assert part.drawing is not None
        drawing = part.drawing
        every = series_of(drawing)
        frame = slide.shapes.add_chart(KINDS[drawing.grid], MARGIN, top, INNER, height, _data(drawing))
        frame._element.nvGraphicFramePr.cNvPr.set("descr", drawing.chart.alt)
        chart = frame.chart
        chart.has_title = False
        chart.font.size = Pt(12)
        chart.has_legend = True
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
        for index, one in enumerate(every):
            if not one.in_legend:
                _leave_out_of_legend(chart, index)
        if drawing.grid is Grid.PLANE:
            _scale(chart.category_axis, x_axis(drawing), has_grid=False)
            _scale(chart.value_axis, y_axis(drawing))
        elif drawing.grid is Grid.ROWS:
            chart.category_axis.reverse_order = True  # the first on top; the numbers, which go along, back below
            chart.value_axis.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
            chart.plots[0].gap_width, chart.plots[0].overlap = 60, 0
            _scale(chart.value_axis, x_axis(drawing))
        else:
            _scale(chart.value_axis, y_axis(drawing))
        for series, one in zip(chart.plots[0].series, every, strict=True):
            if drawing.grid is Grid.ROWS:
                _draw_bar(series, one, *reach_in_order(one, drawing))
            else:
                _draw(series, one)


def _data(drawing: Drawing) -> Any:
    if drawing.grid is Grid.PLANE:
        plane = XyChartData(number_format="0")
        for one in series_of(drawing):
            points = plane.add_series(one.name)
            for x, y in zip(one.x, one.y, strict=True):
                points.add_data_point(x, y)
        return plane
    data = CategoryChartData(number_format="0")
    if drawing.grid is Grid.PERIODS:
        _add_periods(data, drawing.categories)
    else:
        data.categories = drawing.categories
    for one in series_of(drawing):
        data.add_series(one.name, in_order(one, drawing))
    return data


def _scale(axis: Any, scale: Axis, *, has_grid: bool = True) -> None:
    axis.minimum_scale, axis.maximum_scale = scale.start, 100 if scale.is_percent else scale.end
    axis.major_unit = 20 if scale.is_percent else tick_step(scale.end)
    axis.has_major_gridlines = has_grid
    if has_grid:
        axis.major_gridlines.format.line.color.rgb = _rgb(GRID)
    axis.tick_labels.number_format = '0"%"' if scale.is_percent else "#,##0"
    axis.tick_labels.number_format_is_linked = False
    if scale.title:
        axis.axis_title.text_frame.text = scale.title


def _draw(series: Any, one: Series) -> None:
    series.smooth = False
    line = series.format.line
    if one.has_line:
        width = max(one.width, THINNEST)
        line.color.rgb, line.width, line.dash_style = _rgb(one.color), Pt(width), DASHES[one.dash]
    else:
        line.fill.background()
    marker = series.marker
    marker.style = MARKERS[one.marker] if one.marker else XL_MARKER_STYLE.NONE
    if one.marker:
        marker.size = 14 if one.is_ring else 7
        marker.format.line.color.rgb = _rgb(one.color)
        if one.is_ring:
            marker.format.fill.background()
        else:
            marker.format.fill.solid()
            marker.format.fill.fore_color.rgb = _rgb(one.color if one.filled else "#FFFFFF")
    if any(one.above):
        series._element.find(qn("c:cat")).addprevious(_intervals(one.below, one.above, ("errDir", "y")))


def _draw_bar(series: Any, one: Series, below: Values, above: Values) -> None:
    """Figures as a full bar with its interval; a norm, which is none, as an outline."""
    series.invert_if_negative = False
    if one.marker == UPRIGHT:
        series.format.fill.background()
        series.format.line.color.rgb, series.format.line.width = _rgb(one.color), Pt(one.width)
    else:
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = _rgb(one.color)
    if any(above):
        series._element.find(qn("c:cat")).addprevious(_intervals(below, above))


def _intervals(below: Values, above: Values, *direction: tuple[str, str]) -> Any:
    """Error bars of their own at every point, which the library has no words for. ``direction``: bars say none."""
    bars = _element("errBars", None)
    for name, value in (*direction, ("errBarType", "both"), ("errValType", "cust"), ("noEndCap", "1")):
        bars.append(_element(name, value))
    for name, reach in (("plus", above), ("minus", below)):
        side, numbers = _element(name, None), _element("numLit", None)
        side.append(numbers)
        numbers.append(_element("ptCount", str(len(reach))))
        for index, distance in enumerate(reach):
            point, number = _element("pt", None), _element("v", None)
            point.set("idx", str(index))
            number.text = f"{distance:g}"
            point.append(number)
            numbers.append(point)
        bars.append(side)
    return bars


def _leave_out_of_legend(chart: Any, index: int) -> None:
    entry = _element("legendEntry", None)
    entry.append(_element("idx", str(index)))
    entry.append(_element("delete", "1"))
    legend = chart.legend._element
    legend.insert(len(legend.findall(qn("c:legendEntry"))) + 1, entry)


def _add_periods(data: CategoryChartData, periods: Sequence[str]) -> None:
    """Years; or the quarters of each year below their year."""
    years: dict[str, Any] = {}
    for period in periods:
        year = period[:4]
        if year not in years:
            years[year] = data.add_category(year)
        if "Q" in period:
            years[year].add_sub_category(period[-1])


def _element(name: str, value: str | None) -> Any:
    element = etree.Element(qn(f"c:{name}"))
    if value is not None:
        element.set("val", value)
    return element


def _widen(file: Any) -> None:
    """The library's own template is 4:3: its master and layouts are stretched along."""
    stretch = WIDTH / file.slide_width
    for page in (file.slide_master, *file.slide_layouts):
        for shape in page.placeholders:
            if shape._element.spPr.xfrm is not None:
                shape.left, shape.width = Emu(int(shape.left * stretch)), Emu(int(shape.width * stretch))
    file.slide_width, file.slide_height = WIDTH, HEIGHT


def _widths(columns: int) -> list[int]:
    other = int(INNER / (columns - 1 + TABLE_NAMES_SHARE))
    return [INNER - other * (columns - 1), *[other] * (columns - 1)]


def _row_height(row: Sequence[Sequence[str]], widths: Sequence[int]) -> int:
    inside = [width - Inches(0.1) for width in widths]
    return max(height_of(texts, width, CELL_SIZE) for texts, width in zip(row, inside, strict=True)) + Inches(0.06)


def _notes_height(notes: Sequence[Said]) -> Emu:
    return height_of([_joined(one) for one in notes], INNER, NOTE_SIZE)


def _joined(one: Said) -> str:
    return one if isinstance(one, str) else f"{one[0]}. {one[1]}"


def _rgb(color: str) -> RGBColor:
    return RGBColor(*bytes.fromhex(color[1:]))
