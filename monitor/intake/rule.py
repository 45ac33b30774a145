"""A rule of the intake: what can be wrong with what was sent in, how bad that is, and how it is mended.

Every fault that a supplier can be told of is a rule with a code, whether it shows when a file is opened, in a single
cell or only in the whole. docs/reference/intake-rules.md lists them all; the test of the documentation holds it to
the code.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

# Row numbers by table, as in the file: the header of a delivery's table is row 1. A fault that is in no row has an
# empty list.
Rows = dict[str, list[int]]

Subject = TypeVar("Subject")


class Severity(StrEnum):
    """An error cannot be right, and blocks everything that was sent with it. A warning can be, but seldom is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Words:
    """What is wrong, after a place and a colon, and what its supplier does about it."""

    message: str
    remedy: str


@dataclass(frozen=True)
class Rule:
    """``fields``: the columns to look at, as far as these are always the same."""

    code: str
    severity: Severity
    fields: tuple[str, ...]
    nl: Words
    en: Words


@dataclass(frozen=True)
class Check(Rule, Generic[Subject]):
    """A rule with the function that finds the rows of a subject that break it."""

    failing: Callable[[Subject], Rows]


@dataclass(frozen=True)
class Finding:
    """A rule that is broken, and where: rows of one table, and the columns to look at, by their names in the file.

    ``table`` can also be the manifest, the file, or the code of a region or quarter that is missing.
    """

    rule: Rule
    table: str
    rows: tuple[int, ...]
    columns: tuple[str, ...]


def examine(checks: Iterable[Check[Subject]], subject: Subject) -> list[Finding]:
    """One finding for each rule and table, in the order of the rules; none when all is well."""
    return [
        Finding(check, table, tuple(rows), check.fields)
        for check in checks
        for table, rows in check.failing(subject).items()
    ]


def blocks(findings: Iterable[Finding]) -> bool:
    return any(finding.rule.severity is Severity.ERROR for finding in findings)


def failing(masks: Mapping[str, pd.Series | npt.NDArray[np.bool_]]) -> Rows:
    """The rows of tables with their header in row 1 for which the mask holds; tables without are left out."""
    rows = {name: (np.flatnonzero(np.asarray(mask, dtype=bool)) + 2).tolist() for name, mask in masks.items()}
    return {name: numbers for name, numbers in rows.items() if numbers}
