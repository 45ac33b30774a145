"""The report back to the supplier: text, a page and a table say the same, and none of them does anything else."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from monitor.cli import register
from monitor.intake.receipt import ALL_RULES, Outcome, Receipt
from monitor.intake.report import lines, to_csv, to_html, to_text, where
from monitor.intake.rule import Finding
from monitor.locale import DUTCH, ENGLISH
from pseudonymise.errors import UserError
from tests.monitor.deliveries import make_delivery, make_parties
from tests.monitor.intake.workbooks import filled

EVIL = "=HYPERLINK(\"http://x\")<script>alert('x')</script>.xlsx"


def finding(code: str, table: str, rows: tuple[int, ...] = (), columns: tuple[str, ...] = ()) -> Finding:
    return Finding(ALL_RULES[code], table, rows, columns)


RECEIPT = Receipt(
    EVIL,
    Outcome.REFUSED,
    [
        finding("region_left_out", "JZ12"),
        finding("cell_empty", "Invullen", (6, 7, 8, 9, 10, 11, 12), ("Plekken",)),
    ],
    "JZ32",
    "places",
    period="2026Q3",
)


@pytest.mark.parametrize("code", ALL_RULES)
def test_every_rule_speaks_both_languages_and_says_what_to_do(code: str) -> None:
    rule = ALL_RULES[code]
    for words in (rule.nl, rule.en):
        assert words.message[0].islower()  # it stands after a place and a colon
        assert not words.message.endswith(".")
        assert words.remedy[0].isupper()
        assert words.remedy.endswith(".")
    assert rule.nl.message != rule.en.message


@pytest.mark.parametrize(
    ("found", "dutch", "english"),
    [
        (finding("cell_empty", "Invullen", (6,), ("Plekken",)), "werkblad 'Invullen', rij 6, kolom 'Plekken'", None),
        (finding("counted_twice", "steps", (2, 3)), "tabel 'steps', rij 2, 3", "table 'steps', row 2, 3"),
        (
            finding("counted_twice", "steps", tuple(range(2, 9))),
            "tabel 'steps', rij 2, 3, 4, 5, 6 en nog 2",
            "table 'steps', row 2, 3, 4, 5, 6 and 2 more",
        ),
        (finding("rows_unaccounted_for", "manifest", (), ("rows_read",)), "manifest", "manifest"),
        (finding("no_delivery", "file"), "het bestand", "the file"),
        (finding("region_gone", "JZ32"), "regio Rijk van Nijmegen", "region Rijk van Nijmegen"),
        (finding("quarter_gone", "2025Q2"), "2e kwartaal 2025", "2nd quarter 2025"),
    ],
)
def test_where_it_is(found: Finding, dutch: str, english: str | None) -> None:
    assert where(found, DUTCH) == dutch
    assert english is None or where(found, ENGLISH) == english


def test_errors_come_before_warnings() -> None:
    assert [line.code for line in lines(RECEIPT.findings, DUTCH)] == ["cell_empty", "region_left_out"]


def test_the_page_is_whole_and_what_was_sent_stays_text() -> None:
    page = to_html([RECEIPT], DUTCH)
    assert page.startswith('<!doctype html>\n<html lang="nl">')
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace("http://x", "")  # asks nobody for anything
    assert "src=" not in page
    assert page.count('<th scope="col">') == 5
    assert "<caption>" in page
    assert to_html([RECEIPT], ENGLISH).startswith('<!doctype html>\n<html lang="en">')


def test_the_table_holds_every_row_and_no_formula() -> None:
    content = to_csv([RECEIPT, Receipt("+1.zip", Outcome.LOADED)], DUTCH)
    assert content.startswith(b"\xef\xbb\xbf")
    header, *rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert header[:4] == ["Bestand", "Wat", "Uitkomst", "Soort"]
    assert [len(row) for row in rows] == [len(header)] * 3
    assert rows[0][5] == "6 7 8 9 10 11 12"
    assert rows[0][0].startswith("'=HYPERLINK")
    assert rows[2][0] == "'+1.zip"
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_the_three_say_the_same() -> None:
    shown = to_text(RECEIPT, DUTCH), to_html([RECEIPT], DUTCH), to_csv([RECEIPT], DUTCH).decode("utf-8-sig")
    for line in lines(RECEIPT.findings, DUTCH):
        for text in shown:
            assert line.message in text
            assert line.remedy in text
            assert line.code in text


# --- the commands ---------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("VERBETERMONITOR_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.setenv("VERBETERMONITOR_KEYS", str(make_parties(tmp_path / "keys", "VTGZ").folder))
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return lambda *args: CliRunner().invoke(app, list(map(str, args)))


def test_load_writes_the_report_of_what_came_in(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "plekken.xlsx").write_bytes(filled("places"))
    result = run("load", "plekken.xlsx", "--report", "report.html")
    assert result.exit_code == 0
    assert "plekken.xlsx: Plekken, Rijk van Nijmegen, doorlopend\n  Aangenomen.\n  Rijen: 2." in result.stdout
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Aangenomen." in page
    assert "Niets te verbeteren." in page


def test_load_writes_the_report_of_what_was_refused(run: Callable[..., Result], tmp_path: Path) -> None:
    from monitor.intake.load import Refused

    (tmp_path / "leeg.xlsx").write_bytes(filled("places", []))
    parties = make_parties(tmp_path / "others", "VTGZ")
    parties.seal(make_delivery("VTGZ", quarters=["2026Q1"]), tmp_path / "vtgz.zip")  # signed with another key
    result = run("load", "leeg.xlsx", "vtgz.zip", "absent.zip", "--report", "report.csv")
    assert isinstance(result.exception, Refused)
    assert "absent.zip: bestaat niet." in str(result.exception)
    report = (tmp_path / "report.csv").read_text("utf-8-sig")
    assert "nothing_filled_in" in report
    assert "signature_wrong" in report


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ("report.pdf", "report.pdf: verwacht een bestand dat op .html of .csv eindigt."),
        ("nowhere/report.csv", "nowhere/report.csv: de map bestaat niet. Maak haar eerst; er is niets geladen."),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_loaded(
    run: Callable[..., Result], report: str, message: str
) -> None:
    result = run("load", "d.zip", "--report", report)
    assert isinstance(result.exception, UserError)
    assert str(result.exception) == message


def test_a_template_is_written_and_never_overwritten(run: Callable[..., Result], tmp_path: Path) -> None:
    assert run("template", "places").exit_code == 0
    written = (tmp_path / "places.xlsx").read_bytes()
    again = run("template", "places")
    assert "places.xlsx: bestaat al" in str(again.exception)
    assert (tmp_path / "places.xlsx").read_bytes() == written
    assert run("template", "places", "--out", "other.xlsx").exit_code == 0
    unknown = run("template", "beds")
    assert "verwacht een van contract_results, waiting_lists, places, contacts, survey" in str(unknown.exception)
