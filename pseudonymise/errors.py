"""The one error that a user sees: what happened, where, and what to do about it."""

import lzma
import zipfile
import zlib

# What a damaged zip file raises while it is read, by how its members are packed: bzip2 says OSError, a member that asks
# for a password or an unknown way of packing RuntimeError, a directory that points before the file ValueError.
UNREADABLE_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError)


class UserError(Exception):
    """A problem its reader can mend. Shown as its message alone, with exit status 2.

    The message names the file, row and column and says what was expected; it never quotes a value that could
    identify anyone.
    """
