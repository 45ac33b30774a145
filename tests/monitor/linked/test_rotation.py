"""A new key: pseudonyms are carried over without a number, links are kept, what the old key made is of no use."""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.store.engine import open_engine
from monitor.store.linked import count_waiting, linked_files, newest_run, read_events, waiting_files
from monitor.store.migrations import upgrade
from pseudonymise.keys import make_institution_keys, make_steward_keys
from tests.pseudonymise.exports import Run, bsn, run
from tests.pseudonymise.linked.parties import Parties, make_events, make_parties

PEOPLE = [bsn(number) for number in range(300, 312)]
FIRST = date(2025, 3, 3)
REPORTS = [(number, "report_received", FIRST) for number in PEOPLE]
HELPS = [(number, "help_started", FIRST + timedelta(days=20 + place)) for place, number in enumerate(PEOPLE[:8])]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rotation") / "keys"
    make_steward_keys(folder)
    for code in ("VTGM", "JBGLD"):
        make_institution_keys(folder, code)
    return folder


@dataclass(frozen=True)
class Monitor:
    """The steward's folder, and the institution of before the new key whose events wait."""

    parties: Parties
    keys: Path
    folder: Path

    def roads(self, command: str, *words: object) -> Run:
        versions = ("--from", "1", "--to", "2")
        return run("roads", command, *words, *versions, "--state", self.folder / "turn.state", "--keys", self.keys)

    def translate(self, *versions: str) -> Run:
        return run(
            *("link", "translate", self.folder / "turn.request", *(versions or ("--from", "1", "--to", "2"))),
            *("--out", self.folder / "turn.answer", "--keys", self.parties.holder),
        )


@pytest.fixture
def monitor(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> Monitor:
    """VTGM sent its events under the first key; then the custodian made the second, and JBGLD sends under that."""
    monkeypatch.setenv("VERBETERMONITOR_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    parties = make_parties(tmp_path / "parties", keys)
    for use in ("pseudonym", "offset"):
        parties.all_steps("VTGM", PEOPLE, use)
    assert make_events(parties, "VTGM", REPORTS).status == 0
    own = Path(shutil.copytree(keys, tmp_path / "steward"))
    assert run("load", parties.post / "VTGM.events", "--keys", own).status == 0
    assert parties.make_key("pseudonym", "--rotate").status == 0
    for use in ("pseudonym", "offset"):
        parties.all_steps("JBGLD", PEOPLE, use)
    assert make_events(parties, "JBGLD", HELPS).status == 0
    assert run("load", parties.post / "JBGLD.events", "--keys", own).status == 0
    shutil.copy(keys / "steward.recipient", parties.holder)
    for public in parties.holder.glob("pseudonym-*.public"):
        shutil.copy(public, own)
    return Monitor(parties, own, tmp_path)


def test_old_pseudonyms_meet_new_ones_and_every_link_is_kept(monitor: Monitor) -> None:
    refused = run("roads", "count", "--by", "beheerder")
    assert (refused.status, "versies van de sleutel van het pseudoniem (1, 2)" in refused.err) == (2, True)
    assert monitor.roads("ask", "--out", monitor.folder / "turn.request").status == 0
    request = (monitor.folder / "turn.request").read_bytes()
    engine = open_engine()
    with engine.connect() as connection:
        old = {one for file in waiting_files(connection) for one in read_events(connection, file.id)["pseudonym"]}
    assert not any(bytes.fromhex(one) in request for one in old)  # the custodian sees none
    assert monitor.translate().status == 0
    taken = monitor.roads("take", monitor.folder / "turn.answer", "--by", "beheerder")
    assert (taken.status, taken.err) == (0, "")
    assert not (monitor.folder / "turn.state").exists()
    with engine.connect() as connection:
        frames = {file.institution: read_events(connection, file.id) for file in waiting_files(connection)}
    reported, helped = (set(frames[code]["pseudonym"]) for code in ("VTGM", "JBGLD"))
    assert (len(reported), len(reported & helped)) == (len(PEOPLE), len(HELPS))
    assert helped <= reported
    assert run("roads", "count", "--by", "beheerder").status == 0
    with engine.connect() as connection:
        run_made = newest_run(connection)
    assert run_made is not None
    assert (run_made.tally["roads"], run_made.tally["reached"]) == (len(PEOPLE), len(HELPS))
    engine.dispose()


def test_what_the_old_key_made_is_of_no_use_any_more(monitor: Monitor) -> None:
    """Its requests are not answered, its links match nothing, and its events are not taken in beside the new ones."""
    assert monitor.parties.links("VTGM").header.version == 1
    mine, theirs = (set(monitor.parties.links(code).values.values()) for code in ("VTGM", "JBGLD"))
    assert mine.isdisjoint(theirs)
    again = make_events(monitor.parties, "VTGM", REPORTS)
    assert again.status == 0
    refused = run("load", monitor.parties.post / "VTGM.events", "--keys", monitor.keys)
    assert (refused.status, "linked_old_key" in refused.err) == (2, True)


def test_an_answer_by_another_key_or_for_another_request_changes_nothing(monitor: Monitor) -> None:
    assert monitor.roads("ask", "--out", monitor.folder / "turn.request").status == 0
    wrong = monitor.translate("--from", "2", "--to", "1")
    assert (wrong.status, "gaat van versie 1 naar 2" in wrong.err) == (2, True)
    assert monitor.translate().status == 0
    twice = monitor.translate()
    assert (twice.status, "is al eerder beantwoord" in twice.err) == (2, True)
    other = monitor.keys / "pseudonym-2.public"  # a commitment to another key than the answer was made with
    text = other.read_text("utf-8")
    first = (monitor.keys / "pseudonym-1.public").read_text("utf-8")
    point = first.split('"point":"')[1][:64]
    other.write_text(text.split('"point":"')[0] + f'"point":"{point}"}}', "utf-8")
    refused = monitor.roads("take", monitor.folder / "turn.answer", "--by", "beheerder")
    assert (refused.status, "het bewijs klopt niet" in refused.err) == (2, True)
    other.write_text(text, "utf-8")
    request = monitor.folder / "turn.request"
    content = request.read_bytes()
    request.write_bytes(content[:-32] + bytes(32))
    malformed = monitor.translate()
    assert (malformed.status, "controlegetal klopt niet" in malformed.err) == (2, True)
    engine = open_engine()
    upgrade(engine)
    with engine.connect() as connection:
        assert count_waiting(connection) == len(REPORTS) + len(HELPS)
        versions = connection.execute(select(linked_files.c.institution, linked_files.c.key_version)).tuples().all()
    engine.dispose()
    assert dict(versions) == {"VTGM": 1, "JBGLD": 2}
