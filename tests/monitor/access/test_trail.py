"""A trail that anyone touched says so; what it tells is there together with what it tells of."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from monitor.access.trail import Act, End, Line, ends, erase, read, verify, write
from monitor.catalogue import load_retention
from monitor.charts.access import trail_table
from monitor.locale import DUTCH
from monitor.store.engine import open_engine, writing
from monitor.store.schema import metadata

NOW = datetime(2026, 11, 2, 9, 0, 0, 123456, tzinfo=UTC)
ACTS = (Act.LOAD, Act.RELEASE, Act.BASELINE, Act.CONFIRM, Act.GRANT)


def fill(engine, at=NOW):
    with writing(engine) as connection:
        for number, act in enumerate(ACTS):
            write(connection, act, "ans@jbgld.example", f"on {number}", at + timedelta(minutes=number))


def check(engine, *noted):
    with engine.connect() as connection:
        return verify(connection, noted)


def test_a_trail_is_read_back_in_order_and_is_whole(engine):
    fill(engine)
    with engine.connect() as connection:
        lines = read(connection)
    assert [(line.act, line.about) for line in lines] == [(act, f"on {number}") for number, act in enumerate(ACTS)]
    assert lines[0].at == NOW
    assert check(engine) == []


@pytest.mark.parametrize(
    ("touch", "found"),
    [
        ("UPDATE trail SET who = 'bert@x.example' WHERE chain = 'others' AND number = 2", "others, regel 2: is gewij"),
        ("UPDATE trail SET act = 'see' WHERE chain = 'releases' AND number = 1", "releases, regel 1: is gewijzigd"),
        ("UPDATE trail SET at = '2026-11-02 10:00:00' WHERE chain = 'others' AND number = 1", "others, regel 1: is ge"),
        ("DELETE FROM trail WHERE chain = 'others' AND number = 1", "others, regel 1: ontbreekt"),
        ("DELETE FROM trail WHERE chain = 'others' AND number = 2", "others, regel 2: ontbreekt"),
        ("DELETE FROM trail WHERE chain = 'others' AND number = 3", "others, regel 3: ontbreekt"),
        ("DELETE FROM trail WHERE chain = 'releases'", "releases, regel 1: ontbreekt"),
        ("DELETE FROM trail_ends WHERE chain = 'others'", "others: van deze keten ontbreken"),
        ("UPDATE trail SET number = 4 WHERE chain = 'others' AND number = 3", "others, regel 3: ontbreekt"),
    ],
)
def test_what_was_touched_is_found(engine, touch, found):
    fill(engine)
    with writing(engine) as connection:
        connection.execute(text(touch))
    (wrong,) = check(engine)
    assert wrong.startswith(found)


def test_a_trail_that_was_written_anew_is_found_by_its_noted_ends(engine):
    fill(engine)
    with engine.connect() as connection:
        noted = ends(connection)
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM trail"))
        connection.execute(text("DELETE FROM trail_ends"))
    fill(engine, NOW + timedelta(hours=1))
    assert check(engine) == []
    assert check(engine, *noted) == [
        "others, regel 3: is niet meer wat eerder is genoteerd.",
        "releases, regel 2: is niet meer wat eerder is genoteerd.",
    ]


def test_what_is_past_its_term_goes_and_the_rest_stays_whole(engine):
    fill(engine)
    end_of_term = NOW + timedelta(days=load_retention().trail_days)
    with engine.connect() as connection:
        noted = [End(line.chain, line.number, line.hash) for line in read(connection)]
    with writing(engine) as connection:
        assert erase(connection, end_of_term) == 0
        assert erase(connection, end_of_term + timedelta(minutes=1, seconds=30)) == 2
    with engine.connect() as connection:
        assert [line.about for line in read(connection)] == ["on 2", "on 3", "on 4"]
    assert check(engine, *noted) == []
    with writing(engine) as connection:
        assert erase(connection, end_of_term + timedelta(days=1)) == 3
        write(connection, Act.LOAD, "ans@jbgld.example", "later", NOW)
    assert check(engine) == []


def test_no_line_without_what_it_tells(engine):
    with engine.connect() as connection, connection.begin() as halfway:
        write(connection, Act.LOAD, "ans@jbgld.example", "WSS", NOW)
        halfway.rollback()
    with engine.connect() as connection:
        assert read(connection) == []


@given(
    st.lists(st.tuples(st.sampled_from(Act), st.text("ab@", min_size=1), st.text(max_size=20)), min_size=1),
    st.data(),
)
def test_any_line_changed_or_gone_is_found(told, data):
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        for act, who, about in told:
            write(connection, act, who, about, NOW)
        assert verify(connection) == []
        line = data.draw(st.sampled_from(read(connection)))
        of_line = f"WHERE chain = '{line.chain}' AND number = {line.number}"
        change = data.draw(st.sampled_from(["DELETE FROM trail ", "UPDATE trail SET about = about || 'x' "]))
        connection.execute(text(change + of_line))
        assert len(verify(connection)) == 1
    engine.dispose()


def test_the_command_verifies_and_notes_the_ends(run, tmp_path):
    assert run("trail", "verify") == (0, "Het logboek is nog leeg.\n", "")
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    fill(engine)
    noted = str(tmp_path / "ends.json")
    status, output, _ = run("trail", "verify", "--noted", noted)
    assert status == 0
    assert "others: heel, tot en met regel 3" in output
    assert "2026-11-02 09:00:00  load       ans@jbgld.example  on 0" in run("trail", "show")[1]
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM trail WHERE number = 2"))
    engine.dispose()
    status, output, _ = run("trail", "verify", "--noted", noted)
    assert status == 1
    assert "others, regel 2: ontbreekt." in output


def test_every_act_has_its_words_for_the_auditor():
    table = trail_table([Line("others", 1, NOW, "ans@jbgld.example", act.value, "", "") for act in Act], DUTCH)
    words = [row[2].text for row in table.rows]
    assert len(set(words)) == len(Act)
    assert "telde gekoppelde gebeurtenissen, en wiste ze" in words
