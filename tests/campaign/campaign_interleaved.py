"""A thousand views by analysts of two institutions at once: no cell of one in what the other is told.

Run as ``python -m tests.campaign.campaign_interleaved [--count N] [--only SEED]``: 500 pairs of views by default, each
pair at the same moment on two web sockets of one running server. Goes on where the run before stopped:
``var/campaign/interleaved.json``. Ends with 1 when anything leaked.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.campaign.interleaved import Leaked, looking
from tests.campaign.progress import Progress

COUNT = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--only", type=int, metavar="SEED")
    asked = parser.parse_args()
    leaked, progress = 0, Progress("interleaved")
    with tempfile.TemporaryDirectory() as name, looking(Path(name)) as views:
        for seed in [asked.only] if asked.only is not None else progress.next(asked.count):
            try:
                outcomes = views.view(seed)
            except Leaked as error:
                outcomes, leaked = ["LEAKED"], leaked + 1
                print(f"seed {seed}: {error}", flush=True)
            if asked.only is None:
                for outcome in outcomes:
                    progress.done(seed, outcome)
    progress.write()
    print(f"{views.seen:,} views in this run showed the viewer's own figures; of all runs:")
    for outcome, count in sorted(progress.counts.items()):
        print(f"{count:>9,}  {outcome}")
    sys.exit(bool(leaked))


if __name__ == "__main__":
    main()
