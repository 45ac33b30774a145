"""How much of labelled sentences the guard finds, and how much else it hides.

One sentence a line; what must be found stands as ``[[PER|Sanne de Boer]]``, with the values of `Kind` as labels, and as
``[[PER~|Sanen de Boer]]`` when it was misspelt: those are counted apart as well. A label is *fully* found when each of
its letters and digits is, and *partly* when any is. Intervals are Wilson's, 95 %.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from typing import Final

import regex

from pseudonymise.errors import UserError
from pseudonymise.text.guard import find
from pseudonymise.text.spans import Kind, Level, Span

Z: Final = 1.959964  # of a 95 % interval
_LABEL: Final = regex.compile(r"\[\[(\w+)(~?)\|(.+?)\]\]")
_WORD: Final = regex.compile(r"[\p{L}\p{M}\d]+")


@dataclass(frozen=True)
class Label:
    start: int
    end: int
    kind: Kind
    misspelt: bool = False


@dataclass(frozen=True)
class Sentence:
    """``number``: its line in the file, from 1."""

    number: int
    text: str
    labels: tuple[Label, ...]


@dataclass
class Count:
    found: int = 0
    partly: int = 0
    total: int = 0


@dataclass(frozen=True)
class Miss:
    """A label of which something stayed readable; ``hidden``: whether anything was found of it."""

    number: int
    kind: Kind
    text: str
    hidden: bool


@dataclass
class Evaluation:
    """``places``: what was found, and how much of that touches a label. ``other_words``: words outside labels."""

    level: Level
    kinds: dict[Kind, Count] = field(default_factory=lambda: defaultdict(Count))
    misspelt: Count = field(default_factory=Count)  # of the labels of all kinds, those that were misspelt
    places: Count = field(default_factory=Count)
    other_words: Count = field(default_factory=Count)
    sentences: Count = field(default_factory=Count)  # without a label, and how many of them were stopped
    misses: list[Miss] = field(default_factory=list)

    @property
    def all_kinds(self) -> Count:
        counts = self.kinds.values()
        return Count(
            sum(one.found for one in counts), sum(one.partly for one in counts), sum(one.total for one in counts)
        )


def read_labelled(path: Path) -> list[Sentence]:
    """The sentences of a file. UserError, with the line, for a label that is not one."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UserError(f"{path}: is niet te lezen; verwacht een tekstbestand in UTF-8, een zin per regel.") from None
    sentences = [_parse(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not sentences:
        raise UserError(f"{path}: is leeg; verwacht een zin per regel.")
    return sentences


def _parse(path: Path, number: int, line: str) -> Sentence:
    text, labels, at = "", [], 0
    for match in _LABEL.finditer(line):
        text += line[at : match.start()]
        if match[1] not in set(Kind):
            raise UserError(f"{path}, regel {number}: onbekend label; verwacht een van {', '.join(Kind)}.")
        labels.append(Label(len(text), len(text) + len(match[3]), Kind(match[1]), bool(match[2])))
        text += match[3]
        at = match.end()
    text += line[at:]
    if "[[" in text or "]]" in text:
        raise UserError(f"{path}, regel {number}: een label is niet af; verwacht [[PER|naam]].")
    return Sentence(number, text, tuple(labels))


def evaluate(sentences: Iterable[Sentence], level: Level) -> Evaluation:
    """Run the guard over the sentences and count, without known names."""
    result = Evaluation(level)
    for sentence in sentences:
        spans = find(sentence.text, level)
        for label in sentence.labels:
            _count_label(result, sentence, label, spans)
        result.places.total += len(spans)
        result.places.found += sum(any(_touch(span, label) for label in sentence.labels) for span in spans)
        others = [Label(match.start(), match.end(), Kind.WORD) for match in _WORD.finditer(sentence.text)]
        others = [word for word in others if not any(_touch(word, label) for label in sentence.labels)]
        result.other_words.total += len(others)
        result.other_words.found += sum(any(_touch(word, span) for span in spans) for word in others)
        if not sentence.labels:
            result.sentences.total += 1
            result.sentences.found += bool(spans)
    return result


def _count_label(result: Evaluation, sentence: Sentence, label: Label, spans: Sequence[Span]) -> None:
    signs = [at for at in range(label.start, label.end) if sentence.text[at].isalnum()]
    hidden = [at for at in signs if any(span.start <= at < span.end for span in spans)]
    for count in (result.kinds[label.kind], *([result.misspelt] if label.misspelt else [])):
        count.total += 1
        count.found += len(hidden) == len(signs)
        count.partly += bool(hidden)
    if len(hidden) < len(signs):
        missed = sentence.text[label.start : label.end]
        result.misses.append(Miss(sentence.number, label.kind, missed, bool(hidden)))


def _touch(one: Span | Label, other: Span | Label) -> bool:
    return one.start < other.end and other.start < one.end


def wilson(found: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927). (0, 1) when there is nothing to count."""
    if not total:
        return 0.0, 1.0
    share, spread = found / total, Z**2 / total
    middle = share + spread / 2
    half = Z * sqrt(share * (1 - share) / total + spread / (4 * total))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def describe(result: Evaluation) -> str:
    """The evaluation in Dutch. Lists what was missed, as it stands in the file: keep it inside your own walls."""
    lines = [f"Niveau {result.level}"]
    if result.all_kinds.total:
        lines.append(f"  {'soort':<12}{'aantal':>7}  {'geheel verborgen':<26}{'deels of geheel':<24}")
        counts = [*sorted(result.kinds.items()), ("alle", result.all_kinds)]
        counts += [("verschreven", result.misspelt)] if result.misspelt.total else []
        lines += [
            f"  {kind:<12}{count.total:>7}  {_share(count.found, count.total):<26}"
            f"{_share(count.partly, count.total):<24}"
            for kind, count in counts
        ]
        lines.append(
            f"  precisie: van wat is aangewezen raakt {_share(result.places.found, result.places.total)} een label"
        )
    lines.append(f"  andere woorden verborgen: {_share(result.other_words.found, result.other_words.total)}")
    if result.sentences.total:
        lines.append(f"  zinnen zonder label gestopt: {_share(result.sentences.found, result.sentences.total)}")
    if result.misses:
        lines.append("  niet geheel verborgen:")
        lines += [
            f"    regel {miss.number}, {miss.kind}: {miss.text}{' (deels)' if miss.hidden else ''}"
            for miss in result.misses
        ]
    return "\n".join(lines)


def _share(found: int, total: int) -> str:
    if not total:
        return "niets te tellen"
    low, high = wilson(found, total)
    return f"{found / total:.3f} ({low:.2f}-{high:.2f}) {found}/{total}"
