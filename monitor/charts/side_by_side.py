"""The steps of one institution side by side: on time, and how long they take. One row a step, own above joint.

Working days and calendar days have a chart each: one axis never measures both. Nothing is stacked or added up: the
steps of an institution overlap or begin at one moment, and a sum of medians is the median of nothing.
"""

from collections.abc import Sequence
from typing import Any

from monitor.catalogue import load_catalogue
from monitor.charts.chart import BAND, INK, NORM, Chart, dots, layout, percent_axis, row_axis
from monitor.charts.over_time import completeness_entry
from monitor.charts.table import Table
from monitor.locale import N_, Language
from monitor.narrative.definitions import UNITS
from monitor.narrative.figures import Entry, days_entry, days_words, number_entry, percent_range, within_norm_entry
from monitor.narrative.sentences import funnel_words, group_name, interval_note, norm_words
from monitor.release.cell import ALL, Cell, Published
from monitor.views.institution import InstitutionModel
from monitor.views.reading import TOGETHER
from monitor.views.step import StepFigures
from pseudonymise.agreement import Step, Unit, load_agreement

ROW, HEAD = 64, 96  # pixels for a step, and for the legend and an axis
OWN, JOINT = 0.17, -0.17  # where in its row each lies

Rows = Sequence[tuple[StepFigures, StepFigures]]


def shares_by_step(model: InstitutionModel, language: Language) -> Chart:
    """The share within the norm of each step that has one, with the target and what chance allows."""
    positions = [index for index, (own, _) in enumerate(model.rows) if load_agreement().step(own.step).norm]
    rows, funnels = [model.rows[index] for index in positions], [model.funnels[index] for index in positions]
    steps = [load_agreement().step(own.step) for own, _ in rows]
    targets = [load_catalogue().steps[step.code].target_share for step in steps]
    figure = layout(language, ROW * len(rows) + HEAD)
    figure["xaxis"] |= percent_axis(language)
    figure["yaxis"] |= row_axis([language.of(step) for step in steps])
    data = [
        *_chance(funnels, language),
        _marks(targets, language.gettext("target")),
        *_pair(rows, [(own.share, joint.share) for own, joint in rows], model, language),
    ]
    alt = language.gettext(
        "Dot chart: share within the norm by step, {period}. {rows}",
        period=language.period(model.period),
        rows=_sentences(
            [
                (step, within_norm_entry(own, language), within_norm_entry(joint, language))
                for step, (own, joint) in zip(steps, rows, strict=True)
            ],
            model,
            language,
        ),
    )
    return Chart({"data": data, "layout": figure}, alt, _shares_table(rows, funnels, targets, model, language))


def by_unit(model: InstitutionModel) -> dict[Unit, Rows]:
    """The steps of the institution that are measured in working days, and those in calendar days."""
    units: dict[Unit, list[tuple[StepFigures, StepFigures]]] = {}
    for own, joint in model.rows:
        units.setdefault(load_agreement().step(own.step).unit, []).append((own, joint))
    return dict(units)


def days_by_step(model: InstitutionModel, unit: Unit, language: Language) -> Chart:
    """How long each step measured in one unit takes: the median, and the mean up to the horizon."""
    rows = by_unit(model)[unit]
    steps = [load_agreement().step(own.step) for own, _ in rows]
    figure = layout(language, ROW * len(rows) + HEAD)
    title = {"text": language.gettext(UNITS[unit]), "font": {"size": 14}}
    figure["xaxis"] |= {"rangemode": "tozero", "title": title}
    figure["yaxis"] |= row_axis([language.of(step) for step in steps])
    means = [_published(own.restricted_mean) for own, _ in rows]
    data = [
        _marks([step.norm_days for step in steps], language.gettext("norm")),
        *_pair(rows, [(own.median, joint.median) for own, joint in rows], model, language),
        dots(_at(means, 0), language.gettext("mean up to the horizon"), 2),
    ]
    alt = language.gettext(
        "Dot chart: {unit} within which half got so far, by step, {period}. {rows}",
        unit=language.gettext(UNITS[unit]),
        period=language.period(model.period),
        rows=_sentences(
            [
                (step, days_entry(own.median, step, language), days_entry(joint.median, step, language))
                for step, (own, joint) in zip(steps, rows, strict=True)
            ],
            model,
            language,
        ),
    )
    return Chart({"data": data, "layout": figure}, alt, _days_table(rows, unit, model, language))


def funnel_of_step(model: InstitutionModel, language: Language) -> Chart:
    """Each institution by its number of cases, between the limits that chance allows it. No order but size."""
    known = [
        (one, share, limits)
        for one in model.peers
        if (share := _published(one.share)) and (limits := _published(one.funnel)) and share.n
    ]
    figure = layout(language, 360)
    figure["xaxis"] |= {"title": {"text": language.gettext("Cases"), "font": {"size": 14}}, "rangemode": "tozero"}
    figure["yaxis"] |= percent_axis(language)
    by_size = sorted((share.n or 0, limits.lower, limits.upper) for _, share, limits in known)
    data = _band([n for n, _, _ in by_size], [low for _, low, _ in by_size], [high for _, _, high in by_size], language)
    name = group_name(model.distribution.curves[-1].group, language)
    places = [(one.group.institution == model.institution, one.group.region == ALL) for one, _, _ in known]
    families = (
        (language.gettext("other institutions"), 1, 9, [not own for own, _ in places]),
        (language.gettext("{name}, by region", name=name), 2, 8, [own and not joint for own, joint in places]),
        (name, 0, 14, [own and joint for own, joint in places]),
    )
    for words, style, size, belongs in families:
        points = [(share.n, share.value) for (_, share, _), belonging in zip(known, belongs, strict=True) if belonging]
        if points:
            drawn = dots([(value, Published(float(n or 0))) for n, value in points], words, style)
            drawn["marker"] |= {"size": size}
            data.append(drawn)
    outside = [one for one, _, _ in known if funnel_words(one, language)]
    said = (
        language.list([f"{group_name(one.group, language)}: {funnel_words(one, language)}" for one in outside])
        if outside
        else language.gettext("all lie within the limits of chance")
    )
    alt = language.gettext(
        "Funnel: {step}, {period}, share within the norm by number of cases. {said}.",
        step=language.of(load_agreement().step(model.distribution.step)),
        period=language.period(model.period),
        said=said if known else language.gettext("no published figure"),
    )
    return Chart({"data": data, "layout": figure}, alt, _funnel_table(model, language))


def _funnel_table(model: InstitutionModel, language: Language) -> Table:
    return Table(
        caption=language.gettext(
            "{step}, {period}: differences and chance",
            step=language.of(load_agreement().step(model.distribution.step)),
            period=language.period(model.period),
        ),
        head=(
            language.gettext("Institution"),
            language.gettext("Within the norm"),
            language.gettext("Cases"),
            language.gettext("Chance allows"),
            language.gettext("More than chance"),
            language.gettext("Date registered"),
        ),
        rows=tuple(
            (
                Entry(group_name(one.group, language)),
                within_norm_entry(one, language),
                _cases(one, language),
                _limits(one.funnel, language),
                Entry(funnel_words(one, language)),
                completeness_entry(one, language),
            )
            for one in model.peers
        ),
        notes=(
            language.gettext(
                "Shared figures, protected. In the order of the agreement, not of the result. Chance allows: the "
                "99.8% limits around what all together had the year before. The kind of cases is not weighed in."
            ),
        ),
    )


def _shares_table(
    rows: Rows,
    funnels: Sequence[Cell | None],
    targets: Sequence[int | None],
    model: InstitutionModel,
    language: Language,
) -> Table:
    def row(own: StepFigures, joint: StepFigures, funnel: Cell | None, target: int | None) -> tuple[Entry, ...]:
        step = load_agreement().step(own.step)
        norm = norm_words(step.norm, language) if step.norm else ""
        return (
            Entry(language.of(step), details=(norm,)),
            within_norm_entry(own, language),
            within_norm_entry(joint, language),
            Entry("") if target is None else number_entry(target, language.percent(target)),
            _limits(funnel, language),
        )

    return Table(
        caption=language.gettext("Within the norm by step, {period}", period=language.period(model.period)),
        head=(
            language.gettext("Step"),
            *_names(model, language),
            language.gettext("target"),
            language.gettext("Chance allows"),
        ),
        rows=tuple(
            row(own, joint, funnel, target) for (own, joint), funnel, target in zip(rows, funnels, targets, strict=True)
        ),
        notes=(interval_note(language),),
    )


def _days_table(rows: Rows, unit: Unit, model: InstitutionModel, language: Language) -> Table:
    own_name, joint_name = _names(model, language)

    def row(own: StepFigures, joint: StepFigures) -> tuple[Entry, ...]:
        step = load_agreement().step(own.step)
        horizon = own.restricted_mean.point if own.restricted_mean else None
        return (
            Entry(language.of(step), details=(norm_words(step.norm, language),) if step.norm else ()),
            days_entry(own.median, step, language),
            days_entry(joint.median, step, language),
            *(
                days_entry(one.restricted_mean, step, language) if one.restricted_mean else Entry("")
                for one in (own, joint)
            ),
            Entry("" if horizon is None else days_words(horizon, step, language)),
        )

    half, mean = N_("{name}: half within"), N_("{name}: mean up to the horizon")
    return Table(
        caption=language.gettext(
            "Days by step, in {unit}, {period}",
            unit=language.gettext(UNITS[unit]),
            period=language.period(model.period),
        ),
        head=(
            language.gettext("Step"),
            language.gettext(half, name=own_name),
            language.gettext(half, name=joint_name),
            language.gettext(mean, name=own_name),
            language.gettext(mean, name=joint_name),
            language.gettext("Horizon"),
        ),
        rows=tuple(row(own, joint) for own, joint in rows),
        notes=(days_note(language),),
    )


def days_note(language: Language) -> str:
    """What can be read from the days of the steps, and what cannot."""
    return language.gettext(
        "The mean up to the horizon counts a case that did not get so far for the whole horizon, and so says how much "
        "time the step takes with the waiting included. The steps begin together or overlap: their days cannot be "
        "added up."
    )


def _names(model: InstitutionModel, language: Language) -> tuple[str, str]:
    return group_name(model.rows[0][0].group, language), group_name(TOGETHER, language)


def _pair(
    rows: Rows, cells: Sequence[tuple[Cell, Cell]], model: InstitutionModel, language: Language
) -> list[dict[str, Any]]:
    """Joint first, so that own lies on top of it."""
    own, joint = _names(model, language)
    return [
        dots(_at([_published(cell) for _, cell in cells], JOINT), joint, 1),
        dots(_at([_published(cell) for cell, _ in cells], OWN), own, 0),
    ]


def _at(figures: Sequence[Published | None], place: float) -> list[tuple[float, Published]]:
    """The rows that have a figure, each so much above its middle."""
    return [(row - place, figure) for row, figure in enumerate(figures) if figure]


def _marks(values: Sequence[float | None], name: str) -> dict[str, Any]:
    """A short upright line in each row that has one: a norm or a target."""
    known = [(value, index) for index, value in enumerate(values) if value is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "legendrank": 9,
        "x": [value for value, _ in known],
        "y": [index for _, index in known],
        "marker": {"color": NORM, "symbol": "line-ns-open", "size": 30, "line": {"width": 3, "color": NORM}},
        "cliponaxis": False,
    }


def _chance(funnels: Sequence[Cell | None], language: Language) -> list[dict[str, Any]]:
    """A broad bar in each row, from the one limit of chance to the other."""
    spans = [(index, figure) for index, cell in enumerate(funnels) if (figure := _published(cell))]
    if not spans:
        return []
    return [
        {
            "type": "bar",
            "orientation": "h",
            "name": language.gettext("what chance allows"),
            "legendrank": 8,
            "base": [figure.lower for _, figure in spans],
            "x": [(figure.upper or 0) - (figure.lower or 0) for _, figure in spans],
            "y": [index for index, _ in spans],
            "width": 0.7,
            "marker": {"color": BAND, "line": {"color": INK, "width": 0.5}},
        }
    ]


def _band(
    n: Sequence[int], lower: Sequence[float | None], upper: Sequence[float | None], language: Language
) -> list[dict[str, Any]]:
    edge = {"type": "scatter", "mode": "lines", "x": list(n), "line": {"color": INK, "width": 1, "dash": "dot"}}
    return [
        edge | {"y": list(lower), "showlegend": False},
        edge
        | {
            "y": list(upper),
            "fill": "tonexty",
            "fillcolor": BAND,
            "name": language.gettext("what chance allows"),
            "legendrank": 8,
        },
    ]


def _published(cell: Cell | None) -> Published | None:
    return cell.figure if cell and isinstance(cell.figure, Published) else None


def _limits(cell: Cell | None, language: Language) -> Entry:
    figure = _published(cell)
    if figure is None or figure.lower is None or figure.upper is None:
        return Entry("")
    return Entry(percent_range(round(figure.lower), round(figure.upper), language))


def _cases(figures: StepFigures, language: Language) -> Entry:
    share = _published(figures.share)
    return Entry("") if share is None or share.n is None else number_entry(share.n, language.number(share.n))


def _sentences(rows: Sequence[tuple[Step, Entry, Entry]], model: InstitutionModel, language: Language) -> str:
    own_name, joint_name = _names(model, language)
    return " ".join(
        language.gettext(
            "{step}: {own_name} {own}, {joint_name} {joint}.",
            step=language.of(step),
            own_name=own_name,
            own=own.text,
            joint_name=joint_name,
            joint=joint.text,
        )
        for step, own, joint in rows
    )
