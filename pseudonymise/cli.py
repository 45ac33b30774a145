"""The command `verbetermonitor`, the institution's side. Other packages add subcommands by entry point."""

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from importlib.metadata import entry_points
from io import BytesIO
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console

from pseudonymise.agreement import Institution, load_agreement
from pseudonymise.delivery import Delivery, read_delivery, read_envelope, replace_file
from pseudonymise.describe import describe_delivery, describe_manifest, describe_risk
from pseudonymise.errors import UserError
from pseudonymise.feedback import Feedback, write_feedback
from pseudonymise.keys import (
    STEWARD,
    InstitutionKeys,
    load_institution_keys,
    load_steward_keys,
    make_institution_keys,
    make_steward_keys,
    rotate_pseudonym_key,
)
from pseudonymise.making import make_delivery
from pseudonymise.plausibility import heaped, implausible, same_day
from pseudonymise.problems import shortened
from pseudonymise.risk import measure_risk
from pseudonymise.sources.mapping import load_mapping
from pseudonymise.text import Level

LINK = "link"
PLUGINS = "verbetermonitor.commands"
KEYS = Path("var/keys")

KeysFolder = Annotated[Path, typer.Option("--keys", envvar="VERBETERMONITOR_KEYS", help="Map met de sleutels.")]

# No completion to install, and never a traceback that shows local values: they may be of a person.
app = typer.Typer(
    help="Van dossiers naar een aanlevering die geen persoon kan bevatten.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command. The one place where errors become a message and an exit status.

    A UserError is shown as its message, status 2. Anything else is a fault of ours, status 1: its type and
    the place in the code are shown, never its message or a traceback, as these could quote a row.
    """
    try:
        words = sys.argv[1:] if arguments is None else list(arguments)
        if not words or words[0] not in OWN:
            add_plugins()  # our own commands do without what the plugins import
        app(args=words, prog_name="verbetermonitor")
    except UserError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        typer.echo(
            f"Er ging iets mis dat wij niet voorzagen: {type(error).__name__} in {place.filename}, regel "
            f"{place.lineno}. Geef deze regel door aan de beheerder van de programmatuur, zonder uitdraai.",
            err=True,
        )
        sys.exit(1)


@cache
def add_plugins() -> None:
    """Let other packages add their subcommands; one whose extra is not installed is skipped."""
    for plugin in entry_points(group=PLUGINS):
        try:
            register = plugin.load()
        except ModuleNotFoundError as error:
            if error.name and error.name.split(".")[0] == plugin.module.split(".")[0]:
                raise
            continue
        register(app)


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="Map waarin de voorbeelden komen.")],
    seed: Annotated[int | None, typer.Option(help="Ander getal, andere voorbeelden.")] = None,
    formats: Annotated[
        bool, typer.Option("--formats", help="In plaats daarvan een paar zaken in elk formaat, met fouten erin.")
    ] = False,
) -> None:
    """Maak verzonnen uitdraaien van acht instellingen, met hun koppelingen."""
    from sample_data.formats import write_formats
    from sample_data.generate import DEFAULT_SEED, generate

    chosen = DEFAULT_SEED if seed is None else seed
    if formats:
        planted = write_formats(out, chosen)
        typer.echo(f"{out}: {', '.join(planted)}, elk met koppeling.toml; de fouten staan in fouten.json.")
        typer.echo("Alle personen zijn verzonnen.")
        return
    with _progress() as say:
        generate(out, chosen, say)
    typer.echo(f"{out}: uitdraaien, koppelingen en sample.json gemaakt. Alle personen zijn verzonnen.")


@app.command()
def keys(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code van de instelling, of 'steward'.")],
    folder: KeysFolder = KEYS,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Alleen een nieuwe pseudoniemsleutel; de andere sleutels blijven.")
    ] = False,
) -> None:
    """Maak de sleutels van een instelling of van de beheerder, eenmalig."""
    if rotate:
        key_id = rotate_pseudonym_key(folder, _party(code).code, date.today())
        typer.echo(f"{folder}: nieuwe pseudoniemsleutel van {code}, vanaf {key_id}. De recordsleutel is dezelfde.")
    elif code == STEWARD:
        make_steward_keys(folder)
        typer.echo(f"{folder}: sleutels van de beheerder gemaakt. Geef {STEWARD}.recipient aan elke instelling.")
    else:
        make_institution_keys(folder, code)
        typer.echo(
            f"{folder}: sleutels van {code} gemaakt. Geef {code}.verify aan de beheerder en bewaar een kopie "
            "van de andere bestanden in de kluis."
        )


@app.command("inspect")
def inspect(
    export: Annotated[Path, typer.Argument(metavar="EXPORT", help="De uitdraai.")],
    mapping: Annotated[Path | None, typer.Option(help="Waar het begin van een koppeling (TOML) komt.")] = None,
) -> None:
    """Kijk wat er in een uitdraai lijkt te staan, kolom voor kolom, en maak een begin van een koppeling."""
    from pseudonymise import inspection  # the text guard below it takes seconds to load

    if mapping is not None and mapping.exists():
        raise UserError(f"{mapping}: bestaat al en wordt niet overschreven. Kies een andere naam.")
    with _progress() as say:
        say(f"{export.name} bekijken")
        found = inspection.inspect(export)
    typer.echo(inspection.in_words(found))
    if mapping is not None:
        replace_file(mapping, inspection.as_mapping(found, export.name).encode())
        typer.echo(f"{mapping}: een begin van een koppeling. Controleer elke regel.")


@app.command()
def deliver(
    institution: Annotated[str, typer.Option(metavar="CODE", help="Code van de instelling.")],
    mapping: Annotated[Path, typer.Option(help="Koppeling (TOML): welke kolom is wat.")],
    until: Annotated[
        str,
        typer.Option(metavar="JJJJ-MM-DD", help="Dag van de uitdraai: tot en met die dag staat alles erin."),
    ],
    out: Annotated[Path, typer.Option(help="De aanlevering (.zip).")],
    exports: Annotated[
        list[Path] | None, typer.Argument(metavar="[EXPORT...]", help="De uitdraaien; een query heeft er geen.")
    ] = None,
    feedback: Annotated[
        Path | None, typer.Option(help="Verslag voor de instelling zelf (.html, met de rijen in een .csv ernaast).")
    ] = None,
    previous: Annotated[
        Path | None, typer.Option(metavar="DELIVERY", help="De vorige aanlevering, om het verslag mee te vergelijken.")
    ] = None,
    folder: KeysFolder = KEYS,
) -> None:
    """Maak van uitdraaien een aanlevering. Bij een fout wordt niets geschreven."""
    party, last_day = _party(institution), _last_day(until)
    institution_keys = load_institution_keys(folder, party.code)
    columns = load_mapping(mapping)
    earlier = _own_delivery(previous, institution_keys, party.code) if previous else None
    with _progress() as say:
        sealed = BytesIO()
        made = make_delivery(exports or [], columns, party, last_day, institution_keys, sealed, say)
        raw = made.raw
        if feedback is not None:
            say("verslag maken")
            report = Feedback(
                manifest=made.manifest,
                quality=made.summary.tables["quality"],
                clocks=made.summary.tables["clocks"],
                findings=[*raw.findings, *implausible(raw, party.kind, last_day)],
                heaped=heaped(raw, party.kind),
                same_day=same_day(raw, party.kind),
                previous=earlier,
            )
            write_feedback(feedback, report)
        replace_file(out, sealed.getvalue())  # last: where there is a delivery, there is all that was asked for
    if raw.tally:
        typer.echo("Gelezen: " + ", ".join(f"{count} {what}" for what, count in raw.tally.items()) + ".")
    if raw.findings:
        typer.echo("Opgemerkt bij het lezen:")
        found = sorted(raw.findings, key=lambda finding: (finding.file, finding.row))
        typer.echo("\n".join(f"  {line}" for line in shortened([str(finding) for finding in found])))
    typer.echo(describe_manifest(made.manifest))
    if made.trajectories.implausible:
        typer.echo(
            f"  let op: datums voor het begin van de zaak of na --until: {made.trajectories.implausible}. "
            "Is de uitdraai van een latere dag, geef dan die dag op."
        )
    typer.echo(describe_risk(made.risk))
    if feedback is not None:
        typer.echo(
            f"{feedback} en {feedback.with_suffix('.csv').name} zeggen welke rijen na te kijken zijn: voor uzelf."
        )
    typer.echo(f"{out} is gemaakt. Bekijk haar met: verbetermonitor show {out}")


@app.command()
def show(
    delivery: Annotated[Path, typer.Argument(metavar="DELIVERY", help="De aanlevering (.zip).")],
    folder: KeysFolder = KEYS,
) -> None:
    """Laat zien wat er in een aanlevering staat, tabel voor tabel en kolom voor kolom."""
    code = read_envelope(delivery).institution
    _party(code)  # before it becomes part of the name of a file
    if (folder / f"{code}.age").exists():
        opened = _own_delivery(delivery, load_institution_keys(folder, code), code)
    else:
        steward = load_steward_keys(folder)
        opened = read_delivery(delivery, steward.identity, steward.suppliers)
    manifest = opened.manifest
    risk = measure_risk(opened.tables, manifest.until, manifest.registration_delay_days)
    typer.echo(describe_delivery(opened, risk))


def _own_delivery(path: Path, keys: InstitutionKeys, code: str) -> Delivery:
    return read_delivery(path, keys.identity, {code: keys.signing.public_key()})


@app.command("text-cache")
def text_cache() -> None:
    """Maak de namenlijst van de tekstwacht, eenmalig bij installatie. Duurt enkele minuten."""
    from pseudonymise.text.deducing import build_cache

    with _progress() as say:
        say("namenlijst maken")
        made = build_cache()
    typer.echo("De namenlijst van de tekstwacht is gemaakt." if made else "De namenlijst was er al.")


@app.command("text-evaluate")
def text_evaluate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Een zin per regel; wat gevonden moet: [[PER|naam]].")],
    level: Annotated[Level | None, typer.Option(help="Alleen dit niveau; anders alle drie.")] = None,
) -> None:
    """Meet wat de tekstwacht vindt in gelabelde zinnen, en wat niet. De uitkomst noemt wat is gemist."""
    from pseudonymise.text.evaluate import describe, evaluate, read_labelled

    sentences = read_labelled(file)
    for one in [level] if level else Level:
        typer.echo(describe(evaluate(sentences, one)))


def _party(code: str) -> Institution:
    institutions = load_agreement().institutions
    for institution in institutions:
        if institution.code == code:
            return institution
    raise UserError(
        "De instelling is geen partij bij de overeenkomst; verwacht een van "
        f"{', '.join(institution.code for institution in institutions)}."
    )


def _last_day(text: str) -> date:
    first = pd.Period(load_agreement().first_quarter, "Q").start_time.date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UserError("--until: is geen datum; verwacht JJJJ-MM-DD, zoals 2026-09-30.") from None
    if day < first:
        raise UserError(f"--until: ligt voor het begin van de overeenkomst ({first:%d-%m-%Y}). Geef een latere dag.")
    return day


@app.command(LINK, add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def link(context: typer.Context) -> None:
    """De gekoppelde vorm: key, blind, evaluate, translate, unblind, events en show."""
    from pseudonymise.linked.commands import app as commands  # libsodium below it takes a while to load

    commands(args=context.args, prog_name=f"verbetermonitor {LINK}")


OWN = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """What is being done now, on a terminal only: on stderr, so that stdout holds the result alone."""
    with Console(stderr=True).status("beginnen") as status:
        yield lambda message: status.update(f"{message} …")
