"""What is learned from: the measures by region and over the years, the routes, the hours and the burden."""

from collections.abc import Iterable, Sequence

from monitor.charts.chart import STYLES, Chart, dots, layout, line_trace, percent_axis, period_axis, reference, row_axis
from monitor.charts.over_time import ends
from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.figures import Entry, Kind, number_entry
from monitor.narrative.learning import indicator_name, learned_entry, silent_entry
from monitor.narrative.sentences import group_name, interval_note
from monitor.release.cell import Published
from monitor.views.learning import TERMS, LearnedFigures, LearningModel, RoomModel
from monitor.views.reading import TOGETHER, Group

ROW, HEAD = 40, 84  # pixels for a row, and for the legend and an axis
YEARS_APART = 0.22  # of the height of a row

Line = Sequence[LearnedFigures]


def measure_by_region(rows: Line, chosen: Group, language: Language) -> Chart:
    """One measure of every region and of the seven together, each with its interval, in the order of the agreement."""
    name = indicator_name(rows[0].code, language)
    names = [group_name(one.group, language) for one in rows]
    figure = layout(language, ROW * len(rows) + HEAD)
    figure["xaxis"] |= percent_axis(language)
    figure["yaxis"] |= row_axis(names)
    families = (
        (language.gettext("regions"), 1, [one.group not in (chosen, TOGETHER) for one in rows]),
        (group_name(TOGETHER, language), 2, [one.group == TOGETHER != chosen for one in rows]),
        (group_name(chosen, language), 0, [one.group == chosen for one in rows]),
    )
    data = [
        dots(_known((place, rows[place]) for place, shown in enumerate(belongs) if shown), words, style)
        for words, style, belongs in families
    ]
    said = [
        language.gettext("{name}: {figure}.", name=row, figure=learned_entry(one, language).text)
        for row, one in zip(names, rows, strict=True)
    ]
    alt = language.gettext(
        "Dot chart: {name}, {period}, by region. {rows}",
        name=name,
        period=language.period(rows[0].period),
        rows=" ".join(said),
    )
    drawn = [one for one in data if one["x"]]
    return Chart({"data": drawn, "layout": figure}, alt, measure_table(rows, language))


def measure_table(rows: Line, language: Language) -> Table:
    durations = any(one.median for one in rows)
    half = (language.gettext("Half of them within"),) if durations else ()
    return Table(
        caption=language.gettext(
            "{name}, {period}", name=indicator_name(rows[0].code, language), period=language.period(rows[0].period)
        ),
        head=(language.gettext("Region"), language.gettext("Share"), *half, _rests_on(rows[0].code, language)),
        rows=tuple(
            (
                Entry(group_name(one.group, language)),
                learned_entry(one, language),
                *((_days(one, language),) if durations else ()),
                _number(one, language),
            )
            for one in rows
        ),
        notes=(interval_note(language), language.gettext("In the order of the agreement, not of the result.")),
    )


def joy_over_years(model: LearningModel, language: Language) -> Chart:
    """The three questions, each with a dot a year: no line, as two years are no course."""
    names = [indicator_name(line[0].code, language) for line in model.questions]
    years = sorted({one.period for line in model.questions for one in line})[-len(STYLES) :]
    figure = layout(language, 64 * len(names) + HEAD)
    figure["xaxis"] |= percent_axis(language)
    figure["yaxis"] |= row_axis(names)
    data = []
    for age, year in enumerate(reversed(years)):
        above = YEARS_APART * (0.5 - age) if len(years) > 1 else 0
        of_year = ((row - above, one) for row, line in enumerate(model.questions) for one in line if one.period == year)
        data.append(dots(_known(of_year), language.period(year), age))
    said = [
        language.gettext(
            "{name}: {figure}.",
            name=name,
            figure=language.list(
                [f"{language.period(one.period)} {learned_entry(one, language).text}" for one in line]
            ),
        )
        for name, line in zip(names, model.questions, strict=True)
    ]
    alt = language.gettext(
        "Dot chart: who gave a 4 or 5, by question and year, {group}. {rows}",
        group=group_name(model.group, language),
        rows=" ".join(said),
    )
    return Chart({"data": [one for one in data if one["x"]], "layout": figure}, alt, joy_table(model, language))


def joy_table(model: LearningModel, language: Language) -> Table:
    return Table(
        caption=language.gettext("Joy in work, {group}", group=group_name(model.group, language)),
        head=(
            language.gettext("Question"),
            language.gettext("Year"),
            language.gettext("A 4 or 5, of those who answered"),
            language.gettext("Between none and all of the silent"),
            language.gettext("Answers"),
        ),
        rows=tuple(
            (
                Entry(indicator_name(one.code, language)),
                Entry(language.period(one.period)),
                learned_entry(one, language),
                silent_entry(one, language),
                _number(one, language),
            )
            for line in model.questions
            for one in reversed(line)
        ),
        notes=(interval_note(language),),
    )


def burden_table(rows: Sequence[Line], language: Language) -> Table:
    """What each party says of its work for the monitor."""
    return Table(
        caption=language.gettext("What the monitor asks, {period}", period=language.period(rows[0][0].period)),
        head=(language.gettext("Party"), *(indicator_name(one.code, language) for one in rows[0])),
        rows=tuple(
            (Entry(group_name(row[0].group, language)), *(learned_entry(one, language) for one in row)) for row in rows
        ),
        notes=(language.gettext("As the parties report it. Fields that they did not already have: the aim is none."),),
    )


def routes_over_time(model: RoomModel, language: Language) -> Chart:
    """The two routes and the shared form: the form is a part of both, so nothing is added up."""
    names = [indicator_name(line[0].code, language) for line in model.routes]
    figure = layout(language, 300)
    figure["xaxis"] |= period_axis(tuple(one.period for one in model.routes[0]))
    figure["yaxis"] |= {"rangemode": "tozero"}
    data = [
        line_trace(name, _values(line), style)
        for style, (name, line) in enumerate(zip(names, model.routes, strict=True))
    ]
    alt = language.gettext(
        "Line chart of registrations by quarter, {group}. {lines}",
        group=group_name(model.group, language),
        lines=" ".join(_ends(name, line, language) for name, line in zip(names, model.routes, strict=True)),
    )
    lines = (*model.routes, model.reused)
    table = Table(
        caption=language.gettext("Registrations by quarter, {group}", group=group_name(model.group, language)),
        head=(language.gettext("Period"), *(indicator_name(line[0].code, language) for line in lines)),
        rows=_by_period(lines, language),
        notes=(
            language.gettext(
                "The form counts in both routes: do not add up. Small numbers are protected by a small random "
                "difference."
            ),
        ),
    )
    return Chart({"data": data, "layout": figure}, alt, table)


def acceptance_over_time(model: RoomModel, language: Language) -> Chart:
    """The share that was accepted in time, beside the seven together."""
    lines = [model.acceptance, model.together] if model.group != TOGETHER else [model.acceptance]
    names = [group_name(line[0].group, language) for line in lines]
    figure = layout(language, 280)
    figure["xaxis"] |= period_axis(tuple(one.period for one in model.acceptance))
    figure["yaxis"] |= percent_axis(language)
    data = [line_trace(names[style], _values(lines[style]), style) for style in reversed(range(len(lines)))]
    alt = language.gettext(
        "Line chart: {name} by quarter. {lines}",
        name=indicator_name("acceptance", language),
        lines=" ".join(_ends(name, line, language) for name, line in zip(names, lines, strict=True)),
    )
    half = language.gettext("Half of them within")
    table = Table(
        caption=language.gettext(
            "{name}, {group}", name=indicator_name("acceptance", language), group=group_name(model.group, language)
        ),
        head=(language.gettext("Period"), *names, half),
        rows=tuple(
            (
                Entry(language.period(one.period)),
                *(learned_entry(line[place], language) for line in lines),
                _days(one, language),
            )
            for place, one in reversed(list(enumerate(model.acceptance)))
        ),
        notes=(interval_note(language),),
    )
    return Chart({"data": data, "layout": figure}, alt, table)


def returned_table(model: RoomModel, language: Language) -> Table:
    """Forms that were returned in a year, by their first reason."""
    names = [group_name(one.group, language) for one in model.returned[0]]
    return Table(
        caption=language.gettext(
            "Returned forms by reason, {period}", period=language.period(model.returned[0][0].period)
        ),
        head=(language.gettext("Reason"), *names),
        rows=tuple(
            (Entry(indicator_name(line[0].code, language)), *(learned_entry(one, language) for one in line))
            for line in model.returned
        ),
        notes=(language.gettext("A form counts under its first reason. To return a form can be careful work."),),
    )


def hours_by_term(model: RoomModel, language: Language) -> Chart:
    """Hours used by part of the term against an even course; what lies beside it is early or late, not good or bad."""
    figure = layout(language, 320)
    every = (0, *TERMS)
    figure["xaxis"] |= {
        "range": [0, 104],
        "tickvals": list(every),
        "ticktext": [language.percent(term) for term in every],
        "title": {"text": language.gettext("part of the term"), "font": {"size": 14}},
        "showgrid": False,
    }
    figure["yaxis"] |= {
        "rangemode": "tozero",
        "title": {"text": language.gettext("percent of the hours granted"), "font": {"size": 14}},
    }
    name = group_name(model.group, language)
    known = [(term, value) for term, value in zip(TERMS, _values(model.hours), strict=True) if value is not None]
    used = line_trace(name, [value for _, value in known], 0) | {"x": [float(term) for term, _ in known]}
    evenly = [float(term) for term in every]
    data = [reference(language.gettext("used evenly"), evenly, evenly), used] if known else []
    said = [
        language.gettext(
            "at {term} of the term {used}", term=language.percent(term), used=learned_entry(one, language).text
        )
        for term, one in zip(TERMS, model.hours, strict=True)
    ]
    alt = language.gettext(
        "Line chart: hours used of those granted, {group}, {period}: {said}. Used evenly, both percentages are the "
        "same.",
        group=name,
        period=language.period(model.hours[0].period),
        said=language.list(said),
    )
    table = Table(
        caption=language.gettext(
            "Hours used of those granted, {group}, {period}", group=name, period=language.period(model.hours[0].period)
        ),
        head=(language.gettext("Part of the term"), language.gettext("Hours used"), language.gettext("Used evenly")),
        rows=tuple(
            (
                Entry(language.percent(term)),
                learned_entry(one, language),
                number_entry(term, language.percent(term)),
            )
            for term, one in zip(TERMS, model.hours, strict=True)
        ),
        notes=(language.gettext("Earlier or later is no judgement: help follows a family."),),
    )
    return Chart({"data": data, "layout": figure}, alt, table)


def providers_table(rows: Sequence[Line], language: Language) -> Table:
    return Table(
        caption=language.gettext(
            "Providers and spending by region, {period}", period=language.period(rows[0][0].period)
        ),
        head=(language.gettext("Region"), *(indicator_name(one.code, language) for one in rows[0])),
        rows=tuple(
            (Entry(group_name(row[0].group, language)), *(learned_entry(one, language) for one in row)) for row in rows
        ),
        notes=(language.gettext("In the order of the agreement, not of the result."),),
    )


def _known(rows: Iterable[tuple[float, LearnedFigures]]) -> list[tuple[float, Published]]:
    return [(place, one.cell.figure) for place, one in rows if isinstance(one.cell.figure, Published)]


def _by_period(lines: Sequence[Line], language: Language) -> tuple[tuple[Entry, ...], ...]:
    """The newest first."""
    return tuple(
        (Entry(language.period(row[0].period)), *(learned_entry(one, language) for one in row))
        for row in reversed(list(zip(*lines, strict=True)))
    )


def _ends(name: str, line: Line, language: Language) -> str:
    return ends(name, [(one.period, learned_entry(one, language)) for one in line], language)


def _values(line: Line) -> list[float | None]:
    return [one.cell.figure.value if isinstance(one.cell.figure, Published) else None for one in line]


def _days(figures: LearnedFigures, language: Language) -> Entry:
    """The days within which half got so far; nothing beside a share that is not shown."""
    median = figures.median.figure if figures.median else None
    if not isinstance(median, Published):
        return Entry("")
    return Entry(language.gettext("{days} days", days=language.number(median.value)), Kind.PUBLISHED, figure=median)


def _number(figures: LearnedFigures, language: Language) -> Entry:
    figure = figures.cell.figure
    return (
        number_entry(figure.n, language.number(figure.n)) if isinstance(figure, Published) and figure.n else Entry("")
    )


def _rests_on(code: str, language: Language) -> str:
    return {
        "help_that_works": language.gettext("Families"),
        "time_to_help": language.gettext("First requests"),
        "time_on_help": language.gettext("Team-weeks"),
    }[code]
