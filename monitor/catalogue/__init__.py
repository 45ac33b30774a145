"""What the monitor publishes and in which words: the plan of tables and the indicators, read from TOML.

Terms, clocks and norms stand in the agreement (``pseudonymise.agreement``); the catalogue refers to it.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import Field

from monitor.catalogue.expected import load_expected
from pseudonymise.agreement import InBoth, Record, load_agreement
from pseudonymise.text import Level

Split = Literal["each", "all"]
Subject = Literal["measures", "routes", "room", "burden"]
Standing = Literal["V", "V*", "M", "D", "example"]


class PlannedTable(Record):
    """One table of a release: each dimension is split (``each``) or not (``all``)."""

    name: str
    region: Split
    institution: Split
    measure_group: Split
    period: Literal["quarter", "year"]


class Words(Record):
    """What an indicator counts and what it cannot say, in one language. ``name`` where the agreement has none."""

    counts: str
    caveat: str
    name: str | None = None


class InWords(Record):
    nl: Words
    en: Words


class Indicator(InWords):
    headline: bool = False
    target_share: int | None = None
    target_standing: Standing | None = None
    target_source: InBoth | None = None


class LocalNorm(Record):
    """What one region agreed otherwise (*couleur locale*), and why."""

    at_most: float
    standing: Standing
    source: InBoth
    nl: str
    en: str


class Result(InWords):
    """A contract result that institutions report: a numerator over a denominator, of people's work and no child's.

    ``unit``: how it is written: of a part of a whole in whole percents. ``step``: what it is rounded to.
    ``smallest``: the denominator that a published figure rests on at least, and that is left when the largest
    institution subtracts its own. ``at_most``: the norm; None without one. ``local``: by region.
    """

    unit: Literal["percent", "per_fte", "euros"]
    step: float
    smallest: float
    at_most: float | None = None
    standing: Standing | None = None
    source: InBoth | None = None
    local: dict[str, LocalNorm] = Field(default={})


class Learned(InWords):
    """What is shown of the useful measures, the routes, the room for the professional or the burden of the monitor.

    ``purpose``: of a measure that it is to learn from, and that nothing is settled by it. ``within``: the days of the
    share of a duration. ``step`` and ``smallest``: of what counts no people, as in ``Result``; of a share of hours, the
    team-weeks that it rests on at least.
    """

    subject: Subject
    unit: Literal["percent", "count", "euros", "minutes"]
    purpose: Literal["learn"] | None = None
    within: int | None = None
    step: float = 1
    smallest: float = 0


class Schedule(Record):
    """Days from the end of a quarter to the day up to which deliveries must run before it may be released."""

    provisional_days: int
    final_days: int


class Retention(Record):
    """Days after which the counts of a delivery are erased: since it was superseded, or received when it was not;
    and a line of the trail, since it was written."""

    superseded_days: int
    last_days: int
    trail_days: int


class TextLevels(Record):
    """The level of the text guard for each text that people type."""

    erratum_reason: Level
    baseline_why: Level
    agenda: Level
    note: Level
    grant_reason: Level
    sheet: Level


class Catalogue(Record):
    """Indicators by the code of their step, clock or flow in the agreement."""

    steps: dict[str, Indicator]
    clocks: dict[str, Indicator]
    flows: dict[str, Indicator]
    results: dict[str, Result]  # of the contract, by the codes of the spreadsheet
    lists: dict[str, Indicator]  # of those who wait, by the codes of the spreadsheet
    learning: dict[str, Learned]
    tables: tuple[PlannedTable, ...]

    def learned(self, subject: Subject) -> tuple[str, ...]:
        return tuple(code for code, one in self.learning.items() if one.subject == subject)

    @property
    def in_words(self) -> dict[str, InWords]:
        """Of what the agreement has no name for: flows, lists, contract results and what is learned from."""
        return {**self.flows, **self.lists, **self.results, **self.learning}

    @property
    def total(self) -> PlannedTable:
        """The table that splits nothing but quarters."""
        splits = {"region": "all", "institution": "all", "measure_group": "all", "period": "quarter"}
        return next(table for table in self.tables if splits.items() <= table.model_dump().items())

    @property
    def headlines(self) -> tuple[str, ...]:
        return tuple(code for code, indicator in self.steps.items() if indicator.headline)


@cache
def load_catalogue() -> Catalogue:
    """Raises ValueError when an indicator has no step, clock or flow in the agreement, or the reverse."""
    here = resources.files("monitor.catalogue")
    names = ("indicators.toml", "learning.toml", "plan.toml")
    indicators, learning, plan = (tomllib.loads(here.joinpath(name).read_text("utf-8")) for name in names)
    catalogue = Catalogue.model_validate(indicators | learning | plan)
    agreement = load_agreement()
    for ours, theirs in ((catalogue.steps, agreement.steps), (catalogue.clocks, agreement.clocks)):
        if set(ours) != {item.code for item in theirs}:
            raise ValueError(f"catalogue and agreement differ in {set(ours) ^ {item.code for item in theirs}}")
    if set(catalogue.lists) != set(load_expected().lists["list"]):
        raise ValueError("catalogue and templates differ in their lists of who waits")
    if set(catalogue.results) != set(load_expected().lists["result"]):
        raise ValueError("catalogue and templates differ in their contract results")
    return catalogue


@cache
def load_schedule() -> Schedule:
    text = resources.files("monitor.catalogue").joinpath("releases.toml").read_text("utf-8")
    return Schedule.model_validate(tomllib.loads(text)["schedule"])


@cache
def load_retention() -> Retention:
    text = resources.files("monitor.catalogue").joinpath("retention.toml").read_text("utf-8")
    return Retention.model_validate(tomllib.loads(text)["retention"])


@cache
def load_text_levels() -> TextLevels:
    text = resources.files("monitor.catalogue").joinpath("texts.toml").read_text("utf-8")
    return TextLevels.model_validate(tomllib.loads(text)["levels"])


@cache
def load_providers() -> frozenset[str]:
    """Names of providers that the text guard takes for a person's, and that the steward looked at."""
    text = resources.files("monitor.catalogue").joinpath("providers.toml").read_text("utf-8")
    return frozenset(tomllib.loads(text)["names"])
