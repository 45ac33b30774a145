"""Invented spreadsheets for the demonstration: what four institutions would report, in the templates of the monitor.

The levels are invented and say nothing about the organisations under whose names they stand.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from monitor.catalogue.expected import load_expected, periods_until
from monitor.intake.sheets.write import write_template
from pseudonymise.agreement import Institution, load_agreement, region_names

SEED = 2038
QUARTERS = 8  # enough to see a line; a real store grows by one each quarter
# Measures in force by region: by the youth that lives there; and what part of them an institution has.
REGIONS = {"JZ12": 420, "JZ17": 760, "JZ21": 800, "JZ25": 600, "JZ28": 1150, "JZ30": 560, "JZ32": 900}
PARTS = {"JBGLD": 0.6, "WSS": 0.2, "LDH": 0.14, "JVV": 0.25}
GROUPS = {"ots": 0.6, "vots": 0.05, "voogdij": 0.15, "jr": 0.2}
WAITING, THROUGHFLOW = 0.07, 0.11  # of the measures in force, at the beginning of the series
BETTER = {"waiting": 0.94, "throughflow": 0.99}  # from one quarter to the next
CASELOAD, ABSENCE, TURNOVER, HELP_COST = 15.5, 0.068, 0.038, 21_000.0
DAYS_IN_A_QUARTER = 62


def write_sheets(folder: Path, until: date) -> list[Path]:
    """Writes a workbook for each institution, template and quarter: the same bytes each time."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    quarters = periods_until("quarter", until)[:QUARTERS][::-1]
    institutions = [one for one in load_agreement().institutions if one.kind == "gi"]
    for code, rows in (("waiting_lists", _waiting), ("contract_results", _results)):
        for number, institution in enumerate(institutions):
            for time, quarter in enumerate(quarters):
                rng = np.random.default_rng([SEED, number, time, len(code)])
                path = folder / f"{code}-{institution.code.lower()}-{quarter}.xlsx"
                filled = list(rows(rng, institution, time))
                day = until + timedelta(days=1)
                path.write_bytes(write_template(code, day, institution.code, quarter, filled))
                written.append(path)
    return written


def _waiting(rng: np.random.Generator, institution: Institution, time: int) -> Iterator[tuple[object, ...]]:
    groups, lists = load_expected().options("measure_group"), load_expected().options("list")
    for region in institution.regions:
        for group, part in GROUPS.items():
            for code, share in (("waiting", WAITING), ("throughflow", THROUGHFLOW)):
                expected = REGIONS[region] * PARTS[institution.code] * part * share * BETTER[code] ** time
                youths = int(rng.poisson(expected))
                wait = round(float(rng.normal(48, 7)), 1) if youths >= 10 else None
                yield region_names()[region], groups[group].nl, lists[code].nl, youths, wait


def _results(rng: np.random.Generator, institution: Institution, time: int) -> Iterator[tuple[object, ...]]:
    options = load_expected().options("result")
    for region in institution.regions:
        measures = int(REGIONS[region] * PARTS[institution.code] * rng.normal(1, 0.03))
        caseload = CASELOAD * rng.normal(1, 0.05) * (1 - 0.008 * time)
        fte = round(max(1.0, measures / caseload), 1)
        workers = int(np.ceil(fte / 0.85))
        days = workers * DAYS_IN_A_QUARTER
        determinations = int(measures * 0.35)
        for code, numerator, denominator in (
            ("caseload", measures, fte),
            ("absence", int(rng.binomial(days, ABSENCE)), days),
            ("turnover", int(rng.binomial(workers, TURNOVER)), workers),
            ("help_cost", round(determinations * HELP_COST * float(rng.normal(1, 0.08))), determinations),
        ):
            yield region_names()[region], options[code].nl, numerator, denominator
