"""A store with one release of plausible, invented cells: every planned table and nearly every reason.

Not what a release computes: only what a screen can meet.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert

from monitor.access.roles import parse_role
from monitor.catalogue import load_catalogue
from monitor.release.cell import (
    ALL,
    SHARED,
    Bound,
    Cohort,
    MissingReason,
    Statistic,
    SuppressedReason,
    cell_from_row,
    row_from_cell,
)
from monitor.release.derive import derived_cells
from monitor.release.learning import TOPICS, audiences
from monitor.store.published import cells, demonstration, releases
from monitor.store.schema import metadata
from monitor.views.reading import Reader, latest_release
from pseudonymise.agreement import Flow, Step, load_agreement, region_names

LABEL, UNTIL = "2026Q3", date(2026, 9, 30)
YEARS = [str(year) for year in range(2021, 2026)]
QUARTERS = ["2020Q4", *(f"{year}Q{quarter}" for year in range(2021, 2027) for quarter in range(1, 5))][:-1]
REPORTED = [*QUARTERS[-8:], "2025"]  # spreadsheets came in later than deliveries
NOT_DELIVERED = "VTNOG"  # an institution of the agreement that is not in this release
NOT_IN_SOURCE = ("WSS", "help")  # delivered, without this milestone
SHARES = {"road": 0.31, "worker_assigned": 0.66, "plan": 0.58, "help": 0.61, "first_contact": 0.74, "vt_start": 0.71}
WEIGHTS = {"JBGLD": 0.6, "WSS": 0.2, "LDH": 0.14, "JVV": 0.06}


def fill(path: Path) -> str:
    """Writes the store and returns its URL."""
    url = f"sqlite:///{path}"
    engine = create_engine(url)
    metadata.create_all(engine)
    delivered = [one.code for one in load_agreement().institutions if one.code != NOT_DELIVERED]
    with engine.begin() as connection:
        connection.execute(insert(demonstration).values(since=datetime(2026, 11, 2, tzinfo=UTC)))
        release = connection.execute(
            insert(releases).values(
                code=f"{LABEL}-provisional",
                label=LABEL,
                kind="provisional",
                agreement_version=load_agreement().version,
                made_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
                confirmed_at=datetime(2026, 11, 2, 10, 0, tzinfo=UTC),
                deliveries=dict.fromkeys(delivered, UNTIL.isoformat()),
            )
        ).inserted_primary_key[0]
        empty = {column.name: None for column in cells.columns} | {"final": False}
        rows = [empty | row for row in (*_steps(), *_counts(), *_learned())]
        of_release = {"release_id": release}
        connection.execute(insert(cells), [row | of_release for row in (*rows, *_derived(rows))])
    engine.dispose()
    return url


def _derived(rows):
    by_indicator = defaultdict(list)
    for row in rows:
        by_indicator[row["indicator"]].append(cell_from_row(row))
    return [row_from_cell(cell) for some in by_indicator.values() for cell in derived_cells(some)]


def _groups(kind):
    """Every group and period of the plan for one kind of institution: region, institution, measure group, period."""
    agreement = load_agreement()
    regions = list(region_names())
    institutions = [one for one in agreement.institutions if one.kind == kind]
    measure_groups = [one.code for one in agreement.measure_groups if one.code != "none"] if kind == "gi" else []
    for table in load_catalogue().tables:
        periods = QUARTERS if table.period == "quarter" else YEARS
        yield from product(
            regions if table.region == "each" else [ALL],
            [one.code for one in institutions] if table.institution == "each" else [ALL],
            measure_groups if table.measure_group == "each" else [ALL],
            periods,
        )


def _missing(kind, step, region, institution):
    agreement = load_agreement()
    if institution != ALL:
        party = agreement.institution(institution)
        if region != ALL and region not in party.regions:
            return MissingReason.NOT_ACTIVE
        if institution == NOT_DELIVERED:
            return MissingReason.NOT_DELIVERED
        if (institution, step) == NOT_IN_SOURCE:
            return MissingReason.NOT_IN_SOURCE
    if kind == "vt" and region in agreement.institution(NOT_DELIVERED).regions and region != "JZ21":
        return MissingReason.NOT_DELIVERED
    return None


def _size(kind, region, institution, measure_group, period):
    size = {"gi": 380, "vt": 520, "council": 300}[kind] * (4 if "Q" not in period else 1)
    size *= 1 if region == ALL else {"JZ28": 0.25, "JZ32": 0.2}.get(region, 0.11)
    size *= 1 if institution == ALL else WEIGHTS.get(institution, 0.4 if kind == "vt" else 1)
    size *= 1 if measure_group == ALL else {"ots": 0.55, "vots": 0.1, "voogdij": 0.15, "jr": 0.2}[measure_group]
    return max(
        0,
        round(size * random.Random(f"{kind}{region}{institution}{measure_group}{period}").uniform(0.85, 1.15)),
    )


def _cohort(step: Step, period):
    days = (step.norm_days or step.grid) * (1.4 if step.unit == "working_days" else 1)
    year, quarter = (int(period[:4]), int(period[-1])) if "Q" in period else (int(period), 4)
    waited = (UNTIL - date(year + quarter // 4, (quarter * 3) % 12 + 1, 1)).days
    if waited > days:
        return Cohort.FINAL
    return Cohort.PROVISIONAL if waited > days - 60 else Cohort.UNDETERMINABLE


def _steps():
    agreement = load_agreement()
    for step in agreement.steps:
        kind = agreement.clock(step.clock).kind
        for group in _groups(kind):
            yield from _step(step, kind, SHARED, *group)
            own = group[1] != ALL and group[1] != NOT_DELIVERED and group[2] == ALL
            if own and not agreement.clock(step.clock).linked:
                yield from _step(step, kind, group[1], *group)


def _step(step, kind, audience, region, institution, measure_group, period):
    n = _size(kind, region, institution, measure_group, period)
    cohort = _cohort(step, period)
    rng = random.Random(f"{step.code}{region}{institution}{measure_group}{period}")
    share = min(0.94, max(0.2, SHARES.get(step.code, 0.55) + rng.gauss(0, 0.03) + 0.015 * (int(period[:4]) - 2021)))
    completeness = 82 if (institution, step.code) == ("LDH", "help") else 97
    own = audience != SHARED
    base = {
        "audience": audience,
        "indicator": step.code,
        "region": region,
        "institution": institution,
        "measure_group": measure_group,
        "period": period,
        "cohort": cohort,
        "completeness": completeness,
    }

    def cell(statistic, state="published", **values):
        return base | {"statistic": statistic, "state": state} | values

    def published(statistic, value, margin=0.0, **values):
        return cell(
            statistic,
            value=value,
            lower=max(0, round(value - margin)) if margin else None,
            upper=min(100, round(value + margin)) if margin else None,
            n=n,
            bound=Bound.EXACT,
            **values,
        )

    with_norm = (Statistic.MEDIAN, Statistic.P90)
    if step.norm:
        with_norm = (Statistic.SHARE, Statistic.VERDICT, *with_norm)
    missing = _missing(kind, step.code, region, institution)
    if step == load_agreement().road and period < load_agreement().linked.first_quarter:
        missing = MissingReason.NEEDS_LINKAGE
    if missing is None and n == 0:
        missing = MissingReason.NO_CASES
    if missing is None and cohort is Cohort.UNDETERMINABLE:
        missing = MissingReason.UNDETERMINABLE
    if missing is not None:
        yield from (cell(statistic, "missing", reason=missing) for statistic in with_norm)
        return
    if n < 20 and not own:
        yield from (cell(statistic, "suppressed", reason=SuppressedReason.FEW_CASES) for statistic in with_norm)
        return
    percent = round(100 * share)
    margin = 196 * (share * (1 - share) / n + (0 if own else 3 / n**2)) ** 0.5
    if step.norm:
        target = load_catalogue().steps[step.code].target_share
        if completeness < 90:
            yield cell(Statistic.SHARE, "missing", reason=MissingReason.INCOMPLETE)
        elif n < 50 and not own:
            yield cell(Statistic.SHARE, "suppressed", reason=SuppressedReason.NOISE)
        elif share > 0.93:
            yield published(Statistic.SHARE, 93) | {"bound": Bound.AT_LEAST}
        else:
            yield published(Statistic.SHARE, percent, margin)
        if completeness < 90 or cohort is Cohort.PROVISIONAL:
            yield published(Statistic.LOWER_BOUND, percent - 12)
            yield published(Statistic.UPPER_BOUND, percent + 6)
        if target is not None:
            if completeness < 90:
                yield cell(Statistic.VERDICT, "missing", reason=MissingReason.INCOMPLETE)
            elif cohort is not Cohort.FINAL:
                yield cell(Statistic.VERDICT, "missing", reason=MissingReason.NOT_FINAL)
            elif not own and (n < 50 or abs(percent - target) <= 1):
                yield cell(Statistic.VERDICT, "suppressed", reason=SuppressedReason.NOISE_RANGE)
            else:
                yield published(Statistic.VERDICT, float(percent >= target))
    norm = step.norm_days or step.grid * 6
    median = next((point for point in step.grid_points if _reached(point, norm, share) >= 0.5), None)
    if median is None:
        yield cell(Statistic.MEDIAN, "missing", reason=MissingReason.NOT_REACHED)
    else:
        yield published(Statistic.MEDIAN, median, 0) | {
            "lower": max(step.grid, median - step.grid),
            "upper": median + step.grid,
        }
    p90 = next((point for point in step.grid_points if _reached(point, norm, share) >= 0.9), None)
    if n < 100 and not own:
        yield cell(Statistic.P90, "suppressed", reason=SuppressedReason.FEW_CASES)
    elif p90 is None:
        yield cell(Statistic.P90, "missing", reason=MissingReason.NOT_REACHED)
    else:
        yield published(Statistic.P90, p90)
    # Only what the screens draw in tests: the curves of the last year and of two quarters.
    if n >= 60 and period in ("2025", "2026Q1", "2026Q2"):
        for point in step.grid_points:
            value = round(100 * _reached(point, norm, share))
            yield published(Statistic.CURVE, value, margin) | {"point": point}


def _reached(point, norm, share):
    """A curve through ``share`` at the norm."""
    return 1 - (1 - share) ** (point / norm)


def _counts():
    agreement = load_agreement()
    for clock in agreement.clocks:
        for group in _groups(clock.kind):
            yield from _count(clock.kind, clock.code, 1.0, *group)
    for flow, factor in zip(Flow, (0.93, 0.05, 0.02, 0.02, 8.3), strict=True):
        for group in _groups("gi"):
            yield from _count("gi", flow.value, factor, *group)
    for code, factor in (("waiting", 0.5), ("throughflow", 0.8)):
        for group in _groups("gi"):
            if group[3] in REPORTED:
                yield from _count("gi", code, factor, *group)
    for code, result in load_catalogue().results.items():
        for group in _groups("gi"):
            if group[2] == ALL and group[3] in REPORTED:
                yield from _ratio(code, result, *group)


def _learned():
    """By region and of the seven together; of one region work and joy in it were not delivered by everybody."""
    years = {"help_outcomes": ("2023", "2024"), "help_requests": ("2023", "2024")}
    for topic in TOPICS:
        quarterly = topic.in_quarters and not topic.by_year
        periods = QUARTERS[-8:] if quarterly else years.get(topic.template, ("2024", "2025"))
        for audience, _, groups in audiences(topic):
            for group, period in product(groups, periods):
                yield from _learned_of(topic, audience, group, period)


def _learned_of(topic, audience, group, period):
    rng = random.Random(f"{topic.code}{group.region}{group.institution}{period}")
    own = audience != SHARED
    base = {
        "audience": audience,
        "indicator": topic.code,
        "region": group.region,
        "institution": group.institution,
        "measure_group": ALL,
        "period": period,
    }

    def cell(statistic, state="published", **values):
        return base | {"statistic": statistic, "state": state} | values

    def published(statistic, value, **values):
        return cell(statistic, value=value, bound=Bound.EXACT, **values)

    late = topic.template in ("time_sample", "joy_in_work") and group.region in ("JZ25", ALL) and period == "2024"
    if late and not own:
        yield from (cell(one, "missing", reason=MissingReason.NOT_DELIVERED) for one in topic.said)
        return
    n = (1400 if group.region == ALL else 200) // (10 if own else 1)
    share = 40 + rng.randrange(35)
    if n < 20 or (group.region == "JZ12" and topic.code == "joy_response"):
        yield from (cell(one, "suppressed", reason=SuppressedReason.FEW_CASES) for one in topic.said)
        return
    for statistic in topic.said:
        if statistic is Statistic.SHARE:
            yield published(statistic, share, lower=share - 6, upper=share + 5, n=n)
        elif statistic in (Statistic.LOWER_BOUND, Statistic.UPPER_BOUND):
            low = statistic is Statistic.LOWER_BOUND
            value, bound = (share - 15, Bound.AT_LEAST) if low else (share + 18, Bound.AT_MOST)
            yield published(statistic, value, n=n) | {"bound": bound}
        elif statistic is Statistic.MEDIAN:
            yield published(statistic, 28, lower=14, upper=56, n=n)
        elif statistic is Statistic.P90:
            yield cell(statistic, "missing", reason=MissingReason.NOT_REACHED)
        elif statistic is Statistic.COUNT:
            small = topic.by_year and group.region in ("JZ12", "JZ30")
            if small and not own:
                yield cell(statistic, "suppressed", reason=SuppressedReason.SMALL_COUNT)
            else:
                yield published(statistic, 20 + rng.randrange(60))
        else:
            levels = {"spend_per_family": 4000, "new_fields": 0, "survey_minutes": 300, "hours_used_25": 28}
            yield published(statistic, float(levels.get(topic.code, 31 + rng.randrange(20))))


def _ratio(code, result, region, institution, measure_group, period):
    base = {
        "audience": SHARED,
        "indicator": code,
        "statistic": Statistic.RATIO,
        "region": region,
        "institution": institution,
        "measure_group": measure_group,
        "period": period,
    }
    missing = _missing("gi", "", region, institution)
    level = {"caseload": 14.5, "absence": 7, "turnover": 4, "help_cost": 21_000}[code]
    value = level * random.Random(f"{code}{region}{institution}{period}").uniform(0.9, 1.1)
    if missing is not None:
        yield base | {"state": "missing", "reason": missing}
    elif institution == "JVV":
        yield base | {"state": "suppressed", "reason": SuppressedReason.FEW_CASES}
    else:
        value = round(value / result.step) * result.step
        yield base | {"state": "published", "value": value, "bound": Bound.EXACT}


def _count(kind, indicator, factor, region, institution, measure_group, period):
    base = {
        "indicator": indicator,
        "statistic": Statistic.COUNT,
        "region": region,
        "institution": institution,
        "measure_group": measure_group,
        "period": period,
    }
    n = round(_size(kind, region, institution, measure_group, period) * factor)
    missing = _missing(kind, "", region, institution)
    if missing is not None:
        yield base | {"audience": SHARED, "state": "missing", "reason": missing}
        return
    if 0 < n < 10:
        yield base | {"audience": SHARED, "state": "suppressed", "reason": SuppressedReason.SMALL_COUNT}
    else:
        yield base | {"audience": SHARED, "state": "published", "value": n, "bound": Bound.EXACT}
    if institution != ALL:
        yield base | {"audience": institution, "state": "published", "value": n, "bound": Bound.EXACT}


@pytest.fixture(scope="session")
def cells_url(tmp_path_factory) -> str:
    """The URL of a store with one release of invented cells."""
    return fill(tmp_path_factory.mktemp("cells") / "store.db")


@pytest.fixture(scope="session")
def read_as(cells_url) -> Iterator[Callable[[str], Reader]]:
    """A reader of that store in the role of a code: ``board``, ``institution-WSS``."""
    engine = create_engine(cells_url)
    release = latest_release(engine)
    yield lambda code: Reader(engine, release, parse_role(code))
    engine.dispose()
