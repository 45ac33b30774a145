"""What two parties find when they lay all that they hold together: the table of docs/explanation/linked-mode.md."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from pseudonymise.keys import load_steward_keys
from pseudonymise.linked import oprf
from pseudonymise.linked.events import open_events
from pseudonymise.linked.exchange import OFFSET_DAYS
from pseudonymise.linked.keys import Use, load_holder_key
from tests.pseudonymise.exports import bsn
from tests.pseudonymise.linked.parties import Parties, make_events, make_parties

PEOPLE = [bsn(number) for number in range(80, 92)]
AT_VT, AT_GI = PEOPLE[:9], PEOPLE[3:]
REPORTED = {number: date(2025, 1, 10) + timedelta(days=11 * place) for place, number in enumerate(AT_VT)}
HELPED = {number: date(2025, 9, 1) + timedelta(days=13 * place) for place, number in enumerate(AT_GI)}
EPOCH = date(1970, 1, 1)


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Parties:
    made = make_parties(tmp_path_factory.mktemp("pairs") / "parties", keys)
    for use in ("pseudonym", "offset"):
        made.all_steps("VTGM", AT_VT, use)
        made.all_steps("JBGLD", AT_GI, use)
    assert make_events(made, "VTGM", [(n, "report_received", day) for n, day in REPORTED.items()]).status == 0
    assert make_events(made, "JBGLD", [(n, "help_started", day) for n, day in HELPED.items()]).status == 0
    return made


@pytest.fixture(scope="module")
def monitor(parties: Parties, keys: Path) -> pd.DataFrame:
    """All that the monitor holds."""
    steward = load_steward_keys(keys)
    files = [(parties.post / f"{code}.events").read_bytes() for code in ("VTGM", "JBGLD")]
    return pd.concat([open_events("events", file, steward.identity, steward.suppliers).frame for file in files])


def computed(parties: Parties, use: Use, number: str) -> bytes:
    """What the holder of a key makes of a number that it thinks of."""
    scalar = oprf.random_scalar()
    blinded = oprf.blind(number.encode(), scalar)
    return oprf.unblind(scalar, oprf.evaluate(load_holder_key(parties.holder, use).secret, [blinded])[0][0])


def offset(parties: Parties, number: str) -> int:
    return int.from_bytes(oprf.finalize(number.encode(), computed(parties, Use.OFFSET, number))[:2], "big")


def test_an_institution_and_the_monitor_date_the_events_of_its_own_people_alone(
    parties: Parties, monitor: pd.DataFrame
) -> None:
    own = parties.links("JBGLD").values
    offsets = parties.links("JBGLD", "offset").offsets
    known = {value.hex(): number for number, value in own.items()}
    reports = monitor[(monitor["milestone"] == "report_received") & monitor["pseudonym"].isin(list(known))]
    found = {
        number: EPOCH + timedelta(days=int(day - offsets[number]) % OFFSET_DAYS)
        for number, day in zip(reports["pseudonym"].map(known), reports["day"], strict=True)
    }
    assert found == {number: day for number, day in REPORTED.items() if number in AT_GI}
    others = set(monitor["pseudonym"]) - set(known)
    assert len(others) == len(set(AT_VT) - set(AT_GI))  # of these there is a pseudonym, and nothing to match it with


def test_the_custodian_and_the_monitor_find_who_it_is_and_not_when(parties: Parties, monitor: pd.DataFrame) -> None:
    tried = {computed(parties, Use.PSEUDONYM, number).hex(): number for number in [*PEOPLE, bsn(500)]}
    assert {tried[pseudonym] for pseudonym in monitor["pseudonym"]} == set(PEOPLE)
    # A day is left to the quarter that was sent with the first report: for it the offset is needed, which differs.
    for number in AT_VT:
        row = monitor[(monitor["pseudonym"] == computed(parties, Use.PSEUDONYM, number).hex())].iloc[0]
        assert (row["day"] - offset(parties, number)) % OFFSET_DAYS == (REPORTED[number] - EPOCH).days
        assert row["quarter"] == str(pd.Period(REPORTED[number], "Q"))


def test_the_holder_of_the_offset_and_the_monitor_can_match_a_short_list(
    parties: Parties, monitor: pd.DataFrame
) -> None:
    """The quarter and the shifted day leave 92 offsets of 65,536 at most: one in 700 people fits by chance."""
    row = monitor[monitor["quarter"] != ""].iloc[0]
    quarter = pd.Period(row["quarter"], "Q")
    days = [(day.date() - EPOCH).days for day in pd.date_range(quarter.start_time, quarter.end_time, freq="D")]
    fitting = {(int(row["day"]) - day) % OFFSET_DAYS for day in days}
    assert len(fitting) <= 92
    (true,) = [
        number for number in AT_VT if computed(parties, Use.PSEUDONYM, number).hex() == row["pseudonym"]
    ]  # the test knows it; the pair does not
    assert offset(parties, true) in fitting


def test_two_keys_without_rows_find_nobody(parties: Parties) -> None:
    """No point in a request is what either key makes of anybody that its holder can think of."""
    body = parties.request("VTGM").read_bytes()[-32 * len(AT_VT) :]
    points = {body[place : place + 32] for place in range(0, len(body), 32)}
    assert len(points) == len(AT_VT)
    for number in PEOPLE:
        assert points.isdisjoint(computed(parties, use, number) for use in Use)


def test_two_institutions_share_what_both_know_already(parties: Parties) -> None:
    at_vt, at_gi = parties.links("VTGM").values, parties.links("JBGLD").values
    shared = set(at_vt.values()) & set(at_gi.values())
    assert len(shared) == len(set(AT_VT) & set(AT_GI))


def test_a_custodian_without_the_monitor_has_nothing_to_look_in(parties: Parties) -> None:
    held = {path.suffix for path in parties.holder.iterdir()}
    assert held == {".seed", ".public", ".verify", ".jsonl", ".lock"}
    pseudonyms = [value for code in ("VTGM", "JBGLD") for value in parties.links(code).values.values()]
    sent = [path.read_bytes() for path in parties.post.glob("*.request")]
    assert not any(value in content for value in pseudonyms for content in sent)


@pytest.mark.parametrize("use", list(Use))
def test_an_institution_and_a_key_holder_can_make_what_they_have_no_row_to_look_in_for(
    parties: Parties, use: Use
) -> None:
    """Of a number that they think of they have the pseudonym or the offset; in no file of both does it stand."""
    others = sorted(set(AT_VT) - set(AT_GI))
    held = [path for folder in (parties.inside("JBGLD"), parties.holder) for path in folder.iterdir()]
    for number in others:
        made = computed(parties, use, number)
        assert made == parties.links("VTGM").values[number] or use is Use.OFFSET
        assert not any(made in path.read_bytes() or made.hex().encode() in path.read_bytes() for path in held)


def test_both_key_holders_and_the_monitor_together_know_everything(parties: Parties, monitor: pd.DataFrame) -> None:
    tried = {computed(parties, Use.PSEUDONYM, number).hex(): number for number in PEOPLE}
    found = {
        (tried[row.pseudonym], row.milestone): EPOCH
        + timedelta(days=int(row.day - offset(parties, tried[row.pseudonym])) % OFFSET_DAYS)
        for row in monitor.itertuples()
    }
    assert found == {
        **{(number, "report_received"): day for number, day in REPORTED.items()},
        **{(number, "help_started"): day for number, day in HELPED.items()},
    }
