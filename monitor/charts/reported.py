"""What institutions report: contract results against their norm, and the two lists of who waits."""

from dataclasses import replace
from typing import Literal

from monitor.catalogue import load_catalogue
from monitor.charts.chart import Chart, layout, line_trace, period_axis, reference
from monitor.charts.over_time import ends
from monitor.charts.table import Table
from monitor.locale import N_, Language
from monitor.narrative.figures import Entry, count_entry, ratio_entry, ratio_words
from monitor.narrative.sentences import group_name
from monitor.release.cell import Cell, Published
from monitor.views.reported import ContractResults, ListFigures, ResultFigures, Stands

STANDS = {Stands.MET: N_("within {norm}"), Stands.NOT_MET: N_("above {norm}"), Stands.NO_NORM: N_("no norm")}
LISTS = ("waiting", "throughflow")
By = Literal["period", "region", "measure_group"]
BY: dict[By, tuple[str, str]] = {
    "period": (N_("Period"), N_("Youths on the last day of the quarter, {group}")),
    "region": (N_("Region"), N_("Youths who wait by region, {period}")),
    "measure_group": (N_("Measure"), N_("Youths who wait by measure, {period}")),
}


def result_entry(figures: ResultFigures, language: Language) -> Entry:
    """The ratio, below it how it stands to its norm, and that this region agreed its own."""
    result = load_catalogue().results[figures.result]
    entry = ratio_entry(figures.ratio, result, language)
    if figures.stands is Stands.NO_FIGURE:
        return entry
    norm = "" if figures.at_most is None else ratio_words(figures.at_most, result, language)
    local = (language.gettext("◆ agreed locally"),) if figures.local else ()
    return replace(entry, details=(language.gettext(STANDS[figures.stands], norm=norm), *local))


def results_table(rows: tuple[tuple[ResultFigures, ...], ...], head: str, caption: str, language: Language) -> Table:
    """``rows``: each one group, over every result."""
    results = load_catalogue().results
    local = any(one.local for row in rows for one in row)
    mark = language.gettext("◆ This region agreed another norm (couleur locale); why stands with the definition.")
    return Table(
        caption=caption,
        head=(head, *(language.of(result).name or code for code, result in results.items())),
        rows=tuple(
            (Entry(group_name(row[0].group, language)), *(result_entry(one, language) for one in row)) for row in rows
        ),
        notes=(
            *((mark,) if local else ()),
            language.gettext(
                "As the institutions report it, rounded. In the order of the agreement, not of the result."
            ),
        ),
    )


def results_by_region(rows: tuple[tuple[ResultFigures, ...], ...], language: Language) -> Table:
    """Every result of each region, and of the seven together, in one period."""
    caption = language.gettext("Contract results by region, {period}", period=language.period(rows[0][0].period))
    return results_table(rows, language.gettext("Region"), caption, language)


def results_by_institution(rows: tuple[tuple[ResultFigures, ...], ...], language: Language) -> Table:
    """Every result of each institution in one period."""
    caption = language.gettext("Contract results by institution, {period}", period=language.period(rows[0][0].period))
    return results_table(rows, language.gettext("Institution"), caption, language)


def results_of_group(results: tuple[ResultFigures, ...], language: Language) -> Table:
    """Every result of one group in one period."""
    whose = group_name(results[0].group, language)
    caption = language.gettext("{group}, {period}", group=whose, period=language.period(results[0].period))
    return results_table((results,), language.gettext("Group"), caption, language)


def result_over_time(model: ContractResults, language: Language) -> Chart:
    """One result of a region beside the seven together, against the norm that holds there."""
    code = model.own[0].result
    result = load_catalogue().results[code]
    lines = (model.own, model.together)
    names = [group_name(line[0].group, language) for line in lines]
    figure = layout(language, 300)
    figure["xaxis"] |= period_axis(tuple(one.period for one in model.own))
    figure["yaxis"] |= {"rangemode": "tozero"}
    data = [
        line_trace(names[style], [_value(one.ratio) for one in lines[style]], style)
        for style in reversed(range(len(lines)))
    ]
    sentences = [
        ends(name, [(one.period, ratio_entry(one.ratio, result, language)) for one in line], language)
        for name, line in zip(names, lines, strict=True)
    ]
    at_most = model.own[0].at_most
    if at_most is not None:
        norm = ratio_words(at_most, result, language)
        message = N_("norm agreed locally: at most {norm}") if model.own[0].local else N_("norm: at most {norm}")
        words = language.gettext(message, norm=norm)
        data.insert(0, reference(words, [-0.6, len(model.own) - 0.4], [at_most, at_most]))
        sentences.append(f"{words[0].upper()}{words[1:]}.")
    name = language.of(result).name or code
    table = Table(
        caption=language.gettext("{step}, {group}", step=name, group=names[0]),
        head=(language.gettext("Period"), *names),
        rows=tuple(
            (Entry(language.period(own.period)), result_entry(own, language), result_entry(together, language))
            for own, together in reversed(list(zip(*lines, strict=True)))
        ),
    )
    alt = language.gettext("Line chart: {result} by quarter. {lines}", result=name, lines=" ".join(sentences))
    return Chart({"data": data, "layout": figure}, alt, table)


def lists_over_time(lists: tuple[ListFigures, ...], language: Language) -> Chart:
    """The waiting list and the throughflow list of one group, apart: they are not added up."""
    catalogue = load_catalogue().lists
    names = [language.of(catalogue[code]).name or code for code in LISTS]
    figure = layout(language, 280)
    figure["xaxis"] |= period_axis(tuple(one.period for one in lists))
    figure["yaxis"] |= {"rangemode": "tozero"}
    cells = [[getattr(one, code) for one in lists] for code in LISTS]
    data = [
        line_trace(name, [_value(cell) for cell in of], style)
        for style, (name, of) in enumerate(zip(names, cells, strict=True))
    ]
    lines = [
        ends(name, [(cell.period, count_entry(cell, language)) for cell in of], language)
        for name, of in zip(names, cells, strict=True)
    ]
    alt = language.gettext("Line chart of the youths who wait, by quarter. {lines}", lines=" ".join(lines))
    return Chart({"data": data, "layout": figure}, alt, lists_table(tuple(reversed(lists)), "period", language))


def lists_table(lists: tuple[ListFigures, ...], by: By, language: Language) -> Table:
    """One row a period, or one a region or measure group in one period."""
    catalogue = load_catalogue().lists
    head, caption = BY[by]
    return Table(
        caption=language.gettext(
            caption, group=group_name(lists[0].group, language), period=language.period(lists[0].period)
        ),
        head=(language.gettext(head), *(language.of(catalogue[code]).name or code for code in LISTS)),
        rows=tuple(
            (
                Entry(language.period(one.period) if by == "period" else group_name(one.group, language)),
                *(count_entry(getattr(one, code), language) for code in LISTS),
            )
            for one in lists
        ),
        notes=(
            language.gettext(
                "Two lists, and a youth stands on one of them. As the institutions report to the health authority; "
                "small numbers are protected."
            ),
        ),
    )


def _value(cell: Cell) -> float | None:
    return cell.figure.value if isinstance(cell.figure, Published) else None
