"""The one error that a user sees: what happened, where, and what to do about it."""


class UserError(Exception):
    """A problem its reader can mend. Shown as its message alone, with exit status 2.

    The message names the file, row and column and says what was expected; it never quotes a value that could
    identify anyone.
    """
