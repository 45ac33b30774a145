"""Who could attack a release, and with what they know themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Final

from pseudonymise.agreement import Institution, InstitutionKind

PAIRS: Final = 15  # of six institutions all; of more a sample, the same in each release
SEED: Final = 2026


@dataclass(frozen=True)
class Attacker:
    """Nobody's own counts (an outsider), or those of some institutions, as places in the axes of their kind."""

    kind: InstitutionKind
    codes: tuple[str, ...]
    places: tuple[int, ...]


def attackers(kind: InstitutionKind, institutions: tuple[Institution, ...]) -> Iterator[Attacker]:
    """The outsider, each institution of a kind, and of the certified institutions all pairs, or PAIRS of them.

    What institutions of another kind know is of no use: they hold no part of these counts.
    """
    yield Attacker(kind, (), ())
    for size in (1, 2) if kind == "gi" else (1,):
        chosen_ones = list(combinations(enumerate(institutions), size))
        if size == 2 and len(chosen_ones) > PAIRS:
            chosen_ones = Random(SEED).sample(chosen_ones, PAIRS)
        for chosen in chosen_ones:
            yield Attacker(kind, tuple(one.code for _, one in chosen), tuple(place for place, _ in chosen))
