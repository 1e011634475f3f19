"""A throw-away Slack that answers what a test tells it to."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.web_client import new_client, new_session

Responder = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SlackServer:
    """Answers each method from its queue, then with `{"ok": true}`; keeps every call's arguments."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self._answers: dict[str, deque[Responder]] = defaultdict(deque)
        self.url = ""

    def answer(self, method: str, *bodies: dict[str, Any]) -> None:
        for body in bodies:
            self.respond(method, _json(body))

    def respond(self, method: str, responder: Responder) -> None:
        self._answers[method].append(responder)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        sent = await request.json() if request.content_type == "application/json" else await request.post()
        self.calls.append((method, {**request.query, **sent}))
        self.headers.append(dict(request.headers))
        queue = self._answers[method]
        return await (queue.popleft() if queue else _json({"ok": True}))(request)


def _json(body: dict[str, Any]) -> Responder:
    async def respond(_: web.Request) -> web.StreamResponse:
        return web.json_response(body)

    return respond


async def serve(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return runner, f"http://{host}:{port}"


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    server, app = SlackServer(), web.Application()
    app.router.add_route("*", "/api/{method}", server.handle)
    runner, server.url = await serve(app)
    yield server
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with new_session() as session:
        yield session
    await asyncio.sleep(0)


@pytest.fixture
def client(slack: SlackServer, session: aiohttp.ClientSession) -> AsyncWebClient:
    return new_client(session, token="xoxb-synthetic", base_url=f"{slack.url}/api/")
