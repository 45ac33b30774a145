"""The commands `verbetermonitor link`: a key holder makes a key and evaluates, an institution does the rest."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from pseudonymise.agreement import load_agreement
from pseudonymise.delivery import replace_file
from pseudonymise.errors import UserError
from pseudonymise.keys import STEWARD, load_identity, load_institution_keys, load_recipient, load_suppliers
from pseudonymise.linked import events as linked_events
from pseudonymise.linked import exchange, rotation
from pseudonymise.linked.journal import Journal
from pseudonymise.linked.keys import Use, linked_terms, load_holder_key, load_public_key, make_key
from pseudonymise.linked.numbers import read_numbers

JOURNAL = "evaluations.jsonl"
SHOWN_ROWS = 20

app = typer.Typer(
    help="De gekoppelde vorm: pseudoniemen zonder dat iemand het BSN van een ander ziet.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Keys = Annotated[Path, typer.Option("--keys", envvar="VERBETERMONITOR_KEYS", help="Map met de sleutels.")]
UseOption = Annotated[Use, typer.Option("--use", help="Waarvoor: het pseudoniem, of de verschuiving van de dagen.")]
Institution = Annotated[str, typer.Option(metavar="CODE", help="Code van de instelling.")]
Period = Annotated[str, typer.Option(metavar="JJJJQn", help="Kwartaal waarvoor wordt gekoppeld, zoals 2026Q3.")]
Separator = Annotated[str, typer.Option(help="Scheidingsteken.")]
FOLDER = Path("var/keys")


@app.command()
def key(
    use: UseOption,
    folder: Keys = FOLDER,
    rotate: Annotated[bool, typer.Option("--rotate", help="Maak de volgende versie; de vorige vervalt.")] = False,
) -> None:
    """Sleutelhouder: maak de sleutel, of met --rotate de volgende."""
    public = make_key(folder, use, rotate)
    typer.echo(
        f"{folder}: sleutel voor {use} gemaakt, versie {public.version}. Geef {public.file} aan elke instelling."
    )


@app.command()
def blind(
    people: Annotated[Path, typer.Argument(metavar="PEOPLE", help="CSV met een kolom BSN.")],
    institution: Institution,
    use: UseOption,
    period: Period,
    out: Annotated[Path, typer.Option(help="De aanvraag, voor wie de sleutel houdt.")],
    state: Annotated[Path, typer.Option(help="Wat hier blijft tot het antwoord er is; versleuteld.")],
    column: Annotated[str, typer.Option(help="Naam van de kolom.")] = "bsn",
    separator: Separator = ";",
    folder: Keys = FOLDER,
) -> None:
    """Instelling: maak een aanvraag waarin geen BSN te lezen is."""
    _check(institution, period)
    keys, public = load_institution_keys(folder, institution), load_public_key(folder, use)
    if state.exists():
        raise UserError(f"{state}: bestaat al, en hoort bij een aanvraag die nog loopt. Kies een andere naam.")
    numbers = read_numbers(people, column, separator)
    if not numbers.distinct:
        raise UserError(f"{people.name}: in kolom '{column}' staat geen enkel BSN. Er is niets gemaakt.")
    with _bar("verblinden") as progress:
        request, kept = exchange.blind(numbers.distinct, institution, period, public, keys, progress)
    replace_file(state, kept)
    replace_file(out, request)
    typer.echo(f"{out}: aanvraag voor {len(numbers.distinct)} mensen. Bewaar {state}; dat gaat nergens heen.")
    typer.echo(
        f"  niet te koppelen: {numbers.unknown} rijen zonder BSN, {len(numbers.wrong)} die de elfproef niet doorstaan"
    )
    if numbers.wrong:
        more = " en verder" if len(numbers.wrong) > SHOWN_ROWS else ""
        typer.echo(f"  na te kijken in {people.name}: rij {', '.join(map(str, numbers.wrong[:SHOWN_ROWS]))}{more}")


@app.command()
def evaluate(
    request: Annotated[Path, typer.Argument(metavar="REQUEST", help="De aanvraag van een instelling.")],
    use: UseOption,
    period: Period,
    out: Annotated[Path, typer.Option(help="Het antwoord, voor de instelling.")],
    folder: Keys = FOLDER,
) -> None:
    """Sleutelhouder: beantwoord een aanvraag, zonder te zien over wie. Telt mee voor de grens van de instelling."""
    _check(None, period)
    holder, journal = load_holder_key(folder, use), Journal(folder / JOURNAL)
    content = exchange.read_file(request)
    with _bar("evalueren") as progress:
        answer = exchange.evaluate(request.name, content, period, holder, load_suppliers(folder), journal, progress)
    replace_file(out, answer)
    typer.echo(f"{out}: antwoord gemaakt met {holder.public.file}. In {folder / JOURNAL} staat wie om hoeveel vroeg.")


@app.command()
def translate(
    request: Annotated[Path, typer.Argument(metavar="REQUEST", help="De aanvraag van de monitor.")],
    old: Annotated[int, typer.Option("--from", help="Versie van de sleutel die vervalt.")],
    new: Annotated[int, typer.Option("--to", help="Versie die ervoor in de plaats komt.")],
    out: Annotated[Path, typer.Option(help="Het antwoord; versleuteld voor de monitor.")],
    folder: Keys = FOLDER,
) -> None:
    """Sleutelhouder: zet pseudoniemen over naar een nieuwe sleutel, zonder ze te zien. Wis daarna de oude sleutel."""
    linked_terms()
    one, other = (load_holder_key(folder, Use.PSEUDONYM, version) for version in (old, new))
    recipient = load_recipient(folder)
    answer = rotation.translate(
        request.name, exchange.read_file(request), one, other, recipient, Journal(folder / JOURNAL)
    )
    replace_file(out, answer)
    typer.echo(f"{out}: overgezet van {one.public.file} naar {other.public.file}.")


@app.command()
def unblind(
    evaluation: Annotated[Path, typer.Argument(metavar="EVALUATION", help="Het antwoord van wie de sleutel houdt.")],
    institution: Institution,
    use: UseOption,
    state: Annotated[Path, typer.Option(help="Wat bij de aanvraag is bewaard; wordt gewist als het is gelukt.")],
    out: Annotated[Path, typer.Option(help="De koppelingen van de eigen mensen; versleuteld, blijft hier.")],
    folder: Keys = FOLDER,
) -> None:
    """Instelling: controleer het bewijs en haal de verblinding eraf."""
    _check(institution, None)
    keys, public = load_institution_keys(folder, institution), load_public_key(folder, use)
    answer, kept = exchange.read_file(evaluation), exchange.read_file(state)
    with _bar("ontblinden") as progress:
        links = exchange.unblind(evaluation.name, answer, kept, public, keys, progress)
    exchange.write_links(out, links, keys)
    state.unlink()
    typer.echo(f"{out}: van {len(links.values)} mensen, het bewijs klopt. {state} is gewist.")


@app.command()
def events(
    source: Annotated[
        Path, typer.Argument(metavar="EVENTS", help="CSV met de kolommen bsn, milestone, date en region.")
    ],
    institution: Institution,
    pseudonyms: Annotated[Path, typer.Option(help="De koppelingen van het pseudoniem.")],
    offsets: Annotated[Path, typer.Option(help="De koppelingen van de verschuiving.")],
    until: Annotated[str, typer.Option(metavar="JJJJ-MM-DD", help="Dag van de uitdraai.")],
    out: Annotated[Path, typer.Option(help="De gekoppelde gebeurtenissen, om mee aan te leveren.")],
    separator: Separator = ";",
    folder: Keys = FOLDER,
) -> None:
    """Instelling: maak gekoppelde gebeurtenissen, zonder BSN en zonder datum."""
    _check(institution, None)
    try:
        last_day = date.fromisoformat(until)
    except ValueError:
        raise UserError("--until: is geen datum; verwacht JJJJ-MM-DD, zoals 2026-09-30.") from None
    keys = load_institution_keys(folder, institution)
    found = linked_events.read_events(source, separator, institution, last_day)
    links = exchange.read_links(pseudonyms, keys), exchange.read_links(offsets, keys)
    made = linked_events.link_events(found, *links, keys.record)
    replace_file(out, linked_events.pack_events(made, *links, last_day, keys))
    starts = int((made.frame["pseudonym"] == "").sum())
    typer.echo(f"{out}: {len(made.frame)} gebeurtenissen, waarvan {starts} een weg beginnen die niet te koppelen is.")
    typer.echo(
        f"  weggelaten: {made.not_linked} van mensen die niet te koppelen zijn, {made.before} van te lang geleden"
    )
    typer.echo(f"Bekijk haar met: verbetermonitor link show {out}")


@app.command()
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Gekoppelde gebeurtenissen.")],
    institution: Annotated[
        str | None, typer.Option(metavar="CODE", help="Als instelling; anders als beheerder.")
    ] = None,
    folder: Keys = FOLDER,
) -> None:
    """Laat zien wat er in gekoppelde gebeurtenissen staat, en dat de handtekening klopt."""
    _check(institution, None)
    identity = load_identity(folder / f"{institution or STEWARD}.age", "Gebruik de map met de eigen sleutels (--keys).")
    content = exchange.read_file(file)
    opened = linked_events.open_events(file.name, content, identity, load_suppliers(folder))
    header, frame = opened.header, opened.frame
    typer.echo(f"{header.institution}, tot en met {header.until:%d-%m-%Y}, doel {header.purpose}:")
    for milestone, count in frame["milestone"].value_counts().items():
        typer.echo(f"  {milestone}: {count} gebeurtenissen")
    typer.echo(f"  niet te koppelen en weggelaten: {header.not_linked}")
    typer.echo(f"  kolommen: {', '.join(frame.columns)}. Meer staat er niet in.")


def _check(institution: str | None, period: str | None) -> None:
    linked_terms()
    known = [party.code for party in load_agreement().institutions]
    if institution is not None and institution not in known:
        raise UserError(f"De instelling is geen partij bij de overeenkomst; verwacht een van {', '.join(known)}.")
    if period is not None and not re.match(exchange.QUARTER, period):
        raise UserError("--period: is geen kwartaal; verwacht JJJJQn, zoals 2026Q3.")


@contextmanager
def _bar(what: str) -> Iterator[exchange.Progress]:
    """How many people are done, on a terminal only: on stderr, so that stdout holds the result alone."""
    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
