"""Exports of every format, mutated: no crash, no hang, and rows in are rows used and rows reported."""

import csv
import io
import re
import signal
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import strategies as st

from pseudonymise.agreement import load_agreement
from pseudonymise.errors import UserError
from pseudonymise.plausibility import implausible
from pseudonymise.sources import RawCases, read_sources
from pseudonymise.sources.ijw import MESSAGES
from pseudonymise.sources.mapping import load_mapping
from pseudonymise.trajectories import build_trajectories
from sample_data.formats import write_formats
from sample_data.parameters import load_parameters

# The file that is mutated, beside those that stay as they are.
MUTATED = {
    "csv": "export.csv",
    "xlsx": "export.xlsx",
    "fixed_width": "export.txt",
    "sql": "export.db",
    "beleidsinformatie": "bij-jb-2026-1.txt",
    "ijw": "berichten.zip",
    "ijw-xml": "bericht.xml",
}
HANGS_AFTER = 60  # seconds; a file of the sample takes a fraction of one
PERSONAL = re.compile(r"06-00\d{6}|999[0-8]\d{5}")  # telephones and numbers of the sample's people

# What a mutation may put in: signs that mean something to one format or another.
TOKENS = (
    *(b";", b",", b'"', b"\n", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"99999999", b"00000000", b"2026-02-30"),
    *(b"<", b">", b"&x;", b"<!DOCTYPE a>", b"<!--", b"]]>", b"</m:Bericht>", b"<m:StatusAanlevering>3", b"PK\x03\x04"),
)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.floats(0, 1), st.binary(min_size=1, max_size=4)),
        st.tuples(st.just("insert"), st.floats(0, 1), st.sampled_from(TOKENS)),
        st.tuples(st.just("delete"), st.floats(0, 1), st.integers(1, 200)),
        st.tuples(st.just("repeat"), st.floats(0, 1), st.integers(1, 2_000)),
        st.tuples(st.just("swap"), st.floats(0, 1), st.floats(0, 1)),
        st.tuples(st.just("cut"), st.floats(0, 1), st.just(0)),
    ),
    min_size=1,
    max_size=6,
)


def mutated(content: bytes, operations: list[tuple[str, float, object]]) -> bytes:
    """The content after each operation, at a place that is a share of its length."""
    for name, where, what in operations:
        at = int(where * len(content))
        if name == "set" and isinstance(what, bytes):
            content = content[:at] + what + content[at + len(what) :]
        elif name == "insert" and isinstance(what, bytes):
            content = content[:at] + what + content[at:]
        elif name == "delete" and isinstance(what, int):
            content = content[:at] + content[at + what :]
        elif name == "repeat" and isinstance(what, int):
            content = content[:at] + content[at : at + what] + content[at:]
        elif name == "swap" and isinstance(what, float):  # of two lines
            lines = content.split(b"\n")
            one, other = int(where * (len(lines) - 1)), int(what * (len(lines) - 1))
            lines[one], lines[other] = lines[other], lines[one]
            content = b"\n".join(lines)
        elif name == "cut":
            content = content[:at]
    return content


class Ground:
    """The sample in every format, in a folder, and its contents as they were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        write_formats(folder)
        one = folder / "ijw-xml"
        one.mkdir()
        (one / "koppeling.toml").write_text(
            (folder / "ijw" / "koppeling.toml").read_text("utf-8").replace("berichten.zip", "bericht.xml"), "utf-8"
        )
        (one / "bericht.xml").write_bytes(_first_message(folder / "ijw" / "berichten.zip"))
        self.whole = {form: (folder / form / name).read_bytes() for form, name in MUTATED.items()}

    def attempt(self, form: str, operations: list[tuple[str, float, object]]) -> str:
        """What became of a mutated file, in a word; AssertionError when it is not as it should be."""
        path = self.folder / form / MUTATED[form]
        content = mutated(self.whole[form], operations)
        path.write_bytes(content)
        files = [] if form == "sql" else [one for one in path.parent.iterdir() if one.suffix != ".toml"]
        with pytest.MonkeyPatch.context() as patch, ends_in_time():
            patch.setenv("VERBETERMONITOR_SOURCE_URL", f"sqlite:///{path}")
            try:
                mapping = load_mapping(path.parent / "koppeling.toml")
                raw = read_sources(mapping, sorted(files))
            except UserError as error:
                shows_nobody(str(error))
                return "refused"
            shows_nobody(str(raw.findings))
            implausible(raw, "gi", load_parameters().period.extract)
            nothing_is_lost(form, content, raw, path.parent)
            try:
                cases = build_trajectories(
                    raw, mapping, load_agreement().institution("JBGLD"), load_parameters().period.extract
                )
            except UserError as error:
                shows_nobody(str(error))
                return "read, then refused"
        assert len(cases.frame) + sum(cases.left_out.values()) == cases.rows_read == len(raw.frame)
        return "read with findings" if raw.findings else "read"


def shows_nobody(text: str) -> None:
    assert not PERSONAL.search(text), "something is said that is of a person"


def nothing_is_lost(form: str, content: bytes, raw: RawCases, folder: Path) -> None:
    """Rows in, counted by another road, are rows used and rows reported."""
    if form == "csv":
        lines = csv.reader(io.StringIO(content.decode("cp1252"), newline=""), delimiter=";")
        assert len(raw.frame) == sum(1 for row in lines if row) - 1
    elif form == "fixed_width":
        assert len(raw.frame) == len(content.removesuffix(b"\n").split(b"\n"))
    elif form == "beleidsinformatie":
        read = raw.tally["records gelezen"]
        probation = 1 + int(max(raw.places["case"].rows[raw.places["case"].files == "bij-jr-2026-1.xlsx"])) - 2
        assert read == len(content.removesuffix(b"\n").split(b"\n")) + probation
        assert read == raw.tally["gebruikt"] + raw.tally["ook in een later bestand"]
        assert raw.tally["gebruikt"] == len(raw.frame)
    elif form.startswith("ijw"):
        read = raw.tally["producten gelezen"]
        assert read == sum(count for what, count in raw.tally.items() if what != "producten gelezen")
        rules = ("message_of_no_use", "nothing_to_remove", "impossible_date", "unknown_end")
        assert raw.tally["overgeslagen en gemeld"] == sum(one.rule not in rules for one in raw.findings)
        if form == "ijw-xml":
            products = {message.product for message in MESSAGES.values()}
            assert read == sum(content.count(f"<m:{product}>".encode()) for product in products)


def _first_message(archive: Path) -> bytes:
    with zipfile.ZipFile(archive) as opened:
        return opened.read(opened.namelist()[0])


class HangError(Exception):
    """A file took longer than any file should."""


@contextmanager
def ends_in_time() -> Iterator[None]:
    def stop(_: int, __: FrameType | None) -> None:
        raise HangError(f"not done after {HANGS_AFTER} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANGS_AFTER)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
