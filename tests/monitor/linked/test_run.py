"""A run counts what waits and erases it: as a whole, with a trace, and never twice."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, make_url, select

from monitor.access.trail import verify
from monitor.intake.linked import check, receive
from monitor.linked import run as running
from monitor.linked.run import make_run
from monitor.release.cell import MissingReason
from monitor.release.compute import axes_of, presence, presence_of_roads, read_clock, read_linked
from monitor.release.retain import DueEvents, retain
from monitor.store.access import trail
from monitor.store.engine import writing
from monitor.store.linked import count_waiting, linked_files, linked_runs, newest_run, read_events
from pseudonymise.agreement import load_agreement
from pseudonymise.errors import UserError
from tests.monitor.linked.chain import UNTIL, Child, events_of, file_of

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
TODAY = NOW.date()
MARCH = date(2024, 3, 4)
CHAIN = [
    *(Child(n, {"VTGM": (MARCH, "JZ28")}, [("WSS", MARCH + timedelta(days=10 * n))]) for n in range(1, 31)),
    *(Child(n, {"VTGM": (MARCH, "JZ28")}) for n in range(31, 61)),
    Child(0, {"VTGM": (MARCH, "JZ28")}),
    Child(61, {}, [("JBGLD", MARCH)]),
]


def send(
    engine: Engine, chain: Iterable[Child], *, at: datetime = NOW, only: Iterable[str] | None = None, copy: int = 0
) -> None:
    with writing(engine) as connection:
        for code, frame in events_of(chain).items():
            if only is None or code in only:
                assert receive(connection, file_of(code, frame, copy=copy), "beheerder", at)


def test_a_run_counts_and_erases_in_one_go(engine: Engine) -> None:
    send(engine, CHAIN)
    with engine.connect() as connection:
        assert count_waiting(connection) == 92
    made = make_run(engine, "beheerder", NOW)
    assert (made.period, made.erased, made.absent) == ("2026Q3", 92, ())
    assert made.followed_until == UNTIL - timedelta(days=load_agreement().follow_up.registration_delay_days)
    assert made.tally == {
        "roads": 61,
        "reached": 30,
        "open": 30,
        "undated": 0,
        "no_number": 1,
        "not_followed": 0,
        "helped_before": 0,
        "help_without_report": 1,
        "help_without_number": 0,
    }
    with engine.connect() as connection:
        assert count_waiting(connection) == 0
        files = connection.execute(select(linked_files)).all()
        assert {(one.erased_by, one.erased_why) for one in files} == {("beheerder", "counted")}
        assert all(one.erased_at is not None for one in files)
        acts = connection.execute(select(trail.c.act, trail.c.about).order_by(trail.c.number)).tuples().all()
        verify(connection)
    assert acts[0] == ("link", "2026Q3")
    assert sorted(acts[1:]) == [("erase", f"{code} 2026Q3 gekoppeld") for code in sorted(made.files)]


def test_no_pseudonym_is_left_in_the_file_of_the_store(tmp_path: Path, engine: Engine) -> None:
    """SQLite overwrites what it erases; PostgreSQL keeps a pool of files, of which `retain` tells in the docs."""
    if engine.dialect.name != "sqlite":
        return
    send(engine, CHAIN)
    sent = {value for frame in events_of(CHAIN).values() for value in frame["pseudonym"] if value}
    file = Path(str(make_url(engine.url).database))
    make_run(engine, "beheerder", NOW)
    left = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert sent
    assert not any(value.encode() in left for value in sent)


def test_a_run_that_fails_leaves_every_row_and_no_count(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    send(engine, CHAIN)

    def fail(*_: object) -> int:
        raise RuntimeError("halfway")

    monkeypatch.setattr(running, "erase_events", fail)
    with pytest.raises(RuntimeError, match="halfway"):
        make_run(engine, "beheerder", NOW)
    with engine.connect() as connection:
        assert count_waiting(connection) == 92
        assert newest_run(connection) is None
        assert connection.scalar(select(func.count()).select_from(trail)) == 0


def test_without_anything_waiting_there_is_no_run(engine: Engine) -> None:
    with pytest.raises(UserError, match="Er wachten geen gekoppelde gebeurtenissen"):
        make_run(engine, "beheerder", NOW)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key_version": 2}, r"versies van de sleutel van het pseudoniem \(1, 2\)"),
        ({"offset_version": 2}, r"versies van de sleutel van de verschuiving \(1, 2\)"),
        ({"until": date(2026, 12, 31)}, r"verschillende kwartalen \(2026Q3, 2026Q4\)"),
    ],
)
def test_what_does_not_belong_together_is_not_laid_together(
    engine: Engine, change: dict[str, int | date], message: str
) -> None:
    frames = events_of(CHAIN)
    send(engine, CHAIN, only=["VTGM"])
    with writing(engine) as connection:
        receive(connection, file_of("WSS", frames["WSS"], **change), "beheerder", NOW)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=message):
        make_run(engine, "beheerder", NOW)
    with engine.connect() as connection:
        assert count_waiting(connection) == 91


def test_a_newer_run_takes_the_place_of_the_counts_and_keeps_the_line(engine: Engine) -> None:
    for copy, chain in enumerate((CHAIN, CHAIN[:40])):
        send(engine, chain, copy=copy)
        make_run(engine, "beheerder", NOW)
    axes = axes_of("vt", ("2024Q1",))
    with engine.connect() as connection:
        assert read_clock(connection, axes, load_agreement().clock("roads")).cases.sum() == 40
        assert connection.scalar(select(func.count()).select_from(linked_runs)) == 2


def test_where_one_party_sent_nothing_there_is_no_figure(engine: Engine) -> None:
    """Without JVV its two regions have none; without a run, or before the agreement links, nobody has."""
    axes = axes_of("vt", ("2023Q4", "2024Q1"))
    here = presence(axes, {})
    ((reason, where),) = presence_of_roads(axes, here, None).besides
    assert (reason, where.sum()) == (MissingReason.NEEDS_LINKAGE, here.active.sum())
    send(engine, CHAIN, only=["VTGM", "VTGZ", "VTNOG", "JBGLD", "WSS", "LDH"])
    made = make_run(engine, "beheerder", NOW)
    assert made.absent == ("JVV",)
    with engine.connect() as connection:
        roads = presence_of_roads(axes, here, read_linked(connection))
    lacking = roads.undelivered[:, :, 0, 1].any(axis=0)
    assert {region for region, lacks in zip(axes.regions, lacking, strict=True) if lacks} == {"JZ12", "JZ21"}
    early, before = (where for _, where in roads.besides)
    assert before[:, :, 0, 0].sum() == here.active[:, :, 0, 0].sum()
    assert not before[:, :, 0, 1].any()
    assert not early.any()


def test_a_quarter_that_is_not_over_for_everybody_has_no_figure_yet(engine: Engine) -> None:
    """Not "few": the events of the last fortnight of the quarter may not be entered yet."""
    send(engine, CHAIN)
    made = make_run(engine, "beheerder", NOW)
    assert made.followed_until < UNTIL
    axes = axes_of("vt", ("2026Q2", "2026Q3"))
    with engine.connect() as connection:
        roads = presence_of_roads(axes, presence(axes, {}), read_linked(connection))
    reason, early = roads.besides[0]
    assert reason is MissingReason.UNDETERMINABLE
    assert early[:, :, 0, 1].sum() == roads.active[:, :, 0, 1].sum()
    assert not early[:, :, 0, 0].any()


def test_events_are_erased_when_their_term_is_over_though_nobody_counted_them(engine: Engine) -> None:
    send(engine, CHAIN, only=["VTGM"], at=NOW - timedelta(days=31))
    send(engine, CHAIN, only=["WSS"], at=NOW - timedelta(days=30))
    assert [one for one in retain(engine, "beheerder", NOW) if isinstance(one, DueEvents)] == [
        DueEvents("VTGM", "2026Q3", 1, TODAY)
    ]
    with engine.connect() as connection:
        assert count_waiting(connection) == 30
        why = connection.execute(select(linked_files.c.institution, linked_files.c.erased_why)).tuples().all()
    assert dict(why) == {"VTGM": "expired", "WSS": None}


def refusals(engine: Engine, code: str, today: date = TODAY, **changes: object) -> list[str]:
    with engine.connect() as connection:
        file = file_of(code, events_of(CHAIN)[code], **changes)  # type: ignore[arg-type]
        return [finding.rule.code for finding in check(connection, file, today)]


def test_what_was_counted_does_not_count_again(engine: Engine) -> None:
    send(engine, CHAIN)
    assert refusals(engine, "VTGM") == []  # it waits: the same again changes nothing
    make_run(engine, "beheerder", NOW)
    assert refusals(engine, "VTGM") == ["linked_replayed"]


def test_of_another_period_an_old_key_or_after_the_term_is_refused(engine: Engine) -> None:
    with writing(engine) as connection:
        frame = events_of(CHAIN)["WSS"]
        receive(connection, file_of("WSS", frame, key_version=2, offset_version=3), "beheerder", NOW)
    assert refusals(engine, "VTGM", key_version=2, offset_version=3) == []
    assert refusals(engine, "VTGM", key_version=1, offset_version=3) == ["linked_old_key"]
    assert refusals(engine, "VTGM", key_version=2, offset_version=2) == ["linked_old_key"]
    assert refusals(engine, "VTGM", key_version=2, offset_version=3, until=date(2026, 6, 30)) == ["linked_other_period"]
    assert refusals(engine, "WSS", key_version=2, offset_version=3, until=date(2026, 9, 29)) == ["linked_other_period"]
    after = date(2028, 1, 1)
    assert refusals(engine, "VTGM", after, key_version=2, offset_version=3) == ["linked_term_over"]


def test_a_better_file_takes_the_place_of_the_one_that_waits(engine: Engine) -> None:
    send(engine, CHAIN)
    send(engine, CHAIN[:5], only=["VTGM"])
    with engine.connect() as connection:
        waiting = {one.institution: one.id for one in connection.execute(select(linked_files)) if not one.erased_at}
        assert len(read_events(connection, waiting["VTGM"])) == 5
        superseded = [one for one in connection.execute(select(linked_files)) if one.erased_why == "superseded"]
    assert [one.institution for one in superseded] == ["VTGM"]
