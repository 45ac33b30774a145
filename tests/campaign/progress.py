"""How far a campaign is, kept in a file, so that the next run goes on."""

import json
from collections import Counter
from pathlib import Path

FOLDER = Path("var/campaign")
EVERY = 50  # seeds between two times that it is written


class Progress:
    """The seeds that were tried, from 0 on, and what became of them."""

    def __init__(self, name: str, folder: Path = FOLDER) -> None:
        self._file = folder / f"{name}.json"
        kept = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {"next": 0, "counts": {}}
        self._next: int = kept["next"]
        self.counts = Counter[str](kept["counts"])

    def next(self, count: int) -> range:
        return range(self._next, self._next + count)

    def done(self, seed: int, outcome: str) -> None:
        self.counts[outcome] += 1
        self._next = seed + 1
        if self._next % EVERY == 0:
            self.write()

    def write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps({"next": self._next, "counts": self.counts}, indent=1), "utf-8")
