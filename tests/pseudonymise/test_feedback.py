"""The report to an institution: every accused row by number, what was left out and why, and then against now."""

import csv
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pseudonymise.feedback import CSV_HEADER, RULES_NL, rows_as_csv
from pseudonymise.plausibility import RULES
from pseudonymise.problems import Finding
from tests.pseudonymise.exports import PERSONAL, Run, case, payload, person, run, write_csv

PLAN = date(2025, 3, 10)
BEFORE = {"first_contact": date(2025, 2, 3), "worker_assigned": date(2025, 2, 4)}  # the first on the day of the order
ROWS = [
    case(0, **BEFORE, plan_established=PLAN),
    case(1, **BEFORE, plan_established=date(2035, 3, 10)),
    case(2, **BEFORE, measure_type="31"),
    case(3, **BEFORE, plan_established="31-06-2025"),
    case(4, **BEFORE, plan_established=date(2025, 2, 3)),
    case(5, **BEFORE, plan_established=PLAN),
]


class Tables(HTMLParser):
    """The cells of each table of a page, by its caption."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self.rows: list[list[str]] = []
        self.caption, self.tag = "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tag = tag
        if tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.tag == "caption":
            self.caption = data
        elif self.tag in ("td", "th"):
            self.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.tag = ""
        if tag == "table":
            self.found[self.caption] = self.rows[1:]


def report(folder: Path, keys: Path, rows: list[dict[str, object]], *more: object) -> Run:
    people = [person(number) for number in range(len(rows))]
    mapping, export = write_csv(folder, rows, people)
    mapping.write_text(mapping.read_text("utf-8") + 'impossible_date = "unregistered"\n', "utf-8")
    return run(
        *("deliver", "--institution", "JBGLD", "--mapping", mapping, "--until", "2026-09-30", "--keys", keys),
        *("--out", folder / "d.zip", "--feedback", folder / "verslag.html", *more, export),
    )


def test_every_row_to_look_at_is_named_once(tmp_path: Path, keys: Path) -> None:
    done = report(tmp_path, keys, ROWS)
    assert (done.status, done.err) == (0, "")
    assert "verslag.html en verslag.csv zeggen welke rijen na te kijken zijn" in done.out
    with (tmp_path / "verslag.csv").open(encoding="utf-8-sig", newline="") as lines:
        header, *rows = csv.reader(lines, delimiter=";")
    assert tuple(header) == CSV_HEADER
    assert [row[:4] for row in rows] == [
        ["impossible_date", "export.csv", "5", "Plan"],
        ["after_extract", "export.csv", "3", "Plan"],
        ["out_of_order", "export.csv", "6", "Medewerker"],
    ]


def test_the_page_says_what_became_of_the_export(tmp_path: Path, keys: Path) -> None:
    report(tmp_path, keys, ROWS)
    page = (tmp_path / "verslag.html").read_text("utf-8")
    assert "5 van 6 zaken tellen mee" in page
    found = Tables(page).found
    assert found["Weggelaten zaken, met de reden"] == [["1", "soort 31, preventief justitieel kader: geen beschikking"]]
    complete = {row[0]: row[1:] for row in found["Zaken in de klok van de instelling, over alle kwartalen"]}
    # Five passed: three with a date that can be, one in 2035, one on 31 June; one on the day of the order itself.
    assert complete["plan vastgesteld"] == ["60%", "5", "3", "1", "0", "1"]
    assert complete["vaste medewerker aangewezen"] == ["100%", "5", "5", "0", "1", "0"]
    assert complete["eerste contact met kind en ouders"] == ["100%", "5", "5", "0", "0", "6"]
    assert found["na de dag van de uitdraai (after_extract): 1"] == [
        ["export.csv", "3", "Plan", "ligt na de dag van de uitdraai."]
    ]
    assert "Er is geen vorige aanlevering opgegeven" in page


def test_a_milestone_that_the_source_lacks_is_said_to_be_so(tmp_path: Path, keys: Path) -> None:
    people = [person(0)]
    mapping, export = write_csv(tmp_path, [case(0)], people)
    lines = [line for line in mapping.read_text("utf-8").splitlines() if not line.startswith("help_started")]
    mapping.write_text("\n".join(lines), "utf-8")
    run(
        *("deliver", "--institution", "JBGLD", "--mapping", mapping, "--until", "2026-09-30", "--keys", keys),
        *("--out", tmp_path / "d.zip", "--feedback", tmp_path / "verslag.html", export),
    )
    found = Tables((tmp_path / "verslag.html").read_text("utf-8")).found
    complete = {row[0]: row[1] for row in found["Zaken in de klok van de instelling, over alle kwartalen"]}
    assert complete["passende hulp gestart"] == "niet in deze bron"


def test_it_is_compared_with_the_previous_delivery(tmp_path: Path, keys: Path) -> None:
    (tmp_path / "toen").mkdir()
    report(tmp_path / "toen", keys, ROWS[:1] + [case(number) for number in (10, 11, 12)])
    done = report(tmp_path, keys, [ROWS[0], ROWS[5]], "--previous", tmp_path / "toen" / "d.zip")
    assert done.status == 0
    found = Tables((tmp_path / "verslag.html").read_text("utf-8")).found
    changed = found["Kwartalen waarvan het aantal zaken is veranderd"]
    assert changed == [["maatregelen waarmee de GI is belast", "2025Q1", "4", "2", "let op"]]


def test_another_institutions_delivery_is_no_previous_one(tmp_path: Path, keys: Path) -> None:
    (tmp_path / "ander").mkdir()
    mapping, export = write_csv(tmp_path / "ander", ROWS[:1], [person(0)])
    other = tmp_path / "ander" / "d.zip"
    run(
        *("deliver", "--institution", "WSS", "--mapping", mapping, "--until", "2026-09-30", "--keys", keys),
        *("--out", other, export),
    )
    done = report(tmp_path, keys, ROWS, "--previous", other)
    assert (done.status, (tmp_path / "d.zip").exists()) == (2, False)


def test_the_report_is_of_no_person_and_changes_no_delivery(tmp_path: Path, keys: Path) -> None:
    report(tmp_path, keys, ROWS)
    with_report = payload(tmp_path / "d.zip", keys)
    said = "".join((tmp_path / name).read_text("utf-8") for name in ("verslag.html", "verslag.csv"))
    assert not {who[field] for who in map(person, range(6)) for field in PERSONAL if who[field] in said}
    assert "Z-0000" not in said
    mapping = tmp_path / "mapping.toml"
    run(
        *("deliver", "--institution", "JBGLD", "--mapping", mapping, "--until", "2026-09-30", "--keys", keys),
        *("--out", tmp_path / "zonder.zip", tmp_path / "export.csv"),
    )
    assert payload(tmp_path / "zonder.zip", keys) == with_report


def test_every_rule_has_a_name() -> None:
    """Every rule that is planted in a format, that the reference names, and that plausibility has."""
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "sources.md").read_text("utf-8")
    told = set(re.findall(r"^\| `([a-z_]+)` \| .* \|$", reference.split("## What is told of a row")[1], re.MULTILINE))
    assert {rule.code for rule in RULES} <= set(RULES_NL) <= told


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x"])
def test_no_cell_starts_a_formula(name: str) -> None:
    assert rows_as_csv([Finding("gap", f"{name}.csv", 2, name, "ontbreekt.")]).splitlines()[1] == (
        f"gap;'{name}.csv;2;'{name};ontbreekt."
    )


def test_what_stands_in_a_file_is_never_markup(tmp_path: Path, keys: Path) -> None:
    mapping, export = write_csv(tmp_path, ROWS[:2], [person(0), person(1)])
    hostile = tmp_path / "export<img src=x>.csv"
    export.rename(hostile)
    run(
        *("deliver", "--institution", "JBGLD", "--mapping", mapping, "--until", "2026-09-30", "--keys", keys),
        *("--out", tmp_path / "d.zip", "--feedback", tmp_path / "verslag.html", hostile),
    )
    page = (tmp_path / "verslag.html").read_text("utf-8")
    assert "<img" not in page
    assert "export&lt;img src=x&gt;.csv" in page
