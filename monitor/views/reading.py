"""The published cells of one release, as one role may read them. The only module that asks the store for figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Engine, Row, exists, func, inspect, select

from monitor.access.roles import Role
from monitor.access.visibility import check_read
from monitor.release.attack.report import Audit
from monitor.release.cell import ALL, SHARED, Cell, Missing, MissingReason, Statistic, cell_from_row
from monitor.release.changes import Change
from monitor.release.status import Kind
from monitor.store.published import audits, demonstration, releases
from monitor.store.published import cells as cells_table
from pseudonymise.errors import UserError

INDICATORS_KEPT = 512  # about 25 indicators for each audience of a release, and one release after another


@dataclass(frozen=True)
class Release:
    """A release that was confirmed. ``code`` stands in addresses; ``label``: the quarter up to which it shows.
    ``invented``: the store says that all its data are.

    ``deliveries``: institution to the last day it delivered. ``reason``: of an erratum. ``changes``: from the release
    before it; None for the first.
    """

    id: int
    code: str
    label: str
    kind: Kind
    reason: str | None
    agreement_version: str
    made_at: datetime
    deliveries: Mapping[str, date]
    changes: tuple[Change, ...] | None
    invented: bool


def visible_releases(engine: Engine) -> tuple[Release, ...]:
    """The confirmed releases, the newest first. Raises UserError when there is none."""
    rows: Sequence[Row[Any]] = ()
    invented = False
    if inspect(engine).has_table(releases.name):
        with engine.connect() as connection:
            rows = connection.execute(
                select(releases)
                .where(releases.c.confirmed_at.is_not(None))
                .order_by(releases.c.label.desc(), releases.c.id.desc())
            ).all()
            invented = bool(connection.scalar(select(exists().select_from(demonstration))))
    if not rows:
        raise UserError(
            "Er is nog geen uitgave. Maak er een met `verbetermonitor release` en laat die bevestigen met "
            "`verbetermonitor confirm`, of doe alles tegelijk met `verbetermonitor demo`."
        )
    return tuple(
        Release(
            id=row.id,
            code=row.code,
            label=row.label,
            kind=Kind(row.kind),
            reason=row.reason,
            agreement_version=row.agreement_version,
            made_at=row.made_at,
            deliveries={code: date.fromisoformat(until) for code, until in sorted(row.deliveries.items())},
            changes=None if row.changes is None else tuple(Change.model_validate(change) for change in row.changes),
            invented=invented,
        )
        for row in rows
    )


def latest_release(engine: Engine) -> Release:
    """Raises UserError when nothing has been released, or nothing confirmed, yet."""
    return visible_releases(engine)[0]


def find_visible(engine: Engine, code: str) -> Release:
    """The confirmed release of a code; the newest when it is empty. Raises UserError when there is none."""
    found = visible_releases(engine)
    for release in found:
        if code in (release.code, ""):
            return release
    raise UserError(
        f"Er is geen bevestigde uitgave {code}. Kies er een uit: {', '.join(release.code for release in found)}."
    )


@dataclass(frozen=True)
class Group:
    """Whose figures: a region, an institution, a measure group, or all of them together."""

    region: str = ALL
    institution: str = ALL
    measure_group: str = ALL


TOGETHER = Group()


@dataclass(frozen=True)
class Indicator:
    """The cells of one indicator for one audience, all but its curves."""

    audience: str
    code: str
    by_key: Mapping[tuple[Statistic, Group, str], Cell]

    def cell(self, statistic: Statistic, group: Group, period: str) -> Cell:
        """The cell; one that the release does not have is missing because nobody works there."""
        return self.find(statistic, group, period) or Cell(
            audience=self.audience,
            indicator=self.code,
            statistic=statistic,
            region=group.region,
            institution=group.institution,
            measure_group=group.measure_group,
            period=period,
            figure=Missing(MissingReason.NOT_ACTIVE),
        )

    def find(self, statistic: Statistic, group: Group, period: str) -> Cell | None:
        """The same, or None for what a release says of some groups only."""
        return self.by_key.get((statistic, group, period))

    def groups(self, *, quarters: bool) -> tuple[Group, ...]:
        """The groups of which the release has quarters, or years."""
        return tuple(group for group, of_quarters in self._periods if of_quarters is quarters)

    def periods(self, group: Group, *, quarters: bool) -> tuple[str, ...]:
        """The quarters or the years for which the release has this group, in order."""
        return self._periods.get((group, quarters), ())

    @cached_property
    def _periods(self) -> Mapping[tuple[Group, bool], tuple[str, ...]]:
        """Of every group its quarters, and its years, in order. Made once: an indicator is kept and never changes."""
        found: dict[tuple[Group, bool], set[str]] = {}
        for _, group, period in self.by_key:
            found.setdefault((group, "Q" in period), set()).add(period)
        return {key: tuple(sorted(periods)) for key, periods in found.items()}


@dataclass(frozen=True)
class Reader:
    """Reads cells of ``release`` for ``role``; asks each time whether the role may see them."""

    engine: Engine
    release: Release
    role: Role

    def indicator(self, code: str, audience: str = SHARED) -> Indicator:
        """Raises AccessDenied when the audience is not this role's."""
        check_read(self.role, audience)
        return _indicator(self.engine, self.release.id, audience, code)

    def curve(self, code: str, group: Group, period: str, audience: str = SHARED) -> tuple[Cell, ...]:
        """The cells of a curve in the order of their points. Raises AccessDenied as above."""
        check_read(self.role, audience)
        columns = cells_table.c
        query = select(cells_table).where(
            columns.release_id == self.release.id,
            columns.audience == audience,
            columns.indicator == code,
            columns.statistic == Statistic.CURVE,
            columns.region == group.region,
            columns.institution == group.institution,
            columns.measure_group == group.measure_group,
            columns.period == period,
        )
        with self.engine.connect() as connection:
            return tuple(
                cell_from_row(dict(row)) for row in connection.execute(query.order_by(columns.point)).mappings()
            )

    def codes(self, audience: str = SHARED) -> tuple[str, ...]:
        """The indicators of which the release has cells, in order. Raises AccessDenied as above."""
        check_read(self.role, audience)
        columns = cells_table.c
        query = (
            select(columns.indicator)
            .where(columns.release_id == self.release.id, columns.audience == audience)
            .distinct()
        )
        with self.engine.connect() as connection:
            return tuple(sorted(connection.scalars(query)))

    def everything(self, code: str, audience: str = SHARED) -> tuple[Cell, ...]:
        """Every cell of an indicator, its curves too, in the order of its keys. Raises AccessDenied as above."""
        check_read(self.role, audience)
        columns = cells_table.c
        query = select(cells_table).where(
            columns.release_id == self.release.id, columns.audience == audience, columns.indicator == code
        )
        with self.engine.connect() as connection:
            found = [cell_from_row(dict(row)) for row in connection.execute(query).mappings()]
        return tuple(sorted(found, key=lambda cell: (cell.statistic, cell.owner, cell.period, cell.point or 0)))

    def audit(self) -> Audit | None:
        """What the attack on the release found; None for a release that was made before releases were attacked."""
        query = select(audits.c.result).where(audits.c.release_id == self.release.id)
        with self.engine.connect() as connection:
            result = connection.scalar(query)
        return None if result is None else Audit.model_validate(result)

    def tally(self) -> dict[tuple[str, str | None], int]:
        """How many shared cells there are of each state and reason, curves left aside."""
        columns = cells_table.c
        query = (
            select(columns.state, columns.reason, func.count())
            .where(columns.release_id == self.release.id, columns.audience == SHARED)
            .where(columns.statistic != Statistic.CURVE)
            .group_by(columns.state, columns.reason)
        )
        with self.engine.connect() as connection:
            return {(state, reason): count for state, reason, count in connection.execute(query)}


# Keyed by release and audience: a release never changes, and what one audience may see is never another's entry.
@lru_cache(maxsize=INDICATORS_KEPT)
def _indicator(engine: Engine, release_id: int, audience: str, code: str) -> Indicator:
    columns = cells_table.c
    query = select(cells_table).where(
        columns.release_id == release_id,
        columns.audience == audience,
        columns.indicator == code,
        columns.statistic != Statistic.CURVE,
    )
    with engine.connect() as connection:
        found = [cell_from_row(dict(row)) for row in connection.execute(query).mappings()]
    return Indicator(
        audience,
        code,
        {
            (cell.statistic, Group(cell.region, cell.institution, cell.measure_group), cell.period): cell
            for cell in found
        },
    )
