"""Every screen as one can meet it: page, role, language and theme, examined by axe-core in Chromium and for its width.

Made from the pages and roles that exist, so that a new one is examined without being named here.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal
from urllib.parse import urlencode

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext

from monitor.access.permissions import Page, can_open
from monitor.access.roles import all_roles
from monitor.locale import LANGUAGES
from tests.e2e.conftest import Visit

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
SEED = 20261124
WIDTHS = (1440, 1024, 390)  # a desk, a tablet, a telephone
WIDTH = "(main => main.scrollWidth)(document.querySelector('[data-testid=stMain]'))"
# What Streamlit itself causes, by the rule of axe: docs/reference/accessibility.md says why, with its upstream thread.
STREAMLITS_OWN: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Look:
    page: Page
    role: str
    language: str
    theme: Theme

    @property
    def path(self) -> str:
        where = "" if self.page is Page.OVERVIEW else self.page.value
        return f"/{where}?{urlencode({'role': self.role, 'lang': self.language})}"

    def __str__(self) -> str:
        return f"{self.page} as {self.role}, {self.language}, {self.theme}"


def looks() -> list[Look]:
    """All of them that a role may open, in an order that is drawn once, so that the first few are a fair sample."""
    every = [
        Look(page, role.code, language, theme)
        for page, role, language, theme in product(Page, all_roles(), LANGUAGES, THEMES)
        if can_open(role, page)
    ]
    random.Random(SEED).shuffle(every)
    return every


def examine(context: BrowserContext, address: str, look: Look) -> list[str]:
    """What is wrong with one screen: violations that our code can reach, exceptions, complaints of the browser, and
    what makes it scroll sideways.
    """
    with _visiting(context, address, look) as visit:
        checked: dict[str, Any] = Axe().run(visit.page).response
        wrong = [
            f"{violation['id']}: {node['html'][:160]}"
            for violation in checked["violations"]
            if violation["id"] not in STREAMLITS_OWN
            for node in violation["nodes"]
        ]
        if len(checked["passes"]) <= 15:
            wrong.append(f"only {len(checked['passes'])} rules of axe found anything to examine")
        if visit.page.get_attribute("html", "lang") != look.language:
            wrong.append("the document is not in the language of the page")
        if visit.page.locator("[data-testid=stException]").count():
            wrong.append("an exception stands on the screen")
        for width in WIDTHS:
            visit.page.set_viewport_size({"width": width, "height": 900})
            visit.page.wait_for_timeout(400)  # charts follow the width
            if visit.page.evaluate(WIDTH) > width:
                wrong.append(f"scrolls sideways at {width} pixels")
        return [*wrong, *visit.complaints]


@contextmanager
def _visiting(context: BrowserContext, address: str, look: Look) -> Iterator[Visit]:
    visit = Visit(context.new_page())
    try:
        visit.page.emulate_media(color_scheme=look.theme)  # what a theme follows unless a reader chose another
        visit.page.set_viewport_size({"width": 1440, "height": 900})
        visit.page.on("console", lambda entry: entry.type == "error" and visit.complaints.append(entry.text))
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.goto(f"{address}{look.path}")
        visit.settled()
        yield visit
    finally:
        visit.page.close()
