"""The report back to the supplier (*terugmelding*): one receipt as text, as an HTML page, and as CSV for a spreadsheet.

What is wrong, where, how to mend it, and what was accepted. Nothing that was sent in is quoted but the file's name.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO

from monitor.catalogue.expected import load_expected, supplier_name
from monitor.intake.opening import FILE
from monitor.intake.receipt import LINKED_EVENTS, Outcome, Receipt
from monitor.intake.rule import Finding, Severity
from monitor.intake.rules.columns import MANIFEST
from monitor.intake.sheets.layout import FILL_IN
from monitor.locale import N_, Language
from pseudonymise.agreement import load_agreement, region_names
from pseudonymise.delivery import TABLES
from pseudonymise.linked.events import TABLE

ROWS_SHOWN = 5
SEVERITIES = {Severity.ERROR: N_("error"), Severity.WARNING: N_("warning")}
OUTCOMES = {
    Outcome.LOADED: N_("Accepted."),
    Outcome.KNOWN: N_("Was loaded before; nothing was changed."),
    Outcome.REFUSED: N_("Refused: nothing of it was loaded, and what you delivered before stays."),
    Outcome.HELD_BACK: N_("Nothing is wrong with it, but it was not loaded: another file sent with it was refused."),
}
# At these a spreadsheet program begins to compute.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Line:
    """One finding in words."""

    severity: str
    where: str
    message: str
    remedy: str
    code: str


def lines(findings: Iterable[Finding], language: Language) -> list[Line]:
    """The errors first."""
    return [
        Line(
            language.gettext(SEVERITIES[one.rule.severity]),
            where(one, language),
            language.of(one.rule).message,
            language.of(one.rule).remedy,
            one.rule.code,
        )
        for one in errors_first(findings)
    ]


def errors_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.rule.severity is Severity.WARNING)


def where(finding: Finding, language: Language) -> str:
    """The table or sheet, the first rows and the columns."""
    parts = [_table(finding.table, language)]
    if finding.rows:
        rows = ", ".join(map(str, finding.rows[:ROWS_SHOWN]))
        more = len(finding.rows) - ROWS_SHOWN
        parts.append(
            language.gettext("row {rows} and {more} more", rows=rows, more=more)
            if more > 0
            else language.gettext("row {rows}", rows=rows)
        )
    if finding.columns and finding.rows:
        columns = ", ".join(f"'{column}'" for column in finding.columns)
        parts.append(language.gettext("column {columns}", columns=columns))
    return ", ".join(parts)


def _table(name: str, language: Language) -> str:
    if name in (*TABLES, TABLE):
        return language.gettext("table '{name}'", name=name)
    if name == FILL_IN:
        return language.gettext("sheet '{name}'", name=name)
    if name == MANIFEST:
        return language.gettext("manifest")
    if name == FILE:
        return language.gettext("the file")
    if name in region_names():
        return language.gettext("region {name}", name=region_names()[name])
    return language.period(name)


def title(receipt: Receipt, language: Language) -> str:
    """Whose it is, what it is and until when, as far as that could be read."""
    if receipt.subject is None:
        return language.gettext("A file that was not accepted")
    if receipt.is_delivery and receipt.until is None:
        return language.gettext("A delivery that could not be opened or trusted")
    if receipt.subject == LINKED_EVENTS:
        what = language.gettext("Linked events")
    else:
        what = language.of(load_expected().terms[receipt.subject]).title
    whose = supplier_name(receipt.supplier) if receipt.supplier else language.gettext("supplier not known")
    if receipt.until:
        return language.gettext(
            "{what}, {whose}, up to {day}", what=what, whose=whose, day=language.date(receipt.until)
        )
    when = language.period(receipt.period) if receipt.period else language.gettext("period not known")
    return f"{what}, {whose}, {when}"


def accepted(receipt: Receipt, language: Language) -> list[str]:
    """What came in, what it replaces, and what to mind."""
    said = []
    if receipt.outcome is Outcome.LOADED:
        rows = ", ".join(
            f"{name} {language.number(count)}" if receipt.is_delivery else language.number(count)
            for name, count in receipt.rows.items()
        )
        said.append(language.gettext("Rows: {rows}.", rows=rows))
        if receipt.manifest:
            said.append(
                language.gettext(
                    "{used} of {read} cases in the source are on a clock.",
                    used=language.number(receipt.manifest.rows_used),
                    read=language.number(receipt.manifest.rows_read),
                )
            )
    if receipt.replaces and receipt.is_delivery:
        said.append(language.gettext("Replaces the delivery up to {day}.", day=language.date(receipt.replaces)))
    elif receipt.replaces:
        said.append(language.gettext("Replaces what was received on {day}.", day=language.date(receipt.replaces)))
    if receipt.yields_to:
        said.append(
            language.gettext(
                "Mind: it does not count, since the one up to {day} is newer.", day=language.date(receipt.yields_to)
            )
        )
    if receipt.manifest and receipt.manifest.missing_milestones and receipt.outcome is not Outcome.REFUSED:
        milestones = {one.code: language.of(one) for one in load_agreement().milestones}
        missing = ", ".join(milestones[code] for code in receipt.manifest.missing_milestones)
        said.append(language.gettext("Mind: not in the source: {milestones}.", milestones=missing))
    return said


def to_text(receipt: Receipt, language: Language) -> str:
    """For a terminal: every finding begins with the file, so that a line speaks for itself."""
    outcome = language.gettext(OUTCOMES[receipt.outcome])
    shown = [f"{receipt.name}: {title(receipt, language)}"]
    shown += [f"  {line}" for line in (outcome, *accepted(receipt, language))]
    for line in lines(receipt.findings, language):
        shown.append(f"  {line.severity}: {receipt.name}, {line.where}: {line.message} [{line.code}]")
        shown.append(f"    {line.remedy}")
    return "\n".join(shown)


def to_csv(receipts: Sequence[Receipt], language: Language) -> bytes:
    """A line for each finding, and one for a file without. With a semicolon and a mark of UTF-8, as Excel opens it."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        language.gettext(name)
        for name in (
            N_("File"),
            N_("What"),
            N_("Outcome"),
            N_("Kind"),
            N_("Table or sheet"),
            N_("Rows"),
            N_("Columns"),
            N_("What is wrong"),
            N_("How to mend it"),
            N_("Code"),
        )
    )
    for receipt in receipts:
        of_file = [receipt.name, title(receipt, language), language.gettext(OUTCOMES[receipt.outcome])]
        if not receipt.findings:
            writer.writerow(_harmless([*of_file, *[""] * 7]))
        for finding, line in zip(errors_first(receipt.findings), lines(receipt.findings, language), strict=True):
            columns = ", ".join(finding.columns)
            rows = " ".join(map(str, finding.rows))
            table = _table(finding.table, language)
            found = [line.severity, table, rows, columns, line.message, line.remedy, line.code]
            writer.writerow(_harmless([*of_file, *found]))
    return text.getvalue().encode("utf-8-sig")


def _harmless(cells: Iterable[str]) -> list[str]:
    """No cell that a spreadsheet program would take for a formula: the name of a file is its sender's."""
    return [f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells]


STYLE = """
body { font-family: system-ui, sans-serif; color: #111; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; overflow-wrap: anywhere; }
.outcome { border-left: 4px solid #154273; padding-left: .6rem; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid #d9d9d9; }
"""


def to_html(receipts: Sequence[Receipt], language: Language) -> str:
    """A page that needs nothing else: everything in it is escaped, and it asks nobody for anything."""
    heading = escape(language.gettext("Report on your delivery"))
    parts = "".join(_section(receipt, language) for receipt in receipts)
    return (
        f'<!doctype html>\n<html lang="{language.code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{heading}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{heading}</h1>{parts}</main></body></html>\n"
    )


def _section(receipt: Receipt, language: Language) -> str:
    said = "".join(f"<li>{escape(line)}</li>" for line in accepted(receipt, language))
    file = language.gettext("File: {name}", name=receipt.name)
    outcome = language.gettext(OUTCOMES[receipt.outcome])
    return (
        f"<section><h2>{escape(title(receipt, language))}</h2>"
        f"<p>{escape(file)}</p>"
        f'<p class="outcome">{escape(outcome)}</p>'
        f"{f'<ul>{said}</ul>' if said else ''}{findings_table(receipt.findings, language)}</section>"
    )


def findings_table(findings: Sequence[Finding], language: Language) -> str:
    """What is wrong, as an HTML table; a sentence when nothing is."""
    if not findings:
        nothing = language.gettext("Nothing to mend.")
        return f"<p>{escape(nothing)}</p>"
    head = (N_("Kind"), N_("Where"), N_("What is wrong"), N_("How to mend it"), N_("Code"))
    names = [language.gettext(name) for name in head]
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(
        f'<tr><th scope="row">{escape(line.severity)}</th><td>{escape(line.where)}</td><td>{escape(line.message)}</td>'
        f"<td>{escape(line.remedy)}</td><td><code>{escape(line.code)}</code></td></tr>"
        for line in lines(findings, language)
    )
    caption = escape(language.gettext("What to mend"))
    return (
        f'<div class="scroll" role="region" aria-label="{caption}" tabindex="0"><table><caption>{caption}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>"
    )
