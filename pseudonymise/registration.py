"""How late events are registered (*registratievertraging*), where the source says when each was entered.

An event that has happened and is not entered yet is not in an export. The delay says how long before the extract
follow-up must stop (docs/explanation/follow-up.md); the reporting triangle lets the shared side estimate what is
still to come. Days are calendar days, of ``datetime64[D]``.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pseudonymise.agreement import load_agreement
from pseudonymise.calendar import Counts, Days, quarter_name, quarter_number
from pseudonymise.delivery import LARGEST_LAG, TABLES
from pseudonymise.errors import UserError
from pseudonymise.sources.mapping import registered_field
from pseudonymise.trajectories import Trajectories

# In a trial with a mean delay of 22 days and a true share of 65.5 %, stopping at the P90 gave 66.6 %, at the median
# 56.4 % and not stopping 47.8 %; the P95 left too little of the newest quarter.
DELAY_SHARE = 0.9
SMALLEST_SAMPLE = 100  # with fewer, under ten events lie beyond the P90

# Only events older than this count for a delay. Of a recent one the export knows the quick entries alone: the slow
# are still to come (right truncation), and the delay would look short. What is not entered after a year rarely is.
SETTLED_DAYS = 365


@dataclass(frozen=True)
class RegistrationDelay:
    """``days`` before the extract in which follow-up stops; ``measured``: the P90 of each milestone that has one."""

    days: int
    measured: dict[str, int]


def registration_delay(trajectories: Trajectories, usable: dict[str, Days]) -> RegistrationDelay:
    """The delay of this source; that of the agreement for what it does not know.

    ``usable`` holds of each milestone the day of each case, NaT where it has none that can be. UserError when the
    delay is larger than any entry takes.
    """
    agreement = load_agreement()
    measured = {
        milestone: delay
        for milestone, events in usable.items()
        if (delay := _p90(events, registered_on(trajectories, milestone), _bounds(trajectories))) is not None
    }
    kind = trajectories.institution.kind
    days = agreement.registration_delay(kind, trajectories.missing_milestones, measured)
    largest = agreement.follow_up.largest_registration_delay_days
    if days > largest:
        names = {milestone.code: milestone.nl for milestone in agreement.milestones}
        slow = ", ".join(f"'{names[code]}' ({delay} dagen)" for code, delay in measured.items() if delay > largest)
        raise UserError(
            f"De registratie loopt te ver achter: {slow}; de overeenkomst laat hoogstens {largest} dagen toe. "
            "Controleer of de kolom onder [sources.registered] de datum van de eerste invoer is, en niet die van "
            "een latere wijziging of van de overgang naar een ander systeem. Laat haar anders weg."
        )
    return RegistrationDelay(days, measured)


def registered_on(trajectories: Trajectories, milestone: str) -> Days:
    """The day on which each event was entered; NaT where the source does not say."""
    return trajectories.frame[registered_field(milestone)].to_numpy().astype("datetime64[D]")


def reporting_triangle(trajectories: Trajectories, events: dict[str, Days]) -> pd.DataFrame:
    """Events by milestone, by the quarter in which they happened and the whole quarters until they were entered.

    ``events`` holds of each milestone the day of each case, NaT for a case that does not count. Entries after the
    last complete quarter are left out, so that of each quarter the same lags are complete; so are those before their
    event. Quarters with too few events are left out whole. Columns as in `delivery.TABLES`.
    """
    least = load_agreement().risk.smallest_registered_quarter
    first, _ = _bounds(trajectories)
    last_quarter = quarter_number(np.datetime64(trajectories.until, "D") + np.array([1])) - 1
    parts = []
    for milestone, days in events.items():
        entered = registered_on(trajectories, milestone)
        # An order can lie before the first quarter, and its receipt in it.
        counted = (days >= first) & (entered >= days) & (quarter_number(entered) <= last_quarter)
        quarter = quarter_number(days[counted])
        lag = np.minimum(quarter_number(entered[counted]) - quarter, LARGEST_LAG)
        cells = pd.DataFrame({"number": quarter, "lag": lag}).value_counts(sort=False).rename("cases").reset_index()
        enough = cells.groupby("number")["cases"].transform("sum") >= least
        parts.append(cells[enough].assign(milestone=milestone))
    table = pd.concat(parts, ignore_index=True)
    table["quarter"] = [quarter_name(int(number)) for number in table["number"]]
    return table[list(TABLES["registrations"])]


def _bounds(trajectories: Trajectories) -> tuple[np.datetime64, np.datetime64]:
    first = pd.Period(load_agreement().first_quarter, "Q").start_time.date()
    return np.datetime64(first, "D"), np.datetime64(trajectories.until, "D")


def _p90(events: Days, entered: Days, bounds: tuple[np.datetime64, np.datetime64]) -> int | None:
    """The fewest days within which nine in ten events were entered; None when too few say so.

    An entry before its event says nothing of a delay, and one after the extract cannot be.
    """
    first, until = bounds
    settled = (events >= first) & (events <= until - np.timedelta64(SETTLED_DAYS, "D"))
    counted = settled & (entered >= events) & (entered <= until)
    delays: Counts = (entered[counted] - events[counted]).astype(np.int64)
    if len(delays) < SMALLEST_SAMPLE:
        return None
    return int(np.quantile(delays, DELAY_SHARE, method="inverted_cdf"))
