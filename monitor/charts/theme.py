"""A chart on a dark ground: the same figure with every colour of the light one replaced by its counterpart.

Charts are made once, in the colours of paper, which the files that are taken along keep. What is told apart by colour
stays told apart by dash, marker and place.
"""

from typing import Any

from monitor.charts.chart import BAND, EDGE, GRID, GROUND, INK, LIMIT, NORM, STYLES, TINTS
from monitor.charts.region_map import SHADES

# At least 4.5:1 for what is read, and 3:1 for lines, on their ground: tests/monitor/charts/test_theme.py.
DARK: dict[str, str] = {
    GROUND: "#14181D",
    INK: "#EDEFF2",
    GRID: "#3A424B",
    EDGE: "#8A929B",
    LIMIT: "#9AA3AD",
    BAND: "#2A3138",
    NORM: "#F48AC4",
    **dict(zip((color for color, _, _ in STYLES), ("#8DB9EE", "#F0A060", "#7CCF9B"), strict=True)),
    **dict(zip(TINTS, ("rgba(141, 185, 238, 0.25)", "rgba(240, 160, 96, 0.22)"), strict=True)),
    **dict(zip(SHADES, ("#1B2631", "#1F3A55", "#254D75", "#2B6196"), strict=True)),  # here too, fuller is higher
}


def in_dark(figure: Any) -> Any:
    """The figure, which stays as it is, in the colours of the dark theme."""
    if isinstance(figure, dict):
        return {name: in_dark(value) for name, value in figure.items()}
    if isinstance(figure, list | tuple):
        return [in_dark(value) for value in figure]
    return DARK.get(figure, figure) if isinstance(figure, str) else figure
