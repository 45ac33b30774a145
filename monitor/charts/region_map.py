"""The seven regions as a map: each with its name and figure written in it, shaded by the figure, hatched without one.

The outlines are simplified (CBS and Kadaster, through cartomap, CC BY 4.0) and lie beside the catalogue: nothing is
fetched.
"""

import json
from functools import cache
from importlib import resources
from math import cos, radians
from textwrap import wrap
from typing import Any

from monitor.catalogue.distance import Ring, middle
from monitor.charts.chart import EDGE, GROUND, INK, Chart, layout
from monitor.charts.matrix import judged_entry
from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.figures import Entry, n_entry
from monitor.release.cell import Published
from monitor.views.step import StepFigures
from pseudonymise.agreement import load_agreement, region_names

SHADES = ("#F2F7FB", "#D3E4F2", "#AFCFE7", "#86B6DA")  # from low to high; ink is read on each of them
LETTERS = 11  # of a name before it goes on below: on a telephone the regions lie close
# Pixels to the right and up, where two names would meet on a telephone.
NUDGES = {"JZ12": (-10, 4), "JZ17": (12, -2), "JZ21": (-4, 6), "JZ28": (0, 10), "JZ32": (0, -10)}
LATITUDE = 52.1  # of the middle of the map: a degree of longitude is shorter there by its cosine


@cache
def outlines() -> dict[str, Ring]:
    """The outer ring of each region, in degrees."""
    text = resources.files("monitor.catalogue").joinpath("regions.geojson").read_text("utf-8")
    return {
        feature["id"]: [(x, y) for x, y in feature["geometry"]["coordinates"][0]]
        for feature in json.loads(text)["features"]
    }


def region_map(regions: tuple[StepFigures, ...], chosen: str, language: Language) -> Chart:
    """``regions``: one step of each region in one period. ``chosen``: drawn with a thicker outline."""
    step = load_agreement().step(regions[0].step)
    values = [one.share.figure.value for one in regions if isinstance(one.share.figure, Published)]
    low, high = min(values, default=0), max(values, default=0)
    figure = layout(language, 460)
    plain = {"visible": False, "fixedrange": True}
    figure["xaxis"] |= plain
    figure["yaxis"] |= plain | {"scaleanchor": "x", "scaleratio": 1 / cos(radians(LATITUDE))}
    figure |= {"showlegend": False, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "annotations": []}
    data = []
    for one in sorted(regions, key=lambda one: one.group.region == chosen):
        ring = outlines()[one.group.region]
        entry = judged_entry(one, language)
        data.append(_area(ring, _shade(one, low, high), chosen=one.group.region == chosen))
        x, y = middle(ring)
        name = "<br>".join(
            wrap(
                region_names()[one.group.region].replace("/", "/ "),
                LETTERS,
                break_on_hyphens=False,
                break_long_words=False,
            )
        )
        label = {"x": x, "y": y, "text": f"{name}<br><b>{entry.text}</b>", "showarrow": False}
        right, up = NUDGES.get(one.group.region, (0, 0))
        label |= {"xshift": right, "yshift": up}
        figure["annotations"].append(label | {"font": {"size": 12, "color": INK}})
    table = Table(
        caption=language.gettext(
            "{step}, by region, {period}", step=language.of(step), period=language.period(regions[0].period)
        ),
        head=(language.gettext("Region"), language.gettext("Within the norm"), language.gettext("Cases")),
        rows=tuple(
            (Entry(region_names()[one.group.region]), judged_entry(one, language), n_entry(one, step, language))
            for one in regions
        ),
    )
    shown = language.list([f"{region_names()[one.group.region]} {judged_entry(one, language).text}" for one in regions])
    alt = language.gettext(
        "Map of the seven regions: {step}, share within the norm. {regions}.", step=language.of(step), regions=shown
    )
    return Chart({"data": data, "layout": figure}, alt, table)


def _area(ring: Ring, shade: str | None, *, chosen: bool) -> dict[str, Any]:
    hatched = {"shape": "/", "fgcolor": EDGE, "bgcolor": GROUND, "size": 8}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for x, _ in ring],
        "y": [y for _, y in ring],
        "fill": "toself",
        "line": {"color": INK, "width": 3.5 if chosen else 1},
    } | ({"fillcolor": shade} if shade else {"fillpattern": hatched})


def _shade(figures: StepFigures, low: float, high: float) -> str | None:
    if not isinstance(figures.share.figure, Published):
        return None
    part = (figures.share.figure.value - low) / (high - low) if high > low else 0.5
    return SHADES[min(int(part * len(SHADES)), len(SHADES) - 1)]
