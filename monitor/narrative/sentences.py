"""View model to one honest sentence: the level, then the verdict, then what to bear in mind.

A finite set of templates. Whole percents, numbers read from the cells alone, no cause, no rank, no comparison of
one quarter with the next; "can be chance" is never written as "the same" (methods: board sentences).
"""

from collections.abc import Iterable
from math import ceil, floor

from monitor.catalogue import load_catalogue
from monitor.locale import N_, Language
from monitor.narrative.figures import days_entry, days_words, percent_range, reason_words, share_entry
from monitor.release.cell import (
    ALL,
    SHARED,
    Cell,
    Cohort,
    Missing,
    MissingReason,
    Position,
    Published,
    Suppressed,
)
from monitor.views.flow import FlowFigures
from monitor.views.reading import Group
from monitor.views.step import Judgement, StepFigures, judge
from pseudonymise.agreement import Norm, Step, load_agreement, region_names

CASES = {"gi": N_("measures"), "vt": N_("reports"), "council": N_("requests")}
CHILDREN = N_("children")  # what a road is counted in
STANDINGS = {
    "V": N_("read in the source"),
    "V*": N_("second-hand, not read in the source itself"),
    "M": N_("from memory, not verified"),
    "D": N_("derived"),
    "example": N_("example value"),
}
NORM_KINDS = {
    "statutory": N_("statutory term"),
    "own norm": N_("own norm of the organisation"),
    "inspection practice": N_("practice of the inspectorates"),
    "inspection criterion": N_("criterion of the inspectorates"),
    "example": N_("example norm, for the parties to replace"),
}
COHORTS = {
    Cohort.FINAL: N_("final"),
    Cohort.PROVISIONAL: N_("provisional"),
    Cohort.UNDETERMINABLE: N_("cannot be determined yet"),
}
VERDICTS = {
    Judgement.CLEARLY_MET: N_("at or above the target of {target}, beyond chance"),
    Judgement.MET: N_("at or above the target of {target}, but the difference can be chance"),
    Judgement.NOT_MET: N_("below the target of {target}, but the difference can be chance"),
    Judgement.CLEARLY_NOT_MET: N_("below the target of {target}, beyond chance"),
}
SHORT_VERDICTS = {
    Judgement.CLEARLY_MET: N_("above, beyond chance"),
    Judgement.MET: N_("above, can be chance"),
    Judgement.NOT_MET: N_("below, can be chance"),
    Judgement.CLEARLY_NOT_MET: N_("below, beyond chance"),
}


POSITIONS = {
    Position.ABOVE: N_("higher than chance explains"),
    Position.BELOW: N_("lower than chance explains"),
}


def norm_words(norm: Norm, language: Language) -> str:
    """``5 werkdagen``, ``6 weken``, ``3 maanden``."""
    templates = {
        "working_days": N_("{length} working days"),
        "calendar_days": N_("{length} calendar days"),
        "weeks": N_("{length} weeks"),
        "months": N_("{length} months"),
    }
    return language.gettext(templates[norm.unit], length=norm.length)


def group_name(group: Group, language: Language) -> str:
    agreement = load_agreement()
    if group.region != ALL and group.institution != ALL:
        return f"{group_name(Group(institution=group.institution), language)}, {region_names()[group.region]}"
    if group.region != ALL:
        return region_names()[group.region]
    if group.institution != ALL:
        return agreement.institution(group.institution).name
    if group.measure_group != ALL:
        return next(language.of(one) for one in agreement.measure_groups if one.code == group.measure_group)
    return language.gettext("The seven regions together")


def place(group: Group, language: Language) -> str:
    """Where, as a sentence begins: ``In de zeven regio's samen``, ``In Food Valley``, ``Bij Jeugd Veilig Verder``."""
    if group.region != ALL:
        return language.gettext("In {name}", name=group_name(group, language))
    if group.institution != ALL:
        return language.gettext("At {name}", name=group_name(group, language))
    return language.gettext("In the seven regions together")


def headline_sentence(figures: StepFigures, language: Language) -> str:
    """The level and the verdict of one step, group and period."""
    return f"{level(figures, language)} {verdict(figures, language)}".strip()


def level(figures: StepFigures, language: Language) -> str:
    step = load_agreement().step(figures.step)
    share = figures.share.figure
    where = place(figures.group, language)
    period = language.period(figures.period)
    if isinstance(share, Published):
        return language.gettext(
            "{place}, an estimated {share} was in time, within {norm} ({n} {cases}, inflow {period}{interval}).",
            place=where,
            share=share_entry(figures.share, language).text,
            n=_number_of(figures.share, share, language),
            cases=cases_words(step, language),
            period=period,
            norm=norm_words(step.norm, language) if step.norm else "",
            interval=_interval(share, language),
        )
    if figures.bounds is not None:
        lower, upper = figures.bounds
        return language.gettext(
            "{place}, between {lower} and {upper} of the {cases} that started in {period} was in time, within {norm}; "
            "of too many the date is not registered.",
            place=where,
            lower=language.percent(lower.value),
            upper=language.percent(upper.value),
            cases=cases_words(step, language),
            period=period,
            norm=norm_words(step.norm, language) if step.norm else "",
        )
    return language.gettext(
        "{place} there is no figure for {period}: {reason}.",
        place=where,
        period=period,
        reason=reason_words(share.reason, language)[0],
    )


def verdict(figures: StepFigures, language: Language) -> str:
    """The verdict as a sentence; empty when the step has no target or there is no level to judge."""
    target = load_catalogue().steps[figures.step].target_share
    judgement = judge(figures)
    if target is None or judgement is Judgement.NO_TARGET:
        return ""
    if judgement in VERDICTS:
        words = language.gettext(VERDICTS[judgement], target=language.percent(target))
        return language.gettext("That is {verdict}.", verdict=words)
    if figures.cohort is Cohort.PROVISIONAL:
        return " ".join(filter(None, (ending(figures, language), language.gettext("There is no verdict yet."))))
    if isinstance(figures.verdict.figure, Suppressed):
        return language.gettext(
            "Whether the target of {target} was met cannot be decided from published figures.",
            target=language.percent(target),
        )
    return language.gettext("There is no verdict.")


def short_verdict(figures: StepFigures, language: Language) -> str:
    """The verdict for a narrow column; the reason in words when there is none."""
    judgement = judge(figures)
    if judgement in SHORT_VERDICTS:
        return language.gettext(SHORT_VERDICTS[judgement])
    figure = figures.verdict.figure
    if judgement is Judgement.NO_TARGET or isinstance(figure, Published):
        return ""
    return language.gettext("verdict: {reason}", reason=reason_words(figure.reason, language)[0])


def funnel_words(figures: StepFigures, language: Language) -> str:
    """Whether the share lies outside its funnel; empty within it, and where there is none."""
    if figures.funnel is None or not isinstance(figures.funnel.figure, Published):
        return ""
    position = Position(int(figures.funnel.figure.value))
    return "" if position is Position.WITHIN else language.gettext(POSITIONS[position])


def newest_sentence(figures: StepFigures, language: Language) -> str:
    """The newest quarter: provisional, or why there is no figure yet."""
    share, period = figures.share.figure, language.period(figures.period)
    if not isinstance(share, Published):
        return language.gettext("{period}: {reason}.", period=period, reason=reason_words(share.reason, language)[0])
    sentence = language.gettext(
        "Newest, {period}: {share} ({n} {cases}{interval}).",
        period=period,
        share=share_entry(figures.share, language).text,
        n=_number_of(figures.share, share, language),
        cases=cases_words(load_agreement().step(figures.step), language),
        interval=_interval(share, language),
    )
    return f"{sentence} {ending(figures, language)}".strip()


def ending(figures: StepFigures, language: Language) -> str:
    """What a provisional share can still become."""
    if figures.bounds is None or not isinstance(figures.share.figure, Published):
        return ""
    lower, upper = figures.bounds
    return language.gettext(
        "This is provisional: it will end at {range}.", range=percent_range(lower.value, upper.value, language)
    )


def status_sentence(figures: StepFigures, language: Language) -> str:
    """Whether the figure is final, and of how many of the cases the date is known."""
    if figures.cohort is None or figures.completeness is None:
        return ""
    return language.gettext(
        "{period} is {status}; the date is registered for {completeness} of the cases.",
        period=language.period(figures.period),
        status=cohort_words(figures.cohort, language),
        completeness=language.percent(figures.completeness),
    )


def days_sentence(figures: StepFigures, language: Language) -> str:
    """Within how many days half and nine in ten got so far; what is hidden or missing is left out."""
    step = load_agreement().step(figures.step)
    parts = [
        language.gettext(message, days=days_entry(cell, step, language).text)
        for message, cell in (
            (N_("half within {days}"), figures.median),
            (N_("nine in ten within {days}"), figures.p90),
        )
        if isinstance(cell.figure, Published)
    ]
    if not parts:
        return ""
    return language.gettext(
        "{place}, {period}: {parts}.",
        place=place(figures.group, language),
        period=language.period(figures.period),
        parts=language.list(parts),
    )


def weakest_sentence(steps: Iterable[StepFigures], language: Language) -> str:
    """Of one institution: the step that stays furthest below its target; empty when none does."""
    targets = load_catalogue().steps
    below = [
        (figures.share.figure.value - target, figures)
        for figures in steps
        if isinstance(figures.share.figure, Published)
        and (target := targets[figures.step].target_share) is not None
        and figures.share.figure.value < target
    ]
    if not below:
        return ""
    _, figures = min(below, key=lambda pair: pair[0])
    return language.gettext(
        "Furthest below its target: {step}. {sentence}",
        step=language.of(load_agreement().step(figures.step)),
        sentence=headline_sentence(figures, language),
    )


def compared_sentence(shared: StepFigures, language: Language) -> str:
    """Whether an institution differs by more than chance, from its shared figures; empty where nothing is compared."""
    if shared.funnel is None:
        return ""
    figure = shared.funnel.figure
    if not isinstance(figure, Published):
        return language.gettext(
            "Whether this differs from all together by more than chance cannot be said: {reason}.",
            reason=reason_words(figure.reason, language)[0],
        )
    position = Position(int(figure.value))
    if position is Position.WITHIN:
        return language.gettext(
            "The difference with what all together had the year before can be chance: it lies within the 99.8% limits "
            "of the funnel. The kind of cases is not weighed in."
        )
    return language.gettext(
        "The share is {position}: it lies outside the 99.8% limits of the funnel around what all together had the year "
        "before. The kind of cases is not weighed in.",
        position=language.gettext(POSITIONS[position]),
    )


def longest_sentence(steps: Iterable[tuple[StepFigures, StepFigures]], language: Language) -> str:
    """The step that exceeds all together by most of its horizon, in the mean up to it; empty when none does."""
    longer = [
        ((mine.value - all_.value) / horizon, own, joint, mine, all_, horizon)
        for own, joint in steps
        if own.restricted_mean and joint.restricted_mean and (horizon := own.restricted_mean.point)
        if isinstance(mine := own.restricted_mean.figure, Published)
        if isinstance(all_ := joint.restricted_mean.figure, Published) and mine.value > all_.value
    ]
    if not longer:
        return ""
    _, own, joint, mine, all_, horizon = max(longer, key=lambda one: one[0])
    assert own.restricted_mean is not None
    assert joint.restricted_mean is not None
    step = load_agreement().step(own.step)
    sentence = language.gettext(
        "Longest beside all together: {step}, on average {own} against {joint}, counted up to {horizon}.",
        step=language.of(step),
        own=days_entry(own.restricted_mean, step, language).text,
        joint=days_entry(joint.restricted_mean, step, language).text,
        horizon=days_words(horizon, step, language),
    )
    apart = mine.lower is not None and all_.upper is not None and mine.lower > all_.upper
    verdict = N_("The 95% intervals lie apart.") if apart else N_("The 95% intervals overlap: it can be chance.")
    return " ".join((sentence, language.gettext(verdict)))


def flow_sentence(figures: FlowFigures, language: Language) -> str:
    """What came in, went out and is in force; what is hidden is left out by name."""
    parts = [
        (N_("about {n} came in"), figures.inflow),
        (N_("about {n} ended"), figures.ended),
        (N_("about {n} were in force on the last day"), figures.stock),
    ]
    said = [
        language.gettext(message, n=language.number(cell.figure.value))
        for message, cell in parts
        if isinstance(cell.figure, Published)
    ]
    if not said:
        return language.gettext(
            "There are no figures of the flow for {period}.", period=language.period(figures.period)
        )
    return language.gettext(
        "Measures, {period}: {parts}.", period=language.period(figures.period), parts=language.list(said)
    )


def road_sentence(figures: StepFigures, language: Language) -> str:
    """The road from report to help: what share came so far in time, or why it cannot be shown."""
    if figures.share.figure == Missing(MissingReason.NEEDS_LINKAGE):
        return language.gettext(
            "The whole road from report to help is not available: it asks for linkage. No institution knows both its "
            "start and its end. The steps below cannot be added up to it."
        )
    if not isinstance(figures.share.figure, Published):
        return level(figures, language)
    return language.gettext(
        "{place}, an estimated {share} got help under a measure within {norm} ({n} children of whom a report was "
        "investigated, {period}{interval}). Not every child needs that help, and others are still on their way.",
        place=place(figures.group, language),
        share=share_entry(figures.share, language).text,
        norm=norm_words(step.norm, language) if (step := load_agreement().step(figures.step)).norm else "",
        n=_number_of(figures.share, figures.share.figure, language),
        period=language.period(figures.period),
        interval=_interval(figures.share.figure, language),
    )


def unlinked_sentence(figures: StepFigures, language: Language) -> str:
    """How many roads could not be linked or dated, and between which bounds the share lies for all of them."""
    if figures.completeness is None:
        return ""
    known = language.gettext(
        "Of {completeness} of these children the road is known. Of the others Veilig Thuis knows no number (BSN), or "
        "nobody knows on which day help started.",
        completeness=language.percent(figures.completeness),
    )
    limits = _limits(figures)
    if limits is None:
        return known
    return (
        known
        + " "
        + language.gettext(
            "Whatever became of them and of who still waits, the share lies at {range}.",
            range=percent_range(*limits, language),
        )
    )


def _limits(figures: StepFigures) -> tuple[float, float] | None:
    """The share if none, and if all, of those whose road is not known got help in time; whole percents, outwards.

    Where none are published, they follow from the published share, which is that of whose road is known, and the
    completeness, each of which is rounded to half a percent.
    """
    if figures.bounds is not None:
        return figures.bounds[0].value, figures.bounds[1].value
    share = figures.share.figure
    if not isinstance(share, Published) or figures.completeness is None:
        return None
    least, most = max(figures.completeness - 0.5, 0), min(figures.completeness + 0.5, 100)
    return (
        float(max(floor((share.value - 0.5) * least / 100), 0)),
        float(min(ceil((share.value + 0.5) * most / 100 + 100 - least), 100)),
    )


def cases_words(step: Step, language: Language) -> str:
    clock = load_agreement().clock(step.clock)
    return language.gettext(CHILDREN if clock.linked else CASES[clock.kind])


def cohort_words(cohort: Cohort | None, language: Language) -> str:
    return "" if cohort is None else language.gettext(COHORTS[cohort])


def interval_note(language: Language) -> str:
    """What the smaller type of a table means."""
    return language.gettext("In smaller type: the 95% interval, chance and the protection of small numbers together.")


def _number_of(cell: Cell, figure: Published, language: Language) -> str:
    """How many cases: about, where the number is protected."""
    n = language.number(figure.n or 0)
    return language.gettext("about {n}", n=n) if cell.audience == SHARED else n


def _interval(figure: Published, language: Language) -> str:
    if figure.lower is None or figure.upper is None:
        return ""
    return language.gettext("; 95% interval {interval}", interval=percent_range(figure.lower, figure.upper, language))
