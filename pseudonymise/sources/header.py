"""The header row of an export: are the mapped columns there?"""

import difflib
from collections.abc import Sequence

from pseudonymise.errors import UserError


def check_header(file: str, header: Sequence[str], wanted: Sequence[str]) -> None:
    """UserError unless each wanted column is in the header once.

    Look-alikes are named only when at least one column was found: otherwise the first row may be no header
    but the data of a person.
    """
    missing = [column for column in wanted if column not in header]
    twice = [column for column in wanted if header.count(column) > 1]
    if twice:
        raise UserError(f"{file}, rij 1: kolom '{twice[0]}' komt meer dan eens voor. Laat er in de uitdraai een over.")
    if len(missing) == len(wanted):
        raise UserError(
            f"{file}, rij 1: geen enkele kolom uit de koppeling staat in de kop; verwacht onder meer "
            f"'{wanted[0]}'. Controleer of rij 1 de kop is, en of scheidingsteken en codering kloppen."
        )
    if missing:
        raise UserError("\n".join(_missing(file, column, header) for column in missing))


def _missing(file: str, column: str, header: Sequence[str]) -> str:
    folded = {name.casefold(): name for name in header}
    close = difflib.get_close_matches(column.casefold(), folded, 1)
    hint = f"; lijkt op '{folded[close[0]]}'" if close else ""
    return f"{file}, rij 1: kolom '{column}' ontbreekt{hint}. Pas de koppeling aan of draai opnieuw uit."
