"""Policies: whether a grant may be given as things stand. Who may give one at all is ``permissions``' to say.

Each raises UserError with the sentence for who asked. Docs: docs/explanation/access.md, "Grants".
"""

from collections.abc import Iterable
from datetime import date, timedelta

from monitor.access.roles import Role, RoleKind
from monitor.catalogue import load_text_levels
from pseudonymise.errors import UserError
from pseudonymise.text import check

LONGEST_DAYS = 366  # each grant is looked at again at least once a year
SHORTEST_REASON = 10  # characters: a word is no reason

# Who loads and releases sees nobody's own figures, under another role either; and nobody audits what they did.
APART = (
    (frozenset({RoleKind.STEWARD, RoleKind.INSTITUTION}), "analist van een instelling"),
    (frozenset({RoleKind.STEWARD, RoleKind.AUDITOR}), "toezichthouder"),
)


def check_other(person: str, giver: str) -> None:
    """Nobody gives a role to themselves."""
    if person == giver.casefold():
        raise UserError("Niemand kent zichzelf een rol toe: laat een andere beheerder dit doen.")


def check_reason(reason: str) -> None:
    """A reason says why, and names no one."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise UserError(f"Geef een reden van ten minste {SHORTEST_REASON} tekens, zonder personen te noemen.")
    check(reason, load_text_levels().grant_reason, "--reason")


def check_term(until: date, today: date) -> None:
    """A grant ends by itself, and not years from now."""
    last = today + timedelta(days=LONGEST_DAYS)
    if not today <= until <= last:
        raise UserError(
            f"De einddatum ligt van vandaag tot en met {LONGEST_DAYS} dagen verder: zo wordt elke toekenning geregeld "
            f"opnieuw bezien. Kies een dag tot en met {last:%d-%m-%Y}."
        )


def check_apart(role: Role, others: Iterable[Role]) -> None:
    """Some roles are never one person's."""
    kinds = {role.kind, *(one.kind for one in others)}
    for pair, name in APART:
        if pair <= kinds:
            raise UserError(
                "Een beheerder laadt en geeft uit, ziet van niemand de eigen cijfers en kijkt het eigen werk niet na: "
                f"dezelfde persoon is niet ook {name}. Trek eerst de andere toekenning in."
            )
