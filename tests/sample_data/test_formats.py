"""In every format the planted defects are found, each once and at its row, and no other row is accused."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from pseudonymise.agreement import load_agreement
from pseudonymise.plausibility import implausible
from pseudonymise.sources import RawCases, read_sources
from pseudonymise.sources.mapping import load_mapping
from pseudonymise.trajectories import build_trajectories, check_fields
from sample_data.formats import ROWS, Defect, write_formats
from sample_data.parameters import load_parameters

FORMATS = ("csv", "xlsx", "fixed_width", "sql", "beleidsinformatie", "ijw")
UNTIL = load_parameters().period.extract


@pytest.fixture(scope="module")
def formats(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[Defect]]]:
    folder = tmp_path_factory.mktemp("formats")
    return folder, write_formats(folder)


def read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> RawCases:
    monkeypatch.setenv("VERBETERMONITOR_SOURCE_URL", f"sqlite:///{folder / 'export.db'}")
    files = [path for path in folder.iterdir() if path.suffix not in (".toml", ".db")]
    return read_sources(load_mapping(folder / "koppeling.toml"), sorted(files))


@pytest.mark.parametrize("form", FORMATS)
def test_each_planted_defect_is_found_once_and_no_other_row_is_accused(
    formats: tuple[Path, dict[str, list[Defect]]], form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, planted = formats
    raw = read(folder / form, monkeypatch)
    findings = [*raw.findings, *implausible(raw, "gi", UNTIL)]
    found = Counter(Defect(one.rule, one.file, one.row, one.column) for one in findings)
    assert found == Counter(planted[form])
    assert len(planted[form]) > 10


@pytest.mark.parametrize("form", FORMATS)
def test_every_case_is_used_or_left_out_for_a_reason(
    formats: tuple[Path, dict[str, list[Defect]]], form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, planted = formats
    raw = read(folder / form, monkeypatch)
    mapping, institution = load_mapping(folder / form / "koppeling.toml"), load_agreement().institution("JBGLD")
    check_fields(mapping, institution)
    cases = build_trajectories(raw, mapping, institution, UNTIL)
    again = sum(one.rule == "same_measure" for one in planted[form])
    assert cases.rows_read == ROWS + again
    end = raw.places["ended"].columns[0]
    lost = sum(one.rule in ("unknown_end", "impossible_date") and one.column == end for one in planted[form])
    assert cases.left_out == {"unknown_end": lost}
    assert len(cases.frame) + lost == cases.rows_read


def test_nothing_is_read_of_the_people(
    formats: tuple[Path, dict[str, list[Defect]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the number that is part of the key of a case in the files for CBS."""
    for form in FORMATS:
        raw = read(formats[0] / form, monkeypatch)
        text = raw.frame.drop(columns="case").to_csv() + str(raw.findings).replace("999999999", "")  # unknown
        assert not re.findall(r"06-00\d{6}|straat|verzonnen|999\d{6}", text), form


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    write_formats(tmp_path / "a", seed=7)
    write_formats(tmp_path / "b", seed=7)
    files = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file()]
    same = [name for name in files if name.suffix not in (".db", ".xlsx")]
    assert len(same) >= 9
    assert [(tmp_path / "a" / name).read_bytes() for name in same] == [
        (tmp_path / "b" / name).read_bytes() for name in same
    ]
    assert date(2026, 9, 30) == UNTIL
