"""The parameters of the sample data, read from ``parameters.toml`` into frozen models."""

import tomllib
from datetime import date
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

DATA = resources.files("sample_data")


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Section(Record):
    source: str


class Period(Section):
    seed: int
    history_starts: date
    first_day: date
    extract: date


class Stream(Section):
    """Measures that begin at a rate of ``inflow`` a year; durations log-normal, in years."""

    inflow: float
    types: dict[str, float]
    mean: float
    sigma: float
    longest: float
    siblings: bool


class EndReasons(Section):
    converted: float
    shares: dict[str, dict[str, float]]


class Transfers(Section):
    share: float


class Regions(Section):
    weights: dict[str, float]


class Youth(Section):
    population: int


class Municipalities(Section):
    weights: dict[str, float]
    reports_elsewhere: tuple[str, ...]


class Mix(Section):
    shares: dict[str, float]


class Families(Section):
    sizes: tuple[float, ...]


class Wait(Record):
    """A log-normal waiting time: the level of an institution is its share within ``within`` working days."""

    within: int
    sigma: float


class Steps(Section):
    receipt_mean: float
    receipt_longest: int
    terms: dict[str, Wait]
    shared_by_order: float
    never_help: float


class Waiting(Section):
    share: float
    median_working_days: float
    sigma: float


class Levels(Section):
    """The share of the cases that reaches a milestone within the term of ``Steps.terms``."""

    shares: dict[str, float]


class Reports(Section):
    a_week_vtgm: float
    investigated: float
    children_per_report: float
    closed_early: float
    closing_median_working_days: float


class Chain(Section):
    measure_groups: tuple[str, ...]
    share: float
    median_days: float
    sigma: float
    nearest_days: int
    moved: float
    number_unknown: float


class Council(Section):
    requests: float
    to_court: float
    withdrawn: float


class Registration(Section):
    institutions: tuple[str, ...]
    mean_days: dict[str, float]
    shape: float
    early: float
    earliest_days: int


class Flaws(Section):
    missing: dict[str, float]
    help_unknown: dict[str, float]
    receipt_missing: float
    order_missing: float
    order_day_unknown: float
    implausible: float
    impossible_cells: dict[str, int]


class Parameters(Record):
    period: Period
    streams: dict[str, Stream]
    end_reasons: EndReasons
    transfers: Transfers
    regions: Regions
    youth: Youth
    municipalities: Municipalities
    mix: Mix
    families: Families
    steps: Steps
    waiting: Waiting
    levels: dict[str, Levels]
    reports: Reports
    chain: Chain
    council: Council
    registration: Registration
    flaws: Flaws


@cache
def load_parameters() -> Parameters:
    return Parameters.model_validate(tomllib.loads(DATA.joinpath("parameters.toml").read_text("utf-8")))
