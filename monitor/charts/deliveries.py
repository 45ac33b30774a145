"""The tables of the page Aanleveren."""

from collections.abc import Sequence
from dataclasses import replace

from monitor.catalogue.expected import DELIVERY, NOW, load_expected, supplier_name
from monitor.charts.table import Table
from monitor.locale import N_, Language
from monitor.narrative.figures import Entry, Kind
from monitor.reception import Answer, Received, warnings_of
from monitor.views.deliveries import Deliveries, Expectation, State

HISTORY_SHOWN = 60  # a quarter of everybody; the store keeps the rest
STATES = {
    State.IN: N_("received"),
    State.AWAITED: N_("awaited"),
    State.LATE: N_("late"),
    State.RENEW: N_("to be renewed"),
}


def expected_table(model: Deliveries, language: Language) -> Table:
    """What is expected of one supplier, when, and why then."""
    terms = load_expected().terms
    return Table(
        caption=language.gettext("What is expected of you"),
        head=tuple(language.gettext(name) for name in (N_("What"), N_("Period"), N_("At the latest"), N_("State"))),
        rows=tuple(
            (
                Entry(language.of(terms[one.what]).title, details=(language.of(terms[one.what]).why,)),
                Entry(language.period(one.period)),
                Entry(_by(one, language)),
                replace(_state(one, language), details=(language.date(one.received),) if one.received else ()),
            )
            for one in model.expected
        ),
    )


def _by(one: Expectation, language: Language) -> str:
    if one.period == NOW and not one.received:
        return language.gettext("as soon as you can")
    return language.date(one.due)


def overview_table(model: Deliveries, language: Language) -> Table:
    """Who delivered what: a row for each supplier, a column for everything that can be expected."""
    expected = load_expected()
    by_supplier: dict[str, dict[str, Expectation]] = {}
    for one in model.expected:
        by_supplier.setdefault(one.supplier, {})[one.what] = one
    return Table(
        caption=language.gettext("Who delivered what, of the newest period"),
        head=(language.gettext("Supplier"), *(language.of(term).title for term in expected.terms.values())),
        rows=tuple(
            (
                Entry(supplier_name(supplier)),
                *(
                    _state(found[what], language)
                    if what in found
                    else Entry(language.gettext("not asked"), Kind.ABSENT)
                    for what in expected.terms
                ),
            )
            for supplier, found in by_supplier.items()
        ),
    )


def history_table(history: Sequence[Received], language: Language, *, of_all: bool) -> Table:
    """What came in, the newest first; ``of_all``: with whose it was."""
    head = [N_("Received on"), N_("What"), N_("Period"), N_("Counts"), N_("Warnings")]
    if of_all:
        head.insert(1, N_("Supplier"))
    return Table(
        caption=language.gettext("What came in, the newest first"),
        head=tuple(language.gettext(name) for name in head),
        rows=tuple(
            (
                Entry(language.date(one.received_at.date())),
                *((Entry(supplier_name(one.supplier)),) if of_all else ()),
                Entry(language.of(load_expected().terms[one.template or DELIVERY]).title),
                Entry(_period(one, language)),
                Entry(language.gettext("yes") if one.current else language.gettext("no, replaced by a newer one")),
                Entry(
                    language.number(len(one.warnings)) if one.warnings else language.gettext("none"),
                    details=tuple(f"{line.where}: {line.message}" for line in warnings_of(one, language)),
                ),
            )
            for one in history[:HISTORY_SHOWN]
        ),
    )


def findings_table(answer: Answer, language: Language) -> Table:
    """What is wrong in one file, where, and how to mend it."""
    head = (N_("Kind"), N_("Where"), N_("What is wrong"), N_("How to mend it"))
    return Table(
        caption=language.gettext("What to mend in {name}", name=answer.name),
        head=tuple(language.gettext(name) for name in head),
        rows=tuple(
            (Entry(line.severity), Entry(line.where), Entry(line.message, details=(line.code,)), Entry(line.remedy))
            for line in answer.lines
        ),
    )


def _state(one: Expectation, language: Language) -> Entry:
    words = language.gettext(STATES[one.state])
    if one.received:
        kind = Kind.ALERT if one.state is State.RENEW else Kind.TEXT
        return Entry(words, kind, (language.date(one.received),))
    if one.period == NOW:
        return Entry(words, details=(language.gettext("nothing stated yet"),))
    kind = Kind.ALERT if one.state is State.LATE else Kind.TEXT
    before = language.gettext("before {day}", day=language.date(one.due))
    return Entry(words, kind, (before,))


def _period(one: Received, language: Language) -> str:
    if one.until:
        return language.gettext("up to {day}", day=language.date(one.until))
    return language.period(one.period or "")
