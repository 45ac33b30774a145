"""One year of some numbers attacked by everyone: what they prove of the groups of 1 to 4."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from monitor.release.attack.attackers import Attacker
from monitor.release.attack.bounds import learn
from monitor.release.attack.conditions import Scene
from monitor.release.attack.report import SMALL, Finding, Idea
from monitor.release.attack.system import Matrix, Numbers
from monitor.release.carry import Key
from pseudonymise.agreement import Publication


@dataclass(frozen=True)
class Small:
    """The groups of 1 to 4 that an attacker is after: rows over the unknowns without its own, labels, and the published
    group of each (of one finer than any: the region in its quarter)."""

    rows: Matrix
    labels: tuple[str, ...]
    keys: tuple[Key, ...]
    published: NDArray[np.bool_]  # of a published group, or what is left of one; else finer than any


def small_groups(scene: Scene, attacker: Attacker) -> Small:
    """Published groups and finer ones; of an insider, what is left of them without its own. Each group once."""
    rows = sparse.vstack([scene.groups, scene.finer], format="csr")
    labels = (*scene.labels, *["region_institution_quarter"] * scene.finer.shape[0])
    keys = (*scene.keys, *scene.finer_keys)
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
    return Small(
        rows[places], tuple(labels[place] for place in places), tuple(keys[place] for place in places), published
    )


def attack_scene(publication: Publication, scene: Scene, everyone: Sequence[Attacker], seconds: float) -> list[Finding]:
    """What each attacker learns of a scene. Raises Unsolved as ``solve`` does."""
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
                finding(
                    publication,
                    idea,
                    attacker.codes,
                    exact=learned.exact[of],
                    proved=learned.proved[of],
                    narrowest=learned.narrowest if of.any() else None,
                    labels=[label for label, chosen in zip(small.labels, of, strict=True) if chosen],
                    keys=[key for key, chosen in zip(small.keys, of, strict=True) if chosen],
                )
            )
    return findings


def _beside(truth: Numbers, known: NDArray[np.bool_], others: Numbers) -> Numbers:
    """A point of all unknowns from one of those that an attacker does not know."""
    point = truth.copy()
    point[~known] = others
    return point


def finding(
    publication: Publication,
    idea: Idea,
    codes: tuple[str, ...],
    *,
    exact: NDArray[np.bool_],
    proved: NDArray[np.bool_],
    narrowest: int | None,
    labels: Sequence[str],
    keys: Sequence[Key] = (),
) -> Finding:
    """``labels`` and, where an attack tells them, ``keys``: of each small group."""
    return Finding(
        idea=idea,
        institutions=codes,
        small=len(proved),
        exact=int(exact.sum()),
        proved=int(proved.sum()),
        narrowest=narrowest,
        tables=tuple(labels[place] for place in np.flatnonzero(proved | exact).tolist()),
        largest_share=limit(publication, codes),
        given_away=tuple(keys[place] for place in np.flatnonzero(exact).tolist()) if keys else (),
    )


def limit(publication: Publication, codes: tuple[str, ...]) -> float:
    """The largest share of the small groups that an attacker may prove to be small."""
    allowed = publication.largest_share_proved
    return (allowed.outsider, allowed.insider, allowed.pair)[len(codes)]
