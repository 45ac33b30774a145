"""The guard in a process of its own, for a server: loading stops nobody, and its memory is given back when it ends.

Loading Deduce's lists holds Python's lock for seconds: in a thread every visitor would wait. The process ends with the
server, also when that is killed: it holds one end of a pipe, and reads its end when the server's side is gone.
"""

import os
from collections.abc import Collection
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from enum import StrEnum
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread

from pseudonymise.errors import UserError
from pseudonymise.text.guard import find
from pseudonymise.text.spans import Level, Span

UNAVAILABLE = (
    "De tekstwacht is niet beschikbaar; er is niets vastgelegd. Probeer het opnieuw of waarschuw de beheerder."
)


class State(StrEnum):
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class GuardBeside:
    """Starts loading at once, in another process. `find` waits until that is done."""

    def __init__(self, level: Level) -> None:
        self._level = level
        context = get_context("spawn")
        theirs, self._alive = context.Pipe(duplex=False)  # nothing is ever sent: it is there while we are
        self._pool = ProcessPoolExecutor(1, context, _end_with, (theirs,))
        self._first: Future[tuple[Span, ...]] = self._pool.submit(find, "", level)

    @property
    def state(self) -> State:
        """Whether it can answer at once; does not wait."""
        if not self._first.done():
            return State.LOADING
        return State.READY if self._first.exception() is None else State.FAILED

    def find(self, text: str, *, known: Collection[str] = (), owned: Collection[str] = ()) -> tuple[Span, ...]:
        """As `guard.find`. UserError when the other process is gone: what cannot be looked at is not stored."""
        try:
            return self._pool.submit(find, text, self._level, known=tuple(known), owned=tuple(owned)).result()
        except BrokenProcessPool:
            raise UserError(UNAVAILABLE) from None

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown(cancel_futures=True)
        self._alive.close()


def _end_with(parent: Connection) -> None:
    """In the other process: end it as soon as nobody holds the other end of the pipe."""

    def wait() -> None:
        try:
            parent.recv_bytes()
        except EOFError:
            os._exit(0)

    Thread(target=wait, daemon=True).start()
