"""After an action, on the published cells of the sample: the planted change shows, and elsewhere there is chance."""

from datetime import UTC, date, datetime

import pytest
from scipy.stats import binom

from monitor.access.roles import Role, RoleKind
from monitor.agenda.action import Status
from monitor.agenda.book import History, Revision, read_agenda
from monitor.catalogue import load_catalogue
from monitor.locale import DUTCH
from monitor.narrative.agenda import since_sentence
from monitor.release.cell import Variation
from monitor.statistics.spc import FALSE_SIGNALS
from monitor.store.engine import open_engine
from monitor.views.agenda import Since, followed
from monitor.views.course import course
from monitor.views.reading import Group, Reader, visible_releases
from pseudonymise.agreement import load_agreement, region_names

NOW = datetime(2026, 11, 2, tzinfo=UTC)
PLANTED = {("worker_assigned", "JZ28"), ("help", "JZ25")}  # sample_data/planted.py


@pytest.fixture(scope="module")
def reader(road_folder):
    engine = open_engine(f"sqlite:///{road_folder / 'verbetermonitor.db'}")
    yield Reader(engine, visible_releases(engine)[0], Role(RoleKind.BOARD))
    engine.dispose()


def test_the_demonstration_has_an_action_in_every_region(reader):
    histories = read_agenda(reader.engine)
    assert {one.action.region for one in histories} == set(region_names())
    assert {one.action.status for one in histories} == {Status.PLANNED, Status.RUNNING, Status.DONE}


def test_the_planted_reorganisation_shows_as_a_special_cause_after_its_action(reader):
    (action,) = [
        one
        for one in read_agenda(reader.engine, "JZ28")
        if (one.action.step, one.action.start) == ("worker_assigned", date(2024, 4, 1))
    ]
    found = followed(action, reader)
    assert found.since is Since.CHANGED
    assert found.run[0].period == "2024Q2"
    assert found.run[-1].signal > 0
    drawn = course(reader.indicator("worker_assigned"), Group(region="JZ28"))
    assert drawn.variation is Variation.IMPROVEMENT
    before = [point.signal for point in drawn.points if point.period < "2024Q2" and point.signal is not None]
    assert before
    assert all(signal <= 0 for signal in before)  # no sign of it in the quarters before
    assert since_sentence(found, DUTCH).startswith("Sinds het 2e kwartaal 2024, na de start, is het aantoonbaar hoger")


def test_series_in_which_nothing_was_planted_signal_no_more_than_chance_makes(reader):
    """An action is laid beside every unchanged series of a region: its signals are counted against chance."""
    (example,) = read_agenda(reader.engine, "JZ32")
    series = [
        (step, region)
        for step in load_catalogue().steps
        for region in region_names()
        if load_agreement().step(step).norm and (step, region) not in PLANTED
    ]
    found = []
    for step, region in series:
        values = {"region": region, "step": step, "start": date(2024, 4, 1), "status": Status.RUNNING}
        action = example.action.model_copy(update=values)
        found.append(followed(History((Revision(1, 1, action, "x", NOW),)), reader))
    told = [one for one in found if one.since not in (Since.SHORT, Since.NO_COURSE, Since.NO_QUARTERS)]
    signalling = [one for one in told if one.since is not Since.CHANCE]
    assert len(told) >= 30
    # As many or more than this would come by chance in fewer than one of a hundred samples.
    assert binom.sf(len(signalling) - 1, len(told), FALSE_SIGNALS) > 0.01, (len(signalling), len(told))
