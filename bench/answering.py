"""A server on loopback that costs next to nothing, for the fakes that must not be what is measured."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True)
class Asked:
    """A request; `path` is without the query."""

    path: str
    query: str
    body: bytes
    content_type: bytes


@dataclass(frozen=True)
class Answered:
    """An answer on the wire, and after how many seconds it leaves."""

    wire: bytes
    seconds: float = 0.0


Answer = Callable[[Asked], Answered]


def as_json(body: object, *, status: int = 200, headers: str = "") -> bytes:
    """Return an answer on the wire; each of `headers` ends in CRLF."""
    content = json.dumps(body, separators=(",", ":")).encode()
    return (
        f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n{headers}"
        f"Content-Length: {len(content)}\r\n\r\n"
    ).encode() + content


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[str]:
    """Answer on a free port; yield the address without a slash at its end."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(answer), "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


class _Connection(asyncio.Protocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        headers: dict[bytes, Any] = {}
        if separator:
            lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
            headers = {name.lower(): value.strip() for name, _, value in lines}
        if not separator or len(body) < int(headers.get(b"content-length", b"0")):
            return
        self._received = b""
        path, _, query = head.split(b" ", 2)[1].decode().partition("?")
        answered = self._answer(Asked(path, query, body, headers.get(b"content-type", b"")))
        if answered.seconds:
            asyncio.get_running_loop().call_later(answered.seconds, self._write, answered.wire)
        else:
            self._write(answered.wire)

    def _write(self, wire: bytes) -> None:
        if self._transport is not None:
            self._transport.write(wire)
