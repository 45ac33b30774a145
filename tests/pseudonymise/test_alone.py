"""The institution's side by itself: what the base install brings, and the command with nothing else there."""

import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

SCREENS_AND_DRIVERS = {
    *("streamlit", "plotly", "uvicorn", "alembic"),
    *("psycopg", "psycopg-binary", "psycopg2", "psycopg2-binary", "asyncpg", "pg8000"),
    *("pyodbc", "pymssql", "oracledb", "cx-oracle", "pymysql", "mysqlclient", "duckdb"),
}


def brought_by(name: str, extras: Iterable[str] = (), *, seen: set[tuple[str, str]] | None = None) -> set[str]:
    """The distributions that an install of ``name`` brings, itself included, as what is installed here says."""
    seen = set() if seen is None else seen
    wanted = {"", *extras}
    fresh = {(name, extra) for extra in wanted} - seen
    seen |= fresh
    if not fresh:
        return set()
    try:
        needed = [Requirement(text) for text in requires(name) or []]
    except PackageNotFoundError:  # for another system than this
        return {name}
    found = {name}
    for one in needed:
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in wanted):
            found |= brought_by(canonicalize_name(one.name), one.extras, seen=seen)
    return found


def test_the_base_install_brings_no_screen_and_no_driver() -> None:
    base, monitor = brought_by("verbetermonitor"), brought_by("verbetermonitor", ["monitor"])
    assert {"pandas", "sqlalchemy", "presidio-analyzer", "numpy"} <= base
    assert not base & SCREENS_AND_DRIVERS
    assert {"streamlit", "plotly", "psycopg-binary"} <= monitor & SCREENS_AND_DRIVERS  # it can tell


ALONE = """
import socket, sys
from importlib.metadata import packages_distributions
from packaging.utils import canonicalize_name

BASE, OF = set(sys.argv[2].split()), packages_distributions()

class NotInstalled:
    @staticmethod
    def find_spec(name, path=None, target=None):
        brought_by = OF.get(name.split(".")[0], ["verbetermonitor"])
        if not BASE & {canonicalize_name(one) for one in brought_by}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

def refuse(*_, **__):
    raise AssertionError("the network is asked")

sys.meta_path.insert(0, NotInstalled)
socket.socket.connect = socket.getaddrinfo = refuse
from pseudonymise.cli import main

def run(*words):
    try:
        main([*words])
    except SystemExit as stop:
        if stop.code:
            sys.exit(f"{words}: {stop.code}")

folder = sys.argv[1]
run("--help")
run("sample", "--formats", "--out", f"{folder}/f")
run("keys", "steward", "--keys", f"{folder}/k")
run("keys", "JBGLD", "--keys", f"{folder}/k")
run("inspect", f"{folder}/f/ijw/berichten.zip", "--mapping", f"{folder}/begin.toml")
run("deliver", "--institution", "JBGLD", "--until", "2026-09-30", "--mapping", f"{folder}/f/csv/koppeling.toml",
    "--out", f"{folder}/csv.zip", "--feedback", f"{folder}/csv.html", "--keys", f"{folder}/k",
    f"{folder}/f/csv/export.csv")
run("show", f"{folder}/csv.zip", "--keys", f"{folder}/k")
"""


def test_the_command_does_all_its_work_with_the_base_install_alone_and_offline(tmp_path: Path) -> None:
    """In a process that finds no module which the base install does not bring, and no network."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(tmp_path), " ".join(brought_by("verbetermonitor"))],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Meer staat er niet in" in done.stdout
    assert (tmp_path / "csv.html").exists()
