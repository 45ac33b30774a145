"""Raw exports in, one row for each case out: only the mapped columns, with the place that each came from."""

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pseudonymise.errors import UserError
from pseudonymise.problems import Place, Problems
from pseudonymise.pseudonyms import normalise
from pseudonymise.sources.dates import DateKind, describe_wrong_date, read_dates
from pseudonymise.sources.delimited import read_csv
from pseudonymise.sources.fixed_width import read_fixed_width
from pseudonymise.sources.mapping import (
    CASE_DATES,
    CODES,
    AnySource,
    CsvSource,
    FixedWidthSource,
    Mapping,
    Policies,
    registered_field,
)
from pseudonymise.sources.xlsx import read_xlsx


@dataclass(frozen=True)
class RawCases:
    """The sources joined on ``case``.

    ``frame``: ``case`` (normalised text), the codes (text, "" where empty), every mapped date (datetime64[s];
    ``<milestone>_registered`` for that of entry) and ``<milestone>_undated`` (it happened, the date is unknown).
    ``places`` gives for each column the file and row of each value; ``notices`` what a policy let pass.
    """

    frame: pd.DataFrame
    places: dict[str, Place]
    notices: tuple[str, ...]


def read_sources(
    mapping: Mapping, exports: Sequence[Path], progress: Callable[[str], None] = lambda _: None
) -> RawCases:
    """Read all exports and join them on ``case``; the first source of the mapping says which cases there are.

    UserError for everything that a supplier can mend, up to twenty problems at once.
    """
    problems, notices = Problems(), Problems()
    first: RawCases | None = None
    for source, paths in zip(mapping.sources, _match(mapping, exports), strict=True):
        part = _read_source(source, paths, mapping.policies, problems, notices, progress)
        # A wrong column shows in every row: mend that before the next source is looked at.
        problems.raise_if_any()
        first = part if first is None else _join(first, part, problems)
    assert first is not None
    problems.raise_if_any()
    return RawCases(first.frame, first.places, tuple(notices.lines()))


def _match(mapping: Mapping, exports: Sequence[Path]) -> list[list[Path]]:
    """The exports of each source. Every export has a source (a workbook one a sheet), and the reverse."""
    for path in exports:
        if not path.is_file():
            raise UserError(f"{path}: bestaat niet of is een map. Controleer de naam van de uitdraai.")
    matched = [[path for path in exports if fnmatch.fnmatch(path.name, source.file)] for source in mapping.sources]
    for source, paths in zip(mapping.sources, matched, strict=True):
        if not paths:
            raise UserError(f"Geen uitdraai past bij '{source.file}' in de koppeling. Geef dat bestand ook op.")
    for path in exports:
        sources = [source for source, paths in zip(mapping.sources, matched, strict=True) if path in paths]
        if not sources:
            raise UserError(f"{path.name}: hoort bij geen bron in de koppeling. Laat het weg of pas 'file' daarin aan.")
        if len(sources) > 1 and any(source.format != "xlsx" for source in sources):
            raise UserError(f"{path.name}: past bij meer dan een bron. Maak 'file' in de koppeling nauwer.")
    return matched


def _read_table(path: Path, source: AnySource) -> pd.DataFrame:
    if isinstance(source, CsvSource):
        return read_csv(path, source)
    if isinstance(source, FixedWidthSource):
        return read_fixed_width(path, source)
    return read_xlsx(path, source)


def _read_source(
    source: AnySource,
    paths: Sequence[Path],
    policies: Policies,
    problems: Problems,
    notices: Problems,
    progress: Callable[[str], None],
) -> RawCases:
    parts = []
    for path in paths:
        progress(f"{path.name} lezen")
        raw = _read_table(path, source)
        files = np.full(len(raw), path.name, dtype=object)
        rows = raw.index.to_numpy(dtype=np.int64)
        parts.append(_clean(raw.reset_index(drop=True), source, files, rows, policies, problems, notices))
    frame = pd.concat([part.frame for part in parts], ignore_index=True) if len(parts) > 1 else parts[0].frame
    places = {
        field: Place(
            np.concatenate([part.places[field].files for part in parts]),
            np.concatenate([part.places[field].rows for part in parts]),
            source.column_name(field),
        )
        for field in source.fields
    }
    _check_cases(frame["case"], places["case"], problems)
    return RawCases(frame, places, ())


def _clean(
    raw: pd.DataFrame,
    source: AnySource,
    files: "np.ndarray[tuple[int], np.dtype[np.object_]]",
    rows: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    policies: Policies,
    problems: Problems,
    notices: Problems,
) -> RawCases:
    """One export with its codes translated and its dates parsed."""
    entered = {registered_field(code) for code in source.registered}
    columns: dict[str, object] = {"case": normalise(raw["case"])}
    places = {field: Place(files, rows, source.column_name(field)) for field in source.fields}
    for field in source.fields:
        if field == "case":
            continue
        if field in CODES:
            translation = source.values.get(field, {})  # type: ignore[call-overload]
            columns[field] = raw[field].map(_translator(translation)).astype("str").fillna("")
            continue
        days, kinds = read_dates(raw[field], source.dates, policies.unknown_date)
        texts, place = raw[field], places[field]

        def describe(index: int, texts: pd.Series = texts, place: Place = place) -> str:
            return f"{place.of(index)}: {describe_wrong_date(str(texts.iloc[index]).strip(), source.dates)}"

        accepted = policies.impossible_date == "unregistered" and field not in CASE_DATES
        problems.add_rows(kinds == DateKind.MALFORMED, describe)
        (notices if accepted else problems).add_rows(kinds == DateKind.IMPOSSIBLE, describe)
        columns[field] = days.astype("datetime64[s]")
        if field in entered:
            continue  # of a date of entry that is not there, nothing is known
        if field in CASE_DATES:
            problems.add_rows(
                kinds == DateKind.UNKNOWN,
                lambda index, place=place: (  # type: ignore[misc]
                    f"{place.of(index)}: de datum is onbekend, maar nodig om te weten hoe lang de zaak liep. "
                    "Vul een datum in het bronsysteem in."
                ),
            )
        else:
            columns[f"{field}_undated"] = (kinds == DateKind.UNKNOWN) | (kinds == DateKind.IMPOSSIBLE)
    return RawCases(pd.DataFrame(columns), places, ())


def _translator(translation: dict[str, str]) -> Callable[[str], str]:
    return lambda text: translation.get(text.strip(), text.strip())


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


def _join(first: RawCases, other: RawCases, problems: Problems) -> RawCases:
    """The columns of ``other`` beside those of ``first``; a case that ``first`` lacks is a problem."""
    place = other.places["case"]
    problems.add_rows(
        pd.Index(first.frame["case"]).get_indexer(pd.Index(other.frame["case"])) < 0,
        lambda index: (
            f"{place.of(index)}: deze zaak staat niet in {first.places['case'].files[0]}. "
            "Draai beide over dezelfde zaken uit."
        ),
    )
    order = pd.Index(other.frame["case"]).get_indexer(pd.Index(first.frame["case"]))
    absent = order < 0
    frame = first.frame.copy()
    for column in other.frame.columns.drop("case"):
        values = other.frame[column].to_numpy()[order]
        if column in CODES:
            values[absent] = ""
        elif column.endswith("_undated"):
            values[absent] = False
        else:
            values[absent] = np.datetime64("NaT")
        frame[column] = values
    # What a case lacks in this source is to be looked for where the case itself stands.
    home = first.places["case"]
    places = {
        field: Place(
            np.where(absent, home.files, place.files[order]),
            np.where(absent, home.rows, place.rows[order]),
            place.column,
        )
        for field, place in other.places.items()
        if field != "case"
    }
    return RawCases(frame, first.places | places, ())
