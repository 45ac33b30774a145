"""New limits for a series (*nieuwe grenzen*): a recorded judgement, let through by a gate, never automatic."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, select

from monitor.access.trail import Act, write
from monitor.catalogue import load_catalogue
from monitor.release.cell import SHARED, Cell, Owner, Statistic, cell_from_row
from monitor.release.course import draw
from monitor.release.periods import is_quarter
from monitor.release.status import name_of
from monitor.statistics.spc import (
    LEAST_NEW_PHASE,
    LEAST_OLD_PHASE,
    Change,
    Direction,
    Rebase,
    Refusal,
    RunChart,
    refusals,
)
from monitor.store.engine import writing
from monitor.store.published import baselines, cells, releases
from pseudonymise.errors import UserError

REFUSALS: Final = {
    Refusal.NO_SIGNAL: "vanaf dat kwartaal is er geen verschuiving en geen trend: de oude grenzen passen nog",
    Refusal.CAUSE_UNKNOWN: "de oorzaak is niet bekend of niet beschreven (--change en --why)",
    Refusal.TARGET_CHANGED: "een andere streefwaarde verandert de werkwijze niet, en dus de grenzen niet",
    Refusal.NOT_LASTING: "niemand verwacht dat de verandering blijft (--lasting)",
    Refusal.NOBODY_DECIDED: "er staat niet bij wie dit besluit (--by)",
    Refusal.OLD_PHASE_SHORT: f"voor dat kwartaal zijn er minder dan {LEAST_OLD_PHASE} definitieve kwartalen",
    Refusal.NEW_PHASE_SHORT: f"vanaf dat kwartaal zijn er minder dan {LEAST_NEW_PHASE} definitieve kwartalen",
}


def read_baselines(connection: Connection) -> dict[str, dict[Owner, list[str]]]:
    """By indicator and owner, the first quarters of new limits in order."""
    recorded: dict[str, dict[Owner, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in connection.execute(select(baselines).order_by(baselines.c.first_quarter)):
        recorded[row.indicator][row.region, row.institution, row.measure_group].append(row.first_quarter)
    return recorded


def record_baseline(
    engine: Engine,
    indicator: str,
    owner: Owner,
    first: str,
    change: Change,
    why: str,
    lasting: bool,
    by: str,
    decided_at: datetime,
) -> None:
    """Record that the series has new limits from the quarter ``first`` on; the next release draws them.

    Judged on the series of the newest release that is seen. ``decided_at`` in UTC. Raises UserError with every
    reason why it may not be.
    """
    who = name_of(by)
    with writing(engine) as connection:
        points = _series(connection, indicator, owner)
        quarters = [point.period for point in points]
        if first not in quarters:
            raise UserError(
                f"De nieuwste uitgave heeft van '{indicator[:40]}' voor deze groep geen kwartaal '{first[:10]}'. "
                "Verwacht een code van een stap, klok of stroom, en een kwartaal uit de reeks, zoals 2024Q2."
            )
        steps = load_catalogue().steps
        direction = Direction.INCREASE if indicator in steps else Direction.NEUTRAL
        drawn = draw(points, direction, phases=read_baselines(connection)[indicator][owner])
        proposed = Rebase(quarters.index(first), change, why, lasting, who, decided_at.date())
        reasons = (Refusal.OLD_PHASE_SHORT,) if isinstance(drawn, RunChart) else refusals(drawn, proposed)
        if reasons:
            listed = "\n".join(f"- {REFUSALS[reason]}" for reason in reasons)
            raise UserError(f"Geen nieuwe grenzen vanaf {first}; er is niets gewijzigd:\n{listed}")
        region, institution, measure_group = owner
        connection.execute(
            baselines.insert().values(
                indicator=indicator,
                region=region,
                institution=institution,
                measure_group=measure_group,
                first_quarter=first,
                change=change.value,
                why=why.strip(),
                decided_by=who,
                decided_at=decided_at,
            )
        )
        write(connection, Act.BASELINE, who, f"{indicator} {first}", decided_at)


def _series(connection: Connection, indicator: str, owner: Owner) -> Sequence[Cell]:
    """The points of a series in the newest release that is seen, by quarter."""
    seen = select(releases.c.id).where(releases.c.confirmed_at.is_not(None)).order_by(releases.c.id.desc()).limit(1)
    columns = cells.c
    region, institution, measure_group = owner
    query = select(cells).where(
        columns.release_id == seen.scalar_subquery(),
        columns.audience == SHARED,
        columns.indicator == indicator,
        columns.statistic == (Statistic.SHARE if indicator in load_catalogue().steps else Statistic.COUNT),
        columns.region == region,
        columns.institution == institution,
        columns.measure_group == measure_group,
    )
    points = [cell_from_row(dict(row)) for row in connection.execute(query.order_by(columns.period)).mappings()]
    return [point for point in points if is_quarter(point.period)]
