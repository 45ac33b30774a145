"""Which release may be made now: its kind, its place in the line of releases, and what an erratum names.

Releases stand in one line, each built on the one before: a quarter is first released as provisional (*voorlopig*),
later as final (*definitief*), and corrected by an erratum (*rectificatie*) on the newest release.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache

from monitor.catalogue import load_catalogue, load_schedule
from monitor.release.cell import ALL, Cell
from monitor.release.periods import is_quarter, is_year, last_day
from pseudonymise.agreement import Flow, InstitutionKind, load_agreement
from pseudonymise.errors import UserError

LONGEST_NAME = 100  # characters of who released or confirmed
SHORTEST_REASON = 10  # characters: a reason that a reader can do something with


class Kind(StrEnum):
    PROVISIONAL = "provisional"
    FINAL = "final"
    ERRATUM = "erratum"


NAMES = {Kind.PROVISIONAL: "voorlopig", Kind.FINAL: "definitief", Kind.ERRATUM: "rectificatie"}


@dataclass(frozen=True)
class Erratum:
    """What is computed anew and why. An empty dimension names all of it, but not all three are empty.

    Naming an institution names the sums that it is part of; naming a quarter names its year, and naming a year its
    quarters, as the one is the sum of the others.
    """

    reason: str
    indicators: frozenset[str] = frozenset()
    institutions: frozenset[str] = frozenset()
    periods: frozenset[str] = frozenset()

    def names(self, cell: Cell) -> bool:
        """Whether the group of this shared cell is computed anew."""
        return (
            (not self.indicators or cell.indicator in self.indicators)
            and (not self.institutions or not self.institutions.isdisjoint(_behind(cell)))
            and (not self.periods or any(_overlap(cell.period, period) for period in self.periods))
        )

    @property
    def scope(self) -> dict[str, list[str]]:
        return {
            "indicators": sorted(self.indicators),
            "institutions": sorted(self.institutions),
            "periods": sorted(self.periods),
        }


@dataclass(frozen=True)
class Made:
    """A release that the store has."""

    id: int
    code: str
    label: str
    kind: Kind
    made_at: datetime
    confirmed: bool


def name_of(by: str) -> str:
    """Who releases or confirms, as it is recorded. Raises UserError when it is no name."""
    who = " ".join(by.split())
    if not who or len(who) > LONGEST_NAME:
        raise UserError(
            "Zeg wie dit doet: met --by, of met VERBETERMONITOR_USER in de omgeving. Het wordt bij de uitgave "
            f"vastgelegd (ten hoogste {LONGEST_NAME} tekens)."
        )
    return who


def check_erratum(erratum: Erratum) -> None:
    """Raises UserError when it gives no reason, or names nothing or something that does not exist."""
    agreement = load_agreement()
    indicators = {
        *(one.code for one in (*agreement.clocks, *agreement.steps)),
        *Flow,
        *load_catalogue().lists,
        *load_catalogue().results,
        *load_catalogue().learning,
    }
    if len(erratum.reason.strip()) < SHORTEST_REASON:
        raise UserError("Een rectificatie heeft een reden die lezers kunnen begrijpen. Geef die met --reason.")
    if not (erratum.indicators or erratum.institutions or erratum.periods):
        raise UserError(
            "Een rectificatie noemt wat opnieuw wordt berekend. Geef --indicator, --institution of --period; "
            "elk mag vaker."
        )
    for what, asked, known in (
        ("indicator", erratum.indicators, indicators),
        ("instelling", erratum.institutions, {one.code for one in agreement.institutions}),
    ):
        if unknown := sorted(asked - known):
            raise UserError(f"'{unknown[0][:40]}' is geen {what}. Verwacht een van: {', '.join(sorted(known))}.")
    if unknown := sorted(period for period in erratum.periods if not (is_quarter(period) or is_year(period))):
        raise UserError(f"'{unknown[0][:20]}' is geen periode. Verwacht een kwartaal of een jaar: 2026Q3, 2025.")


def next_kind(label: str, made: Sequence[Made], until: Mapping[str, date], asked: Kind | None) -> Kind:
    """The kind of the release of ``label`` that can be made now; ``asked``, or the furthest that the schedule allows.

    ``made``: the releases in the store, in the order of their line. ``until``: institution to the last day of its
    current delivery. Raises UserError, with what to do, when there is none.
    """
    newest = made[-1] if made else None
    if newest and not newest.confirmed:
        raise UserError(
            f"{newest.code} wacht nog op bevestiging. Laat een ander die bevestigen (`verbetermonitor confirm "
            f"{newest.label}`) of trek die in (`verbetermonitor withdraw {newest.label}`)."
        )
    if asked is Kind.ERRATUM:
        if newest is None or newest.label != label:
            there = f"de nieuwste uitgave is {newest.code}" if newest else "er is nog geen uitgave"
            raise UserError(f"Alleen de nieuwste uitgave wordt gerectificeerd, en {there}.")
        return Kind.ERRATUM
    if newest and label < newest.label:
        raise UserError(
            f"{newest.code} is al uitgegeven, en een eerder kwartaal komt daar niet meer na: {label} wordt "
            "definitief in een volgende uitgave. Fouten verbetert een rectificatie van de nieuwste uitgave."
        )
    by_kind = {one.kind: one for one in made if one.label == label}
    if Kind.FINAL in by_kind:
        _already(by_kind[Kind.FINAL], "Geef het volgende kwartaal uit, of rectificeer met --erratum.")
    final_from = _due(label, load_schedule().final_days)
    provisional_from = _due(label, load_schedule().provisional_days)
    shortest = min((day for day in until.values() if day >= last_day(label)), default=None)
    if shortest is None or shortest < provisional_from:
        _too_short(label, until, provisional_from, Kind.PROVISIONAL)
    assert shortest is not None
    kind = asked or (Kind.FINAL if shortest >= final_from else Kind.PROVISIONAL)
    if kind in by_kind:
        _already(by_kind[kind], f"Definitief kan zodra de aanleveringen tot en met {final_from:%d-%m-%Y} lopen.")
    if kind is Kind.FINAL and shortest < final_from:
        _too_short(label, until, final_from, Kind.FINAL)
    return kind


def code_of(label: str, kind: Kind, made: Iterable[Made]) -> str:
    """How the release is named in the store and in addresses: ``2026Q3-final``, ``2026Q3-erratum-1``."""
    if kind is not Kind.ERRATUM:
        return f"{label}-{kind}"
    errata = sum(one.kind is Kind.ERRATUM and one.label == label for one in made)
    return f"{label}-{kind}-{errata + 1}"


def is_settled(cell: Cell, until: Mapping[str, date], linked: date | None = None) -> bool:
    """Whether every delivery behind the cell, or the linking behind a road, runs so far past its period that a count
    of it is final. ``linked``: up to when roads are followed; None without any."""
    quarter = cell.period if is_quarter(cell.period) else f"{cell.period}Q4"
    from_ = _due(quarter, load_schedule().final_days)
    if cell.indicator in _roads():
        return linked is not None and linked >= from_
    return all(code in until and until[code] >= from_ for code in _behind(cell))


@cache
def behind(indicator: str, region: str = ALL, institution: str = ALL) -> frozenset[str]:
    """The institutions whose deliveries a shared cell is computed from; none for a road, which is of linked events."""
    if indicator in _roads():
        return frozenset()
    if institution != ALL:
        return frozenset({institution})
    kind, agreement = _kind_of(indicator), load_agreement()
    return frozenset(
        one.code for one in agreement.institutions if one.kind == kind and (region == ALL or region in one.regions)
    )


def _behind(cell: Cell) -> frozenset[str]:
    return behind(cell.indicator, cell.region, cell.institution)


def _roads() -> tuple[str, str]:
    """The step and the clock that cross institutions."""
    road = load_agreement().road
    return road.code, road.clock


def _kind_of(indicator: str) -> InstitutionKind:
    """The kind of institution that delivers it."""
    if indicator in {*Flow, *load_catalogue().lists, *load_catalogue().results, *load_catalogue().learning}:
        return "gi"
    agreement = load_agreement()
    steps = {step.code: step.clock for step in agreement.steps}
    return agreement.clock(steps.get(indicator, indicator)).kind


@cache
def _due(quarter: str, days: int) -> date:
    return last_day(quarter) + timedelta(days=days)


def _overlap(period: str, named: str) -> bool:
    """The same, or the one is a year and the other a quarter of it."""
    return period == named or (period[:4] == named[:4] and (is_year(period) or is_year(named)))


def _already(made: Made, what_now: str) -> None:
    raise UserError(
        f"{made.label} is al uitgegeven als {NAMES[made.kind]}, op {made.made_at:%d-%m-%Y}. Een uitgave verandert "
        f"niet meer: wie de cijfers gebruikt, moet ze kunnen terugvinden. {what_now}"
    )


def _too_short(label: str, until: Mapping[str, date], needed: date, kind: Kind) -> None:
    if not until:
        there = "de opslag is leeg"
    elif all(day < last_day(label) for day in until.values()):
        there = f"de nieuwste loopt tot en met {max(until.values()):%d-%m-%Y}"
    else:
        short = [code for code, day in sorted(until.items()) if last_day(label) <= day < needed]
        there = f"die van {', '.join(short)} nog niet"
    raise UserError(
        f"{label} kan {NAMES[kind]} worden uitgegeven uit aanleveringen tot en met {needed:%d-%m-%Y} of later; "
        f"{there}. Laad zulke aanleveringen met `verbetermonitor load`, of geef een eerder kwartaal uit."
    )
