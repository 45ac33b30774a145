"""Deliveries with one planted defect each: which rule finds it, and in which rows."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd

from pseudonymise.agreement import NormResult, Outcome
from pseudonymise.delivery import Delivery
from tests.monitor.deliveries import GROUP, make_delivery, with_table

Expected = dict[str, list[int]]
Planted = tuple[Delivery, Expected]
STEP = "first_contact"  # its grid is one day, so each of its rows has a key sum of its own


@cache
def small_delivery() -> Delivery:
    return make_delivery(regions=["JZ12"], measure_groups=["ots", "jr"], cases=8)


def _rows(table: pd.DataFrame, mask: pd.Series) -> list[int]:
    return [int(index) + 2 for index in table.index[mask]]


def _steps_and_keys(delivery: Delivery) -> tuple[pd.DataFrame, pd.DataFrame]:
    return delivery.tables["steps"].copy(), delivery.tables["key_sums"].copy()


def _first(frame: pd.DataFrame, **values: Any) -> int:
    """The index of the first row with these values."""
    return int(frame.index[frame[list(values)].eq(pd.Series(values)).all(axis=1)][0])


def _in_group_of(table: pd.DataFrame, index: int, *columns: str) -> pd.Series:
    return table[[*columns, *GROUP]].eq(table.loc[index, [*columns, *GROUP]]).all(axis=1)


def listed_twice(name: str) -> Callable[[Delivery], Planted]:
    """One row as two that add up to it."""

    def plant(delivery: Delivery) -> Planted:
        table = delivery.tables[name].copy()
        counted = table.columns[-1] if name != "quality" else "implausible"
        index = int(table.index[table[counted] >= (1 if name == "quality" else 2)][0])
        twin = table.loc[[index]].assign(**{counted: 1})
        table.loc[index, counted] -= 1
        return (
            with_table(delivery, name, pd.concat([table, twin], ignore_index=True)),
            {name: [index + 2, len(table) + 2]},
        )

    return plant


def duration_of_unregistered(delivery: Delivery) -> Planted:
    steps, keys = _steps_and_keys(delivery)
    index = _first(steps, step=STEP, outcome=Outcome.UNREGISTERED)
    steps.loc[index, "duration"] = 1
    key = keys["item"].eq(STEP) & keys["outcome"].eq(Outcome.UNREGISTERED) & _same_group(keys, steps, index)
    keys.loc[key, "bin"] = 1
    return _with_steps_and_keys(delivery, steps, keys), {"steps": [index + 2]}


def reached_without_duration(delivery: Delivery) -> Planted:
    steps, keys = _steps_and_keys(delivery)
    index = _first(steps, step=STEP, norm_result=NormResult.MET)
    key = _key_of(keys, steps, index)
    steps.loc[index, "duration"] = pd.NA
    keys.loc[key, "bin"] = pd.NA
    return _with_steps_and_keys(delivery, steps, keys), {"steps": [index + 2]}


def late_called_in_time(delivery: Delivery) -> Planted:
    steps = delivery.tables["steps"].copy()
    index = _first(steps, step=STEP, outcome=Outcome.REACHED, norm_result=NormResult.MISSED)
    steps.loc[index, "norm_result"] = NormResult.MET
    return with_table(delivery, "steps", steps), {"steps": [index + 2]}


def judged_without_norm(delivery: Delivery) -> Planted:
    steps = delivery.tables["steps"].copy()
    index = _first(steps, step="order_receipt", outcome=Outcome.REACHED)
    steps.loc[index, "norm_result"] = NormResult.MET
    return with_table(delivery, "steps", steps), {"steps": [index + 2]}


def reached_what_is_not_registered(delivery: Delivery) -> Planted:
    steps = delivery.tables["steps"]
    manifest = delivery.manifest.model_copy(update={"missing_milestones": ("help_started",)})
    reached = steps["step"].eq("help") & steps["outcome"].eq(Outcome.REACHED)
    return replace(delivery, manifest=manifest), {"steps": _rows(steps, reached)}


def one_case_too_many_in_a_step(delivery: Delivery) -> Planted:
    steps = delivery.tables["steps"].copy()
    index = _first(steps, step="plan")
    steps.loc[index, "cases"] += 1
    return with_table(delivery, "steps", steps), {"steps": _rows(steps, _in_group_of(steps, index, "step"))}


def steps_without_their_clock(delivery: Delivery) -> Planted:
    clocks, keys, steps = (delivery.tables[name] for name in ("clocks", "key_sums", "steps"))
    gone = clocks.loc[0]
    key = keys["table"].eq("clocks") & keys[GROUP].eq(gone[GROUP]).all(axis=1)
    without = with_table(delivery, "clocks", clocks.drop(index=0).reset_index(drop=True))
    accused = _rows(steps, steps[GROUP].eq(gone[GROUP]).all(axis=1))
    return with_table(without, "key_sums", keys[~key].reset_index(drop=True)), {"steps": accused}


def clock_without_one_of_its_steps(delivery: Delivery) -> Planted:
    steps, keys = _steps_and_keys(delivery)
    index = _first(steps, step="plan")
    gone = _in_group_of(steps, index, "step")
    key = keys["item"].eq("plan") & _same_group(keys, steps, index)
    clocks = delivery.tables["clocks"]
    accused = _rows(clocks, clocks[GROUP].eq(steps.loc[index, GROUP]).all(axis=1))
    return (
        _with_steps_and_keys(delivery, steps[~gone].reset_index(drop=True), keys[~key].reset_index(drop=True)),
        {"clocks": accused},
    )


def step_without_key(delivery: Delivery) -> Planted:
    """The key sum moves to another group of the same step, so that the total still fits."""
    steps, keys = _steps_and_keys(delivery)
    index = _first(steps, step=STEP)
    key = _key_of(keys, steps, index)
    other = next(i for i in keys.index[_in_group_of(keys, key, "table", "item")] if i != key)
    keys.loc[other, "key_sum"] = (keys.loc[other, "key_sum"] + keys.loc[key, "key_sum"]) % 2**32
    return _with_steps_and_keys(delivery, steps, keys.drop(index=key).reset_index(drop=True)), {"steps": [index + 2]}


def flow_without_key(delivery: Delivery) -> Planted:
    keys = delivery.tables["key_sums"]
    flows = delivery.tables["flows"]
    key = _first(keys, table="flows")
    accused = flows["flow"].eq(keys.loc[key, "item"]) & flows[GROUP].eq(keys.loc[key, GROUP]).all(axis=1)
    without = with_table(delivery, "key_sums", keys.drop(index=key).reset_index(drop=True))
    return without, {"flows": _rows(flows, accused)}


def clock_without_key(delivery: Delivery) -> Planted:
    keys = delivery.tables["key_sums"]
    clocks = delivery.tables["clocks"]
    key = _first(keys, table="clocks")
    accused = _rows(clocks, clocks[GROUP].eq(keys.loc[key, GROUP]).all(axis=1))
    without = with_table(delivery, "key_sums", keys.drop(index=key).reset_index(drop=True))
    return without, {"clocks": accused}


def key_without_cases(delivery: Delivery) -> Planted:
    keys = delivery.tables["key_sums"]
    stray = keys.loc[[_first(keys, table="flows")]].assign(measure_group="vots", key_sum=0)
    return with_table(delivery, "key_sums", pd.concat([keys, stray], ignore_index=True)), {"key_sums": [len(keys) + 2]}


def key_beside_the_grid(delivery: Delivery) -> Planted:
    """The plan is counted by weeks: day 8 is no point of its grid."""
    steps, keys = _steps_and_keys(delivery)
    key = int(keys.index[keys["item"].eq("plan") & keys["bin"].gt(7).fillna(False)][0])
    last_day = keys.loc[key, "bin"]
    in_bin = steps["duration"].le(last_day) & steps["duration"].gt(last_day - 7)
    same = steps["outcome"].eq(keys.loc[key, "outcome"]) & steps[GROUP].eq(keys.loc[key, GROUP]).all(axis=1)
    accused = _rows(steps, steps["step"].eq("plan") & same & in_bin.fillna(False))
    keys.loc[key, "bin"] = last_day - 6
    return with_table(delivery, "key_sums", keys), {"steps": accused, "key_sums": [key + 2]}


def keys_of_step_do_not_add_up(delivery: Delivery) -> Planted:
    keys = delivery.tables["key_sums"].copy()
    index = _first(keys, item="plan")
    keys.loc[index, "key_sum"] = (keys.loc[index, "key_sum"] + 1) % 2**32
    return with_table(delivery, "key_sums", keys), {"key_sums": _rows(keys, _in_group_of(keys, index, "table", "item"))}


def more_dates_than_milestones(delivery: Delivery) -> Planted:
    quality = delivery.tables["quality"].copy()
    quality.loc[3, "dated"] = quality.loc[3, "passed"] + 1
    return with_table(delivery, "quality", quality), {"quality": [5]}


def more_out_of_order_than_dates(delivery: Delivery) -> Planted:
    quality = delivery.tables["quality"].copy()
    quality.loc[2, "out_of_order"] = quality.loc[2, "dated"] + 1
    return with_table(delivery, "quality", quality), {"quality": [4]}


def more_early_than_dates(delivery: Delivery) -> Planted:
    quality = delivery.tables["quality"].copy()
    quality.loc[2, "early"] = quality.loc[2, "dated"] + 1
    return with_table(delivery, "quality", quality), {"quality": [4]}


def entered_after_the_extract(delivery: Delivery) -> Planted:
    table = delivery.tables["registrations"].copy()
    index = _first(table, quarter="2026Q2", lag=1)
    table.loc[index, "lag"] = 2
    return with_table(delivery, "registrations", table), {"registrations": [index + 2]}


def entered_too_few_times(delivery: Delivery) -> Planted:
    table = delivery.tables["registrations"].copy()
    index = _first(table, quarter="2026Q1", lag=0)
    table.loc[index, "cases"] = 7  # with the two of the next quarter nine
    same = table[["milestone", "quarter"]].eq(table.loc[index, ["milestone", "quarter"]]).all(axis=1)
    return with_table(delivery, "registrations", table), {"registrations": _rows(table, same)}


def entered_more_often_than_dated(delivery: Delivery) -> Planted:
    """With 12 entries in each quarter and 19 dates, 26 more are 50 of 38 by the second, and 38 of 19 by the first."""
    table = delivery.tables["registrations"].copy()
    table.loc[_first(table, milestone="plan_established", quarter="2026Q1", lag=0), "cases"] += 26
    return with_table(delivery, "registrations", table), {
        "registrations": _rows(table, table["milestone"].eq("plan_established"))
    }


def another_delay_than_agreed(delivery: Delivery) -> Planted:
    manifest = delivery.manifest.model_copy(update={"registration_delay_days": 13})
    return replace(delivery, manifest=manifest), {"manifest": []}


def slower_than_the_delay(delivery: Delivery) -> Planted:
    manifest = delivery.manifest.model_copy(update={"registration_delays": {"plan_established": 15}})
    return replace(delivery, manifest=manifest), {"manifest": []}


def rows_lost_on_the_way(delivery: Delivery) -> Planted:
    manifest = delivery.manifest.model_copy(update={"rows_read": delivery.manifest.rows_read + 1})
    return replace(delivery, manifest=manifest), {"manifest": []}


DEFECTS: list[tuple[str, Callable[[Delivery], Planted]]] = [
    *(
        ("counted_twice", listed_twice(name))
        for name in ("steps", "clocks", "flows", "quality", "registrations", "key_sums")
    ),
    ("duration_and_outcome_differ", duration_of_unregistered),
    ("duration_and_outcome_differ", reached_without_duration),
    ("norm_result_and_duration_differ", late_called_in_time),
    ("norm_result_and_duration_differ", judged_without_norm),
    ("reached_without_source", reached_what_is_not_registered),
    ("steps_and_clock_differ", one_case_too_many_in_a_step),
    ("steps_and_clock_differ", steps_without_their_clock),
    ("clock_without_step", clock_without_one_of_its_steps),
    ("key_sums_and_counts_differ", step_without_key),
    ("key_sums_and_counts_differ", flow_without_key),
    ("key_sums_and_counts_differ", clock_without_key),
    ("key_sums_and_counts_differ", key_without_cases),
    ("key_sums_and_counts_differ", key_beside_the_grid),
    ("key_sums_of_step_and_clock_differ", keys_of_step_do_not_add_up),
    ("more_dated_than_passed", more_dates_than_milestones),
    ("more_out_of_order_than_dated", more_out_of_order_than_dates),
    ("more_out_of_order_than_dated", more_early_than_dates),
    ("registered_after_the_extract", entered_after_the_extract),
    ("too_few_registered", entered_too_few_times),
    ("registered_more_than_dated", entered_more_often_than_dated),
    ("delay_without_ground", another_delay_than_agreed),
    ("delay_without_ground", slower_than_the_delay),
    ("rows_unaccounted_for", rows_lost_on_the_way),
]


def _same_group(keys: pd.DataFrame, steps: pd.DataFrame, index: int) -> pd.Series:
    return keys[GROUP].eq(steps.loc[index, GROUP]).all(axis=1)


def _key_of(keys: pd.DataFrame, steps: pd.DataFrame, index: int) -> int:
    row = steps.loc[index]
    last_day = row["duration"] if pd.isna(row["duration"]) else max(row["duration"], 1)
    same_bin = keys["bin"].eq(last_day) if pd.notna(last_day) else keys["bin"].isna()
    key = keys["item"].eq(STEP) & keys["outcome"].eq(row["outcome"]) & same_bin.fillna(False)
    return int(keys.index[key & _same_group(keys, steps, index)][0])


def _with_steps_and_keys(delivery: Delivery, steps: pd.DataFrame, keys: pd.DataFrame) -> Delivery:
    return with_table(with_table(delivery, "steps", steps), "key_sums", keys)
