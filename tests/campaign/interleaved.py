"""Two analysts of different institutions who look at once: nothing of one in what the server says to the other.

In the store that they look at, every own figure of an institution has a number of cases that stands nowhere else.
"""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy import create_engine
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from monitor.access.permissions import Page
from monitor.shell import SCRIPT
from monitor.store.published import cells
from tests.monitor.cells_fixture import fill

MARKS = {"WSS": 71_717, "LDH": 82_828}
# Where own figures can be seen, and what else asks for cells.
PAGES = (Page.INSTITUTION, Page.INSTITUTION, Page.LEAD_TIMES, Page.DATA_QUALITY, Page.REGION, Page.OVERVIEW)


class Leaked(Exception):
    """An own figure of another was in the traffic."""


def marked_store(folder: Path) -> str:
    """The URL of a store in which the own cells of each of the two can be told by their number of cases."""
    url = fill(folder / "marked.db")
    engine = create_engine(url)
    with engine.begin() as connection:
        for code, mark in MARKS.items():
            connection.execute(cells.update().where(cells.c.audience == code, cells.c.n.is_not(None)).values(n=mark))
    engine.dispose()
    return url


@dataclass
class Interleaved:
    """Views of the two in turns; ``seen``: how often somebody met their own mark."""

    seen: int = 0

    def view(self, seed: int) -> str:
        """One page by one of the two; returns which. Raises Leaked."""
        draw = Random(seed)
        code = tuple(MARKS)[seed % 2]
        page = draw.choice(PAGES)
        link = {"role": f"institution-{code}", "institution": draw.choice(tuple(MARKS))}
        app = AppTest.from_file(str(SCRIPT), default_timeout=60)
        app.query_params.update(link)
        app._page_hash = calc_hash(page)
        app.run()
        if app.exception:
            raise Leaked(f"{page} as {code}: {app.exception[0].value}")
        said = "".join(str(element.proto) for element in app.main) + str(app.main)
        for other, mark in MARKS.items():
            there = any(form in said for form in (str(mark), f"{mark:,}", f"{mark:,}".replace(",", ".")))
            if there and other != code:
                raise Leaked(f"{page} as {code}, asked for {link['institution']}: own figures of {other}")
            self.seen += there
        return f"{page} as {code}"
