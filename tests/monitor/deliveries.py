"""Small valid deliveries, invented: in memory, or signed and encrypted in a file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from pseudonymise.agreement import Flow, NormResult, Outcome, Step, load_agreement
from pseudonymise.calendar import longest_term
from pseudonymise.delivery import FORMAT_VERSION, TABLES, Delivery, Manifest, TableEntry, write_delivery
from pseudonymise.keys import (
    StewardKeys,
    load_institution_keys,
    load_steward_keys,
    make_institution_keys,
    make_steward_keys,
)

UNTIL = date(2026, 9, 30)
GROUP = ["region", "measure_group", "quarter"]
OUTCOMES = [Outcome.REACHED, Outcome.OPEN, Outcome.ENDED, Outcome.UNREGISTERED]


def make_delivery(
    institution: str = "JVV",
    *,
    until: date = UNTIL,
    quarters: Sequence[str] = ("2026Q1", "2026Q2"),
    regions: Sequence[str] | None = None,
    measure_groups: Sequence[str] | None = None,
    cases: int = 5,
    seed: int = 0,
) -> Delivery:
    """A delivery with ``cases`` cases on each clock in each group; another seed gives other cases.

    The default is every region of the institution and every measure group of its kind.
    """
    agreement = load_agreement()
    party = agreement.institution(institution)
    of_kind = [group.code for group in agreement.measure_groups if (group.code == "none") == (party.kind != "gi")]
    groups = list(product(regions or party.regions, measure_groups or of_kind, quarters))
    draw = np.random.default_rng([seed, until.toordinal()])

    def people(count: int) -> pd.DataFrame:
        frame = pd.DataFrame([group for group in groups for _ in range(count)], columns=GROUP)
        return frame.assign(key_sum=draw.integers(2**32, size=len(frame)), cases=1)

    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}

    def count(name: str, people: pd.DataFrame, **codes: str) -> None:
        """Add the people to a table and to the key sums, grouped by whatever columns the table has."""
        people = people.assign(**codes)
        tables[name].append(people.groupby([*TABLES[name][:-1]], dropna=False, as_index=False)["cases"].sum())
        keys = people.rename(columns=dict.fromkeys(codes, "item"))
        if name != "steps":
            keys = keys.assign(outcome="", bin=pd.array([pd.NA] * len(keys), dtype="Int64"))
        sums = keys.assign(table=name).groupby([*TABLES["key_sums"][:-1]], dropna=False, as_index=False)
        tables["key_sums"].append(sums["key_sum"].sum())

    for clock in agreement.clocks_of(party.kind):
        population = people(cases)
        count("clocks", population, clock=clock.code)
        for step in agreement.steps_of(party.kind):
            if step.clock == clock.code:
                count("steps", _follow(population, step, draw), step=step.code)
    if party.kind == "gi":
        for flow in Flow:
            # Three ways out and two ways in, the clock among them: so the stock stays as it is.
            count("flows", people(2 * cases if flow is Flow.TRANSFERRED_IN else cases), flow=flow)
    for milestone in {step.to for step in agreement.steps_of(party.kind)}:
        passed = pd.DataFrame({"quarter": quarters}).assign(
            milestone=milestone, passed=20, dated=19, proxied=0, implausible=1, out_of_order=2, early=1
        )
        tables["quality"].append(passed)
        tables["registrations"].append(_entered(milestone, quarters, until))

    whole = {
        name: pd.concat(parts or [pd.DataFrame(columns=columns)], ignore_index=True)[list(columns)]
        for (name, columns), parts in zip(TABLES.items(), tables.values(), strict=True)
    }
    whole["key_sums"]["key_sum"] %= 2**32
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        institution=institution,
        agreement_version=agreement.version,
        until=until,
        missing_milestones=(),
        registration_delay_days=agreement.follow_up.registration_delay_days,
        registration_delays={},
        rows_read=cases * len(groups) + 1,
        rows_used=cases * len(groups),
        left_out={"no_start": 1},
        tables={name: TableEntry(rows=len(table), sha256="") for name, table in whole.items()},
    )
    content = "".join(table.to_csv() for table in whole.values())
    return Delivery(manifest, sha256(content.encode()).hexdigest(), whole)


def with_table(delivery: Delivery, name: str, table: pd.DataFrame) -> Delivery:
    """The delivery with one of its tables replaced."""
    return replace(delivery, tables={**delivery.tables, name: table})


@dataclass(frozen=True)
class Parties:
    """Keys of the steward and of institutions, in one folder."""

    folder: Path

    @property
    def steward(self) -> StewardKeys:
        return load_steward_keys(self.folder)

    def seal(self, delivery: Delivery, path: Path) -> Path:
        """Write the delivery to a file, signed by its institution and encrypted to the steward."""
        manifest = delivery.manifest
        write_delivery(
            path,
            institution=manifest.institution,
            until=manifest.until,
            missing_milestones=manifest.missing_milestones,
            registration_delay_days=manifest.registration_delay_days,
            registration_delays=manifest.registration_delays,
            rows_read=manifest.rows_read,
            rows_used=manifest.rows_used,
            left_out=manifest.left_out,
            tables=delivery.tables,
            keys=load_institution_keys(self.folder, manifest.institution),
        )
        return path


def make_parties(folder: Path, *institutions: str) -> Parties:
    make_steward_keys(folder)
    for institution in institutions:
        make_institution_keys(folder, institution)
    return Parties(folder)


def _entered(milestone: str, quarters: Sequence[str], until: date) -> pd.DataFrame:
    """Ten events entered in their own quarter and two in the next, as far as these are over."""
    over = pd.Period(pd.Timestamp(until) + pd.Timedelta(days=1), "Q") - 1
    rows = [
        (milestone, quarter, lag, cases)
        for quarter in quarters
        for lag, cases in ((0, 10), (1, 2))
        if pd.Period(quarter, "Q") + lag <= over
    ]
    return pd.DataFrame(rows, columns=TABLES["registrations"])


def _follow(population: pd.DataFrame, step: Step, draw: np.random.Generator) -> pd.DataFrame:
    """What became of each case in a step: outcome, duration, what that means for the norm, and the bin."""
    outcomes = draw.choice(OUTCOMES, p=[0.7, 0.1, 0.1, 0.1], size=len(population))
    durations = [
        None if outcome == Outcome.UNREGISTERED else int(duration)
        for outcome, duration in zip(outcomes, draw.integers(step.horizon + 1, size=len(population)), strict=True)
    ]
    bins = [None if days is None else max(-(-days // step.grid), 1) * step.grid for days in durations]
    return population.assign(
        outcome=outcomes,
        duration=pd.array(durations, dtype="Int64"),
        norm_result=[norm_result(step, *row) for row in zip(outcomes, durations, strict=True)],
        bin=pd.array(bins, dtype="Int64"),
    )


def norm_result(step: Step, outcome: str, duration: int | None) -> NormResult:
    if step.norm is None or step.norm_days is None:
        return NormResult.NONE
    if duration is None:
        return NormResult.UNKNOWN
    if outcome == Outcome.OPEN:
        return NormResult.MISSED if duration >= longest_term(step.norm) else NormResult.NOT_DUE
    if duration > step.norm_days:
        return NormResult.MISSED
    return NormResult.MET if outcome == Outcome.REACHED else NormResult.LAPSED
