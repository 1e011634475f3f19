"""Socket Mode against a real web socket: served, lost, and made anew."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.domain.identifiers import SlackUserId
from bot.slack.bolt import build_bolt
from bot.slack.installation import Installation
from bot.slack.routing import Interaction, Routes
from bot.slack.socket_mode import SocketMode, Timing
from bot.slack.web_client import new_client
from tests.integration.slack.conftest import serve

OURS = Installation(team_id="T1", bot_user_id=SlackUserId("UBOT"), bot_token="xoxb-synthetic")
FAST = Timing(connect=2, check=0.01, patience=0.03, first_pause=0.01, longest_pause=0.02, ping=0.5)
COMMAND = {"command": "/customers", "team_id": "T1", "user_id": "UANA", "text": ""}


class SocketServer:
    """Issues web socket addresses, and hands every connection to the test."""

    def __init__(self) -> None:
        self.url = ""
        self.sockets: asyncio.Queue[web.WebSocketResponse] = asyncio.Queue()
        self.received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.tokens: list[str] = []
        self.refused: asyncio.Queue[None] = asyncio.Queue()
        self.ended = asyncio.Event()
        self.open = True
        self.silent_at = 0

    async def issue(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.headers["Authorization"])
        if self.silent_at == len(self.tokens):
            await asyncio.Event().wait()
        if not self.open:
            await self.refused.put(None)
            return web.json_response({"ok": False, "error": "internal_error"})
        return web.json_response({"ok": True, "url": self.url.replace("http", "ws") + "/socket"})

    async def socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await self.sockets.put(socket)
        async for message in socket:
            await self.received.put(message.json())
        self.ended.set()
        return socket


@pytest.fixture
async def server() -> AsyncIterator[SocketServer]:
    server, app = SocketServer(), web.Application()
    app.router.add_post("/api/apps.connections.open", server.issue)
    app.router.add_get("/socket", server.socket)
    runner, server.url = await serve(app)
    yield server
    await runner.cleanup()


Start = Callable[..., Awaitable[SocketMode]]


@pytest.fixture
async def start(server: SocketServer, session: aiohttp.ClientSession) -> AsyncIterator[Start]:
    started: list[SocketMode] = []
    client = new_client(session, token="xoxb-synthetic", base_url=f"{server.url}/api/")
    app = build_bolt(client, OURS)
    routes = Routes(installation=OURS, client=client)

    async def handler(interaction: Interaction) -> None:
        await interaction.ack(text="Two customers.")

    routes.command("/customers", handler)
    routes.attach(app)

    async def start(timing: Timing = FAST, **more: Any) -> SocketMode:
        mode = SocketMode(app, app_token="xapp-synthetic", client=client, timing=timing, **more)
        started.append(mode)
        mode.start()
        return mode

    yield start
    for mode in started:
        await mode.close()


def an_envelope(number: int) -> dict[str, Any]:
    return {"envelope_id": str(number), "type": "slash_commands", "payload": COMMAND}


async def test_a_command_is_answered_over_the_socket(server: SocketServer, start: Start) -> None:
    changes: list[bool] = []
    mode = await start(on_connected=changes.append)
    socket = await server.sockets.get()

    await socket.send_json(an_envelope(1))

    assert await server.received.get() == {"envelope_id": "1", "payload": {"text": "Two customers."}}
    assert mode.connected
    assert server.tokens == ["Bearer xapp-synthetic"]
    await mode.close()
    assert changes == [True, False]


async def test_a_lost_connection_is_made_anew(server: SocketServer, start: Start) -> None:
    mode = await start()
    first = await server.sockets.get()
    await first.close()

    second = await server.sockets.get()
    await second.send_json(an_envelope(2))

    assert (await server.received.get())["envelope_id"] == "2"
    await mode.close()


async def test_a_connection_the_sdk_has_given_up_on_is_made_anew(server: SocketServer, start: Start) -> None:
    server.silent_at = 2
    mode = await start()
    first = await server.sockets.get()
    await first.close()

    second = await server.sockets.get()
    await second.send_json(an_envelope(3))

    assert (await server.received.get())["envelope_id"] == "3"
    assert mode.reconnects == 1
    assert len(server.tokens) == 3


async def test_it_keeps_trying_while_slack_is_away(server: SocketServer, start: Start) -> None:
    server.open = False
    await start(Timing(connect=0.05, first_pause=0.01, longest_pause=0.02, ping=60))
    for _ in range(3):
        await server.refused.get()
    server.open = True

    assert await server.sockets.get()


async def test_closing_ends_the_connection(server: SocketServer, start: Start) -> None:
    mode = await start()
    await server.sockets.get()

    await mode.close()

    assert not mode.connected
    await server.ended.wait()
