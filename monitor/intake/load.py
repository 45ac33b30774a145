"""Deliveries in: verified, held against the rules, and loaded all together or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from monitor.intake.rules import Finding, check
from monitor.store.deliveries import current_delivery, find_delivery, insert_delivery
from monitor.store.engine import writing
from pseudonymise.delivery import Delivery, Manifest, read_delivery
from pseudonymise.errors import UserError
from pseudonymise.keys import StewardKeys

ROWS_SHOWN = 5


@dataclass(frozen=True)
class Receipt:
    """What became of one delivery. The dates are the `until` of the delivery that is meant."""

    path: Path
    manifest: Manifest
    already_loaded: bool
    replaces: date | None  # counted for the institution until now
    yields_to: date | None  # counts for the institution still, rather than this one


def load(engine: Engine, paths: Iterable[Path], keys: StewardKeys) -> list[Receipt]:
    """Verify every delivery, then load them in one transaction; one that is in the store stays as it is.

    Raises UserError, naming every delivery at fault, with the store as it was.
    """
    opened: list[tuple[Path, Delivery]] = []
    faults: list[str] = []
    for path in paths:
        try:
            opened.append((path, _verified(path, keys)))
        except UserError as error:
            faults.append(str(error))
    if faults:
        raise UserError("\n".join([*faults, "Er is niets geladen."]))
    received_at = datetime.now(UTC)
    with writing(engine) as connection:
        return [_receive(connection, path, delivery, received_at) for path, delivery in opened]


def _verified(path: Path, keys: StewardKeys) -> Delivery:
    delivery = read_delivery(path, keys.identity, keys.suppliers)
    if findings := check(delivery):
        raise UserError(
            "\n".join(
                [
                    *(f"{path}, {_describe(finding)}" for finding in findings),
                    f"{path}: laat de instelling de aanlevering opnieuw maken; blijft dit, geef dan de code "
                    "tussen haken door aan de beheerder van de programmatuur.",
                ]
            )
        )
    return delivery


def _describe(finding: Finding) -> str:
    where = f"tabel '{finding.table}', rij {_enumerate(finding.rows)}" if finding.rows else finding.table
    return f"{where}: {finding.rule.nl} [{finding.rule.code}]"


def _enumerate(rows: list[int]) -> str:
    more = len(rows) - ROWS_SHOWN
    return ", ".join(map(str, rows[:ROWS_SHOWN])) + (f" en nog {more}" if more > 0 else "")


def _receive(connection: Connection, path: Path, delivery: Delivery, received_at: datetime) -> Receipt:
    manifest = delivery.manifest
    before = current_delivery(connection, manifest.institution)
    known = find_delivery(connection, manifest.institution, delivery.payload_sha256)
    delivery_id = known.id if known else insert_delivery(connection, delivery, received_at)
    current = current_delivery(connection, manifest.institution)
    is_current = current is not None and current.id == delivery_id  # there is none when its counts are erased
    return Receipt(
        path,
        manifest,
        already_loaded=known is not None,
        replaces=before.until if before and is_current and not known else None,
        yields_to=None if current is None or is_current else current.until,
    )
