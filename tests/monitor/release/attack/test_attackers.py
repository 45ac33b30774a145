"""Every attacker on counts small enough to work out by hand."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import sparse

from monitor.catalogue import load_catalogue
from monitor.release.attack.attackers import PAIRS, Attacker, attackers
from monitor.release.attack.conditions import Scene, _accounts, _nested, _transfers, remainders
from monitor.release.attack.durations import Curve, others_limits
from monitor.release.attack.earlier import changes
from monitor.release.attack.geometry import Geometry
from monitor.release.attack.knowledge import Range, figures_by_group
from monitor.release.attack.material import Counted
from monitor.release.attack.scene import attack_scene
from monitor.release.compute import Axes, Group
from pseudonymise.agreement import load_agreement
from tests.monitor.release.attack.cubes import seen

PUBLICATION = load_agreement().publication
TABLES = {table.name: table for table in load_catalogue().tables}


def axes(*institutions, regions=("JZ12", "JZ21"), measure_groups=("ots",), quarters=("2021Q1",)):
    return Axes(tuple(load_agreement().institution(code) for code in institutions), regions, measure_groups, quarters)


# --- insiders and pairs --------------------------------------------------------------------------------------------


X = ("x", "JZ12", "all", "all", "2021Q1")


def scene(low, high):
    """Cases of three institutions in one region and quarter, 24, 9 and 2, of which their sum is published."""
    rows = sparse.csr_array(np.array([[1, 1, 1]]))
    return Scene(
        system=seen(rows, [low], [high]),
        truth=np.array([24, 9, 2]),
        owners=np.array([0, 1, 2]),
        groups=rows,
        labels=("region_quarter: x",),
        keys=(X,),
        finer=sparse.eye_array(3, format="csr"),
        finer_keys=(X,) * 3,
        cells=None,
        older=0,
    )


OUTSIDER, FIRST, PAIR = (Attacker(("A", "B")[:size], (0, 1)[:size]) for size in (0, 1, 2))


@pytest.mark.parametrize(
    ("low", "high", "outsider", "first", "pair"),
    [
        # of 2: at most 40 for all; 16 for who knows 24; 7 for who knows 33
        (30, 40, (0, 0), (0, 0), (0, 0)),
        (26, 36, (0, 0), (0, 0), (1, 0)),  # at most 3 for the pair, at least 0
        (35, 38, (0, 0), (0, 0), (0, 0)),
        (35, 36, (0, 0), (0, 0), (1, 0)),  # 2 or 3
        (35, 35, (0, 0), (0, 0), (1, 1)),  # exact
    ],
)
def test_who_knows_more_proves_more(low, high, outsider, first, pair):
    found = {
        (one.idea, len(one.institutions)): one
        for one in attack_scene(PUBLICATION, scene(low, high), (OUTSIDER, FIRST, PAIR), 60.0)
    }
    for size, expected in enumerate((outsider, first, pair)):
        both = [found[idea, size] for idea in ("bounds", "finer")]
        assert (sum(one.proved for one in both), sum(one.exact for one in both)) == expected
    # What is left of the published sum for the pair is the third institution: one group, counted once.
    assert found["bounds", 2].small == 1
    assert found["finer", 2].small == 0
    assert found["bounds", 2].largest_share == 0.15


def test_all_pairs_of_four_and_a_fixed_sample_of_many():
    assert [len(one.codes) for one in attackers("ABCD", pairs=True)] == [0] + 4 * [1] + 6 * [2]
    pairs = [one.codes for one in attackers("ABCDEFGHI", pairs=True) if len(one.codes) == 2]
    assert len(pairs) == len(set(pairs)) == PAIRS
    assert pairs == [one.codes for one in attackers("ABCDEFGHI", pairs=True) if len(one.codes) == 2]
    assert [len(one.codes) for one in attackers("ABC", pairs=False)] == [0, 1, 1, 1]


# --- the durations of others -----------------------------------------------------------------------------------------


def test_who_subtracts_its_own_curve_keeps_the_noise_of_all():
    geometry = Geometry(axes("JBGLD", "JVV", regions=("JZ12",)), (TABLES["region_quarter"],), "sum")
    own, other = [3, 20, 21], [1, 2, 9]
    truth = np.array([[own], [other]])
    all_together = np.array([[4.0, 22.0, 30.0]])
    curve = Curve(geometry, all_together - 5, all_together + 5, truth, older=0)
    low, high = others_limits(curve, (0,))
    # 4 +- 5 less 3, 22 +- 5 less 20, 30 +- 5 less 21; and a curve never falls
    assert low.tolist() == [[0, 0, 4]]
    assert high.tolist() == [[6, 7, 14]]
    low, high = others_limits(curve, (0, 1))
    assert low.tolist() == high.tolist() == [[0, 0, 0]]


# --- earlier releases ------------------------------------------------------------------------------------------------


def counts(**values):
    rows = [
        {
            "statistic": "count",
            "point": None,
            "region": region,
            "institution": "all",
            "measure_group": "all",
            "period": "2021Q1",
            "state": "suppressed" if value is None else "published",
            "reason": "small_count" if value is None else None,
            "value": value,
        }
        for region, value in values.items()
    ]
    return figures_by_group(rows)


def test_two_publications_of_a_group_say_how_much_it_changed_to_within_both_noises():
    geometry = Geometry(axes("JBGLD", "JVV"), (TABLES["region_quarter"],), "sum")
    change = changes(geometry, counts(JZ12=30.0, JZ21=12.0), counts(JZ12=26.0, JZ21=12.0), "gi_order")
    assert (change.low.tolist(), change.high.tolist()) == ([-6], [14])  # 25..35 less 21..31
    assert change.tables == ("region_quarter: gi_order",)
    assert not change.proved(4).any()
    assert change.narrowest == 21


def test_sums_sharpen_what_a_change_can_be():
    geometry = Geometry(axes("JBGLD", "JVV"), (TABLES["region_quarter"], TABLES["total_quarter"]), "sum")
    now, then = counts(JZ12=35.0, JZ21=25.0, all=70.0), counts(JZ12=30.0, JZ21=25.0, all=45.0)
    change = changes(geometry, now, then, "gi_order")
    # then: JZ12 25..35 and JZ21 20..30 in a total of 40..50; now JZ12 30..40 and JZ21 20..30 in a total of 65..75
    limits = dict(zip(change.tables, zip(change.low, change.high, strict=True), strict=True))
    assert limits["region_quarter: gi_order"] == (35 - 30, 40 - 25)
    assert limits["total_quarter: gi_order"] == (65 - 50, 70 - 45)


def test_a_group_of_one_release_only_says_nothing():
    geometry = Geometry(axes("JBGLD", "JVV"), (TABLES["region_quarter"],), "sum")
    assert changes(geometry, counts(JZ12=30.0), counts(JZ21=30.0), "gi_order").narrowest is None


# --- what hangs together ---------------------------------------------------------------------------------------------


def test_groups_are_sums_of_groups_as_the_release_sums_them():
    of = axes("JBGLD", "JVV", measure_groups=("ots", "jr"), quarters=("2021Q1", "2021Q2", "2021Q3", "2021Q4"))
    geometry = Geometry(of, tuple(TABLES.values()), "sum")
    exact = np.random.default_rng(4).integers(0, 9, (2, 2, 2, 4))
    unknowns = geometry.unknowns(exact)
    assert not (geometry.ties @ unknowns).any()
    values = dict(zip(geometry.keys, geometry.membership @ unknowns, strict=True))
    assert values["all", "all", "all", "2021"] == exact.sum()
    assert values["JZ21", "JVV", "all", "2021"] == exact[1, 1].sum()
    assert values["all", "all", "jr", "2021Q3"] == exact[:, :, 1, 2].sum()
    for parent, parts in geometry.sums:
        assert values[geometry.keys[parent]] == sum(values[geometry.keys[part]] for part in parts)
    split_of_total = [
        parts for parent, parts in geometry.sums if geometry.keys[parent] == ("all", "all", "all", "2021Q1")
    ]
    assert len(split_of_total) == 3  # by region, by institution and by measure group


def test_the_year_of_a_stock_is_its_last_quarter():
    of = axes("JBGLD", "JVV", quarters=("2021Q1", "2021Q2", "2021Q3", "2021Q4"))
    geometry = Geometry(of, (TABLES["region_quarter"], TABLES["region_year"]), "last")
    dense = dict(zip(geometry.keys, geometry.membership.toarray().tolist(), strict=True))
    assert dense["JZ12", "all", "all", "2021"] == dense["JZ12", "all", "all", "2021Q4"]


@dataclass(frozen=True)
class Side:
    """Geometries side by side, as a layout has them."""

    geometries: tuple[Geometry, ...]

    def placed(self, rows, *numbers):
        return sparse.hstack(
            [
                rows if number in numbers else sparse.csr_array((rows.shape[0], geometry.size))
                for number, geometry in enumerate(self.geometries)
            ],
            format="csr",
        )


def test_stock_inflow_and_outflow_and_transfers_are_relations():
    flows = ("ended", "converted", "transferred_in", "transferred_out")
    year = Geometry(axes("JBGLD", "JVV", regions=("JZ12",), quarters=("2021Q1",)), (TABLES["region_quarter"],), "sum")
    stock = Geometry(axes("JBGLD", "JVV", regions=("JZ12",), quarters=("2020Q4", "2021Q1")), year.tables, "last")
    side = Side((year,) * 5 + (stock,))
    codes = ("gi_order", *flows, "stock")
    orders, ended, converted, came, went = [30, 5], [20, 4], [2, 1], [1, 3], [3, 1]
    # 100 + 30 - 20 - 2 + 1 - 3, and 40 + 5 - 4 - 1 + 3 - 1
    values = np.array([*orders, *ended, *converted, *came, *went, 100, 106, 40, 42])
    ((_, rows, _),) = _accounts(side, codes)
    assert rows.shape[0] == 2
    assert not (rows @ values).any()
    assert (rows @ (values + np.eye(len(values), dtype=int)[0])).tolist() == [-1, 0]
    ((_, rows, _),) = _transfers(side, codes)
    assert not (rows @ values).any()
    assert (rows @ (values + np.eye(len(values), dtype=int)[6])).tolist() == [1]


def test_one_clock_lies_within_another():
    year = Geometry(axes("JBGLD", regions=("JZ12",)), (TABLES["region_quarter"],), "sum")
    relations = {name: rows for name, rows, _ in _nested(Side((year, year)), ("vt_report", "vt_investigation"))}
    assert (relations["vt_investigation binnen vt_report"] @ np.array([30, 12])).tolist() == [18]
    assert (relations["vt_report binnen vt_investigation"] @ np.array([30, 12])).tolist() == [-18]  # and so not used


def test_dominance_says_exactly_what_is_left_without_the_largest():
    geometry = Geometry(axes("JBGLD", "WSS", "JVV"), (TABLES["region_quarter"],), "sum")
    exact = np.array([[40, 30], [6, 11], [2, 4]]).reshape(3, 2, 1, 1)
    figures = counts(JZ12=None, JZ21=44.0)
    hidden = figures["JZ12", "all", "all", "2021Q1"].rows["count"]
    hidden["reason"] = "dominance"
    counted = Counted("gi_order", "sum", Group(exact, exact.astype(np.uint64)), figures)
    said = remainders(counted, geometry, geometry.unknowns(exact))
    assert said.ranges == [Range(0, 9), Range(10, np.inf)]
    assert (said.rows @ geometry.unknowns(exact)).tolist() == [8, 15]
