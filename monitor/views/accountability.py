"""What left the institutions, what this release shows and hides, how it was attacked, and on what it rests."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from monitor.release.attack.report import IDEAS, Finding, Idea
from monitor.release.cell import MissingReason, SuppressedReason
from monitor.views.reading import Reader, Release
from pseudonymise.agreement import load_agreement


@dataclass(frozen=True)
class Accountability:
    """Counts of the shared cells of the release; a curve is not counted. ``deliveries``: ``None``: not delivered.
    ``attacks``: by idea and number of institutions that attack together, what most was learned; None when nobody did.
    """

    release: Release
    published: int
    suppressed: dict[SuppressedReason, int]
    missing: dict[MissingReason, int]
    deliveries: dict[str, date | None]
    attacks: tuple[Finding, ...] | None

    @property
    def total(self) -> int:
        return self.published + sum(self.suppressed.values()) + sum(self.missing.values())


def accountability(reader: Reader) -> Accountability:
    by_state = Counter(reader.tally())
    audit = reader.audit()
    return Accountability(
        release=reader.release,
        published=by_state["published", None],
        suppressed={reason: by_state["suppressed", reason] for reason in SuppressedReason},
        missing={reason: by_state["missing", reason] for reason in MissingReason},
        deliveries={
            institution.code: reader.release.deliveries.get(institution.code)
            for institution in load_agreement().institutions
        },
        attacks=None if audit is None else most_learned(audit.findings),
    )


def most_learned(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Of each idea and number of institutions that attack together, the finding of who learned most."""
    most: dict[tuple[Idea, int], Finding] = {}
    for one in findings:
        key = (one.idea, len(one.institutions))
        if key not in most or (one.exact, one.share) > (most[key].exact, most[key].share):
            most[key] = one
    return tuple(most[key] for key in sorted(most, key=lambda key: (list(IDEAS).index(key[0]), key[1])))
