"""What inspect says of the exports of the sample: nobody is mapped, little is missed, and no value is shown."""

import json
import tomllib
from pathlib import Path

import pytest

from pseudonymise.inspection import Sure, as_mapping, in_words, inspect
from pseudonymise.sources.mapping import BeleidsinformatieSource, CsvSource, IjwSource, XlsxSource, load_mapping
from sample_data.exports import EXPORTS, PERSONAL
from sample_data.formats import write_formats
from tests.pseudonymise.exports import PERSONAL as NAMES
from tests.pseudonymise.exports import case, person, run, write_csv

EXAMPLES = Path(__file__).parents[2] / "sample_data" / "examples"
TABLES = [
    (code, file) for code, files in EXPORTS.items() for file in files if not file.startswith("ldh-beleidsinformatie")
]


def theirs(code: str) -> list[CsvSource | XlsxSource]:
    """The sources of the mapping that the sample's institution uses itself."""
    sources = load_mapping(EXAMPLES / f"{code.lower()}.toml").sources
    return [source for source in sources if isinstance(source, CsvSource | XlsxSource)]


@pytest.mark.parametrize(("code", "file"), TABLES)
def test_what_it_is_sure_of_is_so_and_little_is_missed(code: str, file: str) -> None:
    found = inspect(EXAMPLES / file)
    assert len(found) == len(theirs(code))
    for table, source in zip(found, theirs(code), strict=True):
        guessed = {column.name: column for column in table.columns}
        real = {name: field for field, name in source.fields.items()}
        certain = {
            name: column.field for name, column in guessed.items() if column.sure >= Sure.LIKELY and column.field
        }
        assert {name: field for name, field in certain.items() if not guessed[name].personal} == {
            name: field for name, field in real.items() if name in certain
        }
        missed = set(real) - {name for name, column in guessed.items() if column.field}
        assert not missed
        personal = {name for name, column in guessed.items() if column.personal}
        headers = PERSONAL[file if isinstance(source, CsvSource) else source.sheet]
        assert personal == {name for name, field in headers.items() if field != "sample"}


@pytest.mark.parametrize(("code", "file"), TABLES)
def test_the_mapping_to_start_from_can_be_read_and_maps_nobody(tmp_path: Path, code: str, file: str) -> None:
    text = as_mapping(inspect(EXAMPLES / file), file)
    for number, source in enumerate(tomllib.loads(text)["sources"]):
        real = theirs(code)[number]
        assert source["dates"] == real.dates
        assert source["file"] == file
        if isinstance(real, CsvSource):
            assert (source["separator"], source["format"]) == (real.separator, "csv")
        assert set(source["columns"].values()) <= set(real.fields.values())
    if len(theirs(code)) == 1 and code != "LDH":
        (tmp_path / "m.toml").write_text(text, "utf-8")
        assert load_mapping(tmp_path / "m.toml").has("municipality")


def test_words_for_types_of_measure_are_proposed() -> None:
    text = as_mapping(inspect(EXAMPLES / "jvv_uitdraai.csv"), "jvv_uitdraai.csv")
    values = tomllib.loads(text)["sources"][0]["values"]["measure_type"]
    assert values.items() <= theirs("JVV")[0].values["measure_type"].items()
    assert len(values) >= 3


def test_every_other_format_is_known_by_its_looks(tmp_path: Path) -> None:
    write_formats(tmp_path)
    expected = {
        "ijw/berichten.zip": IjwSource,
        "beleidsinformatie/bij-jb-2026-1.txt": BeleidsinformatieSource,
        "beleidsinformatie/bij-jr-2026-1.xlsx": BeleidsinformatieSource,
        "csv/export.csv": CsvSource,
        "xlsx/export.xlsx": XlsxSource,
    }
    for name, kind in expected.items():
        (tmp_path / "m.toml").write_text(as_mapping(inspect(tmp_path / name), Path(name).name), "utf-8")
        assert {type(source) for source in load_mapping(tmp_path / "m.toml").sources} == {kind}, name
    with pytest.raises(Exception, match="heeft vaste posities, maar niet die van Beleidsinformatie"):
        inspect(tmp_path / "fixed_width" / "export.txt")


def test_the_products_in_messages_are_named_to_be_mapped(tmp_path: Path) -> None:
    write_formats(tmp_path)
    (found,) = inspect(tmp_path / "ijw" / "berichten.zip")
    assert (found.rows, in_words([found]).splitlines()[0]) == (
        167,
        "berichten.zip, iJw-berichten: 167 producten bekeken",
    )
    assert '\n# "48A01" = ""  # welke soort maatregel?\n' in as_mapping([found], "berichten.zip")


def test_a_column_with_no_telling_name_is_known_by_its_shape(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = "".join(
        f"999990019,4368 J{letter},06-0082000{n},{n}0-11-20{n}5,belt terug over de buren en school,w{n}@voorbeeld.nl\n"
        for n, letter in enumerate("ABC", 1)
    )
    path.write_text(f"a,b,c,d,e,f\n{rows}", "utf-8")
    (table,) = inspect(path)
    assert [column.personal for column in table.columns] == [
        *("BSN", "postcode", "telefoonnummer", "geboortedatum?", "vrije tekst", "e-mailadres of account"),
    ]


def test_a_column_of_names_with_no_telling_header_is_found(tmp_path: Path) -> None:
    """Also where the case number is made of one. Codes, statuses and what the field calls things are no names."""
    names = ["Jansen", "de Vries", "El Amrani", "Bakker"]
    rows = [f"{name},{name}-2024-0{n},Z{n},actief,volgens plan" for n, name in enumerate(names)]
    (tmp_path / "x.csv").write_text("veld,dossier,zaaknummer,status,uitkomst\n" + "\n".join(rows), "utf-8")
    (table,) = inspect(tmp_path / "x.csv")
    assert [(column.personal, column.field) for column in table.columns] == [
        *(("naam", ""), ("naam", ""), ("", "case"), ("", ""), ("", "")),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is leeg"),
        ("999990019,Tijbina,17-08-2014\n999990019,Tijbina,17-08-2014\n", "rij 1: lijkt geen kop"),
        ("Tijbina,4368 JA,Grutmans\nTijbina,4368 JA,Grutmans\n", "rij 1: lijkt geen kop"),
        ("Tijbina Grutmans\nPluvierpad 2801\n", "is geen tabel die wij herkennen"),
        ("PK\x03\x04Tijbina", "is geen (hele) Excel-werkmap"),
    ],
)
def test_what_it_does_not_know_is_not_shown(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "x.csv").write_text(content, "utf-8")
    result = run("inspect", tmp_path / "x.csv")
    assert (result.status, message in result.err) == (2, True)
    assert not {word for word in ("Tijbina", "Grutmans", "4368", "999990019") if word in result.said}


def test_it_is_a_command_that_shows_no_value_and_overwrites_nothing(tmp_path: Path) -> None:
    people = [person(number) for number in range(5)]
    _, export = write_csv(tmp_path, [case(number) for number in range(5)], people)
    out = tmp_path / "begin.toml"
    result = run("inspect", export, "--mapping", out)
    assert (result.status, result.err) == (0, "")
    assert "bsn             persoonsgegeven (BSN): koppel deze kolom niet" in result.out
    assert "Zaaknummer      kenmerk van de zaak (zeker)" in result.out
    said = result.out + out.read_text("utf-8")
    assert not {who[field] for who in people for field in NAMES if who[field] in said}
    assert "Z-00000" not in said
    again = run("inspect", export, "--mapping", out)
    assert (again.status, "bestaat al en wordt niet overschreven" in again.err) == (2, True)


def test_the_whole_way_from_an_unknown_file_to_a_delivery(tmp_path: Path, keys: Path) -> None:
    """Of what inspect proposes nothing needs to be changed for the export of one of the sample's institutions."""
    until = json.loads((EXAMPLES / "sample.json").read_text("utf-8"))["until"]
    export = EXAMPLES / "vtgz-meldingen.csv"
    assert run("inspect", export, "--mapping", tmp_path / "m.toml").status == 0
    done = run(
        *("deliver", "--institution", "VTGZ", "--mapping", tmp_path / "m.toml", "--until", until),
        *("--out", tmp_path / "d.zip", "--keys", keys, export),
    )
    assert (done.status, done.err) == (0, "")
