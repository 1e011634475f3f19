"""The last requests and answers between the app, Slack and Microsoft, signatures and all but secrets."""

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
from bot.sandbox.page.signatures import Signature, of_microsoft, of_slack

SHOWN = 60
LONGEST = 6000
SECRETS = (
    re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+"),
    re.compile(r"(?<=/hooks/)[\w/%.-]+"),
    re.compile(r"(?<=%2Fhooks%2F)(?:[\w.-]|%2F)+"),
    re.compile(r"(?<=Bearer )[\w.~+/=-]+"),
)
Json = dict[str, Any]
T = TypeVar("T")


def last_traffic(slack: FakeSlack, microsoft: FakeMicrosoft) -> list[Json]:
    """
    Return the newest first: `at`, `way` (`from>to`), `title`, `status` (None: no answer), `headers`,
    `request` as it was and `decoded`, `answer`, and `signature` of what was signed.
    """
    newest = [
        *(_call(call) for call in _last(slack.traffic.calls)),
        *(_delivery(delivery, slack.signing_secret) for delivery in _last(slack.traffic.deliveries)),
        *(_exchange(exchange) for exchange in _last(microsoft.feed.traffic)),
        *(_webhook(entry) for entry in tuple(microsoft.feed) if isinstance(entry, WebhookAttempt)),
    ]
    newest.sort(key=lambda entry: str(entry["at"]), reverse=True)
    return newest[:SHOWN]


def redacted(text: str) -> str:
    """Return the text without tokens and response URLs, cut to a readable length."""
    for secret in SECRETS:
        text = secret.sub("[redacted]", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _last(entries: deque[T]) -> Iterable[T]:
    return islice(reversed(entries), SHOWN)


def _entry(
    at: datetime,
    way: str,
    title: str,
    status: int | None,
    *,
    headers: Mapping[str, str] | None = None,
    request: str = "",
    decoded: str = "",
    answer: str = "",
    signature: Signature | None = None,
) -> Json:
    return {
        "at": at.isoformat(),
        "way": way,
        "title": title,
        "status": status,
        "headers": [[name, redacted(value)] for name, value in (headers or {}).items()],
        "request": redacted(request),
        "decoded": redacted(decoded),
        "answer": redacted(answer),
        "signature": signature,
    }


def _call(call: Call) -> Json:
    asked, answered = _pretty(call.arguments), _pretty(call.response)
    return _entry(call.at, "app>slack", call.method, call.status, request=asked, answer=answered)


def _delivery(delivery: Delivery, secret: str) -> Json:
    kind = str(delivery.payload.get("type") or delivery.payload.get("command") or delivery.kind)
    return _entry(
        delivery.at,
        "slack>app",
        kind,
        delivery.status,
        headers=delivery.headers,
        request=delivery.body,
        decoded=_pretty(delivery.payload),
        answer=delivery.answer or (delivery.error or ""),
        signature=of_slack(delivery, secret),
    )


def _exchange(exchange: Exchange) -> Json:
    title = f"{exchange.method} {exchange.path}"
    return _entry(
        exchange.at,
        f"app>{exchange.service}",
        title,
        exchange.status,
        headers=exchange.request_headers,
        request=exchange.request_body,
        answer=exchange.response_body,
    )


def _webhook(attempt: WebhookAttempt) -> Json:
    return _entry(
        attempt.at,
        "partner_center>app",
        f"{attempt.event_name} ({attempt.outcome})",
        attempt.status,
        headers=attempt.headers,
        request=attempt.body.decode("utf-8", errors="replace"),
        signature=of_microsoft(attempt),
    )


def _pretty(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), indent=2, ensure_ascii=False, default=str)
