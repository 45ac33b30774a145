"""All cells of a release as CSV, with a description that a program can read: a Frictionless data package, zipped.

The cells as they stand: a state and a reason in columns of their own, and no number where there is none to show.
"""

import csv
import json
from collections.abc import Iterable
from hashlib import sha256
from io import StringIO
from typing import Any

from monitor.catalogue import load_catalogue
from monitor.locale import N_, Language
from monitor.narrative.changes import release_sentences
from monitor.narrative.definitions import Definition, count_definition, step_definition
from monitor.narrative.figures import ABSENT, HIDDEN, Reason, reason_words
from monitor.release.cell import (
    Bound,
    Cell,
    Cohort,
    MissingReason,
    Statistic,
    SuppressedReason,
    row_from_cell,
)
from monitor.reports.archive import zipped
from monitor.reports.inert import inert
from monitor.reports.report import moment
from monitor.views.reading import Release

STATES = ("published", "suppressed", "missing")
# Of each column its type, what it says, and the values it can have.
COLUMNS: dict[str, tuple[str, str, Iterable[str]]] = {
    "audience": ("string", N_("shared, or the institution whose own figures these are"), ()),
    "indicator": ("string", N_("step, clock or flow: its code in indicators.csv"), ()),
    "statistic": ("string", N_("what was computed of it"), Statistic),
    "point": ("integer", N_("of a curve: the number of days, in the unit of the step"), ()),
    "region": ("string", N_("code of the youth-care region, or all"), ()),
    "institution": ("string", N_("code of the institution, or all"), ()),
    "measure_group": ("string", N_("code of the kind of measure, or all"), ()),
    "period": ("string", N_("quarter in which the clock started (2026Q3), or calendar year (2025)"), ()),
    "state": ("string", N_("whether there is a figure, it is hidden, or there is none"), STATES),
    "reason": ("string", N_("why there is no figure to see: its code in reasons.csv"), (*HIDDEN, *ABSENT)),
    "value": ("number", N_("the figure: a count, whole percents, days in the unit of the step, or a code"), ()),
    "lower": ("number", N_("where its 95% interval begins, or its lower limit"), ()),
    "upper": ("number", N_("where its 95% interval ends, or its upper limit"), ()),
    "n": ("integer", N_("how many cases it rests on, protected"), ()),
    "bound": ("string", N_("whether the value is exact, or a bound that the figure lies below or above"), Bound),
    "cohort": ("string", N_("whether every case of the period has been followed for the whole term"), Cohort),
    "completeness": ("integer", N_("whole percent of the cases whose date is registered"), ()),
}
DEFINED = {
    "indicator": N_("its code"),
    "name": N_("its name"),
    "question": N_("what the answer is about"),
    "answer": N_("what counts, by which clock, against which norm with its source, and what to bear in mind"),
}
EXPLAINED = {
    "reason": N_("its code"),
    "state": N_("hidden or missing"),
    "shown": N_("what stands in place of the figure"),
    "sentence": N_("what that means"),
}


def package(release: Release, cells: Iterable[Cell], language: Language, own: str | None = None) -> bytes:
    """``own``: the institution whose exact figures the cells are; None when they are shared."""
    files = {
        "cells.csv": _csv(list(COLUMNS), ([row[name] for name in COLUMNS] for row in map(row_from_cell, cells))),
        "indicators.csv": _csv(list(DEFINED), _indicators(language)),
        "reasons.csv": _csv(list(EXPLAINED), _reasons(language)),
    }
    fields = {
        "cells.csv": [_field(name, language, *of) for name, of in COLUMNS.items()],
        "indicators.csv": [_field(name, language, "string", words) for name, words in DEFINED.items()],
        "reasons.csv": [_field(name, language, "string", words) for name, words in EXPLAINED.items()],
    }
    notice = language.gettext("Demonstration: all data are invented")
    invented = f"{notice}." if release.invented else ""
    warning = language.gettext("Exact and unprotected: they can point to a family, and are for you alone.")
    do_not_share = language.gettext("Own figures, do not share.")
    mark = f"{do_not_share} {own}. {warning}" if own else ""
    described: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": f"verbetermonitor-{release.code.lower()}" + ("-own" if own else ""),
        "title": " ".join(filter(None, ("Verbetermonitor", release.code, mark))),
        "description": " ".join(filter(None, (mark, *release_sentences(release, language), invented))),
        "version": release.code,
        "created": f"{moment(release):%Y-%m-%dT%H:%M:%SZ}",
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": name.removesuffix(".csv"),
                "path": name,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(content),
                "hash": f"sha256:{sha256(content).hexdigest()}",
                "schema": {"fields": fields[name], "missingValues": [""]},
            }
            for name, content in files.items()
        ],
    }
    description = json.dumps(described, ensure_ascii=False, indent=2).encode() + b"\n"
    return zipped([("datapackage.json", description), *files.items()])


def _csv(head: list[str], rows: Iterable[Iterable[object]]) -> bytes:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([_written(value) for value in row])
    return text.getvalue().encode()


def _written(value: object) -> object:
    """A number as it was published, a text that no spreadsheet runs, and nothing for what is not there."""
    if isinstance(value, str):
        return inert(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _field(name: str, language: Language, kind: str, words: str, values: Iterable[str] = ()) -> dict[str, Any]:
    field: dict[str, Any] = {"name": name, "type": kind, "description": language.gettext(words)}
    allowed = [str(value) for value in values]
    return field | {"constraints": {"enum": allowed}} if allowed else field


def _indicators(language: Language) -> Iterable[tuple[str, ...]]:
    catalogue = load_catalogue()
    defined: dict[str, Definition] = {code: step_definition(code, language) for code in catalogue.steps}
    defined |= {code: count_definition(code, language) for code in (*catalogue.clocks, *catalogue.in_words)}
    for code, one in defined.items():
        for question, answer in one.lines:
            yield code, one.title, question, answer


def _reasons(language: Language) -> Iterable[tuple[str, ...]]:
    every: tuple[Reason, ...] = (*SuppressedReason, *MissingReason)
    for reason in every:
        state = STATES[1] if isinstance(reason, SuppressedReason) else STATES[2]
        yield (reason.value, state, *reason_words(reason, language))
