"""What a chart draws, as series over its periods: what a drawing program and a typesetter both understand."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from monitor.reports.report import Drawing

Values = tuple[float | None, ...]


@dataclass(frozen=True)
class Series:
    """``values``: one for each period, None where nothing is drawn. ``below`` and ``above``: how far its interval
    reaches to either side. ``dash``: as plotly calls it. ``marker``: its shape, None for a bare line; ``filled``: the
    final ones. ``is_ring``: markers alone, around those of another series. ``is_band``: with the series before it,
    the edges of a band.
    """

    name: str
    values: Values
    color: str
    width: float = 2
    dash: str = "solid"
    marker: str | None = None
    filled: bool = True
    below: Values = ()
    above: Values = ()
    in_legend: bool = True
    is_ring: bool = False
    is_band: bool = False


def series_of(drawing: Drawing) -> tuple[Series, ...]:
    """In the order in which they are drawn, the last on top."""
    return tuple(_series(trace, len(drawing.periods)) for trace in drawing.chart.figure["data"])


def highest(drawing: Drawing) -> float:
    """Where the axis of values ends: a share at 100, else above all that is drawn."""
    if "range" in drawing.chart.figure["layout"]["yaxis"]:
        return 100
    top = max(
        (
            value + (above or 0)
            for one in series_of(drawing)
            for value, above in zip_longest(one.values, one.above)
            if value is not None
        ),
        default=1,
    )
    step = tick_step(top)
    return step * -(-top // step)


def tick_step(top: float) -> float:
    """The distance between grid lines: 1, 2 or 5 times a power of ten, at most six of them."""
    power = 1.0
    while True:
        for factor in (1, 2, 5):
            if top / (factor * power) <= 6:
                return factor * power
        power *= 10


def is_percent(drawing: Drawing) -> bool:
    return "ticktext" in drawing.chart.figure["layout"]["yaxis"]


def _series(trace: dict[str, Any], length: int) -> Series:
    values = tuple(trace["y"])
    if len(values) != length:  # a norm or target: a line from end to end
        values = (values[0],) * length
    line, marker, interval = trace.get("line", {}), trace.get("marker", {}), trace.get("error_y", {})
    is_ring = trace["mode"] == "markers"
    return Series(
        name=trace.get("name", ""),
        values=values,
        color=marker["line"]["color"] if is_ring else line["color"],
        width=line.get("width", 2),
        dash=line.get("dash", "solid"),
        marker=marker.get("symbol"),
        filled=not is_ring and marker.get("color") == line.get("color"),
        below=tuple(interval.get("arrayminus", ())),
        above=tuple(interval.get("array", ())),
        in_legend=trace.get("showlegend", True) and bool(trace.get("name")),
        is_ring=is_ring,
        is_band=trace.get("fill") == "tonexty",
    )
