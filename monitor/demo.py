"""The whole road on invented data, by the commands that institutions and steward would type themselves."""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import StringIO
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
from monitor.store.linked import newest_run
from monitor.store.migrations import upgrade
from pseudonymise.agreement import load_agreement
from pseudonymise.cli import LINK
from pseudonymise.errors import UserError
from pseudonymise.keys import STEWARD
from pseudonymise.linked.commands import app as link
from pseudonymise.linked.events import SUFFIX
from pseudonymise.linked.keys import Use

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
        """As one would type it: the hundreds of workbooks of a load as all those of their folder."""
        words = [shlex.quote(word) for word in self.arguments]
        if self.arguments[0] == "load":
            words = list(
                dict.fromkeys(
                    _all_like(word) if word.endswith(".xlsx") else shlex.quote(word) for word in self.arguments
                )
            )
        return f"verbetermonitor {' '.join(words)}"


def _all_like(workbook: str) -> str:
    """All workbooks of the folder of this one."""
    return f"{shlex.quote(str(Path(workbook).parent))}/*.xlsx"


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
    yield from linking(folder, listed)
    files += [str(deliveries / f"{code.lower()}{SUFFIX}") for code in codes if "chain" in listed[code]]
    loaded = bool(line()) or is_linked()  # what was linked is erased, and cannot be loaded again
    if not loaded:
        files += map(str, write_sheets(folder / "sheets", date.fromisoformat(listed["until"]), date.today()))
    yield Stage(("load", "--keys", str(keys), *files), loaded)
    yield Stage(("roads", "count", "--by", WHO), is_linked())
    for label in LABELS:
        yield Stage(("release", label, "--by", WHO), label in {one.label for one in line()})
        yield Stage(("confirm", label, "--by", WHO), label in {one.label for one in line() if one.confirmed})
    invented = Path(sample_data.__file__)
    yield Stage(("agenda", str(invented.with_name("agenda.toml"))), stands(read_agenda))
    yield Stage(("notes", str(invented.with_name("notes.toml"))), stands(read_notes))


def linking(folder: Path, listed: Mapping[str, Mapping[str, str]]) -> Iterator[Stage]:
    """Each institution, the custodian and the holder of the offset make linked events together.

    Each has a folder of its own, as each has in life: what goes between them stands in ``post``.
    """
    home, keys = folder / "linked", folder / "keys"
    until = date.fromisoformat(str(listed["until"]))
    period = f"{until.year}Q{(until.month + 2) // 3}"
    for use in Use:
        holder = home / f"holder-{use}"
        yield Stage(("link", "key", "--use", use, "--keys", str(holder)), (holder / f"{use}-1.public").exists())
        for verify in keys.glob("*.verify"):
            shutil.copy(verify, holder)
        shutil.copy(holder / f"{use}-1.public", keys)  # to every institution; here they share a folder
    for code in (one.code for one in load_agreement().linked_parties):
        source, out = folder / "sample" / listed[code]["chain"], folder / "deliveries" / f"{code.lower()}{SUFFIX}"
        done, name = out.exists(), code.lower()
        to, own = ("--institution", code, "--keys", str(keys)), {use: str(home / f"{name}-{use}.links") for use in Use}
        for use in Use:
            request, state, answer = (str(home / f"{name}-{use}.{part}") for part in ("request", "state", "evaluation"))
            of = ("--use", use, "--period", period)
            yield Stage(("link", "blind", str(source), *to, *of, "--out", request, "--state", state), done)
            with_key = ("--keys", str(home / f"holder-{use}"))
            yield Stage(("link", "evaluate", request, *of, *with_key, "--out", answer), done)
            yield Stage(("link", "unblind", answer, *to, "--use", use, "--state", state, "--out", own[use]), done)
        links = ("--pseudonyms", own[Use.PSEUDONYM], "--offsets", own[Use.OFFSET])
        events = ("link", "events", str(source), *to, *links, "--until", until.isoformat(), "--out", str(out))
        yield Stage(events, done)


def is_linked() -> bool:
    engine = open_engine()
    try:
        with engine.connect() as connection:
            return newest_run(connection) is not None
    finally:
        engine.dispose()


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
    """Run the command of a stage as its user would; UserError with its message when it fails.

    Those of linking are run within this process: there are fifty, and to start takes each longer than what it does.
    """
    if stage.arguments[0] == LINK:
        with redirect_stdout(StringIO()):
            link(args=stage.arguments[1:], standalone_mode=False)
        return
    command = Path(sys.executable).with_name("verbetermonitor")
    done = subprocess.run([command, *stage.arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"{stage}\n{done.stderr.strip()}")
