"""A clock to move, a bare Web API caller, and a throw-away app that answers what a test tells it to."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from bot.sandbox.fake_slack import FakeSlack
from bot.sandbox.fake_slack.views import new_trigger

Json = dict[str, Any]


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **units: float) -> None:
        self.at += timedelta(**units)


class Api:
    """Calls the Web API as any HTTP client would."""

    def __init__(self, slack: FakeSlack, session: aiohttp.ClientSession) -> None:
        self.slack = slack
        self.session = session
        self.token: str | None = slack.bot_token

    async def __call__(self, method: str, /, **arguments: Any) -> Json:
        async with self.post(method, arguments) as response:
            assert response.status == 200
            return dict(await response.json())

    def post(self, method: str, arguments: Json) -> Any:
        return self.session.post(self.slack.api_url + method, json=arguments, headers=self.headers)

    async def hook(self, url: str, **body: Any) -> tuple[int, str]:
        async with self.session.post(url, json=body) as response:
            return response.status, await response.text()

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def trigger(self, user: str, *, from_modal: bool = False) -> str:
        return new_trigger(self.slack.workspace, user, from_modal=from_modal)


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes
    payload: Json


Answer = Callable[[Json], Awaitable[web.StreamResponse]]


async def nothing(payload: Json) -> web.StreamResponse:
    return web.Response()


def answering(body: Any = "", status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    async def answer(payload: Json) -> web.StreamResponse:
        if isinstance(body, str):
            return web.Response(text=body, status=status, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    return answer


class TinyApp:
    """An app at one address. Set `answer` to decide what it says; `received` keeps what came in."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answer: Answer = nothing
        self.url = ""

    @property
    def last(self) -> Json:
        return self.received[-1].payload

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["TinyApp"]:
        application = web.Application()
        application.router.add_post("/slack/events", self._handle)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = "http://{}:{}/slack/events".format(*runner.addresses[0][:2])
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        payload = decoded(request.content_type, body)
        self.received.append(Received(dict(request.headers), body, payload))
        return await self.answer(payload)


def decoded(content_type: str, body: bytes) -> Json:
    if content_type == "application/json":
        return dict(json.loads(body))
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return dict(json.loads(form["payload"])) if "payload" in form else form


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}} | more


def button(action_id: str, text: str = "Approve", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text)} | more


def actions(*elements: Json, block_id: str = "decide") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def text_input(block_id: str, label: str = "Domain", **more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "typed"} | more.pop("element", {})
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element} | more


def option(value: str, text: str | None = None) -> Json:
    return {"text": plain(text or value), "value": value}


def select(action_id: str, *options: Json, **more: Any) -> Json:
    return {"type": "static_select", "action_id": action_id, "options": list(options)} | more


def modal(*blocks: Json, **more: Any) -> Json:
    body = {"type": "modal", "title": plain("Invite a customer"), "blocks": list(blocks)}
    return body | {"submit": plain("Next")} | more


def home(*blocks: Json) -> Json:
    return {"type": "home", "blocks": list(blocks)}
