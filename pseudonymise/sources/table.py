"""What every reader of a source gives: the mapped columns as text, and the place that each value came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pseudonymise.problems import Place


@dataclass(frozen=True)
class Table:
    """One row for each record. ``frame`` has a column for each field: ``case`` as text, the others categorical.

    ``places`` gives of each field the file and row of each value.
    """

    frame: pd.DataFrame
    places: Mapping[str, Place]


def of_one_file(file: str, rows: pd.DataFrame, columns: Mapping[str, str]) -> Table:
    """The table of a single file. The index of ``rows`` is the row in it; ``columns`` names the column of a field."""
    files = np.full(len(rows), file, dtype=object)
    numbers = rows.index.to_numpy(dtype=np.int64)
    places = {field: Place.under(name, files, numbers) for field, name in columns.items()}
    return Table(rows.reset_index(drop=True), places)


def joined(parts: Sequence[Table]) -> Table:
    """The rows of several tables below each other; a table as it is when there is one."""
    if len(parts) == 1:
        return parts[0]
    places = {
        field: Place(
            *(
                np.concatenate([getattr(part.places[field], name) for part in parts])
                for name in ("files", "rows", "columns")
            )
        )
        for field in parts[0].places
    }
    return Table(pd.concat([part.frame for part in parts], ignore_index=True), places)
