"""The sentences about what is reported by spreadsheet: every state in both languages, their numbers read back."""

import re
from itertools import product

import pytest

from monitor.catalogue import load_catalogue
from monitor.locale import DUTCH, ENGLISH
from monitor.narrative.reported import lists_sentence, results_sentence
from monitor.release.cell import SHARED, Cell, Missing, MissingReason, Published, Statistic, Suppressed
from monitor.release.cell import SuppressedReason as Hidden
from monitor.views.reading import TOGETHER
from monitor.views.reported import ListFigures, ResultFigures
from tests.monitor.narrative.test_sentences import FORBIDDEN

BOTH = pytest.mark.parametrize("language", [DUTCH, ENGLISH], ids=lambda one: one.code)
LISTS = (Published(1744), Published(0), Suppressed(Hidden.SMALL_COUNT), Missing(MissingReason.NOT_DELIVERED))


def cell(code, statistic, figure) -> Cell:
    return Cell(SHARED, code, statistic, "all", "all", "all", "2026Q1", figure)


def lists(waiting, throughflow) -> ListFigures:
    of = {code: cell(code, Statistic.COUNT, one) for code, one in (("waiting", waiting), ("throughflow", throughflow))}
    return ListFigures(TOGETHER, "2026Q1", **of)


def results(caseload, absence) -> tuple[ResultFigures, ...]:
    """A norm of 14 for the caseload and 7 % for absence; none for what help costs."""
    shown = (("caseload", caseload), ("absence", absence), ("help_cost", Published(21_000.0)))
    norms = load_catalogue().results
    return tuple(
        ResultFigures(code, TOGETHER, "2026Q1", cell(code, Statistic.RATIO, one), norms[code].at_most, None)
        for code, one in shown
    )


@BOTH
@pytest.mark.parametrize(("waiting", "throughflow"), list(product(LISTS, repeat=2)))
def test_the_two_lists_are_said_apart_and_what_is_hidden_is_not(language, waiting, throughflow):
    said = lists_sentence(lists(waiting, throughflow), language)
    known = [one.value for one in (waiting, throughflow) if isinstance(one, Published)]
    numbers = [float(one) for one in re.findall(r"\d+", re.sub(r"(?<=\d)[.,](?=\d{3})", "", said))]
    assert sorted(numbers) == sorted([*known, 1.0, 2026.0])
    assert not FORBIDDEN.search(said)
    assert "{" not in said


@pytest.mark.parametrize(
    ("caseload", "absence", "said"),
    [
        (13.5, 8, "Boven de norm, 1e kwartaal 2026: Verzuim 8% (ten hoogste 7%). Binnen de norm, 1e kwartaal 2026: "),
        (13.5, 7, "Binnen de norm, 1e kwartaal 2026: Caseload 13,5 per fte (ten hoogste "),
        (99, 8, "Boven de norm, 1e kwartaal 2026: Caseload 99 per fte (ten hoogste "),
    ],
)
def test_the_results_are_said_by_how_they_stand_to_their_norm(caseload, absence, said):
    words = results_sentence(results(Published(float(caseload)), Published(float(absence))), DUTCH)
    assert words.startswith(said)
    assert "21.000" not in words  # has no norm
    assert not FORBIDDEN.search(words)


@BOTH
def test_without_a_published_result_with_a_norm_that_is_said(language):
    none = Missing(MissingReason.NOT_DELIVERED)
    said = results_sentence(results(none, Suppressed(Hidden.FEW_CASES)), language)
    assert said == language.gettext(
        "No contract result with a norm was published for {period}.", period=language.period("2026Q1")
    )
