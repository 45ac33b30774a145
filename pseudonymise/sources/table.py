"""What every reader of a source gives: the mapped columns as text, and the place that each value came from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pseudonymise.problems import Place


@dataclass(frozen=True)
class Table:
    """One row for each record. ``frame`` has a column for each field: ``case`` as text, the others categorical.

    ``places`` gives of each field the file and row of each value. ``tally`` says what became of what was read, where
    that is not one record for each row.
    """

    frame: pd.DataFrame
    places: Mapping[str, Place]
    tally: Mapping[str, int] = field(default_factory=dict)


def of_one_file(file: str, rows: pd.DataFrame, columns: Mapping[str, str]) -> Table:
    """The table of a single file. The index of ``rows`` is the row in it; ``columns`` names the column of a field."""
    files = np.full(len(rows), file, dtype=object)
    numbers = rows.index.to_numpy(dtype=np.int64)
    places = {ours: Place.under(name, files, numbers) for ours, name in columns.items()}
    return Table(rows.reset_index(drop=True), places)


def joined(parts: Sequence[Table]) -> Table:
    """The rows of several tables below each other; a table as it is when there is one."""
    if len(parts) == 1:
        return parts[0]
    places = {
        ours: Place(
            *(
                np.concatenate([getattr(part.places[ours], name) for part in parts])
                for name in ("files", "rows", "columns")
            )
        )
        for ours in parts[0].places
    }
    tally = Counter[str]()
    for part in parts:
        tally.update(part.tally)
    return Table(pd.concat([part.frame for part in parts], ignore_index=True), places, tally)
