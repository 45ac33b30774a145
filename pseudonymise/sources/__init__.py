"""Raw exports in, one row for each case out: only the mapped columns, with the place that each came from."""

import dataclasses
import fnmatch
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pseudonymise.agreement import municipality_changes
from pseudonymise.errors import UserError
from pseudonymise.keys import KeyRing
from pseudonymise.problems import Finding, Place, Problems, findings
from pseudonymise.pseudonyms import normalise, pseudonyms
from pseudonymise.sources.beleidsinformatie import UNBORN_BSN, UNKNOWN_BSN, can_be_bsn, read_beleidsinformatie
from pseudonymise.sources.dates import DateKind, describe_wrong_date, read_dates
from pseudonymise.sources.delimited import read_csv
from pseudonymise.sources.fixed_width import read_fixed_width
from pseudonymise.sources.ijw import read_ijw
from pseudonymise.sources.mapping import (
    BORN,
    CASE_DATES,
    CODES,
    AnySource,
    BeleidsinformatieSource,
    Columns,
    CsvSource,
    FixedWidthSource,
    IjwSource,
    Mapping,
    Policies,
    SqlSource,
    XlsxSource,
    registered_field,
)
from pseudonymise.sources.postcodes import SEVERAL, UNKNOWN, Lookup, read_postcodes
from pseudonymise.sources.table import Table, joined, of_one_file
from pseudonymise.sources.xlsx import read_xlsx

# A whole number that a spreadsheet or a database wrote with decimals: 12345,0 or 11.00. (1.000 may be a thousand.)
DECIMALS, WHOLE = r"^(\d+)[.,]0{1,2}$", r"\1"


@dataclass(frozen=True)
class RawCases:
    """The sources joined on ``case``.

    ``frame``: ``case`` (normalised text), the codes (text, "" where empty), every mapped date (datetime64[s];
    ``<milestone>_registered`` for that of entry) and ``<date>_undated`` (it happened, the date is unknown).
    ``places`` gives for each column the file and row of each value; ``findings`` what a policy let pass, or what a
    reader set aside. ``tally``: what became of what was read, where that is not one record for each row.
    """

    frame: pd.DataFrame
    places: dict[str, Place]
    findings: tuple[Finding, ...]
    tally: dict[str, int] = dataclasses.field(default_factory=dict)


NO_KEYS = KeyRing({})


def read_sources(
    mapping: Mapping,
    exports: Sequence[Path],
    progress: Callable[[str], None] = lambda _: None,
    ring: KeyRing = NO_KEYS,
) -> RawCases:
    """Read all exports and join them on ``case``; the first source of the mapping says which cases there are.

    Sources of measures by BSN are joined on a pseudonym under the newest key of ``ring``.
    UserError for everything that a supplier can mend, up to twenty problems at once.
    """
    problems, found, tally = Problems(), list[Finding](), dict[str, int]()
    first: RawCases | None = None
    matched = _match(mapping, exports)
    municipality = read_postcodes(mapping.postcodes) if mapping.postcodes else str
    key_id = ring.newest if mapping.on_measure and len(mapping.tables) > 1 else None

    def linked(cases: pd.Series) -> pd.Series:
        return cases if key_id is None else pseudonyms(cases, ring, key_id)

    for table_sources in mapping.tables:
        parts = []
        for number in table_sources:
            source = mapping.sources[number]
            table = joined(list(_tables(source, matched[number], mapping.postcodes is not None, found, progress)))
            parts.append(_clean(table, source, mapping.policies, municipality, problems, found))
        together = joined(parts)
        part = RawCases(together.frame, dict(together.places), ())
        for what, count in together.tally.items():
            tally[what] = tally.get(what, 0) + count
        _check_cases(part.frame["case"], part.places["case"], problems)
        # A wrong column shows in every row: mend that before the next table is looked at.
        problems.raise_if_any()
        first = part if first is None else _join(first, part, linked, problems, found)
    assert first is not None
    problems.raise_if_any()
    return RawCases(first.frame, first.places, tuple(found), tally)


def _match(mapping: Mapping, exports: Sequence[Path]) -> list[list[Path]]:
    """The exports of each source. Every export has a source (a workbook one a sheet), and the reverse."""
    for path in exports:
        if not path.is_file():
            raise UserError(f"{path}: bestaat niet of is een map. Controleer de naam van de uitdraai.")
    matched = [
        [] if isinstance(source, SqlSource) else [path for path in exports if fnmatch.fnmatch(path.name, source.file)]
        for source in mapping.sources
    ]
    for source, paths in zip(mapping.sources, matched, strict=True):
        if not paths and not isinstance(source, SqlSource):
            raise UserError(f"Geen uitdraai past bij '{source.file}' in de koppeling. Geef dat bestand ook op.")
    for path in exports:
        sources = [source for source, paths in zip(mapping.sources, matched, strict=True) if path in paths]
        if not sources:
            raise UserError(f"{path.name}: hoort bij geen bron in de koppeling. Laat het weg of pas 'file' daarin aan.")
        if len(sources) > 1 and any(source.format != "xlsx" for source in sources):
            raise UserError(f"{path.name}: past bij meer dan een bron. Maak 'file' in de koppeling nauwer.")
    return matched


def _tables(
    source: AnySource,
    paths: Sequence[Path],
    by_postcode: bool,
    found: list[Finding],
    progress: Callable[[str], None],
) -> Iterator[Table]:
    """What the files of a source hold: a table each, but for messages, which tell of a case in several files."""
    if isinstance(source, IjwSource):
        yield read_ijw(paths, source, found, progress)
        return
    if isinstance(source, BeleidsinformatieSource):
        yield read_beleidsinformatie(paths, source, by_postcode, found, progress)
        return
    names = {field: source.column_name(field) for field in source.fields}
    if isinstance(source, SqlSource):
        from pseudonymise.sources.sql import read_sql  # SQLAlchemy takes a while to load, and few mappings need it

        progress(f"{source.name} bevragen")
        yield of_one_file(source.name, read_sql(source), names)
        return
    for path in paths:
        progress(f"{path.name} lezen")
        yield of_one_file(path.name, _read_rows(path, source), names)


def _read_rows(path: Path, source: CsvSource | XlsxSource | FixedWidthSource) -> pd.DataFrame:
    if isinstance(source, CsvSource):
        return read_csv(path, source)
    if isinstance(source, FixedWidthSource):
        return read_fixed_width(path, source.encoding, source.fields)
    return read_xlsx(path, source.sheet, source.fields, source.forms[0], source.header)


def _clean(
    table: Table,
    source: AnySource,
    policies: Policies,
    municipality: Lookup,
    problems: Problems,
    found: list[Finding],
) -> Table:
    """A table with its codes translated, its postcodes looked up and its dates parsed."""
    entered = {registered_field(code) for code in source.registered}
    columns: dict[str, object] = {"case": normalise(table.frame["case"]).str.replace(DECIMALS, WHOLE, regex=True)}
    for field in source.fields:
        if field == "case":
            continue
        texts, place = table.frame[field].astype("category"), table.places[field]
        if field in CODES:
            translation = source.values.get(field, {})  # type: ignore[call-overload]
            codes = texts.map(_translator(translation)).astype("str").fillna("")
            columns[field] = _looked_up(codes, municipality, place, problems) if field == "municipality" else codes
            continue
        days, kinds = read_dates(texts, source.forms, policies.unknown_date)
        if field == BORN:
            columns[field] = days.astype("datetime64[M]").astype("datetime64[s]")  # the day is not kept
            wrong = (kinds == DateKind.MALFORMED) | (kinds == DateKind.IMPOSSIBLE)
            found += findings("birth_date", place, wrong, lambda _: "hier staat geen geboortedatum; niet gebruikt.")
            continue
        columns[field] = days.astype("datetime64[s]")
        undated = _undated(field, texts, kinds, place, source, policies, problems, found)
        if field not in entered:  # of a date of entry that is not there, nothing is known
            columns[f"{field}_undated"] = undated
    if isinstance(source, Columns) and source.key == "measure":
        columns["case"] = _measure_keys(pd.DataFrame(columns), table.places["case"], problems)
    return Table(pd.DataFrame(columns), table.places, table.tally)


def _undated(
    field: str,
    texts: pd.Series,
    kinds: npt.NDArray[np.int64],
    place: Place,
    source: AnySource,
    policies: Policies,
    problems: Problems,
    found: list[Finding],
) -> npt.NDArray[np.bool_]:
    """Where something happened on a day that is not known; what the policies do not let pass becomes a problem."""

    def describe(index: int) -> str:
        return describe_wrong_date(str(texts.iloc[index]).strip(), source.forms)

    unknown, impossible = kinds == DateKind.UNKNOWN, kinds == DateKind.IMPOSSIBLE
    problems.add_rows(kinds == DateKind.MALFORMED, lambda index: f"{place.of(index)}: {describe(index)}")
    if field in CASE_DATES:
        accepted, passed_over = policies.unknown_end == "leave_out", " De zaak is weggelaten."
        needed = "de datum is onbekend, maar nodig om te weten hoe lang de zaak liep."
        if accepted:
            found += findings("unknown_end", place, unknown, lambda _: f"{needed}{passed_over}")
        else:
            problems.add_rows(
                unknown, lambda index: f"{place.of(index)}: {needed} Vul een datum in het bronsysteem in."
            )
    else:
        accepted, passed_over = policies.impossible_date == "unregistered", " Geteld als gepasseerd zonder datum."
    if accepted:
        found += findings("impossible_date", place, impossible, lambda index: f"{describe(index)}{passed_over}")
    else:
        problems.add_rows(impossible, lambda index: f"{place.of(index)}: {describe(index)}")
    undated: npt.NDArray[np.bool_] = unknown | impossible
    return undated


def _looked_up(codes: pd.Series, municipality: Lookup, place: Place, problems: Problems) -> pd.Series:
    """Codes of municipalities; a postcode that has none becomes a problem, and is never shown."""
    found = codes.map({text: municipality(text) for text in codes.unique()})
    for what, text in (
        (UNKNOWN, "de postcode staat niet in de tabel van [postcodes]. Vul die aan, of de gemeentecode in deze rij."),
        (SEVERAL, "de postcode ligt in meer dan een gemeente. Vul in deze rij de gemeentecode in."),
    ):
        problems.add_rows((found == what).to_numpy(), lambda index, text=text: f"{place.of(index)}: {text}")  # type: ignore[misc]
    return found


def _translator(translation: dict[str, str]) -> Callable[[str], str]:
    def translate(text: str) -> str:
        plain = re.sub(DECIMALS, WHOLE, text.strip())
        return translation.get(text.strip(), translation.get(plain, plain))

    return translate


def _check_cases(cases: pd.Series, place: Place, problems: Problems) -> None:
    """Every row has a case key of its own. The key itself is never shown."""
    problems.add_rows(
        (cases == "").to_numpy(),
        lambda index: f"{place.of(index)}: het kenmerk van de zaak ontbreekt. Vul het in het bronsysteem in.",
    )
    again = cases.duplicated().to_numpy() & (cases != "").to_numpy()
    if again.any():
        first = pd.Series(np.arange(len(cases))).groupby(cases.to_numpy(), sort=False).transform("first").to_numpy()
        problems.add_rows(
            again,
            lambda index: (
                f"{place.of(index)}: dezelfde zaak staat al in {place.files[first[index]]}, rij "
                f"{place.rows[first[index]]}. Laat een van beide rijen over."
            ),
        )


def _measure_keys(frame: pd.DataFrame, place: Place, problems: Problems) -> pd.Series:
    """Child, type and begin, as in the files for CBS; the takeover stands in for a begin that is elsewhere."""
    bsn = frame["case"].str.replace(r"[.\s-]", "", regex=True).str.zfill(9)
    begin = frame["court_order"]
    if "transferred_in" in frame:
        begin = begin.fillna(frame["transferred_in"])
    problems.add_rows(
        ~can_be_bsn(bsn) | bsn.isin([UNKNOWN_BSN, UNBORN_BSN]).to_numpy(),
        lambda index: f"{place.of(index)}: is geen BSN (elfproef); verwacht het BSN van het kind om op te verbinden.",
    )
    problems.add_rows(
        begin.isna().to_numpy(),
        lambda index: f"{place.of(index)}: de begindatum is onbekend, maar nodig om op te verbinden. Vul haar in.",
    )
    keys = bsn + "|" + frame["measure_type"].str.zfill(2) + "|" + begin.dt.strftime("%Y%m%d").fillna("")
    return pd.Series(keys, dtype="str")


def _join(
    first: RawCases,
    other: RawCases,
    linked: Callable[[pd.Series], pd.Series],
    problems: Problems,
    found: list[Finding],
) -> RawCases:
    """The columns of ``other`` beside those of ``first``; a case that ``first`` lacks is a problem.

    What both have counts as ``first`` says it, is completed from ``other``, and is reported where they differ.
    """
    mine, theirs = pd.Index(linked(first.frame["case"])), pd.Index(linked(other.frame["case"]))
    missing, order = mine.get_indexer(theirs) < 0, theirs.get_indexer(mine)
    place = other.places["case"]
    problems.add_rows(
        missing,
        lambda index: (
            f"{place.of(index)}: deze zaak staat niet in {first.places['case'].files[0]}. "
            "Draai beide over dezelfde zaken uit."
        ),
    )
    absent = order < 0
    # What a case lacks in this source is to be looked for where the case itself stands.
    home = first.places["case"]
    places = {
        field: Place(
            np.where(absent, home.files, place.files[order]),
            np.where(absent, home.rows, place.rows[order]),
            place.columns[order],
        )
        for field, place in other.places.items()
        if field != "case"
    }
    frame = first.frame.copy()
    for column in other.frame.columns.drop("case"):
        values = other.frame[column].to_numpy()[order]
        if column in CODES:
            values[absent] = ""
        elif column.endswith("_undated"):
            values[absent] = False
        else:
            values[absent] = np.datetime64("NaT")
        if column not in frame:
            frame[column] = values
        elif column.endswith("_undated"):
            frame[column] = (frame[column] | values) & frame[column.removesuffix("_undated")].isna()
        else:
            places[column] = _complete(frame, column, values, first.places[column], places[column], found)
    return RawCases(frame, first.places | places, ())


def _complete(
    frame: pd.DataFrame, column: str, values: npt.NDArray[Any], here: Place, there: Place, found: list[Finding]
) -> Place:
    """Fills in what ``frame`` lacks in a column, reports what differs, and gives the place of each value."""
    mine, theirs = frame[column], pd.Series(values, index=frame.index)
    lacks, says = (mine == "", theirs != "") if column in CODES else (mine.isna(), theirs.notna())
    differs = ~lacks & says & (_comparable(mine, column) != _comparable(theirs, column))
    found += findings(
        "sources_differ",
        there,
        differs.to_numpy(),
        lambda index: f"anders dan in {here.of(index)}; dat telt. Verbeter een van beide.",
    )
    taken = (lacks & says).to_numpy()
    frame[column] = mine.where(~taken, theirs)
    return Place(*(np.where(taken, getattr(there, part), getattr(here, part)) for part in ("files", "rows", "columns")))


def _comparable(values: pd.Series, column: str) -> pd.Series:
    """Codes in one spelling: "GM0202" is 202, "04" is 4, and an old municipality is that which it became."""
    if column not in CODES:
        return values
    plain = values.astype("str").str.upper().str.removeprefix("GM").str.lstrip("0")
    if column != "municipality":
        return plain
    return plain.replace({old[2:].lstrip("0"): new[2:].lstrip("0") for old, new in municipality_changes().items()})
