"""Notes with a figure in words: beside what figure, of what kind, and how one was withdrawn."""

from typing import Final

from monitor.agenda.notes import About, Kind, Note, Why
from monitor.locale import N_, Language
from monitor.narrative.sentences import days_sentence, group_name, level
from monitor.views.reading import Group, Reader
from monitor.views.step import step_figures
from pseudonymise.agreement import load_agreement

KINDS: Final = {
    Kind.WHY: N_("why it moved, or did not"),
    Kind.LEARNED: N_("what was learned"),
}
WHYS: Final = {
    Why.PERSON: N_("a person could be recognised in it"),
    Why.WRONG: N_("it was not right"),
    Why.OUTDATED: N_("it no longer holds"),
}


def about_words(about: About, language: Language) -> str:
    """``Vaste medewerker, Centraal Gelderland, 2e kwartaal 2026``."""
    step = language.of(load_agreement().step(about.step))
    return f"{step}, {group_name(_group(about), language)}, {language.period(about.period)}"


def figure_sentence(about: About, reader: Reader, language: Language) -> str:
    """What the release says of that figure; empty when it has no such period."""
    indicator = reader.indicator(about.step)
    group = _group(about)
    if about.period not in (*indicator.periods(group, quarters=True), *indicator.periods(group, quarters=False)):
        return ""
    figures = step_figures(indicator, group, about.period)
    return level(figures, language) if load_agreement().step(about.step).norm else days_sentence(figures, language)


def withdrawn_words(note: Note, language: Language) -> str:
    """What stands in the place of the words of a note that was withdrawn; empty for one that stands."""
    if note.withdrawn is None:
        return ""
    return language.gettext(
        "Withdrawn on {date}: {why}.",
        date=language.date(note.withdrawn.at.date()),
        why=language.gettext(WHYS[note.withdrawn.why]),
    )


def _group(about: About) -> Group:
    return Group(region=about.region, institution=about.institution)
