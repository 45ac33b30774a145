"""Where a case lives: a code in any spelling, a postcode by the institution's own table, or outside the regions."""

from pathlib import Path

import pytest

from pseudonymise.errors import UserError
from pseudonymise.sources import read_sources
from pseudonymise.sources.mapping import load_mapping
from sample_data.beleidsinformatie import write_fixed_width
from tests.pseudonymise.exports import bsn, case, deliver, payload, person, write_export

TABLE = """postcode;huisnummer;gemeente
6811AA;1;GM0202
6811AA;3;GM0202
6811;;0230
7311ab;2;200
6999XX;1;0202
6999XX;9;0230
"""
POSTCODES = '\n[postcodes]\nfile = "postcodes.csv"\nseparator = ";"\npostcode = "postcode"\nmunicipality = "gemeente"\n'


def mapped(folder: Path, form: str, *places: str, more: str = POSTCODES) -> tuple[Path, Path]:
    """An export with what stands in its column of municipalities, its mapping, and beside that the table."""
    mapping, export = write_export(
        folder, form, [case(number, municipality=text) for number, text in enumerate(places)]
    )
    mapping.write_text(mapping.read_text("utf-8") + more, "utf-8")
    (folder / "postcodes.csv").write_text(TABLE, "utf-8")
    return mapping, export


@pytest.mark.parametrize("form", ["csv", "xlsx", "fixed_width"])
def test_a_postcode_is_looked_up_and_not_kept(tmp_path: Path, form: str) -> None:
    """All six signs come before the first four, and a code stands as it is."""
    mapping, export = mapped(tmp_path, form, "6811AA", "6811 aa", "6811 ZZ", "7311 AB", "GM0230", "0230")
    raw = read_sources(load_mapping(mapping), [export])
    assert raw.frame["municipality"].tolist() == ["GM0202", "GM0202", "0230", "200", "GM0230", "0230"]
    assert "6811" not in raw.frame.to_csv()


@pytest.mark.parametrize(
    ("postcode", "message"),
    [
        ("4368 JA", "de postcode staat niet in de tabel van [postcodes]"),
        ("6999 XX", "de postcode ligt in meer dan een gemeente"),
    ],
)
def test_a_postcode_without_a_municipality_is_named_by_its_row(tmp_path: Path, postcode: str, message: str) -> None:
    mapping, export = mapped(tmp_path, "csv", "GM0202", postcode)
    with pytest.raises(UserError) as error:
        read_sources(load_mapping(mapping), [export])
    assert str(error.value).startswith(f"export.csv, rij 3, kolom 'Gemeente': {message}")
    assert postcode not in str(error.value)


def test_without_a_table_a_postcode_is_no_municipality(tmp_path: Path, keys: Path) -> None:
    mapping, export = mapped(tmp_path, "csv", "6811AA", more="")
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert "rij 2, kolom 'Gemeente': hier staat geen gemeentecode" in result.err
    assert (result.status, "6811" in result.err) == (2, False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.replace("7311ab", "Tijbina"), "postcodes.csv, rij 5, kolom 'postcode': is geen postcode"),
        (lambda table: table.replace("gemeente", "plaats"), "postcodes.csv, rij 1: kolom 'gemeente' ontbreekt"),
        (lambda table: table.replace(";", ","), "postcodes.csv, rij 1: er is maar een kolom"),
    ],
)
def test_a_wrong_table(tmp_path: Path, change: object, message: str) -> None:
    mapping, export = mapped(tmp_path, "csv", "6811AA")
    (tmp_path / "postcodes.csv").write_text(change(TABLE), "utf-8")  # type: ignore[operator]
    with pytest.raises(UserError) as error:
        read_sources(load_mapping(mapping), [export])
    assert message in str(error.value)
    assert "Tijbina" not in str(error.value)


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    mapping, export = mapped(tmp_path, "csv", "6811AA")
    (tmp_path / "postcodes.csv").unlink()
    with pytest.raises(UserError, match=r"postcodes\.csv: bestaat niet"):
        read_sources(load_mapping(mapping), [export])


# --- the file for CBS has a postcode or a municipality ---


def cbs(folder: Path, *children: dict[str, str], more: str = POSTCODES) -> tuple[Path, Path]:
    records = [
        {"bsn": bsn(number), "birth_date": "20140817", "sex": "V", "measure_type": "11", "begin": "20250203"} | child
        for number, child in enumerate(children)
    ]
    write_fixed_width(folder / "bij-jb.txt", "jeugdbescherming", records)
    source = '[[sources]]\nfile = "bij-jb.txt"\nformat = "beleidsinformatie"\nlayout = "jeugdbescherming"\n'
    (folder / "m.toml").write_text(source + more, "utf-8")
    (folder / "postcodes.csv").write_text(TABLE, "utf-8")
    return folder / "m.toml", folder / "bij-jb.txt"


def test_in_the_file_for_cbs_the_postcode_counts_where_there_is_no_code(tmp_path: Path, keys: Path) -> None:
    children = [
        {"postcode": "6811AA"},
        {"municipality": "0230", "postcode": "6811AA"},
        {"municipality": "0000", "postcode": "7311AB"},
    ]
    mapping, export = cbs(tmp_path, *children)
    raw = read_sources(load_mapping(mapping), [export])
    assert raw.frame["municipality"].tolist() == ["GM0202", "0230", "200"]
    deliver(keys, mapping, export, out=tmp_path / "a.zip")
    codes = [{"municipality": code} for code in ("0202", "0230", "0200")]
    mapping, export = cbs(tmp_path, *codes, more="")
    deliver(keys, mapping, export, out=tmp_path / "b.zip")
    assert payload(tmp_path / "a.zip", keys) == payload(tmp_path / "b.zip", keys)


def test_its_postcode_is_not_read_when_there_is_no_table(tmp_path: Path) -> None:
    mapping, export = cbs(tmp_path, {"postcode": "6811AA"}, more="")
    raw = read_sources(load_mapping(mapping), [export])
    assert raw.frame["municipality"].tolist() == [""]


def test_a_postcode_in_the_file_for_cbs_is_named_by_its_own_place(tmp_path: Path) -> None:
    mapping, export = cbs(tmp_path, {"postcode": "6811AA"}, {"postcode": "4368JA"})
    with pytest.raises(UserError, match=r"bij-jb\.txt, rij 2, kolom 'posities 19-24': de postcode staat niet in de"):
        read_sources(load_mapping(mapping), [export])


# --- outside the regions ---

LEAVE_OUT = 'other_municipality = "leave_out"\n'


def test_an_institution_that_works_elsewhere_too_leaves_those_cases_out(tmp_path: Path, keys: Path) -> None:
    mapping, export = mapped(tmp_path, "csv", "GM0202", "GM0363", "599", more=LEAVE_OUT)
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert (result.status, result.err) == (0, "")
    assert "1 van 3 zaken tellen mee" in result.out
    assert "weggelaten: 2 in een regio waar de instelling volgens de overeenkomst niet werkt" in result.out


def test_else_they_are_refused_with_the_way_out(tmp_path: Path, keys: Path) -> None:
    mapping, export = mapped(tmp_path, "csv", "GM0202", "GM0363", more="")
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert result.status == 2
    assert "rij 3, kolom 'Gemeente': gemeente GM0363 ligt niet in de zeven regio's" in result.err
    assert 'other_municipality = "leave_out"' in result.err


@pytest.mark.parametrize("text", ["", "Grutmans001", "4368 JA", "99999"])
def test_what_is_no_code_is_refused_all_the_same(tmp_path: Path, keys: Path, text: str) -> None:
    mapping, export = mapped(tmp_path, "csv", "GM0202", text, more=LEAVE_OUT)
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert (result.status, "rij 3, kolom 'Gemeente': hier staat geen gemeentecode" in result.err) == (2, True)


def test_a_person_of_the_row_is_not_shown(tmp_path: Path, keys: Path) -> None:
    mapping, export = mapped(tmp_path, "csv", "GM0363", more=POSTCODES)
    said = deliver(keys, mapping, export, out=tmp_path / "d.zip").said
    assert not {text for text in person(0).values() if text in said}
