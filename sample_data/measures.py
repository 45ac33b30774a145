"""The measures of the certified institutions (*gecertificeerde instellingen*, GI's)."""

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from pseudonymise.agreement import load_agreement
from sample_data.days import (
    NEVER,
    Positions,
    on,
    period,
    position,
    position_before,
    working_days,
    working_days_a_year,
)
from sample_data.draws import (
    Floats,
    draw,
    finish,
    institutions_of,
    join,
    levels_of,
    place_regions,
    places,
    quarters_since,
    wait,
)
from sample_data.parameters import Parameters, Stream, load_parameters
from sample_data.planted import HELP_BACKLOG, REORGANISATION

CONVERTED = "07"  # end reason of a provisional order that became a supervision order
PREVENTIVE = "31"  # no measure: no order, no milestones

GI_STEPS = ("first_contact", "worker_assigned", "plan_established", "help_started")
GI_DATES = ("court_order", "order_received", *GI_STEPS, "ended", "transferred_in", "transferred_out")


def institution_shares() -> dict[str, dict[str, float]]:
    """For each region the share of the measures of each GI there.

    A GI that serves some of the regions has the whole of its share in those; the others divide what is left.
    """
    p = load_parameters()
    weights, mix = p.regions.weights, p.mix.shares
    parties = {i.code: i.regions for i in load_agreement().institutions if i.kind == "gi"}
    everywhere = [code for code, regions in parties.items() if len(regions) == len(weights)]
    shares: dict[str, dict[str, float]] = {}
    for region in weights:
        local = {
            code: mix[code] * sum(weights.values()) / sum(weights[r] for r in regions)
            for code, regions in parties.items()
            if code not in everywhere and region in regions
        }
        left = (1 - sum(local.values())) / sum(mix[code] for code in everywhere)
        shares[region] = {code: mix[code] * left for code in everywhere} | local
    return shares


def measures(rng: Generator, scale: float, shares: dict[str, dict[str, float]]) -> pd.DataFrame:
    """The measures in force at some moment of the period, known to their GI at the extract."""
    p = load_parameters()
    cases = _orders(rng, p, scale, shares)
    first, last = period()
    known = (cases["order_received"] < last) & (cases["order_received"] < cases["end"])
    cases = cases[known & (cases["end"] >= first)].reset_index(drop=True)
    cases = _hand_over(rng, p, _steps(rng, p, cases), shares)
    cases["end_reason"] = _end_reasons(rng, p, cases)
    for column in GI_DATES:
        cases[column] = on(cases[column].to_numpy())
    return finish(cases, started=cases["order_received"].fillna(cases["transferred_in"]))


def _orders(rng: Generator, p: Parameters, scale: float, shares: dict[str, dict[str, float]]) -> pd.DataFrame:
    """All court orders since the start of the history: positions of start, receipt and end, type, family."""
    first, last = position(p.period.history_starts), period()[1]
    years = (last - first) / working_days_a_year()
    begun = {name: stream.inflow for name, stream in p.streams.items()}
    begun["ots"] -= begun["vots"] * p.end_reasons.converted
    parts: list[pd.DataFrame] = []
    for name, stream in p.streams.items():
        sizes = p.families.sizes if stream.siblings else (1.0,)
        mean_size = sum(size * share for size, share in enumerate(sizes, start=1))
        n = round(begun[name] * years * scale / mean_size)
        orders = pd.DataFrame({"start": rng.integers(first, last, n), "place": places(rng, p, n)})
        orders["institution"] = institutions_of(rng, p, orders["place"].to_numpy(), shares)
        orders["measure_type"] = draw(rng, stream.types, n)
        children = orders.loc[orders.index.repeat(1 + rng.choice(len(sizes), n, p=sizes))]
        end = children["start"] + _lengths(rng, stream, len(children))
        parts.append(children.assign(end=end, family=children.index))
    cases = join(parts, "family")
    cases["person"] = np.arange(len(cases))
    cases["birth_date"] = _births(rng, cases)
    cases["order"] = cases["family"]
    cases = _with_follow_on(rng, p, cases)
    return _receive(rng, p, cases)


def _lengths(rng: Generator, stream: Stream, n: int) -> Positions:
    """Durations in working days."""
    years = stream.mean * np.exp(stream.sigma * rng.standard_normal(n) - stream.sigma**2 / 2)
    return np.ceil(np.minimum(years, stream.longest) * working_days_a_year()).astype(np.int64)


def _with_follow_on(rng: Generator, p: Parameters, cases: pd.DataFrame) -> pd.DataFrame:
    """Adds the supervision orders (*OTS*) that provisional orders (*VOTS*) become, for the same children."""
    families = cases["family"].max() + 1
    follows = rng.random(families) < p.end_reasons.converted
    converted = (cases["measure_type"] == "12") & follows[cases["family"]]
    # One hearing for the family: its provisional orders end on one day.
    hearing = cases.groupby("family")["end"].transform("min")
    cases = cases.assign(converted=converted, end=hearing.where(converted, cases["end"]))
    after = cases[converted]
    adult = position_before((after["birth_date"] + pd.DateOffset(years=18)).to_numpy())
    after = after.assign(
        start=after["end"],
        end=np.minimum(after["end"] + _lengths(rng, p.streams["ots"], len(after)), adult),
        measure_type="11",
        order=after["family"] + families,
        converted=False,
    )
    both: pd.DataFrame = pd.concat([cases, after], ignore_index=True)
    return both


def _receive(rng: Generator, p: Parameters, cases: pd.DataFrame) -> pd.DataFrame:
    """Adds ``order_received``: some calendar days after the order, the same for all children under it."""
    order, first = np.unique(cases["order"], return_inverse=True)
    lag = np.minimum(rng.geometric(1 / (1 + p.steps.receipt_mean), len(order)) - 1, p.steps.receipt_longest)
    received = working_days()[cases["start"]] + lag[first].astype("timedelta64[D]")
    return cases.assign(court_order=cases["start"], order_received=position_before(received))


def _steps(rng: Generator, p: Parameters, cases: pd.DataFrame) -> pd.DataFrame:
    """Adds the position of each milestone of the GI; those after the end of the measure never happen."""
    order, of = np.unique(cases["order"], return_inverse=True)
    shared = rng.standard_normal(len(order))
    rho = p.steps.shared_by_order
    received = cases["order_received"].to_numpy()
    regions = place_regions(p)[cases["place"]]
    begun = working_days()[received]

    def latent(draws: Floats) -> Floats:
        return np.asarray(np.sqrt(rho) * shared[of] + np.sqrt(1 - rho) * draws)

    def one_per_order() -> Floats:
        return latent(rng.standard_normal(len(order))[of])

    def level(milestone: str) -> Floats:
        return levels_of(p, cases["institution"].to_numpy(), milestone)

    contact = received + wait(p, one_per_order(), level("first_contact"), "first_contact")
    # Those who wait long for a worker never make the term, so the others carry the whole level.
    prompt = 1 - p.waiting.share
    waits_long = (rng.random(len(order)) < p.waiting.share)[of]
    long = np.exp(p.waiting.sigma * rng.standard_normal(len(order))[of])
    long_wait = np.ceil(10 + p.waiting.median_working_days * long).astype(np.int64)
    z = one_per_order()
    worker_level = level("worker_assigned")
    improved = (regions == REORGANISATION.region) & (begun >= np.datetime64(REORGANISATION.since))
    usual = np.where(waits_long, long_wait, wait(p, z, worker_level / prompt, "worker_assigned"))
    sooner = wait(p, z, (worker_level + REORGANISATION.share * improved) / prompt, "worker_assigned")
    worker = received + np.where(waits_long, long_wait, sooner)
    # A plan follows a worker; the usual worker, so that the planted improvement leaves the plan as it was.
    plan = received + wait(p, one_per_order(), level("plan_established"), "plan_established")
    plan = np.maximum(plan, received + usual + 1)
    starts = 1 - p.steps.never_help
    own = latent(rng.standard_normal(len(cases)))
    help_wait = wait(p, own, level("help_started") / starts, "help_started")
    quarters = quarters_since(begun, np.datetime64(HELP_BACKLOG.since))
    growth = np.where(regions == HELP_BACKLOG.region, 1 + HELP_BACKLOG.growth * np.maximum(quarters, 0), 1.0)
    helped = received + np.ceil(help_wait * growth).astype(np.int64)
    helped[rng.random(len(cases)) < p.steps.never_help] = NEVER
    preventive = (cases["measure_type"] == PREVENTIVE).to_numpy()
    found = {
        milestone: np.where((positions > cases["end"]) | preventive, NEVER, positions)
        for milestone, positions in zip(GI_STEPS, (contact, worker, plan, helped), strict=True)
    }
    court_order = np.where(preventive, NEVER, cases["court_order"])
    return cases.assign(**found, court_order=court_order)


def _hand_over(rng: Generator, p: Parameters, cases: pd.DataFrame, shares: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Splits a measure that moves to another GI in two rows: *overgedragen* and *overgedragen gekregen*.

    The first has no end, the second no start: one leaves on a day, the other arrives on the next. Where the
    region has no other GI the measure leaves the seven regions.
    """
    days = working_days()
    followed = np.flatnonzero(np.diff(days) == np.timedelta64(1, "D"))
    cases = cases.assign(ended=cases["end"], transferred_in=NEVER, transferred_out=NEVER)
    length = cases["end"] - cases["start"]
    moment = cases["start"] + 40 + (rng.random(len(cases)) * (length - 60)).astype(np.int64)
    moment = followed[np.searchsorted(followed, moment)]
    moves = (rng.random(len(cases)) < p.transfers.share) & (length > 80)
    moves &= cases["measure_type"] != PREVENTIVE
    old = cases[moves].copy()
    left = moment[moves]
    new = old.copy()
    new["institution"] = _another_institution(rng, p, old, shares)
    old = old.assign(ended=NEVER, transferred_out=left, converted=False)
    new = new.assign(transferred_in=left + 1, court_order=NEVER, order_received=NEVER)
    for milestone in GI_STEPS:
        early = old[milestone].to_numpy() <= left
        old[milestone] = np.where(early, old[milestone], NEVER)
        new[milestone] = np.where(early, NEVER, new[milestone])
    first, last = period()
    in_period = left >= first
    arrived = (new["institution"] != "") & (left + 1 < last)
    rows: pd.DataFrame = pd.concat([cases[~moves], old[in_period], new[arrived]], ignore_index=True)
    return rows


def _another_institution(
    rng: Generator, p: Parameters, cases: pd.DataFrame, shares: dict[str, dict[str, float]]
) -> NDArray[np.object_]:
    regions = place_regions(p)[cases["place"]]
    found = np.full(len(cases), "", dtype=object)
    for row, (region, institution) in enumerate(zip(regions, cases["institution"], strict=True)):
        others = {code: share for code, share in shares[region].items() if code != institution}
        if others:
            found[row] = draw(rng, others, 1)[0]
    return found


def _end_reasons(rng: Generator, p: Parameters, cases: pd.DataFrame) -> NDArray[np.object_]:
    reasons = np.full(len(cases), "", dtype=object)
    for measure_type, shares in p.end_reasons.shares.items():
        rows = (cases["measure_type"] == measure_type).to_numpy()
        reasons[rows] = draw(rng, shares, int(rows.sum()))
    reasons[cases["converted"].to_numpy()] = CONVERTED
    reasons[cases["ended"].to_numpy() == NEVER] = ""
    return reasons


def _births(rng: Generator, cases: pd.DataFrame) -> pd.DatetimeIndex:
    """Birth dates such that a measure ends by the age of 18; youth probation starts between 12 and 18."""
    length = (cases["end"] - cases["start"]).to_numpy() / working_days_a_year()
    u = rng.random(len(cases))
    probation = cases["measure_type"].map(load_agreement().measure_types) == "jr"
    years = np.where(probation, 12 + 5.9 * u, u * np.maximum(17.9 - length, 0.1))
    days = working_days()[cases["start"]] - (years * 365.25).astype("timedelta64[D]")
    return pd.DatetimeIndex(days.astype("datetime64[s]"))
