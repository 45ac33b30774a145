"""The page Toegang: the steward gives and withdraws, the auditor reads what was done; and what leaves a line."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor import entrance
from monitor.access import desk, gate, trail
from monitor.access.permissions import Page
from monitor.access.roles import AccessDenied, parse_role
from monitor.access.sign_in import SESSION, Identity, NotSignedIn
from monitor.access.trail import Act
from monitor.store.engine import writing
from pages.access import USUAL_TERM
from tests.monitor.access.signing import claims
from tests.monitor.access.test_gate import WHO, WHY, cells_url, give, open_page, store, words

__all__ = ["cells_url", "store"]

STEWARD, AUDITOR = "steward@regio.example", "toezicht@regio.example"


def lines(engine) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        assert trail.verify(connection) == []
        return [(line.act, line.who, line.about) for line in trail.read(connection)]


def visits(engine) -> list[tuple[str, str, str]]:
    return [line for line in lines(engine) if trail.CHAIN[Act(line[0])] == trail.VISITS]


def visitor(role="institution-WSS", ago=timedelta(0)) -> gate.Visitor:
    held = parse_role(role)
    return gate.Visitor(WHO, held, (held,), Identity(WHO, datetime.now(UTC) - ago))


def fill_in(app, who=WHO, role="institution-WSS", reason=WHY):
    app.text_input[0].input(who)
    app.selectbox[0].select(role)
    app.text_input[1].input(reason)
    return next(button for button in app.button if button.label == "Toekennen").click().run()


def test_the_steward_gives_a_role_and_takes_it_back(store):
    give(store, "steward", STEWARD)
    app = open_page(Page.ACCESS, claims(STEWARD))
    assert not app.exception
    fill_in(app)
    assert "ans@wss.example heeft de rol Analist, William Schrikker Stichting" in words(app)
    assert open_page(Page.INSTITUTION, claims()).title[0].value == "William Schrikker Stichting"

    app.selectbox[1].select(2)
    app.text_input[2].input("Werkt er niet meer sinds gisteren")
    next(button for button in app.button if button.label == "Intrekken").click().run()
    assert "ans@wss.example heeft deze rol niet meer." in words(app)
    assert open_page(Page.INSTITUTION, claims()).title[0].value == "Nog geen toegang"
    until = datetime.now(UTC).date() + USUAL_TERM
    assert [line for line in lines(store) if line[1] == STEWARD and line[0].startswith("grant")] == [
        ("grant", STEWARD, f"ans@wss.example institution-WSS {until}"),
        ("grant-end", STEWARD, "ans@wss.example institution-WSS"),
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"who": STEWARD}, "kent zichzelf een rol toe"),
        ({"who": "ans"}, "voor een e-mailadres"),
        ({"reason": "Vervangt Jan de Vries bij de bespreking"}, "--reason"),
    ],
)
def test_what_is_no_grant_is_said_and_leaves_nothing(store, changed, said):
    give(store, "steward", STEWARD)
    before = len(lines(store))
    app = fill_in(open_page(Page.ACCESS, claims(STEWARD)), **changed)
    assert said in words(app)
    assert [line for line in lines(store)[before:] if line[0] == "grant"] == []


def test_the_auditor_reads_all_that_was_done_and_gives_nothing(store):
    give(store, "auditor", AUDITOR)
    app = open_page(Page.ACCESS, claims(AUDITOR))
    assert not app.exception
    assert not app.text_input
    assert "Het logboek is heel" in words(app)
    assert "kende een rol toe" in words(app)
    assert "1826 dagen" in words(app)
    with writing(store) as connection:
        connection.exec_driver_sql("UPDATE trail SET who = 'bert@x.example' WHERE number = 1")
    app.run()
    assert "Het logboek is niet heel" in words(app)


@pytest.mark.parametrize("role", ["board", "institution-WSS", "quartermaster-JZ28", "auditor"])
def test_only_the_steward_gives_whatever_the_page_shows(store, role):
    now = datetime.now(UTC)
    with pytest.raises(AccessDenied, match="Alleen de beheerder"):
        desk.give(store, visitor(role), "bert@wss.example", "board", WHY, now.date(), now)
    given = give(store, "board")
    with pytest.raises(AccessDenied, match="Alleen de beheerder"):
        desk.withdraw(store, visitor(role), given.number, WHY, now)
    with pytest.raises(AccessDenied):
        desk.read_trail(store, visitor("steward"))
    assert [line[0] for line in lines(store)] == ["grant"]


def test_who_signs_in_and_what_they_look_at_stands_in_the_trail_once(store):
    give(store, "institution-WSS")
    signed_in = claims()
    for page in (Page.OVERVIEW, Page.INSTITUTION):  # two windows on one sign-in
        app = open_page(page, signed_in)
        app.run()
    moment = f"{datetime.fromtimestamp(signed_in['iat'], UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert visits(store) == [
        ("sign-in", WHO, moment),
        ("see", WHO, "2026Q3-provisional institution-WSS"),
        ("see", WHO, "2026Q3-provisional institution-WSS"),  # of the other window
    ]
    next(button for button in app.button if button.label == "Afmelden").click().run()
    assert visits(store)[-1] == ("sign-out", WHO, "institution-WSS")


def test_who_signs_in_without_a_role_stands_in_it_too(store):
    give(store, "board", STEWARD)
    open_page(Page.OVERVIEW, claims("gast@elders.example")).run()
    assert [line[:2] for line in visits(store)] == [("denied", "gast@elders.example")]


def test_what_is_taken_along_stands_in_the_trail_and_is_asked_for_anew(store):
    given = give(store, "institution-WSS")
    assert entrance.hand_over(store, visitor(), "board.pdf", lambda: b"made") == b"made"
    assert visits(store) == [("export", WHO, "board.pdf institution-WSS")]
    with pytest.raises(NotSignedIn):
        entrance.hand_over(store, visitor(ago=SESSION + timedelta(seconds=1)), "board.pdf", lambda: b"made")
    give(store, "board")
    desk.withdraw(store, visitor("steward"), given.number, "Werkt er niet meer sinds gisteren", datetime.now(UTC))
    with pytest.raises(AccessDenied, match="niet meer van u"):
        entrance.hand_over(store, visitor(), "board.pdf", lambda: b"made")
    assert len(visits(store)) == 1


def test_nothing_stands_in_it_of_a_demonstration(store, monkeypatch):
    monkeypatch.delenv("VERBETERMONITOR_SIGN_IN")
    open_page(Page.INSTITUTION, {}, role="institution-WSS")
    assert lines(store) == []
