"""Three parties, each with a folder of its own, and the files that go between them."""

import csv
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pseudonymise.agreement import load_agreement
from pseudonymise.keys import load_institution_keys
from pseudonymise.linked.exchange import Links, read_links
from tests.pseudonymise.exports import Run, run

PERIOD = "2026Q3"


@dataclass(frozen=True)
class Parties:
    """``folder`` holds ``holder`` (the keys), a folder for each institution, and ``post`` (what goes between them)."""

    folder: Path

    @property
    def holder(self) -> Path:
        return self.folder / "holder"

    @property
    def post(self) -> Path:
        return self.folder / "post"

    def inside(self, institution: str) -> Path:
        return self.folder / institution

    def make_key(self, use: str, *extra: str) -> Run:
        made = run("link", "key", "--use", use, "--keys", self.holder, *extra)
        for public in self.holder.glob("*.public"):
            for institution in ("VTGM", "JBGLD"):
                shutil.copy(public, self.inside(institution))
        return made

    def write_people(self, institution: str, numbers: Sequence[str]) -> Path:
        path = self.inside(institution) / "people.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(["naam", "bsn"])
            writer.writerows(["Tijbina Grutmans", number] for number in numbers)
        return path

    def blind(self, institution: str, numbers: Sequence[str], use: str = "pseudonym", period: str = PERIOD) -> Run:
        return run(
            *("link", "blind", self.write_people(institution, numbers), "--institution", institution, "--use", use),
            *("--period", period, "--keys", self.inside(institution)),
            *("--out", self.request(institution, use), "--state", self.state(institution, use)),
        )

    def evaluate(self, institution: str, use: str = "pseudonym", period: str = PERIOD) -> Run:
        return run(
            *("link", "evaluate", self.request(institution, use), "--use", use, "--period", period),
            *("--keys", self.holder, "--out", self.answer(institution, use)),
        )

    def unblind(self, institution: str, use: str = "pseudonym") -> Run:
        return run(
            *("link", "unblind", self.answer(institution, use), "--institution", institution, "--use", use),
            *("--keys", self.inside(institution), "--state", self.state(institution, use)),
            *("--out", self.inside(institution) / f"{use}.links"),
        )

    def all_steps(self, institution: str, numbers: Sequence[str], use: str = "pseudonym") -> Links:
        for result in (self.blind(institution, numbers, use), self.evaluate(institution, use)):
            assert (result.status, result.err) == (0, "")
        result = self.unblind(institution, use)
        assert (result.status, result.err) == (0, "")
        return self.links(institution, use)

    def links(self, institution: str, use: str = "pseudonym") -> Links:
        inside = self.inside(institution)
        return read_links(inside / f"{use}.links", load_institution_keys(inside, institution))

    def request(self, institution: str, use: str = "pseudonym") -> Path:
        return self.post / f"{institution}-{use}.request"

    def answer(self, institution: str, use: str = "pseudonym") -> Path:
        return self.post / f"{institution}-{use}.evaluation"

    def state(self, institution: str, use: str = "pseudonym") -> Path:
        return self.inside(institution) / f"{use}.state"


def make_parties(folder: Path, keys: Path) -> Parties:
    """``keys`` holds those of everybody; each party gets what is its own."""
    parties = Parties(folder)
    parties.holder.mkdir(parents=True)
    parties.post.mkdir()
    for verify in keys.glob("*.verify"):
        shutil.copy(verify, parties.holder)
    for institution in ("VTGM", "JBGLD"):
        parties.inside(institution).mkdir()
        shutil.copy(keys / "steward.recipient", parties.inside(institution))
        for file in keys.glob(f"{institution}.*"):
            shutil.copy(file, parties.inside(institution))
    assert parties.make_key("pseudonym").status == 0
    assert parties.make_key("offset").status == 0
    return parties


def write_events(parties: Parties, institution: str, rows: Sequence[tuple[str, str, object]]) -> Path:
    """Rows of number, milestone and day; a report is of the first region of the institution."""
    region = load_agreement().institution(institution).regions[0]
    path = parties.inside(institution) / "events.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["naam", "bsn", "milestone", "date", "region"])
        writer.writerows(["Tijbina Grutmans", *row, region if row[1] == "report_received" else ""] for row in rows)
    return path


def make_events(parties: Parties, institution: str, rows: Sequence[tuple[str, str, object]]) -> Run:
    inside = parties.inside(institution)
    return run(
        *("link", "events", write_events(parties, institution, rows), "--institution", institution),
        *("--pseudonyms", inside / "pseudonym.links", "--offsets", inside / "offset.links"),
        *("--until", "2026-09-30", "--keys", inside, "--out", parties.post / f"{institution}.events"),
    )
