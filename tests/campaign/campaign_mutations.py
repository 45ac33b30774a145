"""Mutated deliveries by the thousand: wholly in or wholly out, no crash, none with a broken signature taken in.

Run as ``python -m tests.campaign.campaign_mutations [--count N] [--only SEED]``, ten thousand by default. Goes on where
the run before stopped: how far it is stands in ``var/campaign/mutations.json``, which can be thrown away. By the
seed a delivery goes to SQLite or to PostgreSQL. Ends with 1 when a seed did not hold.
"""

import argparse
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from tests.bench.bench_release import databases
from tests.campaign.mutations import INSTITUTIONS, attempt, make_ground
from tests.campaign.progress import Progress
from tests.monitor.deliveries import make_parties

COUNT = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--only", type=int, metavar="SEED")
    asked = parser.parse_args()
    progress = Progress("mutations")
    seeds = [asked.only] if asked.only is not None else progress.next(asked.count)
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as url:
        ground = make_ground(Path(name), make_parties(Path(name) / "keys", *INSTITUTIONS))
        engines = [open_engine(url(backend, "store")) for backend in ("sqlite", "postgresql")]
        for engine in engines:
            upgrade(engine)
            ground.prepare(engine)
        begin, found, failed = time.perf_counter(), Counter[str](), []
        for seed in seeds:
            try:
                outcome = attempt(ground, engines[seed // 2 % 2], seed)
            except Exception:
                outcome = "DID NOT HOLD"
                failed.append(seed)
                print(f"seed {seed}: {traceback.format_exc(limit=-3)}", flush=True)
            found[outcome] += 1
            if asked.only is None:
                progress.done(seed, outcome)
        for engine in engines:
            engine.dispose()
    print(f"{len(seeds):,} deliveries in {time.perf_counter() - begin:.0f} s; of all runs:")
    for outcome, count in sorted((progress.counts if asked.only is None else found).items()):
        print(f"{count:>9,}  {outcome}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
