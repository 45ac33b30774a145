"""The whole attack on one release, by everyone and every idea; what cannot be attacked does not pass."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Final

import numpy as np
from sqlalchemy import Connection

from monitor.release.attack.attackers import Attacker, attackers
from monitor.release.attack.averaging import bets, least_squares, posterior
from monitor.release.attack.conditions import Scene, count_scenes, step_scenes
from monitor.release.attack.durations import attack_curve, curves
from monitor.release.attack.earlier import changes
from monitor.release.attack.form import KINDS, broken_rules
from monitor.release.attack.learned import TEMPLATES, learned_scenes, suppliers_of
from monitor.release.attack.material import Counted, Material, Timed, read_material
from monitor.release.attack.report import SMALL, Audit, Finding, merged
from monitor.release.attack.scene import attack_scene, finding
from monitor.release.attack.system import SECONDS_EACH, Unsolved
from monitor.release.policies import SHARED_PROTECTION
from pseudonymise.agreement import InstitutionKind

Progress = Callable[[str], None]
Solver = Callable[..., Callable[[], list[Finding]]]  # begins a task, and gives how to wait for its result

WORTH_PROCESSES: Final = 20_000  # shared cells: starting a process takes as long as the attack on so many
AHEAD: Final = 16  # parts laid out before their turn: no process waits, and no more than these are held at once


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
        with solvers(material.size) as solver:
            by_kind = (part for kind in KINDS for part in _attack_kind(material, kind, solver, seconds))
            for part in ahead(chain(by_kind, _attack_learned(material, solver, seconds))):
                progress(part.name)
                findings += part.findings()
                older += part.older
    except Unsolved as reason:
        failures.append(f"de aanval is niet gelukt: {reason}")
    except BrokenProcessPool:
        failures.append("de aanval is niet gelukt: een rekenproces viel uit")
    return Audit(label=material.label, findings=merged(findings), failures=tuple(failures), older=older)


@dataclass(frozen=True)
class Part:
    """A part of the attack that was begun: its name, and how to wait for what it finds."""

    name: str
    findings: Callable[[], list[Finding]]
    older: int = 0


def ahead(parts: Iterable[Part], number: int = AHEAD) -> Iterator[Part]:
    """The parts in their order, each given when ``number`` more were begun."""
    begun: deque[Part] = deque()
    for part in parts:
        begun.append(part)
        if len(begun) > number:
            yield begun.popleft()
    yield from begun


def _attack_kind(material: Material, kind: InstitutionKind, solver: Solver, seconds: float) -> Iterator[Part]:
    everyone = tuple(attackers([one.code for one in material.axes(kind).institutions], pairs=kind == "gi"))
    counted = material.counted(kind)
    lists = material.lists(kind)
    for name, together in ((f"{kind}: aantallen", counted), (f"{kind}: wachtenden", lists)):
        for scene in count_scenes(material, kind, together, material.carried) if together else ():
            yield _begun(material, name, scene, everyone, solver, seconds)
            yield Part(name, partial(_bet, material, scene))
        yield Part(name, partial(_earlier, material, kind, together))
    for one in counted:
        for step in material.agreement.steps_of(kind, linked=True):
            if step.clock == one.code:
                yield from _attack_step(material, kind, material.timed(kind, step, one), everyone, solver, seconds)


def _attack_step(
    material: Material,
    kind: InstitutionKind,
    timed: Timed,
    everyone: Sequence[Attacker],
    solver: Solver,
    seconds: float,
) -> Iterator[Part]:
    name = f"{kind}: {timed.step.code}"
    if timed.step.norm_days is not None:
        for scene in step_scenes(material, kind, timed, material.carried):
            yield _begun(material, name, scene, everyone, solver, seconds)
    for curve in curves(material, kind, timed, material.carried):
        task = solver(attack_curve, material.agreement.publication, timed.step.code, curve, everyone)
        yield Part(name, task, curve.older)


def _attack_learned(material: Material, solver: Solver, seconds: float) -> Iterator[Part]:
    for template in TEMPLATES:
        everyone = tuple(attackers(suppliers_of(template), pairs=True))
        name = f"leren: {template}"
        for scene in learned_scenes(material, template):
            yield _begun(material, name, scene, everyone, solver, seconds)
            yield Part(name, partial(_bet, material, scene))


def _begun(
    material: Material, name: str, scene: Scene, everyone: Sequence[Attacker], solver: Solver, seconds: float
) -> Part:
    return Part(name, solver(attack_scene, material.agreement.publication, scene, everyone, seconds), scene.older)


@contextmanager
def solvers(cells: int) -> Iterator[Solver]:
    """Where scenes are solved: each in a process of its own beside others, where there is enough to do.

    The processes are started anew and get what they need handed over: they share no connection with this one.
    """
    if cells < WORTH_PROCESSES:
        yield partial
        return
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=end_with_parent) as pool:
        try:
            yield lambda task, *arguments: pool.submit(task, *arguments).result
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def end_with_parent() -> None:
    """Ends this process when the one that started it is gone: a killed release leaves nothing running."""

    def wait() -> None:
        parent = parent_process()
        assert parent is not None
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


# --- the other ideas ---------------------------------------------------------------------------------------------


def _bet(material: Material, scene: Scene) -> list[Finding]:
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
    publication = material.agreement.publication
    return [finding(publication, "averaging", (), exact=right, proved=below, narrowest=None, labels=labels)]


def _earlier(material: Material, kind: InstitutionKind, counted: Sequence[Counted]) -> list[Finding]:
    """What the differences with earlier releases prove, by an outsider."""
    found = [
        (change := changes(geometry, one.figures, then.get(one.code, {}), one.code), change.proved(SMALL))
        for one in counted
        for geometry, _ in material.windows(kind, one.years)
        for then in material.earlier_figures
    ]
    nothing = np.zeros(0, dtype=np.bool_)
    one = finding(
        material.agreement.publication,
        "time",
        (),
        exact=np.concatenate([nothing, *(change.exact for change, _ in found)]),
        proved=np.concatenate([nothing, *(proved for _, proved in found)]),
        narrowest=min((change.narrowest for change, _ in found if change.narrowest is not None), default=None),
        labels=[table for change, _ in found for table in change.tables],
    )
    return [one]
