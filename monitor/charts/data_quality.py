"""The tables of the data quality page."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from monitor.charts.table import Table
from monitor.locale import N_, Language
from monitor.narrative.definitions import KINDS
from monitor.narrative.figures import LIMITS, Entry, Kind, days_entry, n_entry, number_entry, reason_words, share_entry
from monitor.narrative.sentences import group_name
from monitor.release.cell import Cell, Missing, MissingReason, Published, Statistic
from monitor.views.data_quality import OF_DATES, DataQuality, Delivered, OwnRegistration
from monitor.views.step import StepFigures
from pseudonymise.agreement import InstitutionKind, load_agreement

HEADS: Final = {
    Statistic.COMPLETENESS: N_("Date registered"),
    Statistic.REGISTERED: N_("Entered by now, of what is expected"),
    Statistic.PROXIED: N_("Another date stands in"),
    Statistic.IMPLAUSIBLE: N_("Impossible date"),
    Statistic.OUT_OF_ORDER: N_("After a later moment"),
    Statistic.EARLY: N_("Entered before it happened"),
}

# Without these nothing was delivered of which a share could be registered.
NOTHING_DELIVERED: Final = (Missing(MissingReason.NOT_DELIVERED), Missing(MissingReason.NOT_IN_SOURCE))


def completeness_tables(model: DataQuality, language: Language) -> tuple[Table, ...]:
    """One for each kind of institution, as each registers other steps."""
    return tuple(_completeness(kind, rows, model.period, language) for kind, rows in model.completeness.items())


def _completeness(
    kind: InstitutionKind, rows: tuple[tuple[StepFigures, ...], ...], period: str, language: Language
) -> Table:
    agreement = load_agreement()
    return Table(
        caption=language.gettext(
            "Of how many cases the date is registered: {kind}, {period}",
            kind=language.gettext(KINDS[kind]),
            period=language.period(period),
        ),
        head=(language.gettext("Institution"), *(language.of(step) for step in agreement.steps_of(kind))),
        rows=tuple(
            (
                Entry(agreement.institution(row[0].group.institution).name),
                *(completeness_of(figures, language) for figures in row),
            )
            for row in rows
        ),
    )


def registration_table(steps: Sequence[StepFigures], language: Language) -> Table:
    """Of one group in one period: of every step how many cases have its date, and how many cases there are."""
    agreement = load_agreement()
    whose, period = group_name(steps[0].group, language), language.period(steps[0].period)
    return Table(
        caption=language.gettext(
            "Of how many cases the date is registered: {group}, {period}", group=whose, period=period
        ),
        head=(language.gettext("Step"), language.gettext("Date registered"), language.gettext("Cases")),
        rows=tuple(
            (
                Entry(language.of(agreement.step(one.step))),
                completeness_of(one, language),
                n_entry(one, agreement.step(one.step), language),
            )
            for one in steps
        ),
    )


def completeness_of(figures: StepFigures, language: Language) -> Entry:
    """The whole percent that is registered; or why it is not known, as the figure that it belongs to says."""
    missing = days_entry(figures.median, load_agreement().step(figures.step), language)
    if figures.completeness is None or figures.median.figure in NOTHING_DELIVERED:
        return missing if missing.kind in (Kind.HIDDEN, Kind.ABSENT) else Entry("")
    entry = number_entry(figures.completeness, language.percent(figures.completeness))
    if figures.median.figure == Missing(MissingReason.INCOMPLETE):
        return replace(entry, details=(missing.text,), reasons=missing.reasons)
    return entry


def deliveries_table(model: DataQuality, label: str, language: Language) -> Table:
    """Who delivered up to when, and whether that reaches the quarter of the release."""
    return Table(
        caption=language.gettext("Deliveries in this release"),
        head=(
            language.gettext("Institution"),
            language.gettext("Delivered up to"),
            language.gettext("Reaches the end of {period}", period=language.period(label)),
        ),
        rows=tuple(_delivered(one, language) for one in model.deliveries),
    )


def _delivered(one: Delivered, language: Language) -> tuple[Entry, ...]:
    name = Entry(load_agreement().institution(one.institution).name)
    if one.until is None:
        words = reason_words(MissingReason.NOT_DELIVERED, language)[0]
        return name, Entry(words, Kind.ABSENT, reasons=(MissingReason.NOT_DELIVERED,)), Entry(language.gettext("no"))
    reaches = language.gettext("yes") if one.covers else language.gettext("no")
    return name, Entry(language.date(one.until)), Entry(reaches)


def dates_table(own: OwnRegistration, language: Language) -> Table:
    """Each date that the institution registers, in one quarter."""
    milestones = {milestone.code: language.of(milestone) for milestone in load_agreement().milestones}
    return Table(
        caption=language.gettext(
            "Own figures, do not share: how each date is registered, {period}", period=language.period(own.quarter)
        ),
        head=(language.gettext("Date"), *(language.gettext(HEADS[statistic]) for statistic in OF_DATES)),
        rows=tuple(
            (Entry(milestones[code]), *(share_entry(cell, language) for cell in cells))
            for code, cells in own.dates.items()
        ),
        notes=(
            language.gettext(
                "Entered by now: from how late this date was entered in earlier quarters, with its 95% band. Below "
                "{least}% registered a step gets no single figure.",
                least=100 - LIMITS["unregistered"],
            ),
        ),
    )


def stock_table(own: OwnRegistration, language: Language) -> Table:
    """Whether the measures in force follow from the quarter before, what came and what went."""
    return Table(
        caption=language.gettext("Own figures, do not share: does the stock follow from what came and went?"),
        head=(
            language.gettext("Period"),
            language.gettext("In force on the last day"),
            language.gettext("More or fewer than follows"),
        ),
        rows=tuple(
            (Entry(language.period(cell.period)), _stock(cell, language), _gap(cell, language))
            for cell in reversed(own.stock)
        ),
    )


def _stock(cell: Cell, language: Language) -> Entry:
    if isinstance(cell.figure, Published) and cell.figure.n is not None:
        return number_entry(cell.figure.n, language.number(cell.figure.n))
    return Entry("")


def _gap(cell: Cell, language: Language) -> Entry:
    if isinstance(cell.figure, Published):
        sign = "+" if cell.figure.value > 0 else ""
        return number_entry(cell.figure.value, f"{sign}{language.number(cell.figure.value)}")
    return share_entry(cell, language)
