"""What a chart draws, as series of points on two axes: what a drawing program and a typesetter both understand."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

from monitor.reports.report import Drawing, Grid

Values = tuple[float | None, ...]
CLEAR = "rgba(0,0,0,0)"
UPRIGHT = "line-ns-open"  # plotly's marker for a short upright line


@dataclass(frozen=True)
class Series:
    """``x`` and ``y``: of each point; a y of None where nothing is drawn. ``below`` and ``above``: how far the interval
    of each point reaches, along y, or along x in a grid of rows. ``dash``: as plotly calls it. ``marker``: its shape,
    None for a bare line; ``filled``: the final ones. ``has_line``: False for markers alone. ``is_ring``: around the
    markers of another series. ``fill``: the colour between it and the series before it, which is the other edge.
    """

    name: str
    x: Values
    y: Values
    color: str
    width: float = 2
    dash: str = "solid"
    marker: str | None = None
    filled: bool = True
    below: Values = ()
    above: Values = ()
    in_legend: bool = True
    has_line: bool = True
    is_ring: bool = False
    fill: str | None = None


@dataclass(frozen=True)
class Axis:
    """``ticks``: where, and in which words; in no words where numbers are written as the language writes them.
    A grid of rows goes down, from a high number to a low one."""

    start: float
    end: float
    ticks: tuple[tuple[float, str], ...]
    is_percent: bool
    title: str


def series_of(drawing: Drawing) -> tuple[Series, ...]:
    """In the order in which they are drawn, the last on top."""
    figure = drawing.chart.figure
    lines = zip(figure["layout"].get("shapes", ()), figure["layout"].get("annotations", ()), strict=True)
    return (*(_marked(shape, note) for shape, note in lines), *map(_series, figure["data"]))


def in_order(series: Series, drawing: Drawing) -> Values:
    """The value of each category of the drawing, None where it has none."""
    if drawing.grid is Grid.ROWS:
        by_row = {round(y): x for x, y in zip(series.x, series.y, strict=True) if y is not None}
        return tuple(by_row.get(row) for row in range(len(drawing.categories)))
    length = len(drawing.categories)
    return series.y if len(series.y) == length else series.y[:1] * length  # a norm or target: from end to end


def reach_in_order(series: Series, drawing: Drawing) -> tuple[Values, Values]:
    """How far the interval of each category reaches below and above its value; empty without intervals."""
    if drawing.grid is not Grid.ROWS or not series.above:
        return series.below, series.above
    rows = [round(y) for y in series.y if y is not None]
    below, above = dict(zip(rows, series.below, strict=True)), dict(zip(rows, series.above, strict=True))
    every = range(len(drawing.categories))
    return tuple(below.get(row, 0) for row in every), tuple(above.get(row, 0) for row in every)


def x_axis(drawing: Drawing) -> Axis:
    series = series_of(drawing)
    reach = _with_reach(series) if drawing.grid is Grid.ROWS else (value for one in series for value in one.x)
    return _axis(drawing.chart.figure["layout"]["xaxis"], reach)


def y_axis(drawing: Drawing) -> Axis:
    return _axis(drawing.chart.figure["layout"]["yaxis"], _with_reach(series_of(drawing), across=False))


def tick_step(top: float) -> float:
    """The distance between grid lines: 1, 2 or 5 times a power of ten, at most six of them."""
    power = 1.0
    while True:
        for factor in (1, 2, 5):
            if top / (factor * power) <= 6:
                return factor * power
        power *= 10


def _axis(layout: dict[str, Any], reach: Iterable[float | None]) -> Axis:
    """As plotly was told, and from 0 to above all that is drawn where it was not told."""
    start, end = layout.get("range", (0, 0))
    if "range" not in layout:
        top = max((value for value in reach if value is not None), default=1) or 1
        step = tick_step(top)
        end = step * -(-top // step)
    if "tickvals" in layout:
        words = [text.replace("<br>", "\n") for text in layout["ticktext"]]
        ticks = tuple(zip(layout["tickvals"], words, strict=True))
    else:
        step = tick_step(end)
        ticks = tuple((step * tick, "") for tick in range(int(end / step) + 1))
    return Axis(
        start,
        end,
        ticks,
        is_percent=bool(ticks) and ticks[-1][1].endswith("%"),
        title=layout.get("title", {}).get("text", ""),
    )


def _with_reach(series: Iterable[Series], *, across: bool = True) -> Iterable[float | None]:
    for one in series:
        for place, value in enumerate(one.x if across else one.y):
            above = one.above[place] if one.above else 0
            yield None if value is None else value + (above or 0)


def _series(trace: dict[str, Any]) -> Series:
    line, marker = trace.get("line", {}), trace.get("marker", {})
    interval = trace.get("error_y") or trace.get("error_x") or {}
    is_ring = marker.get("color") == CLEAR
    x, y = tuple(trace["x"]), tuple(trace["y"])
    if line.get("shape") == "hv":
        x, y = _as_steps(x, y)
    color = marker["line"]["color"] if is_ring else line.get("color") or marker["color"]
    return Series(
        name=trace.get("name", ""),
        x=x,
        y=y,
        color=_opaque(color),
        width=line.get("width", 2),
        dash=line.get("dash", "solid"),
        marker=marker.get("symbol"),
        filled=not is_ring and marker.get("color") == line.get("color", marker.get("color")),
        below=tuple(interval.get("arrayminus", ())),
        above=tuple(interval.get("array", ())),
        in_legend=trace.get("showlegend", True) and bool(trace.get("name")),
        has_line=trace["mode"] != "markers",
        is_ring=is_ring,
        fill=_on_white(trace["fillcolor"]) if trace.get("fill") == "tonexty" else None,
    )


def _marked(shape: dict[str, Any], note: dict[str, Any]) -> Series:
    """A line across the chart that has its name written at its end."""
    ends = (shape["x0"], shape["x1"]), (shape["y0"], shape["y1"])
    line = shape["line"]
    return Series(note["text"], *ends, color=line["color"], width=line["width"], dash=line["dash"])


def _as_steps(x: Values, y: Values) -> tuple[Values, Values]:
    """A line that stays where it is until the next point, with the corners as points of their own."""
    points = list(zip(x, y, strict=True))
    corners = (((after, low), (after, high)) for (_, low), (after, high) in pairwise(points))
    every = [points[0], *chain.from_iterable(corners)]
    return tuple(one for one, _ in every), tuple(one for _, one in every)


def _opaque(color: str) -> str:
    """As a hexadecimal colour, whatever shone through it."""
    return color if color.startswith("#") else "#{:02X}{:02X}{:02X}".format(*_channels(color)[:3])


def _on_white(color: str) -> str:
    """As it looks on white."""
    if color.startswith("#"):
        return color
    *channels, alpha = _channels(color)
    return "#{:02X}{:02X}{:02X}".format(*(round(255 - alpha * (255 - one)) for one in channels))


def _channels(color: str) -> list[Any]:
    red, green, blue, alpha = re.findall(r"[\d.]+", color)
    return [int(red), int(green), int(blue), float(alpha)]
