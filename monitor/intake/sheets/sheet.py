"""A spreadsheet that was read: what it says of itself, and its rows in the codes of the catalogue."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd

from monitor.catalogue.expected import Template, load_expected


@dataclass(frozen=True)
class Sheet:
    """``table``: the columns of the template, its index the row in the workbook; an amount left empty is NA, any other
    cell None."""

    code: str  # of the template
    supplier: str
    period: str
    table: pd.DataFrame

    @property
    def template(self) -> Template:
        return load_expected().templates[self.code]

    @cached_property
    def sha256(self) -> str:
        """Of what it says, in the order of its keys: the same figures saved anew are the same spreadsheet.

        Without the names of persons: a checksum stays when they go, and could be tried against a name.
        """
        ordered = self.table.sort_values(self.template.keys)[
            [column.code for column in self.template.columns if column.kind != "person"]
        ]
        head = f"{self.code} {self.template.version} {self.supplier} {self.period}\n"
        return hashlib.sha256((head + ordered.to_csv(index=False)).encode()).hexdigest()

    @property
    def as_of(self) -> date | None:
        """The day of the oldest statement in it; None for what has no such day."""
        return min(self.table["stated_on"]) if "stated_on" in self.table else None
