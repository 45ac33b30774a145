"""The tables of open places: what a search found, and what is free by region and kind of help."""

from collections.abc import Sequence

from monitor.catalogue.expected import load_expected
from monitor.charts.table import Table
from monitor.locale import N_, Language
from monitor.narrative.figures import Entry, Kind, number_entry
from monitor.narrative.places import renewed_sentence, stated_words
from monitor.views.places import Found, Free, Search, Summary
from pseudonymise.agreement import municipalities, region_names

SHOWN = 50  # rows; who wants another narrows the search


def found_table(search: Search, language: Language, *, by_distance: bool) -> Table:
    """One row a statement with something free; ``by_distance``: the nearest first."""
    caption = N_("Free places, the nearest first") if by_distance else N_("Free places, the fresh statements first")
    head = (N_("Provider"), N_("Where"), N_("Kind of help"), N_("Free"), N_("Statement"))
    return Table(
        caption=language.gettext(caption),
        head=tuple(language.gettext(name) for name in head),
        rows=tuple(_row(one, language) for one in search.found[:SHOWN]),
        notes=(
            *(
                (language.gettext("The first {shown} stand here. Narrow the search to see others.", shown=SHOWN),)
                if len(search.found) > SHOWN
                else ()
            ),
            language.gettext(
                "Distances are in a straight line, between the middles of municipalities. A free place is no promise: "
                "whether it fits a child is for the provider and who refers."
            ),
        ),
    )


def _row(one: Found, language: Language) -> tuple[Entry, ...]:
    place, expected = one.place, load_expected()
    care, ages = (
        language.of(expected.options(kind)[code]) for kind, code in (("care", place.care), ("ages", place.ages))
    )
    distance = () if one.km is None else (distance_words(one.km, language),)
    free = language.number(place.free)
    return (
        Entry(place.provider),
        Entry(municipalities()[place.municipality], details=distance),
        Entry(care, details=(ages,)),
        Entry(free, Kind.STALE, (language.gettext("does not count"),))
        if place.is_stale
        else number_entry(place.free, free),
        Entry(
            language.short_date(place.stated_on),
            Kind.STALE if place.is_stale else Kind.TEXT,
            (stated_words(place, language),),
        ),
    )


def distance_words(km: float, language: Language) -> str:
    """``12 km``; of one municipality ``hier``."""
    if km == 0:
        return language.gettext("in this municipality")
    return language.gettext("{km} km", km=language.number(max(1, round(km))))


def free_table(summary: Summary, regions: Sequence[str], language: Language) -> Table:
    """``regions``: a row each, whether it stated anything or not; a column for each kind of help."""
    kinds = load_expected().options("care")
    return Table(
        caption=language.gettext("Free places by region and kind of help, {day}", day=language.date(summary.today)),
        head=(language.gettext("Region"), *(language.of(option) for option in kinds.values())),
        rows=tuple(
            (
                Entry(region_names()[region]),
                *(
                    free_entry(summary.by.get((region, care)), language, stated=region in summary.regions)
                    for care in kinds
                ),
            )
            for region in regions
        ),
        notes=(
            renewed_sentence(language),
            language.gettext(
                "What is not free is not always occupied: a place can be closed, kept for somebody or short of staff. "
                "How many youths live somewhere is not asked."
            ),
        ),
    )


def free_entry(free: Free | None, language: Language, *, stated: bool) -> Entry:
    """What is free of how many; a true zero, nothing stated, and stated too long ago are three things.

    ``stated``: whether the region stated anything at all.
    """
    if free is None:
        words = N_("no provider stated") if stated else N_("no statement")
        return Entry(language.gettext(words), Kind.ABSENT)
    stale = (
        language.gettext("1 statement too old")
        if free.stale == 1
        else language.gettext("{n} statements too old", n=free.stale)
    )
    if not free.fresh:
        return Entry(language.gettext("ask again"), Kind.STALE, (stale,))
    of = language.gettext("of {places}", places=language.number(free.places))
    return number_entry(free.free, language.number(free.free), (of, stale) if free.stale else (of,))
