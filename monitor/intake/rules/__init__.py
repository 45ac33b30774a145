"""What must hold in a delivery beyond the single value, which is checked where it is read: one subject a file."""

from monitor.intake.rule import Finding, examine
from monitor.intake.rules import keys, norms, plausibility, registration, totals
from monitor.intake.rules.plausibility import SUCCESSION, Succession
from pseudonymise.delivery import Delivery

RULES = (*norms.CHECKS, *totals.CHECKS, *keys.CHECKS, *registration.CHECKS, *plausibility.ALONE)


def check(delivery: Delivery) -> list[Finding]:
    """What is wrong with a delivery by itself."""
    return examine(RULES, delivery)


def compare(succession: Succession) -> list[Finding]:
    """What is strange in a delivery beside the one that it replaces."""
    return examine(SUCCESSION, succession)
