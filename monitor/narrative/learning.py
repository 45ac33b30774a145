"""What is learned from, in a sentence: the level and its interval, and never a verdict, a rank or a cause."""

from collections.abc import Sequence

from monitor.catalogue import load_catalogue
from monitor.locale import N_, Language
from monitor.narrative.figures import Entry, Kind, count_entry, percent_range, reason_words, share_entry
from monitor.narrative.sentences import group_name, place
from monitor.release.cell import SHARED, Bound, Cell, Published, Statistic
from monitor.views.learning import LearnedFigures, LearningModel, RoomModel

PURPOSE = N_("Purpose: to learn, not to settle. No norm and no contract hangs on these figures.")

SENTENCES = {
    "help_that_works": N_(
        "{place}, for {share} of the families help ended as planned and was not needed again within twelve months "
        "({n} families, help ended in {period}{interval})."
    ),
    "time_to_help": N_(
        "{place}, {share} got help that stayed within {within} days of the first request "
        "({n} first requests, {period}{interval})."
    ),
    "time_on_help": N_("{place}, {share} of the hours went to help ({n} team-weeks, {period}{interval})."),
    "acceptance": N_(
        "{place}, {share} of the registrations were accepted within {within} days "
        "({n} registrations, {period}{interval})."
    ),
}
QUESTION = {
    "joy_variety": N_("{share} for variety"),
    "joy_autonomy": N_("{share} for autonomy"),
    "joy_support": N_("{share} for support of colleagues"),
}


def measure_sentence(figures: LearnedFigures, language: Language) -> str:
    """The level of a measure that is a share, or why there is none."""
    figure = figures.cell.figure
    if not isinstance(figure, Published):
        return _nothing(figures, language)
    said = language.gettext(
        SENTENCES[figures.code],
        place=place(figures.group, language),
        share=share_words(figures.cell, language),
        within=load_catalogue().learning[figures.code].within or "",
        n=_number(figures.cell, figure, language),
        period=language.period(figures.period),
        interval=_interval(figure, language),
    )
    median = figures.median.figure if figures.median else None
    if isinstance(median, Published):
        half = language.gettext("Half of them got there within {days} days.", days=language.number(median.value))
        return f"{said} {half}"
    return said


def left_out_sentence(model: LearningModel, language: Language) -> str:
    """Whose help ended for another reason: they are no part of the share, and are not dropped in silence. Nothing where
    that is hidden."""
    one = model.left_out
    if one is None or not isinstance(one.cell.figure, Published):
        return ""
    return language.gettext(
        "Help of {n} other families ended by a move, 18 years or transfer: they do not count in this.",
        n=_about(one.cell, language),
    )


def learning_in_short(learning: LearningModel, room: RoomModel, language: Language) -> tuple[tuple[str, str], ...]:
    """What a board reads of it: each measure, the routes, the room and the burden in a sentence."""
    shares = [one for one in learning.shown if one.code in SENTENCES]
    return (
        *((indicator_name(one.code, language), measure_sentence(one, language)) for one in shares),
        (language.gettext("Joy in work"), joy_sentence(learning, language)),
        (language.gettext("One form, two routes"), routes_sentence(room, language)),
        (language.gettext("Room for the professional"), hours_sentence(room, language)),
        (language.gettext("What the monitor itself asks"), burden_sentence(learning.burden, language)),
    )


def share_words(cell: Cell, language: Language) -> str:
    """An estimate is said to be one; a bound is what it is."""
    text = share_entry(cell, language).text
    exact = isinstance(cell.figure, Published) and cell.figure.bound is Bound.EXACT
    return language.gettext("an estimated {percent}", percent=text) if exact else text


def joy_sentence(model: LearningModel, language: Language) -> str:
    """The three questions apart, and how many answered: there is no mark of the three together."""
    newest = [line[-1] for line in model.questions if line]
    said = [
        language.gettext(QUESTION[one.code], share=share_entry(one.cell, language).text)
        for one in newest
        if isinstance(one.cell.figure, Published)
    ]
    if not newest:
        return language.gettext("Nobody has reported on joy in work for this release.")
    if not said:
        return _nothing(newest[0], language)
    level = language.gettext(
        "{place}, in {period}, so many of those who answered gave a 4 or 5: {shares}.",
        place=place(model.group, language),
        period=language.period(newest[0].period),
        shares=language.list(said),
    )
    response = model.response.cell if model.response else None
    if response and isinstance(response.figure, Published):
        answered = language.gettext("{share} answered.", share=share_entry(response, language).text)
        return f"{level} {answered}"
    return level


def burden_sentence(rows: Sequence[Sequence[LearnedFigures]], language: Language) -> str:
    """Of how many parties the monitor asks a field that they did not have; those that reported nothing are left out."""
    asked = [row[0].cell.figure for row in rows]
    known = [figure for figure in asked if isinstance(figure, Published)]
    if not known:
        return language.gettext("No party has reported what work the monitor takes.")
    return language.gettext(
        "Of {some} of the {known} parties that reported, the monitor asks a field that they did not already have. The "
        "aim is none.",
        some=language.number(sum(figure.value > 0 for figure in known)),
        known=language.number(len(known)),
    )


def routes_sentence(model: RoomModel, language: Language) -> str:
    """How many registrations came by which route and with the form, in the newest quarter."""
    parts = {
        "route_1": N_("{n} by route 1"),
        "route_2": N_("{n} by route 2"),
        "with_form": N_("of both together {n} with the shared form"),
        "form_reused": N_("{n} with a form of the same family that was used again"),
    }
    newest = [line[-1] for line in (*model.routes, model.reused) if line]
    said = [
        language.gettext(parts[one.code], n=_about(one.cell, language))
        for one in newest
        if isinstance(one.cell.figure, Published)
    ]
    if not newest:
        return language.gettext("No region has reported registrations for this release.")
    if not said:
        return _nothing(newest[0], language)
    return language.gettext(
        "{place}, registrations in the {period}: {parts}.",
        place=place(model.group, language),
        period=language.period(newest[0].period),
        parts=language.list(said),
    )


def hours_sentence(model: RoomModel, language: Language) -> str:
    """What was used half-way against what an even course would use, without a judgement of either."""
    half = next((one for one in model.hours if one.code == "hours_used_50"), None)
    if half is None:
        return language.gettext("No region has reported hours for this release.")
    if not isinstance(half.cell.figure, Published):
        return _nothing(half, language)
    return language.gettext(
        "{place}, in the {period}, arrangements that were half-way had used {used} of their hours; evenly used it "
        "would be 50%. Earlier or later is no judgement: help follows a family.",
        place=place(half.group, language),
        period=language.period(half.period),
        used=language.percent(half.cell.figure.value),
    )


def learned_entry(figures: LearnedFigures, language: Language) -> Entry:
    """A share with its interval, a count, or a number in its own unit."""
    cell, unit = figures.cell, load_catalogue().learning[figures.code].unit
    if cell.statistic is Statistic.COUNT:
        return count_entry(cell, language)
    if cell.statistic is Statistic.SHARE or not isinstance(cell.figure, Published):
        return share_entry(cell, language)
    number = language.number(cell.figure.value)
    text = {"percent": language.percent(cell.figure.value), "euros": f"€ {number}"}.get(unit, number)
    return Entry(text, Kind.PUBLISHED if cell.figure.value else Kind.ZERO, figure=cell.figure)


def silent_entry(figures: LearnedFigures, language: Language) -> Entry:
    """What the share would be with those who did not answer: from none to all of them."""
    worst, best = (cell.figure if cell else None for cell in (figures.worst, figures.best))
    if not isinstance(worst, Published) or not isinstance(best, Published):
        return Entry("")
    return Entry(percent_range(worst.value, best.value, language))


def indicator_name(code: str, language: Language) -> str:
    return language.of(load_catalogue().learning[code]).name or code


def _nothing(figures: LearnedFigures, language: Language) -> str:
    figure = figures.cell.figure
    assert not isinstance(figure, Published)
    return language.gettext(
        "{name}, {group}, {period}: no figure. {why}",
        name=indicator_name(figures.code, language),
        group=group_name(figures.group, language),
        period=language.period(figures.period),
        why=reason_words(figure.reason, language)[1],
    )


def _about(cell: Cell, language: Language) -> str:
    text = count_entry(cell, language).text
    return language.gettext("about {n}", n=text) if cell.audience == SHARED else text


def _number(cell: Cell, figure: Published, language: Language) -> str:
    n = language.number(figure.n or 0)
    counts_people = cell.statistic is Statistic.SHARE and cell.indicator != "time_on_help"
    return language.gettext("about {n}", n=n) if cell.audience == SHARED and counts_people else n


def _interval(figure: Published, language: Language) -> str:
    if figure.lower is None or figure.upper is None:
        return ""
    return language.gettext("; 95% interval {interval}", interval=percent_range(figure.lower, figure.upper, language))
