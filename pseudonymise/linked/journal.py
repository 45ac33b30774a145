"""The key holder's journal (*logboek*): every request answered or refused, one line of JSON each, without a value."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pseudonymise.errors import UserError


class Journal:
    """Lines are only ever added. Between `locked` no other process reads or adds one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        if sys.platform == "win32":
            raise UserError("Evalueren kan niet op Windows: het logboek is daar niet op slot te zetten.")
        import fcntl

        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def write(self, entry: dict[str, object]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def answered(self) -> set[str]:
        """The requests that were answered, by their checksum."""
        return {entry["request"] for entry in self._entries() if entry["refused"] is None}

    def people(self, institution: str, use: str, period: str) -> int:
        """For how many people an institution was answered in a period under a use, whatever the version of the key."""
        asked = (institution, use, period)
        return sum(
            entry["people"]
            for entry in self._entries()
            if entry["refused"] is None and (entry["institution"], entry["use"], entry["period"]) == asked
        )

    def _entries(self) -> list[dict[str, Any]]:
        try:
            return [json.loads(line) for line in self._path.read_text("utf-8").splitlines()]
        except FileNotFoundError:
            return []
        except ValueError:
            raise UserError(
                f"{self._path}: het logboek is beschadigd, dus niets wordt beantwoord. Zet de bewaarde kopie terug."
            ) from None
