import pytest

from monitor.release.attack.report import Audit
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
    status, output, _ = run("release", LABEL, "--by", "Ans")
    assert status == 0
    assert output.startswith(
        "2022Q1 uitgegeven (voorlopig), uit aanleveringen van JVV tot en met 31-03-2022\n  gedeeld: "
    )
    assert "\n  ontbreekt: 465 vraagt koppeling\n" in output
    assert "niet aangeleverd\n" in output
    assert "\n  eigen cijfers van de instellingen: " in output
    assert "`verbetermonitor confirm 2022Q1`" in output


def test_a_second_time_is_refused_without_a_traceback(run):
    run("release", LABEL, "--by", "Ans")
    assert run("confirm", LABEL, "--by", "Bert") == (0, "2022Q1-provisional is bevestigd en te zien.\n", "")
    status, output, errors = run("release", LABEL, "--by", "Ans")
    assert (status, output) == (2, "")
    assert "2022Q1 is al uitgegeven als voorlopig, op" in errors
    assert "Traceback" not in errors


def test_a_bad_label_is_refused(run):
    status, _, errors = run("release", "2022-1", "--by", "Ans")
    assert status == 2
    assert "'2022-1' is geen kwartaal om uit te geven. Verwacht een jaar en een kwartaal" in errors


def test_nobody_releases_without_a_name(run, monkeypatch):
    status, _, errors = run("release", LABEL)
    assert status == 2
    assert "Zeg wie dit doet: met --by, of met VERBETERMONITOR_USER" in errors
    monkeypatch.setenv("VERBETERMONITOR_USER", "Ans")
    assert run("release", LABEL)[0] == 0


def test_who_made_it_does_not_confirm_it_and_may_withdraw_it(run):
    run("release", LABEL, "--by", "Ans")
    status, _, errors = run("confirm", LABEL, "--by", " ans ")
    assert status == 2
    assert "2022Q1-provisional is gemaakt door Ans; een ander moet die bevestigen" in errors
    assert run("withdraw", LABEL) == (0, "2022Q1-provisional is ingetrokken.\n", "")
    assert run("withdraw", LABEL)[0] == 2


def test_an_erratum_says_what_it_corrects_and_the_next_release_what_is_new(run):
    run("release", "2021Q4", "--by", "Ans")
    run("confirm", "2021Q4", "--by", "Bert")
    asked = ("release", "2021Q4", "--by", "Ans", "--erratum", "--reason", "JVV leverde dubbele zaken")
    status, _, errors = run(*asked)
    assert status == 2
    assert "noemt wat opnieuw wordt berekend" in errors
    status, output, _ = run(*asked, "--institution", "JVV", "--period", "2021Q1")
    assert status == 0
    assert output.startswith("2021Q4 uitgegeven (rectificatie)")
    run("confirm", "2021Q4", "--by", "Bert")
    status, output, _ = run("release", LABEL, "--by", "Ans")
    assert status == 0
    assert "\n  Nieuw: 1e kwartaal 2022\n" in output
    assert "Jeugdbescherming Gelderland, 1e kwartaal 2022: niet aangeleverd (al haar cijfers)" in output


@pytest.mark.parametrize("choice", [("--reason", "een reden"), ("--period", "2021"), ("--erratum", "--kind", "final")])
def test_what_belongs_to_an_erratum_goes_with_it_alone(run, choice):
    status, _, errors = run("release", LABEL, "--by", "Ans", *choice)
    assert status == 2
    assert "rectificatie" in errors.lower()


def test_an_audit_tells_what_each_attacker_learns_and_writes_it(run, tmp_path):
    run("release", LABEL, "--by", "Ans")
    status, output, _ = run("audit", "2022Q1-provisional", "--out", str(tmp_path / "toets.json"))
    assert status == 0
    assert output.startswith("# Toetsing van uitgave 2022Q1\n\nUitkomst: binnen de grenzen.\n")
    assert "| buitenstaander | optellingen | " in output
    assert Audit.model_validate_json((tmp_path / "toets.json").read_text("utf-8")).passed
    assert run("audit", LABEL, "--out", str(tmp_path / "toets.md"))[1] == output
    assert (tmp_path / "toets.md").read_text("utf-8") == output


def test_an_audit_of_nothing_is_refused(run, tmp_path):
    status, _, errors = run("audit", "2022Q1")
    assert status == 2
    assert "Geen uitgave '2022Q1' in deze opslag. Er is nog geen uitgave." in errors
    assert "verwacht een bestand dat op .json of .md eindigt" in run("audit", "2022Q1", "--out", "toets.txt")[2]


def test_a_reason_that_names_a_person_is_refused_and_not_repeated(run):
    status, out, err = run(
        "release", "2021Q4", "--by", "Ans", "--erratum", "--reason", "Gebeld met Kevin over dubbele zaken"
    )
    assert status == 2
    assert "--reason: hierin kan een persoon staan; er is niets vastgelegd." in err
    assert "woord 3 (teken 12 tot en met 16): naam" in err
    assert "Kevin" not in out + err


def test_the_cause_of_new_limits_names_no_person(run):
    status, _, err = run(
        "rebase", "help", "--from", "2021Q1", "--change", "working_method", "--by", "Ans", "--why", "mevr. Mooi is weg"
    )
    assert status == 2
    assert "--why: hierin kan een persoon staan; er is niets vastgelegd." in err
    assert "Mooi" not in err
