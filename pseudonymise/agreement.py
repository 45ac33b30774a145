"""The agreement (*overeenkomst*): what is exchanged, by which clocks and against which norms.

Read from ``agreement.toml`` into frozen models; an unknown key or a reference to nothing is refused.
"""

import csv
import tomllib
from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from importlib import resources
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

DATA = resources.files("pseudonymise")

InstitutionKind = Literal["gi", "vt", "council"]
Unit = Literal["calendar_days", "working_days"]


class Outcome(StrEnum):
    """How a step stood when the case was last followed."""

    REACHED = "reached"
    OPEN = "open"
    ENDED = "ended"  # the competing event: the case ended before the milestone
    UNREGISTERED = "unregistered"  # passed, as a later milestone shows, but without a date


class NormResult(StrEnum):
    """What came of the norm (*norm*) of a step."""

    MET = "met"
    MISSED = "missed"
    NOT_DUE = "not_due"  # still open within the term
    LAPSED = "lapsed"  # ended within the term
    UNKNOWN = "unknown"  # passed without a date
    NONE = "none"  # the step has no norm


class Flow(StrEnum):
    """What moves out of and between institutions in a quarter; ``stock`` is the state on its last day.

    What comes in is the count of the clock: one group is never counted, and disturbed, twice.
    """

    ENDED = "ended"
    CONVERTED = "converted"  # a provisional order that became a supervision order: no outflow from protection
    TRANSFERRED_IN = "transferred_in"
    TRANSFERRED_OUT = "transferred_out"
    STOCK = "stock"


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(Record):
    code: str
    nl: str
    en: str


class InBoth(Record):
    """A text in both languages."""

    nl: str
    en: str


class Institution(Record):
    code: str
    name: str
    kind: InstitutionKind
    regions: tuple[str, ...]


class Milestone(Named):
    kind: InstitutionKind


class Clock(Named):
    """A population whose cases are counted once; the denominator of every step that names it.

    ``linked``: laid together from events of several institutions, and in no delivery; ``kind`` is that of the anchor.
    """

    kind: InstitutionKind
    anchor: str
    requires: str
    proxy: str | None = None
    linked: bool = False


class Norm(Record):
    """A term within which a step should be passed. ``standing`` as in the legend of agreement.toml."""

    length: int
    unit: Literal["calendar_days", "working_days", "weeks", "months"]
    rolls_over: bool
    standing: Literal["V", "V*", "M", "D"]
    kind: str
    source: InBoth


class Step(Named):
    """A step of the chain (*processtap*): the time between two milestones held by one institution.

    ``grid`` and ``horizon`` are in ``unit``; a case is followed for at most ``horizon``.
    """

    clock: str
    from_: str
    to: str
    unit: Unit
    grid: int
    horizon: int
    shown_by: tuple[str, ...]
    norm: Norm | None = None

    @model_validator(mode="before")
    @classmethod
    def _rename_from(cls, values: dict[str, object]) -> dict[str, object]:
        return {("from_" if key == "from" else key): value for key, value in values.items()}

    @property
    def grid_points(self) -> tuple[int, ...]:
        """The durations at which the step is published, in its unit: grid, 2 grid, ... horizon."""
        return tuple(range(self.grid, self.horizon + 1, self.grid))

    @cached_property
    def norm_days(self) -> int | None:
        """The norm on the step's own axis; durations are laid so that *met* is exactly ``<= norm_days``.

        A week is 7 days; a month is laid on 91/3 days, so three months stand at 91.
        """
        if self.norm is None:
            return None
        return {
            "calendar_days": self.norm.length,
            "working_days": self.norm.length,
            "weeks": self.norm.length * 7,
            "months": self.norm.length * 91 // 3,
        }[self.norm.unit]


class Risk(Record):
    smallest_start_window_days: int
    smallest_registered_quarter: int


class FollowUpTerms(Record):
    registration_delay_days: int
    largest_registration_delay_days: int


class LargestShareProved(Record):
    """Of the groups of 1 to 4 cases, how many an attacker on a release may prove to be below five: a share."""

    outsider: float
    insider: float
    pair: float


class Publication(Record):
    shareable_kinds: tuple[InstitutionKind, ...]
    largest_share_proved: LargestShareProved


class Linked(Record):
    """The linked mode (*gekoppelde vorm*): for which purpose events of one person are laid together, and how long."""

    purpose: str
    recipient: str
    basis: str
    until: date
    milestones: tuple[str, ...]
    start: str
    first_quarter: str
    erase_within_days: int
    largest_evaluations: int

    @model_validator(mode="after")
    def _starts_at_one_of_its_own(self) -> Self:
        _require(self.start in self.milestones, "linked: the start is not one of the milestones")
        return self


class Agreement(Record):
    version: str
    first_quarter: str
    institutions: tuple[Institution, ...]
    milestones: tuple[Milestone, ...]
    clocks: tuple[Clock, ...]
    steps: tuple[Step, ...]
    measure_groups: tuple[Named, ...]
    measure_types: dict[str, str]
    measure_types_without_clock: dict[str, str]
    risk: Risk
    follow_up: FollowUpTerms
    publication: Publication
    linked: Linked | None = None  # without it nothing is linked

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Self:
        milestones = {milestone.code for milestone in self.milestones}
        clocks = {clock.code: clock for clock in self.clocks}
        for clock in self.clocks:
            _require({clock.anchor, clock.requires} <= milestones, f"clock {clock.code}: unknown milestone")
        for step in self.steps:
            where = f"step {step.code}"
            _require(step.clock in clocks, f"{where}: unknown clock {step.clock}")
            _require({step.from_, step.to, *step.shown_by} <= milestones, f"{where}: unknown milestone")
            _require(step.horizon % step.grid == 0, f"{where}: the horizon is not a multiple of the grid")
            _require(
                step.norm_days is None or step.norm_days in step.grid_points,
                f"{where}: the norm does not lie on the grid, so its share could not be published",
            )
            _require(
                step.unit == "calendar_days" or step.from_ == clocks[step.clock].anchor,
                f"{where}: a step in working days must start at the anchor of its clock, or the working days "
                "of an open case would give away its weekday",
            )
        delay = self.follow_up
        _require(
            0 <= delay.registration_delay_days <= delay.largest_registration_delay_days,
            "follow_up: the agreed registration delay is larger than the largest",
        )
        if self.linked is not None:
            _require(set(self.linked.milestones) <= milestones, "linked: unknown milestone")
        groups = {group.code for group in self.measure_groups}
        _require(set(self.measure_types.values()) <= groups, "measure_types: unknown measure group")
        return self

    def institution(self, code: str) -> Institution:
        """Raises KeyError for a code that is no party to the agreement."""
        return {institution.code: institution for institution in self.institutions}[code]

    def step(self, code: str) -> Step:
        return {step.code: step for step in self.steps}[code]

    def clock(self, code: str) -> Clock:
        return {clock.code: clock for clock in self.clocks}[code]

    def clocks_of(self, kind: InstitutionKind, *, linked: bool = False) -> tuple[Clock, ...]:
        """What institutions of a kind deliver; with ``linked`` also what is counted at them after linking."""
        return tuple(clock for clock in self.clocks if clock.kind == kind and (linked or not clock.linked))

    def steps_of(self, kind: InstitutionKind, *, linked: bool = False) -> tuple[Step, ...]:
        """As `clocks_of`."""
        held = {clock.code for clock in self.clocks_of(kind, linked=linked)}
        return tuple(step for step in self.steps if step.clock in held)

    def linked_milestones(self, institution: str) -> tuple[str, ...]:
        """The milestones that an institution may have linked: named for it, and registered by its kind."""
        held = self.milestones_in(self.institution(institution).kind)
        return tuple(milestone for milestone in (self.linked.milestones if self.linked else ()) if milestone in held)

    @property
    def linked_parties(self) -> tuple[Institution, ...]:
        """The institutions of which anything may be linked."""
        return tuple(one for one in self.institutions if self.linked_milestones(one.code))

    @property
    def road(self) -> Step:
        """The one step whose ends lie at different institutions."""
        (clock,) = (clock for clock in self.clocks if clock.linked)
        return next(step for step in self.steps if step.clock == clock.code)

    def milestones_in(self, kind: InstitutionKind) -> tuple[str, ...]:
        """Codes of the milestones in the clocks and steps of a kind, in the order of the chain.

        Those it registers itself, and for a certified institution the court order that it is sent.
        """
        clocks, steps = self.clocks_of(kind), self.steps_of(kind)
        used = {code for clock in clocks for code in (clock.anchor, clock.requires, clock.proxy)}
        used |= {code for step in steps for code in (step.from_, step.to, *step.shown_by)}
        return tuple(milestone.code for milestone in self.milestones if milestone.code in used)

    def comes_before(self, milestone: str, kind: InstitutionKind) -> tuple[str, ...]:
        """The milestones that can only come after this one: where its steps lead, and what shows that it was passed."""
        steps = self.steps_of(kind)
        after = {step.to for step in steps if step.from_ == milestone}
        after |= {later for step in steps if step.to == milestone for later in step.shown_by}
        return tuple(code for code in self.milestones_in(kind) if code in after)

    def registration_delay(self, kind: InstitutionKind, missing: Collection[str], measured: Mapping[str, int]) -> int:
        """The days before the extract in which follow-up stops: the largest delay over the milestones of a kind.

        ``measured`` is milestone to its own delay; one that is in the source, and not measured, has that of the
        agreement. ``missing`` are not in the source at all.
        """
        agreed = self.follow_up.registration_delay_days
        held = [code for code in self.milestones_in(kind) if code not in missing]
        return max((measured.get(code, agreed) for code in held), default=agreed)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


@cache
def load_agreement() -> Agreement:
    """The agreement that this version of the software exchanges under."""
    return Agreement.model_validate(tomllib.loads(DATA.joinpath("agreement.toml").read_text("utf-8")))


@cache
def municipality_regions() -> dict[str, str]:
    """Municipality code (``GM`` and four digits, CBS 1-1-2026) to youth-care region code."""
    return {row["municipality_code"]: row["region_code"] for row in _rows("municipalities.csv")}


@cache
def municipality_changes() -> dict[str, str]:
    """Code of a municipality that merged since 2015 to that which it is now; old messages and files keep the old."""
    return {row["old_code"]: row["municipality_code"] for row in _rows("municipality_changes.csv")}


@cache
def municipalities() -> dict[str, str]:
    """Municipality code to name, in the regions of the agreement, in the order of the names (CBS 1-1-2026)."""
    names = {row["municipality_code"]: row["municipality_name"] for row in _rows("municipalities.csv")}
    return dict(sorted(names.items(), key=lambda one: one[1]))


def municipality_names() -> frozenset[str]:
    """The names of the municipalities in the regions of the agreement."""
    return frozenset(municipalities().values())


@cache
def region_names() -> dict[str, str]:
    """Region code (CBS ``JZ`` code) to name, in the order of the codes."""
    return {row["region_code"]: row["region_name"] for row in _rows("regions.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    with DATA.joinpath("data", name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
