"""A visitor without a browser: what Streamlit's page says on its socket, and what it hears."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, generate_xsrf_token_string
from websockets.sync.client import ClientConnection

from monitor.locale import DUTCH
from tests.monitor.access.signing import SETTINGS, claims

# What stands above a page that does not open.
SHUT = frozenset(
    DUTCH.gettext(title)
    for title in (
        "The monitor is shut",
        "Sign in",
        "No access yet",
        "Not for your role",
        "Who are you?",
        "No figures yet",
    )
)
SECONDS = 30  # to wait for an answer


def as_visitor(address: str, cookies: dict[str, str]) -> dict[str, Any]:
    """What both kinds of ``websockets.connect`` ask, to be taken by the server for a page of its own."""
    return {
        "uri": f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        "origin": address,
        "subprotocols": ["streamlit", cookies.get("_streamlit_xsrf", "none")],
        "additional_headers": {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
        "max_size": None,
    }


def signed_in(who: str, address: str) -> dict[str, str]:
    """The cookies of somebody who signed in just now, at a server with the settings of tests/monitor/access/signing."""
    told = json.dumps(claims(who, datetime.now(UTC), origin=address))
    return {
        "_streamlit_user": create_signed_value(SETTINGS["cookie_secret"], "_streamlit_user", told).decode(),
        "_streamlit_xsrf": generate_xsrf_token_string(),
    }


def click(page: str, query: str = "") -> bytes:
    """Going to a page. No message is named as kept, so the server sends no less than it would to a browser."""
    asked = BackMsg()
    asked.rerun_script.query_string = query
    asked.rerun_script.page_script_hash = calc_hash(page)
    return asked.SerializeToString()


@dataclass(frozen=True)
class Heard:
    """One message of the server. ``is_last``: the script has ended; ``is_wrong``: it says that something failed."""

    is_last: bool
    is_wrong: bool


def hear(message: bytes) -> Heard:
    told = ForwardMsg.FromString(message)
    kind = told.WhichOneof("type")
    if kind == "script_finished":
        return Heard(True, told.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY)
    element = told.delta.new_element
    failed = element.WhichOneof("type") == "exception" or (
        element.WhichOneof("type") == "heading" and element.heading.body in SHUT
    )
    return Heard(False, failed)


def visit(socket: ClientConnection, page: str, query: str = "") -> list[bytes]:
    """Go to a page, and every message of the server until it is there."""
    socket.send(click(page, query))
    said: list[bytes] = []
    while not (said and hear(said[-1]).is_last):
        message = socket.recv(timeout=SECONDS, decode=False)
        said.append(message)
    return said
