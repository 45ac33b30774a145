"""Actions are written down and changed, never overwritten; two who change one at once both keep their text."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.access import trail
from monitor.access.roles import AccessDenied, Role, RoleKind
from monitor.agenda.action import LONGEST_TITLE, Action, Incomplete, Milestone, Owner, Status, Theme
from monitor.agenda.book import ChangedMeanwhile, change, enter, enter_all, read_agenda
from monitor.agenda.guarding import PersonInWords
from pseudonymise.errors import UserError
from pseudonymise.text import Kind, Level, Span
from pseudonymise.text.guard import find

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HERS = Role(RoleKind.QUARTERMASTER, "JZ28")
ACTION = Action(
    region="JZ28",
    theme=Theme.PRACTICE,
    title="Vaste medewerker sneller aanwijzen",
    aim="De instroom wordt elke ochtend verdeeld in een gezamenlijk overleg.",
    owner=Owner.QUARTERMASTER,
    start=date(2026, 10, 1),
    status=Status.RUNNING,
    step="worker_assigned",
    direction="higher",
    milestones=(Milestone(what="Eerste evaluatie met de teams", due=date(2026, 12, 1)),),
)


def nothing(_text, _owned):
    return ()


def strict(text, owned):
    return find(text, Level.STRICT, owned=owned)


def but(**values):
    return Action.model_validate(ACTION.model_dump() | values)


def test_what_is_entered_is_read_back_as_it_was(engine):
    written = enter(engine, HERS, ACTION, nothing, NOW)
    (history,) = read_agenda(engine)
    assert history.revisions == (written,)
    assert (written.number, written.revision, written.changed_by, written.action) == (1, 1, HERS.code, ACTION)
    assert read_agenda(engine, "JZ12") == ()


def test_a_change_is_a_revision_and_what_was_there_stays(engine):
    enter(engine, HERS, ACTION, nothing, NOW)
    moved = but(start=date(2026, 11, 1), note="De teams zijn later gestart.")
    change(engine, HERS, 1, 1, moved, nothing, NOW + timedelta(days=1))
    closed = but(start=date(2026, 11, 1), status=Status.DONE)
    change(engine, HERS, 1, 2, closed, nothing, NOW + timedelta(days=2))
    (history,) = read_agenda(engine)
    assert [one.action for one in history.revisions] == [ACTION, moved, closed]
    assert history.at(NOW + timedelta(hours=30)).action == moved
    assert history.at(NOW - timedelta(hours=1)) is None


def test_of_many_actions_of_which_one_is_wrong_none_is_stored(engine):
    with pytest.raises(Incomplete):
        enter_all(engine, [(HERS, ACTION), (HERS, but(title=""))], nothing, NOW)
    assert read_agenda(engine) == ()
    written = enter_all(engine, [(HERS, ACTION), (HERS, ACTION)], nothing, NOW)
    assert [one.number for one in written] == [1, 2]


def test_the_second_of_two_is_told_and_neither_text_is_lost(engine):
    enter(engine, HERS, ACTION, nothing, NOW)
    change(engine, HERS, 1, 1, but(aim="De teams verdelen samen."), nothing, NOW)
    with pytest.raises(ChangedMeanwhile) as told:
        change(engine, HERS, 1, 1, but(aim="De instelling verdeelt."), nothing, NOW)
    assert told.value.theirs.action.aim == "De teams verdelen samen."
    (history,) = read_agenda(engine)
    assert [one.action.aim for one in history.revisions] == [ACTION.aim, "De teams verdelen samen."]
    change(engine, HERS, 1, told.value.theirs.revision, but(aim="De instelling verdeelt."), nothing, NOW)
    assert read_agenda(engine)[0].action.aim == "De instelling verdeelt."


def test_of_many_who_write_at_the_same_moment_one_is_stored_and_the_others_are_told(engine):
    enter(engine, HERS, ACTION, nothing, NOW)
    ready, told = threading.Barrier(4), []

    def write(words):
        ready.wait()
        try:
            change(engine, HERS, 1, 1, but(aim=words), nothing, NOW)
        except ChangedMeanwhile as meanwhile:
            told.append((words, meanwhile.theirs.action.aim))

    texts = ["De teams verdelen samen.", "De instelling verdeelt.", "De regio verdeelt.", "Het overleg verdeelt."]
    writers = [threading.Thread(target=write, args=(words,)) for words in texts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    (history,) = read_agenda(engine)
    assert [one.revision for one in history.revisions] == [1, 2]
    stored = history.action.aim
    assert sorted(told) == sorted((words, stored) for words in texts if words != stored)


def test_new_actions_entered_at_the_same_moment_get_a_number_each(engine):
    ready = threading.Barrier(4)

    def write():
        ready.wait()
        enter(engine, HERS, ACTION, nothing, NOW)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [history.number for history in read_agenda(engine)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "role",
    [
        Role(RoleKind.BOARD),
        Role(RoleKind.QUARTERMASTER, "JZ12"),
        Role(RoleKind.INSTITUTION, "WSS"),
        Role(RoleKind.STEWARD),
    ],
    ids=lambda role: role.code,
)
def test_nobody_but_its_quartermaster_writes_for_a_region(engine, role):
    enter(engine, HERS, ACTION, nothing, NOW)
    with pytest.raises(AccessDenied, match="kwartiermaker van de regio"):
        change(engine, role, 1, 1, ACTION, nothing, NOW)
    assert len(read_agenda(engine)[0].revisions) == 1


def test_an_action_of_another_region_cannot_be_taken_over(engine):
    enter(engine, HERS, ACTION, nothing, NOW)
    with pytest.raises(UserError, match="heeft geen actie 1"):
        change(engine, Role(RoleKind.QUARTERMASTER, "JZ12"), 1, 1, but(region="JZ12"), nothing, NOW)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"title": "  "}, "Titel: dit is leeg"),
        ({"title": "x" * (LONGEST_TITLE + 1)}, "langer dan 80 tekens"),
        ({"step": "wizardry"}, "De regio of de stap bestaat niet"),
        ({"start": date(2026, 11, 3)}, "begint na vandaag"),
        ({"milestones": ({"what": "Klaar", "due": NOW.date(), "reached": date(2026, 11, 3)},)}, "na vandaag bereikt"),
        ({"milestones": ({"what": "", "due": NOW.date()},)}, "Mijlpaal: dit is leeg"),
    ],
)
def test_what_cannot_be_is_refused_and_stores_nothing(engine, values, said):
    with pytest.raises(Incomplete, match=said):
        enter(engine, HERS, but(**values), nothing, NOW)
    assert read_agenda(engine) == ()


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("title", "Overleg over kIM de vRIES"),
        ("aim", "Het gezin van geboren 12-3-2019 eerst."),
        ("note", "Zaak met bsn 999990019 is klaar."),
        ("aim", "Bezoek aan Dorpsstraat 12 in arnhem."),
    ],
)
def test_a_person_is_stopped_before_anything_is_stored(engine, field, words):
    with pytest.raises(PersonInWords) as stopped:
        enter(engine, HERS, but(**{field: words}), strict, NOW)
    (one,) = stopped.value.stopped
    assert one.words == words
    assert one.left
    assert words not in str(stopped.value)
    assert read_agenda(engine) == ()


def test_words_may_be_owned_as_no_person_and_are_kept_with_the_revision(engine):
    named = but(title="Team Zilverdraak wijst aan", note="De groep Zilverdraak las mee; Brimstaf niet.")
    with pytest.raises(PersonInWords) as stopped:
        enter(engine, HERS, named, strict, NOW)
    assert set(stopped.value.may_be_owned) == {"Zilverdraak", "Brimstaf"}
    with pytest.raises(PersonInWords) as left:
        enter(engine, HERS, named, strict, NOW, owned=("Zilverdraak",))
    assert [one.words for one in left.value.stopped] == [named.note]
    enter(engine, HERS, named, strict, NOW, owned=("Zilverdraak", "Brimstaf", "aanwijzen"))
    change(engine, HERS, 1, 1, but(aim="De teams verdelen samen."), strict, NOW)
    ((first, second),) = (one.revisions for one in read_agenda(engine))
    assert (first.owned, second.owned) == (("Zilverdraak", "Brimstaf"), ())  # what needed no owning is no trace
    with engine.connect() as connection:
        assert [line.about for line in trail.read(connection)] == ["JZ28 1 1 2", "JZ28 1 2 0"]


def test_a_number_is_never_owned_in_an_action(engine):
    with pytest.raises(PersonInWords) as stopped:
        enter(engine, HERS, but(note="Zie 999990019 in het systeem."), strict, NOW, owned=("999990019",))
    assert stopped.value.may_be_owned == ()


def test_the_guard_reads_every_free_text(engine):
    read = []
    milestones = ({"what": "Mijlpaal een", "due": NOW.date()}, {"what": "Mijlpaal twee", "due": NOW.date()})
    action = but(note="Nieuw", milestones=milestones)

    def guard(text, _owned):
        read.append(text)
        return (Span(0, 1, Kind.WORD, True),) if text == "Mijlpaal twee" else ()

    with pytest.raises(PersonInWords):
        enter(engine, HERS, action, guard, NOW)
    assert read == [action.title, action.aim, "Mijlpaal een", "Mijlpaal twee", "Nieuw"]


@pytest.mark.parametrize(
    ("values", "today", "late", "waiting"),
    [
        ({}, date(2026, 12, 1), 0, False),
        ({}, date(2026, 12, 2), 1, False),
        ({"status": Status.STOPPED}, date(2026, 12, 2), 0, False),
        ({"status": Status.PLANNED}, date(2026, 10, 1), 0, False),
        ({"status": Status.PLANNED}, date(2026, 10, 2), 0, True),
    ],
)
def test_late_is_what_should_have_been_there_and_is_still_open(values, today, late, waiting):
    action = but(**values)
    assert (len(action.late(today)), action.overdue_start(today)) == (late, waiting)
