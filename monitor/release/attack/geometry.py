"""Which published groups are sums of which, laid out as a matrix: the additivity that an attacker counts on.

The unknowns are the cases of one institution, region and quarter, and of one institution, measure group and
quarter: the two finest splits that any table of the plan has, with the same sums. A table with the regions of an
institution split by measure group as well would exist for every such pair, so nothing is lost by not laying it out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from monitor.catalogue import PlannedTable
from monitor.release.attack.knowledge import GroupKey
from monitor.release.compute import Axes

Counts = NDArray[np.int64]
Years = Literal["sum", "last"]


@dataclass(frozen=True)
class Geometry:
    """The groups of the plan over ``axes`` (usually the quarters of one year), and what they are sums of.

    ``years``: whether a year is the sum of its quarters or, for a stock, its last one.
    """

    axes: Axes
    tables: tuple[PlannedTable, ...]
    years: Years

    @cached_property
    def _active(self) -> NDArray[np.bool_]:
        """Where an institution works: (institution, region)."""
        return np.array([[region in one.regions for region in self.axes.regions] for one in self.axes.institutions])

    @cached_property
    def _by_region(self) -> Counts:
        """The number of each unknown by institution, region and quarter; -1 where there is none."""
        places = np.full((*self.axes.shape[:2], self.axes.shape[3]), -1, dtype=np.int64)
        places[self._active] = np.arange(self._active.sum() * self.axes.shape[3]).reshape(-1, self.axes.shape[3])
        return places

    @cached_property
    def _by_measure_group(self) -> Counts | None:
        """The same by institution, measure group and quarter, where there is more than one measure group."""
        institutions, _, measure_groups, quarters = self.axes.shape
        if measure_groups == 1:
            return None
        first = int(self._by_region.max()) + 1
        size = institutions * measure_groups * quarters
        return np.arange(first, first + size).reshape(institutions, measure_groups, quarters)

    @cached_property
    def size(self) -> int:
        """The number of unknowns."""
        last = self._by_measure_group if self._by_measure_group is not None else self._by_region
        return int(last.max()) + 1

    @cached_property
    def owners(self) -> Counts:
        """The place in ``axes.institutions`` of whose cases each unknown counts."""
        owners = np.zeros(self.size, dtype=np.int64)
        for places in (self._by_region, self._by_measure_group):
            if places is not None:
                whose = np.broadcast_to(np.arange(len(places))[:, None, None], places.shape)
                owners[places[places >= 0]] = whose[places >= 0]
        return owners

    @cached_property
    def places(self) -> dict[tuple[str, str, str], int]:
        """The number of each unknown by institution, region or measure group, and quarter."""
        found = {}
        institutions, regions, measure_groups, quarters = (tuple(axis) for axis in self.axes.positions)
        for parts, places in ((regions, self._by_region), (measure_groups, self._by_measure_group)):
            if places is not None:
                for at in np.argwhere(places >= 0):
                    found[institutions[at[0]], parts[at[1]], quarters[at[2]]] = int(places[tuple(at)])
        return found

    @cached_property
    def is_finest(self) -> NDArray[np.bool_]:
        """Which unknowns are by institution, region and quarter: finer than any published table."""
        return np.asarray(np.arange(self.size) <= self._by_region.max(), dtype=np.bool_)

    def unknowns(self, exact: Counts) -> Counts:
        """Their true values, from counts by institution, region, measure group and quarter."""
        values = np.zeros(self.size, dtype=np.int64)
        by_region, by_measure_group = exact.sum(axis=2), exact.sum(axis=1)
        values[self._by_region[self._by_region >= 0]] = by_region[self._by_region >= 0]
        if self._by_measure_group is not None:
            values[self._by_measure_group.ravel()] = by_measure_group.ravel()
        return values

    @cached_property
    def keys(self) -> tuple[GroupKey, ...]:
        """The published groups, in the order of ``membership``."""
        keys: list[GroupKey] = []
        for table in self.tables:
            institutions, regions, measure_groups, periods = self.axes.labels(table)
            keys.extend(
                (region, institution, measure_group, period)
                for institution in institutions
                for region in regions
                for measure_group in measure_groups
                for period in periods
            )
        return tuple(keys)

    @cached_property
    def table_names(self) -> tuple[str, ...]:
        """The table of each group."""
        return tuple(
            table.name
            for table in self.tables
            for _ in range(int(np.prod([len(axis) for axis in self.axes.labels(table)])))
        )

    @cached_property
    def over_institutions(self) -> NDArray[np.bool_]:
        """Which groups sum over institutions."""
        by_name = {table.name: table.institution == "all" for table in self.tables}
        return np.array([by_name[name] for name in self.table_names], dtype=np.bool_)

    @cached_property
    def membership(self) -> sparse.csr_array:
        """Groups by unknowns: 1 where a group counts an unknown."""
        return sparse.csr_array(np.concatenate([self._rows(table) for table in self.tables]))

    def _rows(self, table: PlannedTable) -> Counts:
        """The sums of the release itself, taken of one unknown at a time."""
        split = table.measure_group == "each"
        places = self._by_measure_group if split else self._by_region
        assert places is not None
        laid = np.zeros((*places.shape, self.size), dtype=np.int64)
        where = np.argwhere(places >= 0)
        laid[(*where.T, places[places >= 0])] = 1
        laid = laid[:, None] if split else laid[:, :, None]
        return self.axes.sum(laid, table, self.years).reshape(-1, self.size)

    @cached_property
    def ties(self) -> sparse.csr_array:
        """Rows that are 0: by region and by measure group an institution has the same cases in a quarter."""
        if self._by_measure_group is None:
            return sparse.csr_array((0, self.size))
        institutions, _, _, quarters = self.axes.shape
        rows = np.zeros((institutions * quarters, self.size), dtype=np.int64)
        for row, (institution, quarter) in enumerate(np.ndindex(institutions, quarters)):
            by_region = self._by_region[institution, :, quarter]
            rows[row, by_region[by_region >= 0]] = 1
            rows[row, self._by_measure_group[institution, :, quarter]] = -1
        return sparse.csr_array(rows)

    @cached_property
    def sums(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Each published group that is the sum of other published groups, and these, split by one dimension more."""
        place = {key: number for number, key in enumerate(self.keys)}
        values = [dict.fromkeys(key[dimension] for key in self.keys) for dimension in range(4)]
        dense = self.membership.toarray()
        found = []
        for parent, key in enumerate(self.keys):
            for dimension, into in enumerate(values):
                parts = tuple(
                    place[part]
                    for value in into
                    if value != key[dimension]
                    if (part := (*key[:dimension], value, *key[dimension + 1 :])) in place
                )
                if parts and (self._by_regions(dense[list(parts)].sum(axis=0)) == dense[parent]).all():
                    found.append((parent, parts))
        return tuple(found)

    def _by_regions(self, row: Counts) -> Counts:
        """The same sum by regions, where it is one of all measure groups of an institution and quarter."""
        for tie in self.ties.toarray():
            if (row[tie < 0] == 1).all():
                row = row + tie
        return row

    def without(self, institutions: Sequence[int]) -> sparse.csr_array:
        """Groups by unknowns, leaving out what these institutions count themselves."""
        return sparse.csr_array(self.membership.multiply(~np.isin(self.owners, institutions)[None, :]))


def years_of(quarters: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The quarters by calendar year: what lies in different years is in no sum together."""
    return tuple(
        tuple(quarter for quarter in quarters if quarter.startswith(year))
        for year in dict.fromkeys(quarter[:4] for quarter in quarters)
    )
