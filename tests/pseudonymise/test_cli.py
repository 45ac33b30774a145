import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from pseudonymise import making
from pseudonymise.delivery import TABLES
from pseudonymise.durations import Summary
from tests.pseudonymise.exports import case, deliver, person, run, write_csv


@pytest.fixture
def export(tmp_path: Path) -> tuple[Path, Path]:
    return write_csv(tmp_path, [case(n) for n in range(4)], [person(n) for n in range(4)])


def test_a_delivery_is_made_and_shown(tmp_path: Path, keys: Path, export: tuple[Path, Path]) -> None:
    result = deliver(keys, *export, out=tmp_path / "d.zip")
    assert (result.status, result.err) == (0, "")
    assert "Jeugdbescherming Gelderland (JBGLD), tot en met 30-09-2026" in result.out
    assert "4 van 4 zaken tellen mee" in result.out
    shown = run("show", tmp_path / "d.zip", "--keys", keys)
    assert (shown.status, shown.err) == (0, "")
    for name, columns in TABLES.items():
        assert f"\n{name}: " in shown.out
        assert all(f"\n  {column} " in shown.out for column in columns)
    assert "steps: zaken per stap van de keten (5 rijen)" in shown.out
    assert "Meer staat er niet in" in shown.out
    assert "terug te rekenen tot 90 dagen of meer (minstens 7)" in shown.out
    assert "0 van 5 rijen over stappen (0%) tellen één zaak" in shown.out


def test_the_steward_can_show_it_too(tmp_path: Path, keys: Path, export: tuple[Path, Path]) -> None:
    deliver(keys, *export, out=tmp_path / "d.zip")
    steward = tmp_path / "steward"
    steward.mkdir()
    for name in ("steward.age", "JBGLD.verify"):
        shutil.copy(keys / name, steward / name)  # with who may read it
    assert run("show", tmp_path / "d.zip", "--keys", steward).status == 0
    (steward / "JBGLD.verify").unlink()
    refused = run("show", tmp_path / "d.zip", "--keys", steward)
    assert (refused.status, "kent geen sleutel van de afzender" in refused.err) == (2, True)


def test_left_out_reasons_are_told(tmp_path: Path, keys: Path) -> None:
    rows = [case(0), case(1, measure_type="31"), case(2, order_received=""), case(3, plan_established="01-01-2024")]
    export = write_csv(tmp_path, rows, [person(n) for n in range(4)])
    said = deliver(keys, *export, out=tmp_path / "d.zip").out
    assert "2 van 4 zaken tellen mee" in said
    assert "weggelaten: 1 soort 31, preventief justitieel kader: geen beschikking" in said
    assert "weggelaten: 1 zonder datum waarop de klok begint" in said
    assert "datums voor het begin van de zaak of na --until: 1." in said


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--institution", "XYZ", "De instelling is geen partij bij de overeenkomst"),
        ("--until", "30-09-2026", "--until: is geen datum; verwacht JJJJ-MM-DD"),
        ("--until", "2026-02-30", "--until: is geen datum"),
        ("--until", "2020-09-30", "--until: ligt voor het begin van de overeenkomst (01-10-2020)"),
        ("--keys", "nergens", "Sleutelbestand 'nergens/JBGLD.signing' bestaat niet"),
        ("--mapping", "nergens.toml", "nergens.toml: bestaat niet"),
        ("--mapping", ".", "is geen tekst in UTF-8"),
        ("--out", "/proc/nergens/d.zip", "/proc/nergens/d.zip: schrijven lukt niet"),
    ],
)
def test_a_wrong_option(
    tmp_path: Path, keys: Path, export: tuple[Path, Path], option: str, value: str, message: str
) -> None:
    options = {
        "--institution": "JBGLD",
        "--until": "2026-09-30",
        "--keys": str(keys),
        "--mapping": str(export[0]),
        "--out": str(tmp_path / "d.zip"),
    } | {option: value}
    result = run("deliver", *(word for pair in options.items() for word in pair), export[1])
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert not (tmp_path / "d.zip").exists()


def test_a_mapping_of_another_kind_of_institution(tmp_path: Path, keys: Path, export: tuple[Path, Path]) -> None:
    result = deliver(keys, *export, out=tmp_path / "d.zip", institution="VTGM")
    assert (result.status, "hoort niet bij VTGM" in result.err) == (2, True)


def test_an_earlier_delivery_survives_a_failure(tmp_path: Path, keys: Path, export: tuple[Path, Path]) -> None:
    deliver(keys, *export, out=tmp_path / "d.zip")
    before = (tmp_path / "d.zip").read_bytes()
    write_csv(tmp_path, [case(0, ended="gisteren")], [person(0)])
    assert deliver(keys, *export, out=tmp_path / "d.zip").status == 2
    assert (tmp_path / "d.zip").read_bytes() == before


def test_where_the_report_cannot_be_written_there_is_no_delivery(
    tmp_path: Path, keys: Path, export: tuple[Path, Path]
) -> None:
    result = deliver(keys, *export, out=tmp_path / "d.zip", feedback=Path("/proc/nergens/verslag.html"))
    assert (result.status, "schrijven lukt niet" in result.err) == (2, True)
    assert not (tmp_path / "d.zip").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from pseudonymise.cli import main

left, replace = int(sys.argv[1]), Path.replace

def moved(self, target):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return replace(self, target)

Path.replace = moved
main(sys.argv[2:])
"""


@pytest.mark.parametrize("moves", [0, 1, 2])
def test_a_delivery_that_is_killed_leaves_the_old_one(
    tmp_path: Path, keys: Path, export: tuple[Path, Path], moves: int
) -> None:
    """Killed before each of the three files is moved into place: the rows, the report and the delivery."""
    deliver(keys, *export, out=tmp_path / "d.zip", feedback=tmp_path / "v.html")
    names = ("d.zip", "v.html", "v.csv")
    before = {name: (tmp_path / name).read_bytes() for name in names}
    write_csv(tmp_path, [case(n, plan_established="") for n in range(2)], [person(n) for n in range(2)])
    words = [
        *("deliver", "--institution", "JBGLD", "--mapping", export[0], "--until", "2026-09-30", "--keys", keys),
        *("--out", tmp_path / "d.zip", "--feedback", tmp_path / "v.html", export[1]),
    ]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(moves), *map(str, words)], capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "d.zip").read_bytes() == before["d.zip"]
    changed = sum((tmp_path / name).read_bytes() != before[name] for name in names[1:])
    assert changed <= moves
    assert run(*words).status == 0
    assert (tmp_path / "d.zip").read_bytes() != before["d.zip"]


def test_a_delivery_that_gives_a_date_away_is_not_written(
    tmp_path: Path, keys: Path, export: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    summarise = making.summarise

    def planted(*arguments: object) -> Summary:
        summary = summarise(*arguments)  # type: ignore[arg-type]
        row = summary.tables["steps"].iloc[[0]].assign(step="plan", duration=17, outcome="open", norm_result="not_due")
        summary.tables["steps"] = pd.concat([summary.tables["steps"], row])
        return summary

    monkeypatch.setattr(making, "summarise", planted)
    result = deliver(keys, *export, out=tmp_path / "d.zip")
    assert result.status == 2
    assert "stap plan, 2025Q1 is een begindatum terug te rekenen tot 0 dagen" in result.err
    assert not (tmp_path / "d.zip").exists()


def test_what_nobody_foresaw_shows_no_value(
    tmp_path: Path, keys: Path, export: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Tijbina Grutmans, 999990019")

    monkeypatch.setattr(making, "build_trajectories", fail)
    result = deliver(keys, *export, out=tmp_path / "d.zip")
    assert (result.status, result.out) == (1, "")
    assert "RuntimeError in" in result.err
    assert "Geef deze regel door" in result.err
    assert not {word for word in ("Tijbina", "999990019", "Traceback") if word in result.err}


def test_keys_are_made_once(tmp_path: Path) -> None:
    assert "Geef JBGLD.verify aan de beheerder" in run("keys", "JBGLD", "--keys", tmp_path).out
    assert "Geef steward.recipient aan elke instelling" in run("keys", "steward", "--keys", tmp_path).out
    assert run("keys", "JBGLD", "--keys", tmp_path).status == 2
    assert run("keys", "XYZ", "--keys", tmp_path).status == 2


def test_the_folder_of_keys_can_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERBETERMONITOR_KEYS", str(tmp_path / "kluis"))
    run("keys", "steward")
    assert (tmp_path / "kluis" / "steward.age").exists()


def test_the_command_runs_and_the_institutions_side_stands_alone(tmp_path: Path) -> None:
    """In a process of its own: a user's error is a message and status 2; nothing of the monitor is imported."""
    script = (
        "import sys; from pseudonymise.cli import main\n"
        "try: main(['show', 'weg.zip'])\n"
        "finally: print([n for n in ('monitor', 'streamlit', 'plotly', 'sqlalchemy') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (done.returncode, done.stdout.strip()) == (2, "[]")
    assert done.stderr.strip() == "weg.zip: bestaat niet. Controleer de naam van de aanlevering."


def test_help_names_the_commands() -> None:
    said = run("--help").out
    assert all(command in said for command in ("sample", "keys", "deliver", "show"))


def test_the_sample_can_be_in_every_format(tmp_path: Path, keys: Path) -> None:
    done = run("sample", "--formats", "--out", tmp_path / "f")
    assert (done.status, done.err) == (0, "")
    assert "csv, xlsx, fixed_width, sql, beleidsinformatie, ijw, elk met koppeling.toml" in done.out
    folder = tmp_path / "f" / "ijw"
    result = deliver(keys, folder / "koppeling.toml", folder / "berichten.zip", out=tmp_path / "d.zip")
    assert (result.status, result.err) == (0, "")
    (missing,) = [line for line in result.out.splitlines() if line.startswith("  niet in de bron: ")]
    assert all(word in missing for word in ("eerste contact", "vaste medewerker", "plan", "passende hulp"))
