"""Socket Mode: one-time addresses, `hello`, envelopes with acknowledgement, forced disconnects."""

import asyncio
import json
from typing import Any, Literal
from uuid import uuid4

from aiohttp import WSMsgType, web

from bot.sandbox.fake_slack.state import Json, Workspace

MOST_CONNECTIONS = 10
CONNECTION_SECONDS = 18_060
ANSWERABLE = frozenset({"slash_commands", "interactive"})
DisconnectReason = Literal["warning", "refresh_requested", "link_disabled"]


class SocketMode:
    """The app's open WebSocket connections. Source: /apis/events-api/using-socket-mode."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._turn = 0
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._connected = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        """Whether at least one connection is open; then nothing is delivered over HTTP."""
        return bool(self._open)

    async def connected(self) -> None:
        """Return once a connection is open."""
        await self._connected.wait()

    def new_address(self, host_and_port: str) -> str:
        """Return a WebSocket address good for one connection."""
        ticket = uuid4().hex
        self._tickets.add(ticket)
        return f"ws://{host_and_port}/link/?ticket={ticket}&app_id={self._workspace.app_id}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="invalid ticket")
        if len(self._open) >= MOST_CONNECTIONS:
            raise web.HTTPTooManyRequests(text="too many connections")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._open.append(socket)
        try:
            await socket.send_json(self._hello())
            self._connected.set()
            await self._listen(socket)
        finally:
            self._gone(socket)
        return socket

    async def send(self, kind: str, payload: Json, retry: tuple[int, str] | None, deadline: float) -> Any:
        """Send one envelope; return the payload of its acknowledgement, or None. Raises TimeoutError."""
        envelope_id = str(uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind in ANSWERABLE,
        }
        if kind == "events_api":
            number, reason = retry or (0, "")
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = answered
        try:
            async with asyncio.timeout(deadline):
                await self._next_socket().send_json(envelope)
                return await answered
        finally:
            del self._waiting[envelope_id]

    async def disconnect(self, reason: DisconnectReason = "refresh_requested") -> None:
        """Announce a disconnect on every connection; all but `warning` also close it."""
        for socket in list(self._open):
            await socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "wss-fake"}}
            )
            if reason != "warning":
                self._gone(socket)
                await socket.close()

    def _next_socket(self) -> web.WebSocketResponse:
        self._turn += 1
        return self._open[self._turn % len(self._open)]

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": self._workspace.app_id},
            "debug_info": {"host": "wss-fake", "approximate_connection_time": CONNECTION_SECONDS},
        }

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._acknowledged(message.data)

    def _acknowledged(self, text: str) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            return
        waiting = self._waiting.get(answer.get("envelope_id", "")) if isinstance(answer, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload"))

    def _gone(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
        if not self._open:
            self._connected.clear()
