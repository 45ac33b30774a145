"""What is expected of whom, and when: the delivery, the templates of spreadsheets, and their calendar."""

import tomllib
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Literal, Self

from pydantic import Field, model_validator

from pseudonymise.agreement import InstitutionKind, Record, load_agreement, municipalities, region_names

SupplierKind = InstitutionKind | Literal["region"]
Every = Literal["quarter", "year", "standing"]
DELIVERY = "delivery"  # beside the codes of the templates
NOW = "nu"  # in place of a period: what is asked stands until it is said anew
LISTS_OF_AGREEMENT = ("region", "measure_group", "municipality")
NUMBERS = ("count", "amount")
WORDS = ("provider", "team")  # free text, which passes the text guard
ADDRESSES = ("phone", "email")  # of a team, never of a person
TYPED = (*NUMBERS, *WORDS, *ADDRESSES, "date", "person")  # every other kind is a list
NO_MEASURE = "none"  # Veilig Thuis and the council work before there is a measure
# By template which row is a part, and which together are its whole: sheets must hold to it, and an attack counts on it.
PART_OF: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "joy_in_work": (
        ("answered", ("asked",)),
        ("variety", ("answered",)),
        ("autonomy", ("answered",)),
        ("support", ("answered",)),
    ),
    "routes": (("with_form", ("route_1", "route_2")), ("form_reused", ("with_form",))),
    "room": (("hours_largest", ("hours_all",)),),
    "burden": (("deliveries_reused", ("deliveries",)),),
}


class Title(Record):
    title: str
    why: str


class Term(Record):
    """Something that is expected every ``every``, at most ``due_days`` after its last day.

    What is ``standing`` has no period: it stands until it is said anew, asked ``due_days`` after it was stated.
    ``asked``: not of a template in whose place others came: who filled it in can still hand it in.
    """

    suppliers: tuple[SupplierKind, ...]
    every: Every
    due_days: int
    asked: bool = True
    nl: Title
    en: Title

    @property
    def is_standing(self) -> bool:
        return self.every == "standing"

    def due(self, period: str) -> date:
        """Of something with a period. Raises ValueError for NOW."""
        return last_day(period) + timedelta(days=self.due_days)

    def renewed_by(self, stated: date) -> date:
        """Until which day something standing that was stated then counts as fresh."""
        return stated + timedelta(days=self.due_days)


class Column(Record):
    """``kind``: what a cell can hold: one of TYPED, or a code of the list with this name."""

    code: str
    kind: str
    nl: str
    en: str
    key: bool = False
    may_be_empty: bool = False

    @property
    def is_list(self) -> bool:
        return self.kind not in TYPED


class Option(Record):
    """One code of a drop-down list. ``counts``: what goes in a row with it."""

    nl: str
    en: str
    counts: str = ""
    share: bool = False


class Template(Term):
    """A spreadsheet (*sjabloon*) in which a supplier reports aggregates that it has anyway."""

    version: int
    columns: tuple[Column, ...]

    @property
    def keys(self) -> list[str]:
        return [column.code for column in self.columns if column.key]

    def column(self, code: str) -> Column:
        return next(column for column in self.columns if column.code == code)


class Expected(Record):
    delivery: Term
    templates: dict[str, Template]
    lists: dict[str, dict[str, Option]] = Field(default={})

    @model_validator(mode="after")
    def _lists_exist(self) -> Self:
        known = {*LISTS_OF_AGREEMENT, *TYPED, *self.lists}
        for code, template in self.templates.items():
            for column in template.columns:
                if column.kind not in known:
                    raise ValueError(f"template {code}: column {column.code} has an unknown list {column.kind}")
        return self

    @property
    def terms(self) -> dict[str, Term]:
        """Everything that is expected, by its code."""
        return {DELIVERY: self.delivery, **self.templates}

    def of(self, supplier: str) -> dict[str, Term]:
        """What is expected of one supplier, by its code."""
        kind = supplier_kind(supplier)
        return {code: term for code, term in self.terms.items() if term.asked and kind in term.suppliers}

    def options(self, kind: str) -> dict[str, Option]:
        """The codes of a list with their words, those of the agreement among them."""
        if kind == "region":
            return {code: Option(nl=name, en=name) for code, name in region_names().items()}
        if kind == "municipality":
            return {code: Option(nl=name, en=name) for code, name in municipalities().items()}
        if kind == "measure_group":
            groups = load_agreement().measure_groups
            return {group.code: Option(nl=group.nl, en=group.en) for group in groups if group.code != NO_MEASURE}
        return self.lists[kind]


@cache
def load_expected() -> Expected:
    text = resources.files("monitor.catalogue").joinpath("deliveries.toml").read_text("utf-8")
    return Expected.model_validate(tomllib.loads(text))


def suppliers() -> tuple[str, ...]:
    """Everyone of whom something can be expected: the institutions, then the regions."""
    return (*(institution.code for institution in load_agreement().institutions), *region_names())


def supplier_kind(code: str) -> SupplierKind:
    """Raises KeyError for who is no supplier."""
    if code in region_names():
        return "region"
    return load_agreement().institution(code).kind


def supplier_name(code: str) -> str:
    return region_names().get(code) or load_agreement().institution(code).name


def served_regions(supplier: str) -> tuple[str, ...]:
    """Where the supplier works: itself, for a region."""
    return (supplier,) if supplier in region_names() else load_agreement().institution(supplier).regions


def last_day(period: str) -> date:
    """The last day of ``2026Q3`` or ``2026``."""
    year, month = (int(period[:4]), int(period[-1]) * 3) if "Q" in period else (int(period), 12)
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def is_over(period: str, today: date) -> bool:
    """Whether it can be delivered: the day after its last, and what is standing at any time."""
    return period == NOW or last_day(period) < today


def last_period(every: Every, day: date) -> str:
    """The last quarter or year that was over on ``day`` (its own last day included); NOW for what is standing."""
    if every == "standing":
        return NOW
    tomorrow = day + timedelta(days=1)
    if every == "year":
        return str(tomorrow.year - 1)
    quarter = (tomorrow.month - 1) // 3  # of the year, counted from 1: the one before that of tomorrow
    return f"{tomorrow.year}Q{quarter}" if quarter else f"{tomorrow.year - 1}Q4"


def periods_until(every: Every, day: date) -> list[str]:
    """All whole periods of the agreement that were over on ``day``, the newest first; NOW for what is standing."""
    if every == "standing":
        return [NOW]
    first = _first_day(load_agreement().first_quarter)
    periods: list[str] = []
    period = last_period(every, day)
    while _first_day(period) >= first:
        periods.append(period)
        period = last_period(every, _first_day(period) - timedelta(days=1))
    return periods


def _first_day(period: str) -> date:
    return date(int(period[:4]), int(period[-1]) * 3 - 2 if "Q" in period else 1, 1)
