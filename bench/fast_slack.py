"""A Slack's Web API that answers at once and, where it is told to, takes one message a second and channel."""

import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from answering import Answered, Asked, answering, as_json
from slack_requests import TEAM

_BOT = {
    "user_id": "U0OVERTURE",
    "bot_id": "B0OVERTURE",
    "team_id": TEAM,
    "team": "Contoso",
    "url": "https://contoso.slack.com/",
}

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
        async with answering(self._answer) as address:
            self.url = f"{address}/api/"
            yield self

    def _answer(self, asked: Asked) -> Answered:
        method = asked.path.rpartition("/")[2]
        self.calls[method] += 1
        arguments = _arguments(asked)
        if method == "chat.postMessage":
            return self._post(arguments)
        return Answered(as_json({"ok": True, **self._body(method, arguments)}))

    def _body(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return _BOT
            case "users.info":
                user_id = arguments["user"]
                user = {"id": user_id, "team_id": TEAM, "name": user_id, "locale": "en-US", "tz": "UTC"}
                return {"user": user | {"profile": {"display_name": "Ana"}}}
            case "conversations.open":
                return {"channel": {"id": f"D{arguments['users'][1:]}"}}
            case "views.open":
                return {"view": {"id": f"V{self.calls[method]}"}}
            case _:
                return {}

    def _post(self, arguments: dict[str, Any]) -> Answered:
        channel, now = str(arguments["channel"]), time.perf_counter()
        if now < self._free_at.get(channel, 0.0):
            self.throttled += 1
            refusal = {"ok": False, "error": "ratelimited"}
            return Answered(as_json(refusal, status=429, headers="Retry-After: 1\r\n"))
        self._free_at[channel] = now + self.seconds_between
        self.on_post(channel, arguments)
        self._ts += 1
        answer = {"ok": True, "channel": channel, "ts": f"{1_700_000_000 + self._ts}.000100", "message": {}}
        return Answered(as_json(answer), self.slow_seconds if channel == self.slow_channel else 0.0)


def _arguments(asked: Asked) -> dict[str, Any]:
    if asked.content_type.startswith(b"application/json"):
        arguments: dict[str, Any] = json.loads(asked.body)
        return arguments
    encoded = asked.body.decode() or asked.query
    return {name: values[0] for name, values in parse_qs(encoded).items()}
