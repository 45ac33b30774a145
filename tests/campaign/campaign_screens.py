"""Every page × role × language × theme, examined by axe-core in Chromium.

Run as ``python -m tests.campaign.campaign_screens [--count N] [--only LOOK]``, all by default, on the sample that
``make run`` makes in ``var/``. Goes on where the run before stopped: how far it is stands in
``var/campaign/screens.json``. Ends with 1 when a screen has a violation that our code can reach.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from playwright.sync_api import sync_playwright

from monitor.demo import road, run
from monitor.store.engine import DEFAULT_URL, URL_SETTING
from tests.campaign.progress import Progress
from tests.campaign.screens import examine, looks
from tests.e2e.conftest import CHROMIUM, QUIET, serving


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=len(looks()))
    parser.add_argument("--only", type=int, metavar="LOOK")
    asked = parser.parse_args()
    for stage in road(Path("var")):
        if not stage.done:
            run(stage)
    progress, every, found, flawed = Progress("screens"), looks(), Counter[str](), 0
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(os.environ.get(URL_SETTING, DEFAULT_URL), Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        context = browser.new_context(reduced_motion="reduce")
        for number in [asked.only] if asked.only is not None else progress.next(asked.count):
            look = every[number % len(every)]
            wrong = examine(context, address, look)
            flawed += bool(wrong)
            outcome = f"{look.page}, {look.language}, {look.theme}: {'FLAWED' if wrong else 'no violation'}"
            found[outcome] += 1
            for one in wrong:
                print(f"{number}, {look}: {one}", flush=True)
            if asked.only is None:
                progress.done(number, outcome)
        browser.close()
    if asked.only is None:
        progress.write()
    print(f"{found.total()} screens of {len(every)} examined, {flawed} flawed; of all runs:")
    for outcome, count in sorted((progress.counts if asked.only is None else found).items()):
        print(f"{count:>9,}  {outcome}")
    sys.exit(bool(flawed))


if __name__ == "__main__":
    main()
