"""One step of the chain, split one way, in one period: what share was reached after how many days."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.release.cell import Cell
from monitor.views.reading import TOGETHER, Group, Reader
from monitor.views.step import StepFigures, step_figures
from pseudonymise.agreement import load_agreement, region_names


class Split(StrEnum):
    REGION = "region"
    INSTITUTION = "institution"
    MEASURE_GROUP = "measure_group"


@dataclass(frozen=True)
class Curve:
    group: Group
    points: tuple[Cell, ...]


@dataclass(frozen=True)
class LeadTimes:
    """``rows``: the seven together, then every group of the split. ``curves``: together, and the one asked for."""

    step: str
    period: str
    rows: tuple[StepFigures, ...]
    curves: tuple[Curve, ...]


def kind_of(step: str) -> str:
    agreement = load_agreement()
    return agreement.clock(agreement.step(step).clock).kind


def splits_of(step: str) -> tuple[Split, ...]:
    """Veilig Thuis and the council work before there is a measure: no split by measure group."""
    return tuple(Split) if kind_of(step) == "gi" else (Split.REGION, Split.INSTITUTION)


def groups_of(step: str, split: Split) -> tuple[Group, ...]:
    agreement = load_agreement()
    if split is Split.REGION:
        return tuple(Group(region=code) for code in region_names())
    if split is Split.INSTITUTION:
        kind = kind_of(step)
        return tuple(Group(institution=one.code) for one in agreement.institutions if one.kind == kind)
    return tuple(Group(measure_group=one.code) for one in agreement.measure_groups if one.code != "none")


def periods_of(reader: Reader, step: str, split: Split) -> tuple[str, ...]:
    """The calendar years, then the quarters, newest first; measure groups are published by quarter only."""
    indicator = reader.indicator(step)
    group = groups_of(step, split)[0]
    return tuple(
        period for quarters in (False, True) for period in reversed(indicator.periods(group, quarters=quarters))
    )


def lead_times(reader: Reader, step: str, split: Split, chosen: Group, period: str) -> LeadTimes:
    indicator = reader.indicator(step)
    groups = (TOGETHER, *groups_of(step, split))
    return LeadTimes(
        step=step,
        period=period,
        rows=tuple(step_figures(indicator, group, period) for group in groups),
        curves=tuple(Curve(group, reader.curve(step, group, period)) for group in dict.fromkeys((TOGETHER, chosen))),
    )
