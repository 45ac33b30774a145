"""Text with each field at a fixed place in the record, as in the layouts of CBS Beleidsinformatie."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pseudonymise.errors import UserError
from pseudonymise.problems import Problems


def read_fixed_width(path: Path, encoding: str, positions: Mapping[str, tuple[int, int]]) -> pd.DataFrame:
    """One row for each record, in the form of `read_csv`. There is no header: the first record is row 1.

    Only the slices at ``positions`` (first and last, from 1, both included) are kept. UserError when records differ
    in length, are too short for the positions, or are not in the encoding.
    """
    slices = {field: slice(first - 1, last) for field, (first, last) in positions.items()}
    needed = max(place.stop for place in slices.values())
    texts: dict[str, list[str]] = {field: [] for field in slices}
    problems = Problems()
    width = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                record = raw.rstrip(b"\r\n").decode(encoding)
            except UnicodeDecodeError:
                problems.add(
                    f"{path.name}, rij {number}: is niet in codering '{encoding}'. Zet 'encoding' in de koppeling goed."
                )
                continue
            except LookupError:
                raise UserError(
                    f"{path.name}: codering '{encoding}' uit de koppeling bestaat niet. "
                    "Gebruik bijvoorbeeld ascii of cp1252."
                ) from None
            width = width or len(record)
            if len(record) != width or width < needed:
                problems.add(
                    f"{path.name}, rij {number}: is {len(record)} tekens lang; verwacht "
                    f"{width if width >= needed else f'minstens {needed}'}. "
                    "Controleer of de uitdraai de afgesproken opmaak heeft."
                )
                continue
            for field, place in slices.items():
                texts[field].append(record[place].strip())
    problems.raise_if_any()
    (records,) = {len(column) for column in texts.values()}
    if not records:
        raise UserError(f"{path.name}: is leeg; verwacht records. Draai opnieuw uit.")
    return pd.DataFrame(
        {field: pd.Series(column, dtype="str" if field == "case" else "category") for field, column in texts.items()}
    ).set_axis(pd.RangeIndex(1, records + 1))
