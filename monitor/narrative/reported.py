"""What institutions report by spreadsheet, in a sentence: who waits, and how the contract results stand."""

from monitor.catalogue import load_catalogue
from monitor.locale import N_, Language
from monitor.narrative.figures import ratio_entry, ratio_words
from monitor.release.cell import Published
from monitor.views.reported import ListFigures, ResultFigures, Stands


def lists_sentence(figures: ListFigures, language: Language) -> str:
    """The two lists apart, for they are not added up; what is hidden is left out by name."""
    parts = (
        (N_("about {n} on the waiting list"), figures.waiting),
        (N_("about {n} on the throughflow list"), figures.throughflow),
    )
    said = [
        language.gettext(message, n=language.number(cell.figure.value))
        for message, cell in parts
        if isinstance(cell.figure, Published)
    ]
    period = language.period(figures.period)
    if not said:
        return language.gettext("There are no figures of who waits for {period}.", period=period)
    return language.gettext("Youths who wait, {period}: {parts}.", period=period, parts=language.list(said))


def results_sentence(results: tuple[ResultFigures, ...], language: Language) -> str:
    """Which results lie above their norm, and which within; nothing of those without."""
    period = language.period(results[0].period)
    messages = (
        (Stands.NOT_MET, N_("Above the norm, {period}: {results}.")),
        (Stands.MET, N_("Within the norm, {period}: {results}.")),
    )
    said = [
        language.gettext(message, period=period, results=language.list([_result(one, language) for one in these]))
        for stands, message in messages
        if (these := [one for one in results if one.stands is stands])
    ]
    return " ".join(said) or language.gettext(
        "No contract result with a norm was published for {period}.", period=period
    )


def _result(figures: ResultFigures, language: Language) -> str:
    result = load_catalogue().results[figures.result]
    return language.gettext(
        "{name} {figure} (at most {norm})",
        name=language.of(result).name or figures.result,
        figure=ratio_entry(figures.ratio, result, language).text,
        norm=ratio_words(figures.at_most or 0, result, language),
    )
