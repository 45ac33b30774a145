"""The report to the institution (*terugkoppeling*): what its export was like, by row, and what became of it.

For its own eyes: it names files and rows, and stays where the export is. HTML to read, and CSV with every row that
something is the matter with, to work through in the source system. It holds no case key and nothing of a person.
"""

import csv
import html
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pseudonymise.agreement import load_agreement
from pseudonymise.delivery import Delivery, Manifest, replace_file
from pseudonymise.describe import left_out_in_words
from pseudonymise.problems import Finding

SHOWN_PER_RULE = 50  # in the HTML; all stand in the CSV
MARKED_CHANGE = 0.05  # of the cases of a quarter that an earlier delivery had already
# What each rule is called: those of the reader first, then those of `plausibility`.
RULES_NL = {
    "impossible_date": "een dag die niet bestaat",
    "unknown_end": "geëindigd of overgedragen op een onbekende dag",
    "birth_date": "geen geboortedatum",
    "sources_differ": "twee bronnen zeggen iets anders",
    "code_unknown": "een code die niet bestaat",
    "type_of_other_file": "een soort uit het andere bestand",
    "reason_of_other_measure": "een reden van een andere soort",
    "bsn_eleven_test": "geen BSN",
    "message_of_no_use": "een bericht dat niets over een zaak zegt",
    "element_missing": "een leeg element",
    "assignment_number": "geen toewijzingsnummer",
    "status_unknown": "een onbekende status",
    "nothing_to_remove": "een verwijdering van niets",
    "request_rejected": "een afgewezen verzoek",
    "no_case": "hoort bij geen zaak",
    "after_extract": "na de dag van de uitdraai",
    "before_birth": "lang voor de geboorte",
    "order_after_receipt": "beschikking na de ontvangst",
    "before_its_step": "voor het begin: een negatieve duur",
    "after_end": "na het einde van de zaak",
    "out_of_order": "na een latere mijlpaal",
    "gap": "overgeslagen",
    "same_measure": "dezelfde maatregel onder twee kenmerken",
}
CSV_HEADER = ("regel", "bestand", "rij", "kolom", "wat")


@dataclass(frozen=True)
class Feedback:
    """``quality`` and ``clocks`` are the tables of the delivery; ``previous`` is the delivery before it, if any.

    ``findings``: what was noticed while reading, and then what the plausibility rules say. ``heaped``: milestone to
    the share of its dates on the first of a month. ``same_day``: milestone to the cases that took no day.
    """

    manifest: Manifest
    quality: pd.DataFrame
    clocks: pd.DataFrame
    findings: Sequence[Finding]
    heaped: dict[str, float]
    same_day: dict[str, int]
    previous: Delivery | None


def write_feedback(path: Path, feedback: Feedback) -> None:
    """The report at ``path`` (HTML), and beside it the rows in a CSV of the same name. UserError when it cannot be."""
    replace_file(path.with_suffix(".csv"), rows_as_csv(feedback.findings).encode("utf-8-sig"))
    replace_file(path, as_html(feedback, path.with_suffix(".csv").name).encode())


def rows_as_csv(findings: Iterable[Finding]) -> str:
    """One line for each finding, for a spreadsheet in Dutch: semicolons, and no cell that starts a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(CSV_HEADER)
    for one in findings:
        cells = (one.rule, one.file, one.row or "", one.column, one.text)
        writer.writerow([f"'{cell}" if str(cell)[:1] in ("=", "+", "-", "@", "\t") else cell for cell in cells])
    return buffer.getvalue()


def completeness(quality: pd.DataFrame) -> pd.DataFrame:
    """Of each milestone the cases over all quarters, and the share of those passed that have a usable date."""
    counts = quality.groupby("milestone", sort=False)[
        ["passed", "dated", "proxied", "implausible", "out_of_order", "early"]
    ].sum()
    return counts.assign(share=counts["dated"] / counts["passed"].where(counts["passed"] > 0))


def compared(feedback: Feedback) -> list[tuple[str, str, int, int]]:
    """Clock, quarter, and the cases then and now: of quarters that the previous delivery had, where they differ.

    The newest quarter that it had was not complete, and is left out.
    """
    if feedback.previous is None:
        return []
    then, now = (
        table.groupby(["clock", "quarter"])["cases"].sum()
        for table in (feedback.previous.tables["clocks"], feedback.clocks)
    )
    until = str(pd.Period(feedback.previous.manifest.until, "Q"))
    both = pd.DataFrame({"then": then, "now": now}).fillna(0).astype(int).reset_index()
    known = both[(both["quarter"] < until) & (both["then"] != both["now"])]
    return list(known.itertuples(index=False, name=None))


def as_html(feedback: Feedback, csv_name: str) -> str:
    """One page in Dutch that needs nothing from outside."""
    manifest, agreement = feedback.manifest, load_agreement()
    words = {milestone.code: milestone.nl for milestone in agreement.milestones}
    name = agreement.institution(manifest.institution).name
    parts = [
        f"<h1>Terugkoppeling aan {_safe(name)}</h1>",
        f"<p>Uitdraai tot en met {manifest.until:%d-%m-%Y}. Dit verslag is voor de instelling zelf: het noemt rijen "
        "van de uitdraai en gaat niet mee met de aanlevering.</p>",
        "<h2>Wat er van de uitdraai werd</h2>",
        f"<p>{manifest.rows_used} van {manifest.rows_read} zaken tellen mee.</p>",
        _table(
            "Weggelaten zaken, met de reden",
            ("Zaken", "Reden"),
            [(count, left_out_in_words(code)) for code, count in manifest.left_out.items()],
        ),
        "<h2>Hoe volledig elke mijlpaal is</h2>",
        _completeness(feedback, words),
        "<h2>Rijen om na te kijken</h2>",
        _findings(feedback, csv_name),
        "<h2>Vergeleken met de vorige aanlevering</h2>",
        _comparison(feedback, words),
    ]
    return PAGE.format(title=_safe(f"Terugkoppeling {manifest.institution}"), body="\n".join(parts))


def _completeness(feedback: Feedback, words: dict[str, str]) -> str:
    table = completeness(feedback.quality)
    shares = table["share"]
    missing = feedback.manifest.missing_milestones
    rows: list[Sequence[object]] = []
    for code in load_agreement().milestones_in(load_agreement().institution(feedback.manifest.institution).kind):
        if code in missing:
            rows.append((words[code], "niet in deze bron", "", "", "", "", ""))
        elif code in table.index:
            counts = [int(table[column][code]) for column in ("passed", "dated", "implausible", "out_of_order")]
            share = "" if pd.isna(shares[code]) else f"{shares[code]:.0%}"
            rows.append((words[code], share, *counts, feedback.same_day.get(code, "")))
    notes = [
        f"<p>Van '{_safe(words[code])}' valt {part:.0%} op de eerste van een maand; toeval geeft 3%. Is de dag soms "
        "niet bekend?</p>"
        for code, part in feedback.heaped.items()
    ]
    header = ("Mijlpaal", "Met datum", "Gepasseerd", "Bruikbare datum", "Kan niet", "Na een latere", "Op de dag zelf")
    return _table("Zaken in de klok van de instelling, over alle kwartalen", header, rows) + "".join(notes)


def _findings(feedback: Feedback, csv_name: str) -> str:
    if not feedback.findings:
        return "<p>Geen.</p>"
    by_rule: dict[str, list[Finding]] = {}
    for one in feedback.findings:
        by_rule.setdefault(one.rule, []).append(one)
    parts = [f"<p>{len(feedback.findings)} in totaal; alle staan in {_safe(csv_name)}.</p>"]
    for rule, found in by_rule.items():
        more = f", de eerste {SHOWN_PER_RULE}" if len(found) > SHOWN_PER_RULE else ""
        rows = [(one.file, one.row or "", one.column, one.text) for one in found[:SHOWN_PER_RULE]]
        parts.append(_table(f"{RULES_NL[rule]} ({rule}): {len(found)}{more}", ("Bestand", "Rij", "Kolom", "Wat"), rows))
    return "".join(parts)


def _comparison(feedback: Feedback, words: dict[str, str]) -> str:
    if feedback.previous is None:
        return "<p>Er is geen vorige aanlevering opgegeven (--previous).</p>"
    before, clocks = feedback.previous.manifest, {clock.code: clock.nl for clock in load_agreement().clocks}
    then, now = completeness(feedback.previous.tables["quality"]), completeness(feedback.quality)
    shares = [
        (words[code], f"{then['share'][code]:.0%}", f"{now['share'][code]:.0%}")
        for code in now.index.intersection(then.index)
        if not pd.isna(then["share"][code]) and not pd.isna(now["share"][code])
    ]
    changes = [
        (clocks[clock], quarter, old, new, "let op" if abs(new - old) > MARKED_CHANGE * max(old, 1) else "")
        for clock, quarter, old, new in compared(feedback)
    ]
    appeared = [words[code] for code in before.missing_milestones if code not in feedback.manifest.missing_milestones]
    gone = [words[code] for code in feedback.manifest.missing_milestones if code not in before.missing_milestones]
    lines = [
        f"<p>De vorige liep tot en met {before.until:%d-%m-%Y}: {before.rows_used} van {before.rows_read} zaken.</p>"
    ]
    lines += [f"<p>Nieuw in de bron: {_safe(', '.join(appeared))}.</p>"] if appeared else []
    lines += [f"<p>Niet meer in de bron: {_safe(', '.join(gone))}.</p>"] if gone else []
    lines.append(_table("Aandeel met bruikbare datum", ("Mijlpaal", "Toen", "Nu"), shares))
    header = ("Klok", "Kwartaal", "Toen", "Nu", "")
    lines.append(_table("Kwartalen waarvan het aantal zaken is veranderd", header, changes))
    return "".join(lines)


def _table(caption: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return f"<p>{_safe(caption)}: geen.</p>"
    head = "".join(f'<th scope="col">{_safe(name)}</th>' for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><caption>{_safe(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _safe(text: object) -> str:
    return html.escape(str(text))


PAGE = """<!DOCTYPE html>
<html lang="nl">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>
body {{ font: 1rem/1.5 sans-serif; color: #111; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse; margin: 1rem 0 }} caption {{ text-align: left; font-weight: bold }}
th, td {{ border-bottom: 1px solid #767676; padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top }}
</style></head>
<body><main>
{body}
</main></body></html>
"""
