"""The actions that should move a series, as marked lines on its chart, in its alt text and in its table."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from monitor.charts.chart import GROUND, INK, Chart
from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.agenda import action_name
from monitor.narrative.figures import Entry
from monitor.views.agenda import Followed, Since, quarter_of


def with_actions(chart: Chart, actions: Sequence[Followed], periods: Sequence[str], language: Language) -> Chart:
    """The chart with a line where each action began; the chart itself where none did within its periods."""
    drawn = [(one, period) for one in actions if (period := _period_of(one, periods))]
    if not drawn:
        return chart
    lines = [_line(one, period, periods) for one, period in drawn]
    labels = [
        _label(one, line["x0"], rank, language) for rank, ((one, _), line) in enumerate(zip(drawn, lines, strict=True))
    ]
    layout = chart.figure["layout"] | {"shapes": lines, "annotations": labels}
    said = [
        language.gettext(
            "A line marks {action}, begun on {date}.",
            action=action_name(one.revision, language),
            date=language.date(one.revision.action.start),
        )
        for one, _ in drawn
    ]
    return Chart(chart.figure | {"layout": layout}, " ".join((chart.alt, *said)), _with_column(chart, drawn, language))


def _with_column(chart: Chart, drawn: Sequence[tuple[Followed, str]], language: Language) -> Table:
    by_period: dict[str, list[str]] = {}
    for one, period in drawn:
        by_period.setdefault(language.period(period), []).append(action_name(one.revision, language))
    return replace(
        chart.table,
        head=(*chart.table.head, language.gettext("Action begun")),
        rows=tuple((*row, Entry("; ".join(by_period.get(row[0].text, [])))) for row in chart.table.rows),
    )


def _period_of(one: Followed, periods: Sequence[str]) -> str | None:
    """The period of the chart in which the action began."""
    if one.since is Since.NOT_STARTED:
        return None
    start = one.revision.action.start
    return next((period for period in (quarter_of(start), str(start.year)) if period in periods), None)


def _line(one: Followed, period: str, periods: Sequence[str]) -> dict[str, Any]:
    """On its day: a period runs from half before its point to half past it."""
    x = periods.index(period) - 0.5 + _part(one.revision.action.start, of_year="Q" not in period)
    ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper"}
    return {"type": "line", "layer": "above", "line": {"color": INK, "width": 2, "dash": "dot"}} | ends


def _part(day: date, *, of_year: bool) -> float:
    """How much of its quarter or year has passed before this day, in months and their parts."""
    months = day.month - 1 + (day.day - 1) / monthrange(day.year, day.month)[1]
    return months / 12 if of_year else months % 3 / 3


def _label(one: Followed, x: float, rank: int, language: Language) -> dict[str, Any]:
    return {
        "x": x,
        "y": 0.02 + 0.09 * (rank % 3),  # actions that began at about the same time stand above each other
        "yref": "paper",
        "yanchor": "bottom",
        "xanchor": "right",
        "text": language.gettext("action {number}", number=one.revision.number),
        "showarrow": False,
        "bgcolor": GROUND,
        "borderpad": 2,
        "font": {"color": INK},
    }
