"""What of the list of attacks (docs/reference/attacks.md) no other test tries."""

import io
import re
import zipfile
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import create_engine, inspect

from monitor.access.grants import Grant
from monitor.access.permissions import Page
from monitor.access.roles import Role, RoleKind, parse_role
from monitor.access.trail import Line
from monitor.agenda.book import enter
from monitor.agenda.notes import About, Kind, write_note
from monitor.charts.access import grants_table, trail_table
from monitor.charts.table import to_html
from monitor.intake.sheets.read import NotReadable, read_sheet
from monitor.locale import DUTCH
from monitor.store.engine import URL_SETTING
from tests.campaign.faults import ACTION
from tests.faults.test_store_gone import copy_cells
from tests.monitor.access.test_gate import FIGURE, open_page, words
from tests.monitor.cells_fixture import cells_url
from tests.monitor.intake.workbooks import filled

__all__ = ["cells_url"]

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
SQL = "WSS' OR '1'='1'; DROP TABLE cells; --"
NAMES = [
    "release",
    "region",
    "institution",
    "step",
    "result",
    "of",
    "period",
    "agenda",
    "year",
    "by",
    "indicator",
    "split",
    "measure_group",
    "quarter",
]
PAGES = [Page.REGION, Page.INSTITUTION, Page.LEAD_TIMES]


@pytest.mark.parametrize("page", PAGES)
def test_sql_in_an_address_is_a_choice_that_does_not_exist(cells_url, monkeypatch, page):
    monkeypatch.setenv(URL_SETTING, cells_url)
    engine = create_engine(cells_url)
    before = set(inspect(engine).get_table_names())
    app = open_page(page, {}, role="board", **dict.fromkeys(NAMES, SQL))
    assert not app.exception
    as_ever = open_page(page, {}, role="board")
    assert app.title[0].value == as_ever.title[0].value
    assert words(app).count(FIGURE) == words(as_ever).count(FIGURE) > 0
    assert set(inspect(engine).get_table_names()) == before
    engine.dispose()


@pytest.mark.parametrize("page", PAGES)
def test_script_in_an_address_is_never_markup(cells_url, monkeypatch, page):
    monkeypatch.setenv(URL_SETTING, cells_url)
    for role in ("board", SCRIPT):
        app = open_page(page, {}, role=role, lang=SCRIPT, **dict.fromkeys(NAMES, SCRIPT))
        assert not app.exception
        assert "<script>alert" not in words(app)
        assert "<img src=x" not in words(app)


def test_script_in_what_was_written_is_text():
    day = date(2026, 12, 31)
    held = Grant(1, f"ans@{SCRIPT}", parse_role("board"), SCRIPT, day, SCRIPT, withdrawn=False)
    line = Line("others", 1, datetime(2026, 11, 2, tzinfo=UTC), SCRIPT, "load", SCRIPT, "")
    for table in (grants_table([held], day, DUTCH), trail_table([line], DUTCH)):
        html = to_html(table, DUTCH)
        assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
        assert "<script" not in html
        assert "<img" not in html


@pytest.mark.parametrize("page", [Page.NOTES, Page.AGENDA])
def test_script_in_a_note_or_an_action_is_text_on_the_page(cells_url, monkeypatch, tmp_path, page):
    url = f"sqlite:///{tmp_path / 'store.db'}"
    copy_cells(cells_url, url)
    monkeypatch.setenv(URL_SETTING, url)
    engine = create_engine(url)
    role, now = Role(RoleKind.QUARTERMASTER, "JZ12"), datetime.now(UTC)
    about = About(step="worker_assigned", region="JZ12", period="2024Q3")
    write_note(engine, role, about, Kind.WHY, SCRIPT, (), lambda _words, _owned: (), now)
    enter(engine, role, ACTION.model_copy(update={"title": SCRIPT, "aim": SCRIPT}), lambda _words, _owned: (), now)
    engine.dispose()
    app = open_page(page, {}, role=role.code, agenda="JZ12")
    assert not app.exception
    assert "&lt;script&gt;alert(1)" in words(app)
    assert "<script>alert" not in words(app)
    assert "<img src=x" not in words(app)


@pytest.mark.parametrize(
    "entity", ['<!ENTITY x "aaaaaaaaaa"><!ENTITY y "&x;&x;&x;&x;&x;&x;">', '<!ENTITY y SYSTEM "file:///etc/passwd">']
)
def test_an_entity_in_a_workbook_is_never_expanded(entity):
    changed = io.BytesIO()
    content = filled("waiting_lists", [("Noord-Veluwe", "Voogdij", "Wachtlijst", 3, None)])
    with (
        zipfile.ZipFile(io.BytesIO(content)) as whole,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in whole.namelist():
            xml = whole.read(name)
            if b">Voogdij<" in xml:
                doctype = f"<!DOCTYPE x [{entity}]>".encode()
                xml = re.sub(rb"<(sst|worksheet)", doctype + rb"<\1", xml, count=1).replace(b">Voogdij<", b">&y;<")
            archive.writestr(name, xml)
    with pytest.raises(NotReadable) as refused:
        read_sheet(changed.getvalue(), date(2026, 11, 2))
    assert "aaaa" not in str(refused.value.findings)
    assert "root:" not in str(refused.value.findings)
