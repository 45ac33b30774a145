import pytest

from monitor.store.engine import open_engine
from monitor.store.migrations import upgrade
from pseudonymise.cli import main
from tests.monitor.release.cases import LABEL, Case, deliver


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the command on a store with one delivery; gives its exit status, output and errors."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("VERBETERMONITOR_DATABASE_URL", url)
    engine = open_engine(url)
    upgrade(engine)
    with engine.begin() as connection:
        deliver(connection, "JVV", [Case(1), Case(2)])
    engine.dispose()

    def run(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        return stopped.value.code, *capsys.readouterr()

    return run


def test_it_says_what_was_released_and_why_figures_are_not_there(run):
    status, output, _ = run("release", LABEL)
    assert status == 0
    assert output.startswith("2022Q1 uitgegeven, uit aanleveringen van JVV tot en met 31-03-2022\n  gedeeld: ")
    assert "\n  ontbreekt: 8 vraagt koppeling\n" in output
    assert "niet aangeleverd\n" in output
    assert "\n  eigen cijfers van de instellingen: " in output


def test_a_second_time_is_refused_without_a_traceback(run):
    run("release", LABEL)
    status, output, errors = run("release", LABEL)
    assert (status, output) == (2, "")
    assert "2022Q1 is al uitgegeven op" in errors
    assert "Traceback" not in errors


def test_a_bad_label_is_refused(run):
    status, _, errors = run("release", "2022-1")
    assert status == 2
    assert "'2022-1' is geen kwartaal om uit te geven. Verwacht een jaar en een kwartaal" in errors
