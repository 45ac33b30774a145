"""What a page or a part of it says first: sentences, or pairs of what one is about and the sentence."""

from monitor.locale import Language
from monitor.narrative.reported import lists_sentence
from monitor.narrative.sentences import (
    compared_sentence,
    days_sentence,
    flow_sentence,
    headline_sentence,
    road_sentence,
    unlinked_sentence,
)
from monitor.views.institution import InstitutionModel
from monitor.views.lead_times import LeadTimes
from monitor.views.overview import Overview
from monitor.views.region import RegionModel
from monitor.views.reported import ListFigures
from monitor.views.step import StepFigures
from pseudonymise.agreement import load_agreement


def overview_in_short(model: Overview, language: Language) -> list[tuple[str, str]]:
    return [
        *(_step(headline.shown, language) for headline in model.headlines),
        (language.gettext("Flow"), flow_sentence(model.flow[-1], language)),
        *_who_waits(model.lists, language),
        (language.gettext("From report to help"), road_sentence(model.road.shown, language)),
    ]


def region_in_short(model: RegionModel, language: Language) -> list[tuple[str, str]]:
    return [
        *(_step(figures, language) for figures in model.in_short),
        (language.gettext("Flow"), flow_sentence(model.flow[-1], language)),
        *_who_waits(model.lists, language),
    ]


def _who_waits(lists: tuple[ListFigures, ...], language: Language) -> list[tuple[str, str]]:
    return [(language.gettext("Who waits"), lists_sentence(lists[-1], language))] if lists else []


def _step(figures: StepFigures, language: Language) -> tuple[str, str]:
    return language.of(load_agreement().step(figures.step)), headline_sentence(figures, language)


def step_in_full(model: InstitutionModel, language: Language) -> tuple[str, ...]:
    """Of the step followed on the page of an institution: its level, its days, and whether it differs by chance."""
    together, own = model.distribution.rows
    return tuple(
        filter(
            None,
            (
                headline_sentence(own, language) if load_agreement().step(own.step).norm else "",
                *(days_sentence(figures, language) for figures in (own, together)),
                compared_sentence(model.peer, language) if model.peers else "",
            ),
        )
    )


def lead_times_in_short(model: LeadTimes, language: Language) -> tuple[str, ...]:
    """Of the group in the chart: its level where there is a norm, and its days beside those of the seven."""
    chosen = next(figures for figures in model.rows if figures.group == model.curves[-1].group)
    sentences = [days_sentence(figures, language) for figures in (chosen, model.rows[0])]
    step = load_agreement().step(model.step)
    if load_agreement().clock(step.clock).linked:
        sentences = [road_sentence(chosen, language), unlinked_sentence(chosen, language), *sentences]
    elif step.norm:
        sentences.insert(0, headline_sentence(chosen, language))
    return tuple(filter(None, sentences))
