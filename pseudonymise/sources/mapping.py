"""The mapping (*koppeling*): which column of an institution's export is which field of ours.

One TOML file for a delivery; an unknown key is refused with the nearest known one. Only the columns it names
are ever read into memory.
"""

import difflib
import re
import tomllib
from collections import abc
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from pseudonymise.agreement import Record, load_agreement
from pseudonymise.errors import UserError
from pseudonymise.sources.protocol import FIELDS, load_protocol

CASE_DATES = ("ended", "transferred_in", "transferred_out")
BORN = "born"  # kept to the month, for the rule that nothing happens long before a birth, and then dropped
CODES = ("municipality", "measure_type", "end_reason")


def milestone_codes() -> tuple[str, ...]:
    return tuple(milestone.code for milestone in load_agreement().milestones)


def known_fields() -> tuple[str, ...]:
    """Everything that a column can be. Nothing that names, numbers or locates a person is among them."""
    return ("case", *CODES, *milestone_codes(), *CASE_DATES, BORN)


def registered_field(milestone: str) -> str:
    """The field that holds on which day a milestone was entered (*ingevoerd*) in the source."""
    return f"{milestone}_registered"


def _in_order(rows: tuple[int, int]) -> tuple[int, int]:
    if rows[0] > rows[1]:
        raise ValueError("verwacht [eerste, laatste] rij van de kop, vanaf 1")
    return rows


class Source(Record):
    """One table. ``file`` is matched with the names of the export files, wildcards allowed.

    ``columns`` says where each field stands, and ``registered`` for a milestone where the day stands on which its
    date was entered. ``dates`` is the form of the dates, or several forms when an export mixes them.
    """

    dates: str | tuple[str, ...]
    values: dict[Literal["municipality", "measure_type", "end_reason"], dict[str, str]] = Field(default={})

    @field_validator("dates")
    @classmethod
    def _exact(cls, dates: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for form in (dates,) if isinstance(dates, str) else dates:
            parts = re.findall("%.", form)
            if len(set(parts)) < len(parts) or {*parts, "%H", "%M", "%S"} not in DATE_PARTS:
                raise ValueError("verwacht een vorm met %d, %m (of %B) en %Y (eventueel %H, %M, %S), zoals %d-%m-%Y")
        if not dates:
            raise ValueError("verwacht minstens een vorm")
        return dates

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms of its dates; the first is that in which real dates are written out."""
        return (self.dates,) if isinstance(self.dates, str) else self.dates


DATE_PARTS = ({"%d", "%m", "%Y", "%H", "%M", "%S"}, {"%d", "%B", "%Y", "%H", "%M", "%S"})


class Columns(Source):
    """A table by the names of its columns. ``key`` says what ``case`` holds: the case, or a BSN.

    With ``measure`` child, type and begin together are the case, as in the files for CBS, so that it joins these.
    """

    columns: dict[str, str]
    key: Literal["case", "measure"] = "case"
    registered: dict[str, str] = Field(default={})

    @property
    def fields(self) -> dict[str, str]:
        """Every field that is read, dates of registration included, to its column."""
        return self.columns | {registered_field(code): column for code, column in self.registered.items()}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _check_columns(self.columns, self.registered)
        lacking = [field for field in ("measure_type", "court_order") if field not in self.columns]
        if self.key == "measure" and lacking:
            raise ValueError(f"columns: {', '.join(lacking)} ontbreekt; met key = 'measure' is dat deel van de zaak")
        return self

    def column_name(self, field: str) -> str:
        return self.fields[field]


# First and last row of the header, from 1. Above it nothing is read; a header of several rows is joined by " / ".
Header = Annotated[tuple[PositiveInt, PositiveInt], AfterValidator(_in_order)]


class CsvSource(Columns):
    format: Literal["csv"]
    file: str
    header: Header = (1, 1)
    encoding: str = "utf-8"
    separator: Annotated[str, Field(min_length=1, max_length=1)] = ","


class XlsxSource(Columns):
    format: Literal["xlsx"]
    file: str
    header: Header = (1, 1)
    sheet: str


class SqlSource(Columns):
    """A query on a database. Its address stands in the environment variable ``setting``, as it holds a password.

    ``name`` is what messages call it by.
    """

    format: Literal["sql"]
    name: str
    query: str
    setting: str = "VERBETERMONITOR_SOURCE_URL"


class FixedWidthSource(Source):
    """Each field at a fixed place in a record: first and last position, counted from 1, both included."""

    format: Literal["fixed_width"]
    file: str
    encoding: str = "ascii"
    columns: dict[str, tuple[int, int]]
    registered: dict[str, tuple[int, int]] = Field(default={})

    @property
    def fields(self) -> dict[str, tuple[int, int]]:
        """Every field that is read, dates of registration included, to its positions."""
        return self.columns | {registered_field(code): places for code, places in self.registered.items()}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _check_columns(self.columns, self.registered)
        _check_positions("columns", self.columns)
        _check_positions("registered", self.registered)
        return self

    def column_name(self, field: str) -> str:
        first, last = self.fields[field]
        return f"posities {first}-{last}"


class IjwSource(Source):
    """Messages of iJw 3.2, as XML files or zip files of them: together they tell of a case.

    Each field can come from certain elements alone: IJW_ELEMENTS says which, and so what is read at all. There is
    none for the three headline milestones, as no message holds them.
    """

    format: Literal["ijw"]
    file: str
    dates: Literal["%Y-%m-%d"] = "%Y-%m-%d"
    columns: dict[str, str]

    @property
    def fields(self) -> dict[str, str]:
        return self.columns

    @property
    def registered(self) -> dict[str, str]:
        """None: the messages do not say when a date was entered."""
        return {}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _check_columns(self.columns, {})
        for field, element in self.columns.items():
            if field not in IJW_ELEMENTS:
                raise ValueError(f"columns.{field}: staat in geen iJw-bericht; haal het uit een andere bron")
            if element not in IJW_ELEMENTS[field]:
                raise ValueError(f"columns.{field}: verwacht {' of '.join(IJW_ELEMENTS[field])}")
        return self

    def column_name(self, field: str) -> str:
        return self.columns[field]


class BeleidsinformatieSource(Source):
    """A file for CBS: text with fixed positions, or a ``sheet`` of a workbook.

    ``positions`` and ``headers`` say where a field of the record stands when that is elsewhere than we assume.
    """

    format: Literal["beleidsinformatie"]
    file: str
    layout: Literal["jeugdbescherming", "jeugdreclassering"]
    encoding: str = "ascii"
    sheet: str | None = None
    dates: Literal["%Y%m%d"] = "%Y%m%d"
    positions: dict[str, tuple[int, int]] = Field(default={})
    headers: dict[str, str] = Field(default={})

    @property
    def columns(self) -> dict[str, str]:
        return FIELDS

    @property
    def fields(self) -> dict[str, str]:
        return FIELDS

    @property
    def registered(self) -> dict[str, str]:
        """None: the file does not say when a date was entered."""
        return {}

    @model_validator(mode="after")
    def _known(self) -> Self:
        known = tuple(load_protocol().layouts[self.layout].positions)
        for table, fields in (("positions", self.positions), ("headers", self.headers)):
            for field in fields:
                if field not in known:
                    raise ValueError(f"{table}: '{field}' is geen veld van deze opmaak{_nearest(field, known)}")
        _check_positions("positions", self.positions)
        return self

    def column_name(self, field: str) -> str:
        return self.fields[field]


# Toewijzing is municipality and ToewijzingNummer together: the number is unique within a municipality only.
IJW_ELEMENTS = {
    "case": ("ReferentieAanbieder", "Toewijzing"),
    "municipality": ("Gemeente",),
    "measure_type": ("ProductCode", "ProductCategorie"),
    "court_order": ("BeschikkingIngangsdatum",),
    "ended": ("Einddatum",),
    "end_reason": ("RedenBeeindiging",),
}

AnySource = CsvSource | XlsxSource | FixedWidthSource | IjwSource | BeleidsinformatieSource | SqlSource


class Policies(Record):
    """What to do with dates that are none, and with cases from elsewhere.

    ``unregistered``: an impossible date (31-06-2025) counts as passed without a date, and is reported.
    ``leave_out``: a case of which the end or a transfer has no date that can be is left out, and reported.
    ``unknown_date`` are the texts by which the source says: it happened, the date is unknown.
    ``other_municipality``: a case of a municipality outside the regions is left out, as an institution that works in
    the whole country exports it with the rest.
    """

    impossible_date: Literal["refuse", "unregistered"] = "refuse"
    unknown_end: Literal["refuse", "leave_out"] = "refuse"
    unknown_date: tuple[str, ...] = ()
    other_municipality: Literal["refuse", "leave_out"] = "refuse"


def _beside(file: Path, info: ValidationInfo) -> Path:
    """A file that is named in a mapping stands beside it, or where the name says."""
    assert isinstance(info.context, Path)
    return info.context / file


class Postcodes(Record):
    """A table (CSV) in which the municipality of a postcode is looked up, where a source has no code of one."""

    file: Annotated[Path, AfterValidator(_beside)]
    encoding: str = "utf-8"
    separator: Annotated[str, Field(min_length=1, max_length=1)] = ","
    postcode: str
    municipality: str


class Mapping(Record):
    sources: Annotated[tuple[Annotated[AnySource, Field(discriminator="format")], ...], Field(min_length=1)]
    policies: Policies = Policies()
    postcodes: Postcodes | None = None

    @property
    def tables(self) -> tuple[tuple[int, ...], ...]:
        """The sources by number. Those with the same fields are one table: their rows go below each other."""
        found: dict[tuple[frozenset[str], str], list[int]] = {}
        for number, source in enumerate(self.sources):
            system = source.format if self.on_measure else ""  # there, other systems tell of the same measures
            found.setdefault((frozenset(source.fields), system), []).append(number)
        return tuple(tuple(numbers) for numbers in found.values())

    @property
    def on_measure(self) -> bool:
        """Whether sources are joined on child, type and begin, under a pseudonym."""
        return any(isinstance(source, Columns) and source.key == "measure" for source in self.sources)

    @model_validator(mode="after")
    def _one_kind_of_key(self) -> Self:
        if self.on_measure:
            for source in self.sources:
                if not isinstance(source, BeleidsinformatieSource) and getattr(source, "key", "case") != "measure":
                    raise ValueError(
                        "key: de ene bron heeft 'measure' en de andere niet; zij zijn zo niet te verbinden"
                    )
        return self

    @model_validator(mode="after")
    def _each_field_once(self) -> Self:
        fields = [field for first, *_ in self.tables for field in self.sources[first].fields if field != "case"]
        twice = sorted({field for field in fields if fields.count(field) > 1})
        if twice and not self.on_measure:
            raise ValueError(f"{', '.join(twice)} staat in meer dan een bron; kies er een")
        alone = sorted(code for source in self.sources for code in source.registered if not self.has(code))
        if alone:
            raise ValueError(f"registered: geen bron heeft {', '.join(alone)}; zonder datum is er geen vertraging")
        if "municipality" not in fields:
            raise ValueError("geen bron heeft 'municipality'; zonder gemeente is er geen regio")
        return self

    def has(self, field: str) -> bool:
        return any(field in source.columns for source in self.sources)


def load_mapping(path: Path) -> Mapping:
    """Raises UserError with the place in the file and the nearest known key."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: bestaat niet. Geef de koppeling op met --mapping.") from None
    except (UnicodeDecodeError, IsADirectoryError):
        raise UserError(f"{path}: is geen tekst in UTF-8. Bewaar de koppeling als UTF-8.") from None
    try:
        return Mapping.model_validate(tomllib.loads(text), context=path.parent)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: is geen geldige TOML ({error}).") from None
    except ValidationError as error:
        lines = [f"{path}: {_in_words(detail)}" for detail in error.errors(include_url=False)]
        raise UserError("\n".join(lines)) from None


def _check_columns(columns: abc.Mapping[str, object], registered: abc.Mapping[str, object]) -> None:
    if "case" not in columns:
        raise ValueError("columns: 'case' ontbreekt; elke bron heeft het kenmerk van de zaak nodig")
    for field in columns:
        if field not in known_fields():
            raise ValueError(f"columns: '{field}' is geen veld{_nearest(field, known_fields())}")
    for code in registered:
        if code not in milestone_codes():
            raise ValueError(f"registered: '{code}' is geen mijlpaal{_nearest(code, milestone_codes())}")


def _check_positions(table: str, places: abc.Mapping[str, tuple[int, int]]) -> None:
    for field, (first, last) in places.items():
        if not 1 <= first <= last:
            raise ValueError(f"{table}.{field}: verwacht [eerste, laatste] positie, vanaf 1")


def _nearest(name: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"; bedoelde u '{close[0]}'?" if close else f"; bekend zijn {', '.join(known)}."


FORMATS = ("csv", "xlsx", "fixed_width", "ijw", "beleidsinformatie", "sql")


def _alternatives(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} of {words[-1]}"


KNOWN_KEYS: dict[str, type[BaseModel]] = {
    "csv": CsvSource,
    "xlsx": XlsxSource,
    "fixed_width": FixedWidthSource,
    "ijw": IjwSource,
    "beleidsinformatie": BeleidsinformatieSource,
    "sql": SqlSource,
    "policies": Policies,
    "postcodes": Postcodes,
}


def _in_words(detail: ErrorDetails) -> str:
    """One complaint of pydantic in Dutch. Its place and kind only: never the value."""
    place = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        *parents, key = (str(part) for part in detail["loc"])
        model = KNOWN_KEYS.get(parents[-1], Mapping) if parents else Mapping
        return f"{place}: onbekende sleutel{_nearest(key, tuple(model.model_fields))}"
    if detail["type"] == "missing":
        return f"{place}: ontbreekt"
    if detail["type"] == "value_error":
        return f"{place}: {detail['ctx']['error']}" if place else str(detail["ctx"]["error"])
    if detail["type"].startswith("union_tag"):
        return f"{place}: 'format' moet {_alternatives(FORMATS)} zijn"
    return f"{place}: ongeldige waarde ({detail['type']})"
