"""What came in, went out and is in force, per quarter."""

from dataclasses import dataclass

from monitor.release.cell import SHARED, Cell, Statistic
from monitor.views.reading import Group, Reader
from pseudonymise.agreement import Flow

INFLOW = "gi_order"  # what comes in is the count of the clock: one group is never counted twice


@dataclass(frozen=True)
class FlowFigures:
    period: str
    inflow: Cell
    ended: Cell
    converted: Cell
    transferred_in: Cell
    transferred_out: Cell
    stock: Cell


def flow_series(reader: Reader, group: Group, audience: str = SHARED) -> tuple[FlowFigures, ...]:
    inflow = reader.indicator(INFLOW, audience)
    flows = {flow: reader.indicator(flow, audience) for flow in Flow}
    return tuple(
        FlowFigures(
            period=period,
            inflow=inflow.cell(Statistic.COUNT, group, period),
            **{flow.value: flows[flow].cell(Statistic.COUNT, group, period) for flow in Flow},
        )
        for period in inflow.periods(group, quarters=True)
    )
