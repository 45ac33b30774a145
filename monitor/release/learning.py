"""What regions and institutions report to learn from: the useful measures, the routes, the room, the burden.

Numbers of people take the road of every other count: a row of a spreadsheet stands for a record, its key for the
record key. By region and of the seven together, and never by institution: who is compared, does not learn. An
institution reads its own figures exactly. Hours, euros and what the monitor itself asks count no people, and are
rounded.
Explained in docs/explanation/disclosure.md, "What is learned from".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from monitor.catalogue import load_catalogue
from monitor.catalogue.expected import load_expected, supplier_kind, suppliers
from monitor.release.cell import (
    ALL,
    SHARED,
    Bound,
    Cell,
    Figure,
    Missing,
    MissingReason,
    Published,
    Statistic,
    Suppressed,
    SuppressedReason,
)
from monitor.release.compute import Group
from monitor.release.figures import FEW_CASES, QUANTILES, count_figure
from monitor.release.periods import complete_years
from monitor.release.perturbation import KEY_RANGE, Perturbation
from monitor.release.policies import (
    OWN_PROTECTION,
    SHARED_PROTECTION,
    SMALLEST_REMAINDER,
    Protection,
    is_too_noisy,
    noise_variance,
    too_little_behind,
    whole_percent,
)
from monitor.release.protect import ProtectedParts, protect, protect_parts
from monitor.statistics.survival import StepCounts, quantile_interval, share_interval
from monitor.statistics.useful import answers, lasting_help, ratio_of_sums
from monitor.store.sheets import COUNTED, FIGURES, current_sheets
from pseudonymise.agreement import load_agreement, region_names

MONTHS = (3, 6, 9, 12)  # in which a family is followed
DAYS_TO_HELP = (7, 14, 28, 56, 91, 182, 364)
DAYS_TO_ACCEPTANCE = (7, 14, 28, 56)
QUESTIONS = ("variety", "autonomy", "support")
TERMS = (25, 50, 75, 100)  # percent of the term of an arrangement
USUAL = 0.5  # a share that leaves chance the most room, where there is none of all together

Said = tuple[Statistic, Figure]
Place = tuple[str, str]  # supplier and region
SheetKey = tuple[str, str, str]  # supplier, region and period


@dataclass(frozen=True)
class Item:
    """One row of a spreadsheet. ``weight``: of a team-week all its hours, ``number`` being those of help."""

    number: float
    key: int = 0
    weight: float = 0.0


Sheet = Mapping[str, Item]
Sheets = Mapping[SheetKey, Sheet]


@dataclass(frozen=True)
class Summed:
    """The spreadsheets that a figure is a sum of: each of one supplier, in one region and period. ``suppliers``: whose
    each is."""

    sheets: tuple[Sheet, ...]
    suppliers: tuple[str, ...]

    def by_supplier(self, of: Callable[[Sheet], float]) -> list[float]:
        """What ``of`` says of the spreadsheets of each supplier together: one knows all of its own."""
        found = dict.fromkeys(self.suppliers, 0.0)
        for supplier, sheet in zip(self.suppliers, self.sheets, strict=True):
            found[supplier] += of(sheet)
        return list(found.values())

    def numbers(self, items: Sequence[str]) -> list[float]:
        """By supplier."""
        return self.by_supplier(lambda sheet: sum(sheet[item].number for item in items))

    def number(self, *items: str) -> float:
        return sum(self.numbers(items))

    def group(self, *items: str) -> Group:
        keys = sum(sheet[item].key for sheet in self.sheets for item in items) % KEY_RANGE
        return Group(np.array(round(self.number(*items))), np.array(keys, dtype=np.uint64))

    def protected(self, noise: Perturbation, *items: str) -> int:
        return int(protect(self.group(*items), noise))

    def parts(self, prefix: str, points: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        groups = [self.group(f"{prefix}_{point}") for point in points]
        return np.array([group.cases for group in groups]), np.array([group.keys for group in groups])


@dataclass(frozen=True)
class Share:
    """Protected: ``part`` of ``cases``, and on how many fully followed cases it rests."""

    part: float
    cases: int
    effective: float


@dataclass(frozen=True)
class Topic:
    """One indicator. ``items``: the rows that it needs; none for a sample of team-weeks. ``people``: the rows that
    count the people in it; none where it counts hours or euros alone. ``part``: of a share, the rows of who are in it
    when nobody was ``lost`` before. ``said``: its statistics. ``share``: what it is usually; None for what is no share
    of people. ``at_least_its_part``: whether its people are said to be no fewer than its part, whatever the noise.
    ``together``: whether regions can be added up. ``by_year``: whether quarters are added up to a year, as each would
    be too small.
    """

    code: str
    template: str
    items: tuple[str, ...]
    people: tuple[str, ...]
    said: tuple[Statistic, ...]
    figures: Callable[["Topic", Summed, Protection, float], Iterable[Said]]
    share: Callable[[Summed, Perturbation], Share] | None = None
    part: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    at_least_its_part: bool = False
    together: bool = True
    by_year: bool = False

    @property
    def smallest(self) -> float:
        return load_catalogue().learning[self.code].smallest

    @cached_property
    def in_quarters(self) -> bool:
        """Whether its spreadsheets are of quarters."""
        return load_expected().templates[self.template].every == "quarter"

    def sent(self, period: str) -> tuple[str, ...]:
        """The periods of the spreadsheets behind a period that is shown."""
        return tuple(f"{period}Q{quarter}" for quarter in range(1, 5)) if self.by_year else (period,)


# --- the figures ----------------------------------------------------------------------------------------------


def share_figure(share: Share, protection: Protection, usual: float) -> Figure:
    """A whole percent with its interval, by the rules of every other share."""
    noise = protection.noise
    if share.cases < protection.share:
        return FEW_CASES if noise.deviation else Missing(MissingReason.NO_CASES)
    if noise.deviation and is_too_noisy(usual, share.cases, max(share.effective, 1.0), noise):
        return Suppressed(SuppressedReason.NOISE)
    part = min(max(share.part, 0.0), float(share.cases))
    value, bound = whole_percent(part, share.cases, noise)
    of = part / share.cases
    limits = share_interval(of, max(share.effective, 1.0), noise_variance(of, float(share.cases), noise))
    lower, upper = (float(limit.data) for limit in limits)
    return Published(float(value), float(floor(100 * lower)), float(ceil(100 * upper)), share.cases, bound)


def _share(topic: Topic, summed: Summed, protection: Protection, usual: float) -> Iterable[Said]:
    assert topic.share is not None
    yield Statistic.SHARE, share_figure(topic.share(summed, protection.noise), protection, usual)


def _count(topic: Topic, summed: Summed, protection: Protection, _usual: float) -> Iterable[Said]:
    yield Statistic.COUNT, count_figure(summed.protected(protection.noise, *topic.items), protection)


RETURNED, GONE, FOLLOWED = (tuple(f"{what}_{month}" for month in MONTHS) for what in ("returned", "gone", "followed"))
PLANNED = (*RETURNED, *GONE, *FOLLOWED)
FAMILIES = (*PLANNED, "ended_otherwise")


def _helped(summed: Summed, noise: Perturbation) -> Share:
    """Families whose help ended as planned and who did not come back, as estimated for all; under noise it rests on
    those that were not lost."""
    after = StepCounts(*(summed.parts(what, MONTHS)[0] for what in ("returned", "gone", "followed")))
    planned, families = summed.number(*PLANNED), summed.number(*FAMILIES)
    found = lasting_help(planned, families - planned, after)
    cases = summed.protected(noise, *FAMILIES)
    part = float(found.share) * families
    if not noise.deviation:
        return Share(round(part, 9), cases, float(found.cases))
    stayed = summed.group(*GONE, *FOLLOWED)
    disturbed = noise.apply(np.array(round(part)), stayed.keys)
    return Share(float(disturbed), cases, float(cases - summed.protected(noise, *FOLLOWED[:-1])))


def _parts(
    summed: Summed, noise: Perturbation, outcomes: tuple[str, str, str], days: Sequence[int], cases: Sequence[str]
) -> ProtectedParts:
    (reached, reached_keys), (ended, ended_keys), (open_, open_keys) = (summed.parts(one, days) for one in outcomes)
    counts = StepCounts(reached, ended, open_)
    return protect_parts(summed.group(*cases), counts, (reached_keys, ended_keys, open_keys), noise)


@dataclass(frozen=True)
class Duration:
    """A time in parts. ``outcomes``: what the items of reached, ended and open begin with; ``cases``: of all."""

    outcomes: tuple[str, str, str]
    days: tuple[int, ...]
    within: int
    cases: tuple[str, ...]

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(f"{outcome}_{day}" for outcome in self.outcomes for day in self.days)

    def protected(self, summed: Summed, noise: Perturbation) -> ProtectedParts:
        return _parts(summed, noise, self.outcomes, self.days, self.cases)

    def share(self, summed: Summed, noise: Perturbation) -> Share:
        parts, at = self.protected(summed, noise), self.days.index(self.within)
        return Share(float(parts.reached[at]), int(parts.cases), float(parts.effective[at]))

    def figures(self, topic: Topic, summed: Summed, protection: Protection, usual: float) -> Iterable[Said]:
        """The share within so many days, and the days within which half, and nine in ten, got so far."""
        yield from _share(topic, summed, protection, usual)
        parts = self.protected(summed, protection.noise)
        cases = int(parts.cases)
        share = parts.reached / max(cases, 1)
        variance = noise_variance(share, np.full(share.shape, float(max(cases, 1))), protection.noise)
        limits = share_interval(share, np.maximum(parts.effective, 1.0), variance)
        for statistic, least in ((Statistic.MEDIAN, protection.median), (Statistic.P90, protection.p90)):
            if cases < max(least, 1):
                yield statistic, FEW_CASES if protection.noise.deviation else Missing(MissingReason.NO_CASES)
                continue
            point, *ends = quantile_interval(share, limits[0].data, limits[1].data, QUANTILES[statistic])
            if np.ma.is_masked(point):
                yield statistic, Missing(MissingReason.NOT_REACHED)
            elif parts.at_risk[int(point)] < protection.at_risk:
                yield statistic, FEW_CASES
            else:
                early, late = (None if np.ma.is_masked(end) else float(self.days[int(end)]) for end in ends)
                yield statistic, Published(float(self.days[int(point)]), early, late, cases)


TO_HELP = Duration(
    ("helped", "withdrawn", "waiting"),
    DAYS_TO_HELP,
    28,
    tuple(f"{outcome}_{day}" for outcome in ("helped", "withdrawn", "waiting") for day in DAYS_TO_HELP),
)
# Of the registrations as the routes count them: one group is never counted twice.
TO_ACCEPTANCE = Duration(("accepted", "dropped", "pending"), DAYS_TO_ACCEPTANCE, 14, ("route_1", "route_2"))


def _hours(topic: Topic, summed: Summed, protection: Protection, _usual: float) -> Iterable[Said]:
    """Of team-weeks, not of people: nothing is disturbed, and few team-weeks are not shown."""
    weeks = [item for sheet in summed.sheets for item in sheet.values()]
    own = not protection.noise.deviation
    hidden = None if own else too_little_behind(summed.by_supplier(len), topic.smallest)
    if hidden:
        yield Statistic.SHARE, Suppressed(hidden)
        return
    try:
        found = ratio_of_sums([week.number for week in weeks], [week.weight for week in weeks])
    except ValueError:
        yield Statistic.SHARE, Missing(MissingReason.NO_CASES)
        return
    value, bound = whole_percent(found.share * len(weeks), len(weeks), protection.noise)
    limits = float(floor(100 * found.lower)), float(ceil(100 * found.upper))
    yield Statistic.SHARE, Published(float(value), *limits, len(weeks), bound)


def _positive(question: str, summed: Summed, noise: Perturbation) -> Share:
    positive, answered, _ = _answered(question, summed, noise)
    return Share(positive, answered, float(answered))


def _answered(question: str, summed: Summed, noise: Perturbation) -> tuple[int, int, int]:
    """Positive of answered of asked, protected; noise does not make a part larger than its whole."""
    positive, answered, asked = (summed.protected(noise, item) for item in (question, "answered", "asked"))
    return min(positive, answered), answered, max(answered, asked)


def _question(topic: Topic, summed: Summed, protection: Protection, usual: float) -> Iterable[Said]:
    """The share with an interval that knows how many were asked, and what it would be with the silent."""
    noise = protection.noise
    positive, answered, asked = _answered(topic.items[0], summed, noise)
    figure = share_figure(Share(positive, answered, float(answered)), protection, usual)
    if not isinstance(figure, Published):
        yield from ((statistic, figure) for statistic in topic.said)
        return
    found = answers(positive, answered, asked, noise_variance(positive / answered, float(answered), noise))
    least, most = (1, 99) if noise.deviation else (0, 100)
    limits = float(floor(100 * float(found.lower))), float(ceil(100 * float(found.upper)))
    yield Statistic.SHARE, Published(figure.value, *limits, answered, figure.bound)
    worst, best = min(floor(100 * float(found.worst)), most), max(ceil(100 * float(found.best)), least)
    yield Statistic.LOWER_BOUND, Published(float(worst), n=answered, bound=Bound.AT_LEAST)
    yield Statistic.UPPER_BOUND, Published(float(best), n=answered, bound=Bound.AT_MOST)


def _answering(topic: Topic, summed: Summed, protection: Protection, usual: float) -> Iterable[Said]:
    """Who answered is a fact, and has no interval."""
    for statistic, figure in _share(topic, summed, protection, usual):
        plain = replace(figure, lower=None, upper=None) if isinstance(figure, Published) else figure
        yield statistic, plain


def _response(summed: Summed, noise: Perturbation) -> Share:
    _, answered, asked = _answered("answered", summed, noise)
    return Share(answered, asked, float(asked))


def _ratio(topic: Topic, summed: Summed, _protection: Protection, _usual: float) -> Iterable[Said]:
    """The first item over the second, in the unit and step of the indicator; the last says on how many it rests."""
    above, below, behind = topic.items[0], topic.items[1], topic.items[-1]
    one = load_catalogue().learning[topic.code]
    figure: Figure
    if not summed.number(behind) or not summed.number(below):
        figure = Missing(MissingReason.NO_CASES)
    elif hidden := too_little_behind(summed.numbers((behind,)), topic.smallest):
        figure = Suppressed(hidden)
    else:
        ratio = summed.number(above) / summed.number(below) * (100 if one.unit == "percent" else 1)
        figure = Published(round(ratio / one.step) * one.step)
    yield Statistic.RATIO, figure


def _as_reported(topic: Topic, summed: Summed, _protection: Protection, _usual: float) -> Iterable[Said]:
    yield Statistic.RATIO, Published(summed.number(*topic.items))


def _counts(code: str, template: str, item: str, *, by_year: bool = False) -> Topic:
    return Topic(code, template, (item,), (item,), (Statistic.COUNT,), _count, by_year=by_year)


def _ratios(code: str, *items: str, together: bool = True) -> Topic:
    return Topic(code, "room", items, (), (Statistic.RATIO,), _ratio, together=together)


def _durations(code: str, template: str, duration: Duration) -> Topic:
    items = tuple(dict.fromkeys((*duration.items, *duration.cases)))
    said = (Statistic.SHARE, Statistic.MEDIAN, Statistic.P90)
    reached, _, open_ = duration.outcomes
    return Topic(
        code,
        template,
        items,
        duration.cases,
        said,
        duration.figures,
        duration.share,
        part=tuple(f"{reached}_{day}" for day in duration.days if day <= duration.within),
        lost=tuple(f"{open_}_{day}" for day in duration.days if day < duration.within),
    )


def _questions(question: str) -> Topic:
    said = (Statistic.SHARE, Statistic.LOWER_BOUND, Statistic.UPPER_BOUND)
    items = (question, "answered", "asked")
    share = partial(_positive, question)
    return Topic(f"joy_{question}", "joy_in_work", items, ("answered",), said, _question, share, part=(question,))


BURDEN = ("new_fields", "deliveries", "deliveries_reused", "survey_minutes")
TOPICS: tuple[Topic, ...] = (
    Topic(
        "help_that_works",
        "help_outcomes",
        FAMILIES,
        FAMILIES,
        (Statistic.SHARE,),
        _share,
        _helped,
        part=(*GONE, *FOLLOWED),
        lost=FOLLOWED[:-1],
    ),
    _counts("help_left_out", "help_outcomes", "left_out"),
    _durations("time_to_help", "help_requests", TO_HELP),
    Topic("time_on_help", "time_sample", (), (), (Statistic.SHARE,), _hours),
    *(_questions(question) for question in QUESTIONS),
    Topic(
        "joy_response",
        "joy_in_work",
        ("answered", "asked"),
        ("asked",),
        (Statistic.SHARE,),
        _answering,
        _response,
        part=("answered",),
        at_least_its_part=True,
    ),
    *(_counts(code, "routes", code) for code in ("route_1", "route_2", "with_form", "form_reused")),
    _durations("acceptance", "routes", TO_ACCEPTANCE),
    *(
        _counts(code, "routes", code, by_year=True)
        for code in load_catalogue().learned("routes")
        if code.startswith("returned_")
    ),
    *(_ratios(f"hours_used_{term}", f"used_{term}", f"granted_{term}", f"arrangements_{term}") for term in TERMS),
    Topic("providers", "room", ("providers",), (), (Statistic.RATIO,), _as_reported, together=False),
    _ratios("largest_provider", "hours_largest", "hours_all", "providers", together=False),
    _ratios("spend_per_family", "spend", "families"),
    *(Topic(code, "burden", (code,), (), (Statistic.RATIO,), _as_reported) for code in BURDEN),
)


# --- the walk over groups and periods -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Whose:
    """A group of which there are figures, and the suppliers and regions whose spreadsheets it is a sum of."""

    region: str
    institution: str
    places: tuple[Place, ...]


def learning_cells(connection: Connection, quarters: Sequence[str]) -> Iterator[list[Cell]]:
    """An indicator at a time; nothing of a template that nobody has delivered. From the first period that was."""
    read: dict[str, Sheets] = {}
    for topic in TOPICS:
        sheets = read.setdefault(topic.template, read_sheets(connection, topic.template))
        periods = _periods(topic, sheets, quarters)
        cells = [
            cell
            for audience, protection, groups in audiences(topic)
            for period in periods
            for cell in _of_period(topic, sheets, audience, protection, groups, period)
        ]
        if cells:
            yield cells


def _of_period(
    topic: Topic, sheets: Sheets, audience: str, protection: Protection, groups: Sequence[Whose], period: str
) -> Iterator[Cell]:
    summed = [gather(topic, sheets, group.places, period) for group in groups]
    usual = USUAL
    if topic.share and (together := summed[-1]):
        share = topic.share(together, protection.noise)
        usual = share.part / share.cases if 0 < share.part < share.cases else USUAL
    for group, found in zip(groups, summed, strict=True):
        for statistic, figure in _said(topic, found, protection, usual):
            yield Cell(
                audience=audience,
                indicator=topic.code,
                statistic=statistic,
                region=group.region,
                institution=group.institution,
                measure_group=ALL,
                period=period,
                figure=figure,
            )


def _said(topic: Topic, summed: Summed | None, protection: Protection, usual: float) -> Iterable[Said]:
    """A sum of which a part is not there would be taken for the whole: it is not delivered."""
    if summed is None:
        return [(statistic, Missing(MissingReason.NOT_DELIVERED)) for statistic in topic.said]
    if protection.noise.deviation and topic.people and _leaves_few(summed.numbers(topic.people)):
        return [(statistic, Suppressed(SuppressedReason.DOMINANCE)) for statistic in topic.said]
    return topic.figures(topic, summed, protection, usual)


def _leaves_few(people: Sequence[float]) -> bool:
    """Whether the supplier of the most could subtract its own and see a small group. Alone it sees what it sent."""
    return 0 < sum(people) - max(people) < SMALLEST_REMAINDER


def gather(topic: Topic, sheets: Sheets, places: Sequence[Place], period: str) -> Summed | None:
    """The spreadsheets of a group; None when one is not there, or lacks a row that the indicator needs."""
    found = [(place[0], sheets.get((*place, sent), {})) for place in places for sent in topic.sent(period)]
    whole = all(sheet and set(topic.items) <= sheet.keys() for _, sheet in found)
    return Summed(tuple(sheet for _, sheet in found), tuple(whose for whose, _ in found)) if whole else None


def _periods(topic: Topic, sheets: Sheets, quarters: Sequence[str]) -> Sequence[str]:
    shown = quarters if topic.in_quarters and not topic.by_year else complete_years(tuple(quarters))
    first = min((period for _, _, period in sheets), default="9")
    return [period for period in shown if topic.sent(period)[0] >= first]


def audiences(topic: Topic) -> Iterator[tuple[str, Protection, list[Whose]]]:
    """Everyone, and each institution of its own."""
    yield SHARED, SHARED_PROTECTION, shared_groups(topic)
    for one in load_agreement().institutions if topic.template != "burden" else ():
        if one.kind in load_expected().templates[topic.template].suppliers:
            own = [Whose(region, one.code, ((one.code, region),)) for region in one.regions]
            every = Whose(ALL, one.code, tuple((one.code, region) for region in one.regions))
            yield one.code, OWN_PROTECTION, [*own, every]


def shared_groups(topic: Topic) -> list[Whose]:
    """The groups of which everyone reads figures: all together as the last; of the burden, every party."""
    if topic.template == "burden":
        kinds = load_expected().templates["burden"].suppliers
        return [_party(one) for one in suppliers() if supplier_kind(one) in kinds]
    regions = [Whose(region, ALL, _suppliers_in(topic, region)) for region in region_names()]
    together = Whose(ALL, ALL, tuple(place for region in regions for place in region.places))
    return [*regions, *([together] if topic.together else [])]


def _party(supplier: str) -> Whose:
    is_region = supplier in region_names()
    return Whose(supplier if is_region else ALL, ALL if is_region else supplier, ((supplier, ALL),))


def _suppliers_in(topic: Topic, region: str) -> tuple[Place, ...]:
    kinds = load_expected().templates[topic.template].suppliers
    here = [one.code for one in load_agreement().institutions if one.kind in kinds and region in one.regions]
    return tuple((supplier, region) for supplier in (*here, *([region] if "region" in kinds else [])))


def read_sheets(connection: Connection, template: str) -> Sheets:
    """What the spreadsheets that count say, by supplier, region and period."""
    columns = FIGURES[template].c
    sample = template == "time_sample"
    item, number = (columns.team_week, columns.help_hours) if sample else (columns.item, columns.number)
    asked = [
        columns.supplier,
        *([columns.region] if "region" in columns else []),
        current_sheets.c.period,
        item,
        number,
        *([columns.all_hours] if sample else [columns.key] if template in COUNTED else []),
    ]
    found: dict[SheetKey, dict[str, Item]] = {}
    query = select(*asked).join(current_sheets, current_sheets.c.id == columns.sheet_id)
    for row in connection.execute(query).mappings():
        of = found.setdefault((row["supplier"], row.get("region", ALL), row["period"]), {})
        of[str(row[item.name])] = Item(
            float(row[number.name]), row.get("key", 0), float(row["all_hours"]) if sample else 0.0
        )
    return found
