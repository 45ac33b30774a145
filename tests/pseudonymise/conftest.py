from pathlib import Path

import pytest

from pseudonymise.agreement import load_agreement
from pseudonymise.keys import make_institution_keys, make_steward_keys


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of the steward and of every institution."""
    folder = tmp_path_factory.mktemp("keys")
    make_steward_keys(folder)
    for institution in load_agreement().institutions:
        make_institution_keys(folder, institution.code)
    return folder
