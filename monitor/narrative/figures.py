"""One published cell as it stands in a table: a figure, hidden with its reason, missing with its reason, or zero."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from monitor.catalogue import Result
from monitor.locale import N_, Language
from monitor.release.cell import (
    Bound,
    Cell,
    Missing,
    MissingReason,
    Published,
    Suppressed,
    SuppressedReason,
)
from monitor.release.policies import LARGEST_UNREGISTERED, SHARED_PROTECTION
from monitor.statistics.spc import LEAST_POINTS
from monitor.views.step import StepFigures
from pseudonymise.agreement import Step, Unit

Reason = SuppressedReason | MissingReason

# The constants of the rules, by the names that the sentences have for them.
LIMITS = {
    "count": SHARED_PROTECTION.count,
    "share": SHARED_PROTECTION.share,
    "median": SHARED_PROTECTION.median,
    "curve": SHARED_PROTECTION.curve,
    "p90": SHARED_PROTECTION.p90,
    "at_risk": SHARED_PROTECTION.at_risk,
    "points": LEAST_POINTS,
    "unregistered": round(100 * LARGEST_UNREGISTERED),
}

# What stands in the cell, and the sentence that explains it beside the table.
HIDDEN = {
    SuppressedReason.SMALL_COUNT: (
        N_("<{count}"),
        N_("Hidden: fewer than {count}. A small number could point to one family."),
    ),
    SuppressedReason.FEW_CASES: (
        N_("too few"),
        N_(
            "Hidden: too few cases. A share asks for at least {share}, a median for {median}, a curve for {curve} and "
            "the days within which nine in ten got so far for {p90}; and at least {at_risk} cases that are followed "
            "that long. Look at a longer period."
        ),
    ),
    SuppressedReason.NOISE: (
        N_("too uncertain"),
        N_(
            "Hidden: with so few cases the protection of small numbers would weigh too heavily on the figure. "
            "Look at a longer period."
        ),
    ),
    SuppressedReason.DOMINANCE: (
        N_("traceable"),
        N_("Hidden: one institution could subtract its own cases and see those of the other."),
    ),
    SuppressedReason.NOISE_RANGE: (
        N_("cannot be decided"),
        N_("The share lies so close to the target that the protection of small numbers could tip the verdict."),
    ),
    SuppressedReason.DIFFERENCE: (
        N_("traceable"),
        N_("Hidden: with other figures a small number could be worked out from it."),
    ),
}
ABSENT = {
    MissingReason.NOT_DELIVERED: (
        N_("not delivered"),
        N_("Missing: an institution that belongs in this figure made no delivery for this release."),
    ),
    MissingReason.NOT_IN_SOURCE: (
        N_("not registered"),
        N_("Missing: the institution delivers, but its system does not register this moment."),
    ),
    MissingReason.NOT_ACTIVE: (
        N_("does not work here"),
        N_("Nothing is missing: this institution does not work in this region."),
    ),
    MissingReason.NO_CASES: (
        N_("no cases"),
        N_("Nothing is missing: no case started in this period."),
    ),
    MissingReason.UNDETERMINABLE: (
        N_("too early"),
        N_("Not known yet: for most cases of this period the term has not passed."),
    ),
    MissingReason.INCOMPLETE: (
        N_("incomplete"),
        N_(
            "No single figure: of more than {unregistered}% of the cases the date is not registered. The range shows "
            "what is certain."
        ),
    ),
    MissingReason.NOT_FINAL: (
        N_("still provisional"),
        N_("No verdict yet: a verdict is given when the term of all cases has passed."),
    ),
    MissingReason.NOT_REACHED: (
        N_("not reached"),
        N_("Not reached: fewer than this share got so far within the time we follow a case."),
    ),
    MissingReason.NEEDS_LINKAGE: (
        N_("needs linkage"),
        N_("Not available: this crosses institutions, and linking their cases asks for an agreement of its own."),
    ),
    MissingReason.SHORT_SERIES: (
        N_("series too short"),
        N_("Not known yet: fewer than {points} final quarters are too few to tell change from chance."),
    ),
    MissingReason.NO_REFERENCE: (
        N_("nothing to compare with"),
        N_("Missing: of the year before, nothing is published of all together to compare with."),
    ),
}


class Kind(StrEnum):
    """What an entry is, so that a reader can see and hear the difference."""

    TEXT = "text"
    PUBLISHED = "published"
    ZERO = "zero"
    HIDDEN = "hidden"
    ABSENT = "absent"
    ALERT = "alert"  # no figure: something to act on
    STALE = "stale"  # a figure as it was stated too long ago to count; its details say so


@dataclass(frozen=True)
class Entry:
    """``text`` with, in smaller type, ``details``; ``reasons`` for what is hidden or missing.

    ``figure``: what the text writes, for a file in which one can calculate. ``link``: where the text leads on a screen.
    """

    text: str
    kind: Kind = Kind.TEXT
    details: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    figure: Published | None = None
    link: str | None = None


def reason_words(reason: Reason, language: Language) -> tuple[str, str]:
    """The words in the cell, and the sentence beside the table."""
    short, sentence = HIDDEN[reason] if isinstance(reason, SuppressedReason) else ABSENT[reason]
    return language.gettext(short, **LIMITS), language.gettext(sentence, **LIMITS)


def share_entry(cell: Cell, language: Language) -> Entry:
    """``71%`` with its interval below."""
    return _entry(cell, language, lambda figure: (_percent(figure, language), _interval(figure, language)))


def within_norm_entry(figures: StepFigures, language: Language) -> Entry:
    """The share of a step, with what a provisional one can still become; a range where too many are unregistered."""
    entry = share_entry(figures.share, language)
    if figures.bounds is None:
        return entry
    lower, upper = figures.bounds
    between = percent_range(lower.value, upper.value, language)
    if entry.kind is Kind.PUBLISHED:
        return replace(entry, details=(*entry.details, language.gettext("ends at {range}", range=between)))
    return replace(entry, details=(language.gettext("certain: {range}", range=between),))


def count_entry(cell: Cell, language: Language) -> Entry:
    return _entry(cell, language, lambda figure: (language.number(figure.value), ""))


def ratio_words(value: float, result: Result, language: Language) -> str:
    """A contract result or its norm in its own unit: ``7%``, ``15.5 per fte``, ``€ 21.000``."""
    if result.unit == "percent":
        return language.percent(value)
    number = language.number(value)
    if result.unit == "euros":
        return f"€ {number}"
    return language.gettext("{number} per fte", number=number)


def ratio_entry(cell: Cell, result: Result, language: Language) -> Entry:
    def words(figure: Published) -> tuple[str, str]:
        said = ratio_words(figure.value, result, language)
        if figure.bound is Bound.AT_MOST:
            return language.gettext("less than {percent}", percent=said), ""
        return (language.gettext("more than {percent}", percent=said) if figure.bound is Bound.AT_LEAST else said), ""

    return _entry(cell, language, words)


def days_entry(cell: Cell, step: Step, language: Language) -> Entry:
    """``42 dagen``; with its interval when it has one."""

    def words(figure: Published) -> tuple[str, str]:
        between = ""
        if figure.lower is not None and figure.upper is not None:
            between = f"{language.number(figure.lower)}–{language.number(figure.upper)}"
        return days_words(int(figure.value), step, language), between

    return _entry(cell, language, words)


def n_entry(figures: StepFigures, step: Step, language: Language) -> Entry:
    """The number of cases that the share, its bounds or, without a norm, the median rests on."""
    cell = figures.share if step.norm else figures.median
    if figures.bounds and not isinstance(cell.figure, Published):
        cell = replace(cell, figure=figures.bounds[0])
    if not isinstance(cell.figure, Published):
        return _absent(cell.figure, language)
    n = cell.figure.n
    return Entry("") if n is None else number_entry(n, language.number(n))


def number_entry(value: float, text: str, details: tuple[str, ...] = ()) -> Entry:
    """A published number that is no cell's value but stands beside one, as it is written."""
    return Entry(text, Kind.ZERO if value == 0 else Kind.PUBLISHED, details, figure=Published(value))


DAYS: dict[Unit, tuple[str, str]] = {
    "working_days": (N_("{days} working day"), N_("{days} working days")),
    "calendar_days": (N_("{days} day"), N_("{days} days")),
}


def days_words(days: int, step: Step, language: Language) -> str:
    one, more = DAYS[step.unit]
    return language.gettext(one if days == 1 else more, days=language.number(days))


def reasons(entries: Iterable[Entry]) -> tuple[Reason, ...]:
    """The reasons that a table needs to explain, in a fixed order."""
    used = {reason for entry in entries for reason in entry.reasons}
    return tuple(reason for reason in (*SuppressedReason, *MissingReason) if reason in used)


def _entry(cell: Cell, language: Language, words: Callable[[Published], tuple[str, str]]) -> Entry:
    figure = cell.figure
    if isinstance(figure, Published):
        text, detail = words(figure)
        kind = Kind.ZERO if figure.value == 0 else Kind.PUBLISHED
        return Entry(text, kind, (detail,) if detail else (), figure=figure)
    return _absent(figure, language)


def _absent(figure: Suppressed | Missing, language: Language) -> Entry:
    kind = Kind.HIDDEN if isinstance(figure, Suppressed) else Kind.ABSENT
    return Entry(reason_words(figure.reason, language)[0], kind, reasons=(figure.reason,))


def _percent(figure: Published, language: Language) -> str:
    percent = language.percent(figure.value)
    if figure.bound is Bound.AT_LEAST:
        return language.gettext("more than {percent}", percent=percent)
    if figure.bound is Bound.AT_MOST:
        return language.gettext("less than {percent}", percent=percent)
    return percent


def percent_range(lower: float, upper: float, language: Language) -> str:
    """``65–75%``."""
    return f"{language.number(lower)}–{language.percent(upper)}"


def _interval(figure: Published, language: Language) -> str:
    if figure.lower is None or figure.upper is None:
        return ""
    return percent_range(figure.lower, figure.upper, language)
