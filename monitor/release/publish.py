"""Publish a release (*uitgave*): all its cells and the release itself in one transaction, or nothing."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter

from sqlalchemy import Connection, Engine, select

from monitor.release.cell import SHARED, Cell, row_from_cell
from monitor.release.compute import Source, read_sources
from monitor.release.periods import is_quarter, last_day
from monitor.release.plan import release_cells
from monitor.store.deliveries import insert_rows
from monitor.store.engine import writing
from monitor.store.published import cells, releases
from pseudonymise.agreement import load_agreement
from pseudonymise.errors import UserError

Progress = Callable[[Iterable[list[Cell]]], Iterable[list[Cell]]]

COLUMNS = tuple(column.name for column in cells.columns)  # the first is release_id
_values = itemgetter(*COLUMNS[1:])


@dataclass(frozen=True)
class Report:
    """What a release holds. ``shared``: cells by state and, where there is no figure, reason. ``own``: their
    number."""

    label: str
    deliveries: dict[str, date]
    shared: Counter[tuple[str, str | None]]
    own: int


def publish(engine: Engine, label: str, made_at: datetime, progress: Progress = iter) -> Report:
    """Make the release that shows up to and including the quarter ``label``. ``made_at`` in UTC.

    Raises UserError for a label that is no quarter or was released before, and when no delivery runs so far.
    """
    first_quarter = load_agreement().first_quarter
    if not is_quarter(label) or label < first_quarter:
        raise UserError(
            f"'{label[:20]}' is geen kwartaal om uit te geven. Verwacht een jaar en een kwartaal vanaf "
            f"{first_quarter}, bijvoorbeeld 2026Q3."
        )
    with writing(engine) as connection:
        _check_new(connection, label)
        sources = read_sources(connection)
        _check_delivered(label, sources)
        until = {institution: source.until for institution, source in sorted(sources.items())}
        release_id = connection.execute(
            releases.insert()
            .values(
                label=label,
                agreement_version=load_agreement().version,
                made_at=made_at,
                deliveries={institution: day.isoformat() for institution, day in until.items()},
            )
            .returning(releases.c.id)
        ).scalar_one()
        shared: Counter[tuple[str, str | None]] = Counter()
        own = 0
        for batch in progress(release_cells(connection, label, sources)):
            rows = [row_from_cell(cell) for cell in batch]
            insert_rows(connection, cells, COLUMNS, ((release_id, *_values(row)) for row in rows))
            shared.update((row["state"], row["reason"]) for row in rows if row["audience"] == SHARED)
            own += sum(row["audience"] != SHARED for row in rows)
    return Report(label, until, shared, own)


def _check_new(connection: Connection, label: str) -> None:
    made_at = connection.execute(select(releases.c.made_at).where(releases.c.label == label)).scalar()
    if made_at:
        raise UserError(
            f"{label} is al uitgegeven op {made_at:%d-%m-%Y}. Een uitgave verandert niet meer: wie de "
            "cijfers gebruikt, moet ze kunnen terugvinden. Geef het volgende kwartaal uit."
        )


def _check_delivered(label: str, sources: dict[str, Source]) -> None:
    if not any(source.until >= last_day(label) for source in sources.values()):
        newest = max((source.until for source in sources.values()), default=None)
        there = f"de nieuwste loopt tot en met {newest:%d-%m-%Y}" if newest else "de opslag is leeg"
        raise UserError(
            f"Geen enkele aanlevering loopt tot en met {last_day(label):%d-%m-%Y}, het einde van {label}; "
            f"{there}. Laad eerst aanleveringen met `verbetermonitor load`, of geef een eerder kwartaal uit."
        )
