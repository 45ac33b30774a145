"""Which release may be made now, and who makes and confirms it."""

from datetime import UTC, date, datetime
from threading import Event, Thread

import pytest
from sqlalchemy import func, select

from monitor.release.cell import ALL, SHARED, Cell, Missing, MissingReason, Statistic
from monitor.release.confirm import confirm, mark_demonstration, withdraw
from monitor.release.publish import read_line
from monitor.release.status import Erratum, Kind, Made, check_erratum, code_of, is_settled, next_kind
from monitor.store.engine import writing
from monitor.store.published import audits, cells, releases
from monitor.views.reading import latest_release, visible_releases
from pseudonymise.errors import UserError
from tests.monitor.release.cases import LABEL, NOW, Case, Withstood, deliver, make

PROVISIONAL, FINAL, ERRATUM = Kind
END, SETTLED = date(2026, 6, 30), date(2026, 9, 28)  # of 2026Q2: its last day, and 90 days later
REASON = "Er waren zaken dubbel geleverd"


def line(*codes, waiting=False):
    """Releases in a line; of the last, ``waiting`` says that it was not confirmed yet."""
    made = []
    for number, code in enumerate(codes, 1):
        label, kind = code.split("-")[:2]
        made.append(Made(number, code, label, Kind(kind), NOW, confirmed=not (waiting and number == len(codes))))
    return made


@pytest.mark.parametrize(
    ("made", "until", "asked", "expected"),
    [
        ([], END, None, PROVISIONAL),
        ([], SETTLED, None, FINAL),
        ([], SETTLED, PROVISIONAL, PROVISIONAL),
        (["2026Q2-provisional"], SETTLED, None, FINAL),
        (["2026Q2-provisional", "2026Q2-erratum-1"], SETTLED, None, FINAL),
        (["2026Q1-provisional"], END, None, PROVISIONAL),
        (["2026Q2-final"], SETTLED, ERRATUM, ERRATUM),
    ],
)
def test_the_deliveries_decide_the_kind(made, until, asked, expected):
    assert next_kind("2026Q2", line(*made), {"WSS": until, "LDH": SETTLED}, asked) is expected


@pytest.mark.parametrize(
    ("made", "until", "asked", "refusal"),
    [
        ([], None, None, "de opslag is leeg"),
        ([], date(2026, 6, 29), None, "de nieuwste loopt tot en met 29-06-2026"),
        ([], date(2026, 9, 27), FINAL, r"tot en met 28-09-2026 of later; die van WSS nog niet"),
        (["2026Q2-provisional"], END, None, "al uitgegeven als voorlopig.*tot en met 28-09-2026"),
        (["2026Q2-final"], SETTLED, None, "al uitgegeven als definitief.*--erratum"),
        (["2026Q2-provisional", "2026Q2-final"], SETTLED, PROVISIONAL, "al uitgegeven als definitief"),
        (["2026Q3-provisional"], SETTLED, None, "een eerder kwartaal komt daar niet meer na"),
        (["2026Q1-final"], SETTLED, ERRATUM, "de nieuwste uitgave is 2026Q1-final"),
        ([], SETTLED, ERRATUM, "er is nog geen uitgave"),
    ],
)
def test_a_release_that_cannot_be_made_now_is_refused(made, until, asked, refusal):
    with pytest.raises(UserError, match=refusal):
        next_kind("2026Q2", line(*made), {"WSS": until} if until else {}, asked)


def test_nothing_is_released_while_a_release_waits():
    with pytest.raises(UserError, match="2026Q1-final wacht nog op bevestiging"):
        next_kind("2026Q2", line("2026Q1-final", waiting=True), {"WSS": SETTLED}, None)


def test_errata_are_numbered():
    made = line("2026Q2-final", "2026Q2-erratum-1")
    assert code_of("2026Q2", ERRATUM, made) == "2026Q2-erratum-2"
    assert code_of("2026Q3", FINAL, made) == "2026Q3-final"


@pytest.mark.parametrize(
    ("erratum", "refusal"),
    [
        (Erratum(" kort    "), "heeft een reden"),
        (Erratum(REASON), "noemt wat opnieuw wordt berekend"),
        (Erratum(REASON, indicators=frozenset({"plans"})), "'plans' is geen indicator"),
        (Erratum(REASON, institutions=frozenset({"GGD"})), "'GGD' is geen instelling"),
        (Erratum(REASON, periods=frozenset({"2026Q5"})), "'2026Q5' is geen periode"),
    ],
)
def test_an_erratum_names_what_exists_and_why(erratum, refusal):
    with pytest.raises(UserError, match=refusal):
        check_erratum(erratum)


@pytest.mark.parametrize(
    ("region", "institution", "period", "expected"),
    [
        (ALL, "WSS", "2026Q2", True),
        (ALL, "LDH", "2026Q2", False),
        (ALL, "LDH", "2026Q1", True),
        (ALL, ALL, "2026Q2", False),  # as far as the shortest delivery behind it
        (ALL, "WSS", "2026", False),  # a year ends with its last quarter
        (ALL, "JBGLD", "2026Q1", False),  # not delivered
    ],
)
def test_a_count_is_final_when_every_delivery_behind_it_runs_far_enough(region, institution, period, expected):
    cell = Cell(SHARED, "gi_order", Statistic.COUNT, region, institution, ALL, period, Missing(MissingReason.NO_CASES))
    assert is_settled(cell, {"WSS": SETTLED, "LDH": END}) is expected


@pytest.fixture
def store(engine):
    """A store with one delivery, on either database."""
    with engine.begin() as connection:
        deliver(connection, "JVV", [Case(1), Case(2)])
    return engine


def test_a_release_is_seen_once_another_has_confirmed_it(store):
    code = make(store, by="Ans").code
    with pytest.raises(UserError, match="Er is nog geen uitgave"):
        latest_release(store)
    with pytest.raises(UserError, match="een ander moet die bevestigen"):
        confirm(store, LABEL, " ANS ", NOW)
    with pytest.raises(UserError, match="Zeg wie dit doet"):
        confirm(store, LABEL, " ", NOW)
    assert confirm(store, LABEL, "Bert", NOW) == code
    assert latest_release(store).code == code
    with pytest.raises(UserError, match="wacht geen uitgave op bevestiging"):
        confirm(store, LABEL, "Bert", NOW)
    with pytest.raises(UserError, match="wacht geen uitgave op bevestiging"):
        withdraw(store, LABEL, "Bert", NOW)
    make(store, erratum=Erratum(REASON, institutions=frozenset({"JVV"})))
    assert [release.code for release in visible_releases(store)] == [code]  # the newest waits
    with store.connect() as connection:
        who = connection.execute(select(releases.c.released_by, releases.c.confirmed_by).order_by(releases.c.id)).all()
    assert [tuple(row) for row in who] == [("Ans", "Bert"), ("Ans", None)]


def test_a_release_that_is_withdrawn_leaves_nothing(store):
    make(store)
    withdraw(store, LABEL, "Bert", NOW)
    with store.connect() as connection:
        left = [connection.scalar(select(func.count()).select_from(table)) for table in (releases, cells, audits)]
    assert left == [0, 0, 0]


def test_a_release_that_fell_to_its_attack_is_not_made(store):
    def fell(_connection, _release_id):
        return Withstood(passed=False, reasons=("region_quarter: plan",))

    with pytest.raises(UserError, match=r"2022Q1-provisional is niet uitgegeven.*\nregion_quarter: plan"):
        make(store, attack=fell)
    with store.connect() as connection:
        assert read_line(connection) == []


def test_a_release_without_an_audit_is_not_confirmed(store):
    make(store)
    with writing(store) as connection:
        connection.execute(audits.delete())
    with pytest.raises(UserError, match="heeft geen aanval doorstaan"):
        confirm(store, LABEL, "Bert", NOW)


def test_in_a_demonstration_one_may_do_both(engine):
    mark_demonstration(engine, NOW)
    mark_demonstration(engine, datetime(2026, 12, 1, tzinfo=UTC))
    with engine.begin() as connection:
        deliver(connection, "JVV", [])
    make(engine, by="Ans")
    confirm(engine, LABEL, "Ans", NOW)
    assert latest_release(engine).label == LABEL


def test_a_store_with_deliveries_does_not_become_a_demonstration(store):
    with pytest.raises(UserError, match="niet door de demonstratie gemaakt"):
        mark_demonstration(store, NOW)


def test_of_two_who_release_at_once_one_wins_and_a_load_meanwhile_is_left_out(store):
    begun, go_on = Event(), Event()
    errors = []

    def slowly(batches):
        for number, batch in enumerate(batches):
            if number == 3:
                begun.set()
                assert go_on.wait(30)
            yield batch

    def release(**choices):
        try:
            make(store, **choices)
        except UserError as error:
            errors.append(str(error))

    first = Thread(target=release, kwargs={"progress": slowly})
    second = Thread(target=release, kwargs={"by": "Bert"})
    first.start()
    assert begun.wait(30)
    second.start()
    if store.dialect.name == "postgresql":
        second.join(30)  # is refused at once
        assert "wordt op dit moment al een uitgave gemaakt" in errors[0]
        with writing(store) as connection:  # and whoever loads goes on
            deliver(connection, "WSS", [Case(3)])
    go_on.set()
    first.join(30)
    second.join(30)
    assert len(errors) == 1
    with store.connect() as connection:
        assert [one.code for one in read_line(connection)] == ["2022Q1-provisional"]
        assert connection.scalar(select(releases.c.deliveries)) == {"JVV": "2022-03-31"}
        assert connection.scalar(select(releases.c.released_by)) == "Ans"
