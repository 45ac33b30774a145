"""What a supplier can have wrong: message, exit status 2, nothing written, nobody's data in the message."""

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from pseudonymise.errors import UserError
from pseudonymise.sources import read_sources
from pseudonymise.sources.dates import DateKind, describe_wrong_date, read_dates
from pseudonymise.sources.mapping import load_mapping
from tests.pseudonymise.exports import (
    HEADERS,
    PERSONAL,
    case,
    deliver,
    person,
    write_csv,
    write_export,
)

ROWS = [case(number, plan_established=date(2025, 3, 3)) for number in range(3)]
PEOPLE = [person(number) for number in range(3)]


def secrets() -> set[str]:
    """Everything in the export that is of a person."""
    found = {who[field] for who in PEOPLE for field in PERSONAL} | {str(row["case"]) for row in ROWS}
    return found | {"Wimpeltje", "Pluvierpad", "Tijbina", "Grutmans"}


Change = Callable[[str], str]


def replaced(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


def column_renamed(old: str, new: str) -> Change:
    return replaced(f";{old};", f";{new};")


def cell(field: str, row: int, value: str) -> Change:
    """The text of one cell; notes without line ends, so that a line is a row."""

    def change(text: str) -> str:
        lines = text.split("\n")
        cells = lines[row - 1].rsplit(";", len(HEADERS))
        cells[1 + list(HEADERS).index(field)] = value
        lines[row - 1] = ";".join(cells)
        return "\n".join(lines)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda text: text.replace(";", ","),
            "rij 1: er is maar een kolom als ';' de kolommen scheidt; het lijkt ','",
        ),
        (lambda text: text.replace(";", "\t"), "het lijkt een tab te zijn"),
        (lambda text: "", "is leeg"),
        (lambda text: '"' + text.replace('"', "") * 500, "rij 1: is niet als CSV te lezen"),
        (lambda text: text.split("\n")[0] + "\n", "heeft een kop maar geen rijen"),
        (lambda text: text.split("\n", 1)[1], "rij 1: geen enkele kolom uit de koppeling staat in de kop"),
        (column_renamed("Plan", "plan"), "rij 1: kolom 'Plan' ontbreekt; lijkt op 'plan'"),
        (column_renamed("Eerste contact", "Contact 1e"), "rij 1: kolom 'Eerste contact' ontbreekt"),
        (column_renamed("Einde", "Plan"), "rij 1: kolom 'Plan' komt meer dan eens voor"),
        (replaced("\nTijbina001;", "\nTijbina001;Extra;"), "rij 3: heeft 22 kolommen; verwacht 21"),
        (
            cell("plan_established", 3, "31-06-2025"),
            "rij 3, kolom 'Plan': '31-06-2025' is geen datum; verwacht DD-MM-JJJJ; juni heeft 30 dagen",
        ),
        (
            cell("plan_established", 3, "2027-06-31"),
            "'2027-06-31' is geen datum; verwacht DD-MM-JJJJ; juni heeft 30 dagen",
        ),
        (cell("plan_established", 3, "29-02-2026"), "februari 2026 heeft 28 dagen"),
        (cell("plan_established", 3, "03-13-2025"), "maand 13 bestaat niet"),
        (cell("plan_established", 3, "20250303"), "'20250303' is geen datum; verwacht DD-MM-JJJJ"),
        (cell("plan_established", 3, "Tijbina001"), "rij 3, kolom 'Plan': hier staat geen datum"),
        (cell("plan_established", 3, "999990019"), "rij 3, kolom 'Plan': hier staat geen datum"),
        (cell("plan_established", 3, "06-00820001"), "rij 3, kolom 'Plan': hier staat geen datum"),
        (cell("ended", 3, "onbekend"), "rij 3, kolom 'Einde': de datum is onbekend, maar nodig"),
        (
            cell("municipality", 3, "GM0363"),
            "rij 3, kolom 'Gemeente': gemeente GM0363 ligt niet in de zeven regio's",
        ),
        (cell("municipality", 3, "Grutmans001"), "rij 3, kolom 'Gemeente': hier staat geen gemeentecode"),
        (cell("municipality", 3, ""), "rij 3, kolom 'Gemeente': hier staat geen gemeentecode"),
        (cell("measure_type", 3, "99"), "rij 3, kolom 'Soort': de soort maatregel is onbekend"),
        (cell("measure_type", 3, "Grutmans001"), "rij 3, kolom 'Soort': de soort maatregel is onbekend"),
        (cell("case", 3, ""), "rij 3, kolom 'Zaaknummer': het kenmerk van de zaak ontbreekt"),
        (
            cell("case", 4, " z-000000 "),
            "rij 4, kolom 'Zaaknummer': dezelfde zaak staat al in export.csv, rij 2",
        ),
        (replaced('zei: ""', 'zei: "'), "rij 2"),
    ],
)
def test_a_wrong_csv(tmp_path: Path, keys: Path, change: Change, message: str) -> None:
    mapping, export = write_export(tmp_path, "csv", ROWS, PEOPLE)
    export.write_text(change(export.read_text("utf-8")), "utf-8")
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert message in result.err
    assert (result.status, result.out) == (2, "")
    assert not (tmp_path / "d.zip").exists()
    assert not {secret for secret in secrets() if secret in result.err}


def test_text_in_another_encoding(tmp_path: Path, keys: Path) -> None:
    mapping, export = write_export(tmp_path, "csv", [*ROWS, case(3, case="Z-é")])
    export.write_bytes(export.read_text("utf-8").encode("cp1252"))
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert result.status == 2
    assert "export.csv, regel 5: is niet in codering 'utf-8'" in result.err
    assert not (tmp_path / "d.zip").exists()


def test_an_encoding_that_does_not_exist(tmp_path: Path, keys: Path) -> None:
    mapping, export = write_export(tmp_path, "csv", ROWS)
    mapping.write_text(mapping.read_text().replace('separator = ";"', 'separator = ";"\nencoding = "utf-9"'))
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert (result.status, "codering 'utf-9' uit de koppeling bestaat niet" in result.err) == (2, True)


def test_twenty_problems_are_told_and_the_rest_counted(tmp_path: Path, keys: Path) -> None:
    rows = [case(number, plan_established="31-06-2025") for number in range(27)]
    mapping, export = write_export(tmp_path, "csv", rows)
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    lines = result.err.strip().split("\n")
    assert len(lines) == 21
    assert lines[0].startswith("export.csv, rij 2, kolom 'Plan'")
    assert lines[20] == "… en nog 7"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'sheet = "Maatregelen"',
            'sheet = "Maatregel"',
            "werkblad 'Maatregel' ontbreekt; lijkt op 'Maatregelen'",
        ),
        ('"Plan"', '"Koers"', "werkblad 'Maatregelen', rij 1: kolom 'Koers' ontbreekt"),
        ('"Plan"', '"plan"', "kolom 'plan' ontbreekt; lijkt op 'Plan'"),
    ],
)
def test_a_wrong_workbook(tmp_path: Path, keys: Path, old: str, new: str, message: str) -> None:
    mapping, export = write_export(tmp_path, "xlsx", ROWS, PEOPLE)
    mapping.write_text(mapping.read_text("utf-8").replace(old, new), "utf-8")
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert message in result.err
    assert (result.status, (tmp_path / "d.zip").exists()) == (2, False)


def test_a_workbook_that_is_none(tmp_path: Path, keys: Path) -> None:
    mapping, export = write_export(tmp_path, "xlsx", ROWS, PEOPLE)
    export.write_text("voornaam;achternaam")
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert (result.status, "is geen Excel-werkmap" in result.err) == (2, True)


def test_a_workbook_names_row_and_column(tmp_path: Path, keys: Path) -> None:
    rows = [*ROWS[:2], ROWS[2] | {"plan_established": "31-06-2025"}]
    mapping, export = write_export(tmp_path, "xlsx", rows, PEOPLE)
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert "export.xlsx, rij 4, kolom 'Plan': '31-06-2025' is geen datum" in result.err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw.replace(b"\r\n", b"X\r\n", 1), "rij 2: is 374 tekens lang; verwacht 375"),
        (lambda raw: raw[:500], "rij 2: is 124 tekens lang; verwacht 374"),
        (lambda raw: b"Tijbina\r\n", "rij 1: is 7 tekens lang; verwacht minstens 374"),
        (lambda raw: b"", "is leeg"),
        (lambda raw: raw.replace(b"Tijbina001", b"Tijbina\x8100"), "rij 2: is niet in codering 'cp1252'"),
        (
            lambda raw: raw.replace(b"20250303", b"20250631", 1),
            "rij 1, kolom 'posities 315-324': '20250631' is geen datum; verwacht JJJJMMDD; juni",
        ),
    ],
)
def test_wrong_fixed_positions(tmp_path: Path, keys: Path, change: Callable[[bytes], bytes], message: str) -> None:
    mapping, export = write_export(tmp_path, "fixed_width", ROWS, PEOPLE)
    export.write_bytes(change(export.read_bytes()))
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert message in result.err
    assert (result.status, (tmp_path / "d.zip").exists()) == (2, False)
    assert not {secret for secret in secrets() if secret in result.err}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("separator =", "seperator =", "seperator: onbekende sleutel; bedoelde u 'separator'?"),
        (
            "plan_established =",
            "plan_establised =",
            "'plan_establised' is geen veld; bedoelde u 'plan_established'?",
        ),
        (
            "[policies]",
            "[policies]\nunknown_dates = []",
            "policies.unknown_dates: onbekende sleutel; bedoelde u 'unknown_date'?",
        ),
        ("[[sources]]", "[[source]]", "bedoelde u 'sources'?"),
        (
            'format = "csv"',
            'format = "cvs"',
            "'format' moet csv, xlsx, fixed_width, ijw, beleidsinformatie of sql zijn",
        ),
        ('file = "export*.csv"\n', "", "file: ontbreekt"),
        ('case = "Zaaknummer"\n', "", "'case' ontbreekt"),
        ('municipality = "Gemeente"\n', "", "geen bron heeft 'municipality'"),
        ('measure_type = "Soort"\n', "", "geen bron heeft 'measure_type'"),
        ("plan_established =", "vt_judgement =", "vt_judgement hoort niet bij JBGLD"),
        ('dates = "%d-%m-%Y"', 'dates = "%d-%m-%y"', "verwacht een vorm met %d, %m (of %B) en %Y"),
        ('dates = "%d-%m-%Y"', "dates = ", "is geen geldige TOML"),
    ],
)
def test_a_wrong_mapping(tmp_path: Path, keys: Path, old: str, new: str, message: str) -> None:
    mapping, export = write_export(tmp_path, "csv", ROWS)
    text = mapping.read_text("utf-8")
    assert old in text
    mapping.write_text(text.replace(old, new), "utf-8")
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert message in result.err
    assert (result.status, (tmp_path / "d.zip").exists()) == (2, False)


def test_a_mapping_without_a_start_of_the_clock(tmp_path: Path, keys: Path) -> None:
    mapping, export = write_export(tmp_path, "csv", ROWS)
    lines = mapping.read_text("utf-8").splitlines(keepends=True)
    mapping.write_text("".join(line for line in lines if not line.startswith(("order_received", "court_order"))))
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert (result.status, "geen bron heeft 'order_received'" in result.err) == (2, True)


def test_exports_and_sources_must_match(tmp_path: Path, keys: Path) -> None:
    mapping, export = write_export(tmp_path, "csv", ROWS)
    other = tmp_path / "iets.csv"
    other.write_text("x")
    for exports, message in (
        ([other], "Geen uitdraai past bij 'export*.csv'"),
        ([export, other], "iets.csv: hoort bij geen bron"),
        ([export, tmp_path / "weg.csv"], "weg.csv: bestaat niet"),
    ):
        result = deliver(keys, mapping, *exports, out=tmp_path / "d.zip")
        assert (result.status, message in result.err) == (2, True)


# --- what is read ---


def test_only_mapped_columns_are_read(tmp_path: Path) -> None:
    for form in ("csv", "xlsx", "fixed_width"):
        mapping, export = write_export(tmp_path / form, form, ROWS, PEOPLE)
        raw = read_sources(load_mapping(mapping), [export])
        milestones = {field for field in HEADERS if not field.endswith(("_undated",))}
        assert {column.removesuffix("_undated") for column in raw.frame} == milestones
        assert raw.frame["plan_established"].tolist() == [pd.Timestamp("2025-03-03")] * 3
        first = 1 if form == "fixed_width" else 2
        assert raw.places["plan_established"].rows.tolist() == [first, first + 1, first + 2]


def two_files(tmp_path: Path, second: list[str]) -> tuple[Path, list[Path]]:
    (tmp_path / "a.csv").write_text("zaak;gemeente;soort;ontvangen\nA;202;11;01-02-2025\nB;GM0202;12;\n")
    (tmp_path / "b.csv").write_text("\n".join(["zaak;plan", *second]) + "\n")
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        "".join(
            f'[[sources]]\nfile = "{name}.csv"\nformat = "csv"\nseparator = ";"\ndates = "%d-%m-%Y"\n'
            f"[sources.columns]\n{columns}\n"
            for name, columns in (
                (
                    "a",
                    'case="zaak"\nmunicipality="gemeente"\nmeasure_type="soort"\norder_received="ontvangen"',
                ),
                ("b", 'case="zaak"\nplan_established="plan"'),
            )
        )
    )
    return mapping, [tmp_path / "b.csv", tmp_path / "a.csv"]


def test_sources_are_joined_on_the_case(tmp_path: Path) -> None:
    mapping, exports = two_files(tmp_path, [" b ;03-03-2025"])
    raw = read_sources(load_mapping(mapping), exports)
    assert raw.frame["case"].tolist() == ["A", "B"]
    assert raw.frame["plan_established"].isna().tolist() == [True, False]
    assert raw.frame["plan_established_undated"].tolist() == [False, False]
    place = raw.places["plan_established"]
    assert [place.of(0), place.of(1)] == ["a.csv, rij 2, kolom 'plan'", "b.csv, rij 2, kolom 'plan'"]


def test_a_case_that_the_first_source_lacks_is_refused(tmp_path: Path) -> None:
    mapping, exports = two_files(tmp_path, ["A;03-03-2025", "C;03-03-2025"])
    with pytest.raises(UserError, match=r"b\.csv, rij 3, kolom 'zaak': deze zaak staat niet in a\.csv"):
        read_sources(load_mapping(mapping), exports)


def test_a_field_in_two_sources_is_refused(tmp_path: Path) -> None:
    mapping, _ = two_files(tmp_path, [])
    mapping.write_text(mapping.read_text().replace("plan_established=", "order_received="))
    with pytest.raises(UserError, match="order_received staat in meer dan een bron"):
        load_mapping(mapping)


def test_values_are_translated(tmp_path: Path) -> None:
    mapping, export = write_csv(tmp_path, [case(0, measure_type="OTS ")], [person(0)])
    text = mapping.read_text().replace("[policies]", '[sources.values.measure_type]\n"OTS" = "11"\n[policies]')
    mapping.write_text(text)
    assert read_sources(load_mapping(mapping), [export]).frame["measure_type"].tolist() == ["11"]


def test_an_impossible_date_can_count_as_passed(tmp_path: Path, keys: Path) -> None:
    rows = [case(0, plan_established="31-06-2025"), case(1)]
    mapping, export = write_csv(tmp_path, rows, PEOPLE[:2])
    mapping.write_text(mapping.read_text() + 'impossible_date = "unregistered"\n')
    raw = read_sources(load_mapping(mapping), [export])
    assert raw.frame["plan_established_undated"].tolist() == [True, False]
    assert str(raw.findings[0]).startswith("export.csv, rij 2, kolom 'Plan': '31-06-2025' is geen datum")
    result = deliver(keys, mapping, export, out=tmp_path / "d.zip")
    assert result.status == 0
    assert "export.csv, rij 2, kolom 'Plan': '31-06-2025'" in result.out


@pytest.mark.parametrize(
    ("text", "form", "kind", "day"),
    [
        ("03-02-2025", "%d-%m-%Y", DateKind.DATE, "2025-02-03"),
        ("3-2-2025", "%d-%m-%Y", DateKind.DATE, "2025-02-03"),
        (" 2025-02-03 ", "%Y-%m-%d", DateKind.DATE, "2025-02-03"),
        ("03-02-2025 14:30", "%d-%m-%Y %H:%M", DateKind.DATE, "2025-02-03"),
        ("", "%d-%m-%Y", DateKind.EMPTY, None),
        ("00000000", "%Y%m%d", DateKind.EMPTY, None),
        ("20250200", "%Y%m%d", DateKind.UNKNOWN, None),
        ("20250000", "%Y%m%d", DateKind.UNKNOWN, None),
        ("Onbekend", "%d-%m-%Y", DateKind.UNKNOWN, None),
        ("31-06-2025", "%d-%m-%Y", DateKind.IMPOSSIBLE, None),
        ("2025-02-03", "%d-%m-%Y", DateKind.MALFORMED, None),
        ("03-02-25", "%d-%m-%Y", DateKind.MALFORMED, None),
        ("gisteren", "%d-%m-%Y", DateKind.MALFORMED, None),
        ("3 februari 2025", "%d %B %Y", DateKind.DATE, "2025-02-03"),
        ("3 Feb. 2025", "%d %B %Y", DateKind.DATE, "2025-02-03"),
        ("3 mrt 2025", "%d %B %Y", DateKind.DATE, "2025-03-03"),
        ("31 juni 2025", "%d %B %Y", DateKind.IMPOSSIBLE, None),
        ("3 zomer 2025", "%d %B %Y", DateKind.MALFORMED, None),
    ],
)
def test_dates(text: str, form: str, kind: DateKind, day: str | None) -> None:
    days, kinds = read_dates(pd.Series([text], dtype="category"), [form], ("onbekend",))
    assert kinds.tolist() == [kind]
    assert days.tolist() == np.array([day], dtype="datetime64[D]").tolist()


@pytest.mark.parametrize("text", ["999990019", "9999.90.019", "06-00820001", "2024-11-0001", "4368 JA", "Jan"])
def test_what_is_no_date_is_not_quoted(text: str) -> None:
    assert text not in describe_wrong_date(text, ["%d-%m-%Y"])


# --- exports as offices make them ---


def mapped(folder: Path, form: str, more: str, columns: str) -> Path:
    path = folder / "m.toml"
    path.write_text(
        f'[[sources]]\nfile = "*.{form}"\nformat = "{form}"\n{more}\n[sources.columns]\n{columns}\n'
        'municipality = "gemeente"\nmeasure_type = "soort"\n',
        "utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [("utf-8", ";"), ("utf-8-sig", ","), ("cp1252", "\t"), ("utf-16", "|"), ("iso-8859-15", ";"), ("cp850", ";")],
)
def test_every_encoding_and_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    rows = [["zaak", "gemeente", "soort", "één dag"], ["Zaak-é", "GM0202", "11", "03-02-2025"]]
    text = "".join(separator.join(row) + "\r\n" for row in rows)
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    more = f'encoding = "{encoding}"\nseparator = "{separator}"\ndates = "%d-%m-%Y"'.replace("\t", "\\t")
    mapping = mapped(tmp_path, "csv", more, 'case = "zaak"\norder_received = "één dag"')
    raw = read_sources(load_mapping(mapping), [tmp_path / "a.csv"])
    assert raw.frame["case"].tolist() == ["ZAAK-É"]
    assert raw.frame["order_received"].tolist() == [pd.Timestamp("2025-02-03")]


def test_dates_of_several_forms_in_one_column(tmp_path: Path) -> None:
    days = ["03-02-2025", "2025-02-04", "5 februari 2025", "31-06-2025", "06/02/2025"]
    rows = "".join(f"{number};202;11;{day}\n" for number, day in enumerate(days))
    (tmp_path / "a.csv").write_text(f"zaak;gemeente;soort;plan\n{rows}", "utf-8")
    more = 'separator = ";"\ndates = ["%d-%m-%Y", "%Y-%m-%d", "%d %B %Y"]'
    mapping = mapped(tmp_path, "csv", more, 'case = "zaak"\nplan_established = "plan"')
    with pytest.raises(UserError) as error:
        read_sources(load_mapping(mapping), [tmp_path / "a.csv"])
    assert str(error.value).splitlines() == [
        "a.csv, rij 6, kolom 'plan': '06/02/2025' is geen datum; verwacht DD-MM-JJJJ of JJJJ-MM-DD of DD maand JJJJ. "
        "Verbeter de rij in het bronsysteem.",
        "a.csv, rij 5, kolom 'plan': '31-06-2025' is geen datum; verwacht DD-MM-JJJJ of JJJJ-MM-DD of DD maand JJJJ; "
        "juni heeft 30 dagen. Verbeter de rij in het bronsysteem.",
    ]


@pytest.mark.parametrize("number", ["12345", "12345,0", "12345.00", " 12345,00 "])
def test_whole_numbers_that_were_written_with_decimals(tmp_path: Path, number: str) -> None:
    (tmp_path / "a.csv").write_text(f"zaak;gemeente;soort;plan\n{number};202,0;11.0;\n1.000;0202;11;\n", "utf-8")
    mapping = mapped(tmp_path, "csv", 'separator = ";"\ndates = "%d-%m-%Y"', 'case = "zaak"\nplan_established = "plan"')
    frame = read_sources(load_mapping(mapping), [tmp_path / "a.csv"]).frame
    assert frame["case"].tolist() == ["12345", "1.000"]
    assert frame["municipality"].tolist() == ["202", "0202"]
    assert frame["measure_type"].tolist() == ["11", "11"]


HEADER_ROWS = [
    ["Uitdraai van 30-09-2026", "", "", "", ""],
    ["", "", "", "Maatregel", ""],
    ["zaak", "gemeente", "soort", "ontvangen", "plan"],
]
BODY = [["A", "202", "11", "03-02-2025", "04-03-2025"], ["B", "GM0202", "12", "04-02-2025", ""]]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_header_of_merged_cells_below_a_title(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    if form == "csv":
        path.write_text("".join(";".join(row) + "\n" for row in [*HEADER_ROWS, *BODY]), "utf-8")
    else:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("Blad")
            for number, row in enumerate([*HEADER_ROWS, *BODY]):
                for column, text in enumerate(row):
                    sheet.write_string(number, column, text)
            sheet.merge_range(1, 3, 1, 4, "Maatregel")
    more = 'header = [2, 3]\ndates = "%d-%m-%Y"\n' + ('separator = ";"' if form == "csv" else 'sheet = "Blad"')
    columns = 'case = "zaak"\norder_received = "Maatregel / ontvangen"\nplan_established = "Maatregel / plan"'
    mapping = mapped(tmp_path, form, more, columns)
    raw = read_sources(load_mapping(mapping), [path])
    assert raw.frame["case"].tolist() == ["A", "B"]
    assert raw.frame["plan_established"].tolist() == [pd.Timestamp("2025-03-04"), pd.NaT]
    assert raw.places["plan_established"].of(1) == f"a.{form}, rij 5, kolom 'Maatregel / plan'"


def test_an_uneven_row_below_a_header_of_several_rows_is_named(tmp_path: Path) -> None:
    rows = [*HEADER_ROWS, BODY[0], [*BODY[1], "te veel"]]
    (tmp_path / "a.csv").write_text("".join(";".join(row) + "\n" for row in rows), "utf-8")
    more = 'header = [2, 3]\ndates = "%d-%m-%Y"\nseparator = ";"'
    mapping = mapped(tmp_path, "csv", more, 'case = "zaak"\nplan_established = "Maatregel / plan"')
    with pytest.raises(UserError, match=r"a\.csv, rij 5: heeft 6 kolommen; verwacht 5"):
        read_sources(load_mapping(mapping), [tmp_path / "a.csv"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(("plan", "more"), [("31-06-2025", ""), ("03-02-2025", ";te veel")])
def test_empty_lines_shift_no_row(tmp_path: Path, encoding: str, plan: str, more: str) -> None:
    """A spreadsheet counts them, so a message does too; two line ends within a note are of one row."""
    rows = f'A;202;11;;"belt\n\nterug"\r\n\r\nB;202;11;{plan};x{more}\r\n\r\n'
    (tmp_path / "a.csv").write_bytes(f"zaak;gemeente;soort;plan;notitie\r\n{rows}".encode(encoding))
    settings = f'separator = ";"\nencoding = "{encoding}"\ndates = "%d-%m-%Y"'
    mapping = mapped(tmp_path, "csv", settings, 'case = "zaak"\nplan_established = "plan"')
    with pytest.raises(UserError, match=r"a\.csv, rij 4[,:]"):
        read_sources(load_mapping(mapping), [tmp_path / "a.csv"])


def workbook_with_names(folder: Path, name: str) -> tuple[Path, Path]:
    """A row, an empty one, and one with a name alone."""
    with xlsxwriter.Workbook(str(folder / "a.xlsx")) as book:
        sheet = book.add_worksheet("Blad")
        sheet.write_row(0, 0, ["zaak", "gemeente", "soort", "plan", "naam"])
        sheet.write_row(1, 0, ["A", "202", "11", "03-02-2025", "x"])
        sheet.write_row(3, 0, ["", "", "", "", name])
    settings = 'sheet = "Blad"\ndates = "%d-%m-%Y"'
    return mapped(folder, "xlsx", settings, 'case = "zaak"\nplan_established = "plan"'), folder / "a.xlsx"


def test_an_empty_row_of_a_workbook_is_none(tmp_path: Path) -> None:
    mapping, export = workbook_with_names(tmp_path, " ")
    assert len(read_sources(load_mapping(mapping), [export]).frame) == 1


def test_a_row_of_a_workbook_without_what_is_mapped_is_not_passed_over(tmp_path: Path) -> None:
    mapping, export = workbook_with_names(tmp_path, "Tijbina")
    with pytest.raises(UserError) as error:
        read_sources(load_mapping(mapping), [export])
    assert str(error.value).startswith("a.xlsx, rij 4, kolom 'zaak': het kenmerk van de zaak ontbreekt")
    assert "Tijbina" not in str(error.value)


@pytest.mark.parametrize("place", ["A1048577", "A9999999999", "XFD10000", "AAAAAA1"])
def test_a_cell_far_beyond_the_table_is_refused_before_it_fills_the_memory(tmp_path: Path, place: str) -> None:
    mapping, export = workbook_with_names(tmp_path, "x")
    with zipfile.ZipFile(export) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    members[sheet] = members[sheet].replace(b'r="E4"', f'r="{place}"'.encode())
    with zipfile.ZipFile(export, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(UserError, match="heeft een cel ver buiten de tabel"):
        read_sources(load_mapping(mapping), [export])


def test_sheets_with_the_same_columns_go_below_each_other(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        for name, case_ in (("2024", "A"), ("2025", "B")):
            sheet = book.add_worksheet(name)
            for number, row in enumerate([["zaak", "gemeente", "soort", "plan"], [case_, "202", "11", "03-02-2025"]]):
                sheet.write_row(number, 0, row)
    sources = "".join(
        f'[[sources]]\nfile = "a.xlsx"\nformat = "xlsx"\nsheet = "{name}"\ndates = "%d-%m-%Y"\n[sources.columns]\n'
        'case = "zaak"\nmunicipality = "gemeente"\nmeasure_type = "soort"\nplan_established = "plan"\n'
        for name in ("2024", "2025")
    )
    (tmp_path / "m.toml").write_text(sources, "utf-8")
    raw = read_sources(load_mapping(tmp_path / "m.toml"), [tmp_path / "a.xlsx"])
    assert raw.frame["case"].tolist() == ["A", "B"]
    assert raw.places["case"].of(1) == "a.xlsx, rij 2, kolom 'zaak'"
