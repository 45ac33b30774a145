"""Collects what is wrong with an export, so that its supplier can mend it in one round."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pseudonymise.errors import UserError

SHOWN = 20


@dataclass(frozen=True)
class Place:
    """Where the values of one column came from: the file, the row and the name of the column of each."""

    files: npt.NDArray[np.object_]
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.object_]

    @classmethod
    def under(cls, column: str, files: npt.NDArray[np.object_], rows: npt.NDArray[np.int64]) -> "Place":
        """All values in columns of one name."""
        return cls(files, rows, np.broadcast_to(np.array(column, dtype=object), len(rows)))

    def take(self, indices: npt.NDArray[np.int64]) -> "Place":
        return Place(self.files[indices], self.rows[indices], self.columns[indices])

    def of(self, index: int) -> str:
        return f"{self.files[index]}, rij {self.rows[index]}, kolom '{self.columns[index]}'"


@dataclass(frozen=True)
class Finding:
    """Something about one row (0: about the whole file) that its supplier should know, and that stopped nothing.

    ``rule`` is a code; ``text`` says what is the matter and what was done, and never quotes what could identify.
    """

    rule: str
    file: str
    row: int
    column: str
    text: str

    def __str__(self) -> str:
        row = f", rij {self.row}" if self.row else ""
        return f"{self.file}{row}, kolom '{self.column}': {self.text}"


def findings(rule: str, place: Place, rows: npt.NDArray[np.bool_], text: Callable[[int], str]) -> list[Finding]:
    """One finding for each row of the mask; ``text`` gets the index of the row."""
    return [
        Finding(rule, str(place.files[index]), int(place.rows[index]), str(place.columns[index]), text(int(index)))
        for index in np.flatnonzero(rows)
    ]


def shortened(lines: Sequence[str]) -> list[str]:
    """The first SHOWN lines, and how many more there were."""
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], *([f"… en nog {more}"] if more > 0 else [])]


@dataclass
class Problems:
    """The first SHOWN messages, and how many more there were."""

    messages: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, message: str) -> None:
        if len(self.messages) < SHOWN:
            self.messages.append(message)
        else:
            self.more += 1

    def add_rows(self, wrong: npt.NDArray[np.bool_], describe: Callable[[int], str]) -> None:
        """One message for each row of the mask; ``describe`` gets the index of the row."""
        indices = np.flatnonzero(wrong)
        room = SHOWN - len(self.messages)
        self.messages.extend(describe(int(index)) for index in indices[:room])
        self.more += max(0, len(indices) - room)

    def lines(self) -> list[str]:
        return [*self.messages, *([f"… en nog {self.more}"] if self.more else [])]

    def raise_if_any(self) -> None:
        if self.messages:
            raise UserError("\n".join(self.lines()))
