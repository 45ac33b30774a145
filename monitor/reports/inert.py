"""Texts that no spreadsheet runs."""

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # OWASP, CSV injection


def inert(text: str) -> str:
    """The text; with an apostrophe before it where a spreadsheet that opens or copies it could read a formula."""
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text
