"""What left the institutions, what this release shows and hides, and on which deliveries it rests."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from monitor.release.cell import MissingReason, SuppressedReason
from monitor.views.reading import Reader, Release
from pseudonymise.agreement import load_agreement


@dataclass(frozen=True)
class Accountability:
    """Counts of the shared cells of the release; a curve is not counted. ``deliveries``: ``None``: not delivered."""

    release: Release
    published: int
    suppressed: dict[SuppressedReason, int]
    missing: dict[MissingReason, int]
    deliveries: dict[str, date | None]

    @property
    def total(self) -> int:
        return self.published + sum(self.suppressed.values()) + sum(self.missing.values())


def accountability(reader: Reader) -> Accountability:
    by_state = Counter(reader.tally())
    return Accountability(
        release=reader.release,
        published=by_state["published", None],
        suppressed={reason: by_state["suppressed", reason] for reason in SuppressedReason},
        missing={reason: by_state["missing", reason] for reason in MissingReason},
        deliveries={
            institution.code: reader.release.deliveries.get(institution.code)
            for institution in load_agreement().institutions
        },
    )
