"""What surrounds the screens on the web: language and title of the document, headers, compressed files, health.

Streamlit's own document says ``lang="en"`` and "Streamlit", has no content policy, answers the single keys ``r`` and
``c`` (WCAG 2.1.4) and sends its files as they are.
"""

import base64
import gzip
import hashlib
import json
import mimetypes
import re
from datetime import UTC, datetime
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.formparsers import MultiPartParser
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from monitor import entrance
from monitor.access.permissions import Page
from monitor.access.sign_in import NotSignedIn, Settings, identify, load_settings
from monitor.locale import DUTCH, LANGUAGES
from monitor.narrative.linking import questions
from monitor.upload import MAX_BYTES

TITLE = "Verbetermonitor"
STREAMLIT = Path(str(resources.files("streamlit"))) / "static"
SCRIPT = "/monitor.js"
CALLBACK, WANTED = "/oauth2callback", "vm_page"
FILES = ("/media/", "/_stcore/upload_file")  # Streamlit's addresses of what is taken along and handed in
EXPLANATION = "/uitleg-koppeling"
PLAIN = """
body { font: 1.1rem/1.6 system-ui, sans-serif; color: #111; background: #fff; max-width: 42rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.7rem; line-height: 1.25; } h2 { font-size: 1.25rem; margin-top: 2rem; }
"""
COMPRESSED = {".js", ".css", ".html", ".json", ".svg", ".ttf"}
A_YEAR_OF_SECONDS = 31_536_000
A_YEAR = f"public, immutable, max-age={A_YEAR_OF_SECONDS}"  # the names of these files change with their content

# An upload stays in memory: Starlette would write a larger one to a temporary file, and a raw export may stand nowhere.
MultiPartParser.spool_max_size = MAX_BYTES + 1_000_000

# Every address belongs to this server's root: Streamlit would first look for itself under the path of the page.
# Single keys do nothing outside a field: Streamlit would rerun at `r` and open a dialog at `c`.
# Where files are dropped has a name and takes the focus, and so is no mere decoration.
# On a telephone the menu is a list; Streamlit lays the links of a part in it in no list of their own: one item a part.
OWN_SCRIPT = """
window.__streamlit = {BACKEND_BASE_URL: location.origin + "/", MAIN_PAGE_BASE_URL: location.origin + "/"}
window.addEventListener("keydown", event => {
  const field = event.target.closest && event.target.closest("input, textarea, select, [contenteditable=true]")
  if (!field && !event.ctrlKey && !event.metaKey && !event.altKey && /^[rc]$/i.test(event.key))
    event.stopImmediatePropagation()
}, true)
new MutationObserver(() => {
  for (const zone of document.querySelectorAll("[data-testid=stFileUploaderDropzone][role=presentation]"))
    zone.removeAttribute("role")
  for (const part of document.querySelectorAll("[data-testid=stSidebarNavItems] > :not(li):not([role])"))
    part.setAttribute("role", "listitem")
  for (const link of document.querySelectorAll("[data-testid=stSidebarNavItems] > :not(li) li:not([role])"))
    link.setAttribute("role", "none")
}).observe(document, {subtree: true, childList: true})
"""


def middleware() -> list[Middleware]:
    settings = load_settings()
    secure = settings is not None and settings.address.startswith("https:")
    of_sign_in = [Middleware(BackToPage), Middleware(FilesBehindSignIn, settings=settings)] if settings else []
    return [
        Middleware(SecurityHeaders, secure=secure),
        *of_sign_in,
        Middleware(CompressedFiles),
        Middleware(Document),
    ]


def routes() -> list[Route]:
    return [
        Route("/health", health),
        Route("/ready", ready),
        Route(SCRIPT, own_script),
        Route(EXPLANATION, explanation),
    ]


async def health(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def explanation(request: Request) -> Response:
    """How roads are linked, in plain words: for everybody, so without signing in. It holds no figure."""
    language = LANGUAGES["en"] if request.query_params.get("lang") == "en" else DUTCH
    title = escape(language.gettext("From report to help, without a register of children"))
    parts = "".join(
        f"<h2>{escape(one.question)}</h2>" + "".join(f"<p>{escape(paragraph)}</p>" for paragraph in one.answer)
        for one in questions(language)
    )
    return HTMLResponse(
        f'<!doctype html>\n<html lang="{language.code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{PLAIN}</style></head><body><main><h1>{title}</h1>{parts}</main></body></html>\n"
    )


def ready(_request: Request) -> Response:
    """Whether this server can let somebody in now. Why not stands in its log, and nowhere else."""
    return PlainTextResponse("ready") if entrance.is_ready() else PlainTextResponse("not ready", 503)


async def own_script(_request: Request) -> Response:
    return Response(OWN_SCRIPT, media_type="text/javascript")


@cache
def content_policy() -> str:
    """Only what this server sends. Inline styles are how Streamlit and plotly draw; inline scripts go by their hash."""
    inline = re.findall(r"<script>(.*?)</script>", (STREAMLIT / "index.html").read_text("utf-8"), re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *(f"'sha256-{digest}'" for digest in hashes))),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """Sets the headers of every answer, and closes the open page with figures about the server itself.

    ``secure``: users come by https, so no cookie goes by anything else. Streamlit sets none as such.
    """

    def __init__(self, app: ASGIApp, secure: bool = False) -> None:
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = content_policy()
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
                if self.secure:
                    headers["Strict-Transport-Security"] = f"max-age={A_YEAR_OF_SECONDS}"
                    message["headers"] = [
                        (
                            name,
                            value + b"; Secure"
                            if name == b"set-cookie" and b"; secure" not in value.lower()
                            else value,
                        )
                        for name, value in message["headers"]
                    ]
            await send(message)

        if scope["path"] == "/_stcore/metrics":
            await PlainTextResponse("Not found", 404)(scope, receive, send_with_headers)
        else:
            await self.app(scope, receive, send_with_headers)


class BackToPage:
    """Brings who signs in back to the page asked for, which Streamlit forgets: it stands in a cookie meanwhile.

    A cookie holds what its browser wants it to: only an address of a page here is followed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        asked = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
        wanted = unquote(Request(scope).cookies.get(WANTED, ""))

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"] == CALLBACK and headers.get("location") == "/" and _is_page(wanted):
                    headers["location"] = wanted
                    headers.append("set-cookie", f"{WANTED}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
                elif asked != "/" and _is_page(asked):
                    cookie = f"{WANTED}={quote(asked, safe='')}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"
                    headers.append("set-cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_on)


class FilesBehindSignIn:
    """What was made to take along, and where files are handed in, asks for a sign-in too: Streamlit does not."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(FILES) and not self._is_signed_in(Request(scope)):
            await PlainTextResponse("Sign in first", 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _is_signed_in(self, request: Request) -> bool:
        secret = self.settings.cookie_secret.get_secret_value()

        def one(name: str) -> bytes | None:
            return decode_signed_value(secret, name, request.cookies.get(name, ""))

        try:
            claims = json.loads(get_cookie_with_chunks(one, USER_COOKIE_NAME) or b"{}")
            identify(claims, self.settings, datetime.now(UTC))
        except (ValueError, NotSignedIn):
            return False
        return True


class CompressedFiles:
    """Sends Streamlit's own files compressed, each compressed once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and scope["path"].startswith("/static/")
            and "gzip" in Headers(scope=scope).get("accept-encoding", "")
            and (path := _own_file(scope["path"])) is not None
        ):
            response = Response(
                _compressed(path),
                media_type=mimetypes.guess_type(path.name)[0],
                headers={"Content-Encoding": "gzip", "Cache-Control": A_YEAR, "Vary": "Accept-Encoding"},
            )
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class Document:
    """Gives the document its language, its title and our own script."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        # The document must come as text to be changed.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        scope = {**scope, "headers": plain}
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
        code = asked if asked in LANGUAGES else DUTCH.code
        start: Message = {}
        body = b""

        async def send_document(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                if not Headers(scope=message).get("content-type", "").startswith("text/html"):
                    await send(message)
            elif Headers(scope=start).get("content-type", "").startswith("text/html"):
                body += message.get("body", b"")
                if not message.get("more_body"):
                    body = _document(body.decode("utf-8"), code).encode()
                    headers = MutableHeaders(scope=start)
                    headers["content-length"] = str(len(body))
                    del headers["etag"], headers["last-modified"]  # of the file as it was
                    await send(start)
                    await send({"type": "http.response.body", "body": body})
            else:
                await send(message)

        await self.app(scope, receive, send_document)


def _document(html: str, code: str) -> str:
    return (
        html.replace('<html lang="en">', f'<html lang="{code}">')
        .replace("<title>Streamlit</title>", f"<title>{TITLE}</title>")
        .replace("<head>", f'<head><script src="{SCRIPT}"></script>', 1)
    )


def _secured(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    is_cookie = name == b"set-cookie" and b"; secure" not in value.lower()
    return name, value + b"; Secure" if is_cookie else value


def _is_page(address: str) -> bool:
    """Whether it is an address of a page here, and of nothing else."""
    parts = urlsplit(address)
    at_root = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return at_root and parts.path.strip("/") in ("", *Page) and all(" " <= sign <= "~" for sign in address)


def _own_file(url_path: str) -> Path | None:
    path = (STREAMLIT / url_path.lstrip("/")).resolve()
    own = path.is_relative_to(STREAMLIT.resolve()) and path.suffix in COMPRESSED and path.is_file()
    return path if own else None


@cache
def _compressed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 6)
