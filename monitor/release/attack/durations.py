"""An institution that looks for the durations of others: it subtracts its own exact curve from a published one.

Of each published group it knows its own part at every grid point. What is left, the number of cases of others that
reached the milestone by that point, has limits: those of the published number, less its own. They are carried along
the sums of the plan and along the curve (interval propagation, for all points at once).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.release.attack.attackers import Attacker
from monitor.release.attack.conditions import Carried, counts_published, known_of_step
from monitor.release.attack.geometry import Geometry
from monitor.release.attack.knowledge import NOTHING
from monitor.release.attack.material import Material, Timed
from monitor.release.attack.propagation import MANY, propagate
from monitor.release.attack.report import SMALL, Finding
from monitor.release.attack.scene import finding
from monitor.release.attack.system import Unsolved
from pseudonymise.agreement import InstitutionKind, Publication

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A step in the groups of one year: limits and true numbers by (group, point), the latter by institution too."""

    geometry: Geometry
    low: Numbers
    high: Numbers
    truth: NDArray[np.int64]  # institution, group, point
    older: int


def curves(material: Material, kind: InstitutionKind, timed: Timed, carried: Carried) -> Iterator[Curve]:
    """What is published of a step at all its points, a year at a time."""
    for geometry, place in material.windows(kind, "sum"):
        yield _curve(timed, geometry, place, carried)


def _curve(timed: Timed, geometry: Geometry, place: slice, carried: Carried) -> Curve:
    points = timed.step.grid_points
    membership, owners = geometry.membership, geometry.owners
    seen = np.stack([geometry.unknowns(timed.seen[..., place, at]) for at in range(len(points))], axis=1)
    left_open = np.stack([geometry.unknowns(timed.left_open[..., place, at]) for at in range(len(points))], axis=1)
    whose = range(len(geometry.axes.institutions))
    truth = np.stack([membership @ (seen * (owners == one)[:, None]) for one in whose])
    is_open = membership @ left_open > 0
    known = known_of_step(timed, geometry, carried)
    low, high = np.zeros(is_open.shape), np.full(is_open.shape, MANY)
    for group, key in enumerate(geometry.keys):
        if key in known:
            for at, point in enumerate(points):
                reached = known[key].reached.get(point, NOTHING)
                low[group, at] = 0.0 if is_open[group, at] else reached.low
                high[group, at] = min(reached.high, MANY)
    most = np.array([one.high for one in counts_published(timed.counted, geometry).ranges])
    high = np.minimum(high, most[:, None])
    return Curve(geometry, *_of_these_deliveries(timed.step.code, geometry, low, high, truth, carried))


def _of_these_deliveries(
    code: str, geometry: Geometry, low: Numbers, high: Numbers, truth: NDArray[np.int64], carried: Carried
) -> tuple[Numbers, Numbers, NDArray[np.int64], int]:
    """The limits without those of groups that were carried and speak of earlier deliveries, and how many these are."""
    values = truth.sum(axis=0)
    wrong = np.flatnonzero(((values < low) | (values > high)).any(axis=1))
    for group in wrong.tolist():
        if not carried(code, geometry.keys[group]):
            where = geometry.table_names[group]
            raise Unsolved(f"een cel van {where}: {code} kan niet van de tellingen in de opslag zijn gemaakt")
    low[wrong], high[wrong] = 0.0, MANY
    return low, high, truth, len(wrong)


def attack_curve(publication: Publication, code: str, curve: Curve, everyone: Sequence[Attacker]) -> list[Finding]:
    """What the points of a curve of a step prove to each attacker of the cases of others that reached the milestone by
    then. Raises Unsolved when the limits contradict each other."""
    return [_of_others(publication, code, curve, attacker) for attacker in everyone]


def _of_others(publication: Publication, code: str, curve: Curve, attacker: Attacker) -> Finding:
    low, high = others_limits(curve, attacker.places)
    others = [place for place in range(len(curve.truth)) if place not in attacker.places]
    truth = curve.truth[others].sum(axis=0)
    small = (truth >= 1) & (truth <= SMALL)
    widths = (high - low)[small]
    groups = np.nonzero(small)[0].tolist()
    return finding(
        publication,
        "durations",
        attacker.codes,
        exact=(high == low)[small],
        proved=(high <= SMALL)[small],
        narrowest=int(widths.min()) + 1 if len(widths) else None,
        labels=[f"{curve.geometry.table_names[group]}: {code} (curve)" for group in groups],
        keys=[(code, *curve.geometry.keys[group]) for group in groups],
    )


def others_limits(curve: Curve, places: Sequence[int]) -> tuple[Numbers, Numbers]:
    """The limits of what others than these institutions count, by (group, point)."""
    own = curve.truth[list(places)].sum(axis=0)
    low, high = np.maximum(curve.low - own, 0.0), np.where(curve.high < MANY, curve.high - own, MANY)
    mine = np.isin(curve.geometry.owners, list(places))
    nobody_else = (curve.geometry.membership @ (~mine).astype(np.int64)) == 0
    high[nobody_else] = 0.0
    return propagate(low, high, curve.geometry.sums, cumulative=True)
