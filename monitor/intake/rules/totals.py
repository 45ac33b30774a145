"""What is counted in more than one place must come to the same, and nothing may be counted twice."""

import numpy as np
import pandas as pd

from monitor.intake.rule import Check, Rows, Severity, failing
from monitor.intake.rules.columns import GROUP, MANIFEST, remake, step_values
from pseudonymise.agreement import load_agreement
from pseudonymise.delivery import TABLES, Delivery

# What a row counts. All its other columns say of whom, and may say it once.
COUNTS = {"cases", "passed", "dated", "proxied", "implausible", "out_of_order", "early", "key_sum"}


def counted_twice(delivery: Delivery) -> Rows:
    """Groups overlap as soon as one is listed twice: its cases would be added up."""
    return failing(
        {
            name: table.duplicated([column for column in TABLES[name] if column not in COUNTS], keep=False)
            for name, table in delivery.tables.items()
        }
    )


def steps_and_clock_differ(delivery: Delivery) -> Rows:
    steps = delivery.tables["steps"].assign(clock=lambda table: table["step"].map(step_values("clock")))
    clocks = delivery.tables["clocks"].groupby(["clock", *GROUP], as_index=False)["cases"].sum()
    counted = steps.groupby(["step", *GROUP])["cases"].transform("sum")
    on_clock = steps[["clock", *GROUP]].merge(clocks, how="left")["cases"]
    return failing({"steps": counted != on_clock.to_numpy()})


def clock_without_step(delivery: Delivery) -> Rows:
    agreement = load_agreement()
    clocks = delivery.tables["clocks"].assign(row=np.arange(len(delivery.tables["clocks"])))
    expected = clocks.merge(
        pd.DataFrame([(step.clock, step.code) for step in agreement.steps], columns=["clock", "step"])
    )
    absent = expected.merge(delivery.tables["steps"][["step", *GROUP]].drop_duplicates(), how="left_anti")
    return failing({"clocks": clocks["row"].isin(absent["row"])})


def more_dated_than_passed(delivery: Delivery) -> Rows:
    quality = delivery.tables["quality"]
    return failing({"quality": quality[["dated", "proxied", "implausible"]].gt(quality["passed"], axis=0).any(axis=1)})


def more_out_of_order_than_dated(delivery: Delivery) -> Rows:
    quality = delivery.tables["quality"]
    return failing({"quality": quality[["out_of_order", "early"]].gt(quality["dated"], axis=0).any(axis=1)})


def rows_unaccounted_for(delivery: Delivery) -> Rows:
    manifest = delivery.manifest
    adds_up = manifest.rows_read - manifest.rows_used == sum(manifest.left_out.values())
    return {} if adds_up else {MANIFEST: []}


CHECKS = (
    Check(
        "counted_twice",
        Severity.ERROR,
        (),
        **remake(
            "dezelfde groep staat er meer dan één keer",
            "the same group is listed more than once",
        ),
        failing=counted_twice,
    ),
    Check(
        "steps_and_clock_differ",
        Severity.ERROR,
        ("cases",),
        **remake(
            "de stap telt niet evenveel zaken als zijn klok, voor dezelfde regio, maatregel en kwartaal",
            "the step does not count as many cases as its clock, for the same region, measure and quarter",
        ),
        failing=steps_and_clock_differ,
    ),
    Check(
        "clock_without_step",
        Severity.ERROR,
        ("clock",),
        **remake(
            "de zaken van deze klok ontbreken bij een van zijn stappen",
            "the cases of this clock are missing from one of its steps",
        ),
        failing=clock_without_step,
    ),
    Check(
        "more_dated_than_passed",
        Severity.ERROR,
        ("passed", "dated", "proxied", "implausible"),
        **remake(
            "er zijn meer gedateerde, vervangen of onmogelijke datums dan gepasseerde mijlpalen",
            "there are more dated, proxied or implausible dates than milestones passed",
        ),
        failing=more_dated_than_passed,
    ),
    Check(
        "more_out_of_order_than_dated",
        Severity.ERROR,
        ("dated", "out_of_order", "early"),
        **remake(
            "er zijn meer datums in een andere volgorde of vooraf ingevoerd dan bruikbare datums",
            "there are more dates out of order or entered early than usable dates",
        ),
        failing=more_out_of_order_than_dated,
    ),
    Check(
        "rows_unaccounted_for",
        Severity.ERROR,
        ("rows_read", "rows_used", "left_out"),
        **remake(
            "gebruikte en weggelaten rijen tellen niet op tot de gelezen rijen",
            "rows used and left out do not add up to the rows read",
        ),
        failing=rows_unaccounted_for,
    ),
)
