"""No free text stands outside the text guard: each place that could hold one is guarded, or says why not."""

import ast
import importlib
import pkgutil
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import JSON, String, Text

import monitor.store
from monitor import screen
from monitor.access import grants, policies
from monitor.access.roles import Role, RoleKind
from monitor.agenda.action import Action, Milestone, Owner, Status, Theme
from monitor.agenda.book import enter
from monitor.catalogue import TextLevels
from monitor.cli import make_release, rebase
from monitor.locale import DUTCH
from monitor.statistics.spc import Change
from monitor.store.schema import metadata
from pseudonymise.errors import UserError
from pseudonymise.text.beside import State

ROOT = Path(monitor.__path__[0]).parent
LONGEST_CODE = 100  # characters; a column of more could hold a sentence

# Columns that people write in, and the purpose in monitor/catalogue/texts.toml whose level guards them.
GUARDED = {
    "action_revisions.title": "agenda",
    "action_revisions.aim": "agenda",
    "action_revisions.note": "agenda",
    "action_revisions.milestones": "agenda",
    "baselines.why": "baseline_why",
    "grants.reason": "grant_reason",
    "notes.words": "note",
    "grants.withdrawn_why": "grant_reason",
    "releases.reason": "erratum_reason",
    "places.provider": "sheet",
    "contacts.team": "sheet",
}
# The one column for the name of a person: with consent, up to a day, and erased after it.
NAMED = {"contacts.person"}
# Columns that could hold a text, and that no person writes in.
NOT_TYPED = {
    "audits.result": "written by the attack: names of tables and figures",
    "deliveries.manifest": "of a delivery, whose codes the gate holds against level pattern",
    "delivery_warnings.warnings": "sentences of the program, about columns and codes",
    "erasures.rows": "numbers of rows, by table",
    "linked_runs.files": "codes and days",
    "linked_runs.tally": "numbers of roads, by what became of them",
    "action_revisions.owned": "words of the action itself that the guard stopped and the writer owned",
    "notes.owned": "words of the note itself that the guard stopped and the writer owned",
    "releases.changes": "codes and figures, by cell",
    "releases.deliveries": "codes and days",
    "releases.scope": "codes and periods, each of which must exist",
    "releases.sheets": "codes and days",
    "sheets.warnings": "sentences of the program, about columns and codes",
    "trail.about": "codes and days; of a grant also the address of the sign-in, which the grant itself holds",
}
# Where a person can type on a page. Each text of a form goes through the book or the desk, which guards it.
TYPED_ON = {
    "pages/access.py": ["text_input", "text_input", "text_input"],
    "pages/agenda.py": ["text_area", "text_area", "text_input", "text_input"],
    "pages/notes.py": ["text_area"],
}
TYPING = {"text_input", "text_area", "chat_input", "data_editor", "experimental_data_editor"}


def test_each_column_that_could_hold_a_text_is_guarded_or_not_typed():
    for module in pkgutil.iter_modules(monitor.store.__path__):
        if module.name != "migrations":
            importlib.import_module(f"monitor.store.{module.name}")
    could = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Text | JSON)
        or (isinstance(column.type, String) and (column.type.length or LONGEST_CODE + 1) > LONGEST_CODE)
    }
    assert could == GUARDED.keys() | NOT_TYPED.keys() | NAMED
    assert set(GUARDED.values()) == set(TextLevels.model_fields)


def test_people_type_only_where_the_guard_reads():
    found = {}
    for folder in ("pages", "monitor", "app.py"):
        for path in sorted((ROOT / folder).rglob("*.py")) or [ROOT / folder]:
            calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
            names = [call.func.attr for call in calls if isinstance(call.func, ast.Attribute)]
            if typing := sorted(name for name in names if name in TYPING):
                found[str(path.relative_to(ROOT))] = typing
    assert found == TYPED_ON


def test_the_guard_reads_every_text_of_an_action(engine):
    read = []

    def guard(text, _owned):
        read.append(text)
        return ()

    action = Action(
        region="JZ28",
        theme=Theme.PRACTICE,
        title="De titel",
        aim="Het doel",
        owner=Owner.QUARTERMASTER,
        start=date(2026, 10, 1),
        status=Status.RUNNING,
        step="worker_assigned",
        direction="higher",
        milestones=(Milestone(what="De eerste", due=date(2026, 12, 1)), Milestone(what="De tweede", due=date.max)),
        note="Wat nieuw is",
    )
    enter(engine, Role(RoleKind.QUARTERMASTER, "JZ28"), action, guard, datetime(2026, 11, 2, tzinfo=UTC))
    codes = {"region", "step", "direction"}  # of lists: one that is not in them is refused
    typed = {
        value for name, value in action if isinstance(value, str) and not isinstance(value, Enum) and name not in codes
    }
    assert set(read) == typed | {"De eerste", "De tweede"}


class Stopped(UserError):
    pass


def refuse(text, *_arguments, **_options):
    assert text == "Gesproken met iemand over de cijfers."
    raise Stopped("")


@pytest.mark.parametrize(
    "write",
    [
        lambda words: make_release("2026Q3", erratum=True, reason=words),
        lambda words: rebase("worker_assigned", "2026Q3", Change.WORKING_METHOD, words),
    ],
    ids=["erratum", "baseline"],
)
def test_a_command_asks_the_guard_before_it_opens_the_store(monkeypatch, write):
    monkeypatch.setattr("monitor.cli.check", refuse)
    monkeypatch.setattr("monitor.cli.open_engine", None)
    with pytest.raises(Stopped):
        write("Gesproken met iemand over de cijfers.")


def test_giving_and_withdrawing_a_grant_ask_the_guard_first(engine, monkeypatch):
    monkeypatch.setattr(policies, "check", refuse)
    words, now = "Gesproken met iemand over de cijfers.", datetime(2026, 11, 2, tzinfo=UTC)
    board = Role(RoleKind.BOARD)
    with pytest.raises(Stopped):
        grants.give(engine, "bestuur@example.nl", board, words, (now + timedelta(days=9)).date(), "beheer", now)
    with pytest.raises(Stopped):
        grants.withdraw(engine, 1, words, "beheer", now)


def test_who_waits_is_told_whether_the_names_are_loading_or_the_guard_reads(monkeypatch):
    said = []
    monkeypatch.setattr(screen.st, "spinner", said.append)
    for state in (State.LOADING, State.READY):
        screen.guard_at_work(SimpleNamespace(state=state), DUTCH)
    assert said == ["De tekstwacht laadt zijn namenlijsten: eenmalig enkele seconden", "De tekstwacht leest mee"]
