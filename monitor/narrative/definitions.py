"""What a figure counts, by which clock and against which norm, in plain words."""

from dataclasses import dataclass

from monitor.catalogue import load_catalogue
from monitor.locale import N_, Language
from monitor.narrative.figures import ratio_words
from monitor.narrative.sentences import NORM_KINDS, STANDINGS, norm_words
from pseudonymise.agreement import load_agreement, region_names

UNITS = {"working_days": N_("working days"), "calendar_days": N_("calendar days")}


@dataclass(frozen=True)
class Definition:
    """``lines``: (what, words) in the order in which to read them."""

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
                    source=step.norm.source,
                ),
            )
        )
    else:
        lines.append((language.gettext("Norm"), language.gettext("none was found in public")))
    if indicator.target_share is not None and indicator.target_standing is not None:
        lines.append(
            (
                language.gettext("Target"),
                language.gettext(
                    "{target} within the norm; {standing}. Source: {source}",
                    target=language.percent(indicator.target_share),
                    standing=language.gettext(STANDINGS[indicator.target_standing]),
                    source=indicator.target_source,
                ),
            )
        )
    lines.append((language.gettext("Mind"), words.caveat))
    return Definition(language.of(step), tuple(lines))


def result_definition(code: str, language: Language) -> Definition:
    """Of a contract result, with its norm, where that comes from, and what regions agreed otherwise."""
    result = load_catalogue().results[code]
    words = language.of(result)
    lines = [(language.gettext("What counts"), words.counts)]
    if result.at_most is None or result.standing is None:
        lines.append((language.gettext("Norm"), language.gettext("none was found in public")))
    else:
        lines.append(
            (
                language.gettext("Norm"),
                language.gettext(
                    "at most {norm}; {standing}. Source: {source}",
                    norm=ratio_words(result.at_most, result, language),
                    standing=language.gettext(STANDINGS[result.standing]),
                    source=result.source,
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
                source=local.source,
            ),
        )
        for region, local in result.local.items()
    ]
    lines.append((language.gettext("Mind"), words.caveat))
    return Definition(words.name or code, tuple(lines))


def count_definition(code: str, language: Language) -> Definition:
    """Of a clock (what came in) or a flow."""
    catalogue, agreement = load_catalogue(), load_agreement()
    if code in catalogue.clocks:
        words, name = language.of(catalogue.clocks[code]), language.of(agreement.clock(code))
    else:
        words = language.of(catalogue.in_words[code])
        name = words.name or code
    lines = ((language.gettext("What counts"), words.counts), (language.gettext("Mind"), words.caveat))
    return Definition(name, lines)
