"""What an evaluation counts, on sentences small enough to count by hand; level *pattern*, which needs no names."""

from pathlib import Path

import pytest

from pseudonymise.errors import UserError
from pseudonymise.text import Kind, Level
from pseudonymise.text.evaluate import Count, Miss, describe, evaluate, read_labelled, wilson
from tests.pseudonymise.exports import run

SENTENCES = """\
bsn [[BSN|999990019]] van [[PER|Roos]]
woont in [[PC|6811 AB]], gebouw [[ADDR|Kerkstraat 12, 3 hoog]]

bel 06-12345678 niet
de norm is gehaald
"""


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "zinnen.txt"
    path.write_text(SENTENCES, "utf-8")
    return path


def test_counts(labelled: Path) -> None:
    result = evaluate(read_labelled(labelled), Level.PATTERN)
    assert dict(result.kinds) == {
        Kind.BSN: Count(1, 1, 1),
        Kind.PERSON: Count(0, 0, 1),
        Kind.POSTCODE: Count(1, 1, 1),
        Kind.ADDRESS: Count(0, 1, 1),
    }
    assert result.all_kinds == Count(2, 3, 4)
    assert result.misses == [Miss(1, Kind.PERSON, "Roos", False), Miss(2, Kind.ADDRESS, "Kerkstraat 12, 3 hoog", True)]
    assert (result.places.found, result.places.total) == (3, 4)
    # Of bsn van, woont in gebouw, bel 06 12345678 niet, de norm is gehaald
    # the telephone's two are hidden, and the word before the street
    assert (result.other_words.found, result.other_words.total) == (3, 13)
    assert (result.sentences.found, result.sentences.total) == (1, 2)


def test_the_command_lists_what_was_missed(labelled: Path) -> None:
    result = run("text-evaluate", labelled, "--level", "pattern")
    assert result.status == 0
    assert "alle              4  0.500 (0.15-0.85) 2/4" in result.out
    assert "    regel 1, PER: Roos\n    regel 2, ADDR: Kerkstraat 12, 3 hoog (deels)" in result.out
    assert result.out.strip() == describe(evaluate(read_labelled(labelled), Level.PATTERN))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("goed\n[[NAAM|Roos]]", "regel 2: onbekend label; verwacht een van PER"),
        ("met [[PER|Roos] gesproken", "regel 1: een label is niet af"),
        ("\n\n", "is leeg"),
    ],
)
def test_a_file_that_is_not_labelled_well_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "zinnen.txt"
    path.write_text(content, "utf-8")
    with pytest.raises(UserError, match=message) as refusal:
        read_labelled(path)
    assert "Roos" not in str(refusal.value)


def test_misspelt_labels_are_counted_apart_as_well(tmp_path: Path) -> None:
    path = tmp_path / "zinnen.txt"
    path.write_text("mail [[MAIL~|anna@voorbedl.nl]] van [[PER~|Noahh]] en [[PER|Noah]]", "utf-8")
    result = evaluate(read_labelled(path), Level.PATTERN)
    assert result.all_kinds == Count(1, 1, 3)
    assert result.misspelt == Count(1, 1, 2)
    assert "  verschreven       2  0.500 (0.09-0.91) 1/2" in describe(result)


def test_wilson_as_in_newcombe_1998() -> None:
    """Table I of Newcombe, Statistics in Medicine 17: 81/263, 15/148, 0/20 and 1/29, method 3."""
    for found, total, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(found, total) == pytest.approx((low, high), abs=5e-5)
