"""Deliveries and spreadsheets in: verified, held against the rules, and loaded all together or not at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, Engine, func, select

from monitor.access.trail import Act, write
from monitor.catalogue import load_text_levels
from monitor.catalogue.expected import DELIVERY, last_day
from monitor.intake import linked, opening
from monitor.intake.receipt import LINKED_EVENTS, Outcome, Receipt, to_json
from monitor.intake.report import to_text
from monitor.intake.rule import Finding, blocks
from monitor.intake.rules import check, compare
from monitor.intake.rules.plausibility import Previous, Succession
from monitor.intake.sheets import reading_rules
from monitor.intake.sheets import rules as sheet_rules
from monitor.intake.sheets.read import NotReadable, read_sheet
from monitor.intake.sheets.rules import Finder
from monitor.intake.sheets.sheet import Sheet
from monitor.locale import DUTCH
from monitor.store.counts import clock_counts, flow_counts
from monitor.store.deliveries import current_delivery, find_delivery, insert_delivery
from monitor.store.engine import writing
from monitor.store.history import insert_warnings
from monitor.store.sheets import current_sheet, insert_sheet, newest_before
from monitor.upload import TEMPLATE, TooLarge, check_workbook
from pseudonymise.agreement import Flow
from pseudonymise.delivery import Delivery, DeliveryError, Fault, open_delivery
from pseudonymise.errors import UserError
from pseudonymise.keys import StewardKeys
from pseudonymise.linked.events import SUFFIX as EVENTS_SUFFIX
from pseudonymise.linked.events import TABLE, EventsFile, open_events
from pseudonymise.text import Span, find

SHEET_SUFFIX = ".xlsx"
COMMAND = "opdrachtregel"  # who loads, when nobody says


@dataclass(frozen=True)
class Offered:
    """A file as it was sent in."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Opened:
    """A file that could be read, and what was found in it."""

    name: str
    what: Delivery | Sheet | EventsFile
    findings: Sequence[Finding]


class Refused(UserError):
    """Nothing was loaded. ``receipts``: of every file that was sent, those without errors too."""

    def __init__(self, receipts: Sequence[Receipt], others: Sequence[str]) -> None:
        self.receipts = receipts
        refused = [to_text(one, DUTCH) for one in receipts if one.outcome is Outcome.REFUSED]
        super().__init__("\n".join([*refused, *others, "Er is niets geladen."]))


def load(engine: Engine, paths: Iterable[Path], keys: StewardKeys, by: str = COMMAND) -> list[Receipt]:
    """Take in the files at these paths; errors as `take_in`, and also for a file that is not there."""
    offered, absent = [], []
    for path in paths:
        try:
            offered.append(Offered(str(path), path.read_bytes()))
        except FileNotFoundError:
            absent.append(f"{path}: bestaat niet. Controleer de naam van de aanlevering.")
        except IsADirectoryError:
            absent.append(f"{path}: is een map. Geef de aanlevering zelf op (een .zip of .xlsx).")
    return take_in(engine, offered, keys, absent=absent, by=by)


def find_person(words: str) -> Sequence[Span]:
    """The text guard in this process, at the level for spreadsheets; it loads when it is first asked something."""
    return find(words, load_text_levels().sheet)


def take_in(
    engine: Engine,
    offered: Iterable[Offered],
    keys: StewardKeys,
    *,
    sender: str | None = None,
    absent: Sequence[str] = (),
    by: str = COMMAND,
    guard: Finder = find_person,
) -> list[Receipt]:
    """Verify every file, then load all in one transaction; what is in the store stays as it is.

    ``sender``: who brings them, when that is known: of another nothing is taken. ``by``: who loads them, as the trail
    tells. ``guard``: what finds a person in the words of a spreadsheet. Raises Refused, with a receipt of each, and the
    store as it was.
    """
    received_at = datetime.now(UTC)
    results = [_open(one, keys, sender, received_at.date(), guard) for one in offered]
    if absent or any(isinstance(one, Receipt) for one in results):
        raise Refused([one if isinstance(one, Receipt) else _held_back(one) for one in results], absent)
    opened = [one for one in results if isinstance(one, Opened)]
    with writing(engine) as connection:
        receipts = [_receive(connection, one, by, received_at) for one in opened]
        if any(receipt.outcome is Outcome.REFUSED for receipt in receipts):
            # Only now could it be held against the store, which stays as it was.
            refused = [
                receipt if receipt.outcome is Outcome.REFUSED else _held_back(one)
                for one, receipt in zip(opened, receipts, strict=True)
            ]
            raise Refused(refused, ())
        for receipt in receipts:
            if receipt.outcome is Outcome.LOADED:
                about = f"{receipt.supplier} {receipt.subject} {receipt.until or receipt.period}"
                write(connection, Act.LOAD, by, about, received_at)
        return receipts


def _open(offered: Offered, keys: StewardKeys, sender: str | None, today: date, guard: Finder) -> Opened | Receipt:
    """The file opened and without errors, or the receipt that says why not."""
    if offered.name.lower().endswith(SHEET_SUFFIX):
        return _open_sheet(offered, sender, today, guard)
    if offered.name.lower().endswith(EVENTS_SUFFIX):
        return _open_events(offered, keys, sender)
    try:
        delivery = open_delivery(offered.name, offered.content, keys.identity, keys.suppliers)
    except DeliveryError as error:
        # Whose it is, only its envelope says, and that cannot be trusted now.
        subject = None if error.code is Fault.NO_DELIVERY else DELIVERY
        return Receipt(offered.name, Outcome.REFUSED, [opening.finding(error)], subject=subject)
    if sender not in (None, delivery.manifest.institution):
        return _of_another(offered)
    opened = Opened(offered.name, delivery, check(delivery))
    return _refused(opened) if blocks(opened.findings) else opened


def _open_events(offered: Offered, keys: StewardKeys, sender: str | None) -> Opened | Receipt:
    try:
        events = open_events(offered.name, offered.content, keys.identity, keys.suppliers)
    except DeliveryError as error:
        return Receipt(offered.name, Outcome.REFUSED, [opening.finding(error)], subject=LINKED_EVENTS)
    return Opened(offered.name, events, ()) if sender in (None, events.header.institution) else _of_another(offered)


def _open_sheet(offered: Offered, sender: str | None, today: date, guard: Finder) -> Opened | Receipt:
    try:
        check_workbook(offered.name, offered.content, TEMPLATE)
        sheet = read_sheet(offered.content, today)
    except TooLarge:
        too_large = Finding(reading_rules.WORKBOOK_TOO_LARGE, opening.FILE, (), ())
        return Receipt(offered.name, Outcome.REFUSED, [too_large])
    except NotReadable as fault:
        return Receipt(offered.name, Outcome.REFUSED, fault.findings, fault.supplier, fault.code, period=fault.period)
    if sender not in (None, sheet.supplier):
        return _of_another(offered)
    opened = Opened(offered.name, sheet, sheet_rules.check(sheet, today, guard))
    return _refused(opened) if blocks(opened.findings) else opened


def _of_another(offered: Offered) -> Receipt:
    """Who brings what is another's learns nothing of it."""
    return Receipt(offered.name, Outcome.REFUSED, [Finding(reading_rules.SUPPLIER_NOT_YOU, opening.FILE, (), ())])


def _receipt(opened: Opened, outcome: Outcome, findings: Sequence[Finding]) -> Receipt:
    what = opened.what
    if isinstance(what, EventsFile):
        header = what.header
        return Receipt(
            opened.name,
            outcome,
            findings,
            header.institution,
            LINKED_EVENTS,
            until=header.until,
            rows={TABLE: header.rows},
        )
    if isinstance(what, Sheet):
        return Receipt(
            opened.name,
            outcome,
            findings,
            what.supplier,
            what.code,
            period=what.period,
            rows={what.code: len(what.table)},
        )
    manifest = what.manifest
    return Receipt(
        opened.name,
        outcome,
        findings,
        manifest.institution,
        DELIVERY,
        until=manifest.until,
        rows={name: entry.rows for name, entry in manifest.tables.items()},
        manifest=manifest,
    )


def _refused(opened: Opened) -> Receipt:
    return replace(_receipt(opened, Outcome.REFUSED, opened.findings), rows={})


def _held_back(opened: Opened) -> Receipt:
    return replace(_receipt(opened, Outcome.HELD_BACK, opened.findings), rows={})


def _receive(connection: Connection, opened: Opened, by: str, received_at: datetime) -> Receipt:
    if isinstance(opened.what, Sheet):
        return _receive_sheet(connection, opened, opened.what, received_at)
    if isinstance(opened.what, EventsFile):
        return _receive_events(connection, opened, opened.what, by, received_at)
    return _receive_delivery(connection, opened, opened.what, received_at)


def _receive_delivery(connection: Connection, opened: Opened, delivery: Delivery, received_at: datetime) -> Receipt:
    institution, until = delivery.manifest.institution, delivery.manifest.until
    before = current_delivery(connection, institution)
    if find_delivery(connection, institution, delivery.payload_sha256):
        # Nothing counts when its counts are erased.
        yields_to = None if before is None or before.payload_sha256 == delivery.payload_sha256 else before.until
        return replace(_receipt(opened, Outcome.KNOWN, opened.findings), yields_to=yields_to)
    warnings = list(opened.findings)
    replaces = before is not None and before.until <= until
    if before is not None and replaces:
        previous = Previous(before.until, _clocks(connection, institution, before.id))
        warnings += compare(Succession(delivery, previous))
    insert_delivery(connection, delivery, received_at)
    insert_warnings(connection, institution, delivery.payload_sha256, to_json(warnings))
    return replace(
        _receipt(opened, Outcome.LOADED, warnings),
        replaces=before.until if before is not None and replaces else None,
        yields_to=before.until if before is not None and not replaces else None,
    )


def _receive_events(
    connection: Connection, opened: Opened, events: EventsFile, by: str, received_at: datetime
) -> Receipt:
    wrong = linked.check(connection, events, received_at.date())
    if wrong:
        return replace(_receipt(opened, Outcome.REFUSED, wrong), rows={})
    loaded = linked.receive(connection, events, by, received_at)
    return _receipt(opened, Outcome.LOADED if loaded else Outcome.KNOWN, ())


def _receive_sheet(connection: Connection, opened: Opened, sheet: Sheet, received_at: datetime) -> Receipt:
    counted = current_sheet(connection, sheet.supplier, sheet.code, sheet.period)
    # What is standing and said again is confirmed: it is fresh from now.
    if counted is not None and counted.content_sha256 == sheet.sha256 and not sheet.template.is_standing:
        return _receipt(opened, Outcome.KNOWN, opened.findings)
    context = sheet_rules.InContext(
        sheet,
        newest_before(connection, sheet.supplier, sheet.code, sheet.period),
        _in_force(connection, sheet),
    )
    warnings = [*opened.findings, *sheet_rules.compare(context)]
    values: dict[str, object] = {
        "supplier": sheet.supplier,
        "template": sheet.code,
        "version": sheet.template.version,
        "period": sheet.period,
        "content_sha256": sheet.sha256,
        "warnings": to_json(warnings),
        "as_of": sheet.as_of,
    }
    insert_sheet(connection, values, sheet.table, received_at)
    replaces = None if counted is None else counted.received_at.date()
    return replace(_receipt(opened, Outcome.LOADED, warnings), replaces=replaces)


def _clocks(connection: Connection, institution: str, delivery_id: int) -> pd.DataFrame:
    columns = clock_counts.c
    group = (columns.clock, columns.region, columns.quarter)
    rows = connection.execute(
        select(*group, func.sum(columns.cases).label("cases"))
        .where(columns.institution == institution, columns.delivery_id == delivery_id)
        .group_by(*group)
    ).all()
    return pd.DataFrame(rows, columns=["clock", "region", "quarter", "cases"]).astype({"cases": "int64"})


def _in_force(connection: Connection, sheet: Sheet) -> dict[tuple[str, str], int]:
    """The measures in force by region and measure group at the end of the quarter of a sheet, as far as delivered."""
    if sheet.template.every != "quarter":
        return {}
    delivered = current_delivery(connection, sheet.supplier)
    if delivered is None or delivered.until < last_day(sheet.period):
        return {}
    columns = flow_counts.c
    rows = connection.execute(
        select(columns.region, columns.measure_group, columns.cases).where(
            columns.institution == sheet.supplier,
            columns.delivery_id == delivered.id,
            columns.flow == Flow.STOCK,
            columns.quarter == sheet.period,
        )
    )
    return {(row.region, row.measure_group): row.cases for row in rows}
