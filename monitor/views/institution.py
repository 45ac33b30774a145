"""The analyst's page: every step of one institution beside the joint figure; its own exact figures for itself."""

from dataclasses import dataclass

from monitor.access.visibility import can_read
from monitor.agenda.notes import read_notes, standing_with
from monitor.catalogue import load_catalogue
from monitor.release.cell import ALL, SHARED, Cell
from monitor.views.course import course
from monitor.views.flow import FlowFigures, flow_series
from monitor.views.lead_times import Curve, LeadTimes
from monitor.views.reading import TOGETHER, Group, Reader
from monitor.views.region import Compared
from monitor.views.step import StepFigures, series, step_figures
from pseudonymise.agreement import load_agreement


@dataclass(frozen=True)
class InstitutionModel:
    """``rows``: (own, joint) of each step in the order of the chain. ``is_own``: exact figures, not to be shared.

    ``funnels``: where the shared share of each step lies, None where a release does not say, as of a quarter.
    ``distribution``: of the step followed, joint and own. ``peers``: its shared figures, of every institution of this
    kind and then of this one in each of its regions, as one funnel judges them; empty for a kind of one.
    """

    institution: str
    is_own: bool
    periods: tuple[str, ...]
    period: str
    rows: tuple[tuple[StepFigures, StepFigures], ...]
    funnels: tuple[Cell | None, ...]
    distribution: LeadTimes
    peers: tuple[StepFigures, ...]
    over_time: Compared
    flow: tuple[FlowFigures, ...]

    @property
    def peer(self) -> StepFigures:
        """The shared figures of the institution itself, among its peers."""
        return next(one for one in self.peers if one.group == Group(institution=self.institution))


def steps_of(institution: str) -> tuple[str, ...]:
    agreement = load_agreement()
    return tuple(step.code for step in agreement.steps_of(agreement.institution(institution).kind))


def step_followed(institution: str) -> str:
    """The step that is followed over time when no other was chosen: the first that has a target."""
    return next(code for code in steps_of(institution) if load_catalogue().steps[code].target_share)


def institution_periods(reader: Reader, institution: str) -> tuple[str, ...]:
    """The calendar years, then the quarters, newest first."""
    indicator = reader.indicator(steps_of(institution)[0])
    group = Group(institution=institution)
    return tuple(
        period for quarters in (False, True) for period in reversed(indicator.periods(group, quarters=quarters))
    )


def institution_model(reader: Reader, institution: str, step: str, period: str) -> InstitutionModel:
    """``step``: the one followed over time, by the kind of ``period``. Own figures when the role may read them."""
    audience = institution if can_read(reader.role, institution) else SHARED
    group = Group(institution=institution)
    quarters = "Q" in period
    kind = load_agreement().institution(institution).kind
    own, together = (
        step_figures(reader.indicator(step, audience), group, period),
        step_figures(reader.indicator(step), TOGETHER, period),
    )
    return InstitutionModel(
        institution=institution,
        is_own=audience == institution,
        periods=institution_periods(reader, institution),
        period=period,
        rows=tuple(
            (
                step_figures(reader.indicator(code, audience), group, period),
                step_figures(reader.indicator(code), TOGETHER, period),
            )
            for code in steps_of(institution)
        ),
        funnels=tuple(step_figures(reader.indicator(code), group, period).funnel for code in steps_of(institution)),
        distribution=LeadTimes(
            step=step,
            period=period,
            rows=(together, own),
            curves=(
                Curve(TOGETHER, reader.curve(step, TOGETHER, period)),
                Curve(group, reader.curve(step, group, period, audience)),
            ),
        ),
        peers=()
        if quarters
        else tuple(step_figures(reader.indicator(step), peer, period) for peer in _peers(institution)),
        over_time=Compared(
            step,
            own=series(reader.indicator(step, audience), group, quarters=quarters),
            together=series(reader.indicator(step), TOGETHER, quarters=quarters),
            course=course(reader.indicator(step, audience), group) if quarters else None,
            notes=standing_with(read_notes(reader.engine), step, ALL, institution),
        ),
        flow=flow_series(reader, group, audience) if kind == "gi" else (),
    )


def _peers(institution: str) -> tuple[Group, ...]:
    agreement = load_agreement()
    party = agreement.institution(institution)
    others = [one.code for one in agreement.institutions if one.kind == party.kind]
    if len(others) == 1:
        return ()
    return (
        *(Group(institution=code) for code in others),
        *(Group(region=region, institution=institution) for region in party.regions),
    )
