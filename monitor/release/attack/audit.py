"""The whole attack on one release, by everyone and every idea; what cannot be attacked does not pass."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sqlalchemy import Connection

from monitor.release.attack.attackers import Attacker, attackers
from monitor.release.attack.averaging import bets, least_squares, posterior
from monitor.release.attack.bounds import learn
from monitor.release.attack.conditions import Scene, count_scenes, step_scenes
from monitor.release.attack.durations import Curve, curves, others_limits
from monitor.release.attack.earlier import changes
from monitor.release.attack.form import KINDS, broken_rules
from monitor.release.attack.material import Counted, Material, Timed, read_material
from monitor.release.attack.report import SMALL, Audit, Finding, Idea, merged
from monitor.release.attack.system import SECONDS_EACH, Matrix, Numbers, Unsolved
from monitor.release.policies import SHARED_PROTECTION
from pseudonymise.agreement import InstitutionKind, Publication

Progress = Callable[[str], None]


def audit(
    connection: Connection, release_id: int, progress: Progress = lambda _: None, *, seconds: float = SECONDS_EACH
) -> Audit:
    """Attack the release and judge what was learned by the limits of the agreement.

    ``progress`` is told what is being attacked; ``seconds`` is what one solve may take. Never raises for what it
    finds: an attack that contradicts itself, runs out of time or fails is a failure in the result. Raises UserError
    for a release that is not there, or is of other deliveries than are in the store.
    """
    material = read_material(connection, release_id)
    findings: list[Finding] = []
    failures: list[str] = []
    older = 0
    try:
        progress("regels")
        failures += dict.fromkeys(broken_rules(material))
        for kind in KINDS:
            for found, left_out in _attack_kind(material, kind, progress, seconds):
                findings += found
                older += left_out
    except Unsolved as reason:
        failures.append(f"de aanval is niet gelukt: {reason}")
    return Audit(label=material.label, findings=merged(findings), failures=tuple(failures), older=older)


def _attack_kind(
    material: Material, kind: InstitutionKind, progress: Progress, seconds: float
) -> Iterator[tuple[list[Finding], int]]:
    everyone = tuple(attackers(kind, material.axes(kind).institutions))
    counted = material.counted(kind)
    for scene in count_scenes(material, kind, counted, material.carried):
        progress(f"{kind}: aantallen")
        yield _attack_scene(material, scene, everyone, seconds), scene.older
        yield [_bet(material, scene)], 0
    yield [_earlier(material, kind, counted)], 0
    for one in counted:
        for step in material.agreement.steps_of(kind):
            if step.clock == one.code:
                progress(f"{kind}: {step.code}")
                yield from _attack_step(material, kind, material.timed(kind, step, one), everyone, seconds)


def _attack_step(
    material: Material, kind: InstitutionKind, timed: Timed, everyone: Sequence[Attacker], seconds: float
) -> Iterator[tuple[list[Finding], int]]:
    if timed.step.norm_days is not None:
        for scene in step_scenes(material, kind, timed, material.carried):
            yield _attack_scene(material, scene, everyone, seconds), scene.older
    for curve in curves(material, kind, timed, material.carried):
        yield [_durations(material, timed, curve, attacker) for attacker in everyone], curve.older


# --- bounds ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Small:
    """The groups of 1 to 4 that an attacker is after: rows over the unknowns without its own, true values, labels."""

    rows: Matrix
    labels: tuple[str, ...]
    published: NDArray[np.bool_]  # of a published group, or what is left of one; else finer than any


def small_groups(scene: Scene, attacker: Attacker) -> Small:
    """Published groups and finer ones; of an insider, what is left of them without its own. Each group once."""
    rows = sparse.vstack([scene.groups, scene.finer], format="csr")
    labels = (*scene.labels, *["region_institution_quarter"] * scene.finer.shape[0])
    if attacker.places:
        others = ~np.isin(scene.owners, attacker.places)
        rows = sparse.csr_array(rows.multiply(others[None, :].astype(np.int64)))
        rows.eliminate_zeros()
    values = rows @ scene.truth
    first: dict[bytes, int] = {}
    for place in np.flatnonzero((values >= 1) & (values <= SMALL)).tolist():
        unknowns = np.sort(rows.indices[rows.indptr[place] : rows.indptr[place + 1]])
        first.setdefault(unknowns.tobytes(), place)
    places = list(first.values())
    published = np.array(places, dtype=np.int64) < scene.groups.shape[0]
    return Small(rows[places], tuple(labels[place] for place in places), published)


def _attack_scene(material: Material, scene: Scene, everyone: Sequence[Attacker], seconds: float) -> list[Finding]:
    findings = []
    truth = scene.truth.astype(np.float64)
    met: list[tuple[Attacker, tuple[Numbers, ...]]] = []
    for attacker in sorted(everyone, key=lambda one: -len(one.places)):  # who knows most first: see Learned.points
        known = np.isin(scene.owners, attacker.places)
        small = small_groups(scene, attacker)
        points = [point for other, found in met if set(other.places) >= set(attacker.places) for point in found]
        learned = learn(
            scene.system.knowing(known, truth),
            small.rows[:, ~known],
            [point[~known] for point in points or [truth]],
            seconds=seconds,
        )
        met.append((attacker, tuple(_beside(truth, known, point) for point in learned.points[len(points) :])))
        ideas: tuple[tuple[Idea, NDArray[np.bool_]], ...] = (("bounds", small.published), ("finer", ~small.published))
        for idea, of in ideas:
            findings.append(
                _finding(
                    material,
                    idea,
                    attacker.codes,
                    exact=learned.exact[of],
                    proved=learned.proved[of],
                    narrowest=learned.narrowest,
                    labels=[label for label, chosen in zip(small.labels, of, strict=True) if chosen],
                )
            )
    return findings


def _beside(truth: Numbers, known: NDArray[np.bool_], others: Numbers) -> Numbers:
    """A point of all unknowns from one of those that an attacker does not know."""
    point = truth.copy()
    point[~known] = others
    return point


def _finding(
    material: Material,
    idea: Idea,
    codes: tuple[str, ...],
    *,
    exact: NDArray[np.bool_],
    proved: NDArray[np.bool_],
    narrowest: int | None,
    labels: Sequence[str],
) -> Finding:
    return Finding(
        idea=idea,
        institutions=codes,
        small=len(proved),
        exact=int(exact.sum()),
        proved=int(proved.sum()),
        narrowest=narrowest,
        tables=tuple(labels[place] for place in np.flatnonzero(proved | exact).tolist()),
        largest_share=limit(material.agreement.publication, codes),
    )


def limit(publication: Publication, codes: tuple[str, ...]) -> float:
    """The largest share of the small groups that an attacker may prove to be small."""
    allowed = publication.largest_share_proved
    return (allowed.outsider, allowed.insider, allowed.pair)[len(codes)]


# --- the other ideas ---------------------------------------------------------------------------------------------


def _bet(material: Material, scene: Scene) -> Finding:
    """Averaging, by an outsider, of the counts of a year."""
    assert scene.cells is not None
    truth = scene.cells.hidden @ scene.truth
    small = np.flatnonzero((truth >= 1) & (truth <= SMALL))
    hidden, labels = scene.cells.hidden[small], [scene.cells.labels[place] for place in small.tolist()]
    system, protection = scene.system, SHARED_PROTECTION
    exact = system.rows[np.flatnonzero((system.low == 0) & (system.high == 0))]
    estimates = least_squares(scene.cells.noisy, scene.cells.values, hidden, protection.noise.variance, exact)
    chances = posterior(estimates, protection.count, protection.noise)
    right, below = bets(chances, truth[small].astype(np.int64))
    return _finding(material, "averaging", (), exact=right, proved=below, narrowest=None, labels=labels)


def _earlier(material: Material, kind: InstitutionKind, counted: Sequence[Counted]) -> Finding:
    """What the differences with earlier releases prove, by an outsider."""
    found = [
        (change := changes(geometry, one.figures, then.get(one.code, {}), one.code), change.proved(SMALL))
        for one in counted
        for geometry, _ in material.windows(kind, one.years)
        for then in material.earlier_figures
    ]
    nothing = np.zeros(0, dtype=np.bool_)
    return _finding(
        material,
        "time",
        (),
        exact=np.concatenate([nothing, *(change.exact for change, _ in found)]),
        proved=np.concatenate([nothing, *(proved for _, proved in found)]),
        narrowest=min((change.narrowest for change, _ in found if change.narrowest is not None), default=None),
        labels=[table for change, _ in found for table in change.tables],
    )


def _durations(material: Material, timed: Timed, curve: Curve, attacker: Attacker) -> Finding:
    """What the points of a curve prove of the cases of others that reached the milestone by then."""
    low, high = others_limits(curve, attacker.places)
    others = [place for place in range(len(curve.truth)) if place not in attacker.places]
    truth = curve.truth[others].sum(axis=0)
    small = (truth >= 1) & (truth <= SMALL)
    widths = (high - low)[small]
    tables = np.broadcast_to(np.array(curve.geometry.table_names)[:, None], small.shape)[small]
    return _finding(
        material,
        "durations",
        attacker.codes,
        exact=(high == low)[small],
        proved=(high <= SMALL)[small],
        narrowest=int(widths.min()) + 1 if len(widths) else None,
        labels=[f"{table}: {timed.step.code} (curve)" for table in tables.tolist()],
    )
