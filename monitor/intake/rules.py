"""What must hold in a delivery beyond the single value, which is checked where it is read.

A rule is a code, a message and a function from a delivery to the rows that break it. A delivery that breaks
one rule is refused whole, and its supplier is told which rows of which table did.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pseudonymise.agreement import NormResult, Outcome, load_agreement
from pseudonymise.calendar import longest_term
from pseudonymise.delivery import TABLES, Delivery

# Row numbers by table, as in the delivery: the header is row 1. The manifest has none: its list is empty.
Rows = dict[str, list[int]]

MANIFEST = "manifest"
GROUP = ["region", "measure_group", "quarter"]
KEY_GROUP = ["table", "item", *GROUP, "outcome", "bin"]
KEY_MODULUS = 2**32
LONGEST_HALF_MONTH = 16  # days
ITEM = {"steps": "step", "clocks": "clock", "flows": "flow"}
# What a row counts. All its other columns say of whom, and may say it once.
COUNTS = {"cases", "passed", "dated", "proxied", "implausible", "out_of_order", "early", "key_sum"}

# What is said of the norm while the term lasts.
IN_TIME = {
    Outcome.REACHED: NormResult.MET,
    Outcome.OPEN: NormResult.NOT_DUE,
    Outcome.ENDED: NormResult.LAPSED,
    Outcome.UNREGISTERED: NormResult.UNKNOWN,
}


@dataclass(frozen=True)
class Rule:
    code: str
    nl: str
    en: str
    failing: Callable[[Delivery], Rows]


@dataclass(frozen=True)
class Finding:
    """A rule that a delivery breaks, and the rows of one table that break it."""

    rule: Rule
    table: str
    rows: list[int]


def check(delivery: Delivery) -> list[Finding]:
    """What is wrong with a delivery: one finding for each rule and table, none when all is well."""
    return [Finding(rule, table, rows) for rule in RULES for table, rows in rule.failing(delivery).items()]


def counted_twice(delivery: Delivery) -> Rows:
    return _failing(
        {
            name: table.duplicated([column for column in TABLES[name] if column not in COUNTS], keep=False)
            for name, table in delivery.tables.items()
        }
    )


def duration_and_outcome_differ(delivery: Delivery) -> Rows:
    """Unregistered means passed on an unknown day: it has no duration, and every other outcome has one."""
    steps = delivery.tables["steps"]
    return _failing({"steps": steps["duration"].isna() != steps["outcome"].eq(Outcome.UNREGISTERED)})


def norm_result_and_duration_differ(delivery: Delivery) -> Rows:
    """Durations are laid on the norm, so *met* is exactly ``duration <= norm_days``.

    An open case is late from the longest that the term can last: said sooner, it would give its date away.
    """
    steps = delivery.tables["steps"]
    norms = {step.code: step.norm for step in load_agreement().steps if step.norm}
    longest = steps["step"].map({code: longest_term(norm) for code, norm in norms.items()}).astype("Int64")
    norm_days = steps["step"].map(_step_values("norm_days")).astype("Int64")
    is_open = steps["outcome"].eq(Outcome.OPEN)
    late = steps["duration"].gt(norm_days).mask(is_open, steps["duration"].ge(longest)).fillna(False)
    expected = steps["outcome"].map(IN_TIME).mask(late, NormResult.MISSED)
    return _failing({"steps": steps["norm_result"].ne(expected.where(norm_days.notna(), NormResult.NONE))})


def reached_without_source(delivery: Delivery) -> Rows:
    """Where a step begins is another matter: a missing anchor can have its proxy."""
    steps = delivery.tables["steps"]
    missing = delivery.manifest.missing_milestones
    without = {step.code for step in load_agreement().steps if step.to in missing}
    return _failing({"steps": steps["step"].isin(without) & steps["outcome"].eq(Outcome.REACHED)})


def steps_and_clock_differ(delivery: Delivery) -> Rows:
    steps = delivery.tables["steps"].assign(clock=lambda table: table["step"].map(_step_values("clock")))
    clocks = delivery.tables["clocks"].groupby(["clock", *GROUP], as_index=False)["cases"].sum()
    counted = steps.groupby(["step", *GROUP])["cases"].transform("sum")
    on_clock = steps[["clock", *GROUP]].merge(clocks, how="left")["cases"]
    return _failing({"steps": counted != on_clock.to_numpy()})


def clock_without_step(delivery: Delivery) -> Rows:
    agreement = load_agreement()
    clocks = delivery.tables["clocks"].assign(row=np.arange(len(delivery.tables["clocks"])))
    expected = clocks.merge(
        pd.DataFrame([(step.clock, step.code) for step in agreement.steps], columns=["clock", "step"])
    )
    absent = expected.merge(delivery.tables["steps"][["step", *GROUP]].drop_duplicates(), how="left_anti")
    return _failing({"clocks": clocks["row"].isin(absent["row"])})


def key_sums_and_counts_differ(delivery: Delivery) -> Rows:
    """A key sum stands for exactly the groups with cases: a group without one could not be protected."""
    keys = delivery.tables["key_sums"]
    counts = {name: _key_groups(delivery, name) for name in ITEM}
    counted = pd.concat(counts.values()).drop_duplicates()
    return _failing(
        {
            **{name: ~_is_in(groups, keys[KEY_GROUP]) for name, groups in counts.items()},
            "key_sums": ~_is_in(keys[KEY_GROUP], counted),
        }
    )


def key_sums_of_step_and_clock_differ(delivery: Delivery) -> Rows:
    """A step and its clock count the same cases, so the keys of those cases have the same sum."""
    keys = delivery.tables["key_sums"]
    of_items = keys.groupby(["table", "item", *GROUP], as_index=False)["key_sum"].sum()
    of_clocks = of_items[of_items["table"] == "clocks"].rename(columns={"item": "clock"})
    of_steps = keys.assign(
        clock=keys["item"].map(_step_values("clock")),
        key_sum=keys.groupby(["table", "item", *GROUP])["key_sum"].transform("sum"),
    )
    # Where the clock has no key sum, another rule says so.
    pairs = of_steps.merge(of_clocks, how="left", on=["clock", *GROUP], suffixes=("", "_of_clock"))
    differ = (pairs["key_sum"] - pairs["key_sum_of_clock"]).fillna(0) % KEY_MODULUS != 0
    return _failing({"key_sums": pairs["table"].eq("steps") & differ})


def more_dated_than_passed(delivery: Delivery) -> Rows:
    quality = delivery.tables["quality"]
    return _failing({"quality": quality[["dated", "proxied", "implausible"]].gt(quality["passed"], axis=0).any(axis=1)})


def more_out_of_order_than_dated(delivery: Delivery) -> Rows:
    quality = delivery.tables["quality"]
    return _failing({"quality": quality[["out_of_order", "early"]].gt(quality["dated"], axis=0).any(axis=1)})


def registered_after_the_extract(delivery: Delivery) -> Rows:
    """The triangle ends with the last complete quarter: of a later one, the lags of all quarters would be partial."""
    registrations = delivery.tables["registrations"]
    last = pd.Period(pd.Timestamp(delivery.manifest.until) + pd.Timedelta(days=1), "Q").ordinal - 1
    return _failing({"registrations": _quarter_numbers(registrations) + registrations["lag"].to_numpy() > last})


def too_few_registered(delivery: Delivery) -> Rows:
    registrations = delivery.tables["registrations"]
    events = registrations.groupby(["milestone", "quarter"])["cases"].transform("sum")
    return _failing({"registrations": events.lt(load_agreement().risk.smallest_registered_quarter)})


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
    registrations = delivery.tables["registrations"].assign(number=lambda table: _quarter_numbers(table))
    quality = delivery.tables["quality"].assign(number=lambda table: _quarter_numbers(table))
    by = ["milestone", "number"]
    counted = [registrations.groupby(by)["cases"].sum(), quality.groupby(by)["dated"].sum()]
    so_far = pd.concat(counted, axis=1).fillna(0).astype("int64").sort_index().groupby(level="milestone").cumsum()
    too_many = so_far.index[so_far["cases"] > so_far["dated"]]
    held = registrations["number"].le(last) & ~registrations["milestone"].isin(proxies)
    return _failing({"registrations": held & pd.MultiIndex.from_frame(registrations[by]).isin(too_many)})


def delay_without_ground(delivery: Delivery) -> Rows:
    manifest, agreement = delivery.manifest, load_agreement()
    kind = agreement.institution(manifest.institution).kind
    expected = agreement.registration_delay(kind, manifest.missing_milestones, manifest.registration_delays)
    return {} if manifest.registration_delay_days == expected else {MANIFEST: []}


def rows_unaccounted_for(delivery: Delivery) -> Rows:
    manifest = delivery.manifest
    adds_up = manifest.rows_read - manifest.rows_used == sum(manifest.left_out.values())
    return {} if adds_up else {MANIFEST: []}


RULES = (
    Rule(
        "counted_twice",
        "dezelfde groep staat er meer dan één keer",
        "the same group is listed more than once",
        counted_twice,
    ),
    Rule(
        "duration_and_outcome_differ",
        "de duur moet leeg zijn bij 'unregistered', en gevuld bij elke andere uitkomst",
        "the duration must be empty for 'unregistered', and filled for every other outcome",
        duration_and_outcome_differ,
    ),
    Rule(
        "norm_result_and_duration_differ",
        "het oordeel over de norm past niet bij de duur en de norm van de stap",
        "the result of the norm does not fit the duration and the norm of the step",
        norm_result_and_duration_differ,
    ),
    Rule(
        "reached_without_source",
        "de stap is bereikt, terwijl de mijlpaal volgens het manifest niet in de bron staat",
        "the step was reached, while the manifest says that its milestone is not in the source",
        reached_without_source,
    ),
    Rule(
        "steps_and_clock_differ",
        "de stap telt niet evenveel zaken als zijn klok, voor dezelfde regio, maatregel en kwartaal",
        "the step does not count as many cases as its clock, for the same region, measure and quarter",
        steps_and_clock_differ,
    ),
    Rule(
        "clock_without_step",
        "de zaken van deze klok ontbreken bij een van zijn stappen",
        "the cases of this clock are missing from one of its steps",
        clock_without_step,
    ),
    Rule(
        "key_sums_and_counts_differ",
        "bij elke groep met zaken hoort één sleutelsom, en omgekeerd",
        "each group with cases must have one key sum, and the reverse",
        key_sums_and_counts_differ,
    ),
    Rule(
        "key_sums_of_step_and_clock_differ",
        "de sleutelsommen van de stap tellen niet op tot die van zijn klok",
        "the key sums of the step do not add up to that of its clock",
        key_sums_of_step_and_clock_differ,
    ),
    Rule(
        "more_dated_than_passed",
        "er zijn meer gedateerde, vervangen of onmogelijke datums dan gepasseerde mijlpalen",
        "there are more dated, proxied or implausible dates than milestones passed",
        more_dated_than_passed,
    ),
    Rule(
        "more_out_of_order_than_dated",
        "er zijn meer datums in een andere volgorde of vooraf ingevoerd dan bruikbare datums",
        "there are more dates out of order or entered early than usable dates",
        more_out_of_order_than_dated,
    ),
    Rule(
        "registered_after_the_extract",
        "de invoer valt na het laatste hele kwartaal voor de uitdraai",
        "the entry falls after the last whole quarter before the extract",
        registered_after_the_extract,
    ),
    Rule(
        "too_few_registered",
        "de mijlpaal is in dit kwartaal te weinig ingevoerd om uit te splitsen",
        "the milestone was entered too few times in this quarter to be split",
        too_few_registered,
    ),
    Rule(
        "registered_more_than_dated",
        "tot en met dit kwartaal is de mijlpaal vaker ingevoerd dan zij volgens tabel 'quality' een datum heeft",
        "up to this quarter the milestone was entered more often than it has a date in table 'quality'",
        registered_more_than_dated,
    ),
    Rule(
        "delay_without_ground",
        "de registratievertraging volgt niet uit de gemeten vertragingen en de overeenkomst",
        "the registration delay does not follow from the delays measured and the agreement",
        delay_without_ground,
    ),
    Rule(
        "rows_unaccounted_for",
        "gebruikte en weggelaten rijen tellen niet op tot de gelezen rijen",
        "rows used and left out do not add up to the rows read",
        rows_unaccounted_for,
    ),
)


def _failing(masks: Mapping[str, pd.Series | npt.NDArray[np.bool_]]) -> Rows:
    rows = {name: (np.flatnonzero(np.asarray(mask, dtype=bool)) + 2).tolist() for name, mask in masks.items()}
    return {name: numbers for name, numbers in rows.items() if numbers}


def _quarter_numbers(table: pd.DataFrame) -> npt.NDArray[np.int64]:
    names = table["quarter"].astype("str").to_list()
    return np.array([pd.Period(name, "Q").ordinal for name in names], dtype=np.int64)


def _step_values(field: str) -> dict[str, object]:
    return {step.code: getattr(step, field) for step in load_agreement().steps}


def _key_groups(delivery: Delivery, name: str) -> pd.DataFrame:
    """The group of key sums that each row of a table of counts belongs to."""
    groups = delivery.tables[name].rename(columns={ITEM[name]: "item"}).assign(table=name)
    if name == "steps":
        grid = groups["item"].map(_step_values("grid")).astype("Int64")
        groups["bin"] = (groups["duration"].clip(lower=1) + grid - 1) // grid * grid
    else:
        groups = groups.assign(outcome="", bin=pd.array([pd.NA] * len(groups), dtype="Int64"))
    return groups[KEY_GROUP]


def _is_in(rows: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    return rows.merge(others.drop_duplicates(), how="left", indicator=True)["_merge"].eq("both")
