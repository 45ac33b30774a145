"""What institutions report by spreadsheet: contract results against their norm, and who waits."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.access.visibility import can_read
from monitor.catalogue import LocalNorm, load_catalogue
from monitor.catalogue.expected import NO_MEASURE
from monitor.release.cell import ALL, SHARED, Cell, Published, Statistic
from monitor.views.flow import FlowFigures, flow_series
from monitor.views.reading import TOGETHER, Group, Indicator, Reader
from pseudonymise.agreement import load_agreement, region_names


class Stands(StrEnum):
    """How a contract result, as published, stands to the norm that holds for it."""

    MET = "met"
    NOT_MET = "not_met"
    NO_NORM = "no_norm"
    NO_FIGURE = "no_figure"


@dataclass(frozen=True)
class ResultFigures:
    """``at_most``: the norm that holds here; ``local``: when this region agreed it for itself."""

    result: str
    group: Group
    period: str
    ratio: Cell
    at_most: float | None
    local: LocalNorm | None

    @property
    def stands(self) -> Stands:
        if not isinstance(self.ratio.figure, Published):
            return Stands.NO_FIGURE
        if self.at_most is None:
            return Stands.NO_NORM
        return Stands.MET if self.ratio.figure.value <= self.at_most else Stands.NOT_MET


@dataclass(frozen=True)
class ContractResults:
    """``regions`` and ``institutions``: by group every result in one period. ``own`` and ``together``: one result over
    the quarters, of a region and of the seven."""

    period: str
    regions: tuple[tuple[ResultFigures, ...], ...]
    institutions: tuple[tuple[ResultFigures, ...], ...]
    own: tuple[ResultFigures, ...]
    together: tuple[ResultFigures, ...]


@dataclass(frozen=True)
class ListFigures:
    """The two lists of who waits, of one group on the last day of a period."""

    group: Group
    period: str
    waiting: Cell
    throughflow: Cell


@dataclass(frozen=True)
class Waiting:
    """The two lists in the last quarter of which any was reported, of every region and of every measure group."""

    regions: tuple[ListFigures, ...]
    measures: tuple[ListFigures, ...]


@dataclass(frozen=True)
class FlowModel:
    """``is_own``: exact figures, not to be shared. ``waiting``: shared figures; None when nothing was reported."""

    group: Group
    is_own: bool
    flow: tuple[FlowFigures, ...]
    lists: tuple[ListFigures, ...]
    waiting: Waiting | None


def result_figures(indicator: Indicator, group: Group, period: str) -> ResultFigures:
    result = load_catalogue().results[indicator.code]
    local = result.local.get(group.region)
    return ResultFigures(
        indicator.code,
        group,
        period,
        indicator.cell(Statistic.RATIO, group, period),
        local.at_most if local else result.at_most,
        local,
    )


def result_periods(reader: Reader) -> tuple[str, ...]:
    """The years and quarters of which anything was reported, the newest quarter first."""
    found = {
        period
        for code in load_catalogue().results
        for (_, _, period), cell in reader.indicator(code).by_key.items()
        if isinstance(cell.figure, Published)
    }
    return tuple(sorted(found, key=lambda period: ("Q" in period, period), reverse=True))


def results_of(reader: Reader, group: Group, period: str) -> tuple[ResultFigures, ...]:
    """Every contract result of one group, in the order of the catalogue."""
    return tuple(result_figures(reader.indicator(code), group, period) for code in load_catalogue().results)


def contract_results(reader: Reader, result: str, region: str, period: str) -> ContractResults:
    indicator = reader.indicator(result)
    quarters = [one for one in sorted(result_periods(reader)) if "Q" in one]
    institutions = [one.code for one in load_agreement().institutions if one.kind == "gi"]
    return ContractResults(
        period,
        tuple(results_of(reader, Group(region=code), period) for code in region_names()),
        tuple(results_of(reader, Group(institution=code), period) for code in institutions),
        own=tuple(result_figures(indicator, Group(region=region), one) for one in quarters),
        together=tuple(result_figures(indicator, TOGETHER, one) for one in quarters),
    )


def list_series(reader: Reader, group: Group, audience: str = SHARED) -> tuple[ListFigures, ...]:
    """By quarter, from the first in which anybody reported anything."""
    waiting, throughflow = (reader.indicator(code, audience) for code in ("waiting", "throughflow"))
    shown = [
        ListFigures(
            group,
            period,
            waiting.cell(Statistic.COUNT, group, period),
            throughflow.cell(Statistic.COUNT, group, period),
        )
        for period in waiting.periods(group, quarters=True)
    ]
    reported = {
        period
        for indicator in (reader.indicator("waiting"), reader.indicator("throughflow"))
        for (_, _, period), cell in indicator.by_key.items()
        if "Q" in period and isinstance(cell.figure, Published) and cell.figure.value
    }
    return tuple(one for one in shown if one.period >= min(reported, default="9"))


def flow_model(reader: Reader, group: Group) -> FlowModel:
    """Own figures when the role may read those of the institution of the group."""
    own = group.institution != ALL and can_read(reader.role, group.institution)
    audience = group.institution if own else SHARED
    lists = list_series(reader, group, audience)
    return FlowModel(group, own, flow_series(reader, group, audience), lists, waiting(reader))


def waiting(reader: Reader) -> Waiting | None:
    """None when nothing was reported."""
    lists = list_series(reader, TOGETHER)
    if not lists:
        return None
    period = lists[-1].period
    groups = [one.code for one in load_agreement().measure_groups if one.code != NO_MEASURE]
    return Waiting(
        tuple(_lists(reader, Group(region=region), period) for region in region_names()),
        tuple(_lists(reader, Group(measure_group=code), period) for code in groups),
    )


def _lists(reader: Reader, group: Group, period: str) -> ListFigures:
    of_waiting, of_throughflow = (
        reader.indicator(code).cell(Statistic.COUNT, group, period) for code in ("waiting", "throughflow")
    )
    return ListFigures(group, period, of_waiting, of_throughflow)
