"""Handing in, in a real browser: dropped, answered, stored or refused; and inside the walls, taken along."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

import sample_data
from monitor.release.confirm import mark_demonstration
from monitor.store.engine import open_engine
from monitor.store.history import received
from monitor.store.migrations import upgrade
from tests.e2e.conftest import serving
from tests.e2e.test_screens import fits_every_window
from tests.monitor.deliveries import make_delivery, make_parties
from tests.monitor.intake.workbooks import VALID, filled

EXAMPLES = Path(sample_data.__file__).with_name("examples")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def parties(tmp_path_factory):
    return make_parties(tmp_path_factory.mktemp("keys"), "JVV", "WSS")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}")
    upgrade(engine)
    mark_demonstration(engine, datetime(2026, 11, 2, tzinfo=UTC))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def counter(store, parties, tmp_path_factory):
    """A shared server on a store without releases, where JVV and WSS are known."""
    folder = tmp_path_factory.mktemp("server")
    with serving(str(store.url), folder, VERBETERMONITOR_KEYS=parties.folder) as address:
        yield address


def is_accessible(page) -> bool:
    checked = Axe().run(page).response
    assert len(checked["passes"]) > 20
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in checked["violations"]] == []
    return True


def drop(one, name, content, media=EXCEL) -> None:
    one.page.locator("input[type=file]").set_input_files({"name": name, "mimeType": media, "buffer": content})
    one.page.get_by_text(name).first.wait_for()


@pytest.mark.parametrize(
    ("role", "lang"),
    [("institution-JVV", "nl"), ("institution-JVV", "en"), ("quartermaster-JZ32", "en"), ("steward", "nl")],
)
def test_the_page_opens_without_a_flaw(counter, visit, tmp_path, role, lang):
    one = visit(f"{counter}/aanleveren?role={role}&lang={lang}")
    assert one.page.get_attribute("html", "lang") == lang
    assert is_accessible(one.page)
    assert fits_every_window(one, tmp_path / "deliver")
    assert one.is_clean()


def test_a_fault_is_answered_with_its_place_and_a_correction_is_accepted(counter, store, visit, tmp_path):
    one = visit(f"{counter}/aanleveren?role=institution-JVV")
    faulty = [("Noord-Veluwe", "Voogdij", "Wachtlijst", "veel", None)]
    drop(one, "wachtlijsten.xlsx", filled("waiting_lists", faulty))
    one.page.get_by_role("button", name="Inleveren").click()
    one.page.get_by_text("rij 6, kolom 'Jeugdigen op de laatste dag'").wait_for()
    one.settled()
    assert "er staat geen getal" in one.page.inner_text("body")
    assert is_accessible(one.page)
    assert fits_every_window(one, tmp_path / "refused")
    with one.page.expect_download() as download:
        one.page.get_by_role("button", name="Deze terugmelding als pagina").click()
    assert "er staat geen getal" in Path(download.value.path()).read_text("utf-8")
    with store.connect() as connection:
        assert received(connection, ["JVV"]) == []

    drop(one, "wachtlijsten.xlsx", filled("waiting_lists", VALID["waiting_lists"][2]))
    one.page.get_by_role("button", name="Inleveren").click()
    one.page.get_by_text("Aangenomen.").wait_for()
    with store.connect() as connection:
        assert [line.template for line in received(connection, ["JVV"])] == ["waiting_lists"]
    assert one.is_clean()


def test_a_delivery_of_another_is_refused_and_ones_own_is_seen_by_the_steward(counter, parties, visit, tmp_path):
    content = parties.seal(make_delivery("WSS", regions=["JZ12"]), tmp_path / "wss.zip").read_bytes()
    other = visit(f"{counter}/aanleveren?role=institution-JVV&lang=en")
    drop(other, "wss.zip", content, "application/zip")
    other.page.get_by_role("button", name="Hand in").click()
    other.page.get_by_text("the supplier is another than you are signed in as").wait_for()

    own = visit(f"{counter}/aanleveren?role=institution-WSS&lang=en")
    drop(own, "wss.zip", content, "application/zip")
    own.page.get_by_role("button", name="Hand in").click()
    own.page.get_by_text("Accepted.").wait_for()
    steward = visit(f"{counter}/aanleveren?role=steward&lang=en")
    table = steward.page.get_by_role("region", name="What came in, the newest first")
    assert "William Schrikker Stichting" in table.inner_text()
    assert steward.is_clean()


def test_inside_the_walls_an_export_becomes_a_delivery_and_leaves_nothing(parties, visit, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    settings = {
        "VERBETERMONITOR_INSIDE": "WSS",
        "VERBETERMONITOR_MAPPING": EXAMPLES / "wss.toml",
        "VERBETERMONITOR_KEYS": parties.folder,
        "TMPDIR": scratch,
    }
    export = (EXAMPLES / "wss-export.xlsx").read_bytes()
    database = tmp_path / "inside.db"
    with serving(f"sqlite:///{database}", tmp_path, **settings) as address:
        one = visit(f"{address}/aanleveren?role=institution-WSS")
        assert is_accessible(one.page)
        drop(one, "wss-export.xlsx", export)
        one.page.get_by_role("button", name="Maak de aanlevering").click()
        button = one.page.get_by_role("button", name="Download wss-")
        button.wait_for()
        one.settled()
        assert is_accessible(one.page)
        assert fits_every_window(one, tmp_path / "made")
        with one.page.expect_download() as download:
            button.click()
        with zipfile.ZipFile(download.value.path()) as delivery:
            assert set(delivery.namelist()) == {"envelope.json", "payload.age", "signature"}
        assert one.is_clean()
    assert [path for path in scratch.rglob("*") if path.is_file()] == []
    marker = export[200:260]
    assert not [path for path in tmp_path.glob("*.*") if path.is_file() and marker in path.read_bytes()]
