"""The key sums: exactly one for each group with cases, and the same for the same cases."""

import pandas as pd

from monitor.intake.rule import Check, Rows, Severity, failing
from monitor.intake.rules.columns import GROUP, remake, step_values
from pseudonymise.delivery import Delivery

KEY_GROUP = ["table", "item", *GROUP, "outcome", "bin"]
KEY_MODULUS = 2**32
ITEM = {"steps": "step", "clocks": "clock", "flows": "flow"}


def key_sums_and_counts_differ(delivery: Delivery) -> Rows:
    """A key sum stands for exactly the groups with cases: a group without one could not be protected."""
    keys = delivery.tables["key_sums"]
    counts = {name: _key_groups(delivery, name) for name in ITEM}
    counted = pd.concat(counts.values()).drop_duplicates()
    return failing(
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
        clock=keys["item"].map(step_values("clock")),
        key_sum=keys.groupby(["table", "item", *GROUP])["key_sum"].transform("sum"),
    )
    # Where the clock has no key sum, another rule says so.
    pairs = of_steps.merge(of_clocks, how="left", on=["clock", *GROUP], suffixes=("", "_of_clock"))
    differ = (pairs["key_sum"] - pairs["key_sum_of_clock"]).fillna(0) % KEY_MODULUS != 0
    return failing({"key_sums": pairs["table"].eq("steps") & differ})


def _key_groups(delivery: Delivery, name: str) -> pd.DataFrame:
    """The group of key sums that each row of a table of counts belongs to."""
    groups = delivery.tables[name].rename(columns={ITEM[name]: "item"}).assign(table=name)
    if name == "steps":
        grid = groups["item"].map(step_values("grid")).astype("Int64")
        groups["bin"] = (groups["duration"].clip(lower=1) + grid - 1) // grid * grid
    else:
        groups = groups.assign(outcome="", bin=pd.array([pd.NA] * len(groups), dtype="Int64"))
    return groups[KEY_GROUP]


def _is_in(rows: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    return rows.merge(others.drop_duplicates(), how="left", indicator=True)["_merge"].eq("both")


CHECKS = (
    Check(
        "key_sums_and_counts_differ",
        Severity.ERROR,
        (),
        **remake(
            "bij elke groep met zaken hoort één sleutelsom, en omgekeerd",
            "each group with cases must have one key sum, and the reverse",
        ),
        failing=key_sums_and_counts_differ,
    ),
    Check(
        "key_sums_of_step_and_clock_differ",
        Severity.ERROR,
        ("key_sum",),
        **remake(
            "de sleutelsommen van de stap tellen niet op tot die van zijn klok",
            "the key sums of the step do not add up to that of its clock",
        ),
        failing=key_sums_of_step_and_clock_differ,
    ),
)
