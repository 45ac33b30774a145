"""One report: what stands on a screen, in the order in which it is read there, for every kind of file alike."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from monitor.charts.chart import Chart
from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.changes import release_name, release_sentences
from monitor.narrative.definitions import Definition, definition_of
from monitor.narrative.figures import Entry
from monitor.views.reading import Release

Said = str | tuple[str, str]  # a sentence; or what it is about, and the sentence


class Grid(StrEnum):
    """What the axes of a chart hold."""

    PERIODS = "periods"  # one after the other, and upward a value
    ROWS = "rows"  # names, one below the other, and to the right a value
    PLANE = "plane"  # numbers, both ways


@dataclass(frozen=True)
class Drawing:
    """``categories``: the periods or the names of the rows, in order; none in a plane."""

    chart: Chart
    grid: Grid = Grid.PLANE
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One page or slide: its heading, at most one large figure, what is said, and a chart or a table."""

    title: str
    said: tuple[Said, ...] = ()
    figure: Entry | None = None
    drawing: Drawing | None = None
    table: Table | None = None


@dataclass(frozen=True)
class Report:
    """``code``: what it is about, as it stands in the name of a file. ``own_code``: the institution whose exact figures
    are in it; None when all figures are shared. ``make_parts``: a page offers files at each click, and makes their
    parts when one is asked for.
    """

    code: str
    title: str
    release: Release
    language: Language
    make_parts: Callable[[], Iterable[Part]]
    defined: tuple[str, ...]
    own_code: str | None = None

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        return tuple(self.make_parts())

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Of every figure in it."""
        return tuple(definition_of(code, self.language) for code in self.defined)

    @property
    def name(self) -> str:
        """The name of its files, without the ending."""
        return file_name(self.release, self.code, own=self.own_code is not None, language=self.language)

    @property
    def made_at(self) -> datetime:
        """The moment that every file of the release carries, whenever the file is made."""
        return moment(self.release)

    @property
    def status(self) -> str:
        """The release and whether it is provisional, final or an erratum."""
        return self.language.gettext("Release {release}", release=release_name(self.release, self.language))

    @property
    def own_mark(self) -> str:
        """On every page of own figures; empty on shared ones."""
        return self.language.gettext("Own figures, do not share.") if self.own_code else ""

    @property
    def stamp(self) -> str:
        """What stands on every page, slide and sheet."""
        notice = self.language.gettext("Demonstration: all data are invented") if self.release.invented else ""
        return " · ".join(filter(None, (self.own_mark, self.status, notice)))

    @property
    def foreword(self) -> tuple[str, ...]:
        """On what all of it rests."""
        warning = self.language.gettext("Exact and unprotected: they can point to a family, and are for you alone.")
        own = (f"{self.own_mark} {warning}",) if self.own_code else ()
        return (*own, *release_sentences(self.release, self.language))

    @property
    def tables(self) -> Iterator[tuple[str, Table]]:
        """Every table with the heading of its part, those of the charts too."""
        for part in self.parts:
            table = part.drawing.chart.table if part.drawing else part.table
            if table:
                yield part.title, table


def file_name(release: Release, code: str, *, own: bool, language: Language) -> str:
    mark = language.gettext("own-figures-do-not-share") if own else ""
    return "-".join(filter(None, ("verbetermonitor", release.code, code, mark, language.code)))


def moment(release: Release) -> datetime:
    """When the release was made, in UTC, without zone and microseconds: what formats of files can hold."""
    return release.made_at.replace(microsecond=0, tzinfo=None)
