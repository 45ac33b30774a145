"""What the page on privacy tells of the attack on a release, and of the price of protection."""

import shutil

import pytest
from sqlalchemy import create_engine

from monitor.access.permissions import Page
from monitor.access.roles import parse_role
from monitor.charts.accountability import attack_table, price_table
from monitor.charts.table import to_html
from monitor.locale import DUTCH
from monitor.release.attack.report import Audit, Finding
from monitor.store.published import audits
from monitor.views.accountability import accountability, most_learned
from monitor.views.reading import Reader, latest_release
from tests.monitor.views.test_pages import NOW, open_page, words

__all__ = ["open_page"]


def finding(idea, *institutions, small=200, exact=0, proved=0, limit=0.02):
    return Finding(
        idea=idea,
        institutions=institutions,
        small=small,
        exact=exact,
        proved=proved,
        narrowest=4,
        tables=("region_quarter: ended",),
        largest_share=limit,
    )


FINDINGS = (
    finding("durations", "WSS", proved=2, limit=0.06),
    finding("bounds", proved=1),
    finding("bounds", "WSS", proved=5, limit=0.06),
    finding("bounds", "LDH", small=100, proved=4, limit=0.06),
    finding("bounds", "WSS", "LDH", proved=21, limit=0.15),
    finding("averaging", small=0),
)


@pytest.fixture
def attacked_url(cells_url, tmp_path):
    """A copy of the store whose release was attacked."""
    url = f"sqlite:///{shutil.copy(cells_url.removeprefix('sqlite:///'), tmp_path / 'store.db')}"
    engine = create_engine(url)
    result = Audit(label="2026Q3", findings=FINDINGS, failures=()).model_dump(mode="json")
    with engine.begin() as connection:
        release_id = latest_release(engine).id
        connection.execute(audits.insert().values(release_id=release_id, made_at=NOW, result=result))
    engine.dispose()
    return url


def test_of_each_attack_who_learned_most_stands_first_to_last():
    most = most_learned(FINDINGS)
    assert [(one.idea, one.institutions) for one in most] == [
        ("bounds", ()),
        ("bounds", ("LDH",)),  # 4 of 100 is more than 5 of 200
        ("bounds", ("WSS", "LDH")),
        ("averaging", ()),
        ("durations", ("WSS",)),
    ]
    exact = finding("bounds", "JVV", small=1000, exact=1, proved=1)
    assert most_learned([*FINDINGS, exact])[1] == exact


def test_the_table_of_attacks(attacked_url):
    engine = create_engine(attacked_url)
    model = accountability(Reader(engine, latest_release(engine), parse_role("board")))
    engine.dispose()
    rows = [[(entry.text, *entry.details) for entry in row] for row in attack_table(model.attacks, DUTCH).rows]
    assert rows[1] == [
        ("tabellen optellen en van elkaar aftrekken",),
        ("één instelling of regio met haar eigen exacte cijfers",),
        ("100",),
        ("0",),
        ("4", "4%"),
        ("6%",),
    ]
    assert rows[3][4] == ("0",)  # of nothing there is no share
    page = to_html(attack_table(model.attacks, DUTCH), DUTCH)
    assert "LDH" not in page  # who learned most is nobody's business
    assert "region_quarter" not in page


def test_a_release_that_nobody_attacked_has_no_table(read_as):
    assert accountability(read_as("board")).attacks is None


def test_the_table_of_prices_is_that_of_the_rules():
    rows = [[entry.text for entry in row] for row in price_table(DUTCH).rows]
    assert rows[0] == ["20", "7", "20", "21,9"]
    assert [row[0] for row in rows] == ["20", "50", "100", "300"]


def test_the_page_tells_it(open_page, attacked_url, monkeypatch):
    without = open_page(Page.ACCOUNTABILITY, role="board")
    assert not without.exception
    assert "Deze uitgave is gemaakt voordat uitgaven werden aangevallen." in words(without)
    monkeypatch.setenv("VERBETERMONITOR_DATABASE_URL", attacked_url)
    told = open_page(Page.ACCOUNTABILITY, role="board")
    assert not told.exception
    assert "Wat elke aanvaller op zijn meest leert over groepen van 1 tot en met 4" in words(told)
    assert "Hoe ver de bescherming een aandeel van 50% verschuift" in words(told)
