"""One report: what stands on a screen, in the order in which it is read there, for every kind of file alike."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from monitor.access.permissions import Page
from monitor.catalogue import load_catalogue
from monitor.charts.chart import Chart
from monitor.charts.data_quality import registration_table
from monitor.charts.lead_time import lead_time_curves
from monitor.charts.matrix import by_institution, by_region, institutions_of_region
from monitor.charts.over_time import compared_over_time, flow_over_time, share_over_time
from monitor.charts.region_map import region_map
from monitor.charts.reported import lists_over_time, results_by_region, results_of_group
from monitor.charts.side_by_side import days_by_step, days_note, funnel_of_step
from monitor.charts.steps import steps_table
from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.agenda import action_sentences
from monitor.narrative.changes import release_name, release_sentences
from monitor.narrative.course import course_sentences, signals_sentence
from monitor.narrative.definitions import Definition, definition_of
from monitor.narrative.figures import Entry, share_entry
from monitor.narrative.in_short import overview_in_short, region_in_short, step_in_full
from monitor.narrative.reported import lists_sentence, results_sentence
from monitor.narrative.sentences import (
    flow_sentence,
    longest_sentence,
    newest_sentence,
    norm_words,
    road_sentence,
    status_sentence,
    unlinked_sentence,
    verdict,
    weakest_sentence,
)
from monitor.release.cell import Cohort
from monitor.views.flow import FlowFigures
from monitor.views.institution import InstitutionModel
from monitor.views.overview import Headline, Overview
from monitor.views.reading import Release
from monitor.views.region import Compared, RegionModel
from monitor.views.reported import ListFigures, ResultFigures
from monitor.views.step import latest
from pseudonymise.agreement import load_agreement, region_names

IN_AND_OUT = ("gi_order", "ended", "stock")

Said = str | tuple[str, str]  # a sentence; or what it is about, and the sentence


@dataclass(frozen=True)
class Drawing:
    """``periods``: of the points of the chart, in order."""

    chart: Chart
    periods: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One page or slide: its heading, at most one large figure, what is said, and a chart or a table."""

    title: str
    said: tuple[Said, ...] = ()
    figure: Entry | None = None
    drawing: Drawing | None = None
    table: Table | None = None


@dataclass(frozen=True)
class Report:
    """``code``: what it is about, as it stands in the name of a file. ``own_code``: the institution whose exact figures
    are in it; None when all figures are shared. ``make_parts``: a page offers files at each click, and makes their
    parts when one is asked for.
    """

    code: str
    title: str
    release: Release
    language: Language
    make_parts: Callable[[], Iterable[Part]]
    defined: tuple[str, ...]
    own_code: str | None = None

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        return tuple(self.make_parts())

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Of every figure in it."""
        return tuple(definition_of(code, self.language) for code in self.defined)

    @property
    def name(self) -> str:
        """The name of its files, without the ending."""
        return file_name(self.release, self.code, own=self.own_code is not None, language=self.language)

    @property
    def made_at(self) -> datetime:
        """The moment that every file of the release carries, whenever the file is made."""
        return moment(self.release)

    @property
    def status(self) -> str:
        """The release and whether it is provisional, final or an erratum."""
        return self.language.gettext("Release {release}", release=release_name(self.release, self.language))

    @property
    def own_mark(self) -> str:
        """On every page of own figures; empty on shared ones."""
        return self.language.gettext("Own figures, do not share.") if self.own_code else ""

    @property
    def stamp(self) -> str:
        """What stands on every page, slide and sheet."""
        notice = self.language.gettext("Demonstration: all data are invented") if self.release.invented else ""
        return " · ".join(filter(None, (self.own_mark, self.status, notice)))

    @property
    def foreword(self) -> tuple[str, ...]:
        """On what all of it rests."""
        warning = self.language.gettext("Exact and unprotected: they can point to a family, and are for you alone.")
        own = (f"{self.own_mark} {warning}",) if self.own_code else ()
        return (*own, *release_sentences(self.release, self.language))

    @property
    def tables(self) -> Iterator[tuple[str, Table]]:
        """Every table with the heading of its part, those of the charts too."""
        for part in self.parts:
            table = part.drawing.chart.table if part.drawing else part.table
            if table:
                yield part.title, table


def file_name(release: Release, code: str, *, own: bool, language: Language) -> str:
    mark = language.gettext("own-figures-do-not-share") if own else ""
    return "-".join(filter(None, ("verbetermonitor", release.code, code, mark, language.code)))


def moment(release: Release) -> datetime:
    """When the release was made, in UTC, without zone and microseconds: what formats of files can hold."""
    return release.made_at.replace(microsecond=0, tzinfo=None)


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
        if model.results:
            table = results_by_region(model.results, language)
            yield Part(
                language.gettext("Contract results"), (results_sentence(model.results[0], language),), table=table
            )
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
        defined=(*(one.step for one in model.headlines), *IN_AND_OUT, *_defined(model.lists, *model.results[:1])),
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
        if model.results:
            table = results_of_group(model.results, language)
            yield Part(language.gettext("Contract results"), (results_sentence(model.results, language),), table=table)
        if model.year:
            title = language.gettext("How complete is the registration?")
            yield Part(title, table=registration_table(model.steps, language))

    return Report(
        code=f"{Page.REGION}-{model.region}",
        title=region_names()[model.region],
        release=release,
        language=language,
        make_parts=parts,
        defined=(*(one.step for one in model.headlines), *IN_AND_OUT, *_defined(model.lists, model.results)),
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
        yield Part(
            language.gettext("Where does the time go?"),
            tuple(filter(None, (longest_sentence(model.rows, language), days_note(language)))),
            table=days_by_step(model, language).table,
        )
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


def _distribution(model: InstitutionModel, language: Language) -> Iterator[Part]:
    """The step in full: its curve as a table, and the funnel where there is one."""
    step = load_agreement().step(model.distribution.step)
    curves = lead_time_curves(model.distribution, language).table
    yield Part(
        language.gettext("{step}, {period}", step=language.of(step), period=language.period(model.period)),
        step_in_full(model, language),
        table=curves if curves.rows else None,
    )
    if model.peers and step.norm:
        yield Part(language.gettext("Does it differ by more than chance?"), table=funnel_of_step(model, language).table)


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
        drawing=Drawing(share_over_time(headline, language), tuple(one.period for one in headline.quarters)),
    )


def _compared(compared: Compared, language: Language) -> Part:
    newest = latest(compared.own, Cohort.FINAL)
    said = (
        f"{status_sentence(newest, language)} {course_sentences(compared.course, language)}".strip() if newest else ""
    )
    actions = action_sentences(compared.actions, language)
    return _over_time(language.of(load_agreement().step(compared.step)), compared, (said, *actions), language)


def _over_time(title: str, compared: Compared, said: Iterable[Said], language: Language) -> Part:
    drawing = Drawing(compared_over_time(compared, language), tuple(one.period for one in compared.own))
    return Part(title, tuple(filter(None, said)), drawing=drawing)


def _flow(flow: tuple[FlowFigures, ...], language: Language, said: tuple[str, ...] = ()) -> Part:
    return Part(
        language.gettext("Measures: in, out and in force"),
        said,
        drawing=Drawing(flow_over_time(flow, language), tuple(one.period for one in flow)),
    )


def _waiting(lists: tuple[ListFigures, ...], language: Language) -> Iterator[Part]:
    if lists:
        drawing = Drawing(lists_over_time(lists, language), tuple(one.period for one in lists))
        yield Part(language.gettext("Who waits"), (lists_sentence(lists[-1], language),), drawing=drawing)


def _defined(lists: tuple[ListFigures, ...], results: tuple[ResultFigures, ...] = ()) -> tuple[str, ...]:
    return (*(load_catalogue().lists if lists else ()), *(one.result for one in results))
