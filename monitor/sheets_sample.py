"""Invented spreadsheets for the demonstration: what institutions and regions would report, in our own templates.

The levels are invented and say nothing about the organisations under whose names they stand. So are all providers,
numbers, mailboxes and persons.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from monitor.catalogue.expected import (
    load_expected,
    periods_until,
    served_regions,
    supplier_kind,
    suppliers,
)
from monitor.intake.sheets.write import write_template
from monitor.learning_sample import learned
from pseudonymise.agreement import Institution, load_agreement, municipalities, municipality_regions, region_names

Row = tuple[object, ...]

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

# Providers and what they offer: kind of help, age, and places of an average location.
PROVIDERS = {
    "Pleegzorg Veluwezoom": (("foster_care", "all", 30),),
    "Gezinshuizen Berkenhof": (("family_home", "6-11", 4), ("family_home", "12-15", 4)),
    "De Rietvink": (("day_care", "0-5", 16), ("day_care", "6-11", 12)),
    "Het Wilgenhof": (("other_residential", "12-15", 8), ("other_residential", "16-17", 6)),
    "Kamertraining De Brug": (("other_residential", "16-17", 6), ("other_residential", "18-22", 8)),
    "Maasoever Jeugdzorg": (("family_home", "0-5", 3), ("day_care", "0-5", 10)),
    "Behandelhuis Oostwijk": (("secure", "12-15", 6), ("secure", "16-17", 6)),
    "Zilverdraak": (("foster_care", "0-5", 12), ("other_residential", "6-11", 6)),
}
LOCATIONS = 5  # of providers in a region
FREE = 0.16  # of the places
AGES_OF_STATEMENTS = (0, 1, 3, 6, 9, 13, 18, 24, 29, 47, 120)  # in days: most are fresh, some are not
# By kind of supplier: for what, the team, when it can be reached, and the mailbox.
TEAMS = {
    "gi": (
        ("new_measure", "Instroomteam", "office_hours", "instroom"),
        ("running", "Bureaudienst", "office_hours", "bureaudienst"),
        ("waiting", "Planning en wachtlijst", "office_hours", "planning"),
        ("crisis", "Spoeddienst", "always", "spoed"),
        ("figures", "Kwaliteit en informatie", "office_hours", "informatie"),
    ),
    "vt": (
        ("advice", "Adviesteam", "always", "advies"),
        ("crisis", "Crisisdienst", "always", "crisis"),
    ),
    "council": (("new_measure", "Meldingen en verzoeken", "office_hours", "meldingen"),),
    "region": (
        ("placing", "Regionale plaatsingstafel", "evenings", "plaatsing"),
        ("placing", "Zorgbemiddeling", "office_hours", "zorgbemiddeling"),
        ("figures", "Secretariaat", "office_hours", "secretariaat"),
    ),
}
# Invented persons who consented, by supplier and team; how many days from today their name may be shown.
PERSONS = {
    ("JZ28", "Zorgbemiddeling"): ("Noor Voorbeeld", 180),
    ("JZ12", "Regionale plaatsingstafel"): ("Sam Verzonnen", 90),
    ("JBGLD", "Instroomteam"): ("Mila Bedacht", 300),
}


def write_sheets(folder: Path, until: date, today: date) -> list[Path]:
    """Writes a workbook for each institution, template and quarter, and of each supplier what is standing on a day: the
    same bytes each time."""
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
    for number, supplier in enumerate(suppliers()):
        standing: dict[str, Iterator[Row]] = {"contacts": _contacts(supplier, number, today)}
        if supplier in region_names():
            standing["places"] = _places(np.random.default_rng([SEED, number]), supplier, today)
        for code, rows_of in standing.items():
            path = folder / f"{code}-{supplier.lower()}.xlsx"
            path.write_bytes(write_template(code, today, supplier, rows=list(rows_of)))
            written.append(path)
    for code, supplier, period, filled_in in learned(until):
        path = folder / f"{code}-{supplier.lower()}-{period}.xlsx"
        path.write_bytes(write_template(code, until + timedelta(days=1), supplier, period, list(filled_in)))
        written.append(path)
    return written


def _places(rng: np.random.Generator, region: str, today: date) -> Iterator[Row]:
    expected, names = load_expected(), municipalities()
    here = [code for code, where in municipality_regions().items() if where == region]
    for provider in sorted(map(str, rng.choice(list(PROVIDERS), LOCATIONS, replace=False))):
        municipality = names[str(rng.choice(here))]
        stated = today - timedelta(days=int(rng.choice(AGES_OF_STATEMENTS)))
        for care, ages, usual in PROVIDERS[provider]:
            places = max(1, int(rng.poisson(usual)))
            free = int(rng.binomial(places, FREE))
            words = (expected.options(kind)[code].nl for kind, code in (("care", care), ("ages", ages)))
            yield region_names()[region], provider, municipality, *words, places, free, stated


def _contacts(supplier: str, number: int, today: date) -> Iterator[Row]:
    expected = load_expected()
    for place, (subject, team, reachable, mailbox) in enumerate(TEAMS[supplier_kind(supplier)]):
        person, days = PERSONS.get((supplier, team), (None, 0))
        words = [expected.options(kind)[code].nl for kind, code in (("subject", subject), ("reachable", reachable))]
        phone = f"085 000 {number:02} {place:02}"  # a range that reaches nobody
        email = f"{mailbox}@{supplier.lower()}.example"
        consent = (None, None, None) if person is None else (person, "Ja", today + timedelta(days=days))
        for region in served_regions(supplier):
            yield region_names()[region], words[0], team, phone, email, words[1], *consent


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
