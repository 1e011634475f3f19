"""The last requests and answers between the app, Slack and Microsoft, without secrets."""

import json
import re
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from bot.sandbox.fake_microsoft import FakeMicrosoft, WebhookAttempt
from bot.sandbox.fake_microsoft.feed import Exchange
from bot.sandbox.fake_slack import Call, Delivery, FakeSlack

SHOWN = 50
LONGEST = 4000
SECRETS = (
    re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+"),
    re.compile(r"(?<=/hooks/)[\w/%.-]+"),
    re.compile(r"(?<=Bearer )[\w.~+/=-]+"),
    re.compile(r"(?<=Signature )[\w+/=]+"),
    re.compile(r"v0=[0-9a-f]{64}"),
)
Json = dict[str, Any]
T = TypeVar("T")


def last_traffic(slack: FakeSlack, microsoft: FakeMicrosoft) -> list[Json]:
    """Return `at`, `way` (`from>to`), `title`, `status` (None: no answer) and `detail`, the newest first."""
    newest = [
        *(_call(call) for call in _last(slack.traffic.calls)),
        *(_delivery(delivery) for delivery in _last(slack.traffic.deliveries)),
        *(_exchange(exchange) for exchange in _last(microsoft.feed.traffic)),
        *(_webhook(entry) for entry in tuple(microsoft.feed) if isinstance(entry, WebhookAttempt)),
    ]
    newest.sort(key=lambda entry: str(entry["at"]), reverse=True)
    return newest[:SHOWN]


def redacted(text: str) -> str:
    """Return the text without tokens, signatures and response URLs, cut to a readable length."""
    for secret in SECRETS:
        text = secret.sub("[redacted]", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _last(entries: deque[T]) -> Iterable[T]:
    return islice(reversed(entries), SHOWN)


def _entry(at: datetime, way: str, title: str, status: int | None, *parts: str) -> Json:
    detail = redacted("\n\n".join(part for part in parts if part))
    return {"at": at.isoformat(), "way": way, "title": title, "status": status, "detail": detail}


def _call(call: Call) -> Json:
    shown = _pretty(call.arguments), _pretty(call.response)
    return _entry(call.at, "app>slack", call.method, call.status, *shown)


def _delivery(delivery: Delivery) -> Json:
    kind = str(delivery.payload.get("type") or delivery.payload.get("command") or delivery.kind)
    shown = _headers(delivery.headers), _pretty(delivery.payload), delivery.answer or (delivery.error or "")
    return _entry(delivery.at, "slack>app", kind, delivery.status, *shown)


def _exchange(exchange: Exchange) -> Json:
    title = f"{exchange.method} {exchange.path}"
    shown = _headers(exchange.request_headers), exchange.request_body, exchange.response_body
    return _entry(exchange.at, f"app>{exchange.service}", title, exchange.status, *shown)


def _webhook(attempt: WebhookAttempt) -> Json:
    title = f"{attempt.event_name} ({attempt.outcome})"
    body = attempt.body.decode("utf-8", errors="replace")
    return _entry(attempt.at, "partner_center>app", title, attempt.status, _headers(attempt.headers), body)


def _headers(headers: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers.items())


def _pretty(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), indent=2, ensure_ascii=False, default=str)
