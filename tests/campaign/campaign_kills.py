"""Loads that are killed (SIGKILL): the store is the old or the new, never between, on SQLite and on PostgreSQL.

Run as ``python -m tests.campaign.campaign_kills [--count N] [--only SEED]``, 200 on each database by default: half at
a point where it could hurt, drawn from the seed, and half by the clock. Goes on where the run before stopped: how far
it is stands in ``var/campaign/kills-*.json``. Ends with 1 when a store was torn.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.bench.bench_release import databases
from tests.campaign.kills import INSTITUTIONS, Killing, Torn, processes
from tests.campaign.progress import Progress
from tests.monitor.deliveries import make_parties

COUNT = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--only", type=int, metavar="SEED")
    asked = parser.parse_args()
    processes.set_forkserver_preload(["tests.monitor.intake.dying", "tests.bench.bench_release"])  # as this module does
    torn = 0
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as url:
        parties = make_parties(Path(name) / "keys", *INSTITUTIONS)
        for backend in ("sqlite", "postgresql"):
            progress = Progress(f"kills-{backend}")
            killing = Killing(url(backend, "store"), parties, Path(name))
            begin, found = time.perf_counter(), Counter[str]()
            for seed in [asked.only] if asked.only is not None else progress.next(asked.count):
                try:
                    outcome = killing.kill(seed)
                except Torn as error:
                    outcome, torn = "TORN", torn + 1
                    print(f"{backend}, seed {seed}: {error}", flush=True)
                found[outcome] += 1
                if asked.only is None:
                    progress.done(seed, outcome)
            progress.write()
            killing.close()
            seconds = time.perf_counter() - begin
            print(
                f"{backend}: {found.total()} loads of {killing.points} points killed in {seconds:.0f} s; of all runs:"
            )
            for outcome, count in sorted((progress.counts if asked.only is None else found).items()):
                print(f"{count:>9,}  {outcome}")
    sys.exit(bool(torn))


if __name__ == "__main__":
    main()
