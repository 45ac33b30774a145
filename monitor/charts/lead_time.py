"""The share that got so far, by the days it took."""

from collections.abc import Sequence
from typing import Any

from monitor.charts.chart import INK, LIMIT, STYLES, TINTS, Chart, layout, percent_axis, reference
from monitor.charts.over_time import completeness_entry
from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.definitions import UNITS
from monitor.narrative.figures import (
    Entry,
    days_entry,
    days_words,
    n_entry,
    reason_words,
    share_entry,
    within_norm_entry,
)
from monitor.narrative.sentences import cohort_words, group_name, interval_note, norm_words, short_verdict
from monitor.release.cell import Cell, Published
from monitor.views.lead_times import Curve, LeadTimes
from monitor.views.step import StepFigures
from pseudonymise.agreement import Step, load_agreement

Points = Sequence[tuple[int | None, Published]]


def lead_time_curves(model: LeadTimes, language: Language) -> Chart:
    step = load_agreement().step(model.step)
    figure = layout(language, 420)
    unit = language.gettext(UNITS[step.unit])
    figure["xaxis"] |= {
        "range": [0, step.horizon],
        "title": {"text": unit, "font": {"size": 14}},
        "showgrid": False,
    }
    figure["yaxis"] |= percent_axis(language)
    bands: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    sentences = []
    by_group = {figures.group: figures for figures in model.rows}
    # The chosen group is drawn last and so on top, in the first style.
    for curve in model.curves:
        style = 0 if curve is model.curves[-1] else 1
        shown = [(cell.point, cell.figure) for cell in curve.points if isinstance(cell.figure, Published)]
        if shown:
            bands += _interval(shown, style, language)
            lines.append(_line(shown, group_name(curve.group, language), style))
        sentences.append(_curve_sentence(curve, by_group[curve.group], step, language))
    data = [*bands, *lines]
    figure["shapes"], figure["annotations"] = _marked_shares(step, language)
    if lines and step.norm and step.norm_days:
        words = language.gettext("norm {norm}", norm=norm_words(step.norm, language))
        data.append(reference(words, [step.norm_days, step.norm_days], [0, 100]))
    alt = language.gettext(
        "Curves: {step}, {period}: share reached by {unit}. {curves}",
        step=language.of(step),
        period=language.period(model.period),
        unit=unit,
        curves=" ".join(sentences),
    )
    return Chart({"data": data, "layout": figure}, alt, _points_table(model, step, language))


def _line(shown: Points, name: str, style: int) -> dict[str, Any]:
    """A step function from nothing on the first day; it ends where too few are followed further."""
    color, dash, _ = STYLES[style]
    return _steps(shown, [figure.value for _, figure in shown]) | {
        "name": name,
        "legendrank": style,
        "line": {"color": color, "dash": dash, "width": 2.5, "shape": "hv"},
    }


def _interval(shown: Points, style: int, language: Language) -> list[dict[str, Any]]:
    """The band of the 95% interval around a line; only one of them is named."""
    edge = {"line": {"color": TINTS[style], "width": 0.5, "shape": "hv"}, "showlegend": False}
    lower = [figure.value if figure.lower is None else figure.lower for _, figure in shown]
    upper = [figure.value if figure.upper is None else figure.upper for _, figure in shown]
    band = {"fill": "tonexty", "fillcolor": TINTS[style], "name": language.gettext("95% interval"), "legendrank": 3}
    return [_steps(shown, lower) | edge, _steps(shown, upper) | edge | band | {"showlegend": style == 0}]


def _steps(shown: Points, values: list[float]) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": [0, *(point for point, _ in shown)], "y": [0, *values]}


def _marked_shares(step: Step, language: Language) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Where half and nine in ten are read off, each with its name at the far end."""
    line = {"type": "line", "x0": 0, "x1": step.horizon, "line": {"color": LIMIT, "width": 1, "dash": "dot"}}
    note = {"x": step.horizon, "xanchor": "right", "yanchor": "bottom", "showarrow": False, "borderpad": 0}
    named = ((50, language.gettext("half")), (90, language.gettext("nine in ten")))
    return (
        [line | {"y0": share, "y1": share, "layer": "below"} for share, _ in named],
        [note | {"y": share, "text": name, "font": {"size": 12, "color": INK}} for share, name in named],
    )


def curves_note(language: Language) -> str:
    """How the curves are read, and why they end where they do."""
    return language.gettext(
        "The bands are the 95% intervals. A curve ends where too few cases are followed further: what comes after "
        "would rest on a few families."
    )


def summary_table(model: LeadTimes, language: Language) -> Table:
    """Every group of the split: share within the norm, median, P90, number and completeness."""
    step = load_agreement().step(model.step)
    with_norm = step.norm is not None

    def row(figures: StepFigures) -> tuple[Entry, ...]:
        return (
            Entry(group_name(figures.group, language)),
            *((within_norm_entry(figures, language), Entry(short_verdict(figures, language))) if with_norm else ()),
            days_entry(figures.median, step, language),
            days_entry(figures.p90, step, language),
            n_entry(figures, step, language),
            Entry(cohort_words(figures.cohort, language)),
            completeness_entry(figures, language),
        )

    return Table(
        caption=language.gettext("{step}, {period}", step=language.of(step), period=language.period(model.period)),
        head=(
            language.gettext("Group"),
            *((language.gettext("Within the norm"), language.gettext("Verdict")) if with_norm else ()),
            language.gettext("Half within"),
            language.gettext("Nine in ten within"),
            language.gettext("Cases"),
            language.gettext("Status"),
            language.gettext("Date registered"),
        ),
        rows=tuple(row(figures) for figures in model.rows),
        notes=(
            interval_note(language),
            language.gettext(
                "Cases that are still open count until the day they were last followed; cases that ended before count "
                "as not reached."
            ),
        ),
    )


def _points_table(model: LeadTimes, step: Step, language: Language) -> Table:
    points = sorted({cell.point for curve in model.curves for cell in curve.points if cell.point is not None})
    shown = points if len(points) <= 15 else points[:: -(-len(points) // 15)]
    if step.norm_days in points and step.norm_days not in shown:
        shown = sorted([*shown, step.norm_days])
    by_point = [{cell.point: cell for cell in curve.points} for curve in model.curves]

    def entry(cells: dict[int | None, Cell], point: int) -> Entry:
        return share_entry(cells[point], language) if point in cells else Entry("")

    return Table(
        caption=language.gettext("Share reached, by {unit}", unit=language.gettext(UNITS[step.unit])),
        head=(
            language.gettext("Within"),
            *(group_name(curve.group, language) for curve in model.curves),
        ),
        rows=tuple(
            (
                Entry(language.number(point)),
                *(entry(cells, point) for cells in by_point),
            )
            for point in shown
        ),
    )


def _curve_sentence(curve: Curve, figures: StepFigures, step: Step, language: Language) -> str:
    name = group_name(curve.group, language)
    shown = [cell for cell in curve.points if isinstance(cell.figure, Published)]
    if not shown:
        median = figures.median.figure
        reason = curve.points[0].figure if curve.points else median
        words = (
            language.gettext("too few") if isinstance(reason, Published) else reason_words(reason.reason, language)[0]
        )
        return language.gettext("{name}: no curve, {reason}.", name=name, reason=words)
    last = shown[-1]
    sentence = language.gettext(
        "{name}: {share} within {days}",
        name=name,
        share=share_entry(last, language).text,
        days=days_words(last.point or 0, step, language),
    )
    at_norm = next((cell for cell in shown if cell.point == step.norm_days), None)
    if at_norm is not None and at_norm is not last and step.norm is not None:
        sentence = language.gettext(
            "{name}: {at_norm} within the norm of {norm}, {share} within {days}",
            name=name,
            at_norm=share_entry(at_norm, language).text,
            norm=norm_words(step.norm, language),
            share=share_entry(last, language).text,
            days=days_words(last.point or 0, step, language),
        )
    if isinstance(figures.median.figure, Published):
        sentence += language.gettext("; half within {days}", days=days_entry(figures.median, step, language).text)
    return sentence + "."
