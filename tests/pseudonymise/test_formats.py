"""The same cases through every format: the same delivery, for the milestones that the format can carry."""

import zipfile
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from pseudonymise.delivery import Manifest
from tests.pseudonymise.exports import HEADERS, bsn, case, deliver, payload, person, write_csv, write_export

COUNT = 150
LAST = date(2026, 9, 30)
IN_CBS = {
    *("municipality", "measure_type", "court_order", "ended", "end_reason"),
    *("transferred_in", "transferred_out"),
}
# What a format can carry beside the case key: for it the export is compared with a CSV of these columns alone.
CARRIES = {
    "csv": set(HEADERS),
    "xlsx": set(HEADERS),
    "fixed_width": set(HEADERS),
    "sql": set(HEADERS),
    "ijw": {"municipality", "measure_type", "court_order", "ended"},
    "beleidsinformatie": IN_CBS,
    "beleidsinformatie, sheet": IN_CBS,
}
SYSTEMS = {"csv", "xlsx", "fixed_width", "sql"}  # exports of a case system, which hold all there is
HEADLINE = {"worker_assigned", "plan_established", "help_started"}


def cases() -> list[dict[str, object]]:
    """Measures of six years in their life: reached, open, ended, converted, handed over and taken over."""
    draw = np.random.default_rng(5)
    found = []
    for number in range(COUNT):
        day = date(2020, 10, 1) + timedelta(int(draw.integers(0, 2150)))
        kind = str(draw.choice(["11", "12", "21"], p=[0.6, 0.2, 0.2]))
        row = case(number, court_order=day, order_received=day + timedelta(2), measure_type=kind)
        row["municipality"] = str(draw.choice(["GM0202", "GM0230", "GM0236", "GM1945"]))
        for milestone, most in (("first_contact", 20), ("worker_assigned", 30), ("plan_established", 90)):
            if draw.random() < 0.8:
                row[milestone] = day + timedelta(3 + int(draw.integers(0, most)))
        if draw.random() < 0.4:
            row["ended"] = day + timedelta(int(draw.integers(30, 500)))
            row["end_reason"] = "07" if kind == "12" else {"11": "04", "21": "14"}[kind]
        elif draw.random() < 0.1:
            row["transferred_out"] = day + timedelta(100)
        found.append({field: value for field, value in row.items() if not isinstance(value, date) or value <= LAST})
    return found


@pytest.mark.parametrize("form", list(CARRIES))
def test_the_same_cases_give_the_same_delivery(tmp_path: Path, keys: Path, form: str) -> None:
    rows, people = cases(), [person(number) for number in range(COUNT)]
    if form == "ijw":  # messages tell of no transfer
        rows = [row for row in rows if "transferred_out" not in row]
        people = people[: len(rows)]
    mapping, export = write_export(tmp_path / form, form, rows, people)
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert (result.status, result.err) == (0, "")
    if form.startswith("beleidsinformatie"):  # its case key is what makes the measure: child, type and begin
        rows = [
            row | {"case": f"{bsn(number)}|{row['measure_type']}|{row['court_order']:%Y%m%d}"}
            for number, row in enumerate(rows)
        ]
    (tmp_path / "plain").mkdir()
    plain, table = write_csv(tmp_path / "plain", rows, people)
    absent = set(HEADERS) - CARRIES[form] - {"case"}
    lines = [line for line in plain.read_text("utf-8").splitlines() if line.split(" =")[0] not in absent]
    plain.write_text("\n".join(lines), "utf-8")
    assert deliver(keys, plain, table, out=tmp_path / "plain.zip").status == 0
    delivered = payload(tmp_path / "d.zip", keys)
    assert delivered == payload(tmp_path / "plain.zip", keys)
    with zipfile.ZipFile(BytesIO(delivered)) as archive:
        manifest = Manifest.model_validate_json(archive.read("manifest.json"))
        steps = archive.read("steps.csv").decode()
    assert manifest.rows_used > 100
    if form not in SYSTEMS:
        assert set(manifest.missing_milestones) >= HEADLINE
        for step in ("worker_assigned", "plan", "help"):
            assert not [line for line in steps.splitlines() if line.startswith(f"{step},") and ",reached," in line]


def test_two_deliveries_of_the_same_cases_differ_in_their_signature_alone(tmp_path: Path, keys: Path) -> None:
    mapping, export = write_export(tmp_path / "csv", "csv", cases(), [person(number) for number in range(COUNT)])
    for name in ("a", "b"):
        assert deliver(keys, mapping, export, out=tmp_path / f"{name}.zip").status == 0
    assert payload(tmp_path / "a.zip", keys) == payload(tmp_path / "b.zip", keys)
