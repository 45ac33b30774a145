"""The board's page: three headline criteria, the flow, who stands where, and the road from report to help."""

from dataclasses import dataclass, replace
from datetime import date

from monitor.catalogue import load_catalogue
from monitor.release.cell import ROAD, Cohort, Variation
from monitor.statistics.spc import FALSE_SIGNALS
from monitor.views.course import Course, course
from monitor.views.flow import FlowFigures, flow_series
from monitor.views.learning import LearningModel, RoomModel, learning_model, room_model
from monitor.views.places import Summary, open_places, summarise
from monitor.views.reading import TOGETHER, Group, Reader
from monitor.views.reported import ListFigures, ResultFigures, list_series, result_periods, results_of
from monitor.views.step import StepFigures, latest, linked_part, series, step_figures
from pseudonymise.agreement import load_agreement, region_names


@dataclass(frozen=True)
class Headline:
    """``final``: the newest final quarter; ``newest``: the last quarter of all. Either can lack a figure."""

    step: str
    quarters: tuple[StepFigures, ...]
    final: StepFigures | None
    newest: StepFigures
    course: Course | None

    @property
    def shown(self) -> StepFigures:
        """The final quarter, or else the last, which says why there is none."""
        return self.final or self.newest


@dataclass(frozen=True)
class Signals:
    """How many of the ``series`` of the three criteria signal at their last point, and how many would by chance."""

    series: int
    signalling: int

    @property
    def by_chance(self) -> int:
        return round(FALSE_SIGNALS * self.series)


@dataclass(frozen=True)
class Overview:
    """``results`` and ``lists``: what institutions report by spreadsheet. The results of the seven together and then of
    each, in the newest period of which any was reported; the lists of the seven together by quarter; empty when nothing
    was. ``places``: as providers state today, no part of the release.
    """

    headlines: tuple[Headline, ...]
    signals: Signals
    flow: tuple[FlowFigures, ...]
    year: str | None
    regions: dict[str, tuple[StepFigures, ...]]
    institutions: dict[str, tuple[StepFigures, ...]]
    road: Headline
    results: tuple[tuple[ResultFigures, ...], ...]
    lists: tuple[ListFigures, ...]
    places: Summary
    learning: LearningModel
    room: RoomModel


def overview(reader: Reader, today: date | None = None) -> Overview:
    """``today``: of which day the places are; the day itself when not given."""
    today = today or date.today()
    year = last_final_year(reader)
    headlines = load_catalogue().headlines

    def row(group: Group) -> tuple[StepFigures, ...]:
        return tuple(step_figures(reader.indicator(step), group, year) for step in headlines) if year else ()

    groups = (TOGETHER, *(Group(region=code) for code in region_names()))
    gis = [institution.code for institution in load_agreement().institutions if institution.kind == "gi"]
    return Overview(
        headlines=tuple(headline(reader, step, TOGETHER) for step in headlines),
        signals=signals(reader),
        flow=flow_series(reader, TOGETHER),
        year=year,
        regions={region: row(Group(region=region)) for region in region_names()},
        institutions={institution: row(Group(institution=institution)) for institution in gis},
        road=road(reader),
        results=tuple(results_of(reader, group, period) for group in groups for period in result_periods(reader)[:1]),
        lists=list_series(reader, TOGETHER),
        places=summarise(open_places(reader.engine, today), today),
        learning=learning_model(reader, TOGETHER),
        room=room_model(reader, TOGETHER),
    )


def road(reader: Reader) -> Headline:
    """From report to help, of all together, over the quarters that are linked."""
    whole = headline(reader, ROAD, TOGETHER)
    return replace(whole, quarters=linked_part(whole.quarters))


def headline(reader: Reader, step: str, group: Group) -> Headline:
    indicator = reader.indicator(step)
    quarters = series(indicator, group, quarters=True)
    return Headline(
        step, quarters, final=latest(quarters, Cohort.FINAL), newest=quarters[-1], course=course(indicator, group)
    )


def signals(reader: Reader) -> Signals:
    """Over every region, institution and measure group, and all together."""
    courses = [
        drawn
        for step in load_catalogue().headlines
        for group in reader.indicator(step).groups(quarters=True)
        if (drawn := course(reader.indicator(step), group)) and drawn.variation is not None
    ]
    return Signals(len(courses), sum(drawn.variation is not Variation.COMMON_CAUSE for drawn in courses))


def last_final_year(reader: Reader) -> str | None:
    """The last calendar year that is final for every headline: in one quarter chance weighs heavily on a region."""
    final: list[set[str]] = [
        {
            year.period
            for year in series(reader.indicator(step), TOGETHER, quarters=False)
            if year.cohort is Cohort.FINAL
        }
        for step in load_catalogue().headlines
    ]
    return max(set.intersection(*final), default=None)
