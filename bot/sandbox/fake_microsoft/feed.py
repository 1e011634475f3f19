"""Everything observable, in the order it happened."""

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

_SECRETS = "client_secret|refresh_token|access_token|id_token|client_assertion"
_FORM_SECRET = re.compile(rf"\b({_SECRETS}|code|code_verifier)=[^&\s]+")
_JSON_SECRET = re.compile(rf'"({_SECRETS})"\s*:\s*"[^"]*"')
_SECRET_HEADERS = frozenset({"authorization", "cookie"})
_LONGEST_BODY = 16_384


@dataclass(frozen=True)
class RequestSeen:
    """A request that reached a server; `status` is None when the connection was dropped."""

    at: datetime
    service: str
    method: str
    path: str
    query: str
    status: int | None
    caller: Literal["app", "user"] | None
    request_id: str | None
    kind: Literal["request"] = "request"


@dataclass(frozen=True)
class MailSent:
    """A mail accepted for delivery. `content_type` is `text` or `html`."""

    at: datetime
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    reply_to: tuple[str, ...]
    subject: str
    content_type: Literal["text", "html"]
    body: str
    saved_to_sent_items: bool
    kind: Literal["mail"] = "mail"


@dataclass(frozen=True)
class WebhookAttempt:
    """One attempt at one callback. `status` is None when nothing answered; `attempt` counts from 1."""

    at: datetime
    event_name: str
    url: str
    attempt: int
    status: int | None
    outcome: Literal["delivered", "failed", "dead", "lost", "held"]
    mode: str
    headers: Mapping[str, str]
    body: bytes
    kind: Literal["webhook_attempt"] = "webhook_attempt"


@dataclass(frozen=True)
class PortalVisit:
    """Something a person did in Microsoft's portals."""

    at: datetime
    tenant_id: str
    action: str
    detail: str
    refused: bool = False
    kind: Literal["portal"] = "portal"


Entry = RequestSeen | MailSent | WebhookAttempt | PortalVisit


@dataclass(frozen=True)
class Exchange:
    """One request and its answer as they were on the wire, secrets redacted."""

    at: datetime
    service: str
    method: str
    path: str
    request_headers: Mapping[str, str]
    request_body: str
    status: int | None
    response_body: str


class Feed:
    """An append-only list of entries one can wait on."""

    def __init__(self, traffic_length: int = 500) -> None:
        self._entries: list[Entry] = []
        self._grown = asyncio.Event()
        self.traffic: deque[Exchange] = deque(maxlen=traffic_length)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def publish(self, entry: Entry) -> None:
        self._entries.append(entry)
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()

    def since(self, position: int) -> tuple[Entry, ...]:
        """Return what was published from `position` (a former `len(feed)`) on."""
        return tuple(self._entries[position:])

    async def grown(self, position: int) -> None:
        """Return once there are more than `position` entries."""
        while len(self._entries) <= position:
            await self._grown.wait()

    async def wait_for(self, predicate: Callable[[Entry], bool], timeout: float = 5.0) -> Entry:  # noqa: ASYNC109 - the deadline is the promise
        """Return the first entry, past or coming, that satisfies `predicate`. Raises `TimeoutError`."""
        seen = 0
        async with asyncio.timeout(timeout):
            while True:
                for entry in self._entries[seen:]:
                    if predicate(entry):
                        return entry
                seen = len(self._entries)
                await self._grown.wait()


def redacted_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: "***" if name.lower() in _SECRET_HEADERS else value for name, value in headers.items()}


def redacted_body(body: bytes) -> str:
    text = body[:_LONGEST_BODY].decode("utf-8", errors="replace")
    return _JSON_SECRET.sub(r'"\1":"***"', _FORM_SECRET.sub(r"\1=***", text))
