"""A provider of identities (OpenID Connect) on this machine, which can hand out tokens that must not pass."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import flask
import oidc_provider_mock
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT = "verbetermonitor"
STRANGE_KEY = RSAKey.generate_key(2048)


@dataclass
class Provider:
    """``issuer``: its address. ``tampering``: claims to put in place of its own, and "key" for one of its own."""

    issuer: str = ""
    tampering: dict[str, Any] = field(default_factory=dict)


@contextmanager
def providing(people: dict[str, dict[str, object]]) -> Iterator[Provider]:
    """``people``: by the name under which they sign in, what is said of them."""
    provider = Provider()
    users = [oidc_provider_mock.User(sub=name, claims=claims) for name, claims in people.items()]
    app = oidc_provider_mock.app(user_claims=users)

    @app.after_request
    def tamper(response: flask.Response) -> flask.Response:
        if flask.request.path == "/oauth2/token" and provider.tampering:
            answer = response.get_json()
            own = flask.g.oidc_provider_mock_storage.jwk
            key = STRANGE_KEY if "key" in provider.tampering else RSAKey.import_key(own.as_dict(is_private=True))
            claims = jwt.decode(answer["id_token"], RSAKey.import_key(own.as_dict())).claims
            claims |= {name: value for name, value in provider.tampering.items() if name != "key"}
            answer["id_token"] = jwt.encode({"alg": "RS256", "kid": own.kid}, claims, key)
            response.set_data(flask.json.dumps(answer))
        return response

    server = make_server("localhost", 0, app, threaded=True)
    provider.issuer = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def long_ago() -> dict[str, int]:
    """A token that ran out an hour ago."""
    return {"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}
