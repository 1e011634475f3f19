"""Bytes to a port and what came back, without a client library that would mend them on the way."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class Answer:
    """`status` is 0 where the server hung up without a word."""

    status: int
    head: bytes = b""
    body: bytes = b""


HUNG_UP = Answer(0)


class Wire:
    """One connection, opened again whenever the server closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, raw: bytes, *, then_leave: bool = False) -> Answer:
        """
        Return the last answer to `raw`. `then_leave`: say that nothing more will come.

        Raises `TimeoutError` where there is neither an answer nor an end.
        """
        reader, writer = self._streams or await asyncio.open_connection("127.0.0.1", self._port)
        self._streams = reader, writer
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                writer.write(raw)
                await writer.drain()
                if then_leave:
                    writer.write_eof()
                answer = await _read(reader)
        except (ConnectionError, asyncio.IncompleteReadError):
            answer = HUNG_UP
        if then_leave or answer is HUNG_UP or b"connection: close" in answer.head.lower():
            await self.close()
        return answer

    async def close(self) -> None:
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    status = _STATUS.match(head)
    assert status is not None, head
    length = _LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length and status[1] not in {b"204", b"304"} else b""
    return Answer(int(status[1]), head, body)


def request(
    method: str,
    path: str,
    headers: Mapping[str, str | bytes] | list[tuple[str, str | bytes]],
    body: bytes = b"",
) -> bytes:
    """Return a request as bytes; texts go out as latin-1, and repeated headers stay repeated."""
    pairs = headers if isinstance(headers, list) else list(headers.items())
    lines = [f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n".encode("latin-1")]
    for name, value in pairs:
        lines.append(name.encode() + b": " + _bytes(value) + b"\r\n")
    lines.append(b"Content-Length: %d\r\n\r\n" % len(body))
    return b"".join(lines) + body


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")
