"""The files that a certified institution sends to CBS for Beleidsinformatie Jeugd, protocol v7.

A record has no number of a case: what makes it one is the child, the type and the begin of the measure, so the BSN
is read for that alone. Codes mean something in their own field only, and are looked up there. Fields, codes and the
positions that are our assumption stand in data/beleidsinformatie.toml; the rules in docs/reference/sources.md.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from pseudonymise.problems import Finding, Place, findings
from pseudonymise.sources.fixed_width import read_fixed_width
from pseudonymise.sources.mapping import BeleidsinformatieSource
from pseudonymise.sources.protocol import FIELDS, load_protocol
from pseudonymise.sources.table import Table, joined
from pseudonymise.sources.xlsx import read_xlsx

UNKNOWN_BSN, UNBORN_BSN = "999999999", "000000000"
ELEVEN_TEST = (9, 8, 7, 6, 5, 4, 3, 2, -1)
PREVENTIVE = "31"

NOT_READ = frozenset({"placement_begin", "placement_end", "preventive_end"})  # of no use to a lead time
MAY_BE_EMPTY = frozenset({"placement_type", "end_reason", "risk_score", "aftercare", "intervention"})


Where = TypeVar("Where")


def read_beleidsinformatie(
    paths: Sequence[Path],
    source: BeleidsinformatieSource,
    by_postcode: bool,
    found: list[Finding],
    progress: Callable[[str], None] = lambda _: None,
) -> Table:
    """One row for each measure, of all files together; of a measure that is in several files the last counts.

    Each period repeats what still runs, so the names of the files must sort by period. The postcode is read only when
    it can be looked up (``by_postcode``), for a record without a municipality. ``found`` gets the codes that do not
    belong where they stand.
    """
    not_read = NOT_READ if by_postcode else NOT_READ | {"postcode"}
    layout = load_protocol().layouts[source.layout]
    parts = []
    for path in sorted(paths, key=lambda path: path.name):
        progress(f"{path.name} lezen")
        if source.sheet is not None:
            headers = layout.headers | source.headers
            records = read_xlsx(path, source.sheet, _wanted(headers, not_read), source.forms[0])
            names: Mapping[str, str] = headers
        else:
            positions = layout.positions | source.positions
            records = read_fixed_width(path, source.encoding, _wanted(positions, not_read))
            names = {field: f"posities {first}-{last}" for field, (first, last) in positions.items()}
        parts.append(_measures(path, records, names, source, found))
    return _latest(joined(parts))


def _wanted(places: Mapping[str, Where], not_read: Collection[str]) -> dict[str, Where]:
    return {field: place for field, place in places.items() if field not in not_read}


def _measures(
    path: Path,
    records: pd.DataFrame,
    names: Mapping[str, str],
    source: BeleidsinformatieSource,
    found: list[Finding],
) -> Table:
    """The records of one file in our fields."""
    files = np.full(len(records), path.name, dtype=object)
    numbers = records.index.to_numpy(dtype=np.int64)
    texts = records.reset_index(drop=True).astype("str")
    places = {field: Place.under(name, files, numbers) for field, name in names.items()}
    texts = texts.assign(bsn=texts["bsn"].str.zfill(9), measure_type=texts["measure_type"].str.zfill(2))
    _check_codes(texts, places, source.layout, found)
    preventive = texts["measure_type"] == PREVENTIVE
    if preventive.any():  # what has no order has a begin of its own
        texts["begin"] = texts["begin"].where(~preventive, texts["preventive_begin"])
    cases = _cases(texts)
    if "postcode" in texts:  # after the keys: a child that moves within its municipality keeps its own
        nowhere = (texts["municipality"].str.strip("0") == "").to_numpy()
        texts["municipality"] = texts["municipality"].where(~nowhere, texts["postcode"])
        columns = np.where(nowhere, places["postcode"].columns, places["municipality"].columns)
        places["municipality"] = Place(files, numbers, columns)
    empty = pd.Series("", index=texts.index)
    frame = pd.DataFrame({ours: texts.get(theirs, empty).astype("category") for ours, theirs in FIELDS.items()})
    frame["case"] = cases
    return Table(frame, {ours: places.get(theirs, places["measure_type"]) for ours, theirs in FIELDS.items()})


def _cases(texts: pd.DataFrame) -> pd.Series:
    """A key for each measure: child, type and begin; the takeover stands in at an institution that was not the first.

    A child without a BSN (unknown, or not born yet) is told apart by what else the record says, and then by order.
    """
    begin = texts["begin"].where(texts["begin"].str.strip("0") != "", texts["transferred_in"])
    key = texts["bsn"] + "|" + texts["measure_type"] + "|" + begin
    nobody = texts["bsn"].isin([UNKNOWN_BSN, UNBORN_BSN])
    fuller = key + "|" + texts["birth_date"] + "|" + texts["sex"] + "|" + texts["municipality"]
    number = fuller.groupby(fuller).cumcount().astype("str")
    return key.where(~nobody, fuller + "|" + number).astype("str")


def _check_codes(texts: pd.DataFrame, places: Mapping[str, Place], layout: str, found: list[Finding]) -> None:
    """Reports what does not belong where it stands. An unknown type of measure stops the delivery, later on."""
    codes, reasons = load_protocol().codes, load_protocol().reasons
    for field in codes.keys() & set(texts.columns):
        if field == "measure_type":
            continue
        wrong = ~texts[field].isin(codes[field]) & ~((texts[field].str.strip("0") == "") & (field in MAY_BE_EMPTY))
        found += findings(
            "code_unknown",
            places[field],
            wrong.to_numpy(),
            lambda _, field=field: f"is geen code van dit veld; verwacht {', '.join(codes[field])}.",  # type: ignore[misc]
        )
    kinds = texts["measure_type"]
    elsewhere = kinds.isin(codes["measure_type"]) & ~kinds.isin(load_protocol().types[layout])
    found += findings(
        "type_of_other_file",
        places["measure_type"],
        elsewhere.to_numpy(),
        lambda _: f"deze soort maatregel hoort niet in het bestand {layout}.",
    )
    if "end_reason" in texts:
        reason = texts["end_reason"]
        allowed = {(kind, one) for kind, ones in reasons.items() for one in ones}
        of_other = [
            one in codes["end_reason"] and kind in reasons and (kind, one) not in allowed
            for kind, one in zip(kinds, reason, strict=True)
        ]
        found += findings(
            "reason_of_other_measure",
            places["end_reason"],
            np.array(of_other, dtype=bool),
            lambda _: "deze reden hoort niet bij deze soort maatregel.",
        )
    found += findings(
        "bsn_eleven_test",
        places["bsn"],
        ~can_be_bsn(texts["bsn"]),
        lambda _: (
            f"is geen BSN (elfproef); verwacht {UNKNOWN_BSN} als het onbekend is, {UNBORN_BSN} voor een ongeborene."
        ),
    )


def can_be_bsn(texts: pd.Series) -> npt.NDArray[np.bool_]:
    """Nine digits that pass the eleven test, or the two that stand for unknown and unborn."""
    nine = texts.str.fullmatch("[0-9]{9}").to_numpy(dtype=bool)
    numbers = texts.where(nine, UNBORN_BSN).astype("int64").to_numpy()
    total = sum(weight * (numbers // 10**place % 10) for place, weight in enumerate(ELEVEN_TEST[::-1]))
    passes: npt.NDArray[np.bool_] = nine & ((total % 11 == 0) | (texts == UNKNOWN_BSN).to_numpy())
    return passes


def _latest(table: Table) -> Table:
    """Of a measure that is in more than one file the record of the last; twice in a file is left to be refused."""
    files = pd.Series(table.places["case"].files)
    newest = files.groupby(table.frame["case"]).transform("last")
    rows = np.flatnonzero((files == newest).to_numpy())
    places = {field: place.take(rows) for field, place in table.places.items()}
    repeated = len(files) - len(rows)
    tally = {"records gelezen": len(files), "gebruikt": len(rows), "ook in een later bestand": repeated}
    return Table(table.frame.iloc[rows].reset_index(drop=True), places, tally)
