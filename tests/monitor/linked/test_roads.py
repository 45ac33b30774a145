"""Roads as the agreement means them, reckoned again from dates that only the test knows."""

from collections import Counter
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.linked.roads import counts_of, follow, lay_together
from pseudonymise.agreement import NormResult, Outcome, load_agreement
from tests.monitor.linked.chain import UNKNOWN_DAY, Child, events_of, key, quarter, road

STEP = load_agreement().road
REGIONS = {"VTGZ": ("JZ30", "JZ32"), "VTGM": ("JZ21", "JZ28"), "VTNOG": ("JZ12", "JZ17", "JZ25")}
FIRST = date(2024, 1, 1)
days = st.integers(0, 1000).map(lambda count: FIRST + timedelta(days=count))


@st.composite
def children(draw: st.DrawFn, number: int) -> Child:
    reports = {
        code: (draw(days), draw(st.sampled_from(REGIONS[code])))
        for code in draw(st.lists(st.sampled_from(sorted(REGIONS)), unique=True, max_size=2))
    }
    helps = draw(st.lists(st.tuples(st.sampled_from(["JBGLD", "WSS", "JVV"]), st.none() | days), max_size=3))
    return Child(draw(st.sampled_from([number, number, number, 0])) if reports else number, reports, tuple(helps))


chains = st.integers(1, 25).flatmap(lambda count: st.tuples(*(children(number) for number in range(1, count + 1))))


def laid(chain: list[Child]) -> list[tuple[str, str, str, object]]:
    frame = lay_together(events_of(chain)).frame
    ends = [
        "?" if undated else None if pd.isna(length) else int(length)
        for undated, length in zip(frame["undated"], frame["days"], strict=True)
    ]
    return list(zip(frame["institution"], frame["region"], frame["quarter"], ends, strict=True))


@settings(max_examples=30)
@given(chains)
def test_every_road_is_found_and_no_other_and_its_days_are_the_true_ones(chain: tuple[Child, ...]) -> None:
    # A report without a number stands by itself, at each Veilig Thuis that has one.
    apart = [one for one in chain if one.number] + [
        Child(0, {code: start}) for one in chain if not one.number for code, start in one.reports.items()
    ]
    assert Counter(laid(list(chain))) == Counter(true for one in apart if (true := road(one)) is not None)


MARCH, JUNE, NOVEMBER = date(2024, 3, 4), date(2024, 6, 3), date(2024, 11, 4)


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        (Child(1, {"VTGM": (MARCH, "JZ28")}, [("WSS", JUNE)]), ("VTGM", "JZ28", "2024Q1", 91)),
        (
            Child(1, {"VTGM": (JUNE, "JZ28"), "VTGZ": (MARCH, "JZ30")}, [("WSS", NOVEMBER)]),
            ("VTGZ", "JZ30", "2024Q1", 245),
        ),
        (Child(1, {"VTGZ": (MARCH, "JZ32")}, [("JVV", NOVEMBER), ("WSS", JUNE)]), ("VTGZ", "JZ32", "2024Q1", 91)),
        (Child(1, {"VTGM": (JUNE, "JZ28")}, [("WSS", MARCH), ("WSS", NOVEMBER)]), None),  # had help already
        (Child(1, {"VTGM": (MARCH, "JZ28")}, [("WSS", MARCH)]), ("VTGM", "JZ28", "2024Q1", 0)),
        (Child(1, {"VTGM": (MARCH, "JZ28")}), ("VTGM", "JZ28", "2024Q1", None)),
        (Child(1, {"VTGM": (MARCH, "JZ28")}, [("LDH", UNKNOWN_DAY)]), ("VTGM", "JZ28", "2024Q1", "?")),
        (Child(1, {"VTGM": (MARCH, "JZ28")}, [("LDH", UNKNOWN_DAY), ("WSS", JUNE)]), ("VTGM", "JZ28", "2024Q1", 91)),
        (Child(0, {"VTGM": (MARCH, "JZ28")}), ("VTGM", "JZ28", "2024Q1", "?")),
        (Child(1, {}, [("WSS", JUNE)]), None),  # help without a report: under youth probation, or from elsewhere
    ],
)
def test_the_rules_of_the_agreement(child: Child, expected: tuple[str, str, str, object] | None) -> None:
    assert laid([child]) == ([expected] if expected else [])


def test_children_of_one_family_each_have_their_own_road() -> None:
    family = [
        Child(number, {"VTGM": (MARCH, "JZ28")}, [("WSS", JUNE + timedelta(days=number))]) for number in (1, 2, 3)
    ]
    assert sorted(length for *_, length in laid(family)) == [92, 93, 94]


def followed(chain: list[Child], until: date) -> pd.DataFrame:
    """In the order of their days."""
    return follow(lay_together(events_of(chain)).frame, until).sort_values("days")


def test_a_quarter_is_followed_from_its_last_day_whoever_was_helped_sooner() -> None:
    """Of 31 March 30 days: help after 30 is not counted yet, of who was reported on 1 January neither."""
    chain = [
        Child(number, {"VTGM": (date(2024, 1, 2), "JZ28")}, [("WSS", date(2024, 1, 2) + timedelta(days=length))])
        for number, length in enumerate((29, 30, 31, 100), 1)
    ]
    frame = followed(chain, date(2024, 4, 30))
    assert frame["outcome"].tolist() == [Outcome.REACHED, Outcome.REACHED, Outcome.OPEN, Outcome.OPEN]
    assert frame["duration"].tolist() == [29, 30, 28, 28]  # what is open on the grid, downwards
    assert frame["norm_result"].tolist() == [NormResult.MET, NormResult.MET, NormResult.NOT_DUE, NormResult.NOT_DUE]


def test_the_norm_is_due_for_a_whole_quarter_at_once() -> None:
    chain = [
        Child(1, {"VTGM": (MARCH, "JZ28")}, [("WSS", MARCH + timedelta(days=273))]),
        Child(2, {"VTGM": (MARCH, "JZ28")}, [("WSS", MARCH + timedelta(days=274))]),
        Child(3, {"VTGM": (MARCH, "JZ28")}),
    ]
    due = date(2024, 3, 31) + timedelta(days=273)
    assert followed(chain, due)["norm_result"].tolist() == [NormResult.MET, NormResult.MISSED, NormResult.MISSED]
    assert followed(chain, due - timedelta(days=1))["norm_result"].tolist() == [NormResult.NOT_DUE] * 3
    late = followed(chain, date(2030, 1, 1))
    assert late["duration"].tolist() == [273, 274, STEP.horizon]


def test_a_quarter_that_is_not_over_is_not_followed() -> None:
    assert followed([Child(1, {"VTGM": (MARCH, "JZ28")})], date(2024, 3, 30)).empty


@settings(max_examples=15)
@given(chains)
def test_the_counts_hold_what_a_release_needs_and_no_road_twice(chain: tuple[Child, ...]) -> None:
    frame = followed(list(chain), date(2026, 9, 16))
    counts = counts_of(frame)
    assert counts["clocks"]["cases"].sum() == counts["steps"]["cases"].sum() == len(frame)
    sums = counts["key_sums"].groupby("table")["key_sum"].sum() % 2**32
    assert all(total == frame["key"].sum() % 2**32 for total in sums)
    of_steps = counts["key_sums"][counts["key_sums"]["table"] == "steps"]
    assert set(of_steps["bin"].dropna()) <= set(STEP.grid_points)
    for name in ("clocks", "steps"):
        assert not counts[name].drop(columns="cases").duplicated().any()


def test_the_key_of_a_road_is_that_of_its_first_report() -> None:
    child = Child(1, {"VTGM": (JUNE, "JZ28"), "VTGZ": (MARCH, "JZ30")})
    frame = lay_together(events_of([child])).frame
    assert frame["key"].tolist() == [key("VTGZ", 1)]
    assert quarter(MARCH) == frame["quarter"].item()
