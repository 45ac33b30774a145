"""Whether the truth has the magnitudes of its sources, and hangs together as cases do."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from pseudonymise.agreement import load_agreement, municipality_regions
from sample_data.latent import truth
from sample_data.parameters import DATA, Parameters, load_parameters
from tests.sample_data.counting import FREE, measures_received, on_time

GROUPS = load_agreement().measure_types
EXTRACT = pd.Timestamp("2026-09-30")


def group(measures: pd.DataFrame) -> pd.Series:
    return measures["measure_type"].map(GROUPS)


@pytest.mark.parametrize(("name", "a_year"), [("ots", 820), ("vots", 170), ("voogdij", 130), ("jr", 535)])
def test_inflow_of_measures(true_cases: dict[str, pd.DataFrame], name: str, a_year: int) -> None:
    measures = measures_received(true_cases)
    assert (group(measures) == name).sum() / 6 == pytest.approx(a_year, rel=0.10)


@pytest.mark.parametrize("day", ["2020-12-31", "2023-06-30", "2026-09-30"])
def test_stock_is_that_of_the_region_and_steady(true_cases: dict[str, pd.DataFrame], day: str) -> None:
    gi = true_cases["gi"]
    begun = gi["order_received"].fillna(gi["transferred_in"]) <= day
    gone = (gi["ended"] <= day) | (gi["transferred_out"] <= day)
    in_force = group(gi[begun & ~gone])
    assert in_force.isin(["ots", "vots", "voogdij"]).sum() == pytest.approx(3400, rel=0.10)
    assert (in_force == "jr").sum() == pytest.approx(500, rel=0.10)


def test_shares_of_the_institutions(true_cases: dict[str, pd.DataFrame]) -> None:
    measures = measures_received(true_cases)
    shares = measures["institution"].value_counts(normalize=True)
    for institution, share in load_parameters().mix.shares.items():
        assert shares[institution] == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize("kind", ["gi", "vt", "council"])
def test_no_institution_works_outside_its_regions(true_cases: dict[str, pd.DataFrame], kind: str) -> None:
    cases = true_cases[kind]
    for institution, own in cases.groupby("institution"):
        assert set(own["region"]) == set(load_agreement().institution(str(institution)).regions)
    assert (cases["municipality"].map(municipality_regions()) == cases["region"]).all()


@pytest.mark.parametrize(("milestone", "low", "high"), [
    ("worker_assigned", 0.35, 0.85),
    ("plan_established", 0.25, 0.75),
    ("help_started", 0.45, 0.70),
])  # fmt: skip
def test_levels_lie_in_their_ranges(
    true_cases: dict[str, pd.DataFrame], milestone: str, low: float, high: float
) -> None:
    measures = measures_received(true_cases)
    elsewhere = measures[~measures["region"].isin(["JZ25", "JZ28"])]
    shares = on_time(elsewhere)[milestone].groupby(elsewhere["institution"]).mean()
    assert shares.between(low, high).all()


def test_veilig_thuis_gets_85_reports_a_week_and_investigates_15_in_a_hundred(
    true_cases: dict[str, pd.DataFrame],
) -> None:
    reports = true_cases["vt"]
    assert (reports["institution"] == "VTGM").sum() / 313 == pytest.approx(85, rel=0.02)
    assert reports["vt_investigation_needed"].notna().mean() == pytest.approx(0.15, abs=0.01)
    assert not set(reports["municipality"]) & {"GM0339", "GM0340", "GM0345"}


def test_the_council_gets_1900_requests_a_year(true_cases: dict[str, pd.DataFrame]) -> None:
    assert len(true_cases["council"]) / 6 == pytest.approx(1900, rel=0.01)


@pytest.mark.parametrize("kind", ["gi", "vt", "council"])
def test_nothing_happens_on_a_day_off(true_cases: dict[str, pd.DataFrame], kind: str) -> None:
    for column in true_cases[kind].select_dtypes("datetime").columns.drop("birth_date"):
        days = true_cases[kind][column].dropna().to_numpy().astype("datetime64[D]")
        assert np.is_busday(days, holidays=FREE).all()


def test_an_order_is_received_within_ten_days(true_cases: dict[str, pd.DataFrame]) -> None:
    gi = true_cases["gi"]
    lag = (gi["order_received"] - gi["court_order"]).dt.days.dropna()
    assert (lag.min(), lag.max()) == (0, 10)


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        ("gi", ("court_order", "order_received", "worker_assigned", "plan_established")),
        ("gi", ("order_received", "first_contact", "ended")),
        ("gi", ("order_received", "help_started", "ended")),
        ("vt", ("report_received", "vt_investigation_needed", "vt_investigation_started", "vt_judgement")),
        ("council", ("council_request_received", "council_investigation_started", "council_report")),
        ("council", ("council_report", "court_order", "ended")),
    ],
)
def test_milestones_follow_one_another(true_cases: dict[str, pd.DataFrame], kind: str, order: tuple[str, ...]) -> None:
    for earlier, later in pairwise(order):
        assert not (true_cases[kind][later] < true_cases[kind][earlier]).any()


def test_four_or_five_in_a_hundred_wait_long_for_a_worker(true_cases: dict[str, pd.DataFrame]) -> None:
    measures = measures_received(true_cases)
    long = measures["worker_assigned"] - measures["order_received"] > pd.Timedelta(weeks=10)
    never = measures["worker_assigned"].isna() & (measures["ended"] - measures["order_received"]).dt.days.gt(70)
    assert 0.035 <= (long | never).mean() <= 0.06


def test_a_converted_provisional_order_is_followed_by_a_supervision_order_of_the_child(
    true_cases: dict[str, pd.DataFrame],
) -> None:
    gi = true_cases["gi"]
    converted = gi[gi["end_reason"] == "07"]
    assert (converted["measure_type"] == "12").all()
    orders = gi[(gi["measure_type"] == "11") & gi["court_order"].notna()]
    following = set(zip(orders["person"], orders["court_order"], strict=True))
    # An order that the GI received after the extract is not known yet.
    known = converted[converted["ended"] <= EXTRACT - pd.Timedelta(days=14)]
    assert all(pair in following for pair in zip(known["person"], known["ended"], strict=True))
    assert len(known) > 500


def test_a_transfer_is_seen_on_both_sides(true_cases: dict[str, pd.DataFrame]) -> None:
    gi = true_cases["gi"]
    gained = gi[gi["transferred_in"].between("2020-10-10", EXTRACT)]
    lost = gi[gi["transferred_out"].notna()]
    pairs = gained.merge(lost, on="person", suffixes=("", "_left"))
    pairs = pairs[pairs["transferred_in"] == pairs["transferred_out_left"] + pd.Timedelta(days=1)]
    assert len(pairs) == len(gained) > 200
    assert (pairs["institution"] != pairs["institution_left"]).all()
    assert gained[["court_order", "order_received"]].isna().all().all()
    assert lost["ended"].isna().all()


def test_children_of_a_family_share_an_order(true_cases: dict[str, pd.DataFrame]) -> None:
    orders = measures_received(true_cases).query("measure_type == '11'")
    sizes = orders.groupby(["family", "court_order"])["person"].nunique()
    assert set(sizes) == {1, 2, 3, 4}
    together = orders.groupby(["family", "court_order"])[["order_received", "worker_assigned"]].nunique()
    assert (together["order_received"] == 1).all()


def test_some_measures_end_before_a_milestone(true_cases: dict[str, pd.DataFrame]) -> None:
    measures = measures_received(true_cases)
    ended = measures[measures["ended"] <= EXTRACT]
    assert 0.05 <= ended["help_started"].isna().mean() <= 0.30


def test_case_keys_and_people_are_unique(true_cases: dict[str, pd.DataFrame]) -> None:
    everyone = pd.concat(true_cases.values())
    assert not everyone.duplicated(["institution", "case"]).any()
    people = {kind: set(cases["person"]) for kind, cases in true_cases.items()}
    shared = people["gi"] & people["vt"]
    assert 4000 < len(shared) < 5000
    assert sum(map(len, people.values())) - len(shared) == len(set().union(*people.values()))


def test_who_is_in_two_files_is_one_child_whose_road_can_be(true_cases: dict[str, pd.DataFrame]) -> None:
    """Investigated before the order, some while before it, mostly in one region, and of one family."""
    reports, orders = true_cases["vt"], true_cases["gi"].dropna(subset="order_received")
    investigated = reports.dropna(subset="vt_investigation_needed").sort_values("report_received")
    first = investigated.drop_duplicates("person").set_index("person")
    order = orders.sort_values("order_received").drop_duplicates("person").set_index("person")
    both = first.join(order, rsuffix="_gi", how="inner")
    assert (both["birth_date"] == both["birth_date_gi"]).all()
    assert (both["family"] == both["family_gi"]).all()
    waited = (both["order_received"] - both["report_received"]).dt.days
    assert waited.median() == pytest.approx(load_parameters().chain.median_days, rel=0.1)
    assert (both["region"] == both["region_gi"]).mean() == pytest.approx(0.97, abs=0.02)
    assert len(both) > both["family"].nunique()  # several children of one family


def test_scale_multiplies_the_cases() -> None:
    tenth = truth(scale=0.1)
    assert len(tenth["vt"]) == pytest.approx(8027, rel=0.01)
    assert len(tenth["gi"]) == pytest.approx(1435, rel=0.10)


def test_youth_population_is_laid_over_the_weights_and_marked_as_invented() -> None:
    p = load_parameters()
    with DATA.joinpath("youth_population.csv").open(encoding="utf-8") as lines:
        population = pd.read_csv(lines, index_col="region_code")
    total = sum(p.regions.weights.values())
    expected = {code: p.youth.population * weight / total for code, weight in p.regions.weights.items()}
    assert population["population_0_17"].to_dict() == pytest.approx(expected, abs=0.5)
    assert set(population["origin"]) == {"verzonnen"}


def test_the_readme_explains_every_section_of_the_parameters() -> None:
    readme = DATA.joinpath("README.md").read_text("utf-8")
    assert [name for name in Parameters.model_fields if f"`{name}`" not in readme] == []
