"""Zip archives, and the office documents that are made of them, with the same bytes each time."""

import re
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

OLDEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can write: says that none is meant
MOMENT = re.compile(rb"(?<=W3CDTF\">)[^<]+")


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    """The members in their order, none with a moment of its own."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in members:
            info = ZipInfo(name, OLDEST)
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def settled(document: bytes, moment: datetime) -> bytes:
    """The office document with one moment in all of it, also in the workbooks behind its charts."""
    with ZipFile(BytesIO(document)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    return zipped((name, _settled(name, content, moment)) for name, content in members)


def _settled(name: str, content: bytes, moment: datetime) -> bytes:
    if name.endswith(".xlsx"):
        return settled(content, moment)
    if name == "docProps/core.xml":
        return MOMENT.sub(f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode(), content)
    return content
