"""A table that is read as it stands: HTML with a caption, headers that name their cells, and a legend of reasons."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from monitor.locale import Language
from monitor.narrative.figures import Entry, Kind, reason_words, reasons
from monitor.release.cell import SuppressedReason

WIDE = 5  # columns that a telephone can show without scrolling the table


@dataclass(frozen=True)
class Table:
    """``rows``: the first entry of each is its header. ``notes``: sentences below it."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]
    notes: tuple[str, ...] = ()

    @property
    def entries(self) -> Iterable[Entry]:
        return (entry for row in self.rows for entry in row)


def to_html(table: Table, language: Language) -> str:
    """The table and its legend; everything in it is escaped."""
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in table.head)
    body = "".join(
        f'<tr><th scope="row">{_words(row[0])}</th>{"".join(_data(entry) for entry in row[1:])}</tr>'
        for row in table.rows
    )
    caption = escape(table.caption)
    notes = "".join(f'<p class="vm-note">{escape(note)}</p>' for note in table.notes)
    # Focusable, so that a table wider than the screen can be scrolled by keyboard.
    wide = " vm-wide" if len(table.head) > WIDE else ""
    return (
        f'<div class="vm-table{wide}" role="region" aria-label="{caption}" tabindex="0">'
        f"<table><caption><span>{caption}</span></caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f"{legend_html(table.entries, language)}"
        f"{notes}"
    )


def legend_html(entries: Iterable[Entry], language: Language) -> str:
    """Every reason that is used, in a sentence."""
    items = []
    for reason in reasons(entries):
        short, sentence = reason_words(reason, language)
        kind = Kind.HIDDEN if isinstance(reason, SuppressedReason) else Kind.ABSENT
        items.append(f"<dt>{_mark(Entry(short, kind))}</dt><dd>{escape(sentence)}</dd>")
    return f'<dl class="vm-legend">{"".join(items)}</dl>' if items else ""


def _data(entry: Entry) -> str:
    return f"<td>{_words(entry)}</td>"


def _words(entry: Entry) -> str:
    details = "".join(f'<span class="vm-detail">{escape(detail)}</span>' for detail in entry.details)
    return f"{_mark(entry)}{details}"


def _mark(entry: Entry) -> str:
    if entry.link:
        return f'<a target="_self" href="{escape(entry.link)}">{escape(entry.text)}</a>'
    if entry.kind is Kind.TEXT:
        return escape(entry.text)
    return f'<span class="vm-{entry.kind}">{escape(entry.text)}</span>'
