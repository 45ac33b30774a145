"""Serves the screens with uvicorn, warmed up before the first visitor."""

import gc
import tomllib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from monitor.inside import inside
from monitor.release.confirm import check_invented
from monitor.store.engine import open_engine

CONFIG = Path(__file__).parents[1] / ".streamlit" / "config.toml"
HEAVY = ("pandas", "plotly.graph_objects", "plotly.io", "babel.dates", "sqlalchemy.dialects.sqlite", "pages")


def serve(port: int, host: str = "127.0.0.1") -> None:
    """Blocks until stopped. Listens on this machine only, unless another ``host`` is given.

    Who looks chooses a role in sight, so only a store of invented data is served. Raises UserError for another.
    """
    if inside() is None:  # that server has no deliveries of others, and stores nothing
        engine = open_engine()
        try:
            check_invented(engine)
        finally:
            engine.dispose()
    for module in HEAVY:
        import_module(module)
    app = import_module("app").app
    # What is loaded now stays: a collection after each click would walk all of it.
    gc.collect()
    gc.freeze()
    app.run(config=settings() | {"server.port": port, "server.address": host})


def settings() -> dict[str, object]:
    """The settings of config.toml by their dotted names, whatever the working directory."""
    return dict(_dotted(tomllib.loads(CONFIG.read_text("utf-8"))))


def _dotted(section: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for name, value in section.items():
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
