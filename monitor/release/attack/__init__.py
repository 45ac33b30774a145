"""The attack on a release before anybody sees it: what an outsider, an institution and a pair could learn at most."""

from monitor.release.attack.audit import audit
from monitor.release.attack.report import Audit, Finding, to_markdown

__all__ = ["Audit", "Finding", "audit", "to_markdown"]
