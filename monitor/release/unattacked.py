"""Holds the place of the attack on a release until there is one, and says so in its audit."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection


@dataclass(frozen=True)
class Unattacked:
    passed: bool = True
    reasons: tuple[str, ...] = ()

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        return {"passed": self.passed, "reasons": list(self.reasons), "attacked": False}


def unattacked(_connection: Connection, _release_id: int) -> Unattacked:
    return Unattacked()
