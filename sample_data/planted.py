"""The truths planted in the sample data, which the monitor should find, and nothing else.

Everything not named here has the same distribution in every quarter.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Improvement:
    """More cases within the norm, for every institution in one region, from one cohort onwards."""

    region: str
    milestone: str
    since: date  # day on which the clock of the case started
    share: float  # added to the level, as a share of all cases


@dataclass(frozen=True)
class Backlog:
    """A wait that grows with every cohort in one region: by ``1 + growth * n`` in its n-th quarter."""

    region: str
    milestone: str
    since: date
    growth: float


# A reorganisation gave every family in the region a permanent worker sooner.
REORGANISATION = Improvement(region="JZ28", milestone="worker_assigned", since=date(2024, 4, 1), share=0.27)

# Providers stopped taking children on, and nobody replaced them.
HELP_BACKLOG = Backlog(region="JZ25", milestone="help_started", since=date(2025, 1, 1), growth=0.20)
