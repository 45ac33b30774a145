"""Roads from report to help on the sample, whose truth is known: reckoned again from the files of the institutions.

Plain Python and dates. What the institutions linked by is erased from the store, so that the links are looked up in the
files that they sent, with the keys of those who may.
"""

import csv
import json
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from sqlalchemy import select

from monitor.release.cell import ALL, SHARED, Statistic
from monitor.release.compute import axes_of, read_clock, read_step
from monitor.release.periods import quarters_between
from monitor.store.engine import open_engine
from monitor.store.linked import count_waiting, linked_files, newest_run
from monitor.store.published import cells, releases
from pseudonymise.agreement import load_agreement
from pseudonymise.keys import load_institution_keys, load_steward_keys
from pseudonymise.linked.events import open_events
from pseudonymise.linked.exchange import read_links
from sample_data.people import test_numbers as numbers_of_the_sample

STEP = load_agreement().road
QUARTERS = quarters_between("2024Q1", "2026Q3")


class Row(NamedTuple):
    institution: str
    bsn: str
    milestone: str
    date: date | None
    region: str


class Road(NamedTuple):
    """``days``: to the first help; None without. ``undated``: nobody can say how long."""

    institution: str
    region: str
    quarter: str
    days: int | None
    undated: bool


@pytest.fixture(scope="module")
def index(road_folder: Path) -> dict:
    return json.loads((road_folder / "sample" / "sample.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def rows(road_folder: Path, index: dict) -> list[Row]:
    found = []
    for one in load_agreement().linked_parties:
        with (road_folder / "sample" / index[one.code]["chain"]).open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter=";"):
                day = None if row["date"] == "onbekend" else date.fromisoformat(row["date"])
                found.append(Row(one.code, row["bsn"], row["milestone"], day, row["region"]))
    return found


@pytest.fixture(scope="module")
def roads(rows: list[Row]) -> list[Road]:
    """By the rules of the agreement, one child at a time."""
    found = []
    of_child: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.bsn:
            of_child[row.bsn].append(row)
        elif row.milestone == "report_received":
            found.append(Road(row.institution, row.region, quarter(row.date), None, True))
    for known in of_child.values():
        reports = [row for row in known if row.milestone == "report_received"]
        if not reports:
            continue
        start = min(reports, key=lambda row: (row.date, row.institution))
        helps = [row.date for row in known if row.milestone == "help_started"]
        dated = sorted(day for day in helps if day)
        if dated and dated[0] < start.date:
            continue
        days = (dated[0] - start.date).days if dated else None
        found.append(Road(start.institution, start.region, quarter(start.date), days, not dated and bool(helps)))
    return found


def quarter(day: date | None) -> str:
    assert day is not None
    return f"{day.year}Q{(day.month + 2) // 3}"


@pytest.fixture(scope="module")
def connection(road_folder: Path):
    engine = open_engine(f"sqlite:///{road_folder / 'verbetermonitor.db'}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_every_link_is_found_and_no_false_one(road_folder: Path, rows: list[Row]) -> None:
    """Two institutions send the same pseudonym exactly when they wrote down the same number."""
    keys, pseudonyms = road_folder / "keys", {}
    steward = load_steward_keys(keys)
    sent: dict[str, set[str]] = {}
    for one in load_agreement().linked_parties:
        links = read_links(
            road_folder / "linked" / f"{one.code.lower()}-pseudonym.links", load_institution_keys(keys, one.code)
        )
        pseudonyms[one.code] = {number: value.hex() for number, value in links.values.items()}
        file = road_folder / "deliveries" / f"{one.code.lower()}.events"
        frame = open_events(file.name, file.read_bytes(), steward.identity, steward.suppliers).frame
        sent[one.code] = set(frame["pseudonym"]) - {""}
    everybody = {row.bsn for row in rows if row.bsn}
    by_pseudonym: dict[str, set[str]] = defaultdict(set)
    for of in pseudonyms.values():
        for number, value in of.items():
            by_pseudonym[value].add(number)
    assert {len(numbers) for numbers in by_pseudonym.values()} == {1}  # no two children share one
    assert len(by_pseudonym) == len(everybody)  # and no child has two
    known = {code: {row.bsn for row in rows if row.institution == code and row.bsn} for code in sent}
    assert {code: {next(iter(by_pseudonym[value])) for value in values} for code, values in sent.items()} == known
    starts, ends = ({code for code in known if code.startswith("VT") is at_vt} for at_vt in (True, False))
    both = set.union(*(known[code] for code in starts)) & set.union(*(known[code] for code in ends))
    linked = set.union(*(sent[code] for code in starts)) & set.union(*(sent[code] for code in ends))
    assert len(linked) == len(both) > 1000


def test_the_counts_before_protection_are_those_of_the_truth(connection, roads: list[Road]) -> None:
    """Of every Veilig Thuis, region and quarter: how many roads, helped after how many days, open, or unknown."""
    run = newest_run(connection)
    axes = axes_of("vt", QUARTERS)
    clock = read_clock(connection, axes, load_agreement().clock(STEP.clock)).cases[:, :, 0]
    timed = read_step(connection, axes, STEP, np.zeros(axes.shape, dtype=np.bool_)).durations
    followed = {name: min((run.followed_until - end_of(name)).days, STEP.horizon) for name in QUARTERS}
    cases = Counter((road.institution, road.region, road.quarter) for road in roads if followed[road.quarter] >= 0)
    reached = Counter(
        (*road[:3], road.days) for road in roads if road.days is not None and road.days <= followed[road.quarter]
    )
    unknown = Counter(road[:3] for road in roads if road.undated and followed[road.quarter] >= 0)
    assert sum(reached.values()) > 500
    institutions = [one.code for one in axes.institutions]
    for place in np.ndindex(clock.shape):
        key = (institutions[place[0]], axes.regions[place[1]], QUARTERS[place[2]])
        at = (place[0], place[1], 0, place[2])
        assert clock[place] == cases[key], key
        truly = {days: count for (*of, days), count in reached.items() if tuple(of) == key}
        assert {int(days): int(timed.reached[at][days]) for days in np.flatnonzero(timed.reached[at])} == truly, key
        still = cases[key] - unknown[key] - sum(truly.values())
        assert timed.open[at].sum() == still, key


def end_of(name: str) -> date:
    year, number = int(name[:4]), int(name[5])
    return date(year + number // 4, number * 3 % 12 + 1, 1) - timedelta(days=1)


def test_the_release_shows_a_share_near_the_true_one(connection, roads: list[Road]) -> None:
    """Noise of at most five and rounding stand between: of all together in a year that is final."""
    newest = connection.scalar(select(releases.c.id).order_by(releases.c.id.desc()).limit(1))
    row = connection.execute(
        select(cells.c.value, cells.c.n, cells.c.completeness).where(
            cells.c.release_id == newest,
            cells.c.audience == SHARED,
            cells.c.indicator == STEP.code,
            cells.c.statistic == Statistic.SHARE,
            cells.c.region == ALL,
            cells.c.institution == ALL,
            cells.c.period == "2024",
        )
    ).one()
    of_year = [road for road in roads if road.quarter.startswith("2024")]
    registered = [road for road in of_year if not road.undated]
    share = 100 * np.mean([road.days is not None and road.days <= STEP.norm_days for road in registered])
    assert row.value == pytest.approx(share, abs=1.5)
    assert row.n == pytest.approx(len(of_year), abs=5)
    assert row.completeness == pytest.approx(100 * len(registered) / len(of_year), abs=1.5)


def test_nothing_of_a_person_is_left_in_the_monitor_and_the_trace_says_when_it_went(
    road_folder: Path, connection
) -> None:
    assert count_waiting(connection) == 0
    files = connection.execute(select(linked_files)).all()
    assert {one.institution for one in files} == {one.code for one in load_agreement().linked_parties}
    assert {one.erased_why for one in files} == {"counted"}
    steward = load_steward_keys(road_folder / "keys")
    store = b"".join(path.read_bytes() for path in road_folder.glob("verbetermonitor.db*"))
    for one in files:
        file = road_folder / "deliveries" / f"{one.institution.lower()}.events"
        frame = open_events(file.name, file.read_bytes(), steward.identity, steward.suppliers).frame
        assert not any(value.encode() in store for value in frame["pseudonym"].head(50) if value)


def test_no_number_of_the_sample_stands_outside_the_institutions(road_folder: Path) -> None:
    """File by file: what goes between the parties, what the key holders keep, and the store of the monitor."""
    numbers = set(numbers_of_the_sample().astype(str).tolist())
    paths = [
        *(path for path in (road_folder / "linked").rglob("*") if path.is_file()),
        *(road_folder / "deliveries").iterdir(),
        *road_folder.glob("verbetermonitor.db*"),
    ]
    assert len(paths) > 40
    for path in paths:
        found = {text.decode() for text in re.findall(rb"(?<![0-9])999[0-9]{6}(?![0-9])", path.read_bytes())}
        assert not found & numbers, path.name
