"""Sign-in (*aanmelding*): how the monitor is known at the provider of identities, and whom that vouches for.

OpenID Connect through Streamlit's own login. Its library (Authlib) verifies signature, issuer, audience, nonce and
expiry once, when somebody comes back from the provider; Streamlit then keeps what the token said in a signed cookie for
30 days. What must hold at every click is asked here. Docs: docs/explanation/access.md, "Sign-in".
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from monitor.access.grants import identity
from monitor.access.roles import AccessDenied
from monitor.locale import N_
from pseudonymise.errors import UserError
from pseudonymise.private import check_private

FILE_SETTING = "VERBETERMONITOR_SIGN_IN"
LEAST_SECRET = 32  # characters of the key that signs cookies: as many bits as the signature itself
SESSION = timedelta(hours=8)  # a working day; Streamlit's cookie lives 30 days, and does not know better
CLOCKS_APART = timedelta(minutes=2)  # of this server and the provider; Authlib takes the same
# Whether the provider vouches for the address. Entra ID says so under a name of its own: without it, anyone can give
# themselves any address there.
VERIFIED = ("email_verified", "xms_edov")
# Somebody who sits at a computer that another left proves who they are, rather than go on as the other.
PROMPT = "login"
ON_THIS_MACHINE = ("localhost", "127.0.0.1")


class NotSignedIn(AccessDenied):
    """Nobody signed in, or no longer: sign in (again)."""


@dataclass(frozen=True)
class Identity:
    """Who signed in, by e-mail address in small letters, and when (UTC)."""

    who: str
    since: datetime


def _safe_address(url: str) -> str:
    parts = urlsplit(url)
    if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ON_THIS_MACHINE)):
        raise ValueError
    return url


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < LEAST_SECRET:
        raise ValueError
    return secret


class Settings(BaseModel):
    """How the monitor is known at the provider. ``address``: where users find the monitor; ``contact``: whom to ask."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, AfterValidator(_safe_address)]
    address: Annotated[str, AfterValidator(_safe_address)]
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: Annotated[SecretStr, Field(min_length=1)]
    cookie_secret: Annotated[SecretStr, AfterValidator(_long_enough)]
    contact: Annotated[str, Field(min_length=1)]

    @property
    def for_streamlit(self) -> dict[str, object]:
        """What Streamlit's login asks for."""
        return {
            "redirect_uri": f"{self.address.rstrip('/')}/oauth2callback",
            "cookie_secret": self.cookie_secret.get_secret_value(),
            "client_id": self.client_id,
            "client_secret": self.client_secret.get_secret_value(),
            "server_metadata_url": f"{self.issuer.rstrip('/')}/.well-known/openid-configuration",
            "client_kwargs": {"scope": "openid email", "prompt": PROMPT},
        }


def load_settings() -> Settings | None:
    """The settings from the file that VERBETERMONITOR_SIGN_IN names; None when it names none.

    Each can also stand in the environment, as VERBETERMONITOR_SIGN_IN_CLIENT_SECRET, and then goes before the file.
    Raises UserError when one is missing, unknown or unsafe, or when others than its owner can read the file. No value
    of it stands in the error.
    """
    names = {f"{FILE_SETTING}_{name.upper()}": name for name in Settings.model_fields}
    given: dict[str, object] = {}
    file = os.environ.get(FILE_SETTING)
    if file:
        check_private(Path(file))
        try:
            given = tomllib.loads(Path(file).read_text("utf-8"))
        except OSError:
            raise UserError(f"{file}: is er niet, of is niet te lezen. Zie docs/how-to/sign-in.md.") from None
        except ValueError:
            raise UserError(f"{file}: is geen leesbare TOML. Zie docs/how-to/sign-in.md.") from None
    given |= {name: os.environ[setting] for setting, name in names.items() if os.environ.get(setting)}
    if not given and not file:
        return None
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        wrong = ", ".join(sorted({str(one["loc"][0]) for one in error.errors()}))
        raise UserError(
            f"{file or FILE_SETTING}: niet bruikbaar: {wrong}. Verwacht {', '.join(Settings.model_fields)}: adressen "
            f"met https, een cookie_secret van ten minste {LEAST_SECRET} tekens. Zie docs/how-to/sign-in.md."
        ) from None


def identify(claims: Mapping[str, object], settings: Settings, now: datetime) -> Identity:
    """Whom the provider vouches for, by the claims of the token as they stand in the cookie. ``now`` in UTC.

    Raises NotSignedIn when nobody signed in, when it is of another provider or for another application, when it is
    older than SESSION or from the future, and when the address was not verified.
    """
    if claims.get("is_logged_in") is not True:
        raise NotSignedIn(N_("Sign in to open the monitor."))
    audience = claims.get("aud")
    if claims.get("iss") != settings.issuer or settings.client_id not in (
        audience if isinstance(audience, list) else [audience]
    ):
        raise NotSignedIn(N_("This sign-in is not meant for this monitor. Sign in again."))
    since = _moment(claims.get("auth_time", claims.get("iat")))
    if since is None or since > now + CLOCKS_APART:
        raise NotSignedIn(N_("The time of this sign-in cannot be right. Sign in again."))
    check_recent(since, now)
    # Entra ID writes true as a number or a text.
    if not any(claims.get(name) in (True, 1, "1", "true") for name in VERIFIED):
        raise NotSignedIn(
            N_("Your organisation does not say that this e-mail address is yours. Ask who keeps its accounts.")
        )
    try:
        return Identity(identity(str(claims.get("email", ""))), since)
    except UserError:
        raise NotSignedIn(N_("This sign-in names no e-mail address. Ask who keeps your account.")) from None


def check_recent(since: datetime, now: datetime) -> None:
    """Raises NotSignedIn when it was too long ago."""
    if now - since > SESSION:
        raise NotSignedIn(N_("You signed in too long ago. Sign in again."))


def _moment(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
