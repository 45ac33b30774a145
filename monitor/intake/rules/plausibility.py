"""What can be right but seldom is: held against the delivery itself, and against the one it replaces.

All of these warn and none blocks: a region can really have twice the cases, and a change of case system can really
take history away. Who sent it is told at once, and can send a better one before a release is made.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from monitor.intake.rule import Check, Rows, Severity, Words, failing
from monitor.intake.rules.columns import quarter_numbers
from pseudonymise.agreement import Flow, load_agreement
from pseudonymise.delivery import Delivery

FEWEST_CASES = 10  # a difference of fewer is chance, or one team
LARGEST_STOCK_GAP = 0.05  # of the stock: cases without a start date stand in the stock and in no clock
QUARTERS_BEFORE = 4  # a year, so that seasons even out
CHANCE = 4  # standard deviations: by chance one quarter of a region in some ten thousand
LARGEST_CHANGE = 0.25
LARGEST_REVISION = 0.10
SETTLED = timedelta(days=92)  # a quarter after its end, its cases are in: what changes then is not late entry

IN = (Flow.TRANSFERRED_IN,)
OUT = (Flow.ENDED, Flow.CONVERTED, Flow.TRANSFERRED_OUT)
OF_REGION = ["clock", "region", "quarter"]


@dataclass(frozen=True)
class Previous:
    """What the delivery counted that is replaced. ``clocks``: columns clock, region, quarter, cases."""

    until: date
    clocks: pd.DataFrame


@dataclass(frozen=True)
class Succession:
    """A delivery beside the one that it replaces."""

    delivery: Delivery
    previous: Previous


def stock_does_not_follow(delivery: Delivery) -> Rows:
    """The stock of a region is that of the quarter before, with what came in and without what went out."""
    flows, clocks = delivery.tables["flows"], delivery.tables["clocks"]
    by = ["region", "quarter"]
    counted = flows.pivot_table(index=by, columns="flow", values="cases", aggfunc="sum", fill_value=0)
    counted = counted.reindex(columns=list(Flow), fill_value=0)
    came_in = clocks.groupby(by)["cases"].sum().reindex(counted.index, fill_value=0)
    change = came_in + counted[list(IN)].sum(axis=1) - counted[list(OUT)].sum(axis=1)
    region = counted.index.get_level_values("region")
    number = quarter_numbers(counted.index.get_level_values("quarter").to_series())
    before = pd.Series(counted[Flow.STOCK].to_numpy(), index=[region, number + 1])
    stock_before = before.reindex(pd.MultiIndex.from_arrays([region, number])).to_numpy()
    gap = (counted[Flow.STOCK] - change - stock_before).abs()  # NaN in the first quarter: held against nothing
    wrong = gap.index[gap.ge(FEWEST_CASES) & gap.gt(LARGEST_STOCK_GAP * counted[Flow.STOCK])]
    return failing({"flows": flows["flow"].eq(Flow.STOCK) & pd.MultiIndex.from_frame(flows[by]).isin(wrong)})


def sudden_change(delivery: Delivery) -> Rows:
    """The newest whole quarter of a region beside the mean of the year before it."""
    clocks = delivery.tables["clocks"]
    number = quarter_numbers(clocks["quarter"])
    newest = _whole_quarters(delivery.manifest.until)
    known = clocks["clock"].isin(_known_at_once())
    of_region = clocks.assign(number=number)[known].groupby(["clock", "region", "number"])["cases"].sum()
    cases = of_region.unstack("number", fill_value=0).reindex(
        columns=range(newest - QUARTERS_BEFORE, newest + 1), fill_value=0
    )
    mean = cases.iloc[:, :-1].mean(axis=1)
    change = (cases.iloc[:, -1] - mean).abs()
    by_chance = CHANCE * np.sqrt(mean * (1 + 1 / QUARTERS_BEFORE))
    has_history = cases.iloc[:, :-1].gt(0).all(axis=1)
    sudden = change.index[
        has_history & change.gt(by_chance) & change.gt(LARGEST_CHANGE * mean) & change.ge(FEWEST_CASES)
    ]
    accused = pd.MultiIndex.from_frame(clocks[["clock", "region"]]).isin(sudden) & (number == newest)
    without_rows = {region for _, region in sudden} - set(clocks["region"][accused])
    return failing({"clocks": accused}) | {region: [] for region in sorted(without_rows)}


def region_gone(succession: Succession) -> Rows:
    """A region where the delivery before counted cases, and this one counts none at all."""
    return _gone(succession, "region")


def quarter_gone(succession: Succession) -> Rows:
    return _gone(succession, "quarter")


def history_rewritten(succession: Succession) -> Rows:
    """A settled quarter of a region that now counts otherwise than in the delivery before."""
    clocks, previous = succession.delivery.tables["clocks"], succession.previous
    settled = pd.Period(previous.until - SETTLED + timedelta(days=1), "Q").ordinal - 1
    now = clocks[clocks["clock"].isin(_known_at_once())].groupby(OF_REGION)["cases"].sum()
    before = previous.clocks.set_index(OF_REGION)["cases"].reindex(now.index)  # NaN: told by the two rules above
    change = (now - before).abs()
    old_enough = quarter_numbers(now.index.get_level_values("quarter").to_series()) <= settled
    rewritten = now.index[change.ge(FEWEST_CASES) & change.gt(LARGEST_REVISION * before) & old_enough]
    return failing({"clocks": pd.MultiIndex.from_frame(clocks[OF_REGION]).isin(rewritten)})


def _gone(succession: Succession, column: str) -> Rows:
    before = succession.previous.clocks
    counted = before[before["clock"].isin(_known_at_once())].groupby(column)["cases"].sum()
    left = set(succession.delivery.tables["clocks"][column])
    return {str(code): [] for code in counted.index[counted >= FEWEST_CASES] if code not in left}


def _known_at_once() -> list[str]:
    """Clocks whose cases are known as soon as they start; those of another grow while cases get further."""
    return [clock.code for clock in load_agreement().clocks if clock.requires == clock.anchor]


def _whole_quarters(until: date) -> int:
    """The number of the last quarter that was over by then."""
    return int(pd.Period(pd.Timestamp(until) + pd.Timedelta(days=1), "Q").ordinal) - 1


ALONE = (
    Check(
        "stock_does_not_follow",
        Severity.WARNING,
        ("cases",),
        Words(
            "de stand volgt niet uit die van het kwartaal ervoor met in- en uitstroom",
            "Controleer of de uitdraai alle lopende en beëindigde zaken bevat, en of overdrachten een datum hebben.",
        ),
        Words(
            "the stock does not follow from that of the quarter before with what came in and went out",
            "See whether the export holds all running and ended cases, and whether transfers have a date.",
        ),
        stock_does_not_follow,
    ),
    Check(
        "sudden_change",
        Severity.WARNING,
        ("cases",),
        Words(
            "het aantal zaken in het nieuwste kwartaal wijkt sterker af van het jaar ervoor dan toeval verklaart",
            "Controleer of de uitdraai het hele kwartaal beslaat en geen zaken dubbel of van een ander bevat. Klopt "
            "het, dan hoeft u niets te doen.",
        ),
        Words(
            "the number of cases in the newest quarter differs more from the year before than chance explains",
            "See whether the export covers the whole quarter, and holds no case twice or of another. If it is right, "
            "there is nothing to do.",
        ),
        sudden_change,
    ),
)

SUCCESSION = (
    Check(
        "region_gone",
        Severity.WARNING,
        ("region",),
        Words(
            "deze regio stond in de vorige aanlevering en ontbreekt in deze",
            "Draai uit over alle regio's waar u werkt, en lever opnieuw aan.",
        ),
        Words(
            "this region was in the delivery before and is missing from this one",
            "Export all regions where you work, and deliver again.",
        ),
        region_gone,
    ),
    Check(
        "quarter_gone",
        Severity.WARNING,
        ("quarter",),
        Words(
            "dit kwartaal stond in de vorige aanlevering en ontbreekt in deze",
            "Een aanlevering vervangt de vorige in haar geheel: draai uit vanaf het begin van de overeenkomst.",
        ),
        Words(
            "this quarter was in the delivery before and is missing from this one",
            "A delivery replaces the one before as a whole: export from the begin of the agreement.",
        ),
        quarter_gone,
    ),
    Check(
        "history_rewritten",
        Severity.WARNING,
        ("cases",),
        Words(
            "een kwartaal dat al lang voorbij is, telt veel meer of minder zaken dan in de vorige aanlevering",
            "Ga na wat er in het bronsysteem of de koppeling is veranderd, en meld het de beheerder: een cijfer dat "
            "al is uitgegeven, verandert alleen door een rectificatie.",
        ),
        Words(
            "a quarter that is long past counts many more or fewer cases than in the delivery before",
            "Find what changed in the case system or the mapping, and tell the steward: a figure that was released "
            "changes by an erratum only.",
        ),
        history_rewritten,
    ),
)
