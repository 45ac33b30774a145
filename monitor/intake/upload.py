"""What may be taken on at all: by its name, its size, and what it unpacks to. Before anything else reads it."""

import re
import zipfile
import zlib
from io import BytesIO

from pseudonymise.errors import UserError

MAX_BYTES = 100_000_000  # the largest delivery; Streamlit holds to the same (.streamlit/config.toml)
# A template filled to its last row unpacks to under a million bytes.
MAX_WORKBOOK_BYTES = 5_000_000
MAX_UNPACKED_BYTES = 20_000_000
LARGEST_RATIO = 200  # of unpacked to packed; a workbook of figures stays under 30
MAX_MEMBERS = 100
CHUNK = 1_000_000

# A spreadsheet names its own last cell, and a reader makes room up to there.
PLACE = re.compile(rb"""\br=["']([A-Z]{0,3})([0-9]{1,7})["']""")
WORKSHEETS = "xl/worksheets/"
LAST_COLUMN, LAST_ROW = (2, b"ZZ"), 10_000  # its length first: Z comes before AA


class TooLarge(UserError):
    """It packs, or unpacks to, more than it can be."""


def check_workbook(name: str, content: bytes) -> None:
    """Raises TooLarge for a workbook that would cost more to open than any template; what is no zip passes.

    The sizes in a zip can lie, so every member is unpacked once, a piece at a time and no further than the limit.
    """
    if len(content) > MAX_WORKBOOK_BYTES:
        raise _too_large(name)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise _too_large(name)
            total = 0
            for member in members:
                size, last = 0, b""
                with archive.open(member) as unpacked:
                    while chunk := unpacked.read(CHUNK):
                        size += len(chunk)
                        total += len(chunk)
                        if total > MAX_UNPACKED_BYTES or size > CHUNK + LARGEST_RATIO * max(member.compress_size, 1):
                            raise _too_large(name)
                        if member.filename.startswith(WORKSHEETS) and _reaches_too_far(last + chunk):
                            raise _too_large(name)
                        last = chunk[-32:]  # a cell can be cut in two
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return  # its reader says what it is


def _reaches_too_far(xml: bytes) -> bool:
    return any((len(column), column) > LAST_COLUMN or int(row) > LAST_ROW for column, row in PLACE.findall(xml))


def _too_large(name: str) -> TooLarge:
    return TooLarge(
        f"{name}: is groter, of pakt uit tot meer, dan een ingevuld sjabloon kan zijn. Neem een nieuw sjabloon."
    )
