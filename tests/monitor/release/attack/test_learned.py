"""The attack on what is learned from: what follows from a region, the seven, and what one reported oneself."""

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import Engine, func, select

from monitor.release import learning
from monitor.release.attack import learned
from monitor.release.attack.attackers import Attacker
from monitor.release.attack.audit import audit
from monitor.release.attack.knowledge import NOTHING, Figures, Range
from monitor.release.attack.learned import TEMPLATES, _part, _remainder, learned_scenes, suppliers_of
from monitor.release.attack.material import read_material
from monitor.release.attack.scene import attack_scene
from monitor.release.attack.system import SECONDS_EACH
from monitor.release.cell import ALL, Statistic, SuppressedReason
from monitor.release.perturbation import EXACT
from monitor.release.policies import SHARED_PROTECTION
from monitor.store.published import cells, releases
from pseudonymise.agreement import load_agreement
from tests.monitor.release.cases import make
from tests.monitor.release.test_learning import (
    JOY,
    OUTCOMES,
    QUARTER,
    REGIONS,
    REQUESTS,
    RETURNED,
    ROUTES,
    YEAR,
    by_regions,
    cases,
    joy,
)

OUTSIDER = Attacker((), ())
FEW = ROUTES | {"form_reused": 3}


def reported(engine: Engine) -> None:
    """Everything that counts people, of one year; in the first region three forms that were used again."""
    cases(engine)
    by_regions(engine, "help_outcomes", YEAR, OUTCOMES)
    by_regions(engine, "help_requests", YEAR, REQUESTS)
    for quarter in (f"{YEAR}Q{number}" for number in range(1, 5)):
        by_regions(engine, "routes", quarter, FEW | RETURNED, REGIONS[:1])
        by_regions(engine, "routes", quarter, ROUTES | {"form_reused": 40} | RETURNED, REGIONS[1:])
    joy(engine, JOY)


def scenes(engine: Engine, template: str) -> list[learned.Scene]:
    with engine.connect() as connection:
        release = connection.execute(select(releases.c.id)).scalar_one()
        return list(learned_scenes(read_material(connection, release), template))


def found_by(scene: learned.Scene, attacker: Attacker, code: str) -> tuple[int, int]:
    """The small groups of an indicator that are found exactly, and those proved to be below five."""
    publication = load_agreement().publication
    found = [one for one in attack_scene(publication, scene, [attacker], SECONDS_EACH) if code in str(one.tables)]
    return sum(one.exact for one in found), sum(one.proved for one in found)


def test_every_template_of_people_is_attacked_and_what_is_published_holds_of_what_was_reported(engine: Engine) -> None:
    reported(engine)
    make(engine)
    assert TEMPLATES == ("help_outcomes", "help_requests", "joy_in_work", "routes")
    for template in TEMPLATES:
        (scene,) = scenes(engine, template)
        assert scene.system.violated_by(scene.truth.astype(np.float64)) == ()
        assert scene.older == 0
        assert {label.split(": ")[0] for label in scene.labels} == {template}
        if (
            template == "routes"
        ):  # of each sheet: the form of the routes, used again of the form, accepted of the routes
            assert scene.system.names.count("een deel van een geheel") == 4 * len(REGIONS) * 3


def test_who_attacks_are_those_who_report_and_the_release_passes(engine: Engine) -> None:
    reported(engine)
    make(engine)
    with engine.connect() as connection:
        found = audit(connection, connection.execute(select(releases.c.id)).scalar_one())
    assert found.failures == ()
    assert found.passed
    by_region = [one for one in found.findings if one.institutions == (REGIONS[0],)]
    assert {one.idea for one in by_region} == {"bounds", "finer"}
    assert sum(one.exact for one in found.findings) == 0


def test_without_noise_a_region_that_is_hidden_is_found_by_subtraction(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported(engine)
    for module in (learning, learned):
        monkeypatch.setattr(module, "SHARED_PROTECTION", replace(SHARED_PROTECTION, noise=EXACT))
    make(engine)
    (scene,) = scenes(engine, "routes")
    # three in each of four quarters, of the region and, as finest, of its supplier: each group counts once
    assert found_by(scene, OUTSIDER, "form_reused") == (4, 4)


def test_with_noise_nobody_finds_it(engine: Engine) -> None:
    reported(engine)
    make(engine)
    (scene,) = scenes(engine, "routes")
    codes = suppliers_of("routes")
    for places in ((), (1,), (1, 2)):
        attacker = Attacker(tuple(codes[place] for place in places), places)
        assert found_by(scene, attacker, "form_reused") == (0, 0)


def test_what_is_withheld_is_no_longer_attacked_and_passes(engine: Engine) -> None:
    reported(engine)
    make(engine)
    key = ("form_reused", REGIONS[0], ALL, ALL, QUARTER)
    with engine.begin() as connection:
        columns = cells.c
        of_group = (columns.indicator == key[0], columns.region == key[1], columns.period == key[4])
        hidden = cells.update().where(*of_group, columns.audience == "shared")
        values = {"state": "suppressed", "reason": SuppressedReason.DIFFERENCE, "value": None}
        assert connection.execute(hidden.values(**values)).rowcount == 1
        release = connection.execute(select(releases.c.id)).scalar_one()
        assert audit(connection, release).failures == ()
        assert connection.execute(select(func.count()).select_from(cells).where(*of_group)).scalar_one() == 1


def said(**share: object) -> Figures:
    return Figures({Statistic.SHARE: {"state": "published", "reason": None, "bound": "exact", "n": 40, **share}}, {})


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (said(value=50.0), Range(15, 25)),  # 20 of 40, each within five
        (said(value=97.0, n=30), Range(24, 34)),  # 29 of 30
        (said(value=7.0, bound="at_most", n=80), Range(0, 5)),  # shown as none
        (said(value=93.0, bound="at_least", n=80), Range(75, np.inf)),  # or more than its whole, brought down to it
        (said(state="suppressed", value=None, n=None, reason="noise"), NOTHING),
    ],
)
def test_a_share_says_what_its_part_can_be(figures: Figures, expected: Range) -> None:
    assert _part(figures) == expected


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (said(state="suppressed", value=None, n=None, reason="dominance"), Range(1, 9)),
        (said(value=50.0), Range(10, np.inf)),
        (said(state="suppressed", value=None, n=None, reason="few_cases"), Range(10, np.inf)),
        (said(state="missing", value=None, n=None, reason="not_delivered"), NOTHING),
    ],
)
def test_dominance_says_what_is_left_without_the_largest(figures: Figures, expected: Range) -> None:
    assert _remainder(figures) == expected
