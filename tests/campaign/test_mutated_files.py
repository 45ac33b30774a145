"""A fixed small sample of the campaign on sources; the rest is `make campaign-sources`."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.campaign.files import MUTATED, OPERATIONS, Ground, mutated


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("ground"))


@pytest.mark.parametrize("form", list(MUTATED))
def test_a_mutated_file_is_refused_or_read_and_nothing_is_lost(ground: Ground, form: str) -> None:
    found = Counter[str]()

    @seed(1)
    @settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
    @given(operations=OPERATIONS)
    def attempt(operations: list[tuple[str, float, object]]) -> None:
        found[ground.attempt(form, operations)] += 1

    attempt()
    assert found.total() >= 60
    assert found["refused"] >= 1


# What a campaign once found: a reader that crashed.
FOUND = [
    ("sql", [("set", 0.1953125, b"\x80")]),  # the name of a column in another encoding
]


@pytest.mark.parametrize(("form", "operations"), FOUND)
def test_what_a_campaign_found_is_refused(
    ground: Ground, form: str, operations: list[tuple[str, float, object]]
) -> None:
    assert ground.attempt(form, operations) == "refused"


@pytest.mark.parametrize("form", list(MUTATED))
def test_a_file_as_it_was_is_read(ground: Ground, form: str) -> None:
    assert ground.attempt(form, []).startswith("read")


def test_a_mutation_mutates(tmp_path: Path) -> None:
    content = b"een\ntwee\ndrie"
    assert mutated(content, [("swap", 0.0, 1.0)]) == b"drie\ntwee\neen"
    assert mutated(content, [("set", 0.0, b"E")]) == b"Een\ntwee\ndrie"
    assert mutated(content, [("insert", 1.0, b";")]) == b"een\ntwee\ndrie;"
    assert mutated(content, [("delete", 0.0, 4), ("cut", 0.5, 0)]) == b"twee"
    assert mutated(content, [("repeat", 0.0, 4)]) == b"een\neen\ntwee\ndrie"
