"""One step of the chain for one group and period, with everything published about it, and how it stands."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.catalogue import load_catalogue
from monitor.release.cell import Cell, Cohort, Missing, MissingReason, Published, Statistic
from monitor.views.reading import Group, Indicator


@dataclass(frozen=True)
class StepFigures:
    """``bounds``: the share if none, and if all, of the cases that are unregistered or not due yet were on time; of a
    provisional share, and where too many are unregistered. ``funnel``: where the share lies against what chance
    allows about the year before, of groups of a year; ``case_mix``: of an institution's own year.
    ``restricted_mean``: up to the horizon in its point, of all together and of institutions.
    """

    step: str
    group: Group
    period: str
    share: Cell
    bounds: tuple[Published, Published] | None
    median: Cell
    p90: Cell
    verdict: Cell
    funnel: Cell | None = None
    case_mix: Cell | None = None
    restricted_mean: Cell | None = None

    @property
    def cohort(self) -> Cohort | None:
        return self.median.cohort

    @property
    def completeness(self) -> int | None:
        """Whole percent of the cases whose step is registered."""
        return self.median.completeness


def step_figures(indicator: Indicator, group: Group, period: str) -> StepFigures:
    def cell(statistic: Statistic) -> Cell:
        return indicator.cell(statistic, group, period)

    return StepFigures(
        step=indicator.code,
        group=group,
        period=period,
        share=cell(Statistic.SHARE),
        bounds=_bounds(indicator, group, period),
        median=cell(Statistic.MEDIAN),
        p90=cell(Statistic.P90),
        verdict=cell(Statistic.VERDICT),
        funnel=indicator.find(Statistic.FUNNEL, group, period),
        case_mix=indicator.find(Statistic.CASE_MIX, group, period),
        restricted_mean=indicator.find(Statistic.RESTRICTED_MEAN, group, period),
    )


def _bounds(indicator: Indicator, group: Group, period: str) -> tuple[Published, Published] | None:
    lower = indicator.find(Statistic.LOWER_BOUND, group, period)
    upper = indicator.find(Statistic.UPPER_BOUND, group, period)
    if lower and upper and isinstance(lower.figure, Published) and isinstance(upper.figure, Published):
        return lower.figure, upper.figure
    return None


def series(indicator: Indicator, group: Group, *, quarters: bool) -> tuple[StepFigures, ...]:
    return tuple(step_figures(indicator, group, period) for period in indicator.periods(group, quarters=quarters))


def linked_part(figures: tuple[StepFigures, ...]) -> tuple[StepFigures, ...]:
    """A series without the periods of before anything was linked; its last alone when nothing is."""
    linked = tuple(one for one in figures if one.share.figure != Missing(MissingReason.NEEDS_LINKAGE))
    return linked or figures[-1:]


def latest(figures: tuple[StepFigures, ...], cohort: Cohort) -> StepFigures | None:
    """The last of a series that stands so."""
    return next((one for one in reversed(figures) if one.cohort is cohort), None)


class Judgement(StrEnum):
    """How a share stands to its target, in the order of what can be said (methods: board sentences).

    "Clearly" is the 95 % interval, sampling and noise together, lying wholly on one side.
    """

    CLEARLY_MET = "clearly_met"
    MET = "met"
    NOT_MET = "not_met"
    CLEARLY_NOT_MET = "clearly_not_met"
    UNDECIDED = "undecided"  # the verdict would hang on the noise, or the cohort is not final
    NO_TARGET = "no_target"


def judge(figures: StepFigures) -> Judgement:
    target = load_catalogue().steps[figures.step].target_share
    if target is None:
        return Judgement.NO_TARGET
    verdict, share = figures.verdict.figure, figures.share.figure
    if not isinstance(verdict, Published) or not isinstance(share, Published):
        return Judgement.UNDECIDED
    if verdict.value == 1:
        return Judgement.CLEARLY_MET if share.lower is not None and share.lower >= target else Judgement.MET
    return Judgement.CLEARLY_NOT_MET if share.upper is not None and share.upper < target else Judgement.NOT_MET
