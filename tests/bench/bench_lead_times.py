"""How fast lead times are estimated from counts, beside lifelines on the same cases.

``python -m tests.bench.bench_lead_times`` installs lifelines in an environment of its own (build/peers) the
first time. Timed is the fastest of five runs: of counting the cases (``numpy.bincount``), and of everything that
is made of the counts: Kaplan-Meier and Aalen-Johansen with their variances, the log-log limits of the first and
the Wilson limits on effective cases of the second, on every day. That work does not grow with the cases, only
with groups and days. lifelines makes Kaplan-Meier with log-log limits, and runs once.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.statistics.survival import (
    StepCounts,
    aalen_johansen,
    effective_cases,
    kaplan_meier,
    log_log,
    share_interval,
)

SEED = 20261122
GROUPS = 28
SIZES = (1_000_000, 10_000_000)
CELLS, CELL_CASES, CELL_LIMIT = 600, 200_000, 0.2  # seconds
HORIZON = 400  # days
RUNS = 5
PEER = "lifelines==0.30.3"
PEER_FOLDER = Path("build/peers/lifelines")

Cases = dict[str, NDArray[np.int64]]


def draw(cases: int, groups: int) -> Cases:
    """Of each case its group, its day and its outcome: 0 reached, 1 ended, 2 open."""
    random = np.random.default_rng((SEED, cases, groups))
    return {
        "group": random.integers(0, groups, cases),
        "day": np.minimum(random.weibull(1.15, cases) * 70, HORIZON).astype(np.int64),
        "kind": random.choice(3, cases, p=[0.6, 0.2, 0.2]),
    }


def count(cases: Cases, groups: int) -> StepCounts:
    places = (cases["group"] * 3 + cases["kind"]) * (HORIZON + 1) + cases["day"]
    counts = np.bincount(places, minlength=groups * 3 * (HORIZON + 1)).reshape(groups, 3, HORIZON + 1)
    return StepCounts(counts[:, 0], counts[:, 1], counts[:, 2])


def estimate(counts: StepCounts) -> None:
    curve = kaplan_meier(counts)
    log_log(curve.remaining, curve.variance)
    shares(counts)


def shares(counts: StepCounts) -> None:
    incidence = aalen_johansen(counts)
    share_interval(incidence.reached, effective_cases(incidence))


def fastest(task: Callable[[], object]) -> float:
    seconds = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        task()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def peer_python() -> Path:
    """The interpreter of an environment that holds the peer; made when it is not there."""
    python = PEER_FOLDER / "bin" / "python"
    if not (PEER_FOLDER / "lib").exists() or subprocess.run([python, "-c", "import lifelines"]).returncode:
        search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        uv = shutil.which("uv", path=search)
        if uv is None:
            raise FileNotFoundError("uv, which installs the peer, is not there")
        print(f"Installing {PEER} into {PEER_FOLDER} ...")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, PEER_FOLDER], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, PEER], check=True)
    return python


def ask_peer(python: Path, cases: Cases) -> tuple[dict[str, float], NDArray[np.float64]]:
    """Its seconds, and its curves: groups by days."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "cases.npz"
        np.savez(file, group=cases["group"], day=cases["day"], kind=cases["kind"])
        script = Path(__file__).with_name("lifelines_peer.py")
        run = subprocess.run([python, script, file, str(HORIZON)], check=True, capture_output=True, text=True)
    answer = json.loads(run.stdout)
    return answer["seconds"], np.array(answer["curves"])


def line(label: str, seconds: float, cases: int, note: str = "") -> None:
    print(f"  {label:<44}{seconds * 1000:>10,.1f} ms{cases / seconds:>18,.0f} cases/s   {note}".rstrip())


def main() -> None:
    python = peer_python()
    for size in SIZES:
        cases = draw(size, GROUPS)
        counts = count(cases, GROUPS)
        counting, ours = fastest(lambda c=cases: count(c, GROUPS)), fastest(lambda c=counts: estimate(c))
        peer, curves = ask_peer(python, cases)
        difference = np.abs(kaplan_meier(counts).remaining - curves).max()
        print(f"{size:,} cases, {GROUPS} groups, days 0 to {HORIZON}")
        line("counting", counting, size)
        line("estimates from counts, limits", ours, size)
        line("both together", counting + ours, size)
        for form, seconds in peer.items():
            beside = seconds / (counting + ours if form == "from cases" else ours)
            line(f"lifelines, Kaplan-Meier alone, {form}", seconds, size, f"{beside:,.0f} times as long")
        print(f"  largest difference between the two curves of a group: {difference:.0e}")
    counts = count(draw(CELL_CASES, CELLS), CELLS)
    seconds = fastest(lambda: shares(counts))
    print(f"{CELL_CASES:,} cases, {CELLS} cells, days 0 to {HORIZON}: Aalen-Johansen with limits")
    line("from counts", seconds, CELL_CASES, f"limit {CELL_LIMIT * 1000:.0f} ms")
    if seconds > CELL_LIMIT:
        sys.exit(1)


if __name__ == "__main__":
    main()
