"""Groups against steps: each share with its interval and its verdict in words."""

from dataclasses import replace

from monitor.catalogue import load_catalogue
from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.figures import Entry, Kind, within_norm_entry
from monitor.narrative.sentences import funnel_words, group_name, norm_words, short_verdict
from monitor.release.cell import Published
from monitor.views.overview import Overview
from monitor.views.region import RegionModel
from monitor.views.step import StepFigures
from pseudonymise.agreement import Step, load_agreement, region_names


def matrix(caption: str, rows: tuple[tuple[StepFigures, ...], ...], head: str, language: Language) -> Table:
    """``rows``: each one group, over the same steps. ``head``: what the groups are."""
    steps = [load_agreement().step(figures.step) for figures in rows[0]] if rows else []
    return Table(
        caption=caption,
        head=(
            head,
            *(_head(step, language) for step in steps),
        ),
        rows=tuple(
            (Entry(_own_name(row[0], language)), *(judged_entry(figures, language) for figures in row)) for row in rows
        ),
        notes=(
            language.gettext(
                "In smaller type: the 95% interval, how the share stands to its target, and whether it differs by "
                "more than chance explains from what all together had the year before (outside the 99.8% limits of "
                "the funnel). In the order of the agreement, not of the result: differences in the kind of cases are "
                "not weighed in."
            ),
        ),
    )


def by_region(model: Overview, language: Language) -> Table:
    caption = language.gettext("By region, {year}", year=model.year)
    return matrix(caption, tuple(model.regions.values()), language.gettext("Region"), language)


def by_institution(model: Overview, language: Language) -> Table:
    caption = language.gettext("By certified institution, {year}", year=model.year)
    return matrix(caption, tuple(model.institutions.values()), language.gettext("Institution"), language)


def institutions_of_region(model: RegionModel, language: Language) -> Table:
    caption = language.gettext(
        "{region} by certified institution, {year}", region=region_names()[model.region], year=model.year
    )
    return matrix(caption, tuple(model.institutions.values()), language.gettext("Institution"), language)


def judged_entry(figures: StepFigures, language: Language) -> Entry:
    """The share, and below it its interval and verdict; what is certain when too much is unregistered."""
    entry = within_norm_entry(figures, language)
    if entry.kind is not Kind.PUBLISHED:
        return entry
    verdict, figure = short_verdict(figures, language), figures.verdict.figure
    details = tuple(words for words in (verdict, funnel_words(figures, language)) if words)
    reasons = () if isinstance(figure, Published) or not verdict else (figure.reason,)
    return replace(entry, details=(*entry.details, *details), reasons=reasons)


def _head(step: Step, language: Language) -> str:
    target = load_catalogue().steps[step.code].target_share
    if step.norm is None or target is None:
        return language.of(step)
    return language.gettext(
        "{step} within {norm}, target {target}",
        step=language.of(step),
        norm=norm_words(step.norm, language),
        target=language.percent(target),
    )


def _own_name(figures: StepFigures, language: Language) -> str:
    """The name of what the rows differ in."""
    group = figures.group
    return group_name(replace(group, region="all") if group.institution != "all" else group, language)
