"""A store filled case by case, small enough to check a release by hand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, select

from monitor.release.carry import Key
from monitor.release.cell import ALL, SHARED, Cell, Statistic, cell_from_row
from monitor.release.confirm import confirm
from monitor.release.publish import Report, publish
from monitor.store.deliveries import insert_delivery
from monitor.store.published import cells, releases
from pseudonymise.agreement import Outcome, load_agreement
from pseudonymise.delivery import FORMAT_VERSION, TABLES, Delivery, Manifest
from tests.monitor.deliveries import norm_result

UNTIL = date(2022, 3, 31)
LABEL = "2022Q1"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """One case. ``steps``: step code to outcome and duration."""

    key: int
    steps: Mapping[str, tuple[Outcome, int | None]] = field(default_factory=dict)
    region: str = "JZ12"
    measure_group: str = "ots"
    quarter: str = "2021Q1"


def deliver(
    connection: Connection,
    institution: str,
    cases: Iterable[Case],
    *,
    until: date = UNTIL,
    flows: Mapping[str, Iterable[Case]] | None = None,
    missing_milestones: tuple[str, ...] = (),
) -> None:
    """Put a delivery in the store in which every case is on every clock of the institution."""
    agreement = load_agreement()
    kind = agreement.institution(institution).kind
    rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in TABLES}
    cases = list(cases)
    for case in cases:
        group = (case.region, case.measure_group if kind == "gi" else "none", case.quarter)
        for clock in agreement.clocks_of(kind):
            rows["clocks"].append((clock.code, *group, 1))
            rows["key_sums"].append(("clocks", clock.code, *group, "", None, case.key))
        for code, (outcome, duration) in case.steps.items():
            step = agreement.step(code)
            result = norm_result(step, outcome, duration)
            rows["steps"].append((code, *group, duration, outcome.value, result.value, 1))
            in_bin = None if duration is None else max(-(-duration // step.grid), 1) * step.grid
            rows["key_sums"].append(("steps", code, *group, outcome.value, in_bin, case.key))
    for flow, moved in (flows or {}).items():
        for case in moved:
            group = (case.region, case.measure_group, case.quarter)
            rows["flows"].append((flow, *group, 1))
            rows["key_sums"].append(("flows", flow, *group, "", None, case.key))
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        institution=institution,
        agreement_version=agreement.version,
        until=until,
        missing_milestones=missing_milestones,
        registration_delay_days=agreement.follow_up.registration_delay_days,
        registration_delays={},
        rows_read=len(cases),
        rows_used=len(cases),
        left_out={},
        tables={},
    )
    tables = {name: _grouped(rows[name], columns) for name, columns in TABLES.items()}
    insert_delivery(connection, Delivery(manifest, f"{institution}{until}", tables), NOW)


def _grouped(rows: list[tuple[object, ...]], columns: tuple[str, ...]) -> pd.DataFrame:
    *by, value = columns
    frame = pd.DataFrame(rows, columns=list(columns))
    summed = frame.groupby(by, dropna=False, as_index=False)[value].sum() if rows else frame
    return summed.assign(**{name: summed[name].astype("Int64") for name in ("duration", "bin") if name in by})


@dataclass(frozen=True)
class Withstood:
    """The audit of a release that withstood its attack, or did not."""

    passed: bool = True
    reasons: tuple[str, ...] = ()
    given_away: frozenset[Key] = frozenset()

    def model_dump(self, *, mode: str) -> dict[str, object]:
        return {"passed": self.passed, "reasons": list(self.reasons)}


def withstood(_connection: Connection, _release_id: int) -> Withstood:
    """Stands in for the attack, which has tests of its own."""
    return Withstood()


def make(engine: Engine, label: str = LABEL, *, by: str = "Ans", **choices: Any) -> Report:
    """A release that still waits for its confirmation."""
    made_at = choices.pop("made_at", NOW)
    return publish(engine, label, made_at, by, **{"attack": withstood} | choices)


def released(engine: Engine, label: str = LABEL, **choices: Any) -> "Cells":
    """The cells of a release that was made and confirmed."""
    code = make(engine, label, **choices).code
    confirm(engine, label, "Bert", NOW)
    with engine.connect() as connection:
        of_this = select(cells).join(releases, cells.c.release_id == releases.c.id).where(releases.c.code == code)
        return Cells([cell_from_row(row._mapping) for row in connection.execute(of_this)])


@dataclass(frozen=True)
class Cells:
    every: list[Cell]

    def one(self, indicator: str, statistic: Statistic, period: str, **group: str) -> Cell:
        """The only cell of a group; what is not named is not split by."""
        (cell,) = self.some(indicator, statistic, period, **group)
        return cell

    def some(self, indicator: str, statistic: Statistic, period: str, **group: str) -> list[Cell]:
        wanted = {"audience": SHARED, "region": ALL, "institution": ALL, "measure_group": ALL, **group}
        return [
            cell
            for cell in self.every
            if (cell.indicator, cell.statistic, cell.period) == (indicator, statistic, period)
            and all(getattr(cell, name) == value for name, value in wanted.items())
        ]
