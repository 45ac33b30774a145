"""Reminders: what is late, of whom, and since when."""

from collections.abc import Sequence

from monitor.catalogue.expected import load_expected, supplier_name
from monitor.locale import Language
from monitor.views.deliveries import Expectation


def own_reminders(late: Sequence[Expectation], language: Language) -> list[tuple[str, str]]:
    """For who is late itself: what, and since when. The first of each pair says what it is about."""
    return [
        (
            _title(one.what, language),
            language.gettext(
                "{period} was expected by {day} and has not come in.",
                period=language.period(one.period),
                day=language.date(one.due),
            ),
        )
        for one in late
    ]


def own_renewals(to_renew: Sequence[Expectation], language: Language) -> list[tuple[str, str]]:
    """For who stated something so long ago that it counts no more, or is no longer sure: what, and since when."""
    return [
        (
            _title(one.what, language),
            language.gettext(
                "The oldest statement in it was fresh until {day}. Hand in a new one: until then it stands faded.",
                day=language.date(one.due),
            ),
        )
        for one in to_renew
    ]


def reminders(late: Sequence[Expectation], language: Language) -> list[tuple[str, str]]:
    """For the steward: of everything that is late, of whom."""
    of_each: dict[str, list[Expectation]] = {}
    for one in late:
        of_each.setdefault(one.what, []).append(one)
    return [
        (
            _title(what, language),
            language.gettext(
                "{period} was expected by {day} and has not come in from {suppliers}.",
                period=language.period(some[0].period),
                day=language.date(some[0].due),
                suppliers=language.list([supplier_name(one.supplier) for one in some]),
            ),
        )
        for what, some in of_each.items()
    ]


def _title(what: str, language: Language) -> str:
    return language.of(load_expected().terms[what]).title
