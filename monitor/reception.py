"""The reception (*balie*): where a page hands in what was sent, and asks what came in before.

The one door from the screens to the intake. What goes back through it are words, days and codes of rules: never a
figure that was sent in. Each request asks whether the role may.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, inspect

from monitor.access.roles import Role
from monitor.access.visibility import check_deliver, suppliers_seen
from monitor.intake.load import Offered, Refused, find_person, take_in
from monitor.intake.receipt import Outcome, Receipt, from_json
from monitor.intake.report import OUTCOMES, Line, accepted, lines, title, to_csv, to_html
from monitor.intake.sheets.rules import Finder
from monitor.intake.sheets.write import write_template
from monitor.locale import Language
from monitor.store.history import Received, received
from monitor.store.migrations import upgrade
from pseudonymise.keys import load_steward_keys

__all__ = ["Answer", "Answers", "Line", "Received", "came_in", "hand_in", "template_for", "warnings_of"]


@dataclass(frozen=True)
class Answer:
    """What is said of one file: what it was, what became of it, what came in, and what to mend."""

    name: str
    title: str
    outcome: str
    loaded: bool
    said: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Answers:
    """What is said of all files together; ``html`` and ``csv``: the same to take along."""

    answers: tuple[Answer, ...]
    html: str
    csv: bytes


def hand_in(
    engine: Engine,
    role: Role,
    who: str,
    files: Iterable[tuple[str, bytes]],
    keys: Path,
    language: Language,
    guard: Finder = find_person,
) -> Answers:
    """Take in files (name and content) for this role, all or none. ``who``: whom the trail names. ``guard``: what finds
    a person in the words of a spreadsheet.

    Raises AccessDenied when the role delivers for nobody, UserError when keys or store are not there.
    """
    sender = check_deliver(role)
    offered = (Offered(name, content) for name, content in files)
    upgrade(engine)
    try:
        receipts = take_in(engine, offered, load_steward_keys(keys), sender=sender, by=who, guard=guard)
    except Refused as refused:
        receipts = list(refused.receipts)
    return Answers(
        tuple(_answer(receipt, language) for receipt in receipts),
        to_html(receipts, language),
        to_csv(receipts, language),
    )


def came_in(engine: Engine, role: Role) -> list[Received]:
    """Everything that came in from whom the role may see, the newest first; without figures."""
    if not inspect(engine).has_table("sheets"):
        return []
    with engine.connect() as connection:
        return received(connection, suppliers_seen(role))


def warnings_of(one: Received, language: Language) -> tuple[Line, ...]:
    """With which warnings it came in."""
    return tuple(lines(from_json(one.warnings), language))


def template_for(role: Role, code: str, today: date) -> bytes:
    """The template made out to the supplier of this role."""
    return write_template(code, today, check_deliver(role))


def _answer(receipt: Receipt, language: Language) -> Answer:
    return Answer(
        receipt.name,
        title(receipt, language),
        language.gettext(OUTCOMES[receipt.outcome]),
        receipt.outcome in (Outcome.LOADED, Outcome.KNOWN),
        tuple(accepted(receipt, language)),
        tuple(lines(receipt.findings, language)),
    )
