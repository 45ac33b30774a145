"""Two analysts of different institutions who look at the same moment: nothing of one in what the other is told.

Each signed in, on a web socket of their own, at one running server; all that it says is searched. In the store that
they look at, every own figure of an institution has a number of cases that stands nowhere else.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Barrier
from urllib.parse import urlencode

from sqlalchemy import create_engine
from websockets.sync.client import ClientConnection, connect

from monitor.access import grants
from monitor.access.permissions import Page
from monitor.access.roles import Role, RoleKind
from monitor.store.published import cells
from tests.e2e.conftest import serving
from tests.monitor.access.signing import write_settings
from tests.monitor.cells_fixture import fill
from tests.sockets import SECONDS, as_visitor, hear, signed_in, visit

MARKS = {"WSS": 71_717, "LDH": 82_828}
# Where own figures can be seen, and what else asks for cells.
PAGES = (Page.INSTITUTION, Page.INSTITUTION, Page.LEAD_TIMES, Page.DATA_QUALITY, Page.REGION, Page.OVERVIEW)


class Leaked(Exception):
    """An own figure of another was in the traffic."""


def marked_store(folder: Path) -> str:
    """The URL of a store in which each of the two has a grant, and own cells that their number of cases tells apart."""
    url = fill(folder / "marked.db")
    engine = create_engine(url)
    with engine.begin() as connection:
        for code, mark in MARKS.items():
            connection.execute(cells.update().where(cells.c.audience == code, cells.c.n.is_not(None)).values(n=mark))
    now, why = datetime.now(UTC), "Werkt mee aan de kwartaalbespreking"
    for code in MARKS:
        until = now.date() + timedelta(days=30)
        grants.give(engine, who(code), Role(RoleKind.INSTITUTION, code), why, until, "beheer@regio.example", now)
    engine.dispose()
    return url


def who(code: str) -> str:
    return f"analist-{code.lower()}@regio.example"


@contextmanager
def looking(folder: Path) -> Iterator["Interleaved"]:
    """The two, at a server of their own."""
    of_server = {
        "VERBETERMONITOR_SIGN_IN": write_settings(folder, address=None),
        "VERBETERMONITOR_SIGN_IN_ADDRESS": "{address}",
    }
    with serving(marked_store(folder), folder, **of_server) as address, ThreadPoolExecutor(len(MARKS)) as both:
        views = Interleaved(address, both)
        yield views
        views.close()


@dataclass
class Interleaved:
    """Views of the two, each pair at once; ``seen``: how often somebody met their own mark."""

    address: str
    both: ThreadPoolExecutor
    seen: int = 0
    sockets: dict[str, ClientConnection] = field(default_factory=dict)

    def view(self, seed: int) -> list[str]:
        """One page by each of the two at the same moment; returns which. Raises Leaked."""
        draw, together = Random(seed), Barrier(len(MARKS))
        asked = {code: (draw.choice(PAGES), draw.choice(tuple(MARKS))) for code in MARKS}
        if draw.random() < 0.1:  # a window that is closed and opened; else they go on in the same one
            self.close()
        doing = [self.both.submit(self._look, code, *one, together) for code, one in asked.items()]
        return [one.result() for one in doing]

    def close(self) -> None:
        while self.sockets:
            self.sockets.popitem()[1].close()

    def _look(self, code: str, page: Page, institution: str, together: Barrier) -> str:
        if code not in self.sockets:
            self.sockets[code] = connect(**as_visitor(self.address, signed_in(who(code), self.address)))
        query = urlencode({"role": f"institution-{code}", "institution": institution})
        together.wait(SECONDS)
        told = visit(self.sockets[code], page, query)
        if any(hear(one).is_wrong for one in told):
            raise Leaked(f"{page} as {code}: does not open")
        said = b"".join(told)
        for other, mark in MARKS.items():
            forms = (str(mark), f"{mark:,}", f"{mark:,}".replace(",", "."))
            there = any(form.encode() in said for form in forms)
            if there and other != code:
                raise Leaked(f"{page} as {code}, asked for {institution}: own figures of {other}")
            self.seen += there
        return f"{page} as {code}"
