"""What each party holds, file by file: no number, name or date of a person outside the institution that knows it."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyrage
import pytest

from pseudonymise.keys import load_institution_keys, load_steward_keys
from pseudonymise.linked.events import open_events
from tests.pseudonymise.exports import bsn, run
from tests.pseudonymise.linked.parties import Parties, make_events, make_parties

NAME = "Grutmans"  # in every file that an institution makes its own of (tests/pseudonymise/linked/parties.py)
FIRST = date(2025, 2, 3)
MADE_BY_THE_INSTITUTION = {"people.csv", "events.csv"}
USES = ("pseudonym", "offset")


def people(first: int) -> list[str]:
    return [bsn(number) for number in range(first, first + 12)]


def days(known: list[str]) -> dict[str, tuple[date, date]]:
    """Of each the day of the report and of the help."""
    return {
        number: (FIRST + timedelta(days=9 * place), FIRST + timedelta(days=200 + 13 * place))
        for place, number in enumerate(known)
    }


def walk(folder: Path, keys: Path, known: list[str], monkeypatch: pytest.MonkeyPatch) -> Parties:
    """The whole way from numbers to counts in the monitor, whose folder is ``monitor``."""
    parties = make_parties(folder, keys)
    for code in ("VTGM", "JBGLD"):
        for use in USES:
            parties.all_steps(code, known, use)
    assert (
        make_events(
            parties, "VTGM", [(number, "report_received", one) for number, (one, _) in days(known).items()]
        ).status
        == 0
    )
    assert (
        make_events(
            parties, "JBGLD", [(number, "help_started", two) for number, (_, two) in days(known).items()]
        ).status
        == 0
    )
    store = folder / "monitor"
    store.mkdir()
    monkeypatch.setenv("VERBETERMONITOR_DATABASE_URL", f"sqlite:///{store / 'store.db'}")
    loaded = run("load", *(parties.post / f"{code}.events" for code in ("VTGM", "JBGLD")), "--keys", keys)
    assert loaded.status == 0
    return parties


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Iterator[Parties]:
    with pytest.MonkeyPatch.context() as patch:
        yield walk(tmp_path_factory.mktemp("held") / "parties", keys, people(320), patch)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def spellings(day: date) -> set[str]:
    return {day.isoformat(), f"{day:%d-%m-%Y}", f"{day:%Y%m%d}"}


@pytest.mark.parametrize("party", ["holder", "post", "monitor"])
def test_no_file_of_another_holds_a_number_a_name_or_a_date(parties: Parties, keys: Path, party: str) -> None:
    steward = load_steward_keys(keys)
    searched = files(parties.folder / party)
    assert searched
    for path in searched:
        contents = [path.read_bytes()]
        if path.suffix == ".events":  # the monitor can open these
            contents.append(
                open_events(path.name, contents[0], steward.identity, steward.suppliers).frame.to_csv().encode()
            )
        for content in contents:
            assert NAME.encode() not in content
            for number, dates in days(people(320)).items():
                assert number.encode() not in content
                assert int(number).to_bytes(4, "big") not in content
                assert not any(text.encode() in content for day in dates for text in spellings(day))


@pytest.mark.parametrize(("institution", "other"), [("VTGM", 1), ("JBGLD", 0)])
def test_an_institution_holds_its_own_numbers_and_dates_alone(parties: Parties, institution: str, other: int) -> None:
    """What stays of linking is encrypted to itself; what it made itself tells its own days, and not the other's."""
    for path in files(parties.inside(institution)):
        content = path.read_bytes()
        for number, dates in days(people(320)).items():
            assert number.encode() not in content or path.name in MADE_BY_THE_INSTITUTION
            assert not any(text.encode() in content for text in spellings(dates[other]))


def test_the_keys_of_one_institution_do_not_open_what_is_anothers(parties: Parties) -> None:
    theirs = load_institution_keys(parties.inside("JBGLD"), "JBGLD").identity
    for path in files(parties.inside("VTGM")):
        if path.suffix == ".links":
            with pytest.raises(pyrage.DecryptError):
                pyrage.decrypt(path.read_bytes(), [theirs])


def shape(parties: Parties, keys: Path) -> list[object]:
    """Everything of the files of custodian and monitor but random values: names, sizes, fields, and counts in them."""
    steward = load_steward_keys(keys)
    found: list[object] = []
    for path in [*files(parties.holder), *files(parties.post)]:
        content = path.read_bytes()
        if path.suffix in (".seed", ".verify", ".lock"):
            found.append((path.name, len(content)))
        elif path.suffix == ".public":
            found.append((path.name, json.loads(content) | {"point": ""}))
        elif path.suffix == ".jsonl":
            lines = [json.loads(line) | {"at": "", "request": ""} for line in content.splitlines()]
            found.append((path.name, lines))
        elif path.suffix == ".events":
            opened = open_events(path.name, content, steward.identity, steward.suppliers)
            line, signature, body = content.split(b"\n", 2)
            counts = opened.frame.groupby(["milestone", "quarter", "region"]).size().to_dict()
            found.append((path.name, line, len(signature), len(pyrage.decrypt(body, [steward.identity])), counts))
        else:
            line, _, body = content.partition(b"\n")
            found.append((path.name, json.loads(line) | {"request": ""}, len(body)))
    return found


def test_two_runs_on_other_people_of_the_same_shape_look_the_same(
    parties: Parties, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = walk(tmp_path / "parties", keys, people(340), monkeypatch)
    assert shape(others, keys) == shape(parties, keys)
    random_values = [
        path.read_bytes() for one in (parties, others) for path in files(one.post) if path.suffix != ".events"
    ]
    assert len(set(random_values)) == len(random_values)
