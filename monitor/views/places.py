"""Open places: what providers stated, how old that is, and a search by kind of help, age and distance.

Capacity, as it was stated; no figure of a release. What is stale does not count as free: it is to be asked for again.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, inspect

from monitor.catalogue.distance import distance_km
from monitor.catalogue.expected import load_expected
from monitor.release.cell import ALL
from monitor.store.standing import contacts, read_places
from pseudonymise.agreement import municipalities, region_names


@dataclass(frozen=True)
class Place:
    """What one provider stated. ``municipality`` is its code. ``age_days``: calendar days since the statement."""

    region: str
    provider: str
    municipality: str
    care: str
    ages: str
    places: int
    free: int
    stated_on: date
    age_days: int
    is_stale: bool


@dataclass(frozen=True)
class Found:
    """A place with something free; ``km``: in a straight line, None when no municipality was asked for."""

    place: Place
    km: float | None


@dataclass(frozen=True)
class Search:
    """``found``: what fits and has something free, the nearest first. ``full``: how many fit and have nothing free."""

    found: tuple[Found, ...]
    full: int


@dataclass(frozen=True)
class Free:
    """Of some statements together: ``free`` of ``places`` by those that are fresh; ``stale``: how many are not."""

    free: int
    places: int
    fresh: int
    stale: int


@dataclass(frozen=True)
class Summary:
    """By region and kind of help; what nobody stated is not in it. ``today``: the day that ages are counted to."""

    today: date
    by: dict[tuple[str, str], Free]

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that stated anything."""
        stated = {region for region, _ in self.by}
        return tuple(region for region in region_names() if region in stated)

    def of(self, region: str) -> "Summary":
        return Summary(self.today, {key: free for key, free in self.by.items() if key[0] == region})

    @property
    def total(self) -> Free:
        return _added(self.by.values())


def open_places(engine: Engine, today: date) -> tuple[Place, ...]:
    """Every place as its provider stated it, in the order of regions and names."""
    if not inspect(engine).has_table(contacts.name):  # a store of before has other places
        return ()
    renewed_by = load_expected().templates["places"].renewed_by
    with engine.connect() as connection:
        rows = read_places(connection)
    found = (
        Place(
            row.region,
            row.provider,
            row.municipality,
            row.care,
            row.ages,
            row.places,
            row.free,
            row.stated_on,
            age_days=(today - row.stated_on).days,
            is_stale=renewed_by(row.stated_on) < today,
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda one: (one.region, one.provider, one.care, one.ages)))


def search(places: Iterable[Place], *, care: str, ages: str, near: str, within_km: float | None) -> Search:
    """``care``, ``ages`` and ``near`` (a municipality) can be ALL; a place for all ages fits every age. Fresh before
    stale at the same distance, then who has most."""
    fitting = [
        Found(one, None if near == ALL else distance_km(near, one.municipality))
        for one in places
        if care in (ALL, one.care) and (ages == ALL or one.ages in (ALL, ages))
    ]
    reached = [one for one in fitting if one.km is None or within_km is None or one.km <= within_km]
    free = [one for one in reached if one.place.free]
    return Search(tuple(sorted(free, key=_nearest_first)), len(reached) - len(free))


def summarise(places: Iterable[Place], today: date) -> Summary:
    by: dict[tuple[str, str], list[Free]] = {}
    for one in places:
        alone = Free(0, 0, 0, 1) if one.is_stale else Free(one.free, one.places, 1, 0)
        by.setdefault((one.region, one.care), []).append(alone)
    return Summary(today, {key: _added(some) for key, some in by.items()})


def _added(some: Collection[Free]) -> Free:
    return Free(
        sum(one.free for one in some),
        sum(one.places for one in some),
        sum(one.fresh for one in some),
        sum(one.stale for one in some),
    )


def _nearest_first(one: Found) -> tuple[float, bool, int, str, str]:
    place = one.place
    return one.km or 0, place.is_stale, -place.free, municipalities()[place.municipality], place.provider
