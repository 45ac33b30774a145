import pytest

from monitor.charts.table import Table, to_html
from monitor.locale import DUTCH, ENGLISH
from monitor.narrative.figures import Entry, Kind, count_entry, share_entry
from monitor.release.cell import (
    Bound,
    Cell,
    Missing,
    MissingReason,
    Published,
    Statistic,
    Suppressed,
    SuppressedReason,
)


def cell(figure) -> Cell:
    return Cell("shared", "plan", Statistic.SHARE, "all", "all", "all", "2026Q1", figure)


@pytest.mark.parametrize(
    ("figure", "kind", "words", "html"),
    [
        (Published(1744), Kind.PUBLISHED, "1.744", '<span class="vm-published">1.744</span>'),
        (Published(0), Kind.ZERO, "0", '<span class="vm-zero">0</span>'),
        (
            Suppressed(SuppressedReason.SMALL_COUNT),
            Kind.HIDDEN,
            "<10",
            '<span class="vm-hidden">&lt;10</span>',
        ),
        (
            Missing(MissingReason.NOT_DELIVERED),
            Kind.ABSENT,
            "niet aangeleverd",
            '<span class="vm-absent">niet aangeleverd</span>',
        ),
    ],
)
def test_published_zero_hidden_and_missing_look_and_read_differently(figure, kind, words, html):
    entry = count_entry(cell(figure), DUTCH)
    assert (entry.kind, entry.text) == (kind, words)
    assert f"<td>{html}</td>" in to_html(Table("t", ("a", "b"), ((Entry("r"), entry),)), DUTCH)


@pytest.mark.parametrize("reason", [*SuppressedReason, *MissingReason])
@pytest.mark.parametrize("language", [DUTCH, ENGLISH], ids=lambda language: language.code)
def test_every_reason_is_explained_beside_the_table(reason, language):
    figure = Suppressed(reason) if isinstance(reason, SuppressedReason) else Missing(reason)
    entry = share_entry(cell(figure), language)
    html = to_html(Table("t", ("a", "b"), ((Entry("r"), entry),)), language)
    legend = html[html.index('<dl class="vm-legend">') :]
    assert len(legend) > 100
    assert legend.count("<dt>") == 1
    assert entry.text not in ("", "-", "–")
    assert "{" not in html


def test_a_table_of_figures_needs_no_legend():
    assert "vm-legend" not in to_html(Table("t", ("a",), ((Entry("r"),),)), DUTCH)


@pytest.mark.parametrize(
    ("figure", "words", "details"),
    [
        (Published(71, 66, 76, 310), "71%", ("66–76%",)),
        (Published(98, n=300, bound=Bound.AT_LEAST), "meer dan 98%", ()),
        (Published(2, n=300, bound=Bound.AT_MOST), "minder dan 2%", ()),
    ],
)
def test_a_share_with_its_interval_or_its_bound(figure, words, details):
    entry = share_entry(cell(figure), DUTCH)
    assert (entry.text, entry.details) == (words, details)


def test_headers_name_their_cells_and_nothing_is_markup():
    table = Table("<b>t</b>", ("<i>",), ((Entry("<script>", details=("<u>",)),),), notes=("<p>",))
    html = to_html(table, DUTCH)
    assert '<th scope="col">&lt;i&gt;</th>' in html
    assert '<th scope="row">&lt;script&gt;' in html
    for escaped in ("<script>", "<b>", "<u>"):
        assert escaped not in html
