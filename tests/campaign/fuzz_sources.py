"""A fuzzer on the reader of iJw or of fixed positions, led by the code that a file reaches (atheris, on Linux).

Run by `campaign_sources`, as ``python -m tests.campaign.fuzz_sources ijw|fixed_width FOLDER [libFuzzer options]``.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pseudonymise.sources"]):
    from pseudonymise.sources import read_sources
    from pseudonymise.sources.mapping import load_mapping

from pseudonymise.errors import UserError
from tests.campaign.files import Ground, nothing_is_lost, shows_nobody

FORMS = {
    "ijw": "ijw, within",
    "fixed_width": "beleidsinformatie",
}  # the file for CBS has positions and codes to get right


def target(form: str, ground: Ground) -> Callable[[bytes], None]:
    folder = ground.folder / form
    mapping = load_mapping(folder / "koppeling.toml")
    files = sorted(one for one in folder.iterdir() if one.suffix != ".toml")

    def read(content: bytes) -> None:
        path = ground.write(form, content)
        try:
            raw = read_sources(mapping, files)
        except UserError as error:
            shows_nobody(str(error))
            return
        shows_nobody(str(raw.findings))
        nothing_is_lost(form, path, raw)

    return read


def main() -> None:
    form = FORMS[sys.argv.pop(1)]
    with tempfile.TemporaryDirectory() as name:
        ground = Ground(Path(name))
        learned = next(Path(word) for word in sys.argv[1:] if not word.startswith("-"))
        (learned / "as-it-was").write_bytes(ground.whole[form])
        atheris.Setup(sys.argv, target(form, ground))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
