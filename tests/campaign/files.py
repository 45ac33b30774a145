"""Exports of every format, mutated: no crash, no hang, and rows in are rows used and rows reported."""

import csv
import io
import re
import shutil
import signal
import sqlite3
import string
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import strategies as st
from lxml import etree

from pseudonymise.agreement import load_agreement
from pseudonymise.errors import UserError
from pseudonymise.plausibility import implausible
from pseudonymise.sources import RawCases, read_sources
from pseudonymise.sources.ijw import MESSAGES
from pseudonymise.sources.mapping import load_mapping
from pseudonymise.trajectories import build_trajectories
from sample_data.formats import write_formats
from sample_data.parameters import load_parameters


@dataclass(frozen=True)
class Export:
    """The file that is mutated, in a folder of the sample, or one ``member`` of it that is packed again."""

    folder: str
    file: str
    member: str = ""


SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
MUTATED = {
    "csv": Export("csv", "export.csv"),
    "xlsx": Export("xlsx", "export.xlsx"),
    "xlsx, within": Export("xlsx", "export.xlsx", SHEET),
    "fixed_width": Export("fixed_width", "export.txt"),
    "sql": Export("sql", "export.db"),
    "beleidsinformatie": Export("beleidsinformatie", "bij-jb-2026-1.txt"),
    "beleidsinformatie, within": Export("beleidsinformatie", "bij-jr-2026-1.xlsx", SHEET),
    "ijw": Export("ijw", "berichten.zip"),
    "ijw, within": Export("ijw", "berichten.zip", "jw315-0001.xml"),
    # One file and no other, as the fuzzers read them.
    "beleidsinformatie, alone": Export("beleidsinformatie-alone", "bij-jb-2026-1.txt"),
    "ijw, alone": Export("ijw-alone", "bericht.xml"),
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
    """The sample in every format, each in a folder of its own, and its contents as they were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        write_formats(folder / "sample")
        _write_alone(folder / "sample")
        for form, export in MUTATED.items():
            shutil.copytree(folder / "sample" / export.folder, folder / form)
        self._files = {form: (folder / form / export.file).read_bytes() for form, export in MUTATED.items()}
        self.whole = {
            form: member_of(self._files[form], export.member) if export.member else self._files[form]
            for form, export in MUTATED.items()
        }

    def write(self, form: str, content: bytes) -> Path:
        """The export with this content in the place of what was mutated."""
        export = MUTATED[form]
        path = self.folder / form / export.file
        path.write_bytes(with_member(self._files[form], export.member, content) if export.member else content)
        return path

    def attempt(self, form: str, operations: list[tuple[str, float, object]]) -> str:
        """What became of a mutated file, in a word; AssertionError when it is not as it should be."""
        path = self.write(form, mutated(self.whole[form], operations))
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
            try:
                nothing_is_lost(form, path, raw)
            except NotCountedError:
                return "read, and not counted again"
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


def _write_alone(sample: Path) -> None:
    """One message, and the file for CBS without that of probation, each with its mapping."""
    for form in ("ijw", "beleidsinformatie"):
        (sample / f"{form}-alone").mkdir()
        mapping = (sample / form / "koppeling.toml").read_text("utf-8")
        first, *_, policies = re.split(r"\n(?=\[\[sources|\[policies)", mapping)
        alone = f"{first}\n{policies}".replace("berichten.zip", "bericht.xml")
        (sample / f"{form}-alone" / "koppeling.toml").write_text(alone, "utf-8")
    message = member_of((sample / "ijw" / "berichten.zip").read_bytes(), "jw315-0001.xml")
    (sample / "ijw-alone" / "bericht.xml").write_bytes(message)
    shutil.copy(sample / "beleidsinformatie" / "bij-jb-2026-1.txt", sample / "beleidsinformatie-alone")


def nothing_is_lost(form: str, path: Path, raw: RawCases) -> None:
    """Rows in, counted by another road, are rows used and rows reported."""
    kind = MUTATED[form].folder.removesuffix("-alone")
    if kind == "ijw":
        assert raw.tally["producten gelezen"] == products_in(path)
        assert raw.tally["producten gelezen"] == sum(raw.tally.values()) - raw.tally["producten gelezen"]
        rules = ("message_of_no_use", "nothing_to_remove", "impossible_date", "unknown_end")
        assert raw.tally["overgeslagen en gemeld"] == sum(one.rule not in rules for one in raw.findings)
    elif kind == "beleidsinformatie":
        read, probation = raw.tally["records gelezen"], path.parent / "bij-jr-2026-1.xlsx"
        of_probation = rows_of_sheet(probation) if probation.exists() else 0
        assert read == lines_in(path.parent / "bij-jb-2026-1.txt") + of_probation
        assert read == raw.tally["gebruikt"] + raw.tally["ook in een later bestand"]
        assert raw.tally["gebruikt"] == len(raw.frame)
    elif form == "xlsx":  # what a zip file gives of its members in spite of damage is checked: it is what was packed
        assert len(raw.frame) == rows_of_sheet(path.parents[1] / "sample" / "xlsx" / path.name)
    else:
        assert len(raw.frame) == COUNTED[kind](path)


def rows_of_csv(path: Path) -> int:
    return sum(1 for row in csv.reader(io.StringIO(path.read_text("cp1252"), newline=""), delimiter=";") if row) - 1


def lines_in(path: Path) -> int:
    return len(path.read_bytes().removesuffix(b"\n").split(b"\n"))


def rows_of_sheet(path: Path) -> int:
    """Rows below the header with a text in them, as lxml reads them; NotCountedError where the XML is none."""
    content = path.read_bytes()
    texts = ["".join(text.itertext()).strip() for text in etree.fromstring(member_of(content, TEXTS)).iter("{*}si")]
    try:
        cells = etree.fromstring(member_of(content, SHEET)).iter("{*}c")
    except etree.XMLSyntaxError:
        raise NotCountedError from None
    filled = {
        cell.get("r") or cell.getparent().get("r", "")  # a cell without a place of its own is of its row
        for cell in cells
        if (index := cell.findtext("{*}v")) and _is_filled(texts, index)
    }
    return len({place.lstrip(string.ascii_letters) for place in filled} - {"1"})


def _is_filled(texts: Sequence[str], index: str) -> bool:
    """Whether a cell has a text. An index that is none is a text too."""
    return bool(texts[int(index)]) if index.isdecimal() else True


def rows_of_database(path: Path) -> int:
    """By the driver alone. What is not mapped may be beyond reading."""
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        return len(connection.execute("SELECT zaaknummer FROM uitdraai").fetchall())


def products_in(path: Path) -> int:
    """The elements that a message of its kind repeats, in the whole tree of each; messages of no use have none."""
    if path.suffix == ".xml":
        contents = [path.read_bytes()]
    else:
        with zipfile.ZipFile(path) as archive:
            contents = [archive.read(info) for info in archive.infolist()]
    count = 0
    for root in map(etree.fromstring, contents):
        code = next(element.text or "" for element in root.iter("{*}BerichtCode"))
        if code in MESSAGES:
            count += sum(1 for _ in root.iter(f"{{*}}{MESSAGES[code].product}"))
    return count


COUNTED = {"csv": rows_of_csv, "fixed_width": lines_in, "xlsx": rows_of_sheet, "sql": rows_of_database}


def member_of(archive: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return opened.read(name)


def with_member(archive: bytes, name: str, content: bytes) -> bytes:
    """The zip file with one of its members replaced."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(packed, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, content if info.filename == name else old.read(info))
    return packed.getvalue()


class NotCountedError(Exception):
    """Calamine read a sheet that no reader of XML takes: its rows cannot be counted again."""


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
