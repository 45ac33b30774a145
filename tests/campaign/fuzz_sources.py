"""A fuzzer on the reader of iJw or of fixed positions, led by the code that a file reaches (atheris, on Linux).

Run by `campaign_sources`, as ``python -m tests.campaign.fuzz_sources ijw|fixed_width FOLDER [libFuzzer options]``.
"""

import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pseudonymise.sources"]):
    from pseudonymise.sources import read_sources
    from pseudonymise.sources.ijw import FIELDS, HEADER, MESSAGES
    from pseudonymise.sources.mapping import load_mapping

from pseudonymise.errors import UserError
from tests.campaign.files import Ground, nothing_is_lost, shows_nobody

FORMS = {"ijw": "ijw, alone", "fixed_width": "beleidsinformatie, alone"}  # the latter has codes to get right too
WORDS = [*FIELDS, *HEADER, *MESSAGES, *(message.product for message in MESSAGES.values()), "00000000", "999999999"]


def target(form: str, ground: Ground) -> Callable[[bytes], None]:
    folder = ground.folder / form
    mapping = load_mapping(folder / "koppeling.toml")

    def read(content: bytes) -> None:
        path = ground.write(form, content)
        try:
            raw = read_sources(mapping, [path])
        except UserError as error:
            shows_nobody(str(error))
            return
        shows_nobody(str(raw.findings))
        nothing_is_lost(form, path, raw)

    return read


def seeds(form: str, ground: Ground) -> dict[str, bytes]:
    """The file as it was, and of messages one of each kind."""
    found = {"as-it-was": ground.whole[form]}
    if form == FORMS["ijw"]:
        with zipfile.ZipFile(ground.folder / "sample" / "ijw" / "berichten.zip") as archive:
            found |= {name.split("-")[0]: archive.read(name) for name in archive.namelist()}
    return found


def main() -> None:
    form = FORMS[sys.argv.pop(1)]
    with tempfile.TemporaryDirectory() as name:
        ground = Ground(Path(name))
        learned = next(Path(word) for word in sys.argv[1:] if not word.startswith("-"))
        for seed, content in seeds(form, ground).items():
            (learned / seed).write_bytes(content)
        words = Path(name) / "words"
        words.write_text("".join(f'"{word}"\n' for word in WORDS), "utf-8")
        atheris.Setup([*sys.argv, f"-dict={words}"], target(form, ground))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
