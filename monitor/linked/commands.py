"""The commands `verbetermonitor roads`: lay together and erase what institutions sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from monitor.linked.rotate import carry_over, waiting_under
from monitor.linked.run import Made, make_run
from monitor.release.status import name_of
from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from pseudonymise.delivery import replace_file
from pseudonymise.errors import UserError
from pseudonymise.keys import load_steward_keys
from pseudonymise.linked import rotation
from pseudonymise.linked.exchange import read_file
from pseudonymise.linked.keys import PublicKey, Use, load_public_key

roads = typer.Typer(
    help="Van melding tot hulp: gekoppelde gebeurtenissen bij elkaar leggen, tellen en wissen.", no_args_is_help=True
)

By = Annotated[
    str,
    typer.Option("--by", envvar="VERBETERMONITOR_USER", help="Wie dit doet; wordt vastgelegd."),
]
KeysFolder = Annotated[
    Path, typer.Option("--keys", envvar="VERBETERMONITOR_KEYS", help="Map met de sleutels van de beheerder.")
]

WORDS = {
    "reached": "kwamen tot hulp",
    "open": "nog zonder hulp",
    "undated": "met hulp op een dag die niemand weet",
    "no_number": "niet te koppelen: bij de melding is geen BSN bekend",
    "not_followed": "nog niet gevolgd: het kwartaal is pas voorbij",
    "helped_before": "kinderen die al hulp hadden voor de melding: geen weg",
    "help_without_report": "kinderen met hulp en zonder melding hier: geen weg",
    "help_without_number": "keer hulp van een kind zonder bekend BSN: wie dat is, is niet te zien",
}


@roads.command()
def count(by: By = "") -> None:
    """Leg bij elkaar wat er wacht, tel het, en wis de gebeurtenissen in dezelfde gang."""
    with _engine() as engine:
        typer.echo(describe(make_run(engine, by, datetime.now(UTC))))


@roads.command()
def ask(
    old: Annotated[int, typer.Option("--from", help="Versie van de sleutel waaronder de gebeurtenissen wachten.")],
    new: Annotated[int, typer.Option("--to", help="Versie waaronder de nieuwe zijn gemaakt.")],
    out: Annotated[Path, typer.Option(help="De aanvraag, voor wie de sleutel van het pseudoniem houdt.")],
    state: Annotated[Path, typer.Option(help="Wat hier blijft tot het antwoord er is; versleuteld.")],
    keys: KeysFolder = Path("var/keys"),
) -> None:
    """Vraag om pseudoniemen die wachten over te zetten naar een nieuwe sleutel. Er is geen BSN voor nodig."""
    if state.exists():
        raise UserError(f"{state}: bestaat al, en hoort bij een aanvraag die nog loopt. Kies een andere naam.")
    one, other = _versions(keys, old, new)
    steward = load_steward_keys(keys)
    with _engine() as engine:
        pseudonyms = waiting_under(engine, old)
    request, kept = rotation.ask(pseudonyms, one, other, steward.identity)
    replace_file(state, kept)
    replace_file(out, request)
    typer.echo(f"{out}: {len(pseudonyms)} pseudoniemen, verblind. Bewaar {state}; dat gaat nergens heen.")


@roads.command()
def take(
    answer: Annotated[Path, typer.Argument(metavar="ANSWER", help="Het antwoord van wie de sleutel houdt.")],
    old: Annotated[int, typer.Option("--from", help="Versie van de sleutel die vervalt.")],
    new: Annotated[int, typer.Option("--to", help="Versie die ervoor in de plaats komt.")],
    state: Annotated[Path, typer.Option(help="Wat bij de aanvraag is bewaard; wordt gewist als het is gelukt.")],
    by: By = "",
    keys: KeysFolder = Path("var/keys"),
) -> None:
    """Controleer het bewijs, en zet de gebeurtenissen die wachten over naar de nieuwe sleutel."""
    who, (one, other), steward = name_of(by), _versions(keys, old, new), load_steward_keys(keys)
    found = rotation.take(answer.name, read_file(answer), read_file(state), one, other, steward.identity)
    with _engine() as engine:
        files = carry_over(engine, old, new, found, who, datetime.now(UTC))
    state.unlink()
    typer.echo(f"{len(found)} pseudoniemen overgezet naar versie {new}, van {', '.join(files)}. {state} is gewist.")


def _versions(keys: Path, old: int, new: int) -> tuple[PublicKey, PublicKey]:
    if new <= old:
        raise UserError("--to: is geen nieuwere versie dan --from.")
    return load_public_key(keys, Use.PSEUDONYM, old), load_public_key(keys, Use.PSEUDONYM, new)


def describe(made: Made) -> str:
    """What was laid together, what could not be and why, and that it is gone."""
    lines = [
        f"{made.period}: {made.tally['roads']} wegen van melding tot hulp, gevolgd tot en met "
        f"{made.followed_until:%d-%m-%Y}, van {', '.join(made.files)}"
    ]
    if made.absent:
        lines.append(f"niet aangeleverd door {', '.join(made.absent)}: in hun regio's zijn er geen cijfers")
    lines += [f"{made.tally[code]} {words}" for code, words in WORDS.items()]
    lines.append(f"gewist: {made.erased} gebeurtenissen; er is er geen over")
    return "\n  ".join(lines)


@contextmanager
def _engine() -> Iterator[Engine]:
    engine = open_engine()
    try:
        upgrade(engine)
        yield engine
    finally:
        engine.dispose()
