"""How complete the registration behind the figures is: of each step for everybody, of each date for its institution."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from monitor.release.cell import STOCK_IDENTITY, Cell, Statistic, dates_of
from monitor.release.periods import last_day
from monitor.views.reading import TOGETHER, Group, Reader
from monitor.views.step import StepFigures, step_figures
from pseudonymise.agreement import InstitutionKind, load_agreement

OF_DATES = (
    Statistic.COMPLETENESS,
    Statistic.REGISTERED,
    Statistic.PROXIED,
    Statistic.IMPLAUSIBLE,
    Statistic.OUT_OF_ORDER,
    Statistic.EARLY,
)


@dataclass(frozen=True)
class Delivered:
    """``until``: its last day, None without one. ``covers``: whether that is the end of the release's quarter."""

    institution: str
    until: date | None
    covers: bool


@dataclass(frozen=True)
class OwnRegistration:
    """What an institution alone sees of itself: each of its dates in one quarter, and its stock in every quarter."""

    institution: str
    quarter: str
    dates: Mapping[str, tuple[Cell, ...]]
    stock: tuple[Cell, ...]


@dataclass(frozen=True)
class DataQuality:
    """``completeness``: by kind of institution, its institutions over the same steps."""

    period: str
    completeness: Mapping[InstitutionKind, tuple[tuple[StepFigures, ...], ...]]
    deliveries: tuple[Delivered, ...]
    own: OwnRegistration | None


def data_quality(reader: Reader, period: str, quarter: str) -> DataQuality:
    """``period``: of the shared completeness, a year or a quarter; ``quarter``: of the own figures of the role."""
    agreement = load_agreement()
    release = reader.release
    ends = last_day(release.label)
    untils = {one.code: release.deliveries.get(one.code) for one in agreement.institutions}
    kinds = dict.fromkeys(one.kind for one in agreement.institutions)
    return DataQuality(
        period=period,
        completeness={
            kind: tuple(
                tuple(
                    step_figures(reader.indicator(step.code), Group(institution=one.code), period)
                    for step in agreement.steps_of(kind)
                )
                for one in agreement.institutions
                if one.kind == kind
            )
            for kind in kinds
        },
        deliveries=tuple(Delivered(code, until, until is not None and until >= ends) for code, until in untils.items()),
        own=_own(reader, reader.role.institution, quarter) if reader.role.institution else None,
    )


def periods_of(reader: Reader) -> tuple[str, ...]:
    """The calendar years, then the quarters, newest first."""
    indicator = reader.indicator(load_agreement().steps[0].code)
    return tuple(
        period for quarters in (False, True) for period in reversed(indicator.periods(TOGETHER, quarters=quarters))
    )


def _own(reader: Reader, institution: str, quarter: str) -> OwnRegistration:
    agreement = load_agreement()
    group = Group(institution=institution)
    dates = {
        code: reader.indicator(dates_of(code), institution)
        for code in agreement.milestones_in(agreement.institution(institution).kind)
    }
    stock = reader.indicator(STOCK_IDENTITY, institution)
    return OwnRegistration(
        institution=institution,
        quarter=quarter,
        dates={
            code: tuple(indicator.cell(statistic, group, quarter) for statistic in OF_DATES)
            for code, indicator in dates.items()
        },
        stock=tuple(stock.cell(Statistic.GAP, group, period) for period in stock.periods(group, quarters=True)),
    )
