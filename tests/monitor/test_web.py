import asyncio
import gzip
import json
import runpy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import packages_distributions
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.config import get_config_options
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from monitor import web
from monitor.serve import settings
from monitor.shell import SCRIPT
from tests.monitor.access.signing import SETTINGS, claims, write_settings

INDEX = (web.STREAMLIT / "index.html").read_text("utf-8")
A_FILE = next(path for path in (web.STREAMLIT / "static" / "js").iterdir() if path.name.startswith("index."))


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    body: bytes


def get(path: str, query: str = "", accept: str = "text/html") -> Answer:
    """One request to the middleware around a stand-in for Streamlit."""

    async def index(_request):
        return HTMLResponse(INDEX, headers={"etag": "of-the-file"})

    async def metrics(_request):
        return PlainTextResponse("memory 12")

    routes = [*web.routes(), Route("/_stcore/metrics", metrics), Route("/{path:path}", index)]
    app = Starlette(routes=routes, middleware=web.middleware())
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"accept", accept.encode()), (b"accept-encoding", b"gzip")],
    }
    messages = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        messages.append(message)

    asyncio.run(app(scope, receive, send))
    start, *parts = messages
    return Answer(start["status"], Headers(raw=start["headers"]), b"".join(part.get("body", b"") for part in parts))


@pytest.mark.parametrize(("query", "language"), [("", "nl"), ("lang=en", "en"), ("lang=nl", "nl"), ("lang=de", "nl")])
def test_the_document_says_its_language_and_title(query, language):
    html = get("/regio", query).body.decode()
    assert f'<html lang="{language}">' in html
    assert "<title>Verbetermonitor</title>" in html
    assert '<script src="/monitor.js"></script>' in html


def test_a_changed_document_is_not_taken_for_the_file_it_was():
    response = get("/")
    assert "etag" not in response.headers
    assert int(response.headers["content-length"]) == len(response.body)


@pytest.mark.parametrize("path", ["/", "/health", "/monitor.js", "/_stcore/metrics"])
def test_every_answer_carries_the_security_headers(path):
    headers = get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'sha256-" in policy


def test_figures_about_the_server_are_closed():
    assert get("/_stcore/metrics").status == 404


def test_health():
    assert get("/health").body == b"ok"


def test_files_are_sent_compressed_and_whole():
    response = get(f"/static/js/{A_FILE.name}", accept="*/*")
    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(response.body) == A_FILE.read_bytes()
    assert len(response.body) < len(A_FILE.read_bytes()) / 2


@pytest.mark.parametrize(
    "path", ["/static/../../config.py", "/static/js/%2e%2e/%2e%2e/%2e%2e/config.py", "/static/none.js"]
)
def test_only_streamlits_own_files_are_sent(path):
    assert get(path, accept="*/*").headers.get("content-encoding") != "gzip"


def test_nothing_calls_out_and_no_error_shows_itself():
    config = settings()
    assert config["browser.gatherUsageStats"] is False
    assert config["server.address"] == "127.0.0.1"
    assert config["server.enableAgentApi"] is False
    assert config["client.showErrorDetails"] == "none"
    assert config["runner.postScriptGC"] is False


def test_every_setting_is_one_that_streamlit_knows():
    known = set(get_config_options())
    assert set(settings()) <= known
    assert {"theme.light.textColor", "theme.dark.textColor"} <= set(settings())


def test_nothing_beside_the_main_script_hides_an_installed_package():
    """Streamlit puts the folder of the script first: a `catalogue` there would be taken for that of spaCy."""
    beside = {path.stem for path in SCRIPT.parent.iterdir() if path.suffix in ("", ".py")}
    assert beside - {"__pycache__"} == {"__init__", "script"}
    assert not beside & set(packages_distributions())


def test_a_process_that_is_started_from_a_screen_shows_none(capfd):
    """Such a process reads the main script again, as `__mp_main__`."""
    read = runpy.run_path(str(SCRIPT), run_name="__mp_main__")
    assert callable(read["run"])
    assert "ScriptRunContext" not in capfd.readouterr().err


# --- where people sign in ---------------------------------------------------------------------------------------


async def _echo(_request):
    return PlainTextResponse("figures")


async def _back(_request):
    return RedirectResponse("/", 302)


async def _greet(_request):
    response = PlainTextResponse("hello")
    response.set_cookie("_streamlit_user", "ans", httponly=True)
    return response


@pytest.fixture
def signed(monkeypatch, tmp_path):
    """A client of the middleware as it is where people sign in; it keeps its cookies as a browser does."""
    monkeypatch.setenv("VERBETERMONITOR_SIGN_IN", str(write_settings(tmp_path)))
    routes = [
        Route(path, answer)
        for path, answer in {
            "/oauth2callback": _back,
            "/media/1.csv": _echo,
            "/_stcore/upload_file/1/2": _echo,
            "/greet": _greet,
            "/{path:path}": _echo,
        }.items()
    ]
    app = Starlette(routes=routes, middleware=web.middleware())
    return TestClient(app, base_url="https://monitor.example", follow_redirects=False)


def test_who_signs_in_comes_back_at_the_page_asked_for_once(signed):
    signed.get("/regio?region=JZ28&lang=en")
    signed.get("/")  # the address on which Streamlit ends
    assert signed.get("/oauth2callback").headers["location"] == "/regio?region=JZ28&lang=en"
    assert signed.get("/oauth2callback").headers["location"] == "/"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elders.example/regio",
        "//elders.example/regio",
        "/\\elders.example",
        "/media/1.csv",
        "/regio/../media/1.csv",
        "/regio?a=b\r\nset-cookie: x=y",
        "javascript:alert(1)",
        "regio",
    ],
)
def test_nobody_is_brought_anywhere_else(signed, wanted):
    signed.cookies.set("vm_page", quote(wanted, safe=""))
    assert signed.get("/oauth2callback").headers["location"] == "/"


def cookie_of(user: dict[str, object], secret: str = SETTINGS["cookie_secret"]) -> str:
    return create_signed_value(secret, "_streamlit_user", json.dumps(user)).decode()


@pytest.mark.parametrize("path", ["/media/1.csv", "/_stcore/upload_file/1/2"])
def test_files_are_for_who_signed_in(signed, path):
    assert signed.get(path).status_code == 403
    for wrong in (
        cookie_of(claims(), "another-secret-of-32-characters!"),
        cookie_of(claims(at=datetime.now(UTC) - timedelta(days=1))),
        cookie_of(claims(aud="another-application")),
        "rubbish",
    ):
        signed.cookies.set("_streamlit_user", wrong)
        assert signed.get(path).status_code == 403
    signed.cookies.set("_streamlit_user", cookie_of(claims()))
    assert signed.get(path).text == "figures"


def test_by_https_no_cookie_goes_by_anything_else(signed):
    answer = signed.get("/greet")
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_on_this_machine_nothing_asks_for_https():
    assert "strict-transport-security" not in get("/").headers


def test_streamlits_own_guards_are_on():
    config = settings()
    assert config["server.enableXsrfProtection"] is True
    assert config["server.enableCORS"] is True
    assert config["secrets.files"] == []  # the settings of a sign-in are read and checked in one place


def test_it_is_ready_when_the_store_answers_and_says_no_more_when_not(monkeypatch, tmp_path):
    monkeypatch.setenv("VERBETERMONITOR_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    assert get("/ready").body == b"ready"
    monkeypatch.setenv("VERBETERMONITOR_DATABASE_URL", "postgresql://ans:secret@127.0.0.1:1/none")
    answer = get("/ready")
    assert (answer.status, answer.body) == (503, b"not ready")
