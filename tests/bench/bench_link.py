"""What the three steps of the linked mode take: seconds and people a second, bytes a person, on one core.

Run as ``python -m tests.bench.bench_link [people]`` (100,000 by default). The numbers are those of nobody: counted up,
and not held to the eleven test, of which fewer than that many begin with 999.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pseudonymise.agreement import load_agreement
from pseudonymise.keys import load_institution_keys, load_suppliers, make_institution_keys, make_steward_keys
from pseudonymise.linked import exchange
from pseudonymise.linked import keys as linked_keys
from pseudonymise.linked.journal import Journal
from pseudonymise.linked.keys import Use, load_holder_key, load_public_key, make_key

INSTITUTION, PERIOD = "JBGLD", "2026Q3"
T = TypeVar("T")


def timed(what: str, people: int, step: Callable[[], T]) -> T:
    begin = time.perf_counter()
    made = step()
    seconds = time.perf_counter() - begin
    print(f"  {what:<10} {seconds:7.1f} s   {people / seconds:>8,.0f} people/s", flush=True)
    return made


def quiet(done: int, total: int) -> None:
    """No progress: only the work is timed."""


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    numbers = [str(999_000_000 + number) for number in range(people)]
    agreement = load_agreement()
    assert agreement.linked is not None
    wide = agreement.model_copy(update={"linked": agreement.linked.model_copy(update={"largest_evaluations": people})})
    linked_keys.load_agreement = lambda: wide
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_steward_keys(folder)
        make_institution_keys(folder, INSTITUTION)
        make_key(folder, Use.PSEUDONYM, rotate=False)
        keys, public = load_institution_keys(folder, INSTITUTION), load_public_key(folder, Use.PSEUDONYM)
        holder, journal = load_holder_key(folder, Use.PSEUDONYM), Journal(folder / "evaluations.jsonl")
        print(f"{people:,} people, one key, a proof for every {exchange.BATCH:,}")
        request, state = timed(
            "blind", people, lambda: exchange.blind(numbers, INSTITUTION, PERIOD, public, keys, quiet)
        )
        answer = timed(
            "evaluate",
            people,
            lambda: exchange.evaluate("request", request, PERIOD, holder, load_suppliers(folder), journal, quiet),
        )
        links = timed("unblind", people, lambda: exchange.unblind("answer", answer, state, public, keys, quiet))
        if len(set(links.values.values())) != people:
            sys.exit("not every person has a pseudonym of their own")
        exchange.write_links(folder / "links", links, keys)
        kept = (folder / "links").read_bytes()
    for what, content in (("request", request), ("evaluation", answer), ("state", state), ("links", kept)):
        print(f"  {what:<10} {len(content) / people:7.1f} bytes a person")


if __name__ == "__main__":
    main()
