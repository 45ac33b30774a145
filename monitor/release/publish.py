"""Publish a release (*uitgave*): compute, carry, derive, attack and store it in one transaction, or nothing.

Groups that the attack finds exactly are hidden, and all is made and attacked once more.

What is made is seen by nobody until another person has confirmed it: monitor/release/confirm.py.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from operator import itemgetter
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, select

from monitor.access.trail import Act, write
from monitor.release.baselines import read_baselines
from monitor.release.carry import CARRIED, Key, carry
from monitor.release.cell import SHARED, Cell, cell_from_row, row_from_cell
from monitor.release.changes import Change, changes
from monitor.release.compute import read_linked, read_sources
from monitor.release.derive import derived_cells
from monitor.release.periods import is_quarter
from monitor.release.plan import release_cells
from monitor.release.reported import read_sheet_ids
from monitor.release.status import Erratum, Kind, Made, check_erratum, code_of, is_settled, name_of, next_kind
from monitor.release.withhold import ROUNDS, withhold
from monitor.store.deliveries import insert_rows
from monitor.store.engine import releasing
from monitor.store.published import audits, cells, releases
from pseudonymise.agreement import load_agreement
from pseudonymise.errors import UserError

Progress = Callable[[Iterable[list[Cell]]], Iterable[list[Cell]]]

COLUMNS = tuple(column.name for column in cells.columns)  # the first is release_id
_values = itemgetter(*COLUMNS[1:])


class Verdict(Protocol):
    """What the attack on a release found."""

    @property
    def passed(self) -> bool: ...
    @property
    def reasons(self) -> Iterable[str]: ...
    @property
    def given_away(self) -> frozenset[Key]: ...
    def model_dump(self, *, mode: str) -> dict[str, Any]: ...


Attack = Callable[[Connection, int], Verdict]


@dataclass(frozen=True)
class Report:
    """What a release holds. ``shared``: cells by state and, where there is no figure, reason. ``own``: their
    number. ``carried``: groups of shared cells of the release before. ``changes``: None for the first release."""

    code: str
    label: str
    kind: Kind
    deliveries: dict[str, date]
    shared: Counter[tuple[str, str | None]]
    own: int
    carried: int
    changes: list[Change] | None


def publish(
    engine: Engine,
    label: str,
    made_at: datetime,
    by: str,
    *,
    attack: Attack,
    kind: Kind | None = None,
    erratum: Erratum | None = None,
    progress: Progress = iter,
) -> Report:
    """Make the release that shows up to and including the quarter ``label``. ``made_at`` in UTC; ``by``: who makes it.

    ``kind``: provisional or final; None for the furthest that the deliveries allow. ``erratum``: correct the newest
    release instead. Raises UserError for a label that is no quarter, for a release that cannot be made now
    (``status.next_kind``), and, with the store as it was, when the attack on it did not pass.
    """
    who = name_of(by)
    _check_label(label)
    if erratum:
        check_erratum(erratum)
        kind = Kind.ERRATUM
    with releasing(engine) as connection:
        made = read_line(connection)
        sources = read_sources(connection)
        until = {institution: source.until for institution, source in sorted(sources.items())}
        linked = read_linked(connection)
        kind = next_kind(label, made, until, kind)
        code = code_of(label, kind, made)
        release_id: int = connection.execute(
            releases.insert()
            .values(
                code=code,
                label=label,
                kind=kind.value,
                reason=erratum and erratum.reason.strip(),
                scope=erratum and erratum.scope,
                agreement_version=load_agreement().version,
                made_at=made_at,
                deliveries={institution: day.isoformat() for institution, day in until.items()},
                sheets=read_sheet_ids(connection),
                linked_run=linked.run if linked else None,
                released_by=who,
            )
            .returning(releases.c.id)
        ).scalar_one()
        limits = read_baselines(connection)
        settled = partial(is_settled, until=until, linked=linked.until if linked else None)
        withheld: frozenset[Key] = frozenset()
        for _ in range(ROUNDS):
            connection.execute(cells.delete().where(cells.c.release_id == release_id))
            shared: Counter[tuple[str, str | None]] = Counter()
            own = carried = 0
            changed: list[Change] = []
            for batch in progress(release_cells(connection, label, sources)):
                before = _cells_before(connection, made[-1], batch) if made else []
                kept = carry(withhold(batch, withheld), before, settled, erratum)
                carried += kept.groups
                changed += changes(before, (cell for cell in kept.cells if cell.audience == SHARED))
                rows = [
                    row_from_cell(cell)
                    for cell in (*kept.cells, *derived_cells(kept.cells, limits.get(batch[0].indicator)))
                ]
                insert_rows(connection, cells, COLUMNS, ((release_id, *_values(row)) for row in rows))
                shared.update((row["state"], row["reason"]) for row in rows if row["audience"] == SHARED)
                own += sum(row["audience"] != SHARED for row in rows)
            told = changed if made else None
            connection.execute(
                releases.update()
                .where(releases.c.id == release_id)
                .values(changes=told and [change.model_dump(mode="json") for change in told])
            )
            found = attack(connection, release_id)
            if found.given_away <= withheld:
                break
            withheld |= found.given_away
        if not found.passed:
            raise UserError(
                "\n".join(
                    (
                        f"{code} is niet uitgegeven: de toetsing is niet doorstaan. Er is niets gewijzigd.",
                        *found.reasons,
                    )
                )
            )
        connection.execute(
            audits.insert().values(release_id=release_id, made_at=made_at, result=found.model_dump(mode="json"))
        )
        write(connection, Act.RELEASE, who, code, made_at)
    return Report(code, label, kind, until, shared, own, carried, told)


def read_line(connection: Connection) -> list[Made]:
    """The releases in the store, confirmed or not, in the order of their line."""
    columns = releases.c
    rows = connection.execute(
        select(columns.id, columns.code, columns.label, columns.kind, columns.made_at, columns.confirmed_at).order_by(
            columns.label, columns.id
        )
    )
    return [
        Made(row.id, row.code, row.label, Kind(row.kind), row.made_at, row.confirmed_at is not None) for row in rows
    ]


def find_release(connection: Connection, name: str) -> int:
    """The release with this code, or the newest of this label. Raises UserError when there is none."""
    made = read_line(connection)
    for one in reversed(made):
        if name in (one.code, one.label):
            return one.id
    there = f"Er zijn: {', '.join(one.code for one in made)}." if made else "Er is nog geen uitgave."
    raise UserError(f"Geen uitgave '{name[:40]}' in deze opslag. {there}")


def _check_label(label: str) -> None:
    first_quarter = load_agreement().first_quarter
    if not is_quarter(label) or label < first_quarter:
        raise UserError(
            f"'{label[:20]}' is geen kwartaal om uit te geven. Verwacht een jaar en een kwartaal vanaf "
            f"{first_quarter}, bijvoorbeeld 2026Q3."
        )


def _cells_before(connection: Connection, release: Made, batch: list[Cell]) -> list[Cell]:
    """The shared cells that ``release`` has of the indicators of a batch, but for those that are derived."""
    columns = cells.c
    query = select(cells).where(
        columns.release_id == release.id,
        columns.audience == SHARED,
        columns.indicator.in_({cell.indicator for cell in batch if cell.audience == SHARED}),
        columns.statistic.in_(CARRIED),
    )
    return [cell_from_row(dict(row)) for row in connection.execute(query).mappings()]
