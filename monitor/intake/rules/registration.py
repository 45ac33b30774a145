"""How late milestones are entered: the triangle must fit the other tables, and should not be slow."""

import pandas as pd

from monitor.intake.rule import Check, Rows, Severity, Words, failing
from monitor.intake.rules.columns import MANIFEST, quarter_numbers, remake
from pseudonymise.agreement import load_agreement
from pseudonymise.delivery import Delivery

LONGEST_HALF_MONTH = 16  # days

# Of the events of a milestone, how many may be entered in a later quarter before it is called late. A milestone that
# is entered within a month puts about one in six there, since it happens on any day of the quarter; the plan and the
# start of help, entered within seven weeks, one in four. At more, the newest figures rest on what happens to be in.
LARGEST_SHARE_LATE = 1 / 3
FEWEST_EVENTS = 30  # of fewer, a third is chance


def registered_after_the_extract(delivery: Delivery) -> Rows:
    """The triangle ends with the last complete quarter: of a later one, the lags of all quarters would be partial."""
    registrations = delivery.tables["registrations"]
    entered = quarter_numbers(registrations["quarter"]) + registrations["lag"].to_numpy()
    return failing({"registrations": entered > _last_whole_quarter(delivery)})


def too_few_registered(delivery: Delivery) -> Rows:
    registrations = delivery.tables["registrations"]
    events = registrations.groupby(["milestone", "quarter"])["cases"].transform("sum")
    return failing({"registrations": events.lt(load_agreement().risk.smallest_registered_quarter)})


def registered_more_than_dated(delivery: Delivery) -> Rows:
    """Who passed a milestone by the end of a quarter had started by then, and is dated where follow-up came so far.

    A milestone that can stand in for the start comes before it, and is not held against this.
    """
    agreement, manifest = load_agreement(), delivery.manifest
    kind = agreement.institution(manifest.institution).kind
    proxies = {clock.proxy for clock in agreement.clocks_of(kind)}
    # A case is followed at most a half-month shorter than its own day would allow.
    followed = pd.Timestamp(manifest.until) - pd.Timedelta(days=manifest.registration_delay_days + LONGEST_HALF_MONTH)
    last = pd.Period(followed + pd.Timedelta(days=1), "Q").ordinal - 1
    registrations, quality = (
        delivery.tables[name].assign(number=quarter_numbers(delivery.tables[name]["quarter"]))
        for name in ("registrations", "quality")
    )
    by = ["milestone", "number"]
    counted = [registrations.groupby(by)["cases"].sum(), quality.groupby(by)["dated"].sum()]
    so_far = pd.concat(counted, axis=1).fillna(0).astype("int64").sort_index().groupby(level="milestone").cumsum()
    too_many = so_far.index[so_far["cases"] > so_far["dated"]]
    held = registrations["number"].le(last) & ~registrations["milestone"].isin(proxies)
    return failing({"registrations": held & pd.MultiIndex.from_frame(registrations[by]).isin(too_many)})


def delay_without_ground(delivery: Delivery) -> Rows:
    manifest, agreement = delivery.manifest, load_agreement()
    kind = agreement.institution(manifest.institution).kind
    expected = agreement.registration_delay(kind, manifest.missing_milestones, manifest.registration_delays)
    return {} if manifest.registration_delay_days == expected else {MANIFEST: []}


def registered_late(delivery: Delivery) -> Rows:
    """Over the last four quarters of which the next is over too: the rows of the milestones that are entered late."""
    registrations = delivery.tables["registrations"]
    number = quarter_numbers(registrations["quarter"])
    last = _last_whole_quarter(delivery) - 1
    recent = registrations[(number <= last) & (number > last - 4)]
    events = recent.groupby("milestone")["cases"].sum()
    late = recent[recent["lag"] > 0].groupby("milestone")["cases"].sum().reindex(events.index, fill_value=0)
    slow = events.index[(events >= FEWEST_EVENTS) & (late > LARGEST_SHARE_LATE * events)]
    of_slow = registrations["milestone"].isin(slow) & registrations["lag"].gt(0)
    return failing({"registrations": of_slow & registrations.index.isin(recent.index)})


def _last_whole_quarter(delivery: Delivery) -> int:
    return int(pd.Period(pd.Timestamp(delivery.manifest.until) + pd.Timedelta(days=1), "Q").ordinal) - 1


CHECKS = (
    Check(
        "registered_after_the_extract",
        Severity.ERROR,
        ("quarter", "lag"),
        **remake(
            "de invoer valt na het laatste hele kwartaal voor de uitdraai",
            "the entry falls after the last whole quarter before the extract",
        ),
        failing=registered_after_the_extract,
    ),
    Check(
        "too_few_registered",
        Severity.ERROR,
        ("cases",),
        **remake(
            "de mijlpaal is in dit kwartaal te weinig ingevoerd om uit te splitsen",
            "the milestone was entered too few times in this quarter to be split",
        ),
        failing=too_few_registered,
    ),
    Check(
        "registered_more_than_dated",
        Severity.ERROR,
        ("cases",),
        **remake(
            "tot en met dit kwartaal is de mijlpaal vaker ingevoerd dan zij volgens tabel 'quality' een datum heeft",
            "up to this quarter the milestone was entered more often than it has a date in table 'quality'",
        ),
        failing=registered_more_than_dated,
    ),
    Check(
        "delay_without_ground",
        Severity.ERROR,
        ("registration_delay_days", "registration_delays"),
        **remake(
            "de registratievertraging volgt niet uit de gemeten vertragingen en de overeenkomst",
            "the registration delay does not follow from the delays measured and the agreement",
        ),
        failing=delay_without_ground,
    ),
    Check(
        "registered_late",
        Severity.WARNING,
        ("lag", "cases"),
        Words(
            "meer dan een derde van deze mijlpaal is het laatste jaar pas in een later kwartaal ingevoerd",
            "Ga na of datums op tijd worden ingevoerd, en of de koppeling de dag van de eerste invoer noemt en niet "
            "die van de laatste wijziging.",
        ),
        Words(
            "over the last year more than a third of this milestone was entered in a later quarter only",
            "See whether dates are entered in time, and whether the mapping names the day of the first entry and not "
            "that of the last change.",
        ),
        registered_late,
    ),
)
