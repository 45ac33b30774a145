"""The rules of protection in plain words, with the constants that the release works by, and what they cost."""

from monitor.locale import N_, Language
from monitor.narrative.figures import LIMITS
from monitor.release.attack.report import Idea
from monitor.release.policies import NOISE, SHARED_PROTECTION, SMALLEST_REMAINDER

LEFT_BEHIND = (
    N_("names, BSN, birth dates, addresses and postcodes"),
    N_("case numbers, also in disguise"),
    N_("dates: only durations in days leave, with the quarter in which the clock started"),
    N_("notes and any other free text"),
)

TABLES = {
    "steps": N_("Cases per step of the chain"),
    "clocks": N_("Cases per clock: what started in a quarter"),
    "flows": N_("What ended, changed hands or was in force"),
    "quality": N_("How complete the registration is"),
    "registrations": N_("How late dates are entered"),
    "key_sums": N_("Sums of secret numbers, for the protection alone"),
}
COLUMNS = {
    "step": N_("which step of the chain, for example from the order to the plan"),
    "region": N_("the youth-care region"),
    "measure_group": N_("the kind of measure"),
    "quarter": N_("the quarter in which the clock started, or in which something ended"),
    "duration": N_("how many days or working days it took, or how long the case has been followed"),
    "outcome": N_("reached, still open, ended before, or passed without a registered date"),
    "norm_result": N_("whether the norm was met, missed or is not due yet"),
    "cases": N_("how many cases: a count, never a case itself"),
    "clock": N_("what is counted: reports, requests or measures"),
    "flow": N_("ended, taken over, handed over, or in force on the last day"),
    "milestone": N_("which moment in the chain"),
    "passed": N_("how many cases passed it"),
    "dated": N_("how many of those have a usable date"),
    "proxied": N_("how many take their date from another moment"),
    "implausible": N_("how many dates cannot be right"),
    "out_of_order": N_("how many dates lie after that of a later moment"),
    "early": N_("how many were entered before they happened"),
    "lag": N_("how many quarters later the date was entered"),
    "table": N_("to which of the other tables the sum belongs"),
    "item": N_("which step, clock or flow"),
    "bin": N_("a range of days"),
    "key_sum": N_("a sum of secret numbers that keeps the protection of a group the same in every table"),
}


ATTACKS: dict[Idea, str] = {
    "bounds": N_("adding up and subtracting tables"),
    "finer": N_("the same, for groups finer than any table"),
    "averaging": N_("averaging over all tables"),
    "time": N_("laying releases side by side"),
    "durations": N_("subtracting what is known from a curve"),
}
ATTACKERS = (
    N_("anybody with this release"),
    N_("one institution or region with its own exact figures"),
    N_("two of these with those of both"),
)


def rules(language: Language) -> list[str]:
    protection = SHARED_PROTECTION
    messages = (
        N_(
            "Every count is changed a little by chance, by at most {deviation}; the same group always gets the "
            "same change."
        ),
        N_('After that, a count below {count} is shown as "<{count}".'),
        N_(
            "A share is a whole percent, asks for at least {share} cases, and is never 0% or 100%: then a bound "
            "is shown."
        ),
        N_(
            "A share is hidden when the protection would weigh more than half as much as chance does, at what is usual "
            "for the step: whether a group does well or badly has no say in it."
        ),
        N_(
            "A median asks for {median} cases, a curve for {curve}; a curve stops where fewer than {at_risk} "
            "cases are left."
        ),
        N_("The days within which nine in ten got so far ask for {p90} cases."),
        N_(
            "A figure of several institutions is hidden when less than {remainder} remains without the largest "
            "of them, which could subtract its own; unless the agreement names the figure as shareable."
        ),
        N_("With more than {unregistered}% unregistered there is no single figure and no verdict, but a range."),
        N_("A verdict is given when it holds whatever the protection did, and on final quarters only."),
        N_(
            "Only a fixed list of tables is published. Every chart, sentence and table here comes from those, and an "
            "institution's own exact figures are shown to that institution alone."
        ),
    )
    values = LIMITS | {
        "deviation": NOISE.deviation,
        "at_risk": protection.at_risk,
        "remainder": SMALLEST_REMAINDER,
    }
    return [language.gettext(message, **values) for message in messages]


def price(language: Language) -> list[str]:
    messages = (
        N_("Numbers do not add up exactly: a total can differ a few cases from the sum of its parts."),
        N_("A small count is uncertain: a count of 10 can in truth lie a few cases higher or lower."),
        N_("The intervals are a little wider, since they carry the protection as well as chance."),
        N_("Small regions and institutions often have a figure by year only."),
    )
    return [language.gettext(message) for message in messages]
