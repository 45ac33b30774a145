"""Notes with a figure in words: beside what figure, of what kind, and how one was withdrawn."""

from collections.abc import Iterable
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


def note_sentences(notes: Iterable[Note], language: Language) -> list[tuple[str, str]]:
    """Beside a chart: which note, of which period, and what it says; what was answered stands on the page of notes."""
    return [
        (
            language.gettext("Note {number}, {period}", number=note.number, period=language.period(note.about.period)),
            " ".join(filter(None, (note.words, _answered(note, language)))),
        )
        for note in notes
    ]


def _answered(note: Note, language: Language) -> str:
    standing = [one for one in note.answers if one.withdrawn is None]
    if not standing:
        return ""
    return language.gettext("(Answers on the page Notes: {count}.)", count=language.number(len(standing)))


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
