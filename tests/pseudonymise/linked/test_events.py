"""Of a person a pseudonym, a milestone and a shifted day leave: enough for every duration, and for no date."""

import json
import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudonymise.errors import UserError
from pseudonymise.keys import StewardKeys, load_institution_keys, load_steward_keys
from pseudonymise.linked.events import COLUMNS, LinkedEvents, days_between, link_events, open_events, pack_events
from pseudonymise.linked.exchange import OFFSET_DAYS, Header, Links
from pseudonymise.linked.keys import Use
from tests.pseudonymise.exports import bsn, run
from tests.pseudonymise.linked.parties import PERIOD, Parties, make_events, make_parties, write_events

PEOPLE = [bsn(number) for number in range(50, 80)]
REPORTED, HELPED = "report_received", "help_started"
FIRST = date(2024, 3, 4)


def truth() -> dict[str, tuple[date, date | None]]:
    """Of each person the day of the report and of the help: some had it before, and some not yet."""
    found: dict[str, tuple[date, date | None]] = {}
    for place, number in enumerate(PEOPLE):
        reported = FIRST + timedelta(days=23 * place)
        found[number] = (reported, None if place % 7 == 3 else reported + timedelta(days=37 * place % 300 - 60))
    return found


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """Two institutions that have their links and made their events; copied for each test."""
    made = make_parties(tmp_path_factory.mktemp("linked") / "parties", keys)
    for use in ("pseudonym", "offset"):
        made.all_steps("VTGM", PEOPLE, use)
        made.all_steps("JBGLD", PEOPLE[5:], use)  # and of five no number is known there
    reports = [(number, REPORTED, reported) for number, (reported, _) in truth().items()]
    helped = [(number, HELPED, day) for number, (_, day) in truth().items() if day]
    assert make_events(made, "VTGM", reports).status == 0
    assert make_events(made, "JBGLD", helped).status == 0
    return made.folder


@pytest.fixture
def parties(tmp_path: Path, linked: Path) -> Parties:
    return Parties(Path(shutil.copytree(linked, tmp_path / "parties")))


@pytest.fixture
def steward(keys: Path) -> StewardKeys:
    return load_steward_keys(keys)


def opened(parties: Parties, institution: str, steward: StewardKeys) -> pd.DataFrame:
    content = (parties.post / f"{institution}.events").read_bytes()
    return open_events(institution, content, steward.identity, steward.suppliers).frame


def test_every_duration_is_the_true_one_to_the_day(parties: Parties, steward: StewardKeys) -> None:
    reports, help_ = opened(parties, "VTGM", steward), opened(parties, "JBGLD", steward)
    together = reports.merge(help_, on="pseudonym", suffixes=("", "_help"))
    found = sorted(days_between(together["day"], together["day_help"]))
    expected = [(day - reported).days for reported, day in list(truth().values())[5:] if day]
    assert found == sorted(expected)
    assert min(found) < 0  # help that started before the report
    by_quarter = together.assign(days=days_between(together["day"], together["day_help"]))
    assert sorted(zip(by_quarter["quarter"], by_quarter["days"], strict=True)) == sorted(
        (str(pd.Period(reported, "Q")), (day - reported).days) for reported, day in list(truth().values())[5:] if day
    )


def test_what_could_not_be_linked_is_counted(parties: Parties, keys: Path) -> None:
    shown = run("link", "show", parties.post / "JBGLD.events", "--keys", keys)
    assert (shown.status, shown.err) == (0, "")
    without = sum(day is not None for _, day in list(truth().values())[:5])
    assert f"niet te koppelen en weggelaten: {without}" in shown.out
    assert f"help_started: {sum(day is not None for _, day in truth().values()) - without} gebeurtenissen" in shown.out
    inside = run(
        "link", "show", parties.post / "JBGLD.events", "--keys", parties.inside("JBGLD"), "--institution", "JBGLD"
    )
    assert inside.out == shown.out


def test_no_number_name_or_date_leaves(parties: Parties, steward: StewardKeys) -> None:
    for institution in ("VTGM", "JBGLD"):
        content = (parties.post / f"{institution}.events").read_bytes()
        frame = opened(parties, institution, steward)
        assert tuple(frame.columns) == COLUMNS
        text = frame.to_csv(index=False)
        for number, days in truth().items():
            assert number not in text
            assert number.encode() not in content
            assert not any(str(day) in text for day in days if day)
        assert "Grutmans" not in text
    assert (opened(parties, "JBGLD", steward)["quarter"] == "").all()  # no event of help tells when it was


@pytest.mark.parametrize("milestone", ["first_contact", "report_received", "999990019"])
def test_only_milestones_that_the_agreement_names_for_the_institution(parties: Parties, milestone: str) -> None:
    refused = make_events(parties, "JBGLD", [(PEOPLE[9], HELPED, FIRST), (PEOPLE[9], milestone, FIRST)])
    assert refused.status == 2
    assert "events.csv, rij 3, kolom 'milestone': deze mijlpaal mag niet worden gekoppeld" in refused.err
    assert "999990019" not in refused.err
    assert "de overeenkomst noemt voor JBGLD alleen help_started" in refused.err


@pytest.mark.parametrize("day", ["30-09-2026", "", "2026-06-31", "2026-10-01", "Onbekend"])
def test_a_date_that_cannot_be_is_refused_without_a_word_of_it(parties: Parties, day: str) -> None:
    before = (parties.post / "JBGLD.events").read_bytes()
    refused = make_events(parties, "JBGLD", [(PEOPLE[9], HELPED, day)])
    assert (refused.status, "events.csv, rij 2, kolom 'date'" in refused.err) == (2, True)
    assert (parties.post / "JBGLD.events").read_bytes() == before


def test_of_a_person_the_first_report_leaves_with_its_quarter_and_nothing_of_the_others(
    parties: Parties, steward: StewardKeys
) -> None:
    days = [date(2025, 8, 1), date(2025, 2, 1), date(2025, 2, 1), date(2026, 1, 5)]
    assert make_events(parties, "VTGM", [(PEOPLE[0], REPORTED, day) for day in days]).status == 0
    frame = opened(parties, "VTGM", steward)
    assert frame[["quarter", "region"]].to_numpy().tolist() == [["2025Q1", "JZ21"]]


def test_a_road_that_began_before_the_first_quarter_is_not_sent_at_all(parties: Parties, steward: StewardKeys) -> None:
    made = make_events(
        parties, "VTGM", [(PEOPLE[0], REPORTED, date(2023, 12, 31)), (PEOPLE[0], REPORTED, date(2024, 5, 1))]
    )
    assert "1 van te lang geleden" in made.out
    assert opened(parties, "VTGM", steward).empty


def test_who_has_no_number_is_counted_and_nothing_more(parties: Parties, steward: StewardKeys) -> None:
    unknown = bsn(400)  # of whom no evaluation was asked
    rows = [("", REPORTED, FIRST), ("", REPORTED, FIRST), (unknown, REPORTED, FIRST), (PEOPLE[0], REPORTED, FIRST)]
    assert make_events(parties, "VTGM", rows).status == 0
    frame = opened(parties, "VTGM", steward)
    without = frame[frame["pseudonym"] == ""]
    assert without[["milestone", "quarter", "region"]].drop_duplicates().to_numpy().tolist() == [
        [REPORTED, "2024Q1", "JZ21"]
    ]
    assert (len(without), without["day"].isna().all(), without["key"].nunique()) == (3, True, 3)
    again = make_events(parties, "VTGM", rows)
    assert again.status == 0
    assert opened(parties, "VTGM", steward)["key"].tolist() == frame["key"].tolist()  # or the noise would differ


def test_help_on_a_day_that_nobody_knows_leaves_without_a_day(parties: Parties, steward: StewardKeys) -> None:
    assert make_events(parties, "JBGLD", [(PEOPLE[9], HELPED, "onbekend")]).status == 0
    frame = opened(parties, "JBGLD", steward)
    assert (len(frame), frame["day"].isna().all()) == (1, True)
    refused = make_events(parties, "VTGM", [(PEOPLE[9], REPORTED, "onbekend")])
    assert (refused.status, "events.csv, rij 2, kolom 'date'" in refused.err) == (2, True)


def test_a_report_of_a_region_that_the_institution_does_not_serve_is_refused(parties: Parties) -> None:
    path = write_events(parties, "VTGM", [(PEOPLE[0], REPORTED, FIRST)])
    path.write_text(path.read_text("utf-8").replace("JZ21", "JZ12"), "utf-8")
    inside = parties.inside("VTGM")
    refused = run(
        *("link", "events", path, "--institution", "VTGM", "--pseudonyms", inside / "pseudonym.links"),
        *("--offsets", inside / "offset.links", "--until", "2026-09-30", "--keys", inside, "--out", parties.post / "x"),
    )
    assert (refused.status, "events.csv, rij 2, kolom 'region'" in refused.err) == (2, True)


def test_links_of_another_quarter_than_the_extract_are_refused(parties: Parties) -> None:
    inside = parties.inside("VTGM")
    refused = run(
        *("link", "events", write_events(parties, "VTGM", [(PEOPLE[0], REPORTED, FIRST)]), "--institution", "VTGM"),
        *("--pseudonyms", inside / "pseudonym.links", "--offsets", inside / "offset.links"),
        *("--until", "2026-12-31", "--keys", inside, "--out", parties.post / "x"),
    )
    assert (refused.status, "gemaakt voor 2026Q3; --until ligt in 2026Q4" in refused.err) == (2, True)


def test_links_that_do_not_belong_together_are_refused(parties: Parties) -> None:
    inside = parties.inside("VTGM")
    (inside / "offset.links").write_bytes((inside / "pseudonym.links").read_bytes())
    refused = make_events(parties, "VTGM", [(PEOPLE[0], REPORTED, FIRST)])
    assert (refused.status, "De koppelingen horen niet bij elkaar" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:-1], "handtekening is niet van VTGM"),
        (lambda content: content.replace(b'"VTGM"', b'"XX"'), "er is geen sleutel van de afzender"),
        (lambda content: content.replace(b'"not_linked":0', b'"not_linked":9'), "handtekening is niet van VTGM"),
        (lambda _: b"{}", "zijn geen gekoppelde gebeurtenissen"),
    ],
)
def test_a_file_that_was_changed_is_refused(
    parties: Parties, steward: StewardKeys, change: Callable[[bytes], bytes], message: str
) -> None:
    content = change((parties.post / "VTGM.events").read_bytes())
    with pytest.raises(UserError, match=message):
        open_events("VTGM.events", content, steward.identity, steward.suppliers)


def test_two_files_of_different_people_look_alike(parties: Parties, steward: StewardKeys) -> None:
    """What is encrypted is as long; age itself adds some random bytes."""
    heads, sizes = [], []
    for people in (PEOPLE[5:15], PEOPLE[15:25]):
        assert make_events(parties, "JBGLD", [(number, HELPED, FIRST) for number in people]).status == 0
        line, signature, body = (parties.post / "JBGLD.events").read_bytes().split(b"\n", 2)
        heads.append(json.loads(line))
        sizes.append((len(signature), len(pyrage.decrypt(body, [steward.identity]))))
    assert heads[0] == heads[1]
    assert sizes[0] == sizes[1]


def links(use: Use, values: dict[str, bytes]) -> Links:
    header = Header(
        institution="VTGM",
        use=use,
        version=1,
        recipient="monitor",
        purpose="report_to_help",
        period=PERIOD,
        people=len(values),
        request="0" * 64,
    )
    return Links(header, values)


@settings(max_examples=25, deadline=None)
@given(
    offset=st.integers(0, OFFSET_DAYS - 1),
    first=st.dates(date(2080, 1, 1), date(2110, 1, 1)),
    days=st.integers(-20_000, 20_000),
)
def test_any_offset_keeps_any_duration(offset: int, first: date, days: int) -> None:
    pseudonyms = links(Use.PSEUDONYM, {PEOPLE[0]: bytes(32)})
    offsets = links(Use.OFFSET, {PEOPLE[0]: offset.to_bytes(2, "big")})
    shifted = []
    for day in (first, first + timedelta(days=days)):
        events = pd.DataFrame({"bsn": [PEOPLE[0]], "milestone": [HELPED], "date": [pd.Timestamp(day)], "region": [""]})
        shifted.append(link_events(events, pseudonyms, offsets, b"secret").frame["day"])
    assert days_between(*shifted).tolist() == [days]


def test_a_shifted_day_is_any_day_whatever_the_date() -> None:
    """Over all offsets each date gives each shifted day once: what is seen says nothing of the date."""
    for day in (0, 20_000):
        assert len(np.unique((day + np.arange(OFFSET_DAYS)) % OFFSET_DAYS)) == OFFSET_DAYS


def test_the_header_is_all_that_is_open(parties: Parties) -> None:
    line = (parties.post / "VTGM.events").read_bytes().split(b"\n")[0].decode()
    assert set(json.loads(line)) == {
        *("institution", "agreement_version", "purpose", "key_version", "offset_version", "period", "until", "rows"),
        "not_linked",
    }
    assert not re.search(r"[0-9]{8}", line)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("pseudonym", "00" * 32),
        ("milestone", "help_started"),  # not for Veilig Thuis to say
        ("day", OFFSET_DAYS),
        ("quarter", "2024Q9"),
        ("quarter", "2023Q4"),  # before the agreement links
        ("quarter", "2026Q4"),  # after the extract
        ("region", "JZ12"),
        ("key", 2**32),
    ],
)
def test_a_value_outside_the_agreement_is_refused(
    parties: Parties, steward: StewardKeys, column: str, value: object
) -> None:
    inside = parties.inside("VTGM")
    frame = opened(parties, "VTGM", steward).assign(**{column: value})
    pair = parties.links("VTGM"), parties.links("VTGM", "offset")
    made = LinkedEvents(frame, 0, 0)
    content = pack_events(made, *pair, date(2026, 9, 30), load_institution_keys(inside, "VTGM"))
    with pytest.raises(UserError, match=f"rij 2, kolom '{column}': een waarde buiten de overeenkomst"):
        open_events("VTGM.events", content, steward.identity, steward.suppliers)
