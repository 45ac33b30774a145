"""A thousand views in turns by analysts of two institutions: no cell of one in what the other is told.

Run as ``python -m tests.campaign.campaign_interleaved [--count N] [--only SEED]``, 1,000 by default. Goes on where the
run before stopped: ``var/campaign/interleaved.json``. Ends with 1 when anything leaked.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from monitor.store.engine import URL_SETTING
from tests.campaign.interleaved import Interleaved, Leaked, marked_store
from tests.campaign.progress import Progress

COUNT = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--only", type=int, metavar="SEED")
    asked = parser.parse_args()
    leaked = 0
    progress, views = Progress("interleaved"), Interleaved()
    with tempfile.TemporaryDirectory() as name:
        os.environ[URL_SETTING] = marked_store(Path(name))
        for seed in [asked.only] if asked.only is not None else progress.next(asked.count):
            try:
                outcome = views.view(seed)
            except Leaked as error:
                outcome, leaked = "LEAKED", leaked + 1
                print(f"seed {seed}: {error}", flush=True)
            if asked.only is None:
                progress.done(seed, outcome)
    progress.write()
    print(f"{views.seen:,} views in this run showed the viewer's own figures; of all runs:")
    for outcome, count in sorted(progress.counts.items()):
        print(f"{count:>9,}  {outcome}")
    sys.exit(bool(leaked))


if __name__ == "__main__":
    main()
