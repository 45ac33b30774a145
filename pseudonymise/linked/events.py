"""Linked events (*gekoppelde gebeurtenissen*): what leaves of a person, in a file of its own beside the delivery.

Four columns: the pseudonym, the milestone, the day shifted by the person's offset and, with the first event that starts
a road alone, its quarter. A shifted day is (days since 1970 + offset) modulo OFFSET_DAYS: as the offset of somebody is
as likely any number below that, so is the shifted day, whatever the date. Only the difference between two days of the
same person means something. The file is one line of JSON, one line with the signature of the institution over that
line and the rest, and the rest: CSV, encrypted to the steward and to the institution itself.
"""

import base64
import binascii
import io
from collections.abc import Mapping
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
from pseudonymise.errors import UserError
from pseudonymise.keys import InstitutionKeys
from pseudonymise.linked import oprf
from pseudonymise.linked.exchange import OFFSET_DAYS, QUARTER, Links
from pseudonymise.linked.keys import Use, linked_terms
from pseudonymise.linked.numbers import normalise, read_columns
from pseudonymise.problems import Problems

COLUMNS = ("pseudonym", "milestone", "day", "quarter")
SOURCE_COLUMNS = ("bsn", "milestone", "date")
RESEND = "Laat de instelling het bestand opnieuw maken en versturen."


class EventsHeader(BaseModel):
    """What the file says of itself: counts and codes only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    institution: str
    agreement_version: str
    purpose: str
    key_version: int
    offset_version: int  # durations hold between files of one version alone
    until: date
    rows: int = Field(ge=0)
    not_linked: int = Field(ge=0)  # events of people without a number that could be linked


def linked_milestones(institution: str) -> tuple[str, ...]:
    """The milestones that the agreement lets this institution have linked: named for it, and registered by its kind."""
    held = load_agreement().milestones_in(load_agreement().institution(institution).kind)
    return tuple(milestone for milestone in linked_terms().milestones if milestone in held)


def read_events(path: Path, separator: str, institution: str, until: date) -> pd.DataFrame:
    """Events of an institution's own people: ``bsn`` (nine digits, "" when unknown), ``milestone``, ``date``.

    UserError, up to twenty at once, for a milestone that the agreement does not name for linking, or a wrong date.
    """
    named, problems = linked_milestones(institution), Problems()
    frame = read_columns(path, SOURCE_COLUMNS, separator)
    days = pd.to_datetime(frame["date"].str.strip(), format="%Y-%m-%d", errors="coerce")
    milestones = frame["milestone"].str.strip()

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
        days.isna().to_numpy(),
        lambda index: f"{place(index, 'date')}: hier staat geen datum; verwacht JJJJ-MM-DD. Verbeter de rij.",
    )
    problems.add_rows(
        (days > pd.Timestamp(until)).to_numpy(),
        lambda index: f"{place(index, 'date')}: ligt na --until. Verbeter de rij, of geef een latere dag op.",
    )
    problems.raise_if_any()
    return pd.DataFrame({"bsn": normalise(frame["bsn"]), "milestone": milestones, "date": days})


def link_events(events: pd.DataFrame, pseudonyms: Links, offsets: Links) -> tuple[pd.DataFrame, int]:
    """The events that can leave, columns as in COLUMNS, and how many are of people who could not be linked.

    Rows in the order of their values: the order of the cases must not show. UserError when the two links are not those
    of one institution and period.
    """
    one, other = pseudonyms.header, offsets.header
    uses, of_one = (one.use, other.use), (one.institution, one.period) == (other.institution, other.period)
    if uses != (Use.PSEUDONYM, Use.OFFSET) or not of_one:
        raise UserError("De koppelingen horen niet bij elkaar: geef die van het pseudoniem en die van de verschuiving.")
    linked = events["bsn"].isin(list(pseudonyms.values)) & events["bsn"].isin(list(offsets.values))
    known = events[linked].drop_duplicates().sort_values("date", kind="stable")
    start = known["milestone"] == linked_terms().start
    first = start & ~known["bsn"].where(start).duplicated()
    day = (known["date"] - pd.Timestamp(0)).dt.days + known["bsn"].map(offsets.offsets)
    frame = pd.DataFrame(
        {
            "pseudonym": known["bsn"].map({number: value.hex() for number, value in pseudonyms.values.items()}),
            "milestone": known["milestone"],
            "day": day.to_numpy(dtype=np.int64) % OFFSET_DAYS,
            "quarter": known["date"].dt.to_period("Q").astype("str").where(first, ""),
        }
    )
    return frame.sort_values(list(COLUMNS)).reset_index(drop=True), int((~linked).sum())


def days_between(earlier: pd.Series, later: pd.Series) -> pd.Series:
    """Calendar days from one shifted day to another of the same person, negative when it came first."""
    half = OFFSET_DAYS // 2
    return (later - earlier + half) % OFFSET_DAYS - half


def pack_events(
    frame: pd.DataFrame, not_linked: int, pseudonyms: Links, offsets: Links, until: date, keys: InstitutionKeys
) -> bytes:
    """The file that leaves, of what `link_events` made."""
    header = pseudonyms.header
    line = _line(
        EventsHeader(
            institution=header.institution,
            agreement_version=load_agreement().version,
            purpose=header.purpose,
            key_version=header.version,
            offset_version=offsets.header.version,
            until=until,
            rows=len(frame),
            not_linked=not_linked,
        )
    )
    text = frame.to_csv(index=False, columns=list(COLUMNS), lineterminator="\n").encode()
    body = bytes(pyrage.encrypt(text, [keys.steward, keys.identity.to_public()]))
    return line + base64.b64encode(keys.signing.sign(line + body)) + b"\n" + body


def open_events(
    name: str, content: bytes, identity: x25519.Identity, suppliers: Mapping[str, Ed25519PublicKey]
) -> tuple[EventsHeader, pd.DataFrame]:
    """The events in a file, signed and within the agreement; UserError at the first thing wrong, never its value."""
    terms, agreement = linked_terms(), load_agreement()
    line, _, rest = content.partition(b"\n")
    signature, _, body = rest.partition(b"\n")
    try:
        header = EventsHeader.model_validate_json(line)
        suppliers[header.institution].verify(base64.b64decode(signature, validate=True), line + b"\n" + body)
        text = bytes(pyrage.decrypt(body, [identity]))
    except ValidationError:
        raise UserError(f"{name}: zijn geen gekoppelde gebeurtenissen. {RESEND}") from None
    except KeyError:
        raise UserError(f"{name}: er is geen sleutel van de afzender. Zet <CODE>.verify bij --keys.") from None
    except (InvalidSignature, binascii.Error):
        raise UserError(f"{name}: de handtekening is niet van {header.institution}. Gebruik het niet.") from None
    except DecryptError:
        raise UserError(f"{name}: is niet met deze sleutel te openen.") from None
    if (header.agreement_version, header.purpose) != (agreement.version, terms.purpose):
        raise UserError(f"{name}: is gemaakt onder een andere overeenkomst of voor een ander doel. {RESEND}")
    try:
        frame = pd.read_csv(
            io.BytesIO(text),
            dtype={"pseudonym": "str", "milestone": "str", "day": "int64", "quarter": "str"},
            keep_default_na=False,
        )
    except (ValueError, TypeError, OverflowError):
        raise UserError(f"{name}: de gebeurtenissen zijn niet te lezen. {RESEND}") from None
    if tuple(frame.columns) != COLUMNS or len(frame) != header.rows:
        raise UserError(f"{name}: verwacht {header.rows} rijen met de kolommen {', '.join(COLUMNS)}. {RESEND}")
    starts = frame["quarter"] != ""
    within = {
        "pseudonym": frame["pseudonym"].map(_is_pseudonym),
        "milestone": frame["milestone"].isin(linked_milestones(header.institution)),
        "day": frame["day"].between(0, OFFSET_DAYS - 1),
        "quarter": ~starts
        | (
            (frame["milestone"] == terms.start)
            & frame["quarter"].str.match(QUARTER)
            & ~frame["pseudonym"].where(starts).duplicated()
        ),
    }
    for column, good in within.items():
        if not good.all():
            row = int(np.argmin(good.to_numpy(dtype=bool))) + 2  # the header is row 1
            raise UserError(f"{name}, rij {row}, kolom '{column}': een waarde buiten de overeenkomst. {RESEND}")
    return header, frame


def _is_pseudonym(text: str) -> bool:
    try:
        oprf.check_points([bytes.fromhex(text)])
    except ValueError:
        return False
    return text == text.lower() and len(text) == 2 * oprf.POINT_BYTES


def _line(header: EventsHeader) -> bytes:
    return header.model_dump_json().encode() + b"\n"
