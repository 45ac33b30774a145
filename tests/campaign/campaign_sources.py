"""Mutated exports in every format, and fuzzers that follow the code of the readers of iJw and of fixed positions.

Run as ``python -m tests.campaign.campaign_sources [--minutes M] [--only FORMAT BATCH]``; ten minutes for the mutations,
over the formats in turn, and ten for each fuzzer. Goes on where the run before stopped: the next batch of mutations
stands in ``var/campaign/sources.json``, what the fuzzers learned in ``var/campaign/fuzz-*``. Ends with 1 when a file
crashed a reader, hung it, or lost a row.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

from tests.campaign.files import MUTATED, OPERATIONS, Ground
from tests.campaign.progress import FOLDER, Progress

MINUTES = 10.0
EXAMPLES = 200  # in a batch
FUZZED = ("ijw", "fixed_width")
SLOWEST = 30  # seconds for one file, beyond which a fuzzer calls it a hang


def batch(ground: Ground, form: str, number: int, progress: Progress) -> None:
    """A batch of mutations of one format: the same ones for the same number. Raises what went wrong."""

    @seed(number)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(operations=OPERATIONS)
    def attempt(operations: list[tuple[str, float, object]]) -> None:
        progress.counts[f"{form}: {ground.attempt(form, operations)}"] += 1

    attempt()


def fuzz(form: str, minutes: float) -> int:
    """Run the fuzzer of a reader in a process of its own; its exit status."""
    learned = FOLDER / f"fuzz-{form}"
    learned.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={int(minutes * 60)}", f"-timeout={SLOWEST}", "-seed=1", "-print_final_stats=1"]
    options.append(f"-artifact_prefix={learned}-")
    command = [sys.executable, "-m", "tests.campaign.fuzz_sources", form, *options, str(learned)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [
        line for line in done.stderr.splitlines() if line.startswith(("Done ", "stat::", "==", "Uncaught", " ==="))
    ]
    last = next((line for line in reversed(done.stderr.splitlines()) if "cov:" in line), "")
    print(f"fuzz {form}: {last.strip()}\n  " + "\n  ".join(lines), flush=True)
    if done.returncode:
        print(done.stderr[-4000:])
    return done.returncode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--only", nargs=2, metavar=("FORMAT", "BATCH"))
    asked = parser.parse_args()
    progress, failed = Progress("sources"), 0
    with tempfile.TemporaryDirectory() as name:
        ground = Ground(Path(name))
        if asked.only:
            batch(ground, asked.only[0], int(asked.only[1]), progress)
            print(dict(progress.counts))
            return
        until, forms = time.monotonic() + asked.minutes * 60, list(MUTATED)
        for number in progress.next(1_000_000):
            form = forms[number % len(forms)]
            try:
                batch(ground, form, number, progress)
                progress.done(number, "batches that held")
            except Exception as error:
                failed += 1
                print(f"--only {form} {number}: {type(error).__name__}: {error}", flush=True)
                progress.done(number, "batches that did not")
            if time.monotonic() > until:
                break
    progress.write()
    for what, count in sorted(progress.counts.items()):
        print(f"{count:>9,}  {what}")
    failed += sum(bool(fuzz(form, asked.minutes)) for form in FUZZED)
    sys.exit(min(failed, 1))


if __name__ == "__main__":
    main()
