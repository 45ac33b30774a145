"""The documentation says what the code holds: a column, a value or a dependency without a word is a fault."""

import re
import tomllib
from pathlib import Path

import pytest

from monitor.access.permissions import Page
from monitor.access.roles import RoleKind
from monitor.access.sign_in import FILE_SETTING, Settings
from monitor.access.trail import Act
from monitor.catalogue import Retention
from monitor.catalogue.expected import load_expected
from monitor.inside import INSIDE_SETTING, KEYS_SETTING, MAPPING_SETTING
from monitor.intake.receipt import ALL_RULES
from monitor.intake.rule import Severity
from monitor.release import policies
from monitor.release.retain import Reason
from pseudonymise.agreement import Flow, NormResult, Outcome
from pseudonymise.delivery import OUTER_MEMBERS, TABLES, Manifest

ROOT = Path(__file__).parents[1]


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_every_column_and_value_of_a_delivery_is_documented() -> None:
    text = read("docs/reference/delivery.md")
    words = {*OUTER_MEMBERS, *(f"{name}.csv" for name in TABLES), *Manifest.model_fields, *Outcome, *NormResult, *Flow}
    columns = {column for table in TABLES.values() for column in table}
    assert {word for word in words | columns if f"`{word}`" not in text} == set()


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    names = {re.split(r"[\[<>=~ ]", one)[0] for one in asked}
    text = read("docs/explanation/dependencies.md")
    assert {name for name in names if name not in text} == set()


@pytest.mark.parametrize("name", [name for name in vars(policies) if name.startswith(("LARGEST", "SMALLEST"))])
def test_every_limit_of_publication_is_explained(name: str) -> None:
    assert f"`{name}`" in read("docs/explanation/disclosure.md")


def test_every_term_of_retention_is_documented() -> None:
    text = read("docs/how-to/database.md")
    assert {word for word in (*Retention.model_fields, *Reason) if f"`{word}`" not in text} == set()


def rows_of_rules() -> dict[str, list[str]]:
    lines = [line for line in read("docs/reference/intake-rules.md").splitlines() if line.startswith("| `")]
    return {line.split("`")[1]: [cell.strip() for cell in line.strip("|").split("|")] for line in lines}


@pytest.mark.parametrize("code", ALL_RULES)
def test_every_rule_of_the_intake_is_documented_as_it_is(code: str) -> None:
    rule = ALL_RULES[code]
    _, severity, fields, message, *why = rows_of_rules()[code]
    assert severity == rule.severity
    assert fields == (", ".join(f"`{field}`" for field in rule.fields) or "–")
    assert message == rule.en.message
    assert bool(why) == (rule.severity is Severity.WARNING)  # why it does not block


def test_no_rule_is_documented_that_is_gone() -> None:
    assert set(rows_of_rules()) == set(ALL_RULES)


def test_every_template_and_setting_is_documented() -> None:
    words = {*load_expected().templates, INSIDE_SETTING, MAPPING_SETTING, KEYS_SETTING}
    text = read("docs/how-to/deliver.md") + read("docs/how-to/take-in.md")
    assert {word for word in words if word not in text} == set()


def attacks() -> list[str]:
    """The test of each attack on the list."""
    rows = [line for line in read("docs/reference/attacks.md").splitlines() if line.startswith("| ")]
    return [row.split("`")[-2] for row in rows if not row.startswith(("| attack", "|--"))]


@pytest.mark.parametrize("named", attacks())
def test_every_attack_on_the_list_is_tried_by_a_test_that_is_there(named: str) -> None:
    file, _, name = named.partition("::")
    assert re.search(rf"^def {name}\(", read(file), re.MULTILINE)


def test_every_setting_of_the_sign_in_is_documented() -> None:
    text = read("docs/how-to/sign-in.md")
    assert {name for name in (FILE_SETTING, *Settings.model_fields) if name not in text} == set()


def test_every_page_and_every_kind_of_role_is_documented() -> None:
    text = read("docs/reference/screens.md")
    pages = {"`/`" if page is Page.OVERVIEW else f"`/{page}`" for page in Page}
    assert {word for word in (*pages, *(f"`{kind}`" for kind in RoleKind)) if word not in text} == set()


def test_every_act_of_the_trail_is_documented() -> None:
    text = read("docs/explanation/access.md")
    assert {act for act in Act if f"`{act}`" not in text} == set()
