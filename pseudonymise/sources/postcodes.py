"""The municipality of a postcode, by a table that the institution keeps beside its mapping.

CBS publishes one each year. A postcode is of a person: it is looked up as it is read, and never kept or shown.
"""

import re
from collections.abc import Callable
from functools import partial

import pandas as pd

from pseudonymise.errors import UserError
from pseudonymise.sources.delimited import read_csv
from pseudonymise.sources.mapping import CsvSource, Postcodes

POSTCODE = re.compile(r"([1-9]\d{3}) ?[A-Z]{2}", re.IGNORECASE)  # as a source has it: all six signs
IN_TABLE = r"[1-9]\d{3}(?:[A-Z]{2})?"  # or the first four for all that begin with them
UNKNOWN, SEVERAL = "unknown_postcode", "postcode_in_several"  # no code of a municipality looks like these

Lookup = Callable[[str], str]


def read_postcodes(table: Postcodes) -> Lookup:
    """From a text to the code of its municipality; a text that is no postcode is itself.

    UNKNOWN for a postcode that is not in the table, and SEVERAL where it is in more than one municipality. UserError
    for a table that cannot be read.
    """
    if not table.file.is_file():
        raise UserError(f"{table.file}: bestaat niet. Zet de tabel van [postcodes] naast de koppeling.")
    columns = {"case": table.postcode, "municipality": table.municipality}  # the key of its rows is the postcode
    rows = read_csv(
        table.file,
        CsvSource(
            format="csv",
            file=table.file.name,
            encoding=table.encoding,
            separator=table.separator,
            dates="%d-%m-%Y",
            columns=columns,
        ),
    )
    postcodes = rows["case"].str.replace(" ", "").str.upper()
    wrong = ~postcodes.str.fullmatch(IN_TABLE)
    if wrong.any():
        raise UserError(
            f"{table.file.name}, rij {rows.index[wrong][0]}, kolom '{table.postcode}': is geen postcode; verwacht "
            "1234AB of 1234."
        )
    pairs = pd.DataFrame({"postcode": postcodes, "code": rows["municipality"].astype("str").str.strip()})
    pairs = pairs.drop_duplicates()
    several = pairs["postcode"].duplicated(keep=False)
    codes = dict(zip(pairs["postcode"], pairs["code"].where(~several, SEVERAL), strict=True))
    return partial(_municipality, codes)


def _municipality(codes: dict[str, str], text: str) -> str:
    found = POSTCODE.fullmatch(text.strip())
    if found is None:
        return text
    six = found[0].replace(" ", "").upper()
    return codes.get(six, codes.get(six[:4], UNKNOWN))
