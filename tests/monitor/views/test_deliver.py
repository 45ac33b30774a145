"""The page Aanleveren and its model: what is expected, what came in, what is late, and the door to the intake."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from monitor.access.permissions import Page
from monitor.access.roles import AccessDenied, parse_role
from monitor.catalogue.expected import DELIVERY, NOW, load_expected, supplier_kind, suppliers
from monitor.locale import DUTCH, ENGLISH
from monitor.narrative.deliveries import own_reminders, reminders
from monitor.reception import Received, came_in, hand_in, template_for
from monitor.release.confirm import mark_demonstration
from monitor.shell import SCRIPT
from monitor.store.engine import URL_SETTING, open_engine
from monitor.store.migrations import upgrade
from monitor.views.deliveries import State, deliveries
from tests.monitor.deliveries import make_delivery, make_parties
from tests.monitor.intake.workbooks import VALID, filled

JVV, STEWARD = parse_role("institution-JVV"), parse_role("steward")


@pytest.fixture(scope="module")
def parties(tmp_path_factory):
    return make_parties(tmp_path_factory.mktemp("keys"), "JVV", "VTGZ")


@pytest.fixture
def store(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    upgrade(engine)
    mark_demonstration(engine, datetime(2026, 11, 2, tzinfo=UTC))
    yield engine
    engine.dispose()


@pytest.fixture
def open_page(store, parties, monkeypatch):
    monkeypatch.setenv(URL_SETTING, str(store.url))
    monkeypatch.setenv("VERBETERMONITOR_KEYS", str(parties.folder))

    def run(**query: str) -> AppTest:
        app = AppTest.from_file(str(SCRIPT), default_timeout=30)
        app.query_params.update(query)
        app._page_hash = calc_hash(Page.DELIVER)
        return app.run()

    return run


def words(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def received(supplier: str, template: str | None = None, current: bool = True, **of: object) -> Received:
    moment = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
    return Received(supplier, template, of.get("until"), of.get("period"), moment, current, ())


# --- what is expected, and when -------------------------------------------------------------------------------


def states(came_in, today, supplier="institution-JVV"):
    model = deliveries(parse_role(supplier), came_in, today)
    return {one.what: (one.period, one.state) for one in model.expected}


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 9, 30), ("2026Q2", State.LATE)),  # the last day itself is not over
        (date(2026, 10, 1), ("2026Q3", State.AWAITED)),
        (date(2026, 10, 21), ("2026Q3", State.AWAITED)),  # 21 days after 30 September
        (date(2026, 10, 22), ("2026Q3", State.LATE)),
        (date(2027, 1, 1), ("2026Q4", State.AWAITED)),
    ],
)
def test_a_delivery_is_late_after_its_last_day(today, expected):
    assert states([], today)[DELIVERY] == expected


@pytest.mark.parametrize(
    ("one", "state"),
    [
        (received("JVV", until=date(2026, 9, 30)), State.IN),
        (received("JVV", until=date(2026, 10, 15)), State.IN),
        (received("JVV", until=date(2026, 9, 29)), State.LATE),  # does not reach the end of the quarter
        (received("WSS", until=date(2026, 9, 30)), State.LATE),  # another's
        (received("JVV", until=date(2026, 9, 30), current=False), State.LATE),
        (received("JVV", "waiting_lists", period="2026Q3"), State.LATE),  # something else
    ],
)
def test_what_answers_to_a_delivery(one, state):
    assert states([one], date(2026, 11, 24))[DELIVERY] == ("2026Q3", state)


@pytest.mark.parametrize(("period", "state"), [("2026Q3", State.IN), ("2026Q2", State.LATE)])
def test_a_spreadsheet_answers_to_its_own_period(period, state):
    one = received("JVV", "waiting_lists", period=period)
    assert states([one], date(2026, 11, 24))["waiting_lists"] == ("2026Q3", state)


def test_a_yearly_one_is_expected_after_the_year():
    assert states([], date(2026, 12, 31))["joy_in_work"] == ("2025", State.LATE)
    assert states([], date(2027, 1, 1))["joy_in_work"] == ("2026", State.AWAITED)
    assert states([], date(2027, 3, 2))["joy_in_work"] == ("2026", State.LATE)  # 60 days after 31 December is 1 March


@pytest.mark.parametrize(
    ("stated", "today", "state", "due"),
    [
        (date(2026, 9, 20), date(2026, 10, 20), State.IN, date(2026, 10, 20)),  # 30 days after the oldest statement
        (date(2026, 9, 20), date(2026, 10, 21), State.RENEW, date(2026, 10, 20)),
        (None, date(2026, 11, 4), State.IN, date(2026, 11, 4)),  # without one, 30 days after it came in
        (None, date(2026, 11, 5), State.RENEW, date(2026, 11, 4)),
    ],
)
def test_what_is_standing_is_asked_for_again(stated, today, state, due):
    one = replace(received("JZ32", "places", period=NOW), as_of=stated)
    (expected,) = (
        one for one in deliveries(parse_role("quartermaster-JZ32"), [one], today).expected if one.what == "places"
    )
    assert (expected.period, expected.state, expected.due) == (NOW, state, due)


def test_what_never_came_in_is_awaited_and_never_late():
    assert states([], date(2030, 1, 1), "quartermaster-JZ32")["places"] == (NOW, State.AWAITED)


def test_everyone_is_asked_what_is_theirs():
    today = date(2026, 11, 24)
    both = {"time_sample", "joy_in_work", "burden", "contacts"}
    assert set(states([], today)) == {DELIVERY, "contract_results", "waiting_lists", *both}
    assert set(states([], today, "institution-RVDK")) == {DELIVERY, "contacts", "burden"}
    of_regions = {"places", "help_outcomes", "help_requests", "routes", "room"}
    assert set(states([], today, "quartermaster-JZ32")) == {*of_regions, *both}
    assert states([], today, "board") == {}
    seen = {one.supplier for one in deliveries(STEWARD, [], today).expected}
    assert seen == set(suppliers())


def test_every_term_has_its_reason_in_both_languages():
    for term in load_expected().terms.values():
        assert 0 < term.due_days <= (366 if term.is_standing else 60 + 365)  # families are followed for a year
        assert term.nl.why
        assert term.en.why
        assert {supplier_kind(one) for one in suppliers()} >= set(term.suppliers)


def test_reminders_say_what_of_whom_and_since_when():
    late = deliveries(STEWARD, [], date(2026, 11, 24)).late
    said = dict(reminders(late, DUTCH))
    assert said["Wachtlijsten"] == (
        "3e kwartaal 2026 werd uiterlijk 21 oktober 2026 verwacht en is niet binnen van Jeugdbescherming Gelderland, "
        "William Schrikker Stichting, Leger des Heils Jeugdbescherming & Reclassering en Jeugd Veilig Verder."
    )
    own = dict(own_reminders(deliveries(JVV, [], date(2026, 11, 24)).late, ENGLISH))
    assert own["Joy in work"] == "2025 was expected by 1 March 2026 and has not come in."


# --- the door to the intake -----------------------------------------------------------------------------------


def test_a_board_member_and_a_steward_hand_nothing_in(store, parties):
    for role in (parse_role("board"), STEWARD):
        with pytest.raises(AccessDenied):
            hand_in(store, role, role.code, [("w.xlsx", filled("waiting_lists"))], parties.folder, DUTCH)
    assert came_in(store, STEWARD) == []


def test_each_sees_what_it_sent_and_the_steward_that_it_came(store, parties):
    files = [("w.xlsx", filled("waiting_lists"))]
    answers = hand_in(store, JVV, JVV.code, files, parties.folder, DUTCH)
    assert [(one.name, one.outcome, one.loaded) for one in answers.answers] == [("w.xlsx", "Aangenomen.", True)]
    assert [one.template for one in came_in(store, JVV)] == ["waiting_lists"]
    assert [one.supplier for one in came_in(store, STEWARD)] == ["JVV"]
    for other in ("institution-WSS", "quartermaster-JZ12", "board"):
        assert came_in(store, parse_role(other)) == []
    # What comes back through the door has no field for a figure.
    assert set(vars(came_in(store, STEWARD)[0])) == {
        "supplier",
        "template",
        "until",
        "period",
        "received_at",
        "current",
        "warnings",
        "as_of",
    }


def test_a_store_that_is_not_there_yet_has_received_nothing(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    assert came_in(engine, STEWARD) == []
    engine.dispose()


def test_a_template_is_made_out_to_who_asks(store, parties):
    """Filled in as it comes, with its own name and regions, it is accepted."""
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(template_for(JVV, "waiting_lists", date(2026, 11, 24))))
    assert book["Invullen"]["B2"].value == "Jeugd Veilig Verder"
    regions = [cell.value for cell in book["Lijsten"]["C"] if cell.value]
    assert regions == ["Regio", "Noord-Veluwe", "Food Valley"]


# --- the page -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "title"),
    [
        ("institution-JVV", "Aanleveren"),
        ("quartermaster-JZ32", "Aanleveren"),
        ("steward", "Wie wat aanleverde"),
    ],
)
def test_the_page_opens_for_who_delivers_or_receives(open_page, role, title):
    app = open_page(role=role)
    assert not app.exception
    assert app.title[0].value == title


@pytest.mark.parametrize("role", ["steward", "board"])
def test_who_does_not_deliver_has_no_place_to_drop_a_file(open_page, role):
    app = open_page(role=role)
    assert not app.exception
    assert len(app.file_uploader) == 0


def test_a_filled_in_template_is_answered_at_once(open_page, store):
    app = open_page(role="institution-JVV")
    app.file_uploader[0].upload("lijst.xlsx", filled("waiting_lists"), "application/octet-stream")
    app.button[0].click().run()
    assert not app.exception
    assert "Aangenomen." in words(app)
    assert "3e kwartaal 2023" in words(app)  # in the history below it
    assert [one.template for one in came_in(store, JVV)] == ["waiting_lists"]


def test_what_is_wrong_is_shown_with_its_place_and_nothing_is_stored(open_page, store):
    app = open_page(role="institution-JVV")
    rows = [*VALID["waiting_lists"][2][:3], ("Food Valley", "Voogdij", "Wachtlijst", "<b>Jan</b>", None)]
    app.file_uploader[0].upload("lijst.xlsx", filled("waiting_lists", rows), "application/octet-stream")
    app.button[0].click().run()
    said = words(app)
    assert "rij 9, kolom &#x27;Jeugdigen op de laatste dag&#x27;" in said
    assert "er staat geen getal" in said
    assert "Jan" not in said
    assert came_in(store, JVV) == []
    # Another who looks in the same window sees nothing of it.
    app.query_params["role"] = "institution-VTGZ"
    app.selectbox(key="role").select("institution-VTGZ").run()
    assert "er staat geen getal" not in words(app)


def test_a_delivery_of_another_is_refused_on_the_page(open_page, store, parties, tmp_path):
    content = parties.seal(make_delivery("VTGZ"), tmp_path / "vtgz.zip").read_bytes()
    app = open_page(role="institution-JVV", lang="en")
    app.file_uploader[0].upload("vtgz.zip", content, "application/zip")
    app.button[0].click().run()
    assert "the supplier is another than you are signed in as" in words(app)
    assert came_in(store, STEWARD) == []


def test_handing_in_nothing_is_answered_too(open_page):
    app = open_page(role="institution-JVV")
    app.button[0].click().run()
    assert not app.exception
    assert "Kies eerst een bestand." in words(app)


def test_a_store_of_an_older_version_is_brought_up_to_receive(parties, tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'new.db'}")
    hand_in(engine, JVV, JVV.code, [("w.xlsx", filled("waiting_lists"))], parties.folder, DUTCH)
    assert [one.supplier for one in came_in(engine, STEWARD)] == ["JVV"]
    engine.dispose()


def test_without_the_keys_of_the_steward_the_page_says_so(open_page, monkeypatch, tmp_path):
    monkeypatch.setenv("VERBETERMONITOR_KEYS", str(tmp_path / "none"))
    app = open_page(role="institution-JVV")
    app.file_uploader[0].upload("lijst.xlsx", filled("waiting_lists"), "application/octet-stream")
    app.button[0].click().run()
    assert not app.exception
    assert "steward.age" in words(app)
