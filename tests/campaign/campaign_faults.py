"""Loads, releases, grants, actions and backups that are killed (SIGKILL), on SQLite and on PostgreSQL.

Run as ``python -m tests.campaign.campaign_faults [--count N] [--only SEED]``, 120 on each database by default. After
each: the store opens, the release before stands, what was done is in the trail and nothing else; at the end a copy is
restored and held against the same. Goes on where the run before stopped: ``var/campaign/faults-*.json``. Ends with 1
when something was broken.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from monitor.store.engine import open_engine
from tests.bench.bench_release import databases
from tests.campaign.faults import Broken, Faults, copy, restore
from tests.campaign.kills import processes
from tests.campaign.progress import Progress
from tests.monitor.deliveries import make_parties

COUNT = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--only", type=int, metavar="SEED")
    asked = parser.parse_args()
    processes.set_forkserver_preload(["tests.campaign.faults", "tests.bench.bench_release"])
    broken = 0
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as url:
        folder = Path(name)
        parties = make_parties(folder / "keys", "JVV", "VTGZ")
        for backend in ("sqlite", "postgresql"):
            progress = Progress(f"faults-{backend}")
            faults = Faults(url(backend, "faults"), parties, folder)
            begin, found = time.perf_counter(), Counter[str]()
            for seed in [asked.only] if asked.only is not None else progress.next(asked.count):
                try:
                    outcome = faults.strike(seed)
                except Broken as error:
                    outcome, broken = "BROKEN", broken + 1
                    print(f"{backend}, seed {seed}: {error}", flush=True)
                found[outcome] += 1
                if asked.only is None:
                    progress.done(seed, outcome)
            progress.write()
            copy(faults.url, folder / "last")
            restored = url(backend, "restored")
            restore(folder / "last", restored)
            engine = open_engine(restored)
            faults.check(engine)
            engine.dispose()
            faults.close()
            print(f"{backend}: {found.total()} acts killed in {time.perf_counter() - begin:.0f} s; of all runs:")
            for outcome, count in sorted((progress.counts if asked.only is None else found).items()):
                print(f"{count:>9,}  {outcome}")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
