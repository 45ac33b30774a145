"""The commands `verbetermonitor roads`: lay together and erase what institutions sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import Engine

from monitor.linked.run import Made, make_run
from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade

roads = typer.Typer(
    help="Van melding tot hulp: gekoppelde gebeurtenissen bij elkaar leggen, tellen en wissen.", no_args_is_help=True
)

By = Annotated[
    str,
    typer.Option("--by", envvar="VERBETERMONITOR_USER", help="Wie dit doet; wordt vastgelegd."),
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
