"""Zip files that were damaged on the way, packed in each way that Python can unpack."""

import io
import random
import zipfile
from collections.abc import Iterable

PACKINGS = {"deflate": zipfile.ZIP_DEFLATED, "bzip2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA}


def damaged_zip(packing: int, names: Iterable[str]) -> bytes:
    """Its directory is whole; of each member one byte in the middle is another."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for name in names:
            archive.writestr(name, random.Random(name).randbytes(3000))
    content = bytearray(buffer.getvalue())
    for member in archive.infolist():
        content[member.header_offset + member.compress_size // 2] ^= 0xFF
    return bytes(content)
