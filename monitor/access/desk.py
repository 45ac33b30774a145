"""The desk (*loket*) of the page Toegang: grants by the steward, the trail for the auditor. Each asks if one may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from monitor.access import grants, trail
from monitor.access.gate import Visitor
from monitor.access.grants import Grant
from monitor.access.permissions import Page, check_grant, check_open, check_read_trail
from monitor.access.roles import parse_role


@dataclass(frozen=True)
class Told:
    """The trail, the newest line first, and what is wrong with it, as sentences."""

    lines: Sequence[trail.Line]
    wrong: Sequence[str]


def read_grants(engine: Engine, visitor: Visitor) -> list[Grant]:
    """Every grant ever given, the oldest first. Raises AccessDenied for who does not open the page."""
    check_open(visitor.role, Page.ACCESS)
    with engine.connect() as connection:
        return grants.read(connection)


def give(engine: Engine, visitor: Visitor, who: str, role: str, reason: str, until: date, now: datetime) -> Grant:
    """Give a role in the name of the visitor. Raises AccessDenied and UserError, as ``grants.give``."""
    check_grant(visitor.role)
    return grants.give(engine, who, parse_role(role), reason, until, visitor.who, now)


def withdraw(engine: Engine, visitor: Visitor, number: int, reason: str, now: datetime) -> Grant:
    """End a grant in the name of the visitor. Raises AccessDenied and UserError, as ``grants.withdraw``."""
    check_grant(visitor.role)
    return grants.withdraw(engine, number, reason, visitor.who, now)


def read_trail(engine: Engine, visitor: Visitor) -> Told:
    """The whole trail, counted again. Raises AccessDenied for another than the auditor."""
    check_read_trail(visitor.role)
    with engine.connect() as connection:
        return Told(trail.read(connection)[::-1], trail.verify(connection))
