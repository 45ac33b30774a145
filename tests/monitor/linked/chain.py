"""Roads case by case: what each institution knows, what it sends, and the road reckoned from dates in plain Python."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

import pandas as pd

from pseudonymise.agreement import load_agreement
from pseudonymise.linked.events import COLUMNS, EventsFile, EventsHeader
from pseudonymise.linked.exchange import OFFSET_DAYS

EPOCH = date(1970, 1, 1)
UNTIL = date(2026, 9, 30)
REPORT, HELP = "report_received", "help_started"
UNKNOWN_DAY = None


@dataclass(frozen=True)
class Child:
    """``reports``: day of the first report by Veilig Thuis, with its region. ``helps``: days of help by institution;
    UNKNOWN_DAY for one that nobody knows. ``number``: 0 when nobody knows it."""

    number: int
    reports: Mapping[str, tuple[date, str]] = field(default_factory=dict)
    helps: Iterable[tuple[str, date | None]] = ()


def key(institution: str, number: int) -> int:
    return int.from_bytes(sha256(f"{institution}{number}".encode()).digest()[:4], "big")


def quarter(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def events_of(children: Iterable[Child], *, version: str = "1") -> dict[str, pd.DataFrame]:
    """What each institution sends: pseudonyms and offsets as two keys would give them."""
    rows: dict[str, list[tuple[object, ...]]] = {one.code: [] for one in load_agreement().linked_parties}
    for place, child in enumerate(children):
        known = child.number > 0
        digest = sha256(f"offset{child.number}".encode()).digest()
        offset = int.from_bytes(digest[:2], "big")
        pseudonym = sha256(f"{version}{child.number}".encode()).hexdigest() if known else ""

        def shifted(day: date | None, known: bool = known, offset: int = offset) -> int | None:
            return ((day - EPOCH).days + offset) % OFFSET_DAYS if known and day else None

        for code, (day, region) in child.reports.items():
            rows[code].append(
                (pseudonym, REPORT, shifted(day), quarter(day), region, key(code, child.number or -place))
            )
        for code, helped in child.helps:
            if known:
                rows[code].append((pseudonym, HELP, shifted(helped), "", "", None))
    return {
        code: pd.DataFrame(sent, columns=list(COLUMNS)).astype(
            {"day": "Int64", "key": "Int64", "pseudonym": "str", "quarter": "str", "region": "str"}
        )
        for code, sent in rows.items()
    }


def file_of(
    institution: str,
    frame: pd.DataFrame,
    *,
    until: date = UNTIL,
    key_version: int = 1,
    offset_version: int = 1,
    copy: int = 0,
) -> EventsFile:
    """As opened; encrypted again it is another ``copy``."""
    header = EventsHeader(
        institution=institution,
        agreement_version=load_agreement().version,
        purpose="report_to_help",
        key_version=key_version,
        offset_version=offset_version,
        period=quarter(until),
        until=until,
        rows=len(frame),
        not_linked=0,
    )
    return EventsFile(header, sha256(f"{header}{frame.to_csv()}{copy}".encode()).hexdigest(), frame)


def road(child: Child) -> tuple[str, str, str, object] | None:
    """Institution, region and quarter of the start, and the days to help: None without, "?" when nobody can know."""
    if not child.reports:
        return None
    code, (start, region) = min(child.reports.items(), key=lambda one: (one[1][0], one[0]))
    if not child.number:
        return code, region, quarter(start), "?"
    dated = [day for _, day in child.helps if day]
    if any(day < start for day in dated):
        return None
    later = [(day - start).days for day in dated]
    if later:
        return code, region, quarter(start), min(later)
    return code, region, quarter(start), "?" if list(child.helps) else None
