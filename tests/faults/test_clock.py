"""A clock that jumps: what hangs on it shuts rather than opens, and what must be in order does not hang on it."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.access import grants, trail
from monitor.access.gate import NoGrant, admit
from monitor.access.roles import Role, RoleKind
from monitor.access.sign_in import Identity, NotSignedIn, Settings, identify
from monitor.access.trail import Act
from monitor.release.confirm import confirm
from monitor.store.engine import writing
from monitor.views.reading import visible_releases
from tests.monitor.access.signing import SETTINGS, claims
from tests.monitor.release.cases import Case, deliver, make

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
A_YEAR = timedelta(days=366)


@pytest.mark.parametrize(("jump", "message"), [(A_YEAR, "te lang geleden"), (-A_YEAR, "tijdstip")])
def test_a_sign_in_holds_on_neither_side_of_a_jump(jump, message):
    settings = Settings.model_validate(SETTINGS)
    assert identify(claims(at=NOW), settings, NOW)
    with pytest.raises(NotSignedIn, match=message):
        identify(claims(at=NOW), settings, NOW + jump)


def test_a_grant_ends_by_the_clock_of_the_server_and_one_that_was_withdrawn_does_not_come_back(engine):
    board, who = Role(RoleKind.BOARD), "ans@wss.example"
    until, why = NOW.date() + timedelta(days=30), "Werkt mee aan de kwartaalbespreking"
    given = grants.give(engine, who, board, why, until, "beheer@regio.example", NOW)
    ans = Identity(who, NOW)
    with engine.connect() as connection:
        assert admit(connection, ans, None, NOW.date()).role == board
        with pytest.raises(NoGrant):
            admit(connection, ans, None, (NOW + A_YEAR).date())
        assert admit(connection, ans, None, (NOW - A_YEAR).date()).role == board
    grants.withdraw(engine, given.number, why, "beheer@regio.example", NOW)
    with engine.connect() as connection, pytest.raises(NoGrant):
        admit(connection, ans, None, (NOW - A_YEAR).date())


def test_a_trail_whose_clock_went_back_is_whole_and_in_the_order_in_which_things_were_done(engine):
    moments = [NOW, NOW + A_YEAR, NOW - A_YEAR, NOW + timedelta(minutes=1)]
    for number, at in enumerate(moments):
        with writing(engine) as connection:
            trail.write(connection, Act.LOAD, "ans@jbgld.example", f"on {number}", at)
    with engine.connect() as connection:
        assert trail.verify(connection) == []
        lines = trail.read(connection)
    assert sorted((line.number, line.at) for line in lines) == list(enumerate(moments, 1))


def test_the_newest_release_is_the_last_of_its_line_whatever_the_clock_said(engine):
    with engine.begin() as connection:
        deliver(connection, "JVV", [Case(1), Case(2)])
    for label, at in (("2021Q4", NOW + A_YEAR), ("2022Q1", NOW)):
        make(engine, label, made_at=at)
        confirm(engine, label, "Bert", at)
    assert [one.label for one in visible_releases(engine)] == ["2022Q1", "2021Q4"]
