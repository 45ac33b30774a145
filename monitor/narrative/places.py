"""Open places in sentences: what is free, how old a statement is, and what does not count."""

from monitor.catalogue.expected import load_expected
from monitor.locale import N_, Language
from monitor.release.cell import ALL
from monitor.views.places import Place, Search, Summary
from pseudonymise.agreement import municipalities


def age_words(days: int, language: Language) -> str:
    """How old a statement is: ``van vandaag``, ``1 dag oud``, ``31 dagen oud``."""
    if days == 0:
        return language.gettext("of today")
    message = N_("1 day old") if days == 1 else N_("{days} days old")
    return language.gettext(message, days=language.number(days))


def stated_words(place: Place, language: Language) -> str:
    """How old a statement is, and that it is to be asked for again."""
    age = age_words(place.age_days, language)
    return language.gettext("statement {age}: ask again", age=age) if place.is_stale else age


def renewed_sentence(language: Language) -> str:
    """From when a statement counts no more."""
    return language.gettext(
        "A statement of more than {days} days ago stands faded and does not count as free: ask the provider. The "
        "region is asked for a new one.",
        days=load_expected().templates["places"].due_days,
    )


def search_sentence(search: Search, near: str, within: int | None, language: Language) -> str:
    """What was found and what was not; nothing of what is hidden, as nothing is."""
    free = sum(one.place.free for one in search.found if not one.place.is_stale)
    stale = sum(one.place.is_stale for one in search.found)
    where = ""
    if near != ALL and within is not None:
        where = language.gettext(" within {km} km of {near}", km=within, near=municipalities()[near])
    said = [
        language.gettext("One place is free{where}.", where=where)
        if free == 1
        else language.gettext("{free} places are free{where}.", free=language.number(free), where=where)
    ]
    if stale == 1:
        said.append(language.gettext("One statement of free places is too old to count: ask the provider."))
    elif stale:
        said.append(language.gettext("{n} statements of free places are too old to count: ask the providers.", n=stale))
    if search.full == 1:
        said.append(language.gettext("One other statement that fits says that nothing is free."))
    elif search.full:
        said.append(language.gettext("{n} other statements that fit say that nothing is free.", n=search.full))
    return " ".join(said)


def places_sentence(summary: Summary, language: Language) -> str:
    """Free of all places that are fresh, and on which day that was counted: it is no part of a release."""
    total = summary.total
    said = [
        language.gettext(
            "On {day}, {free} of {places} places are free, as providers state. This is no part of the release.",
            day=language.date(summary.today),
            free=language.number(total.free),
            places=language.number(total.places),
        )
    ]
    if total.stale:
        said.append(language.gettext("Statements too old to count: {n}.", n=language.number(total.stale)))
    return " ".join(said)
