"""The delivery (*aanlevering*): the exchange format. Cannot hold what agreement.toml does not name.

A delivery is a zip of three open files: ``envelope.json`` (who, what, until when, the checksum of the payload),
``payload.age`` (a zip of the tables below and ``manifest.json``, encrypted to the steward and to the institution
itself) and ``signature`` (Ed25519 over ``envelope.json``, base64). The payload is the same, byte for byte, for
the same cases under the same record key.
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd
from pydantic import BaseModel, ConfigDict

FORMAT_VERSION = "1"

# The only columns that can leave. `duration` is in the unit of the step and empty for unregistered cases.
# `key_sums` stands apart from every duration row: sums of secret record keys modulo 2**32, for the noise.
# Its `item` is a step, clock or flow; `bin` the grid point at or above the duration (steps only).
TABLES: dict[str, tuple[str, ...]] = {
    "steps": ("step", "region", "measure_group", "quarter", "duration", "outcome", "norm_result", "cases"),
    "clocks": ("clock", "region", "measure_group", "quarter", "cases"),
    "flows": ("flow", "region", "measure_group", "quarter", "cases"),
    "quality": ("milestone", "quarter", "passed", "dated", "proxied", "implausible"),
    "key_sums": ("table", "item", "region", "measure_group", "quarter", "outcome", "bin", "key_sum"),
}


class TableEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    sha256: str


class Manifest(BaseModel):
    """What the payload says of itself. Holds counts, codes and checksums only; no clock time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: str
    institution: str
    agreement_version: str
    until: date
    missing_milestones: tuple[str, ...]  # not in this source at all
    rows_read: int
    rows_used: int
    left_out: dict[str, int]  # reason to rows
    tables: dict[str, TableEntry]


@dataclass(frozen=True)
class Delivery:
    """A delivery opened and verified. ``tables`` has exactly the keys and columns of TABLES."""

    manifest: Manifest
    payload_sha256: str
    tables: dict[str, pd.DataFrame]
