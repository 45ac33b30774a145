"""The whole road on invented data, by the commands that institutions and steward would type themselves."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine

import sample_data
from monitor.agenda.book import read_agenda
from monitor.agenda.notes import read_notes
from monitor.release.confirm import mark_demonstration
from monitor.release.publish import read_line
from monitor.release.status import Made
from monitor.sheets_sample import write_sheets
from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from pseudonymise.agreement import load_agreement
from pseudonymise.errors import UserError
from pseudonymise.keys import STEWARD

# The sample runs up to the end of the third quarter. Releasing the one before first shows how time passes: it is
# final by then, and the next release carries it on.
LABELS = ("2026Q2", "2026Q3")
WHO = "demonstratie"  # releases and confirms: in a demonstration one may do both


@dataclass(frozen=True)
class Stage:
    """One command of the road, and whether its result is there already."""

    arguments: tuple[str, ...]
    done: bool

    def __str__(self) -> str:
        return f"verbetermonitor {shlex.join(self.arguments)}"


def road(folder: Path) -> Iterator[Stage]:
    """The commands in order. Each is to be run, unless done, before the next is asked for."""
    sample, keys, deliveries = folder / "sample", folder / "keys", folder / "deliveries"
    index = sample / "sample.json"  # written last
    yield Stage(("sample", "--out", str(sample)), index.exists())
    codes = [institution.code for institution in load_agreement().institutions]
    for code in (STEWARD, *codes):
        last = keys / (f"{code}.recipient" if code == STEWARD else f"{code}.verify")  # the last that is written
        yield Stage(("keys", code, "--keys", str(keys)), last.exists())
    listed = json.loads(index.read_text("utf-8"))
    for code in codes:
        out = deliveries / f"{code.lower()}.zip"
        exports = [str(sample / name) for name in listed[code]["exports"]]
        options = {
            "--institution": code,
            "--mapping": str(sample / listed[code]["mapping"]),
            "--until": listed["until"],
            "--out": str(out),
            "--keys": str(keys),
        }
        words = (word for option in options.items() for word in option)
        yield Stage(("deliver", *words, *exports), out.exists())
    files = [str(deliveries / f"{code.lower()}.zip") for code in codes]
    loaded = bool(line())
    if not loaded:
        files += map(str, write_sheets(folder / "sheets", date.fromisoformat(listed["until"])))
    yield Stage(("load", "--keys", str(keys), *files), loaded)
    for label in LABELS:
        yield Stage(("release", label, "--by", WHO), label in {one.label for one in line()})
        yield Stage(("confirm", label, "--by", WHO), label in {one.label for one in line() if one.confirmed})
    invented = Path(sample_data.__file__)
    yield Stage(("agenda", str(invented.with_name("agenda.toml"))), stands(read_agenda))
    yield Stage(("notes", str(invented.with_name("notes.toml"))), stands(read_notes))


def line() -> list[Made]:
    """The releases in the store, which is marked as one of invented data."""
    engine = open_engine()
    try:
        upgrade(engine)
        mark_demonstration(engine, datetime.now(UTC))
        with engine.connect() as connection:
            return read_line(connection)
    finally:
        engine.dispose()


def stands(read: Callable[[Engine], Sequence[object]]) -> bool:
    """Whether the store has any of what is read."""
    engine = open_engine()
    try:
        return bool(read(engine))
    finally:
        engine.dispose()


def run(stage: Stage) -> None:
    """Run the command of a stage as its user would; UserError with its message when it fails."""
    command = Path(sys.executable).with_name("verbetermonitor")
    done = subprocess.run([command, *stage.arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"{stage}\n{done.stderr.strip()}")
