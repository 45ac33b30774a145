"""One published cell: the only form in which a figure reaches a screen, a sentence or a file.

Hidden, missing and zero are three different things: a figure is Published, Suppressed or Missing, and only
the first has a number to calculate with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

SHARED = "shared"  # the audience of everyone with a role; any other audience is an institution's code
ALL = "all"  # not split by this dimension
ROAD = "road"  # the indicator from report to help: the one that crosses institutions
STOCK_IDENTITY = "stock_identity"  # whether a stock follows from what came and went


def dates_of(milestone: str) -> str:
    """The indicator of how well a milestone is registered: ``plan_established`` becomes ``date:plan_established``."""
    return f"date:{milestone}"


class Statistic(StrEnum):
    COUNT = "count"
    SHARE = "share"  # whole percent within the norm
    LOWER_BOUND = "lower_bound"  # whole percent, if nobody unknown made it
    UPPER_BOUND = "upper_bound"  # whole percent, if everybody unknown made it
    MEDIAN = "median"  # in the unit of the step, on its grid
    P90 = "p90"
    CURVE = "curve"  # whole percent reached at `point`
    RATIO = "ratio"  # a contract result as reported, rounded, in its own unit
    VERDICT = "verdict"  # 1 the target share was reached, 0 it was not
    CENTRE = "centre"  # the mean of the series at this point, with its limits; a median without limits when short
    SIGNAL = "signal"  # of this point: a Signal
    VARIATION = "variation"  # what the last point of the series shows: a Variation
    ASSURANCE = "assurance"  # where the target lies against the limits: an Assurance
    FUNNEL = "funnel"  # where the share lies against its 99.8 % limits: a Position, with these limits
    RESTRICTED_MEAN = "restricted_mean"  # in the unit of the step: the mean wait up to the horizon, `point`
    CASE_MIX = "case_mix"  # late cases as a percentage of those expected for the mix of cases
    # How well a milestone is registered, in whole percents of the cases that passed it or have its date.
    COMPLETENESS = "completeness"
    PROXIED = "proxied"  # another date stands in for it
    IMPLAUSIBLE = "implausible"
    OUT_OF_ORDER = "out_of_order"
    EARLY = "early"  # entered before it happened
    REGISTERED = "registered"  # what is registered by now of what will be
    GAP = "gap"  # of a stock, what does not follow from begin, inflow and outflow


class Signal(IntEnum):
    """The special cause that a point of a series belongs to; low or falling with a minus."""

    NONE = 0
    ABOVE_LIMIT = 1
    BELOW_LIMIT = -1
    RISING = 2
    FALLING = -2
    TWO_IN_THREE_ABOVE = 3
    TWO_IN_THREE_BELOW = -3
    SHIFT_ABOVE = 4
    SHIFT_BELOW = -4


class Variation(IntEnum):
    LOWER = -2  # where neither direction is better
    CONCERN = -1
    COMMON_CAUSE = 0
    IMPROVEMENT = 1
    HIGHER = 2


class Assurance(IntEnum):
    CONSISTENTLY_MISSED = -1
    INCONSISTENT = 0
    CONSISTENTLY_MET = 1


class Position(IntEnum):
    BELOW = -1
    WITHIN = 0
    ABOVE = 1


class Bound(StrEnum):
    EXACT = "exact"
    AT_MOST = "at_most"  # "minder dan": no 0 % is ever published
    AT_LEAST = "at_least"  # "meer dan": no 100 % either


class SuppressedReason(StrEnum):
    """Why a figure that exists is not shown. Each is a policy of monitor/release/policies."""

    SMALL_COUNT = "small_count"  # shown as "<10"
    FEW_CASES = "few_cases"  # denominator under 20 (share, median), 60 (curve) or 100 (P90)
    NOISE = "noise"  # protection would weigh more than half the sampling error: see the year
    DOMINANCE = "dominance"  # an institution could subtract its own
    NOISE_RANGE = "noise_range"  # the verdict would hang on the noise
    DIFFERENCE = "difference"  # with others it would leave one value for a small group: found by the attack


class MissingReason(StrEnum):
    """Why there is no figure at all."""

    NOT_DELIVERED = "not_delivered"
    NOT_IN_SOURCE = "not_in_source"  # delivered, but its source does not register this milestone
    NOT_ACTIVE = "not_active"  # the institution does not work there: a structural zero
    NO_CASES = "no_cases"
    UNDETERMINABLE = "undeterminable"  # too few of the cohort are due
    INCOMPLETE = "incomplete"  # more than 10 % unregistered: bounds instead of a share or verdict
    NOT_FINAL = "not_final"  # verdicts are given on final cohorts only
    NOT_REACHED = "not_reached"  # fewer than the asked share reached the milestone within the horizon
    NEEDS_LINKAGE = "needs_linkage"  # crosses institutions: needs the linked mode
    SHORT_SERIES = "short_series"  # too few final quarters to tell change from chance
    NO_REFERENCE = "no_reference"  # nothing published of all together in the year before


class Cohort(StrEnum):
    FINAL = "final"
    PROVISIONAL = "provisional"
    UNDETERMINABLE = "undeterminable"


@dataclass(frozen=True, slots=True)
class Published:
    value: float
    lower: float | None = None
    upper: float | None = None
    n: int | None = None  # the protected denominator
    bound: Bound = Bound.EXACT


@dataclass(frozen=True, slots=True)
class Suppressed:
    reason: SuppressedReason


@dataclass(frozen=True, slots=True)
class Missing:
    reason: MissingReason


Figure = Published | Suppressed | Missing
Owner = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    audience: str
    indicator: str
    statistic: Statistic
    region: str
    institution: str
    measure_group: str
    period: str
    figure: Figure
    point: int | None = None
    cohort: Cohort | None = None
    completeness: int | None = None
    final: bool = False  # its group is carried into every later release as it is: monitor/release/carry.py

    @property
    def owner(self) -> Owner:
        """Whose figure it is: region, institution and measure group."""
        return self.region, self.institution, self.measure_group


def row_from_cell(cell: Cell) -> dict[str, Any]:
    """The cell as a row of the store's table ``cells``, without its release."""
    row: dict[str, Any] = {
        "audience": cell.audience,
        "indicator": cell.indicator,
        "statistic": cell.statistic.value,
        "point": cell.point,
        "region": cell.region,
        "institution": cell.institution,
        "measure_group": cell.measure_group,
        "period": cell.period,
        "cohort": cell.cohort and cell.cohort.value,
        "completeness": cell.completeness,
        "final": cell.final,
        "reason": None,
        "value": None,
        "lower": None,
        "upper": None,
        "n": None,
        "bound": None,
    }
    match cell.figure:
        case Published(value, lower, upper, n, bound):
            stands = {
                "state": "published",
                "value": value,
                "lower": lower,
                "upper": upper,
                "n": n,
                "bound": bound.value,
            }
        case Suppressed(reason):
            stands = {"state": "suppressed", "reason": reason.value}
        case Missing(reason):
            stands = {"state": "missing", "reason": reason.value}
    return row | stands


def cell_from_row(row: Mapping[str, Any]) -> Cell:
    """The cell that ``row_from_cell`` made the row of. Raises ValueError for a code that is none of ours."""
    return Cell(
        audience=row["audience"],
        indicator=row["indicator"],
        statistic=Statistic(row["statistic"]),
        region=row["region"],
        institution=row["institution"],
        measure_group=row["measure_group"],
        period=row["period"],
        figure=_figure(row),
        point=row["point"],
        cohort=Cohort(row["cohort"]) if row["cohort"] else None,
        completeness=row["completeness"],
        final=row["final"],
    )


def _figure(row: Mapping[str, Any]) -> Figure:
    match row["state"]:
        case "published":
            return Published(row["value"], row["lower"], row["upper"], row["n"], Bound(row["bound"]))
        case "suppressed":
            return Suppressed(SuppressedReason(row["reason"]))
        case "missing":
            return Missing(MissingReason(row["reason"]))
        case state:
            raise ValueError(f"a cell cannot be {state!r}")
