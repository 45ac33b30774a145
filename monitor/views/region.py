"""The quartermaster's page: one region over time beside the seven together, and its institutions by year."""

from dataclasses import dataclass, replace
from datetime import date

from monitor.agenda.book import read_agenda
from monitor.agenda.notes import Note, read_notes, standing_with
from monitor.catalogue import load_catalogue
from monitor.release.cell import ALL, ROAD
from monitor.views.agenda import Followed, followed
from monitor.views.course import Course, course
from monitor.views.flow import FlowFigures, flow_series
from monitor.views.learning import LearningModel, RoomModel, learning_model, room_model
from monitor.views.overview import last_final_year
from monitor.views.places import Summary, open_places, summarise
from monitor.views.reading import TOGETHER, Group, Reader
from monitor.views.reported import ListFigures, ResultFigures, list_series, result_periods, results_of
from monitor.views.step import StepFigures, linked_part, series, step_figures
from pseudonymise.agreement import load_agreement, region_names


@dataclass(frozen=True)
class Compared:
    """A step of one group beside the same step of the seven regions together, over the same periods.

    ``course``: of the group by quarter; None over years. ``actions``: of the region that should move this step.
    ``notes``: what the region or the institution says of this step itself, withdrawn ones not among them.
    """

    step: str
    own: tuple[StepFigures, ...]
    together: tuple[StepFigures, ...]
    course: Course | None
    actions: tuple[Followed, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class RegionModel:
    """``in_short``: the headlines in the last final year. ``institutions``: each certified institution of the
    agreement, working in this region or not.
    """

    region: str
    in_short: tuple[StepFigures, ...]
    headlines: tuple[Compared, ...]
    road: Compared
    flow: tuple[FlowFigures, ...]
    year: str | None
    institutions: dict[str, tuple[StepFigures, ...]]
    steps: tuple[StepFigures, ...]  # every step of the region in that year
    on_map: tuple[StepFigures, ...]  # of every region the step that is mapped, in that year
    results: tuple[ResultFigures, ...]  # of the newest period of which any was reported
    lists: tuple[ListFigures, ...]
    places: Summary  # as providers state today, no part of the release
    learning: LearningModel
    room: RoomModel


def region_model(
    reader: Reader,
    region: str,
    *,
    quarters: bool,
    year: str | None = None,
    mapped: str = "help",
    today: date | None = None,
) -> RegionModel:
    """``year``: of the tables and the map; the last final one when not given. ``mapped``: the step on the map.
    ``today``: of which day the places are; the day itself when not given."""
    today = today or date.today()
    steps, own = load_catalogue().headlines, Group(region=region)
    final = last_final_year(reader)
    year = year or final
    actions = [followed(history, reader) for history in read_agenda(reader.engine, region)]
    notes = read_notes(reader.engine)
    gis = [institution.code for institution in load_agreement().institutions if institution.kind == "gi"]
    return RegionModel(
        region=region,
        in_short=tuple(step_figures(reader.indicator(step), own, final) for step in steps) if final else (),
        headlines=tuple(
            replace(
                compared(reader, step, own, quarters=quarters),
                actions=tuple(one for one in actions if one.revision.action.step == step),
                notes=standing_with(notes, step, region, ALL),
            )
            for step in steps
        ),
        road=_linked(compared(reader, ROAD, own, quarters=quarters)),
        flow=flow_series(reader, own),
        year=year,
        institutions={
            code: tuple(
                step_figures(reader.indicator(step), Group(region=region, institution=code), year) for step in steps
            )
            for code in gis
            if year
        },
        steps=tuple(step_figures(reader.indicator(one.code), own, year) for one in load_agreement().steps if year),
        on_map=tuple(
            step_figures(reader.indicator(mapped), Group(region=code), year) for code in region_names() if year
        ),
        results=results_of(reader, own, periods[0]) if (periods := result_periods(reader)) else (),
        lists=list_series(reader, own),
        places=summarise(open_places(reader.engine, today), today).of(region),
        learning=learning_model(reader, own),
        room=room_model(reader, own),
    )


def _linked(whole: Compared) -> Compared:
    own = linked_part(whole.own)
    return replace(whole, own=own, together=whole.together[len(whole.together) - len(own) :])


def years_of(reader: Reader) -> tuple[str, ...]:
    """The calendar years of the release, newest first."""
    indicator = reader.indicator(load_catalogue().headlines[0])
    return tuple(reversed(indicator.periods(TOGETHER, quarters=False)))


def compared(reader: Reader, step: str, group: Group, *, quarters: bool) -> Compared:
    indicator = reader.indicator(step)
    return Compared(
        step,
        own=series(indicator, group, quarters=quarters),
        together=series(indicator, TOGETHER, quarters=quarters),
        course=course(indicator, group) if quarters else None,
    )
