"""Notes with figures: written by their own, answered by others, stopped on a person, withdrawn with a trace."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import sample_data
from monitor.access.roles import AccessDenied, Role, RoleKind
from monitor.access.trail import read, verify
from monitor.agenda.action import LONGEST_TEXT, Incomplete
from monitor.agenda.guarding import PersonInWords
from monitor.agenda.notes import (
    About,
    Entry,
    Kind,
    Reply,
    Why,
    answer,
    enter_notes,
    may_withdraw,
    read_notes,
    standing_with,
    withdraw_note,
    write_note,
)
from monitor.locale import DUTCH
from monitor.narrative.notes import note_sentences
from monitor.store.agenda import notes
from pseudonymise.errors import UserError
from pseudonymise.text import Level
from pseudonymise.text.guard import find

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HERS = Role(RoleKind.QUARTERMASTER, "JZ28")
ANALYST = Role(RoleKind.INSTITUTION, "WSS")
BOARD, STEWARD = Role(RoleKind.BOARD), Role(RoleKind.STEWARD)
REGION = About(step="worker_assigned", region="JZ28", period="2024Q3")
INSTITUTION = About(step="plan", institution="WSS", period="2025")
WORDS = "De teams verdelen de instroom nu elke ochtend samen."


def nothing(_words, _owned):
    return ()


def strict(words, owned):
    return find(words, Level.STRICT, owned=owned)


def write(engine, role=HERS, about=REGION, words=WORDS, owned=(), guard=nothing, now=NOW):
    return write_note(engine, role, about, Kind.WHY, words, owned, guard, now)


def lines(engine):
    with engine.connect() as connection:
        assert verify(connection) == []
        return [(line.who, line.act, line.about) for line in read(connection)]


def test_a_note_is_read_back_with_its_answers_the_newest_note_first(engine):
    first = write(engine)
    second = write(engine, ANALYST, INSTITUTION)
    replies = [
        answer(engine, role, first.number, words, (), nothing, NOW + timedelta(days=day))
        for day, (role, words) in enumerate([(ANALYST, "Bij ons ook."), (BOARD, "Neem dit mee in het overleg.")], 1)
    ]
    newest, oldest = read_notes(engine)
    assert newest == second
    assert (oldest.number, oldest.about, oldest.words, oldest.by, oldest.at) == (1, REGION, WORDS, HERS.code, NOW)
    assert oldest.answers == tuple(replies)
    assert [one.about for one in replies] == [REGION, REGION]
    assert [act for _, act, _ in lines(engine)] == ["note"] * 4


@pytest.mark.parametrize(
    ("role", "about"),
    [
        (HERS, REGION.model_copy(update={"region": "JZ12"})),
        (HERS, REGION.model_copy(update={"region": "all"})),
        (HERS, INSTITUTION),
        (ANALYST, INSTITUTION.model_copy(update={"institution": "LDH"})),
        (ANALYST, INSTITUTION.model_copy(update={"region": "JZ28"})),
        (BOARD, REGION),
        (STEWARD, REGION),
    ],
)
def test_nobody_writes_with_the_figure_of_another(engine, role, about):
    with pytest.raises(AccessDenied):
        write(engine, role, about)
    assert read_notes(engine) == ()
    assert lines(engine) == []


@pytest.mark.parametrize("role", [STEWARD, Role(RoleKind.AUDITOR)])
def test_who_loads_or_looks_over_it_does_not_answer(engine, role):
    write(engine)
    with pytest.raises(AccessDenied):
        answer(engine, role, 1, WORDS, (), nothing, NOW)


@pytest.mark.parametrize(
    ("words", "message"), [("  ", "dit is leeg"), ("a" * (LONGEST_TEXT + 1), f"langer dan {LONGEST_TEXT}")]
)
def test_what_is_empty_or_too_long_is_refused(engine, words, message):
    with pytest.raises(Incomplete, match=message):
        write(engine, words=words)


def test_a_step_that_does_not_exist_has_no_note(engine):
    with pytest.raises(Incomplete, match="bestaat niet"):
        write(engine, about=REGION.model_copy(update={"step": "nothing"}))


@pytest.mark.parametrize(
    "words",
    [
        "Na de ziekte van kIM dE vRIES bleef het liggen.",
        "Het kind is geboren op 3-4-2015 en wacht nog.",
        "Zie 999990019 in het systeem.",
        "Het gezin woont aan de kerkSTRAAT 12.",
    ],
)
def test_a_person_in_a_note_or_an_answer_is_stopped_and_nothing_is_stored(engine, words):
    write(engine)
    with pytest.raises(PersonInWords) as stopped:
        write(engine, words=words, guard=strict)
    assert stopped.value.stopped[0].left
    with pytest.raises(PersonInWords):
        answer(engine, ANALYST, 1, words, (), strict, NOW)
    (note,) = read_notes(engine)
    assert (note.words, note.answers) == (WORDS, ())


def test_a_word_may_be_owned_as_no_person_and_is_kept_with_the_note(engine):
    words = "Ook de werkgroep Zilverdraak las mee."
    with pytest.raises(PersonInWords) as stopped:
        write(engine, words=words, guard=strict)
    assert stopped.value.may_be_owned == ("Zilverdraak",)
    note = write(engine, words=words, owned=("Zilverdraak", "draak", "werkgroep"), guard=strict)
    assert note.owned == ("Zilverdraak",)  # what needed no owning up to is no trace
    assert lines(engine) == [(HERS.code, "note", "1 worker_assigned 2024Q3 1")]


def test_a_number_is_never_owned(engine):
    words = "Zie 999990019 in het systeem."
    with pytest.raises(PersonInWords) as stopped:
        write(engine, words=words, owned=("999990019",), guard=strict)
    assert stopped.value.may_be_owned == ()


@pytest.mark.parametrize("role", [HERS, STEWARD])
def test_withdrawing_takes_the_words_and_leaves_the_trace(engine, role):
    write(engine, words="Ook de werkgroep Zilverdraak las mee.", owned=("Zilverdraak",), guard=strict)
    answer(engine, ANALYST, 1, "Bij ons ook.", (), nothing, NOW)
    withdraw_note(engine, role, 1, Why.PERSON, NOW + timedelta(days=1))
    (note,) = read_notes(engine)
    assert (note.words, note.owned, note.about, note.by) == ("", (), REGION, HERS.code)
    assert (note.withdrawn.by, note.withdrawn.why, note.withdrawn.at) == (
        role.code,
        Why.PERSON,
        NOW + timedelta(days=1),
    )
    assert [one.words for one in note.answers] == ["Bij ons ook."]
    assert lines(engine)[-1] == (role.code, "note-end", "1 person")
    with engine.connect() as connection:
        assert "Zilverdraak" not in str(connection.execute(select(notes)).all())
    with pytest.raises(UserError, match="Er staat geen duiding 1"):
        withdraw_note(engine, role, 1, Why.PERSON, NOW)
    with pytest.raises(UserError, match="Er staat geen duiding 1"):
        answer(engine, ANALYST, 1, WORDS, (), nothing, NOW)


def test_another_does_not_withdraw(engine):
    note = write(engine)
    assert [may_withdraw(role, note) for role in (HERS, STEWARD, ANALYST, BOARD)] == [True, True, False, False]
    with pytest.raises(AccessDenied):
        withdraw_note(engine, ANALYST, 1, Why.WRONG, NOW)
    assert read_notes(engine) == (note,)


def test_an_answer_is_not_answered(engine):
    write(engine)
    reply = answer(engine, ANALYST, 1, "Bij ons ook.", (), nothing, NOW)
    with pytest.raises(UserError, match="is zelf een antwoord"):
        answer(engine, HERS, reply.number, WORDS, (), nothing, NOW)


ENTRIES = [
    Entry(by="quartermaster-JZ28", step="plan", period="2025", kind=Kind.LEARNED, words=WORDS),
    Entry(
        by="institution-WSS",
        step="plan",
        period="2025",
        kind=Kind.WHY,
        words=WORDS,
        answers=(Reply(by="board", words="Neem dit mee in het overleg."),),
    ),
]


def test_notes_of_a_file_stand_each_in_its_role_with_its_answers(engine):
    written = enter_notes(engine, ENTRIES, nothing, NOW)
    assert [(one.number, one.by) for one in written] == [(1, "quartermaster-JZ28"), (2, "institution-WSS")]
    newest, oldest = read_notes(engine)
    assert (newest.about, oldest.about.region) == (INSTITUTION, "JZ28")
    assert [(one.by, one.words) for one in newest.answers] == [("board", "Neem dit mee in het overleg.")]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"by": "board"}, AccessDenied),
        ({"step": "nothing"}, Incomplete),
        ({"answers": (Reply(by="steward", words=WORDS),)}, AccessDenied),
        ({"answers": (Reply(by="board", words="Vraag het aan kIM dE vRIES."),)}, PersonInWords),
    ],
)
def test_of_a_file_with_one_wrong_note_none_is_stored(engine, wrong, error):
    with pytest.raises(error):
        enter_notes(engine, [ENTRIES[0], ENTRIES[1].model_copy(update=wrong)], strict, NOW)
    assert read_notes(engine) == ()


def test_the_notes_of_the_demonstration_pass_the_guard(engine):
    text = Path(sample_data.__file__).with_name("notes.toml").read_text("utf-8")
    entries = [Entry.model_validate(one) for one in tomllib.loads(text)["notes"]]
    assert len(enter_notes(engine, entries, strict, NOW)) == len(entries) >= 3


def test_beside_a_chart_stand_the_notes_of_its_step_and_group_that_were_not_withdrawn(engine):
    write(engine)
    write(engine, words="De instroom daalde.")
    write(engine, ANALYST, INSTITUTION)
    write(engine, about=REGION.model_copy(update={"step": "plan"}))
    write(engine, Role(RoleKind.QUARTERMASTER, "JZ12"), REGION.model_copy(update={"region": "JZ12"}))
    for words in ("Bij ons ook.", "Dat klopt niet."):
        answer(engine, ANALYST, 1, words, (), nothing, NOW)
    withdraw_note(engine, ANALYST, 7, Why.WRONG, NOW)
    withdraw_note(engine, HERS, 2, Why.OUTDATED, NOW)
    every = read_notes(engine)
    assert note_sentences(standing_with(every, "worker_assigned", "JZ28", "all"), DUTCH) == [
        ("Duiding 1, 3e kwartaal 2024", f"{WORDS} (Antwoorden op de pagina Duiding: 1.)")
    ]
    assert [one.number for one in standing_with(every, "plan", "all", "WSS")] == [3]
    assert standing_with(every, "plan", "all", "LDH") == ()
