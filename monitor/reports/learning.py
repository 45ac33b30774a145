"""The reports of what is learned from: the useful measures and the burden, the routes and the room."""

from collections.abc import Iterator

from monitor.access.permissions import Page
from monitor.catalogue import load_catalogue
from monitor.charts.chart import Chart
from monitor.charts.learning import (
    acceptance_over_time,
    burden_table,
    hours_by_term,
    joy_over_years,
    measure_by_region,
    providers_table,
    returned_table,
    routes_over_time,
)
from monitor.locale import Language
from monitor.narrative.learning import (
    PURPOSE,
    burden_sentence,
    hours_sentence,
    indicator_name,
    joy_sentence,
    left_out_sentence,
    measure_sentence,
    routes_sentence,
)
from monitor.narrative.sentences import group_name
from monitor.release.cell import ALL
from monitor.reports.report import Drawing, Grid, Part, Report
from monitor.views.learning import LearnedFigures, LearningModel, RoomModel
from monitor.views.reading import Group, Release


def learning_report(model: LearningModel, release: Release, language: Language) -> Report:
    """Its exact figures when the model holds those of an institution, marked; else the shared ones."""
    return Report(
        code=f"{Page.LEARNING}-{_whose(model.group)}",
        title=language.gettext("To learn from: {group}", group=group_name(model.group, language)),
        release=release,
        language=language,
        make_parts=lambda: learning_parts(model, language),
        defined=(*load_catalogue().learned("measures"), *load_catalogue().learned("burden")),
        own_code=model.group.institution if model.is_own else None,
    )


def room_report(model: RoomModel, release: Release, language: Language) -> Report:
    return Report(
        code=f"{Page.ROOM}-{_whose(model.group)}",
        title=language.gettext("Routes and room: {group}", group=group_name(model.group, language)),
        release=release,
        language=language,
        make_parts=lambda: room_parts(model, language),
        defined=(*load_catalogue().learned("routes"), *load_catalogue().learned("room")),
    )


def learning_parts(model: LearningModel, language: Language) -> Iterator[Part]:
    """The measures with their purpose, and what the monitor itself asks."""
    shown = {one.code: one for one in model.shown}
    purpose = language.gettext(PURPOSE)
    for rows in model.regions:
        code = rows[0].code
        left_out = left_out_sentence(model, language) if code == "help_that_works" else ""
        level = measure_sentence(shown[code], language) if code in shown else ""
        said = tuple(filter(None, (level, left_out, purpose)))
        names = tuple(group_name(one.group, language) for one in rows)
        yield _in_rows(indicator_name(code, language), measure_by_region(rows, model.group, language), names, said)
    if model.questions:
        names = tuple(indicator_name(line[0].code, language) for line in model.questions)
        said = (joy_sentence(model, language), purpose)
        yield _in_rows(language.gettext("Joy in work"), joy_over_years(model, language), names, said)
    if model.burden:
        title = language.gettext("What the monitor itself asks")
        yield Part(title, (burden_sentence(model.burden, language),), table=burden_table(model.burden, language))


def room_parts(model: RoomModel, language: Language) -> Iterator[Part]:
    if model.routes:
        title = language.gettext("One form, two routes")
        drawing = Drawing(routes_over_time(model, language), Grid.PERIODS, _periods(model.routes[0]))
        yield Part(title, (routes_sentence(model, language),), drawing=drawing)
    if model.acceptance:
        title = language.gettext("From registration to acceptance")
        drawing = Drawing(acceptance_over_time(model, language), Grid.PERIODS, _periods(model.acceptance))
        yield Part(title, (measure_sentence(model.acceptance[-1], language),), drawing=drawing)
    if model.returned:
        yield Part(language.gettext("Returned forms, and why"), table=returned_table(model, language))
    if model.hours:
        title = language.gettext("Room for the professional")
        said, chart = (hours_sentence(model, language),), hours_by_term(model, language)
        if chart.figure["data"]:
            yield Part(title, said, drawing=Drawing(chart))
        else:
            yield Part(title, said, table=chart.table)
    if model.providers:
        table = providers_table(model.providers, language)
        yield Part(table.caption, table=table)


def _in_rows(title: str, chart: Chart, names: tuple[str, ...], said: tuple[str, ...]) -> Part:
    """A table without a dot that can be drawn, as when all is hidden, stands alone."""
    if chart.figure["data"]:
        return Part(title, said, drawing=Drawing(chart, Grid.ROWS, names))
    return Part(title, said, table=chart.table)


def _periods(line: tuple[LearnedFigures, ...]) -> tuple[str, ...]:
    return tuple(one.period for one in line)


def _whose(group: Group) -> str:
    return next((one for one in (group.region, group.institution) if one != ALL), ALL)
