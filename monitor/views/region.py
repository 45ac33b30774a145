"""The quartermaster's page: one region over time beside the seven together, and its institutions by year."""

from dataclasses import dataclass

from monitor.catalogue import load_catalogue
from monitor.views.flow import FlowFigures, flow_series
from monitor.views.overview import last_final_year
from monitor.views.reading import TOGETHER, Group, Reader
from monitor.views.step import StepFigures, series, step_figures
from pseudonymise.agreement import load_agreement


@dataclass(frozen=True)
class Compared:
    """A step of one group beside the same step of the seven regions together, over the same periods."""

    step: str
    own: tuple[StepFigures, ...]
    together: tuple[StepFigures, ...]


@dataclass(frozen=True)
class RegionModel:
    """``institutions``: each certified institution of the agreement, working in this region or not."""

    region: str
    headlines: tuple[Compared, ...]
    flow: tuple[FlowFigures, ...]
    years: tuple[str, ...]
    year: str | None
    institutions: dict[str, tuple[StepFigures, ...]]


def region_model(reader: Reader, region: str, *, quarters: bool, year: str | None = None) -> RegionModel:
    """``year``: of the table by institution; the last final one when not given."""
    steps = load_catalogue().headlines
    years = reader.indicator(steps[0]).periods(TOGETHER, quarters=False)
    year = year or last_final_year(reader)
    gis = [institution.code for institution in load_agreement().institutions if institution.kind == "gi"]
    return RegionModel(
        region=region,
        headlines=tuple(compared(reader, step, Group(region=region), quarters=quarters) for step in steps),
        flow=flow_series(reader, Group(region=region)),
        years=years,
        year=year,
        institutions={
            code: tuple(
                step_figures(reader.indicator(step), Group(region=region, institution=code), year)
                for step in steps
            )
            for code in gis
            if year
        },
    )


def compared(reader: Reader, step: str, group: Group, *, quarters: bool) -> Compared:
    indicator = reader.indicator(step)
    return Compared(
        step,
        own=series(indicator, group, quarters=quarters),
        together=series(indicator, TOGETHER, quarters=quarters),
    )
