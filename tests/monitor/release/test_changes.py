"""What changed, as a list and in words."""

import pytest

from monitor.locale import DUTCH, ENGLISH
from monitor.narrative.changes import changes_sentences
from monitor.release.cell import (
    ALL,
    SHARED,
    Cell,
    Missing,
    MissingReason,
    Published,
    Statistic,
    Suppressed,
    SuppressedReason,
)
from monitor.release.changes import Change, What, changes

NOT_DELIVERED, TOO_EARLY = Missing(MissingReason.NOT_DELIVERED), Missing(MissingReason.UNDETERMINABLE)


def cell(figure, period="2026Q1", *, final=False, institution=ALL, region=ALL):
    return Cell(SHARED, "plan", Statistic.SHARE, region, institution, ALL, period, figure, final=final)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (Published(58.0), Published(58.0), None),
        (TOO_EARLY, TOO_EARLY, None),
        (TOO_EARLY, Published(58.0), What.SHOWN),
        (NOT_DELIVERED, Suppressed(SuppressedReason.FEW_CASES), What.SHOWN),
        (Published(58.0), Published(61.0), What.CORRECTED),
        (Published(58.0), NOT_DELIVERED, What.MISSING),
    ],
)
def test_what_happened_to_a_group(before, after, what):
    found = changes([cell(before)], [cell(after)])
    assert [(one.what, one.indicator, one.period, one.groups) for one in found] == (
        [(what, "plan", "2026Q1", 1)] if what else []
    )


def test_a_figure_that_became_final_did_so_whether_it_changed_or_not():
    before = [
        cell(Published(58.0)),
        cell(Published(58.0), region="JZ12"),
        cell(Published(58.0), region="JZ17", final=True),
    ]
    after = [cell(Published(58.0), final=True), cell(Published(61.0), region="JZ12", final=True), before[2]]
    assert changes(before, after) == [Change(what=What.FINAL, indicator="plan", period="2026Q1", groups=2)]


def test_a_new_period_is_new_for_what_has_figures_and_missing_for_who_has_none():
    before = [cell(Published(58.0)), cell(Published(58.0), institution="WSS")]
    after = [
        *before,
        cell(Published(61.0), "2026Q2"),
        cell(NOT_DELIVERED, "2026Q2", institution="WSS"),
        cell(NOT_DELIVERED, "2026Q2", region="JZ12"),  # follows from it
        cell(Missing(MissingReason.NOT_ACTIVE), "2026Q2", institution="JVV"),
    ]
    assert changes(before, after) == [
        Change(
            what=What.MISSING,
            indicator="plan",
            period="2026Q2",
            institution="WSS",
            reason=MissingReason.NOT_DELIVERED,
            groups=1,
        ),
        Change(what=What.NEW, indicator="plan", period="2026Q2", groups=1),
    ]


def missing(indicator, institution, reason=MissingReason.UNDETERMINABLE):
    return Change(what=What.MISSING, indicator=indicator, period="2026Q3", institution=institution, reason=reason)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            DUTCH,
            [
                ("Nieuw", "2025 en 3e kwartaal 2026"),
                ("Definitief geworden", "Plan en Passende hulp, 1e kwartaal 2026"),
                ("Voor het eerst met een cijfer", "Uitstroom, 2e kwartaal 2026"),
                ("Zonder cijfer", "Alle instellingen, 3e kwartaal 2026: te vroeg (Raadsrapport)"),
                ("Zonder cijfer", "William Schrikker Stichting, 3e kwartaal 2026: niet aangeleverd (Plan)"),
            ],
        ),
        (
            ENGLISH,
            [
                ("New", "2025 and 3rd quarter 2026"),
                ("Became final", "Plan and Suitable help, 1st quarter 2026"),
                ("With a figure for the first time", "Outflow, 2nd quarter 2026"),
                ("Without a figure", "All institutions, 3rd quarter 2026: too early (Council report)"),
                ("Without a figure", "William Schrikker Stichting, 3rd quarter 2026: not delivered (Plan)"),
            ],
        ),
    ],
)
def test_in_words(language, expected):
    told = [
        *(Change(what=What.FINAL, indicator=code, period="2026Q1") for code in ("help", "plan")),
        *(Change(what=What.NEW, indicator="plan", period=period) for period in ("2026Q3", "2025")),
        Change(what=What.SHOWN, indicator="ended", period="2026Q2"),
        *(missing("council_report", institution) for institution in ("RVDK", ALL)),
        missing("plan", "WSS", MissingReason.NOT_DELIVERED),
        missing("plan", ALL, MissingReason.NOT_DELIVERED),
    ]
    assert changes_sentences(told, language) == expected


def test_who_delivered_nothing_is_told_once():
    own = ("vt_report", "vt_investigation", "vt_start", "vt_judgement")
    told = [missing(code, "VTGZ", MissingReason.NOT_DELIVERED) for code in own]
    assert changes_sentences(told, DUTCH) == [
        ("Zonder cijfer", "Veilig Thuis Gelderland-Zuid, 3e kwartaal 2026: niet aangeleverd (al haar cijfers)")
    ]


def test_no_change_is_told_too():
    assert changes_sentences([], DUTCH) == [("Wijzigingen", "geen")]
