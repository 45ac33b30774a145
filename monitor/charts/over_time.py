"""Steps and flows, period by period."""

from typing import Any

from monitor.catalogue import load_catalogue
from monitor.charts.actions import with_actions
from monitor.charts.chart import (
    BAND,
    GROUND,
    INK,
    LIMIT,
    Chart,
    layout,
    line_trace,
    percent_axis,
    period_axis,
    reference,
)
from monitor.charts.table import Table
from monitor.locale import N_, Language
from monitor.narrative.course import course_sentences, signal_words
from monitor.narrative.definitions import UNITS
from monitor.narrative.figures import (
    Entry,
    Kind,
    count_entry,
    days_entry,
    n_entry,
    number_entry,
    percent_range,
    within_norm_entry,
)
from monitor.narrative.sentences import cohort_words, group_name, interval_note
from monitor.release.cell import Cell, Cohort, Published
from monitor.views.course import Course, Point
from monitor.views.flow import FlowFigures
from monitor.views.overview import Headline
from monitor.views.region import Compared
from monitor.views.step import StepFigures
from pseudonymise.agreement import Step, load_agreement

Line = tuple[StepFigures, ...]


def share_over_time(headline: Headline, language: Language) -> Chart:
    """One group: its share in each period with the interval, against the target and what chance makes of it."""
    return _chart((headline.quarters,), headline.course, language, height=260)


def compared_over_time(compared: Compared, language: Language) -> Chart:
    """A group beside the seven together; a step without a norm by its median.

    Beside their line, and not within the smallest and largest of the others: those are mostly the chance of
    the smallest groups.
    """
    chart = _chart((compared.own, compared.together), compared.course, language, height=300)
    return with_actions(chart, compared.actions, tuple(one.period for one in compared.own), language)


def flow_over_time(flow: tuple[FlowFigures, ...], language: Language) -> Chart:
    """What came in and what ended, by quarter."""
    names = (language.gettext("Came in"), language.gettext("Ended"))
    rows = ([figures.inflow for figures in flow], [figures.ended for figures in flow])
    data = [
        line_trace(name, [_value(cell) for cell in cells], style)
        for style, (name, cells) in enumerate(zip(names, rows, strict=True))
    ]
    figure = layout(language, 280)
    figure["xaxis"] |= period_axis(tuple(figures.period for figures in flow))
    figure["yaxis"] |= {"rangemode": "tozero"}
    lines = [
        ends(name, [(cell.period, count_entry(cell, language)) for cell in cells], language)
        for name, cells in zip(names, rows, strict=True)
    ]
    alt = language.gettext(
        "Line chart of the measures that came in and ended by quarter. {lines}", lines=" ".join(lines)
    )
    return Chart({"data": data, "layout": figure}, alt, flow_table(flow, language))


def flow_table(flow: tuple[FlowFigures, ...], language: Language) -> Table:
    columns = ("inflow", "ended", "stock", "converted", "transferred_in", "transferred_out")
    return Table(
        caption=language.gettext("Measures by quarter"),
        head=(
            language.gettext("Period"),
            language.gettext("Came in"),
            language.gettext("Ended"),
            language.gettext("In force on the last day"),
            language.gettext("Provisional order became supervision order"),
            language.gettext("Transferred in"),
            language.gettext("Transferred out"),
        ),
        rows=tuple(
            (
                Entry(language.period(figures.period)),
                *(count_entry(getattr(figures, column), language) for column in columns),
            )
            for figures in reversed(flow)
        ),
        notes=(
            language.gettext(
                "A transfer between institutions is no inflow and no outflow, and a provisional order that became a "
                "supervision order is no outflow. Shared numbers are protected by a small random difference, so "
                "they do not add up exactly."
            ),
        ),
    )


def completeness_entry(figures: StepFigures, language: Language) -> Entry:
    """Of how many of the cases the date is registered."""
    if figures.completeness is None:
        return Entry("")
    return number_entry(figures.completeness, language.percent(figures.completeness))


def _chart(lines: tuple[Line, ...], course: Course | None, language: Language, height: int) -> Chart:
    step = load_agreement().step(lines[0][0].step)
    target = load_catalogue().steps[step.code].target_share
    names = [group_name(line[0].group, language) for line in lines]
    figure = layout(language, height)
    figure["xaxis"] |= period_axis(tuple(figures.period for figures in lines[0]))
    days = {"rangemode": "tozero", "title": {"text": language.gettext(UNITS[step.unit])}}
    figure["yaxis"] |= percent_axis(language) if step.norm else days
    sentences = [
        ends(name, [(one.period, _entry(one, step, language)) for one in line], language)
        for name, line in zip(names, lines, strict=True)
    ]
    if any(one.cohort is Cohort.PROVISIONAL and _value(_cell(one, step)) is not None for one in lines[0]):
        sentences.append(language.gettext("The newest are provisional."))
    # Drawn in reverse, so that the first line lies on top.
    data = [
        trace
        for style in reversed(range(len(lines)))
        for trace in _traces([_cell(one, step) for one in lines[style]], names[style], style, language)
    ]
    if len(lines) == 1:  # its name is the heading above it
        data = [trace | {"showlegend": False} for trace in data]
    if target is not None:
        words = language.gettext("target {target}", target=language.percent(target))
        data.insert(0, reference(words, [-0.6, len(lines[0]) - 0.4], [target, target]))
        sentences.append(language.gettext("The target is {target}.", target=language.percent(target)))
    if course:
        data = [*_limits(course, language), *data, *_signals(course, lines[0], step, language)]
        sentences.append(course_sentences(course, language))
    what = (
        N_("Line chart: {step}, share within the norm by period. {lines}")
        if step.norm
        else N_("Line chart: {step}, days within which half got so far by period. {lines}")
    )
    return Chart(
        {"data": data, "layout": figure},
        language.gettext(what, step=language.of(step), lines=" ".join(sentences)),
        _table(lines, course, step, language),
    )


def _table(lines: tuple[Line, ...], course: Course | None, step: Step, language: Language) -> Table:
    by_period = [{one.period: one for one in line} for line in lines]
    points = {point.period: point for point in course.points} if course else {}
    return Table(
        caption=language.gettext(
            "{step}, {group}", step=language.of(step), group=group_name(lines[0][0].group, language)
        ),
        head=(
            language.gettext("Period"),
            *(group_name(line[0].group, language) for line in lines),
            language.gettext("Cases"),
            language.gettext("Status"),
            language.gettext("Date registered"),
            *((language.gettext("Mean and limits of chance"), language.gettext("More than chance")) if course else ()),
        ),
        rows=tuple(
            (
                Entry(language.period(one.period)),
                *(_entry(line[one.period], step, language) for line in by_period if one.period in line),
                n_entry(one, step, language),
                Entry(cohort_words(one.cohort, language)),
                completeness_entry(one, language),
                *(_course_entries(points[one.period], language) if course else ()),
            )
            for one in reversed(lines[0])
        ),
        notes=(interval_note(language),),
    )


def _course_entries(point: Point, language: Language) -> tuple[Entry, Entry]:
    centre = point.centre
    if centre is None:
        return Entry(""), Entry("")
    between = () if centre.lower is None or centre.upper is None else (centre.lower, centre.upper)
    details = (percent_range(round(between[0]), round(between[1]), language),) if between else ()
    mean = number_entry(round(centre.value), language.percent(round(centre.value)), details)
    return mean, Entry(signal_words(point.signal, language))


def _limits(course: Course, language: Language) -> list[dict[str, Any]]:
    """The mean of the series, and the band within which chance alone would keep it."""
    centres = [point.centre for point in course.points]
    if all(centre is None or centre.lower is None for centre in centres):
        return []
    lower, upper, mean = (
        [getattr(centre, line) if centre else None for centre in centres] for line in ("lower", "upper", "value")
    )
    x = list(range(len(centres)))
    edge = {"color": LIMIT, "width": 1, "dash": "dot", "shape": "hvh"}
    plain = {"type": "scatter", "mode": "lines", "x": x, "line": edge, "showlegend": False}
    band = {"fill": "tonexty", "fillcolor": BAND, "showlegend": True, "name": language.gettext("what chance makes")}
    line = {"color": INK, "width": 1, "dash": "dashdot", "shape": "hvh"}
    return [
        plain | {"y": lower},
        plain | band | {"y": upper, "legendrank": 7},
        plain | {"y": mean, "line": line, "showlegend": True, "name": language.gettext("mean"), "legendrank": 8},
    ]


def _signals(course: Course, line: Line, step: Step, language: Language) -> list[dict[str, Any]]:
    """A ring around each point that moves by more than chance."""
    signalling = {point.period for point in course.points if point.signal}
    marked = [_value(_cell(one, step)) if one.period in signalling else None for one in line]
    if not signalling:
        return []
    name = language.gettext("more than chance")
    ring = {"color": "rgba(0,0,0,0)", "symbol": "circle", "size": 16, "line": {"color": INK, "width": 2}}
    return [line_trace(name, marked, style=0) | {"mode": "markers", "marker": ring, "legendrank": 6}]


def _cell(figures: StepFigures, step: Step) -> Cell:
    """What is followed over time: the share within the norm, or the median where there is no norm."""
    return figures.share if step.norm else figures.median


def _entry(figures: StepFigures, step: Step, language: Language) -> Entry:
    return within_norm_entry(figures, language) if step.norm else days_entry(figures.median, step, language)


def _traces(cells: list[Cell], name: str, style: int, language: Language) -> list[dict[str, Any]]:
    """The final periods as a line with closed markers, the provisional ones dotted with open markers."""
    values = [_value(cell) for cell in cells]
    if all(value is None for value in values):
        name = language.gettext("{name}: no published figure", name=name)
    final = [value if cell.cohort is Cohort.FINAL else None for value, cell in zip(values, cells, strict=True)]
    line = line_trace(name, final, style)
    if style == 0:
        line["error_y"] = _intervals(cells)
    open_from = max((index for index, value in enumerate(final) if value is not None), default=0)
    provisional = [value if index >= open_from else None for index, value in enumerate(values)]
    if all(value is None for value in provisional[open_from + 1 :]):
        return [line]
    dotted = line_trace(name, provisional, style) | {"showlegend": False}
    dotted["line"] |= {"dash": "dot"}
    dotted["marker"] |= {"color": GROUND}
    return [dotted, line]


def _intervals(cells: list[Cell]) -> dict[str, Any]:
    known = [cell.figure if isinstance(cell.figure, Published) else None for cell in cells]
    return {
        "type": "data",
        "symmetric": False,
        "array": [one.upper - one.value if one and one.upper is not None else 0 for one in known],
        "arrayminus": [one.value - one.lower if one and one.lower is not None else 0 for one in known],
        "width": 0,
        "thickness": 1.2,
        "color": INK,
    }


def _value(cell: Cell) -> float | None:
    return cell.figure.value if isinstance(cell.figure, Published) else None


def ends(name: str, entries: list[tuple[str, Entry]], language: Language) -> str:
    """The first and the last published figure of a line."""
    shown = [(period, entry) for period, entry in entries if entry.kind in (Kind.PUBLISHED, Kind.ZERO)]
    if not shown:
        return language.gettext("{name}: no published figure.", name=name)
    (start, first), (end, last) = shown[0], shown[-1]
    return language.gettext(
        "{name}: {first} in {start}, {last} in {end}.",
        name=name,
        first=first.text,
        start=language.period(start),
        last=last.text,
        end=language.period(end),
    )
