"""From Slack to the app: signed HTTP, or Socket Mode while a connection is open."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.fake_slack.socket_mode import SocketMode
from bot.sandbox.fake_slack.state import Json, Workspace
from bot.sandbox.fake_slack.traffic import Delivery, DeliveryKind, Traffic

TIMED_OUT = "operation_timeout"
FAILED = "dispatch_failed"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
SOCKET_KINDS = frozenset({"slash_commands", "interactive", "events_api"})


@dataclass
class _Attempt:
    status: int | None = None
    answer: str = ""
    error: str | None = None
    headers: Mapping[str, str] | None = None


class Courier:
    """Brings payloads to the app and waits at most `deadline_seconds` (real time) for the answer."""

    def __init__(
        self, workspace: Workspace, traffic: Traffic, signing_secret: str, deadline_seconds: float
    ) -> None:
        self._workspace = workspace
        self._traffic = traffic
        self.signing_secret = signing_secret
        self.deadline_seconds = deadline_seconds
        self.sockets = SocketMode(workspace)
        self.request_url: str | None = None
        self.hooks_url = ""
        self.session: aiohttp.ClientSession | None = None

    async def deliver(
        self, kind: DeliveryKind, payload: Json, retry: tuple[int, str] | None = None
    ) -> Delivery:
        """Send one payload. `retry` is the number and reason of a repeated event."""
        if self.sockets.is_connected and kind in SOCKET_KINDS:
            return await self._over_socket(kind, payload, retry)
        content_type, body = encode(kind, payload)
        headers = self._signed(content_type, body.encode())
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        return await self._over_http(kind, payload, body, headers)

    async def replay(self, delivery: Delivery, *, fresh_signature: bool = True) -> Delivery:
        """Send a former delivery once more; `fresh_signature=False` repeats its very bytes and headers."""
        if fresh_signature:
            return await self.deliver(delivery.kind, dict(delivery.payload))
        return await self._over_http(delivery.kind, delivery.payload, delivery.body, delivery.headers)

    def _signed(self, content_type: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._workspace.now().timestamp()))
        return {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self.signing_secret, timestamp, body),
        }

    async def _over_http(
        self, kind: DeliveryKind, payload: Mapping[str, Any], body: str, headers: Mapping[str, str]
    ) -> Delivery:
        at, started = self._workspace.now(), time.perf_counter()
        attempt = await self._post(body.encode(), headers)
        delivery = Delivery(
            at=at,
            kind=kind,
            transport="http",
            headers=dict(headers),
            body=body,
            payload=payload,
            status=attempt.status,
            answer=attempt.answer,
            duration_seconds=time.perf_counter() - started,
            error=attempt.error,
            answer_headers=attempt.headers or {},
        )
        self._traffic.deliveries.append(delivery)
        return delivery

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> _Attempt:
        if self.session is None or self.request_url is None:
            return _Attempt(error=FAILED)
        timeout = aiohttp.ClientTimeout(total=self.deadline_seconds)
        try:
            async with self.session.post(
                self.request_url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                return _Attempt(response.status, await response.text(), headers=dict(response.headers))
        except TimeoutError:
            return _Attempt(error=TIMED_OUT)
        except aiohttp.ClientError:
            return _Attempt(error=FAILED)

    async def _over_socket(
        self, kind: DeliveryKind, payload: Json, retry: tuple[int, str] | None
    ) -> Delivery:
        started = time.perf_counter()
        delivery = Delivery(
            at=self._workspace.now(),
            kind=kind,
            transport="socket",
            headers={},
            body=json.dumps(payload),
            payload=payload,
            status=None,
            answer="",
            duration_seconds=0.0,
        )
        try:
            answer = await self.sockets.send(kind, payload, retry, self.deadline_seconds)
        except TimeoutError:
            delivery = replace(delivery, error=TIMED_OUT)
        except ConnectionError:
            delivery = replace(delivery, error=FAILED)
        else:
            text = answer if isinstance(answer, str) else json.dumps(answer) if answer else ""
            delivery = replace(delivery, status=200, answer=text)
        delivery = replace(delivery, duration_seconds=time.perf_counter() - started)
        self._traffic.deliveries.append(delivery)
        return delivery


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return `v0=` and the HMAC-SHA256 of `v0:{timestamp}:{body}`, the secret taken as text."""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def encode(kind: DeliveryKind, payload: Json) -> tuple[str, str]:
    """Return content type and body in the shape Slack uses for that kind."""
    if kind == "interactive":
        return FORM, urlencode({"payload": json.dumps(payload, separators=(",", ":"))})
    if kind in ("slash_commands", "ssl_check"):
        return FORM, urlencode(payload)
    return JSON, json.dumps(payload, separators=(",", ":"))
