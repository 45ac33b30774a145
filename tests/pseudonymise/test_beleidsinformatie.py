"""The files for CBS: every code in its own field, partial dates, children without a number, and transfers."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from pseudonymise.agreement import load_agreement, municipality_changes, municipality_regions
from pseudonymise.errors import UserError
from pseudonymise.sources import RawCases, read_sources
from pseudonymise.sources.mapping import load_mapping
from pseudonymise.sources.protocol import load_protocol
from pseudonymise.trajectories import Trajectories, build_trajectories, check_fields
from sample_data.beleidsinformatie import write_fixed_width, write_workbook

BSN = "999990019"

MAPPING = """[[sources]]
file = "bij-jb*"
format = "beleidsinformatie"
layout = "jeugdbescherming"
{jb}
[[sources]]
file = "bij-jr*"
format = "beleidsinformatie"
layout = "jeugdreclassering"
{jr}
[policies]
unknown_end = "leave_out"
"""
SHEETS = {"txt": {"jb": "", "jr": ""}, "xlsx": {"jb": 'sheet = "JB"', "jr": 'sheet = "JR"'}}


def measure(**fields: str) -> dict[str, str]:
    """A supervision order in Arnhem."""
    return {
        "bsn": BSN,
        "birth_date": "20140817",
        "sex": "V",
        "municipality": "0202",
        "measure_type": "11",
        "begin": "20250203",
    } | fields


PROBATION = measure(measure_type="41", begin="20250310")


def write(folder: Path, form: str, name: str, rows: Sequence[Mapping[str, str]]) -> Path:
    path = folder / f"bij-{name}.{form}"
    layout = "jeugdbescherming" if name.startswith("jb") else "jeugdreclassering"
    if form == "txt":
        write_fixed_width(path, layout, rows)
    else:
        write_workbook(path, layout, rows, name[:2].upper())
    return path


def read(
    folder: Path, *rows: Mapping[str, str], form: str = "txt", probation: Mapping[str, str] = PROBATION
) -> RawCases:
    """Records of jeugdbescherming, and one of jeugdreclassering."""
    (folder / "m.toml").write_text(MAPPING.format(**SHEETS[form]), "utf-8")
    files = [write(folder, form, "jb", rows), write(folder, form, "jr", [probation])]
    return read_sources(load_mapping(folder / "m.toml"), files)


def trajectories(folder: Path, raw: RawCases) -> Trajectories:
    mapping, institution = load_mapping(folder / "m.toml"), load_agreement().institution("JBGLD")
    check_fields(mapping, institution)
    return build_trajectories(raw, mapping, institution, date(2026, 9, 30))


def found(raw: RawCases) -> list[tuple[str, str, int, str]]:
    return [(one.rule, one.file, one.row, one.column) for one in raw.findings]


@pytest.mark.parametrize("form", ["txt", "xlsx"])
def test_both_files_become_one_table_of_measures(tmp_path: Path, form: str) -> None:
    raw = read(tmp_path, measure(end="20260302", end_reason="04"), form=form)
    assert raw.frame["measure_type"].tolist() == ["11", "41"]
    assert raw.frame["court_order"].dt.strftime("%Y-%m-%d").tolist() == ["2025-02-03", "2025-03-10"]
    assert raw.frame["end_reason"].tolist() == ["04", ""]
    row, column = (1, "posities 31-38") if form == "txt" else (2, "Datum aanvang maatregel")
    assert raw.places["court_order"].of(1) == f"bij-jr.{form}, rij {row}, kolom '{column}'"
    assert raw.findings == ()
    cases = trajectories(tmp_path, raw)
    assert cases.frame["measure_group"].tolist() == ["ots", "jr"]
    assert cases.missing_milestones == (
        *("order_received", "first_contact", "worker_assigned", "plan_established", "help_started"),
    )


# The type of a measure, its group with us, and the end reasons that it can have: the whole list of the protocol.
@pytest.mark.parametrize(
    ("code", "group", "reasons"),
    [
        ("11", "ots", ["01", "02", "03", "04", "05", "06"]),
        ("12", "vots", ["01", "02", "03", "04", "05", "06", "07"]),
        ("21", "voogdij", ["11", "12", "13", "14", "15"]),
        ("22", "voogdij", ["11", "12", "13", "14", "15"]),
        ("23", "voogdij", ["11", "12", "13", "14", "15"]),
        ("31", "", ["31"]),
    ],
)
def test_every_type_of_protection_and_its_end_reasons(
    tmp_path: Path, code: str, group: str, reasons: list[str]
) -> None:
    every = sorted(load_protocol().codes["end_reason"])
    begin = "preventive_begin" if code == "31" else "begin"
    rows = [
        measure(measure_type=code, end_reason=reason, end="20260302", **{"begin": "", begin: f"202502{day:02}"})
        for day, reason in enumerate(every, 1)
    ]
    raw = read(tmp_path, *rows)
    accused = [one.row for one in raw.findings if one.rule == "reason_of_other_measure"]
    assert accused == [row for row, reason in enumerate(every, 1) if reason not in reasons]
    assert len(raw.findings) == len(accused)
    cases = trajectories(tmp_path, raw)
    if group:
        assert cases.frame["measure_group"].tolist() == [group] * len(every) + ["jr"]
        converted = cases.frame.loc[cases.frame["converted"], "row"].tolist()
        assert converted == ([every.index("07") + 1] if code == "12" else [])
    else:
        assert cases.left_out == {"measure_type_31": len(every)}


@pytest.mark.parametrize("code", ["41", "42", "50", "51", "61", "62", "63"])
def test_every_type_of_probation_has_two_ends_and_a_way(tmp_path: Path, code: str) -> None:
    """41, 42 and 51 are a type in one field and a score or aftercare in another."""
    ended = PROBATION | {"measure_type": code, "end": "20260302"}
    for score, aftercare, way in (("41", "51", "01"), ("42", "52", "02"), ("43", "51", "")):
        fields = {"risk_score": score, "aftercare": aftercare, "intervention": way}
        raw = read(tmp_path, measure(), probation=ended | fields)
        assert raw.findings == ()
    assert trajectories(tmp_path, raw).frame["measure_group"].tolist() == ["ots", "jr"]


@pytest.mark.parametrize(
    ("field", "code"),
    [("risk_score", "51"), ("aftercare", "41"), ("intervention", "03"), ("sex", "X"), ("sex", "")],
)
def test_a_code_of_another_field_is_reported(tmp_path: Path, field: str, code: str) -> None:
    raw = read(tmp_path, measure(), probation=PROBATION | {"end": "20260302", field: code})
    assert [(one.rule, one.file, one.row) for one in raw.findings] == [("code_unknown", "bij-jr.txt", 1)]
    first, last = load_protocol().layouts["jeugdreclassering"].positions[field]
    assert raw.findings[0].column == f"posities {first}-{last}"


@pytest.mark.parametrize(("code", "rules"), [("71", []), ("72", []), ("11", ["code_unknown"]), ("", [])])
def test_a_placement_stands_on_top_of_a_measure(tmp_path: Path, code: str, rules: list[str]) -> None:
    raw = read(tmp_path, measure(placement_type=code, placement_begin="20250301"))
    assert [one.rule for one in raw.findings] == rules
    assert len(raw.frame) == 2


def test_probation_in_the_file_of_protection_is_reported(tmp_path: Path) -> None:
    raw = read(tmp_path, measure(), measure(measure_type="42"))
    assert found(raw) == [("type_of_other_file", "bij-jb.txt", 2, "posities 29-30")]


def test_a_type_that_is_none_stops_the_delivery(tmp_path: Path) -> None:
    raw = read(tmp_path, measure(), measure(measure_type="71"), measure(measure_type="99"))
    with pytest.raises(UserError, match=r"bij-jb\.txt, rij 3, kolom 'posities 29-30': de soort maatregel is onbekend"):
        trajectories(tmp_path, raw)


def test_dates_that_are_partly_unknown(tmp_path: Path) -> None:
    """Of a begin the day may be unknown; of an end it may not, and the case is left out and named."""
    raw = read(
        tmp_path,
        measure(begin="20250200", birth_date="20140800"),
        measure(begin="20250000", birth_date="20140000"),
        measure(begin="20250204", end="20260300"),
        measure(begin="20250205", end="20260231"),
    )
    assert raw.frame["court_order_undated"].tolist() == [True, True, False, False, False]
    assert found(raw) == [
        ("unknown_end", "bij-jb.txt", 3, "posities 39-46"),
        ("impossible_date", "bij-jb.txt", 4, "posities 39-46"),
    ]
    cases = trajectories(tmp_path, raw)
    assert cases.left_out == {"unknown_end": 2}
    assert cases.rows_read == 5


def test_children_without_a_number_are_told_apart(tmp_path: Path) -> None:
    unborn = measure(bsn="000000000", birth_date="00000000", sex="O")
    unknown = measure(bsn="999999999")
    raw = read(tmp_path, unborn, unborn, unknown, unknown | {"birth_date": "20150101"}, unknown)
    assert raw.frame["case"].nunique() == 6
    assert raw.findings == ()


def test_a_number_that_is_none_is_reported_and_not_shown(tmp_path: Path) -> None:
    raw = read(tmp_path, measure(bsn="999990018"), measure(bsn="99999001X"), measure())
    assert found(raw) == [("bsn_eleven_test", "bij-jb.txt", row, "posities 1-9") for row in (1, 2)]
    assert "99999001" not in str(raw.findings)


def test_a_measure_that_is_in_two_records_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, measure(), measure(end="20260302", end_reason="04"))
    assert "bij-jb.txt, rij 2, kolom 'posities 1-9': dezelfde zaak staat al in bij-jb.txt, rij 1" in str(error.value)
    assert BSN not in str(error.value)


def test_of_a_measure_in_several_periods_the_last_counts(tmp_path: Path) -> None:
    """Each half-year repeats what still runs."""
    (tmp_path / "m.toml").write_text(MAPPING.format(**SHEETS["txt"]), "utf-8")
    ended = measure(begin="20240105", end="20250301", end_reason="03")
    files = [
        write(tmp_path, "txt", "jb-2025-2", [measure(end="20251103", end_reason="04")]),
        write(tmp_path, "txt", "jb-2025-1", [ended, measure()]),
        write(tmp_path, "txt", "jr", [PROBATION]),
    ]
    raw = read_sources(load_mapping(tmp_path / "m.toml"), files)
    assert raw.frame["ended"].dt.strftime("%Y-%m-%d").tolist()[:2] == ["2025-03-01", "2025-11-03"]
    assert len(raw.frame) == 3
    assert raw.places["ended"].of(1) == "bij-jb-2025-2.txt, rij 1, kolom 'posities 39-46'"


def test_transfers(tmp_path: Path) -> None:
    """The first institution fills in the begin, the last one the end; the takeover is the day after."""
    raw = read(
        tmp_path,
        measure(transferred_out="20250930"),
        measure(bsn="999999999", begin="", transferred_in="20251001", end="20260302", end_reason="04"),
    )
    cases = trajectories(tmp_path, raw).frame
    assert cases["transferred_out"].dt.strftime("%Y-%m-%d").tolist()[0] == "2025-09-30"
    assert cases["transferred_in"].dt.strftime("%Y-%m-%d").tolist()[1] == "2025-10-01"
    assert raw.findings == ()


@pytest.mark.parametrize(("old", "region"), [("0241", "JZ32"), ("0196", "JZ28"), ("0236", "JZ30"), ("0733", "JZ30")])
def test_an_old_municipality_is_the_one_that_it_became(tmp_path: Path, old: str, region: str) -> None:
    assert trajectories(tmp_path, read(tmp_path, measure(municipality=old))).frame["region"].tolist()[0] == region


def test_every_change_leads_to_a_municipality_of_now() -> None:
    changes, now = municipality_changes(), municipality_regions()
    assert set(changes.values()) <= set(now)
    assert not set(changes) & set(now)


def test_positions_and_headers_can_be_set_to_the_real_ones(tmp_path: Path) -> None:
    raw = read(tmp_path, measure(begin="20250203"))
    mapping = tmp_path / "m.toml"
    moved = 'layout = "jeugdbescherming"\n[sources.positions]\nbegin = [39, 46]\nend = [31, 38]\n'
    mapping.write_text(mapping.read_text().replace('layout = "jeugdbescherming"\n', moved), "utf-8")
    again = read_sources(load_mapping(mapping), [tmp_path / "bij-jb.txt", tmp_path / "bij-jr.txt"])
    assert raw.frame["ended"].isna().tolist() == [True, True]
    assert again.frame["ended"].dt.strftime("%Y-%m-%d").tolist()[0] == "2025-02-03"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "[sources.positions]\nbegni = [31, 38]",
            "positions: 'begni' is geen veld van deze opmaak; bedoelde u 'begin'?",
        ),
        ("[sources.positions]\nbegin = [38, 31]", "positions.begin: verwacht [eerste, laatste] positie, vanaf 1"),
        ('[sources.headers]\nrisk_score = "DRP"', "headers: 'risk_score' is geen veld van deze opmaak"),
    ],
)
def test_a_wrong_layout(tmp_path: Path, line: str, message: str) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[[sources]]\nfile = "*"\nformat = "beleidsinformatie"\nlayout = "jeugdbescherming"\n' + line + "\n", "utf-8"
    )
    with pytest.raises(UserError) as error:
        load_mapping(mapping)
    assert message in str(error.value)


def test_the_protocol_is_consistent() -> None:
    """Every position once, every coded field with a place, and every type with a group or a reason to be left out."""
    protocol, agreement = load_protocol(), load_agreement()
    for name, layout in protocol.layouts.items():
        taken = sorted(layout.positions.values())
        assert taken[0][0] == 1
        assert all(last + 1 == first for (_, last), (first, _) in pairwise(taken)), name
        assert set(layout.positions) == set(layout.headers)
    known = set(agreement.measure_types) | set(agreement.measure_types_without_clock)
    assert set(protocol.codes["measure_type"]) | set(protocol.codes["placement_type"]) == known
    assert sorted(code for codes in protocol.types.values() for code in codes) == sorted(protocol.codes["measure_type"])
    assert set(protocol.reasons) == set(protocol.types["jeugdbescherming"])
    assert {one for reasons in protocol.reasons.values() for one in reasons} == set(protocol.codes["end_reason"])
