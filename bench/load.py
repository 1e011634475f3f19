"""
Callers: each sends a request, waits for the whole answer, and sends the next.

They speak just enough HTTP/1.1 over plain sockets to cost little beside the server they load.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

_LENGTH = b"content-length:"


class Unexpected(Exception):
    """A server answered with something else than was expected, or closed the connection."""


@dataclass
class Served:
    """What came back: seconds for each request, and for all of them together."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


class _Caller(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], latencies: list[float], expect: bytes) -> None:
        self._requests = requests
        self._latencies = latencies
        self._expect = expect
        self._received = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or len(body) < _length(head):
            return
        self._latencies.append(time.perf_counter() - self._sent_at)
        if not head.startswith(b"HTTP/1.1 200") or self._expect not in body:
            self._fail(Unexpected(self._received[:500]))
            return
        self._received = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(Unexpected(f"connection lost: {exc}"))

    def _next(self) -> None:
        assert self._transport is not None
        request = next(self._requests, None)
        if request is not None:
            self._sent_at = time.perf_counter()
            self._transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)
            self._transport.close()

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    return int(lowered[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def load(port: int, requests: Iterator[bytes], *, callers: int, expect: bytes = b"") -> Served:
    """Send all of `requests` from so many callers. Raises `Unexpected` unless each is answered with 200."""
    loop = asyncio.get_running_loop()
    served = Served()
    started = time.perf_counter()
    protocols = []
    for _ in range(callers):
        _, protocol = await loop.create_connection(
            lambda: _Caller(requests, served.latencies, expect), "127.0.0.1", port
        )
        protocols.append(protocol)
    await asyncio.gather(*(one.done for one in protocols))
    served.seconds = time.perf_counter() - started
    return served


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Return a POST as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
