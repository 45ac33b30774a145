"""The monitor as its users meet it: a server of its own, a real Chromium, and a record of what went wrong."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright

from tests.monitor.cells_fixture import cells_url, read_as

__all__ = ["cells_url", "read_as"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS_TO_START = 60


SERVE = "from monitor.serve import serve; serve({port})"


@contextmanager
def serving(database_url: str, folder: Path, **settings: object) -> Iterator[str]:
    """The address of a server started for this test and stopped after it. ``settings``: of its environment.

    In them ``{address}`` stands for its address.
    """
    with started(SERVE, folder, VERBETERMONITOR_DATABASE_URL=database_url, **settings) as (address, _):
        yield address


@contextmanager
def started(code: str, folder: Path, **settings: object) -> Iterator[tuple[str, int]]:
    """The address and process id of a server that ``code`` starts on ``{port}``; its log: server.log in the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-c", code.format(port=port)]
    environment = os.environ | {name: str(value).format(address=address) for name, value in settings.items()}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"{address}/_stcore/health", process)
            yield address, process.pid
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(SECONDS_TO_START * 5):
        assert process.poll() is None, "the server stopped while starting"
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not start")


@pytest.fixture(scope="session")
def server(cells_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(cells_url, tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="session")
def sample_server(road_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The monitor on the sample, at the end of the whole road."""
    with serving(f"sqlite:///{road_folder / 'verbetermonitor.db'}", tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="package")  # its event loop runs as long as it does, and other tests have loops of their own
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[BrowserContext]:
    """One browser for all tests, so that Streamlit's files are read once; each page is a session of its own."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
    yield browser.new_context(reduced_motion="reduce")
    browser.close()


@dataclass
class Visit:
    """A page in the browser, with what the browser complained of and whom it called."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    called: set[str] = field(default_factory=set)

    def settled(self) -> None:
        """Waits until the screen has its heading and nothing runs any more."""
        self.page.wait_for_selector("[data-test-script-state=notRunning] h1")
        self.page.wait_for_selector(".vm-bar")  # the part that draws our own HTML is fetched when first needed
        # A selector, not a script: the policy of our pages forbids a script to be read from text.
        expect(self.page.locator(".stPlotlyChart:not(:has(.main-svg))")).to_have_count(0, timeout=30_000)

    def is_clean(self) -> bool:
        """No complaint, no exception on the screen, nobody called but this machine."""
        assert self.complaints == []
        assert self.page.locator("[data-testid=stException]").count() == 0
        assert self.called <= {"127.0.0.1"}
        return True


@pytest.fixture
def visit(browser: BrowserContext) -> Iterator[Callable[..., Visit]]:
    """Opens an address in a new page and waits until it has settled."""
    pages = []

    def go(url: str, width: int = 1440) -> Visit:
        one = Visit(browser.new_page())
        pages.append(one.page)
        one.page.set_viewport_size({"width": width, "height": 900})
        one.page.on("console", lambda entry: entry.type == "error" and one.complaints.append(entry.text))
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        one.page.on("request", lambda request: one.called.update(_host(request.url)))
        one.page.goto(url)
        one.settled()
        return one

    yield go
    for page in pages:
        page.close()


def _host(url: str) -> set[str]:
    return set() if url.startswith(("data:", "blob:")) else {url.split("/")[2].split(":")[0]}
