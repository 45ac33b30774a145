"""What a figure counts, by which clock and against which norm, in plain words."""

from dataclasses import dataclass

from monitor.catalogue import Subject, load_catalogue
from monitor.locale import N_, Language
from monitor.narrative.figures import LIMITS, ratio_words
from monitor.narrative.sentences import NORM_KINDS, STANDINGS, norm_words
from pseudonymise.agreement import Clock, Flow, InstitutionKind, Step, load_agreement, region_names

UNITS = {"working_days": N_("working days"), "calendar_days": N_("calendar days")}
KINDS: dict[InstitutionKind, str] = {
    "gi": N_("the certified institutions"),
    "vt": N_("Veilig Thuis"),
    "council": N_("the child-protection council"),
}


PURPOSES = {"learn": N_("to learn, not to settle: no norm and no contract hangs on it")}
SUPPLIERS: dict[Subject, str] = {
    "measures": N_("the regions; of work and joy in it also the certified institutions"),
    "routes": N_("the regions"),
    "room": N_("the regions"),
    "burden": N_("every party, of itself"),
}


@dataclass(frozen=True)
class Definition:
    """``code``: of the step, clock or flow. ``lines``: (what, words) in the order in which to read them."""

    code: str
    title: str
    lines: tuple[tuple[str, str], ...]


def step_definition(code: str, language: Language) -> Definition:
    agreement = load_agreement()
    step = agreement.step(code)
    indicator = load_catalogue().steps[code]
    words = language.of(indicator)
    milestones = {milestone.code: language.of(milestone) for milestone in agreement.milestones}
    lines = [
        (language.gettext("What counts"), words.counts),
        (
            language.gettext("Clock"),
            language.gettext(
                "from: {start}; to: {end}; in {unit}",
                start=milestones[step.from_],
                end=milestones[step.to],
                unit=language.gettext(UNITS[step.unit]),
            ),
        ),
        (language.gettext("Of whom"), language.of(agreement.clock(step.clock))),
    ]
    if step.norm:
        lines.append(
            (
                language.gettext("Norm"),
                language.gettext(
                    "{norm}; {kind}, {standing}. Source: {source}",
                    norm=norm_words(step.norm, language),
                    kind=language.gettext(NORM_KINDS[step.norm.kind]),
                    standing=language.gettext(STANDINGS[step.norm.standing]),
                    source=language.of(step.norm.source),
                ),
            )
        )
    else:
        lines.append((language.gettext("Norm"), language.gettext("none was found in public")))
    if indicator.target_share is not None and indicator.target_standing and indicator.target_source:
        lines.append(
            (
                language.gettext("Target"),
                language.gettext(
                    "{target} within the norm; {standing}. Source: {source}",
                    target=language.percent(indicator.target_share),
                    standing=language.gettext(STANDINGS[indicator.target_standing]),
                    source=language.of(indicator.target_source),
                ),
            )
        )
    lines.append((language.gettext("Mind"), words.caveat))
    return Definition(code, language.of(step), tuple(lines))


def result_definition(code: str, language: Language) -> Definition:
    """Of a contract result, with its norm, where that comes from, and what regions agreed otherwise."""
    result = load_catalogue().results[code]
    words = language.of(result)
    lines = [(language.gettext("What counts"), words.counts)]
    if result.at_most is None or result.standing is None or result.source is None:
        lines.append((language.gettext("Norm"), language.gettext("none was found in public")))
    else:
        lines.append(
            (
                language.gettext("Norm"),
                language.gettext(
                    "at most {norm}; {standing}. Source: {source}",
                    norm=ratio_words(result.at_most, result, language),
                    standing=language.gettext(STANDINGS[result.standing]),
                    source=language.of(result.source),
                ),
            )
        )
    lines += [
        (
            language.gettext("Agreed locally"),
            language.gettext(
                "{region}: at most {norm}, because {why}; {standing}. Source: {source}",
                region=region_names()[region],
                norm=ratio_words(local.at_most, result, language),
                why=language.of(local),
                standing=language.gettext(STANDINGS[local.standing]),
                source=language.of(local.source),
            ),
        )
        for region, local in result.local.items()
    ]
    lines.append((language.gettext("Mind"), words.caveat))
    return Definition(code, words.name or code, tuple(lines))


def count_definition(code: str, language: Language) -> Definition:
    """Of a clock (what came in), a flow, or what is learned from, with its purpose."""
    catalogue, agreement = load_catalogue(), load_agreement()
    if code in catalogue.clocks:
        words, clock = language.of(catalogue.clocks[code]), language.of(agreement.clock(code))
        name = f"{clock[0].upper()}{clock[1:]}"
    else:
        words = language.of(catalogue.in_words[code])
        name = words.name or code
    learned = catalogue.learning.get(code)
    purpose = (
        ((language.gettext("Purpose"), language.gettext(PURPOSES[learned.purpose])),)
        if learned and learned.purpose
        else ()
    )
    lines = ((language.gettext("What counts"), words.counts), *purpose, (language.gettext("Mind"), words.caveat))
    return Definition(code, name, lines)


def definition_of(code: str, language: Language) -> Definition:
    """What stands beside a figure: of a step, a contract result, or what is counted."""
    if code in load_catalogue().steps:
        return step_definition(code, language)
    return result_definition(code, language) if code in load_catalogue().results else count_definition(code, language)


def all_codes() -> tuple[str, ...]:
    """Every step in the order of the chain, then what is counted (clocks, flows and lists), then contract results, then
    what is learned from."""
    agreement, catalogue = load_agreement(), load_catalogue()
    steps, clocks = (one.code for one in agreement.steps), (one.code for one in agreement.clocks)
    return (*steps, *clocks, *Flow, *catalogue.lists, *catalogue.results, *catalogue.learning)


def full_definition(code: str, language: Language) -> Definition:
    """What stands beside the figure, and the rules by which it is counted."""
    agreement = load_agreement()
    steps = {step.code: step for step in agreement.steps}
    clocks = {clock.code: clock for clock in agreement.clocks}
    short = definition_of(code, language)
    if code in steps:
        rules = _step_rules(steps[code], language)
    else:
        rules = _clock_rules(clocks[code], language) if code in clocks else _reported_rules(code, language)
    *lines, mind = short.lines
    return Definition(code, short.title, (*lines, *rules, mind))


def _step_rules(step: Step, language: Language) -> tuple[tuple[str, str], ...]:
    """What is done with a case that has no date at the end of the step."""
    unregistered = (
        N_(
            "Passed, as a later date shows, but without its own date: it is not guessed. When that is so for more than "
            "{unregistered}% of the cases there is no single figure, only the range of what is certain."
        )
        if step.shown_by
        else N_(
            "No later date shows that this was passed: without its date a case counts as open. With an impossible date "
            "it counts as unregistered, and of more than {unregistered}% of these there is no single figure."
        )
    )
    return (
        (
            language.gettext("Still open"),
            language.gettext(
                "Counts for as long as it was followed, at most {horizon} {unit}. Until the term has passed for every "
                "case, the figure is provisional.",
                horizon=step.horizon,
                unit=language.gettext(UNITS[step.unit]),
            ),
        ),
        (
            language.gettext("Ended before"),
            language.gettext("Stays in the number of cases, and counts as not reached."),
        ),
        (language.gettext("Not registered"), language.gettext(unregistered, **LIMITS)),
        _held_by(load_agreement().clock(step.clock).kind, language),
    )


def _clock_rules(clock: Clock, language: Language) -> tuple[tuple[str, str], ...]:
    milestones = {milestone.code: language.of(milestone) for milestone in load_agreement().milestones}
    proxy = (
        (
            (
                language.gettext("Not registered"),
                language.gettext("Without this date, the date of: {milestone}", milestone=milestones[clock.proxy]),
            ),
        )
        if clock.proxy
        else ()
    )
    return (
        (
            language.gettext("Counted in"),
            language.gettext("the quarter of: {milestone}", milestone=milestones[clock.anchor]),
        ),
        *proxy,
        _held_by(clock.kind, language),
    )


def _reported_rules(code: str, language: Language) -> tuple[tuple[str, str], ...]:
    """Of flows, lists and contract results; of what is learned from, who sends its spreadsheet."""
    one = load_catalogue().learning.get(code)
    if one is None:
        return (_held_by("gi", language),)
    return ((language.gettext("Delivered by"), language.gettext(SUPPLIERS[one.subject])),)


def _held_by(kind: InstitutionKind, language: Language) -> tuple[str, str]:
    return language.gettext("Delivered by"), language.gettext(KINDS[kind])
