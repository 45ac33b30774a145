"""A delivery in plain Dutch, for who decides whether it may leave: each table, each column, a few rows."""

from collections.abc import Mapping
from datetime import date, timedelta

from pseudonymise.agreement import load_agreement
from pseudonymise.delivery import TABLES, Delivery, LeftOut, Manifest
from pseudonymise.risk import Risk

EXAMPLE_ROWS = 3

TABLES_NL = {
    "steps": "zaken per stap van de keten",
    "clocks": "zaken per klok: wat in een kwartaal begon, en de noemer van elke stap",
    "flows": "wat eindigde, van instelling wisselde of liep",
    "quality": "hoe volledig elke mijlpaal is geregistreerd",
    "registrations": "hoe laat mijlpalen zijn ingevoerd, voor de hele instelling",
    "key_sums": "sommen van geheime recordsleutels, voor de ruis bij publicatie",
}
COLUMNS_NL = {
    "step": "stap van de keten",
    "clock": "klok",
    "flow": "soort beweging; 'stock' is de stand op de laatste dag van het kwartaal",
    "milestone": "mijlpaal",
    "table": "tabel waar de som bij hoort",
    "item": "stap, klok of beweging",
    "region": "jeugdregio (CBS-code)",
    "measure_group": "groep van de maatregel",
    "quarter": "kwartaal",
    "duration": "duur in kalender- of werkdagen, gelegd op de norm; leeg als de datum ontbreekt",
    "outcome": "bereikt, nog open, eerder geëindigd, of zonder datum gepasseerd",
    "norm_result": "wat er van de norm kwam",
    "cases": "aantal zaken",
    "passed": "zaken die de mijlpaal passeerden, met of zonder datum",
    "dated": "zaken met een bruikbare datum",
    "proxied": "zaken waarvan een andere mijlpaal de datum gaf",
    "implausible": "zaken met een datum die niet kan",
    "out_of_order": "zaken met een datum na die van een latere mijlpaal",
    "early": "zaken waarvan de datum eerder is ingevoerd dan zij was",
    "lag": "kwartalen tussen gebeuren en invoeren; 4 is een jaar of meer",
    "bin": "roosterpunt op of boven de duur",
    "key_sum": "som modulo 2^32",
}
LEFT_OUT_NL = {
    LeftOut.NO_START: "zonder datum waarop de klok begint",
    LeftOut.TOO_RECENT: "te recent: de halve maand waarin de klok begon is nog niet om",
    LeftOut.BEFORE_FIRST_QUARTER: "begonnen voor het eerste kwartaal van de overeenkomst (telt in de stand)",
    LeftOut.TRANSFERRED_IN: "overgenomen: de klok loopt bij de vorige instelling (telt in de stand)",
    LeftOut.UNKNOWN_END: "geëindigd of overgedragen op een dag die niemand kent",
    LeftOut.REGION_NOT_SERVED: "in een regio waar de instelling volgens de overeenkomst niet werkt",
}


def describe_delivery(delivery: Delivery, risk: Risk) -> str:
    """Everything that a delivery holds, its size, and what could still single someone out."""
    parts = [describe_manifest(delivery.manifest)]
    for name, columns in TABLES.items():
        table = delivery.tables[name]
        width = max(map(len, columns))
        lines = [f"{name}: {TABLES_NL[name]} ({len(table)} rijen)"]
        lines += [f"  {column:<{width}}  {COLUMNS_NL[column]}" for column in columns]
        if len(table):
            example = table.head(EXAMPLE_ROWS).astype("object").fillna("").to_string(index=False).splitlines()
            lines += ["  bijvoorbeeld:", *(f"    {row}" for row in example)]
        parts.append("\n".join(lines))
    parts.append("Meer staat er niet in: geen namen, nummers, adressen, geboortedata, datums of vrije tekst.")
    parts.append(describe_risk(risk))
    return "\n\n".join(parts)


def describe_manifest(manifest: Manifest) -> str:
    """Who delivers until when, how many cases count, and why the others do not."""
    agreement = load_agreement()
    name = agreement.institution(manifest.institution).name
    lines = [
        f"{name} ({manifest.institution}), tot en met {_day(manifest.until)}, "
        f"overeenkomst {manifest.agreement_version}",
        f"  {manifest.rows_used} van {manifest.rows_read} zaken tellen mee",
    ]
    words = {milestone.code: milestone.nl for milestone in agreement.milestones}
    lines += [f"  weggelaten: {count} {left_out_in_words(code)}" for code, count in manifest.left_out.items()]
    if manifest.missing_milestones:
        lines.append(f"  niet in de bron: {', '.join(words[code] for code in manifest.missing_milestones)}")
    lines += _describe_delay(manifest, words)
    return "\n".join(lines)


def _describe_delay(manifest: Manifest, words: Mapping[str, str]) -> list[str]:
    """How long before the extract follow-up stops, and whether that was measured or agreed."""
    days, measured = manifest.registration_delay_days, manifest.registration_delays
    slowest = [words[code] for code, delay in measured.items() if delay == days]
    origin = (
        f"gemeten: negen op de tien datums zijn dan ingevoerd, het laatst bij {', '.join(slowest)}"
        if slowest
        else "afgesproken: de bron zegt niet van elke mijlpaal, of van te weinig zaken, wanneer de datum is ingevoerd"
    )
    return [
        f"  gevolgd tot en met {_day(manifest.until - timedelta(days=days))}: de registratie loopt {days} dagen achter",
        f"    ({origin})",
    ]


def left_out_in_words(code: str) -> str:
    """Why rows are left out; ``code`` is one of `delivery.left_out_reasons`."""
    words: Mapping[str, str] = {
        **{str(reason): text for reason, text in LEFT_OUT_NL.items()},
        **{
            f"measure_type_{number}": f"soort {number}, {text}"
            for number, text in load_agreement().measure_types_without_clock.items()
        },
    }
    return words[code]


def describe_risk(risk: Risk) -> str:
    """The risk figures, each with what it means."""
    lines = ["Wat nog iemand zou kunnen aanwijzen:"]
    if risk.smallest_window is not None:
        limit = load_agreement().risk.smallest_start_window_days
        lines.append(
            f"  een begindatum is terug te rekenen tot {risk.smallest_window} dagen of meer "
            f"(minstens {limit}); het kleinst bij {risk.where}"
        )
    lines.append(
        f"  {risk.counting_one} van {risk.rows} rijen over stappen ({risk.share_counting_one:.0%}) tellen "
        "één zaak: behandel de aanlevering als persoonsgegevens"
    )
    lines.append(
        f"  {risk.single_groups} van {risk.groups} groepen (klok, regio, soort, kwartaal) hebben één zaak: wie zo'n "
        "kind kent, leest daar al zijn stappen"
    )
    lines.append(
        f"  {risk.alike} keer kwam een stap bij alle zaken van een grotere groep op hetzelfde uit: wie weet dat een "
        "kind erbij hoort, weet wat er van die stap kwam"
    )
    return "\n".join(lines)


def _day(day: date) -> str:
    return f"{day:%d-%m-%Y}"
