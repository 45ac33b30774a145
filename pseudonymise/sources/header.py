"""The header row of an export: are the mapped columns there?"""

import difflib
from collections.abc import Sequence

from pseudonymise.errors import UserError

SEPARATOR = " / "


def joined_header(rows: Sequence[Sequence[str]]) -> list[str]:
    """One name for each column of a header of several rows: its cells from top to bottom, with " / " between.

    A merged cell has its text in its first column: above the last row, an empty cell takes that to its left, up to
    where the next text begins.
    """
    width = max(map(len, rows), default=0)
    filled = []
    for row in rows[:-1]:
        texts, last = [], ""
        for text in [*row, *[""] * (width - len(row))]:
            last = text.strip() or last
            texts.append(last)
        filled.append(texts)
    bottom = [text.strip() for text in [*rows[-1], *[""] * (width - len(rows[-1]))]]
    return [SEPARATOR.join(dict.fromkeys(filter(None, column))) for column in zip(*filled, bottom, strict=True)]


def check_header(file: str, header: Sequence[str], wanted: Sequence[str], row: int = 1) -> None:
    """UserError unless each wanted column is in the header, of which ``row`` is the last, once.

    Look-alikes are named only when at least one column was found: otherwise the first row may be no header
    but the data of a person.
    """
    missing = [column for column in wanted if column not in header]
    twice = [column for column in wanted if header.count(column) > 1]
    if twice:
        raise UserError(
            f"{file}, rij {row}: kolom '{twice[0]}' komt meer dan eens voor. Laat er in de uitdraai een over."
        )
    if len(missing) == len(wanted):
        raise UserError(
            f"{file}, rij {row}: geen enkele kolom uit de koppeling staat in de kop; verwacht onder meer "
            f"'{wanted[0]}'. Controleer of rij {row} de kop is, en of scheidingsteken en codering kloppen."
        )
    if missing:
        raise UserError("\n".join(_missing(file, column, header, row) for column in missing))


def _missing(file: str, column: str, header: Sequence[str], row: int) -> str:
    folded = {name.casefold(): name for name in header}
    close = difflib.get_close_matches(column.casefold(), folded, 1)
    hint = f"; lijkt op '{folded[close[0]]}'" if close else ""
    return f"{file}, rij {row}: kolom '{column}' ontbreekt{hint}. Pas de koppeling aan of draai opnieuw uit."
