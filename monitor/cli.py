"""The subcommands of the shared side of `verbetermonitor`."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from monitor.intake.load import Receipt, load
from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from pseudonymise.agreement import load_agreement
from pseudonymise.keys import load_steward_keys

KeysFolder = Annotated[
    Path, typer.Option("--keys", envvar="VERBETERMONITOR_KEYS", help="Map met de sleutels van de beheerder.")
]


def register(app: typer.Typer) -> None:
    """Add the subcommands of the shared side to the command of the institution's side."""
    app.command("load")(load_deliveries)


def load_deliveries(
    deliveries: Annotated[list[Path], typer.Argument(metavar="DELIVERY...", help="Aanleveringen (.zip).")],
    keys: KeysFolder = Path("var/keys"),
) -> None:
    """Laad aanleveringen in de opslag: alle samen, of geen enkele."""
    steward = load_steward_keys(keys)
    engine = open_engine()
    try:
        upgrade(engine)
        progress = track(
            deliveries, "Aanleveringen controleren", console=Console(stderr=True), transient=True
        )
        receipts = load(engine, progress, steward)
    finally:
        engine.dispose()
    for receipt in receipts:
        typer.echo(describe(receipt))


def describe(receipt: Receipt) -> str:
    """The report to who loads: what came in, what it replaces, and what to mind."""
    manifest = receipt.manifest
    rows = ", ".join(f"{name} {entry.rows}" for name, entry in manifest.tables.items())
    lines = [f"{receipt.path}: {manifest.institution} tot en met {_date(manifest.until)}"]
    if receipt.already_loaded:
        lines.append("was al geladen; er is niets gewijzigd")
    else:
        lines.append(f"geladen, rijen: {rows}")
        lines.append(f"{manifest.rows_used} van {manifest.rows_read} zaken uit de bron tellen mee")
    if receipt.replaces:
        lines.append(f"vervangt de aanlevering tot en met {_date(receipt.replaces)}")
    if receipt.yields_to:
        lines.append(f"let op: telt niet mee, want die tot en met {_date(receipt.yields_to)} is nieuwer")
    if manifest.missing_milestones:
        names = {milestone.code: milestone.nl for milestone in load_agreement().milestones}
        missing = ", ".join(names[code] for code in manifest.missing_milestones)
        lines.append(f"let op: niet in de bron: {missing}")
    return "\n  ".join(lines)


def _date(day: date) -> str:
    return f"{day:%d-%m-%Y}"
