"""What is learned from, by hand: protected as any count, exact for who sent it, and never by institution."""

from hashlib import sha256

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, select

from monitor.catalogue import load_catalogue
from monitor.release.attack.audit import audit
from monitor.release.cell import ALL, Bound, Missing, MissingReason, Published, Statistic, Suppressed, SuppressedReason
from monitor.release.learning import (
    BURDEN,
    DAYS_TO_ACCEPTANCE,
    DAYS_TO_HELP,
    MONTHS,
    TERMS,
    TOPICS,
    Item,
    Share,
    Summed,
    _helped,
    _leaves_few,
    share_figure,
)
from monitor.release.perturbation import EXACT
from monitor.release.policies import NOISE, OWN_PROTECTION, SHARED_PROTECTION
from monitor.statistics.intervals import wilson
from monitor.store.engine import writing
from monitor.store.published import cells as cells_table
from monitor.store.published import releases
from monitor.store.sheets import FIGURES, insert_sheet
from pseudonymise.agreement import load_agreement, region_names
from tests.monitor.release.cases import NOW, Case, deliver, make, released

GIS = [one for one in load_agreement().institutions if one.kind == "gi"]
REGIONS = list(region_names())
YEAR, QUARTER = "2021", "2021Q4"
NOT_DELIVERED = Missing(MissingReason.NOT_DELIVERED)
Numbers = dict[str, float]


def report(connection: Connection, supplier: str, template: str, period: str, table: pd.DataFrame) -> None:
    words = f"{supplier}{template}{period}{table.to_csv()}"
    values = {
        "supplier": supplier,
        "template": template,
        "version": 1,
        "period": period,
        "content_sha256": sha256(words.encode()).hexdigest(),
        "warnings": [],
    }
    insert_sheet(connection, values, table, NOW)


def items(regions: list[str], numbers: Numbers) -> pd.DataFrame:
    rows = [(region, item, number) for region in regions for item, number in numbers.items()]
    return pd.DataFrame(rows, columns=["region", "item", "number"])


def by_part(**numbers: list[int]) -> Numbers:
    """``returned=[4, 3, 2, 1]`` by the parts of its kind."""
    points = {4: MONTHS if "returned" in numbers else DAYS_TO_ACCEPTANCE, 7: DAYS_TO_HELP}
    return {f"{what}_{point}": n for what, of in numbers.items() for point, n in zip(points[len(of)], of, strict=True)}


OUTCOMES = by_part(returned=[8, 6, 4, 2], gone=[2, 2, 2, 2], followed=[0, 0, 0, 92]) | {
    "ended_otherwise": 30,
    "left_out": 12,
}
REQUESTS = by_part(helped=[10, 20, 30, 30, 20, 10, 5], withdrawn=[2, 2, 2, 2, 2, 0, 0], waiting=[0, 0, 0, 0, 0, 0, 15])
ROUTES: Numbers = {"route_1": 90, "route_2": 60, "with_form": 120, "form_reused": 6} | by_part(
    accepted=[30, 50, 30, 10], dropped=[3, 3, 3, 3], pending=[0, 0, 6, 12]
)
RETURNED: Numbers = {code: 11 for code in load_catalogue().learned("routes") if code.startswith("returned_")}
ROOM: Numbers = {
    **{f"arrangements_{term}": 40 for term in TERMS},
    **{f"granted_{term}": 4000 for term in TERMS},
    **{f"used_{term}": 41.2 * term for term in TERMS},
    "providers": 24,
    "hours_all": 9000,
    "hours_largest": 3105,
    "spend": 1_234_567,
    "families": 310,
}


def cases(engine: Engine) -> None:
    """A delivery of every institution, so that there can be a release."""
    with writing(engine) as connection:
        for one in GIS:
            deliver(connection, one.code, [Case(key) for key in range(30)])


def by_regions(engine: Engine, template: str, period: str, numbers: Numbers, regions: list[str] = REGIONS) -> None:
    with writing(engine) as connection:
        for region in regions:
            report(connection, region, template, period, items([region], numbers))


def joy(engine: Engine, numbers: dict[str, Numbers]) -> None:
    """``numbers``: by supplier; the same in each of its regions."""
    with writing(engine) as connection:
        for one in GIS:
            report(connection, one.code, "joy_in_work", YEAR, items(list(one.regions), numbers[one.code]))
        for region in REGIONS:
            report(connection, region, "joy_in_work", YEAR, items([region], numbers["region"]))


JOY = {
    code: {"asked": 30.0, "answered": 20.0, "variety": 14.0, "autonomy": 11.0, "support": 17.0}
    for code in (*(one.code for one in GIS), "region")
}


def near(figure: object, value: float, by: float) -> Published:
    assert isinstance(figure, Published), figure
    assert abs(figure.value - value) <= by, figure
    return figure


def test_every_indicator_has_its_topic_and_its_words() -> None:
    assert sorted(topic.code for topic in TOPICS) == sorted(load_catalogue().learning)
    purposes = {code: one.purpose for code, one in load_catalogue().learning.items()}
    assert {code for code, purpose in purposes.items() if purpose == "learn"} == set(
        load_catalogue().learned("measures")
    )


def test_nothing_is_said_of_what_nobody_delivered(engine: Engine) -> None:
    cases(engine)
    found = {cell.indicator for cell in released(engine).every}
    assert found.isdisjoint(load_catalogue().learning)


# --- the measures -------------------------------------------------------------------------------------------------


def test_help_that_works_by_hand(engine: Engine) -> None:
    """120 planned, 20 came back, 30 otherwise: 100 of 150 is 67 %; what was left out is counted apart."""
    cases(engine)
    by_regions(engine, "help_outcomes", YEAR, OUTCOMES)
    cells = released(engine)
    one = near(cells.one("help_that_works", Statistic.SHARE, YEAR, region="JZ28").figure, 67, 6)
    assert one.n is not None
    assert abs(one.n - 150) <= NOISE.deviation
    together = near(cells.one("help_that_works", Statistic.SHARE, YEAR).figure, 67, 1)
    assert together.n is not None
    assert abs(together.n - 1050) <= NOISE.deviation
    near(cells.one("help_left_out", Statistic.COUNT, YEAR).figure, 84, NOISE.deviation)
    assert attacked(engine) == ()


def test_families_that_were_lost_make_the_interval_wider() -> None:
    lost = by_part(returned=[8, 6, 4, 2], gone=[0, 0, 0, 0], followed=[60, 0, 0, 40]) | {"ended_otherwise": 30}
    kept = by_part(returned=[8, 6, 4, 2], gone=[0, 0, 0, 0], followed=[0, 0, 0, 100]) | {"ended_otherwise": 30}
    few, many = (_helped(Summed(({item: Item(n) for item, n in of.items()},), ("JZ28",)), EXACT) for of in (lost, kept))
    assert (many.part, many.cases, many.effective) == (pytest.approx(100), 150, pytest.approx(150))
    assert few.part < many.part
    assert few.effective < many.effective


def test_time_to_help_by_hand(engine: Engine) -> None:
    """60 of 150 within 28 days; 90 within 56: half got help within 56 days, and nine in ten never."""
    cases(engine)
    by_regions(engine, "help_requests", YEAR, REQUESTS)
    cells = released(engine)
    near(cells.one("time_to_help", Statistic.SHARE, YEAR).figure, 40, 1)
    median = near(cells.one("time_to_help", Statistic.MEDIAN, YEAR).figure, 56, 0)
    assert (median.lower, median.upper) == (56.0, 56.0)  # of 1050 requests
    assert cells.one("time_to_help", Statistic.P90, YEAR).figure == Missing(MissingReason.NOT_REACHED)
    assert attacked(engine) == ()


def sample(engine: Engine, weeks: dict[str, int]) -> None:
    """Of each supplier so many team-weeks of 100 hours in each region, 40 and 60 of them help in turn."""
    with writing(engine) as connection:
        for supplier, regions in [*((one.code, one.regions) for one in GIS), *((one, (one,)) for one in REGIONS)]:
            rows = [
                (region, week, 40.0 + 20 * (week % 2), 100.0)
                for region in regions
                for week in range(weeks.get(supplier, weeks["else"]))
            ]
            table = pd.DataFrame(rows, columns=["region", "team_week", "help_hours", "all_hours"])
            report(connection, supplier, "time_sample", YEAR, table)


def test_time_for_help_rests_on_twenty_team_weeks_and_more_without_the_largest(engine: Engine) -> None:
    cases(engine)
    sample(engine, {"JBGLD": 40, "else": 8})
    cells = released(engine)
    figure = cells.one("time_on_help", Statistic.SHARE, YEAR, region="JZ28").figure
    assert isinstance(figure, Published)
    assert (figure.value, figure.n) == (50, 40 + 3 * 8)
    assert (figure.lower, figure.upper) == (47, 53)  # 50 +- 1.998 x .0126
    own = cells.one("time_on_help", Statistic.SHARE, YEAR, audience="WSS", institution="WSS", region="JZ28").figure
    assert isinstance(own, Published)
    assert (own.value, own.n) == (50, 8)
    few = cells.one("time_on_help", Statistic.SHARE, YEAR, region="JZ30").figure  # JBGLD and two others
    served = [one.code for one in GIS if "JZ30" in one.regions]
    assert few == (Suppressed(SuppressedReason.DOMINANCE) if len(served) == 2 else figure)
    assert attacked(engine) == ()


def test_joy_in_work_knows_who_did_not_answer(engine: Engine) -> None:
    cases(engine)
    joy(engine, JOY)
    cells = released(engine)
    at = {"audience": "WSS", "institution": "WSS", "region": "JZ28"}
    assert cells.one("joy_variety", Statistic.SHARE, YEAR, **at).figure == Published(
        70, 57, 81, 20
    )  # of 20 x 29/10 = 58 cases
    assert cells.one("joy_variety", Statistic.LOWER_BOUND, YEAR, **at).figure == Published(
        46, n=20, bound=Bound.AT_LEAST
    )
    assert cells.one("joy_variety", Statistic.UPPER_BOUND, YEAR, **at).figure == Published(
        80, n=20, bound=Bound.AT_MOST
    )
    assert cells.one("joy_response", Statistic.SHARE, YEAR, **at).figure == Published(67, n=30)
    near(cells.one("joy_support", Statistic.SHARE, YEAR).figure, 85, 1)
    assert not [
        cell
        for cell in cells.every
        if cell.indicator.startswith("joy") and cell.audience == "shared" and cell.institution != ALL
    ]
    assert attacked(engine) == ()


def test_one_supplier_knows_all_that_it_sent_in_every_region() -> None:
    """Without either spreadsheet of the first 49 are left, and without both of them nine."""
    sheets = tuple({"answered": Item(number)} for number in (40, 40, 9))
    numbers = Summed(sheets, ("JBGLD", "JBGLD", "JVV")).numbers(("answered",))
    assert numbers == [80, 9]
    assert _leaves_few(numbers)
    assert not _leaves_few([40, 40, 9])


def test_a_part_is_not_taken_for_the_whole(engine: Engine) -> None:
    cases(engine)
    with writing(engine) as connection:
        for one in GIS:
            report(connection, one.code, "joy_in_work", YEAR, items(list(one.regions), JOY[one.code]))
        for region in REGIONS[1:]:
            report(connection, region, "joy_in_work", YEAR, items([region], JOY["region"]))
    cells = released(engine)
    assert cells.one("joy_variety", Statistic.SHARE, YEAR, region=REGIONS[0]).figure == NOT_DELIVERED
    assert cells.one("joy_variety", Statistic.SHARE, YEAR).figure == NOT_DELIVERED
    assert isinstance(cells.one("joy_variety", Statistic.SHARE, YEAR, region=REGIONS[1]).figure, Published)


# --- routes, room and burden --------------------------------------------------------------------------------------


def test_the_routes_are_counted_and_the_time_to_acceptance_rests_on_them(engine: Engine) -> None:
    cases(engine)
    by_regions(engine, "routes", QUARTER, ROUTES | RETURNED)
    cells = released(engine)
    near(cells.one("route_1", Statistic.COUNT, QUARTER, region="JZ28").figure, 90, NOISE.deviation)
    hidden = Suppressed(SuppressedReason.SMALL_COUNT)
    assert cells.one("form_reused", Statistic.COUNT, QUARTER, region="JZ28").figure in (
        hidden,
        Published(10.0),
        Published(11.0),
    )
    within = near(cells.one("acceptance", Statistic.SHARE, QUARTER).figure, 53, 1)
    assert within.n is not None
    assert abs(within.n - 1050) <= NOISE.deviation
    assert near(cells.one("acceptance", Statistic.MEDIAN, QUARTER).figure, 14, 0)
    assert cells.some("route_1", Statistic.COUNT, "2021Q3") == []  # before anybody delivered
    assert cells.one("route_1", Statistic.COUNT, "2022Q1").figure == NOT_DELIVERED
    assert attacked(engine) == ()


def test_returned_forms_are_added_up_over_the_quarters_of_a_year(engine: Engine) -> None:
    cases(engine)
    for quarter in ("2021Q1", "2021Q2", "2021Q3", "2021Q4"):
        by_regions(engine, "routes", quarter, ROUTES | RETURNED)
    cells = released(engine)
    near(cells.one("returned_unclear", Statistic.COUNT, YEAR, region="JZ28").figure, 44, NOISE.deviation)
    assert cells.some("returned_unclear", Statistic.COUNT, QUARTER, region="JZ28") == []
    assert attacked(engine) == ()


def test_a_year_of_which_a_quarter_is_not_there_is_none(engine: Engine) -> None:
    cases(engine)
    for quarter in ("2021Q1", "2021Q2", "2021Q4"):
        by_regions(engine, "routes", quarter, ROUTES | RETURNED)
    assert released(engine).one("returned_unclear", Statistic.COUNT, YEAR, region="JZ28").figure == NOT_DELIVERED


def test_the_room_is_rounded_and_regions_are_added_up_before_they_are_divided(engine: Engine) -> None:
    cases(engine)
    by_regions(engine, "room", QUARTER, ROOM)
    cells = released(engine)

    def figure(code: str, **group: str) -> object:
        return cells.one(code, Statistic.RATIO, QUARTER, **group).figure

    assert [figure(f"hours_used_{term}") for term in TERMS] == [Published(float(n)) for n in (26, 52, 77, 103)]
    assert figure("providers", region="JZ28") == Published(24.0)
    assert figure("largest_provider", region="JZ28") == Published(34.0)  # 3105 of 9000 is 34.5: to the even one
    assert figure("spend_per_family") == Published(4000.0)  # 1,234,567 over 310 is 3982
    assert cells.some("providers", Statistic.RATIO, QUARTER) == []  # one provider may serve two regions
    assert attacked(engine) == ()


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"arrangements_50": 19}, "hours_used_50", SuppressedReason.FEW_CASES),
        ({"families": 19}, "spend_per_family", SuppressedReason.FEW_CASES),
        ({"providers": 2}, "largest_provider", SuppressedReason.FEW_CASES),
    ],
)
def test_what_rests_on_few_is_hidden(engine: Engine, change: Numbers, code: str, reason: SuppressedReason) -> None:
    cases(engine)
    by_regions(engine, "room", QUARTER, ROOM | change)
    cells = released(engine)
    assert cells.one(code, Statistic.RATIO, QUARTER, region="JZ28").figure == Suppressed(reason)


def test_the_burden_is_said_of_each_party_as_it_reports_it(engine: Engine) -> None:
    cases(engine)
    with writing(engine) as connection:
        for supplier, fields in (("WSS", 0), ("JZ28", 3)):
            numbers = dict(zip(BURDEN, (fields, 12, 8, 340), strict=True))
            table = pd.DataFrame(list(numbers.items()), columns=["item", "number"])
            report(connection, supplier, "burden", YEAR, table)
    cells = released(engine)
    assert cells.one("new_fields", Statistic.RATIO, YEAR, institution="WSS").figure == Published(0.0)
    assert cells.one("new_fields", Statistic.RATIO, YEAR, region="JZ28").figure == Published(3.0)
    assert cells.one("survey_minutes", Statistic.RATIO, YEAR, institution="WSS").figure == Published(340.0)
    assert cells.one("new_fields", Statistic.RATIO, YEAR, institution="RVDK").figure == NOT_DELIVERED
    assert attacked(engine) == ()


# --- the rules ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "few"), [([40], False), ([40, 9], True), ([40, 10], False), ([40, 5, 5], False), ([40, 0], False)]
)
def test_who_could_subtract_its_own(people: list[float], few: bool) -> None:
    assert _leaves_few(people) is few


@pytest.mark.parametrize(("cases_", "shown"), [(19, False), (20, True)])
def test_a_share_rests_on_twenty(cases_: int, shown: bool) -> None:
    found = share_figure(Share(cases_ / 2, cases_, cases_), SHARED_PROTECTION, 0.5)
    assert isinstance(found, Published) is shown
    assert shown or found == Suppressed(SuppressedReason.FEW_CASES)


def test_the_interval_of_a_share_counts_the_noise_in_for_others_only() -> None:
    share = Share(30, 60, 60)
    shared, own = (share_figure(share, one, 0.5) for one in (SHARED_PROTECTION, OWN_PROTECTION))
    assert isinstance(shared, Published)
    assert isinstance(own, Published)
    assert (own.value, own.lower, own.upper) == (50, int(100 * wilson(0.5, 60)[0]), int(100 * wilson(0.5, 60)[1]) + 1)
    assert shared.upper - shared.lower > own.upper - own.lower


def test_nobody_at_all_is_no_cases_to_oneself() -> None:
    assert share_figure(Share(0, 0, 0), OWN_PROTECTION, 0.5) == Missing(MissingReason.NO_CASES)


def attacked(engine: Engine) -> tuple[str, ...]:
    with engine.connect() as connection:
        return audit(connection, connection.execute(select(releases.c.id)).scalar_one()).failures


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"value": cells_table.c.value + 1}, "route_1 (count): niet het beschermde cijfer"),
        ({"value": 7.0}, "route_1 (count): een aantal onder 10"),
        ({"region": "JZ99"}, "route_1: een cel van een groep of periode die niet in het plan staat"),
    ],
)
def test_a_figure_that_the_rules_do_not_make_does_not_pass(
    engine: Engine, change: dict[str, object], found: str
) -> None:
    cases(engine)
    by_regions(engine, "routes", QUARTER, ROUTES | RETURNED)
    make(engine)
    with writing(engine) as connection:
        columns = cells_table.c
        connection.execute(
            cells_table.update().where(columns.indicator == "route_1", columns.state == "published").values(**change)
        )
    assert found in attacked(engine)


def test_a_row_that_says_the_same_again_keeps_its_noise(engine: Engine) -> None:
    by_regions(engine, "routes", QUARTER, ROUTES | RETURNED, ["JZ28"])
    by_regions(engine, "routes", QUARTER, ROUTES | RETURNED | {"route_1": 91}, ["JZ28"])
    table = FIGURES["routes"].c
    with engine.connect() as connection:
        rows = connection.execute(select(table.sheet_id, table.item, table.number, table.key)).all()
    first, second = (
        {row.item: row.key for row in rows if row.sheet_id == sheet} for sheet in sorted({row.sheet_id for row in rows})
    )
    assert [item for item in first if first[item] != second[item]] == ["route_1"]
    assert {row.key for row in rows if row.number == 0} == {0}
