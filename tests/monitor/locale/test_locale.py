import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

import monitor
import pages
from monitor.locale import DUTCH, ENGLISH, catalogue

PLACEHOLDER = re.compile(r"{\w+}")
METHODS = [("**.py", "python")]


def messages() -> set[str]:
    """Every message that the screens can speak, from the code."""
    return {
        message
        for package in (monitor, pages)
        for _, _, message, _, _ in extract_from_dir(
            Path(package.__file__).parent, METHODS, keywords={"gettext": None, "N_": None}
        )
    }


def test_every_message_has_its_dutch():
    dutch = catalogue("nl")
    assert {message for message in messages() if not dutch.get(message)} == set()


def test_the_catalogue_holds_no_message_that_nobody_speaks():
    assert set(catalogue("nl")) - messages() == set()


@pytest.mark.parametrize(("english", "dutch"), catalogue("nl").items())
def test_a_translation_fills_in_the_same_names(english, dutch):
    assert set(PLACEHOLDER.findall(dutch)) == set(PLACEHOLDER.findall(english))


def test_a_call_inside_an_f_string_would_not_be_found():
    """Before Python 3.12 the extractor sees an f-string as one text: no message may stand in one."""
    hidden = re.compile(r"""\bf["'].*gettext\(""")
    sources = [path for package in (monitor, pages) for path in Path(package.__file__).parent.rglob("*.py")]
    assert [path for path in sources if hidden.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("language", "number", "day", "quarter", "listed"),
    [
        (DUTCH, "1.744", "30 september 2026", "3e kwartaal 2026", "a, b en c"),
        (ENGLISH, "1,744", "30 September 2026", "3rd quarter 2026", "a, b and c"),
    ],
)
def test_numbers_dates_and_periods_in_words(language, number, day, quarter, listed):
    assert language.number(1744) == number
    assert language.percent(71) == "71%"
    assert language.date(date(2026, 9, 30)) == day
    assert language.period("2026Q3") == quarter
    assert language.period("2025") == "2025"
    assert language.list(["a", "b", "c"]) == listed
    assert language.list(["a"]) == "a"
