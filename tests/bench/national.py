"""A national store, invented: an agreement of 42 regions and 13 institutions, and the counts of their cases.

The agreement is the sample's own, with other parties; it takes the place of the one that the software exchanges
under for as long as the process lives. Counts are written straight into the store, as deliveries would leave them.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from monitor.release.periods import quarters_between
from monitor.store.counts import clock_counts, deliveries, flow_counts, key_sums, step_counts
from monitor.store.deliveries import insert_rows
from monitor.store.engine import writing
from pseudonymise import agreement as agreements
from pseudonymise.agreement import Flow, Institution, Outcome, Step, load_agreement
from tests.monitor.deliveries import norm_result

REGIONS = tuple(f"NL{number:02}" for number in range(1, 43))
EVERYWHERE = 3  # of the eleven certified institutions; the others share the regions between them
CERTIFIED = 11
QUARTERS = ("2020Q4", "2025Q3")  # twenty
UNTIL = date(2025, 12, 31)
SHARES = {"gi": 0.5, "vt": 0.3, "council": 0.2}  # of the trajectories
OUTCOMES = {Outcome.REACHED: 0.82, Outcome.ENDED: 0.08, Outcome.OPEN: 0.06, Outcome.UNREGISTERED: 0.04}
FLOWS = {Flow.ENDED: 0.93, Flow.CONVERTED: 0.05, Flow.TRANSFERRED_IN: 0.02, Flow.TRANSFERRED_OUT: 0.02, Flow.STOCK: 8.3}
Row = tuple[object, ...]


def use_national_agreement(folder: Path) -> None:
    """Let this process exchange under the national agreement. Before anything has asked for another."""
    text = agreements.DATA.joinpath("agreement.toml").read_text("utf-8")
    before, rest = text.split("[[institutions]]", 1)
    after = rest[rest.index("\n# --- the chain") :]
    local = CERTIFIED - EVERYWHERE
    parties = [("VT", "vt", REGIONS), ("RVDK", "council", REGIONS)]
    parties += [(f"GI{number:02}", "gi", REGIONS) for number in range(EVERYWHERE)]
    parties += [(f"GI{number + EVERYWHERE:02}", "gi", REGIONS[number::local]) for number in range(local)]
    blocks = [
        f'[[institutions]]\ncode = "{code}"\nname = "{code}"\nkind = "{kind}"\nregions = {list(regions)}\n'
        for code, kind, regions in parties
    ]
    (folder / "data").mkdir(parents=True)
    (folder / "agreement.toml").write_text(before + re.sub("'", '"', "\n".join(blocks)) + after, "utf-8")
    rows = "".join(f"{code},Regio {code}\n" for code in REGIONS)
    (folder / "data" / "regions.csv").write_text(f"region_code,region_name\n{rows}", "utf-8")
    agreements.DATA = folder


def fill(engine: Engine, trajectories: int, seed: int = 42) -> int:
    """Write the current deliveries of all institutions, and return the number of rows of counts."""
    draw = np.random.default_rng(seed)
    written = 0
    with writing(engine) as connection:
        for party in load_agreement().institutions:
            delivery_id = 1
            connection.execute(
                deliveries.insert().values(
                    institution=party.code,
                    id=delivery_id,
                    until=UNTIL,
                    agreement_version=load_agreement().version,
                    payload_sha256=party.code,
                    received_at=datetime.now(UTC),
                    manifest={"missing_milestones": []},
                )
            )
            rows: dict[str, list[Row]] = {
                table.name: [] for table in (step_counts, clock_counts, flow_counts, key_sums)
            }
            for name, row in _rows(party, trajectories, draw):
                rows[name].append((party.code, delivery_id, *row))
            for table in (step_counts, clock_counts, flow_counts, key_sums):
                columns = tuple(column.name for column in table.columns)
                insert_rows(connection, table, columns, iter(rows[table.name]))
                written += len(rows[table.name])
    return written


def _rows(party: Institution, trajectories: int, draw: np.random.Generator) -> Iterator[tuple[str, Row]]:
    agreement = load_agreement()
    kind = party.kind
    measure_groups = [one.code for one in agreement.measure_groups if (one.code == "none") == (kind != "gi")]
    quarters = quarters_between(*QUARTERS)
    places = sum(len(one.regions) for one in agreement.institutions if one.kind == kind)
    mean = trajectories * SHARES[kind] / (places * len(measure_groups) * len(quarters))
    for group in product(party.regions, measure_groups, quarters):
        cases = int(draw.poisson(mean * draw.gamma(4, 0.25)))
        for clock in agreement.clocks_of(kind):
            yield "clock_counts", (clock.code, *group, cases)
            yield "key_sums", ("clocks", clock.code, *group, "", None, _key(draw))
        for step in agreement.steps_of(kind):
            yield from _step(step, group, cases, draw)
        if kind == "gi":
            for flow, part in FLOWS.items():
                yield "flow_counts", (flow.value, *group, int(draw.poisson(cases * part)))
                yield "key_sums", ("flows", flow.value, *group, "", None, _key(draw))


def _step(step: Step, group: Row, cases: int, draw: np.random.Generator) -> Iterator[tuple[str, Row]]:
    by_outcome = draw.multinomial(cases, list(OUTCOMES.values()))
    for outcome, number in zip(OUTCOMES, by_outcome, strict=True):
        if not number:
            continue
        if outcome is Outcome.UNREGISTERED:
            result = norm_result(step, outcome, None)
            yield "step_counts", (step.code, *group, None, outcome.value, result.value, int(number))
            yield "key_sums", ("steps", step.code, *group, outcome.value, None, _key(draw))
            continue
        if outcome is Outcome.OPEN:
            days = np.full(number, step.horizon)  # all were followed to the end
        else:
            days = np.minimum(draw.gamma(2, step.horizon / 8, number).astype(np.int64), step.horizon)
        durations, counts = np.unique(days, return_counts=True)
        for duration, count in zip(durations.tolist(), counts.tolist(), strict=True):
            result = norm_result(step, outcome, duration)
            yield "step_counts", (step.code, *group, duration, outcome.value, result.value, count)
        for bin_ in np.unique(np.maximum(-(-durations // step.grid), 1) * step.grid).tolist():
            yield "key_sums", ("steps", step.code, *group, outcome.value, bin_, _key(draw))


def _key(draw: np.random.Generator) -> int:
    return int(draw.integers(2**32))
