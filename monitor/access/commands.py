"""`verbetermonitor grant` and `verbetermonitor trail`: who may see what, and what was done."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.access import grants, trail
from monitor.access.roles import parse_role
from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from pseudonymise.errors import UserError

By = Annotated[
    str, typer.Option("--by", envvar="VERBETERMONITOR_USER", help="Wie dit doet; wordt in het logboek vastgelegd.")
]

grant = typer.Typer(help="Ken rollen toe, trek ze in, en zie wie welke rol heeft.", no_args_is_help=True)
trail_app = typer.Typer(
    help="Het logboek: wie deed wat, wanneer; en of er niets aan is gewijzigd.", no_args_is_help=True
)


@grant.command("give")
def give(
    who: Annotated[str, typer.Argument(metavar="E-MAIL", help="Waarmee de persoon zich aanmeldt.")],
    role: Annotated[
        str, typer.Argument(metavar="ROL", help="board, steward, auditor, quartermaster-JZ28, institution-WSS.")
    ],
    reason: Annotated[str, typer.Option(help="Waarom, zonder personen te noemen.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Laatste dag.")],
    by: By = "",
) -> None:
    """Ken iemand een rol toe, tot en met een dag."""
    engine = open_engine()
    try:
        upgrade(engine)
        given = grants.give(engine, who, parse_role(role), reason, until.date(), by, datetime.now(UTC))
    finally:
        engine.dispose()
    typer.echo(f"Toekenning {given.number}: {given.who} is {given.role.code} tot en met {given.until:%d-%m-%Y}.")


@grant.command("withdraw")
def withdraw(
    number: Annotated[int, typer.Argument(metavar="NUMMER", help="Zoals `grant list` het toont.")],
    reason: Annotated[str, typer.Option(help="Waarom, zonder personen te noemen.")],
    by: By = "",
) -> None:
    """Trek een toekenning in. Bij de volgende klik is de deur dicht."""
    engine = open_engine()
    try:
        upgrade(engine)
        ended = grants.withdraw(engine, number, reason, by, datetime.now(UTC))
    finally:
        engine.dispose()
    typer.echo(f"Toekenning {ended.number} is ingetrokken: {ended.who} is niet meer {ended.role.code}.")


@grant.command("list")
def list_grants(
    ended: Annotated[bool, typer.Option("--ended", help="Ook wat voorbij of ingetrokken is.")] = False,
) -> None:
    """Toon wie welke rol heeft, tot wanneer en waarom."""
    engine = open_engine()
    try:
        upgrade(engine)
        with engine.connect() as connection:
            found = grants.read(connection)
    finally:
        engine.dispose()
    shown = [one for one in found if ended or one.in_force(_today())]
    for one in shown:
        state = "" if one.in_force(_today()) else " (ingetrokken)" if one.withdrawn else " (voorbij)"
        typer.echo(
            f"{one.number}  {one.who}  {one.role.code}  tot en met {one.until:%d-%m-%Y}{state}  "
            f"door {one.given_by}: {one.reason}"
        )
    if not shown:
        typer.echo("Niemand heeft een rol. Geef de eerste met `verbetermonitor grant give`.")


@trail_app.command("show")
def show() -> None:
    """Toon het logboek, de oudste regel eerst; tijden in UTC."""
    engine = open_engine()
    try:
        upgrade(engine)
        with engine.connect() as connection:
            for line in trail.read(connection):
                typer.echo(f"{line.at:%Y-%m-%d %H:%M:%S}  {line.act:<9}  {line.who}  {line.about}")
    finally:
        engine.dispose()


@trail_app.command("verify")
def verify(
    noted: Annotated[
        Path | None,
        typer.Option(
            "--noted",
            metavar="FILE",
            help="Waar de uiteinden (.json) van de vorige keer staan; hierna die van nu. Bewaar het elders.",
        ),
    ] = None,
) -> None:
    """Reken het logboek na. Zegt welke regel is gewijzigd of ontbreekt, en eindigt dan met 1."""
    before = _read_noted(noted) if noted and noted.exists() else []
    engine = open_engine()
    try:
        upgrade(engine)
        with engine.connect() as connection:
            wrong = trail.verify(connection, before)
            ends = trail.ends(connection)
    finally:
        engine.dispose()
    if wrong:
        typer.echo("\n".join(["Het logboek is niet heel:", *wrong]))
        raise typer.Exit(1)
    if noted:
        noted.write_text(json.dumps([asdict(end) for end in ends], indent=2), "utf-8")
    for end in ends:
        typer.echo(f"{end.chain}: heel, tot en met regel {end.number} ({end.hash})")
    if not ends:
        typer.echo("Het logboek is nog leeg.")


def _read_noted(path: Path) -> list[trail.End]:
    try:
        return [trail.End(**one) for one in json.loads(path.read_text("utf-8"))]
    except (ValueError, TypeError) as error:
        raise UserError(f"{path}: is niet wat `trail verify --noted` schrijft. Kies het bestand van toen.") from error


def _today() -> date:
    return datetime.now(UTC).date()
