"""The numbers (BSN) of an institution's people, in one spelling, read from one column of one file."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from pseudonymise.errors import UserError
from pseudonymise.sources.beleidsinformatie import UNBORN_BSN, UNKNOWN_BSN, can_be_bsn

NUMBER_CHARACTERS = 9
HEADER_ROW = 1


@dataclass(frozen=True)
class Numbers:
    """The distinct numbers that can be linked, and what cannot: ``unknown`` rows without one, ``wrong`` row numbers."""

    distinct: tuple[str, ...] = field(repr=False)
    unknown: int
    wrong: tuple[int, ...]


def normalise(texts: pd.Series) -> pd.Series:
    """Numbers as nine digits: dots, dashes and spaces left out, a leading zero put back.

    What is no number stays as it is, for the eleven test to refuse; an empty text, and the two numbers that stand for
    unknown and unborn, become "".
    """
    plain = texts.astype("str").str.replace(r"[\s.\-]", "", regex=True)
    plain = plain.where(~plain.str.fullmatch("[0-9]{8}"), plain.str.zfill(NUMBER_CHARACTERS))
    return plain.where(~plain.isin([UNKNOWN_BSN, UNBORN_BSN]), "")


def read_columns(path: Path, columns: Sequence[str], separator: str) -> pd.DataFrame:
    """``columns`` of a CSV file as text, and nothing else of it; the index is the row, of which the header is 1.

    UserError names the file and what is missing.
    """
    if len(separator) != 1:
        raise UserError("--separator: verwacht een enkel teken, zoals ';'.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.reader(lines, delimiter=separator)
            header = next(rows, [])
            for column in columns:
                if header.count(column) != 1:
                    raise UserError(
                        f"{path.name}: verwacht precies een kolom '{column}'. Kijk ook of het scheidingsteken dat van "
                        "--separator is."
                    )
            places = [header.index(column) for column in columns]
            texts = [[row[place] if place < len(row) else "" for place in places] for row in rows]
    except OSError:
        raise UserError(f"{path}: bestaat niet of is geen bestand. Controleer de naam.") from None
    except (UnicodeDecodeError, csv.Error):
        raise UserError(f"{path.name}: is geen CSV in UTF-8. Sla het bestand zo op.") from None
    first = HEADER_ROW + 1
    return pd.DataFrame(texts, columns=list(columns), index=pd.RangeIndex(first, first + len(texts)), dtype="str")


def read_numbers(path: Path, column: str, separator: str) -> Numbers:
    """The numbers in ``column`` of a CSV file; UserError as `read_columns`."""
    plain = normalise(read_columns(path, [column], separator)[column])
    known = plain != ""
    good = known & can_be_bsn(plain)
    return Numbers(
        tuple(plain[good].unique().tolist()), int((~known).sum()), tuple(int(row) for row in plain.index[known & ~good])
    )
