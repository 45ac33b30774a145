"""Who signed in is known by an address that the provider vouches for, for this monitor, today."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.access.sign_in import CLOCKS_APART, SESSION, NotSignedIn, Settings, identify, load_settings
from pseudonymise.errors import UserError
from tests.monitor.access.signing import SETTINGS, claims, write_settings

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
OURS = Settings.model_validate(SETTINGS)


def test_who_signed_in_is_known_by_address_and_moment():
    found = identify(claims("Ans@WSS.example", NOW - timedelta(hours=1)), OURS, NOW)
    assert (found.who, found.since) == ("ans@wss.example", NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"is_logged_in": None}, "Meld u aan"),
        ({"is_logged_in": False}, "Meld u aan"),
        ({"is_logged_in": "true"}, "Meld u aan"),
        ({"iss": "https://login.example/realms/other"}, "niet voor deze monitor"),
        ({"iss": None}, "niet voor deze monitor"),
        ({"aud": "another-application"}, "niet voor deze monitor"),
        ({"aud": ["another-application"]}, "niet voor deze monitor"),
        ({"aud": None}, "niet voor deze monitor"),
        ({"aud": "verbetermonitor-but-longer"}, "niet voor deze monitor"),
        ({"iat": None}, "tijdstip"),
        ({"iat": "yesterday"}, "tijdstip"),
        ({"iat": True}, "tijdstip"),
        ({"iat": 10**20}, "tijdstip"),
        ({"iat": float("nan")}, "tijdstip"),
        ({"email_verified": None}, "bevestigt niet"),
        ({"email_verified": False}, "bevestigt niet"),
        ({"email_verified": "false"}, "bevestigt niet"),
        ({"email": None}, "noemt geen e-mailadres"),
        ({"email": "ans"}, "noemt geen e-mailadres"),
    ],
)
def test_anything_less_is_no_sign_in(changed, message):
    with pytest.raises(NotSignedIn, match=message):
        identify(claims(at=NOW, **changed), OURS, NOW)


@pytest.mark.parametrize("said", [True, 1, "1", "true"])
def test_entra_says_in_its_own_words_that_an_address_was_verified(said):
    assert identify(claims(at=NOW, email_verified=None, xms_edov=said), OURS, NOW).who == "ans@wss.example"


@pytest.mark.parametrize(
    ("ago", "holds"),
    [
        (SESSION, True),
        (SESSION + timedelta(seconds=1), False),
        (timedelta(days=29), False),  # the cookie of Streamlit is still there
        (-CLOCKS_APART, True),
        (-CLOCKS_APART - timedelta(seconds=1), False),  # a clock that was put back
    ],
)
def test_a_sign_in_holds_for_a_working_day(ago, holds):
    signed_in = claims(at=NOW - ago)
    if holds:
        assert identify(signed_in, OURS, NOW).since == NOW - ago
        return
    with pytest.raises(NotSignedIn):
        identify(signed_in, OURS, NOW)


def test_it_counts_from_when_somebody_proved_who_they_are():
    old = (NOW - SESSION - timedelta(minutes=1)).timestamp()
    with pytest.raises(NotSignedIn, match="te lang geleden"):
        identify(claims(at=NOW, auth_time=old), OURS, NOW)


# --- settings ---------------------------------------------------------------------------------------------------


def test_without_settings_there_is_no_sign_in(monkeypatch):
    monkeypatch.delenv("VERBETERMONITOR_SIGN_IN", raising=False)
    assert load_settings() is None


def test_settings_come_from_a_file_and_the_environment_goes_before(monkeypatch, tmp_path):
    monkeypatch.setenv("VERBETERMONITOR_SIGN_IN", str(write_settings(tmp_path, client_secret=None)))
    monkeypatch.setenv("VERBETERMONITOR_SIGN_IN_CLIENT_SECRET", "of-the-environment")
    settings = load_settings()
    assert settings.for_streamlit == {
        "redirect_uri": "https://monitor.example/oauth2callback",
        "cookie_secret": SETTINGS["cookie_secret"],
        "client_id": "verbetermonitor",
        "client_secret": "of-the-environment",
        "server_metadata_url": "https://login.example/realms/jeugd/.well-known/openid-configuration",
        "client_kwargs": {"scope": "openid email", "prompt": "login"},
    }
    assert "of-the-environment" not in repr(settings)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"issuer": None}, "issuer"),
        ({"issuer": "http://login.example"}, "issuer"),
        ({"address": "ftp://monitor.example"}, "address"),
        ({"cookie_secret": "short-and-secret"}, "cookie_secret"),
        ({"client_secret": ""}, "client_secret"),
        ({"tenant": "unknown-and-secret"}, "tenant"),
    ],
)
def test_what_is_not_right_is_named_and_never_shown(monkeypatch, tmp_path, changed, named):
    monkeypatch.setenv("VERBETERMONITOR_SIGN_IN", str(write_settings(tmp_path, **changed)))
    with pytest.raises(UserError, match=f"niet bruikbaar: {named}") as refused:
        load_settings()
    assert "secret-" not in str(refused.value)
    assert "and-secret" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o620, 0o777])
def test_a_file_of_secrets_that_others_can_read_or_change_is_refused(monkeypatch, tmp_path, mode):
    file = write_settings(tmp_path)
    file.chmod(mode)
    monkeypatch.setenv("VERBETERMONITOR_SIGN_IN", str(file))
    with pytest.raises(UserError, match="chmod 600"):
        load_settings()


def test_a_file_that_is_not_there_is_no_demonstration(monkeypatch, tmp_path):
    monkeypatch.setenv("VERBETERMONITOR_SIGN_IN", str(tmp_path / "none.toml"))
    with pytest.raises(UserError, match="is er niet"):
        load_settings()
