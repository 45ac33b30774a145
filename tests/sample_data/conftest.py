"""One sample for the whole suite: making it takes seconds."""

from pathlib import Path

import pandas as pd
import pytest

from sample_data.flaws import Recorded
from sample_data.generate import generate, recorded, truth


@pytest.fixture(scope="session")
def true_cases() -> dict[str, pd.DataFrame]:
    return dict(truth())


@pytest.fixture(scope="session")
def records() -> dict[str, tuple[Recorded, pd.DataFrame]]:
    return recorded()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "out"
    generate(folder)
    return folder
