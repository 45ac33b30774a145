"""The documentation says what the code holds: a column, a value or a dependency without a word is a fault."""

import re
import tomllib
from pathlib import Path

import pytest

from monitor.catalogue import Retention
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
