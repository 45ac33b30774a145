"""What is learned from: the useful measures and the burden of the monitor; the routes and room for professionals."""

from dataclasses import dataclass

from monitor.access.visibility import can_read
from monitor.catalogue import load_catalogue
from monitor.catalogue.expected import load_expected, supplier_kind, suppliers
from monitor.release.cell import ALL, SHARED, Cell, Published, Statistic
from monitor.views.reading import TOGETHER, Group, Indicator, Reader
from pseudonymise.agreement import region_names

BY_REGION = ("help_that_works", "time_to_help", "time_on_help")
QUESTIONS = ("joy_variety", "joy_autonomy", "joy_support")
ROUTES = ("route_1", "route_2", "with_form")
TERMS = (25, 50, 75, 100)  # percent of the term of an arrangement
OF_REGIONS = ("providers", "largest_provider", "spend_per_family")


@dataclass(frozen=True)
class LearnedFigures:
    """One indicator of one group in one period. ``cell``: its share, count or ratio. ``median``: of a duration.
    ``worst``, ``best``: the share if none, and if all, of those who did not answer had been positive."""

    code: str
    group: Group
    period: str
    cell: Cell
    median: Cell | None = None
    worst: Cell | None = None
    best: Cell | None = None


@dataclass(frozen=True)
class LearningModel:
    """``is_own``: exact figures of the group, an institution. ``shown``: each measure in its newest period, of the
    group or, where an institution does not report it, of the seven together. ``regions``: by measure, of every region
    and then of the seven together. ``questions``: each of the group over the years. ``response``, ``left_out``: of the
    group, None without. ``burden``: by party, of a year.
    """

    group: Group
    is_own: bool
    shown: tuple[LearnedFigures, ...]
    regions: tuple[tuple[LearnedFigures, ...], ...]
    questions: tuple[tuple[LearnedFigures, ...], ...]
    response: LearnedFigures | None
    left_out: LearnedFigures | None
    burden: tuple[tuple[LearnedFigures, ...], ...]


@dataclass(frozen=True)
class RoomModel:
    """``routes``: of the group, each over the quarters. ``reused``, ``acceptance``: over the same. ``together``: the
    acceptance of the seven. ``returned``: by reason of the group and of the seven, in the newest year. ``hours``: by
    part of the term, in the newest quarter; ``providers``: by region in that quarter. Empty when nothing was reported.
    """

    group: Group
    routes: tuple[tuple[LearnedFigures, ...], ...]
    reused: tuple[LearnedFigures, ...]
    acceptance: tuple[LearnedFigures, ...]
    together: tuple[LearnedFigures, ...]
    returned: tuple[tuple[LearnedFigures, ...], ...]
    hours: tuple[LearnedFigures, ...]
    providers: tuple[tuple[LearnedFigures, ...], ...]


def learned(indicator: Indicator, group: Group, period: str) -> LearnedFigures:
    one = load_catalogue().learning[indicator.code]
    counts = one.unit == "count" and one.subject in ("measures", "routes")
    share = one.unit == "percent" and one.subject in ("measures", "routes")
    main = Statistic.COUNT if counts else Statistic.SHARE if share else Statistic.RATIO
    return LearnedFigures(
        indicator.code,
        group,
        period,
        indicator.cell(main, group, period),
        *(
            indicator.find(one, group, period)
            for one in (Statistic.MEDIAN, Statistic.LOWER_BOUND, Statistic.UPPER_BOUND)
        ),
    )


def learning_model(reader: Reader, group: Group) -> LearningModel:
    """Own figures when the group is an institution that the role may read: of the measures that it reports itself."""
    own = group.institution != ALL and can_read(reader.role, group.institution)
    audience = group.institution if own else SHARED

    def newest(code: str, of: Group, whose: str = SHARED) -> LearnedFigures | None:
        indicator = reader.indicator(code, whose)
        periods = _periods(indicator)
        return learned(indicator, of, periods[-1]) if periods else None

    main = (*BY_REGION, *QUESTIONS)
    every = (TOGETHER, *(Group(region=region) for region in region_names()))
    year = _periods(reader.indicator("new_fields"))[-1:]
    return LearningModel(
        group=group,
        is_own=own,
        shown=tuple(one for code in main if (one := newest(code, group, audience) or newest(code, TOGETHER))),
        regions=tuple(
            tuple(one for of in (*every[1:], every[0]) if (one := newest(code, of)))
            for code in BY_REGION
            if newest(code, TOGETHER)
        ),
        questions=tuple(
            tuple(learned(indicator, group, period) for period in _periods(indicator))
            for code in QUESTIONS
            if _periods(indicator := reader.indicator(code, audience))
        ),
        response=newest("joy_response", group, audience),
        left_out=newest("help_left_out", group, audience),
        burden=tuple(
            tuple(learned(reader.indicator(code), of, period) for code in load_catalogue().learned("burden"))
            for period in year
            for of in _parties()
        ),
    )


def room_model(reader: Reader, group: Group) -> RoomModel:
    """``group``: a region, or all together."""

    def over_time(code: str, of: Group = group) -> tuple[LearnedFigures, ...]:
        indicator = reader.indicator(code)
        return tuple(learned(indicator, of, period) for period in _periods(indicator))

    reasons = [code for code in load_catalogue().learned("routes") if code.startswith("returned_")]
    quarter = _periods(reader.indicator("hours_used_25"))[-1:]
    return RoomModel(
        group=group,
        routes=tuple(line for code in ROUTES if (line := over_time(code))),
        reused=over_time("form_reused"),
        acceptance=over_time("acceptance"),
        together=over_time("acceptance", TOGETHER),
        returned=tuple(
            tuple(learned(indicator, of, periods[-1]) for of in dict.fromkeys((group, TOGETHER)))
            for code in reasons
            if (periods := _periods(indicator := reader.indicator(code)))
        ),
        hours=tuple(
            learned(reader.indicator(f"hours_used_{term}"), group, period) for period in quarter for term in TERMS
        ),
        providers=tuple(
            tuple(learned(reader.indicator(code), Group(region=region), period) for code in OF_REGIONS)
            for period in quarter
            for region in region_names()
        ),
    )


def _periods(indicator: Indicator) -> tuple[str, ...]:
    """From the first to the newest of which anything is published, whoever's it is."""
    found = {period for (_, _, period), cell in indicator.by_key.items() if isinstance(cell.figure, Published)}
    every = sorted({period for _, _, period in indicator.by_key})
    return tuple(period for period in every if found and period <= max(found))


def _parties() -> tuple[Group, ...]:
    kinds = load_expected().templates["burden"].suppliers
    return tuple(
        Group(region=one) if one in region_names() else Group(institution=one)
        for one in suppliers()
        if supplier_kind(one) in kinds
    )
