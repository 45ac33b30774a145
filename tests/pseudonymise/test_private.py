"""A secret that others can read is no secret, and a key that anyone can change is anyone's."""

from datetime import date

import pytest

from pseudonymise.errors import UserError
from pseudonymise.keys import load_institution_keys, load_steward_keys, rotate_pseudonym_key
from pseudonymise.linked.keys import Use, load_holder_key, make_key
from tests.monitor.deliveries import make_parties

DAY = date(2026, 7, 1)


@pytest.fixture
def keys(tmp_path):
    folder = tmp_path / "keys"
    make_parties(folder, "JVV")
    rotate_pseudonym_key(folder, "JVV", DAY)
    make_key(folder, Use.PSEUDONYM, rotate=False)
    return folder


def load_all(folder):
    load_institution_keys(folder, "JVV")
    load_steward_keys(folder)
    load_holder_key(folder, Use.PSEUDONYM)


SECRETS = ["JVV.signing", "JVV.record", "JVV.age", f"JVV.pseudonym-{DAY}", "steward.age", "pseudonym-1.seed"]


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620])
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_others_can_read_or_change_is_refused(keys, name, mode):
    load_all(keys)
    (keys / name).chmod(mode)
    with pytest.raises(UserError, match=rf"{name}: bevat geheimen.*chmod 600"):
        load_all(keys)


@pytest.mark.parametrize("name", ["JVV.verify", "steward.recipient", "pseudonym-1.public"])
def test_a_public_key_may_be_read_by_all_and_changed_by_few(keys, name):
    (keys / name).chmod(0o664)
    load_all(keys)
    (keys / name).chmod(0o666)
    with pytest.raises(UserError, match=rf"{name}: is een sleutel, en iedereen kan die wijzigen"):
        load_all(keys)


def test_a_folder_in_which_anyone_can_put_another_key_is_refused(keys):
    keys.chmod(0o777)
    with pytest.raises(UserError, match="iedereen kan er een andere"):
        load_steward_keys(keys)
    keys.chmod(0o1777)  # as /tmp: there each keeps their own
    load_steward_keys(keys)
