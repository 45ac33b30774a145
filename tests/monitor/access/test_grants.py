"""A role is given by another, for a reason, until a day; and ends by itself or at once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.access.grants import give, of, read, withdraw
from monitor.access.roles import Role, RoleKind
from monitor.access.trail import read as read_trail
from monitor.access.trail import verify
from pseudonymise.errors import UserError

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
LAST = date(2026, 12, 31)
WHY = "Werkt mee aan de kwartaalbespreking"
ANALYST, STEWARD = Role(RoleKind.INSTITUTION, "WSS"), Role(RoleKind.STEWARD)


def given(engine, who="ans@wss.example", role=ANALYST, reason=WHY, until=LAST, by="beheer@regio.example"):
    return give(engine, who, role, reason, until, by, NOW)


def roles(engine, who, today=TODAY):
    with engine.connect() as connection:
        return [one.role.code for one in of(connection, who, today)]


def test_a_grant_holds_until_its_last_day_and_for_its_holder_only(engine):
    given(engine, "Ans@WSS.example")
    assert roles(engine, "ans@wss.example", LAST) == ["institution-WSS"]
    assert roles(engine, "ans@wss.example", LAST + timedelta(days=1)) == []
    assert roles(engine, "bert@wss.example") == []


def test_a_withdrawn_grant_ends_at_once_and_stays_explained(engine):
    number = given(engine).number
    withdraw(engine, number, "Werkt er niet meer sinds gisteren", "beheer@regio.example", NOW)
    assert roles(engine, "ans@wss.example") == []
    with engine.connect() as connection:
        (kept,) = read(connection)
        lines = read_trail(connection)
        assert verify(connection) == []
    assert kept.withdrawn
    assert kept.reason == WHY
    assert [(line.act, line.who, line.about) for line in lines] == [
        ("grant", "beheer@regio.example", "ans@wss.example institution-WSS 2026-12-31"),
        ("grant-end", "beheer@regio.example", "ans@wss.example institution-WSS"),
    ]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_what_is_not_in_force_is_not_withdrawn(engine, number):
    withdraw(engine, given(engine).number, "Werkt er niet meer sinds gisteren", "beheer", NOW)
    with pytest.raises(UserError, match=f"geen lopende toekenning {number}"):
        withdraw(engine, number, "Werkt er niet meer sinds gisteren", "beheer", NOW)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"who": "ans"}, "voor een e-mailadres"),
        ({"who": "@wss.example"}, "voor een e-mailadres"),
        ({"who": ""}, "Zeg wie"),
        ({"by": ""}, "Zeg wie dit doet"),
        ({"by": "ANS@wss.example"}, "kent zichzelf een rol toe"),
        ({"reason": "mag"}, "ten minste 10 tekens"),
        ({"reason": "Vervangt Jan de Vries bij de bespreking"}, "--reason"),
        ({"until": TODAY - timedelta(days=1)}, "Kies een dag tot en met 03-11-2027"),
        ({"until": TODAY + timedelta(days=367)}, "Kies een dag tot en met 03-11-2027"),
    ],
)
def test_what_is_no_grant_is_refused_and_leaves_no_line(engine, changed, message):
    with pytest.raises(UserError, match=message):
        given(engine, **changed)
    with engine.connect() as connection:
        assert read(connection) == []
        assert read_trail(connection) == []


@pytest.mark.parametrize(("first", "second"), [(STEWARD, ANALYST), (ANALYST, STEWARD)])
def test_who_releases_sees_nobodys_own_figures_under_another_role_either(engine, first, second):
    given(engine, role=first)
    with pytest.raises(UserError, match="niet ook analist"):
        given(engine, role=second)
    assert roles(engine, "ans@wss.example") == [first.code]


def test_the_command_gives_lists_and_withdraws(run):
    last = datetime.now(UTC).date() + timedelta(days=30)
    words = ("ans@wss.example", "institution-WSS", "--reason", WHY, "--until", str(last), "--by", "beheer")
    assert "Niemand heeft een rol." in run("grant", "list")[1]
    status, output, _ = run("grant", "give", *words)
    assert status == 0
    assert f"ans@wss.example is institution-WSS tot en met {last:%d-%m-%Y}" in output
    assert f"door beheer: {WHY}" in run("grant", "list")[1]
    why = "Werkt er niet meer sinds gisteren"
    assert "is ingetrokken" in run("grant", "withdraw", "1", "--reason", why, "--by", "beheer")[1]
    assert "(ingetrokken)" in run("grant", "list", "--ended")[1]
    assert "Niemand heeft een rol." in run("grant", "list")[1]


@pytest.mark.parametrize("role", ["janitor", "institution-XXX"])
def test_the_command_knows_its_roles(run, role):
    words = ("ans@wss.example", role, "--reason", WHY, "--until", "2026-12-31", "--by", "beheer")
    status, _, errors = run("grant", "give", *words)
    assert status == 2
    assert "Deze rol bestaat niet" in errors
