"""Linked events (*gekoppelde gebeurtenissen*): what leaves of a person, in a file of its own beside the delivery.

Of its own, and not a table of the delivery: it holds rows of people, which are erased within a month, where the counts
of a delivery stay for two years. It is sent, taken in and refused in the same way. Its columns:

pseudonym   empty for a road that cannot be linked, of which nothing but its start is told
milestone   one that the agreement names for linking
day         shifted by the offset of the person; empty where the milestone was passed on a day that nobody knows
quarter     of the event that starts a road, alone; so is what follows
region      of the youth-care region
key         record key, for the noise: the same in every file, and no pseudonym anywhere else

A shifted day is (days since 1970 + offset) modulo OFFSET_DAYS: as the offset of somebody is as likely any number below
that, so is the shifted day, whatever the date. Only the difference between two days of the same person means something.
The file is one line of JSON, one line with the signature of the institution over that line and the rest, and the rest:
CSV, encrypted to the steward and to the institution itself.
"""

import base64
import binascii
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pyrage import DecryptError, x25519

from pseudonymise.agreement import load_agreement
from pseudonymise.delivery import DeliveryError, Fault
from pseudonymise.errors import UserError
from pseudonymise.keys import InstitutionKeys
from pseudonymise.linked import oprf
from pseudonymise.linked.exchange import OFFSET_DAYS, QUARTER, Links
from pseudonymise.linked.keys import Use, linked_terms
from pseudonymise.linked.numbers import normalise, read_columns
from pseudonymise.problems import Problems
from pseudonymise.pseudonyms import record_keys

COLUMNS = ("pseudonym", "milestone", "day", "quarter", "region", "key")
SOURCE_COLUMNS = ("bsn", "milestone", "date", "region")
SUFFIX = ".events"
TABLE = "linked_events"  # what errors call it
DAY_UNKNOWN = "onbekend"  # in place of a date: it happened, and nobody knows when
RESEND = "Laat de instelling het bestand opnieuw maken en versturen."
DTYPES = {"pseudonym": "str", "milestone": "str", "day": "Int64", "quarter": "str", "region": "str", "key": "Int64"}
WIDTHS = {"day": 5, "key": 10}  # digits, zeros put before: how large a file is says how many events it holds, no more
# Of a million events this is more than enough; more is not ours.
MAX_TEXT_BYTES = 200_000_000


class EventsHeader(BaseModel):
    """What the file says of itself: counts and codes only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    institution: str
    agreement_version: str
    purpose: str
    key_version: int
    offset_version: int  # durations hold between files of one version alone
    period: str = Field(pattern=QUARTER)  # the quarter in which it was evaluated, and of `until`
    until: date
    rows: int = Field(ge=0)
    not_linked: int = Field(ge=0)  # events other than starts, of people without a number that could be linked


@dataclass(frozen=True)
class EventsFile:
    """A file opened and verified; ``sha256`` of all of it, so that a replay is known: to encrypt the same
    events again gives another."""

    header: EventsHeader
    sha256: str
    frame: pd.DataFrame


@dataclass(frozen=True)
class LinkedEvents:
    """The events that can leave, columns as in COLUMNS. ``not_linked``: events left out as of nobody known by number.
    ``before``: roads left out as they started before the agreement links, and events of before."""

    frame: pd.DataFrame
    not_linked: int
    before: int


def read_events(path: Path, separator: str, institution: str, until: date) -> pd.DataFrame:
    """Events of its own people: ``bsn`` (nine digits, "" when unknown), ``milestone``, ``date``, ``region``.

    UserError, up to twenty at once, for a milestone that the agreement does not name for linking, or a wrong date.
    """
    agreement, start, problems = load_agreement(), linked_terms().start, Problems()
    named, served = agreement.linked_milestones(institution), agreement.institution(institution).regions
    frame = read_columns(path, SOURCE_COLUMNS, separator)
    texts, milestones, regions = (frame[name].str.strip() for name in ("date", "milestone", "region"))
    days = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce")
    starts = milestones == start

    def place(index: int, column: str) -> str:
        return f"{path.name}, rij {frame.index[index]}, kolom '{column}'"

    problems.add_rows(
        ~milestones.isin(named).to_numpy(),
        lambda index: (
            f"{place(index, 'milestone')}: deze mijlpaal mag niet worden gekoppeld; de overeenkomst noemt voor "
            f"{institution} alleen {', '.join(named) or 'geen enkele'}. Laat de rij weg."
        ),
    )
    problems.add_rows(
        (days.isna() & (starts | (texts != DAY_UNKNOWN))).to_numpy(),
        lambda index: (
            f"{place(index, 'date')}: hier staat geen datum; verwacht JJJJ-MM-DD, of '{DAY_UNKNOWN}' bij een mijlpaal "
            f"die geen {start} is. Verbeter de rij."
        ),
    )
    problems.add_rows(
        (days > pd.Timestamp(until)).to_numpy(),
        lambda index: f"{place(index, 'date')}: ligt na --until. Verbeter de rij, of geef een latere dag op.",
    )
    problems.add_rows(
        (starts & ~regions.isin(served)).to_numpy(),
        lambda index: (
            f"{place(index, 'region')}: hier staat geen jeugdregio van {institution}; verwacht een van "
            f"{', '.join(served)}. Verbeter de rij."
        ),
    )
    problems.raise_if_any()
    return pd.DataFrame({"bsn": normalise(frame["bsn"]), "milestone": milestones, "date": days, "region": regions})


def link_events(events: pd.DataFrame, pseudonyms: Links, offsets: Links, record: bytes) -> LinkedEvents:
    """What of the events may leave. ``record``: the record secret of the institution.

    Of a person the first start alone, and only when it does not lie before the first quarter that is linked. Rows in
    the order of their values: the order of the cases must not show. UserError when the two links are not those of one
    institution and period.
    """
    one, other = pseudonyms.header, offsets.header
    uses, of_one = (one.use, other.use), (one.institution, one.period) == (other.institution, other.period)
    if uses != (Use.PSEUDONYM, Use.OFFSET) or not of_one:
        raise UserError("De koppelingen horen niet bij elkaar: geef die van het pseudoniem en die van de verschuiving.")
    terms = linked_terms()
    first_day = pd.Period(terms.first_quarter, "Q").start_time
    linked = events["bsn"].isin(list(pseudonyms.values)) & events["bsn"].isin(list(offsets.values))
    starts = events["milestone"] == terms.start
    known = events[linked].drop_duplicates(["bsn", "milestone", "date"]).sort_values("date", kind="stable")
    again = (known["milestone"] == terms.start) & known.duplicated(["bsn", "milestone"])
    known = pd.concat([known[~again], events[~linked & starts]])
    early = known["date"] < first_day
    known = known[~early]
    is_start = known["milestone"] == terms.start
    unlinked = ~known["bsn"].isin(list(pseudonyms.values))
    quarter = known["date"].dt.to_period("Q").astype("str").where(is_start, "")
    region = known["region"].where(is_start, "")
    # Who has no number is told apart by nothing but the order among those of the same quarter and region.
    place = known.assign(quarter=quarter, region=region, unlinked=unlinked)
    who = known["bsn"].where(
        ~unlinked, quarter + region + place.groupby(["quarter", "region", "unlinked"]).cumcount().astype("str")
    )
    shift = known["bsn"].map(offsets.offsets).where(~unlinked).astype("Int64")
    day = (known["date"] - pd.Timestamp(0)).dt.days.astype("Int64") + shift
    frame = pd.DataFrame(
        {
            "pseudonym": known["bsn"].map({number: value.hex() for number, value in pseudonyms.values.items()}),
            "milestone": known["milestone"],
            "day": day % OFFSET_DAYS,
            "quarter": quarter,
            "region": region,
            "key": pd.Series(record_keys(who, record, terms.start), known.index, dtype="Int64").where(is_start),
        }
    )
    frame["pseudonym"] = frame["pseudonym"].where(~unlinked, "").astype("str")
    return LinkedEvents(
        frame.sort_values(list(COLUMNS)).reset_index(drop=True), int((~linked & ~starts).sum()), int(early.sum())
    )


def days_between(earlier: pd.Series, later: pd.Series) -> pd.Series:
    """Calendar days from one shifted day to another of the same person, negative when it came first."""
    half = OFFSET_DAYS // 2
    return (later - earlier + half) % OFFSET_DAYS - half


def pack_events(events: LinkedEvents, pseudonyms: Links, offsets: Links, until: date, keys: InstitutionKeys) -> bytes:
    """The file that leaves, of what `link_events` made. UserError when it was evaluated for another quarter."""
    header = pseudonyms.header
    if header.period != _quarter(until):
        raise UserError(
            f"De koppelingen zijn gemaakt voor {header.period}; --until ligt in {_quarter(until)}. Maak de aanvraag "
            "opnieuw met 'verbetermonitor link blind' voor dat kwartaal."
        )
    line = _line(
        EventsHeader(
            institution=header.institution,
            agreement_version=load_agreement().version,
            purpose=header.purpose,
            key_version=header.version,
            offset_version=offsets.header.version,
            period=header.period,
            until=until,
            rows=len(events.frame),
            not_linked=events.not_linked,
        )
    )
    even = {
        name: events.frame[name].map(f"{{:0{width}d}}".format, na_action="ignore") for name, width in WIDTHS.items()
    }
    text = events.frame.assign(**even).to_csv(index=False, columns=list(COLUMNS), lineterminator="\n").encode()
    body = bytes(pyrage.encrypt(text, [keys.steward, keys.identity.to_public()]))
    return line + base64.b64encode(keys.signing.sign(line + body)) + b"\n" + body


def open_events(
    name: str, content: bytes, identity: x25519.Identity, suppliers: Mapping[str, Ed25519PublicKey]
) -> EventsFile:
    """The events in a file, signed and within the agreement; DeliveryError at the first thing wrong, without it."""
    terms, agreement = linked_terms(), load_agreement()
    line, _, rest = content.partition(b"\n")
    signature, _, body = rest.partition(b"\n")

    def refused(fault: Fault, message: str, row: int | None = None, column: str | None = None) -> DeliveryError:
        return DeliveryError(f"{name}{message}", fault, TABLE, row, column)

    try:
        header = EventsHeader.model_validate_json(line)
        suppliers[header.institution].verify(base64.b64decode(signature, validate=True), line + b"\n" + body)
        text = bytes(pyrage.decrypt(body, [identity]))
    except ValidationError:
        raise refused(Fault.NO_DELIVERY, f": zijn geen gekoppelde gebeurtenissen. {RESEND}") from None
    except KeyError:
        raise refused(
            Fault.SENDER_UNKNOWN, ": er is geen sleutel van de afzender. Zet <CODE>.verify bij --keys."
        ) from None
    except (InvalidSignature, binascii.Error):
        raise refused(
            Fault.SIGNATURE_WRONG, f": de handtekening is niet van {header.institution}. Gebruik het niet."
        ) from None
    except DecryptError:
        raise refused(Fault.KEY_DOES_NOT_OPEN, ": is niet met deze sleutel te openen.") from None
    if (header.agreement_version, header.purpose) != (agreement.version, terms.purpose):
        raise refused(
            Fault.OTHER_AGREEMENT, f": is gemaakt onder een andere overeenkomst of voor een ander doel. {RESEND}"
        )
    if header.period != _quarter(header.until) or len(text) > MAX_TEXT_BYTES:
        raise refused(Fault.MANIFEST_OUTSIDE_AGREEMENT, f": is van een ander kwartaal dan zijn laatste dag. {RESEND}")
    try:
        frame = pd.read_csv(io.BytesIO(text), dtype=DTYPES, keep_default_na=False, na_values={"day": [""], "key": [""]})
    except (ValueError, TypeError, OverflowError):
        raise refused(Fault.TABLE_UNREADABLE, f": de gebeurtenissen zijn niet te lezen. {RESEND}") from None
    if tuple(frame.columns) != COLUMNS or len(frame) != header.rows:
        raise refused(
            Fault.OTHER_ROW_COUNT, f": verwacht {header.rows} rijen met de kolommen {', '.join(COLUMNS)}. {RESEND}"
        )
    for column, good in _within(frame, header).items():
        if not good.all():
            row = int(np.argmin(good.to_numpy(dtype=bool))) + 2  # the header is row 1
            raise refused(
                Fault.OUTSIDE_AGREEMENT,
                f", rij {row}, kolom '{column}': een waarde buiten de overeenkomst. {RESEND}",
                row,
                column,
            )
    return EventsFile(header, hashlib.sha256(content).hexdigest(), frame)


def _within(frame: pd.DataFrame, header: EventsHeader) -> dict[str, pd.Series]:
    """Of each column where its value may stand there."""
    terms = linked_terms()
    starts, linked = frame["milestone"] == terms.start, frame["pseudonym"] != ""
    days, keys = frame["day"], frame["key"]
    dated = (days >= 0).fillna(False) & (days < OFFSET_DAYS).fillna(False)
    keyed = (keys >= 0).fillna(False) & (keys < 2**32).fillna(False)
    quarters = frame["quarter"].str.match(QUARTER) & frame["quarter"].between(terms.first_quarter, header.period)
    return {
        "milestone": frame["milestone"].isin(load_agreement().linked_milestones(header.institution)),
        "pseudonym": frame["pseudonym"].map(_is_pseudonym).where(linked, starts).astype("bool")
        & ~(linked & frame.duplicated(["pseudonym", "milestone", "day"]))
        & ~(linked & starts & frame[["pseudonym", "milestone"]].duplicated()),
        "day": pd.Series(np.where(linked, dated | (days.isna() & ~starts), days.isna()), frame.index),
        "quarter": quarters.where(starts, frame["quarter"] == ""),
        "region": frame["region"]
        .isin(load_agreement().institution(header.institution).regions)
        .where(starts, frame["region"] == ""),
        "key": keyed.where(starts, keys.isna()),
    }


def _quarter(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def _is_pseudonym(text: str) -> bool:
    try:
        oprf.check_points([bytes.fromhex(text)])
    except ValueError:
        return False
    return text == text.lower() and len(text) == 2 * oprf.POINT_BYTES


def _line(header: EventsHeader) -> bytes:
    return header.model_dump_json().encode() + b"\n"
