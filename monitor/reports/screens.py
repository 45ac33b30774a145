"""The report of each page that has something to take along: its parts, from the model that the page draws."""

from collections.abc import Iterable, Iterator

from monitor.access.permissions import Page
from monitor.catalogue import load_catalogue
from monitor.charts.chart import Chart
from monitor.charts.data_quality import (
    completeness_tables,
    dates_table,
    deliveries_table,
    registration_table,
    stock_table,
)
from monitor.charts.lead_time import curves_note, lead_time_curves, summary_table
from monitor.charts.matrix import by_institution, by_region, institutions_of_region
from monitor.charts.over_time import compared_over_time, flow_over_time, share_over_time
from monitor.charts.places import free_table
from monitor.charts.region_map import region_map
from monitor.charts.reported import (
    lists_over_time,
    lists_table,
    result_over_time,
    results_by_institution,
    results_by_region,
    results_of_group,
)
from monitor.charts.side_by_side import by_unit, days_by_step, days_note, funnel_of_step
from monitor.charts.steps import steps_table
from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.agenda import action_sentences
from monitor.narrative.course import course_sentences, signals_sentence
from monitor.narrative.figures import share_entry
from monitor.narrative.in_short import lead_times_in_short, overview_in_short, region_in_short, step_in_full
from monitor.narrative.learning import PURPOSE, QUESTION, SENTENCES, learning_in_short
from monitor.narrative.places import places_sentence
from monitor.narrative.reported import lists_sentence, results_sentence
from monitor.narrative.sentences import (
    flow_sentence,
    group_name,
    longest_sentence,
    newest_sentence,
    norm_words,
    road_sentence,
    status_sentence,
    unlinked_sentence,
    verdict,
    weakest_sentence,
)
from monitor.release.cell import ALL, Cohort
from monitor.reports.report import Drawing, Grid, Part, Report, Said
from monitor.views.data_quality import DataQuality
from monitor.views.flow import FlowFigures
from monitor.views.institution import InstitutionModel
from monitor.views.lead_times import LeadTimes
from monitor.views.learning import LearningModel, RoomModel
from monitor.views.overview import Headline, Overview
from monitor.views.places import Summary
from monitor.views.reading import Release
from monitor.views.region import Compared, RegionModel
from monitor.views.reported import ContractResults, FlowModel, ListFigures, ResultFigures
from monitor.views.step import StepFigures, latest
from pseudonymise.agreement import load_agreement, region_names

IN_AND_OUT = ("gi_order", "ended", "stock")
TO_LEARN = (*SENTENCES, *QUESTION, "joy_response", "route_1", "route_2", "with_form", "hours_used_50", "new_fields")


def overview_report(model: Overview, release: Release, language: Language) -> Report:
    matrices = (by_region, by_institution) if model.year else ()

    def parts() -> Iterator[Part]:
        yield Part(
            language.gettext("In short"),
            (*overview_in_short(model, language), signals_sentence(model.signals, language)),
        )
        yield from (_headline(headline, language) for headline in model.headlines)
        yield from (Part((table := draw(model, language)).caption, table=table) for draw in matrices)
        yield _flow(model.flow, language, (flow_sentence(model.flow[-1], language),))
        yield from _waiting(model.lists, language)
        yield from _places(model.places, tuple(region_names()), language)
        if model.results:
            table = results_by_region(model.results, language)
            yield Part(
                language.gettext("Contract results"), (results_sentence(model.results[0], language),), table=table
            )
        yield from _learned(model.learning, model.room, language)
        yield Part(
            language.gettext("The road from report to help"),
            (
                road_sentence(model.road.shown, language),
                *filter(None, (unlinked_sentence(model.road.shown, language),)),
            ),
        )

    return Report(
        code=Page.OVERVIEW,
        title=language.gettext("How soon does help begin?"),
        release=release,
        language=language,
        make_parts=parts,
        defined=(
            *(one.step for one in model.headlines),
            *IN_AND_OUT,
            *_defined(model.lists, *model.results[:1]),
            *_defined_to_learn(model.learning),
        ),
    )


def region_report(model: RegionModel, release: Release, language: Language) -> Report:
    def parts() -> Iterator[Part]:
        weakest = weakest_sentence(model.steps, language)
        yield Part(language.gettext("In short"), (*filter(None, (weakest,)), *region_in_short(model, language)))
        if model.on_map:
            mapped = region_map(model.on_map, model.region, language).table
            yield Part(mapped.caption, table=mapped)
        yield from (_compared(compared, language) for compared in model.headlines)
        if model.year:
            table = institutions_of_region(model, language)
            yield Part(table.caption, table=table)
        yield _flow(model.flow, language)
        yield from _waiting(model.lists, language)
        yield from _places(model.places, (model.region,), language)
        if model.results:
            table = results_of_group(model.results, language)
            yield Part(language.gettext("Contract results"), (results_sentence(model.results, language),), table=table)
        yield from _learned(model.learning, model.room, language)
        if model.year:
            title = language.gettext("How complete is the registration?")
            yield Part(title, table=registration_table(model.steps, language))

    return Report(
        code=f"{Page.REGION}-{model.region}",
        title=region_names()[model.region],
        release=release,
        language=language,
        make_parts=parts,
        defined=(
            *(one.step for one in model.headlines),
            *IN_AND_OUT,
            *_defined(model.lists, model.results),
            *_defined_to_learn(model.learning),
        ),
    )


def institution_report(model: InstitutionModel, release: Release, language: Language) -> Report:
    """Its exact figures when the model holds those, marked; else the shared ones."""

    def parts() -> Iterator[Part]:
        weakest = weakest_sentence((own for own, _ in model.rows), language)
        step = load_agreement().step(model.over_time.step)
        yield Part(
            language.gettext("Every step, {period}", period=language.period(model.period)),
            (weakest,) if weakest else (),
            table=steps_table(model, language),
        )
        where_time_goes = tuple(filter(None, (longest_sentence(model.rows, language), days_note(language))))
        for number, (unit, rows) in enumerate(by_unit(model).items()):
            names = tuple(language.of(load_agreement().step(own.step)) for own, _ in rows)
            drawing = Drawing(days_by_step(model, unit, language), Grid.ROWS, names)
            if number == 0:
                yield Part(language.gettext("Where does the time go?"), where_time_goes, drawing=drawing)
            else:
                yield Part(drawing.chart.table.caption, drawing=drawing)
        yield from _distribution(model, language)
        yield _over_time(
            language.gettext("{step} over time", step=language.of(step)),
            model.over_time,
            (course_sentences(model.over_time.course, language),),
            language,
        )
        if model.flow:
            yield _flow(model.flow, language)

    return Report(
        code=f"{Page.INSTITUTION}-{model.institution}",
        title=load_agreement().institution(model.institution).name,
        release=release,
        language=language,
        make_parts=parts,
        defined=(*(own.step for own, _ in model.rows), *(IN_AND_OUT if model.flow else ())),
        own_code=model.institution if model.is_own else None,
    )


def lead_times_report(model: LeadTimes, release: Release, language: Language) -> Report:
    step = load_agreement().step(model.step)

    def parts() -> Iterator[Part]:
        yield Part(language.gettext("In short"), lead_times_in_short(model, language))
        yield from _curves(model, language)
        table = summary_table(model, language)
        yield Part(table.caption, table=table)

    return Report(
        code=f"{Page.LEAD_TIMES}-{model.step}-{model.period}",
        title=language.gettext("{step}: how long does it take?", step=language.of(step)),
        release=release,
        language=language,
        make_parts=parts,
        defined=(model.step,),
    )


def contract_results_report(model: ContractResults, release: Release, language: Language) -> Report:
    def parts() -> Iterator[Part]:
        for table in (results_by_region(model.regions, language), results_by_institution(model.institutions, language)):
            yield Part(table.caption, table=table)
        chart = result_over_time(model, language)
        yield Part(chart.table.caption, drawing=_by_period(chart, model.own))

    return Report(
        code=f"{Page.CONTRACT_RESULTS}-{model.own[0].group.region}-{model.period}",
        title=language.gettext("Contract results"),
        release=release,
        language=language,
        make_parts=parts,
        defined=tuple(load_catalogue().results),
    )


def flow_report(model: FlowModel, release: Release, language: Language) -> Report:
    def parts() -> Iterator[Part]:
        yield _flow(model.flow, language, (flow_sentence(model.flow[-1], language),))
        yield from _waiting(model.lists, language)
        if model.waiting:
            for table in (
                lists_table(model.waiting.regions, "region", language),
                lists_table(model.waiting.measures, "measure_group", language),
            ):
                yield Part(table.caption, table=table)

    whose = next((one for one in (model.group.region, model.group.institution) if one != ALL), ALL)
    return Report(
        code=f"{Page.FLOW}-{whose}",
        title=language.gettext("Inflow and outflow: {group}", group=group_name(model.group, language)),
        release=release,
        language=language,
        make_parts=parts,
        defined=(*IN_AND_OUT, *_defined(model.lists)),
        own_code=model.group.institution if model.is_own else None,
    )


def data_quality_report(model: DataQuality, release: Release, language: Language) -> Report:
    """The own dates of the institution in it when the model holds those, marked."""

    def tables() -> Iterator[Table]:
        yield deliveries_table(model, release.label, language)
        yield from completeness_tables(model, language)
        if model.own:
            yield dates_table(model.own, language)
            if model.own.stock:
                yield stock_table(model.own, language)

    return Report(
        code=f"{Page.DATA_QUALITY}-{model.period}",
        title=language.gettext("How complete is the registration?"),
        release=release,
        language=language,
        make_parts=lambda: (Part(table.caption, table=table) for table in tables()),
        defined=tuple(step.code for step in load_agreement().steps),
        own_code=model.own.institution if model.own else None,
    )


def _distribution(model: InstitutionModel, language: Language) -> Iterator[Part]:
    """The step in full: its curve, and the funnel where there is one."""
    step = load_agreement().step(model.distribution.step)
    yield Part(
        language.gettext("{step}, {period}", step=language.of(step), period=language.period(model.period)),
        step_in_full(model, language),
    )
    yield from _curves(model.distribution, language)
    if model.peers and step.norm:
        yield _in_plane(language.gettext("Does it differ by more than chance?"), funnel_of_step(model, language))


def _curves(model: LeadTimes, language: Language) -> Iterator[Part]:
    """Nothing when no group has a point that is shown: its sentence says why."""
    chart = lead_time_curves(model, language)
    if chart.table.rows:
        yield _in_plane(chart.table.caption, chart, (curves_note(language),))


def _in_plane(title: str, chart: Chart, said: tuple[Said, ...] = ()) -> Part:
    """A table without a line that can be drawn, as when all is hidden, stands alone."""
    return Part(title, said, drawing=Drawing(chart)) if chart.figure["data"] else Part(title, said, table=chart.table)


def _headline(headline: Headline, language: Language) -> Part:
    step = load_agreement().step(headline.step)
    said = [
        status_sentence(headline.shown, language),
        verdict(headline.shown, language),
        course_sentences(headline.course, language),
        newest_sentence(headline.newest, language) if headline.newest is not headline.shown else "",
    ]
    within = language.gettext("within {norm}", norm=norm_words(step.norm, language)) if step.norm else ""
    return Part(
        " ".join(filter(None, (language.of(step), within))),
        tuple(filter(None, said)),
        figure=share_entry(headline.shown.share, language),
        drawing=_by_period(share_over_time(headline, language), headline.quarters),
    )


def _compared(compared: Compared, language: Language) -> Part:
    newest = latest(compared.own, Cohort.FINAL)
    said = (
        f"{status_sentence(newest, language)} {course_sentences(compared.course, language)}".strip() if newest else ""
    )
    actions = action_sentences(compared.actions, language)
    return _over_time(language.of(load_agreement().step(compared.step)), compared, (said, *actions), language)


def _over_time(title: str, compared: Compared, said: Iterable[Said], language: Language) -> Part:
    drawing = _by_period(compared_over_time(compared, language), compared.own)
    return Part(title, tuple(filter(None, said)), drawing=drawing)


def _by_period(chart: Chart, points: Iterable[StepFigures | FlowFigures | ListFigures | ResultFigures]) -> Drawing:
    return Drawing(chart, Grid.PERIODS, tuple(one.period for one in points))


def _flow(flow: tuple[FlowFigures, ...], language: Language, said: tuple[str, ...] = ()) -> Part:
    return Part(
        language.gettext("Measures: in, out and in force"),
        said,
        drawing=_by_period(flow_over_time(flow, language), flow),
    )


def _waiting(lists: tuple[ListFigures, ...], language: Language) -> Iterator[Part]:
    if lists:
        drawing = _by_period(lists_over_time(lists, language), lists)
        yield Part(language.gettext("Who waits"), (lists_sentence(lists[-1], language),), drawing=drawing)


def _places(places: Summary, regions: tuple[str, ...], language: Language) -> Iterator[Part]:
    """Free places in numbers, by region: of no provider, and nothing where nobody stated any."""
    if places.by:
        table = free_table(places, regions, language)
        yield Part(language.gettext("Open places"), (places_sentence(places, language),), table=table)


def _defined(lists: tuple[ListFigures, ...], results: tuple[ResultFigures, ...] = ()) -> tuple[str, ...]:
    return (*(load_catalogue().lists if lists else ()), *(one.result for one in results))


def _learned(learning: LearningModel, room: RoomModel, language: Language) -> Iterator[Part]:
    """On one page what a board reads of it, with its purpose; nothing where nothing was reported."""
    if learning.shown:
        said = learning_in_short(learning, room, language)
        yield Part(language.gettext("To learn from"), (language.gettext(PURPOSE), *said))


def _defined_to_learn(learning: LearningModel) -> tuple[str, ...]:
    return TO_LEARN if learning.shown else ()
