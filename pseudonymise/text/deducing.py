"""Load Deduce, quietly and fast, from a cache that is built at install."""

import gc
import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pseudonymise.errors import UserError

if TYPE_CHECKING:
    from deduce import Deduce

LISTS: Final = ("data", "lookup", "src")
CACHE: Final = ("cache", "lookup_structs.pickle")  # Deduce's own names


@cache
def load_deduce() -> "Deduce":
    """Deduce with its lists: some 2 seconds and 1.1 GB, once.

    Raises UserError when there is no cache: building it takes minutes, and belongs at install.
    """
    if not is_cached():
        raise UserError(
            "De namenlijst van de tekstwacht is nog niet gemaakt. Maak haar eenmalig met: verbetermonitor text-cache"
        )
    with _quiet():
        from deduce import Deduce

        deduce = Deduce()
        gc.freeze()  # it stays: each collection that looked at it took seconds, that at the end of the process eleven
        return deduce


def is_cached() -> bool:
    """Whether there is a cache that Deduce will take: newer than each folder of its lists."""
    cache_file = _cache_file()
    lists = folder().joinpath(*LISTS)
    made = max(path.stat().st_mtime for path in (lists, *lists.rglob("**/")))
    return cache_file.exists() and cache_file.stat().st_mtime > made


def build_cache() -> bool:
    """Make the cache, once per version of Deduce: minutes. False when it was there. It appears whole or not at all."""
    if is_cached():
        return False
    target = _cache_file()
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary, _quiet():
        from deduce import Deduce

        Deduce(cache_path=temporary, build_lookup_structs=True)
        Path(temporary, *CACHE).replace(target)
    return True


def folder() -> Path:
    """Where Deduce is installed. Importing it to ask takes a second, and more (`_quiet`)."""
    spec = find_spec("deduce")
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def _cache_file() -> Path:
    """Beside Deduce's own lists: a pickle must be as trusted as the code that reads it."""
    return folder().joinpath("data", "lookup", *CACHE)


@contextmanager
def _quiet() -> Iterator[None]:
    """Import and load without what Deduce does beside that, and without collecting garbage: three times as fast.

    On import it sends every log message of the process to the screen, texts included, and resets the warnings.
    """
    root = logging.getLogger()
    mute = logging.NullHandler()
    root.addHandler(mute)  # where there is a handler, basicConfig does nothing
    collecting = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():
            yield
    finally:
        if collecting:
            gc.enable()
        root.removeHandler(mute)
