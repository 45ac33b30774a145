"""Who could attack a release, and with what they know themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Final

PAIRS: Final = 15  # of six institutions all; of more a sample, the same in each release
SEED: Final = 2026


@dataclass(frozen=True)
class Attacker:
    """Nobody's own counts (an outsider), or those of some suppliers, as places in the list of all."""

    codes: tuple[str, ...]
    places: tuple[int, ...]


def attackers(suppliers: Sequence[str], *, pairs: bool) -> Iterator[Attacker]:
    """The outsider, each of ``suppliers``, and with ``pairs`` all of these, or PAIRS of them.

    ``suppliers``: who hold a part of the same counts. What others know is of no use.
    """
    yield Attacker((), ())
    for size in (1, 2) if pairs else (1,):
        chosen_ones = list(combinations(enumerate(suppliers), size))
        if size == 2 and len(chosen_ones) > PAIRS:
            chosen_ones = Random(SEED).sample(chosen_ones, PAIRS)
        for chosen in chosen_ones:
            yield Attacker(tuple(code for _, code in chosen), tuple(place for place, _ in chosen))
