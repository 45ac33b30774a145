"""Spreadsheets: written the same each time, read back as they were meant, corrected whole, and kept."""

import io
import zipfile
from contextlib import suppress
from datetime import date
from functools import cache
from random import Random
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from monitor.catalogue.expected import ADDRESSES, WORDS, load_expected
from monitor.intake.load import Offered, Refused, find_person, take_in
from monitor.intake.receipt import Outcome, Receipt
from monitor.intake.rule import Severity
from monitor.intake.sheets.layout import EXPLANATION, FILL_IN, FIRST_ROW, HEADER_ROW, LISTS, SHEETS
from monitor.intake.sheets.read import NotReadable, read_sheet
from monitor.intake.sheets.rules import check
from monitor.intake.sheets.write import write_template
from monitor.store.history import received
from monitor.store.sheets import FIGURES, current_sheets, newest_before, sheets
from monitor.upload import TEMPLATE, TooLarge, check_workbook
from tests.monitor.deliveries import Parties, make_parties
from tests.monitor.intake.workbooks import TODAY, VALID, Row, filled, saved, workbook

TEMPLATES = list(VALID)


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return make_parties(tmp_path_factory.mktemp("keys"))


def unasked(words: str) -> Any:
    """A text guard that is not to be asked anything: the template has no words."""
    raise AssertionError(words)


def send(engine: Engine, parties: Parties, code: str, *args: Any, **choices: str) -> Receipt:
    (receipt,) = take_in(engine, [Offered(f"{code}.xlsx", filled(code, *args, **choices))], parties.steward)
    return receipt


# --- the template ---------------------------------------------------------------------------------------------


def test_there_is_a_valid_example_of_every_template() -> None:
    assert list(load_expected().templates) == TEMPLATES


@pytest.mark.parametrize("code", TEMPLATES)
def test_a_template_is_the_same_each_time(code: str) -> None:
    assert write_template(code, TODAY) == write_template(code, TODAY)


@pytest.mark.parametrize("code", TEMPLATES)
def test_a_template_has_a_header_lists_an_explanation_and_an_example(code: str) -> None:
    template = load_expected().templates[code]
    book = openpyxl.load_workbook(io.BytesIO(write_template(code, TODAY)))
    assert tuple(book.sheetnames) == SHEETS
    headings = [column.nl for column in template.columns]
    assert [cell.value for cell in book[FILL_IN][HEADER_ROW][: len(headings)]] == headings
    validated = {str(rule.sqref).split(":")[0]: rule.type for rule in book[FILL_IN].data_validations.dataValidation}
    letters = [chr(ord("A") + place) for place in range(len(headings))]
    kinds = {"count": "whole", "amount": "decimal", "date": "date"}
    kinds |= dict.fromkeys((*WORDS, *ADDRESSES, "person"), "textLength")
    assert {f"{letter}{FIRST_ROW}" for letter in letters} <= set(validated)
    assert [validated[f"{letter}{FIRST_ROW}"] for letter in letters] == [
        kinds.get(column.kind, "list") for column in template.columns
    ]
    lists = [cell.value for row in book[LISTS].iter_rows() for cell in row if cell.value]
    for column in template.columns:
        if column.is_list:
            assert {option.nl for option in load_expected().options(column.kind).values()} <= set(lists)
    explained = [str(cell.value) for row in book[EXPLANATION].iter_rows() for cell in row if cell.value]
    assert template.nl.why in explained
    assert "Voorbeeld van een regel (verzonnen)" in explained
    assert all(explained.count(heading) >= 2 for heading in headings)  # in the explanation, and above the example


@pytest.mark.parametrize("code", TEMPLATES)
def test_the_example_row_is_accepted_when_it_is_filled_in(code: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_template(code, TODAY)))
    columns = len(load_expected().templates[code].columns)
    example = [cell.value for cell in list(book[EXPLANATION].iter_rows())[-1][:columns]]
    supplier = {"places": "Noord-Veluwe"}.get(code, "")
    sheet = read_sheet(filled(code, [example], supplier=supplier), TODAY)
    assert not [one for one in check(sheet, TODAY, find_person) if one.rule.severity is Severity.ERROR]


def test_who_has_a_template_of_its_own_chooses_from_its_own_regions() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_template("survey", TODAY, "JVV")))
    assert book[FILL_IN]["B2"].value == "Jeugd Veilig Verder"
    assert [cell.value for cell in book[LISTS]["C"] if cell.value] == ["Regio", "Noord-Veluwe", "Food Valley"]


# --- reading it back ------------------------------------------------------------------------------------------


def test_what_is_read_is_what_was_filled_in() -> None:
    sheet = read_sheet(filled("waiting_lists"), TODAY)
    assert (sheet.code, sheet.supplier, sheet.period) == ("waiting_lists", "JVV", "2023Q3")
    assert list(sheet.table.index) == [6, 7, 8, 9]
    assert sheet.table.astype(object).where(sheet.table.notna(), None).to_numpy().tolist() == [
        ["JZ12", "ots", "waiting", 12, 40.5],
        ["JZ12", "ots", "throughflow", 3, None],
        ["JZ21", "ots", "waiting", 0, None],
        ["JZ21", "jr", "throughflow", 11, 18],
    ]


@pytest.mark.parametrize(
    ("typed", "read"),
    [("12", 12), (" 12 ", 12), (12.0, 12), ("31,5", None), ("0", 0)],  # 31,5 youths: not whole
)
def test_a_number_that_is_kept_as_text_is_a_number(typed: object, read: int | None) -> None:
    rows: list[Row] = [("Noord-Veluwe", "Voogdij", "Wachtlijst", typed, None)]
    if read is None:
        with pytest.raises(NotReadable):
            read_sheet(filled("waiting_lists", rows), TODAY)
    else:
        assert read_sheet(filled("waiting_lists", rows), TODAY).table["youths"].tolist() == [read]


@pytest.mark.parametrize("name", ["Noord-Veluwe", "noord-veluwe", "JZ12", "jz12", " JZ12 "])
def test_a_code_and_a_name_say_the_same(name: str) -> None:
    rows: list[Row] = [(name, "Voogdij", "Wachtlijst", 1, None)]
    assert read_sheet(filled("waiting_lists", rows), TODAY).table["region"].tolist() == ["JZ12"]


def test_a_row_that_was_skipped_is_no_fault() -> None:
    book = workbook("places")
    book[FILL_IN].move_range("A7:H7", rows=3)
    assert list(read_sheet(saved(book), TODAY).table.index) == [6, 10]


WAITING = ("Noord-Veluwe", "Voogdij", "Wachtlijst")
RESULTS = "contract_results"
CORRECTED: list[Row] = [("Noord-Veluwe", "Caseload", 95, 6.5)]
JOY, CASELOAD = ("Noord-Veluwe", "Werkplezier: variatie"), ("Noord-Veluwe", "Caseload")


@pytest.mark.parametrize(
    ("code", "row", "found"),
    [
        ("waiting_lists", (*WAITING, 9, 30), "wait_of_few"),
        ("waiting_lists", (*WAITING, 9, None), None),
        ("waiting_lists", (*WAITING, 10, 30), None),
        ("waiting_lists", (*WAITING, 10, None), "wait_missing"),
        ("survey", (*JOY, 4, 4, 0), "too_few_answers"),
        ("survey", (*JOY, 5, 5, 0), None),
        ("survey", (*JOY, 6, 5, 0), "part_above_whole"),
        ("contract_results", (*CASELOAD, 15, 1), None),  # a caseload is no share
        ("contract_results", (*CASELOAD, 0, 0), None),
        ("contract_results", (*CASELOAD, 1, 0), "of_nothing"),
    ],
)
def test_where_a_rule_begins(code: str, row: Row, found: str | None) -> None:
    codes = {one.rule.code for one in check(read_sheet(filled(code, [row]), TODAY), TODAY, unasked)}
    assert codes == {"region_left_out"} | ({found} if found else set())  # nothing of Food Valley


def test_every_fault_is_told_at_once() -> None:
    rows: list[Row] = [
        ("Noord-Veluwe", "Voogdij", "Wachtlijst", "veel", None),
        ("Nergens", "Voogdij", "Lijstje", -1, None),
    ]
    with pytest.raises(NotReadable) as caught:
        read_sheet(filled("waiting_lists", rows, period="2099Q1"), TODAY)
    found = {(one.rule.code, one.rows, one.columns) for one in caught.value.findings}
    assert found == {
        ("period_not_over", (3,), ("Periode",)),
        ("cell_not_in_list", (7,), ("Regio",)),
        ("cell_not_in_list", (7,), ("Lijst",)),
        ("cell_no_number", (6,), ("Jeugdigen op de laatste dag",)),
        ("cell_negative", (7,), ("Jeugdigen op de laatste dag",)),
    }


@pytest.mark.parametrize(("today", "over"), [(date(2023, 9, 30), False), (date(2023, 10, 1), True)])
def test_a_period_is_over_the_day_after_its_last(today: date, over: bool) -> None:
    if over:
        assert read_sheet(filled("contract_results"), today).period == "2023Q3"
    else:
        with pytest.raises(NotReadable):
            read_sheet(filled("contract_results"), today)


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), within=st.booleans())
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(seed: int, within: bool) -> None:
    """Bytes of the file changed, or of the sheet inside a file that is whole."""
    content = damaged(filled_once(), Random(seed), within=within)
    with suppress(TooLarge, NotReadable):
        check_workbook("x.xlsx", content, TEMPLATE)
        assert set(read_sheet(content, TODAY).table) == {"region", "measure_group", "list", "youths", "mean_wait_days"}


@cache
def filled_once() -> bytes:
    return filled("waiting_lists")


def damaged(content: bytes, draw: Random, *, within: bool) -> bytes:
    if not within:
        return changed(content, draw)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(buffer, "w") as made:
        chosen = draw.choice(["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
        for name in whole.namelist():
            member = whole.read(name)
            made.writestr(name, changed(member, draw) if name == chosen else member)
    return buffer.getvalue()


def changed(content: bytes, draw: Random) -> bytes:
    """A byte set, a piece left out or a piece said twice, up to six times."""
    piece = bytearray(content)
    for _ in range(draw.randint(1, 6)):
        at, length = draw.randrange(len(piece)), draw.randint(1, 40)
        match draw.randrange(3):
            case 0:
                piece[at] = draw.randrange(256)
            case 1:
                del piece[at : at + length]
            case _:
                piece[at:at] = piece[at : at + length]
    return bytes(piece)


# --- in the store ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", FIGURES)
def test_figures_are_stored_as_they_were_sent(engine: Engine, parties: Parties, code: str) -> None:
    assert send(engine, parties, code).outcome is Outcome.LOADED
    table = FIGURES[code]
    with engine.connect() as connection:
        columns = [column for column in table.c if column.name != "key"]  # drawn, not sent
        rows = connection.execute(select(*columns)).all()
        kept = connection.execute(select(sheets)).one()
    sheet = read_sheet(filled(code), TODAY)
    expected = sheet.table.astype(object).where(sheet.table.notna(), None).to_numpy().tolist()
    assert sorted(map(str, (list(row)[2:] for row in rows))) == sorted(map(str, expected))
    assert {row.supplier for row in rows} == {kept.supplier} == {sheet.supplier}
    assert (kept.template, kept.version, kept.period, kept.rows) == (code, 1, sheet.period, len(expected))


def counting(engine: Engine) -> list[tuple[str, str, int]]:
    with engine.connect() as connection:
        query = select(current_sheets.c.template, current_sheets.c.period, current_sheets.c.id)
        return sorted(tuple(row) for row in connection.execute(query))


def test_the_same_figures_again_change_nothing(engine: Engine, parties: Parties) -> None:
    send(engine, parties, RESULTS)
    before = counting(engine)
    again = saved(workbook(RESULTS, VALID[RESULTS][2][::-1]))  # saved anew, the rows in another order
    (receipt,) = take_in(engine, [Offered("again.xlsx", again)], parties.steward)
    assert (receipt.outcome, receipt.rows) == (Outcome.KNOWN, {RESULTS: 4})
    assert counting(engine) == before


def test_a_correction_replaces_the_whole_and_the_older_is_kept(engine: Engine, parties: Parties) -> None:
    send(engine, parties, RESULTS, period="2023Q2")
    send(engine, parties, RESULTS)
    receipt = send(engine, parties, RESULTS, CORRECTED)
    assert (receipt.outcome, receipt.replaces is None) == (Outcome.LOADED, False)
    with engine.connect() as connection:
        history = received(connection, ["JVV"])
        assert [(one.period, one.current) for one in history] == [
            ("2023Q3", True),
            ("2023Q3", False),
            ("2023Q2", True),
        ]
        figures = newest_before(connection, "JVV", RESULTS, "2023Q4")
    assert figures is not None
    assert figures.to_numpy().tolist() == [["JZ12", "caseload", 95, 6.5]]


def test_who_corrects_back_to_the_first_is_believed(engine: Engine, parties: Parties) -> None:
    """Unlike a delivery, which is made from a source, a spreadsheet is typed: its last word counts."""
    first = VALID[RESULTS][2]
    outcomes = [send(engine, parties, RESULTS, rows).outcome for rows in (first, CORRECTED, first, first)]
    assert outcomes == [Outcome.LOADED, Outcome.LOADED, Outcome.LOADED, Outcome.KNOWN]


def test_a_delivery_and_a_spreadsheet_come_in_together_or_not_at_all(engine: Engine, parties: Parties) -> None:
    good, faulty = Offered("good.xlsx", filled("places")), Offered("faulty.xlsx", filled("survey", []))
    with pytest.raises(Refused, match="er is geen regel ingevuld") as caught:
        take_in(engine, [good, faulty], parties.steward)
    outcomes = [one.outcome for one in caught.value.receipts]
    assert outcomes == [Outcome.HELD_BACK, Outcome.REFUSED]
    assert counting(engine) == []
