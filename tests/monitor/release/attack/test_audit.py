"""The whole attack on a released store, and that whatever is wrong with a release stops it."""

import os
import re
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import delete, func, select, update

from monitor.release.attack import audit as whole
from monitor.release.attack.attackers import Attacker
from monitor.release.attack.audit import WORTH_PROCESSES, Part, ahead, audit, solvers
from monitor.release.attack.conditions import count_scenes, step_scenes
from monitor.release.attack.form import broken_rules
from monitor.release.attack.material import read_material
from monitor.release.attack.report import SMALL, Audit, Finding, in_words, to_markdown
from monitor.release.attack.scene import attack_scene
from monitor.release.attack.system import SECONDS_EACH, Unsolved, solve, with_conditions
from monitor.release.cell import Statistic
from monitor.store.counts import deliveries
from monitor.store.published import cells, releases
from pseudonymise.agreement import load_agreement
from pseudonymise.errors import UserError
from tests.monitor.release.attack.cubes import all_sums, seen


def test_a_release_by_the_rules_stands(store, release_id):
    told = []
    found = audit(store, release_id, told.append)
    assert found.passed, found.reasons
    assert {finding.institutions for finding in found.findings if len(finding.institutions) == 2} == {
        *[("JBGLD", "WSS"), ("JBGLD", "LDH"), ("JBGLD", "JVV"), ("WSS", "LDH"), ("WSS", "JVV"), ("LDH", "JVV")]
    }
    assert sum(len(finding.institutions) == 1 for finding in found.findings if finding.idea == "bounds") == 8
    assert {finding.idea for finding in found.findings if not finding.institutions} == {
        *["bounds", "finer", "averaging", "time", "durations"]
    }
    assert all(finding.exact == 0 for finding in found.findings)
    assert sum(finding.small for finding in found.findings) > 500
    assert Audit.model_validate_json(found.model_dump_json()) == found
    assert told[0] == "regels"
    assert "gi: plan" in told
    page = to_markdown(found)
    assert page.startswith("# Toetsing van uitgave 2021Q4\n\nUitkomst: binnen de grenzen.\n")
    assert "| wie de cijfers van JBGLD en WSS kent | optellingen |" in page
    assert not re.search(r"JZ\d|20\d\dQ[123]", page)  # no region, and no quarter but that of the release


def test_cases_that_came_in_late_are_judged_by_what_was_known_then(later_store):
    first, second = later_store.execute(select(releases.c.id).order_by(releases.c.id)).scalars()
    with pytest.raises(UserError, match="andere aanleveringen"):
        audit(later_store, first)
    found = audit(later_store, second)
    assert found.passed, found.reasons
    assert found.older > 0
    assert f"{found.older} gegevens gaan over eerdere aanleveringen" in to_markdown(found)


def test_what_the_strongest_of_each_kind_learned_stands_in_words():
    def found(*institutions, exact=0, proved=0):
        return Finding(
            idea="bounds",
            institutions=institutions,
            small=40,
            exact=exact,
            proved=proved,
            narrowest=3,
            tables=(),
            largest_share=0.15,
        )

    pair = found("JBGLD", "WSS", exact=2, proved=6)
    all_of_them = (found(), found("JBGLD", proved=1), found("WSS", proved=2), pair)
    assert in_words(Audit(label="2021Q4", findings=all_of_them, failures=())) == [
        "Een buitenstaander vindt van geen enkele kleine groep het juiste aantal, en bewijst van hoogstens 0,0 % dat "
        "ze onder 5 liggen.",
        "Een instelling of regio die haar eigen cijfers kent vindt van geen enkele kleine groep het juiste aantal, en "
        "bewijst van hoogstens 5,0 % dat ze onder 5 liggen (WSS).",
        "Twee die elk hun eigen cijfers kennen vinden van 2 kleine groepen het juiste aantal, en bewijzen van "
        "hoogstens 15,0 % dat ze onder 5 liggen (JBGLD en WSS).",
    ]
    assert in_words(Audit(label="2021Q4", findings=(), failures=("tijd",))) == []


# --- leaks, planted one by one: each turns what stood into what does not --------------------------------------------

SHARE, MEDIAN, COUNT, CURVE = Statistic.SHARE, Statistic.MEDIAN, Statistic.COUNT, Statistic.CURVE


@pytest.mark.parametrize(
    ("where", "spoiled", "reason"),
    [
        ({"statistic": SHARE, "indicator": "plan"}, {"value": 63.6}, "plan (share): geen hele procenten of dagen"),
        ({"statistic": SHARE, "indicator": "plan"}, {"lower": 48.25}, "plan (share): geen hele procenten of dagen"),
        ({"statistic": SHARE, "indicator": "plan"}, {"value": 100.0}, "plan (share): 0 of 100 procent"),
        ({"statistic": SHARE, "indicator": "plan"}, {"n": 8}, "plan (share): een cijfer op minder dan 20 zaken"),
        ({"statistic": SHARE, "indicator": "plan"}, {"n": 777}, "een noemer die niet het gepubliceerde aantal is"),
        ({"statistic": SHARE, "indicator": "plan"}, {"period": "202106"}, "periode die niet in het plan staat"),
        ({"statistic": MEDIAN, "indicator": "plan"}, {"n": 8}, "plan (median): een cijfer op minder dan 20 zaken"),
        ({"statistic": MEDIAN, "indicator": "plan"}, {"value": 43.0}, "een duur die niet op het rooster ligt"),
        ({"statistic": CURVE, "indicator": "plan"}, {"point": 43}, "een punt dat niet op het rooster ligt"),
        ({"statistic": CURVE, "indicator": "plan"}, {"n": 40}, "plan (curve): een cijfer op minder dan 60 zaken"),
        ({"statistic": COUNT, "indicator": "gi_order"}, {"value": 7.0}, "gi_order (count): een aantal onder 10"),
        ({"statistic": COUNT, "indicator": "gi_order"}, {"value": 31.5}, "gi_order (count): geen geheel getal"),
        (
            {"statistic": COUNT, "indicator": "gi_order", "state": "suppressed", "reason": "small_count"},
            {"value": 4.0},
            "een getal bij een cel die geen cijfer heeft",
        ),
        ({"statistic": COUNT, "indicator": "gi_order"}, {"indicator": "date:plan"}, "indicator die niet in het plan"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_cell_that_breaks_a_rule_is_named(store, release_id, spoil, where, spoiled, reason):
    material = read_material(store, release_id)
    assert list(broken_rules(material)) == []
    spoil(spoiled, **where)
    found = list(broken_rules(read_material(store, release_id)))
    assert any(reason in one for one in found), found
    assert not any(re.search(r"\b(63|48|777|43|31)\b", one) for one in found)  # the value is not told


def test_a_road_is_published_under_an_agreement_that_names_linking_alone(store, release_id):
    agreement = load_agreement()
    road = (cells.c.indicator == agreement.road.code, cells.c.statistic == SHARE, cells.c.audience == "shared")
    alone = agreement.model_copy(update={"linked": None})
    assert list(broken_rules(replace(read_material(store, release_id), agreement=alone))) == []
    store.execute(update(cells).where(*road, cells.c.period == "2021").values(state="published", value=40.0, n=500))
    found = list(broken_rules(replace(read_material(store, release_id), agreement=alone)))
    assert "road: een cijfer dat koppeling vraagt" in found


def test_a_count_without_its_noise_is_seen(store, release_id):
    where = (*ORDERS, cells.c.institution == "WSS", cells.c.region == "all", cells.c.measure_group == "all")
    shown, own = (
        dict(store.execute(select(cells.c.period, cells.c.value).where(*where, cells.c.audience == audience)).all())
        for audience in ("shared", "WSS")
    )
    disturbed = [period for period in shown if shown[period] != own[period]]
    assert disturbed
    of_one = (*where, cells.c.audience == "shared", cells.c.period == disturbed[0])
    store.execute(update(cells).where(*of_one).values(value=own[disturbed[0]]))
    found = list(broken_rules(read_material(store, release_id)))
    assert "institution_quarter: gi_order (count): niet het beschermde aantal" in found or (
        "institution_year: gi_order (count): niet het beschermde aantal" in found
    )


def test_a_sum_that_an_institution_could_subtract_its_way_into_is_seen(store, release_id, spoil):
    # JZ17 has no cases: without the largest nothing remains
    spoil(
        {"state": "published", "value": 12.0, "reason": None},
        state="suppressed",
        reason="dominance",
        statistic=COUNT,
        indicator="gi_order",
        region="JZ17",
    )
    found = list(broken_rules(read_material(store, release_id)))
    assert any(one.endswith("gi_order (count): een instelling kan de rest uitrekenen") for one in found)


def test_a_small_group_that_sums_give_away_stops_the_release(store, release_id):
    """JZ17 has three cases in one quarter, and is hidden. Now the noise happens to be as bad as it can be."""
    exact = own_orders(store, "2021Q3")
    assert exact["JZ17"] == 3
    for region, value in (("JZ12", exact["JZ12"] + 5), ("JZ21", exact["JZ21"] + 5), ("all", sum(exact.values()) - 5)):
        of_region = (cells.c.audience == "shared", cells.c.region == region, cells.c.period == "2021Q3")
        nothing_split = (cells.c.institution == "all", cells.c.measure_group == "all")
        store.execute(update(cells).where(*ORDERS, *of_region, *nothing_split).values(value=value))
    found = audit(store, release_id)
    (outsider,) = (one for one in found.findings if one.idea == "bounds" and not one.institutions)
    assert not outsider.passed
    assert outsider.proved >= 1
    assert "region_quarter: gi_order" in outsider.tables
    assert "region_quarter: gi_order (count): niet het beschermde aantal" in found.reasons
    assert "NIET binnen de grenzen" in to_markdown(found)
    assert any(
        reason.startswith("buitenstaander (optellingen): van ") and "region_quarter: gi_order" in reason
        for reason in found.reasons
    )


def _small(sizes):
    return np.flatnonzero((sizes >= 1) & (sizes <= SMALL))


def test_what_is_found_exactly_is_named_by_its_published_group(store, release_id):
    material = read_material(store, release_id)
    scenes = count_scenes(material, "gi", material.counted("gi"), material.carried)
    scene, values = next((one, sizes) for one in scenes if _small(sizes := one.groups @ one.truth).size)
    place = int(_small(values)[0])
    pinned = with_conditions(
        scene.system, scene.groups[[place]], values[[place]], values[[place]], ["dit is uitgelekt"]
    )
    publication = material.agreement.publication
    found = attack_scene(publication, replace(scene, system=pinned), [Attacker((), ())], SECONDS_EACH)
    (bounds,) = (one for one in found if one.idea == "bounds")
    assert (bounds.exact, bounds.given_away) == (1, (scene.keys[place],))
    assert scene.keys[place][0] in scene.labels[place]
    assert scene.labels[place].startswith("region_") == (scene.keys[place][1] != "all")
    assert len(scene.finer_keys) == scene.finer.shape[0]


ORDERS = (cells.c.indicator == "gi_order", cells.c.statistic == "count")


def own_orders(store, quarter):
    """The exact number of measures by region, from the own cells of the institutions."""
    where = (*ORDERS, cells.c.audience != "shared", cells.c.region != "all", cells.c.measure_group == "all")
    query = select(cells.c.region, func.sum(cells.c.value)).where(*where, cells.c.period == quarter)
    return dict(store.execute(query.group_by(cells.c.region)).all())


# --- the attack itself fails ---------------------------------------------------------------------------------------


def test_without_time_nothing_passes(store, release_id):
    found = audit(store, release_id, seconds=0.0)
    assert not found.passed
    assert found.reasons[0].startswith("de aanval is niet gelukt: de tijd was op (")


def test_parts_are_laid_out_a_few_ahead_of_their_turn():
    begun = []

    def parts():
        for number in range(5):
            begun.append(number)
            yield Part(str(number), list)

    given = [(part.name, len(begun)) for part in ahead(parts(), 2)]
    assert given == [("0", 3), ("1", 4), ("2", 5), ("3", 5), ("4", 5)]


def test_what_goes_wrong_in_a_process_of_its_own_is_not_lost():
    rows = all_sums((2, 2))
    contradiction = seen(rows, [40] + [0] * 8, [50] + [9] * 8)
    with solvers(WORTH_PROCESSES) as solver:
        waiting = solver(solve, contradiction, np.ones(4))
        with pytest.raises(Unsolved, match="spreken elkaar tegen"):
            waiting()
        killed = solver(os._exit, 1)
        with pytest.raises(BrokenProcessPool):
            killed()


def test_a_process_that_is_killed_stops_the_release(store, release_id, monkeypatch):
    monkeypatch.setattr(whole, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(whole, "attack_scene", die)
    assert audit(store, release_id).reasons == ("de aanval is niet gelukt: een rekenproces viel uit",)


def die(*_):
    os._exit(1)


def test_a_figure_that_follows_from_no_protected_counts_stops_the_attack(store, release_id):
    where = (cells.c.audience == "shared", cells.c.indicator == "plan", cells.c.state == "published")
    store.execute(update(cells).where(*where, cells.c.statistic == "share").values(value=97.0, lower=90.0, upper=99.0))
    with pytest.raises(Unsolved, match="region_quarter: plan kan uit geen beschermd aantal volgen"):
        attack_plan(read_material(store, release_id))


def test_a_share_of_other_counts_stops_the_attack(store, release_id):
    """Possible by itself, without its interval; but not of these cases."""
    where = (cells.c.audience == "shared", cells.c.indicator == "plan", cells.c.state == "published")
    store.execute(delete(cells).where(*where, cells.c.statistic.in_(["verdict", "curve", "median", "p90"])))
    other = {"value": 2.0, "lower": None, "upper": None, "cohort": "provisional"}
    store.execute(update(cells).where(*where, cells.c.statistic == "share", cells.c.n >= 50).values(other))
    with pytest.raises(Unsolved, match="plan kan niet van de tellingen in de opslag zijn gemaakt"):
        attack_plan(read_material(store, release_id))


def attack_plan(material):
    """The conditions that the figures of the step to a plan make, for all years."""
    clock, step = (material.agreement.clock("gi_order"), material.agreement.step("plan"))
    timed = material.timed("gi", step, material.clock("gi", clock))
    return list(step_scenes(material, "gi", timed, material.carried))


def test_a_release_of_other_deliveries_cannot_be_judged(store, release_id):
    store.execute(update(deliveries).values(until=func.date(deliveries.c.until, "-1 day")))
    with pytest.raises(UserError, match="andere aanleveringen dan waaruit 2021Q4 is gemaakt"):
        audit(store, release_id)


def test_a_release_that_is_not_there_is_refused(store):
    with pytest.raises(UserError, match="Uitgave 99 bestaat niet"):
        audit(store, 99)
