"""The share that got so far, by the days it took."""

from monitor.charts.chart import GRID, STYLES, Chart, layout, percent_axis, reference
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
    data = []
    sentences = []
    by_group = {figures.group: figures for figures in model.rows}
    # The chosen group is drawn last and so on top, in the first style.
    for curve in model.curves:
        color, dash, _ = STYLES[0 if curve is model.curves[-1] else 1]
        shown = [(cell.point, cell.figure.value) for cell in curve.points if isinstance(cell.figure, Published)]
        if shown:
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": group_name(curve.group, language),
                    "legendrank": 0 if curve is model.curves[-1] else 1,
                    "x": [0, *(point for point, _ in shown)],
                    "y": [0, *(value for _, value in shown)],
                    "line": {"color": color, "dash": dash, "width": 2.5, "shape": "hv"},
                }
            )
        sentences.append(_curve_sentence(curve, by_group[curve.group], step, language))
    figure["shapes"] = [
        {"type": "line", "x0": 0, "x1": step.horizon, "y0": 50, "y1": 50, "line": {"color": GRID, "width": 1}}
    ]
    if step.norm and step.norm_days:
        words = language.gettext("norm {norm}", norm=norm_words(step.norm, language))
        data.append(reference(words, [step.norm_days, step.norm_days], [0, 102]))
    alt = language.gettext(
        "Curves: {step}, {period}: share reached by {unit}. {curves}",
        step=language.of(step),
        period=language.period(model.period),
        unit=unit,
        curves=" ".join(sentences),
    )
    return Chart({"data": data, "layout": figure}, alt, _points_table(model, step, language))


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
