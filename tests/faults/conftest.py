import pytest

from monitor.store.engine import URL_SETTING
from pseudonymise.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the command on an empty store; gives its exit status, output and errors."""
    monkeypatch.setenv(URL_SETTING, f"sqlite:///{tmp_path / 'store.db'}")

    def run(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        return stopped.value.code, *capsys.readouterr()

    return run
