"""The guard in a process of its own, at level *pattern*, which loads in seconds."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import active_children
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from pseudonymise.errors import UserError
from pseudonymise.text import Kind, Level
from pseudonymise.text.beside import GuardBeside, State


@pytest.fixture
def others() -> set[BaseProcess]:
    """Processes that other tests have left running."""
    return set(active_children())


@pytest.fixture
def beside(others: set[BaseProcess]) -> Iterator[GuardBeside]:
    guard = GuardBeside(Level.PATTERN)
    yield guard
    guard.close()


def test_it_answers_from_another_process_and_refuses_when_that_dies(
    beside: GuardBeside, others: set[BaseProcess]
) -> None:
    assert beside.state is State.LOADING
    spans = beside.find("bsn 999990019, Roos", known=["Roos"])
    assert [span.kind for span in spans] == [Kind.BSN, Kind.KNOWN]
    assert beside.state is State.READY
    (child,) = set(active_children()) - others
    assert child.pid
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    with pytest.raises(UserError, match="er is niets vastgelegd"):
        beside.find("De hulp is gestart.")


SERVER = """\
import sys
from multiprocessing import active_children
from pseudonymise.text import Level
from pseudonymise.text.beside import GuardBeside

if __name__ == "__main__":
    guard = GuardBeside(Level.PATTERN)
    guard.find("De hulp is gestart.")
    print(active_children()[0].pid, flush=True)
    sys.stdin.read()
"""


def test_it_ends_when_the_server_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "server.py"
    program.write_text(SERVER, "utf-8")
    with subprocess.Popen([sys.executable, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout
        ended = os.pidfd_open(int(server.stdout.readline()))
        server.kill()
    assert select.select([ended], [], [], 30)[0], "the process outlived its server"
    os.close(ended)
