"""Settings of a sign-in, and what a provider says of somebody, for tests."""

from datetime import UTC, datetime
from pathlib import Path

SETTINGS = {
    "issuer": "https://login.example/realms/jeugd",
    "address": "https://monitor.example",
    "client_id": "verbetermonitor",
    "client_secret": "known-to-provider-and-monitor",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
    "contact": "beheer@regio.example",
}


def write_settings(folder: Path, **changed: str | None) -> Path:
    """A file of settings that its owner alone can read; a setting that is None is left out."""
    file = folder / "sign-in.toml"
    given = {name: value for name, value in (SETTINGS | changed).items() if value is not None}
    file.write_text("".join(f'{name} = "{value}"\n' for name, value in given.items()), "utf-8")
    file.chmod(0o600)
    return file


def claims(who: str = "ans@wss.example", at: datetime | None = None, **changed: object) -> dict[str, object]:
    """What stands in the cookie of somebody who signed in at a moment, now unless given."""
    moment = int((at or datetime.now(UTC)).timestamp())
    told: dict[str, object] = {
        "is_logged_in": True,
        "provider": "default",
        "iss": SETTINGS["issuer"],
        "aud": [SETTINGS["client_id"]],
        "sub": who,
        "email": who,
        "email_verified": True,
        "iat": moment,
        "exp": moment + 300,
    }
    return {name: value for name, value in (told | changed).items() if value is not None}
