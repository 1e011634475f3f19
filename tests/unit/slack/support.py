"""Signed requests, a clock that stands still, and the smallest possible ASGI client."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.types import ASGIApp, Message

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1531420618
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

Headers = list[tuple[bytes, bytes]]


class StandingClock:
    def __init__(self, seconds: float = NOW) -> None:
        self.seconds = seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


def signature(raw: bytes, *, at: int = NOW, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:%d:%b" % (at, raw), "sha256").hexdigest()


def signed(raw: bytes, *, at: int = NOW, secret: str = SECRET, content_type: str = FORM) -> Headers:
    return headers(
        ("Content-Type", content_type),
        ("X-Slack-Request-Timestamp", str(at)),
        ("X-Slack-Signature", signature(raw, at=at, secret=secret)),
    )


def headers(*pairs: tuple[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs]


def as_payload(body: dict[str, Any]) -> bytes:
    return urlencode({"payload": orjson.dumps(body).decode()}).encode()


async def ask(
    app: ASGIApp, raw: bytes | Iterable[bytes], sent: Headers, *, method: str = "POST", leave: bool = False
) -> Answer | None:
    """Send one request, in several pieces if `raw` has several; None if there was no answer."""
    chunks = [raw] if isinstance(raw, bytes) else list(raw)
    incoming: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": leave or index < len(chunks) - 1}
        for index, chunk in enumerate(chunks)
    ]
    incoming.append({"type": "http.disconnect"})
    outgoing: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0)

    async def send(message: Message) -> None:
        outgoing.append(message)

    await app({"type": "http", "method": method, "path": "/slack/events", "headers": sent}, receive, send)
    if not outgoing:
        return None
    start, end = outgoing
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], end["body"], answered)
