"""Serves the screens with uvicorn, warmed up before the first visitor."""

import gc
import tomllib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from monitor import entrance

CONFIG = Path(__file__).parents[1] / ".streamlit" / "config.toml"
HEAVY = ("pandas", "plotly.graph_objects", "plotly.io", "babel.dates", "sqlalchemy.dialects.sqlite", "pages")


def serve(port: int, host: str = "127.0.0.1") -> None:
    """Blocks until stopped. Listens on this machine only, unless another ``host`` is given.

    Raises UserError when sign-in is not set up as it should, or not at all and the data are not invented.
    """
    entrance.secrets()
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
