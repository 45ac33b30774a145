"""What would cost more to open than it can be worth is refused before it is opened."""

import io
import zipfile

import pytest

from monitor.upload import EXPORT, TEMPLATE, Limits, TooLarge, check_workbook
from tests.damaged import PACKINGS, damaged_zip
from tests.monitor.intake.workbooks import VALID, filled

SHEET = "xl/worksheets/sheet1.xml"


def workbook(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def sheet(place: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(SHEET, f"<sheetData><row><c {place}><v>1</v></c></row></sheetData>")
    return buffer.getvalue()


@pytest.mark.parametrize("code", VALID)
def test_a_filled_in_template_passes(code: str) -> None:
    check_workbook("x.xlsx", filled(code), TEMPLATE)


def test_what_is_no_zip_is_left_to_its_reader() -> None:
    check_workbook("x.xlsx", b"no zip", TEMPLATE)


@pytest.mark.parametrize(
    "place", ['r="A10001"', "r='A10001'", 's="1" r="AAA1"', 'r="XFD1"', 'r="A1048576"', '><row r="10001"']
)
def test_a_cell_far_away_would_make_room_up_to_it(place: str) -> None:
    with pytest.raises(TooLarge):
        check_workbook("x.xlsx", sheet(place), TEMPLATE)


@pytest.mark.parametrize("place", ['r="A10000"', 'r="ZZ1"', 'fr="A99999"'])
def test_a_cell_within_reach_passes(place: str) -> None:
    check_workbook("x.xlsx", sheet(place), TEMPLATE)


def test_an_export_may_be_as_long_as_excel_allows() -> None:
    check_workbook("x.xlsx", sheet('r="A1048576"'), EXPORT)


def test_a_member_that_unpacks_to_far_more_than_it_was() -> None:
    """Two million zeros are some two thousand bytes packed."""
    small = Limits(packed=10_000, unpacked=100_000_000, last_row=10)
    check_workbook("x.xlsx", workbook(a=bytes(900_000)), small)
    with pytest.raises(TooLarge):
        check_workbook("x.xlsx", workbook(a=bytes(2_000_000)), small)


def test_many_members_together_come_no_further_than_the_limit() -> None:
    with pytest.raises(TooLarge):
        check_workbook("x.xlsx", workbook(**{f"m{i}": bytes(900_000) for i in range(30)}), TEMPLATE)


def test_a_size_that_lies_is_not_believed() -> None:
    content = bytearray(workbook(a=bytes(2_000_000)))
    real = (2_000_000).to_bytes(4, "little")
    while real in content:
        at = content.index(real)
        content[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(TooLarge):
        check_workbook("x.xlsx", bytes(content), TEMPLATE)


def test_a_file_that_is_large_as_it_is() -> None:
    with pytest.raises(TooLarge, match=r"^x.xlsx: is beschadigd, of pakt uit tot meer"):
        check_workbook("x.xlsx", bytes(TEMPLATE.packed + 1), TEMPLATE)


@pytest.mark.parametrize("packing", PACKINGS.values(), ids=PACKINGS)
def test_a_member_that_does_not_unpack_is_refused(packing: int) -> None:
    content = damaged_zip(packing, [SHEET])
    with pytest.raises(TooLarge):
        check_workbook("x.xlsx", content, TEMPLATE)
