"""Shares within the norm and flows, period by period."""

from typing import Any

from monitor.catalogue import load_catalogue
from monitor.charts.chart import INK, STYLES, Chart, horizontal, layout, percent_axis, period_axis
from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.figures import (
    Entry,
    Kind,
    count_entry,
    n_entry,
    share_entry,
    within_norm_entry,
)
from monitor.narrative.sentences import cohort_words, group_name
from monitor.release.cell import Cell, Cohort, Published
from monitor.views.flow import FlowFigures
from monitor.views.region import Compared
from monitor.views.step import StepFigures
from pseudonymise.agreement import load_agreement


def share_over_time(figures: tuple[StepFigures, ...], language: Language) -> Chart:
    """One group: its share in each period with the interval, against the target."""
    return _chart((figures,), _series_table(figures, language), language, height=260)


def compared_over_time(compared: Compared, language: Language) -> Chart:
    """A group beside the seven together.

    Beside their line, and not within the smallest and largest of the others: those are mostly the chance of the
    smallest groups.
    """
    return _chart(
        (compared.own, compared.together), _compared_table(compared, language), language, height=300
    )


def flow_over_time(flow: tuple[FlowFigures, ...], table: Table, language: Language) -> Chart:
    """What came in and what ended, by quarter."""
    periods = tuple(figures.period for figures in flow)
    names = (language.gettext("Came in"), language.gettext("Ended"))
    rows = ([figures.inflow for figures in flow], [figures.ended for figures in flow])
    data = [
        _line(name, [_value(cell) for cell in cells], style=index)
        for index, (name, cells) in enumerate(zip(names, rows, strict=True))
    ]
    figure = layout(language, 280)
    figure["xaxis"] |= period_axis(periods)
    figure["yaxis"] |= {"rangemode": "tozero"}
    alt = language.gettext(
        "Line chart of the measures that came in and ended by quarter. {lines}",
        lines=" ".join(_ends(name, cells, language) for name, cells in zip(names, rows, strict=True)),
    )
    return Chart({"data": data, "layout": figure}, alt, table)


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
                "Each number is protected by a small random difference, so stock, inflow and outflow do not add up "
                "exactly. A transfer between institutions is no inflow and no outflow."
            ),
        ),
    )


def _chart(
    lines: tuple[tuple[StepFigures, ...], ...], table: Table, language: Language, height: int
) -> Chart:
    periods = tuple(figures.period for figures in lines[0])
    names = [group_name(line[0].group, language) if line else "" for line in lines]
    figure = layout(language, height)
    figure["xaxis"] |= period_axis(periods)
    figure["yaxis"] |= percent_axis()
    figure["showlegend"] = len(lines) > 1
    data = [trace for index, line in enumerate(lines) for trace in _share_traces(line, names[index], index)]
    step = load_agreement().step(lines[0][0].step)
    target = load_catalogue().steps[step.code].target_share
    sentences = [_share_ends(name, line, language) for name, line in zip(names, lines, strict=True)]
    if target is not None:
        words = language.gettext("target {target}", target=language.percent(target))
        shape, annotation = horizontal(target, words, len(periods))
        figure |= {"shapes": [shape], "annotations": [annotation]}
        sentences.append(language.gettext("The target is {target}.", target=language.percent(target)))
    alt = language.gettext(
        "Line chart: {step}, share within the norm by period. {lines}",
        step=language.of(step),
        lines=" ".join(sentences),
    )
    return Chart({"data": data, "layout": figure}, alt, table)


def _share_traces(line: tuple[StepFigures, ...], name: str, style: int) -> list[dict[str, Any]]:
    """The final periods as a line with closed markers, the provisional ones dotted with open markers."""
    values = [_value(figures.share) for figures in line]
    final = [
        value if figures.cohort is Cohort.FINAL else None for value, figures in zip(values, line, strict=True)
    ]
    traces = [_line(name, final, style)]
    if style == 0:
        traces[0]["error_y"] = _error_bars(line, final)
    open_from = max((index for index, value in enumerate(final) if value is not None), default=0)
    provisional = [value if index >= open_from else None for index, value in enumerate(values)]
    if any(value is not None for value in provisional[open_from + 1 :]):
        trace = _line(name, provisional, style) | {"showlegend": False}
        trace["line"] |= {"dash": "dot"}
        trace["marker"] |= {"color": "#FFFFFF"}
        traces.insert(0, trace)
    return traces


def _line(name: str, values: list[float | None], style: int) -> dict[str, Any]:
    color, dash, symbol = STYLES[style]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": list(range(len(values))),
        "y": values,
        "line": {"color": color, "dash": dash, "width": 2},
        "marker": {"color": color, "symbol": symbol, "size": 7, "line": {"color": color, "width": 2}},
        "cliponaxis": False,
    }


def _error_bars(line: tuple[StepFigures, ...], drawn: list[float | None]) -> dict[str, Any]:
    up: list[float] = []
    down: list[float] = []
    for figures, value in zip(line, drawn, strict=True):
        share = figures.share.figure
        known = (
            value is not None
            and isinstance(share, Published)
            and share.lower is not None
            and share.upper is not None
        )
        up.append(share.upper - share.value if known else 0)  # type: ignore[union-attr,operator]
        down.append(share.value - share.lower if known else 0)  # type: ignore[union-attr,operator]
    return {
        "type": "data",
        "symmetric": False,
        "array": up,
        "arrayminus": down,
        "width": 0,
        "thickness": 1.2,
        "color": INK,
    }


def _value(cell: Cell) -> float | None:
    return cell.figure.value if isinstance(cell.figure, Published) else None


def _share_ends(name: str, line: tuple[StepFigures, ...], language: Language) -> str:
    shown = [figures for figures in line if isinstance(figures.share.figure, Published)]
    if not shown:
        return language.gettext("{name}: no published figure.", name=name)
    first, last = shown[0], shown[-1]
    sentence = language.gettext(
        "{name}: {first} in {start}, {last} in {end}.",
        name=name,
        first=share_entry(first.share, language).text,
        start=language.period(first.period),
        last=share_entry(last.share, language).text,
        end=language.period(last.period),
    )
    if last.cohort is Cohort.PROVISIONAL:
        sentence += " " + language.gettext("The last is provisional.")
    return sentence


def _ends(name: str, cells: list[Cell], language: Language) -> str:
    shown = [cell for cell in cells if isinstance(cell.figure, Published)]
    if not shown:
        return language.gettext("{name}: no published figure.", name=name)
    return language.gettext(
        "{name}: {first} in {start}, {last} in {end}.",
        name=name,
        first=count_entry(shown[0], language).text,
        start=language.period(shown[0].period),
        last=count_entry(shown[-1], language).text,
        end=language.period(shown[-1].period),
    )


def _series_table(figures: tuple[StepFigures, ...], language: Language) -> Table:
    return Table(
        caption=language.gettext(
            "{step}, {group}", step=_step_name(figures, language), group=_group_name(figures, language)
        ),
        head=(
            language.gettext("Period"),
            language.gettext("Within the norm"),
            language.gettext("Cases"),
            language.gettext("Status"),
            language.gettext("Date registered"),
        ),
        rows=tuple(
            (
                Entry(language.period(one.period)),
                within_norm_entry(one, language),
                n_entry(one.share, language),
                Entry(cohort_words(one.cohort, language)),
                completeness_entry(one, language),
            )
            for one in reversed(figures)
        ),
        notes=(
            language.gettext(
                "In smaller type: the 95% interval, chance and the protection of small numbers together."
            ),
        ),
    )


def _compared_table(compared: Compared, language: Language) -> Table:
    return Table(
        caption=language.gettext(
            "{step}, {group}",
            step=_step_name(compared.own, language),
            group=_group_name(compared.own, language),
        ),
        head=(
            language.gettext("Period"),
            _group_name(compared.own, language),
            _group_name(compared.together, language),
            language.gettext("Cases"),
            language.gettext("Status"),
            language.gettext("Date registered"),
        ),
        rows=tuple(
            (
                Entry(language.period(own.period)),
                within_norm_entry(own, language),
                within_norm_entry(together, language),
                n_entry(own.share, language),
                Entry(cohort_words(own.cohort, language)),
                completeness_entry(own, language),
            )
            for own, together in reversed(_side_by_side(compared))
        ),
        notes=(
            language.gettext(
                "In smaller type: the 95% interval, chance and the protection of small numbers together."
            ),
        ),
    )


def completeness_entry(figures: StepFigures, language: Language) -> Entry:
    """Of how many of the cases the date is registered."""
    if figures.completeness is None:
        return Entry("")
    return Entry(language.percent(figures.completeness), Kind.PUBLISHED)


def _side_by_side(compared: Compared) -> list[tuple[StepFigures, StepFigures]]:
    together = {figures.period: figures for figures in compared.together}
    return [(own, together[own.period]) for own in compared.own if own.period in together]


def _step_name(figures: tuple[StepFigures, ...], language: Language) -> str:
    return language.of(load_agreement().step(figures[0].step))


def _group_name(figures: tuple[StepFigures, ...], language: Language) -> str:
    return group_name(figures[0].group, language)
