import numpy as np
import pytest

from monitor.release.perturbation import EXACT, KEY_RANGE
from monitor.release.policies import NOISE
from monitor.release.price import prices


def test_noise_weighs_less_as_there_are_more_cases_and_less_than_chance():
    found = list(prices(NOISE))
    assert [one.cases for one in found] == [20, 50, 100, 300]
    assert [one.median for one in found] == sorted((one.median for one in found), reverse=True)
    assert all(one.median < one.largest < one.chance for one in found)
    assert found[2].chance == pytest.approx(9.8, abs=0.01)  # 1,96 times the root of 0,25 / 100


def test_it_is_what_drawn_keys_give():
    draw = np.random.default_rng(20261122)
    keys = draw.integers(0, KEY_RANGE, (2, 200_000), dtype=np.uint64)
    part, whole = (NOISE.apply(np.full(keys.shape[1], count), of) for count, of in zip((25, 50), keys, strict=True))
    errors = np.abs(np.rint(100 * part / whole) - 50)
    (found,) = prices(NOISE, numbers=[50])
    assert found.median == np.quantile(errors, 0.5)
    assert found.largest == np.quantile(errors, 0.95)


def test_without_noise_only_whole_percents_are_lost():
    (found,) = prices(EXACT, share=1 / 3, numbers=[30])
    assert found.median == found.largest == pytest.approx(1 / 3)
