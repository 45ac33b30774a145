"""Counts go when their term is over and no release needs them; what was delivered and erased stays known."""

import multiprocessing
import signal
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import typer
from sqlalchemy import Engine, func, select, update
from typer.testing import CliRunner

from monitor.catalogue import load_retention
from monitor.cli import describe_retention, register
from monitor.release.carry import CARRIED
from monitor.release.cell import SHARED
from monitor.release.confirm import confirm
from monitor.release.retain import DueSheet, Reason, find_due, retain
from monitor.store.counts import clock_counts, deliveries, erasures, key_sums
from monitor.store.deliveries import COUNTS, current_delivery, find_delivery, insert_delivery
from monitor.store.engine import writing
from monitor.store.published import cells
from monitor.store.sheets import FIGURES, insert_sheet, sheets
from pseudonymise.agreement import load_agreement
from pseudonymise.errors import UserError
from tests.monitor.deliveries import make_delivery
from tests.monitor.intake import dying
from tests.monitor.release.cases import NOW, Case, deliver, make, released

TERMS = load_retention()
SUPERSEDED, LAST = timedelta(days=TERMS.superseded_days), timedelta(days=TERMS.last_days)
DAY = timedelta(days=1)
CERTIFIED = [one.code for one in load_agreement().institutions if one.kind == "gi"]
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["pytest", "tests.monitor.intake.dying"])


def load(engine: Engine, received: Mapping[date, datetime], institution: str = "VTGZ") -> None:
    """Deliveries up to a day, received at a moment, in this order."""
    with writing(engine) as connection:
        for until, moment in received.items():
            insert_delivery(connection, make_delivery(institution, until=until, quarters=["2026Q1"]), moment)


def rows(engine: Engine) -> dict[int, int]:
    """Rows of counts by delivery."""
    with engine.connect() as connection:
        found: dict[int, int] = {}
        for table in COUNTS.values():
            query = select(table.c.delivery_id, func.count()).group_by(table.c.delivery_id)
            for number, count in connection.execute(query):
                found[number] = found.get(number, 0) + count
        return found


def due(engine: Engine, now: datetime) -> list[tuple[str, int, Reason, str | None]]:
    with engine.connect() as connection:
        return [(one.institution, one.delivery_id, one.reason, one.needed_for) for one in find_due(connection, now)]


MARCH, JUNE, SEPTEMBER = date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30)
LATER = NOW + 10 * DAY


@pytest.mark.parametrize(
    ("received", "since"),
    [
        ({MARCH: NOW, JUNE: LATER}, {1: LATER}),  # from when the newer came
        ({JUNE: NOW, MARCH: LATER}, {2: LATER}),  # an older one that comes later is superseded at once
        ({MARCH: NOW, JUNE: LATER, SEPTEMBER: LATER + DAY}, {1: LATER, 2: LATER + DAY}),
        ({MARCH: NOW}, {}),
    ],
)
def test_superseded_is_due_a_term_after_the_newer_came(
    engine: Engine, received: dict[date, datetime], since: dict[int, datetime]
) -> None:
    load(engine, received)
    for number, moment in since.items():
        one = ("VTGZ", number, Reason.SUPERSEDED, None)
        assert one not in due(engine, moment + SUPERSEDED - DAY)
        assert one in due(engine, moment + SUPERSEDED)
    assert len(due(engine, LATER + DAY + SUPERSEDED)) == len(since)


def test_erasing_takes_the_counts_and_leaves_the_line(engine: Engine) -> None:
    load(engine, {MARCH: NOW, JUNE: NOW})
    load(engine, {MARCH: NOW}, "RVDK")
    before = rows(engine)
    now = NOW + SUPERSEDED
    retain(engine, "Ans", now)
    with engine.connect() as connection:
        (trace,) = connection.execute(select(erasures)).all()
        line = find_delivery(connection, "VTGZ", make_delivery("VTGZ", until=MARCH, quarters=["2026Q1"]).payload_sha256)
        left = connection.execute(select(clock_counts.c.institution, clock_counts.c.delivery_id).distinct()).all()
        current = current_delivery(connection, "VTGZ")
    assert (trace.institution, trace.delivery_id, trace.erased_by, trace.reason) == ("VTGZ", 1, "Ans", "superseded")
    assert trace.erased_at.replace(tzinfo=UTC) == now
    expected = make_delivery("VTGZ", until=MARCH, quarters=["2026Q1"])
    assert trace.rows == {name: len(table) for name, table in expected.tables.items()}
    assert sum(trace.rows.values()) == sum(before.values()) - sum(rows(engine).values())
    assert line is not None  # so that it is known when it comes again
    assert line.manifest["missing_milestones"] == []
    assert not {"left_out", "rows_read", "rows_used", "registration_delays", "tables"} & set(line.manifest)
    assert sorted(tuple(row) for row in left) == [("RVDK", 1), ("VTGZ", 2)]
    assert current is not None
    assert current.until == JUNE


def test_erasing_again_changes_nothing(engine: Engine) -> None:
    load(engine, {MARCH: NOW, JUNE: NOW})
    now = NOW + SUPERSEDED
    assert [one.needed_for for one in retain(engine, "Ans", now)] == [None]
    before = rows(engine)
    assert retain(engine, "Bert", now + DAY) == []
    assert rows(engine) == before
    with engine.connect() as connection:
        assert connection.scalars(select(erasures.c.erased_by)).all() == ["Ans"]


@ONE_DATABASE
def test_release_after_erasing_what_was_superseded_is_the_same(engine: Engine) -> None:
    with writing(engine) as connection:
        deliver(connection, "JVV", [Case(1)], until=date(2021, 12, 31))
        deliver(connection, "JVV", [Case(1), Case(2)])
    expected = released(engine, "2021Q4").every
    retain(engine, "Ans", NOW + SUPERSEDED)
    assert rows(engine).keys() == {2}
    with writing(engine) as connection:
        connection.execute(cells.delete())
        connection.exec_driver_sql("DELETE FROM audits")
        connection.exec_driver_sql("DELETE FROM releases")
    assert released(engine, "2021Q4").every == expected


# --- the last delivery of an institution ------------------------------------------------------------------

EXPIRED = NOW + LAST


def one_for_each(engine: Engine, until: date, institutions: list[str] = CERTIFIED) -> None:
    with writing(engine) as connection:
        for code in institutions:
            deliver(connection, code, [Case(1)], until=until)


def needed(engine: Engine, now: datetime = EXPIRED) -> dict[str, str | None]:
    return {institution: reason for institution, _, _, reason in due(engine, now)}


@ONE_DATABASE
def test_last_delivery_stays_for_the_release_that_is_to_come(engine: Engine) -> None:
    with writing(engine) as connection:
        deliver(connection, "JVV", [Case(1)], until=date(2022, 3, 31))
    assert needed(engine, EXPIRED - DAY) == {}
    assert needed(engine) == {"JVV": "de eerste uitgave eruit"}
    make(engine, "2022Q1")
    assert needed(engine) == {"JVV": "2022Q1-provisional, die op bevestiging wacht"}
    confirm(engine, "2022Q1", "Bert", NOW)
    assert needed(engine) == {"JVV": None}  # of its own figures none can become more final than they are


@ONE_DATABASE
def test_last_delivery_stays_while_another_can_still_make_their_figures_final(engine: Engine) -> None:
    one_for_each(engine, date(2021, 12, 31))
    released(engine, "2021Q4")
    reason = needed(engine)["JVV"]
    assert reason is not None
    assert reason == "de definitieve cijfers over 2021, 2021Q4"
    assert [one.needed_for is None for one in retain(engine, "Ans", EXPIRED)] == [False] * 4
    assert len(rows(engine)) == 1  # number 1 of each of the four
    # The three others go on, and JVV does not: what it delivered has done its work.
    one_for_each(engine, date(2023, 3, 31), [code for code in CERTIFIED if code != "JVV"])
    released(engine, "2022Q4")
    assert needed(engine)["JVV"] is None


@ONE_DATABASE
def test_figures_stay_when_the_last_delivery_is_erased(engine: Engine) -> None:
    with writing(engine) as connection:
        deliver(connection, "JVV", [Case(number) for number in range(40)], until=date(2022, 3, 31))
        deliver(connection, "WSS", [Case(1)], until=date(2022, 3, 31))
    first = released(engine, "2021Q4").every
    before = [one for one in first if one.audience == SHARED and one.final and one.statistic in CARRIED]
    assert any(cell.institution == "JVV" for cell in before)
    with writing(engine) as connection:  # of the two, WSS delivers again
        deliver(connection, "WSS", [Case(1)], until=date(2022, 6, 30))
        connection.execute(update(deliveries).where(deliveries.c.id == 2).values(received_at=EXPIRED))
    released(engine, "2022Q1", made_at=EXPIRED)
    gone = [one.institution for one in retain(engine, "Ans", EXPIRED) if one.reason is Reason.EXPIRED]
    assert gone == ["JVV"]
    with engine.connect() as connection:
        assert current_delivery(connection, "JVV") is None
    after = released(engine, "2022Q2", made_at=EXPIRED).every
    assert [cell for cell in before if cell not in after] == []


# --- whole, and gone from the file ------------------------------------------------------------------------


def test_erasing_that_is_killed_leaves_all_or_has_erased_all(engine: Engine, database_url: str) -> None:
    load(engine, {MARCH: NOW, JUNE: NOW})
    load(engine, {MARCH: NOW, JUNE: NOW}, "RVDK")
    before, now, points = rows(engine), NOW + SUPERSEDED, 0
    while rows(engine) == before:
        points += 3  # every third point: each table of each delivery comes by
        process = processes.Process(target=dying.erase, args=(database_url, now, points))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL or rows(engine).keys() == {2}
    assert points > 15
    assert rows(engine).keys() == {2}
    assert due(engine, now) == []
    assert retain(engine, "Ans", now) == []


@ONE_DATABASE
def test_what_is_erased_is_gone_from_the_file(engine: Engine, database_url: str) -> None:
    load(engine, {MARCH: NOW, JUNE: NOW})
    with engine.connect() as connection:
        of = {
            number: connection.scalars(select(key_sums.c.key_sum).where(key_sums.c.delivery_id == number)).all()
            for number in (1, 2)
        }
    patterns = {number: [value.to_bytes(6, "big") for value in sums if value >= 2**31] for number, sums in of.items()}
    file = Path(database_url.removeprefix("sqlite:///"))

    def found(number: int) -> int:
        content = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
        return sum(pattern in content for pattern in patterns[number])

    assert (found(1), found(2)) == tuple(map(len, patterns.values()))
    retain(engine, "Ans", NOW + SUPERSEDED)
    assert (found(1), found(2)) == (0, len(patterns[2]))


# --- the command ------------------------------------------------------------------------------------------


@pytest.fixture
def command(database_url: str, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("VERBETERMONITOR_DATABASE_URL", database_url)
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return lambda *arguments: CliRunner().invoke(app, ["retain", *arguments])


LONG_AGO = datetime(2024, 1, 15, tzinfo=UTC)


@ONE_DATABASE
def test_command_shows_and_changes_nothing_until_told(engine: Engine, command) -> None:  # type: ignore[no-untyped-def]
    load(engine, {MARCH: LONG_AGO, JUNE: LONG_AGO})
    before = rows(engine)
    shown = command().stdout.splitlines()
    assert shown == [
        "VTGZ tot en met 30-06-2026, ontvangen 15-01-2024: de laatste, te lang geleden ontvangen, termijn voorbij "
        "sinds 14-01-2026; blijft: nodig voor de eerste uitgave eruit",
        "VTGZ tot en met 31-03-2026, ontvangen 15-01-2024: vervangen door een nieuwere, termijn voorbij sinds "
        "14-04-2024; te wissen",
        "Er is niets gewist. Herhaal met --yes om te wissen; dat is niet terug te draaien.",
    ]
    assert rows(engine) == before
    told = command("--yes", "--by", "Ans")
    assert told.exit_code == 0
    assert told.stdout.splitlines()[1].endswith("; gewist")
    assert rows(engine).keys() == {2}
    assert "; te wissen" not in command().stdout


@ONE_DATABASE
def test_command_erases_in_somebodys_name(engine: Engine, command) -> None:  # type: ignore[no-untyped-def]
    load(engine, {MARCH: LONG_AGO, JUNE: LONG_AGO})
    assert isinstance(command("--yes").exception, UserError)
    assert rows(engine).keys() == {1, 2}


@ONE_DATABASE
def test_command_with_nothing_to_do_says_so(engine: Engine, command) -> None:  # type: ignore[no-untyped-def]
    load(engine, {MARCH: datetime.now(UTC)})
    assert command().stdout == "Van geen aanlevering of spreadsheet is de bewaartermijn voorbij.\n"


def sheet(engine: Engine, number: int, received: datetime) -> None:
    values = {
        "supplier": "WSS",
        "template": "waiting_lists",
        "version": 1,
        "period": "2026Q1",
        "content_sha256": str(number),
        "warnings": [],
    }
    row = {"region": "JZ28", "measure_group": "ots", "list": "waiting", "youths": number, "mean_wait_days": None}
    with writing(engine) as connection:
        insert_sheet(connection, values, pd.DataFrame([row]), received)


def youths(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return sorted(connection.scalars(select(FIGURES["waiting_lists"].c.youths)))


def test_a_spreadsheet_goes_when_a_newer_one_took_its_place_long_enough_ago(engine: Engine) -> None:
    for number, moment in ((11, NOW), (12, NOW + DAY), (13, NOW + 9 * DAY)):
        sheet(engine, number, moment)
    assert retain(engine, "Ans", NOW + SUPERSEDED) == []
    assert youths(engine) == [11, 12, 13]
    (first,) = retain(engine, "Ans", NOW + DAY + SUPERSEDED)
    assert isinstance(first, DueSheet)
    assert (first.supplier, first.period, first.since) == ("WSS", "2026Q1", (NOW + DAY + SUPERSEDED).date())
    assert youths(engine) == [12, 13]
    retain(engine, "Ans", NOW + 9 * DAY + SUPERSEDED)
    retain(engine, "Ans", NOW + 9 * DAY + 10 * LAST)
    assert youths(engine) == [13]  # what counts for its period stays
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(sheets)) == 3  # the lines stay known
    assert (
        find_due_lines(engine, NOW + 9 * DAY + SUPERSEDED)
        == "Van geen aanlevering of spreadsheet is de bewaartermijn voorbij."
    )


def find_due_lines(engine: Engine, now: datetime) -> str:
    with engine.connect() as connection:
        return describe_retention(find_due(connection, now), erased=False)
