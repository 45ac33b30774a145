"""Whether the exports say what was recorded, in the format that is promised."""

import csv
import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pseudonymise.agreement import load_agreement
from pseudonymise.sources import read_sources
from pseudonymise.sources.mapping import load_mapping
from pseudonymise.sources.xlsx import CalamineWorkbook
from pseudonymise.trajectories import build_trajectories, check_fields
from sample_data.exports import EXPORTS, LDH_PERSONAL, PERSONAL
from sample_data.flaws import Flaw, Recorded
from sample_data.generate import generate, write_large_csv
from sample_data.parameters import load_parameters
from sample_data.people import SYLLABLES

Records = dict[str, tuple[Recorded, pd.DataFrame]]
EXAMPLES = Path(__file__).parents[2] / "sample_data" / "examples"
INSTITUTIONS = tuple(EXPORTS)
TABLES = tuple(file for files in EXPORTS.values() for file in files if file.endswith(".csv"))


def test_the_index_names_every_institution_and_file(sample: Path) -> None:
    index = json.loads((sample / "sample.json").read_text("utf-8"))
    assert index.pop("until") == "2026-09-30"
    assert list(index) == [institution.code for institution in load_agreement().institutions]
    named = {"sample.json", *(entry["mapping"] for entry in index.values())}
    named |= {file for entry in index.values() for file in entry["exports"]}
    named |= {entry["chain"] for entry in index.values() if "chain" in entry}
    assert named == {path.name for path in sample.iterdir()}


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_an_export_read_back_is_what_was_recorded(sample: Path, records: Records, institution: str) -> None:
    recorded, _ = records[institution]
    mapping = load_mapping(sample / f"{institution.lower()}.toml")
    check_fields(mapping, load_agreement().institution(institution))
    raw = read_sources(mapping, [sample / file for file in EXPORTS[institution]]).frame
    assert list(raw["case"].str.upper()) == list(recorded.cases["case"].str.upper())
    for column in recorded.dates:
        flaws = recorded.flaws[column]
        dates = recorded.dates[column].where(flaws.isin([Flaw.NONE, Flaw.MISTYPED]))
        pd.testing.assert_series_equal(raw[column], dates, check_names=False, check_dtype=False)
        if f"{column}_undated" in raw:
            undated = flaws.isin([Flaw.UNKNOWN, Flaw.DAY_UNKNOWN, Flaw.IMPOSSIBLE])
            assert list(raw[f"{column}_undated"]) == list(undated)
    for column in recorded.entered:
        days = raw[f"{column}_registered"]
        pd.testing.assert_series_equal(days, recorded.entered[column], check_names=False, check_dtype=False)


@pytest.mark.parametrize("institution", ["JBGLD", "WSS"])
def test_what_was_entered_after_the_extract_is_in_no_export(
    records: Records, true_cases: dict[str, pd.DataFrame], institution: str
) -> None:
    """Of plans established in the last ten weeks some are absent, of those of a year ago none."""
    recorded, _ = records[institution]
    assert (recorded.entered.max() <= pd.Timestamp("2026-09-30")).all()
    lost = (recorded.cases["plan_established"] <= "2026-09-30") & recorded.dates["plan_established"].isna()
    newest = recorded.cases["plan_established"].between("2026-07-22", "2026-09-30")
    assert 0.2 < lost[newest].mean() < 0.5
    assert not lost[recorded.cases["plan_established"] < "2025-09-30"].any()
    gi = true_cases["gi"]
    absent = gi[(gi["institution"] == institution) & ~gi["case"].isin(recorded.cases["case"])]
    assert 1 <= len(absent) <= 30
    assert absent["order_received"].between("2026-08-01", "2026-09-30").all()


@pytest.mark.parametrize(
    ("last_day", "low", "high"),
    [
        ("2026-09-30", -0.25, -0.10),  # followed to the extract, plans look late
        ("2026-08-13", -0.06, 0.0),  # to the P90 of their entry before it, as they were
    ],
)
def test_the_newest_plans_look_late_until_entry_is_allowed_for(
    records: Records, last_day: str, low: float, high: float
) -> None:
    """Plans within six weeks, of the last measures of which the six weeks were over: recorded less true."""
    recorded, _ = records["JBGLD"]
    over = pd.Timestamp(last_day) - pd.Timedelta(days=42)
    received = recorded.cases["order_received"]
    cohort = received.between(over - pd.Timedelta(days=45), over) & (recorded.flaws["plan_established"] == Flaw.NONE)
    true, seen = (
        ((dates["plan_established"] - received).dt.days <= 42)[cohort].mean()
        for dates in (recorded.cases, recorded.dates)
    )
    assert low < seen - true <= high


@pytest.mark.parametrize(("milestone", "mean"), load_parameters().registration.mean_days.items())
def test_entry_takes_as_long_as_planned(records: Records, milestone: str, mean: float) -> None:
    delays = []
    for institution in load_parameters().registration.institutions:
        recorded, _ = records[institution]
        kept = (recorded.flaws[milestone] == Flaw.NONE) & (recorded.dates[milestone] < "2026-01-01")
        delays.append((recorded.entered[milestone] - recorded.dates[milestone])[kept].dt.days)
    days = pd.concat(delays)
    assert days[days >= 0].mean() == pytest.approx(mean, rel=0.05)
    assert 0.001 < (days < 0).mean() < 0.01
    assert days.min() >= -20  # ten days, and then to the working day before


@pytest.mark.parametrize("institution", ["JBGLD", "WSS", "LDH", "JVV"])
def test_only_preventive_work_is_left_out(sample: Path, records: Records, institution: str) -> None:
    mapping = load_mapping(sample / f"{institution.lower()}.toml")
    raw = read_sources(mapping, [sample / file for file in EXPORTS[institution]])
    read = build_trajectories(raw, mapping, load_agreement().institution(institution), date(2026, 9, 30))
    cases = records[institution][0].cases
    assert read.left_out == {"measure_type_31": (cases["measure_type"] == "31").sum()}
    groups = cases.loc[cases["measure_type"] != "31", "measure_type"].map(load_agreement().measure_types)
    assert list(read.frame["measure_group"]) == list(groups)
    converted = (cases["end_reason"] == "07") & records[institution][0].dates["ended"].notna()
    assert read.frame["converted"].sum() == converted.sum()


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_what_is_recorded_differs_from_the_truth_in_its_flaws_only(records: Records, institution: str) -> None:
    recorded, _ = records[institution]
    extract = pd.Timestamp("2026-09-30")
    for column in recorded.dates:
        true = recorded.cases[column].where(recorded.cases[column] <= extract)
        if column in recorded.entered:  # and was entered: it may be absent in the last months
            assert true[recorded.dates[column].isna()].dropna().gt("2025-10-01").all()
            true = true.where(recorded.dates[column].notna())
        kept = recorded.flaws[column] != Flaw.MISTYPED
        assert (recorded.dates[column].isna() == true.isna()).all()
        assert (recorded.dates[column][kept & true.notna()] == true[kept & true.notna()]).all()


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_three_to_eight_in_a_hundred_dates_are_missing(records: Records, institution: str) -> None:
    recorded, _ = records[institution]
    kind = load_agreement().institution(institution).kind
    steps = [step.to for step in load_agreement().steps_of(kind) if step.to not in ("order_received", "help_started")]
    happened = recorded.dates[steps].notna()
    missing = recorded.flaws[steps].isin([Flaw.BLANK, Flaw.UNKNOWN]) & happened
    assert missing.to_numpy().sum() / happened.to_numpy().sum() == pytest.approx(
        load_parameters().flaws.missing[institution], abs=0.012
    )


@pytest.mark.parametrize(
    ("institution", "low", "high"),
    [("JBGLD", 0.05, 0.10), ("WSS", 0.05, 0.10), ("LDH", 0.15, 0.40), ("JVV", 0.02, 0.10)],
)
def test_the_start_of_help_is_badly_known_at_one_institution(
    records: Records, institution: str, low: float, high: float
) -> None:
    recorded, _ = records[institution]
    happened = recorded.dates["help_started"].notna()
    unknown = (recorded.flaws["help_started"] == Flaw.UNKNOWN)[happened].mean()
    assert low <= unknown <= high


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_a_blank_date_is_shown_by_a_later_one(records: Records, institution: str) -> None:
    recorded, _ = records[institution]
    clean = recorded.dates.where(recorded.flaws.isin([Flaw.NONE, Flaw.MISTYPED, Flaw.IMPOSSIBLE]))
    for step in load_agreement().steps_of(load_agreement().institution(institution).kind):
        blank = recorded.flaws[step.to] == Flaw.BLANK
        evidence = ["court_order"] if step.to == "order_received" else list(step.shown_by)
        if evidence:
            assert clean.loc[blank, evidence].notna().any(axis=1).all()
        else:
            assert not blank.any()


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_impossible_dates_only_where_the_mapping_says_why(sample: Path, records: Records, institution: str) -> None:
    recorded, _ = records[institution]
    impossible = int((recorded.flaws == Flaw.IMPOSSIBLE).to_numpy().sum())
    text = (sample / f"{institution.lower()}.toml").read_text("utf-8")
    _, _, policies = text.partition("[policies]\n")
    if load_mapping(sample / f"{institution.lower()}.toml").policies.impossible_date == "refuse":
        assert impossible == 0
    else:
        assert 3 <= impossible <= 10
        assert policies.startswith("# ")


def test_mistyped_dates_are_before_the_case_or_in_the_future(records: Records) -> None:
    recorded, _ = records["JBGLD"]
    wrong = recorded.flaws["worker_assigned"] == Flaw.MISTYPED
    dates = recorded.dates.loc[wrong, "worker_assigned"]
    received = recorded.dates.loc[wrong, "order_received"]
    assert 3 <= wrong.sum() <= 40
    assert ((dates < received) | (dates > pd.Timestamp("2026-09-30"))).all()


def rows(path: Path, encoding: str, separator: str) -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as lines:
        return list(csv.reader(lines, delimiter=separator))


@pytest.mark.parametrize("table", TABLES)
def test_the_headers_of_a_table_are_those_of_its_frozen_example(sample: Path, table: str) -> None:
    now, then = ((folder / table).read_bytes().split(b"\n")[0] for folder in (sample, EXAMPLES))
    assert now == then


def test_the_headers_of_the_workbook_are_those_of_its_frozen_example(sample: Path) -> None:
    now, then = (CalamineWorkbook.from_path(folder / "wss-export.xlsx") for folder in (sample, EXAMPLES))
    assert now.sheet_names == then.sheet_names == ["Maatregelen", "Voortgang"]
    for sheet in now.sheet_names:
        header = next(now.get_sheet_by_name(sheet).iter_rows())
        assert header == next(then.get_sheet_by_name(sheet).iter_rows())


def test_the_fixed_width_records_are_as_long_as_in_the_frozen_example(sample: Path) -> None:
    for folder in (sample, EXAMPLES):
        records = (folder / "ldh-beleidsinformatie.txt").read_bytes().split(b"\r\n")
        assert records.pop() == b""
        assert {len(record) for record in records} == {128}
        assert all(record.startswith(b"GI1LDH") and record.endswith(b"verzonnen") for record in records)


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_the_frozen_examples_can_be_read(institution: str) -> None:
    mapping = load_mapping(EXAMPLES / f"{institution.lower()}.toml")
    assert len(read_sources(mapping, [EXAMPLES / file for file in EXPORTS[institution]]).frame) == 40


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_a_table_says_that_it_is_invented(sample: Path, table: str) -> None:
    encoding = "cp1252" if table.startswith("jvv") else "utf-8-sig"
    header, *records = rows(sample / table, encoding, "," if table.startswith("jvv") else ";")
    assert header[0] == "voorbeeldgegevens"
    assert {record[0] for record in records} == {"verzonnen"}


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_every_institution_exports_what_must_not_leave(institution: str) -> None:
    tables = {"LDH": ("ldh-mijlpalen.csv",), "WSS": ("Maatregelen", "Voortgang")}.get(institution, EXPORTS[institution])
    carried = {field for table in tables for field in PERSONAL[table].values()}
    if institution == "LDH":
        carried |= set(LDH_PERSONAL)
    assert carried >= {"sample", "bsn", "last", "birth_date", "street", "postcode", "phone", "note"}


def test_bsns_start_with_999_pass_the_eleven_test_and_belong_to_one_person(
    records: Records, true_cases: dict[str, pd.DataFrame]
) -> None:
    people = pd.concat([people for _, people in records.values()])
    persons = pd.concat(true_cases.values()).set_index(["institution", "case"])["person"]
    cases = pd.concat([recorded.cases for recorded, _ in records.values()])
    person = persons.loc[list(zip(cases["institution"], cases["case"], strict=True))].to_numpy()
    digits = np.array([list(bsn) for bsn in people["bsn"]], dtype=int)
    assert people["bsn"].str.fullmatch(r"999\d{6}").all()
    assert not (digits @ [9, 8, 7, 6, 5, 4, 3, 2, -1] % 11).any()
    pairs = pd.DataFrame({"bsn": people["bsn"].to_numpy(), "person": person}).drop_duplicates()
    assert pairs["bsn"].is_unique
    assert pairs["person"].is_unique


def test_siblings_share_name_and_address(records: Records) -> None:
    recorded, people = records["JBGLD"]
    shared = people.groupby(recorded.cases["family"].to_numpy())[["last", "street", "postcode", "phone"]]
    assert (shared.nunique() == 1).all().all()


def test_a_case_begins_between_birth_and_coming_of_age(records: Records) -> None:
    for recorded, people in records.values():
        # Who is handed over may have come of age under youth probation.
        began = recorded.cases.select_dtypes("datetime").drop(columns="birth_date").min(axis=1)
        if "transferred_in" in recorded.cases:
            began = began.mask(recorded.cases["transferred_in"].notna())
        age = (began.dropna() - people["birth_date"]).dropna().dt.days / 365.25
        assert age.between(0, 18).all()


def test_notes_hold_names(records: Records) -> None:
    _, people = records["VTGM"]
    named = [
        first in note or last in note
        for note, first, last in zip(people["note"], people["first"], people["last"], strict=True)
    ]
    assert np.mean(named) == 1


def test_names_come_from_several_cultures(records: Records) -> None:
    families = records["JBGLD"][1]["last"].drop_duplicates()
    for *_, beginnings, endings in SYLLABLES:
        assert (families.str.contains("|".join(beginnings)) & families.str.endswith(endings)).sum() > 10


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("first", "second", "other"))
    generate(first, seed=7, scale=0.03)
    generate(second, seed=7, scale=0.03)
    generate(other, seed=8, scale=0.03)
    assert [path.read_bytes() for path in sorted(first.iterdir())] == [
        path.read_bytes() for path in sorted(second.iterdir())
    ]
    assert all(
        (first / file).read_bytes() != (other / file).read_bytes() for files in EXPORTS.values() for file in files
    )


def test_a_second_run_replaces_the_first_and_leaves_nothing_behind(tmp_path: Path) -> None:
    said: list[str] = []
    generate(tmp_path / "out", seed=7, scale=0.03)
    before = {path.name for path in (tmp_path / "out").iterdir()}
    generate(tmp_path / "out", seed=8, scale=0.03, progress=said.append)
    assert {path.name for path in (tmp_path / "out").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [line.split(":")[0] for line in said] == list(INSTITUTIONS)


def test_a_large_export_has_the_rows_asked_for_in_the_format_of_jbgld(tmp_path: Path, sample: Path) -> None:
    write_large_csv(tmp_path / "jbgld-large.csv", 5_000)
    header, *records = rows(tmp_path / "jbgld-large.csv", "utf-8-sig", ";")
    assert header == rows(sample / "jbgld-maatregelen.csv", "utf-8-sig", ";")[0]
    assert len(records) == len({record[header.index("zaaknummer")] for record in records}) == 5_000
