"""A Slack's Web API that answers at once and, where it is told to, takes one message a second and channel."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast
from urllib.parse import parse_qs

from slack_requests import TEAM

_BOT = {"user_id": "U0OVERTURE", "bot_id": "B0OVERTURE", "team_id": TEAM, "team": "Contoso", "url": "https://contoso.slack.com/"}

Heard = Callable[[str, dict[str, Any]], None]


class FastSlack:
    """
    `calls` counts calls by method, and `throttled` those refused with 429.

    With `seconds_between` set, a channel takes a message that long after the one before. `slow_channel`
    answers after `slow_seconds`. `on_post` hears of every message taken: its channel and arguments.
    """

    def __init__(self) -> None:
        self.url = ""
        self.calls: Counter[str] = Counter()
        self.throttled = 0
        self.seconds_between = 0.0
        self.slow_channel = ""
        self.slow_seconds = 0.0
        self.on_post: Heard = lambda _channel, _arguments: None
        self._free_at: dict[str, float] = {}
        self._ts = 0

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FastSlack"]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/"
        async with server:
            yield self

    def answer(self, method: str, arguments: dict[str, Any]) -> tuple[bytes, float]:
        """Return the answer on the wire, and after how many seconds it is to leave."""
        self.calls[method] += 1
        if method == "chat.postMessage":
            return self._post(arguments)
        return _http(200, self._body(method, arguments)), 0.0

    def _body(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"ok": True, **_BOT}
            case "users.info":
                user_id = arguments["user"]
                user = {"id": user_id, "team_id": TEAM, "name": user_id, "locale": "en-US", "tz": "UTC"}
                return {"ok": True, "user": user | {"profile": {"display_name": "Ana"}}}
            case "conversations.open":
                return {"ok": True, "channel": {"id": f"D{arguments['users'][1:]}"}}
            case "views.open":
                return {"ok": True, "view": {"id": f"V{self.calls[method]}"}}
            case _:
                return {"ok": True}

    def _post(self, arguments: dict[str, Any]) -> tuple[bytes, float]:
        channel, now = str(arguments["channel"]), time.perf_counter()
        if now < self._free_at.get(channel, 0.0):
            self.throttled += 1
            return _http(429, {"ok": False, "error": "ratelimited"}, "Retry-After: 1\r\n"), 0.0
        self._free_at[channel] = now + self.seconds_between
        self.on_post(channel, arguments)
        self._ts += 1
        answer = {"ok": True, "channel": channel, "ts": f"{1_700_000_000 + self._ts}.000100", "message": {}}
        return _http(200, answer), self.slow_seconds if channel == self.slow_channel else 0.0


class _Connection(asyncio.Protocol):
    def __init__(self, slack: FastSlack) -> None:
        self._slack = slack
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        headers = _headers(head)
        if not separator or len(body) < int(headers.get(b"content-length", b"0")):
            return
        self._received = b""
        path, _, query = head.split(b" ", 2)[1].decode().partition("?")
        arguments = _arguments(body, headers.get(b"content-type", b"")) if body else _fields(query)
        answer, seconds = self._slack.answer(path.rpartition("/")[2], arguments)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        if self._transport is not None:
            self._transport.write(answer)


def _headers(head: bytes) -> dict[bytes, bytes]:
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in lines}


def _arguments(body: bytes, content_type: bytes) -> dict[str, Any]:
    if content_type.startswith(b"application/json"):
        arguments: dict[str, Any] = json.loads(body)
        return arguments
    return _fields(body.decode())


def _fields(encoded: str) -> dict[str, Any]:
    return {name: values[0] for name, values in parse_qs(encoded).items()}


def _http(status: int, body: dict[str, Any], more: str = "") -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n{more}Content-Length: {len(content)}\r\n\r\n"
    return head.encode() + content
