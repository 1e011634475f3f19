"""The HTTP side the app calls: `/api/...`, `/hooks/...` and `/link/`, with faults applied."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from bot.sandbox.breaking import broken_off
from bot.sandbox.fake_slack.arguments import Arguments, read_arguments
from bot.sandbox.fake_slack.errors import RateLimitedError, SlackError
from bot.sandbox.fake_slack.faults import RESPONSE_URL, Fault, Faults
from bot.sandbox.fake_slack.hooks import use_hook
from bot.sandbox.fake_slack.socket_mode import SocketMode
from bot.sandbox.fake_slack.state import Json, Workspace
from bot.sandbox.fake_slack.traffic import Call, Traffic, redacted
from bot.sandbox.fake_slack.web_api import APP_LEVEL, authenticate, call_method, require_app_scope

LARGEST_REQUEST = 4 * 1024 * 1024
HTML = "<html><body><h1>{status}</h1></body></html>"
GONE = frozenset({"expired_url", "used_url"})


@dataclass(frozen=True)
class Answer:
    """What goes back. `status` None: the connection is broken off instead."""

    status: int | None
    body: Json = field(default_factory=dict)
    text: str | None = None
    retry_after: int | None = None
    is_half: bool = False
    """Whether the connection breaks in the middle of it."""

    def response(self) -> web.Response:
        """Return the HTTP response."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if self.text is not None:
            return web.Response(
                status=self.status or 200, text=self.text, content_type="text/html", headers=headers
            )
        return web.Response(
            status=self.status or 200,
            body=json.dumps(self.body).encode(),
            content_type="application/json",
            headers=headers,
        )


class Endpoints:
    """Request handlers over one workspace."""

    def __init__(self, workspace: Workspace, faults: Faults, traffic: Traffic, sockets: SocketMode) -> None:
        self._workspace = workspace
        self._faults = faults
        self._traffic = traffic
        self._sockets = sockets

    def application(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.router.add_route("*", "/api/{method}", self.api)
        app.router.add_post("/hooks/{path:.+}", self.hook)
        app.router.add_get("/link/", self._sockets.handle)
        return app

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One Web API call."""
        method, body = request.match_info["method"], await request.read()
        try:
            call = read_arguments(request.content_type, body, request.query)
        except SlackError as error:
            return self._finish(request, method, Arguments({}), Answer(200, error.body()))
        token = _bearer(request, call)

        def act() -> Json:
            if method == APP_LEVEL:
                return self._open_connection(token, request.host)
            return call_method(self._workspace, method, token, call)

        answer = await self._under_fault(method, call, act)
        response = self._finish(request, method, call, answer)
        response.headers.update(self._granted(token))
        return await broken_off(request, response) if answer.is_half else response

    async def hook(self, request: web.Request) -> web.StreamResponse:
        """One post to a `response_url`; success is the text `ok`."""
        try:
            call = read_arguments("application/json", await request.read(), {})
        except SlackError as error:
            return self._finish(request, RESPONSE_URL, Arguments({}), Answer(400, error.body(), error.code))
        path = request.match_info["path"]

        def act() -> Json:
            use_hook(self._workspace, path, call.values)
            return {"ok": True}

        answer = await self._under_fault(RESPONSE_URL, call, act, self._hook_channel(path))
        return self._finish(request, RESPONSE_URL, call, _as_hook_answer(answer))

    def _granted(self, token: str | None) -> dict[str, str]:
        """Every answer to a token that is known names its scopes. Source: docs.slack.dev/authentication."""
        known = self._workspace.tokens.get(token or "")
        if known is None or known.refused_with or not self._workspace.tells_scopes:
            return {}
        return {"X-OAuth-Scopes": ",".join(sorted(known.scopes))}

    def _open_connection(self, token: str | None, host: str) -> Json:
        require_app_scope(authenticate(self._workspace, token, kind="app"))
        return {"ok": True, "url": self._sockets.new_address(host)}

    def _hook_channel(self, path: str) -> str | None:
        hook = self._workspace.hooks.get(path)
        return hook.channel if hook else None

    async def _under_fault(
        self, method: str, call: Arguments, act: Callable[[], Json], channel: str | None = None
    ) -> Answer:
        named = call.values.get("channel")
        fault = self._faults.take(method, named if isinstance(named, str) else channel)
        if fault is None:
            return _attempt(act)
        early = _instead_of_acting(fault)
        if early is not None:
            return early
        await asyncio.sleep(fault.seconds_before)
        answer = _attempt(act)
        if fault.kind == "drop_after":
            return Answer(None, answer.body)
        if fault.kind == "half":
            return replace(answer, is_half=True)
        await asyncio.sleep(fault.seconds)
        return answer

    def _finish(self, request: web.Request, method: str, call: Arguments, answer: Answer) -> web.Response:
        logged: dict[str, Any] = redacted(answer.body) if answer.body else {"text": answer.text}
        self._traffic.note(Call(self._workspace.now(), method, redacted(call.values), answer.status, logged))
        if answer.status is None and request.transport is not None:
            request.transport.abort()
        return answer.response()


def _attempt(act: Callable[[], Json]) -> Answer:
    try:
        return Answer(200, act())
    except SlackError as error:
        return Answer(200, error.body())
    except RateLimitedError as limited:
        return Answer(429, {"ok": False, "error": "ratelimited"}, retry_after=limited.retry_after)


def _instead_of_acting(fault: Fault) -> Answer | None:
    if fault.kind == "rate_limit":
        return Answer(429, {"ok": False, "error": "ratelimited"}, retry_after=fault.retry_after)
    if fault.kind == "server_error":
        return Answer(fault.status, text=HTML.format(status=fault.status))
    if fault.kind == "drop_before":
        return Answer(None)
    if fault.kind == "refuse":
        return Answer(200, {"ok": False, "error": fault.code})
    return None


def _as_hook_answer(answer: Answer) -> Answer:
    if answer.status != 200:
        return answer
    if answer.body.get("ok"):
        return Answer(200, answer.body, "ok")
    code = str(answer.body.get("error"))
    return Answer(404 if code in GONE else 400, answer.body, code)


def _bearer(request: web.Request, call: Arguments) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    is_form = request.content_type == "application/x-www-form-urlencoded"
    return call.text("token") if is_form else None
