"""The receipt (*ontvangstbewijs*): what became of one file that was sent in. One model for screen, HTML and CSV."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from monitor.catalogue.expected import DELIVERY
from monitor.intake import linked, opening
from monitor.intake.rule import Finding, Rule, Severity
from monitor.intake.rules import RULES
from monitor.intake.rules.plausibility import SUCCESSION
from monitor.intake.sheets import reading_rules
from monitor.intake.sheets import rules as sheet_rules
from pseudonymise.delivery import Manifest

ALL_RULES: Mapping[str, Rule] = {
    rule.code: rule
    for rule in (
        *opening.RULES.values(),
        *RULES,
        *SUCCESSION,
        *reading_rules.RULES,
        *sheet_rules.RULES,
        *sheet_rules.ON_DAY,
        sheet_rules.PERSON_IN_WORDS,
        *sheet_rules.IN_CONTEXT,
        *linked.RULES,
    )
}

LINKED_EVENTS = "linked_events"  # a subject beside DELIVERY and the codes of the templates


class Outcome(StrEnum):
    LOADED = "loaded"
    KNOWN = "known"  # the same was there already, and counts or was replaced
    REFUSED = "refused"
    HELD_BACK = "held_back"  # nothing wrong with it, but with another that came together with it


@dataclass(frozen=True)
class Receipt:
    """``name`` as the file was given. ``subject``: DELIVERY or the code of a template; None when it was not readable.

    ``until``: the last day of a delivery. ``period``: of a spreadsheet. ``rows``: what was accepted, by table.
    ``replaces``: until when the delivery ran, or on which day the spreadsheet came, that counted until now.
    ``yields_to``: until when the delivery runs that counts still, rather than this one.
    """

    name: str
    outcome: Outcome
    findings: Sequence[Finding] = ()
    supplier: str | None = None
    subject: str | None = None
    until: date | None = None
    period: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    manifest: Manifest | None = None
    replaces: date | None = None
    yields_to: date | None = None

    @property
    def already_loaded(self) -> bool:
        return self.outcome is Outcome.KNOWN

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.rule.severity is Severity.ERROR]

    @property
    def warnings(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.rule.severity is Severity.WARNING]

    @property
    def is_delivery(self) -> bool:
        return self.subject == DELIVERY


def to_json(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Where and by which rule: what a store keeps of a finding. Its words stay with the rule."""
    return [
        {"code": one.rule.code, "table": one.table, "rows": list(one.rows), "columns": list(one.columns)}
        for one in findings
    ]


def from_json(stored: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Leaves out a finding of a rule that does not exist any more."""
    return [
        Finding(ALL_RULES[one["code"]], one["table"], tuple(one["rows"]), tuple(one["columns"]))
        for one in stored
        if one["code"] in ALL_RULES
    ]
