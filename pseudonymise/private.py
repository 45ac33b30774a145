"""Keys and secrets in files: refused when others on the machine can read a secret, or put a key of theirs for it."""

import os
import stat
from pathlib import Path

from pseudonymise.errors import UserError


def check_private(file: Path) -> None:
    """Raises UserError for a secret that everybody can read, or others change. One that is not there passes."""
    _check(file, stat.S_IRWXO | stat.S_IWGRP, "bevat geheimen, en anderen kunnen het lezen of wijzigen", "600")


def check_unchanged(file: Path) -> None:
    """Raises UserError for a public key that everybody can change. One that is not there passes."""
    _check(file, stat.S_IWOTH, "is een sleutel, en iedereen kan die wijzigen", "644")


def _check(file: Path, refused: int, what: str, remedy: str) -> None:
    if os.name == "nt" or not file.exists():  # Windows keeps rights elsewhere, and makes up these bits
        return
    mode, folder = file.stat().st_mode, file.parent.stat().st_mode
    if mode & refused:
        raise UserError(f"{file}: {what} ({stat.filemode(mode)}). Beperk dat: chmod {remedy} {file}")
    if folder & stat.S_IWOTH and not folder & stat.S_ISVTX:
        raise UserError(
            f"{file.parent}: hierin staan sleutels of geheimen, en iedereen kan er een andere voor in de plaats zetten "
            f"({stat.filemode(folder)}). Beperk dat: chmod 700 {file.parent}"
        )
