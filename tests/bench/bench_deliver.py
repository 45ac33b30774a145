"""How fast an export becomes a delivery, beside pandas reading the same file and doing nothing with it.

Run as ``python -m tests.bench.bench_deliver [rows]`` (a million by default). Each runs in a fresh process.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from importlib.resources import files
from multiprocessing import Queue, get_context
from pathlib import Path

import pandas as pd

from pseudonymise import cli, keys
from sample_data.generate import write_large_csv

UNTIL = "2026-09-30"


def deliver(folder: Path) -> None:
    cli.main(
        [
            *("deliver", "--institution", "JBGLD", "--mapping", str(folder / "jbgld.toml")),
            *("--until", UNTIL, "--out", str(folder / "jbgld.zip"), "--keys", str(folder / "keys")),
            str(folder / "jbgld-groot.csv"),
        ]
    )


def read_with_pandas(folder: Path) -> None:
    pd.read_csv(folder / "jbgld-groot.csv", sep=";", encoding="utf-8-sig", dtype="str")


def measured(task: Callable[[Path], None], folder: Path) -> tuple[float, float]:
    """Seconds, and the peak of memory in GB, of a task in a fresh process."""
    context = get_context("spawn")
    results = context.Queue()
    process = context.Process(target=_run, args=(task, folder, results))
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(f"{task.__name__} failed; what it said stands above")
    return results.get()


def _run(task: Callable[[Path], None], folder: Path, results: "Queue[tuple[float, float]]") -> None:
    begin = time.perf_counter()
    try:
        task(folder)
    except SystemExit as stop:
        if stop.code:
            raise
    seconds = time.perf_counter() - begin
    results.put((seconds, peak_memory()))


def peak_memory() -> float:
    """The peak of memory of this process, in GB. Not getrusage: that starts from the peak of the parent."""
    status = Path("/proc/self/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1e6


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{rows:,} rows in the format of JBGLD: writing the export ...")
        # In a process of its own: the peak of memory of a parent shows in its children.
        writer = get_context("spawn").Process(target=write_large_csv, args=(folder / "jbgld-groot.csv", rows))
        writer.start()
        writer.join()
        mapping = files("sample_data").joinpath("mappings", "jbgld.toml").read_bytes()
        (folder / "jbgld.toml").write_bytes(mapping)
        keys.make_steward_keys(folder / "keys")
        keys.make_institution_keys(folder / "keys", "JBGLD")
        size = (folder / "jbgld-groot.csv").stat().st_size / 1e6
        print(f"the export takes {size:.0f} MB")
        ours, peer = (measured(task, folder) for task in (deliver, read_with_pandas))
    for label, (seconds, memory) in (("deliver", ours), ("pandas.read_csv alone", peer)):
        print(f"{label:<22} {seconds:6.1f} s   {rows / seconds:>9,.0f} rows/s   peak {memory:.2f} GB")
    print(f"deliver takes {ours[0] / peer[0]:.1f} times as long, in {ours[1] / peer[1]:.1f} times the memory")


if __name__ == "__main__":
    main()
