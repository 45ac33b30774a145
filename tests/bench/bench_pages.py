"""What a page costs: server time of a page change, first paint in Chromium, and bytes; beside the limits.

Run as ``python -m tests.bench.bench_pages [--runs N] [--times N]`` (20 runs; cells 100 times), on the sample that
``make run`` makes in ``var/``, and on a copy whose table of cells is so many times as long: other releases with the
same cells, that nobody confirmed. A page reads the cells of one release by their index, and their number does not
grow with the number of cases: what could slow a page is the length of that table.
"""

import argparse
import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import BrowserContext, sync_playwright
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from monitor.access.permissions import Page, can_open
from monitor.access.roles import Role, all_roles
from monitor.shell import SCRIPT
from monitor.store.engine import DEFAULT_URL, URL_SETTING
from tests.e2e.conftest import CHROMIUM, QUIET, Visit, serving

RUNS, TIMES = 20, 100
SERVER_LIMIT, PAINT_LIMIT = 400, 3000  # milliseconds: the median of a page change; the first paint
PAINT = "performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)[0]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--times", type=int, default=TIMES)
    asked = parser.parse_args()
    sample = os.environ.get(URL_SETTING, DEFAULT_URL)
    with tempfile.TemporaryDirectory() as name:
        measure("the sample", sample, asked.runs, Path(name))
        many = lengthened(Path(sample.removeprefix("sqlite:///")), Path(name) / "many.db", asked.times)
        measure(f"cells {asked.times} times", many, asked.runs, Path(name))


def measure(what: str, url: str, runs: int, folder: Path) -> None:
    print(f"{what}: page, role, server ms median (limit {SERVER_LIMIT}) and p95, ", end="")
    print(f"first paint ms (limit {PAINT_LIMIT}), all drawn ms, kB received by the page")
    os.environ[URL_SETTING] = url
    served = {(page, role.code): server_times(page, role.code, runs) for page in Page for role in openers(page)}
    with serving(url, folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        for (page, role), times in served.items():
            paint, drawn, kilobytes = browse(browser.new_context(), f"{address}/{_path(page)}?role={role}")
            over = " OVER THE LIMIT" if median(times) > SERVER_LIMIT or paint > PAINT_LIMIT else ""
            print(
                f"  {page:<16}{role:<20}{median(times):>6.0f}{quantiles(times, n=20)[-1]:>6.0f}"
                f"{paint:>8.0f}{drawn:>8.0f}{kilobytes:>8.0f}{over}",
                flush=True,
            )
        browser.close()


def openers(page: Page) -> list[Role]:
    """One role of each kind that may open the page."""
    first = {role.kind: role for role in reversed(all_roles())}
    return [role for role in first.values() if can_open(role, page)]


def server_times(page: Page, role: str, runs: int) -> list[float]:
    """Milliseconds of the script for a visitor who comes to the page, in this process, after one to warm up."""
    times = []
    for _ in range(runs + 1):
        app = AppTest.from_file(str(SCRIPT), default_timeout=60)
        app.query_params["role"] = role
        app._page_hash = calc_hash(page)  # AppTest.switch_page knows pages that are files only
        begin = time.perf_counter()
        app.run()
        times.append(1000 * (time.perf_counter() - begin))
        if app.exception:
            raise RuntimeError(f"{page} as {role} failed: its time would say nothing")
    return times[1:]


def browse(context: BrowserContext, url: str) -> tuple[float, float, float]:
    """First contentful paint and until all is drawn, in milliseconds, with an empty cache; kB over the web socket."""
    visit = Visit(context.new_page())
    received: list[int] = []
    visit.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    begin = time.perf_counter()
    visit.page.goto(url)
    visit.settled()
    drawn = 1000 * (time.perf_counter() - begin)
    paint = float(visit.page.evaluate(PAINT))
    context.close()
    return paint, drawn, sum(received) / 1000


def lengthened(sample: Path, file: Path, times: int) -> str:
    """A copy of the store in which the cells of the newest release stand ``times`` times; returns its URL."""
    shutil.copy(sample, file)
    store = sqlite3.connect(file)
    store.execute("PRAGMA synchronous = off")
    columns = [row[1] for row in store.execute("PRAGMA table_info(cells)") if row[1] not in ("release_id", "id")]
    of_release = [
        row[1] for row in store.execute("PRAGMA table_info(releases)") if row[1] not in ("id", "code", "confirmed_at")
    ]
    known = [row[0] for row in store.execute("SELECT max(id) FROM releases")]
    for copy in range(1, times):
        for release in known:
            new = store.execute(
                f"INSERT INTO releases (code, {', '.join(of_release)}) "
                f"SELECT code || '-copy-{copy}', {', '.join(of_release)} FROM releases WHERE id = ?",
                (release,),
            ).lastrowid
            named = ", ".join(columns)
            store.execute(
                f"INSERT INTO cells (release_id, {named}) SELECT ?, {named} FROM cells WHERE release_id = ?",
                (new, release),
            )
        store.commit()
    store.close()
    return f"sqlite:///{file}"


def _path(page: Page) -> str:
    return "" if page is Page.OVERVIEW else page.value


if __name__ == "__main__":
    main()
