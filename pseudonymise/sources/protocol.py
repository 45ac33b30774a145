"""The protocol Beleidsinformatie Jeugd as data: fields, codes, and the places that are our assumption."""

import tomllib
from functools import cache

from pseudonymise.agreement import DATA, Record

# Our fields, and the field of the record that each is read from; the case is made of several.
FIELDS = {
    "case": "bsn",
    "municipality": "municipality",
    "measure_type": "measure_type",
    "court_order": "begin",
    "ended": "end",
    "end_reason": "end_reason",
    "transferred_in": "transferred_in",
    "transferred_out": "transferred_out",
    "born": "birth_date",
}


class Layout(Record):
    """Where each field of a record stands: first and last position, from 1; and its header in a spreadsheet."""

    positions: dict[str, tuple[int, int]]
    headers: dict[str, str]


class Protocol(Record):
    """``types``: the types of measure in each file; ``reasons``: the end reasons that each type can have."""

    layouts: dict[str, Layout]
    codes: dict[str, dict[str, str]]
    types: dict[str, tuple[str, ...]]
    reasons: dict[str, tuple[str, ...]]


@cache
def load_protocol() -> Protocol:
    return Protocol.model_validate(tomllib.loads(DATA.joinpath("data", "beleidsinformatie.toml").read_text("utf-8")))
