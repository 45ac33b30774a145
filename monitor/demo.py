"""The whole road on invented data, by the commands that institutions and steward would type themselves."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from monitor.store.published import releases
from pseudonymise.agreement import load_agreement
from pseudonymise.errors import UserError
from pseudonymise.keys import STEWARD

LABEL = "2026Q3"  # the quarter up to which the sample runs


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
    released = is_released()
    files = (str(deliveries / f"{code.lower()}.zip") for code in codes)
    yield Stage(("load", "--keys", str(keys), *files), released)
    yield Stage(("release", LABEL), released)


def is_released() -> bool:
    engine = open_engine()
    try:
        upgrade(engine)
        with engine.connect() as connection:
            return connection.scalar(select(releases.c.id).where(releases.c.label == LABEL)) is not None
    finally:
        engine.dispose()


def run(stage: Stage) -> None:
    """Run the command of a stage as its user would; UserError with its message when it fails."""
    command = Path(sys.executable).with_name("verbetermonitor")
    done = subprocess.run([command, *stage.arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"{stage}\n{done.stderr.strip()}")
