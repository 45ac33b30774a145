"""What may be taken on at all: by its name, its size, and what it unpacks to. Before anything else reads it."""

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO

from pseudonymise.errors import UNREADABLE_ZIP, UserError

MAX_BYTES = 100_000_000  # the largest delivery; Streamlit holds to the same (.streamlit/config.toml)
MAX_MEMBERS = 1_000
LARGEST_RATIO = 200  # of unpacked to packed; a workbook of figures stays under 30
CHUNK = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What a workbook may take: bytes packed and unpacked, and the last row that it names."""

    packed: int
    unpacked: int
    last_row: int


# A template filled to its last row unpacks to under a million bytes; an export has as many rows as Excel can hold.
TEMPLATE = Limits(packed=5_000_000, unpacked=20_000_000, last_row=10_000)
EXPORT = Limits(packed=MAX_BYTES, unpacked=1_000_000_000, last_row=1_048_576)

# A spreadsheet names its own last cell, and a reader makes room up to there.
PLACE = re.compile(rb"""\br=["']([A-Z]{0,3})([0-9]{1,7})["']""")
WORKSHEETS = "xl/worksheets/"
LAST_COLUMN = (2, b"ZZ")  # its length first: Z comes before AA


class TooLarge(UserError):
    """It is, or unpacks to, more than it can be, or than it says."""


def check_workbook(name: str, content: bytes, limits: Limits) -> None:
    """Raises TooLarge for a workbook that would cost more to open than the limits; what is no zip passes.

    Every member is unpacked once, a piece at a time and no further than the limit. One that does not unpack to what
    the zip says of it is refused as well: its reader may not stop there.
    """
    if len(content) > limits.packed:
        raise _too_large(name)
    if not zipfile.is_zipfile(BytesIO(content)):
        return  # its reader says what it is
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise _too_large(name)
            left = limits.unpacked
            for member in members:
                left -= _unpack(name, archive, member, left, limits.last_row)
    except UNREADABLE_ZIP:
        raise _too_large(name) from None


def _unpack(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int, last_row: int) -> int:
    """The size of a member unpacked, of which nothing is kept."""
    size, end = 0, b""
    most = min(left, CHUNK + LARGEST_RATIO * member.compress_size)
    with archive.open(member) as unpacked:
        while chunk := unpacked.read(CHUNK):
            size += len(chunk)
            of_sheet = member.filename.startswith(WORKSHEETS)
            if size > most or (of_sheet and _reaches_too_far(end + chunk, last_row)):
                raise _too_large(name)
            end = chunk[-32:]  # the name of a cell can be cut in two
    return size


def _reaches_too_far(xml: bytes, last_row: int) -> bool:
    return any((len(column), column) > LAST_COLUMN or int(row) > last_row for column, row in PLACE.findall(xml))


def _too_large(name: str) -> TooLarge:
    return TooLarge(
        f"{name}: is beschadigd, of pakt uit tot meer dan hier wordt verwacht. Bewaar de werkmap opnieuw als .xlsx, "
        "zonder afbeeldingen en lege rijen of kolommen ver buiten de tabel."
    )
