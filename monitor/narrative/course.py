"""Chance or change, in words: never a cause, never one quarter against the one before."""

from dataclasses import dataclass
from typing import Final

from monitor.locale import N_, Language
from monitor.release.cell import Assurance, Signal, Variation
from monitor.statistics.spc import FIXED_AFTER, LEAST_POINTS
from monitor.views.course import Course
from monitor.views.overview import Signals

SIGNALS: Final = {
    Signal.ABOVE_LIMIT: N_("above the limits of chance"),
    Signal.BELOW_LIMIT: N_("below the limits of chance"),
    Signal.RISING: N_("seven or more quarters in a row rising"),
    Signal.FALLING: N_("seven or more quarters in a row falling"),
    Signal.TWO_IN_THREE_ABOVE: N_("two of three quarters near the upper limit"),
    Signal.TWO_IN_THREE_BELOW: N_("two of three quarters near the lower limit"),
    Signal.SHIFT_ABOVE: N_("seven or more quarters in a row above the mean"),
    Signal.SHIFT_BELOW: N_("seven or more quarters in a row below the mean"),
}
CHANGES: Final = {
    Variation.IMPROVEMENT: N_("Since {period} there is an improvement beyond chance ({rule})."),
    Variation.CONCERN: N_("Since {period} there is a deterioration beyond chance ({rule})."),
    Variation.HIGHER: N_("Since {period} it is higher, beyond chance ({rule})."),
    Variation.LOWER: N_("Since {period} it is lower, beyond chance ({rule})."),
}
ASSURANCES: Final = {
    Assurance.CONSISTENTLY_MET: N_("If nothing changes in the way of working, the target is met every time."),
    Assurance.INCONSISTENT: N_(
        "If nothing changes in the way of working, the target is met at times and at times not."
    ),
    Assurance.CONSISTENTLY_MISSED: N_("If nothing changes in the way of working, the target is not met."),
}
VARIATION_MARKS: Final = {
    Variation.COMMON_CAUSE: ("∿", N_("no sign of change")),
    Variation.IMPROVEMENT: ("▲", N_("improvement")),
    Variation.CONCERN: ("▼", N_("deterioration")),
    Variation.HIGHER: ("↑", N_("higher")),
    Variation.LOWER: ("↓", N_("lower")),
}
ASSURANCE_MARKS: Final = {
    Assurance.CONSISTENTLY_MET: ("●", N_("target met every time")),
    Assurance.INCONSISTENT: ("◐", N_("target met at times")),
    Assurance.CONSISTENTLY_MISSED: ("○", N_("target not met")),
}


@dataclass(frozen=True)
class Mark:
    """An icon with its words. ``look``: neutral, better or worse, told apart by symbol and word as well as colour."""

    symbol: str
    words: str
    look: str = "neutral"


LOOKS: Final = {Variation.IMPROVEMENT: "better", Variation.CONCERN: "worse"}


def course_marks(course: Course | None, language: Language) -> tuple[Mark, ...]:
    """The icon of variation, and while nothing changes that of assurance; none of a series that is too short."""
    if course is None or course.variation is None:
        return ()
    symbol, words = VARIATION_MARKS[course.variation]
    marks = [Mark(symbol, language.gettext(words), LOOKS.get(course.variation, "neutral"))]
    if course.assurance is not None and course.variation is Variation.COMMON_CAUSE:
        symbol, words = ASSURANCE_MARKS[course.assurance]
        marks.append(Mark(symbol, language.gettext(words)))
    return tuple(marks)


def course_sentences(course: Course | None, language: Language) -> str:
    """What the course is, what that means for the target, and whether its limits still move.

    Of a series that has changed, the limits tell how it was: they say nothing of the target from now on.
    """
    if course is None:
        return ""
    if course.variation is None:
        return language.gettext(
            "Fewer than {least} final quarters: too short to tell change from chance.", least=LEAST_POINTS
        )
    sentences = [_change(course, language)]
    if course.assurance is not None and course.variation is Variation.COMMON_CAUSE:
        sentences.append(language.gettext(ASSURANCES[course.assurance]))
    if sum(point.signal is not None for point in course.points) < FIXED_AFTER:
        sentences.append(language.gettext("The limits are provisional."))
    return " ".join(sentences)


def signals_sentence(signals: Signals, language: Language) -> str:
    """How many series signal, beside how many would by chance alone."""
    if not signals.series:
        return ""
    return language.gettext(
        "Of {series} series of the three criteria (all together, by region, institution and kind of measure) "
        "{signalling} now give a signal; about {by_chance} would by chance alone.",
        series=signals.series,
        signalling=signals.signalling,
        by_chance=signals.by_chance,
    )


def signal_words(signal: Signal | None, language: Language) -> str:
    """The rule that fired at a point; empty for chance, and where there is no point."""
    return language.gettext(SIGNALS[signal]) if signal else ""


def _change(course: Course, language: Language) -> str:
    run = course.latest_run
    if course.variation is None or course.variation is Variation.COMMON_CAUSE or not run:
        return language.gettext("The ups and downs are what chance makes; no sign of change.")
    first, last = run[0], run[-1]
    if len(run) == 1 and last.signal in (Signal.ABOVE_LIMIT, Signal.BELOW_LIMIT):
        return language.gettext(
            "{period} lies {rule}: look at the registration first.",
            period=language.period(last.period),
            rule=signal_words(last.signal, language),
        )
    return language.gettext(
        CHANGES[course.variation], period=language.period(first.period), rule=signal_words(last.signal, language)
    )
