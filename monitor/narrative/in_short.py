"""What a page says first: pairs of what a sentence is about, and the sentence."""

from monitor.locale import Language
from monitor.narrative.sentences import flow_sentence, headline_sentence, road_sentence
from monitor.views.overview import Overview
from monitor.views.region import RegionModel
from monitor.views.step import StepFigures
from pseudonymise.agreement import load_agreement


def overview_in_short(model: Overview, language: Language) -> list[tuple[str, str]]:
    return [
        *(_step(headline.shown, language) for headline in model.headlines),
        (language.gettext("Flow"), flow_sentence(model.flow[-1], language)),
        (language.gettext("From report to help"), road_sentence(model.road, language)),
    ]


def region_in_short(model: RegionModel, language: Language) -> list[tuple[str, str]]:
    return [
        *(_step(figures, language) for figures in model.in_short),
        (language.gettext("Flow"), flow_sentence(model.flow[-1], language)),
    ]


def _step(figures: StepFigures, language: Language) -> tuple[str, str]:
    return language.of(load_agreement().step(figures.step)), headline_sentence(figures, language)
