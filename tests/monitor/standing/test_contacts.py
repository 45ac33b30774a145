"""Whom to call: teams with their addresses; and a person's name, on the screen until its last day and nowhere else."""

import zipfile
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import create_engine, select, text
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from monitor.access.permissions import Page
from monitor.access.roles import Role, RoleKind
from monitor.charts.contacts import teams_table
from monitor.charts.table import to_html
from monitor.cli import describe_retention
from monitor.intake.load import Offered, Refused, take_in
from monitor.intake.report import to_csv, to_text
from monitor.intake.report import to_html as receipt_to_html
from monitor.intake.sheets.read import read_sheet
from monitor.locale import DUTCH
from monitor.release.cell import ALL
from monitor.release.retain import DueNames, retain
from monitor.reports.write import write_all
from monitor.shell import SCRIPT
from monitor.store.access import trail
from monitor.store.engine import URL_SETTING, open_engine, writing
from monitor.store.standing import contacts
from monitor.views.contacts import whom_to_call
from monitor.views.reading import Reader, latest_release
from tests.monitor.cells_fixture import fill
from tests.monitor.deliveries import make_parties
from tests.monitor.intake.workbooks import CRISIS, STATED, VALID, filled
from tests.monitor.reports.reading import pages_of, presentation, shape_texts, sheets

PERSON = "Noor Voorbeeld"
NAME_OF = {"subject": ALL, "region": "JZ21"}
MOMENT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
UNTIL = date(2026, 11, 30)


@pytest.fixture(scope="module")
def parties(tmp_path_factory):
    return make_parties(tmp_path_factory.mktemp("keys"))


def send(engine, parties, rows=None):
    (receipt,) = take_in(engine, [Offered("contacten.xlsx", filled("contacts", rows))], parties.steward)
    return receipt


def stand(engine, **changes):
    row = {
        "supplier": "JVV",
        "received_at": MOMENT,
        "region": "JZ21",
        "subject": "crisis",
        "team": "Spoeddienst",
        "phone": "0318 000 000",
        "email": None,
        "reachable": "always",
        "person": PERSON,
        "person_until": UNTIL,
    }
    with writing(engine) as connection:
        connection.execute(contacts.insert().values(row | changes))


# --- a team ---------------------------------------------------------------------------------------------------


def test_teams_are_read_as_they_were_stated_by_region_and_subject(engine, parties):
    send(engine, parties)
    (team,) = whom_to_call(engine, STATED, **NAME_OF).teams
    assert (team.name, team.supplier, team.phone, team.email) == ("Spoeddienst", "JVV", None, "spoed@jvv.example")
    assert whom_to_call(engine, STATED, region="JZ12", subject="crisis").teams == ()
    assert [one.name for one in whom_to_call(engine, STATED, region="JZ12", subject="new_measure").teams] == [
        "Instroomteam"
    ]


@pytest.mark.parametrize(("days", "stale"), [(180, False), (181, True)])
def test_what_was_not_confirmed_for_long_fades_in_words_too(engine, days, stale):
    stand(engine)
    today = MOMENT.date() + timedelta(days=days)
    (team,) = whom_to_call(engine, today, **NAME_OF).teams
    assert (team.age_days, team.is_stale) == (days, stale)
    table = teams_table((team,), "JZ21", DUTCH)
    assert ("181 dagen oud: kijk na of het klopt" in table.rows[0][0].details) is stale
    assert "Jeugd Veilig Verder op 2 november 2026" in table.notes[0]


def test_a_number_can_be_dialled_and_a_mailbox_written_to(engine):
    stand(engine, email="spoed@jvv.example")
    html = to_html(teams_table(whom_to_call(engine, UNTIL, **NAME_OF).teams, "JZ21", DUTCH), DUTCH)
    assert 'href="tel:0318000000">0318 000 000</a>' in html
    assert 'href="mailto:spoed@jvv.example"' in html


def test_the_same_list_again_confirms_it(engine, parties):
    send(engine, parties)
    with writing(engine) as connection:
        connection.execute(contacts.update().values(received_at=MOMENT - timedelta(days=400)))
    assert whom_to_call(engine, STATED, **NAME_OF).teams[0].is_stale
    assert send(engine, parties).rows == {"contacts": 2}
    assert not whom_to_call(engine, STATED, **NAME_OF).teams[0].is_stale


# --- the name of a person -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("today", "shown"), [(UNTIL, True), (UNTIL + timedelta(days=1), False)])
def test_a_name_is_shown_up_to_its_last_day(engine, today, shown):
    stand(engine)
    found = whom_to_call(engine, today, **NAME_OF)
    assert [(one.person, one.until) for one in found.named] == ([(PERSON, UNTIL)] if shown else [])
    assert len(found.teams) == 1  # the team stays


def test_retain_erases_a_name_after_its_last_day_and_leaves_a_trace_without_it(engine):
    stand(engine)
    stand(engine, team="Instroomteam", person="Sam Verzonnen", person_until=UNTIL + timedelta(days=5))
    last = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    assert retain(engine, "Ans", last) == []
    due = retain(engine, "Ans", last + timedelta(hours=2))
    assert due == [DueNames("JVV", 1, date(2026, 12, 1))]
    with engine.connect() as connection:
        rows = connection.execute(select(contacts.c.team, contacts.c.person, contacts.c.phone)).all()
        (line,) = connection.execute(select(trail.c.about).where(trail.c.act == "erase")).scalars()
    assert sorted(map(tuple, rows)) == [
        ("Instroomteam", "Sam Verzonnen", "0318 000 000"),
        ("Spoeddienst", None, "0318 000 000"),
    ]
    assert line == "JVV namen 1"
    assert retain(engine, "Ans", last + timedelta(hours=3)) == []


@pytest.mark.parametrize(("erased", "words"), [(False, "te wissen"), (True, "gewist")])
def test_retain_says_of_whom_names_go_and_not_which(erased, words):
    said = describe_retention([DueNames("JVV", 2, date(2026, 12, 1))], erased=erased).splitlines()[0]
    assert said == (
        "JVV namen van personen bij wie te bellen (2): hun laatste dag is voorbij, de oudste sinds 01-12-2026; " + words
    )


def test_who_delivers_anew_without_the_name_takes_it_back_at_once(engine, parties):
    send(engine, parties)
    assert [one.person for one in whom_to_call(engine, STATED, **NAME_OF).named] == [PERSON]
    send(engine, parties, VALID["contacts"][2][:1])
    with engine.connect() as connection:
        assert connection.execute(select(contacts.c.person)).scalars().all() == [None]


@pytest.mark.parametrize(
    ("consent", "until", "accepted"),
    [
        ("Ja", STATED, True),
        ("Ja", STATED + timedelta(days=366), True),
        ("Ja", STATED + timedelta(days=367), False),
        ("Ja", STATED - timedelta(days=1), False),
        ("Ja", None, False),
        ("Nee", STATED, False),
        (None, STATED, False),
    ],
)
def test_a_name_comes_in_with_consent_and_a_last_day_within_a_year_only(engine, parties, consent, until, accepted):
    row = (*CRISIS, "Spoeddienst", None, "spoed@jvv.example", "Dag en nacht", PERSON, consent, until)
    if accepted:
        assert send(engine, parties, [row]).errors == []
        return
    with pytest.raises(Refused, match="name_without_consent") as caught:
        send(engine, parties, [row])
    assert PERSON not in str(caught.value)
    assert whom_to_call(engine, STATED, **NAME_OF).teams == ()


def test_the_checksum_that_stays_cannot_be_tried_against_a_name():
    rows = [(*VALID["contacts"][2][1][:6], name, "Ja", STATED) for name in (PERSON, "Iemand Anders")]
    first, second = (read_sheet(filled("contacts", [row]), STATED).sha256 for row in rows)
    assert first == second


# --- and nowhere else -----------------------------------------------------------------------------------------


@pytest.fixture
def with_a_name(tmp_path, parties):
    """A store with a release and, in two regions, teams with a person who can be asked for."""
    url = fill(tmp_path / "store.db")
    engine = create_engine(url)
    receipt = send(engine, parties)
    yield engine, receipt
    engine.dispose()


def texts_of(path):
    """Everything that a file says, by a program that did not write it; and its bytes, for what is not packed."""
    content = path.read_bytes()
    yield content.decode("latin-1")
    if path.suffix == ".pptx":
        yield from (
            words for slide in presentation(content).slides for one in slide.shapes for words in shape_texts(one)
        )
    elif path.suffix == ".pdf":
        yield from pages_of(content)
    elif path.suffix == ".xlsx":
        yield from (str(cell.value) for sheet in sheets(content) for row in sheet.iter_rows() for cell in row)
    if zipfile.is_zipfile(BytesIO(content)):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            yield from (archive.read(name).decode("latin-1") for name in archive.namelist())


@pytest.mark.parametrize(
    "role", [Role(RoleKind.BOARD), Role(RoleKind.QUARTERMASTER, "JZ21"), Role(RoleKind.INSTITUTION, "JVV")]
)
def test_a_name_is_in_no_file_of_any_page(with_a_name, tmp_path, role):
    engine, _ = with_a_name
    written = list(write_all(Reader(engine, latest_release(engine), role), role, DUTCH, tmp_path / "out"))
    assert len(written) >= 4
    said = [words for path in written for words in texts_of(path)]
    assert any("Verbetermonitor" in words or "verbetermonitor" in words for words in said)
    assert [words[:80] for words in said if "Voorbeeld" in words] == []


def test_a_name_is_in_no_receipt_and_in_no_line_that_stays(with_a_name):
    engine, receipt = with_a_name
    assert PERSON not in to_text(receipt, DUTCH) + receipt_to_html([receipt], DUTCH) + to_csv([receipt], DUTCH).decode()
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        where = {
            name
            for name in tables
            for row in connection.execute(text(f'SELECT * FROM "{name}"'))
            if any("Voorbeeld" in str(value) for value in row)
        }
    assert where == {"contacts"}


def test_a_name_is_in_no_error_of_the_store(with_a_name):
    """A statement that fails names no value that it was given."""
    engine, _ = with_a_name
    ours = open_engine(str(engine.url))
    with pytest.raises(Exception, match="hide_parameters") as caught, ours.begin() as connection:
        connection.execute(contacts.insert().values(supplier=None, person=PERSON))
    assert PERSON not in str(caught.value)
    ours.dispose()


@pytest.mark.parametrize("page", Page)
def test_a_name_is_on_one_page_beside_no_table_and_not_on_paper(with_a_name, monkeypatch, page):
    engine, _ = with_a_name
    monkeypatch.setenv(URL_SETTING, str(engine.url))
    app = AppTest.from_file(str(SCRIPT), default_timeout=60)
    app.query_params.update({"role": "quartermaster-JZ21", "region": "JZ21"})
    app._page_hash = calc_hash(page)
    app.run()
    assert not app.exception
    with_it = [one.proto.body for one in app.get("html") if PERSON in one.proto.body]
    assert len(with_it) == (page is Page.CONTACTS)
    assert all("vm-not-on-paper" in body and "<table" not in body for body in with_it)
