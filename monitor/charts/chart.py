"""A chart: a plotly figure as a plain dict, the sentence that says the same, and the table it is drawn from.

Plain dicts, because plotly's own classes validate every value again at each run. The layout is ours: black text,
lines told apart by dash and marker as well as colour, decimals as the language writes them. Every colour stands here
or beside the map, as on paper; `theme.py` turns them to a dark ground.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from monitor.charts.table import Table
from monitor.locale import Language
from monitor.release.cell import Published

# At least 3:1 on white and told apart by colour-blind readers; each with its own dash and marker.
STYLES = (
    ("#154273", "solid", "circle"),
    ("#B04A00", "dash", "square"),
    ("#2B7A4B", "dot", "diamond"),
)
TINTS = ("rgba(21, 66, 115, 0.18)", "rgba(176, 74, 0, 0.16)")  # the interval around a line of the first styles
GROUND, INK, GRID, EDGE, NORM = "#FFFFFF", "#111111", "#D9D9D9", "#767676", "#A90061"
BAND, LIMIT = "#EDEDED", "#6B6B6B"  # between the limits, and the limits themselves
LETTERS = 18  # of the name of a row before it goes on below
CONFIG: dict[str, Any] = {"displayModeBar": False, "staticPlot": True, "responsive": True}


@dataclass(frozen=True)
class Chart:
    """``figure``: data and layout for plotly. ``alt``: its message, in numbers of the table."""

    figure: dict[str, Any]
    alt: str
    table: Table


def layout(language: Language, height: int) -> dict[str, Any]:
    axis = {
        "gridcolor": GRID,
        "linecolor": INK,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "tickformat": ",",  # thousands apart, by the separators below
    }
    return {
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 36, "b": 8},
        "font": {"family": '"Source Sans", "Source Sans Pro", sans-serif', "size": 14, "color": INK},
        "paper_bgcolor": GROUND,
        "plot_bgcolor": GROUND,
        "separators": ",." if language.code == "nl" else ".,",
        "hovermode": False,
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "traceorder": "normal",  # by rank: a filled band would turn it round
            "x": 0,
            "y": 1.02,
            "xanchor": "left",
            "yanchor": "bottom",
        },
        "xaxis": dict(axis),
        "yaxis": dict(axis),
    }


def percent_axis(language: Language) -> dict[str, Any]:
    ticks = [0, 20, 40, 60, 80, 100]
    return {"range": [0, 102], "tickvals": ticks, "ticktext": [language.percent(tick) for tick in ticks]}


def period_axis(periods: tuple[str, ...]) -> dict[str, Any]:
    """Periods at 0, 1, 2, ...; a tick at every first quarter, or at every year."""
    starts = [index for index, period in enumerate(periods) if period.endswith("Q1") or "Q" not in period]
    return {
        "range": [-0.6, len(periods) - 0.4],
        "tickvals": starts,
        "ticktext": [periods[index][:4] for index in starts],
        "showgrid": False,
    }


def reference(name: str, x: list[float], y: list[float]) -> dict[str, Any]:
    """A norm or target: a long-dashed line with its name in the legend, where it covers no data."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "legendrank": 9,
        "x": x,
        "y": y,
        "line": {"color": NORM, "width": 2, "dash": "longdash"},
    }


def line_trace(name: str, values: list[float | None], style: int) -> dict[str, Any]:
    """Values at 0, 1, 2, ... in one of the styles; a gap where there is none."""
    color, dash, symbol = STYLES[style]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "legendrank": style,
        "x": list(range(len(values))),
        "y": values,
        "line": {"color": color, "dash": dash, "width": 2},
        "marker": {"color": color, "symbol": symbol, "size": 7, "line": {"color": color, "width": 2}},
        "cliponaxis": False,
    }


def row_axis(names: Sequence[str]) -> dict[str, Any]:
    """Rows one below the other, the first on top."""
    return {
        "range": [len(names) - 0.5, -0.5],
        "tickvals": list(range(len(names))),
        "ticktext": ["<br>".join(wrap(name, LETTERS)) for name in names],
        "showgrid": False,
    }


def dots(rows: Iterable[tuple[float, Published]], name: str, style: int) -> dict[str, Any]:
    """A figure in each row with its interval. ``rows``: at what height each lies."""
    color, _, symbol = STYLES[style]
    places, figures = tuple(zip(*rows, strict=True)) or ((), ())
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "legendrank": style,
        "x": [figure.value for figure in figures],
        "y": list(places),
        "marker": {"color": color, "symbol": symbol, "size": 11},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [figure.upper - figure.value if figure.upper is not None else 0 for figure in figures],
            "arrayminus": [figure.value - figure.lower if figure.lower is not None else 0 for figure in figures],
            "color": color,
            "thickness": 1.5,
            "width": 0,
        },
        "cliponaxis": False,
    }
