import asyncio
import gzip
import runpy
from dataclasses import dataclass
from importlib.metadata import packages_distributions

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from streamlit.config import get_config_options

from monitor import web
from monitor.serve import settings
from monitor.shell import SCRIPT

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
