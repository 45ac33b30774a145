"""Start-up, memory and characters a second of the text guard, beside Deduce alone and Presidio alone.

Run as ``python -m tests.bench.bench_text``; some two minutes. Each runs in a process of its own, on the same text: the
labelled sentences without their labels. Presidio alone is its analyzer over a blank pipeline with our identifiers.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pseudonymise.text import Level, find
from pseudonymise.text.deducing import load_deduce
from pseudonymise.text.evaluate import read_labelled

DATA = Path(__file__).parents[1] / "data" / "text"
SECONDS = 5.0  # that each reads


def texts() -> list[str]:
    files = ("sentences.txt", "unseen.txt", "professional.txt")
    return [sentence.text for name in files for sentence in read_labelled(DATA / name)]


def deduce() -> Callable[[str], object]:
    loaded = load_deduce()
    return lambda text: loaded.deidentify(text)


def presidio() -> Callable[[str], object]:
    from pseudonymise.text.engine import Analyzer
    from pseudonymise.text.identifiers import recognisers

    return Analyzer(recognisers()).find


def guard(level: Level) -> Callable[[], Callable[[str], object]]:
    return lambda: lambda text: find(text, level)


READERS: dict[str, Callable[[], Callable[[str], object]]] = {
    "Deduce alone": deduce,
    "Presidio alone": presidio,
    **{f"guard, {level}": guard(level) for level in Level},
}


def measure(name: str) -> None:
    """Print one line: seconds to the first answer, megabytes at most, characters a second after that."""
    begin = time.perf_counter()
    read = READERS[name]()
    read("De hulp is gestart.")
    started = time.perf_counter() - begin
    everything = texts()
    characters, begin = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begin) < SECONDS:
        for text in everything:
            read(text)
            characters += len(text)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"  {name:<16} {started:6.1f} s   {memory:6.0f} MB   {characters / elapsed:9,.0f} characters/s", flush=True)


def main() -> None:
    if len(sys.argv) > 1:
        measure(sys.argv[1])
        return
    print(f"{len(texts())} sentences, {sum(map(len, texts())):,} characters: first answer, memory, speed", flush=True)
    for name in READERS:
        subprocess.run([sys.executable, "-m", "tests.bench.bench_text", name], check=True)


if __name__ == "__main__":
    main()
