"""Who may talk to the page: a browser on this machine, showing this page and no other."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")
"""Every other name is refused, so that a name which resolves to loopback (DNS rebinding) opens nothing."""

LARGEST_BODY = 256 * 1024
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """ASGI middleware: refuses foreign hosts and pages, and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = refusal(scope["method"], Headers(scope=scope))
        app: ASGIApp = self._app if refused is None else PlainTextResponse(refused[1], refused[0])
        await app(scope, receive, _with_headers(send))


def refusal(method: str, headers: Headers) -> tuple[int, str] | None:
    """Return status and reason when a request is not the page's own, else None."""
    host = headers.get("host", "")
    if not LOOPBACK.fullmatch(host.lower()):
        return 421, "This page answers on loopback only."
    if method in ("GET", "HEAD"):
        return None
    if headers.get("origin", "").lower() != f"http://{host.lower()}":
        return 403, "Only the page itself may do this."
    if headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return 415, "JSON is expected."
    length = headers.get("content-length", "")
    if not length.isascii() or not length.isdigit():
        return 411, "The length of the body is missing."
    return (413, "That is too much.") if int(length) > LARGEST_BODY else None


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending
